//! Campaigns. A campaign is never deleted, so that its number is given once.

use ringside_domain::{Campaign, CampaignId, Running, TaskKnown, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use super::{account, part, sheet::SheetId};
use crate::{StoreError, column};

pub(super) const V1: &str = "
CREATE TABLE campaign (
    id   INTEGER PRIMARY KEY,
    over INTEGER NOT NULL,    -- 1: it makes no more calls
    json TEXT NOT NULL
) STRICT;
";

pub(super) fn put(db: &Connection, campaign: &Campaign) -> Result<(), StoreError> {
    let json = serde_json::to_string(campaign).map_err(|error| StoreError::Failed(error.to_string()))?;
    db.prepare_cached(
        "INSERT INTO campaign (id, over, json, account) VALUES (?1, 0, ?2, ?3) ON CONFLICT (id) DO UPDATE SET json = excluded.json",
    )?
    .execute((campaign.id.0, json, account::id(db, &campaign.account)?))?;
    Ok(())
}

/// Notes whether the campaign makes no more calls, after it or its parts changed. A campaign that cannot be read stays as it is noted.
pub(super) fn note_over(db: &Connection, id: CampaignId) -> Result<(), StoreError> {
    let Some(campaign) = get(db, id)? else { return Ok(()) };
    let over = is_over(&campaign) || (campaign.ended.is_some() && campaign.task == TaskKnown::None && !part::may_be_at_platform(db, id)?);
    db.prepare_cached("UPDATE campaign SET over = ?2 WHERE id = ?1 AND over <> ?2")?.execute((id.0, over))?;
    Ok(())
}

/// By what the platform confirmed: a wish to end it may not have arrived yet.
fn is_over(campaign: &Campaign) -> bool {
    let task_is_over = matches!(campaign.task, TaskKnown::Is { state: Running::Over, .. });
    task_is_over || campaign.finished_at.is_some() || campaign.removed_at.is_some()
}

/// By their numbers. A campaign that cannot be read is left out; its row stays, and its numbers still count as waiting or called.
pub(super) fn all(db: &Connection) -> rusqlite::Result<Vec<Campaign>> {
    read(db, "SELECT id, json FROM campaign ORDER BY id")
}

/// The campaigns that are not over.
pub(super) fn all_open(db: &Connection) -> rusqlite::Result<Vec<Campaign>> {
    read(db, "SELECT id, json FROM campaign WHERE over = 0 ORDER BY id")
}

/// Those that were hidden before this time.
pub(super) fn hidden_before(db: &Connection, at: Timestamp) -> rusqlite::Result<Vec<CampaignId>> {
    let over = read(db, "SELECT id, json FROM campaign WHERE over = 1 ORDER BY id")?;
    Ok(over.into_iter().filter(|campaign| campaign.removed_at.is_some_and(|hidden| hidden < at)).map(|campaign| campaign.id).collect())
}

/// `None` also if it cannot be read.
pub(super) fn get(db: &Connection, id: CampaignId) -> rusqlite::Result<Option<Campaign>> {
    let json: Option<String> =
        db.prepare_cached("SELECT json FROM campaign WHERE id = ?1")?.query_row([id.0], |row| column::filled(row, 0)).optional()?;
    Ok(json.and_then(|json| serde_json::from_str(&json).ok()))
}

fn read(db: &Connection, query: &str) -> rusqlite::Result<Vec<Campaign>> {
    let mut campaigns = Vec::new();
    let mut statement = db.prepare_cached(query)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        match serde_json::from_slice(row.get_ref(1)?.as_bytes().unwrap_or_default()) {
            Ok(campaign) => campaigns.push(campaign),
            Err(error) => tracing::error!(id, %error, "a stored campaign cannot be read"),
        }
    }
    Ok(campaigns)
}

/// The id of the campaign's account. The outer None: there is no such campaign.
pub(super) fn account_of(db: &Connection, campaign: CampaignId) -> rusqlite::Result<Option<Option<i64>>> {
    db.prepare_cached("SELECT account FROM campaign WHERE id = ?1")?.query_row([campaign.0], |row| row.get(0)).optional()
}

pub(super) fn next(db: &Connection) -> rusqlite::Result<i64> {
    let highest: Option<i64> = db.prepare_cached("SELECT max(id) FROM campaign")?.query_row((), |row| row.get(0)).optional()?.flatten();
    Ok(highest.unwrap_or_default().max(0).saturating_add(1))
}

/// The sheets of the account's campaigns that are not over, and of this campaign. A campaign that cannot be read can be any account's.
pub(super) fn sheets(db: &Connection, account: Option<i64>, campaign: Option<CampaignId>) -> rusqlite::Result<Vec<SheetId>> {
    db.prepare_cached(
        "SELECT sheet.id FROM campaign JOIN sheet ON sheet.campaign = campaign.id
         WHERE (campaign.over = 0 AND (campaign.account = ?1 OR campaign.account IS NULL)) OR campaign.id = ?2",
    )?
    .query_map((account, campaign.map(|campaign| campaign.0)), |row| row.get(0).map(SheetId))?
    .collect()
}
