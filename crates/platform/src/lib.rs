//! The platform's client: services, envelope, token life, downloads.
//!
//! The platform's spellings stay here and in `ringside-wire`; what leaves them are the domain's words. «N4» and the like cite
//! `docs/platform.md`, «A6» and «L22» `docs/faults.md`.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod call;
mod capture;
mod client;
mod download;
mod envelope;
mod error;
#[cfg(test)]
mod fuzz;
mod reach;
mod service;
mod services;
pub mod test_ring;
mod token;
mod unread;
mod way;

pub use capture::{Capture, Captured, Exchange};
pub use client::{Client, ClientOptions, WallClock};
pub use download::{Download, DownloadError, DownloadOptions, Downloads, Part};
pub use error::{Lost, PlatformError, Retry};
pub use service::{Repeat, Service};
pub use services::*;
pub use token::{SignedIn, Token};
