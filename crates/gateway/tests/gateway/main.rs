//! The gateway with a real NATS server, the simulated platform and real desks.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(unix)]

mod administration;
mod callbacks;
mod certificate;
mod cluster;
mod floor;
mod kills;
mod outages;
mod requests;
#[path = "../../../../tests/src/server.rs"]
mod server;
mod world;
