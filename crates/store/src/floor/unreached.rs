//! The customers of a campaign whom no agent reached, to be called again by another campaign.

use ringside_domain::{CampaignId, Customer, NumberRules, Timestamp};
use rusqlite::Connection;

use super::{assign::SLACK, campaign, dialled, number, number_key, part, reached};
use crate::StoreError;

/// Gives each number of the campaign to `put`, in the order of the parts and of the file, except those that were removed from it, and customers
/// whom an agent reached since the campaign was made, by any call. A preset time that is past at `now` is left out.
pub(super) fn each(
    db: &Connection,
    rules: &NumberRules,
    id: CampaignId,
    now: Timestamp,
    put: &mut dyn FnMut(&Customer) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let Some(campaign) = campaign::get(db, id)? else { return Err(StoreError::Failed(format!("there is no campaign {}", id.0))) };
    let account = campaign::account_of(db, id)?.flatten();
    let since = Timestamp(campaign.made_at.0 - SLACK);
    for part in part::all(db, id)? {
        for row in 0..part.fates.rows() {
            if part.fates.get(row).is_none() || part.fates.is_taken_out(row) {
                continue;
            }
            let Some((_, customer)) = number::get(db, part.sheet, part.first + row)? else { continue };
            if is_reached(db, account, rules, &customer.phone, since)? {
                continue;
            }
            put(&Customer { at: customer.at.filter(|at| *at > now), ..customer })?;
        }
    }
    Ok(())
}

fn is_reached(db: &Connection, account: Option<i64>, rules: &NumberRules, phone: &str, since: Timestamp) -> rusqlite::Result<bool> {
    for key in number_key::spelled(rules, phone) {
        if dialled::reached_since(db, account, key, since)? {
            return Ok(true);
        }
    }
    reached::since(db, account, rules, phone, since)
}
