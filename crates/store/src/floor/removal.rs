//! People's wishes to take numbers out of campaigns that are not carried out yet.

use ringside_domain::{CampaignId, StoredRemoval};
use rusqlite::Connection;

use crate::{StoreError, column};

pub(super) const V3: &str = "
CREATE TABLE removal (
    id       INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL, -- campaign.id
    by       TEXT NOT NULL,    -- the person
    phones   TEXT NOT NULL     -- as they were typed, one per line
) STRICT;
";

pub(super) fn put(db: &Connection, removal: &StoredRemoval) -> Result<(), StoreError> {
    db.prepare_cached("INSERT INTO removal VALUES (?1, ?2, ?3, ?4)")?.execute((
        removal.id.cast_signed(),
        removal.campaign.0,
        &removal.by,
        removal.phones.iter().map(|phone| phone.replace('\n', " ")).collect::<Vec<_>>().join("\n"),
    ))?;
    Ok(())
}

pub(super) fn delete(db: &Connection, id: u64) -> Result<(), StoreError> {
    db.prepare_cached("DELETE FROM removal WHERE id = ?1")?.execute([id.cast_signed()])?;
    Ok(())
}

pub(super) fn all(db: &Connection) -> rusqlite::Result<Vec<StoredRemoval>> {
    db.prepare_cached("SELECT id, campaign, by, phones FROM removal ORDER BY id")?
        .query_map((), |row| {
            Ok(StoredRemoval {
                id: row.get::<_, i64>(0)?.cast_unsigned(),
                campaign: CampaignId(row.get(1)?),
                by: column::filled(row, 2)?,
                phones: column::filled(row, 3)?.split('\n').map(str::to_owned).collect(),
            })
        })?
        .collect()
}
