//! Reading the saved state from its JSON: only what does not fit is lost.

use super::{
    super::{State, fit::fit, salvage},
    *,
};

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
