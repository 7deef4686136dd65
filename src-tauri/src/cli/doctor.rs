//! `ringside doctor`: checks the setup and prints the results, also while Ringside runs.

use std::process::ExitCode;

use super::{Cli, Doctor, console};
use crate::{
    doctor,
    life::{environment::Secrets, paths::Paths},
    texts::Texts,
};

/// Prints a line for each check. Status 0: no check failed; otherwise 1.
pub async fn run(cli: &Cli, wanted: &Doctor, secrets: &Secrets, paths: &Paths) -> ExitCode {
    let checks = match doctor::examine(cli.flags(), secrets, paths).await {
        Ok(checks) => checks,
        Err(failure) => {
            console::report(&failure.to_string());
            return ExitCode::FAILURE;
        }
    };
    let healthy = doctor::is_healthy(&checks);
    let texts = &Texts::system().doctor;
    console::say(&if wanted.json { doctor::as_json(&checks, healthy, texts).to_string() } else { doctor::in_words(&checks, texts) });
    if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
