//! Customers who must not be called. An entry is compared by the digits that are left by the administrator's number rules; so the keys are
//! computed anew when these rules change. The same customer can have several entries, each in a spelling of its own.

use std::collections::HashSet;

use ringside_domain::{Campaign, CampaignId, DoNotCall, FloorEntry, FoundNumbers, NumberRules, Timestamp, is_withheld, plain_number};
use rusqlite::{Connection, Row};

use super::{campaign, ledger, number_key, part};
use crate::{StoreError, column, setting};

pub(super) const V1: &str = "
CREATE TABLE do_not_call (
    key    INTEGER PRIMARY KEY, -- of the number in its plain form
    phone  TEXT NOT NULL,       -- in its plain form
    since  INTEGER NOT NULL,    -- ms since 1970
    by     TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX do_not_call_by_time ON do_not_call (since, key);
";
/// The keys are computed at the next opening.
pub(super) const V2: &str = "
ALTER TABLE do_not_call RENAME TO do_not_call_v1;
DROP INDEX do_not_call_by_time;
CREATE TABLE do_not_call (
    phone  TEXT PRIMARY KEY, -- in its plain form
    key    INTEGER NOT NULL, -- of its digits by the number rules
    since  INTEGER NOT NULL, -- ms since 1970
    by     TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO do_not_call SELECT phone, key, since, by, reason FROM do_not_call_v1;
DROP TABLE do_not_call_v1;
CREATE INDEX do_not_call_by_key ON do_not_call (key);
CREATE INDEX do_not_call_by_time ON do_not_call (since, phone);
";

/// The setting with the prefixes of the rules by which the keys were computed.
const PREFIXES: &str = "floor.number_prefixes";

/// The rules by which the keys were computed. `None`: they are not known.
fn rules(db: &Connection) -> rusqlite::Result<Option<NumberRules>> {
    let json = setting::get(db, PREFIXES)?;
    Ok(json.and_then(|json| serde_json::from_str(&json).ok()).map(|prefixes| NumberRules { prefixes }))
}

/// The rules by which the keys were computed; by default ones from now on if they are not known. Only the desk knows the administrator's
/// rules, so another program's opening leaves the keys as they are.
pub(super) fn known_rules(db: &Connection) -> Result<NumberRules, StoreError> {
    if let Some(numbers) = rules(db)? {
        return Ok(numbers);
    }
    let change = db.unchecked_transaction()?;
    use_rules(&change, &NumberRules::default())?;
    change.commit()?;
    Ok(NumberRules::default())
}

/// Computes the keys anew if these rules are not those that they were computed by.
pub(super) fn use_rules(db: &Connection, numbers: &NumberRules) -> Result<(), StoreError> {
    if rules(db)?.as_ref() == Some(numbers) {
        return Ok(());
    }
    let phones: Vec<String> =
        db.prepare_cached("SELECT phone FROM do_not_call")?.query_map((), |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut update = db.prepare_cached("UPDATE do_not_call SET key = ?2 WHERE phone = ?1")?;
    for phone in phones {
        update.execute((&phone, number_key::by_rules(numbers, &phone)))?;
    }
    let json = serde_json::to_string(&numbers.prefixes).map_err(|error| StoreError::Failed(error.to_string()))?;
    Ok(setting::put(db, PREFIXES, &json)?)
}

/// Adds the numbers, and takes them out of the campaigns that are not over, as far as they wait there. An earlier entry of the same spelling
/// stays as it is. A withheld number has no entry: it would forbid all withheld numbers.
pub(super) fn put(db: &Connection, numbers: &NumberRules, entries: &[DoNotCall]) -> Result<(), StoreError> {
    let mut insert = db.prepare_cached("INSERT INTO do_not_call VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (phone) DO NOTHING")?;
    let mut keys = HashSet::new();
    for entry in entries.iter().filter(|entry| !is_withheld(&entry.phone)) {
        let key = number_key::by_rules(numbers, &entry.phone);
        insert.execute((plain_number(&entry.phone), key, entry.since.0, &entry.by, &entry.reason))?;
        keys.insert(key);
    }
    let Some(first) = entries.first().filter(|_| !keys.is_empty()) else { return Ok(()) };
    for campaign in campaign::all_open(db)? {
        let removed = part::remove_waiting(db, campaign.id, None, |phone| keys.contains(&number_key::by_rules(numbers, phone)))?;
        enter_removal(db, &campaign, removed, &first.by, first.since)?;
    }
    Ok(())
}

/// The last check before a part is sent: its numbers on the list are taken out of it.
pub(super) fn keep_out(db: &Connection, numbers: &NumberRules, id: CampaignId, part: u32, at: Timestamp) -> Result<(), StoreError> {
    let listed = Listed::read(db, numbers)?;
    if listed.is_empty() {
        return Ok(());
    }
    let removed = part::remove_waiting(db, id, Some(part), |phone| listed.has(phone))?;
    match campaign::get(db, id)? {
        Some(campaign) => enter_removal(db, &campaign, removed, "", at),
        None => Ok(()),
    }
}

fn enter_removal(db: &Connection, campaign: &Campaign, removed: u32, by: &str, at: Timestamp) -> Result<(), StoreError> {
    if removed == 0 {
        return Ok(());
    }
    ledger::append(
        db,
        &FloorEntry {
            at,
            by: by.to_owned(),
            what: "removeNumbers".to_owned(),
            subject: campaign.subject(),
            result: "done".to_owned(),
            detail: format!("do-not-call list: {removed} numbers that waited"),
        },
    )
}

/// The campaign's numbers on the list that the platform has, or may have.
pub(super) fn at_the_platform(db: &Connection, numbers: &NumberRules, campaign: CampaignId) -> rusqlite::Result<FoundNumbers> {
    let listed = Listed::read(db, numbers)?;
    if listed.is_empty() {
        return Ok(FoundNumbers::default());
    }
    part::sent_numbers(db, campaign, |phone| listed.has(phone))
}

/// Removes the entry of exactly this number in any spelling of its digits; entries with another prefix are other entries.
pub(super) fn delete(db: &Connection, phone: &str) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM do_not_call WHERE phone = ?1")?.execute([plain_number(phone)])?;
    Ok(())
}

pub(super) fn contains(db: &Connection, numbers: &NumberRules, phone: &str) -> rusqlite::Result<bool> {
    if is_withheld(phone) {
        return Ok(false);
    }
    db.prepare_cached("SELECT 1 FROM do_not_call WHERE key = ?1")?.exists([number_key::by_rules(numbers, phone)])
}

/// The whole list in memory, 8 bytes for each entry, for many look-ups.
pub(super) struct Listed<'a> {
    numbers: &'a NumberRules,
    keys: Vec<i64>,
}

impl<'a> Listed<'a> {
    pub fn read(db: &Connection, numbers: &'a NumberRules) -> rusqlite::Result<Self> {
        let keys =
            db.prepare_cached("SELECT key FROM do_not_call ORDER BY key")?.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(Self { numbers, keys })
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    pub fn has(&self, phone: &str) -> bool {
        !self.is_empty() && self.keys.binary_search(&number_key::by_rules(self.numbers, phone)).is_ok()
    }
}

/// The entries whose number contains these digits, newest first. Empty digits: all.
pub(super) fn page(db: &Connection, digits: &str, skip: u64, limit: u64) -> rusqlite::Result<Vec<DoNotCall>> {
    db.prepare_cached(
        "SELECT phone, since, by, reason FROM do_not_call WHERE ?1 = '' OR instr(phone, ?1) ORDER BY since DESC, phone DESC LIMIT ?3 OFFSET ?2",
    )?
    .query_map((digits, skip.cast_signed(), limit.cast_signed()), read)?
    .collect()
}

/// The entries after this one, newest first; None: from the newest on. An entry that is removed meanwhile shifts no other.
pub(super) fn after(db: &Connection, last: Option<&DoNotCall>, limit: u64) -> rusqlite::Result<Vec<DoNotCall>> {
    let (since, phone) = last.map_or((i64::MAX, ""), |last| (last.since.0, &last.phone));
    db.prepare_cached(
        "SELECT phone, since, by, reason FROM do_not_call WHERE (since, phone) < (?1, ?2) ORDER BY since DESC, phone DESC LIMIT ?3",
    )?
    .query_map((since, phone, limit.cast_signed()), read)?
    .collect()
}

pub(super) fn count(db: &Connection, digits: &str) -> rusqlite::Result<u64> {
    db.prepare_cached("SELECT count(*) FROM do_not_call WHERE ?1 = '' OR instr(phone, ?1)")?
        .query_row([digits], |row| Ok(row.get::<_, i64>(0)?.cast_unsigned()))
}

fn read(row: &Row<'_>) -> rusqlite::Result<DoNotCall> {
    Ok(DoNotCall {
        phone: column::filled(row, 0)?,
        since: Timestamp(column::number(row, 1)?.unwrap_or_default()),
        by: column::filled(row, 2)?,
        reason: column::filled(row, 3)?,
    })
}
