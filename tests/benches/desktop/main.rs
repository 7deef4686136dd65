//! Speed and size of the real app: each figure as a ratio to Chromium, measured in the same run, or against a limit.
//!
//! `make bench` builds the release and the package, and runs this on a virtual desktop. The figures are printed as a table and as JSON,
//! which is also written to `target/bench.json`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

#[path = "../../../crates/store/benches/log/calls.rs"]
#[allow(dead_code)]
mod calls;
mod chromium;
mod fetch;
mod idle;
mod log;
mod memory;
mod ring;
mod running_app;
mod screen;
mod start;
mod wallboard;

use std::{fs, path::Path};

use ring::Supervisor;
use ringside_tests::report::{self, Report};

#[tokio::main]
async fn main() {
    let only: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|one| one == name);
    let mut report = Report::default();
    if wanted("ring") {
        let folder = tempfile::tempdir().unwrap();
        ring::measure(&mut report, "ring", folder.path(), Supervisor::Off).await;
    }
    if wanted("ring-supervisor") {
        let folder = tempfile::tempdir().unwrap();
        ring::measure(&mut report, "ring-supervisor", folder.path(), Supervisor::Open).await;
    }
    if wanted("wallboard") {
        wallboard::measure(&mut report).await;
    }
    if wanted("memory") {
        memory::measure(&mut report).await;
    }
    if wanted("idle") {
        idle::measure(&mut report).await;
    }
    if wanted("soak") {
        memory::soak(&mut report).await;
    }
    if wanted("start") {
        start::measure(&mut report).await;
    }
    if wanted("fetch") {
        fetch::measure(&mut report).await;
    }
    if wanted("log") || wanted("ring-million") {
        let folder = log::million().await;
        if wanted("log") {
            log::measure(&mut report, folder.path()).await;
        }
        if wanted("ring-million") {
            ring::measure(&mut report, "ring-million", folder.path(), Supervisor::Off).await;
        }
    }
    if wanted("package") {
        package(&mut report);
    }
    report.print("bench.json");
}

/// The size of the .deb that `make bundle` made.
fn package(report: &mut Report) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release/bundle/deb");
    let files = fs::read_dir(&folder).expect("scripts/bench makes the package first").map(|entry| entry.unwrap());
    let deb = files.filter(|file| file.path().extension().is_some_and(|kind| kind == "deb")).last().expect("a .deb");
    let megabytes = deb.metadata().unwrap().len() as f64 / 1e6;
    report.limit("package", "size of the .deb", megabytes, "MB", 12.0);
}
