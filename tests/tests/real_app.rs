//! The real app on a real desktop: window, tray, keyring, notifications. Only the platform is simulated.
//!
//! `scripts/desktop` provides the desktop. One app at a time, since there is one tray and one keyboard.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "real_app/callbacks.rs"]
mod callbacks;
#[path = "real_app/calls.rs"]
mod calls;
#[path = "real_app/campaign.rs"]
mod campaign;
#[path = "real_app/card.rs"]
mod card;
#[path = "real_app/checkup.rs"]
mod checkup;
#[path = "real_app/command_line.rs"]
mod command_line;
#[path = "real_app/company.rs"]
mod company;
#[path = "real_app/crm.rs"]
mod crm;
#[path = "real_app/day.rs"]
mod day;
#[path = "real_app/demo.rs"]
mod demo;
#[path = "real_app/five_queues.rs"]
mod five_queues;
#[path = "real_app/hands.rs"]
mod hands;
#[path = "real_app/hot_desk.rs"]
mod hot_desk;
#[path = "real_app/lacking.rs"]
mod lacking;
#[path = "real_app/notifications.rs"]
mod notifications;
#[path = "real_app/policy.rs"]
mod policy;
#[path = "real_app/restart.rs"]
mod restart;
#[path = "real_app/safe_mode.rs"]
mod safe_mode;
#[path = "real_app/settings.rs"]
mod settings;
#[path = "real_app/shift.rs"]
mod shift;
#[path = "real_app/sound.rs"]
mod sound;
#[path = "real_app/supervisor.rs"]
mod supervisor;
#[path = "real_app/tray.rs"]
mod tray;
#[path = "real_app/window.rs"]
mod window;

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
};

use ringside_simulator::{Fault, Options, Pace, Party, QueueSpec, RingSpec, SeatState, Simulator};
use ringside_tests::{
    OWN,
    desktop::{
        App, Field, Notifications, PATIENCE, Tray, binary, close, eventually, focused, picture, run, selection, tell, until, visible,
    },
    platform,
};

const CUSTOMER: &str = "013387525701";
/// The customer's number as the window shows it.
const SHOWN: &str = "0133 8752 5701";
const KEY: &str = "demo-key";
const CARD: &str = "Ringside ring card";
const MAIN: &str = "Ringside";
/// Tests must not listen on the same port.
const ANY_PORT: [&str; 2] = ["--bind", "127.0.0.1:0"];

/// The app, signed in to queue-1 and available, with callbacks from this platform.
async fn available(folder: &Path, simulator: &Simulator, arguments: &[&str]) -> App {
    let arguments = [&ANY_PORT[..], &["--after-sign-in", "available"], arguments].concat();
    let app = App::start(folder, &arguments).await;
    app.sign_in(simulator.url().as_str(), KEY, "queue-1").await;
    app.label("available").await;
    call_back(&app, simulator).await;
    app
}

/// Sets the callback URL at the platform. Rust copies the URL to the clipboard, since the page never has it.
async fn call_back(app: &App, simulator: &Simulator) {
    app.click("nav-connection").await;
    app.click("copy-address").await;
    let address = eventually("the callback address is copied", async || {
        let copied = selection();
        copied.contains("/callbacks/").then_some(copied)
    })
    .await;
    let page = app.evaluate("document.documentElement.outerHTML").await;
    let secret = address.rsplit('/').next().unwrap();
    assert!(!page.as_str().unwrap().contains(secret), "the secret stays out of the page");
    simulator.set_callback_url(Some(address.parse().unwrap()));
    app.click("nav-work").await;
}

async fn card_is(shown: bool) {
    let what = if shown { "the ring card is shown" } else { "the ring card is gone" };
    until(what, async || visible(CARD).is_empty() != shown).await;
}

/// The number of colours in a visible window; a blank window has one.
fn colours(title: &str) -> usize {
    let Some(window) = visible(title).pop() else { return 0 };
    run("convert", &[&format!("x:{window}"), "-format", "%k", "info:"]).parse().unwrap_or(0)
}

fn ring(simulator: &Simulator, customer: &str) -> ringside_simulator::CallId {
    simulator.ring(RingSpec::predictive(OWN, customer, "queue-1"))
}

/// Replaces the system's opener by a script that records its argument, and its environment in a file beside it. Returns a driver that uses it,
/// and a function that reads the arguments.
fn opener(folder: &Path) -> (Command, impl Fn() -> Vec<String> + use<>) {
    let (opened, opener) = (folder.join("opened"), folder.join("xdg-open"));
    fs::write(&opener, format!("#!/bin/sh\nenv >\"$0.environment\"\nprintf '%s\\n' \"$1\" >>'{}'\n", opened.display())).unwrap();
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).unwrap();
    let mut driver = Command::new("tauri-driver");
    driver.env("PATH", format!("{}:{}", folder.display(), std::env::var("PATH").unwrap()));
    // Only complete lines count.
    (driver, move || {
        fs::read_to_string(&opened)
            .unwrap_or_default()
            .split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n'))
            .map(str::to_owned)
            .collect()
    })
}

/// A16: fails if a file in the app's folder contains the accesskey, logs included.
fn assert_no_secret(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_no_secret(&path);
        } else if let Ok(bytes) = fs::read(&path) {
            assert!(!bytes.windows(KEY.len()).any(|part| part == KEY.as_bytes()), "{}", path.display());
        }
    }
}

/// The app without a driver, signed in by flags and environment.
struct Plain(std::process::Child);

impl Plain {
    fn start(folder: &Path, simulator: &Simulator) -> Self {
        Self::start_with(folder, simulator, &[])
    }

    fn start_with(folder: &Path, simulator: &Simulator, arguments: &[&str]) -> Self {
        Self(Self::command(folder, simulator, arguments).spawn().unwrap())
    }

    fn command(folder: &Path, simulator: &Simulator, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.arg("--data-dir").arg(folder).args(ANY_PORT).args(["--url", simulator.url().as_str(), "--appid", "demo"]);
        command.args(["--extension", OWN, "--agent-id", "10", "--queue", "queue-1"]).args(arguments);
        let environment = [("RINGSIDE_ACCESSKEY", KEY), ("RINGSIDE_AFTER_SIGN_IN", "available"), ("RINGSIDE_NO_DIALOGUE", "1")];
        command.envs(environment).stdin(Stdio::null());
        command
    }
}

impl Drop for Plain {
    fn drop(&mut self) {
        run("kill", &["-TERM", &self.0.id().to_string()]);
        let _ = self.0.wait();
    }
}
