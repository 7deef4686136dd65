//! SQLite: one table, one file; one writer thread with group commit.
//!
//! [`Store::write`] resolves when the batch is on disk, never before. Reads block, shortly, on a connection of their own.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod call;
mod connection;
mod dead_letter;
mod error;
mod event;
mod life;
mod migration;
mod open;
mod quarantine;
mod setting;
mod store;
mod volume;
mod writer;

#[cfg(test)]
mod tests;

pub use call::Cursor;
pub use error::StoreError;
pub use open::Opened;
pub use store::{Counts, Store};
pub use writer::Write;
