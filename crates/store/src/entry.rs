//! Entries of the log: a call with its note.

use ringside_domain::{CallId, LogRow, NumberRules, Owner, Timestamp, is_withheld};
use rusqlite::{Connection, Row};

use crate::{
    call::{self, call_id, id_number},
    note,
};

/// The SQL that reads entries; `rest` begins with WHERE.
pub(crate) fn select(rest: &str) -> String {
    format!("SELECT {}, call.* FROM call LEFT JOIN note ON note.call = call.id {rest}", note::COLUMNS)
}

pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<LogRow> {
    Ok(LogRow::new(call::read(row, note::COUNT)?, note::read(row)?))
}

/// Reads call and note by two statements, since SQLite plans a joined statement anew for each value that it is given.
pub(crate) fn get(db: &Connection, id: i64) -> rusqlite::Result<Option<LogRow>> {
    let call = call::get(db, call_id(id))?;
    call.map(|call| Ok(LogRow::new(call, note::get(db, id)?))).transpose()
}

/// The owner's calls with this customer number in any spelling that began before `before`, newest first. A withheld number has none.
pub(crate) fn earlier(
    db: &Connection,
    owner: &Owner,
    number: &str,
    rules: &NumberRules,
    before: Timestamp,
    limit: usize,
) -> rusqlite::Result<Vec<LogRow>> {
    if is_withheld(number) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for sql in [EARLIER, EARLIER_SPELT] {
        let mut statement = db.prepare_cached(sql)?;
        for spelling in rules.spellings(number) {
            let rows = statement.query_map(
                (spelling, &owner.account, &owner.extension.0, before.0, limit.min(i64::MAX as usize) as i64, &owner.agent),
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            for row in rows {
                found.push(row?);
            }
        }
    }
    found.sort_unstable_by(|a: &(i64, i64), b| b.cmp(a));
    found.dedup();
    found.into_iter().take(limit).filter_map(|(_, id)| get(db, id).transpose()).collect()
}

pub(crate) const EARLIER: &str =
    "SELECT started_at, id FROM call WHERE customer_number = ?1 AND account = ?2 AND extension = ?3 AND started_at < ?4
     AND (?6 IS NULL OR agent = ?6) ORDER BY started_at DESC, id DESC LIMIT ?5";

/// The calls whose number is stored in another spelling than its normal form.
pub(crate) const EARLIER_SPELT: &str =
    "SELECT call.started_at, call.id FROM spelt JOIN call ON call.id = spelt.call WHERE spelt.plain = ?1 AND call.account = ?2
     AND call.extension = ?3 AND call.started_at < ?4 AND (?6 IS NULL OR call.agent = ?6) ORDER BY call.started_at DESC, call.id DESC LIMIT ?5";

pub(crate) fn of_call(db: &Connection, id: CallId) -> rusqlite::Result<Option<LogRow>> {
    get(db, id_number(id))
}
