//! Answers that come too late: after a sign-out, after a queue was left, or after the extension changed.

use ringside_domain::*;

use crate::desk::*;

fn is_phone(request: &Request) -> bool {
    matches!(request, Request::ReadPhone { .. })
}

fn is_seats(request: &Request) -> bool {
    matches!(request, Request::ReadSeats { .. })
}

fn is_records(request: &Request) -> bool {
    matches!(request, Request::ReadRecords { .. })
}

/// Waits for such a request and removes it, so that the test can answer it later.
fn take(desk: &mut Desk, which: impl Fn(&Request) -> bool) -> RequestId {
    desk.wait_for(&which);
    let index = desk.asked.iter().position(|(_, request)| which(request)).expect("asked");
    desk.asked.remove(index).0
}

fn late(desk: &mut Desk, id: RequestId, outcome: Outcome) {
    desk.apply(Input::Answered { id, outcome: Ok(outcome) });
}

#[test]
fn a_late_answer_to_a_wish_does_not_count_for_a_queue_that_was_left_and_joined_again() {
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    desk.intent(wish(Wish::Busy { reason: None }));
    let of_first = |request: &Request| matches!(request, Request::SetSeat { queue, .. } if queue.0 == "queue-1");
    let id = take(&mut desk, of_first);
    let queue = QueueName("queue-1".into());
    desk.intent(Intent::LeaveQueue { queue: queue.clone() });
    desk.answer(|request| matches!(request, Request::LeaveQueue { .. }), Ok(Outcome::Done));
    desk.intent(Intent::JoinQueue { queue: queue.clone() });
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
    late(&mut desk, id, Outcome::Done);
    desk.wait_for(of_first);
    assert!(desk.is_asked(of_first), "the wish is also sent to the queue that was joined again");
}

#[test]
fn a_reading_of_the_phone_is_ignored_after_the_extension_changed() {
    for signs_out in [false, true] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let id = take(&mut desk, is_phone);
        if signs_out {
            desk.intent(Intent::SignOut);
        } else {
            let account = Account { url: "https://call.example.com/".into(), appid: "acme".into() };
            let other = Agent { extension: Extension("100002".into()), ..agent(&["queue-1"]) };
            desk.intent(Intent::SignIn { account, agent: other, accesskey: None });
        }
        late(&mut desk, id, phone_with(PhoneState::Ringing, "013387525701"));
        assert!(desk.snapshot().calls.is_empty() && desk.saved_calls.is_empty());
    }
}

#[test]
fn a_reading_of_a_queue_that_was_left_is_ignored() {
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    let queue = QueueName("queue-1".into());
    desk.pass_seconds(12);
    let id = take(&mut desk, |request| matches!(request, Request::ReadSeats { queue: of } if *of == queue));
    desk.intent(Intent::LeaveQueue { queue: queue.clone() });
    desk.answer(|request| matches!(request, Request::LeaveQueue { .. }), Ok(Outcome::Done));
    late(&mut desk, id, Outcome::Seats(SeatsReading { queue: queue.clone(), seats: vec![], others: None }));
    desk.answer_where(is_seats, |request| {
        let Request::ReadSeats { queue } = request else { unreachable!() };
        Ok(seats(queue, SeatState::Waiting))
    });
    let snapshot = desk.snapshot();
    assert!(snapshot.notices.is_empty() && snapshot.queues.iter().all(|of| of.name != queue), "{:?}", snapshot.queues);
}

#[test]
fn records_that_come_after_a_sign_out_are_ignored() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let id = take(&mut desk, is_records);
    let at = desk.now.wall.minus(std::time::Duration::from_secs(100));
    desk.intent(Intent::SignOut);
    late(&mut desk, id, Outcome::Records(vec![record(Some("a"), at)]));
    assert!(desk.saved_calls.is_empty() && desk.snapshot().recent.is_empty());
}

/// A desk that calls back the customer of a missed call, and the request, which is not answered yet.
fn calling_back() -> (Desk, RequestId) {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Hangup, "a"));
    desk.answer_seats(SeatState::Waiting);
    let call = desk.snapshot().recent[0].id;
    desk.intent(Intent::CallBack { call });
    let id = take(&mut desk, |request| matches!(request, Request::CallBack(_)));
    (desk, id)
}

fn is_end_of_task(request: &Request) -> bool {
    matches!(request, Request::EndTask { task_id, .. } if task_id == "t1")
}

fn is_end_of_token(request: &Request) -> bool {
    matches!(request, Request::EndToken { .. })
}

#[test]
fn a_task_that_was_made_after_the_sign_out_is_ended_before_the_token() {
    let (mut desk, id) = calling_back();
    desk.intent(Intent::SignOut);
    desk.answer_where(|request| matches!(request, Request::LeaveQueue { .. }), |_| Ok(Outcome::Done));
    desk.pass_seconds(5);
    assert!(!desk.is_asked(is_end_of_token), "ending the task may need the token");
    late(&mut desk, id, Outcome::TaskMade { task_id: "t1".into(), accepted: true });
    assert!(desk.snapshot().owed.task);
    assert_eq!(desk.saved.call_back, None);
    desk.answer(is_end_of_task, Ok(Outcome::Done));
    desk.wait_for(is_end_of_token);
    assert!(desk.is_asked(is_end_of_token) && !desk.snapshot().owed.task);
}

/// Both requests are unanswered when the second agent signs out.
#[test]
fn the_late_tasks_of_two_sign_outs_are_both_ended() {
    let (mut desk, first) = calling_back();
    desk.intent(Intent::SignOut);
    desk.answer_where(|request| matches!(request, Request::LeaveQueue { .. }), |_| Ok(Outcome::Done));
    let account = desk.snapshot().account.clone();
    let next = Agent { agent_id: "11".into(), ..agent(&["queue-1"]) };
    desk.intent(Intent::SignIn { account, agent: next, accesskey: Some("k".into()) });
    let signed_in = Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() };
    desk.answer(|request| matches!(request, Request::SignIn { .. }), Ok(signed_in));
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    desk.answer_where(is_phone, |_| Ok(phone(PhoneState::Idle)));
    desk.answer_seats(SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "b"));
    desk.leg(leg(LegStatus::Hangup, "b"));
    desk.answer_seats(SeatState::Waiting);
    let call = desk.snapshot().recent[0].id;
    desk.intent(Intent::CallBack { call });
    let second = take(&mut desk, |request| matches!(request, Request::CallBack(_)));
    desk.intent(Intent::SignOut);
    late(&mut desk, first, Outcome::TaskMade { task_id: "t1".into(), accepted: true });
    late(&mut desk, second, Outcome::TaskMade { task_id: "t2".into(), accepted: true });
    let tasks = desk.saved.owed.iter().filter(|debt| matches!(debt.duty, Duty::EndTask { .. }));
    assert_eq!(tasks.count(), 2, "{:?}", desk.saved.owed);
}

#[test]
fn a_call_back_whose_outcome_is_unknown_after_the_sign_out_leaves_no_debt() {
    let (mut desk, id) = calling_back();
    desk.intent(Intent::SignOut);
    desk.answer_where(|request| matches!(request, Request::LeaveQueue { .. }), |_| Ok(Outcome::Done));
    desk.apply(Input::Answered { id, outcome: Err(problem(ProblemCode::FateUnknown, false)) });
    desk.wait_for(is_end_of_token);
    assert!(desk.is_asked(is_end_of_token) && !desk.snapshot().owed.task);
}

/// The order still waits for the connection.
#[test]
fn a_call_back_that_was_not_sent_before_the_sign_out_is_not_of_unknown_fate() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Hangup, "a"));
    desk.answer_seats(SeatState::Waiting);
    let call = desk.snapshot().recent[0].id;
    desk.wait_for(is_phone);
    desk.answer_where(is_phone, |_| Err(problem(ProblemCode::Unreachable, true)));
    desk.intent(Intent::CallBack { call });
    let is_call_back = |request: &Request| matches!(request, Request::CallBack(_));
    assert!(desk.saved.call_back.is_some() && !desk.is_asked(is_call_back));
    desk.intent(Intent::SignOut);
    assert_eq!(desk.saved.call_back, None);
    desk.sign_in(&["queue-1"]);
    assert_eq!(desk.snapshot().call_back.last, None);
    desk.pass_seconds(60);
    assert!(!desk.is_asked(is_call_back));
}
