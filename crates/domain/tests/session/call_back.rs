//! Calling back: once, only while the agent is available, and joined to the resulting call.

use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

const CUSTOMER: &str = "013387525701";

/// An available desk with a missed call.
fn missed() -> (Desk, CallId) {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.leg(leg(LegStatus::Ring, "a"));
    desk.leg(leg(LegStatus::Hangup, "a"));
    let call = desk.snapshot().recent[0].id;
    desk.answer_seats(SeatState::Waiting);
    assert_eq!(desk.snapshot().label, Label::Available);
    (desk, call)
}

fn is_order(request: &Request) -> bool {
    matches!(request, Request::CallBack(_))
}

fn is_end(request: &Request) -> bool {
    matches!(request, Request::EndTask { task_id, .. } if task_id == "t1")
}

fn ordered(desk: &Desk) -> &CallBackOrder {
    let order = |(_, request): &'_ (RequestId, Request)| is_order(request);
    let Some((_, Request::CallBack(order))) = desk.asked.iter().find(|asked| order(asked)) else { panic!("{:?}", desk.asked) };
    order
}

fn made() -> Result<Outcome, Problem> {
    Ok(Outcome::TaskMade { task_id: "t1".into(), accepted: true })
}

fn state(desk: &Desk) -> Option<CallBackState> {
    desk.snapshot().call_back.last.as_ref().map(|last| last.state.clone())
}

/// The order was sent, and the platform accepted it.
fn calling() -> (Desk, CallId) {
    let (mut desk, call) = missed();
    desk.intent(Intent::CallBack { call });
    desk.answer(is_order, made());
    assert_eq!(state(&desk), Some(CallBackState::Calling));
    (desk, call)
}

#[test]
fn a_missed_call_is_called_back_once_and_done_after_the_answer() {
    let (mut desk, call) = missed();
    assert!(desk.snapshot().call_back.offered);
    desk.intent(Intent::CallBack { call });
    desk.intent(Intent::CallBack { call });
    assert_eq!(desk.asked.iter().filter(|(_, request)| is_order(request)).count(), 1, "asks once");
    let order = ordered(&desk).clone();
    assert_eq!((order.number.as_str(), order.extension.0.as_str(), order.at), (CUSTOMER, OWN, desk.now.wall));
    assert_eq!(order.task_name, format!("ringside-{OWN}-{}", desk.now.wall.0 / 1000));
    assert!(!desk.snapshot().call_back.offered && state(&desk) == Some(CallBackState::Sending));
    desk.answer(is_order, made());
    let last = desk.snapshot().call_back.last.clone().unwrap();
    assert_eq!((last.state, last.call, last.task_id.as_deref()), (CallBackState::Calling, call, Some("t1")));

    desk.pass_seconds(9);
    desk.leg(leg(LegStatus::Ring, "b"));
    assert_eq!(state(&desk), Some(CallBackState::Connected));
    assert_eq!(desk.snapshot().calls[0].queue, None, "no queue gave it");
    assert!(desk.saved_notes.is_empty(), "a ring is not an answer yet");
    desk.leg(leg(LegStatus::Answer, "b"));
    assert_eq!(desk.saved_notes, [(call, Edit::Done(Some(desk.now.wall)))]);
    assert!(!desk.is_asked(is_end), "the task is not ended during the call");
    desk.leg(leg(LegStatus::Hangup, "b"));
    desk.answer(is_end, Ok(Outcome::Done));
    assert_eq!((state(&desk), &desk.saved.call_back), (None, &None));
    assert_eq!(desk.saved_notes.len(), 1, "done is set once");
}

#[test]
fn an_end_interrupts_a_call_back_from_its_order_to_its_result() {
    let (mut desk, call) = missed();
    assert!(desk.snapshot().is_quiet());
    desk.intent(Intent::CallBack { call });
    assert!(!desk.snapshot().is_quiet(), "it is being ordered");
    desk.answer(is_order, made());
    assert!(!desk.snapshot().is_quiet() && desk.snapshot().calls.is_empty(), "the customer is called");
    let (mut desk, call) = missed();
    desk.intent(Intent::CallBack { call });
    desk.answer(is_order, Err(problem(ProblemCode::FateUnknown, false)));
    assert!(desk.snapshot().is_quiet(), "the result stays in view");
}

#[test]
fn calling_back_is_offered_only_while_available_is_confirmed() {
    for state in [SeatState::Paused, SeatState::Receiving, SeatState::Other(1042)] {
        let mut desk = Desk::in_queues(&["queue-1"], state);
        desk.record(record(None, desk.now.wall.minus(Duration::from_secs(600))));
        let call = desk.snapshot().recent[0].id;
        let offered = desk.snapshot().label == Label::Available;
        assert_eq!(desk.snapshot().call_back.offered, offered, "{state:?}");
        desk.intent(Intent::CallBack { call });
        assert_eq!(desk.is_asked(is_order), offered, "{state:?}");
    }
    let (mut desk, call) = missed();
    desk.intent(Intent::Wish { wish: Wish::Busy { reason: None }, by: SetBy::Window });
    assert!(desk.snapshot().label == Label::Available && !desk.snapshot().call_back.offered, "a wish to be busy is under way");
    desk.intent(Intent::CallBack { call });
    assert!(!desk.is_asked(is_order));
    let (mut desk, call) = missed();
    desk.leg(leg(LegStatus::Ring, "b"));
    desk.intent(Intent::CallBack { call });
    assert!(!desk.is_asked(is_order), "the phone is in use");
}

#[test]
fn a6_a_lost_answer_is_shown_and_the_order_is_not_sent_again() {
    let (mut desk, call) = missed();
    desk.intent(Intent::CallBack { call });
    desk.answer(is_order, Err(problem(ProblemCode::FateUnknown, false)));
    let last = desk.snapshot().call_back.last.clone().unwrap();
    assert_eq!(last.state, CallBackState::Unknown { problem: problem(ProblemCode::FateUnknown, false) });
    assert_eq!((last.number.as_str(), last.task_id), (CUSTOMER, None), "the sent order is shown");
    desk.pass_seconds(900);
    assert!(!desk.is_asked(is_order), "never sent again automatically");

    // The result is shown after a restart, too, until it is dismissed.
    let again = Desk::new(Start { saved: desk.saved.clone(), ..start() });
    assert!(matches!(state(&again), Some(CallBackState::Unknown { .. })));
    desk.intent(Intent::EndCallBack);
    assert_eq!((state(&desk), &desk.saved.call_back), (None, &None));
}

#[test]
fn a6_a_call_that_comes_after_a_lost_answer_is_joined() {
    let (mut desk, call) = missed();
    desk.intent(Intent::CallBack { call });
    desk.answer(is_order, Err(problem(ProblemCode::FateUnknown, false)));
    for status in [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup] {
        desk.pass_seconds(3);
        desk.leg(leg(status, "b"));
    }
    assert_eq!(desk.saved_notes.iter().map(|(call, _)| *call).collect::<Vec<_>>(), [call]);
    assert_eq!(state(&desk), None, "a task without an id cannot be ended; it ended with its call");
}

#[test]
fn a_refusal_is_shown_and_can_be_repeated() {
    let (mut desk, call) = missed();
    desk.intent(Intent::CallBack { call });
    let refused = problem(ProblemCode::PhoneNotRegistered, false);
    desk.answer(is_order, Err(refused.clone()));
    assert_eq!(state(&desk), Some(CallBackState::Failed { problem: refused }));
    assert!(desk.snapshot().call_back.offered, "a person may try again");
    desk.intent(Intent::CallBack { call });
    desk.answer(is_order, Ok(Outcome::TaskMade { task_id: "t1".into(), accepted: false }));
    desk.answer(is_end, Ok(Outcome::Done));
    let Some(CallBackState::Failed { problem }) = state(&desk) else { panic!() };
    assert_eq!((problem.code, problem.detail.as_str()), (ProblemCode::Refused, CUSTOMER), "the platform did not accept the number");
}

#[test]
fn the_task_is_ended_if_the_customer_does_not_answer() {
    let (mut desk, call) = calling();
    desk.pass_seconds(121);
    desk.answer(is_end, Err(problem(ProblemCode::Unreachable, true)));
    assert!(matches!(state(&desk), Some(CallBackState::Ending { problem: Some(_) })));
    desk.pass_seconds(6);
    desk.answer(is_end, Ok(Outcome::Done));
    assert_eq!(state(&desk), Some(CallBackState::NotReached));
    assert!(desk.saved_notes.is_empty(), "still to do");
    desk.intent(Intent::EndCallBack);
    desk.answer_seats(SeatState::Waiting);
    desk.intent(Intent::CallBack { call });
    desk.answer(is_order, made());
    desk.intent(Intent::EndCallBack);
    desk.answer(is_end, Err(problem(ProblemCode::Refused, false)));
    assert_eq!(state(&desk), None, "ended by the agent; a task that the platform refuses to end is over");

    let (mut desk, _) = calling();
    let finished = Signal::TaskFinished { task_id: "t1".into() };
    desk.apply(Input::Delivery(event(finished, "f".into())));
    assert_eq!(state(&desk), Some(CallBackState::NotReached));
    assert!(!desk.is_asked(is_end), "the platform said that it is over");
}

#[test]
fn another_call_is_not_taken_for_the_call_back() {
    let (mut desk, _) = calling();
    desk.leg(LegEvent { callee: "013900000000".into(), ..leg(LegStatus::Ring, "b") });
    assert_eq!(state(&desk), Some(CallBackState::Calling), "another number");
    desk.leg(LegEvent { direction: Direction::Incoming, caller: CUSTOMER.into(), callee: OWN.into(), ..leg(LegStatus::Ring, "c") });
    assert_eq!(state(&desk), Some(CallBackState::Calling), "the customer called");
    let old = desk.now.wall.minus(Duration::from_secs(3600));
    desk.record(record(Some("d"), old));
    assert_eq!(state(&desk), Some(CallBackState::Calling), "an old record");
}

#[test]
fn the_call_back_is_recognised_by_another_spelling_of_the_number() {
    let mut desk = Desk::new(Start { numbers: NumberRules { prefixes: vec!["0".into(), "+86".into()] }, ..start() });
    desk.sign_in(&["queue-1"]);
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    desk.answer_seats(SeatState::Waiting);
    desk.record(record(None, desk.now.wall.minus(Duration::from_secs(600))));
    let call = desk.snapshot().recent[0].id;
    desk.intent(Intent::CallBack { call });
    desk.answer(is_order, made());
    desk.leg(LegEvent { callee: "+8613387525701".into(), ..leg(LegStatus::Ring, "b") });
    assert_eq!(state(&desk), Some(CallBackState::Connected));
    desk.leg(LegEvent { callee: "+8613387525701".into(), ..leg(LegStatus::Answer, "b") });
    assert!(desk.saved_notes.is_empty(), "an answered call was not to do");
}

#[test]
fn a_task_left_open_is_ended_at_the_next_start_or_by_signing_out() {
    let (mut desk, _) = calling();
    let mut again = Desk::new(Start { saved: desk.saved.clone(), ..start() });
    again.pass_seconds(1);
    assert!(!again.is_asked(is_end), "nobody is signed in");
    again.answer(
        |request| matches!(request, Request::SignIn { .. }),
        Ok(Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() }),
    );
    again.answer(is_end, Ok(Outcome::Done));
    assert_eq!((state(&again), &again.saved.call_back), (None, &None));

    desk.intent(Intent::SignOut);
    assert!(desk.is_asked(|request| matches!(request, Request::EndTask { task_id, .. } if task_id == "t1")));
}

#[test]
fn a_call_back_has_no_queue_but_another_call_has() {
    let (mut desk, _) = calling();
    let queue = |desk: &Desk| desk.snapshot().calls[0].queue.clone();
    desk.leg(LegEvent { callee: "013900000000".into(), ..leg(LegStatus::Ring, "b") });
    assert_eq!(queue(&desk), Some(QueueName("queue-1".into())));
    desk.leg(LegEvent { callee: "013900000000".into(), ..leg(LegStatus::Hangup, "b") });
    desk.leg(leg(LegStatus::Ring, "c"));
    assert_eq!(queue(&desk), None);
}

#[test]
fn the_crm_page_gets_the_task_of_a_call_back() {
    let mut desk = Desk::new(Start { crm_schemes: vec!["https".into()], ..start() });
    desk.sign_in(&["queue-1"]);
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    desk.answer_seats(SeatState::Waiting);
    desk.record(record(None, desk.now.wall.minus(Duration::from_secs(600))));
    let call = desk.snapshot().recent[0].id;
    desk.intent(Intent::CallBack { call });
    desk.answer(is_order, made());
    desk.change(SettingChange::CrmTemplate("https://crm.example.com/{task_id}".into()));
    desk.change(SettingChange::CrmMode(CrmMode::OnRing));
    desk.leg(leg(LegStatus::Ring, "c"));
    desk.leg(LegEvent { callee: "013900000000".into(), ..leg(LegStatus::Ring, "b") });
    assert_eq!(desk.opened, ["https://crm.example.com/t1", "https://crm.example.com/"]);
}

/// The store's answer comes when the phone already rings.
#[test]
fn a_late_or_unexpected_look_up_calls_nobody() {
    let (mut desk, call) = missed();
    let row = || Box::new(Ok(Some(LogRow::new(desk.log()[&call].clone(), Note::default()))));
    let (late, unasked) = (row(), row());
    desk.apply(Input::Found { call, row: unasked });
    assert!(!desk.is_asked(is_order));
    desk.session.apply(Input::Intent(Intent::CallBack { call }), desk.now);
    desk.leg(LegEvent { callee: "013900000000".into(), ..leg(LegStatus::Ring, "b") });
    desk.apply(Input::Found { call, row: late });
    desk.pass_seconds(3);
    assert!(!desk.is_asked(is_order));
    assert_eq!(state(&desk), None);
}

#[test]
fn a_failed_look_up_is_shown_for_its_call() {
    let (mut desk, call) = missed();
    desk.session.apply(Input::Intent(Intent::CallBack { call }), desk.now);
    let failed = problem(ProblemCode::StoreFailed, true);
    let snapshot = desk.apply(Input::Found { call, row: Box::new(Err(failed.clone())) });
    let last = snapshot.call_back.last.clone().unwrap();
    assert_eq!((last.call, last.state), (call, CallBackState::Failed { problem: failed }));
}

/// The outcome is unknown; other agents use the extension, too.
#[test]
fn the_result_of_a_call_back_is_shown_only_to_its_agent() {
    for (extension, agent_id, told) in [(OWN, "10", true), (OWN, "11", false), ("100002", "10", false)] {
        let (mut desk, call) = missed();
        desk.intent(Intent::CallBack { call });
        desk.wait_for(is_order);
        let account = desk.saved.account.clone().unwrap();
        let next = Agent { extension: Extension(extension.into()), agent_id: agent_id.into(), ..agent(&[]) };
        desk.intent(Intent::SignIn { account, agent: next, accesskey: Some("k".into()) });
        assert_eq!(matches!(state(&desk), Some(CallBackState::Unknown { .. })), told, "{extension} {agent_id}");
        assert_eq!(state(&desk).is_some(), told);
    }
}

#[test]
fn a_task_that_cannot_be_ended_is_tried_again_after_a_pause() {
    let (mut desk, _) = calling();
    desk.intent(Intent::EndCallBack);
    desk.answer(is_end, Err(problem(ProblemCode::BadRequest, true)));
    desk.pass_seconds(2);
    assert!(!desk.is_asked(is_end), "not tried again at once");
    desk.pass_seconds(10);
    assert!(desk.is_asked(is_end));
}

/// All requests stay open, so only the call back sets deadlines.
#[test]
fn the_deadline_is_the_end_of_an_unanswered_call_back() {
    let (mut desk, _) = calling();
    let until = desk.now.mono + Duration::from_secs(120);
    desk.pass_seconds(119);
    assert_eq!(desk.session.next_deadline(), Some(until));
}
