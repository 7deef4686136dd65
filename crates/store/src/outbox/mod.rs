//! The gateway's database, `outbox.db`: the company's callbacks, and copies of what the gateways share. A file of code per table.

mod callback;
mod desk;
mod store;
mod wish;
mod write;

use crate::{dead_letter, migration::Steps, setting};

pub use callback::{Sent, Unmapped, Unsent};
pub use desk::Desk;
pub use store::{OutboxCounts, OutboxStore};
pub use wish::Wish;
pub use write::OutboxWrite;

/// Append only: a released step is never changed, not even its comments, which SQLite stores in the schema.
pub(crate) const STEPS: Steps = &[&[setting::V1, callback::V1, dead_letter::V1, desk::V1, wish::V1]];
