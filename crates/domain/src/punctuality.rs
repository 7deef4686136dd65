//! How late the platform's events come, and how far the two clocks are apart (N6).

use std::{collections::VecDeque, time::Duration};

use crate::Timestamp;

/// Milliseconds between 1582-10-15, from which version-1 uuids count, and 1970-01-01.
const MILLIS_BEFORE_1970: i64 = 12_219_292_800_000;
/// A uuid that is older when its event arrives was not made for this event (one documented example is 37 days older).
const OLDEST: Duration = Duration::from_secs(3600);

/// First events by which it is known how late they usually are.
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

/// The platform's clock as one answer carried it, between two looks at ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    pub asked_at: Timestamp,
    /// The platform's, in whole seconds.
    pub stamped_at: Timestamp,
    pub answered_at: Timestamp,
}

/// What is known of the skew and of the events' lateness.
///
/// The skew is how far our clock is ahead of the platform's, in milliseconds; negative where it is behind. It is known only as
/// bounds: an event cannot arrive before it was made, and an answer is stamped between question and answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Punctuality {
    least_skew: Option<i64>,
    most_skew: Option<i64>,
    /// The last first events', the newest last.
    ages: VecDeque<i64>,
}

impl Punctuality {
    /// The first event of a call arrived. Later events of the call say nothing: its uuids are as old as the call.
    pub fn event(&mut self, uuid: &str, arrived_at: Timestamp) {
        let Some(minted_at) = minted_at(uuid) else { return };
        let age = arrived_at.0.saturating_sub(minted_at.0);
        // Compared as the platform's clock would say it, as far as that is known.
        if age.saturating_sub(self.skew().unwrap_or(0)).unsigned_abs() > OLDEST.as_millis() as u64 {
            return;
        }
        self.ages.push_back(age);
        if self.ages.len() > USUAL {
            self.ages.pop_front();
        }
        self.bound(None, Some(age));
    }

    /// The platform answered, and said when.
    pub fn answer(&mut self, reading: ClockReading) {
        // Its second had begun, but may have been nearly over.
        let least = reading.asked_at.0.saturating_sub(reading.stamped_at.0).saturating_sub(999);
        let most = reading.answered_at.0.saturating_sub(reading.stamped_at.0);
        self.bound(Some(least), Some(most));
    }

    /// Tightens what is known. Bounds that contradict each other tell that a clock was set: the new ones hold.
    fn bound(&mut self, least: Option<i64>, most: Option<i64>) {
        let tighter_least = self.least_skew.max(least);
        let tighter_most = self.most_skew.into_iter().chain(most).min();
        let fits = tighter_least.zip(tighter_most).is_none_or(|(least, most)| least <= most);
        (self.least_skew, self.most_skew) = if fits { (tighter_least, tighter_most) } else { (least, most) };
    }

    /// The bounds of the skew, as far as there are any.
    pub fn skew_bounds(&self) -> (Option<i64>, Option<i64>) {
        (self.least_skew, self.most_skew)
    }

    /// The skew: the middle of its bounds, or the one that there is.
    pub fn skew(&self) -> Option<i64> {
        match (self.least_skew, self.most_skew) {
            (Some(least), Some(most)) => Some(least + (most - least) / 2),
            (least, most) => least.or(most),
        }
    }

    /// What the skew may be wrong by: half of what lies between its bounds, and a second where one is missing.
    pub fn doubt(&self) -> Duration {
        let between = self.least_skew.zip(self.most_skew).map_or(2000, |(least, most)| most.abs_diff(least));
        Duration::from_millis(between.min(2000) / 2)
    }

    /// How late the last first event was, corrected by the skew.
    pub fn lateness(&self) -> Option<Duration> {
        self.late(*self.ages.back()?)
    }

    /// How late first events usually are: no more than the most punctual of the last, so that a few that were held back do not count.
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
    fn the_skew_may_be_wrong_by_half_of_what_its_bounds_leave_open_and_by_a_second_at_most() {
        let mut known = Punctuality::default();
        assert_eq!(known.doubt(), Duration::from_secs(1));
        known.answer(reading(10_000, 10_000, 14_001));
        assert_eq!((known.skew_bounds(), known.doubt()), ((Some(-999), Some(4001)), Duration::from_secs(1)));
        known.answer(reading(10_600, 10_000, 10_700));
        assert_eq!((known.skew_bounds(), known.doubt()), ((Some(-399), Some(700)), Duration::from_millis(549)));
    }

    #[test]
    fn n6_a_version_1_uuid_carries_its_instant() {
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
    fn the_quickest_event_bounds_the_skew_and_the_others_are_late_by_it() {
        let mut punctuality = Punctuality::default();
        assert_eq!((punctuality.skew(), punctuality.lateness()), (None, None));
        punctuality.event(UUID, after(5_200));
        assert_eq!(punctuality.lateness(), Some(Duration::ZERO), "nothing better is known yet");
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
        // Ours is three seconds ahead; the platform's second was 0.4 s old.
        punctuality.answer(reading(13_300, 10_000, 13_500));
        assert_eq!(punctuality.skew_bounds(), (Some(2_301), Some(3_500)));
        punctuality.answer(reading(15_950, 12_000, 16_050));
        assert_eq!(punctuality.skew_bounds(), (Some(2_951), Some(3_500)));
        punctuality.event(UUID, after(3_150));
        assert_eq!(punctuality.skew_bounds(), (Some(2_951), Some(3_150)));
        assert_eq!(punctuality.lateness(), Some(Duration::from_millis(100)));
    }

    #[test]
    fn a5_a_clock_that_was_set_begins_anew() {
        let mut punctuality = Punctuality::default();
        punctuality.answer(reading(10_000, 10_000, 10_100));
        let day = 86_400_000;
        punctuality.answer(reading(10_000 + day, 11_000, 10_100 + day));
        assert_eq!(punctuality.skew_bounds(), (Some(day - 1_999), Some(day - 900)));
        punctuality.event(UUID, after(day));
        assert!(punctuality.lateness().is_some());
    }
}
