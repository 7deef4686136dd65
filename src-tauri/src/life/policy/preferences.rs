//! The managed preferences of macOS: a property list that the system writes from a configuration profile, and that only it can write.
//! It has the tables and keys of `config.toml`; the table `Recommended` holds values that the user may change.

use std::{io, path::Path};

use plist::{Dictionary, Value};
use ringside_engine::config::{Origin, Policy, PolicyEntry, PolicyValue};

use crate::life::provision::ProvisionError;

const RECOMMENDED: &str = "Recommended";

/// An empty policy if there is no such file.
pub fn read(file: &Path) -> Result<Policy, ProvisionError> {
    let unreadable = |error| ProvisionError::Unreadable(file.to_owned(), error);
    let root = match Value::from_file(file) {
        Ok(Value::Dictionary(root)) => root,
        Ok(_) => return Err(unreadable(io::Error::other("expected a dictionary"))),
        Err(error) if error.as_io().is_some_and(|error| error.kind() == io::ErrorKind::NotFound) => return Ok(Policy::default()),
        Err(error) => return Err(unreadable(io::Error::other(error.to_string()))),
    };
    let mut entries = Vec::new();
    tables(file, &root, false, &mut entries);
    match root.get(RECOMMENDED) {
        Some(Value::Dictionary(recommended)) => tables(file, recommended, true, &mut entries),
        // Passed over with a warning.
        Some(_) => entries.push(PolicyEntry {
            place: format!("{}, {RECOMMENDED}", file.display()),
            key: RECOMMENDED.to_owned(),
            is_recommended: true,
            value: PolicyValue::Other,
        }),
        None => {}
    }
    Ok(Policy { origin: Origin::Preferences, entries })
}

fn tables(file: &Path, root: &Dictionary, is_recommended: bool, entries: &mut Vec<PolicyEntry>) {
    for (table, values) in root.iter().filter(|(table, _)| is_recommended || *table != RECOMMENDED) {
        let mut add = |key: String, value: &Value| {
            entries.push(PolicyEntry { place: format!("{}, {key}", file.display()), key, is_recommended, value: found(value) });
        };
        match values.as_dictionary() {
            Some(values) => values.iter().for_each(|(key, value)| add(format!("{table}.{key}"), value)),
            // Some management tools cannot nest, so a whole key is read too. Any other is passed over with a warning.
            None => add(table.clone(), values),
        }
    }
}

fn found(value: &Value) -> PolicyValue {
    match value {
        Value::String(text) => PolicyValue::Text(text.clone()),
        Value::Boolean(is_on) => PolicyValue::Switch(*is_on),
        Value::Integer(number) => number.as_unsigned().map_or(PolicyValue::Other, PolicyValue::Number),
        Value::Real(number) => PolicyValue::Text(number.to_string()),
        Value::Array(elements) => {
            let texts: Option<Vec<_>> = elements.iter().map(|element| element.as_string().map(str::to_owned)).collect();
            texts.map_or(PolicyValue::Other, PolicyValue::List)
        }
        _ => PolicyValue::Other,
    }
}

#[cfg(test)]
mod tests {
    use ringside_engine::config::{Config, Sources};

    use super::*;

    const PROFILE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
<key>platform</key><dict><key>url</key><string>https://call.example.com/</string></dict>
<key>agent</key><dict><key>queues</key><array><string>队列-1</string><string>queue-2</string></array></dict>
<key>polling</key><dict><key>requests_per_second</key><real>2.5</real></dict>
<key>supervisor.enabled</key><true/>
<key>colour</key><string>blue</string>
<key>Recommended</key><dict><key>sound</key><dict><key>ring_volume</key><integer>40</integer></dict></dict>
</dict></plist>"#;

    fn written(text: &str) -> (tempfile::TempDir, Result<Policy, ProvisionError>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.plist");
        std::fs::write(&file, text).unwrap();
        let policy = read(&file);
        (folder, policy)
    }

    #[test]
    fn a_property_list_sets_and_locks_keys_and_recommends_others() {
        let (_folder, policy) = written(PROFILE);
        let config = Config::read(Sources { policy: policy.unwrap(), ..Sources::default() }).unwrap();
        assert_eq!(config.values.url, "https://call.example.com/");
        assert_eq!(config.values.queues.iter().map(|queue| queue.0.as_str()).collect::<Vec<_>>(), ["队列-1", "queue-2"]);
        assert!((config.values.requests_per_second - 2.5).abs() < f64::EPSILON);
        let mut locked = config.locked.clone();
        locked.sort();
        assert_eq!(locked, ["agent.queues", "platform.url", "polling.requests_per_second", "supervisor.enabled"]);
        assert_eq!((config.values.ring_volume, config.origin("sound.ring_volume")), (40, Origin::Preferences));
        assert!(config.warnings[0].contains("colour"), "{:?}", config.warnings);
    }

    #[test]
    fn recommended_values_that_are_no_dictionary_are_said() {
        let profile = PROFILE.replace("<dict><key>sound</key><dict><key>ring_volume</key><integer>40</integer></dict></dict>", "<true/>");
        assert_ne!(profile, PROFILE);
        let (_folder, policy) = written(&profile);
        let config = Config::read(Sources { policy: policy.unwrap(), ..Sources::default() }).unwrap();
        assert!(config.warnings.iter().any(|warning| warning.contains(", Recommended: ")), "{:?}", config.warnings);
    }

    #[test]
    fn no_file_is_no_policy_and_a_damaged_one_is_an_error() {
        assert!(read(Path::new("/nonexistent/a.plist")).unwrap().entries.is_empty());
        for text in ["", "locked = []", "<plist><array/></plist>", "<plist version=\"1.0\"><dict><key>a</key>"] {
            assert!(written(text).1.is_err(), "{text}");
        }
    }
}
