//! The kinds of data that the gateway writes.

use ringside_domain::Timestamp;
use rusqlite::Connection;

use super::{Desk, Sent, callback, desk, wish};
use crate::{dead_letter, setting, writer::Change};

/// One write of a batch.
#[derive(Clone, Debug)]
pub enum OutboxWrite {
    /// An accepted callback. Callbacks with the same key are duplicates, of which the first is kept.
    Callback {
        key: [u8; 32],
        /// The last word of the message's subject.
        desk: String,
        /// The callback's extension, if no desk has it.
        unmapped: Option<String>,
        payload: String,
        received_at: Timestamp,
    },
    /// The stream has acknowledged the callback.
    Sent(Sent),
    /// The stream has lost all messages after this number: they are to be sent again, except those received before `since`. The last thousands of
    /// them are marked; to be written until none is left, see [`super::OutboxStore::sent_up_to`].
    Lost {
        after: u64,
        since: Timestamp,
    },
    /// A body that could not be read as a callback. Its first 4 KiB are kept, of the last 500 bodies.
    DeadLetter {
        body: Vec<u8>,
        reason: String,
        received_at: Timestamp,
    },
    /// An entry of the registry.
    Desk(Desk),
    DeskGone {
        key: String,
    },
    WishBegun {
        id: String,
        at: Timestamp,
    },
    WishEnded {
        id: String,
        outcome: String,
    },
    Setting {
        key: String,
        json: String,
    },
}

/// Identifies data that is written again if a write failed, since nobody sends it again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum OutboxKey {
    Desk(String),
    /// After a wish's begin, which its row needs.
    WishEnded(String),
    Setting(String),
}

impl Change for OutboxWrite {
    type Key = OutboxKey;

    fn put(&self, db: &Connection) -> rusqlite::Result<()> {
        match self {
            Self::Callback { key, desk, unmapped, payload, received_at } => {
                callback::insert(db, key, desk, unmapped.as_deref(), payload, *received_at)
            }
            Self::Sent(sent) => callback::sent(db, sent),
            Self::Lost { after, since } => callback::lost(db, *after, *since),
            Self::DeadLetter { body, reason, received_at } => dead_letter::insert(db, body, reason, *received_at),
            Self::Desk(desk) => desk::put(db, desk),
            Self::DeskGone { key } => desk::delete(db, key),
            Self::WishBegun { id, at } => wish::begin(db, id, *at),
            Self::WishEnded { id, outcome } => wish::end(db, id, outcome),
            Self::Setting { key, json } => setting::put(db, key, json),
        }
    }

    /// A mark that is lost is no loss: the callback is sent again, and the stream knows its key.
    fn key(&self) -> Option<OutboxKey> {
        match self {
            Self::Desk(Desk { key, .. }) | Self::DeskGone { key } => Some(OutboxKey::Desk(key.clone())),
            Self::WishEnded { id, .. } => Some(OutboxKey::WishEnded(id.clone())),
            Self::Setting { key, .. } => Some(OutboxKey::Setting(key.clone())),
            Self::Callback { .. } | Self::Sent(_) | Self::Lost { .. } | Self::DeadLetter { .. } | Self::WishBegun { .. } => None,
        }
    }

    fn callback_bytes(&self) -> usize {
        match self {
            Self::Callback { payload, .. } => payload.len().max(1),
            Self::DeadLetter { body, .. } => body.len().max(1),
            _ => 0,
        }
    }
}
