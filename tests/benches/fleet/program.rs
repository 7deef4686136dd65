//! The program of some desks, as a child process that can be killed: the real engine with its store, for each desk in a folder of its own.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use ringside_engine::config::Given;
use ringside_tests::Desk;
use ringside_vault::Vault;

/// Names the folder of the desks to a child.
pub const FOLDER: &str = "FLEET_PROGRAM";

/// Some desks and their program.
pub struct Program {
    folder: PathBuf,
    child: Option<Child>,
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Program {
    pub fn start(folder: PathBuf) -> Self {
        let mut program = Self { folder, child: None };
        program.restart();
        program
    }

    pub fn restart(&mut self) {
        self.kill();
        let mut command = Command::new(std::env::current_exe().unwrap());
        // Its input ends with this process, and the child with its input.
        command.env(FOLDER, &self.folder).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        self.child = Some(command.spawn().unwrap());
    }

    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

/// Writes what a new desk needs: its key, as the keyring would hold it, and the code of the administrator.
pub fn prepare(folder: &Path, seed: &str, code: &str, url: &str) {
    fs::create_dir_all(folder).unwrap();
    for (name, text) in [("seed", seed), ("code", code), ("url", url)] {
        fs::write(folder.join(name), text).unwrap();
    }
}

/// Where the desk in this folder has its database.
pub fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

/// In the child: runs the desks until the input ends.
pub async fn run(folder: &Path) {
    let mut desks = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let folder = entry.unwrap().path();
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        let (url, vault) = (read("url"), Vault::memory());
        vault.set(&format!("fleet {url}"), read("seed").into()).await.unwrap();
        let given = Given { fleet_url: Some(url.parse().unwrap()), fleet_code: Some(read("code").into()), ..Given::default() };
        desks.push(Desk::open_with(&data(&folder), vault, given));
    }
    let _ = tokio::task::spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink())).await;
}
