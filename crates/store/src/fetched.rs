//! The spans of time whose records were fetched from the platform, by the calls' starts. Spans that meet are merged.

use ringside_domain::{Span, Timestamp};
use rusqlite::Connection;

use crate::column;

pub(crate) const V2: &str = "
CREATE TABLE fetched (
    scope TEXT NOT NULL,    -- what was asked for, in the asker's words
    since INTEGER NOT NULL, -- ms since 1970, included
    until INTEGER NOT NULL, -- ms since 1970, not included
    PRIMARY KEY (scope, since)
) STRICT, WITHOUT ROWID;
";

/// Adds a span and merges it with all spans that it meets or overlaps. An empty span changes nothing.
pub(crate) fn put(db: &Connection, scope: &str, span: Span) -> rusqlite::Result<()> {
    let (since, until) = (span.since.0, span.until.0);
    if since >= until {
        return Ok(());
    }
    let met = "scope = ?1 AND since <= ?3 AND until >= ?2";
    let (first, last): (i64, i64) = db
        .prepare_cached(&format!("SELECT coalesce(min(since), ?2), coalesce(max(until), ?3) FROM fetched WHERE {met}"))?
        .query_row((scope, since, until), |row| Ok((row.get(0)?, row.get(1)?)))?;
    db.prepare_cached(&format!("DELETE FROM fetched WHERE {met}"))?.execute((scope, since, until))?;
    db.prepare_cached("INSERT INTO fetched VALUES (?1, ?2, ?3)")?.execute((scope, first.min(since), last.max(until)))?;
    Ok(())
}

/// The spans of this scope in order. They neither meet nor overlap, even if rows of the table do.
pub(crate) fn all(db: &Connection, scope: &str) -> rusqlite::Result<Vec<Span>> {
    let mut spans: Vec<Span> = Vec::new();
    let mut statement = db.prepare_cached("SELECT since, until FROM fetched WHERE scope = ?1 ORDER BY since")?;
    let mut rows = statement.query([scope])?;
    while let Some(row) = rows.next()? {
        let (Some(since), Some(until)) = (column::number(row, 0)?.map(Timestamp), column::number(row, 1)?.map(Timestamp)) else { continue };
        match spans.last_mut() {
            _ if since >= until => {}
            Some(last) if since <= last.until => last.until = last.until.max(until),
            _ => spans.push(Span { since, until }),
        }
    }
    Ok(spans)
}
