//! Team breaks.

use ringside_domain::*;
use ringside_floor::{Errand, Input};

use crate::world::*;

fn begin(world: &mut World, minutes: u32) {
    world.intent(FloorIntent::StartTeamBreak { queue: queue("sales"), minutes });
}

fn step(world: &World) -> Option<TeamBreakStep> {
    world.desk().breaks.first().map(|pause| pause.step)
}

fn states(world: &World) -> Vec<SeatState> {
    world.platform.queues[&queue("sales")].1.iter().map(|agent| agent.state).collect()
}

fn set_state(world: &mut World, index: usize, state: SeatState) {
    world.platform.queues.get_mut(&queue("sales")).unwrap().1[index].state = state;
}

const BOTH_BUSY: [SeatState; 2] = [SeatState::Paused, SeatState::Paused];
const BOTH_WAIT: [SeatState; 2] = [SeatState::Waiting, SeatState::Waiting];

/// A running campaign of the queue, and a page that shows the queues.
fn running() -> World {
    let mut world = World::knowing_calls();
    world.watch(&[Topic::Desk, Topic::Queues, Topic::Campaigns]);
    world.start(phones(0, 3));
    world.settle();
    world
}

#[test]
fn a_break_goes_through_its_steps_and_back() {
    let mut world = running();
    set_state(&mut world, 1, SeatState::Receiving);
    begin(&mut world, 5);
    assert_eq!(step(&world), Some(TeamBreakStep::Pausing));
    world.settle();
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
    world.pass(10 * SECOND);
    assert_eq!(step(&world), Some(TeamBreakStep::Draining), "a call rings");
    assert_eq!(states(&world)[0], SeatState::Waiting, "nobody is set busy before that");
    set_state(&mut world, 1, SeatState::Waiting);
    world.pass(10 * SECOND);
    assert_eq!(step(&world), Some(TeamBreakStep::OnBreak));
    assert_eq!(states(&world), BOTH_BUSY);
    let ends_at = world.desk().breaks[0].ends_at;
    assert!(ends_at.since(world.now.wall) > 280 * SECOND, "the countdown begins with the break");
    world.pass(320 * SECOND);
    assert_eq!(step(&world), None);
    assert_eq!(states(&world), BOTH_WAIT);
    assert_eq!(world.platform.tasks["t1"].state, Running::Open);
    let notice = world.desk().notices[0].clone();
    assert_eq!((notice.act, notice.progress), (FloorAct::TeamBreak, ChangeProgress::Confirmed));
    assert!(world.store.breaks.is_empty());
    assert_eq!(world.store.entered("teamBreak"), [("ann", "done")]);
}

#[test]
fn a_wallboard_tells_that_its_queue_has_a_break_until_the_break_is_over() {
    let mut world = running();
    let board = Topic::Wallboard { queues: vec![queue("sales")] };
    world.watch(&[Topic::Desk, Topic::Campaigns, board.clone()]);
    world.settle();
    let on_break = |world: &World| {
        let Some(TopicView::Wallboard(view)) = world.shown.get(&board) else { panic!("the board is not watched") };
        view.queues[0].on_break
    };
    assert!(!on_break(&world));
    begin(&mut world, 5);
    assert!(on_break(&world));
    world.pass(60 * SECOND);
    assert!(step(&world) == Some(TeamBreakStep::OnBreak) && on_break(&world));
    world.pass(300 * SECOND);
    assert!(step(&world).is_none() && !on_break(&world));
}

#[test]
fn an_agent_who_was_busy_before_stays_busy_and_a_persons_pause_stays() {
    let mut world = running();
    set_state(&mut world, 0, SeatState::Paused);
    world.intent(FloorIntent::Pause { campaign: FIRST });
    world.settle();
    begin(&mut world, 1);
    world.pass(200 * SECOND);
    assert_eq!(step(&world), None);
    assert_eq!(states(&world), [SeatState::Paused, SeatState::Waiting]);
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
}

#[test]
fn an_agent_who_is_to_be_busy_after_a_call_stays_busy_after_a_break() {
    let mut world = running();
    set_state(&mut world, 0, SeatState::Talking);
    let seat = SeatId { queue: queue("sales"), extension: Extension("7001".into()), agent_id: String::new() };
    world.intent(FloorIntent::SetSeats { seats: vec![seat], order: SeatOrder::Busy });
    world.run_to_requests();
    let set = world.find(|errand| matches!(errand, Errand::Plain(FloorRequest::SetSeat { .. })));
    world.reply(set, Ok(FloorAnswer::Done));
    world.pass(10 * SECOND);
    begin(&mut world, 1);
    world.pass(20 * SECOND);
    set_state(&mut world, 0, SeatState::Paused);
    world.pass(200 * SECOND);
    assert_eq!(step(&world), None);
    assert_eq!(states(&world), [SeatState::Paused, SeatState::Waiting]);
}

#[test]
fn a_break_says_how_many_of_its_agents_are_still_on_a_call() {
    let mut world = running();
    set_state(&mut world, 0, SeatState::Talking);
    begin(&mut world, 5);
    // The platform changes an agent who talks after the call only.
    for _ in 0..300 {
        world.pass(SECOND / 10);
        set_state(&mut world, 0, SeatState::Talking);
    }
    let on_call = |world: &World| world.desk().breaks.first().map(|pause| pause.on_call);
    assert_eq!((step(&world), on_call(&world)), (Some(TeamBreakStep::OnBreak), Some(1)));
    set_state(&mut world, 0, SeatState::Paused);
    world.pass(20 * SECOND);
    assert_eq!((step(&world), on_call(&world)), (Some(TeamBreakStep::OnBreak), Some(0)));
}

#[test]
fn a_break_is_taken_back_at_each_step() {
    // In the pause, while a call rings, and on the break.
    for (seconds, rings) in [(0, false), (8, true), (30, false)] {
        let mut world = running();
        if rings {
            set_state(&mut world, 1, SeatState::Receiving);
        }
        begin(&mut world, 5);
        world.pass(seconds * SECOND);
        world.intent(FloorIntent::EndTeamBreak { queue: queue("sales") });
        if rings {
            set_state(&mut world, 1, SeatState::Waiting);
        }
        world.pass(20 * SECOND);
        assert_eq!(step(&world), None, "after {seconds} s");
        assert_eq!(states(&world), BOTH_WAIT, "after {seconds} s");
        assert_eq!(world.platform.tasks["t1"].state, Running::Open, "after {seconds} s");
    }
}

#[test]
fn a_break_that_is_ending_can_begin_anew() {
    let mut world = running();
    begin(&mut world, 1);
    world.pass(30 * SECOND);
    world.intent(FloorIntent::EndTeamBreak { queue: queue("sales") });
    assert_eq!(step(&world), Some(TeamBreakStep::SettingAvailable));
    begin(&mut world, 10);
    world.pass(30 * SECOND);
    assert_eq!(step(&world), Some(TeamBreakStep::OnBreak));
    assert_eq!(states(&world), BOTH_BUSY);
    world.pass(700 * SECOND);
    assert_eq!(states(&world), BOTH_WAIT);
}

#[test]
fn a_break_survives_a_restart_and_sets_its_agents_back() {
    let mut world = running();
    begin(&mut world, 5);
    world.pass(30 * SECOND);
    assert_eq!(states(&world), BOTH_BUSY);
    world.crash();
    world.watch(&[Topic::Desk, Topic::Queues, Topic::Campaigns]);
    world.sign_in("acme");
    world.pass(30 * SECOND);
    assert_eq!(step(&world), Some(TeamBreakStep::OnBreak));
    assert_eq!(world.platform.tasks["t1"].state, Running::Paused);
    world.pass(320 * SECOND);
    assert_eq!(step(&world), None);
    assert_eq!(states(&world), BOTH_WAIT);
    assert_eq!(world.platform.tasks["t1"].state, Running::Open);
}

#[test]
fn a_restart_while_agents_are_being_set_busy_leaves_nobody_busy() {
    let mut world = running();
    begin(&mut world, 2);
    for _ in 0..100 {
        world.run_to_requests();
        let is_set = |asked: &Asked| matches!(asked.errand, ringside_floor::Errand::Plain(FloorRequest::SetSeat { .. }));
        if let Some(set) = world.asked.iter().position(is_set) {
            world.carry_out(set);
            break;
        }
        if world.asked.is_empty() {
            world.pass_time(SECOND);
            world.apply(Input::Tick);
        } else {
            world.answer(0);
        }
    }
    assert!(states(&world).contains(&SeatState::Paused));
    world.crash();
    world.sign_in("acme");
    world.pass(400 * SECOND);
    assert!(world.store.breaks.is_empty());
    assert_eq!(states(&world), BOTH_WAIT);
}

#[test]
fn what_does_not_work_is_said_and_the_break_goes_on() {
    let mut world = running();
    begin(&mut world, 1);
    world.run_to_requests();
    let set = world.find(sets_to(Running::Paused));
    world.reply(set, Err(refused(1003)));
    world.pass(25 * SECOND);
    assert_eq!(step(&world), Some(TeamBreakStep::Pausing), "the campaign still calls");
    world.refuse_sets = true;
    world.pass(50 * SECOND);
    let view = world.desk().breaks[0].clone();
    assert_eq!(view.problems.len(), 1);
    assert_eq!(states(&world), BOTH_BUSY);
    world.refuse_sets = false;
    world.pass(700 * SECOND);
    assert_eq!(step(&world), None);
    let notice = world.desk().notices.iter().find(|notice| notice.act == FloorAct::TeamBreak).cloned().unwrap();
    assert!(matches!(notice.progress, ChangeProgress::Failed { .. }));
    assert_eq!(states(&world), BOTH_WAIT);
}

#[test]
fn an_agent_whose_number_is_not_known_keeps_working_and_is_named() {
    let mut world = running();
    world.platform.queues.get_mut(&queue("sales")).unwrap().1[1].agent_id = String::new();
    begin(&mut world, 1);
    world.pass(20 * SECOND);
    assert_eq!(step(&world), Some(TeamBreakStep::OnBreak));
    assert_eq!(states(&world), [SeatState::Paused, SeatState::Waiting]);
    let problems = world.desk().breaks[0].problems.clone();
    assert_eq!((problems.len(), problems[0].code), (1, ProblemCode::AgentNumberMissing), "{problems:?}");
    assert!(problems[0].detail.contains("7002"));
}

#[test]
fn a_break_needs_somebody_signed_in() {
    let mut world = running();
    world.sign_out();
    begin(&mut world, 5);
    assert!(matches!(world.desk().notices[0].progress, ChangeProgress::Failed { .. }));
    assert_eq!(step(&world), None);
}

#[test]
fn a_campaign_that_begins_during_a_break_waits_for_its_end() {
    let mut world = running();
    begin(&mut world, 1);
    world.pass(20 * SECOND);
    world.start_with(2, phones(10, 2), plan());
    world.pass(10 * SECOND);
    assert_eq!(world.platform.tasks.len(), 1);
    world.pass(120 * SECOND);
    assert_eq!(world.platform.tasks.len(), 2);
}

#[test]
fn a_break_goes_on_if_its_agents_were_remembered_while_nobody_was_signed_in() {
    let mut world = running();
    begin(&mut world, 5);
    world.store_fails = true;
    world.pass(30 * SECOND);
    assert_eq!((step(&world), states(&world)), (Some(TeamBreakStep::SettingBusy), BOTH_WAIT.to_vec()), "not before they are remembered");
    world.sign_out();
    world.store_fails = false;
    world.pass(120 * SECOND);
    world.sign_in("acme");
    world.pass(60 * SECOND);
    assert_eq!((step(&world), states(&world)), (Some(TeamBreakStep::OnBreak), BOTH_BUSY.to_vec()));
}
