//! The queue that gave a call.

use ringside_domain::*;

use crate::desk::*;

fn read_seats(desk: &mut Desk, states: &[(&str, SeatState)]) {
    desk.pass_seconds(3);
    desk.answer_where(
        |request| matches!(request, Request::ReadSeats { .. }),
        |request| {
            let Request::ReadSeats { queue } = request else { unreachable!() };
            let state = states.iter().find(|(name, _)| *name == queue.0).map_or(SeatState::Waiting, |(_, state)| *state);
            Ok(seats(queue, state))
        },
    );
}

#[test]
fn fm10_the_queue_is_shown_only_if_it_is_certain() {
    let queue = |desk: &Desk| desk.snapshot().calls[0].queue.clone().map(|queue| queue.0);
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    // This reading is from before the ring, so it shows another call.
    read_seats(&mut desk, &[("queue-2", SeatState::Receiving)]);
    desk.leg(leg(LegStatus::Ring, "a"));
    assert_eq!(queue(&desk), None, "a reading from before the ring does not count");
    for _ in 0..4 {
        read_seats(&mut desk, &[("queue-1", SeatState::Receiving), ("queue-2", SeatState::Receiving)]);
        assert_eq!(queue(&desk), None, "the seats of both queues are in a call");
    }
    desk.leg(leg(LegStatus::Answer, "a"));
    for _ in 0..4 {
        read_seats(&mut desk, &[("queue-1", SeatState::Talking)]);
    }
    assert_eq!(queue(&desk).as_deref(), Some("queue-1"), "the seat of only one queue is in a call");
    for _ in 0..4 {
        read_seats(&mut desk, &[("queue-1", SeatState::Talking), ("queue-2", SeatState::Talking)]);
    }
    assert_eq!(queue(&desk), None, "not certain any more");
}

#[test]
fn fm10_a_seat_read_long_before_the_others_names_no_queue() {
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Answer, "a"));
    read_seats(&mut desk, &[("queue-1", SeatState::Talking), ("queue-2", SeatState::Talking)]);
    // The call is over, and its end was lost. One queue is read before the other.
    let is_asked = |request: &Request| matches!(request, Request::ReadSeats { queue } if queue.0 == "queue-2");
    for _ in 0..12 {
        desk.pass_seconds(1);
        desk.answer_where(is_asked, |_| Ok(seats(&QueueName("queue-2".into()), SeatState::Waiting)));
    }
    assert_eq!(desk.snapshot().calls[0].queue, None, "the reading of queue-1 is much older");
}
