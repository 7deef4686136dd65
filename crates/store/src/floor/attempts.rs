//! The last check of the attempts before a part is sent: other campaigns may have called its numbers since its import was checked.

use ringside_domain::{CampaignId, FloorEntry, NumberFate, NumberRules, Timestamp};
use rusqlite::Connection;

use super::{campaign, ledger, number_key, part};
use crate::StoreError;

/// Refuses the numbers of the part that wait and were called as often as the campaign's limits permit. `today`: when the day began.
pub(super) fn refuse(
    db: &Connection,
    numbers: &NumberRules,
    id: CampaignId,
    number: u32,
    today: Timestamp,
    at: Timestamp,
) -> Result<(), StoreError> {
    let Some(campaign) = campaign::get(db, id)? else { return Ok(()) };
    let limits = &campaign.plan.limits;
    if limits.attempts_in_all.is_none() && limits.attempts_per_day.is_none() {
        return Ok(());
    }
    let mut part = part::get(db, id, number)?;
    let mut waiting = Vec::new();
    part::each_phone(db, &part, |row, phone| {
        if part.fates.get(row) == Some(NumberFate::Waiting) {
            waiting.push((row, number_key::spelled(numbers, phone)));
        }
    })?;
    let mut calls = db.prepare_cached(
        "SELECT count(*), count(*) FILTER (WHERE began_at >= ?3) FROM dialled
         WHERE account = (SELECT account FROM campaign WHERE id = ?1) AND key = ?2",
    )?;
    let mut refused = 0;
    for (row, keys) in waiting {
        let (mut in_all, mut per_day) = (0, 0);
        for key in keys {
            let (all, of_today): (u32, u32) = calls.query_row((id.0, key, today.0), |row| Ok((row.get(0)?, row.get(1)?)))?;
            in_all += all;
            per_day += of_today;
        }
        let Some(reason) = limits.refusal(in_all, per_day) else { continue };
        part.fates.refuse(row, reason);
        refused += 1;
    }
    if refused == 0 {
        return Ok(());
    }
    part::set_fates(db, part.id, &part.fates)?;
    ledger::append(
        db,
        &FloorEntry {
            at,
            by: String::new(),
            what: "refuseNumbers".to_owned(),
            subject: campaign.subject(),
            result: "done".to_owned(),
            detail: format!("part {number}: {refused} numbers that were called often enough"),
        },
    )
}
