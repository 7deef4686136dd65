//! The agents on the wallboard.

use ringside_domain::*;

use crate::world::*;

fn of(queue: &BoardQueue) -> [u32; 5] {
    let BoardQueue { idle, ringing, talking, busy, other, .. } = queue;
    [*idle, *ringing, *talking, *busy, *other]
}

fn persons(board: &WallboardView) -> [u32; 5] {
    let BoardAgents { idle, ringing, talking, busy, other } = board.agents;
    [idle, ringing, talking, busy, other]
}

fn board(world: &World, queues: Vec<QueueName>) -> WallboardView {
    let Some(TopicView::Wallboard(board)) = world.shown.get(&Topic::Wallboard { queues }) else { panic!() };
    board.clone()
}

#[test]
fn an_agent_of_several_queues_is_one_person_and_is_not_available_during_a_call_of_another_queue() {
    use SeatState::{Paused, Receiving, Rejected, Talking, Waiting};
    let mut world = World::knowing_calls();
    let seats = |seats: &[(&str, SeatState)]| seats.iter().map(|(extension, state)| agent(extension, *state)).collect();
    let queues = [
        ("a", seats(&[("1", Talking), ("2", Receiving), ("3", Paused), ("4", Rejected), ("5", Waiting), ("", Waiting)])),
        ("b", seats(&[("1", Waiting), ("2", Waiting), ("3", Waiting), ("4", Waiting), ("5", Waiting), ("", Waiting)])),
    ];
    world.platform.queues.clear();
    for (name, agents) in queues {
        world.platform.queues.insert(queue(name), (QueueSettings::default(), agents));
    }
    let both = || vec![queue("a"), queue("b")];
    world.watch(&[Topic::Wallboard { queues: both() }, Topic::Wallboard { queues: vec![queue("b")] }]);
    world.settle();
    let view = board(&world, both());
    let shown: Vec<[u32; 5]> = view.queues.iter().map(of).collect();
    assert_eq!(shown, [[2, 1, 1, 1, 1], [4, 1, 1, 0, 0]], "idle, ringing, talking, busy, other");
    // Two seats without an extension may be of two persons.
    assert_eq!(persons(&view), [3, 1, 1, 1, 1]);
    assert_eq!(persons(&board(&world, vec![queue("b")])), [4, 1, 1, 0, 0], "of the queues that were chosen");

    // Nothing shows queue a any more: what is known of it grows old.
    world.watch(&[Topic::Wallboard { queues: vec![queue("b")] }]);
    world.pass(60 * SECOND);
    assert_eq!(persons(&board(&world, vec![queue("b")])), [6, 0, 0, 0, 0]);
}
