//! Settings change one at a time: whoever asks for one may have an old view of the others.

use ringside_domain::*;
use serde_json::json;

use crate::desk::*;

fn device(id: &str) -> SoundDevice {
    SoundDevice { id: id.into(), name: format!("{id} by name") }
}

/// As the window writes it.
fn asked(change: serde_json::Value) -> SettingChange {
    let intent: Intent = serde_json::from_value(json!({ "kind": "changeSettings", "change": change })).unwrap();
    let Intent::ChangeSettings { change } = intent else { panic!("another intent") };
    change
}

#[test]
fn fd5_each_change_leaves_every_other_setting_as_it_is() {
    let changes = [
        json!({ "setting": "language", "value": "chinese" }),
        json!({ "setting": "theme", "value": "dark" }),
        json!({ "setting": "afterSignIn", "value": "available" }),
        json!({ "setting": "archive", "value": "mine" }),
        json!({ "setting": "archiveOrder", "value": "oldest" }),
        json!({ "setting": "archiveFolder", "value": "/archive" }),
        json!({ "setting": "archiveLimitGb", "value": 7 }),
        json!({ "setting": "keepRecordingsDays", "value": 90 }),
        json!({ "setting": "keepCallsDays", "value": 365 }),
        json!({ "setting": "quietIncoming", "value": true }),
        json!({ "setting": "quietOutgoing", "value": true }),
        json!({ "setting": "ringOn", "value": { "id": "usb", "name": "USB" } }),
        json!({ "setting": "ringVolume", "value": 35 }),
        json!({ "setting": "connectedTone", "value": false }),
        json!({ "setting": "recordingsDevice", "value": { "id": "hdmi", "name": "HDMI" } }),
        json!({ "setting": "recordingsVolume", "value": 15 }),
        json!({ "setting": "cardSize", "value": "large" }),
        json!({ "setting": "discreet", "value": true }),
        json!({ "setting": "crmMode", "value": "byHand" }),
        json!({ "setting": "crmTemplate", "value": "https://crm.example.com/" }),
        json!({ "setting": "alwaysOnTop", "value": true }),
        json!({ "setting": "onQuit", "value": "busy" }),
        json!({ "setting": "shortcut", "value": { "action": "busy", "keys": "Ctrl+Alt+B" } }),
        json!({ "setting": "detailedLog", "value": true }),
    ];
    let mut desk = Desk::new(start());
    // The leaves of the settings that differ from what they were.
    let leaves = |settings: &Settings| {
        let mut all = Vec::new();
        flatten("", &serde_json::to_value(settings).unwrap(), &mut all);
        all
    };
    for change in changes {
        let before = leaves(&desk.snapshot().settings);
        let after = leaves(&desk.change(asked(change.clone())).settings);
        let kept = before.iter().filter(|leaf| after.contains(leaf)).count();
        let (lost, new) = (before.len() - kept, after.iter().filter(|leaf| !before.contains(leaf)).count());
        // What had no value has three at once with the first farewell.
        assert!(lost <= 1 && (1..=3).contains(&new), "{change}: {before:?} became {after:?}");
    }
    assert_eq!(desk.saved.settings, desk.snapshot().settings, "kept");
}

fn flatten(path: &str, value: &serde_json::Value, all: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => fields.iter().for_each(|(name, value)| flatten(&format!("{path}.{name}"), value, all)),
        value => all.push(format!("{path} {value}")),
    }
}

#[test]
fn fd5_devices_are_chosen_and_given_up_one_by_one() {
    let mut desk = Desk::new(start());
    desk.change(SettingChange::RingOn(device("usb")));
    desk.change(SettingChange::RingOn(device("hdmi")));
    assert_eq!(desk.change(SettingChange::RingOn(device("usb"))).settings.sound.devices, [device("hdmi"), device("usb")]);
    assert_eq!(desk.change(SettingChange::RingNotOn("hdmi".into())).settings.sound.devices, [device("usb")]);
    desk.change(SettingChange::RecordingsDevice(Some(device("usb"))));
    let own = asked(json!({ "setting": "recordingsDevice", "value": null }));
    assert_eq!(desk.change(own).settings.sound.recordings_device, None, "the system's own again");
}

#[test]
fn fd5_each_occasion_to_leave_and_each_shortcut_is_set_alone() {
    let mut desk = Desk::new(start());
    desk.change(SettingChange::OnSleep(Farewell::SignOut));
    let leaving = desk.change(SettingChange::OnQuit(Farewell::Busy)).settings.leaving;
    assert_eq!(leaving, Some(Leaving { quit: Farewell::Busy, log_off: Farewell::Stay, sleep: Farewell::SignOut }));
    desk.change(SettingChange::Shortcut { action: ShortcutAction::Show, keys: "Alt+F1".into() });
    let shortcuts = desk.change(SettingChange::Shortcut { action: ShortcutAction::Busy, keys: "Alt+F2".into() }).settings.shortcuts.clone();
    assert_eq!(shortcuts, Shortcuts { show: Some("Alt+F1".into()), busy: Some("Alt+F2".into()), ..Shortcuts::default() });
    assert_eq!(desk.change(SettingChange::RingVolume(1000)).settings.sound.volume, 100, "no louder than all");
}
