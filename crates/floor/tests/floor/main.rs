//! The rules of the supervisor's desk, by examples and by random inputs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod platform;
mod random;
mod sending;
mod store;
mod world;
