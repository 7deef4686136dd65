//! The platform's client: services, envelope, codes, token life; bytes of a callback to a signal.
//!
//! The platform's spellings stay in this crate; what leaves it are the domain's words. «N4» and the like cite the notes on
//! reading the platform's documentation, «A6» and «L22» the list of faults.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod call;
pub mod callback;
mod capture;
mod client;
mod code;
mod download;
mod envelope;
mod error;
#[cfg(test)]
mod fuzz;
mod json;
mod moment;
mod reach;
mod service;
mod services;
pub mod test_ring;
mod text;
mod token;
mod transport;
mod unread;
mod wire;
mod zone;

pub use capture::{Capture, Captured, Exchange};
pub use client::{Client, ClientOptions, WallClock};
pub use code::Code;
pub use download::{Download, DownloadError, DownloadOptions, Downloads, Part};
pub use error::{Lost, PlatformError, Retry};
pub use service::{Repeat, Service};
pub use services::*;
pub use token::{SignedIn, Token};
pub use zone::Zone;
