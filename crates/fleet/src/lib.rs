//! Between a company's gateway and its desks: the words that they exchange, the permissions, and all code that knows NATS.
//!
//! [`words`] are the subjects and the JSON. [`hub`] is the gateway's side, [`desk`] the desk's. [`jwt`] makes the tokens by which the
//! server decides what a desk may do.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod desk;
pub mod hub;
pub mod jwt;
pub mod words;

use std::sync::Arc;

/// The wall clock: milliseconds since 1970. Only the program's clock reads the system's.
pub type WallClock = Arc<dyn Fn() -> i64 + Send + Sync>;
