//! Calls that the dialler made, by their bills.

use ringside_domain::{CampaignId, Customer, Dialled, DialledOutcome, EndingSeen, Extension, NumberRules, Timestamp, is_withheld};
use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::{clean::DELETED, do_not_call::Listed, number, number_key, reached, sheet};
use crate::{
    call::{ending, ending_text},
    column,
};

pub(super) const V1: &str = "
CREATE TABLE dialled (
    id             INTEGER PRIMARY KEY,
    bill           TEXT NOT NULL UNIQUE, -- the bill's id, or its uuid
    key            INTEGER NOT NULL,     -- of the number in its plain form
    phone          TEXT NOT NULL,        -- as in the bill
    began_at       INTEGER NOT NULL,     -- ms since 1970
    ended_at       INTEGER NOT NULL,     -- ms since 1970
    outcome        INTEGER NOT NULL,     -- 0 not answered, 1 no agent was reached, 2 an agent was reached
    talked_seconds INTEGER NOT NULL,
    waited_seconds INTEGER NOT NULL,
    extension      TEXT,
    customer_id    TEXT NOT NULL,
    campaign       INTEGER               -- campaign.id; NULL: made elsewhere
) STRICT;
CREATE INDEX dialled_by_number ON dialled (key, began_at);
CREATE INDEX dialled_by_time ON dialled (began_at, outcome, waited_seconds);
CREATE INDEX dialled_of_campaign ON dialled (campaign, outcome, began_at) WHERE campaign IS NOT NULL;
";

/// Each call belongs to the account whose bill it is.
pub(super) const V3: &str = "
ALTER TABLE dialled RENAME TO dialled_v1;
DROP INDEX dialled_by_number;
DROP INDEX dialled_by_time;
DROP INDEX dialled_of_campaign;
CREATE TABLE dialled (
    id             INTEGER PRIMARY KEY,
    account        INTEGER NOT NULL,     -- account.id
    bill           TEXT NOT NULL,        -- the bill's id, or its uuid
    key            INTEGER NOT NULL,     -- of the number in its plain form
    phone          TEXT NOT NULL,        -- as in the bill
    began_at       INTEGER NOT NULL,     -- ms since 1970
    ended_at       INTEGER NOT NULL,     -- ms since 1970
    outcome        INTEGER NOT NULL,     -- 0 not answered, 1 no agent was reached, 2 an agent was reached
    talked_seconds INTEGER NOT NULL,
    waited_seconds INTEGER NOT NULL,
    extension      TEXT,
    customer_id    TEXT NOT NULL,
    campaign       INTEGER,              -- campaign.id; NULL: made elsewhere
    UNIQUE (account, bill)
) STRICT;
INSERT INTO dialled
    SELECT dialled_v1.id, coalesce(campaign.account, newest.account), bill, key, phone, began_at, ended_at, outcome, talked_seconds,
        waited_seconds, extension, customer_id, campaign
    FROM dialled_v1 LEFT JOIN campaign ON campaign.id = dialled_v1.campaign
    JOIN (SELECT account FROM campaign WHERE account IS NOT NULL ORDER BY id DESC LIMIT 1) AS newest;
DROP TABLE dialled_v1;
CREATE INDEX dialled_by_number ON dialled (account, key, began_at);
CREATE INDEX dialled_by_time ON dialled (account, began_at, outcome, waited_seconds);
CREATE INDEX dialled_by_age ON dialled (began_at);
CREATE INDEX dialled_of_campaign ON dialled (campaign, outcome, began_at) WHERE campaign IS NOT NULL;
";

pub(super) const V5: &str = "
ALTER TABLE dialled ADD COLUMN ending TEXT; -- as in the table call; NULL: not known
";

/// Unanswered calls of a campaign whose endings are counted, so that the count takes equally long for each campaign and tells of the latest
/// calls.
const JUDGED: u32 = 1000;
/// Different endings that are shown.
const SHOWN: u32 = 5;

/// The columns that [`read`] reads, in its order.
const COLUMNS: &str = "bill, phone, began_at, ended_at, outcome, talked_seconds, waited_seconds, extension, customer_id, campaign, coalesce(shown, ''), ending";

/// Inserts the call, or replaces the call with this key unless more is known of that one. `key`: of its number.
pub(super) fn put(db: &Connection, account: i64, call: &Dialled, key: i64, campaign: Option<CampaignId>) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO dialled (account, bill, key, phone, began_at, ended_at, outcome, talked_seconds, waited_seconds, extension, customer_id, campaign, shown, ending)
         VALUES (:account, :bill, :key, :phone, :began_at, :ended_at, :outcome, :talked_seconds, :waited_seconds, :extension, :customer_id, :campaign, :shown, :ending)
         ON CONFLICT (account, bill) DO UPDATE SET
             key = iif(excluded.campaign IS NULL AND dialled.campaign IS NOT NULL, dialled.key, excluded.key), phone = excluded.phone, began_at = excluded.began_at,
             ended_at = excluded.ended_at, outcome = excluded.outcome, talked_seconds = excluded.talked_seconds,
             waited_seconds = excluded.waited_seconds, extension = excluded.extension, customer_id = excluded.customer_id,
             shown = excluded.shown, ending = coalesce(excluded.ending, dialled.ending),
             campaign = coalesce(excluded.campaign, dialled.campaign)
         WHERE (excluded.outcome, excluded.talked_seconds, excluded.ended_at) >= (dialled.outcome, dialled.talked_seconds, dialled.ended_at)",
    )?
    .execute(named_params! {
        ":account": account,
        ":bill": call.key,
        ":key": key,
        ":phone": call.phone,
        ":began_at": call.began_at.0,
        ":ended_at": call.ended_at.0,
        ":outcome": code(call.outcome),
        ":talked_seconds": call.talked_seconds,
        ":waited_seconds": call.waited_seconds,
        ":extension": call.extension.as_ref().map(|extension| &extension.0),
        ":customer_id": call.customer_id,
        ":campaign": campaign.map(|campaign| campaign.0),
        ":shown": call.shown,
        ":ending": call.ending.map(ending_text),
    })?;
    Ok(())
}

/// Deletes some of the calls that began before this time. False: there were none.
pub(super) fn delete_before(db: &Connection, at: Timestamp) -> rusqlite::Result<bool> {
    let deleted = db
        .prepare_cached("DELETE FROM dialled WHERE id IN (SELECT id FROM dialled WHERE began_at < ?1 ORDER BY began_at LIMIT ?2)")?
        .execute((at.0, DELETED))?;
    Ok(deleted > 0)
}

/// How often a number was called by a campaign, and how and when the last of these calls was made.
pub(super) fn of_number(
    db: &Connection,
    campaign: CampaignId,
    phone: &str,
) -> rusqlite::Result<(u32, Option<(DialledOutcome, Timestamp)>)> {
    let mut statement = db.prepare_cached(
        "SELECT outcome, began_at FROM dialled
         WHERE account = (SELECT account FROM campaign WHERE id = ?2) AND key = ?1 AND campaign = ?2 ORDER BY began_at, id",
    )?;
    let mut rows = statement.query((number_key::key(phone), campaign.0))?;
    let (mut calls, mut last) = (0, None);
    while let Some(row) = rows.next()? {
        calls += 1;
        last = Some((outcome(column::number(row, 0)?), Timestamp(row.get(1)?)));
    }
    Ok((calls, last))
}

/// The endings of a campaign's last unanswered calls, the most frequent first.
pub(super) fn endings(db: &Connection, campaign: CampaignId) -> rusqlite::Result<Vec<EndingSeen>> {
    db.prepare_cached(
        "SELECT ending, count(*) AS calls FROM
             (SELECT ending FROM dialled WHERE campaign = ?1 AND outcome = 0 ORDER BY began_at DESC LIMIT ?2)
         WHERE ending IS NOT NULL GROUP BY ending ORDER BY calls DESC, ending LIMIT ?3",
    )?
    .query_map((campaign.0, JUDGED, SHOWN), |row| Ok(EndingSeen { ending: ending(&column::filled(row, 0)?), calls: row.get(1)? }))?
    .collect()
}

/// How often each number was called for this account, by its key, in order: in all, and since `today`.
pub(super) fn each_number(
    db: &Connection,
    account: Option<i64>,
    today: Timestamp,
    mut each: impl FnMut(i64, u32, u32),
) -> rusqlite::Result<()> {
    let mut statement = db.prepare_cached("SELECT key, began_at FROM dialled WHERE account = ?1 ORDER BY key")?;
    let mut rows = statement.query([account])?;
    let mut current: Option<(i64, u32, u32)> = None;
    while let Some(row) = rows.next()? {
        let (key, is_today): (i64, bool) = (row.get(0)?, row.get::<_, i64>(1)? >= today.0);
        match &mut current {
            Some((same, all, of_today)) if *same == key => {
                *all += 1;
                *of_today += u32::from(is_today);
            }
            _ => {
                if let Some((key, all, of_today)) = current.replace((key, 1, u32::from(is_today))) {
                    each(key, all, of_today);
                }
            }
        }
    }
    if let Some((key, all, of_today)) = current {
        each(key, all, of_today);
    }
    Ok(())
}

/// The account's customers whose last answered call since then reached no agent, and whom no other call reached since, each with that call,
/// newest first.
pub(super) fn abandoned(db: &Connection, account: Option<i64>, numbers: &NumberRules, since: Timestamp) -> rusqlite::Result<Vec<Dialled>> {
    let calls: rusqlite::Result<Vec<Dialled>> = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM dialled AS this WHERE account = ?2 AND began_at >= ?1 AND outcome = 1
             AND NOT EXISTS (SELECT 1 FROM dialled AS later WHERE later.account = this.account AND later.key = this.key AND later.outcome > 0
                 AND later.began_at >= this.began_at AND (later.began_at > this.began_at OR later.id > this.id))
             ORDER BY began_at DESC, id DESC"
        ))?
        .query_map((since.0, account), read)?
        .collect();
    let listed = Listed::read(db, numbers)?;
    let mut customers = Vec::new();
    for call in calls?.into_iter().filter(|call| !is_withheld(&call.phone) && !listed.has(&call.phone)) {
        if !reached::since(db, account, numbers, &call.phone, call.began_at)? && !answered_later(db, account, numbers, &call)? {
            customers.push(call);
        }
    }
    Ok(customers)
}

/// The customers of these calls of the account, in their order: with all data and the spelling that their campaign has, otherwise with what
/// the bill tells. A call that is not there any more is left out.
pub(super) fn customers(db: &Connection, account: Option<i64>, keys: &[String]) -> rusqlite::Result<Vec<Customer>> {
    let mut calls = db.prepare_cached("SELECT key, campaign, phone, customer_id FROM dialled WHERE account = ?1 AND bill = ?2")?;
    let mut customers = Vec::with_capacity(keys.len());
    for bill in keys {
        let call = calls.query_row((account, bill), |row| {
            let billed = Customer { phone: column::filled(row, 2)?, customer_id: column::filled(row, 3)?, ..Customer::default() };
            Ok((row.get(0)?, column::number(row, 1)?.map(CampaignId), billed))
        });
        let Some((key, campaign, billed)) = call.optional()? else { continue };
        let sent = match campaign {
            Some(campaign) => sent(db, campaign, key)?,
            None => None,
        };
        // Its preset time was that of the earlier call.
        customers.push(sent.map_or(billed, |sent| Customer { at: None, ..sent }));
    }
    Ok(customers)
}

/// The number of the campaign that has this key, as it was sent. `None` also after its rows were deleted.
fn sent(db: &Connection, campaign: CampaignId, key: i64) -> rusqlite::Result<Option<Customer>> {
    for sheet in sheet::of_campaign(db, campaign)? {
        if let Some(place) = number_key::place(db, sheet, key)?
            && let Some((_, customer)) = number::get(db, sheet, place)?
        {
            return Ok(Some(customer));
        }
    }
    Ok(None)
}

/// Whether the customer's last answered call reached no agent, and no other call reached the customer since. A call that is not stored any
/// more is not compared.
pub(super) fn is_missed(db: &Connection, account: Option<i64>, numbers: &NumberRules, phone: &str) -> rusqlite::Result<bool> {
    let mut answered = db.prepare_cached(
        "SELECT began_at, outcome FROM dialled WHERE account = ?1 AND key = ?2 AND outcome > 0 ORDER BY began_at DESC, id DESC LIMIT 1",
    )?;
    let mut last: Option<(i64, Option<i64>)> = None;
    for key in number_key::spelled(numbers, phone) {
        let call = answered.query_row((account, key), |row| Ok((row.get(0)?, column::number(row, 1)?))).optional()?;
        last = last.max(call);
    }
    let Some((began_at, code)) = last else { return Ok(true) };
    Ok(outcome(code) == DialledOutcome::Abandoned && !reached::since(db, account, numbers, phone, Timestamp(began_at))?)
}

/// Whether an agent talked to the number with this key in a call that began since then.
pub(super) fn reached_since(db: &Connection, account: Option<i64>, key: i64, since: Timestamp) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM dialled WHERE account = ?1 AND key = ?2 AND began_at >= ?3 AND outcome = 2")?
        .exists((account, key, since.0))
}

/// Whether a later call to the customer was answered, in any spelling of the number.
fn answered_later(db: &Connection, account: Option<i64>, numbers: &NumberRules, call: &Dialled) -> rusqlite::Result<bool> {
    let mut statement =
        db.prepare_cached("SELECT EXISTS (SELECT 1 FROM dialled WHERE account = ?1 AND key = ?2 AND outcome > 0 AND began_at > ?3)")?;
    for key in number_key::spelled(numbers, &call.phone) {
        if statement.query_row((account, key, call.began_at.0), |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Dialled> {
    Ok(Dialled {
        key: column::filled(row, 0)?,
        phone: column::filled(row, 1)?,
        began_at: Timestamp(column::number(row, 2)?.unwrap_or_default()),
        ended_at: Timestamp(column::number(row, 3)?.unwrap_or_default()),
        outcome: outcome(column::number(row, 4)?),
        talked_seconds: column::number(row, 5)?.unwrap_or_default(),
        waited_seconds: column::number(row, 6)?.unwrap_or_default(),
        extension: column::text(row, 7)?.map(Extension),
        customer_id: column::filled(row, 8)?,
        campaign: column::number(row, 9)?.map(CampaignId),
        shown: column::filled(row, 10)?,
        ending: column::text(row, 11)?.map(|text| ending(&text)),
    })
}

pub(super) fn code(outcome: DialledOutcome) -> i64 {
    match outcome {
        DialledOutcome::NotAnswered => 0,
        DialledOutcome::Abandoned => 1,
        DialledOutcome::Reached => 2,
    }
}

pub(super) fn outcome(code: Option<i64>) -> DialledOutcome {
    match code {
        Some(1) => DialledOutcome::Abandoned,
        Some(2) => DialledOutcome::Reached,
        _ => DialledOutcome::NotAnswered,
    }
}
