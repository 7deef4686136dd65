//! Debts when the same agent or another one signs in, and at the next start.

use ringside_domain::*;

use crate::{
    desk::*,
    owed::{
        account, come, entries, is_end_token, is_forget, is_leave, is_sign_in, leaves, next_run, queue, signed_in, unanswered, wait_for,
    },
};

#[test]
fn fs4_an_owed_leave_is_never_sent_after_the_join_of_the_returning_agent() {
    // While the leave waits for its next attempt, it is dropped.
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(Intent::SignOut);
    desk.answer(is_leave, unanswered());
    come(&mut desk, "10", &["queue-1"]);
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    desk.wait_for(is_setting);
    assert!(desk.is_asked(|request| matches!(request, Request::SetSeat { busy: true, .. })), "the sign-in policy applies");
    desk.pass_seconds(1000);
    assert!(!desk.is_asked(is_leave) && !desk.is_asked(is_end_token) && !desk.is_asked(is_forget));
    assert!(desk.saved.owed.is_empty());

    // While the leave is under way, the join waits for its answer, also if the leave fails.
    for answer in [Ok(Outcome::Done), unanswered()] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        desk.intent(Intent::SignOut);
        come(&mut desk, "10", &["queue-1"]);
        assert!(!desk.is_asked(|request| is_join(request, "queue-1")));
        desk.answer(is_leave, answer);
        desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
        assert_eq!(desk.snapshot().queues[0].membership, Membership::In);
        desk.pass_seconds(1000);
        assert!(!desk.is_asked(is_leave));
    }

    // Also at the start.
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.change(SettingChange::OnQuit(Farewell::SignOut));
    desk.apply(Input::Report(ShellReport::Leaving(Occasion::Quit)));
    let mut next = next_run(&desk);
    assert!(!next.is_asked(is_leave));
    next.answer(is_sign_in, Err(problem(ProblemCode::Unreachable, true)));
    next.pass_seconds(60);
    assert!(!next.is_asked(is_leave), "an agent who is about to come back is not signed out");
    next.answer(is_sign_in, signed_in());
    next.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    assert!(next.is_asked(|request| matches!(request, Request::SetSeat { busy: true, .. })), "the agent had left, so the policy applies");
}

#[test]
fn fs4_at_a_hot_desk_the_agent_before_leaves_before_the_next_one_joins() {
    let saved =
        SavedState { account: Some(account()), agent: Some(Agent { agent_id: String::new(), ..agent(&[]) }), ..SavedState::default() };
    let place = Place { locked: vec!["agent.extension".into()], ..Place::default() };
    let mut desk = Desk::new(Start { saved: saved.clone(), fresh: saved, place, ..start() });
    come(&mut desk, "10", &["queue-1"]);
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
    desk.intent(Intent::SignOut);
    assert!(!desk.is_asked(is_end_token) && !desk.is_asked(is_forget), "a hot desk keeps its secrets");
    come(&mut desk, "11", &["queue-1"]);
    assert!(!desk.is_asked(|request| is_join(request, "queue-1")));
    desk.answer(is_leave, Ok(Outcome::Done));
    desk.wait_for(|request| is_join(request, "queue-1"));
    assert!(desk.is_asked(|request| matches!(request, Request::JoinQueue { agent, .. } if agent.agent_id == "11")));

    // Without a sign-out in between.
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
    come(&mut desk, "12", &["queue-2"]);
    desk.wait_for(is_leave);
    assert!(desk.is_asked(|request| matches!(request, Request::LeaveQueue { agent, .. } if agent.agent_id == "11")));
}

#[test]
fn fs4_signing_out_twice_makes_each_debt_once() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(Intent::SignOut);
    let owed = desk.saved.owed.len();
    desk.intent(Intent::SignOut);
    assert_eq!((desk.saved.owed.len(), desk.asked.iter().filter(|(_, request)| is_leave(request)).count()), (owed, 1));
    assert_eq!(entries(&desk).iter().filter(|entry| matches!(entry, LedgerEntry::SigningOut { .. })).count(), 1);
}

#[test]
fn fs4_an_accesskey_that_is_to_be_forgotten_is_not_used_for_a_sign_in() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(Intent::SignOut);
    desk.answer(is_leave, unanswered());
    desk.intent(Intent::SignIn { account: account(), agent: agent(&["queue-1"]), accesskey: None });
    assert!(!desk.is_asked(is_sign_in));
    let SignInView::Failed { problem, .. } = &desk.snapshot().sign_in else { panic!() };
    assert_eq!(problem.code, ProblemCode::AccesskeyMissing);
    wait_for(&mut desk, is_leave);
}

#[test]
fn fs4_a_newly_typed_accesskey_is_not_forgotten_while_its_sign_in_is_tried_again() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(Intent::SignOut);
    desk.answer(is_leave, unanswered());
    let agent = Agent { agent_id: "11".into(), ..agent(&["queue-1"]) };
    desk.intent(Intent::SignIn { account: account(), agent, accesskey: Some("new".into()) });
    desk.answer(is_sign_in, unanswered());
    // The platform answers again, and the leave is sent before the sign-in.
    wait_for(&mut desk, is_leave);
    desk.answer(is_leave, Ok(Outcome::Done));
    desk.answer_where(is_end_token, |_| Ok(Outcome::Done));
    wait_for(&mut desk, is_sign_in);
    assert!(!desk.is_asked(is_forget), "the next attempt needs the accesskey");
    desk.answer(is_sign_in, signed_in());
    desk.pass_seconds(600);
    assert!(!desk.is_asked(is_forget) && desk.saved.owed.is_empty());

    // If the accesskey is refused for good, it is forgotten with the other secrets.
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(Intent::SignOut);
    desk.answer(is_leave, unanswered());
    desk.intent(Intent::SignIn { account: account(), agent: crate::desk::agent(&[]), accesskey: Some("wrong".into()) });
    desk.answer(is_sign_in, Err(problem(ProblemCode::WrongAccesskey, false)));
    wait_for(&mut desk, is_leave);
    desk.answer(is_leave, Ok(Outcome::Done));
    desk.answer(is_end_token, Ok(Outcome::Done));
    desk.answer(is_forget, Ok(Outcome::Done));
    assert!(desk.saved.owed.is_empty());
}

#[test]
fn fs4_settling_another_agents_debts_does_not_end_this_agents_sign_out() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.intent(Intent::SignOut);
    desk.answer(is_leave, unanswered());
    come(&mut desk, "11", &["queue-2"]);
    desk.answer(|request| is_join(request, "queue-2"), Ok(Outcome::Joined { already: false }));
    desk.intent(Intent::SignOut);
    desk.wait_for(leaves("queue-2"));
    desk.wait_for(leaves("queue-1"));
    desk.answer(leaves("queue-1"), Ok(Outcome::Done));
    assert!(!entries(&desk).contains(&LedgerEntry::SignedOut), "the second agent is still in queue-2");
    desk.answer(leaves("queue-2"), Ok(Outcome::Done));
    desk.answer(is_end_token, Ok(Outcome::Done));
    desk.answer(is_forget, Ok(Outcome::Done));
    assert_eq!(entries(&desk).last(), Some(&LedgerEntry::SignedOut));
}

#[test]
fn another_account_extension_or_agent_makes_the_agent_before_leave_the_queue() {
    let (first, elsewhere) = (account(), Account { appid: "other".into(), ..account() });
    let other_extension = Agent { extension: Extension("100009".into()), ..agent(&["queue-1"]) };
    let other_agent = Agent { agent_id: "11".into(), ..agent(&["queue-1"]) };
    for (account, agent, leaves) in [
        (first.clone(), agent(&["queue-1"]), false),
        (elsewhere, agent(&["queue-1"]), true),
        (first.clone(), other_extension, true),
        (first, other_agent, true),
    ] {
        let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        desk.intent(Intent::SignIn { account: account.clone(), agent: agent.clone(), accesskey: Some("k".into()) });
        let is_owed = desk.saved.owed.iter().any(|debt| debt.duty == Duty::Leave { queue: queue("queue-1") });
        assert_eq!(is_owed, leaves, "{account:?} {agent:?}");
    }
}

#[test]
fn an_accesskey_given_for_a_start_is_kept_and_the_other_debts_stay() {
    let elsewhere = Account { appid: "other".into(), ..account() };
    let debt = |account: Account, duty: Duty| Debt {
        account,
        extension: Extension(OWN.into()),
        agent_id: "10".into(),
        since: Timestamp(1_699_999_999_000),
        duty,
    };
    let owed = vec![
        debt(account(), Duty::Leave { queue: queue("queue-9") }),
        debt(account(), Duty::EndToken),
        debt(account(), Duty::ForgetSecrets),
        debt(elsewhere.clone(), Duty::ForgetSecrets),
    ];
    let saved = SavedState { account: Some(account()), agent: Some(agent(&["queue-1"])), owed: owed.clone(), ..SavedState::default() };
    let kept = [owed[0].clone(), owed[1].clone(), owed[3].clone()];
    let given = Desk::new(Start { saved: saved.clone(), accesskey: Some("k".into()), ..start() });
    assert_eq!(given.saved.owed, kept);
    let without = Desk::new(Start { saved, ..start() });
    assert!(without.snapshot().owed.secrets);
}

/// The join is sent, its agent signs in once more, and then somebody else comes, with another account.
#[test]
fn fs5_a_join_under_way_is_not_overtaken_by_its_leave_after_its_agent_signed_in_once_more() {
    let mut desk = Desk::new(start());
    desk.sign_in(&["queue-1"]);
    let is_join = |request: &Request| is_join(request, "queue-1");
    desk.wait_for(is_join);
    let join = desk.asked.iter().find(|(_, request)| is_join(request)).map(|(id, _)| *id).unwrap();
    desk.intent(Intent::SignIn { account: account(), agent: agent(&["queue-1"]), accesskey: None });
    let other = Account { appid: "other".into(), ..account() };
    desk.intent(Intent::SignIn { account: other, agent: agent(&["queue-1"]), accesskey: Some("k".into()) });
    desk.pass_seconds(5);
    assert!(!desk.is_asked(is_leave), "the platform may carry it out before the join");
    desk.apply(Input::Answered { id: join, outcome: Ok(Outcome::Joined { already: false }) });
    wait_for(&mut desk, is_leave);
    assert!(desk.is_asked(is_leave));
}

#[test]
fn fs4_an_accesskey_that_was_typed_while_the_one_before_is_forgotten_is_forgotten_too() {
    let mut desk = Desk::new(start());
    desk.sign_in(&[]);
    desk.intent(Intent::SignOut);
    desk.answer(is_end_token, Ok(Outcome::Done));
    wait_for(&mut desk, is_forget);
    desk.pass_seconds(5);
    desk.intent(Intent::SignIn { account: account(), agent: agent(&[]), accesskey: Some("k".into()) });
    assert!(desk.is_asked(is_sign_in));
    desk.intent(Intent::SignOut);
    desk.answer(is_forget, Ok(Outcome::Done));
    desk.answer(is_sign_in, signed_in());
    desk.answer(is_end_token, Ok(Outcome::Done));
    wait_for(&mut desk, is_forget);
    assert!(desk.is_asked(is_forget), "what was kept of the second sign-in");
    desk.answer(is_forget, Ok(Outcome::Done));
    assert!(desk.saved.owed.is_empty());
}

#[test]
fn fs4_the_secrets_of_an_account_that_another_one_replaces_without_a_sign_out_are_forgotten() {
    for hot in [false, true] {
        let place = Place { locked: if hot { vec!["agent.extension".into()] } else { Vec::new() }, ..Place::default() };
        let fresh = SavedState { agent: Some(agent(&[])), ..SavedState::default() };
        let mut desk = Desk::new(Start { saved: SavedState { signed_out: true, ..fresh.clone() }, fresh, place, ..start() });
        come(&mut desk, "10", &["queue-1"]);
        desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
        let other = Account { appid: "other".into(), ..account() };
        desk.intent(Intent::SignIn { account: other, agent: agent(&[]), accesskey: Some("k".into()) });
        desk.answer(is_leave, Ok(Outcome::Done));
        if hot {
            assert!(desk.saved.owed.is_empty(), "{:?}", desk.saved.owed);
            continue;
        }
        desk.answer(|request| matches!(request, Request::EndToken { account: of } if *of == account()), Ok(Outcome::Done));
        desk.answer(|request| matches!(request, Request::ForgetSecrets { account: of } if *of == account()), Ok(Outcome::Done));
        assert!(desk.saved.owed.is_empty() && desk.is_asked(is_sign_in));
    }
}
