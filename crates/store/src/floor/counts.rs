//! How many numbers and calls there are of each kind.

use ringside_domain::{CampaignCounts, CampaignId, DialledOutcome, DialledToday, NumberFate, PartState, Span, Timestamp};
use rusqlite::Connection;

use super::{dialled, number, part};
use crate::column;

/// Hours of a day in [`DialledToday`].
const HOURS: usize = 24;
const HOUR: i64 = 3_600_000;

/// Adds the calls of the campaign; `counts` has its numbers already.
pub(super) fn add_calls(
    db: &Connection,
    campaign: CampaignId,
    today: Span,
    since_30_days: Timestamp,
    counts: &mut CampaignCounts,
) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached(CALLS)?;
    let mut count = |outcome: DialledOutcome, since: i64, until: i64| -> rusqlite::Result<u32> {
        statement.query_row((campaign.0, dialled::code(outcome), since, until), |row| row.get(0))
    };
    let ever = (i64::MIN, i64::MAX);
    let of_today = (today.since.0, today.until.0);
    let recent = (since_30_days.0, i64::MAX);
    let mut both = |(since, until): (i64, i64)| -> rusqlite::Result<(u32, u32)> {
        Ok((count(DialledOutcome::Reached, since, until)?, count(DialledOutcome::Abandoned, since, until)?))
    };
    let (reached, abandoned) = both(ever)?;
    let (reached_today, abandoned_today) = both(of_today)?;
    let (reached_30_days, abandoned_30_days) = both(recent)?;
    counts.calls = count(DialledOutcome::NotAnswered, ever.0, ever.1)? + reached + abandoned;
    counts.answered = reached + abandoned;
    counts.reached = reached;
    counts.abandoned = abandoned;
    counts.answered_today = reached_today + abandoned_today;
    counts.abandoned_today = abandoned_today;
    counts.answered_30_days = reached_30_days + abandoned_30_days;
    counts.abandoned_30_days = abandoned_30_days;
    Ok(())
}

const CALLS: &str = "SELECT count(*) FROM dialled WHERE campaign = ?1 AND outcome = ?2 AND began_at >= ?3 AND began_at < ?4";

/// Of each part whose outcome is unknown: how many of its numbers were called.
pub(super) fn evidence(db: &Connection, campaign: CampaignId) -> rusqlite::Result<Vec<(u32, u32)>> {
    let mut evidence = Vec::new();
    part::each(db, campaign, |part| {
        if matches!(part.state, PartState::Unknown { .. }) {
            let mut counts = CampaignCounts::default();
            part.fates.count(&mut counts);
            evidence.push((part.number, counts.called));
        }
        Ok(())
    })?;
    Ok(evidence)
}

/// The accepted numbers without a call whose preset time is before, and not before, this time.
pub(super) fn preset(db: &Connection, campaign: CampaignId, at: Timestamp) -> rusqlite::Result<(u32, u32)> {
    let (mut before, mut not_before) = (0, 0);
    part::each(db, campaign, |part| {
        number::each_preset(db, part.sheet, part.first..part.first.saturating_add(part.fates.rows()), |place, preset| {
            let row = place - part.first;
            if part.fates.get(row) == Some(NumberFate::Taken) && !part.fates.is_called(row) {
                *(if preset < at { &mut before } else { &mut not_before }) += 1;
            }
        })
    })?;
    Ok((before, not_before))
}

/// The account's calls that began in this day. `utc_minutes`: how far the day's clock is ahead of UTC.
pub(super) fn today(db: &Connection, account: Option<i64>, day: Span, utc_minutes: i32) -> rusqlite::Result<DialledToday> {
    let mut sums = DialledToday { hours: vec![(0, 0); HOURS], ..DialledToday::default() };
    let mut statement =
        db.prepare_cached("SELECT outcome, began_at, waited_seconds FROM dialled WHERE account = ?1 AND began_at >= ?2 AND began_at < ?3")?;
    let mut rows = statement.query((account, day.since.0, day.until.0))?;
    while let Some(row) = rows.next()? {
        let outcome = dialled::outcome(column::number(row, 0)?);
        let hour = (row.get::<_, i64>(1)?.saturating_add(i64::from(utc_minutes) * 60_000).div_euclid(HOUR)).rem_euclid(24);
        if let Some((calls, reached)) = usize::try_from(hour).ok().and_then(|hour| sums.hours.get_mut(hour)) {
            *calls += 1;
            *reached += u32::from(outcome == DialledOutcome::Reached);
        }
        if outcome == DialledOutcome::NotAnswered {
            continue;
        }
        sums.answered += 1;
        sums.reached += u32::from(outcome == DialledOutcome::Reached);
        sums.abandoned += u32::from(outcome == DialledOutcome::Abandoned);
        sums.longest_wait_seconds = sums.longest_wait_seconds.max(column::number(row, 2)?.unwrap_or_default());
    }
    Ok(sums)
}
