//! A wish in so many queues that the usual request rate cannot confirm it within ten seconds: meanwhile the snapshot shows nothing as
//! confirmed that is not.

use std::time::Duration;

use ringside_domain::*;

use crate::{desk::*, platform::Platform};

const SECOND: Duration = Duration::from_secs(1);

/// Checks that each state that the snapshot shows as confirmed is the platform's.
fn is_true(platform: &Platform, wanted: SeatState) {
    let snapshot = platform.snapshot();
    for queue in snapshot.queues.iter().filter(|queue| queue.wish == Some(WishStage::Confirmed)) {
        assert_eq!(platform.states[&queue.name.0], wanted, "{queue:?}");
        assert_eq!(queue.seat, Some(wanted), "{queue:?}");
    }
    let all = |state: SeatState| platform.states.values().all(|is| *is == state);
    match snapshot.label {
        Label::Busy => assert!(platform.confirmed.values().all(|(_, state)| *state == SeatState::Paused), "{:?}", platform.confirmed),
        Label::Available => assert!(platform.confirmed.values().any(|(_, state)| *state == SeatState::Waiting)),
        _ => {}
    }
    assert!(snapshot.wish.progress != WishProgress::Settled || all(wanted), "{:?}", platform.states);
}

#[test]
fn fs1_a_wish_in_eight_to_twelve_queues_is_shown_correctly_and_confirmed_within_twenty_seconds() {
    for (queues, latency) in [(8, 1), (10, 1), (12, 1), (12, 20)] {
        for (wanted, before, after) in
            [(Wish::Busy { reason: None }, SeatState::Waiting, SeatState::Paused), (Wish::Available, SeatState::Paused, SeatState::Waiting)]
        {
            let mut platform = Platform::new(queues, 1.5, before);
            platform.latency = Duration::from_millis(100) * latency;
            platform.seconds(120);
            let since = platform.desk.now.mono;
            platform.desk.intent(wish(wanted));
            let mut confirmed = None;
            platform.watch(40 * SECOND, |platform| {
                is_true(platform, after);
                let (now, snapshot) = (platform.desk.now.mono, platform.snapshot());
                if snapshot.wish.progress == WishProgress::Settled {
                    confirmed.get_or_insert(now - since);
                }
                let is_late = now > since + 10 * SECOND && confirmed.is_none();
                assert!(!is_late || snapshot.wish.progress == WishProgress::Overdue, "{:?}", snapshot.wish);
                assert!(!is_late || snapshot.label == Label::Unconfirmed, "{:?}", snapshot.label);
            });
            assert!(confirmed.is_some_and(|after| after <= 20 * SECOND), "{queues} queues: {confirmed:?}");
            for queue in &platform.queues {
                let gap = platform.longest_gap("seats", queue, since);
                assert!(gap <= 30 * SECOND, "{queue} of {queues}: {gap:?}");
            }
        }
    }
}
