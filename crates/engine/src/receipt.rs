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
        let mut is_theirs = true;
        let chain = store.ledger(None, |row| {
            if let (Some(owner), Some(LedgerEntry::SignedIn { extension, agent_id })) = (owner, &row.entry) {
                is_theirs = is_at(owner, extension, agent_id);
            }
            // What is owed is the debtor's, and may be done in another one's time.
            let is_of_owner = match (owner, row.entry.as_ref().and_then(debtor)) {
                (Some(owner), Some((extension, agent_id))) => is_at(owner, extension, agent_id),
                _ => is_theirs,
            };
            if is_of_owner && (from..to).contains(&row.at) {
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

fn is_at(owner: &Owner, extension: &Extension, agent_id: &String) -> bool {
    *extension == owner.extension && owner.agent.as_ref().is_none_or(|agent| agent == agent_id)
}

/// Whose it is that something is owed, done late or given up.
fn debtor(entry: &LedgerEntry) -> Option<(&Extension, &String)> {
    match entry {
        LedgerEntry::Unanswered { extension, agent_id, .. }
        | LedgerEntry::MadeUp { extension, agent_id, .. }
        | LedgerEntry::GivenUp { extension, agent_id, .. } => Some((extension, agent_id)),
        _ => None,
    }
}

impl Handle {
    /// As [`ShiftReceipt::read`], of the agent at the desk, while the engine runs.
    pub async fn shift_receipt(&self, from: Timestamp, to: Timestamp) -> Result<ShiftReceipt, Problem> {
        let owner = self.snapshots.borrow().owner();
        self.reads.read(move |store| ShiftReceipt::read(store, Some(&owner), from, to)).await
    }
}
