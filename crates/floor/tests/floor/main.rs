//! The rules of the supervisor's desk, by examples and by random inputs.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod breaks;
mod dialled;
mod driving;
mod elsewhere;
mod holds;
mod listed;
mod platform;
mod queues;
mod random;
mod reading;
mod removing;
mod sending;
mod setting;
mod store;
mod story;
mod unknown;
mod wallboard;
mod why;
mod world;
