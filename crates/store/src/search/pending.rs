//! The calls that changed since their block was built. Triggers add them, so that no kind of write can be forgotten.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::{Key, block, count};

pub(crate) const V2: &str = "
CREATE TABLE search_pending (
    started_at INTEGER NOT NULL, -- where it is or was in the log
    call       INTEGER NOT NULL, -- call.id
    PRIMARY KEY (started_at, call)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER search_call_inserted AFTER INSERT ON call BEGIN
    INSERT INTO search_pending VALUES (new.started_at, new.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_call_deleted AFTER DELETE ON call BEGIN
    INSERT INTO search_pending VALUES (old.started_at, old.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_call_updated AFTER UPDATE ON call
WHEN old.id <> new.id OR old.started_at <> new.started_at OR old.customer_number <> new.customer_number OR old.direction <> new.direction
    OR old.queue IS NOT new.queue OR old.member_id IS NOT new.member_id OR old.customer_id IS NOT new.customer_id
    OR (old.rang_at IS NULL) <> (new.rang_at IS NULL) OR (old.answered_at IS NULL) <> (new.answered_at IS NULL)
    OR (old.ended_at IS NULL) <> (new.ended_at IS NULL)
BEGIN
    INSERT INTO search_pending VALUES (old.started_at, old.id), (new.started_at, new.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_note_inserted AFTER INSERT ON note BEGIN
    INSERT INTO search_pending SELECT started_at, id FROM call WHERE id = new.call ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_note_updated AFTER UPDATE ON note
WHEN old.call <> new.call OR old.text <> new.text OR old.disposition IS NOT new.disposition OR (old.done_at IS NULL) <> (new.done_at IS NULL)
BEGIN
    INSERT INTO search_pending SELECT started_at, id FROM call WHERE id IN (old.call, new.call) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_note_deleted AFTER DELETE ON note BEGIN
    INSERT INTO search_pending SELECT started_at, id FROM call WHERE id = old.call ON CONFLICT DO NOTHING;
END;
";

pub(crate) const V3: &str = "
DROP TRIGGER search_call_updated;
CREATE TRIGGER search_call_updated AFTER UPDATE ON call
WHEN old.id <> new.id OR old.started_at <> new.started_at OR old.customer_number <> new.customer_number OR old.direction <> new.direction
    OR old.account <> new.account OR old.extension <> new.extension
    OR old.queue IS NOT new.queue OR old.member_id IS NOT new.member_id OR old.customer_id IS NOT new.customer_id
    OR (old.rang_at IS NULL) <> (new.rang_at IS NULL) OR (old.answered_at IS NULL) <> (new.answered_at IS NULL)
    OR (old.ended_at IS NULL) <> (new.ended_at IS NULL)
BEGIN
    INSERT INTO search_pending VALUES (old.started_at, old.id), (new.started_at, new.id) ON CONFLICT DO NOTHING;
END;
";

/// As in V2, and also when `owed_at` is set or cleared.
pub(crate) const V5: &str = "
DROP TRIGGER search_note_updated;
CREATE TRIGGER search_note_updated AFTER UPDATE ON note
WHEN old.call <> new.call OR old.text <> new.text OR old.disposition IS NOT new.disposition
    OR (old.done_at IS NULL) <> (new.done_at IS NULL) OR (old.owed_at IS NULL) <> (new.owed_at IS NULL)
BEGIN
    INSERT INTO search_pending SELECT started_at, id FROM call WHERE id IN (old.call, new.call) ON CONFLICT DO NOTHING;
END;
";

/// As in V3, and also when the agent changes.
pub(crate) const V7: &str = "
DROP TRIGGER search_call_updated;
CREATE TRIGGER search_call_updated AFTER UPDATE ON call
WHEN old.id <> new.id OR old.started_at <> new.started_at OR old.customer_number <> new.customer_number OR old.direction <> new.direction
    OR old.account <> new.account OR old.extension <> new.extension OR old.agent IS NOT new.agent
    OR old.queue IS NOT new.queue OR old.member_id IS NOT new.member_id OR old.customer_id IS NOT new.customer_id
    OR (old.rang_at IS NULL) <> (new.rang_at IS NULL) OR (old.answered_at IS NULL) <> (new.answered_at IS NULL)
    OR (old.ended_at IS NULL) <> (new.ended_at IS NULL)
BEGIN
    INSERT INTO search_pending VALUES (old.started_at, old.id), (new.started_at, new.id) ON CONFLICT DO NOTHING;
END;
";

/// Calls that may wait, at most: each search reads all of them.
pub(super) const MOST: usize = if cfg!(test) { 5 } else { 128 };

/// The keys of the waiting calls, in the order of the log.
pub(super) fn all(db: &Connection) -> rusqlite::Result<Vec<Key>> {
    db.prepare_cached("SELECT started_at, call FROM search_pending ORDER BY started_at, call")?
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Whether too many calls wait.
pub(crate) fn is_untidy(db: &Connection) -> rusqlite::Result<bool> {
    Ok(count(db, "SELECT count(*) FROM search_pending", ())? > MOST)
}

/// Builds the blocks of the waiting calls anew, up to `blocks` of them. True: there are more.
pub(crate) fn tidy(db: &Connection, blocks: usize) -> rusqlite::Result<bool> {
    let pending = all(db)?;
    let map = block::map(db)?;
    let touched: BTreeSet<usize> = pending.iter().map(|key| map.at(*key)).collect();
    for place in touched.iter().copied().take(blocks) {
        let range = map.range(place);
        block::build(db, range, map.blocks.get(place))?;
        db.prepare_cached("DELETE FROM search_pending WHERE (started_at, call) BETWEEN (?1, ?2) AND (?3, ?4)")?
            .execute((range.0.0, range.0.1, range.1.0, range.1.1))?;
    }
    Ok(touched.len() > blocks)
}
