//! Recordings of calls as files, from a platform and from hosts that are not what they should be.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "recordings/archive.rs"]
mod archive;
#[path = "recordings/desk.rs"]
mod desk;
#[path = "recordings/faults.rs"]
mod faults;
