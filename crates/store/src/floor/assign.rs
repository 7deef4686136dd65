//! Assigning the dialler's calls to campaigns: each to the newest one that sent its number before it began.

use std::collections::{HashMap, hash_map::Entry};

use ringside_domain::{CampaignId, Dialled, NumberFate, NumberRules, is_withheld};
use rusqlite::Connection;

use super::{
    dialled,
    fate::Fates,
    number_key,
    part::{self, SentPart},
    sheet::SheetId,
};

/// A call may seem to begin by so many milliseconds before its number was sent: bills have whole seconds, and the difference between the
/// platform's clock and ours is known to a second.
pub(super) const SLACK: i64 = 2000;

/// The parts of one sheet that were sent.
struct SentSheet {
    campaign: CampaignId,
    sheet: SheetId,
    parts: Vec<SentPart>,
}

/// The campaign that a call is of, and the key of its number there.
type Found = Option<(CampaignId, i64)>;

/// Stores the calls of this account, and marks their numbers as called.
pub(super) fn put(db: &Connection, account: i64, numbers: &NumberRules, calls: &[Dialled]) -> rusqlite::Result<()> {
    let mut found: Vec<Found> = vec![None; calls.len()];
    // By key, so that a sheet's index is read from its beginning to its end.
    let by = |key: &dyn Fn(&str) -> i64| -> Vec<(i64, usize)> {
        let known = (0..).zip(calls).filter(|(_, call)| !is_withheld(&call.phone));
        let mut keys: Vec<(i64, usize)> = known.map(|(at, call)| (key(&call.phone), at)).collect();
        keys.sort_unstable();
        keys
    };
    // A sheet may have a number with and without a prefix of the administrator's; the call is of the one that is spelled like it.
    let mut spellings = vec![by(&number_key::key)];
    if !numbers.prefixes.is_empty() {
        spellings.push(by(&|phone| number_key::by_rules(numbers, phone)));
    }
    for sheets in sent_sheets(db, account)?.chunk_by(|one, next| one.campaign == next.campaign) {
        for spelling in &spellings {
            for sheet in sheets {
                mark(db, sheet, spelling, calls, &mut found)?;
            }
        }
    }
    calls.iter().zip(found).try_for_each(|(call, its)| {
        // The key that the campaign's number has, so that both are found by it.
        let key = match its {
            Some((_, key)) => key,
            None if is_withheld(&call.phone) => number_key::WITHHELD,
            None => number_key::by_rules(numbers, &call.phone),
        };
        dialled::put(db, account, call, key, its.map(|(campaign, _)| campaign))
    })
}

/// Those of this account, the newest campaign's first.
fn sent_sheets(db: &Connection, account: i64) -> rusqlite::Result<Vec<SentSheet>> {
    let mut sheets: Vec<SentSheet> = Vec::new();
    for part in part::sent(db, account)? {
        // A campaign's parts of one sheet follow each other.
        match sheets.last_mut() {
            Some(last) if last.sheet == part.sheet => last.parts.push(part),
            _ => sheets.push(SentSheet { campaign: part.campaign, sheet: part.sheet, parts: vec![part] }),
        }
    }
    Ok(sheets)
}

/// Marks the sheet's numbers that were called, and enters them in `found`. A call that is of another number already is left out; the same
/// number may be in two sheets of a campaign.
fn mark(db: &Connection, sheet: &SentSheet, keys: &[(i64, usize)], calls: &[Dialled], found: &mut [Found]) -> rusqlite::Result<()> {
    let mut changed: HashMap<i64, Fates> = HashMap::new();
    for (key, at) in keys {
        let (Some(call), Some(its)) = (calls.get(*at), found.get_mut(*at)) else { continue };
        let this = Some((sheet.campaign, *key));
        let was_sent = |part: &&SentPart| part.sent_at - SLACK <= call.began_at.0;
        if (its.is_some() && *its != this) || !sheet.parts.iter().any(|part| was_sent(&part)) {
            continue;
        }
        let Some(place) = number_key::place(db, sheet.sheet, *key)? else { continue };
        let holds_place = |part: &&SentPart| place.checked_sub(part.first).is_some_and(|row| row < part.rows);
        let Some(part) = sheet.parts.iter().find(holds_place).filter(was_sent) else { continue };
        let fates = match changed.entry(part.id) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(part::fates(db, part.id)?),
        };
        let row = place - part.first;
        let was_not_sent = fates.is_unsent(row) && !part.sent_before;
        if !was_not_sent && fates.get(row).is_some_and(|fate| fate != NumberFate::Refused) {
            fates.set_called(row);
            *its = this;
        }
    }
    changed.iter().try_for_each(|(part, fates)| part::set_fates(db, *part, fates))
}
