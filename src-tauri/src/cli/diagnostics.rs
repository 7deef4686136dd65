//! `ringside diagnostics`: saves one file for support, also while Ringside runs.

use std::process::ExitCode;

use super::{Cli, Diagnostics, console};
use crate::{
    diagnosis,
    life::{environment::Secrets, paths::Paths},
};

/// Prints the file's path. Status 0: done, 1: failed.
pub async fn run(cli: &Cli, wanted: &Diagnostics, secrets: &Secrets, paths: &Paths) -> ExitCode {
    let folder = wanted.out.clone().unwrap_or_else(|| paths.exports());
    match diagnosis::save(&folder, cli.flags(), secrets, paths, None).await {
        Ok(file) => {
            console::say(&file.display().to_string());
            ExitCode::SUCCESS
        }
        Err(error) => {
            console::report(&error.to_string());
            ExitCode::FAILURE
        }
    }
}
