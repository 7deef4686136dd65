//! The platform's client: services, envelope, token, downloads.
//!
//! The platform's names of fields and services stay in this crate and in `ringside-wire`; other crates get the domain's types. Numbers such
//! as N4 cite `docs/platform.md`, numbers such as A6 and L22 cite `docs/faults.md`.

#![warn(missing_docs)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod call;
mod capture;
mod client;
mod download;
mod envelope;
mod error;
pub mod floor;
mod forms;
#[cfg(test)]
mod fuzz;
mod proxy;
mod reach;
mod redirect;
mod service;
mod services;
pub mod test_ring;
mod token;
mod transport;
mod unread;
mod written;

pub use capture::{Capture, Captured, Exchange};
pub use client::{Client, ClientOptions, WallClock};
pub use download::{Download, DownloadError, DownloadOptions, Downloads, Part};
pub use error::{Lost, PlatformError, Retry};
pub use forms::{service_form, service_forms};
pub use proxy::{Hop, NamedIn, Proxy, Way};
pub use redirect::stay_encrypted;
pub use service::{Repeat, Service};
pub use services::*;
pub use token::{SignedIn, Token};
pub use written::{Secrets, Written, fields_told};
