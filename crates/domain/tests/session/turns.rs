//! The turns of the supervisor's desk in the session's budget.

use std::time::Duration;

use proptest::prelude::*;
use ringside_domain::*;

use crate::{desk::*, platform::*};

const SECOND: Duration = Duration::from_secs(1);

fn want(desk: &mut Desk, id: u64, kind: &str, priority: Priority) {
    desk.apply(Input::TurnWanted { id: TurnId(id), kind: kind.into(), priority });
}

fn end(desk: &mut Desk, id: u64, outcome: Result<(), Problem>) {
    desk.apply(Input::TurnEnded { id: TurnId(id), outcome, more: 0 });
}

/// Lets so many seconds pass, and ends each turn when it was given.
fn pass(desk: &mut Desk, seconds: u64) -> Vec<TurnId> {
    let before = desk.given.len();
    let mut ended = before;
    for _ in 0..seconds * 4 {
        desk.pass(SECOND / 4);
        while let Some(id) = desk.given.get(ended).copied() {
            ended += 1;
            desk.apply(Input::TurnEnded { id, outcome: Ok(()), more: 0 });
        }
    }
    desk.given[before..].to_vec()
}

fn flood(desk: &mut Desk, from: u64, count: u64) {
    for id in from..from + count {
        let (kind, priority) = match id % 4 {
            0 => ("TaskAdd", Priority::Person),
            1 => ("SetSeatsStatus", Priority::Person),
            2 => ("GetQueueSipStatus", Priority::Seats),
            _ => ("GetBill", Priority::Past),
        };
        want(desk, id, kind, priority);
    }
}

#[test]
fn turns_are_given_in_order_while_the_account_is_signed_in() {
    let mut desk = Desk::new(start());
    want(&mut desk, 1, "a", Priority::Seats);
    want(&mut desk, 2, "a", Priority::Seats);
    want(&mut desk, 3, "a", Priority::Person);
    desk.pass_seconds(60);
    assert_eq!(desk.given, [], "nobody is signed in");
    desk.sign_in(&[]);
    desk.answer_where(|request| matches!(request, Request::ListQueues), |_| Ok(Outcome::Queues(vec![])));
    pass(&mut desk, 20);
    assert_eq!(desk.given, [TurnId(3), TurnId(1), TurnId(2)]);
    desk.intent(Intent::SignOut);
    want(&mut desk, 4, "a", Priority::Person);
    want(&mut desk, 5, "a", Priority::Person);
    desk.apply(Input::TurnDropped { id: TurnId(4) });
    assert_eq!(pass(&mut desk, 20), [], "signed out");
    desk.sign_in(&[]);
    pass(&mut desk, 20);
    assert_eq!(desk.given[3..], [TurnId(5)], "a sign-out loses no turn");
}

#[test]
fn a_session_after_a_failure_says_that_it_knows_no_turns() {
    let after_failure = Some(AfterFailure { requests: 9, entries: 3, revision: 5 });
    assert_eq!((Desk::new(Start { after_failure, ..start() }).turns_lost, Desk::new(start()).turns_lost), (1, 0));
}

#[test]
fn a_failure_pauses_its_kind_and_retry_after_pauses_everything() {
    let mut desk = Desk::new(start());
    desk.sign_in(&[]);
    desk.pass_seconds(10);
    want(&mut desk, 1, "a", Priority::Person);
    end(&mut desk, 1, Err(problem(ProblemCode::Refused, false)));
    want(&mut desk, 2, "a", Priority::Person);
    want(&mut desk, 3, "b", Priority::Person);
    assert_eq!(desk.given, [TurnId(1), TurnId(3)], "the other kind goes on");
    end(&mut desk, 3, Ok(()));
    assert_eq!(pass(&mut desk, 4), [TurnId(2)]);
    want(&mut desk, 4, "a", Priority::Person);
    end(&mut desk, 4, Err(problem(ProblemCode::ServerError, true).after(Some(60 * SECOND))));
    let asked = desk.asked.len();
    want(&mut desk, 5, "b", Priority::Person);
    desk.intent(Intent::Retry);
    assert_eq!(pass(&mut desk, 59), []);
    assert_eq!(desk.asked.len(), asked, "nor is anything of the agent's sent");
    assert_eq!(pass(&mut desk, 10), [TurnId(5)]);
}

#[test]
fn a_failure_of_the_connection_pauses_the_agents_requests_too() {
    let mut desk = Desk::in_queues(&["queue-1"], SeatState::Waiting);
    desk.pass_seconds(10);
    desk.answer_where(
        |_| true,
        |request| match request {
            Request::ReadSeats { queue } => Ok(seats(queue, SeatState::Waiting)),
            _ => Ok(phone(PhoneState::Idle)),
        },
    );
    want(&mut desk, 1, "a", Priority::Person);
    for _ in 0..8 {
        desk.pass(SECOND / 4);
    }
    desk.answer_where(
        |_| true,
        |request| match request {
            Request::ReadSeats { queue } => Ok(seats(queue, SeatState::Waiting)),
            _ => Ok(phone(PhoneState::Idle)),
        },
    );
    assert_eq!(desk.given, [TurnId(1)]);
    end(&mut desk, 1, Err(problem(ProblemCode::Unreachable, true)));
    desk.asked.clear();
    desk.pass(SECOND);
    assert!(desk.asked.is_empty(), "{:?}", desk.asked);
    desk.pass_seconds(10);
    assert!(!desk.asked.is_empty());
}

#[test]
fn a_service_without_a_licence_is_asked_again_after_a_growing_pause() {
    let mut desk = Desk::new(start());
    desk.sign_in(&[]);
    desk.pass_seconds(10);
    let mut gaps = Vec::new();
    for id in 1..=4 {
        want(&mut desk, id, "a", Priority::Person);
        let began = desk.now.mono;
        while desk.given.last() != Some(&TurnId(id)) {
            desk.pass(SECOND);
        }
        gaps.push((desk.now.mono - began).as_secs());
        end(&mut desk, id, Err(problem(ProblemCode::ModuleNotLicensed, false)));
    }
    assert!(gaps[0] < 5 && (20..130).contains(&gaps[1]) && gaps[1] < gaps[2] && gaps[2] < gaps[3], "{gaps:?}");
}

/// The limits of `fs1_…` and `fs2_…` in `budget.rs`, with a thousand turns wanted at every moment.
#[test]
fn a_thousand_wanted_turns_do_not_delay_the_agents_requests_beyond_their_limits() {
    for (queues, callbacks) in [(0, false), (1, false), (3, true), (3, false), (12, false), (12, true)] {
        let mut desk = Desk::new(start());
        desk.fetched.clear();
        flood(&mut desk, 0, 1000);
        let mut platform = Platform::with(desk, queues, SeatState::Waiting);
        platform.seconds(60);
        let since = platform.desk.now.mono;
        let first = platform.desk.given.len();
        let (mut ended, mut next) = (0, 1000);
        for _ in 0..120 {
            if callbacks {
                platform.desk.leg(leg(LegStatus::Ring, "a"));
                platform.desk.leg(leg(LegStatus::Hangup, "a"));
            }
            platform.run(2 * SECOND, |desk| assert!(queues == 0 || desk.snapshot().label != Label::Unconfirmed, "never stale"));
            while let Some(id) = platform.desk.given.get(ended).copied() {
                ended += 1;
                platform.desk.apply(Input::TurnEnded { id, outcome: Ok(()), more: 0 });
                flood(&mut platform.desk, next, 1);
                next += 1;
            }
        }
        for queue in &platform.queues {
            let gap = platform.longest_gap("seats", queue, since);
            assert!(gap <= 30 * SECOND, "{queue} of {queues}: {gap:?}, callbacks {callbacks}");
        }
        if queues > 0 {
            let phone = platform.longest_gap("phone", "", since);
            assert!(phone <= if callbacks || queues > 5 { 10 } else { 5 } * SECOND, "{queues} queues: {phone:?}");
        }
        let seconds = (platform.desk.now.mono - since).as_secs_f64();
        let given = platform.desk.given.len() - first;
        let sent = platform.sent_since(since);
        assert!((given + sent) as f64 <= 1.5 * seconds + 6.0, "one rate for both: {given} and {sent} in {seconds} s");
        assert!(given as f64 >= seconds * 1.5 / 6.0, "{queues} queues: the floor gets its share: {given} in {seconds} s");
        if (1..=5).contains(&queues) {
            platform.desk.intent(wish(Wish::Busy { reason: None }));
            let mut confirmed = false;
            platform.run(10 * SECOND, |desk| confirmed |= desk.snapshot().wish.progress == WishProgress::Settled);
            assert!(confirmed, "{queues} queues: {:?}", platform.snapshot().wish);
        }
    }
}

#[test]
fn twenty_stops_wait_neither_for_the_floors_share_nor_for_its_other_requests() {
    let mut desk = Desk::new(start());
    flood(&mut desk, 0, 1000);
    let mut platform = Platform::with(desk, 3, SeatState::Waiting);
    platform.seconds(60);
    let given = platform.desk.given.len();
    for id in 5000..5020 {
        want(&mut platform.desk, id, &format!("floor set {id}"), Priority::Stop);
    }
    let mut ended = 0;
    for _ in 0..40 {
        platform.run(SECOND / 2, |desk| assert!(desk.snapshot().label != Label::Unconfirmed, "never stale"));
        while let Some(id) = platform.desk.given.get(ended).copied() {
            ended += 1;
            platform.desk.apply(Input::TurnEnded { id, outcome: Ok(()), more: 0 });
        }
    }
    let stops = platform.desk.given[given..].iter().filter(|id| id.0 >= 5000).count();
    assert_eq!(stops, 20, "within 20 seconds: {:?}", &platform.desk.given[given..]);
}

/// Signs in however long the pauses after failures are.
fn sign_in(desk: &mut Desk) {
    let account = Account { url: "https://call.example.com/".into(), appid: "acme".into() };
    desk.intent(Intent::SignIn { account, agent: agent(&[]), accesskey: Some("k".into()) });
    for _ in 0..120 {
        desk.answer_where(
            |_| true,
            |request| match request {
                Request::SignIn { .. } => Ok(Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() }),
                Request::ListQueues => Ok(Outcome::Queues(vec![])),
                Request::ReadRecords { .. } => Ok(Outcome::Records(vec![])),
                _ => Ok(Outcome::Done),
            },
        );
        desk.pass(SECOND / 4);
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Want(u8),
    Drop(u8),
    End(u8, bool),
    Out,
    In,
    Pass(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<u8>().prop_map(Step::Want),
        1 => any::<u8>().prop_map(Step::Drop),
        2 => (any::<u8>(), any::<bool>()).prop_map(|(id, done)| Step::End(id, done)),
        1 => Just(Step::Out),
        2 => Just(Step::In),
        3 => (0..20_000u16).prop_map(Step::Pass),
    ]
}

proptest! {
    #![proptest_config(chances(128))]

    #[test]
    fn each_turn_that_is_wanted_is_given_once_unless_it_was_dropped(steps in proptest::collection::vec(step(), 1..60)) {
        let mut desk = Desk::new(start());
        let mut wanted = Vec::new();
        let mut next = 0;
        for step in steps {
            let given = desk.given.len();
            let signed_in = matches!(desk.snapshot().sign_in, SignInView::SignedIn { .. });
            match step {
                Step::Want(kind) => {
                    next += 1;
                    wanted.push(next);
                    let priority = [Priority::Person, Priority::Seats, Priority::Past][usize::from(kind % 3)];
                    want(&mut desk, next, &format!("{}", kind % 5), priority);
                }
                Step::Drop(which) if !wanted.is_empty() => {
                    let id = wanted.remove(usize::from(which) % wanted.len());
                    desk.apply(Input::TurnDropped { id: TurnId(id) });
                }
                Step::End(which, done) if !desk.given.is_empty() => {
                    let id = desk.given[usize::from(which) % desk.given.len()].0;
                    let code = if which % 2 == 0 { ProblemCode::Refused } else { ProblemCode::Unreachable };
                    end(&mut desk, id, if done { Ok(()) } else { Err(problem(code, true)) });
                }
                Step::Out => drop(desk.intent(Intent::SignOut)),
                Step::In if !signed_in => sign_in(&mut desk),
                Step::Pass(ms) => desk.pass(Duration::from_millis(u64::from(ms))),
                _ => {}
            }
            if !signed_in && !matches!(step, Step::In) {
                prop_assert_eq!(desk.given.len(), given, "no turn while nobody is signed in");
            }
        }
        if !matches!(desk.snapshot().sign_in, SignInView::SignedIn { .. }) {
            sign_in(&mut desk);
        }
        for id in desk.given.clone() {
            end(&mut desk, id.0, Ok(()));
        }
        pass(&mut desk, 600);
        let mut given: Vec<u64> = desk.given.iter().map(|id| id.0).collect();
        given.sort_unstable();
        let count = given.len();
        given.dedup();
        prop_assert_eq!(count, given.len(), "no turn is given twice");
        prop_assert!(wanted.iter().all(|id| given.contains(id)), "every turn comes: {:?} of {:?}", given, wanted);
    }
}
