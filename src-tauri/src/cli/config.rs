//! `ringside config`: prints each setting, where its value comes from and whether it is locked, without a window, also while Ringside runs.

use std::process::ExitCode;

use super::{Cli, ShowConfig, console};
use crate::life::{environment::Secrets, listing::Listing, paths::Paths, provision};

/// Prints the settings with which Ringside would start now with this command line. Status 0: done, 1: a source has an error.
pub fn run(cli: &Cli, wanted: &ShowConfig, secrets: &Secrets, paths: &Paths) -> ExitCode {
    let provisioned = match provision::read(cli.flags(), secrets) {
        Ok(provisioned) => provisioned,
        Err(error) => {
            console::report(&error.to_string());
            return ExitCode::FAILURE;
        }
    };
    let listing = Listing::of(&provisioned, paths);
    console::say(if wanted.json { listing.as_json().to_string() } else { listing.in_words() }.trim_end());
    ExitCode::SUCCESS
}
