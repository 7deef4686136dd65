//! The session's rules, by example and by chance: a desk that is driven input by input, with a clock that the tests turn.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod archive;
mod at_hand;
mod availability;
mod breaks;
mod budget;
mod call_back;
mod crm;
mod customers;
mod delivery;
mod desk;
mod hot_desk;
mod leaving;
mod ledger;
mod log;
mod matching;
mod meeting;
mod owed;
mod owed_random;
mod polling;
mod practice;
mod random;
mod recordings;
mod records;
mod rings;
mod seats;
mod seats_random;
mod settings;
mod several;
mod shortcuts;
mod sign_in;
mod signs;
mod sound;
mod ways;
mod wrap_up;
