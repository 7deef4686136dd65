//! The policies in the registry: a key for each table, with a value for each setting. Only administrators can write to `Software\Policies`.
//! Under the key `Recommended` there are the same tables, with values that the user may change.

use std::{io, path::PathBuf};

use ringside_engine::config::{Origin, Policy, PolicyEntry, PolicyValue};
use windows_registry::{Key, Type, Value};

use crate::life::{provision::ProvisionError, registry::known};

const RECOMMENDED: &str = "Recommended";

/// An empty policy if there is no such key.
pub fn read(root: &Key, path: &str) -> Result<Policy, ProvisionError> {
    let mut entries = Vec::new();
    tables(root, path, false, &mut entries)?;
    tables(root, &format!(r"{path}\{RECOMMENDED}"), true, &mut entries)?;
    Ok(Policy { origin: Origin::Registry, entries })
}

fn tables(root: &Key, path: &str, is_recommended: bool, entries: &mut Vec<PolicyEntry>) -> Result<(), ProvisionError> {
    // The system's code for an error is the lower half of an HRESULT.
    let unreadable = |code: i32| ProvisionError::Unreadable(PathBuf::from(path), io::Error::from_raw_os_error(code & 0xffff));
    let Some(policy) = known(root.open(path)).map_err(|error| unreadable(error.code().0))? else { return Ok(()) };
    let mut add = |place: String, key: String, value: PolicyValue| {
        entries.push(PolicyEntry { place: format!(r"HKLM\{path}{place}"), key, is_recommended, value });
    };
    // Outside the tables only a whole key, such as `platform.url`, is a setting. Any other name is passed over with a warning.
    for (name, value) in policy.values().map_err(|error| unreadable(error.code().0))? {
        add(format!(", {name}"), name, found(value));
    }
    for table in policy.keys().map_err(|error| unreadable(error.code().0))? {
        if !is_recommended && table.eq_ignore_ascii_case(RECOMMENDED) {
            continue;
        }
        let key = policy.open(&table).map_err(|error| unreadable(error.code().0))?;
        for (name, value) in key.values().map_err(|error| unreadable(error.code().0))? {
            add(format!(r"\{table}, {name}"), format!("{table}.{name}"), found(value));
        }
        for inner in key.keys().map_err(|error| unreadable(error.code().0))? {
            add(format!(r"\{table}\{inner}"), format!(r"{table}\{inner}"), PolicyValue::Other);
        }
    }
    Ok(())
}

fn found(value: Value) -> PolicyValue {
    let found = match value.ty() {
        Type::String | Type::ExpandString => String::try_from(value).ok().map(PolicyValue::Text),
        Type::MultiString => Vec::try_from(value).ok().map(PolicyValue::List),
        Type::U32 | Type::U64 => u64::try_from(value).ok().map(PolicyValue::Number),
        _ => None,
    };
    found.unwrap_or(PolicyValue::Other)
}

/// As the system's settings have it.
pub fn proxy_script(root: &Key, path: &str) -> Option<String> {
    root.open(path).ok()?.get_string("AutoConfigURL").ok().filter(|script| !script.is_empty())
}

#[cfg(test)]
mod tests {
    use ringside_engine::config::{Config, Sources};
    use windows_registry::CURRENT_USER;

    use super::*;

    #[test]
    fn the_registry_sets_and_locks_keys_and_recommends_others() {
        let path = format!(r"Software\RingsideTest{}", std::process::id());
        assert!(read(CURRENT_USER, &path).unwrap().entries.is_empty(), "there is no policy");
        let key = |table: &str| CURRENT_USER.create(format!(r"{path}\{table}")).unwrap();
        key("platform").set_string("url", "https://call.example.com/").unwrap();
        key("agent").set_multi_string("queues", &["队列-1", "queue-2"]).unwrap();
        key("supervisor").set_u32("Enabled", 1).unwrap();
        key("wrap_up").set_u32("seconds", 20).unwrap();
        key("platform").set_string("colour", "blue").unwrap();
        key(r"Recommended\sound").set_u32("ring_volume", 40).unwrap();
        // What is in no table, in one too many, or no table at all.
        let root = CURRENT_USER.create(&path).unwrap();
        root.set_string("proxy", "none").unwrap();
        root.set_string("Recommended", "all").unwrap();
        root.set_string("network.proxy", "none").unwrap();
        key("Recommended").set_string("theme", "dark").unwrap();
        key(r"Recommended\Recommended\card").set_u32("masked", 1).unwrap();
        key(r"agent\more").set_string("queues", "queue-3").unwrap();
        let policy = read(CURRENT_USER, &path);
        CURRENT_USER.remove_tree(&path).unwrap();
        let config = Config::read(Sources { policy: policy.unwrap(), ..Sources::default() }).unwrap();
        assert_eq!(config.values.url, "https://call.example.com/");
        assert_eq!(config.values.queues.iter().map(|queue| queue.0.as_str()).collect::<Vec<_>>(), ["队列-1", "queue-2"]);
        assert_eq!((config.values.supervisor, config.values.wrap_up_seconds), (Some(true), 20));
        let mut locked = config.locked.clone();
        locked.sort();
        assert_eq!(locked, ["agent.queues", "network.proxy", "platform.url", "supervisor.enabled", "wrap_up.seconds"]);
        assert_eq!((config.values.ring_volume, config.origin("sound.ring_volume")), (40, Origin::Registry));
        for named in
            [r"\platform, colour", ", proxy", ", Recommended", r"\Recommended, theme", r"\Recommended\Recommended\card", r"\agent\more"]
        {
            let place = format!(r"HKLM\{path}{named}: ");
            assert!(config.warnings.iter().any(|warning| warning.starts_with(&place)), "{named}: {:?}", config.warnings);
        }
        assert_eq!(config.warnings.len(), 6, "{:?}", config.warnings);
    }

    #[test]
    fn the_systems_script_for_proxies_is_found() {
        let path = format!(r"Software\RingsideTestProxy{}", std::process::id());
        assert_eq!(proxy_script(CURRENT_USER, &path), None);
        let key = CURRENT_USER.create(&path).unwrap();
        let without = proxy_script(CURRENT_USER, &path);
        key.set_string("AutoConfigURL", "http://wpad.example.com/proxy.pac").unwrap();
        let with = proxy_script(CURRENT_USER, &path);
        CURRENT_USER.remove_tree(&path).unwrap();
        assert_eq!((without, with.as_deref()), (None, Some("http://wpad.example.com/proxy.pac")));
    }
}
