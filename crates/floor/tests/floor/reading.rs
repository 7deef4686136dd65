//! When the desk reads: what somebody looks at, and no more.

use ringside_domain::*;
use ringside_floor::Errand;

use crate::world::*;

#[test]
fn a_board_is_read_once_a_queue_and_its_age_is_that_of_its_oldest_queue() {
    let mut world = World::knowing_calls();
    for name in ["a", "b", "c", "d", "e"] {
        world.platform.queues.insert(queue(name), (QueueSettings::default(), Vec::new()));
    }
    world.watch(&[Topic::Wallboard { queues: Vec::new() }, Topic::Wallboard { queues: vec![queue("a")] }, Topic::Queues]);
    world.settle();
    let begin = world.seat_reads;
    world.pass(90 * SECOND);
    let each = (world.seat_reads - begin) / 6;
    assert!((9..=12).contains(&each), "each of six queues every nine seconds: {each}");
    let Some(TopicView::Wallboard(board)) = world.shown.get(&Topic::Wallboard { queues: Vec::new() }) else { panic!() };
    assert_eq!((board.queues.len(), board.every_ms), (6, 9000));
    assert_eq!(board.read_at, board.queues.iter().map(|queue| queue.read_at).min().flatten());
    assert_eq!(board.queues.iter().map(|queue| queue.idle).sum::<u32>(), 2);
    // The platform does not answer any more: the age stands still.
    let read_at = board.read_at;
    world.pass_time(20 * SECOND);
    world.apply(ringside_floor::Input::Tick);
    let Some(TopicView::Wallboard(board)) = world.shown.get(&Topic::Wallboard { queues: Vec::new() }) else { panic!() };
    assert_eq!(board.read_at, read_at);
}

#[test]
fn nothing_is_read_that_nobody_watches() {
    let mut world = World::knowing_calls();
    world.settle();
    world.pass(300 * SECOND);
    assert_eq!(world.seat_reads, 0);
    world.watch(&[Topic::Queues]);
    world.pass(60 * SECOND);
    let read = world.seat_reads;
    assert!(read > 10);
    world.watch(&[]);
    world.pass(300 * SECOND);
    assert_eq!(world.seat_reads, read);
}

#[test]
fn a_service_without_a_licence_is_said_and_asked_rarely() {
    let mut world = World::knowing_calls();
    world.watch(&[Topic::Desk, Topic::Groups]);
    world.run_to_requests();
    let groups = world.find(|errand| matches!(errand, Errand::Plain(FloorRequest::ReadGroups)));
    let problem = Problem::new(ProblemCode::ModuleNotLicensed, "", false).numbered(Some(603)).known_not_done(true);
    world.reply(groups, Err(problem));
    assert_eq!(world.desk().unlicensed, ["groups"]);
    world.pass(1800 * SECOND);
    assert_eq!(world.desk().unlicensed, ["groups"], "it is not asked again soon");
    world.intent(FloorIntent::ReadNow);
    world.settle();
    assert!(world.desk().unlicensed.is_empty(), "a person wants it now");
}

/// Counts, since times vary with the machine.
#[test]
fn an_input_looks_once_at_each_of_thousands_of_queues_and_groups() {
    let mut world = World::knowing_calls();
    for number in 0..2000 {
        world.platform.queues.insert(queue(&format!("queue-{number}")), (QueueSettings::default(), Vec::new()));
        world.platform.groups.insert(format!("group-{number}"), Vec::new());
    }
    world.watch(&[Topic::Queues, Topic::Groups]);
    for is_list in [FloorRequest::ReadQueues, FloorRequest::ReadGroups] {
        world.give_turns();
        let list = world.find(|errand| *errand == Errand::Plain(is_list.clone()));
        world.answer(list);
    }
    world.intent(FloorIntent::SetMembers { group: "group-7".into(), extensions: vec![Extension("7001".into())], order: MemberOrder::Add });
    let before = world.floor.wants_made();
    world.apply(ringside_floor::Input::Tick);
    let made = world.floor.wants_made() - before;
    // Their members and agents, both lists, the bills, and the change.
    assert!((4000..=4010).contains(&made), "{made} wants");
}
