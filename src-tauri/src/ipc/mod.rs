//! What the windows' pages ask of the shell, and what they are told.

pub mod bridge;
pub mod call_log;
pub mod commands;
pub mod recording_copies;
pub mod sound;
