//! Calling hours and the limit of abandoned calls.

use ringside_domain::*;
use ringside_floor::Input;

use crate::world::*;

/// The world begins on a Monday at 12:00.
fn until(to: u16) -> CampaignPlan {
    let hours = Some(CallingHours { days: vec![1, 2], from: 540, to });
    CampaignPlan { limits: CampaignLimits { hours, ..CampaignLimits::default() }, ..plan() }
}

const HOUR: u32 = 3600;

#[test]
fn a_campaign_is_paused_at_the_end_of_its_hours_and_resumed_at_their_begin() {
    let mut world = World::new();
    world.watch(&[Topic::Campaigns]);
    world.start_with(1, phones(0, 3), until(13 * 60));
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Open);
    world.pass(HOUR * SECOND - SECOND);
    assert_eq!(world.platform.tasks["t1"].state, Running::Open);
    world.pass(2 * SECOND);
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
    assert_eq!(world.stage(FIRST), CampaignStage::Paused);
    assert_eq!(world.campaign(FIRST).holds[0].by, None, "Ringside itself");
    world.pass(20 * HOUR * SECOND);
    assert_eq!(world.platform.tasks["t1"].state, Running::Open, "Tuesday");
    world.pass(24 * HOUR * SECOND);
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused, "Wednesday is no day of it");
}

#[test]
fn the_hours_follow_the_platforms_clock_when_daylight_saving_begins() {
    let mut world = World::new();
    world.start_with(1, phones(0, 3), until(13 * 60));
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Open, "noon");
    world.apply(Input::Zone { utc_minutes: 60 });
    world.pass(2 * SECOND);
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused, "it is one o'clock now");
}

#[test]
fn a_task_is_created_only_within_the_hours() {
    let mut world = World::new();
    world.start_with(1, phones(0, 3), until(11 * 60));
    world.pass(HOUR * SECOND);
    assert!(world.platform.tasks.is_empty());
    world.pass(24 * HOUR * SECOND);
    assert_eq!(world.part_states(FIRST), ["taken"]);
}

#[test]
fn the_hours_end_during_the_creation_so_the_pause_comes_before_the_other_parts() {
    let mut world = World::new();
    world.start_with(1, phones(0, 6), until(12 * 60 + 1));
    world.run_to_requests();
    world.pass_time(120 * SECOND);
    let part = world.find(sends);
    world.answer(part);
    world.run_to_requests();
    assert!(!world.asked.iter().any(|asked| sends(&asked.errand)));
    world.find(sets_to(Running::Paused));
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
    assert_eq!(world.part_states(FIRST), ["taken", "taken"]);
}

#[test]
fn without_a_trusted_clock_nothing_is_called() {
    let mut world = World::new();
    world.start_with(1, phones(0, 3), until(20 * 60));
    world.start_with(2, phones(10, 3), plan());
    world.settle();
    world.apply(Input::ClockTrusted(false));
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
    assert_eq!(world.platform.tasks["t2"].state, Running::Open, "without hours the time is of no importance");
    world.apply(Input::ClockTrusted(true));
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Open);
}

#[test]
fn a_turn_after_a_sleep_is_judged_by_the_holds_of_now() {
    let mut world = World::new();
    world.start_with(1, phones(0, 3), until(13 * 60));
    world.settle();
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.settle();
    world.intent(FloorIntent::Resume { campaign: FIRST });
    world.commit_all();
    world.pass_time(2 * HOUR * SECOND);
    world.give_turns();
    assert!(!world.asked.iter().any(|asked| sets_to(Running::Open)(&asked.errand)), "{:?}", world.asked);
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
}

#[test]
fn a_commit_after_a_sleep_creates_no_task_outside_the_hours() {
    let mut world = World::new();
    world.start_with(1, phones(0, 3), until(13 * 60));
    world.commit_all();
    world.give_turns();
    assert!(!world.storing.is_empty(), "the part is being marked");
    world.pass_time(2 * HOUR * SECOND);
    world.settle();
    assert!(world.platform.tasks.is_empty());
    assert_eq!(world.part_states(FIRST), ["waiting"]);
}

/// Restarts, and returns how many entries the ledger has then.
fn restart_with_unread_clock(world: &mut World) -> usize {
    world.crash_with_unread_clock();
    world.sign_in("acme");
    world.apply(Input::ClockTrusted(false));
    world.settle();
    world.store.ledger.len()
}

#[test]
fn a_start_enters_nothing_about_holds_that_stay() {
    let mut world = World::new();
    world.watch(&[Topic::Campaigns]);
    world.start_with(1, phones(0, 3), until(20 * 60));
    world.settle();
    let entries = world.store.ledger.len();
    assert_eq!(restart_with_unread_clock(&mut world), entries);
    assert_eq!(world.platform.tasks["t1"].state, Running::Open);
    world.apply(Input::ClockTrusted(true));
    world.pass(9 * HOUR * SECOND);
    let since = world.campaign(FIRST).holds[0].since;
    let before = world.store.entered("hold").len();
    restart_with_unread_clock(&mut world);
    world.apply(Input::ClockTrusted(true));
    world.settle();
    assert_eq!(world.campaign(FIRST).holds[0].since, since, "it is paused since the end of the hours");
    assert_eq!(world.store.entered("hold").len(), before);
    assert!(world.store.entered("release").is_empty());
}

#[test]
fn before_the_clock_is_compared_nothing_with_hours_begins_and_soon_it_is_held() {
    let mut world = World::new();
    world.start_with(1, phones(0, 6), until(20 * 60));
    world.run_to_requests();
    let first = world.find(sends);
    world.answer(first);
    world.commit_all();
    restart_with_unread_clock(&mut world);
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.intent(FloorIntent::Resume { campaign: FIRST });
    world.settle();
    assert_eq!(world.part_states(FIRST), ["taken", "waiting"]);
    world.store.imports.insert(2, phones(20, 3));
    world.intent(FloorIntent::Start { import: 2, plan: until(20 * 60) });
    world.settle();
    assert_eq!(world.platform.tasks.len(), 1);
    world.pass(31 * SECOND);
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused, "the time is not known");
    world.apply(Input::ClockTrusted(true));
    world.settle();
    assert_eq!((world.platform.tasks["t1"].state, world.platform.tasks.len()), (Running::Open, 2));
}

#[test]
fn a_campaign_that_waits_for_its_hours_can_be_paused_and_its_sending_stopped() {
    let mut world = World::new();
    world.watch(&[Topic::Campaigns]);
    world.start_with(1, phones(0, 6), until(11 * 60));
    world.settle();
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.pass(24 * HOUR * SECOND - 2 * HOUR * SECOND);
    assert_eq!((world.platform.tasks.len(), world.stage(FIRST)), (0, CampaignStage::Paused), "its hours began");
    world.intent(FloorIntent::StopSending { campaign: FIRST });
    world.intent(FloorIntent::Resume { campaign: FIRST });
    world.settle();
    assert_eq!((world.platform.tasks.len(), world.stage(FIRST)), (0, CampaignStage::Stopped));
    world.intent(FloorIntent::ResumeSending { campaign: FIRST });
    world.settle();
    assert_eq!(world.part_states(FIRST), ["taken", "taken"]);
}

#[test]
fn ringside_never_ends_a_persons_pause() {
    let mut world = World::new();
    world.watch(&[Topic::Campaigns]);
    world.start_with(1, phones(0, 3), until(13 * 60));
    world.settle();
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.pass(24 * HOUR * SECOND);
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
    let reasons: Vec<_> = world.campaign(FIRST).holds.iter().map(|hold| hold.reason).collect();
    assert_eq!(reasons, [HoldReason::Person]);
    // And a person's resume does not end the hold of the hours.
    world.pass(2 * HOUR * SECOND);
    world.intent(FloorIntent::Resume { campaign: FIRST });
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
}

#[test]
fn other_limits_count_at_once() {
    let mut world = World::new();
    world.start_with(1, phones(0, 3), until(20 * 60));
    world.settle();
    world.intent(FloorIntent::SetLimits { campaign: FIRST, limits: until(11 * 60).limits });
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
    world.intent(FloorIntent::SetLimits { campaign: FIRST, limits: CampaignLimits::default() });
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Open);
}

#[test]
fn the_limit_of_abandoned_calls_pauses_for_today_if_that_was_chosen() {
    for chosen in [true, false] {
        let mut world = World::new();
        let limits = CampaignLimits { pause_at_limit: chosen, ..CampaignLimits::default() };
        world.start_with(1, phones(0, 3), CampaignPlan { limits, ..plan() });
        world.settle();
        let counted = |answered_today, abandoned_today| CampaignCounts { answered_today, abandoned_today, ..world.store.counts(FIRST) };
        let (early, reached) = (counted(2, 2), counted(100, 3));
        world.apply(Input::Counted(vec![(FIRST, early)]));
        world.settle();
        assert_eq!(world.platform.tasks["t1"].state, Running::Open, "two early abandoned calls of three that are permitted");
        world.apply(Input::Counted(vec![(FIRST, reached)]));
        world.run_to_requests();
        while !world.asked.is_empty() {
            world.answer(0);
            world.run_to_requests();
        }
        assert_eq!(world.platform.tasks["t1"].state == Running::Paused, chosen);
        if chosen {
            assert_eq!(world.campaign(FIRST).holds[0].reason, HoldReason::Abandoned);
        }
        // The counts are read anew at midnight: today's share begins at nothing.
        world.pass(13 * HOUR * SECOND);
        assert_eq!(world.platform.tasks["t1"].state, Running::Open);
    }
}
