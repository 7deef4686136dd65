//! The shift receipt: what the ledger holds of a stretch of time.

use ringside_domain::{Extension, LedgerEntry, Owner, Problem, Sums, Timestamp};
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
    /// Of the owner, or of all who use the data folder; `to` is not in it. Blocks.
    pub fn read(store: &Store, owner: Option<&Owner>, from: Timestamp, to: Timestamp) -> Result<Self, StoreError> {
        let mut rows = Vec::new();
        let mut signed_in: Option<Extension> = None;
        let chain = store.ledger(None, |row| {
            if let Some(LedgerEntry::SignedIn { extension, .. }) = &row.entry {
                signed_in = Some(extension.clone());
            }
            let is_theirs = owner.is_none_or(|owner| signed_in.as_ref().is_none_or(|extension| *extension == owner.extension));
            if is_theirs && (from..to).contains(&row.at) {
                rows.push(row);
            }
        })?;
        let sums = store.sums(owner, &[from, to])?.into_iter().next().unwrap_or_default();
        Ok(Self { from, to, rows, chain, sums })
    }
}

impl Handle {
    /// As [`ShiftReceipt::read`], of the agent at the desk, while the engine runs.
    pub async fn shift_receipt(&self, from: Timestamp, to: Timestamp) -> Result<ShiftReceipt, Problem> {
        let owner = self.snapshots.borrow().owner();
        self.reads.read(move |store| ShiftReceipt::read(store, Some(&owner), from, to)).await
    }
}
