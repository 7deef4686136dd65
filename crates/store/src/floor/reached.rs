//! Customers who were reached by other calls than the dialler's.

use ringside_domain::{NumberRules, ReachedOtherwise, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use super::{clean::DELETED, number_key};

pub(super) const V4: &str = "
CREATE TABLE reached (
    account INTEGER NOT NULL, -- account.id
    key     INTEGER NOT NULL, -- of the number by the number rules
    at      INTEGER NOT NULL, -- ms since 1970; the begin of the last such call
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX reached_by_age ON reached (at);
";

pub(super) fn put(db: &Connection, account: i64, numbers: &NumberRules, reached: &[ReachedOtherwise]) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached(
        "INSERT INTO reached VALUES (?1, ?2, ?3) ON CONFLICT (account, key) DO UPDATE SET at = excluded.at WHERE excluded.at > at",
    )?;
    for ReachedOtherwise { phone, at } in reached {
        statement.execute((account, number_key::by_rules(numbers, phone), at.0))?;
    }
    Ok(())
}

/// Whether the customer of the account was reached since then.
pub(super) fn since(db: &Connection, account: Option<i64>, numbers: &NumberRules, phone: &str, since: Timestamp) -> rusqlite::Result<bool> {
    let at: Option<i64> = db
        .prepare_cached("SELECT at FROM reached WHERE account = ?1 AND key = ?2")?
        .query_row((account, number_key::by_rules(numbers, phone)), |row| row.get(0))
        .optional()?;
    Ok(at.is_some_and(|at| at >= since.0))
}

/// Deletes some of the customers who were reached before this time only. False: there were none.
pub(super) fn delete_before(db: &Connection, at: Timestamp) -> rusqlite::Result<bool> {
    let deleted = db
        .prepare_cached(
            "DELETE FROM reached WHERE (account, key) IN (SELECT account, key FROM reached WHERE at < ?1 ORDER BY at LIMIT ?2)",
        )?
        .execute((at.0, DELETED))?;
    Ok(deleted > 0)
}
