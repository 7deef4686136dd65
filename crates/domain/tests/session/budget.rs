//! Which requests are sent how often, at a platform that keeps its state: several queues, small budgets, failures.

use std::time::Duration;

use ringside_domain::*;

use crate::{desk::*, platform::*};

const SECOND: Duration = Duration::from_secs(1);

fn ring(platform: &mut Platform) {
    platform.desk.leg(leg(LegStatus::Ring, "a"));
    platform.desk.leg(leg(LegStatus::Hangup, "a"));
}

fn busy() -> Intent {
    wish(Wish::Busy { reason: None })
}

#[test]
fn fs1_busy_is_confirmed_in_all_queues_within_ten_seconds() {
    for (queues, callbacks) in [(1, false), (2, false), (3, false), (5, false), (6, true), (3, true)] {
        let mut platform = Platform::new(queues, 1.5, SeatState::Waiting);
        platform.seconds(60);
        if callbacks {
            ring(&mut platform);
            platform.seconds(5);
        }
        platform.desk.intent(busy());
        let began = platform.desk.now.mono;
        let mut confirmed = None;
        platform.run(10 * SECOND, |desk| {
            if desk.snapshot().wish.progress == WishProgress::Settled {
                confirmed.get_or_insert(desk.now.mono - began);
            }
        });
        let all = platform.snapshot().queues.iter().all(|queue| queue.wish == Some(WishStage::Confirmed));
        assert!(confirmed.is_some() && all, "{queues} queues, callbacks {callbacks}: {:?}", platform.snapshot().wish);
        assert_eq!(platform.snapshot().label, Label::Busy);
    }
}

#[test]
fn fs1_only_unconfirmed_seats_are_read_more_often() {
    let mut platform = Platform::new(5, 1.5, SeatState::Waiting);
    platform.seconds(60);
    // One queue accepts the change and does not show it.
    platform.desk.intent(busy());
    platform.run(9 * SECOND, |_| {});
    platform.states.insert("queue-5".into(), SeatState::Waiting);
    platform.desk.intent(busy());
    let since = platform.desk.now.mono;
    platform.failure = Box::new(|request| match request {
        Request::ReadSeats { queue } if queue.0 == "queue-5" => Some(problem(ProblemCode::Refused, true)),
        _ => None,
    });
    platform.seconds(9);
    let of = |queue: &str| platform.sent.iter().filter(|(when, what, of)| *when >= since && *what == "seats" && of == queue).count();
    assert!(of("queue-5") >= 2, "{}", of("queue-5"));
    assert!((1..=4).all(|n| of(&format!("queue-{n}")) <= 2), "{:?}", platform.sent);
}

#[test]
fn fs2_with_twelve_queues_all_kinds_of_requests_are_sent() {
    for callbacks in [false, true] {
        let mut desk = Desk::new(start());
        desk.fetched.clear();
        let mut platform = Platform::with(desk, 12, SeatState::Waiting);
        platform.seconds(60);
        let since = platform.desk.now.mono;
        for _ in 0..10 {
            if callbacks {
                ring(&mut platform);
            }
            platform.run(60 * SECOND, |desk| assert!(matches!(desk.snapshot().label, Label::Available | Label::Ringing), "never stale"));
        }
        for queue in &platform.queues {
            let gap = platform.longest_gap("seats", queue, since);
            assert!(gap <= 30 * SECOND, "{queue}: {gap:?}, callbacks {callbacks}");
        }
        let records = platform.count("records", since);
        assert!(records >= 20, "fetching the past goes on: {records}");
        let phone = platform.longest_gap("phone", "", since);
        assert!(phone <= if callbacks { 10 } else { 5 } * SECOND, "{phone:?}");
        let sent = platform.sent_since(since);
        assert!((400..=910).contains(&sent), "{sent} in 600 s with 1.5 a second");
        assert!(!platform.snapshot().connection.rate_too_low);
    }
}

#[test]
fn fs2_the_archive_is_fetched_beside_twelve_queues() {
    let mut desk = Desk::new(start());
    desk.archive = ArchiveLook { wanted: 3, next: vec![(CallId(1), 0)], ..ArchiveLook::default() };
    desk.intent(Intent::ChangeSettings { change: SettingChange::Archive(ArchiveScope::Mine) });
    let mut platform = Platform::with(desk, 12, SeatState::Waiting);
    platform.seconds(90);
    assert_eq!(platform.desk.fetching, [CallId(1)]);
}

#[test]
fn fs3_a_low_rate_still_reads_the_seats_in_time() {
    for (rate, queues) in [(0.5, 1), (0.5, 3), (0.5, 8), (0.1, 1), (0.05, 1)] {
        let mut platform = Platform::new(queues, rate, SeatState::Waiting);
        platform.run(200 * SECOND, |_| {});
        let since = platform.desk.now.mono;
        platform.run(1200 * SECOND, |desk| assert_eq!(desk.snapshot().label, Label::Available, "at {rate} with {queues}"));
        for queue in &platform.queues {
            let gap = platform.longest_gap("seats", queue, since);
            assert!(gap <= 30 * SECOND, "{rate}, {queue}: {gap:?}");
        }
        assert!(platform.count("phone", since) >= 5, "{rate}, {queues}: {}", platform.count("phone", since));
        assert!(platform.sent_since(since) as f64 <= 1200.0 * rate + 6.0, "{rate}");
        assert!(!platform.snapshot().connection.rate_too_low);
    }
}

#[test]
fn fs3_a_rate_that_is_too_low_is_reported_and_nothing_stale_is_shown() {
    let mut platform = Platform::new(6, 0.1, SeatState::Waiting);
    platform.seconds(300);
    assert!(platform.snapshot().connection.rate_too_low);
    let since = platform.desk.now.mono;
    platform.run(3600 * SECOND, |desk| {
        let snapshot = desk.snapshot();
        let fresh = |queue: &QueueView| queue.read_at.is_some_and(|at| desk.now.wall.since(at) < 30 * SECOND);
        assert!(snapshot.label != Label::Available || snapshot.queues.iter().any(fresh));
        assert!(snapshot.label != Label::Busy || snapshot.queues.iter().all(fresh));
    });
    for queue in &platform.queues {
        assert!(
            platform.longest_gap("seats", queue, since) <= 150 * SECOND,
            "each queue gets its turn: {:?}",
            platform.longest_gap("seats", queue, since)
        );
    }
    assert!(platform.count("phone", since) > 20, "{}", platform.count("phone", since));
}

#[test]
fn fs7_retry_after_holds_for_every_request() {
    let mut platform = Platform::new(3, 1.5, SeatState::Waiting);
    platform.seconds(60);
    platform.failure = Box::new(|_| Some(problem(ProblemCode::ServerError, true).after(Some(60 * SECOND))));
    platform.seconds(3);
    let since = platform.desk.now.mono;
    platform.desk.intent(busy());
    platform.desk.intent(Intent::JoinQueue { queue: QueueName("queue-9".into()) });
    platform.desk.intent(Intent::Retry);
    platform.desk.intent(Intent::FetchLog { on: true });
    platform.seconds(55);
    assert_eq!(platform.sent_since(since), 0, "{:?}", platform.sent);
    platform.failure = Box::new(|_| None);
    platform.seconds(25);
    assert_eq!(platform.snapshot().label, Label::Busy, "intents made during the pause are carried out after it");
}

#[test]
fn fs7_failing_requests_are_sent_less_and_less_often() {
    let codes = [(ProblemCode::Unreachable, None), (ProblemCode::ServerError, None), (ProblemCode::ExtensionUnknown, Some(1010))];
    for (code, number) in codes {
        for latency in [LATENCY, 9 * SECOND] {
            let mut platform = Platform::new(4, 1.5, SeatState::Waiting);
            platform.seconds(60);
            platform.latency = latency;
            platform.failure = Box::new(move |_| Some(problem(code, true).numbered(number)));
            platform.desk.intent(busy());
            platform.seconds(60);
            let since = platform.desk.now.mono;
            platform.seconds(600);
            let sent = platform.sent_since(since);
            assert!((30..=125).contains(&sent), "{code:?} after {latency:?}: {sent} in ten minutes");
            platform.failure = Box::new(|_| None);
            platform.latency = LATENCY;
            let mut known = None;
            platform.run(30 * SECOND, |desk| {
                if matches!(desk.snapshot().label, Label::Available | Label::Busy) {
                    known.get_or_insert(desk.now.mono);
                }
            });
            assert!(known.is_some(), "the state is known soon after: {:?}", platform.snapshot().label);
        }
    }
}

#[test]
fn fs7_twelve_failing_joins_are_limited() {
    let mut platform = Platform::new(12, 1.5, SeatState::Waiting);
    platform.states.clear();
    platform.failure = Box::new(|request| matches!(request, Request::JoinQueue { .. }).then(|| problem(ProblemCode::ServerError, true)));
    platform.seconds(120);
    let since = platform.desk.now.mono;
    platform.seconds(60);
    assert!(platform.count("join", since) <= 24, "{} joins a minute", platform.count("join", since));
    platform.failure = Box::new(|_| None);
    platform.seconds(90);
    assert!(platform.snapshot().queues.iter().all(|queue| queue.membership == Membership::In));
}

#[test]
fn fs7_one_failing_service_does_not_delay_the_others() {
    for failing in ["join", "records", "phone", "set"] {
        let mut platform = Platform::new(3, 1.5, SeatState::Waiting);
        platform.seconds(60);
        platform.failure = Box::new(move |request| (kind(request).0 == failing).then(|| problem(ProblemCode::ServerError, true)));
        platform.desk.intent(Intent::JoinQueue { queue: QueueName("queue-9".into()) });
        platform.desk.intent(Intent::FetchLog { on: true });
        platform.desk.intent(wish(Wish::Available));
        platform.seconds(30);
        let since = platform.desk.now.mono;
        platform.run(300 * SECOND, |desk| assert_eq!(desk.snapshot().label, Label::Available, "{failing}"));
        for queue in platform.queues.clone() {
            assert!(platform.longest_gap("seats", &queue, since) <= 30 * SECOND, "{failing}");
        }
    }
}

#[test]
fn fs7_one_queue_that_keeps_failing_does_not_delay_the_others() {
    for (code, failing) in [(ProblemCode::Unreachable, "seats"), (ProblemCode::ServerError, "seats"), (ProblemCode::Unreachable, "set")] {
        let mut platform = Platform::new(5, 1.5, SeatState::Waiting);
        platform.seconds(60);
        let is_hit = move |request: &Request| kind(request) == (failing, "queue-1".to_owned());
        platform.failure = Box::new(move |request| is_hit(request).then(|| problem(code, true)));
        platform.seconds(60);
        let since = platform.desk.now.mono;
        platform.seconds(300);
        for queue in &platform.queues[1..] {
            let gap = platform.longest_gap("seats", queue, since);
            assert!(gap <= 20 * SECOND, "{queue}: {gap:?} while the {failing} of queue-1 fail with {code:?}");
        }
        platform.desk.intent(busy());
        platform.seconds(10);
        let confirmed = platform.snapshot().queues[1..].iter().all(|queue| queue.wish == Some(WishStage::Confirmed));
        assert!(confirmed, "{failing}, {code:?}: {:?}", platform.snapshot().queues);
    }
}

#[test]
fn one_queue_that_never_answers_does_not_delay_the_others() {
    for (queues, hangs_for) in [(2, 15), (5, 15), (5, 30), (12, 30)] {
        let mut platform = Platform::new(queues, 1.5, SeatState::Waiting);
        platform.seconds(60);
        let is_hit = |request: &Request| matches!(kind(request), ("seats" | "set", queue) if queue == "queue-1");
        platform.delay = Box::new(move |request| if is_hit(request) { hangs_for * SECOND } else { Duration::ZERO });
        platform.failure = Box::new(move |request| is_hit(request).then(|| problem(ProblemCode::Unreachable, true)));
        platform.seconds(60);
        let since = platform.desk.now.mono;
        platform.run(300 * SECOND, |desk| assert_eq!(desk.snapshot().label, Label::Available));
        for queue in &platform.queues[1..] {
            let gap = platform.longest_gap("seats", queue, since);
            assert!(gap <= 29 * SECOND, "{queue} of {queues}: {gap:?}");
        }
        assert!(platform.longest_gap("phone", "", since) <= 5 * SECOND);
        if queues <= 5 {
            platform.desk.intent(busy());
            platform.seconds(10);
            assert!(platform.snapshot().queues[1..].iter().all(|queue| queue.wish == Some(WishStage::Confirmed)));
        }
    }
}

#[test]
fn fs8_a_refused_account_causes_no_wake_ups() {
    let mut platform = Platform::new(2, 1.5, SeatState::Waiting);
    platform.states.clear();
    platform.failure = Box::new(|request| matches!(request, Request::JoinQueue { .. }).then(|| problem(ProblemCode::Refused, true)));
    platform.seconds(2);
    platform.failure = Box::new(|_| Some(problem(ProblemCode::AppidExpired, false)));
    platform.seconds(20);
    assert!(matches!(platform.snapshot().sign_in, SignInView::Failed { .. }));
    let mut turns = 0;
    platform.run(3600 * SECOND, |_| turns += 1);
    assert!(turns <= 5, "{turns} turns in an hour");
    assert_eq!(platform.desk.session.late_deadlines(), 0);
}

#[test]
fn fs8_a_busy_desk_wakes_at_most_once_a_second() {
    let mut platform = Platform::new(1, 1.5, SeatState::Paused);
    platform.seconds(60);
    let mut turns = 0;
    platform.run(600 * SECOND, |_| turns += 1);
    assert!(turns <= 600, "{turns} turns in ten minutes of being busy");
}

fn receiving(customer: &str) -> PhoneReading {
    let Outcome::Phone(reading) = phone_with(PhoneState::Ringing, customer) else { unreachable!() };
    reading
}

#[test]
fn fm7_a_ring_whose_callback_is_lost_shows_within_ten_seconds() {
    for queues in [1, 3, 12] {
        let mut platform = Platform::new(queues, 1.5, SeatState::Waiting);
        platform.seconds(60);
        for n in 0..20 {
            // Callbacks come, except for the next ring.
            let uuid = format!("u{n}");
            platform.desk.leg(leg(LegStatus::Ring, &uuid));
            platform.desk.leg(leg(LegStatus::Hangup, &uuid));
            platform.run(Duration::from_millis(6_000 + 370 * n), |_| {});
            assert!(platform.snapshot().connection.callbacks_alive);
            let rang = platform.desk.now.mono;
            platform.phone = receiving("013300000001");
            platform.states.insert("queue-1".into(), SeatState::Receiving);
            let mut shown = None;
            platform.run(12 * SECOND, |desk| {
                if desk.snapshot().calls.iter().any(|call| call.card) {
                    shown.get_or_insert(desk.now.mono - rang);
                }
            });
            assert!(shown.is_some_and(|after| after <= 10 * SECOND), "{queues} queues: {shown:?}");
            assert!(platform.snapshot().connection.callbacks_contradicted, "no callback reported the ring");
            let Outcome::Phone(idle) = phone(PhoneState::Idle) else { unreachable!() };
            platform.phone = idle;
            platform.states.insert("queue-1".into(), SeatState::Waiting);
            platform.seconds(12);
            assert!(platform.snapshot().calls.is_empty());
        }
    }
}

#[test]
fn fm7_contradicted_callbacks_count_again_after_one_reports_a_ring() {
    let mut platform = Platform::new(1, 1.5, SeatState::Waiting);
    platform.seconds(20);
    ring(&mut platform);
    platform.seconds(10);
    platform.phone = receiving("013300000001");
    platform.seconds(8);
    let Outcome::Phone(idle) = phone(PhoneState::Idle) else { unreachable!() };
    platform.phone = idle;
    platform.seconds(20);
    assert!(!platform.snapshot().connection.callbacks_alive);
    let since = platform.desk.now.mono;
    platform.seconds(30);
    assert!(platform.count("phone", since) >= 25, "polled as if there were no callbacks: {}", platform.count("phone", since));
    assert!(platform.snapshot().ways.asking.is_some());
    ring(&mut platform);
    assert!(platform.snapshot().connection.callbacks_alive && !platform.snapshot().connection.callbacks_contradicted);
}

#[test]
fn fm7_a_seat_that_receives_a_call_causes_a_reading_of_the_phone_at_once() {
    let mut platform = Platform::new(3, 1.5, SeatState::Waiting);
    platform.seconds(60);
    ring(&mut platform);
    platform.seconds(20);
    platform.phone = receiving("013300000001");
    platform.states.insert("queue-2".into(), SeatState::Receiving);
    let mut seen = None;
    let mut shown = None;
    platform.run(12 * SECOND, |desk| {
        let snapshot = desk.snapshot();
        if snapshot.queues.iter().any(|queue| queue.seat == Some(SeatState::Receiving)) {
            seen.get_or_insert(desk.now.mono);
        }
        if snapshot.calls.iter().any(|call| call.card) {
            shown.get_or_insert(desk.now.mono);
        }
    });
    let (seen, shown) = (seen.unwrap(), shown.unwrap());
    assert!(shown <= seen + 3 * SECOND, "{seen:?} {shown:?}");
}

#[test]
fn fs1_busy_is_confirmed_in_five_queues_right_after_signing_in() {
    for latency in [10, 80, 300] {
        let mut platform = Platform::new(5, 1.5, SeatState::Waiting);
        platform.states.clear();
        platform.latency = Duration::from_millis(latency);
        platform.desk.change(SettingChange::AfterSignIn(SignInPolicy::Available));
        while platform.snapshot().label != Label::Available {
            platform.run(Duration::from_millis(50), |_| {});
        }
        platform.desk.intent(busy());
        let began = platform.desk.now.mono;
        let mut confirmed = None;
        platform.run(12 * SECOND, |desk| {
            if desk.snapshot().wish.progress == WishProgress::Settled {
                confirmed.get_or_insert(desk.now.mono - began);
            }
        });
        let sent: Vec<_> = platform.sent.iter().filter(|(at, ..)| *at >= began).map(|(at, what, of)| (*at - began, *what, of)).collect();
        assert!(confirmed.is_some_and(|after| after <= 10 * SECOND), "{latency} ms: {confirmed:?}, {sent:?}");
    }
}
