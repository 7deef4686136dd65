//! Settings that have no effect, since another one is missing or does not fit.

use ringside_domain::Template;

use super::Config;

impl Config {
    /// What has no effect, and why. What is missing may still be chosen in the app where the app can change it.
    pub(super) fn unused(&self) -> Vec<String> {
        let values = &self.values;
        let updates = match (values.update_address.is_some(), !values.update_key.is_empty()) {
            (true, false) => Some(("updates.address", "updates.key")),
            (false, true) => Some(("updates.key", "updates.address")),
            (true, true) | (false, false) => None,
        };
        let updates = updates.map(|(key, lacking)| format!("`{key}` has no effect without `{lacking}`: Ringside asks for no updates"));
        let template = values.crm_template.as_ref().and_then(|template| Template::allowed(template, &values.crm_schemes).err());
        let template = template.map(|error| format!("`crm.template` has no effect: by `crm.schemes`, {error}"));
        let shortcuts = [
            ("shortcuts.available", &values.shortcut_available),
            ("shortcuts.busy", &values.shortcut_busy),
            ("shortcuts.silence", &values.shortcut_silence),
            ("shortcuts.show", &values.shortcut_show),
        ];
        let doubles = shortcuts.iter().enumerate().filter_map(|(at, (key, keys))| {
            let (first, _) = shortcuts[..at].iter().find(|(_, others)| keys.is_some() && others == keys)?;
            Some(format!("`{key}` has no effect: `{first}` has the same keys"))
        });
        updates.into_iter().chain(template).chain(doubles).collect()
    }
}
