//! Settings change one at a time, since the sender may have an old view of the others.

use ringside_domain::*;
use serde_json::json;

use crate::desk::*;

fn device(id: &str) -> SoundDevice {
    SoundDevice { id: id.into(), name: format!("{id} by name") }
}

/// The change as the window sends it.
fn asked(change: serde_json::Value) -> SettingChange {
    let intent: Intent = serde_json::from_value(json!({ "kind": "changeSettings", "change": change })).unwrap();
    let Intent::ChangeSettings { change } = intent else { panic!("another intent") };
    change
}

/// One change of each key, as the window writes it.
fn changes() -> [serde_json::Value; 26] {
    [
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
        json!({ "setting": "cardMasked", "value": true }),
        json!({ "setting": "crmMode", "value": "byHand" }),
        json!({ "setting": "crmTemplate", "value": "https://crm.example.com/" }),
        json!({ "setting": "alwaysOnTop", "value": true }),
        json!({ "setting": "onQuit", "value": "busy" }),
        json!({ "setting": "shortcut", "value": { "action": "busy", "keys": "Ctrl+Alt+B" } }),
        json!({ "setting": "detailedLog", "value": true }),
        json!({ "setting": "supervisor", "value": true }),
    ]
}

#[test]
fn fd5_each_change_leaves_every_other_setting_as_it_is() {
    let mut desk = Desk::new(start());
    for change in changes() {
        let before = leaves(&desk.snapshot().settings);
        let after = leaves(&desk.change(asked(change.clone())).settings);
        let kept = before.iter().filter(|leaf| after.contains(leaf)).count();
        let (lost, new) = (before.len() - kept, after.iter().filter(|leaf| !before.contains(leaf)).count());
        // A device has an id and a name.
        assert!(lost <= 1 && (1..=2).contains(&new), "{change}: {before:?} became {after:?}");
    }
    assert_eq!(desk.saved.settings, desk.snapshot().settings, "kept");
    let json = serde_json::to_string(&desk.saved).unwrap();
    let mut stored: SavedState = serde_json::from_str(&json).unwrap();
    stored.take_effect();
    assert_eq!(stored.settings, desk.snapshot().settings, "stored");
}

/// Each value that is set, with its path.
fn leaves(settings: &Settings) -> Vec<String> {
    let mut all = Vec::new();
    flatten("", &serde_json::to_value(settings).unwrap(), &mut all);
    all
}

fn flatten(path: &str, value: &serde_json::Value, all: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => fields.iter().for_each(|(name, value)| flatten(&format!("{path}.{name}"), value, all)),
        value => all.push(format!("{path} {value}")),
    }
}

#[test]
fn fd5_of_two_changes_that_follow_one_another_neither_undoes_the_other() {
    for first in changes() {
        let mut alone = Desk::new(start());
        let before = leaves(&alone.snapshot().settings);
        let mut set = leaves(&alone.change(asked(first.clone())).settings);
        set.retain(|leaf| !before.contains(leaf));
        for second in changes().into_iter().filter(|second| *second != first) {
            // The page may send the second change before it has seen the first.
            let mut desk = Desk::new(start());
            desk.change(asked(first.clone()));
            let both = leaves(&desk.change(asked(second.clone())).settings);
            assert!(set.iter().all(|leaf| both.contains(leaf)), "{second} undid {first}");
        }
    }
}

/// Agents who use one desk in turn share the archive, and nothing else.
#[test]
fn the_settings_of_the_desk_are_those_of_the_recordings() {
    for change in changes().map(asked) {
        let mut settings = Settings::default();
        settings.change(change.clone());
        assert_eq!(change.is_of_desk(), settings.recordings != RecordingSettings::default(), "{change:?}");
    }
}

#[test]
fn fd5_sound_devices_are_added_and_removed_one_by_one() {
    let mut desk = Desk::new(start());
    desk.change(SettingChange::RingOn(device("usb")));
    desk.change(SettingChange::RingOn(device("hdmi")));
    assert_eq!(desk.change(SettingChange::RingOn(device("usb"))).settings.sound.devices, [device("hdmi"), device("usb")]);
    assert_eq!(desk.change(SettingChange::RingNotOn("hdmi".into())).settings.sound.devices, [device("usb")]);
    desk.change(SettingChange::RecordingsDevice(Some(device("usb"))));
    let own = asked(json!({ "setting": "recordingsDevice", "value": null }));
    assert_eq!(desk.change(own).settings.sound.recordings_device, None, "the system's default again");
}

#[test]
fn fd5_each_occasion_to_leave_and_each_shortcut_is_set_alone() {
    let mut desk = Desk::new(start());
    desk.change(SettingChange::OnSleep(Farewell::SignOut));
    let leaving = desk.change(SettingChange::OnQuit(Farewell::Busy)).settings.leaving;
    assert_eq!(leaving, Leaving { quit: Some(Farewell::Busy), log_off: None, sleep: Some(Farewell::SignOut) });
    desk.change(SettingChange::Shortcut { action: ShortcutAction::Show, keys: "Alt+F1".into() });
    let shortcuts = desk.change(SettingChange::Shortcut { action: ShortcutAction::Busy, keys: "Alt+F2".into() }).settings.shortcuts.clone();
    assert_eq!(shortcuts, Shortcuts { show: Some("Alt+F1".into()), busy: Some("Alt+F2".into()), ..Shortcuts::default() });
    assert_eq!(desk.change(SettingChange::RingVolume(1000)).settings.sound.volume, 100, "the volume is limited to 100");
}

#[test]
fn a_locked_setting_cannot_be_changed() {
    let changes = [
        ("agent.after_sign_in", SettingChange::AfterSignIn(SignInPolicy::Available)),
        ("recordings.archive", SettingChange::Archive(ArchiveScope::All)),
        ("recordings.order", SettingChange::ArchiveOrder(ArchiveOrder::Oldest)),
        ("recordings.folder", SettingChange::ArchiveFolder("/elsewhere".into())),
        ("recordings.limit_gb", SettingChange::ArchiveLimitGb(9)),
        ("recordings.keep_days", SettingChange::KeepRecordingsDays(1)),
        ("log.keep_days", SettingChange::KeepCallsDays(1)),
        ("crm.mode", SettingChange::CrmMode(CrmMode::OnRing)),
        ("crm.template", SettingChange::CrmTemplate("https://other.example.com/".into())),
        ("log.detailed", SettingChange::DetailedLog(true)),
        ("supervisor.enabled", SettingChange::Supervisor(true)),
        ("appearance.language", SettingChange::Language(Language::Chinese)),
        ("appearance.theme", SettingChange::Theme(Theme::Dark)),
        ("notifications.quiet_incoming", SettingChange::QuietIncoming(true)),
        ("notifications.quiet_outgoing", SettingChange::QuietOutgoing(true)),
        ("notifications.discreet", SettingChange::Discreet(true)),
        ("sound.ring_devices", SettingChange::RingOn(device("usb"))),
        ("sound.ring_volume", SettingChange::RingVolume(1)),
        ("sound.connected_tone", SettingChange::ConnectedTone(false)),
        ("sound.recordings_device", SettingChange::RecordingsDevice(Some(device("usb")))),
        ("sound.recordings_volume", SettingChange::RecordingsVolume(1)),
        ("card.size", SettingChange::CardSize(CardSize::Large)),
        ("card.masked", SettingChange::CardMasked(true)),
        ("window.always_on_top", SettingChange::AlwaysOnTop(true)),
        ("leaving.quit", SettingChange::OnQuit(Farewell::Busy)),
        ("leaving.log_off", SettingChange::OnLogOff(Farewell::Busy)),
        ("leaving.sleep", SettingChange::OnSleep(Farewell::Busy)),
        ("shortcuts.available", SettingChange::Shortcut { action: ShortcutAction::Available, keys: "Alt+F1".into() }),
        ("shortcuts.busy", SettingChange::Shortcut { action: ShortcutAction::Busy, keys: "Alt+F1".into() }),
        ("shortcuts.silence", SettingChange::Shortcut { action: ShortcutAction::Silence, keys: "Alt+F1".into() }),
        ("shortcuts.show", SettingChange::Shortcut { action: ShortcutAction::Show, keys: "Alt+F1".into() }),
    ];
    for (key, change) in changes {
        let place = Place { locked: vec![key.into()], ..Place::default() };
        let mut desk = Desk::new(Start { place, ..start() });
        let before = desk.snapshot().settings.clone();
        assert_eq!(desk.change(change.clone()).settings, before, "{key}");
        let other = if key == "crm.mode" { SettingChange::RingVolume(31) } else { SettingChange::CrmMode(CrmMode::ByHand) };
        assert_ne!(desk.change(other).settings, before, "{key} locks no other setting");
        assert_ne!(Desk::new(start()).change(change).settings, before, "{key}: without the lock it changes");
    }
}

#[test]
fn each_setting_that_the_window_can_change_can_be_locked() {
    for change in changes() {
        let change = asked(change);
        let place = Place { locked: vec![change.key().to_owned()], ..Place::default() };
        let mut desk = Desk::new(Start { place, ..start() });
        let before = desk.snapshot().settings.clone();
        assert_eq!(desk.change(change.clone()).settings, before, "{change:?}");
        assert!(desk.snapshot().place.forbids(&Intent::ChangeSettings { change }, &Account::default(), &Agent::default()).is_some());
    }
    let mut saved = SavedState::default();
    saved.settings.sound.devices = vec![device("usb")];
    let place = Place { locked: vec!["sound.ring_devices".into()], ..Place::default() };
    let mut desk = Desk::new(Start { place, saved, ..start() });
    assert_eq!(desk.change(SettingChange::RingNotOn("usb".into())).settings.sound.devices, [device("usb")], "nor removed");
}

#[test]
fn locked_queues_cannot_be_left_and_no_other_queue_can_be_joined() {
    let place = Place { locked: vec!["agent.queues".into()], ..Place::default() };
    let queues = vec![QueueName("queue-1".into())];
    let fresh = SavedState { agent: Some(Agent { queues, ..Agent::default() }), ..SavedState::default() };
    let mut desk = Desk::new(Start { saved: fresh.clone(), fresh, place, ..start() });
    desk.sign_in(&["queue-1"]);
    let (own, other) = (QueueName("queue-1".into()), QueueName("queue-9".into()));
    let membership = desk.snapshot().queues[0].membership.clone();
    desk.intent(Intent::JoinQueue { queue: other.clone() });
    desk.intent(Intent::LeaveQueue { queue: own.clone() });
    let snapshot = desk.snapshot();
    let queues: Vec<_> = snapshot.queues.iter().map(|queue| (&queue.name, &queue.membership)).collect();
    assert_eq!(queues, [(&own, &membership)]);
    let forbids = |intent: Intent| snapshot.place.forbids(&intent, &snapshot.account, &snapshot.agent);
    assert_eq!(forbids(Intent::LeaveQueue { queue: own.clone() }), Some("agent.queues"));
    assert_eq!(forbids(Intent::JoinQueue { queue: other }), Some("agent.queues"));
    assert_eq!(forbids(Intent::JoinQueue { queue: own }), None, "a sign-in that failed can be repeated");
}

#[test]
fn locked_values_of_account_and_agent_stay_as_provisioned_at_a_sign_in() {
    let given = |url: &str, appid: &str, agent_id: &str, queue: &str| {
        let account = Account { url: url.into(), appid: appid.into() };
        (account, Agent { extension: Extension("7005".into()), agent_id: agent_id.into(), queues: vec![QueueName(queue.into())] })
    };
    let (account, agent) = given("https://call.example.com/", "lantern", "10", "queue-1");
    let fresh = SavedState { account: Some(account.clone()), agent: Some(agent.clone()), ..SavedState::default() };
    let (other_account, other_agent) = given("https://other.example.com/", "other", "11", "queue-2");
    let other_agent = Agent { extension: Extension("7006".into()), ..other_agent };
    for (key, of) in [
        ("platform.url", "url"),
        ("platform.appid", "appid"),
        ("agent.extension", "extension"),
        ("agent.agent_id", "agentId"),
        ("agent.queues", "queues"),
    ] {
        let place = Place { locked: vec![key.into()], ..Place::default() };
        let mut desk = Desk::new(Start { saved: SavedState { signed_out: true, ..fresh.clone() }, fresh: fresh.clone(), place, ..start() });
        let now = desk.intent(Intent::SignIn {
            account: other_account.clone(),
            agent: other_agent.clone(),
            accesskey: Some("k".to_owned().into()),
        });
        let held = |account: &Account, agent: &Agent| {
            let all = [serde_json::to_value(account).unwrap(), serde_json::to_value(agent).unwrap()];
            all.iter().flat_map(|each| each.as_object().unwrap().clone()).collect::<serde_json::Map<_, _>>()
        };
        let (locked, others) = (held(&account, &agent), held(&other_account, &other_agent));
        for (field, value) in held(&now.account, &now.agent) {
            assert_eq!(&value, if field == of { &locked[&field] } else { &others[&field] }, "{key}: {field}");
        }
        let asked = desk.asked.iter().find_map(|(_, request)| match request {
            Request::SignIn { account, .. } => Some(account.clone()),
            _ => None,
        });
        assert_eq!(asked.as_ref(), Some(&now.account), "{key}");
    }
}

#[test]
fn a_sign_in_cannot_set_a_key_that_is_locked_without_a_value() {
    let (account, agent) = (Account { url: "https://other.example.com/".into(), appid: "other".into() }, agent(&["queue-2"]));
    for key in ["platform.url", "platform.appid", "agent.extension", "agent.agent_id", "agent.queues"] {
        let place = Place { locked: vec![key.into()], ..Place::default() };
        let mut desk = Desk::new(Start { place, ..start() });
        let sign_in = || Intent::SignIn { account: account.clone(), agent: agent.clone(), accesskey: Some("k".to_owned().into()) };
        let now = desk.snapshot();
        assert_eq!(now.place.forbids(&sign_in(), &now.account, &now.agent), Some(key));
        let now = desk.intent(sign_in());
        assert_eq!((&now.account, &now.agent), (&Account::default(), &Agent::default()), "{key}");
        let SignInView::Failed { problem, next_try_at: None } = &now.sign_in else { panic!("{key}: {:?}", now.sign_in) };
        assert_eq!((problem.code, problem.detail.as_str()), (ProblemCode::SettingLocked, key), "it is said");
        desk.intent(Intent::Retry);
        assert!(desk.asked.is_empty(), "{key}");
        // Who is signed in stays so.
        let place = Place { locked: vec!["agent.queues".into()], ..Place::default() };
        let mut desk = Desk::new(Start { place, ..start() });
        desk.sign_in(&[]);
        desk.intent(sign_in());
        assert!(matches!(desk.snapshot().sign_in, SignInView::SignedIn { .. }));
    }
}

fn names(queues: &[&str]) -> Vec<QueueName> {
    queues.iter().map(|name| QueueName((*name).into())).collect()
}

/// A desk for whose agents these queues are provisioned. `passing`: by a flag of this run.
fn with_queues(provisioned: &[&str], saved: SavedState, locked: &[&str], passing: &[&'static str]) -> Desk {
    let fresh = SavedState { agent: Some(Agent { queues: names(provisioned), ..Agent::default() }), ..SavedState::default() };
    let place = Place { locked: locked.iter().map(|key| (*key).to_owned()).collect(), ..Place::default() };
    Desk::new(Start { saved, fresh, place, passing: passing.to_vec(), ..start() })
}

#[test]
fn an_agent_who_signs_in_again_without_naming_queues_keeps_them() {
    for agent_id in ["10", "11"] {
        let mut desk = with_queues(&["queue-1"], SavedState::default(), &[], &[]);
        desk.sign_in(&["queue-2", "queue-3"]);
        for name in ["queue-2", "queue-3"] {
            desk.answer(|request| is_join(request, name), Ok(Outcome::Joined { already: false }));
        }
        let account = desk.snapshot().account.clone();
        let again = Agent { agent_id: agent_id.into(), ..agent(&[]) };
        desk.intent(Intent::SignIn { account, agent: again, accesskey: Some("k".into()) });
        assert_eq!(desk.snapshot().agent.queues, names(&["queue-2", "queue-3"]), "{agent_id}");
        assert_eq!(desk.saved.own_agent.clone().unwrap().queues, Some(names(&["queue-2", "queue-3"])));
        assert_eq!(desk.saved.owed.is_empty(), agent_id == "10", "the same agent stays in them");
    }
}

#[test]
fn an_agent_who_left_all_queues_is_in_none_after_the_next_sign_in() {
    for signs_out in [false, true] {
        let mut desk = with_queues(&["queue-1"], SavedState::default(), &[], &[]);
        desk.sign_in(&["queue-1"]);
        desk.intent(Intent::LeaveQueue { queue: QueueName("queue-1".into()) });
        for _ in 0..2 {
            if signs_out {
                desk.intent(Intent::SignOut);
                desk.pass_seconds(10);
                desk.answer_where(|request| matches!(request, Request::LeaveQueue { .. }), |_| Ok(Outcome::Done));
            }
            desk.sign_in(&[]);
            assert_eq!(desk.snapshot().agent.queues, [], "{signs_out}");
            assert_eq!(desk.saved.own_agent.clone().unwrap().queues, Some(vec![]), "{signs_out}");
        }
    }
}

#[test]
fn queues_that_a_flag_gives_are_those_of_this_run_also_for_an_agent_who_comes_back() {
    let owner = Owner { account: "acme".into(), extension: Extension(OWN.into()), agent: None };
    let absent = Absent { owner, queues: Some(names(&["queue-9"])), ..Absent::default() };
    let saved = SavedState { absent: vec![absent], ..SavedState::default() };
    let mut desk = with_queues(&["queue-1"], saved, &[], &["agent.queues"]);
    desk.sign_in(&[]);
    assert_eq!(desk.snapshot().agent.queues, names(&["queue-1"]));
}

#[test]
fn queues_that_an_agent_chose_before_a_lock_are_there_again_when_the_lock_is_gone() {
    let owner = Owner { account: "acme".into(), extension: Extension(OWN.into()), agent: None };
    let absent = Absent { owner, queues: Some(names(&["queue-9"])), ..Absent::default() };
    let saved = SavedState { absent: vec![absent], ..SavedState::default() };
    for (locked, queues) in [(&[][..], names(&["queue-9"])), (&["agent.queues"], names(&["queue-1"]))] {
        let mut desk = with_queues(&["queue-1"], saved.clone(), locked, &[]);
        desk.sign_in(&[]);
        assert_eq!(desk.snapshot().agent.queues, queues, "in effect");
        // Twice, and after a sign-out.
        desk.sign_in(&[]);
        assert_eq!(desk.saved.own_agent.clone().unwrap().queues, Some(names(&["queue-9"])), "{locked:?}");
        desk.intent(Intent::SignOut);
        assert_eq!(desk.saved.absent[0].queues, Some(names(&["queue-9"])), "{locked:?}");
    }
}

/// The platform refuses to let the agent out of a queue that the administrator does not provide any more.
#[test]
fn a_queue_that_cannot_be_left_is_no_choice_under_a_lock() {
    let own = OwnAgent { queues: Some(names(&["queue-9"])), ..OwnAgent::default() };
    let account = Account { url: "https://call.example.com/".into(), appid: "acme".into() };
    let saved = SavedState { own_agent: Some(own), account: Some(account), agent: Some(agent(&["queue-1"])), ..SavedState::default() };
    let mut desk = with_queues(&["queue-1"], saved, &["agent.queues"], &[]);
    let company = || Outcome::SignedIn { company: "Acme".into(), company_code: "9024".into() };
    desk.answer(|request| matches!(request, Request::SignIn { .. }), Ok(company()));
    desk.answer(|request| is_join(request, "queue-1"), Ok(Outcome::Joined { already: false }));
    desk.leave_by(Farewell::SignOut);
    desk.apply(Input::Report(ShellReport::Leaving(Occasion::Sleep)));
    let refused = || Err(problem(ProblemCode::BadRequest, false));
    desk.answer(|request| matches!(request, Request::LeaveQueue { .. }), refused());
    assert_eq!(desk.saved.own_agent.clone().unwrap().queues, Some(names(&["queue-9"])));
}

#[test]
fn an_account_and_an_agent_that_were_chosen_before_a_lock_are_kept_through_a_sign_in() {
    let own_account = Account { url: "https://own.example.com/".into(), appid: "own".into() };
    let own_agent = OwnAgent { extension: Extension("7".into()), agent_id: "77".into(), queues: None };
    let account = Account { url: "https://call.example.com/".into(), appid: "acme".into() };
    let fixed = SavedState { account: Some(account), agent: Some(agent(&[])), ..SavedState::default() };
    let saved = SavedState { own_account: Some(own_account.clone()), own_agent: Some(own_agent.clone()), ..fixed.clone() };
    let locked = ["platform.url", "platform.appid", "agent.extension", "agent.agent_id"].map(str::to_owned).to_vec();
    let mut desk = Desk::new(Start { saved, fresh: fixed, place: Place { locked, ..Place::default() }, ..start() });
    desk.sign_in(&[]);
    assert_eq!((&desk.saved.own_account, &desk.saved.own_agent), (&Some(own_account), &Some(own_agent)));
}
