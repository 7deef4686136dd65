//! A company's gateway. It takes the company's callbacks, keeps each before it is acknowledged, and brings it to the one desk of its
//! extension; of several gateways one leads, which alone holds the token and asks the platform.
//!
//! [`Gateway::start`] runs it. The order of the modules is that of a callback: [`company`] binds the listener, [`intake`] writes and
//! publishes, [`outbox`] sends what was left over; then come the desks' requests in [`leader`].

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod admin;
pub mod authority;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod company;
pub mod config;
pub mod counters;
pub mod data;
pub mod demo;
pub mod desks_file;
pub mod doctor;
pub mod folder;
pub mod gateway;
pub mod intake;
pub mod leader;
pub mod nats;
pub mod outbox;
pub mod registry;
pub mod secrets;
pub mod seen;
pub mod shared;
pub mod stream;
pub mod tasks;

pub use gateway::{Gateway, GatewayError};
