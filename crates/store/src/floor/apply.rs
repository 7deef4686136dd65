//! Carrying out the changes that the floor's rules ask for.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::MutexGuard,
};

use ringside_domain::{CampaignId, CampaignPart, FloorChange, NumberRules, PartState};
use rusqlite::Connection;

use super::{
    FloorStore, account, assign, attempts, campaign, do_not_call, elsewhere,
    import::{Import, Ready, lock},
    ledger, part, reached, removal, take, team_break,
};
use crate::StoreError;

impl FloorStore {
    /// Makes all changes in one transaction, in their order. Returns the parts that were made of imports. An import that was taken has
    /// ended.
    pub fn apply(&self, changes: &[FloorChange]) -> Result<Vec<CampaignPart>, StoreError> {
        let taken = changes.iter().filter_map(|change| match change {
            FloorChange::TakeImport { import, .. } => Some(*import),
            _ => None,
        });
        let taken: BTreeSet<u64> = taken.collect();
        let found = taken.iter().map(|import| Ok((*import, self.imports().get(*import)?))).collect::<Result<Vec<_>, StoreError>>()?;
        // Held until the end, so that the rows are not deleted meanwhile.
        let mut held: BTreeMap<u64, MutexGuard<'_, Import>> = found.iter().map(|(id, import)| (*id, lock(import))).collect();
        let mut ready = BTreeMap::new();
        for (import, held) in &held {
            ready.insert(*import, held.ready(*import)?);
        }
        let numbers = self.number_rules();
        let parts = self.write(|db| {
            let mut parts = Vec::new();
            for change in changes {
                match change {
                    FloorChange::TakeImport { campaign, import } => {
                        if let Some(ready) = ready.remove(import).flatten() {
                            parts.extend(take_import(db, &numbers, &ready, *campaign)?);
                        }
                    }
                    other => change_one(db, &numbers, other)?,
                }
            }
            changes.iter().filter_map(concerned).collect::<BTreeSet<_>>().into_iter().try_for_each(|id| campaign::note_over(db, id))?;
            Ok(parts)
        })?;
        for (import, held) in &mut held {
            held.end();
            self.imports().forget(*import);
        }
        Ok(parts)
    }
}

/// The campaign that the change may end, or begin anew.
fn concerned(change: &FloorChange) -> Option<CampaignId> {
    match change {
        FloorChange::Campaign(new) => Some(new.id),
        FloorChange::Part { campaign, .. } => Some(*campaign),
        _ => None,
    }
}

/// Checks the rows again, since the tables may have changed since a person saw the result: no number is sent twice.
fn take_import(db: &Connection, numbers: &NumberRules, ready: &Ready, campaign: CampaignId) -> Result<Vec<CampaignPart>, StoreError> {
    let Some(account) = campaign::account_of(db, campaign)? else {
        return Err(StoreError::Failed(format!("there is no campaign {}", campaign.0)));
    };
    // Somebody else may have signed in since the check: customers of one account are not called by another. Before the first sign-in there
    // is no account.
    let was_signed_in = !ready.account.appid.is_empty();
    if was_signed_in && account.is_some() && account::find(db, &ready.account)? != account {
        return Err(StoreError::Refused("the numbers were checked for another account".to_owned()));
    }
    let checked = ready.check(db, account, numbers)?;
    take::take(db, ready.sheet, &checked, campaign)
}

fn change_one(db: &Connection, numbers: &NumberRules, change: &FloorChange) -> Result<(), StoreError> {
    match change {
        FloorChange::Campaign(new) => campaign::put(db, new)?,
        FloorChange::Part { campaign, part, state, refused } => {
            part::set(db, *campaign, *part, state, refused)?;
            if let PartState::Sending { since } = state {
                do_not_call::keep_out(db, numbers, *campaign, *part, *since)?;
            }
        }
        FloorChange::CheckAttempts { campaign, part, today, at } => attempts::refuse(db, numbers, *campaign, *part, *today, *at)?,
        FloorChange::RemoveNumbers { campaign, phones } => part::remove_numbers(db, *campaign, phones)?,
        FloorChange::Removal(removal) => removal::put(db, removal)?,
        FloorChange::RemovalOver { id } => removal::delete(db, *id)?,
        FloorChange::Dialled { account, calls } => assign::put(db, account::id(db, account)?, numbers, calls)?,
        FloorChange::Reached { account, customers } => reached::put(db, account::id(db, account)?, numbers, customers)?,
        FloorChange::ElsewhereTask { account, task } => elsewhere::put_task(db, account::id(db, account)?, task)?,
        FloorChange::DialledUntil { account, until } => account::set_dialled_until(db, account, *until)?,
        FloorChange::AddDoNotCall(entries) => do_not_call::put(db, numbers, entries)?,
        FloorChange::RemoveDoNotCall(phones) => phones.iter().try_for_each(|phone| do_not_call::delete(db, phone))?,
        FloorChange::TeamBreak(team_break) => team_break::put(db, team_break)?,
        FloorChange::TeamBreakOver { account, queue } => team_break::delete(db, account, queue)?,
        FloorChange::Enter(entry) => ledger::append(db, entry)?,
        // It needs the import, and is made by its own function.
        FloorChange::TakeImport { .. } => {}
    }
    Ok(())
}
