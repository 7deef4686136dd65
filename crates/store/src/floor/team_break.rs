//! Team breaks that are not over.

use ringside_domain::{Account, QueueName, StoredTeamBreak};
use rusqlite::Connection;

use crate::StoreError;

pub(super) const V1: &str = "
CREATE TABLE team_break (
    account TEXT NOT NULL, -- JSON
    queue   TEXT NOT NULL,
    json    TEXT NOT NULL,
    PRIMARY KEY (account, queue)
) STRICT, WITHOUT ROWID;
";

pub(super) fn put(db: &Connection, team_break: &StoredTeamBreak) -> Result<(), StoreError> {
    db.prepare_cached("INSERT INTO team_break VALUES (?1, ?2, ?3) ON CONFLICT (account, queue) DO UPDATE SET json = excluded.json")?
        .execute((json(&team_break.account)?, &team_break.queue.0, json(team_break)?))?;
    Ok(())
}

pub(super) fn delete(db: &Connection, account: &Account, queue: &QueueName) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM team_break WHERE account = ?1 AND queue = ?2")?.execute((json(account)?, &queue.0))?;
    Ok(())
}

/// A break that cannot be read is left out.
pub(super) fn all(db: &Connection) -> rusqlite::Result<Vec<StoredTeamBreak>> {
    let mut breaks = Vec::new();
    let mut statement = db.prepare_cached("SELECT json FROM team_break ORDER BY account, queue")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        match serde_json::from_slice(row.get_ref(0)?.as_bytes().unwrap_or_default()) {
            Ok(team_break) => breaks.push(team_break),
            Err(error) => tracing::error!(%error, "a stored team break cannot be read"),
        }
    }
    Ok(breaks)
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Failed(error.to_string()))
}
