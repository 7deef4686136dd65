//! Campaigns made elsewhere: the dialler's calls that belong to no campaign of this desk, and the tasks that were named.

use ringside_domain::{Account, DialledOutcome, ElsewhereCalls, ElsewhereCounts, ElsewhereShown, ElsewhereTask, Timestamp};
use rusqlite::{Connection, Row};

use super::dialled;
use crate::{StoreError, column};

pub(super) const V4: &str = "
ALTER TABLE dialled ADD COLUMN shown TEXT; -- the number shown to the customer
CREATE INDEX dialled_elsewhere ON dialled (account, began_at, shown, outcome, key) WHERE campaign IS NULL;
CREATE TABLE elsewhere_task (
    account INTEGER NOT NULL, -- account.id
    task_id TEXT NOT NULL,
    since   INTEGER NOT NULL, -- ms since 1970
    json    TEXT NOT NULL,
    PRIMARY KEY (account, task_id)
) STRICT, WITHOUT ROWID;
";

/// Numbers shown, and tasks of an account.
const MOST: u32 = 100;
/// The columns that [`counts`] reads, in its order. ?2 and ?3: the outcomes.
const COUNTS: &str = "count(DISTINCT key), count(*), sum(outcome = ?2), sum(outcome = ?3), min(began_at), max(began_at)";
const CALLS: &str = "FROM dialled WHERE campaign IS NULL AND account = ?4 AND began_at >= ?1";

/// The account's calls since then.
pub(super) fn calls(db: &Connection, account: Option<i64>, since: Timestamp) -> rusqlite::Result<ElsewhereCalls> {
    let asked = (since.0, dialled::code(DialledOutcome::Reached), dialled::code(DialledOutcome::Abandoned), account);
    let all = db.prepare_cached(&format!("SELECT {COUNTS} {CALLS}"))?.query_row(asked, counts)?;
    let sql = format!("SELECT {COUNTS}, coalesce(shown, '') {CALLS} GROUP BY coalesce(shown, '') ORDER BY max(began_at) DESC LIMIT {MOST}");
    let shown = db
        .prepare_cached(&sql)?
        .query_map(asked, |row| Ok(ElsewhereShown { number: column::filled(row, 6)?, counts: counts(row)? }))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(ElsewhereCalls { all: Some(all).filter(|all| all.calls > 0), shown })
}

fn counts(row: &Row<'_>) -> rusqlite::Result<ElsewhereCounts> {
    let number = |at| Ok::<u32, rusqlite::Error>(column::number(row, at)?.unwrap_or_default());
    let time = |at| Ok::<_, rusqlite::Error>(Timestamp(column::number(row, at)?.unwrap_or_default()));
    let (reached, abandoned) = (number(2)?, number(3)?);
    Ok(ElsewhereCounts {
        customers: number(0)?,
        calls: number(1)?,
        answered: reached + abandoned,
        reached,
        abandoned,
        first_at: time(4)?,
        last_at: time(5)?,
    })
}

/// The newest tasks of the account are kept.
pub(super) fn put_task(db: &Connection, account: i64, task: &ElsewhereTask) -> Result<(), StoreError> {
    let json = serde_json::to_string(task).map_err(|error| StoreError::Failed(error.to_string()))?;
    db.prepare_cached(
        "INSERT INTO elsewhere_task VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (account, task_id) DO UPDATE SET since = excluded.since, json = excluded.json",
    )?
    .execute((account, &task.task_id, task.since.0, json))?;
    db.prepare_cached(
        "DELETE FROM elsewhere_task WHERE account = ?1
         AND task_id NOT IN (SELECT task_id FROM elsewhere_task WHERE account = ?1 ORDER BY since DESC, task_id LIMIT ?2)",
    )?
    .execute((account, MOST))?;
    Ok(())
}

/// The newest first, with their accounts. A task that cannot be read is left out.
pub(super) fn tasks(db: &Connection) -> rusqlite::Result<Vec<(Account, ElsewhereTask)>> {
    let mut tasks = Vec::new();
    let mut statement =
        db.prepare_cached("SELECT url, appid, json FROM elsewhere_task JOIN account ON account.id = account ORDER BY since DESC, task_id")?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        match serde_json::from_slice(row.get_ref(2)?.as_bytes().unwrap_or_default()) {
            Ok(task) => tasks.push((Account { url: column::filled(row, 0)?, appid: column::filled(row, 1)? }, task)),
            Err(error) => tracing::error!(%error, "a stored task cannot be read"),
        }
    }
    Ok(tasks)
}
