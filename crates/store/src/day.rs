//! The sums of the view «My day».

use ringside_domain::{CallOutcome, LogRow, Owner, Sums, Timestamp};
use rusqlite::Connection;

use crate::entry;

/// The sums of the calls that began between each boundary and the next: one fewer than `boundaries`, which must ascend.
pub(crate) fn sums(db: &Connection, owner: Option<&Owner>, boundaries: &[Timestamp]) -> rusqlite::Result<Vec<Sums>> {
    let mut sums = vec![Sums::default(); boundaries.len().saturating_sub(1)];
    let (Some(first), Some(last)) = (boundaries.first(), boundaries.last()) else { return Ok(sums) };
    let mut statement = db.prepare_cached(&entry::select("WHERE started_at >= ?1 AND started_at < ?2"))?;
    let mut rows = statement.query((first.0, last.0))?;
    while let Some(row) = rows.next()? {
        let LogRow { call, outcome, note } = entry::read(row)?;
        if owner.is_some_and(|owner| !call.is_of(owner)) {
            continue;
        }
        let bucket = boundaries.partition_point(|boundary| *boundary <= call.started_at).saturating_sub(1);
        let Some(sum) = sums.get_mut(bucket) else { continue };
        match outcome {
            Some(CallOutcome::Answered) => sum.answered += 1,
            Some(CallOutcome::Missed) => sum.missed += 1,
            Some(CallOutcome::NoAnswer) => sum.no_answer += 1,
            None => {}
        }
        sum.talk_seconds += call.talked_seconds.map_or_else(|| seconds(call.answered_at, call.ended_at), u64::from);
        sum.ring_seconds += seconds(call.rang_at, call.answered_at.or(call.ended_at));
        sum.wrap_up_seconds += seconds(call.ended_at, note.wrapped_up_at);
    }
    Ok(sums)
}

fn seconds(from: Option<Timestamp>, to: Option<Timestamp>) -> u64 {
    from.zip(to).map_or(0, |(from, to)| to.since(from).as_secs())
}
