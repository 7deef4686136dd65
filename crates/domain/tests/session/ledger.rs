use ringside_domain::{LedgerEntry::*, *};

use crate::desk::*;

fn queue(name: &str) -> QueueName {
    QueueName(name.into())
}

fn wish(desk: &mut Desk, wish: Wish) {
    desk.intent(Intent::Wish { wish, by: SetBy::Window });
}

/// The new entries since the last call.
fn news(desk: &mut Desk) -> Vec<LedgerEntry> {
    std::mem::take(&mut desk.entered).into_values().collect()
}

#[test]
fn a_shift_is_entered_from_the_sign_in_to_the_sign_out() {
    let mut desk = Desk::new(start());
    desk.sign_in(&["queue-1", "queue-2"]);
    assert_eq!(
        news(&mut desk),
        [Started { version: String::new() }, SignedIn { extension: Extension(OWN.into()), agent_id: "10".into() }],
        "the platform has not answered the joins"
    );
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    desk.answer(|request| is_join(request, "queue-2"), Ok(Outcome::Joined { already: false }));
    assert_eq!(
        news(&mut desk),
        [
            QueueJoined { queue: queue("queue-1"), already: true },
            QueueJoined { queue: queue("queue-2"), already: false },
            Wished { wish: 1, state: WishedState::Busy, by: SetBy::SignIn },
        ]
    );
    desk.answer(is_setting, Ok(Outcome::Done));
    desk.answer_seats(SeatState::Paused);
    assert_eq!(news(&mut desk), [Confirmed { wish: 1 }]);
    desk.intent(Intent::LeaveQueue { queue: queue("queue-2") });
    assert_eq!(news(&mut desk), [], "a wish to leave is not an entry");
    desk.answer(|request| matches!(request, Request::LeaveQueue { .. }), Ok(Outcome::Done));
    assert_eq!(news(&mut desk), [QueueLeft { queue: queue("queue-2") }]);
    desk.intent(Intent::SignOut);
    assert_eq!(news(&mut desk), [SigningOut { queues: vec![queue("queue-1")] }]);
    desk.answer(|request| matches!(request, Request::LeaveQueue { .. }), Ok(Outcome::Done));
    assert_eq!(news(&mut desk), [QueueLeft { queue: queue("queue-1") }]);
    desk.answer(|request| matches!(request, Request::EndToken { .. }), Ok(Outcome::Done));
    assert_eq!(news(&mut desk), []);
    desk.answer(|request| matches!(request, Request::ForgetSecrets { .. }), Ok(Outcome::Done));
    assert_eq!(news(&mut desk), [SignedOut], "only after everything is done");
}

#[test]
fn a_wish_is_entered_with_its_result() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    news(&mut desk);
    wish(&mut desk, Wish::Available);
    desk.accept_settings();
    assert_eq!(news(&mut desk), [Wished { wish: 1, state: WishedState::Available, by: SetBy::Window }], "an acceptance is no confirmation");
    desk.answer_seats(SeatState::Waiting);
    assert_eq!(news(&mut desk), [Confirmed { wish: 1 }]);

    wish(&mut desk, Wish::Busy { reason: Some("Lunch".into()) });
    desk.answer(is_setting, Err(problem(ProblemCode::Refused, false)));
    assert_eq!(
        news(&mut desk),
        [
            Wished { wish: 2, state: WishedState::Busy, by: SetBy::Window },
            RolledBack { wish: 2, code: ProblemCode::Refused, queues: vec![queue("queue-1")] },
        ]
    );

    wish(&mut desk, Wish::Available);
    desk.pass_seconds(60);
    let entered = news(&mut desk);
    assert_eq!(entered[1..], [Unconfirmed { wish: 3 }], "entered once, however long it lasts");
    desk.accept_settings();
    desk.answer_seats(SeatState::Waiting);
    assert_eq!(news(&mut desk), [Confirmed { wish: 3 }], "a late confirmation is entered, too");
}

#[test]
fn a_wish_that_no_queue_can_confirm_is_not_entered_as_confirmed() {
    let mut desk = Desk::in_queues(&[], SeatState::Paused);
    news(&mut desk);
    wish(&mut desk, Wish::Available);
    desk.pass_seconds(30);
    assert_eq!(news(&mut desk), [Wished { wish: 1, state: WishedState::Available, by: SetBy::Window }], "in no queue");

    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Paused);
    wish(&mut desk, Wish::Available);
    news(&mut desk);
    desk.intent(Intent::LeaveQueue { queue: queue("queue-1") });
    desk.answer(|request| matches!(request, Request::LeaveQueue { .. }), Ok(Outcome::Done));
    desk.accept_settings();
    assert_eq!(news(&mut desk), [QueueLeft { queue: queue("queue-1") }], "the queue was left before it confirmed");
}

#[test]
fn being_removed_from_a_queue_is_entered_as_lost_not_as_left() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    news(&mut desk);
    for _ in 0..2 {
        desk.pass_seconds(12);
        let nobody = || Outcome::Seats(SeatsReading { queue: queue("queue-1"), seats: vec![], others: None });
        desk.answer_where(|request| matches!(request, Request::ReadSeats { .. }), |_| Ok(nobody()));
    }
    assert_eq!(news(&mut desk), [QueueLost { queue: queue("queue-1") }]);
}

#[test]
fn a_call_is_entered_at_its_end_and_at_each_later_change_of_its_row() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    news(&mut desk);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Answer, "a"));
    assert_eq!(news(&mut desk), [], "an open call is not entered");
    desk.leg(leg(LegStatus::Hangup, "a"));
    assert_eq!(news(&mut desk), [LedgerEntry::Call { call: CallId(1), sign: CallSign::Ended }]);
    let started_at = desk.now.wall;
    desk.record(record(Some("a"), started_at));
    desk.record(record(Some("a"), started_at));
    assert_eq!(news(&mut desk), [LedgerEntry::Call { call: CallId(1), sign: CallSign::Completed }], "the second record is the same");
    desk.record(CallRecord {
        record_id: Some("1".into()),
        ..record(Some("b"), started_at.minus(std::time::Duration::from_secs(30 * 24 * 3600)))
    });
    assert_eq!(news(&mut desk), [LedgerEntry::Call { call: CallId(2), sign: CallSign::Fetched }]);
}

#[test]
fn the_result_of_a_wish_is_entered_once() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    wish(&mut desk, Wish::Busy { reason: None });
    desk.answer(is_setting, Err(problem(ProblemCode::Refused, false)));
    desk.pass_seconds(60);
    let entered = news(&mut desk);
    assert_eq!(entered.iter().filter(|entry| matches!(entry, RolledBack { .. })).count(), 1, "{entered:?}");
}

/// A call comes in between; after it, the platform does not confirm the wish again.
#[test]
fn a_wish_that_is_overdue_twice_is_entered_as_unconfirmed_once() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    wish(&mut desk, Wish::Busy { reason: None });
    desk.accept_settings();
    desk.pass_seconds(20);
    assert_eq!(desk.snapshot().wish.progress, WishProgress::Overdue);
    desk.answer_where(|request| matches!(request, Request::ReadSeats { .. }), |_| Ok(seats(&queue("queue-1"), SeatState::Talking)));
    desk.answer_seats(SeatState::Talking);
    assert_eq!(desk.snapshot().wish.progress, WishProgress::AfterCall);
    desk.answer_seats(SeatState::Waiting);
    desk.pass_seconds(20);
    let entered = news(&mut desk);
    assert_eq!(entered.iter().filter(|entry| matches!(entry, Unconfirmed { .. })).count(), 1, "{entered:?}");
}

/// The other queue was not told of the wish, so its reading cannot confirm it.
#[test]
fn a_wish_whose_only_queue_was_left_is_not_confirmed_by_another_queue() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    wish(&mut desk, Wish::Busy { reason: None });
    desk.intent(Intent::JoinQueue { queue: queue("queue-2") });
    desk.answer(|request| matches!(request, Request::JoinQueue { .. }), Ok(Outcome::Joined { already: true }));
    desk.intent(Intent::LeaveQueue { queue: queue("queue-1") });
    desk.answer(|request| matches!(request, Request::LeaveQueue { .. }), Ok(Outcome::Done));
    desk.accept_settings();
    desk.answer_seats(SeatState::Waiting);
    let entered = news(&mut desk);
    assert!(!entered.iter().any(|entry| matches!(entry, Confirmed { .. })), "{entered:?}");
}
