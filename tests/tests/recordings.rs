//! Recordings as files, from a simulator and from hosts with faults.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "recordings/archive.rs"]
mod archive;
#[path = "recordings/desk.rs"]
mod desk;
#[path = "recordings/files.rs"]
mod files;
#[path = "recordings/links.rs"]
mod links;
#[path = "recordings/removal.rs"]
mod removal;
#[path = "recordings/transfers.rs"]
mod transfers;
