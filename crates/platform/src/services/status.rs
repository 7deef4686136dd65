//! «Get extension call status».

use ringside_domain::{Extension, Phone, PhoneReading, PhoneState};
use serde::Deserialize;

use crate::{Client, Code, PlatformError, Service, callback, wire::Text};

#[derive(Debug, Deserialize)]
struct Row {
    #[serde(default)]
    extnumber: Text,
    #[serde(default)]
    status: Text,
    #[serde(default)]
    caller: Text,
    #[serde(default)]
    callee: Text,
    #[serde(default)]
    disnumber: Text,
    #[serde(default)]
    direction: Text,
}

impl Client {
    /// GetSipCallStatus for one extension: what its phone does (N28).
    ///
    /// An extension that the platform has no row for, or fails with codes 1011 to 1014, is a reading too.
    pub async fn extension_call_status(&self, extension: &Extension) -> Result<PhoneReading, PlatformError> {
        let nothing = |phone: Phone| PhoneReading {
            phone,
            state: PhoneState::Unknown,
            caller: None,
            callee: None,
            display_number: None,
            direction: None,
        };
        let answer = match self.call(Service::GetSipCallStatus, &[("extnumber", &extension.0)]).await {
            Err(PlatformError::Failed { code: code @ Code(1011..=1014), .. }) => return Ok(nothing(code.phone())),
            answer => answer?,
        };
        let rows: Vec<Row> = answer.list("a list of extensions")?;
        let Some(row) = rows.into_iter().find(|row| row.extnumber.as_str() == extension.0) else { return Ok(nothing(Phone::NotFound)) };
        let code = Code(row.status.number().unwrap_or(0));
        Ok(PhoneReading {
            phone: code.phone(),
            state: code.phone_state(),
            caller: row.caller.some(),
            callee: row.callee.some(),
            display_number: row.disnumber.some(),
            direction: row.direction.some().map(|text| callback::direction(&text)),
        })
    }
}
