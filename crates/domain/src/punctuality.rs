//! How late the platform's callbacks come, and how much the two clocks differ (N6).

use std::{collections::VecDeque, time::Duration};

use crate::Timestamp;

/// Milliseconds from 1582-10-15, where version-1 uuids begin to count, to 1970-01-01.
const MILLIS_BEFORE_1970: i64 = 12_219_292_800_000;
/// If a uuid is older than this when its event arrives, it was not made for the event (a documented example is 37 days older).
const OLDEST: Duration = Duration::from_secs(3600);

/// Number of first events from which the usual lateness is derived.
const USUAL: usize = 5;

/// When the platform made a version-1 uuid, by its clock; None for any other text.
pub fn minted_at(uuid: &str) -> Option<Timestamp> {
    let mut groups = uuid.trim().split('-');
    let mut group = |length: usize| groups.next().filter(|hex| hex.len() == length && hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let (low, middle, high, _, _) = (group(8)?, group(4)?, group(4)?, group(4)?, group(12)?);
    let high = high.strip_prefix('1')?;
    if groups.next().is_some() {
        return None;
    }
    let ticks = i64::from_str_radix(&format!("{high}{middle}{low}"), 16).ok()?;
    Some(Timestamp(ticks / 10_000 - MILLIS_BEFORE_1970))
}

/// The platform's time in one answer, between our times of the request and of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    pub asked_at: Timestamp,
    /// By the platform's clock, in whole seconds.
    pub stamped_at: Timestamp,
    pub answered_at: Timestamp,
}

/// The known bounds of the clock difference, and the lateness of events.
///
/// The skew is how far our clock is ahead of the platform's, in milliseconds; negative: behind. Only bounds are known: an event cannot
/// arrive before it was made, and an answer's time lies between the request and the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Punctuality {
    least_skew: Option<i64>,
    most_skew: Option<i64>,
    /// The ages of the last first events, the newest last.
    ages: VecDeque<i64>,
    last: Option<ClockReading>,
}

impl Punctuality {
    /// The first event of a call arrived. Later events of the call say nothing, since their uuids are as old as the call.
    pub fn event(&mut self, uuid: &str, arrived_at: Timestamp) {
        let Some(minted_at) = minted_at(uuid) else { return };
        let age = arrived_at.0.saturating_sub(minted_at.0);
        // Compared on the platform's clock, as far as the skew is known.
        if age.saturating_sub(self.skew().unwrap_or(0)).unsigned_abs() > OLDEST.as_millis() as u64 {
            return;
        }
        self.ages.push_back(age);
        if self.ages.len() > USUAL {
            self.ages.pop_front();
        }
        self.bound(None, Some(age));
    }

    /// An answer of the platform contained its time.
    pub fn answer(&mut self, reading: ClockReading) {
        // A failed request repeats the reading of the request before it; our clock may have been set since. A reading during which our
        // clock was set back says nothing either.
        if self.last.replace(reading) == Some(reading) || reading.answered_at < reading.asked_at {
            return;
        }
        // The platform's second had begun, but may have been nearly over.
        let least = reading.asked_at.0.saturating_sub(reading.stamped_at.0).saturating_sub(999);
        let most = reading.answered_at.0.saturating_sub(reading.stamped_at.0);
        self.bound(Some(least), Some(most));
    }

    /// Our clock was set forward by so many milliseconds (negative: back).
    pub fn clock_set(&mut self, by: i64) {
        let known = self.least_skew.iter_mut().chain(&mut self.most_skew).chain(&mut self.ages);
        known.for_each(|skew| *skew = skew.saturating_add(by));
    }

    /// Tightens the bounds. If the new ones contradict the old ones, a clock was set, and only the new ones count.
    fn bound(&mut self, least: Option<i64>, most: Option<i64>) {
        let tighter_least = self.least_skew.max(least);
        let tighter_most = self.most_skew.into_iter().chain(most).min();
        let fits = tighter_least.zip(tighter_most).is_none_or(|(least, most)| least <= most);
        (self.least_skew, self.most_skew) = if fits { (tighter_least, tighter_most) } else { (least, most) };
    }

    /// The known bounds of the skew.
    pub fn skew_bounds(&self) -> (Option<i64>, Option<i64>) {
        (self.least_skew, self.most_skew)
    }

    /// The skew: the middle of its bounds, or the only known one.
    pub fn skew(&self) -> Option<i64> {
        match (self.least_skew, self.most_skew) {
            (Some(least), Some(most)) => Some(least + (most - least) / 2),
            (least, most) => least.or(most),
        }
    }

    /// The possible error of the skew: half the distance between its bounds; a second at most, and if one is missing.
    pub fn doubt(&self) -> Duration {
        let between = self.least_skew.zip(self.most_skew).map_or(2000, |(least, most)| most.abs_diff(least));
        Duration::from_millis(between.min(2000) / 2)
    }

    /// How late the last first event was, corrected by the skew.
    pub fn lateness(&self) -> Option<Duration> {
        self.late(*self.ages.back()?)
    }

    /// How late first events usually are: the smallest of the last ones, so that a few delayed events do not count.
    pub fn usual_lateness(&self) -> Option<Duration> {
        self.late(*self.ages.iter().min()?)
    }

    fn late(&self, age: i64) -> Option<Duration> {
        Some(Duration::from_millis(u64::try_from(age - self.skew()?).unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made at 2021-02-09T02:00:03.582Z.
    const UUID: &str = "863ff91e-6a7a-11eb-acf1-5107cdf1d50a";
    const MINTED: i64 = 1_612_836_003_582;

    fn after(millis: i64) -> Timestamp {
        Timestamp(MINTED + millis)
    }

    fn reading(asked: i64, stamped: i64, answered: i64) -> ClockReading {
        ClockReading { asked_at: Timestamp(asked), stamped_at: Timestamp(stamped), answered_at: Timestamp(answered) }
    }

    #[test]
    fn the_error_of_the_skew_is_half_the_distance_of_its_bounds_and_a_second_at_most() {
        let mut known = Punctuality::default();
        assert_eq!(known.doubt(), Duration::from_secs(1));
        known.answer(reading(10_000, 10_000, 14_001));
        assert_eq!((known.skew_bounds(), known.doubt()), ((Some(-999), Some(4001)), Duration::from_secs(1)));
        known.answer(reading(10_600, 10_000, 10_700));
        assert_eq!((known.skew_bounds(), known.doubt()), ((Some(-399), Some(700)), Duration::from_millis(549)));
    }

    #[test]
    fn n6_a_version_1_uuid_contains_the_time_when_it_was_made() {
        assert_eq!(minted_at(UUID), Some(Timestamp(MINTED)));
        assert_eq!(minted_at(" 863FF91E-6A7A-11EB-ACF1-5107CDF1D50A "), Some(Timestamp(MINTED)));
        for other in [
            "",
            "863ff91e",
            "863ff91e-6a7a-41eb-acf1-5107cdf1d50a",
            "863ff91e-6a7a-11eb-acf1-5107cdf1d50",
            "863ff91e-6a7a-11eb-acf1-5107cdf1d50a-",
            "+63ff91e-6a7a-11eb-acf1-5107cdf1d50a",
            "号63ff91e-6a7a-11eb-acf1-5107cdf1d50a",
        ] {
            assert_eq!(minted_at(other), None, "{other}");
        }
        assert!(minted_at("ffffffff-ffff-1fff-bfff-ffffffffffff").is_some());
    }

    #[test]
    fn the_quickest_event_bounds_the_skew_from_which_lateness_is_measured() {
        let mut punctuality = Punctuality::default();
        assert_eq!((punctuality.skew(), punctuality.lateness()), (None, None));
        punctuality.event(UUID, after(5_200));
        assert_eq!(punctuality.lateness(), Some(Duration::ZERO), "no better bound is known yet");
        punctuality.event(UUID, after(5_050));
        punctuality.event(UUID, after(7_050));
        assert_eq!(punctuality.skew_bounds(), (None, Some(5_050)));
        assert_eq!(punctuality.lateness(), Some(Duration::from_secs(2)));
        punctuality.event(UUID, after(37 * 86_400_000));
        assert_eq!(punctuality.lateness(), Some(Duration::from_secs(2)), "not made for this event");
    }

    #[test]
    fn answers_bound_the_skew_on_both_sides() {
        let mut punctuality = Punctuality::default();
        // Our clock is three seconds ahead; the platform's second was 0.4 s old.
        punctuality.answer(reading(13_300, 10_000, 13_500));
        assert_eq!(punctuality.skew_bounds(), (Some(2_301), Some(3_500)));
        punctuality.answer(reading(15_950, 12_000, 16_050));
        assert_eq!(punctuality.skew_bounds(), (Some(2_951), Some(3_500)));
        punctuality.event(UUID, after(3_150));
        assert_eq!(punctuality.skew_bounds(), (Some(2_951), Some(3_150)));
        assert_eq!(punctuality.lateness(), Some(Duration::from_millis(100)));
    }

    /// A failed request repeats the reading of the request before it.
    #[test]
    fn a5_a_reading_that_comes_again_does_not_bring_back_the_clock_that_was_set() {
        let mut punctuality = Punctuality::default();
        let before = reading(10_000, 10_000, 10_100);
        punctuality.answer(before);
        punctuality.clock_set(-3_600_000);
        let bounds = (Some(-3_600_999), Some(-3_599_900));
        punctuality.answer(before);
        assert_eq!(punctuality.skew_bounds(), bounds);
        punctuality.answer(reading(20_000, 20_000, 20_000 - 3_600_000));
        assert_eq!(punctuality.skew_bounds(), bounds, "set back between question and answer");
    }

    #[test]
    fn a5_after_a_clock_is_set_only_new_bounds_count() {
        let mut punctuality = Punctuality::default();
        punctuality.answer(reading(10_000, 10_000, 10_100));
        let day = 86_400_000;
        punctuality.answer(reading(10_000 + day, 11_000, 10_100 + day));
        assert_eq!(punctuality.skew_bounds(), (Some(day - 1_999), Some(day - 900)));
        punctuality.event(UUID, after(day));
        assert!(punctuality.lateness().is_some());
    }
}
