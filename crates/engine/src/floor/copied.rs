//! The customers of a campaign as a sheet, so that a copy of the campaign takes them through the checks of any import.

use std::io::Write;

use ringside_domain::{CampaignId, Customer, Timestamp};
use ringside_store::{FloorStore, StoreError};
use ringside_wire::{Zone, moment};

use crate::export::csv::put;

/// Titles that the reading of files knows, in the order of [`cells`].
const TITLES: [&str; 6] = ["phone", "customer id", "employee", "member", "maturity", "preset time"];

fn cells(customer: &Customer, zone: &Zone) -> [String; 6] {
    let Customer { phone, at, agent_id, member_id, customer_id, maturity } = customer.clone();
    [phone, customer_id, agent_id, member_id, maturity, at.map(|at| moment::format(at, zone)).unwrap_or_default()]
}

/// Writes the customers whom no agent reached.
pub(super) fn write(store: &FloorStore, campaign: CampaignId, at: Timestamp, zone: &Zone, out: &mut impl Write) -> Result<(), StoreError> {
    put(out, &TITLES.map(str::to_owned))?;
    store.each_unreached(campaign, at, &mut |customer| Ok(put(out, &cells(customer, zone))?))
}
