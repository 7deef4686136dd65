//! The archive of recordings: when the next one is fetched, what a failure means, and what is removed for its age.

use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

pub const DAY: Duration = Duration::from_secs(24 * 3600);

pub fn settings(change: impl FnOnce(&mut RecordingSettings)) -> Settings {
    let mut settings = Settings::default();
    settings.recordings.archive = Some(ArchiveScope::Mine);
    change(&mut settings.recordings);
    settings
}

pub fn set(desk: &mut Desk, change: impl FnOnce(&mut RecordingSettings)) {
    let RecordingSettings { archive, order, folder, limit_gb, keep_days, keep_calls_days } = settings(change).recordings;
    let changes = [
        order.map(SettingChange::ArchiveOrder),
        folder.map(SettingChange::ArchiveFolder),
        limit_gb.map(SettingChange::ArchiveLimitGb),
        keep_days.map(SettingChange::KeepRecordingsDays),
        keep_calls_days.map(SettingChange::KeepCallsDays),
        archive.map(SettingChange::Archive),
    ];
    for change in changes.into_iter().flatten() {
        desk.change(change);
    }
}

fn look(next: &[(u64, u32)]) -> ArchiveLook {
    ArchiveLook {
        wanted: next.len() as u64,
        next: next.iter().map(|(call, tries)| (CallId(*call), *tries)).collect(),
        ..ArchiveLook::default()
    }
}

/// A signed-in desk whose archive lacks these recordings.
pub fn lacking(next: &[(u64, u32)]) -> Desk {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.archive = look(next);
    set(&mut desk, |_| {});
    desk.pass_seconds(10);
    desk
}

fn kept(desk: &mut Desk, call: u64) {
    let file = KeptFile { file: format!("/archive/call-{call}.wav"), sha256: [7; 32], size: 1000 };
    ended(desk, call, TransferEnd::Kept(file));
}

fn ended(desk: &mut Desk, call: u64, end: TransferEnd) {
    desk.apply(Input::Transferred(EndedTransfer { call: CallId(call), end, links: 1 }));
}

fn failed(desk: &mut Desk, call: u64, code: ProblemCode) {
    ended(desk, call, TransferEnd::Failed(problem(code, true)));
}

fn state(desk: &Desk) -> ArchiveState {
    desk.snapshot().recordings.state.clone()
}

fn calls(ids: &[u64]) -> Vec<CallId> {
    ids.iter().copied().map(CallId).collect()
}

#[test]
fn nothing_is_fetched_unless_the_archive_is_on() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.archive = look(&[(1, 0)]);
    desk.apply(Input::LogChanged);
    desk.pass(2 * DAY);
    assert_eq!((desk.fetching.as_slice(), state(&desk)), (&[][..], ArchiveState::Off));
    assert_eq!(desk.snapshot().recordings.wanted, 0);
}

#[test]
fn recordings_are_fetched_one_at_a_time_in_the_set_order_for_ninety_days() {
    let mut desk = lacking(&[(3, 0), (2, 1), (1, 0)]);
    set(&mut desk, |set| set.order = Some(ArchiveOrder::Oldest));
    let (extension, order, since) = desk.looks.last().cloned().unwrap();
    assert_eq!((extension, order), (Some(Extension(OWN.into())), ArchiveOrder::Oldest));
    assert_eq!(since, desk.now.wall.minus(90 * DAY));
    desk.pass_seconds(60);
    assert_eq!((desk.fetching.as_slice(), state(&desk)), (calls(&[3]).as_slice(), ArchiveState::Fetching), "one at a time");
    desk.archive = ArchiveLook { kept: 1, bytes: 1000, ..look(&[(2, 1), (1, 0)]) };
    kept(&mut desk, 3);
    assert!(matches!(&desk.fates[..], [(CallId(3), RecordingFate::Kept(file))] if file.size == 1000));
    desk.pass_seconds(3);
    assert_eq!(desk.fetching, calls(&[3, 2]));
    let looks = desk.looks.len();
    desk.archive = ArchiveLook { kept: 2, bytes: 2000, ..look(&[(1, 0)]) };
    kept(&mut desk, 2);
    assert_eq!((desk.snapshot().recordings.kept, desk.snapshot().recordings.wanted), (2, 1), "at once");
    assert_eq!(desk.looks.len(), looks + 1, "the last known one is being fetched, so there is one more look");
    desk.pass_seconds(5);
    desk.archive = ArchiveLook { kept: 3, bytes: 3000, ..look(&[]) };
    kept(&mut desk, 1);
    desk.pass_seconds(10);
    assert_eq!((desk.fetching.as_slice(), state(&desk)), (calls(&[3, 2, 1]).as_slice(), ArchiveState::Complete));
    set(&mut desk, |set| set.archive = Some(ArchiveScope::All));
    assert_eq!(desk.looks.last().unwrap().0, None, "of all extensions");
}

#[test]
fn a_changed_log_causes_a_look_at_the_archive_but_not_each_change_does() {
    let mut desk = lacking(&[]);
    assert_eq!(state(&desk), ArchiveState::Complete);
    let before = desk.looks.len();
    desk.archive = look(&[(9, 0)]);
    for _ in 0..100 {
        desk.apply(Input::LogChanged);
        desk.pass(Duration::from_millis(100));
    }
    assert!((1..=3).contains(&(desk.looks.len() - before)), "{}", desk.looks.len() - before);
    assert_eq!(desk.fetching, calls(&[9]));
}

#[test]
fn a_call_interrupts_the_transfer_which_is_resumed_after_it() {
    let mut desk = lacking(&[(3, 0), (2, 0)]);
    desk.apply(Input::Transferring(Transfer { call: CallId(3), bytes: 5, total: Some(9) }));
    assert_eq!(desk.snapshot().recordings.transfers, [Transfer { call: CallId(3), bytes: 5, total: Some(9) }]);
    desk.leg(leg(LegStatus::Ring, "a"));
    assert_eq!((desk.stopped.as_slice(), state(&desk)), (&[(CallId(3), true)][..], ArchiveState::InCall));
    ended(&mut desk, 3, TransferEnd::Stopped);
    desk.leg(leg(LegStatus::Answer, "a"));
    desk.pass_seconds(60);
    assert_eq!(desk.fetching, calls(&[3]), "no recording during a ring or a call");
    desk.leg(leg(LegStatus::Hangup, "a"));
    desk.pass_seconds(20);
    assert_eq!(desk.fetching, calls(&[3, 3]));
    assert!(desk.fates.is_empty(), "stopping is no failure");
}

#[test]
fn a_person_can_stop_and_resume_fetching() {
    let mut desk = lacking(&[(3, 0), (2, 0)]);
    desk.intent(Intent::FetchRecordings { on: false });
    assert_eq!((desk.stopped.as_slice(), state(&desk)), (&[(CallId(3), true)][..], ArchiveState::Stopped));
    ended(&mut desk, 3, TransferEnd::Stopped);
    desk.pass(DAY);
    assert_eq!(desk.fetching, calls(&[3]));
    desk.intent(Intent::FetchRecordings { on: true });
    desk.pass_seconds(5);
    assert_eq!(desk.fetching, calls(&[3, 3]));
    desk.intent(Intent::StopTransfer { call: CallId(3) });
    assert_eq!((desk.stopped.last(), state(&desk)), (Some(&(CallId(3), false)), ArchiveState::Stopped), "otherwise it would begin again");
}

#[test]
fn r9_a_missing_recording_is_tried_again_with_growing_pauses_and_given_up() {
    let mut desk = lacking(&[(3, 0), (2, 0)]);
    failed(&mut desk, 3, ProblemCode::RecordingMissing);
    let next = |desk: &Desk| match desk.fates.last() {
        Some((_, RecordingFate::Failed { next_try_at, .. })) => next_try_at.map(|at| at.since(desk.now.wall)),
        fate => panic!("{fate:?}"),
    };
    assert_eq!(next(&desk), Some(Duration::from_secs(60)));
    desk.pass_seconds(5);
    assert_eq!(desk.fetching, calls(&[3, 2]), "the others do not wait for it");
    for (tries, expected) in [(1, Some(120)), (6, Some(3840)), (10, Some(43_200)), (11, None)] {
        let mut desk = lacking(&[(3, tries)]);
        failed(&mut desk, 3, ProblemCode::NotARecording);
        assert_eq!(next(&desk), expected.map(Duration::from_secs), "{tries}");
    }
    let mut desk = lacking(&[(3, 500)]);
    failed(&mut desk, 3, ProblemCode::DownloadFailed);
    assert_eq!(next(&desk), Some(Duration::from_secs(43_200)), "a network failure does not end the attempts");
    let mut desk = lacking(&[(3, 0)]);
    failed(&mut desk, 3, ProblemCode::RecordingTooLarge);
    assert_eq!(next(&desk), None);
}

#[test]
fn a_postponed_recording_is_fetched_when_it_is_due() {
    let mut desk = lacking(&[]);
    desk.archive = ArchiveLook { wanted: 1, next_try_at: Some(desk.now.wall.plus(Duration::from_secs(600))), ..look(&[]) };
    desk.archive.wanted = 1;
    desk.apply(Input::LogChanged);
    desk.pass_seconds(10);
    assert!(matches!(state(&desk), ArchiveState::Waiting { next_try_at: Some(_) }));
    desk.archive = look(&[(3, 4)]);
    desk.pass_seconds(500);
    assert!(desk.fetching.is_empty());
    desk.pass_seconds(100);
    assert_eq!(desk.fetching, calls(&[3]));
}

#[test]
fn a_problem_of_all_recordings_pauses_the_archive_and_counts_for_none() {
    for code in [ProblemCode::ArchiveFolder, ProblemCode::StoreFull, ProblemCode::Unreachable, ProblemCode::TokenTaken] {
        let mut desk = lacking(&[(3, 0), (2, 0)]);
        failed(&mut desk, 3, code);
        let ArchiveState::Failing { problem, next_try_at: Some(_) } = state(&desk) else { panic!("{:?}", state(&desk)) };
        assert_eq!((problem.code, desk.fates.len()), (code, 0));
        desk.pass_seconds(50);
        assert_eq!(desk.fetching, calls(&[3]));
        desk.pass_seconds(30);
        assert_eq!(desk.fetching, calls(&[3, 3]), "the same recording again");
        failed(&mut desk, 3, code);
        desk.pass_seconds(100);
        assert_eq!(desk.fetching.len(), 2, "the pause grows");
        desk.pass_seconds(60);
        kept(&mut desk, 3);
        assert_eq!(state(&desk), ArchiveState::Fetching, "it recovers automatically");
    }
}

#[test]
fn five_failures_in_a_row_count_as_a_problem_of_all_recordings() {
    let next: Vec<(u64, u32)> = (1..=20).map(|call| (call, 0)).collect();
    let mut desk = lacking(&next);
    for call in 1..=5 {
        desk.pass_seconds(4);
        desk.archive = look(&next[usize::try_from(call).unwrap()..]);
        failed(&mut desk, call, ProblemCode::DownloadFailed);
    }
    desk.pass_seconds(50);
    assert_eq!(desk.fetching.len(), 5);
    assert!(matches!(state(&desk), ArchiveState::Failing { .. }));
    desk.pass_seconds(30);
    assert_eq!(desk.fetching.last(), Some(&CallId(6)));
}

#[test]
fn a_full_archive_fetches_nothing_until_there_is_room() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.archive = ArchiveLook { kept: 1, bytes: 1_000_000_000, ..look(&[(3, 0)]) };
    set(&mut desk, |set| set.limit_gb = Some(1));
    desk.pass(DAY);
    let ArchiveState::Failing { problem, .. } = state(&desk) else { panic!() };
    assert_eq!((problem.code, desk.fetching.len()), (ProblemCode::ArchiveLimit, 0));
    set(&mut desk, |set| set.limit_gb = Some(2));
    desk.pass_seconds(10);
    assert_eq!(desk.fetching, calls(&[3]));
}

#[test]
fn fetching_recordings_does_not_delay_readings_of_the_phone() {
    let next: Vec<(u64, u32)> = (1..=1000).map(|call| (call, 0)).collect();
    let mut desk = lacking(&next);
    let (mut phones, mut recordings) = (0, 0);
    let mut done = 0;
    for _ in 0..1000 {
        desk.pass(Duration::from_millis(100));
        phones += desk.asked.iter().filter(|(_, request)| matches!(request, Request::ReadPhone { .. })).count();
        desk.answer_where(
            |_| true,
            |request| match request {
                Request::ReadPhone { .. } => Ok(phone(PhoneState::Idle)),
                Request::ReadSeats { queue } => Ok(seats(queue, SeatState::Waiting)),
                Request::ReadRecords { .. } => Ok(Outcome::Records(vec![])),
                _ => Ok(Outcome::Queues(vec![])),
            },
        );
        while done < desk.fetching.len() {
            let CallId(call) = desk.fetching[done];
            done += 1;
            recordings += 1;
            desk.archive = look(&next[done..]);
            kept(&mut desk, call);
        }
    }
    assert!((80..=110).contains(&phones), "the phone is read each second: {phones}");
    assert!(recordings >= 20, "the rest of the budget goes to the recordings: {recordings}");
    assert!(phones + recordings <= 165, "within the budget: {phones} + {recordings}");
}

#[test]
fn fc16_a_bill_with_a_recordings_address_but_no_name_offers_the_recording() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let address = || Some("https://r.example/x.mp3?key=1".to_owned());
    let bill = CallRecord { recording: None, recording_url: address(), ..record(Some("a"), desk.now.wall.minus(Duration::from_secs(60))) };
    desk.record(bill.clone());
    let call = desk.saved_calls.last().unwrap().clone();
    assert_eq!(call.recording.as_deref(), Some(LINKED));
    assert_eq!(desk.addresses, [(call.id, address().unwrap())]);
    assert!(!serde_json::to_string(&*desk.snapshot()).unwrap().contains("r.example"), "the address gives access to the recording");

    desk.record(bill);
    assert_eq!(desk.addresses.len(), 1, "an unchanged record stores nothing");
    let named = CallRecord { recording_url: address(), ..record(Some("a"), call.started_at) };
    desk.record(named);
    assert_eq!(desk.saved_calls.last().unwrap().recording.as_deref(), Some("a.wav"), "the name is used if there is one");
    assert_eq!(desk.addresses.len(), 1);
}

#[test]
fn fr1_an_empty_recording_is_tried_again_and_given_up_in_the_end() {
    for (tries, given_up) in [(0, false), (10, false), (11, true)] {
        let mut desk = lacking(&[(1, tries), (2, 0)]);
        desk.pass_seconds(4);
        failed(&mut desk, 1, ProblemCode::RecordingEmpty);
        let (call, fate) = desk.fates.pop().unwrap();
        let RecordingFate::Failed { next_try_at, .. } = fate else { panic!("{fate:?}") };
        assert_eq!((call, next_try_at.is_none()), (CallId(1), given_up), "after {tries} tries");
    }
}

#[test]
fn each_transfer_is_shown_until_it_ends() {
    let mut desk = lacking(&[(1, 0), (2, 0)]);
    let told =
        |desk: &Desk| desk.snapshot().recordings.transfers.iter().map(|transfer| (transfer.call.0, transfer.bytes)).collect::<Vec<_>>();
    for (call, bytes) in [(1, 10), (2, 20), (1, 30)] {
        desk.apply(Input::Transferring(Transfer { call: CallId(call), bytes, total: None }));
    }
    assert_eq!(told(&desk), [(1, 30), (2, 20)]);
    let file = KeptFile { file: "/archive/call-1.wav".into(), sha256: [7; 32], size: 1000 };
    let end = EndedTransfer { call: CallId(1), end: TransferEnd::Kept(file), links: 1 };
    // Only until the next look at the archive.
    desk.session.apply(Input::Transferred(end), desk.now);
    let recordings = &desk.snapshot().recordings;
    assert_eq!((told(&desk), recordings.kept, recordings.bytes, recordings.wanted), (vec![(2, 20)], 1, 1000, 1));
}
