//! Settings that an administrator locked hold while the engine runs, whoever asks for another value.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use ringside_domain::{Farewell, Intent, Place, ProblemCode, SettingChange};
use ringside_engine::config::{Config, File, Sources};
use ringside_tests::Desk;
use ringside_vault::Vault;

/// A desk on a computer with this machine's file.
fn governed(folder: &Path, machine: &str) -> Desk {
    let machine = File { path: Path::new("machine.toml"), text: machine };
    let config = Config::read(Sources { machine: Some(machine), ..Sources::default() }).unwrap();
    Desk::open_as(folder, Vault::memory(), ringside_engine::config::Given::default(), |parts| {
        parts.place = Place { locked: config.locked.clone(), ..parts.place.clone() };
        parts.config = config;
    })
}

#[tokio::test]
async fn an_intent_does_not_change_a_locked_setting_and_another_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let desk = governed(folder.path(), "locked = [\"leaving.quit\"]\n[leaving]\nquit = \"busy\"\n");
    for change in [SettingChange::OnQuit(Farewell::Stay), SettingChange::OnSleep(Farewell::SignOut)] {
        desk.handle.intent(Intent::ChangeSettings { change });
    }
    let snapshot = desk.until(|snapshot| snapshot.settings.leaving.sleep.is_some()).await;
    assert_eq!(snapshot.settings.leaving.quit, Some(Farewell::Busy));
    desk.close().await;
    // What was stored before the lock does not come back either.
    let desk = governed(folder.path(), "locked = [\"leaving.sleep\"]\n");
    let snapshot = desk.until(|snapshot| snapshot.settings.leaving.quit.is_some()).await;
    assert_eq!(snapshot.settings.leaving.sleep, None, "locked without a value: the default");
}

#[tokio::test]
async fn the_capture_of_exchanges_is_as_the_administrator_locked_it() {
    for (value, is_on) in [("false", false), ("true", true)] {
        let folder = tempfile::tempdir().unwrap();
        let desk = governed(folder.path(), &format!("locked = [\"diagnostics.capture\"]\n[diagnostics]\ncapture = {value}\n"));
        for wanted in [true, false] {
            let refusal = desk.handle.switch_capture(wanted).unwrap_err();
            assert_eq!((refusal.code, refusal.detail.as_str()), (ProblemCode::SettingLocked, "diagnostics.capture"));
            assert_eq!(desk.handle.captured(1).on, is_on);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let desk = governed(folder.path(), "[diagnostics]\ncapture = true\n");
    assert!(desk.handle.captured(1).on);
    desk.handle.switch_capture(false).unwrap();
    assert!(!desk.handle.captured(1).on, "not locked");
}
