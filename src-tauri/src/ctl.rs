//! `ringsidectl`: Ringside's commands as a console program, for Windows, where a program with windows has no console. It contains no web
//! view, so it also works on a computer without one.

use std::process::ExitCode;

use clap::CommandFactory;
use ringside_shell::{
    cli::Cli,
    life::{environment, paths::Paths},
};

const NAME: &str = "ringsidectl";

fn main() -> ExitCode {
    // SAFETY: no other thread runs yet.
    #[allow(unsafe_code)]
    let secrets = unsafe { environment::prepare() };
    let command =
        Cli::command().name(NAME).bin_name(NAME).about("Ringside's commands, for consoles and scripts").arg_required_else_help(true);
    let cli = match Cli::read(command) {
        Ok(cli) => cli,
        Err(status) => return status,
    };
    let paths = Paths::new(cli.data_dir.clone(), cli.demo);
    cli.carry_out(&secrets, &paths).unwrap_or_else(|| cli.without_windows(&paths))
}
