//! The kinds of data that can be written.

use ringside_domain::{Call, CallId, Edit, LedgerEntry, Span, Timestamp};
use rusqlite::{Connection, TransactionBehavior};

use crate::{Fetch, call, dead_letter, event, fetched, ledger, note, recording, search, set_aside, setting, writer::Change};

/// Blocks of the search that one step builds; a block takes some ten milliseconds. Until they are built, searches are slower.
const TIDIED: usize = 4;

/// One write of a batch.
#[derive(Clone, Debug)]
pub enum Write {
    /// An accepted callback. Callbacks with the same `payload` are duplicates, of which the first is kept.
    Event {
        payload: String,
        received_at: Timestamp,
    },
    /// A callback for another extension: only its digest and time are kept, for a week, by which duplicates are recognised.
    ForeignEvent {
        payload: String,
        received_at: Timestamp,
    },
    /// Stored data that could not be read, as it was found; the last 200 are kept.
    SetAside {
        what: String,
        content: Vec<u8>,
        at: Timestamp,
    },
    /// A body that could not be read as a callback. Its first 4 KiB are kept, of the last 500 bodies.
    DeadLetter {
        body: Vec<u8>,
        reason: String,
        received_at: Timestamp,
    },
    /// Inserts the call, or replaces the call with this id.
    Call(Box<Call>),
    /// A change of a call's note; no callback and no record overwrites it.
    Note {
        call: CallId,
        edit: Edit,
    },
    /// The outcome of fetching or removing a call's recording.
    Recording {
        call: CallId,
        fetch: Fetch,
    },
    /// The link to a recording that has no name (P7).
    RecordingUrl {
        call: CallId,
        url: String,
    },
    /// All records of this span were fetched; their calls are in this batch or were written before. If the batch could not be written,
    /// the span is fetched again, so this write is never tried again alone.
    Fetched {
        scope: String,
        span: Span,
    },
    Setting {
        key: String,
        json: String,
    },
    /// Appends an entry to the ledger. The call of an entry is in this batch or was written before. `number` is unique in this run.
    Ledger {
        number: u64,
        at: Timestamp,
        entry: LedgerEntry,
    },
}

impl Change for Write {
    type Key = Key;

    fn callback_bytes(&self) -> usize {
        match self {
            Self::Event { payload, .. } | Self::ForeignEvent { payload, .. } => payload.len().max(1),
            Self::DeadLetter { body, .. } => body.len().max(1),
            Self::Call(_)
            | Self::Note { .. }
            | Self::Recording { .. }
            | Self::RecordingUrl { .. }
            | Self::Fetched { .. }
            | Self::Setting { .. }
            | Self::SetAside { .. }
            | Self::Ledger { .. } => 0,
        }
    }

    fn key(&self) -> Option<Key> {
        match self {
            Self::Call(call) => Some(Key::Call(call.id)),
            Self::Note { call, edit } => Some(Key::Note(*call, note::column(edit))),
            Self::Recording { call, .. } => Some(Key::Recording(*call)),
            Self::RecordingUrl { call, .. } => Some(Key::RecordingUrl(*call)),
            Self::Setting { key, .. } => Some(Key::Setting(key.clone())),
            Self::Ledger { number, .. } => Some(Key::Ledger(*number)),
            Self::Event { .. } | Self::ForeignEvent { .. } | Self::DeadLetter { .. } | Self::Fetched { .. } | Self::SetAside { .. } => None,
        }
    }

    fn put(&self, db: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Event { payload, received_at } => event::insert(db, payload, *received_at),
            Self::ForeignEvent { payload, received_at } => event::remember(db, payload, *received_at),
            Self::SetAside { what, content, at } => set_aside::put(db, what, content, *at),
            Self::DeadLetter { body, reason, received_at } => dead_letter::insert(db, body, reason, *received_at),
            Self::Call(call) => call::put(db, call),
            Self::Note { call, edit } => note::put(db, *call, edit),
            Self::Recording { call, fetch } => recording::put(db, *call, fetch),
            Self::RecordingUrl { call, url } => recording::put_url(db, *call, url),
            Self::Fetched { scope, span } => fetched::put(db, scope, *span),
            Self::Setting { key, json } => setting::put(db, key, json),
            Self::Ledger { at, entry, .. } => ledger::append(db, *at, entry),
        }
    }

    fn tidy(db: &mut Connection) -> rusqlite::Result<bool> {
        if !search::is_untidy(db)? {
            return Ok(false);
        }
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let more = search::tidy(&transaction, TIDIED)?;
        transaction.commit()?;
        Ok(more)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Call(CallId),
    Note(CallId, &'static str),
    RecordingUrl(CallId),
    Recording(CallId),
    Setting(String),
    /// After the calls in the order of keys, since it hashes their rows.
    Ledger(u64),
}
