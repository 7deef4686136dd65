//! The session's rules, by example and by chance: a desk that is driven input by input, with a clock that the tests turn.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod availability;
mod call_back;
mod desk;
mod ledger;
mod log;
mod polling;
mod practice;
mod random;
mod recordings;
mod rings;
mod sign_in;
