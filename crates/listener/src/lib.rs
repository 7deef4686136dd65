//! The local callback listener: guard, decode, offer to a sink.
//!
//! A connection carries one request after the other. [`serve`] answers 200 only after the sink has reported that the delivery is stored. All
//! other requests are refused with as few words as possible, and counted.
//!
//! The listener reads requests itself, not by an HTTP library: it has to know the byte at which a request ends before it looks at the next one,
//! and that its answer is written.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod address;
mod body;
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
