//! Assigning the dialler's calls to campaigns: each to the newest one that sent its number before it began.

use std::collections::{HashMap, HashSet, hash_map::Entry};

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
const SLACK: i64 = 2000;

/// The parts of one sheet that were sent.
struct SentSheet {
    campaign: CampaignId,
    sheet: SheetId,
    parts: Vec<SentPart>,
}

/// Stores the calls of this account, and marks their numbers as called.
pub(super) fn put(db: &Connection, account: i64, numbers: &NumberRules, calls: &[Dialled]) -> rusqlite::Result<()> {
    let mut found: Vec<Option<(CampaignId, i64)>> = vec![None; calls.len()];
    // By key, so that a sheet's index is read from its beginning to its end.
    let by = |key: &dyn Fn(&str) -> i64| -> Vec<(i64, usize)> {
        let known = (0..).zip(calls).filter(|(_, call)| !is_withheld(&call.phone));
        let mut keys: Vec<(i64, usize)> = known.map(|(at, call)| (key(&call.phone), at)).collect();
        keys.sort_unstable();
        keys
    };
    // A sheet may have a number with and without a prefix of the administrator's; the call is of the one that is spelled like it.
    let mut open = [by(&number_key::key), by(&|phone| number_key::by_rules(numbers, phone))];
    for sheets in sent_sheets(db, account)?.chunk_by(|one, next| one.campaign == next.campaign) {
        for sheet in sheets {
            let mut marked = HashSet::new();
            for spelling in &open {
                for (key, at) in called(db, sheet, spelling, calls, &marked)? {
                    marked.insert(at);
                    if let Some(its) = found.get_mut(at) {
                        *its = Some((sheet.campaign, key));
                    }
                }
            }
        }
        open.iter_mut().for_each(|keys| keys.retain(|(_, at)| found.get(*at).is_some_and(Option::is_none)));
    }
    // The key that the campaign's number has, so that both are found by it.
    calls.iter().zip(found).try_for_each(|(call, its)| {
        let key = its.map_or_else(|| number_key::by_rules(numbers, &call.phone), |(_, key)| key);
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

/// Marks the sheet's numbers that were called, and returns their keys with the places of these calls in `calls`. Calls in `marked` are those
/// of other numbers.
fn called(
    db: &Connection,
    sheet: &SentSheet,
    open: &[(i64, usize)],
    calls: &[Dialled],
    marked: &HashSet<usize>,
) -> rusqlite::Result<Vec<(i64, usize)>> {
    let mut found = Vec::new();
    let mut changed: HashMap<i64, Fates> = HashMap::new();
    for (key, at) in open.iter().filter(|(_, at)| !marked.contains(at)) {
        let Some(call) = calls.get(*at) else { continue };
        let was_sent = |part: &&SentPart| part.sent_at - SLACK <= call.began_at.0;
        if !sheet.parts.iter().any(|part| was_sent(&part)) {
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
        if fates.get(row).is_some_and(|fate| fate != NumberFate::Refused) {
            fates.set_called(row);
            found.push((*key, *at));
        }
    }
    changed.iter().try_for_each(|(part, fates)| part::set_fates(db, *part, fates))?;
    Ok(found)
}
