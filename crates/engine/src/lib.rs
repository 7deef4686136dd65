//! The engine: one task that owns the session, and the parts that carry out the session's effects.
//!
//! [`start`] restores the session from the store and runs it. The [`Handle`] takes inputs (intents, reports, callbacks) and gives
//! snapshots (a `watch`).

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod clock;
pub mod config;
pub mod doctor;
mod export;
mod fleet;
mod floor;
mod handle;
mod log;
mod lookups;
mod receipt;
mod recordings;
mod requests;
mod restore;
mod secrets;
mod sign_in;
mod supervise;
mod task;
mod trouble;

pub use clock::{Clock, SystemClock};
pub use export::{ExportError, Exports};
pub use floor::{Called, Entered, FloorHandle, FloorParts, Uploads, call_by_hand, not_through_gateway, start_floor};
pub use handle::{Callback, Handle, WishEnd};
pub use receipt::ShiftReceipt;
pub use recordings::{Kind, RecordingFolders, TransferLimits, Verified, Wave, WaveError, archive_folder, behind_tags, free_space, verify};
pub use restore::saved;
pub use secrets::problem as vault_problem;
pub use task::{Parts, StartError, start};
