//! `ringside.exe` without a window. On another system there is nothing to test here; `scripts/wine-tests` runs it by Wine.

#![cfg(windows)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "windows/commands.rs"]
mod commands;
#[path = "windows/folders.rs"]
mod folders;

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;

const KEY: &str = "demo-key";

/// The app with its data in this folder; `RINGSIDE_BIN` names the program.
fn ringside(folder: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("RINGSIDE_BIN").expect("RINGSIDE_BIN names the app that is to be tested"));
    command.arg("--data-dir").arg(folder).env("RINGSIDE_NO_DIALOGUE", "1").stdin(Stdio::null());
    command
}

/// Runs the app with these arguments. Returns its exit status, its output and its errors.
fn tell<A: AsRef<OsStr>>(folder: &Path, arguments: &[A]) -> (Option<i32>, String, String) {
    let ended = ringside(folder).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (ended.status.code(), text(ended.stdout).trim_end().to_owned(), text(ended.stderr).trim_end().to_owned())
}

/// Runs `doctor --json`. Returns its exit status and its findings.
fn examined(command: &mut Command) -> (Option<i32>, BTreeMap<String, String>) {
    let ended = command.args(["doctor", "--json"]).output().unwrap();
    let text = String::from_utf8(ended.stdout).unwrap();
    assert!(!text.contains(KEY), "{text}");
    let said: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let text_of = |value: &Value| value.as_str().unwrap().to_owned();
    let checks = said["checks"].as_array().unwrap().iter().map(|check| (text_of(&check["about"]), text_of(&check["finding"])));
    (ended.status.code(), checks.collect())
}
