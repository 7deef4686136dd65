//! Settings that an administrator locked hold while the engine runs, whoever asks for another value.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use ringside_domain::{
    Account, Agent, Extension, Farewell, Intent, Place, ProblemCode, QueueName, SettingChange, SignInView, SoundDevice, Theme,
};
use ringside_engine::config::{Config, File, Given, Sources};
use ringside_tests::Desk;
use ringside_vault::Vault;

/// A desk on a computer with this machine's file.
fn governed(folder: &Path, machine: &str) -> Desk {
    governed_with(folder, machine, Given::default())
}

fn governed_with(folder: &Path, machine: &str, command_line: Given) -> Desk {
    let machine = File { path: Path::new("machine.toml"), text: machine };
    let config = Config::read(Sources { machine: Some(machine), command_line, ..Sources::default() }).unwrap();
    Desk::open_as(folder, Vault::memory(), Given::default(), |parts| {
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
    // What was chosen before the lock is not in effect either, until the lock is gone.
    let desk = governed(folder.path(), "locked = [\"leaving.sleep\"]\n");
    assert_eq!(desk.now().settings.leaving.sleep, None, "locked without a value: the default");
    assert_eq!(desk.now().settings.leaving.quit, None, "the lock's value was never chosen");
    desk.close().await;
    let desk = governed(folder.path(), "");
    assert_eq!(desk.now().settings.leaving.sleep, Some(Farewell::SignOut));
    desk.close().await;
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

fn signing_in(url: &str, queues: &[&str]) -> Intent {
    let queues = queues.iter().map(|name| QueueName((*name).into())).collect();
    Intent::SignIn {
        account: Account { url: url.into(), appid: "demo".into() },
        agent: Agent { extension: Extension("7005".into()), agent_id: "10".into(), queues },
        accesskey: Some("k".to_owned().into()),
    }
}

#[tokio::test]
async fn a_key_that_is_locked_without_a_value_is_not_set_by_a_sign_in() {
    for (key, url, queues) in [("platform.url", "http://127.0.0.1:9/", &[][..]), ("agent.queues", "", &["queue-1"][..])] {
        let folder = tempfile::tempdir().unwrap();
        let desk = governed(folder.path(), &format!("locked = [\"{key}\"]\n"));
        desk.handle.intent(signing_in(url, queues));
        desk.handle.intent(Intent::ChangeSettings { change: SettingChange::Theme(Theme::Dark) });
        let snapshot = desk.until(|snapshot| snapshot.settings.theme == Theme::Dark).await;
        assert_eq!((&snapshot.account, &snapshot.agent), (&Account::default(), &Agent::default()), "{key}");
        let SignInView::Failed { problem, .. } = &snapshot.sign_in else { panic!("{key}: {:?}", snapshot.sign_in) };
        assert_eq!((problem.code, problem.detail.as_str()), (ProblemCode::SettingLocked, key));
        desk.close().await;
    }
}

#[tokio::test]
async fn fs4_no_start_deletes_the_accesskey_of_the_account_before() {
    let folder = tempfile::tempdir().unwrap();
    let machine = |appid: &str| format!("[platform]\nurl = \"http://127.0.0.1:9/\"\nappid = \"{appid}\"\n");
    let desk = governed(folder.path(), &machine("demo"));
    desk.handle.intent(signing_in("http://127.0.0.1:9/", &["queue-1"]));
    desk.until(|snapshot| snapshot.agent.agent_id == "10").await;
    desk.close().await;
    for appid in ["other", "demo"] {
        let desk = governed(folder.path(), &machine(appid));
        let now = desk.now();
        assert_eq!((now.account.appid.as_str(), now.agent.agent_id.as_str()), (appid, "10"));
        assert_eq!((now.owed.token, now.owed.secrets), (false, false), "{appid}");
        desk.close().await;
    }
}

#[tokio::test]
async fn a_changed_recommendation_applies_where_the_user_chose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let recommends = |url: &str, volume: u32| {
        format!(
            "[platform]\nurl = \"{url}\"\n[sound]\nring_volume = {volume}\nrecordings_volume = {volume}\n[recordings]\nlimit_gb = {volume}\n"
        )
    };
    let desk = governed(folder.path(), &recommends("https://a.example.com/", 40));
    for change in [SettingChange::Theme(Theme::Dark), SettingChange::RecordingsVolume(33)] {
        desk.handle.intent(Intent::ChangeSettings { change });
    }
    desk.until(|snapshot| snapshot.settings.sound.recordings_volume == 33).await;
    desk.close().await;
    let desk = governed(folder.path(), &recommends("https://b.example.com/", 50));
    let now = desk.now();
    assert_eq!((now.account.url.as_str(), now.settings.recordings.limit_gb), ("https://b.example.com/", Some(50)));
    assert_eq!((now.settings.sound.volume, now.settings.sound.recordings_volume), (50, 33), "the second one was chosen");
    assert_eq!(now.settings.theme, Theme::Dark);
    // Who signs in with the recommended address follows it, too; who signs in at another one stays there.
    for (chosen, later) in [("https://b.example.com/", "https://c.example.com/"), ("http://127.0.0.1:9/", "http://127.0.0.1:9/")] {
        let desk = governed(folder.path(), &recommends("https://b.example.com/", 50));
        desk.handle.intent(signing_in(chosen, &[]));
        desk.until(|snapshot| snapshot.account.appid == "demo").await;
        desk.close().await;
        let desk = governed(folder.path(), &recommends("https://c.example.com/", 50));
        assert_eq!((desk.now().account.url.as_str(), desk.now().account.appid.as_str()), (later, "demo"), "{chosen}");
        desk.close().await;
    }
}

#[tokio::test]
async fn a_flag_of_one_run_is_not_kept_as_the_users_choice() {
    let folder = tempfile::tempdir().unwrap();
    let desk = governed(folder.path(), "");
    desk.handle.intent(signing_in("http://127.0.0.1:9/", &[]));
    desk.handle.intent(Intent::ChangeSettings { change: SettingChange::ArchiveLimitGb(9) });
    desk.until(|snapshot| snapshot.settings.recordings.limit_gb == Some(9)).await;
    desk.close().await;
    let flags = Given { archive_limit_gb: Some(5), keep_calls_days: Some(7), extension: Some(Extension("300".into())), ..Given::default() };
    let desk = governed_with(folder.path(), "", flags);
    let now = desk.now();
    assert_eq!((now.settings.recordings.limit_gb, now.agent.extension.0.as_str()), (Some(5), "300"));
    desk.handle.intent(Intent::ChangeSettings { change: SettingChange::Theme(Theme::Dark) });
    desk.until(|snapshot| snapshot.settings.theme == Theme::Dark).await;
    desk.close().await;
    let desk = governed(folder.path(), "");
    let now = desk.now();
    assert_eq!((now.settings.recordings.limit_gb, now.settings.recordings.keep_calls_days), (Some(9), None));
    assert_eq!((now.agent.extension.0.as_str(), now.settings.theme), ("7005", Theme::Dark));
    desk.close().await;
}

#[tokio::test]
async fn none_that_the_user_chose_stays_none_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let recommends = "[sound]\nring_devices = [\"Headset\"]\nrecordings_device = \"Headset\"\n[agent]\nqueues = [\"queue-1\"]\n";
    let headset = SoundDevice { id: "Headset".into(), name: "Headset".into() };
    let desk = governed(folder.path(), recommends);
    let sound = desk.now().settings.sound.clone();
    assert_eq!((&sound.devices[..], &sound.recordings_device), (&[headset.clone()][..], &Some(headset.clone())));
    desk.handle.intent(signing_in("http://127.0.0.1:9/", &[]));
    for intent in [
        Intent::ChangeSettings { change: SettingChange::RingNotOn("Headset".into()) },
        Intent::ChangeSettings { change: SettingChange::RecordingsDevice(None) },
        Intent::LeaveQueue { queue: QueueName("queue-1".into()) },
    ] {
        desk.handle.intent(intent);
    }
    desk.until(|snapshot| snapshot.agent.agent_id == "10" && snapshot.agent.queues.is_empty()).await;
    desk.close().await;
    let desk = governed(folder.path(), recommends);
    let now = desk.now();
    assert_eq!((&now.settings.sound.devices[..], &now.settings.sound.recordings_device), (&[][..], &None));
    assert!(now.agent.queues.is_empty(), "{:?}", now.agent.queues);
    desk.close().await;
}
