//! The process's life: where its files are, what it is given, one instance per data folder, and how it starts.

pub mod crashes;
pub mod demo;
pub mod environment;
pub mod instance;
pub mod logging;
pub mod paths;
pub mod provision;
pub mod start;
pub mod tasks;
