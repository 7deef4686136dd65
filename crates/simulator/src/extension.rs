//! Extensions: the state of a phone, and the service that lists them (section «Get queue extension information»).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::codes::{self, Code};
use crate::envelope::{Answer, Refusal};
use crate::form::Form;
use crate::options::{Answering, ExtensionSpec};
use crate::world::World;

/// The state of a phone at the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phone {
    Registered,
    /// 1014
    NotRegistered,
    /// 1013
    Disabled,
    /// 1012: the platform does not know it.
    Unknown,
}

#[derive(Clone, Debug)]
pub(crate) struct Extension {
    pub(crate) number: String,
    pub(crate) agent: String,
    pub(crate) phone: Phone,
    pub(crate) answering: Answering,
    pub(crate) idle_since: Timestamp,
    /// When the dialler may ring it again.
    pub(crate) ready_at: Timestamp,
    /// It has not rung yet: the first customer dialled for it answers.
    pub(crate) fresh: bool,
    /// The serial number of its last change, comparable with a token's (code 1010).
    pub(crate) changed: u64,
    /// Simulated seconds talked so far, for strategy 2.
    pub(crate) talked: i64,
    /// When the dialler last gave it a call, for strategy 4.
    pub(crate) last_offered: Timestamp,
}

impl Extension {
    pub(crate) fn new(spec: &ExtensionSpec, now: Timestamp) -> Self {
        Self {
            number: spec.number.clone(),
            agent: spec.agent.clone(),
            phone: Phone::Registered,
            answering: spec.answering,
            idle_since: now,
            ready_at: now,
            fresh: true,
            changed: 0,
            talked: 0,
            last_offered: Timestamp::UNIX_EPOCH,
        }
    }
}

impl World {
    /// The code of the reason why the extension cannot be used at all; `None` if it can.
    pub(crate) fn objection(&self, extension: &str) -> Option<Code> {
        match self.extensions.get(extension).map(|e| e.phone) {
            None => Some(codes::ILLEGAL_EXTENSION),
            Some(Phone::Unknown) => Some(codes::NO_EXTENSION),
            Some(Phone::Disabled) => Some(codes::DISABLED),
            Some(Phone::Registered | Phone::NotRegistered) => None,
        }
    }

    /// Sets the state of a phone; an unknown extension is added.
    pub(crate) fn set_phone(&mut self, extension: &str, phone: Phone, now: Timestamp) {
        let entry = self.extensions.entry(extension.to_owned());
        entry.or_insert_with(|| Extension::new(&ExtensionSpec::new(extension, ""), now)).phone = phone;
        self.became_idle(extension, now);
    }

    /// GetSipnumberInfo: the extensions with their passwords in clear (N21).
    pub(crate) fn get_sipnumber_info(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let status = form.required_number("status", 1..=3)?;
        let wanted = form.list("extnumber");
        let known =
            self.extensions.values().filter(|e| e.phone != Phone::Unknown && (wanted.is_empty() || wanted.contains(&e.number.as_str())));
        let rows = known.filter_map(|extension| {
            let enabled = extension.phone != Phone::Disabled;
            let asked = status == 3 || (status == 1) == enabled;
            asked.then(|| {
                json!({
                    "extnumber": extension.number,
                    "password": format!("sip-{}", extension.number),
                    "status": if enabled { codes::ENABLED } else { codes::DISABLED },
                    "register": if extension.phone == Phone::Registered { "reg" } else { "nreg" },
                })
            })
        });
        Ok(Answer::Result(Value::Array(rows.collect())))
    }
}
