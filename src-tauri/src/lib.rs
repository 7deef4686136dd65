//! The parts of the shell that know neither Tauri nor a web view: the process, the command line, the doctor, sound and texts. `ringside`
//! adds the windows; `ringsidectl`, the console program for Windows, is made of these parts alone.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]
// Read in this repository, where private items are documented too.
#![allow(rustdoc::private_intra_doc_links)]

pub mod cli;
pub mod diagnosis;
pub mod doctor;
pub mod floor;
pub mod life;
pub mod listener;
pub mod receipt;
pub mod sound;
pub mod system;
pub mod texts;
