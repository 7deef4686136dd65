//! The local callback listener: guard, decode, offer to a sink.
//!
//! A connection carries one request. [`serve`] answers 200 only after the sink has reported that the delivery is stored. All other requests
//! are refused with as few words as possible, and counted.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod address;
mod connection;
mod counters;
mod exchange;
mod guard;
mod head;
mod limits;
mod rules;
mod serve;

#[cfg(test)]
mod tests;

pub use address::{BindError, bind, callback_url, masked, secret};
pub use counters::{ConnectionEnd, Counters, Counts};
pub use limits::Limits;
pub use rules::{Rules, RulesError, Source, SourceError};
pub use serve::{Parts, Sink, serve};
