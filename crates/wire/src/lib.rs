//! What the platform writes, read: callbacks, codes, times, and JSON that is loose with types.
//!
//! The client and whoever takes callbacks share it; it opens no connection. «N4» and the like cite `docs/platform.md`, «L22» and «A6»
//! `docs/faults.md`.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod callback;
mod code;
#[cfg(test)]
mod fuzz;
pub mod json;
mod loose;
pub mod moment;
pub mod text;
mod zone;

pub use code::Code;
pub use loose::{Text, is_list, items, plain_names};
pub use zone::Zone;
