//! The fleet with a real NATS server.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod enrolment;
mod feed;
mod forbidden;
mod lease;
mod outages;
mod proxy;
mod requests;
mod revocation;
#[path = "../../../../tests/src/server.rs"]
mod server;
mod tls;
mod world;
