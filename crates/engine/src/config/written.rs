//! Writes values as a flag or a variable has them, so that people can see what is in effect.

use std::net::SocketAddr;

use ringside_domain::{BreakReason, Extension, MainView, QueueName, SoundDevice};
use ringside_platform::Proxy;
use ringside_wire::Zone;
use secrecy::SecretString;
use url::Url;

use super::{Config, SETTINGS, Setting, Values, parse, saved::Saved};

/// Shown in place of a secret.
pub const HIDDEN: &str = "••••";

pub trait Written {
    /// The elements of a list, otherwise one text; none: not set.
    fn written(&self) -> Vec<String>;
}

macro_rules! as_displayed {
    ($($type:ty),+) => { $(impl Written for $type {
        fn written(&self) -> Vec<String> {
            vec![self.to_string()]
        }
    })+ };
}

as_displayed!(bool, u32, f64, SocketAddr, Url, Proxy, Zone);

impl Written for String {
    fn written(&self) -> Vec<String> {
        if self.is_empty() { Vec::new() } else { vec![self.clone()] }
    }
}

impl Written for Extension {
    fn written(&self) -> Vec<String> {
        self.0.written()
    }
}

impl Written for QueueName {
    fn written(&self) -> Vec<String> {
        self.0.written()
    }
}

impl Written for SoundDevice {
    fn written(&self) -> Vec<String> {
        vec![self.name.clone()]
    }
}

impl Written for MainView {
    fn written(&self) -> Vec<String> {
        vec![parse::name_of(*self).to_owned()]
    }
}

impl Written for BreakReason {
    fn written(&self) -> Vec<String> {
        vec![self.minutes.map_or_else(|| self.name.clone(), |minutes| format!("{}={minutes}", self.name))]
    }
}

impl Written for SecretString {
    fn written(&self) -> Vec<String> {
        vec![HIDDEN.to_owned()]
    }
}

impl<T: Written> Written for Vec<T> {
    fn written(&self) -> Vec<String> {
        self.iter().flat_map(Written::written).collect()
    }
}

impl Config {
    /// The value that the provisioning gives a setting, as a flag has it: the elements of a list, otherwise one text or none. A secret is
    /// not shown.
    pub fn written(&self, setting: &Setting) -> Vec<String> {
        written(setting, &self.values)
    }

    /// As [`Config::written`], but as it is in the state that the app stored, with the provisioning applied. `None`: the app does not store
    /// this setting.
    pub fn written_saved(&self, setting: &Setting, saved: &Saved<'_>) -> Option<Vec<String>> {
        let mut values = self.values.clone();
        (setting.load?)(&mut values, saved);
        Some(written(setting, &values))
    }
}

fn written(setting: &Setting, values: &Values) -> Vec<String> {
    let written = (setting.written)(values);
    let is_unset = written.is_empty() && !setting.default.is_empty() && !setting.is_list();
    if is_unset { vec![setting.default.to_owned()] } else { written }
}

/// The setting with this key.
pub fn setting(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}
