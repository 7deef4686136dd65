//! Between a company's gateway and its desks: the words that they exchange, the permissions, and all code that knows NATS.
//!
//! [`words`] are the subjects and the JSON. [`hub`] is the gateway's side, [`desk`] the desk's. [`jwt`] makes the tokens by which the
//! server decides what a desk may do.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod desk;
pub mod hub;
pub mod jwt;
pub mod words;

use std::{sync::Arc, time::Duration};

/// The wall clock: milliseconds since 1970. Only the program's clock reads the system's.
pub type WallClock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How long a connection may take to be made, at desk, gateway and server: after a restart of the server, thousands of desks wait in a row for
/// their part of TLS, and one that gives up has to begin again.
pub const CONNECTING: Duration = Duration::from_secs(10);
