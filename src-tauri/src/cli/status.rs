//! The exit statuses of commands; `--help` names those of each command. Status 2 is a wrong command line.

pub const DONE: u8 = 0;
pub const FAILED: u8 = 1;
pub const USAGE: u8 = 2;
pub const NOT_RUNNING: u8 = 3;
pub const REFUSED: u8 = 4;
pub const IN_PART: u8 = 6;
pub const NOT_KNOWN: u8 = 7;
