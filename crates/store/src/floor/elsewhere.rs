//! Campaigns made elsewhere: the dialler's calls that belong to no campaign of this desk, and the tasks that were named.

use std::collections::HashMap;

use ringside_domain::{Account, DialledOutcome, ElsewhereCalls, ElsewhereCounts, ElsewhereShown, ElsewhereTask, Timestamp};
use rusqlite::Connection;

use super::{dialled, number_key};
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

/// The calls of one number shown, and the keys of their customers.
#[derive(Default)]
struct Calls {
    counts: ElsewhereCounts,
    customers: Vec<i64>,
}

/// The account's calls since then. They are counted in one pass over an index that has all that is needed: `count(DISTINCT key)` in SQL takes
/// ten times as long.
pub(super) fn calls(db: &Connection, account: Option<i64>, since: Timestamp) -> rusqlite::Result<ElsewhereCalls> {
    let (reached, abandoned) = (dialled::code(DialledOutcome::Reached), dialled::code(DialledOutcome::Abandoned));
    let mut numbers: HashMap<Box<[u8]>, Calls> = HashMap::new();
    let mut statement = db.prepare_cached(
        "SELECT began_at, outcome, key, coalesce(shown, '') FROM dialled INDEXED BY dialled_elsewhere
         WHERE campaign IS NULL AND account = ?1 AND began_at >= ?2 ORDER BY began_at",
    )?;
    let mut rows = statement.query((account, since.0))?;
    while let Some(row) = rows.next()? {
        let (at, outcome, shown) = (Timestamp(row.get(0)?), row.get::<_, i64>(1)?, row.get_ref(3)?.as_bytes()?);
        if !numbers.contains_key(shown) {
            numbers
                .insert(shown.into(), Calls { counts: ElsewhereCounts { first_at: at, ..ElsewhereCounts::default() }, ..Calls::default() });
        }
        let Some(Calls { counts, customers }) = numbers.get_mut(shown) else { continue };
        counts.calls += 1;
        counts.reached += u32::from(outcome == reached);
        counts.abandoned += u32::from(outcome == abandoned);
        counts.last_at = at;
        customers.extend(Some(row.get::<_, i64>(2)?).filter(|key| *key != number_key::WITHHELD));
    }
    let (mut all, mut customers, mut shown) = (None::<ElsewhereCounts>, Vec::new(), Vec::new());
    for (number, mut calls) in numbers {
        calls.counts.answered = calls.counts.reached + calls.counts.abandoned;
        calls.counts.customers = different(&mut calls.customers);
        customers.append(&mut calls.customers);
        let all = all.get_or_insert(ElsewhereCounts { first_at: calls.counts.first_at, ..ElsewhereCounts::default() });
        all.calls += calls.counts.calls;
        all.answered += calls.counts.answered;
        all.reached += calls.counts.reached;
        all.abandoned += calls.counts.abandoned;
        all.first_at = all.first_at.min(calls.counts.first_at);
        all.last_at = all.last_at.max(calls.counts.last_at);
        shown.push(ElsewhereShown { number: String::from_utf8_lossy(&number).into_owned(), counts: calls.counts });
    }
    if let Some(all) = &mut all {
        all.customers = different(&mut customers);
    }
    shown.sort_unstable_by(|one, other| (other.counts.last_at, &one.number).cmp(&(one.counts.last_at, &other.number)));
    shown.truncate(MOST as usize);
    Ok(ElsewhereCalls { all, shown })
}

/// Leaves each key once.
fn different(keys: &mut Vec<i64>) -> u32 {
    keys.sort_unstable();
    keys.dedup();
    u32::try_from(keys.len()).unwrap_or(u32::MAX)
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
