//! The database, in SQLite: a file of code for each table, and one writer thread with group commit.
//!
//! [`Store::write`] resolves when the batch is on disk, never before. Reads block for a short time, on connections of their own.
//!
//! [`FloorStore`] is the database of the supervisor's desk, a file of its own that is opened only when the desk is on.
//!
//! [`OutboxStore`] is the gateway's database: the company's callbacks, before and after they were published.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod backup;
mod call;
mod column;
mod connection;
mod day;
mod dead_letter;
mod entry;
mod error;
mod event;
mod export;
mod fetched;
mod floor;
mod ledger;
mod life;
mod log;
mod migration;
mod note;
mod number;
mod open;
mod outbox;
mod quarantine;
mod readers;
mod recording;
mod retention;
mod running;
mod search;
mod set_aside;
mod setting;
mod store;
mod volume;
mod write;
mod writer;

#[cfg(test)]
mod tests;

pub use backup::{DATABASES, back_up, remove_backups, restorable, restore};
pub use call::{Damage, RestoredCalls};
pub use error::StoreError;
pub use export::Export;
pub use floor::{FloorStore, RefusedRow, StagedRow};
pub use ledger::{Broken, Chain, ChainHash, ChainLink, ChainedCalls, LedgerRow, NotAHash};
pub use open::Opened;
pub use outbox::{Desk, OutboxCounts, OutboxStore, OutboxWrite, Sent, Unmapped, Unsent, Wish};
pub use recording::{Archive, Fetch, FetchOrder, KeptRecording, Recording, Troubled, Wanted};
pub use retention::Deleted;
pub use store::{Counts, Store};
pub use volume::is_network;
pub use write::Write;
