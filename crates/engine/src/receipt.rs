//! The shift receipt: what the ledger holds of a stretch of time.

use ringside_domain::{LedgerEntry, Owner, Problem, Sums, Timestamp};
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
        let mut is_theirs = true;
        let chain = store.ledger(None, |row| {
            if let (Some(owner), Some(LedgerEntry::SignedIn { extension, agent_id })) = (owner, &row.entry) {
                is_theirs = *extension == owner.extension && owner.agent.as_ref().is_none_or(|agent| agent == agent_id);
            }
            if is_theirs && (from..to).contains(&row.at) {
                rows.push(row);
            }
        })?;
        if let Some(owner) = owner {
            // Of calls that were known by their records alone, some are of who worked here before.
            let mut theirs = Vec::with_capacity(rows.len());
            for row in rows {
                let call = match row.entry {
                    Some(LedgerEntry::Call { call, .. }) => store.call(call)?,
                    _ => None,
                };
                if call.is_none_or(|call| call.is_of(owner)) {
                    theirs.push(row);
                }
            }
            rows = theirs;
        }
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
