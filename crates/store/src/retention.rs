//! Deleting calls and callbacks that are older than a limit, a few at a time.

use ringside_domain::{CallId, Timestamp};
use rusqlite::Connection;

use crate::{call, recording, setting};

/// How much was deleted, and whether there is more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deleted {
    pub calls: u64,
    /// Callbacks.
    pub events: u64,
    /// There may be more to delete.
    pub more: bool,
}

/// The setting with the highest id that a deleted call had, so that no id is given twice.
const HIGHEST: &str = "store.highest_deleted_call";

/// Deletes up to `limit` calls that began before `before`, and up to `limit` callbacks received before it, the oldest first. Also all
/// older dead letters and data set aside, which are few. The newest callback and dead letter stay, emptied: their ids are the counts.
pub(crate) fn delete(db: &Connection, before: Timestamp, limit: u32) -> rusqlite::Result<Deleted> {
    let calls: Vec<i64> = db
        .prepare_cached("SELECT id FROM call WHERE started_at < ?1 ORDER BY started_at, id LIMIT ?2")?
        .query_map((before.0, limit), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    if let Some(highest) = calls.iter().copied().filter(|id| (1..=call::HIGHEST_ID).contains(id)).max() {
        let highest = highest.max(highest_deleted(db)?.map_or(0, call::id_number));
        setting::put(db, HIGHEST, &highest.to_string())?;
    }
    for id in &calls {
        recording::discard(db, *id)?;
        call::delete(db, *id)?;
        db.prepare_cached("DELETE FROM note WHERE call = ?1")?.execute([id])?;
    }
    // By id, which is the order of receipt: the query ends at the limit even if no callback is old enough.
    let events = db
        .prepare_cached(
            "DELETE FROM event WHERE id <= (SELECT max(id) FROM (SELECT id, received_at FROM event ORDER BY id LIMIT ?2)
                 WHERE received_at < ?1)
             AND id < (SELECT max(id) FROM event)",
        )?
        .execute((before.0, limit))?;
    // The newest stays, since its id is the count; its content goes.
    db.execute("UPDATE event SET payload = '' WHERE id = (SELECT max(id) FROM event) AND received_at < ?1 AND payload <> ''", [before.0])?;
    db.execute("DELETE FROM dead_letter WHERE received_at < ?1 AND id < (SELECT max(id) FROM dead_letter)", [before.0])?;
    db.execute("UPDATE dead_letter SET body = x'', reason = '' WHERE received_at < ?1", [before.0])?;
    db.execute("DELETE FROM set_aside WHERE at < ?1", [before.0])?;
    let more = [calls.len(), events].iter().any(|deleted| *deleted >= limit as usize);
    Ok(Deleted { calls: calls.len() as u64, events: events as u64, more })
}

pub(crate) fn highest_deleted(db: &Connection) -> rusqlite::Result<Option<CallId>> {
    let highest: Option<i64> = setting::get(db, HIGHEST)?.and_then(|json| json.parse().ok());
    Ok(highest.filter(|id| (1..=call::HIGHEST_ID).contains(id)).map(call::call_id))
}
