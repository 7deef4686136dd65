//! Sending a campaign in parts.

use ringside_domain::*;
use ringside_floor::Input;

use crate::world::*;

#[test]
fn a_campaign_is_sent_in_parts_one_after_the_other() {
    let mut world = World::new();
    world.watch(&[Topic::Campaigns]);
    world.start(phones(0, 7));
    world.run_to_requests();
    assert_eq!(world.part_states(FIRST), ["sending", "waiting", "waiting"], "one part at a time");
    assert_eq!(world.stage(FIRST), CampaignStage::Sending);
    world.settle();
    assert_eq!(world.part_states(FIRST), ["taken", "taken", "taken"]);
    assert_eq!(world.stage(FIRST), CampaignStage::Running);
    assert_eq!(world.platform.tasks["t1"].numbers, phones(0, 7));
    assert_eq!(world.store.counts(FIRST).taken, 7);
    assert_eq!(world.store.entered("start"), [("ann", "done")]);
    assert_eq!(world.store.entered("sendPart"), [("", "done"); 3]);
}

#[test]
fn refused_numbers_are_known_one_by_one() {
    let mut world = World::new();
    world.start(vec!["13800000001".into(), "13800000009".into()]);
    world.settle();
    let counts = world.store.counts(FIRST);
    assert_eq!((counts.taken, counts.refused), (1, 1));
}

#[test]
fn nothing_is_sent_before_it_is_stored_as_being_sent() {
    let mut world = World::new();
    world.start(phones(0, 3));
    world.commit_all();
    world.give_turns();
    assert!(world.asked.iter().all(|asked| !sends(&asked.errand)), "its transaction is not committed");
    world.commit_all();
    world.find(sends);
}

#[test]
fn a_full_disk_stops_the_sending_and_is_said_and_it_goes_on_when_there_is_room() {
    let mut world = World::new();
    world.watch(&[Topic::Desk, Topic::Campaigns]);
    world.start(phones(0, 6));
    world.run_to_requests();
    world.store_fails = true;
    let part = world.find(sends);
    world.answer(part);
    for _ in 0..20 {
        world.pass_time(SECOND);
        world.apply(Input::Tick);
        world.commit_once();
        world.give_turns();
        assert!(!world.asked.iter().any(|asked| sends(&asked.errand)), "the answer to the first part is not stored");
    }
    assert_eq!(world.desk().problem.unwrap().code, ProblemCode::StoreFull);
    world.store_fails = false;
    world.pass(120 * SECOND);
    assert_eq!(world.part_states(FIRST), ["taken", "taken"]);
    assert_eq!(world.platform.accepted.values().max(), Some(&1));
    assert!(world.desk().problem.is_none());
}

#[test]
fn a_campaign_that_cannot_be_stored_is_not_begun_and_that_is_said() {
    let mut world = World::new();
    world.watch(&[Topic::Desk, Topic::Campaigns]);
    world.store_fails = true;
    world.start(phones(0, 3));
    world.commit(0);
    world.store_fails = false;
    world.settle();
    assert!(world.views().is_empty() && world.platform.tasks.is_empty());
    let notice = &world.desk().notices[0];
    assert_eq!(notice.act, FloorAct::Start);
    assert!(matches!(&notice.progress, ChangeProgress::Failed { problem } if problem.code == ProblemCode::StoreFull));
    // The import is still there: the same intent works later.
    world.intent(FloorIntent::Start { import: 1, plan: plan() });
    world.settle();
    assert_eq!(world.store.counts(CampaignId(2)).taken, 3);
}

#[test]
fn a_campaign_that_the_store_refuses_is_told_as_its_own_failure_and_not_as_one_of_the_database() {
    let mut world = World::new();
    world.watch(&[Topic::Desk]);
    world.start(phones(0, 3));
    let (id, _) = world.storing.remove(0);
    world.apply(Input::Stored { id, outcome: Err(Problem::new(ProblemCode::BadRequest, "checked for another account", false)) });
    let notice = &world.desk().notices[0];
    assert!(matches!(&notice.progress, ChangeProgress::Failed { problem } if problem.code == ProblemCode::BadRequest));
    assert_eq!(world.desk().problem, None);
}

#[test]
fn a_request_that_was_certainly_not_carried_out_is_sent_again_with_growing_pauses() {
    let mut world = World::new();
    world.start(phones(0, 3));
    for pause in [2, 4, 8] {
        world.run_to_requests();
        let part = world.find(sends);
        world.reply(part, Err(unreachable()));
        world.settle();
        assert_eq!(world.part_states(FIRST), ["failed"]);
        world.pass_time(pause * SECOND / 2 - SECOND / 10);
        world.apply(Input::Tick);
        world.run_to_requests();
        assert!(!world.asked.iter().any(|asked| sends(&asked.errand)), "too early");
        world.pass_time(pause * SECOND);
        world.apply(Input::Tick);
    }
    world.settle();
    assert_eq!(world.part_states(FIRST), ["taken"]);
}

#[test]
fn a_refused_creation_makes_no_task_and_a_person_tries_again() {
    let mut world = World::new();
    world.watch(&[Topic::Campaigns]);
    world.start(phones(0, 3));
    world.run_to_requests();
    let part = world.find(sends);
    world.reply(part, Err(refused(1211)));
    world.pass(3600 * SECOND);
    assert_eq!(world.stage(FIRST), CampaignStage::NotMade);
    assert!(world.platform.tasks.is_empty());
    world.intent(FloorIntent::ResumeSending { campaign: FIRST });
    world.settle();
    assert_eq!(world.stage(FIRST), CampaignStage::Running);
}

#[test]
fn sending_stops_at_a_persons_wish_and_goes_on_at_another() {
    let mut world = World::new();
    world.watch(&[Topic::Campaigns]);
    world.start(phones(0, 9));
    world.run_to_requests();
    world.intent(FloorIntent::StopSending { campaign: FIRST });
    world.settle();
    assert_eq!(world.part_states(FIRST), ["taken", "waiting", "waiting"], "the part under way is not taken back");
    assert_eq!(world.stage(FIRST), CampaignStage::Stopped);
    world.intent(FloorIntent::ResumeSending { campaign: FIRST });
    world.settle();
    assert_eq!(world.part_states(FIRST), ["taken", "taken", "taken"]);
}

#[test]
fn an_end_during_the_sending_gives_up_the_rest_and_ends_the_task() {
    let mut world = World::new();
    world.watch(&[Topic::Campaigns]);
    world.start(phones(0, 9));
    world.run_to_requests();
    world.intent(FloorIntent::End { campaign: FIRST });
    assert_eq!(world.stage(FIRST), CampaignStage::Ending);
    world.settle();
    assert_eq!(world.part_states(FIRST), ["taken", "given up", "given up"]);
    assert_eq!(world.platform.tasks["t1"].state, Running::Over);
    assert_eq!(world.stage(FIRST), CampaignStage::Ended);
    assert_eq!(world.store.counts(FIRST).removed, 6);
}

#[test]
fn a_campaign_with_a_display_number_of_other_than_digits_is_refused() {
    for wrong in ["02155550100,02155550101", "+862155550100", "sales", "", "٣"] {
        let mut world = World::new();
        world.watch(&[Topic::Desk, Topic::Campaigns]);
        let display_numbers = vec!["02155550100".into(), wrong.into()];
        world.start_with(1, phones(0, 3), CampaignPlan { display_numbers, ..plan() });
        world.settle();
        assert!(world.platform.tasks.is_empty() && world.views().is_empty(), "{wrong}");
        assert!(matches!(&world.desk().notices[0].progress, ChangeProgress::Failed { problem } if problem.detail.contains("digits")));
        assert_eq!(world.store.entered("start"), [("ann", "failed")]);
    }
}

#[test]
fn an_end_between_the_turn_and_the_commit_sends_nothing() {
    let mut world = World::new();
    world.start(phones(0, 3));
    world.commit_all();
    world.give_turns();
    world.intent(FloorIntent::End { campaign: FIRST });
    world.settle();
    assert!(world.platform.tasks.is_empty());
    assert_eq!(world.part_states(FIRST), ["given up"]);
}

#[test]
fn numbers_are_added_to_a_campaign_and_none_to_one_that_is_over() {
    let mut world = World::new();
    world.watch(&[Topic::Desk]);
    world.start(phones(0, 3));
    world.settle();
    world.store.imports.insert(2, phones(10, 4));
    world.intent(FloorIntent::AddNumbers { import: 2, campaign: FIRST });
    world.settle();
    assert_eq!(world.part_states(FIRST), ["taken", "taken", "taken"]);
    world.intent(FloorIntent::End { campaign: FIRST });
    world.settle();
    world.store.imports.insert(3, phones(20, 1));
    world.intent(FloorIntent::AddNumbers { import: 3, campaign: FIRST });
    world.settle();
    assert_eq!(world.desk().notices[0].act, FloorAct::AddNumbers);
    assert!(world.store.imports.contains_key(&3));
}

#[test]
fn a_task_that_ends_before_all_is_sent_is_said_and_a_person_goes_on_with_another_task() {
    let mut world = World::new();
    world.watch(&[Topic::Campaigns]);
    world.start(phones(0, 6));
    world.run_to_requests();
    world.intent(FloorIntent::StopSending { campaign: FIRST });
    world.settle();
    world.finish_task("t1");
    world.settle();
    assert_eq!(world.stage(FIRST), CampaignStage::Stopped);
    world.intent(FloorIntent::ResumeSending { campaign: FIRST });
    world.settle();
    assert_eq!(world.part_states(FIRST), ["taken", "taken"]);
    assert_eq!((world.platform.tasks.len(), world.stage(FIRST)), (2, CampaignStage::Running));
}

#[test]
fn the_callback_finishes_a_campaign() {
    let mut world = World::new();
    world.watch(&[Topic::Campaigns]);
    world.start(phones(0, 3));
    world.settle();
    world.finish_task("t1");
    world.finish_task("t1");
    world.settle();
    assert_eq!(world.stage(FIRST), CampaignStage::Finished);
    assert_eq!(world.store.entered("taskFinished").len(), 1);
}

#[test]
fn a_sign_out_in_the_middle_pauses_the_sending_until_the_same_account_is_back() {
    let mut world = World::new();
    world.watch(&[Topic::Campaigns]);
    world.start(phones(0, 9));
    world.run_to_requests();
    world.sign_out();
    world.settle();
    assert_eq!(world.part_states(FIRST), ["taken", "waiting", "waiting"], "the answer under way still counts");
    world.sign_in("other");
    world.pass(600 * SECOND);
    assert_eq!(world.part_states(FIRST), ["taken", "waiting", "waiting"], "it is of another account");
    assert!(world.views().is_empty(), "it is of another account");
    world.sign_out();
    world.sign_in("acme");
    world.settle();
    assert_eq!(world.part_states(FIRST), ["taken", "taken", "taken"]);
}

#[test]
fn a_part_without_numbers_left_is_no_request() {
    let mut world = World::new();
    world.start(phones(0, 4));
    world.commit_all();
    world.intent(FloorIntent::RemoveNumbers { campaign: FIRST, phones: phones(0, 3) });
    world.settle();
    assert_eq!(world.platform.tasks["t1"].numbers, phones(3, 1));
    assert_eq!(world.part_states(FIRST), ["taken", "taken"]);
    assert_eq!(world.store.counts(FIRST).removed, 3);
}

#[test]
fn all_are_called_when_those_are_that_the_platform_accepted() {
    let mut world = World::new();
    world.watch(&[Topic::Campaign { campaign: FIRST }]);
    world.start(phones(0, 3));
    world.run_to_requests();
    let part = world.find(sends);
    world.carry_out(part);
    // It names none as refused.
    world.reply(part, Ok(FloorAnswer::Sent { task_id: Some("t1".into()), accepted: 2, refused: Vec::new() }));
    world.settle();
    for (called, all) in [(1, false), (2, true)] {
        let counts = CampaignCounts { called, uncalled: 3 - called, ..world.store.counts(FIRST) };
        assert_eq!(counts.taken, 3);
        world.apply(ringside_floor::Input::Counted(vec![(FIRST, counts)]));
        assert_eq!(world.detail(FIRST).causes.contains(&IdleCause::AllCalled { numbers: 2 }), all, "{called}");
    }
}

#[test]
fn a_number_that_was_called_and_removed_does_not_stand_for_one_that_was_not_called() {
    let mut world = World::new();
    world.watch(&[Topic::Campaign { campaign: FIRST }]);
    world.start(phones(0, 3));
    world.settle();
    let counts = CampaignCounts { taken: 2, uncalled: 1, removed: 1, called: 2, ..world.store.counts(FIRST) };
    world.apply(ringside_floor::Input::Counted(vec![(FIRST, counts)]));
    assert!(!world.detail(FIRST).causes.iter().any(|cause| matches!(cause, IdleCause::AllCalled { .. })));
}

#[test]
fn the_counts_follow_the_sending() {
    let mut world = World::new();
    world.watch(&[Topic::Campaigns]);
    world.start(phones(0, 7));
    world.settle();
    assert_eq!(world.views()[0].counts.taken, 7);
}

#[test]
fn the_wishes_of_people_about_a_campaign_that_is_over_are_entered_as_failed() {
    let mut world = World::new();
    world.start(phones(0, 3));
    world.settle();
    world.intent(FloorIntent::End { campaign: FIRST });
    world.settle();
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.intent(FloorIntent::ResumeSending { campaign: FIRST });
    world.settle();
    assert_eq!(world.store.entered("pause"), [("ann", "failed")]);
    assert_eq!(world.store.entered("resumeSending"), [("ann", "failed")]);
    assert_eq!(world.store.entered("end"), [("ann", "done")]);
}

#[test]
fn a_part_that_was_not_sent_since_the_sign_in_was_lost_is_sent_after_the_next_one() {
    for code in [ProblemCode::AccesskeyMissing, ProblemCode::WrongAccesskey, ProblemCode::NotThePlatform] {
        let mut world = World::new();
        world.start(phones(0, 2));
        world.run_to_requests();
        let part = world.find(sends);
        let retryable = code == ProblemCode::NotThePlatform;
        world.reply(part, Err(Problem::new(code, "", retryable).known_not_done(true)));
        world.sign_out();
        world.pass(5 * SECOND);
        assert_eq!(world.part_states(FIRST), ["failed"]);
        world.sign_in("acme");
        world.pass(5 * SECOND);
        assert_eq!(world.part_states(FIRST), ["taken"], "{code:?}");
        assert_eq!(world.platform.tasks["t1"].numbers, phones(0, 2));
    }
}

#[test]
fn attempts_are_checked_again_when_a_part_is_sent_by_the_day_of_the_platforms_clock() {
    let mut world = World::new();
    world.apply(Input::Zone { utc_minutes: 480 });
    world.start(phones(0, 6));
    world.run_to_requests();
    world.intent(FloorIntent::StopSending { campaign: FIRST });
    world.settle();
    assert_eq!(world.part_states(FIRST), ["taken", "waiting"]);
    // The next day; other campaigns called a number meanwhile.
    world.pass(24 * 3600 * SECOND);
    world.store.called_enough = phones(4, 1);
    world.intent(FloorIntent::ResumeSending { campaign: FIRST });
    world.settle();
    let midnight = |day: i64| Timestamp(MONDAY + day * 86_400_000 - 8 * 3_600_000);
    assert_eq!(world.store.days_checked, [midnight(0), midnight(1)]);
    assert_eq!(world.platform.tasks["t1"].numbers, [phones(0, 4), phones(5, 1)].concat());
    assert_eq!(world.store.counts(FIRST).refused, 1);
}

#[test]
fn imports_that_nobody_can_take_any_more_are_dropped() {
    let mut world = World::new();
    for import in 1..=4 {
        world.store.imports.insert(import, phones(10 * import as u32, 1));
    }
    world.intent(FloorIntent::Start { import: 1, plan: plan() });
    world.apply(Input::PageClosed(vec![1, 2]));
    assert_eq!(world.dropped, [2], "a campaign takes the first");
    world.commit_all();
    assert_eq!((world.dropped.as_slice(), world.store.counts(FIRST).waiting), (&[2][..], 1));
    // Not begun.
    world.store_fails = true;
    world.intent(FloorIntent::AddNumbers { import: 3, campaign: FIRST });
    world.commit_once();
    world.store_fails = false;
    world.intent(FloorIntent::Start { import: 4, plan: CampaignPlan { display_numbers: vec!["x".into()], ..plan() } });
    assert_eq!(world.dropped, [2, 3, 4]);
}
