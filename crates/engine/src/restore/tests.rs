//! With any stored data the engine starts, reports the parts that it could not read, and sets them aside.

use std::{fs, path::Path, sync::Arc};

use jiff::tz::TimeZone;
use proptest::{collection::vec, prelude::*};
use ringside_domain::{
    Account, Agent, Call, CallId, Direction, Extension, Method, NoticeKind, Owner, Place, ProblemCode, QueueName, SavedState, Settings,
    SignInPolicy, SignInView, Snapshot, Theme, Timestamp,
};
use ringside_platform::{Client, ClientOptions, DownloadOptions, Downloads};
use ringside_store::{Store, Write};
use ringside_vault::Vault;

use super::{State, fit::fit, salvage};
use crate::{
    Exports, Handle, Parts, RecordingFolders, SystemClock, TransferLimits,
    config::{Config, Given},
    start,
};

const NOW: Timestamp = Timestamp(1_769_903_999_000);

fn state() -> SavedState {
    SavedState {
        account: Some(Account { url: "http://127.0.0.1:9/".into(), appid: "9024".into() }),
        agent: Some(Agent { extension: Extension("7005".into()), agent_id: "10".into(), queues: vec![QueueName("queue-1".into())] }),
        settings: Settings { theme: Theme::Dark, after_sign_in: SignInPolicy::Available, ..Settings::default() },
        ..SavedState::default()
    }
}

/// The engine with the store in this folder. It cannot sign in, since nothing answers at the account's URL.
fn started(folder: &Path) -> Handle {
    let (store, opened) = Store::open(folder, NOW).unwrap();
    assert_eq!(opened.damaged, None);
    start(parts(store, folder)).unwrap()
}

fn parts(store: Store, folder: &Path) -> Parts {
    Parts {
        store,
        vault: Vault::memory(),
        client: Client::new(ClientOptions::default(), Arc::new(|| NOW)).unwrap(),
        clock: Arc::new(SystemClock::new()),
        config: Config::read(None, None, Given::default()).unwrap(),
        accesskey: None,
        demo: false,
        place: Place { data_folder: "/data".into(), ..Place::default() },
        exports: Exports { folder: folder.join("exports"), zone: TimeZone::UTC },
        downloads: Downloads::new(DownloadOptions::default()),
        recordings: RecordingFolders { archive: folder.join("recordings"), cache: folder.join("cache"), free: |_| Ok(u64::MAX) },
        limits: TransferLimits::default(),
        open: |_| Err("no page is opened here".to_owned()),
        seed: 1,
    }
}

async fn store_with(folder: &Path, writes: Vec<Write>) {
    Store::open(folder, NOW).unwrap().0.write(writes).await.unwrap();
}

async fn store_state(folder: &Path, json: &str) {
    store_with(folder, vec![Write::Setting { key: "session".into(), json: json.into() }]).await;
}

/// The detail of the notice about data that was set aside.
fn told(now: &Snapshot) -> Option<String> {
    let found = now.notices.iter().find_map(|notice| match &notice.what {
        NoticeKind::SetAside { problem } => Some(problem),
        _ => None,
    })?;
    assert_eq!(found.code, ProblemCode::SetAside);
    Some(found.detail.clone())
}

fn is_set_aside(folder: &Path, what: &str, content: &str) -> bool {
    Store::open(folder, NOW).unwrap().0.is_set_aside(what, content.as_bytes()).unwrap()
}

/// Replaces these bytes wherever they stand in the closed database, as a bad disk could.
fn damage(folder: &Path, from: &[u8], to: &[u8]) {
    let file = folder.join("ringside.db");
    let mut bytes = fs::read(&file).unwrap();
    let places: Vec<usize> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    assert!(!places.is_empty());
    places.into_iter().for_each(|at| bytes[at..at + from.len()].copy_from_slice(&to[..from.len()]));
    fs::write(file, bytes).unwrap();
}

fn call(id: u64, number: &str) -> Call {
    let owner = Owner { account: "9024".into(), extension: Extension("7005".into()), agent: None };
    Call {
        uuid: Some(format!("u-{id}")),
        agent: Some("10".into()),
        customer_number: number.into(),
        direction: Direction::Incoming,
        method: Method::Predictive,
        ended_at: Some(NOW),
        ..Call::blank(CallId(id), owner, NOW)
    }
}

/// The state from this JSON, and the parts that were lost.
fn mended(json: &str) -> (SavedState, Vec<String>) {
    let (value, error) = salvage::read(json);
    assert!(error.is_none(), "{json}: {error:?}");
    fit(value)
}

#[test]
fn fc15_only_a_field_of_the_wrong_type_is_lost() {
    let whole = serde_json::to_value(state()).unwrap();
    let with = |path: &str, value: serde_json::Value| {
        let mut changed = whole.clone();
        *changed.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
        mended(&changed.to_string())
    };
    let (same, lost) = mended(&whole.to_string());
    assert_eq!((same, lost), (state(), vec![]));
    let settings = |change: fn(&mut Settings)| {
        let mut state = state();
        change(&mut state.settings);
        state
    };
    let default = Settings::default();
    for (path, value, expected) in [
        ("/settings/theme", "\"solarized\"", settings(|set| set.theme = Theme::System)),
        ("/settings/theme", "null", settings(|set| set.theme = Theme::System)),
        ("/settings/sound/volume", "-1", state()),
        ("/settings/sound/volume", "99999999999999999999", state()),
        ("/settings/sound/volume", "1.5", state()),
        ("/settings/sound/connectedTone", "\"yes\"", state()),
        ("/settings/sound", "[1]", state()),
        ("/settings/leaving", "{\"quit\":\"jump\"}", state()),
        ("/settings/recordings/keepDays", "{}", state()),
        ("/wish", "{\"kind\":\"asleep\"}", state()),
        ("/wrap_up", "\"7\"", state()),
        ("/agent_since", "1e300", state()),
        ("/call_back", "{}", state()),
        ("/settings", "null", SavedState { settings: default, ..state() }),
        ("/agent/queues", "[\"queue-1\",5,null]", state()),
        ("/agent/agentId", "10", {
            let mut other = state();
            other.agent.as_mut().unwrap().agent_id = String::new();
            other
        }),
        ("/account", "\"9024\"", SavedState { account: None, ..state() }),
    ] {
        let (found, lost) = with(path, serde_json::from_str(value).unwrap());
        assert_eq!(found, expected, "{path}: {value}");
        assert!(!lost.is_empty() && lost.iter().all(|lost| format!("/{}", lost.replace('.', "/")).starts_with(path)), "{path}: {lost:?}");
    }
}

#[test]
fn unknown_fields_of_a_newer_version_are_ignored() {
    let mut value = serde_json::to_value(state()).unwrap();
    value["of_a_newer_version"] = serde_json::json!({ "a": [1, null] });
    value["settings"]["newer"] = serde_json::json!(5);
    assert_eq!(mended(&value.to_string()), (state(), vec![]));
}

#[test]
fn only_the_list_items_that_do_not_fit_are_lost() {
    let absent = r#"{"owner":{"account":"9024","extension":"7005","agent":"11"},"queues":["queue-1"],"settings":{"theme":"dark"}}"#;
    let text = format!(r#"{{"absent":[{absent},7,{{"owner":null,"queues":["q"],"settings":{{"theme":5,"language":"english"}}}}]}}"#);
    let (found, lost) = mended(&text);
    assert_eq!(found.absent.len(), 2);
    assert_eq!(found.absent[0].owner.agent.as_deref(), Some("11"));
    assert_eq!((found.absent[1].queues.len(), found.absent[1].settings.language), (1, ringside_domain::Language::English));
    assert_eq!(lost, ["absent.1", "absent.1.owner", "absent.1.settings.theme"]);
}

#[test]
fn truncated_json_is_read_up_to_its_end() {
    let text = serde_json::to_string(&state()).unwrap();
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let (value, error) = salvage::read(&text[..end]);
        assert!(error.is_some(), "{end}");
        let (found, _) = fit::<SavedState>(value);
        let settled = |after: &str| end > text.find(after).unwrap();
        assert!(!settled("\"agent_since\"") || found.agent == state().agent, "{end}");
        assert!(!settled("\"agent\"") || found.account == state().account, "{end}");
    }
    for bad in ["{\"account\":NaN}", "{\"settings\":{\"sound\":{\"volume\":NaN}},\"signed_out\":true}", "\u{0}", "{]", "{\"a\":1}}"] {
        assert!(salvage::read(bad).1.is_some(), "{bad}");
    }
    let deep = "[".repeat(100_000);
    assert!(salvage::read(&deep).1.is_some());
}

#[tokio::test]
async fn fc15_a_damaged_state_is_repaired_set_aside_and_reported_once() {
    let folder = tempfile::tempdir().unwrap();
    let json = serde_json::to_string(&state()).unwrap().replace("\"dark\"", "\"solar\\u0000ized\"");
    store_state(folder.path(), &json).await;
    let handle = started(folder.path());
    let now = Arc::clone(&handle.snapshots().borrow());
    assert_eq!((now.agent.extension.0.as_str(), now.settings.after_sign_in), ("7005", SignInPolicy::Available));
    let said = told(&now).expect("a notice");
    assert!(said.contains("session: settings.theme") && said.contains("ringside.db"), "{said}");
    handle.stop().await;
    assert!(is_set_aside(folder.path(), "session: settings.theme", &json));
    let again = started(folder.path());
    assert_eq!(told(&again.snapshots().borrow()), None, "it is repaired now");
    again.stop().await;
}

/// If the damage hides `signed_out`, the agent counts as signed out.
#[tokio::test]
async fn an_agent_who_may_have_signed_out_is_not_signed_in_from_a_damaged_state() {
    for (json, is_signed_out) in [
        (r#"{"signed_out":"no","agent":{"extension":"7005","agentId":"10","queues":[]}}"#, true),
        (r#"{"agent":{"extension":"7005","agentId":"10","queues":[]},"wi"#, true),
        (r#"{"signed_out":true,"wish":5}"#, true),
        (r#"{"signed_out":false,"wish":5}"#, false),
        (r#"{"wish":null}"#, false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        store_state(folder.path(), json).await;
        let store = Store::open(folder.path(), NOW).unwrap().0;
        assert_eq!(State::read(&store).unwrap().saved.signed_out, is_signed_out, "{json}");
    }
}

#[tokio::test]
async fn fc15_no_saved_state_can_prevent_a_start() {
    let whole = serde_json::to_string(&state()).unwrap();
    // Cut between two parts of the state, so that only the cut is reported as damage.
    let half = &whole[..whole.find("\"set\"").unwrap()];
    let all = "session: all of it";
    let cut = |column: usize| format!("session: all of it, what comes after line 1, column {column}");
    for (json, what) in [
        ("", cut(0)),
        ("null", all.to_owned()),
        ("5", all.to_owned()),
        ("[]", all.to_owned()),
        ("\"text\"", all.to_owned()),
        ("{", "session: what comes after line 1, column 1".to_owned()),
        ("\u{0}\u{0}", cut(1)),
        ("NaN", cut(1)),
        ("{\"account\":1,\"agent\":2,\"settings\":3}", "session: account, agent, settings".to_owned()),
        (half, format!("session: what comes after line 1, column {}", half.len())),
    ] {
        let folder = tempfile::tempdir().unwrap();
        store_state(folder.path(), json).await;
        let handle = started(folder.path());
        let now = Arc::clone(&handle.snapshots().borrow());
        assert!(told(&now).expect(json).starts_with(&what[..what.len().min(80)]), "{json}: {:?}", told(&now));
        handle.stop().await;
        assert!(is_set_aside(folder.path(), &what, json), "{json}");
    }
}

#[tokio::test]
async fn fc15_a_nul_in_a_stored_number_is_removed_at_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    store_state(folder.path(), &serde_json::to_string(&state()).unwrap()).await;
    store_with(folder.path(), vec![Write::Call(Box::new(call(1, "138\0\u{202e}00")))]).await;
    let handle = started(folder.path());
    let now = Arc::clone(&handle.snapshots().borrow());
    assert_eq!(now.recent[0].customer_number, "13800");
    assert_eq!(told(&now), None, "nothing is lost");
    handle.stop().await;
}

#[tokio::test]
async fn fc15_after_a_crash_loop_the_calls_of_the_last_run_are_not_shown_but_stay_in_the_log() {
    let folder = tempfile::tempdir().unwrap();
    store_state(folder.path(), &serde_json::to_string(&state()).unwrap()).await;
    store_with(folder.path(), vec![Write::Call(Box::new(call(1, "13800")))]).await;
    for (code, shown) in [(ProblemCode::SafeModeCrashes, 0), (ProblemCode::SafeModeBlank, 1)] {
        let mut parts = parts(Store::open(folder.path(), NOW).unwrap().0, folder.path());
        parts.place.safe_mode = Some(ringside_domain::Problem::new(code, "", false));
        let handle = start(parts).unwrap();
        assert_eq!(handle.snapshots().borrow().recent.len(), shown, "{code:?}");
        assert!(handle.log_row(CallId(1)).await.unwrap().is_some());
        handle.stop().await;
    }
}

/// Delivers a ring for this extension as the listener does; returns when it is stored.
async fn deliver(handle: &Handle, extension: &str, caller: &str) {
    let payload = format!(r#"{{"type":"call","status":"ring","extnumber":"{extension}","caller":"{caller}","callee":"{extension}"}}"#);
    deliver_body(handle, &payload).await;
}

async fn deliver_body(handle: &Handle, payload: &str) {
    let delivery = ringside_wire::callback::parse(payload.as_bytes(), &ringside_wire::Zone::default()).unwrap();
    let (receipt, kept) = tokio::sync::oneshot::channel();
    handle.callbacks().send((delivery, receipt)).await.unwrap();
    assert_eq!(kept.await.unwrap(), ringside_domain::Receipt::Kept);
}

#[tokio::test]
async fn fc15_a_number_from_a_callback_with_nul_is_the_same_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    store_state(folder.path(), &serde_json::to_string(&state()).unwrap()).await;
    let handle = started(folder.path());
    let mut shown = Vec::new();
    for (n, uuid) in ["n-1", r"n-\u00002", "\u{0}n-3"].into_iter().enumerate() {
        for status in ["ring", "hangup"] {
            let body = format!(
                r#"{{"type":"call","status":"{status}","uuid":"{uuid}","extnumber":"7005\u0000","caller":"0133\u000087525{n}\u202e","callee":"7005","customuuid":"c\u00001","direction":"callin"}}"#
            );
            deliver_body(&handle, &body).await;
            let now = Arc::clone(&handle.snapshots().borrow());
            assert_eq!(now.calls.len(), usize::from(status == "ring"), "{uuid:?}");
            if let Some(call) = now.calls.first() {
                shown.insert(0, (call.id, call.customer_number.clone()));
            }
        }
    }
    let numbers: Vec<&str> = shown.iter().map(|(_, number)| number.as_str()).collect();
    assert_eq!(numbers, ["0133875252", "0133875251", "0133875250"]);
    handle.stop().await;
    let handle = started(folder.path());
    let now = Arc::clone(&handle.snapshots().borrow());
    assert_eq!(now.recent.iter().map(|call| (call.id, call.customer_number.clone())).collect::<Vec<_>>(), shown);
    assert_eq!(told(&now), None, "nothing is lost");
    handle.stop().await;
}

#[tokio::test]
async fn fs22_callbacks_for_other_extensions_leave_no_number_unless_keep_foreign_is_set() {
    for keep_foreign in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        store_state(folder.path(), &serde_json::to_string(&state()).unwrap()).await;
        let mut parts = parts(Store::open(folder.path(), NOW).unwrap().0, folder.path());
        parts.config = Config::read(None, None, Given { keep_foreign: Some(keep_foreign), ..Given::default() }).unwrap();
        let handle = start(parts).unwrap();
        for number in 0..50 {
            deliver(&handle, "8001", &format!("1390000{number:04}")).await;
        }
        deliver(&handle, "7005", "13700000001").await;
        handle.stop().await;
        let counts = Store::open(folder.path(), NOW).unwrap().0.counts().unwrap();
        assert_eq!(counts.events, 51);
        let bytes = fs::read(folder.path().join("ringside.db")).unwrap();
        let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
        assert_eq!((holds(b"1390000"), holds(b"13700000001")), (keep_foreign, true));
    }
}

#[tokio::test]
async fn fc15_a_damaged_call_is_reported_once_and_the_other_calls_are_restored() {
    let folder = tempfile::tempdir().unwrap();
    store_state(folder.path(), &serde_json::to_string(&state()).unwrap()).await;
    let odd = Call {
        queue: Some(QueueName("some queue".into())),
        talked_seconds: Some(0x4142_4344),
        member_id: Some("nine-nine".into()),
        ..call(2, "13800")
    };
    let numberless = Call { id: CallId(u64::MAX - 6), ..call(3, "13800") };
    store_with(folder.path(), [call(1, "13800"), odd, numberless].map(|call| Write::Call(Box::new(call))).to_vec()).await;
    damage(folder.path(), b"some queue", &[0xff; 10]);
    damage(folder.path(), b"ABCDnine-nine", b"\xff\xff\xff\xffnine-nine");
    let handle = started(folder.path());
    let now = Arc::clone(&handle.snapshots().borrow());
    assert_eq!(now.recent.iter().map(|call| call.id.0).collect::<Vec<_>>(), [2, 1]);
    let said = told(&now).expect("a notice");
    assert!(said.contains("call 2: queue, talked_seconds") && said.contains("call -7: id"), "{said}");
    handle.stop().await;
    let again = started(folder.path());
    assert_eq!(told(&again.snapshots().borrow()), None);
    again.stop().await;
}

#[tokio::test]
async fn many_damaged_parts_do_not_make_the_snapshot_too_large() {
    let folder = tempfile::tempdir().unwrap();
    let fields: Vec<String> = (0..500).map(|number| format!("\"{}{number}\":1", "键".repeat(50))).collect();
    let json = format!(r#"{{"settings":{{"sound":{{"devices":[{}]}}}},"account":{{{}}}}}"#, ["7"; 500].join(","), fields.join(","));
    store_state(folder.path(), &json).await;
    let handle = started(folder.path());
    let said = told(&handle.snapshots().borrow()).expect("a notice");
    assert!(said.len() < 1000, "{}", said.len());
    assert!(serde_json::to_string(&*handle.snapshots().borrow().clone()).unwrap().len() < 8192);
    handle.stop().await;
}

#[tokio::test]
async fn a_file_in_place_of_the_data_folder_is_an_error_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data");
    fs::write(&file, "a file").unwrap();
    assert!(Store::open(&file, NOW).is_err());
    let handle = start(parts(Store::in_memory().unwrap(), &file)).unwrap();
    assert_eq!(handle.snapshots().borrow().sign_in, SignInView::SignedOut);
    handle.stop().await;
    assert_eq!(fs::read_to_string(&file).unwrap(), "a file");
}

/// Any JSON value, with keys and words that the state knows.
fn anything() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        "[\\x00-\u{ffff}]{0,8}".prop_map(Into::into),
        prop::sample::select(vec!["available", "busy", "dark", "signOut", "http://a/", "", "7005"]).prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(serde_json::Value::Array),
            vec((prop::sample::select(vec!["kind", "reason", "id", "name", "volume", "queues", "extension", "since"]), inner), 0..4)
                .prop_map(|fields| fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

/// Collects the JSON pointers to all fields of the value.
fn paths(value: &serde_json::Value, above: &str, found: &mut Vec<String>) {
    let Some(fields) = value.as_object() else { return };
    for (key, field) in fields {
        let path = format!("{above}/{key}");
        paths(field, &path, found);
        found.push(path);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn fc15_the_engine_starts_with_any_saved_state(
        changes in vec((any::<prop::sample::Index>(), anything()), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
        numbers in vec(prop_oneof![any::<i64>(), Just(i64::MIN), Just(i64::MAX), Just(0), Just(-1)], 5),
        text in vec(any::<u8>(), 20),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut value = serde_json::to_value(state()).unwrap();
        for (which, change) in changes {
            let mut all = Vec::new();
            paths(&value, "", &mut all);
            if let Some(place) = value.pointer_mut(which.get(&all).as_str()) {
                *place = change;
            }
        }
        let mut bytes = value.to_string().into_bytes();
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        runtime.block_on(async {
            store_state(folder.path(), &String::from_utf8_lossy(&bytes)).await;
            let time = |place: usize| Timestamp(numbers[place]);
            let marked = "a text of 20 letters".to_owned();
            let first = Call {
                id: CallId(numbers[0].cast_unsigned()),
                started_at: time(1),
                rang_at: Some(time(2)),
                answered_at: Some(time(3)),
                ended_at: Some(time(4)),
                ..call(1, "1")
            };
            let open = Call { customer_number: marked.clone(), uuid: Some(marked.clone()), agent: Some(marked.clone()), ended_at: None, ..call(2, "2") };
            let ended = Call { queue: Some(QueueName(marked.clone())), customer_id: Some(marked), started_at: time(1), ..call(3, "3") };
            store_with(folder.path(), [first, open, ended].map(|call| Write::Call(Box::new(call))).to_vec()).await;
            damage(folder.path(), b"a text of 20 letters", &text);
            let handle = started(folder.path());
            // The engine works: it applies an intent.
            handle.intent(ringside_domain::Intent::ChangeSettings { change: ringside_domain::SettingChange::Theme(Theme::Light) });
            let mut snapshots = handle.snapshots();
            snapshots.wait_for(|now| now.settings.theme == Theme::Light).await.unwrap();
            handle.stop().await;
        });
    }
}
