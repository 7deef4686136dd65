//! The difference between this computer's clock and those of the gateways. The wall clock of a desk may be wrong, and may be set, so the
//! gateways' times are mapped to the monotonic clock.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

/// Exchanges that are remembered for each gateway.
const REMEMBERED: usize = 8;

/// An exchange that is older says little: one of the clocks may have been set.
const VALID: Duration = Duration::from_secs(3600);

/// Two clocks run apart by less than this part of the time.
const DRIFT: u32 = 10_000;

/// A state that seems to have been longer on its way makes the desk ask for its gateway's time.
const LONGEST_WAY: Duration = Duration::from_secs(3);

/// One question and its answer with a gateway's time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Exchange {
    sent: Duration,
    received: Duration,
    /// Milliseconds since 1970 by the gateway's clock, at some time between the two.
    gateway: i64,
}

impl Exchange {
    fn took(&self) -> Duration {
        self.received - self.sent
    }

    /// The earliest possible value of the gateway's time minus ours, and the latest, in milliseconds.
    fn offset(&self) -> (i64, i64) {
        (self.gateway - millis(self.received), self.gateway - millis(self.sent))
    }
}

/// The known exchanges with each gateway. Moments are of the monotonic clock, since any start.
#[derive(Debug, Default)]
pub struct Clocks(BTreeMap<String, Known>);

#[derive(Debug, Default)]
struct Known {
    exchanges: VecDeque<Exchange>,
    /// The gateway's clock may have been set back since.
    is_doubtful: bool,
}

impl Clocks {
    /// A gateway's answer contained its time.
    pub fn answered(&mut self, gateway: &str, sent: Duration, received: Duration, time: i64) {
        if gateway.is_empty() || received < sent {
            return;
        }
        let known = self.0.entry(gateway.to_owned()).or_default();
        let new = Exchange { sent, received, gateway: time };
        let (earliest, latest) = new.offset();
        // An exchange that contradicts the new one was before a clock was set.
        known.exchanges.retain(|old| {
            let (from, to) = old.offset();
            from <= latest && earliest <= to && received - old.received < VALID
        });
        if known.exchanges.len() == REMEMBERED {
            known.exchanges.pop_front();
        }
        known.exchanges.push_back(new);
        known.is_doubtful = false;
    }

    /// A state of a gateway said when it was sent, some time before it was received.
    pub fn state_received(&mut self, gateway: &str, received: Duration, sent: i64) {
        let Some(known) = self.0.get_mut(gateway) else { return };
        let earliest = sent.saturating_sub(millis(received));
        // The gateway's time minus ours is more than an exchange allows that was before the gateway's clock was set forward, or before a sleep
        // in which our clock stood still.
        known.exchanges.retain(|old| earliest <= old.offset().1.saturating_add(drift(old, received) + 1));
        // It is less: the state was long on its way, or the clock was set back. An answer tells which.
        let way = millis(LONGEST_WAY);
        known.is_doubtful |= known.exchanges.iter().any(|old| earliest < old.offset().0.saturating_sub(drift(old, received) + way));
    }

    /// The earliest moment that a time of this gateway's clock can have been; None: no exchange with it is known. What was read then
    /// never counts as newer than it is.
    pub fn earliest(&self, gateway: &str, time: i64, now: Duration) -> Option<Duration> {
        let best = self.best(gateway, now)?;
        let latest = best.offset().1.saturating_add(drift(best, now));
        Some(Duration::from_millis(u64::try_from(time.saturating_sub(latest)).unwrap_or(0)).min(now))
    }

    /// The gateway's time now, at the earliest.
    pub fn gateway_time(&self, gateway: &str, now: Duration) -> Option<i64> {
        let (earliest, _) = self.best(gateway, now)?.offset();
        Some(earliest.saturating_add(millis(now)))
    }

    /// Whether to ask this gateway for its time.
    pub fn wants(&self, gateway: &str, now: Duration) -> bool {
        let Some(Known { exchanges, is_doubtful: false }) = self.0.get(gateway) else { return true };
        exchanges.back().is_none_or(|last| now.saturating_sub(last.received) > VALID / 12)
    }

    /// The quickest exchange has the narrowest bounds.
    fn best(&self, gateway: &str, now: Duration) -> Option<&Exchange> {
        let exchanges = &self.0.get(gateway)?.exchanges;
        exchanges.iter().filter(|exchange| now.saturating_sub(exchange.received) < VALID).min_by_key(|exchange| exchange.took())
    }
}

/// By how much the two clocks may have run apart since.
fn drift(exchange: &Exchange, now: Duration) -> i64 {
    millis(now.saturating_sub(exchange.received) / DRIFT)
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_900_000_000_000;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_time_of_the_gateway_is_never_taken_for_a_later_moment_than_it_was() {
        let mut clocks = Clocks::default();
        assert_eq!(clocks.earliest("a", NOON, at(9_000)), None);
        // The gateway's noon was between our second 5.000 and 5.400.
        clocks.answered("a", at(5_000), at(5_400), NOON);
        assert_eq!(clocks.earliest("a", NOON, at(9_000)), Some(at(5_000)));
        assert_eq!(clocks.earliest("a", NOON + 1_000, at(9_000)), Some(at(6_000)));
        // A quicker exchange is better.
        clocks.answered("a", at(8_250), at(8_260), NOON + 3_000);
        assert_eq!(clocks.earliest("a", NOON, at(9_000)), Some(at(5_250)));
        // A slower one changes nothing.
        clocks.answered("a", at(10_000), at(11_000), NOON + 5_300);
        assert_eq!(clocks.earliest("a", NOON, at(12_000)), Some(at(5_250)));
        // The clocks may have run apart since.
        assert_eq!(clocks.earliest("a", NOON + 600_000, at(1_008_260)), Some(at(605_150)));
    }

    #[test]
    fn a_time_in_the_future_is_now_and_one_before_our_start_is_the_start() {
        let mut clocks = Clocks::default();
        clocks.answered("a", at(5_000), at(5_010), NOON);
        assert_eq!(clocks.earliest("a", NOON + 60_000, at(6_000)), Some(at(6_000)));
        assert_eq!(clocks.earliest("a", NOON - 60_000, at(6_000)), Some(at(0)));
        assert_eq!(clocks.earliest("a", i64::MIN, at(6_000)), Some(at(0)));
    }

    #[test]
    fn each_gateway_has_a_clock_of_its_own() {
        let mut clocks = Clocks::default();
        clocks.answered("a", at(5_000), at(5_010), NOON);
        clocks.answered("b", at(5_000), at(5_010), NOON + 30_000);
        assert_eq!(clocks.earliest("b", NOON + 30_000, at(6_000)), Some(at(5_000)));
        assert_eq!(clocks.gateway_time("a", at(6_000)), Some(NOON + 990));
        assert_eq!(clocks.earliest("c", NOON, at(6_000)), None);
    }

    #[test]
    fn after_a_gateways_clock_was_set_only_new_exchanges_count() {
        let mut clocks = Clocks::default();
        clocks.answered("a", at(5_000), at(5_002), NOON);
        clocks.answered("a", at(6_000), at(6_400), NOON - 3_600_000);
        assert_eq!(clocks.earliest("a", NOON - 3_600_000, at(7_000)), Some(at(6_000)));
    }

    #[test]
    fn a_state_from_after_a_gateways_clock_was_set_forward_or_from_after_a_sleep_ends_the_exchanges_before() {
        let mut clocks = Clocks::default();
        clocks.state_received("a", at(1_000), NOON);
        // The gateway's time minus ours is at most noon minus 5.000.
        clocks.answered("a", at(5_000), at(5_400), NOON);
        clocks.answered("b", at(5_000), at(5_400), NOON);
        // On its way for no time at all, for long, and from a gateway that does not say the time. A second in ten thousand is the clocks' own.
        for (received, time) in [(at(6_000), NOON + 1_000), (at(9_000), NOON + 1_000), (at(9_000), 0), (at(1_005_400), NOON + 1_000_500)] {
            clocks.state_received("a", received, time);
            assert!(!clocks.0["a"].exchanges.is_empty(), "{received:?}");
        }
        clocks.state_received("a", at(9_000), NOON + 4_002);
        assert_eq!((clocks.earliest("a", NOON, at(9_000)), clocks.wants("a", at(9_000))), (None, true));
        assert!(clocks.earliest("b", NOON, at(9_000)).is_some());
        clocks.answered("a", at(9_000), at(9_400), NOON + 3_600_000);
        clocks.state_received("a", at(9_500), i64::MAX);
        clocks.state_received("b", at(9_500), i64::MIN);
        assert_eq!((clocks.earliest("a", NOON, at(9_500)), clocks.earliest("b", NOON, at(9_500))), (None, Some(at(5_000))));
    }

    #[test]
    fn g16_a_state_from_after_a_gateways_clock_was_set_back_makes_the_desk_ask_for_its_time() {
        let mut clocks = Clocks::default();
        clocks.answered("a", at(5_000), at(5_400), NOON);
        clocks.answered("b", at(5_000), at(5_400), NOON);
        // Two seconds on its way.
        clocks.state_received("a", at(9_000), NOON + 2_000);
        assert!(!clocks.wants("a", at(9_000)));
        clocks.state_received("a", at(10_000), NOON + 5_000 - 40_000);
        assert_eq!((clocks.wants("a", at(10_000)), clocks.wants("b", at(10_000))), (true, false));
        // The answer decides whether the clock was set, or the state was long on its way.
        clocks.answered("a", at(10_000), at(10_200), NOON - 35_000);
        assert_eq!((clocks.wants("a", at(10_200)), clocks.earliest("a", NOON - 35_000, at(10_200))), (false, Some(at(10_000))));
        clocks.state_received("b", at(60_000), NOON + 5_000);
        assert!(clocks.wants("b", at(60_000)));
        clocks.answered("b", at(60_000), at(60_010), NOON + 54_700);
        assert_eq!((clocks.wants("b", at(60_010)), clocks.earliest("b", NOON, at(60_010))), (false, Some(at(5_300))));
    }

    #[test]
    fn an_exchange_is_forgotten_after_an_hour_and_asked_for_again_after_five_minutes() {
        let mut clocks = Clocks::default();
        assert!(clocks.wants("a", at(0)));
        clocks.answered("a", at(0), at(10), NOON);
        assert!(!clocks.wants("a", at(300_000)));
        assert!(clocks.wants("a", at(300_011)));
        assert_eq!(clocks.earliest("a", NOON, at(3_600_010)), None);
        // An answer before its question, and one of nobody, say nothing.
        clocks.answered("b", at(20), at(10), NOON);
        clocks.answered("", at(10), at(20), NOON);
        assert!(clocks.wants("b", at(30)) && clocks.wants("", at(30)));
    }
}
