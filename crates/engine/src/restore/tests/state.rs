//! Reading the saved state from its JSON: only what does not fit is lost.

use ringside_domain::{Absent, Agent, Intent, Language, Settings};

use super::{
    super::{State, fit::fit, salvage},
    *,
};
use crate::{archive_folder, config::File};

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
    let without_theme = || SavedState { choices: state().choices.split_off(1), ..state() };
    for (path, value, expected) in [
        ("/choices/0/value", "\"solarized\"", without_theme()),
        ("/choices/0/value", "null", without_theme()),
        ("/choices/0", "{\"setting\":\"ringVolume\",\"value\":-1}", without_theme()),
        ("/choices/0", "{\"setting\":\"ofAnotherVersion\",\"value\":1}", without_theme()),
        ("/choices/0", "7", without_theme()),
        ("/choices", "{}", SavedState { choices: Vec::new(), ..state() }),
        ("/wish", "{\"kind\":\"asleep\"}", state()),
        ("/wrap_up", "\"7\"", state()),
        ("/agent_since", "1e300", state()),
        ("/call_back", "{}", state()),
        ("/agent/queues", "[\"queue-1\",5,null]", state()),
        ("/agent/agentId", "10", {
            let mut other = state();
            other.own_agent.as_mut().unwrap().agent_id = String::new();
            other
        }),
        ("/account", "\"9024\"", SavedState { own_account: None, ..state() }),
    ] {
        let (found, lost) = with(path, serde_json::from_str(value).unwrap());
        assert_eq!(found, expected, "{path}: {value}");
        // A choice is one value: it is lost as a whole.
        let path = path.strip_suffix("/value").unwrap_or(path);
        assert!(!lost.is_empty() && lost.iter().all(|lost| format!("/{}", lost.replace('.', "/")).starts_with(path)), "{path}: {lost:?}");
    }
}

fn read(folder: &Path, config: &Config) -> State {
    State::read(&Store::open(folder, NOW).unwrap().0, config).unwrap()
}

/// The provisioning by flags, or by the machine's file.
fn given(machine: &str, command_line: Given) -> Config {
    let file = File { path: Path::new("machine.toml"), text: machine };
    Config::read(Sources { machine: Some(file), command_line, ..Sources::default() }).unwrap()
}

const MACHINE: &str = r#"
    [platform]
    url = "https://call.example.com/"
    appid = "9024"
    [agent]
    extension = "7005"
    queues = ["queue-1"]
    [appearance]
    theme = "dark"
    [recordings]
    limit_gb = 9
"#;

#[tokio::test]
async fn what_an_earlier_version_stored_is_no_choice_if_it_is_provisioned() {
    let folder = tempfile::tempdir().unwrap();
    let json = r#"{
        "account": {"url": "https://call.example.com/", "appid": "9025"},
        "agent": {"extension": "7005", "agentId": "10", "queues": ["queue-1"]},
        "settings": {"theme": "dark", "language": "chinese", "recordings": {"limitGb": 9}},
        "absent": [{"owner": {"account": "9024"}, "queues": ["queue-1"], "settings": {"theme": "dark"}}, {"queues": []}]
    }"#;
    store_state(folder.path(), json).await;
    let saved = read(folder.path(), &given(MACHINE, Given::default())).saved;
    let own = OwnAgent { agent_id: "10".into(), ..OwnAgent::default() };
    assert_eq!(saved.own_account, Some(Account { url: String::new(), appid: "9025".into() }));
    assert_eq!((saved.own_agent, &saved.choices[..]), (Some(own), &[SettingChange::Language(Language::Chinese)][..]));
    assert!(saved.absent.iter().all(|absent| absent.queues.is_none() && absent.choices.is_empty()), "{:?}", saved.absent);

    // The value of a flag is gone at the next start, so whoever worked with it has chosen it.
    let flags =
        Given { url: Some("https://call.example.com/".into()), queues: Some(vec![QueueName("queue-1".into())]), ..Given::default() };
    let saved = read(folder.path(), &given(MACHINE, flags)).saved;
    assert_eq!(saved.own_account.unwrap().url, "https://call.example.com/");
    assert_eq!(saved.own_agent.unwrap().queues, Some(vec![QueueName("queue-1".into())]));
}

/// Also a value that a later version stores in effect, and nobody chose.
#[tokio::test]
async fn only_what_an_earlier_version_stored_is_adopted() {
    let folder = tempfile::tempdir().unwrap();
    for text in [None, Some(r#"{"settings":{"theme":"dark"}}"#)] {
        if let Some(text) = text {
            store_state(folder.path(), text).await;
        }
        let mut first = read(folder.path(), &Config::default()).saved;
        given(MACHINE, Given::default()).provision(&mut first);
        store_state(folder.path(), &serde_json::to_string(&first).unwrap()).await;
        let mut saved = read(folder.path(), &Config::default()).saved;
        assert_eq!(saved.choices, text.map(|_| SettingChange::Theme(Theme::Dark)).into_iter().collect::<Vec<_>>());
        Config::default().provision(&mut saved);
        assert_eq!((saved.settings.recordings.limit_gb, saved.account), (None, None), "provisioned no more");
    }
}

/// These are the types that an earlier version reads.
#[test]
fn an_earlier_version_reads_the_settings_and_provisioned_queues_are_none_for_it() {
    let mut saved = state();
    saved.own_agent.as_mut().unwrap().queues = None;
    saved.absent.push(Absent { choices: saved.choices.clone(), ..Absent::default() });
    Config::default().provision(&mut saved);
    let json = serde_json::to_value(&saved).unwrap();
    for settings in [&json["settings"], &json["absent"][0]["settings"]] {
        let settings: Settings = serde_json::from_value(settings.clone()).unwrap();
        assert_eq!((settings.theme, settings.after_sign_in), (Theme::Dark, SignInPolicy::Available));
    }
    let agent: Agent = serde_json::from_value(json["agent"].clone()).unwrap();
    assert_eq!((agent.agent_id.as_str(), agent.queues), ("10", vec![]));
    assert!(json["absent"][0].get("queues").is_none());
}

#[tokio::test]
async fn the_archives_folder_is_known_to_who_reads_only_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let (chosen, provisioned) = (folder.path().join("chosen"), folder.path().join("provisioned"));
    let read = || archive_folder(&Store::open_to_read(folder.path()).unwrap().unwrap(), Path::new("/default")).unwrap();
    let run = async |config: Config, change: SettingChange| {
        let handle = start(Parts { config, ..parts(Store::open(folder.path(), NOW).unwrap().0, folder.path()) }).unwrap();
        handle.intent(Intent::ChangeSettings { change });
        handle.stop().await;
    };
    run(Config::default(), SettingChange::Theme(Theme::Dark)).await;
    assert_eq!(read(), Path::new("/default"));
    let given_folder = Given { archive_folder: Some(provisioned.to_string_lossy().into_owned()), ..Given::default() };
    run(given("", given_folder), SettingChange::Theme(Theme::Light)).await;
    assert_eq!(read(), provisioned);
    run(Config::default(), SettingChange::ArchiveFolder(chosen.to_string_lossy().into_owned())).await;
    assert_eq!(read(), chosen);
}

#[tokio::test]
async fn what_an_earlier_version_stored_counts_as_chosen_where_it_differs_from_the_defaults() {
    let folder = tempfile::tempdir().unwrap();
    let settings =
        r#"{"theme":"dark","language":"system","sound":{"volume":70,"devices":[]},"recordings":{"limitGb":9,"order":null},"leaving":null}"#;
    let absent = r#"{"owner":{"account":"9024"},"queues":["q"],"settings":{"theme":"light","recordings":{"limitGb":5}}}"#;
    store_state(folder.path(), &format!(r#"{{"account":{{"url":"http://127.0.0.1:9/"}},"settings":{settings},"absent":[{absent}]}}"#))
        .await;
    let State { saved, lost, .. } = read(folder.path(), &Config::default());
    assert!(lost.is_empty(), "{lost:?}");
    assert_eq!(saved.choices, [SettingChange::Theme(Theme::Dark), SettingChange::ArchiveLimitGb(9)]);
    assert_eq!(saved.own_account.unwrap().url, "http://127.0.0.1:9/");
    // The archive is the desk's.
    assert_eq!(saved.absent[0].choices, [SettingChange::Theme(Theme::Light)]);
    assert_eq!(saved.absent[0].queues, Some(vec![QueueName("q".into())]));
}

#[test]
fn unknown_fields_of_a_newer_version_are_ignored() {
    let mut value = serde_json::to_value(state()).unwrap();
    value["of_a_newer_version"] = serde_json::json!({ "a": [1, null] });
    value["account"]["newer"] = serde_json::json!(5);
    assert_eq!(mended(&value.to_string()), (state(), vec![]));
}

#[test]
fn only_the_list_items_that_do_not_fit_are_lost() {
    let absent = r#"{"owner":{"account":"9024","extension":"7005","agent":"11"},"queues":["queue-1"],"choices":[]}"#;
    let text = format!(r#"{{"absent":[{absent},7,{{"owner":null,"queues":["q"],"choices":[5,{{"setting":"theme","value":"dark"}}]}}]}}"#);
    let (found, lost) = mended(&text);
    assert_eq!(found.absent.len(), 2);
    assert_eq!(found.absent[0].owner.agent.as_deref(), Some("11"));
    assert_eq!(found.absent[1].queues, Some(vec![QueueName("q".into())]));
    assert_eq!(found.absent[1].choices, [SettingChange::Theme(Theme::Dark)]);
    assert_eq!(lost, ["absent.1", "absent.1.choices.0", "absent.1.owner"]);
}

#[test]
fn truncated_json_is_read_up_to_its_end() {
    let text = serde_json::to_string(&state()).unwrap();
    for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
        let (value, error) = salvage::read(&text[..end]);
        assert!(error.is_some(), "{end}");
        let (found, _) = fit::<SavedState>(value);
        let settled = |after: &str| end > text.find(after).unwrap();
        assert!(!settled("\"choices\"") || found.own_agent == state().own_agent, "{end}");
        assert!(!settled("\"agent\"") || found.own_account == state().own_account, "{end}");
    }
    for bad in ["{\"account\":NaN}", "{\"settings\":{\"sound\":{\"volume\":NaN}},\"signed_out\":true}", "\u{0}", "{]", "{\"a\":1}}"] {
        assert!(salvage::read(bad).1.is_some(), "{bad}");
    }
    let deep = "[".repeat(100_000);
    assert!(salvage::read(&deep).1.is_some());
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
        assert_eq!(read(folder.path(), &Config::default()).saved.signed_out, is_signed_out, "{json}");
    }
}
