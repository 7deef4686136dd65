//! The engine's start with random saved states and damaged calls.

use proptest::{collection::vec, prelude::*};

use super::*;

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
