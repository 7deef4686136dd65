//! Sheets: the rows of one import each. A sheet without a campaign is temporary: it is dropped by the import's end, or at the next opening.

use ringside_domain::CampaignId;
use rusqlite::Connection;

use super::clean::DELETED;
use crate::StoreError;

pub(super) const V1: &str = "
CREATE TABLE sheet (
    id       INTEGER PRIMARY KEY,
    campaign INTEGER               -- campaign.id; NULL: staged, not taken by a campaign
) STRICT;
CREATE INDEX sheet_of_campaign ON sheet (campaign);
";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SheetId(pub i64);

impl SheetId {
    /// The `number.id` of the sheet's row at this place.
    pub fn row(self, place: u32) -> i64 {
        (self.0 << 32) | i64::from(place)
    }
}

pub(super) fn insert(db: &Connection) -> rusqlite::Result<SheetId> {
    db.prepare_cached("INSERT INTO sheet (campaign) VALUES (NULL)")?.execute(())?;
    Ok(SheetId(db.last_insert_rowid()))
}

pub(super) fn take(db: &Connection, sheet: SheetId, campaign: i64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE sheet SET campaign = ?2 WHERE id = ?1")?.execute((sheet.0, campaign))?;
    Ok(())
}

/// The sheets that no campaign has taken.
pub(super) fn staged(db: &Connection) -> rusqlite::Result<Vec<SheetId>> {
    db.prepare_cached("SELECT id FROM sheet WHERE campaign IS NULL")?.query_map((), |row| row.get(0).map(SheetId))?.collect()
}

pub(super) fn of_campaign(db: &Connection, campaign: CampaignId) -> rusqlite::Result<Vec<SheetId>> {
    db.prepare_cached("SELECT id FROM sheet WHERE campaign = ?1")?.query_map([campaign.0], |row| row.get(0).map(SheetId))?.collect()
}

/// Deletes some rows of a sheet, and with the last row the sheet. True: there are more.
pub(super) fn delete_some(db: &Connection, sheet: SheetId) -> Result<bool, StoreError> {
    let deleted = delete_numbers(db, sheet)?;
    if !deleted {
        db.prepare_cached("DELETE FROM sheet WHERE id = ?1")?.execute([sheet.0])?;
    }
    Ok(deleted)
}

/// Deletes some rows of a sheet; the sheet stays, so that its id is not given to another one. False: there were none.
pub(super) fn delete_numbers(db: &Connection, sheet: SheetId) -> rusqlite::Result<bool> {
    let deleted = db
        .prepare_cached(
            "DELETE FROM number WHERE id >= ?1 AND id < ?2 AND id <= (SELECT id FROM number WHERE id >= ?1 ORDER BY id LIMIT 1) + ?3",
        )?
        .execute((sheet.row(0), SheetId(sheet.0 + 1).row(0), DELETED))?;
    Ok(deleted > 0)
}
