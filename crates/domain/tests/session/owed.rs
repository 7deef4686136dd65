//! Debts: they are repeated until the platform has answered, kept over a restart, and shown meanwhile.

use std::time::Duration;

use ringside_domain::*;

use crate::desk::*;

pub fn account() -> Account {
    Account { url: "https://call.example.com/".into(), appid: "acme".into() }
}

pub fn queue(name: &str) -> QueueName {
    QueueName(name.into())
}

pub fn is_leave(request: &Request) -> bool {
    matches!(request, Request::LeaveQueue { .. })
}

pub fn leaves(name: &'static str) -> impl Fn(&Request) -> bool {
    move |request| matches!(request, Request::LeaveQueue { queue, .. } if queue.0 == name)
}

pub fn is_end_token(request: &Request) -> bool {
    matches!(request, Request::EndToken { .. })
}

pub fn is_forget(request: &Request) -> bool {
    matches!(request, Request::ForgetSecrets { .. })
}

pub fn is_sign_in(request: &Request) -> bool {
    matches!(request, Request::SignIn { .. })
}

pub fn unanswered() -> Result<Outcome, Problem> {
    Err(problem(ProblemCode::ServerError, true))
}

pub fn signed_in() -> Result<Outcome, Problem> {
    Ok(Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() })
}

/// The next run with the saved state.
pub fn next_run(desk: &Desk) -> Desk {
    let mut next = Desk::new(Start { saved: desk.saved.clone(), ..start() });
    next.saved = desk.saved.clone();
    next
}

pub fn come(desk: &mut Desk, agent_id: &str, queues: &[&str]) {
    let agent = Agent { agent_id: agent_id.into(), ..agent(queues) };
    desk.intent(Intent::SignIn { account: account(), agent, accesskey: Some("k".into()) });
    desk.answer(is_sign_in, signed_in());
}

pub fn entries(desk: &Desk) -> Vec<LedgerEntry> {
    desk.entered.values().cloned().collect()
}

/// Lets time pass until such a request is sent; an hour at most.
pub fn wait_for(desk: &mut Desk, which: impl Fn(&Request) -> bool) {
    for _ in 0..3600 {
        if desk.is_asked(&which) {
            return;
        }
        desk.pass_seconds(1);
    }
    panic!("never sent; the open requests are {:?}", desk.asked);
}

#[test]
fn fs4_an_unanswered_sign_out_stays_owed_is_shown_and_is_tried_again() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.asked.clear();
    desk.intent(Intent::SignOut);
    assert_eq!(desk.snapshot().owed.queues, [queue("queue-1")]);
    assert!(desk.snapshot().owed.fresh && desk.snapshot().label == Label::SignedOut, "the first attempt is under way");
    let mut pauses = Vec::new();
    for _ in 0..8 {
        assert!(!desk.is_asked(is_end_token) && !desk.is_asked(is_forget), "the queues come first");
        let before = desk.now.mono;
        wait_for(&mut desk, is_leave);
        pauses.push((desk.now.mono - before).as_secs());
        desk.answer(is_leave, unanswered());
        let snapshot = desk.snapshot();
        assert_eq!(snapshot.owed.problem.as_ref().unwrap().code, ProblemCode::ServerError);
        assert!(snapshot.owed.next_try_at.unwrap() > desk.now.wall && !snapshot.owed.fresh);
        assert_eq!(snapshot.label, Label::Unconfirmed, "the phone may ring");
    }
    assert!(pauses[7] > pauses[2] && pauses[7] <= 301, "{pauses:?}");
    assert!(!entries(&desk).contains(&LedgerEntry::SignedOut), "{:?}", entries(&desk));
    let duty = Duty::Leave { queue: queue("queue-1") };
    let (extension, agent_id) = (Extension(OWN.into()), "10".to_owned());
    let code = ProblemCode::ServerError;
    let unanswered = LedgerEntry::Unanswered { duty: duty.clone(), extension: extension.clone(), agent_id: agent_id.clone(), code };
    assert_eq!(entries(&desk).iter().filter(|entry| **entry == unanswered).count(), 1, "entered once, however often it fails");

    wait_for(&mut desk, is_leave);
    desk.answer(is_leave, Ok(Outcome::Done));
    assert_eq!(entries(&desk).last(), Some(&LedgerEntry::MadeUp { duty, extension, agent_id }));
    desk.answer(is_end_token, Ok(Outcome::Done));
    desk.answer(is_forget, Ok(Outcome::Done));
    assert_eq!(entries(&desk).last(), Some(&LedgerEntry::SignedOut));
    assert_eq!((&desk.snapshot().owed, desk.snapshot().label), (&OwedView::default(), Label::SignedOut));
    assert!(desk.saved.owed.is_empty());
    desk.pass_seconds(3600);
    assert!(desk.asked.is_empty());
}

#[test]
fn fs4_the_next_start_settles_debts_even_if_nobody_or_another_account_signs_in() {
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    desk.intent(Intent::SignOut);
    desk.answer(leaves("queue-2"), Ok(Outcome::Done));
    desk.answer(leaves("queue-1"), unanswered());
    let json = serde_json::to_string(&desk.saved).unwrap();
    let mut saved: SavedState = serde_json::from_str(&json).unwrap();
    saved.take_effect();
    assert_eq!(saved, desk.saved);

    let mut nobody = next_run(&desk);
    nobody.answer(leaves("queue-1"), Ok(Outcome::Done));
    nobody.answer(is_end_token, Ok(Outcome::Done));
    nobody.answer(is_forget, Ok(Outcome::Done));
    assert!(nobody.saved.owed.is_empty() && !nobody.is_asked(is_sign_in));

    let mut other = next_run(&desk);
    other.answer(leaves("queue-1"), unanswered());
    let elsewhere = Account { appid: "other".into(), ..account() };
    other.intent(Intent::SignIn { account: elsewhere, agent: agent(&["queue-1"]), accesskey: Some("k".into()) });
    other.answer(is_sign_in, signed_in());
    assert!(other.is_asked(|request| is_join(request, "queue-1")), "a queue of another company with the same name");
    wait_for(&mut other, is_leave);
    let of = other.asked.iter().find_map(|(_, request)| match request {
        Request::LeaveQueue { account, agent, .. } => Some((account.appid.clone(), agent.agent_id.clone())),
        _ => None,
    });
    assert_eq!(of, Some(("acme".into(), "10".into())), "in the name of the agent before");
    other.answer(is_leave, Err(problem(ProblemCode::AppidExpired, false)));
    assert!(matches!(other.snapshot().sign_in, SignInView::SignedIn { .. }), "a refusal of that account does not concern this one");
}

#[test]
fn fs5_a_join_under_way_at_the_sign_out_is_undone_after_its_answer() {
    for (answer, taken_back) in [
        (Ok(Outcome::Joined { already: false }), true),
        (Err(problem(ProblemCode::Unreachable, true)), true),
        (Err(problem(ProblemCode::ServerError, true)), true),
        (Err(problem(ProblemCode::QueueUnknown, false)), false),
        (Err(problem(ProblemCode::PhoneNotRegistered, false)), false),
    ] {
        let mut desk = Desk::new(start());
        desk.sign_in(&["queue-1"]);
        desk.intent(Intent::SignOut);
        assert!(!desk.is_asked(is_leave), "a leave must not overtake the join");
        let told = format!("{answer:?}");
        desk.answer(|request| is_join(request, "queue-1"), answer);
        assert_eq!(desk.is_asked(is_leave), taken_back, "{told}");
        if taken_back {
            desk.answer(is_leave, Ok(Outcome::Done));
        }
        desk.answer(is_end_token, Ok(Outcome::Done));
        desk.answer(is_forget, Ok(Outcome::Done));
        assert!(desk.saved.owed.is_empty() && desk.saved.entered.is_empty());
    }
}

#[test]
fn fs5_a_join_with_a_lost_answer_is_undone_by_leaving_quitting_and_signing_out() {
    let lost = || {
        let mut desk = Desk::new(start());
        desk.sign_in(&["queue-1"]);
        desk.answer(|request| is_join(request, "queue-1"), Err(problem(ProblemCode::Unreachable, true)));
        desk
    };
    let mut desk = lost();
    desk.intent(Intent::LeaveQueue { queue: queue("queue-1") });
    desk.answer(is_leave, Ok(Outcome::Done));
    assert!(desk.snapshot().queues.is_empty());

    let mut desk = lost();
    desk.intent(Intent::SignOut);
    desk.answer(is_leave, Ok(Outcome::Done));

    let mut desk = lost();
    desk.change(SettingChange::OnQuit(Farewell::SignOut));
    desk.apply(Input::Report(ShellReport::Leaving(Occasion::Quit)));
    desk.answer(is_leave, Ok(Outcome::Done));

    // The run was killed while the join was under way: the next run knows of it.
    let mut desk = Desk::new(start());
    desk.sign_in(&["queue-1"]);
    let mut next = next_run(&desk);
    next.intent(Intent::SignOut);
    next.answer(is_leave, Ok(Outcome::Done));
}

#[test]
fn fs5_a_join_under_way_is_undone_by_leaving_the_queue() {
    let mut desk = Desk::new(start());
    desk.sign_in(&["queue-1"]);
    desk.intent(Intent::LeaveQueue { queue: queue("queue-1") });
    assert!(!desk.is_asked(is_leave));
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
    assert!(!desk.is_asked(is_setting), "no wish is sent to a queue that is left");
    desk.answer(is_leave, Ok(Outcome::Done));
    assert!(desk.snapshot().queues.is_empty() && desk.saved.owed.is_empty());
}

#[test]
fn fs5_quitting_right_after_a_sign_out_leaves_the_rest_to_the_next_start() {
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    desk.intent(Intent::SignOut);
    desk.apply(Input::Report(ShellReport::Leaving(Occasion::Quit)));
    let mut next = next_run(&desk);
    for name in ["queue-1", "queue-2"] {
        next.answer(leaves(name), Ok(Outcome::Done));
    }
    next.answer(is_end_token, Ok(Outcome::Done));
    next.answer(is_forget, Ok(Outcome::Done));
    assert!(next.saved.owed.is_empty());
}

#[test]
fn fs4_a_debt_that_is_done_already_ends_and_a_final_refusal_is_shown() {
    for code in [ProblemCode::QueueUnknown, ProblemCode::ExtensionUnknown] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        desk.intent(Intent::SignOut);
        desk.answer(is_leave, Err(problem(code, false)));
        desk.answer(is_end_token, Ok(Outcome::Done));
    }
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(Intent::SignOut);
    desk.answer(is_leave, Err(problem(ProblemCode::BadRequest, false)));
    let given_up = |desk: &Desk| matches!(&desk.snapshot().notices[..], [Notice { what: NoticeKind::GivenUp { queue: Some(name), .. }, .. }] if name.0 == "queue-1");
    assert!(given_up(&desk), "{:?}", desk.snapshot().notices);
    desk.answer(is_end_token, Ok(Outcome::Done));
    desk.answer(is_forget, Ok(Outcome::Done));
    assert!(!entries(&desk).contains(&LedgerEntry::SignedOut), "the sign-out is not complete");
}

#[test]
fn fs4_debts_of_a_refused_account_are_tried_again_at_the_next_start_not_in_a_loop() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.asked.clear();
    desk.intent(Intent::SignOut);
    desk.answer(is_leave, Err(problem(ProblemCode::IpNotAuthorized, false)));
    desk.pass_seconds(3600);
    assert!(desk.asked.is_empty(), "{:?}", desk.asked);
    assert_eq!((desk.snapshot().owed.queues.len(), desk.snapshot().owed.next_try_at), (1, None));
    assert!(next_run(&desk).is_asked(is_leave));
    desk.intent(Intent::Retry);
    assert!(desk.is_asked(is_leave));

    desk.saved.owed.iter_mut().for_each(|debt| debt.since = debt.since.minus(Duration::from_secs(4 * 86_400)));
    let mut old = next_run(&desk);
    old.answer(is_leave, Err(problem(ProblemCode::IpNotAuthorized, false)));
    assert!(old.snapshot().owed.queues.is_empty(), "the debt is given up after some days");
    assert!(matches!(old.snapshot().notices[..], [Notice { what: NoticeKind::GivenUp { .. }, .. }]));
}

#[test]
fn fs4_a_failing_platform_gets_one_debt_at_a_time_and_each_in_turn() {
    let names = ["queue-1", "queue-2", "queue-3"];
    let mut desk = Desk::in_queues(&names, SeatState::Waiting);
    desk.asked.clear();
    desk.intent(Intent::SignOut);
    // Wait until each leave has had its turn in the budget.
    desk.pass_seconds(3);
    desk.answer_where(is_leave, |_| unanswered());
    let mut tried = Vec::new();
    for _ in 0..3 {
        wait_for(&mut desk, is_leave);
        assert_eq!(desk.asked.len(), 1, "{:?}", desk.asked);
        let Request::LeaveQueue { queue, .. } = &desk.asked[0].1 else { panic!() };
        tried.push(queue.0.clone());
        desk.answer(is_leave, unanswered());
    }
    tried.sort();
    assert_eq!(tried, names);
    let retry_after = Problem::new(ProblemCode::ServerError, "", true).after(Some(Duration::from_secs(600)));
    wait_for(&mut desk, is_leave);
    desk.answer(is_leave, Err(retry_after));
    desk.pass_seconds(599);
    assert!(desk.asked.is_empty(), "Retry-After holds");
}

#[test]
fn fs4_a_queue_that_cannot_be_left_stays_owed_while_the_agent_goes_on() {
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    desk.intent(Intent::LeaveQueue { queue: queue("queue-1") });
    desk.answer(is_leave, unanswered());
    assert_eq!(desk.snapshot().queues[0].membership, Membership::Leaving);
    assert_eq!(desk.snapshot().owed.queues, [queue("queue-1")]);
    // The agent changes their mind.
    desk.intent(Intent::JoinQueue { queue: queue("queue-1") });
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    assert_eq!((desk.snapshot().queues[0].membership.clone(), &desk.snapshot().owed), (Membership::In, &OwedView::default()));
    desk.intent(Intent::LeaveQueue { queue: queue("queue-1") });
    desk.answer(is_leave, Err(problem(ProblemCode::BadRequest, false)));
    let snapshot = desk.snapshot();
    assert_eq!((snapshot.queues[0].membership.clone(), snapshot.queues[0].problem.is_some()), (Membership::In, true));
    assert!(desk.saved.agent.as_ref().unwrap().queues.contains(&queue("queue-1")), "still in the queue, so it is still wished for");
}

#[test]
fn fs4_a_sign_out_before_the_first_sign_in_leaves_the_queues_of_the_last_run() {
    let desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let mut next = next_run(&desk);
    next.answer(is_sign_in, Err(problem(ProblemCode::Unreachable, true)));
    next.intent(Intent::SignOut);
    next.wait_for(is_leave);
    assert!(next.is_asked(leaves("queue-1")));

    let mut never = Desk::new(start());
    never.intent(Intent::SignIn { account: account(), agent: agent(&["queue-1"]), accesskey: None });
    never.answer(is_sign_in, Err(problem(ProblemCode::WrongAccesskey, false)));
    never.intent(Intent::SignOut);
    assert!(!never.is_asked(is_leave), "an agent who was in no queue leaves none");
}

#[test]
fn fs15_the_queue_is_joined_after_a_leave_is_answered_on_waking() {
    for answer in [Ok(Outcome::Done), unanswered()] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        desk.change(SettingChange::OnSleep(Farewell::SignOut));
        desk.apply(Input::Report(ShellReport::Leaving(Occasion::Sleep)));
        desk.apply(Input::Report(ShellReport::Awake));
        assert!(!desk.is_asked(|request| is_join(request, "queue-1")));
        desk.answer(is_leave, answer);
        desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
        assert_eq!(desk.snapshot().queues[0].membership, Membership::In);
        assert!(desk.snapshot().notices.is_empty() && desk.saved.owed.is_empty());
    }
}

/// The saved state and the ledger entries of earlier versions.
#[test]
fn data_of_earlier_versions_is_read() {
    let saved: SavedState =
        serde_json::from_str(r#"{"account":{"url":"https://call.example.com/","appid":"acme"},"signed_out":true}"#).unwrap();
    assert!(saved.owed.is_empty() && saved.entered.is_empty());
    let entry: LedgerEntry = serde_json::from_str(r#"{"kind":"signingOut","queues":["queue-1"]}"#).unwrap();
    assert_eq!(entry, LedgerEntry::SigningOut { queues: vec![queue("queue-1")] });
}
