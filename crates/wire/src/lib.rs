//! Parsers of the platform's data: callbacks, codes, times, loosely typed JSON.
//!
//! The client and the callback listener use them; this crate opens no connection. Numbers such as N4 are explained in `docs/platform.md`,
//! L22 and A6 in `docs/faults.md`.

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
