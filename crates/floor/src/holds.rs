//! Why campaigns make no calls for now: calling hours, the limit of abandoned calls, a team break. A person's pause is a hold of its own,
//! which nothing here ends.

use std::time::Duration;

use ringside_domain::{CallingHours, HoldReason, Now, Timestamp};

use crate::{
    Floor,
    campaigns::Kept,
    desk::{Desk, Entry},
    writes::{Lane, Then},
};

/// The clock is compared at least this often while a campaign has calling hours: it may be set.
const LOOK: Duration = Duration::from_secs(30);

/// Whether calls may be made now. Without a trusted clock they may not; hours that make no sense never permit any.
pub(crate) fn permit(hours: Option<&CallingHours>, desk: &Desk, at: Timestamp) -> bool {
    let Some(hours) = hours else { return true };
    let (day, since_midnight) = desk.day(at);
    let minute = since_midnight / 60_000;
    desk.is_clock_trusted()
        && hours.days.contains(&weekday(day))
        && (i64::from(hours.from)..i64::from(hours.to.min(1440))).contains(&minute)
}

/// 1 Monday to 7 Sunday; 1970-01-01 was a Thursday.
fn weekday(day: i64) -> u8 {
    u8::try_from((day + 3).rem_euclid(7) + 1).unwrap_or(0)
}

/// The next begin or end of the hours after this time, on one of the next eight days.
fn next_change(hours: &CallingHours, desk: &Desk, at: Timestamp) -> Option<Timestamp> {
    let (today, _) = desk.day(at);
    let times = (today..today + 8).flat_map(|day| [desk.time_of(day, hours.from), desk.time_of(day, hours.to)]);
    times.filter(|time| *time > at).min()
}

impl Floor {
    /// It has calling hours, and the clock was not compared in this run.
    pub(crate) fn awaits_clock(&self, kept: &Kept) -> bool {
        kept.campaign().plan.limits.hours.is_some() && !self.desk.is_clock_judged()
    }

    pub(crate) fn settle_holds(&mut self, now: Now) {
        self.desk.settle_clock(now);
        let ids: Vec<_> = self.campaigns.all().filter(|kept| kept.is_live() && !kept.is_new()).map(|kept| kept.campaign().id).collect();
        for id in ids {
            let Some(kept) = self.campaigns.of(id) else { continue };
            let (limits, counts) = (&kept.campaign().plan.limits, kept.counts());
            let awaits_clock = self.awaits_clock(kept);
            let wanted = [
                (HoldReason::Hours, !permit(limits.hours.as_ref(), &self.desk, now.wall)),
                (HoldReason::Abandoned, limits.pause_at_limit && limits.is_reached(counts.answered_today, counts.abandoned_today)),
                (HoldReason::TeamBreak, self.breaks.holds(&kept.campaign().account, &kept.campaign().plan.target)),
            ];
            for (reason, holds) in wanted.into_iter().filter(|(reason, _)| *reason != HoldReason::Hours || !awaits_clock) {
                self.set_hold(id, reason, holds, None, now);
            }
        }
    }

    /// Begins or ends a hold; whether this changed something.
    pub(crate) fn set_hold(
        &mut self,
        id: ringside_domain::CampaignId,
        reason: HoldReason,
        holds: bool,
        by: Option<&str>,
        now: Now,
    ) -> bool {
        let Some(kept) = self.campaigns.of_mut(id) else { return false };
        if !kept.hold(reason, holds, by, now.wall) {
            return false;
        }
        let detail = match reason {
            HoldReason::Person => "person",
            HoldReason::Hours => "hours",
            HoldReason::Abandoned => "abandoned",
            HoldReason::TeamBreak => "teamBreak",
        };
        let what = match (reason, holds) {
            (HoldReason::Person, true) => "pause",
            (HoldReason::Person, false) => "resume",
            (_, true) => "hold",
            (_, false) => "release",
        };
        let entry = Entry { by: by.unwrap_or_default(), what, subject: &kept.subject(), result: "done", detail };
        let changes = vec![kept.change(), entry.at(now.wall)];
        self.writes.push(Lane::Campaign(id), changes, Then::Nothing);
        true
    }

    pub(crate) fn holds_deadline(&self) -> Option<Duration> {
        let now = self.last_now;
        let hours = |kept: &Kept| kept.campaign().plan.limits.hours.clone().filter(|_| kept.is_live());
        let next = self.campaigns.all().filter_map(hours).filter_map(|hours| next_change(&hours, &self.desk, now.wall)).min();
        next.map(|at| now.mono + at.since(now.wall).clamp(Duration::from_millis(1), LOOK))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2024-01-01 was a Monday.
    const MONDAY: i64 = 1_704_067_200_000;

    fn trusting(utc_minutes: i32) -> Desk {
        let mut desk = Desk::new(utc_minutes, 1);
        desk.trust_clock(true);
        desk
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp(MONDAY + minutes * 60_000)
    }

    #[test]
    fn hours_are_those_of_the_platforms_zone_and_days_change_at_its_midnight() {
        let desk = trusting(480);
        let hours = CallingHours { days: vec![1, 2], from: 0, to: 1440 };
        // 08:00 ahead of UTC: Monday begins at 16:00 UTC on Sunday.
        assert!(!permit(Some(&hours), &desk, at(-8 * 60 - 1)));
        assert!(permit(Some(&hours), &desk, at(-8 * 60)));
        assert!(permit(Some(&hours), &desk, at(40 * 60 - 1)), "Tuesday's last minute");
        assert!(!permit(Some(&hours), &desk, at(40 * 60)));
        assert_eq!(next_change(&hours, &desk, at(-8 * 60 - 1)), Some(at(-8 * 60)));
    }

    #[test]
    fn the_first_minute_is_in_and_the_last_is_out() {
        let desk = trusting(0);
        let hours = CallingHours { days: vec![1], from: 540, to: 1080 };
        let permitted: Vec<bool> = [539, 540, 1079, 1080].map(|minute| permit(Some(&hours), &desk, at(minute))).into();
        assert_eq!(permitted, [false, true, true, false]);
        assert_eq!(next_change(&hours, &desk, at(540)), Some(at(1080)));
        assert!(!permit(Some(&hours), &desk, at(1440 + 600)), "Tuesday is no day of it");
    }

    #[test]
    fn without_a_trusted_clock_or_with_hours_that_make_no_sense_nothing_is_called() {
        let mut desk = trusting(0);
        let wrong = CallingHours { days: vec![1], from: 1200, to: 600 };
        assert!(!permit(Some(&wrong), &desk, at(1300)) && !permit(Some(&wrong), &desk, at(500)));
        assert!(!permit(Some(&CallingHours { days: vec![], from: 0, to: 1440 }), &desk, at(500)));
        desk.trust_clock(false);
        assert!(!permit(Some(&CallingHours { days: vec![1], from: 0, to: 1440 }), &desk, at(500)));
        assert!(permit(None, &desk, at(500)), "without hours there is nothing to keep");
    }
}
