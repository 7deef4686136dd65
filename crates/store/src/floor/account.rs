//! The accounts whose campaigns and calls are here. What belongs to one is never shown or counted for another: bills of two platforms can
//! have the same id, and the customers of two companies can have the same number.

use ringside_domain::{Account, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use crate::column;

/// Calls that no campaign made were read for the account of the newest campaign.
pub(super) const V3: &str = "
CREATE TABLE account (
    id            INTEGER PRIMARY KEY,
    url           TEXT NOT NULL,
    appid         TEXT NOT NULL,
    dialled_until INTEGER,       -- ms since 1970: all bills of the dialler that began before are stored
    UNIQUE (url, appid)
) STRICT;
INSERT INTO account (url, appid)
    SELECT DISTINCT json ->> '$.account.url', json ->> '$.account.appid' FROM campaign
    WHERE json_valid(json) AND json ->> '$.account.url' IS NOT NULL AND json ->> '$.account.appid' IS NOT NULL;
ALTER TABLE campaign ADD COLUMN account INTEGER; -- account.id; NULL: its row cannot be read
UPDATE campaign SET account =
    (SELECT account.id FROM account WHERE url = json ->> '$.account.url' AND appid = json ->> '$.account.appid') WHERE json_valid(json);
UPDATE account SET dialled_until = (SELECT CAST(json AS INTEGER) FROM setting WHERE key = 'floor.dialled_until')
    WHERE id = (SELECT account FROM campaign WHERE account IS NOT NULL ORDER BY id DESC LIMIT 1);
DELETE FROM setting WHERE key = 'floor.dialled_until';
";

/// The id of the account, if anything of it is here.
pub(super) fn find(db: &Connection, account: &Account) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("SELECT id FROM account WHERE url = ?1 AND appid = ?2")?
        .query_row((&account.url, &account.appid), |row| row.get(0))
        .optional()
}

/// The id of the account, which is given to it if it has none.
pub(super) fn id(db: &Connection, account: &Account) -> rusqlite::Result<i64> {
    if let Some(id) = find(db, account)? {
        return Ok(id);
    }
    db.prepare_cached("INSERT INTO account (url, appid) VALUES (?1, ?2)")?.execute((&account.url, &account.appid))?;
    Ok(db.last_insert_rowid())
}

pub(super) fn set_dialled_until(db: &Connection, account: &Account, until: Timestamp) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE account SET dialled_until = ?2 WHERE id = ?1")?.execute((id(db, account)?, until.0))?;
    Ok(())
}

/// Of each account: all its bills of the dialler that began before this time are stored.
pub(super) fn dialled_until(db: &Connection) -> rusqlite::Result<Vec<(Account, Timestamp)>> {
    db.prepare_cached("SELECT url, appid, dialled_until FROM account WHERE dialled_until IS NOT NULL ORDER BY id")?
        .query_map((), |row| {
            let account = Account { url: column::filled(row, 0)?, appid: column::filled(row, 1)? };
            Ok((account, Timestamp(row.get(2)?)))
        })?
        .collect()
}
