//! The ledger of the shift: entries are appended and never changed, and each entry's hash covers the hash before it.
//!
//! An entry's hash is SHA-256 over the hash before it (32 zero bytes before the first), the entry's number, its time in ms since 1970
//! (both in 8 bytes, big-endian), and the bytes of its JSON as stored. An entry about a call contains only a hash of the call's row, so
//! that the call can be deleted. A person who can write the file can compute all hashes anew; only a hash noted elsewhere shows that.

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

/// The columns of a call that are hashed. NULL columns are left out, so that a column that is added later changes no hash.
const FACTS: &str = "SELECT id, uuid, buuid, record_id, extension, queue, customer_number, display_number, direction, method, started_at, \
                     rang_at, answered_at, ended_at, hung_up_by, ending, waited_seconds, talked_seconds, recording, member_id, \
                     customer_id, maturity FROM call WHERE id = ?1";

/// The hash of an entry, to be noted elsewhere and compared later; written as 64 hexadecimal digits.
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

/// An entry as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    pub id: u64,
    pub at: Timestamp,
    /// `None`: this version does not know the kind of entry.
    pub entry: Option<LedgerEntry>,
    pub hash: ChainHash,
}

/// The result of checking the whole chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    pub entries: u64,
    pub last: Option<ChainLink>,
    /// The first entry that does not fit; the check ends there.
    pub broken: Option<Broken>,
    /// The entry that has the noted hash.
    pub noted: Option<ChainLink>,
    pub calls: ChainedCalls,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainLink {
    pub id: u64,
    pub at: Timestamp,
    pub hash: ChainHash,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The content, number or time of this entry, or the hash before it, is not what was hashed.
    Changed(u64),
    /// This entry is missing, and later ones are there.
    Missing(u64),
}

/// The calls of the ledger, compared with the calls in the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChainedCalls {
    /// Calls whose row is as it was when they were last entered.
    pub same: u64,
    /// Calls that are no longer in the log; retention may have deleted them.
    pub gone: u64,
    /// Calls whose row is not as it was when they were last entered.
    pub changed: Vec<CallId>,
}

#[derive(Serialize, Deserialize)]
struct StoredEntry {
    #[serde(flatten)]
    entry: LedgerEntry,
    /// For an entry about a call: the hash of the call's row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    facts: Option<String>,
}

pub(crate) fn append(db: &Connection, at: Timestamp, entry: &LedgerEntry) -> rusqlite::Result<()> {
    let facts = match entry {
        LedgerEntry::Call { call, .. } => Some(facts(db, *call)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?),
        _ => None,
    };
    let text = serde_json::to_string(&StoredEntry { entry: entry.clone(), facts })
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    append_text(db, at, &text)
}

/// Appends an entry that is JSON already.
pub(crate) fn append_text(db: &Connection, at: Timestamp, text: &str) -> rusqlite::Result<()> {
    let last = "SELECT id, hash FROM ledger ORDER BY id DESC LIMIT 1";
    // If the last entry is damaged, the chain is broken there; later entries are appended all the same.
    let last = db.prepare_cached(last)?.query_row((), |row| Ok((row.get::<_, i64>(0)?, row.get(1).unwrap_or_default()))).optional()?;
    let (id, before) = last.unwrap_or_default();
    let Some(next) = id.checked_add(1) else {
        tracing::error!("the ledger's last entry has the highest possible number: no entry can be appended");
        return Ok(());
    };
    let hash = chained(before, next, at.0, text);
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

/// The hash of the call's row: of each column its name, the length of its text in bytes, and its text. `None`: no such call in the log.
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

/// Checks the chain from the first entry on, in one transaction. `each` gets every entry before the first that does not fit.
pub(crate) fn walk(db: &Connection, noted: Option<ChainHash>, mut each: impl FnMut(LedgerRow)) -> rusqlite::Result<Chain> {
    let reading = db.unchecked_transaction()?;
    let mut calls: HashMap<CallId, String> = HashMap::new();
    let mut chain = walk_texts(&reading, noted, |link, text| {
        let kept = serde_json::from_str::<StoredEntry>(text).ok();
        if let Some(StoredEntry { entry: LedgerEntry::Call { call, .. }, facts: Some(facts) }) = &kept {
            calls.insert(*call, facts.clone());
        }
        each(LedgerRow { id: link.id, at: link.at, entry: kept.map(|kept| kept.entry), hash: link.hash });
    })?;
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

/// Checks the chain from the first entry on. `each` gets every entry's JSON before the first entry that does not fit.
pub(crate) fn walk_texts(db: &Connection, noted: Option<ChainHash>, mut each: impl FnMut(ChainLink, &str)) -> rusqlite::Result<Chain> {
    let mut chain = Chain::default();
    let mut statement = db.prepare_cached("SELECT id, at, entry, hash FROM ledger ORDER BY id")?;
    let mut rows = statement.query(())?;
    let mut before = [0; 32];
    while let Some(row) = rows.next()? {
        let (id, at): (i64, i64) = (row.get(0)?, row.get(1)?);
        let expected = chain.entries + 1;
        if id.cast_unsigned() != expected {
            chain.broken = Some(Broken::Missing(expected));
            break;
        }
        // An entry that is not text, or a hash that is not 32 bytes long, was changed after it was written.
        let (Ok(text), Ok(hash)) = (row.get_ref(2)?.as_str(), row.get::<_, [u8; 32]>(3)) else {
            chain.broken = Some(Broken::Changed(expected));
            break;
        };
        if chained(before, id, at, text) != hash {
            chain.broken = Some(Broken::Changed(expected));
            break;
        }
        let link = ChainLink { id: expected, at: Timestamp(at), hash: ChainHash(hash) };
        each(link, text);
        chain.noted = chain.noted.or_else(|| (noted == Some(link.hash)).then_some(link));
        chain.last = Some(link);
        chain.entries = expected;
        before = hash;
    }
    Ok(chain)
}
