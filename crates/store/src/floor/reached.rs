//! Customers who were reached by other calls than the dialler's.

use ringside_domain::{Dialled, NumberRules, ReachedOtherwise};
use rusqlite::{Connection, OptionalExtension};

use super::number_key;

pub(super) const V1: &str = "
CREATE TABLE reached (
    key INTEGER PRIMARY KEY, -- of the number by the number rules
    at  INTEGER NOT NULL     -- ms since 1970; the begin of the last such call
) STRICT;
";

pub(super) fn put(db: &Connection, numbers: &NumberRules, reached: &[ReachedOtherwise]) -> rusqlite::Result<()> {
    let mut statement =
        db.prepare_cached("INSERT INTO reached VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET at = excluded.at WHERE excluded.at > at")?;
    for ReachedOtherwise { phone, at } in reached {
        statement.execute((number_key::in_calls(numbers, phone), at.0))?;
    }
    Ok(())
}

/// Whether the customer was reached since this call began.
pub(super) fn since(db: &Connection, numbers: &NumberRules, call: &Dialled) -> rusqlite::Result<bool> {
    let at: Option<i64> = db
        .prepare_cached("SELECT at FROM reached WHERE key = ?1")?
        .query_row([number_key::in_calls(numbers, &call.phone)], |row| row.get(0))
        .optional()?;
    Ok(at.is_some_and(|at| at >= call.began_at.0))
}
