//! The three services that return an extension's state (sections «Get extension call status», «… enabled status»,
//! «… registration information»).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::call::{Call, Stage};
use crate::codes::{self, Code};
use crate::envelope::{Answer, Refusal};
use crate::extension::Phone;
use crate::form::Form;
use crate::world::World;

impl World {
    /// The call that keeps the extension busy; a call in conversation comes before one that rings.
    pub(crate) fn call_on(&self, extension: &str) -> Option<&Call> {
        let mut calls = self.calls.values().filter(|call| call.involves(extension));
        let first = calls.next()?;
        match first.stage {
            Stage::Talking => Some(first),
            _ => Some(calls.find(|c| c.stage == Stage::Talking).unwrap_or(first)),
        }
    }

    /// The extension's code: 1011 to 1014 if it cannot be used, else 1201, 1202 or 1204.
    pub(crate) fn extension_code(&self, extension: &str) -> Code {
        if let Some(code) = self.objection(extension) {
            return code;
        }
        match self.call_on(extension).map(|call| call.stage) {
            Some(Stage::Talking) => codes::CALLING,
            Some(_) => codes::RINGING,
            None if self.phone(extension) == Phone::NotRegistered => codes::NOT_REGISTERED,
            None => codes::IDLE,
        }
    }

    pub(crate) fn phone(&self, extension: &str) -> Phone {
        let known = self.extensions.get(extension);
        known.map_or(Phone::Unknown, |e| e.phone)
    }

    pub(crate) fn get_sip_call_status(&mut self, form: &Form, now: Timestamp) -> Result<Answer, Refusal> {
        let rows = form.required_list("extnumber")?;
        let rows = rows.iter().map(|extension| self.call_status(extension, now));
        Ok(Answer::Result(Value::Array(rows.collect())))
    }

    fn call_status(&self, extension: &str, now: Timestamp) -> Value {
        let code = self.extension_code(extension);
        let mut row = json!({
            "extnumber": extension, "status": code, "caller": null, "callee": null, "disnumber": null,
            "direction": null, "channel": null, "idleduration": null, "callduration": null,
        });
        if let Some(call) = self.call_on(extension) {
            let own = if call.customer == extension { &call.extension } else { extension };
            let (caller, callee) = call.ends_for(own);
            row["caller"] = json!(caller);
            row["callee"] = json!(callee);
            row["disnumber"] = json!(call.display_number);
            row["direction"] = json!(call.direction.word());
            row["channel"] = json!(format!("sip/{extension}"));
            let talked = call.answered.map(|at| now.duration_since(at).as_secs());
            row["callduration"] = json!(talked.unwrap_or(0));
        } else if code == codes::IDLE
            && let Some(known) = self.extensions.get(extension)
        {
            row["idleduration"] = json!(now.duration_since(known.idle_since).as_secs());
        }
        row
    }

    /// GetSipValidStatus: 1016 enabled, 1013 disabled.
    pub(crate) fn get_sip_valid_status(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let rows = form.required_list("extnumber")?;
        let rows = rows.iter().map(|extension| {
            let code = self.objection(extension).unwrap_or(codes::ENABLED);
            json!({ "extnumber": extension, "code": code })
        });
        Ok(Answer::Result(Value::Array(rows.collect())))
    }

    /// GetSipRegisterStatus: 1017 registered, 1014 not.
    pub(crate) fn get_sip_register_status(&mut self, form: &Form) -> Result<Answer, Refusal> {
        let rows = form.required_list("extnumber")?;
        let rows = rows.iter().map(|extension| match self.objection(extension) {
            None if self.phone(extension) == Phone::Registered => json!({
                "extnumber": extension, "code": codes::REGISTERED,
                "clientip": "192.0.2.17", "serverip": "192.0.2.1",
            }),
            objection => json!({
                "extnumber": extension, "code": objection.unwrap_or(codes::NOT_REGISTERED),
                "clientip": null, "serverip": null,
            }),
        });
        Ok(Answer::Result(Value::Array(rows.collect())))
    }
}
