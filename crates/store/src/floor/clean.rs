//! Deleting what nobody needs any more, in small transactions. The fates of a campaign's numbers stay in its parts, so its counts stay.

use std::time::Duration;

use ringside_domain::{CampaignId, Timestamp};
use rusqlite::Connection;

use super::{FloorStore, campaign, dialled, number_key, phones, reached, sheet};
use crate::StoreError;

const DAY: Duration = Duration::from_secs(86_400);
/// The time from the hiding of a campaign to the deletion of its numbers.
const NUMBERS_KEPT: Duration = DAY.saturating_mul(30);
/// The time from a call to its deletion.
const CALLS_KEPT: Duration = DAY.saturating_mul(400);
/// Rows that one transaction deletes.
pub(super) const DELETED: i64 = 5000;
/// Transactions of one opening, which waits for them; the next opening goes on.
const MOST: usize = 100;

impl FloorStore {
    pub(super) fn clean(&self, now: Timestamp) -> Result<(), StoreError> {
        // This computer's clock may be years ahead, and what is deleted cannot be had again. The last bill was read by the platform's clock.
        let read = self.dialled_until()?.into_iter().map(|(_, until)| until).max();
        let now = read.map_or(now, |read| read.min(now));
        let hidden = self.read(|db| campaign::hidden_before(db, now.minus(NUMBERS_KEPT)))?;
        for _ in 0..MOST {
            if !self.write(|db| Ok(step(db, &hidden, now)?))? {
                break;
            }
        }
        Ok(())
    }
}

/// False: there is nothing to delete.
fn step(db: &Connection, hidden: &[CampaignId], now: Timestamp) -> rusqlite::Result<bool> {
    let oldest = now.minus(CALLS_KEPT);
    if dialled::delete_before(db, oldest)? || reached::delete_before(db, oldest)? {
        return Ok(true);
    }
    for campaign in hidden {
        if phones::delete(db, *campaign)? {
            return Ok(true);
        }
        for sheet in sheet::of_campaign(db, *campaign)? {
            if number_key::delete_some(db, sheet)? || sheet::delete_numbers(db, sheet)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
