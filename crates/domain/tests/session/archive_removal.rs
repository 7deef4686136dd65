//! Checks of the archive, and the removal of old calls and recordings.

use std::time::Duration;

use ringside_domain::*;

use crate::{
    archive::{DAY, lacking, set, settings},
    desk::*,
};

#[test]
fn a_check_shows_its_progress_and_can_be_stopped_and_dismissed() {
    let mut desk = lacking(&[]);
    desk.intent(Intent::VerifyRecordings { on: true });
    desk.intent(Intent::VerifyRecordings { on: true });
    assert_eq!(desk.verifications, [1], "one check at a time");
    let view = Verification { checked: 25, total: 50, damaged: vec![], damaged_total: 0, state: VerificationState::Running };
    desk.apply(Input::Verifying { id: 1, view: view.clone() });
    assert_eq!(desk.snapshot().recordings.verification, Some(view.clone()));
    desk.intent(Intent::VerifyRecordings { on: false });
    assert_eq!((desk.snapshot().recordings.verification.clone(), desk.verifications.len()), (None, 0));
    desk.apply(Input::Verifying { id: 1, view: view.clone() });
    assert_eq!(desk.snapshot().recordings.verification, None, "late progress is ignored");
    desk.intent(Intent::VerifyRecordings { on: true });
    let done = Verification { checked: 50, state: VerificationState::Done { at: desk.now.wall }, ..view };
    desk.apply(Input::Verifying { id: 2, view: done.clone() });
    assert_eq!(desk.snapshot().recordings.verification, Some(done));
}

#[test]
fn nothing_is_removed_unless_an_age_is_set() {
    let mut desk = lacking(&[]);
    desk.pass(10 * DAY);
    assert_eq!((desk.removals.len(), desk.snapshot().recordings.removal_due), (0, None));
}

#[test]
fn outdated_data_is_removed_ten_minutes_after_the_setting_and_then_daily() {
    let mut desk = lacking(&[]);
    set(&mut desk, |set| set.keep_days = Some(30));
    assert_eq!(desk.snapshot().recordings.removal_due, Some(desk.now.wall.plus(Duration::from_secs(600))));
    desk.pass_seconds(590);
    set(&mut desk, |set| set.keep_days = Some(0));
    desk.pass(DAY);
    assert_eq!(desk.removals, [], "the age was unset in time");
    set(&mut desk, |set| (set.keep_days, set.keep_calls_days) = (Some(30), Some(365)));
    desk.pass_seconds(601);
    let at = desk.now.wall.minus(Duration::from_secs(1));
    assert_eq!(desk.removals, [(Some(at.minus(365 * DAY)), Some(at.minus(30 * DAY)))]);
    desk.pass(DAY);
    assert_eq!(desk.removals.len(), 1, "one removal at a time");
    let removal = Removal { at: desk.now.wall, calls: 2, recordings: 3, bytes: 99, failed: 0, problem: None };
    let revision = desk.snapshot().log.revision;
    desk.apply(Input::Removed(removal.clone()));
    let snapshot = desk.snapshot();
    assert_eq!((snapshot.recordings.removal.as_ref(), snapshot.log.revision), (Some(&removal), revision + 1));
    assert_eq!(desk.saved.removal.as_ref(), Some(&removal), "shown after a restart, too");
    desk.pass(DAY + Duration::from_secs(1));
    assert_eq!(desk.removals.len(), 2);
    desk.apply(Input::Removed(Removal { at: desk.now.wall, calls: 0, recordings: 0, bytes: 0, failed: 0, problem: None }));
    assert_eq!(desk.snapshot().recordings.removal, Some(removal), "an empty removal changes nothing");
}

#[test]
fn nothing_is_removed_while_a_call_goes_on() {
    let mut desk = lacking(&[]);
    set(&mut desk, |set| set.keep_days = Some(30));
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Answer, "a"));
    desk.pass_seconds(1200);
    assert_eq!(desk.removals, []);
    desk.leg(leg(LegStatus::Hangup, "a"));
    desk.pass_seconds(1);
    assert_eq!(desk.removals.len(), 1);
}

#[test]
fn data_that_would_be_removed_at_once_is_not_fetched() {
    let mut desk = lacking(&[]);
    set(&mut desk, |set| set.keep_days = Some(30));
    assert_eq!(desk.looks.last().unwrap().2, desk.now.wall.minus(30 * DAY));
    set(&mut desk, |set| (set.keep_days, set.keep_calls_days) = (Some(400), Some(7)));
    assert_eq!(desk.looks.last().unwrap().2, desk.now.wall.minus(7 * DAY));
    let mut desk = Desk::new(Start {
        saved: SavedState { settings: settings(|set| set.keep_calls_days = Some(7)), ..SavedState::default() },
        ..start()
    });
    desk.fetched.clear();
    desk.sign_in(&[]);
    desk.answer(|request| matches!(request, Request::ReadRecords { .. }), Ok(Outcome::Records(vec![])));
    let oldest = desk.snapshot().log.gaps.last().unwrap().since;
    assert!(desk.now.wall.since(oldest) <= 8 * DAY, "calls are not fetched either");
}

#[test]
fn the_result_of_a_removal_is_kept_and_only_removed_calls_change_the_log() {
    let nothing = Removal { at: Timestamp(1), calls: 0, recordings: 0, bytes: 0, failed: 0, problem: None };
    let full = problem(ProblemCode::StoreFailed, true);
    for (removal, is_news) in
        [(Removal { recordings: 1, ..nothing.clone() }, true), (Removal { problem: Some(full), ..nothing.clone() }, true), (nothing, false)]
    {
        let mut desk = lacking(&[]);
        set(&mut desk, |set| set.keep_days = Some(30));
        let revision = desk.snapshot().log.revision;
        desk.apply(Input::Removed(removal.clone()));
        assert_eq!(desk.saved.removal, Some(removal).filter(|_| is_news));
        assert_eq!(desk.snapshot().log.revision, revision);
    }
}
