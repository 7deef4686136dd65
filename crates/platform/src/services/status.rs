//! «Get extension call status», «Get extension enabled status», «Get extension registration information».

use ringside_domain::{Extension, Phone, PhoneReading, PhoneState};
use ringside_wire::{Code, Text, callback};
use serde::Deserialize;

use super::comma_separated;
use crate::{Client, PlatformError, Service};

/// The state of an extension's phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallStatus {
    /// The extension.
    pub extension: Extension,
    /// 1011 to 1014 if the extension cannot be used, else 1201 to 1205.
    pub code: Code,
    /// The same state and the call, as the domain's types.
    pub reading: PhoneReading,
    /// The channel of the call, as the telephone system names it.
    pub channel: Option<String>,
    /// Seconds since the last call.
    pub idle_seconds: Option<u32>,
    /// Seconds since the current call began.
    pub call_seconds: Option<u32>,
}

/// Where an extension's phone is registered from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredFrom {
    /// The extension.
    pub extension: Extension,
    /// 1017 registered, 1014 not registered, 1011 to 1013 if the extension cannot be used.
    pub code: Code,
    /// The phone's network address.
    pub phone_address: Option<String>,
    /// The network address of the telephone server.
    pub server_address: Option<String>,
}

#[derive(Debug, Deserialize)]
struct CallRow {
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
    #[serde(default)]
    channel: Text,
    #[serde(default)]
    idleduration: Text,
    #[serde(default)]
    callduration: Text,
}

/// A row of the other two services.
#[derive(Debug, Deserialize)]
struct CodeRow {
    #[serde(default)]
    extnumber: Text,
    #[serde(default)]
    code: Text,
    #[serde(default)]
    clientip: Text,
    #[serde(default)]
    serverip: Text,
}

impl From<CallRow> for CallStatus {
    fn from(row: CallRow) -> Self {
        let code = row.status.code();
        let reading = PhoneReading {
            phone: code.phone(),
            state: code.phone_state(),
            caller: row.caller.some(),
            callee: row.callee.some(),
            display_number: row.disnumber.some(),
            direction: row.direction.some().and_then(|text| callback::direction(&text)),
        };
        Self {
            extension: Extension(row.extnumber.owned()),
            code,
            reading,
            channel: row.channel.some(),
            idle_seconds: row.idleduration.number(),
            call_seconds: row.callduration.number(),
        }
    }
}

/// The row of `extension`, the only one requested. A single row without an extension must be its row.
fn of(mut statuses: Vec<CallStatus>, extension: &Extension) -> Option<CallStatus> {
    let index = statuses.iter().position(|status| status.extension == *extension);
    let index = index.or_else(|| matches!(statuses.as_slice(), [only] if only.extension.is_nobodys()).then_some(0));
    index.map(|index| statuses.swap_remove(index))
}

impl Client {
    /// GetSipCallStatus («Get extension call status»): the state of the phones of these extensions.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] if one of them cannot be queried.
    pub async fn call_statuses(&self, extensions: &[Extension]) -> Result<Vec<CallStatus>, PlatformError> {
        let rows: Vec<CallRow> = self.about(Service::GetSipCallStatus, extensions).await?;
        Ok(rows.into_iter().map(CallStatus::from).collect())
    }

    /// GetSipCallStatus for one extension: the state of its phone (N28).
    ///
    /// If the platform has no row for the extension, or fails with codes 1011 to 1014 or 1200, the result is a reading and not an error.
    ///
    /// # Errors
    /// Any other failure.
    pub async fn extension_call_status(&self, extension: &Extension) -> Result<PhoneReading, PlatformError> {
        let nothing = |phone: Phone| PhoneReading {
            phone,
            state: PhoneState::Unknown,
            caller: None,
            callee: None,
            display_number: None,
            direction: None,
        };
        let statuses = match self.call_statuses(std::slice::from_ref(extension)).await {
            Err(PlatformError::Failed {
                code:
                    code @ (Code::ExtensionForeign | Code::ExtensionUnknown | Code::ExtensionDisabled | Code::NotRegistered | Code::Offline),
                ..
            }) => return Ok(nothing(code.phone())),
            statuses => statuses?,
        };
        Ok(of(statuses, extension).map_or(nothing(Phone::NotFound), |status| status.reading))
    }

    /// GetSipValidStatus («Get extension enabled status»): 1016 for an enabled extension, 1013 for a disabled one.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] if one of them cannot be queried.
    pub async fn enabled_states(&self, extensions: &[Extension]) -> Result<Vec<(Extension, Code)>, PlatformError> {
        let rows: Vec<CodeRow> = self.about(Service::GetSipValidStatus, extensions).await?;
        Ok(rows.into_iter().map(|row| (Extension(row.extnumber.owned()), row.code.code())).collect())
    }

    /// GetSipRegisterStatus («Get extension registration information»): whether these extensions' phones are registered, and from where.
    ///
    /// # Errors
    /// [`PlatformError::Failed`] if one of them cannot be queried.
    pub async fn registrations(&self, extensions: &[Extension]) -> Result<Vec<RegisteredFrom>, PlatformError> {
        let rows: Vec<CodeRow> = self.about(Service::GetSipRegisterStatus, extensions).await?;
        let registration = |row: CodeRow| RegisteredFrom {
            extension: Extension(row.extnumber.owned()),
            code: row.code.code(),
            phone_address: row.clientip.some(),
            server_address: row.serverip.some(),
        };
        Ok(rows.into_iter().map(registration).collect())
    }

    async fn about<T: serde::de::DeserializeOwned>(&self, service: Service, extensions: &[Extension]) -> Result<Vec<T>, PlatformError> {
        self.call(service, &[("extnumber", &comma_separated(extensions))]).await?.list("a list of extensions")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fs14_a_single_row_without_an_extension_belongs_to_the_requested_extension() {
        let rows = |json: &str| -> Vec<CallStatus> {
            serde_json::from_str::<Vec<CallRow>>(json).unwrap().into_iter().map(CallStatus::from).collect()
        };
        let found = |json: &str| of(rows(json), &Extension("7005".into())).map(|status| status.code);
        for own in [r#"[{"extnumber":"7005","status":1202}]"#, r#"[{"extnumber":null,"status":"1202"}]"#, r#"[{"status":1202.0}]"#] {
            assert_eq!(found(own), Some(Code::Ringing), "{own}");
        }
        assert_eq!(found(r#"[{"extnumber":"7006","status":1201},{"extnumber":7005,"status":1202}]"#), Some(Code::Ringing));
        for others in ["[]", r#"[{"extnumber":"7006","status":1202}]"#, r#"[{"status":1202},{"status":1201}]"#] {
            assert_eq!(found(others), None, "{others}");
        }
    }

    #[test]
    fn fs17_an_extension_that_is_offline_is_not_registered() {
        for (status, phone) in
            [("1200", Phone::NotRegistered), ("1014", Phone::NotRegistered), ("1013", Phone::Disabled), ("1201", Phone::Ready)]
        {
            let row: CallRow = serde_json::from_str(&format!(r#"{{"extnumber":"7005","status":"{status}"}}"#)).unwrap();
            assert_eq!(CallStatus::from(row).reading.phone, phone, "{status}");
        }
    }
}
