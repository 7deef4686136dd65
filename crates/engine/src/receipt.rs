//! The shift receipt: what the ledger holds of a stretch of time.

use ringside_domain::{Problem, Sums, Timestamp};
use ringside_store::{Chain, LedgerRow, Store, StoreError};

use crate::Handle;

#[derive(Clone, Debug)]
pub struct ShiftReceipt {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Entered in that time, in order, as far as the chain is sound.
    pub rows: Vec<LedgerRow>,
    /// Of the whole ledger.
    pub chain: Chain,
    /// Of the calls that began in that time, from the log.
    pub sums: Sums,
}

impl ShiftReceipt {
    /// `to` is not in it. Blocks.
    pub fn read(store: &Store, from: Timestamp, to: Timestamp) -> Result<Self, StoreError> {
        let mut rows = Vec::new();
        let chain = store.ledger(None, |row| {
            if (from..to).contains(&row.at) {
                rows.push(row);
            }
        })?;
        let sums = store.sums(&[from, to])?.into_iter().next().unwrap_or_default();
        Ok(Self { from, to, rows, chain, sums })
    }
}

impl Handle {
    /// As [`ShiftReceipt::read`], while the engine runs.
    pub async fn shift_receipt(&self, from: Timestamp, to: Timestamp) -> Result<ShiftReceipt, Problem> {
        self.reads.read(move |store| ShiftReceipt::read(store, from, to)).await
    }
}
