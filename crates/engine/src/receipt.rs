//! The shift receipt: the entries of the ledger within a period, with sums.

use ringside_domain::{Extension, LedgerEntry, Owner, Problem, Sums, Timestamp};
use ringside_store::{Chain, LedgerRow, Store, StoreError};

use crate::Handle;

#[derive(Clone, Debug)]
pub struct ShiftReceipt {
    pub from: Timestamp,
    pub to: Timestamp,
    /// The entries of the period in order, up to the first break of the chain.
    pub rows: Vec<LedgerRow>,
    /// The check of the whole ledger's hash chain.
    pub chain: Chain,
    /// Sums of the calls in the log that began in the period.
    pub sums: Sums,
}

impl ShiftReceipt {
    /// Reads the receipt of the owner, or of all agents of the data folder, from `from` (included) to `to` (excluded). Blocks.
    pub fn read(store: &Store, owner: Option<&Owner>, from: Timestamp, to: Timestamp) -> Result<Self, StoreError> {
        let mut rows = Vec::new();
        let mut is_theirs = true;
        let chain = store.ledger(None, |row| {
            if let (Some(owner), Some(LedgerEntry::SignedIn { extension, agent_id })) = (owner, &row.entry) {
                is_theirs = is_at(owner, extension, agent_id);
            }
            // An entry about an owed request names its agent: another agent may be signed in when it is entered.
            let is_of_owner = match (owner, row.entry.as_ref().and_then(debtor)) {
                (Some(owner), Some((extension, agent_id))) => is_at(owner, extension, agent_id),
                _ => is_theirs,
            };
            if is_of_owner && (from..to).contains(&row.at) {
                rows.push(row);
            }
        })?;
        if let Some(owner) = owner {
            // A call that is known from its record only can belong to an agent who worked at this desk earlier.
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

/// The agent whose request to the platform is owed, was made up for, or was given up.
fn debtor(entry: &LedgerEntry) -> Option<(&Extension, &String)> {
    match entry {
        LedgerEntry::Unanswered { extension, agent_id, .. }
        | LedgerEntry::MadeUp { extension, agent_id, .. }
        | LedgerEntry::GivenUp { extension, agent_id, .. } => Some((extension, agent_id)),
        _ => None,
    }
}

impl Handle {
    /// [`ShiftReceipt::read`] for the signed-in agent, while the engine runs.
    pub async fn shift_receipt(&self, from: Timestamp, to: Timestamp) -> Result<ShiftReceipt, Problem> {
        let owner = self.snapshots.borrow().owner();
        self.reads.read(move |store| ShiftReceipt::read(store, Some(&owner), from, to)).await
    }
}
