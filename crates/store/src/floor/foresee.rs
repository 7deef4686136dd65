//! What will become of some numbers, before their file is read as a whole and a campaign's limits are known.

use std::collections::HashSet;

use ringside_domain::{Account, RowRefusal};

use super::{FloorStore, account, campaign, check::is_in_use, do_not_call::Listed, number_key, part};
use crate::StoreError;

impl FloorStore {
    /// Of each number in its order, why a check for a new campaign of this account would refuse it: on the do-not-call list, the same as an
    /// earlier one, or in a campaign that is not over. The attempts are not counted.
    pub fn foresee(&self, account: &Account, phones: &[&str]) -> Result<Vec<Option<RowRefusal>>, StoreError> {
        let numbers = self.number_rules();
        self.read(|db| {
            let listed = Listed::read(db, &numbers)?;
            let mut seen = HashSet::new();
            let mut refusals: Vec<Option<RowRefusal>> = Vec::with_capacity(phones.len());
            for phone in phones {
                refusals.push(if listed.has(phone) {
                    Some(RowRefusal::DoNotCall)
                } else {
                    (!seen.insert(number_key::by_rules_of(&numbers, number_key::key(phone)))).then_some(RowRefusal::Duplicate)
                });
            }
            for sheet in campaign::sheets(db, account::find(db, account)?, None)? {
                let mut parts = None;
                for (phone, refusal) in phones.iter().zip(&mut refusals).filter(|(_, refusal)| refusal.is_none()) {
                    for key in number_key::spelled(&numbers, phone) {
                        let Some(place) = number_key::place(db, sheet, key)? else { continue };
                        let parts = match &mut parts {
                            Some(parts) => parts,
                            none => none.insert(part::of_sheet(db, sheet)?),
                        };
                        if is_in_use(parts, place) {
                            *refusal = Some(RowRefusal::InOtherCampaign);
                        }
                    }
                }
            }
            Ok(refusals)
        })
    }
}
