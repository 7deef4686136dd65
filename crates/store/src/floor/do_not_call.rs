//! Customers who must not be called.

use ringside_domain::{DoNotCall, Timestamp, is_withheld, plain_number};
use rusqlite::{Connection, Row};

use super::number_key::key;
use crate::column;

pub(super) const V1: &str = "
CREATE TABLE do_not_call (
    key    INTEGER PRIMARY KEY, -- of the number in its plain form
    phone  TEXT NOT NULL,       -- in its plain form
    since  INTEGER NOT NULL,    -- ms since 1970
    by     TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX do_not_call_by_time ON do_not_call (since, key);
";

/// Adds the number; an earlier entry of it stays as it is. A withheld number has no entry: it would forbid all withheld numbers.
pub(super) fn put(db: &Connection, entry: &DoNotCall) -> rusqlite::Result<()> {
    if !is_withheld(&entry.phone) {
        db.prepare_cached("INSERT INTO do_not_call VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (key) DO NOTHING")?.execute((
            key(&entry.phone),
            plain_number(&entry.phone),
            entry.since.0,
            &entry.by,
            &entry.reason,
        ))?;
    }
    Ok(())
}

pub(super) fn delete(db: &Connection, phone: &str) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM do_not_call WHERE key = ?1")?.execute([key(phone)])?;
    Ok(())
}

pub(super) fn contains(db: &Connection, phone: &str) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM do_not_call WHERE key = ?1")?.exists([key(phone)])
}

/// The keys of all entries, in order.
pub(super) fn each_key(db: &Connection, mut each: impl FnMut(i64)) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached("SELECT key FROM do_not_call ORDER BY key")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        each(row.get(0)?);
    }
    Ok(())
}

/// The entries whose number contains these digits, newest first. Empty digits: all.
pub(super) fn page(db: &Connection, digits: &str, skip: u64, limit: u64) -> rusqlite::Result<Vec<DoNotCall>> {
    db.prepare_cached(
        "SELECT phone, since, by, reason FROM do_not_call WHERE ?1 = '' OR instr(phone, ?1) ORDER BY since DESC, key DESC LIMIT ?3 OFFSET ?2",
    )?
    .query_map((digits, skip.cast_signed(), limit.cast_signed()), read)?
    .collect()
}

pub(super) fn count(db: &Connection, digits: &str) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT count(*) FROM do_not_call WHERE ?1 = '' OR instr(phone, ?1)")?
        .query_row([digits], |row| Ok(row.get::<_, i64>(0)?.cast_unsigned()))
}

fn read(row: &Row<'_>) -> rusqlite::Result<DoNotCall> {
    Ok(DoNotCall {
        phone: column::filled(row, 0)?,
        since: Timestamp(column::number(row, 1)?.unwrap_or_default()),
        by: column::filled(row, 2)?,
        reason: column::filled(row, 3)?,
    })
}
