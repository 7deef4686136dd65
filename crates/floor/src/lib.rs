//! The rules of the supervisor's desk as a pure state machine: [`Floor::apply`] takes an input and the time and returns effects. Another
//! task than the agent's session owns it; the engine carries out the effects.
//!
//! The floor sends nothing by itself: each request waits for a turn in the session's budget, which all of the process shares.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod effect;
mod input;

pub use effect::{Effect, Errand};
pub use input::{FloorStart, Input};
