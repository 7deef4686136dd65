//! Debts: how they are shown, to which account they belong, which sign-in waits for them, and when they are tried.

use std::time::Duration;

use ringside_domain::*;

use crate::{desk::*, owed::*};

#[test]
fn each_kind_of_debt_is_shown_and_a_long_reason_is_shortened() {
    let told = |desk: &Desk| {
        let owed = desk.snapshot().owed.clone();
        (owed.queues.len(), owed.task, owed.token, owed.secrets)
    };
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(Intent::LeaveQueue { queue: queue("queue-1") });
    assert_eq!(told(&desk), (1, false, false, false));
    desk.answer(is_leave, Err(Problem::new(ProblemCode::ServerError, "x".repeat(10_000), true)));
    let problem = desk.snapshot().owed.problem.clone().unwrap();
    assert!(problem.detail.starts_with("xx") && problem.detail.len() < 1000, "{}", problem.detail.len());
    desk.intent(Intent::SignOut);
    assert_eq!(told(&desk), (1, false, true, true));
    wait_for(&mut desk, is_leave);
    desk.answer(is_leave, Ok(Outcome::Done));
    assert_eq!(told(&desk), (0, false, true, true));
    desk.answer(is_end_token, Ok(Outcome::Done));
    assert_eq!(told(&desk), (0, false, false, true));
    desk.answer(is_forget, Ok(Outcome::Done));
    assert_eq!(desk.snapshot().owed, OwedView::default());
}

#[test]
fn each_account_has_its_own_debts() {
    let elsewhere = Account { appid: "other".into(), ..account() };
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(Intent::SignOut);
    desk.answer(is_leave, unanswered());
    desk.intent(Intent::SignIn { account: elsewhere.clone(), agent: agent(&["queue-1"]), accesskey: Some("k".into()) });
    desk.answer(is_sign_in, signed_in());
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
    desk.intent(Intent::SignOut);
    let leaves: Vec<&Account> =
        desk.saved.owed.iter().filter(|debt| matches!(debt.duty, Duty::Leave { .. })).map(|debt| &debt.account).collect();
    assert_eq!(leaves, [&account(), &elsewhere]);
    // The second account's sign-out is complete although the first account has debts.
    let of = |wanted: &Account, request: &Request| matches!(request, Request::LeaveQueue { account, .. } | Request::EndToken { account } | Request::ForgetSecrets { account } if account == wanted);
    for _ in 0..3 {
        wait_for(&mut desk, |request| of(&elsewhere, request));
        desk.answer_where(|request| of(&account(), request), |_| unanswered());
        desk.answer(|request| of(&elsewhere, request), Ok(Outcome::Done));
    }
    assert_eq!(entries(&desk).last(), Some(&LedgerEntry::SignedOut), "{:?}", desk.saved.owed);
    assert!(desk.saved.owed.iter().all(|debt| debt.account == account()));
}

#[test]
fn a_start_drops_only_the_leaves_of_the_agent_and_queues_that_it_signs_in() {
    let debt = |extension: &str, agent_id: &str, name: &str| Debt {
        account: account(),
        extension: Extension(extension.into()),
        agent_id: agent_id.into(),
        since: Timestamp(1_699_999_999_000),
        duty: Duty::Leave { queue: queue(name) },
    };
    let owed = vec![debt(OWN, "10", "queue-1"), debt("100009", "10", "queue-1"), debt(OWN, "10", "queue-9")];
    let saved = SavedState { account: Some(account()), agent: Some(agent(&["queue-1"])), owed: owed.clone(), ..SavedState::default() };
    assert_eq!(Desk::new(Start { saved: saved.clone(), ..start() }).saved.owed, owed[1..]);
    let of_another = SavedState { owed: vec![debt(OWN, "11", "queue-1")], ..saved };
    let desk = Desk::new(Start { saved: of_another.clone(), ..start() });
    assert_eq!(desk.snapshot().owed.queues, [queue("queue-1")]);
}

/// The last run did not send the leave, and the queue is wished for only now.
#[test]
fn a_returning_agent_does_not_wait_for_a_leave_that_was_never_sent() {
    let debt = Debt {
        account: account(),
        extension: Extension(OWN.into()),
        agent_id: "10".into(),
        since: Timestamp(1_699_999_999_000),
        duty: Duty::Leave { queue: queue("queue-9") },
    };
    let saved = SavedState { account: Some(account()), agent: Some(agent(&["queue-1"])), owed: vec![debt], ..SavedState::default() };
    let mut desk = Desk::new(Start { saved, ..start() });
    desk.asked.clear();
    come(&mut desk, "10", &["queue-9"]);
    desk.answer(|request| is_join(request, "queue-9"), Ok(Outcome::Joined { already: true }));
    desk.pass_seconds(60);
    assert!(!desk.is_asked(is_leave) && desk.saved.owed.is_empty(), "{:?}", desk.saved.owed);
}

/// The agent before cannot be signed out: the next one does not wait for ever.
#[test]
fn the_next_agent_waits_until_the_leave_of_the_one_before_was_tried_once() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(Intent::SignOut);
    desk.answer(is_leave, unanswered());
    come(&mut desk, "11", &["queue-1"]);
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
    assert_eq!(desk.snapshot().queues[0].membership, Membership::In);
    assert!(!desk.is_asked(is_leave));
}

#[test]
fn a_debt_that_is_done_already_shows_no_notice() {
    for code in [ProblemCode::QueueUnknown, ProblemCode::ExtensionUnknown] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        desk.intent(Intent::SignOut);
        desk.answer(is_leave, Err(problem(code, false)));
        assert!(desk.snapshot().notices.is_empty(), "{:?}", desk.snapshot().notices);
        assert_eq!(entries(&desk).last(), Some(&LedgerEntry::QueueLeft { queue: queue("queue-1") }));
    }
    let debt = |duty| Debt { account: account(), extension: Extension(OWN.into()), agent_id: "10".into(), since: Timestamp(1), duty };
    for (code, given_up) in [(ProblemCode::Refused, false), (ProblemCode::BadRequest, true)] {
        let owed = vec![debt(Duty::EndTask { task_id: "t1".into() })];
        let mut desk = Desk::new(Start { saved: SavedState { signed_out: true, owed, ..SavedState::default() }, ..start() });
        desk.answer(|request| matches!(request, Request::EndTask { .. }), Err(problem(code, false)));
        assert_eq!((desk.snapshot().notices.len(), desk.saved.owed.len()), (usize::from(given_up), 0), "{code:?}");
    }
}

/// A desk without a sign-in has no other deadlines.
#[test]
fn the_deadline_is_the_next_attempt_at_a_debt() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.asked.clear();
    desk.intent(Intent::SignOut);
    desk.answer(is_leave, unanswered());
    let next = desk.snapshot().owed.next_try_at.unwrap().since(desk.now.wall);
    let wakes_in = desk.session.next_deadline().unwrap() - desk.now.mono;
    assert!(next > Duration::ZERO && (next..next + Duration::from_millis(1)).contains(&wakes_in), "{next:?} {wakes_in:?}");
    desk.pass(wakes_in);
    desk.wait_for(is_leave);
    desk.answer(is_leave, Ok(Outcome::Done));
    desk.answer(is_end_token, Ok(Outcome::Done));
    desk.answer(is_forget, Ok(Outcome::Done));
    let idle = desk.session.next_deadline().is_none_or(|at| at > desk.now.mono + Duration::from_secs(600));
    assert!(idle, "no work is left: {:?}", desk.session.next_deadline());
}

/// A desk whose agent before, at another extension, still has to leave the same queue.
fn beside_another_extension() -> Desk {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(Intent::SignOut);
    desk.answer(is_leave, unanswered());
    let agent = Agent { extension: Extension("100009".into()), ..agent(&["queue-1"]) };
    desk.intent(Intent::SignIn { account: account(), agent, accesskey: Some("k".into()) });
    desk.answer(is_sign_in, signed_in());
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
    desk
}

fn leaves_at(extension: &'static str) -> impl Fn(&Request) -> bool {
    move |request| matches!(request, Request::LeaveQueue { agent, .. } if agent.extension.0 == extension)
}

#[test]
fn a_leave_of_another_extension_does_not_change_this_extensions_queues() {
    let mut desk = beside_another_extension();
    wait_for(&mut desk, leaves_at(OWN));
    desk.answer(leaves_at(OWN), Ok(Outcome::Done));
    desk.intent(Intent::SignOut);
    wait_for(&mut desk, leaves_at("100009"));
}

#[test]
fn giving_up_a_leave_of_another_extension_does_not_change_this_extensions_queues() {
    let mut desk = beside_another_extension();
    wait_for(&mut desk, leaves_at(OWN));
    desk.intent(Intent::LeaveQueue { queue: queue("queue-1") });
    desk.answer(leaves_at(OWN), Err(problem(ProblemCode::BadRequest, false)));
    assert_eq!(desk.snapshot().queues[0].membership, Membership::Leaving);
}

#[test]
fn a_given_up_leave_is_shown_even_while_another_queue_is_joined() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(Intent::LeaveQueue { queue: queue("queue-1") });
    desk.intent(Intent::JoinQueue { queue: queue("queue-2") });
    desk.answer(is_leave, Err(problem(ProblemCode::BadRequest, false)));
    let told = desk
        .snapshot()
        .notices
        .iter()
        .any(|notice| matches!(&notice.what, NoticeKind::GivenUp { queue: Some(name), .. } if name.0 == "queue-1"));
    assert!(told, "{:?}", desk.snapshot().notices);
}
