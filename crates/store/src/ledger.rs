//! The ledger of the shift: appended to, never changed, each entry chained to the one before it.
//!
//! The hash of an entry is SHA-256 over the hash before it (32 zero bytes before the first), the entry's number and time (8 bytes
//! each, the highest first), and the bytes of its JSON as they are kept. Of a call there is the hash of its row alone, so that
//! the call itself can be deleted. Who can write the file can chain all of it anew; a hash that was noted elsewhere shows that.

use std::{collections::HashMap, fmt, str::FromStr};

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use ringside_domain::{CallId, LedgerEntry, Timestamp};
use rusqlite::{Connection, OptionalExtension, types::ValueRef};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::call::id_number;

pub(crate) const V6: &str = "
CREATE TABLE ledger (
    id    INTEGER PRIMARY KEY,                        -- from 1, without a gap
    at    INTEGER NOT NULL,                           -- ms since 1970, our clock
    entry TEXT NOT NULL,                              -- JSON
    hash  BLOB NOT NULL CHECK (length(hash) = 32)     -- of all of this, and of the hash before
) STRICT;
CREATE TRIGGER ledger_is_not_changed BEFORE UPDATE ON ledger BEGIN SELECT raise(ABORT, 'the ledger is only appended to'); END;
CREATE TRIGGER ledger_is_not_shortened BEFORE DELETE ON ledger BEGIN SELECT raise(ABORT, 'the ledger is only appended to'); END;
";

/// The columns of a call that are hashed. Those that are empty are left out, so that a column that comes later changes nothing.
const FACTS: &str = "SELECT id, uuid, buuid, record_id, extension, queue, customer_number, display_number, direction, method, started_at, \
                     rang_at, answered_at, ended_at, hung_up_by, ending, waited_seconds, talked_seconds, recording, member_id, \
                     customer_id, maturity FROM call WHERE id = ?1";

/// A place in the chain, to be noted and compared.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct ChainHash([u8; 32]);

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hexadecimal digits")]
pub struct NotAHash;

impl FromStr for ChainHash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).map_err(|_| NotAHash)?;
        bytes.try_into().map(Self).map_err(|_| NotAHash)
    }
}

/// An entry as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    pub id: u64,
    pub at: Timestamp,
    /// None: of a kind that this program does not know.
    pub entry: Option<LedgerEntry>,
    pub hash: ChainHash,
}

/// What a walk along the whole chain found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    pub entries: u64,
    pub last: Option<Link>,
    /// The first entry that does not fit.
    pub broken: Option<Broken>,
    /// The entry that has the noted hash.
    pub noted: Option<Link>,
    pub calls: ChainedCalls,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    pub id: u64,
    pub at: Timestamp,
    pub hash: ChainHash,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// Its content, its place, or the hash before it is not what was chained.
    Changed(u64),
    /// The chain goes on after it.
    Missing(u64),
}

/// The calls that were entered, against the log as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainedCalls {
    /// As they were entered last.
    pub same: u64,
    /// No longer in the log; retention may have deleted them.
    pub gone: u64,
    /// Not what was entered.
    pub changed: Vec<CallId>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    #[serde(flatten)]
    entry: LedgerEntry,
    /// Of a call: the hash of its row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    facts: Option<String>,
}

pub(crate) fn append(db: &Connection, at: Timestamp, entry: &LedgerEntry) -> rusqlite::Result<()> {
    let facts = match entry {
        LedgerEntry::Call { call, .. } => Some(facts(db, *call)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?),
        _ => None,
    };
    let text = serde_json::to_string(&Kept { entry: entry.clone(), facts })
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let last = "SELECT id, hash FROM ledger ORDER BY id DESC LIMIT 1";
    // A last entry that is damaged breaks the chain there; what comes later is entered all the same.
    let last = db.prepare_cached(last)?.query_row((), |row| Ok((row.get::<_, i64>(0)?, row.get(1).unwrap_or_default()))).optional()?;
    let (id, before) = last.unwrap_or_default();
    let Some(next) = id.checked_add(1) else {
        tracing::error!("the ledger's last entry has the highest number there is: nothing can be entered after it");
        return Ok(());
    };
    let hash = chained(before, next, at.0, &text);
    db.prepare_cached("INSERT INTO ledger VALUES (?1, ?2, ?3, ?4)")?.execute((next, at.0, text, hash))?;
    Ok(())
}

pub(crate) fn chained(before: [u8; 32], id: i64, at: i64, text: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(id.to_be_bytes());
    hash.update(at.to_be_bytes());
    hash.update(text.as_bytes());
    hash.finalize().into()
}

/// The hash of what the log says of this call, None where it says nothing: each column's name, the length of its text, its text.
fn facts(db: &Connection, call: CallId) -> rusqlite::Result<Option<String>> {
    let mut statement = db.prepare_cached(FACTS)?;
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = statement.query([id_number(call)])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut hash = Sha256::new();
    for (column, name) in names.iter().enumerate() {
        let number;
        let text = match row.get_ref(column)? {
            ValueRef::Text(text) => text,
            ValueRef::Integer(value) => {
                number = value.to_string();
                number.as_bytes()
            }
            _ => continue,
        };
        hash.update(format!("{name} {} ", text.len()));
        hash.update(text);
    }
    Ok(Some(ChainHash(hash.finalize().into()).to_string()))
}

/// From the first entry to the last, in one reading of the database; `each` sees every entry up to the first that does not fit.
pub(crate) fn walk(db: &Connection, noted: Option<ChainHash>, mut each: impl FnMut(LedgerRow)) -> rusqlite::Result<Chain> {
    let reading = db.unchecked_transaction()?;
    let mut chain = Chain::default();
    let mut calls: HashMap<CallId, String> = HashMap::new();
    let mut statement = reading.prepare_cached("SELECT id, at, entry, hash FROM ledger ORDER BY id")?;
    let mut rows = statement.query(())?;
    let mut before = [0; 32];
    while let Some(row) = rows.next()? {
        let (id, at): (i64, i64) = (row.get(0)?, row.get(1)?);
        let expected = chain.entries + 1;
        if id.cast_unsigned() != expected {
            chain.broken = Some(Broken::Missing(expected));
            break;
        }
        // An entry that is no text, or a hash of another length, was not chained so.
        let (Ok(text), Ok(hash)) = (row.get_ref(2)?.as_str(), row.get::<_, [u8; 32]>(3)) else {
            chain.broken = Some(Broken::Changed(expected));
            break;
        };
        if chained(before, id, at, text) != hash {
            chain.broken = Some(Broken::Changed(expected));
            break;
        }
        let link = Link { id: expected, at: Timestamp(at), hash: ChainHash(hash) };
        let kept = serde_json::from_str::<Kept>(text).ok();
        if let Some(Kept { entry: LedgerEntry::Call { call, .. }, facts: Some(facts) }) = &kept {
            calls.insert(*call, facts.clone());
        }
        each(LedgerRow { id: expected, at: link.at, entry: kept.map(|kept| kept.entry), hash: link.hash });
        chain.noted = chain.noted.or_else(|| (noted == Some(link.hash)).then_some(link));
        chain.last = Some(link);
        chain.entries = expected;
        before = hash;
    }
    for (call, entered) in calls {
        match facts(&reading, call)? {
            None => chain.calls.gone += 1,
            Some(now) if now == entered => chain.calls.same += 1,
            Some(_) => chain.calls.changed.push(call),
        }
    }
    chain.calls.changed.sort_unstable();
    Ok(chain)
}
