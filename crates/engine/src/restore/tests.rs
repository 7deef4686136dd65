//! With any stored data the engine starts, reports the parts that it could not read, and sets them aside.

mod callbacks;
mod random;
mod state;

use std::{fs, path::Path, sync::Arc};

use jiff::tz::TimeZone;
use ringside_domain::{
    Account, Call, CallId, Direction, Extension, Method, NoticeKind, OwnAgent, Owner, Place, ProblemCode, QueueName, SavedState,
    SettingChange, SignInPolicy, SignInView, Snapshot, Theme, Timestamp,
};
use ringside_platform::{Client, ClientOptions, DownloadOptions, Downloads};
use ringside_store::{Store, Write};
use ringside_vault::Vault;

use crate::{
    Exports, Handle, Parts, RecordingFolders, SystemClock, TransferLimits,
    config::{Config, Given, Sources},
    start,
};

const NOW: Timestamp = Timestamp(1_769_903_999_000);

fn state() -> SavedState {
    SavedState {
        own_account: Some(Account { url: "http://127.0.0.1:9/".into(), appid: "9024".into() }),
        own_agent: Some(OwnAgent {
            extension: Extension("7005".into()),
            agent_id: "10".into(),
            queues: Some(vec![QueueName("queue-1".into())]),
        }),
        choices: vec![SettingChange::Theme(Theme::Dark), SettingChange::AfterSignIn(SignInPolicy::Available)],
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
        client: Client::new(ClientOptions::default(), Arc::new(|| NOW)),
        clock: Arc::new(SystemClock::new()),
        config: Config::read(Sources::default()).unwrap(),
        accesskey: None,
        demo: false,
        place: Place { data_folder: "/data".into(), ..Place::default() },
        exports: Exports { folder: folder.join("exports"), zone: TimeZone::UTC },
        downloads: Downloads::new(DownloadOptions::default()),
        recordings: RecordingFolders { archive: folder.join("recordings"), cache: folder.join("cache"), free: |_| Ok(u64::MAX) },
        limits: TransferLimits::default(),
        host: String::new(),
        open: |_| Err("no page is opened here".to_owned()),
        seed: 1,
        sign_in_after: None,
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

#[tokio::test]
async fn fc15_a_damaged_state_is_repaired_set_aside_and_reported_once() {
    let folder = tempfile::tempdir().unwrap();
    let json = serde_json::to_string(&state()).unwrap().replace("\"dark\"", "\"solar\\u0000ized\"");
    store_state(folder.path(), &json).await;
    let handle = started(folder.path());
    let now = Arc::clone(&handle.snapshots().borrow());
    assert_eq!((now.agent.extension.0.as_str(), now.settings.after_sign_in), ("7005", SignInPolicy::Available));
    let said = told(&now).expect("a notice");
    assert!(said.contains("session: choices.0") && said.contains("ringside.db"), "{said}");
    handle.stop().await;
    assert!(is_set_aside(folder.path(), "session: choices.0", &json));
    let again = started(folder.path());
    assert_eq!(told(&again.snapshots().borrow()), None, "it is repaired now");
    again.stop().await;
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
