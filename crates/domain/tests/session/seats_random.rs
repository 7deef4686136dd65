//! Random changes of queues, answers and clocks: the shown states of the seats are always those that the platform reported recently.

use std::time::Duration;

use proptest::prelude::*;
use ringside_domain::*;

use crate::{
    desk::*,
    platform::{Platform, kind},
};

const SECOND: Duration = Duration::from_secs(1);
const FRESH: Duration = Duration::from_secs(30);

#[derive(Clone, Debug)]
enum Step {
    Pass(u16),
    Wish(bool),
    Break,
    Join(u8),
    Leave(u8),
    /// From now on requests of this kind fail in this way; the last kind means all.
    Fail {
        what: u8,
        how: u8,
    },
    Heal,
    Latency(u16),
    /// A person at the platform sets the seat or removes the agent.
    Set {
        queue: u8,
        state: u8,
    },
    Ring(u8),
    /// Only the wall clock advances.
    Sleep(u16),
    /// This computer's clock is set.
    Skew(i32),
    Leaving(u8),
    Awake,
    SignOut,
    SignIn,
    Retry,
    NotRegistered(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..40_000u16).prop_map(Step::Pass),
        3 => any::<bool>().prop_map(Step::Wish),
        1 => Just(Step::Break),
        2 => (1..6u8).prop_map(Step::Join),
        2 => (1..6u8).prop_map(Step::Leave),
        4 => (0..8u8, 0..8u8).prop_map(|(what, how)| Step::Fail { what, how }),
        3 => Just(Step::Heal),
        2 => (0..15_000u16).prop_map(Step::Latency),
        2 => (1..6u8, 0..6u8).prop_map(|(queue, state)| Step::Set { queue, state }),
        2 => (0..3u8).prop_map(Step::Ring),
        1 => (60..20_000u16).prop_map(Step::Sleep),
        1 => (-40_000..15_000i32).prop_map(Step::Skew),
        1 => (0..3u8).prop_map(Step::Leaving),
        1 => Just(Step::Awake),
        1 => Just(Step::SignOut),
        2 => Just(Step::SignIn),
        1 => Just(Step::Retry),
        1 => any::<bool>().prop_map(Step::NotRegistered),
    ]
}

const KINDS: [&str; 8] = ["join", "leave", "set", "phone", "seats", "records", "sign-in", ""];

fn failure(how: u8) -> Problem {
    use ProblemCode::*;
    match how {
        0 => problem(Unreachable, true),
        1 => problem(ServerError, true),
        2 => problem(ServerError, true).after(Some(20 * SECOND)),
        3 => problem(NotThePlatform, true),
        4 => problem(Refused, false).numbered(Some(1003)),
        5 => problem(ModuleNotLicensed, false).numbered(Some(603)),
        6 => problem(ExtensionUnknown, true).numbered(Some(1010)),
        _ => problem(AppidExpired, false).numbered(Some(602)),
    }
}

fn name(queue: u8) -> String {
    format!("queue-{queue}")
}

fn sign_in(platform: &mut Platform) {
    let account = Account { url: "https://call.example.com/".into(), appid: "acme".into() };
    platform.desk.intent(Intent::SignIn { account, agent: agent(&["queue-1", "queue-2", "queue-3"]), accesskey: Some("k".into()) });
}

fn take(platform: &mut Platform, step: &Step) {
    match step {
        Step::Pass(ms) => platform.watch(Duration::from_millis(u64::from(*ms)), holds),
        Step::Wish(available) => {
            let wanted = if *available { Wish::Available } else { Wish::Busy { reason: None } };
            platform.desk.intent(wish(wanted));
        }
        Step::Break => drop(platform.desk.intent(wish(Wish::Busy { reason: Some("Lunch".into()) }))),
        Step::Join(queue) => drop(platform.desk.intent(Intent::JoinQueue { queue: QueueName(name(*queue)) })),
        Step::Leave(queue) => drop(platform.desk.intent(Intent::LeaveQueue { queue: QueueName(name(*queue)) })),
        Step::Fail { what, how } => {
            let (what, how) = (KINDS[usize::from(*what)], *how);
            platform.failure = Box::new(move |request| (what.is_empty() || kind(request).0 == what).then(|| failure(how)));
        }
        Step::Heal => platform.failure = Box::new(|_| None),
        Step::Latency(ms) => platform.latency = Duration::from_millis(u64::from(*ms)),
        Step::Set { queue, state } => {
            let states = [SeatState::Waiting, SeatState::Paused, SeatState::Receiving, SeatState::Talking, SeatState::Other(0)];
            match states.get(usize::from(*state)) {
                Some(state) => platform.states.entry(name(*queue)).and_modify(|of| *of = *state).or_insert(*state),
                None => &mut platform.states.remove(&name(*queue)).unwrap_or(SeatState::Waiting),
            };
        }
        Step::Ring(status) => {
            let status = [LegStatus::Ring, LegStatus::Answer, LegStatus::Hangup][usize::from(*status)];
            platform.desk.leg(leg(status, "u1"));
        }
        Step::Sleep(seconds) => {
            platform.desk.now.wall = platform.desk.now.wall.plus(Duration::from_secs(u64::from(*seconds)));
            // Readings from before the sleep do not count.
            platform.confirmed.clear();
        }
        Step::Skew(ms) => platform.desk.now.wall.0 += i64::from(*ms),
        Step::Leaving(occasion) => {
            let occasion = [Occasion::Sleep, Occasion::Quit, Occasion::LogOff][usize::from(*occasion)];
            platform.desk.apply(Input::Report(ShellReport::Leaving(occasion)));
        }
        Step::Awake => drop(platform.desk.apply(Input::Report(ShellReport::Awake))),
        Step::SignOut => drop(platform.desk.intent(Intent::SignOut)),
        Step::SignIn => sign_in(platform),
        Step::Retry => drop(platform.desk.intent(Intent::Retry)),
        Step::NotRegistered(is_off) => platform.phone.phone = if *is_off { Phone::NotRegistered } else { Phone::Ready },
    }
}

/// The conditions that must hold at every moment.
fn holds(platform: &Platform) {
    let (snapshot, now) = (platform.snapshot(), platform.desk.now.mono);
    let confirmed = |queue: &&QueueView| platform.confirmed.get(&queue.name.0).filter(|(asked_at, _)| now < *asked_at + FRESH);
    let joined: Vec<&QueueView> = snapshot.queues.iter().filter(|queue| queue.membership == Membership::In).collect();
    match snapshot.label {
        Label::Available => {
            let green = joined.iter().filter_map(confirmed).any(|(_, state)| state.takes_calls());
            assert!(green, "available without a recent reading: {joined:?} {:?} at {now:?}", platform.confirmed);
        }
        Label::Busy | Label::Break => {
            let busy = joined.iter().all(|queue| confirmed(queue).is_some_and(|(_, state)| !state.takes_calls()));
            assert!(busy && !joined.is_empty(), "busy without a recent reading of each queue: {joined:?} {:?}", platform.confirmed);
        }
        _ => {}
    }
    assert!(platform.desk.session.next_deadline().is_none_or(|at| at > now), "the deadline is in the future");
    assert_eq!(platform.desk.session.late_deadlines(), 0);
    assert!(serde_json::to_string(&*snapshot).unwrap().len() < 8192);
}

proptest! {
    #![proptest_config(chances(64))]

    #[test]
    fn the_label_always_rests_on_recent_readings(
        steps in proptest::collection::vec(step(), 1..40),
        seed in any::<u64>(),
        farewell in prop_oneof![Just(Farewell::Stay), Just(Farewell::Busy), Just(Farewell::SignOut)],
    ) {
        let mut desk = Desk::new(Start { seed, ..start() });
        desk.leave_by(farewell);
        let mut platform = Platform::with(desk, 3, SeatState::Waiting);
        let began = platform.desk.now.mono;
        for step in &steps {
            take(&mut platform, step);
            platform.watch(Duration::from_millis(1), holds);
        }
        let passed = (platform.desk.now.mono - began).as_secs_f64();
        prop_assert!(platform.sent.len() as f64 <= 5.0 + passed * 1.5 + 1.0, "{} in {passed} s", platform.sent.len());

        // The platform works again and an agent signs in: soon the state is known, and stays known.
        platform.failure = Box::new(|_| None);
        platform.latency = Duration::from_millis(80);
        platform.phone.phone = Phone::Ready;
        platform.states.values_mut().for_each(|state| *state = SeatState::Paused);
        platform.desk.apply(Input::Report(ShellReport::Awake));
        platform.desk.leg(leg(LegStatus::Hangup, "u1"));
        sign_in(&mut platform);
        platform.desk.intent(Intent::Retry);
        platform.watch(120 * SECOND, holds);
        let since = platform.desk.now.mono;
        platform.watch(120 * SECOND, |platform| {
            holds(platform);
            let label = platform.snapshot().label;
            assert!(!matches!(label, Label::Unconfirmed | Label::SignedOut | Label::PhoneNotReady), "{label:?}: {:?}", platform.snapshot());
        });
        let snapshot = platform.snapshot();
        prop_assert!(["queue-1", "queue-2", "queue-3"].iter().all(|wanted| {
            snapshot.queues.iter().any(|queue| queue.name.0 == *wanted && queue.membership == Membership::In)
        }), "{:?}", snapshot.queues);
        for queue in snapshot.queues.iter().filter(|queue| queue.membership == Membership::In) {
            let gap = platform.longest_gap("seats", &queue.name.0, since);
            prop_assert!(gap <= FRESH, "{}: {gap:?}", queue.name);
        }
    }
}
