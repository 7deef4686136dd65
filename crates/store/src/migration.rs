//! The migration steps of the schemas; `PRAGMA user_version` is the number of steps that were taken.

use rusqlite::{Connection, TransactionBehavior};

use crate::{StoreError, call, dead_letter, event, fetched, ledger, note, number, recording, search, set_aside, setting};

/// The steps of a schema, each a list of SQL.
pub(crate) type Steps = &'static [&'static [&'static str]];

/// The steps of `ringside.db`. Append only: a released step is never changed, not even its comments, which SQLite stores in the schema.
pub(crate) const STEPS: Steps = &[
    &[event::V1, dead_letter::V1, call::V1, setting::V1],
    &[note::V2, fetched::V2, recording::V2, search::BLOCK_V2, search::PENDING_V2],
    &[call::V3, search::BLOCK_V3, search::PENDING_V3],
    &[recording::V4],
    &[note::V5, search::PENDING_V5],
    &[ledger::V6],
    &[call::V7, search::BLOCK_V3, search::PENDING_V7],
    &[set_aside::V8, event::V8],
    &[number::V9, recording::V9],
];

/// The number of the schema that this program writes.
pub(crate) fn known(steps: Steps) -> i64 {
    i64::try_from(steps.len()).unwrap_or(i64::MAX)
}

pub(crate) fn version(db: &Connection) -> Result<i64, StoreError> {
    Ok(db.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// An error if a newer program wrote the schema; the database is not changed then (S10).
pub(crate) fn refuse_newer(db: &Connection, steps: Steps) -> Result<(), StoreError> {
    let (found, known) = (version(db)?, known(steps));
    if found > known { Err(StoreError::Newer { found, known }) } else { Ok(()) }
}

/// Takes the missing steps, each in one transaction with its number: a program that is killed midway leaves the old schema or the new
/// one (S9).
pub(crate) fn run(db: &mut Connection, steps: Steps) -> Result<(), StoreError> {
    refuse_newer(db, steps)?;
    let taken = version(db)?;
    for (number, step) in (1_i64..).zip(steps).filter(|(number, _)| *number > taken) {
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for sql in *step {
            transaction.execute_batch(sql)?;
        }
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}
