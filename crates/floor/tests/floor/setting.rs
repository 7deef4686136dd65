//! Pause, resume and end, removed numbers, limits.

use ringside_domain::*;
use ringside_floor::Input;

use crate::world::*;

pub fn running() -> World {
    let mut world = World::new();
    world.watch(&[Topic::Desk, Topic::Campaigns]);
    world.start(phones(0, 3));
    world.settle();
    world
}

#[test]
fn a_pause_is_shown_as_paused_only_after_the_platform_accepted_it() {
    let mut world = running();
    world.intent(FloorIntent::Pause { campaign: FIRST });
    assert_eq!(world.stage(FIRST), CampaignStage::Pausing);
    world.run_to_requests();
    assert_eq!(world.stage(FIRST), CampaignStage::Pausing);
    let set = world.find(sets);
    world.answer(set);
    assert_eq!(world.stage(FIRST), CampaignStage::Paused);
    world.settle();
    let holds = &world.campaign(FIRST).holds;
    assert_eq!((holds[0].reason, holds[0].by.as_deref()), (HoldReason::Person, Some("ann")));
    assert_eq!(world.store.entered("pause"), [("ann", "done")]);
    assert_eq!(world.store.entered("pauseTask"), [("", "done")]);
}

#[test]
fn pause_and_resume_in_quick_succession_send_only_the_newest() {
    let mut world = running();
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.intent(FloorIntent::Resume { campaign: FIRST });
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.run_to_requests();
    assert_eq!(world.asked.iter().filter(|asked| sets(&asked.errand)).count(), 1);
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
}

#[test]
fn a_pause_overtakes_a_resume_without_an_answer_and_its_late_answer_changes_nothing() {
    let mut world = running();
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.settle();
    world.intent(FloorIntent::Resume { campaign: FIRST });
    world.run_to_requests();
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.run_to_requests();
    let pause = world.find(sets_to(Running::Paused));
    world.answer(pause);
    // The platform carries out the older request after the newer one.
    let resume = world.find(sets_to(Running::Open));
    world.answer(resume);
    assert_ne!(world.stage(FIRST), CampaignStage::Running);
    assert_ne!(world.stage(FIRST), CampaignStage::Paused, "which came last is not known");
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
    assert_eq!(world.stage(FIRST), CampaignStage::Paused);
}

#[test]
fn a_resume_waits_for_the_answer_to_a_pause() {
    let mut world = running();
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.run_to_requests();
    world.intent(FloorIntent::Resume { campaign: FIRST });
    world.run_to_requests();
    assert_eq!(world.asked.len(), 1);
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Open);
    assert_eq!(world.stage(FIRST), CampaignStage::Running);
}

#[test]
fn a_pause_of_unknown_outcome_is_said_and_repeated_until_it_is_known() {
    let mut world = running();
    world.intent(FloorIntent::Pause { campaign: FIRST });
    for _ in 0..3 {
        world.run_to_requests();
        let set = world.find(sets);
        world.reply(set, Err(unknown()));
        assert_eq!(world.stage(FIRST), CampaignStage::Pausing);
        world.commit_all();
        assert!(matches!(world.campaign(FIRST).task, TaskKnown::MayBe { state: Running::Paused, .. }));
        assert_eq!(world.desk().notices.len(), 1, "said once");
        assert!(matches!(world.desk().notices[0].progress, ChangeProgress::Failed { .. }));
        world.pass_time(10 * SECOND);
        world.apply(Input::Tick);
    }
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
    assert_eq!(world.desk().notices[0].progress, ChangeProgress::Accepted);
    assert_eq!(world.store.entered("pauseTask"), [("", "unknown"), ("", "done")]);
    assert!(world.campaign(FIRST).problem.is_none());
}

#[test]
fn a_task_that_the_platform_does_not_have_any_more_is_over() {
    for number in [1024, 1028] {
        let mut world = running();
        world.intent(FloorIntent::Pause { campaign: FIRST });
        world.run_to_requests();
        let set = world.find(sets);
        world.reply(set, Err(refused(number)));
        world.pass(600 * SECOND);
        assert_eq!(world.stage(FIRST), CampaignStage::Ended);
        assert!(!world.wanted.iter().any(|(_, kind)| kind.contains("set")));
    }
}

#[test]
fn a_refused_pause_is_tried_again_since_calls_go_on() {
    let mut world = running();
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.run_to_requests();
    let set = world.find(sets);
    world.reply(set, Err(refused(1003)));
    assert_eq!(world.stage(FIRST), CampaignStage::Pausing);
    world.pass(60 * SECOND);
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
}

#[test]
fn a_pause_does_not_wait_for_a_full_disk_and_a_resume_does() {
    let mut world = running();
    world.store_fails = true;
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.commit_once();
    world.give_turns();
    let set = world.find(sets_to(Running::Paused));
    world.answer(set);
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
    world.intent(FloorIntent::Resume { campaign: FIRST });
    for _ in 0..10 {
        world.commit_once();
        world.give_turns();
        assert!(!world.asked.iter().any(|asked| sets(&asked.errand)), "the wish is not stored");
        world.pass_time(SECOND);
        world.apply(Input::Tick);
    }
    world.store_fails = false;
    world.pass(120 * SECOND);
    assert_eq!(world.platform.tasks["t1"].state, Running::Open);
}

#[test]
fn wanted_states_are_sent_again_after_a_restart() {
    let mut world = running();
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.settle();
    // Somebody resumed it at the platform, or the answer was wrong.
    world.platform.tasks.get_mut("t1").unwrap().state = Running::Open;
    world.crash();
    world.sign_in("acme");
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
}

#[test]
fn a_restart_does_not_open_what_somebody_paused_at_the_platform_and_its_parts_go_on() {
    let mut world = World::new();
    world.watch(&[Topic::Campaigns]);
    world.start(phones(0, 6));
    world.run_to_requests();
    let first = world.find(sends);
    world.answer(first);
    world.commit_all();
    world.platform.tasks.get_mut("t1").unwrap().state = Running::Paused;
    world.crash();
    world.sign_in("acme");
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
    assert_eq!(world.part_states(FIRST), ["taken", "taken"]);
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.settle();
    world.intent(FloorIntent::Resume { campaign: FIRST });
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Open, "a person's wish is sent");
}

#[test]
fn a_crash_with_a_pause_under_way_and_a_later_resume_leaves_the_task_open() {
    let mut world = running();
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.run_to_requests();
    let pause = world.find(sets_to(Running::Paused));
    world.carry_out(pause);
    world.intent(FloorIntent::Resume { campaign: FIRST });
    world.commit_all();
    world.crash();
    world.sign_in("acme");
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Open);
}

#[test]
fn stops_of_many_campaigns_are_not_held_back_by_other_changes() {
    let mut world = World::new();
    for campaign in 0..20u32 {
        world.start_with(u64::from(campaign) + 1, phones(campaign * 10, 1), plan());
    }
    world.settle();
    let seat = |number: u32| SeatId { queue: queue("sales"), extension: Extension(format!("{}", 8000 + number)), agent_id: String::new() };
    world.intent(FloorIntent::SetSeats { seats: (0..20).map(seat).collect(), order: SeatOrder::SignIn });
    for campaign in 1..=20 {
        world.intent(FloorIntent::Pause { campaign: CampaignId(campaign) });
    }
    assert_eq!(world.wanted.iter().filter(|(_, kind)| kind.starts_with("floor set ")).count(), 20);
    assert_eq!(world.stops.len(), 20, "each waits as a stop");
}

#[test]
fn a_resume_that_waits_and_becomes_an_end_waits_as_a_stop() {
    let mut world = running();
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.settle();
    world.intent(FloorIntent::Resume { campaign: FIRST });
    world.commit_all();
    assert_eq!((world.wanted.len(), world.stops.len()), (1, 1), "the pause was a stop, and the resume is none");
    world.intent(FloorIntent::End { campaign: FIRST });
    assert_eq!((world.wanted.len(), world.stops.len()), (1, 2));
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Over);
}

/// It cannot be told from a pause at the platform, and no calls are the safer side.
#[test]
fn a_pause_that_was_sent_and_not_stored_before_a_crash_stays() {
    let mut world = running();
    world.store_fails = true;
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.commit_once();
    world.give_turns();
    let pause = world.find(sets_to(Running::Paused));
    world.answer(pause);
    world.store_fails = false;
    world.crash();
    world.sign_in("acme");
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
    assert!(world.campaign(FIRST).holds.is_empty());
}

#[test]
fn a_campaign_of_another_account_is_neither_shown_nor_asked_about() {
    let mut world = running();
    world.sign_out();
    world.sign_in("other");
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.pass(300 * SECOND);
    assert_eq!(world.platform.tasks["t1"].state, Running::Open);
    assert!(world.views().is_empty());
    world.sign_out();
    assert!(world.views().is_empty(), "the page shows the account that was signed in last");
    world.sign_in("acme");
    world.settle();
    assert_eq!(world.stage(FIRST), CampaignStage::Paused);
}

#[test]
fn only_a_campaign_that_makes_no_calls_is_hidden() {
    let mut world = running();
    world.intent(FloorIntent::HideCampaign { campaign: FIRST });
    world.settle();
    assert_eq!(world.views().len(), 1);
    world.intent(FloorIntent::End { campaign: FIRST });
    world.settle();
    world.intent(FloorIntent::HideCampaign { campaign: FIRST });
    world.settle();
    assert!(world.views().is_empty());
    assert_eq!(world.store.entered("hideCampaign"), [("ann", "failed"), ("ann", "done")]);
}

#[test]
fn a_refused_change_is_no_failure_of_the_desk() {
    let mut world = running();
    world.platform.tasks.get_mut("t1").unwrap().numbers.clear();
    world.intent(FloorIntent::RemoveNumbers { campaign: FIRST, phones: phones(0, 1) });
    world.settle();
    assert!(matches!(&world.desk().notices[0].progress, ChangeProgress::Failed { problem } if problem.number == Some(1020)));
    assert_eq!(world.desk().problem, None);
}
