//! Debts at a start whose provisioned account, agent or queues are others than in the run before.

use std::time::Duration;

use ringside_domain::*;

use crate::{
    desk::*,
    owed::{account, is_end_token, is_forget, is_leave, is_sign_in, leaves, queue, signed_in, unanswered, wait_for},
};

/// The next run, with these values in place of those of the run before.
fn next_run_as(desk: &Desk, account: Account, agent: Agent) -> Desk {
    let saved = SavedState { account: Some(account), agent: Some(agent), ..desk.saved.clone() };
    Desk::new(Start { saved, ..start() })
}

/// Who leaves the queue in the request that was sent.
fn left(desk: &Desk, name: &str) -> Option<(Account, Extension, String)> {
    desk.asked.iter().find_map(|(_, request)| match request {
        Request::LeaveQueue { account, queue, agent } if queue.0 == name => {
            Some((account.clone(), agent.extension.clone(), agent.agent_id.clone()))
        }
        _ => None,
    })
}

fn moved() -> Account {
    Account { url: "https://moved.example.com/".into(), ..account() }
}

fn other_company() -> Account {
    Account { appid: "other".into(), ..account() }
}

#[test]
fn fs4_a_seat_of_the_run_before_is_left_if_another_account_or_agent_is_provisioned() {
    let own = || agent(&["queue-1"]);
    let other_extension = Agent { extension: Extension("100002".into()), ..own() };
    let other_number = Agent { agent_id: "11".into(), ..own() };
    for (of, who) in
        [(moved(), own()), (other_company(), own()), (account(), other_extension), (account(), other_number), (account(), Agent::default())]
    {
        let desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let mut next = next_run_as(&desk, of.clone(), who.clone());
        if next.is_asked(is_sign_in) {
            next.answer(is_sign_in, signed_in());
        }
        wait_for(&mut next, is_leave);
        assert_eq!(left(&next, "queue-1"), Some((account(), Extension(OWN.into()), "10".into())), "{of:?} {who:?}");
        next.answer(is_leave, Ok(Outcome::Done));
        if who != Agent::default() {
            next.wait_for(|request| is_join(request, "queue-1"));
            next.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
            assert_eq!(next.snapshot().queues[0].membership, Membership::In);
        }
        assert!(next.saved.owed.is_empty(), "{:?}", next.saved.owed);
    }
}

/// The values may be given for this run only, or be missing in this run.
#[test]
fn fs4_no_start_deletes_the_accesskey_of_the_run_before() {
    for (of, who) in [(other_company(), agent(&["queue-1"])), (moved(), agent(&["queue-1"])), (Account::default(), Agent::default())] {
        let desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
        let mut next = next_run_as(&desk, of, who);
        wait_for(&mut next, is_leave);
        next.answer(is_leave, Ok(Outcome::Done));
        next.pass_seconds(10);
        assert!(next.saved.owed.is_empty() && !next.is_asked(is_end_token) && !next.is_asked(is_forget), "{:?}", next.asked);
        let mut again = next_run_as(&next, account(), agent(&["queue-1"]));
        again.answer(is_sign_in, signed_in());
        again.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
        assert!(again.saved.owed.is_empty());
    }
}

/// The old address answers no more, since the platform has another one.
#[test]
fn fs4_debts_at_an_address_that_is_provisioned_no_more_are_given_up_after_days_and_many_tries() {
    let desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    let mut next = next_run_as(&desk, moved(), agent(&["queue-1"]));
    next.answer(is_sign_in, signed_in());
    wait_for(&mut next, leaves("queue-1"));
    next.answer_where(is_leave, |_| unanswered());
    next.wait_for(|request| is_join(request, "queue-1"));
    assert!(next.is_asked(|request| is_join(request, "queue-1")), "the seat is the same one if the account is");
    next.saved.owed.iter_mut().for_each(|debt| debt.since = debt.since.minus(Duration::from_secs(4 * 86_400)));
    let mut later = Desk::new(Start { saved: next.saved.clone(), ..start() });
    let began = later.now.mono;
    for _ in 0..40 {
        wait_for(&mut later, is_leave);
        later.answer(is_leave, Err(problem(ProblemCode::KeyringLocked, true)));
    }
    assert_eq!(later.saved.owed.len(), 1, "the keyring opens some day");
    wait_for(&mut later, is_leave);
    later.answer(is_leave, unanswered());
    assert!(later.saved.owed.is_empty() && later.now.mono - began > Duration::from_secs(3600));
    assert!(later.snapshot().notices.iter().any(|notice| matches!(notice.what, NoticeKind::GivenUp { .. })), "and it is said");
    let mut soon = Desk::new(Start { saved: next.saved.clone(), ..start() });
    wait_for(&mut soon, is_leave);
    soon.answer(is_leave, unanswered());
    assert_eq!(soon.saved.owed.len(), 1, "the network may not be up yet");
}

#[test]
fn the_calls_the_break_and_the_wish_of_an_owner_before_are_not_those_of_the_next_one() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.set(Wish::Busy { reason: Some("Lunch".into()) });
    assert!(desk.saved.wish.is_some());
    let since = Timestamp(1000);
    desk.saved.agent_since = Some(since);
    let other = Agent { extension: Extension("100002".into()), ..agent(&[]) };
    let next = next_run_as(&desk, account(), other);
    assert_eq!((&next.saved.wish, next.saved.agent_since), (&None, Some(next.now.wall)));
    let shift = &next.saved.shifts[0];
    assert_eq!((&shift.owner.extension.0[..], shift.owner.agent.as_deref(), shift.since), (OWN, Some("10"), since));

    // Who must say their number first begins with the sign-in.
    let nameless = Agent { extension: Extension("100002".into()), ..Agent::default() };
    let mut next = next_run_as(&desk, account(), nameless);
    assert_eq!((next.saved.agent_since, next.saved.shifts.len()), (None, 1), "stored at once");
    next.pass_seconds(60);
    let other = Agent { extension: Extension("100002".into()), ..agent(&[]) };
    next.intent(Intent::SignIn { account: account(), agent: other, accesskey: None });
    assert_eq!(next.saved.agent_since, Some(next.now.wall));
}

#[test]
fn fs4_a_queue_that_is_provisioned_no_more_is_left_at_the_start() {
    let desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    let mut next = next_run_as(&desk, account(), agent(&["queue-2", "queue-3"]));
    next.answer(is_sign_in, signed_in());
    wait_for(&mut next, is_leave);
    assert_eq!(left(&next, "queue-1"), Some((account(), Extension(OWN.into()), "10".into())));
    assert_eq!(next.asked.iter().filter(|(_, request)| is_leave(request)).count(), 1, "{:?}", next.asked);
    next.answer(leaves("queue-1"), Ok(Outcome::Done));
    for name in ["queue-2", "queue-3"] {
        next.wait_for(|request| is_join(request, name));
        next.answer(|request| is_join(request, name), Ok(Outcome::Joined { already: name == "queue-2" }));
    }
    assert_eq!(next.saved.entered, [queue("queue-2"), queue("queue-3")]);
    assert!(!next.is_asked(is_forget) && next.saved.owed.is_empty());
}

/// One debt is dropped and another one made, so that their number is the same.
#[test]
fn fs4_the_debts_of_a_start_are_stored() {
    let mut desk = Desk::in_queues(&["queue-1", "queue-2"], SeatState::Waiting);
    desk.intent(Intent::LeaveQueue { queue: queue("queue-1") });
    desk.answer(is_leave, unanswered());
    let next = next_run_as(&desk, account(), agent(&["queue-1"]));
    let duties: Vec<_> = next.saved.owed.iter().map(|debt| debt.duty.clone()).collect();
    assert_eq!(duties, [Duty::Leave { queue: queue("queue-2") }]);
}

#[test]
fn fs4_a_task_that_calls_a_customer_is_ended_in_the_name_of_the_account_that_made_it() {
    let desk = Desk::in_queues(&[], SeatState::Waiting);
    let order =
        CallBackOrder { task_id: Some("t1".into()), extension: Extension(OWN.into()), agent_id: "10".into(), ..CallBackOrder::default() };
    let saved = SavedState { call_back: Some(order), ..desk.saved.clone() };
    let mut next = next_run_as(&Desk { saved, ..desk }, other_company(), agent(&[]));
    next.answer(is_sign_in, signed_in());
    let ends = |request: &Request| matches!(request, Request::EndTask { .. });
    wait_for(&mut next, ends);
    let of: Vec<_> = next
        .asked
        .iter()
        .filter_map(|(_, request)| match request {
            Request::EndTask { account, task_id } => Some((account.clone(), task_id.as_str())),
            _ => None,
        })
        .collect();
    assert_eq!(of, [(account(), "t1")]);
    next.answer(ends, Ok(Outcome::Done));
    assert_eq!((next.saved.owed.len(), &next.saved.call_back), (0, &None));
}

/// An earlier version did not store whose queues they are.
#[test]
fn fs4_queues_that_an_earlier_version_entered_are_the_present_agents() {
    let desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    let mut json = serde_json::to_value(&desk.saved).unwrap();
    json.as_object_mut().unwrap().remove("signed_in_as");
    let earlier: SavedState = serde_json::from_value(json).unwrap();
    let saved = SavedState { account: desk.saved.account.clone(), agent: desk.saved.agent.clone(), ..earlier };
    let mut next = Desk::new(Start { saved, ..start() });
    next.answer(is_sign_in, signed_in());
    next.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: true }));
    assert!(next.saved.owed.is_empty() && !next.is_asked(is_leave));
}
