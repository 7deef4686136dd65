//! Faults A1 to A15 between the client and the platform, over real connections. Each test names its number; A16 has a program of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "platform_faults/answers.rs"]
mod answers;
#[path = "platform_faults/fate.rs"]
mod fate;
#[path = "platform_faults/test_client.rs"]
mod test_client;
#[path = "platform_faults/token.rs"]
mod token;
#[path = "platform_faults/way.rs"]
mod way;
