//! What can be kept.

use ringside_domain::{Call, CallId, Edit, LedgerEntry, Span, Timestamp};
use rusqlite::Connection;

use crate::{Fetch, call, dead_letter, event, fetched, ledger, note, recording, set_aside, setting};

/// One thing to be kept.
#[derive(Clone, Debug)]
pub enum Write {
    /// An accepted callback; `payload` tells duplicates, of which the first is kept.
    Event {
        payload: String,
        received_at: Timestamp,
    },
    /// A callback for another extension: what tells a duplicate of it is kept for a week, and nothing else.
    ForeignEvent {
        payload: String,
        received_at: Timestamp,
    },
    /// What could not be read of what was kept, as it was found; the last 200 of them.
    SetAside {
        what: String,
        content: Vec<u8>,
        at: Timestamp,
    },
    /// A body that could not be read: its first 4 KiB, the last 500 of them.
    DeadLetter {
        body: Vec<u8>,
        reason: String,
        received_at: Timestamp,
    },
    /// A call as it now is, new or known.
    Call(Box<Call>),
    /// What is ours about a call; no callback and no record overwrites it.
    Note {
        call: CallId,
        edit: Edit,
    },
    /// What came of a call's recording.
    Recording {
        call: CallId,
        fetch: Fetch,
    },
    /// Where a recording without a name can be had.
    RecordingUrl {
        call: CallId,
        url: String,
    },
    /// All records of this span were fetched, and their calls are in this batch or were written before. A batch that could
    /// not be written is to be fetched again: this is never tried again alone.
    Fetched {
        scope: String,
        span: Span,
    },
    Setting {
        key: String,
        json: String,
    },
    /// Appended to the ledger, of a call as it is in this batch or was written before; `number` tells this run's entries apart.
    Ledger {
        number: u64,
        at: Timestamp,
        entry: LedgerEntry,
    },
}

impl Write {
    /// Bytes of a callback; 0 for what is ours.
    pub(crate) fn callback_bytes(&self) -> usize {
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

    /// What a later write of the same replaces; None for what comes again from elsewhere.
    pub(crate) fn key(&self) -> Option<Key> {
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

    pub(crate) fn put(&self, db: &Connection) -> rusqlite::Result<()> {
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
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Call(CallId),
    Note(CallId, &'static str),
    RecordingUrl(CallId),
    Recording(CallId),
    Setting(String),
    /// After the calls, whose rows it hashes.
    Ledger(u64),
}
