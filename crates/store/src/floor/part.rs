//! Parts of campaigns, and the fates of their numbers. A part is a stretch of a sheet's rows.

use std::collections::{BTreeSet, HashSet};

use ringside_domain::{CampaignId, CampaignPart, FoundNumbers, NumberFate, PartState, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row};

use super::{fate::Fates, number, number_key, phones, sheet::SheetId};
use crate::{StoreError, column};

pub(super) const V1: &str = "
CREATE TABLE part (
    id            INTEGER PRIMARY KEY,
    campaign      INTEGER NOT NULL, -- campaign.id
    number        INTEGER NOT NULL, -- in the campaign, from 0
    sheet         INTEGER NOT NULL, -- sheet.id
    first         INTEGER NOT NULL, -- the place of its first row in the sheet
    rows          INTEGER NOT NULL, -- of the sheet
    count         INTEGER NOT NULL, -- how many of these rows are numbers
    sent_at       INTEGER,          -- ms since 1970: sent, or being sent, since then
    maybe_sent_at INTEGER,          -- ms since 1970: an earlier sending whose outcome stayed unknown
    state         TEXT NOT NULL,    -- JSON
    fates         TEXT NOT NULL,    -- one letter per row
    UNIQUE (campaign, number)
) STRICT;
CREATE INDEX part_of_sheet ON part (sheet, first);
";

#[derive(Clone, Debug)]
pub(super) struct Part {
    pub id: i64,
    pub campaign: CampaignId,
    pub number: u32,
    pub sheet: SheetId,
    pub first: u32,
    pub count: u32,
    pub state: PartState,
    pub fates: Fates,
    sent_at: Option<i64>,
    maybe_sent_at: Option<i64>,
}

const SELECT: &str = "SELECT id, campaign, number, sheet, first, rows, count, sent_at, maybe_sent_at, state, fates FROM part";

impl Part {
    pub fn view(&self) -> CampaignPart {
        CampaignPart { number: self.number, count: self.count, state: self.state.clone() }
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let sent_at = column::number(row, 7)?;
        let since = Timestamp(sent_at.unwrap_or_default());
        Ok(Self {
            id: row.get(0)?,
            campaign: CampaignId(row.get(1)?),
            number: row.get(2)?,
            sheet: SheetId(row.get(3)?),
            first: row.get(4)?,
            count: row.get(6)?,
            // A damaged state: what became of the part is not known, so it is not sent by itself.
            state: serde_json::from_str(&column::filled(row, 9)?).unwrap_or(PartState::Unknown { since }),
            fates: Fates::read(row.get_ref(10)?.as_bytes().unwrap_or_default(), row.get(5)?),
            sent_at,
            maybe_sent_at: column::number(row, 8)?,
        })
    }
}

/// Inserts a part that waits.
pub(super) fn insert(
    db: &Connection,
    campaign: CampaignId,
    number: u32,
    sheet: SheetId,
    first: u32,
    count: u32,
    fates: &Fates,
) -> rusqlite::Result<i64> {
    db.prepare_cached(
        "INSERT INTO part (campaign, number, sheet, first, rows, count, state, fates) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute((campaign.0, number, sheet.0, first, fates.rows(), count, json(&PartState::Waiting)?, fates.text()))?;
    Ok(db.last_insert_rowid())
}

fn json(state: &PartState) -> rusqlite::Result<String> {
    serde_json::to_string(state).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// The number of the campaign's next part.
pub(super) fn next(db: &Connection, campaign: CampaignId) -> rusqlite::Result<u32> {
    db.prepare_cached("SELECT coalesce(max(number) + 1, 0) FROM part WHERE campaign = ?1")?.query_row([campaign.0], |row| row.get(0))
}

pub(super) fn get(db: &Connection, campaign: CampaignId, number: u32) -> Result<Part, StoreError> {
    db.prepare_cached(&format!("{SELECT} WHERE campaign = ?1 AND number = ?2"))?
        .query_row((campaign.0, number), Part::read)
        .optional()?
        .ok_or_else(|| StoreError::Failed(format!("campaign {} has no part {number}", campaign.0)))
}

/// The campaign's parts in order.
pub(super) fn each(db: &Connection, campaign: CampaignId, mut each: impl FnMut(Part) -> rusqlite::Result<()>) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached(&format!("{SELECT} WHERE campaign = ?1 ORDER BY number"))?;
    let mut rows = statement.query([campaign.0])?;
    while let Some(row) = rows.next()? {
        each(Part::read(row)?)?;
    }
    Ok(())
}

/// The sheet's parts in order.
pub(super) fn of_sheet(db: &Connection, sheet: SheetId) -> rusqlite::Result<Vec<Part>> {
    db.prepare_cached(&format!("{SELECT} WHERE sheet = ?1 ORDER BY first"))?.query_map([sheet.0], Part::read)?.collect()
}

/// Sets the part's state and the fates of its numbers.
pub(super) fn set(db: &Connection, campaign: CampaignId, number: u32, state: &PartState, refused: &[String]) -> Result<(), StoreError> {
    let mut part = get(db, campaign, number)?;
    if refused.is_empty() {
        part.fates.follow(state, |_| false);
    } else {
        let refused: HashSet<i64> = refused.iter().map(|phone| number_key::key(phone)).collect();
        let is_refused = |phone: &[u8]| refused.contains(&number_key::key(&String::from_utf8_lossy(phone)));
        let refused: Vec<bool> = phones::with(db, part.id, |text| text.split(|byte| *byte == b'\n').map(is_refused).collect())?;
        part.fates.follow(state, |row| refused.get(row as usize).copied().unwrap_or_default());
    }
    match state {
        PartState::Sending { since } => part.sent_at = Some(since.0),
        PartState::Taken { at: since, .. } | PartState::Unknown { since } => {
            let sent_at = *part.sent_at.get_or_insert(since.0);
            if matches!(state, PartState::Unknown { .. }) {
                part.maybe_sent_at.get_or_insert(sent_at);
            }
        }
        PartState::Failed { .. } => part.sent_at = None,
        PartState::Waiting | PartState::GivenUp { .. } => {}
    }
    db.prepare_cached("UPDATE part SET state = ?2, fates = ?3, sent_at = ?4, maybe_sent_at = ?5 WHERE id = ?1")?.execute((
        part.id,
        json(state)?,
        part.fates.text(),
        part.sent_at,
        part.maybe_sent_at,
    ))?;
    Ok(())
}

/// Whether the platform may have a part that it did not answer yet.
pub(super) fn may_be_at_platform(db: &Connection, campaign: CampaignId) -> rusqlite::Result<bool> {
    let mut statement = db.prepare_cached("SELECT state FROM part WHERE campaign = ?1")?;
    let mut rows = statement.query([campaign.0])?;
    while let Some(row) = rows.next()? {
        let state: Option<PartState> = serde_json::from_str(&column::filled(row, 0)?).ok();
        // A damaged state is an unknown one.
        if state.is_none_or(|state| matches!(state, PartState::Sending { .. } | PartState::Unknown { .. })) {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(super) fn set_fates(db: &Connection, part: i64, fates: &Fates) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE part SET fates = ?2 WHERE id = ?1")?.execute((part, fates.text()))?;
    Ok(())
}

/// The phone numbers of the part's rows, by row; empty: the row is not a number of the campaign.
pub(super) fn each_phone(db: &Connection, part: &Part, mut each: impl FnMut(u32, &str)) -> rusqlite::Result<()> {
    phones::with(db, part.id, |text| {
        for (row, phone) in (0..part.fates.rows()).zip(text.split(|byte| *byte == b'\n')) {
            each(row, std::str::from_utf8(phone).unwrap_or_default());
        }
    })
}

/// Marks numbers that wait as removed: those of a part that is being sent only if this part is named, since otherwise they are on their way.
/// Returns how many.
pub(super) fn remove_waiting(
    db: &Connection,
    campaign: CampaignId,
    sent: Option<u32>,
    is_meant: impl Fn(&str) -> bool,
) -> rusqlite::Result<u32> {
    let mut removed = 0;
    each(db, campaign, |mut part| {
        let is_on_its_way = matches!(part.state, PartState::Sending { .. });
        if sent.map_or(is_on_its_way, |sent| sent != part.number) || !part.fates.has(NumberFate::Waiting) {
            return Ok(());
        }
        let mut meant = Vec::new();
        each_phone(db, &part, |row, phone| {
            if part.fates.get(row) == Some(NumberFate::Waiting) && is_meant(phone) {
                meant.push(row);
            }
        })?;
        if meant.is_empty() {
            return Ok(());
        }
        removed += u32::try_from(meant.len()).unwrap_or(u32::MAX);
        meant.into_iter().for_each(|row| part.fates.remove(row));
        set_fates(db, part.id, &part.fates)
    })?;
    Ok(removed)
}

/// The numbers of the campaign that the platform has, or may have.
pub(super) fn sent_numbers(db: &Connection, campaign: CampaignId, is_meant: impl Fn(&str) -> bool) -> rusqlite::Result<FoundNumbers> {
    let mut numbers = FoundNumbers::default();
    each(db, campaign, |part| {
        let is_on_its_way = matches!(part.state, PartState::Sending { .. });
        each_phone(db, &part, |row, phone| {
            let Some(fate) = part.fates.get(row) else { return };
            let may_be_there = match fate {
                // The platform was asked for it already.
                NumberFate::Taken if part.fates.is_taken_out(row) => false,
                NumberFate::Taken | NumberFate::Unknown => true,
                NumberFate::Waiting => is_on_its_way,
                _ => false,
            };
            if may_be_there && is_meant(phone) {
                numbers.found.push((phone.to_owned(), fate));
            }
        })
    })?;
    Ok(numbers)
}

pub(super) fn all(db: &Connection, campaign: CampaignId) -> rusqlite::Result<Vec<Part>> {
    let mut parts = Vec::new();
    each(db, campaign, |part| {
        parts.push(part);
        Ok(())
    })?;
    Ok(parts)
}

/// The campaign's numbers that are meant by these, in any spelling.
pub(super) fn spelled(db: &Connection, campaign: CampaignId, phones: &[String]) -> rusqlite::Result<FoundNumbers> {
    let keys: BTreeSet<i64> = phones.iter().map(|phone| number_key::key(phone)).collect();
    let parts = all(db, campaign)?;
    let sheets: BTreeSet<SheetId> = parts.iter().map(|part| part.sheet).collect();
    let mut numbers = FoundNumbers::default();
    for key in keys {
        let mut is_missing = true;
        for sheet in &sheets {
            let Some(place) = number_key::place(db, *sheet, key)? else { continue };
            let of = |part: &Part| Some(part.fates.get(place.checked_sub(part.first)?)?).filter(|_| part.sheet == *sheet);
            if let (Some(fate), Some((_, customer))) = (parts.iter().find_map(of), number::get(db, *sheet, place)?) {
                is_missing = false;
                numbers.found.push((customer.phone, fate));
            }
        }
        numbers.missing += u32::from(is_missing);
    }
    Ok(numbers)
}

/// Marks these numbers of the campaign as removed.
pub(super) fn remove_numbers(db: &Connection, campaign: CampaignId, phones: &[String]) -> rusqlite::Result<()> {
    let keys: HashSet<i64> = phones.iter().map(|phone| number_key::key(phone)).collect();
    let mut parts = all(db, campaign)?;
    for sheet in parts.iter().map(|part| part.sheet).collect::<HashSet<_>>() {
        let places = keys.iter().filter_map(|key| number_key::place(db, sheet, *key).transpose()).collect::<rusqlite::Result<Vec<_>>>()?;
        for part in parts.iter_mut().filter(|part| part.sheet == sheet) {
            let rows = places.iter().filter_map(|place| place.checked_sub(part.first));
            let before = part.fates.clone();
            rows.for_each(|row| part.fates.remove(row));
            if part.fates != before {
                set_fates(db, part.id, &part.fates)?;
            }
        }
    }
    Ok(())
}

/// A part that was sent, or may have been, without its fates.
#[derive(Clone, Copy, Debug)]
pub(super) struct SentPart {
    pub id: i64,
    pub campaign: CampaignId,
    pub sheet: SheetId,
    pub first: u32,
    pub rows: u32,
    /// The earliest time at which its numbers may have been sent.
    pub sent_at: i64,
    /// An earlier sending, with other numbers, may have arrived.
    pub sent_before: bool,
}

/// Those of this account, the newest campaign's first.
pub(super) fn sent(db: &Connection, account: i64) -> rusqlite::Result<Vec<SentPart>> {
    db.prepare_cached(
        "SELECT part.id, campaign, sheet, first, rows, coalesce(maybe_sent_at, sent_at), maybe_sent_at IS NOT NULL FROM part
         JOIN campaign ON campaign.id = part.campaign AND campaign.account = ?1
         WHERE coalesce(maybe_sent_at, sent_at) IS NOT NULL ORDER BY campaign DESC, number",
    )?
    .query_map([account], |row| {
        Ok(SentPart {
            id: row.get(0)?,
            campaign: CampaignId(row.get(1)?),
            sheet: SheetId(row.get(2)?),
            first: row.get(3)?,
            rows: row.get(4)?,
            sent_at: row.get(5)?,
            sent_before: row.get(6)?,
        })
    })?
    .collect()
}

pub(super) fn fates(db: &Connection, part: i64) -> rusqlite::Result<Fates> {
    db.prepare_cached("SELECT fates, rows FROM part WHERE id = ?1")?
        .query_row([part], |row| Ok(Fates::read(row.get_ref(0)?.as_bytes().unwrap_or_default(), row.get(1)?)))
}
