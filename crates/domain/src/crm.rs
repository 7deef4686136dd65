//! The page of the customer system (CRM): which one is opened for a call, and when.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Call, CallId, Direction, Owner, Problem, QueueName, Timestamp, is_withheld};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CrmMode {
    #[default]
    Off,
    /// When the agent's phone rings, or has answered by itself.
    OnRing,
    OnAnswer,
    ByHand,
}

/// None: not set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct CrmSettings {
    pub mode: Option<CrmMode>,
    pub template: Option<String>,
}

impl CrmSettings {
    pub fn mode(&self) -> CrmMode {
        self.mode.unwrap_or_default()
    }

    pub fn template(&self) -> &str {
        self.template.as_deref().unwrap_or_default()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CrmView {
    /// Whether there is a page that may be opened.
    pub ready: bool,
    /// The URL schemes that a page's address may have.
    pub schemes: Vec<String>,
    /// Why the last page was not opened.
    pub problem: Option<Problem>,
}

/// The fields that a template may contain in braces.
pub const CRM_FIELDS: [&str; 7] = ["customer_number", "member_id", "customer_id", "queue", "task_id", "call_id", "direction"];

/// Schemes of programs and files; they are refused even if an administrator allows them.
const FORBIDDEN: [&str; 12] =
    ["about", "blob", "data", "file", "filesystem", "ftp", "jar", "javascript", "ms-msdt", "search-ms", "vbscript", "view-source"];

/// The longest value, in characters: texts from outside can have any length (L38).
const LONGEST: usize = 256;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum TemplateError {
    /// It does not begin with a scheme and a host, or the scheme's equivalent of a host.
    NoAddress,
    /// The administrator has not allowed this scheme.
    Scheme {
        scheme: String,
    },
    /// Data of a call may decide the page, but never the host.
    FieldInHost,
    UnknownField {
        field: String,
    },
    /// A brace without its counterpart.
    Brace,
    /// A space, a quotation mark or the like.
    Character {
        character: char,
    },
}

impl std::error::Error for TemplateError {}

impl std::fmt::Display for TemplateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoAddress => f.write_str("expected an address such as \"https://crm.example.com/?number={customer_number}\""),
            Self::Scheme { scheme } => write!(f, "addresses that begin with {scheme}: are not allowed"),
            Self::FieldInHost => f.write_str("expected no field before the host's end"),
            Self::UnknownField { field } => write!(f, "there is no field {{{field}}}; there are {}", CRM_FIELDS.join(", ")),
            Self::Brace => f.write_str("expected each { with its }"),
            Self::Character { character } => write!(f, "expected {character:?} as %XX"),
        }
    }
}

/// An address with fields for the data of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    scheme: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(&'static str),
}

impl Template {
    /// Accepts every scheme that an administrator may allow.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let scheme = scheme(text).ok_or(TemplateError::NoAddress)?;
        if FORBIDDEN.contains(&scheme.as_str()) {
            return Err(TemplateError::Scheme { scheme });
        }
        let rest = &text[scheme.len() + 1..];
        let is_odd = |character: &char| character.is_whitespace() || character.is_control() || "\"'<>\\^`|".contains(*character);
        if let Some(character) = text.chars().find(is_odd) {
            return Err(TemplateError::Character { character });
        }
        if let Some(rest) = rest.strip_prefix("//") {
            let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
            if host.contains(['{', '}']) {
                return Err(TemplateError::FieldInHost);
            }
            if host.is_empty() {
                return Err(TemplateError::NoAddress);
            }
        } else if rest.is_empty() || matches!(scheme.as_str(), "http" | "https") {
            return Err(TemplateError::NoAddress);
        }
        Ok(Self { scheme, parts: parts(text)? })
    }

    /// Accepts only these schemes.
    pub fn allowed(text: &str, schemes: &[String]) -> Result<Self, TemplateError> {
        let template = Self::parse(text)?;
        match schemes.contains(&template.scheme) {
            true => Ok(template),
            false => Err(TemplateError::Scheme { scheme: template.scheme }),
        }
    }

    /// Whether the address names the customer by other data of this call than the number.
    pub fn names_by_data(&self, call: &Call) -> bool {
        let has = |name: &'static str| self.parts.contains(&Part::Field(name));
        (call.member_id.is_some() && has("member_id")) || (call.customer_id.is_some() && has("customer_id"))
    }

    /// The address for this call; an unknown value is left empty.
    pub fn url(&self, call: &Call, task: Option<&str>) -> String {
        let value = |field: &str| match field {
            "customer_number" if is_withheld(&call.customer_number) => "",
            "customer_number" => call.customer_number.as_str(),
            "member_id" => call.member_id.as_deref().unwrap_or_default(),
            "customer_id" => call.customer_id.as_deref().unwrap_or_default(),
            "queue" => call.queue.as_ref().map(|queue| queue.0.as_str()).unwrap_or_default(),
            "task_id" => task.unwrap_or_default(),
            // The platform's uuid, which a customer system may know.
            "call_id" => call.uuid.as_deref().unwrap_or_default(),
            _ => match call.direction {
                Direction::Incoming => "incoming",
                Direction::Outgoing => "outgoing",
            },
        };
        let mut url = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => url.push_str(text),
                Part::Field(field) => encode(value(field), &mut url),
            }
        }
        url
    }
}

/// The scheme in lower case, if it may be allowed.
pub fn crm_scheme(text: &str) -> Option<String> {
    scheme(&format!("{text}:")).filter(|scheme| scheme.len() == text.len() && !FORBIDDEN.contains(&scheme.as_str()))
}

fn scheme(text: &str) -> Option<String> {
    let (scheme, _) = text.split_once(':')?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let valid = scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(fits);
    valid.then(|| scheme.to_ascii_lowercase())
}

fn parts(text: &str) -> Result<Vec<Part>, TemplateError> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        let (name, after) = from.strip_prefix('{').and_then(|from| from.split_once('}')).ok_or(TemplateError::Brace)?;
        if name.contains('{') {
            return Err(TemplateError::Brace);
        }
        let field =
            CRM_FIELDS.iter().find(|field| **field == name).ok_or_else(|| TemplateError::UnknownField { field: name.to_owned() })?;
        parts.extend([Part::Text(before.to_owned()), Part::Field(field)]);
        rest = after;
    }
    parts.push(Part::Text(rest.to_owned()));
    Ok(parts)
}

/// Encodes everything but letters, digits and `-._~` (RFC 3986), so that a value cannot become a part of the address's structure.
fn encode(value: &str, url: &mut String) {
    let value = value.char_indices().nth(LONGEST).map_or(value, |(end, _)| &value[..end]);
    // A dot segment would lead to another page.
    if matches!(value, "." | "..") {
        return;
    }
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
}

/// The address that a template gives for a sample call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum CrmPreview {
    Url { url: String },
    Faulty { error: TemplateError },
}

impl CrmPreview {
    pub fn of(template: &str, schemes: &[String]) -> Self {
        match Template::allowed(template, schemes) {
            Ok(template) => Self::Url { url: template.url(&sample(), Some("20260131093000123456")) },
            Err(error) => Self::Faulty { error },
        }
    }
}

fn sample() -> Call {
    Call {
        uuid: Some("0f8e1b7a-52c4-4d0e".to_owned()),
        queue: Some(QueueName("queue-1".to_owned())),
        customer_number: "13800138000".to_owned(),
        member_id: Some("10086".to_owned()),
        customer_id: Some("C-2048".to_owned()),
        ..Call::blank(CallId(1), Owner::default(), Timestamp(0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn call() -> Call {
        Call {
            uuid: Some("6f1c".into()),
            queue: Some(QueueName("queue 1".into())),
            customer_number: "+8613387525701".into(),
            customer_id: Some("李雯&a=1/../#".into()),
            member_id: None,
            ..sample()
        }
    }

    fn https() -> Vec<String> {
        vec!["https".into()]
    }

    #[test]
    fn each_field_is_encoded_and_an_unknown_one_is_empty() {
        let all = CRM_FIELDS.map(|field| format!("{field}={{{field}}}")).join("&");
        let url = Template::allowed(&format!("https://crm.example.com/pop?{all}"), &https()).unwrap().url(&call(), Some("7"));
        assert_eq!(
            url,
            "https://crm.example.com/pop?customer_number=%2B8613387525701&member_id=&customer_id=%E6%9D%8E%E9%9B%AF%26a%3D1%2F..%2F%23\
             &queue=queue%201&task_id=7&call_id=6f1c&direction=outgoing"
        );
    }

    #[test]
    fn only_allowed_schemes_are_accepted_and_never_a_programs() {
        let error =
            |text: &str, schemes: &[&str]| Template::allowed(text, &schemes.iter().map(|each| (*each).into()).collect::<Vec<_>>()).err();
        let scheme = |name: &str| Some(TemplateError::Scheme { scheme: name.into() });
        assert_eq!(error("http://crm/{queue}", &["https"]), scheme("http"));
        assert_eq!(error("HTTPS://crm/{queue}", &["https"]), None);
        assert_eq!(error("tel:{customer_number}", &["https", "tel"]), None);
        for forbidden in ["javascript:alert({queue})", "JavaScript:alert({queue})", "file:///etc/passwd", "data:text/html,x", "ms-msdt:/id"]
        {
            let name = forbidden.split(':').next().unwrap().to_lowercase();
            assert_eq!(error(forbidden, &["https", &name]), scheme(&name), "{forbidden}");
            assert_eq!(crm_scheme(&name), None);
        }
        assert_eq!(crm_scheme("TEL").as_deref(), Some("tel"));
        assert_eq!(["", "a:b", "1a", "https://"].map(crm_scheme), [None, None, None, None]);
    }

    #[test]
    fn each_error_of_a_template_is_named() {
        let error = |text: &str| Template::parse(text).unwrap_err();
        for text in ["", "crm.example.com", "https:", "https://", "https:///x", "https:x", "://x", "tel:"] {
            assert_eq!(error(text), TemplateError::NoAddress, "{text}");
        }
        for text in ["https://{queue}.example.com/", "https://{customer_id}@crm/", "https://crm:{queue}"] {
            assert_eq!(error(text), TemplateError::FieldInHost, "{text}");
        }
        for text in ["https://crm/{", "https://crm/}", "https://crm/{{queue}}", "https://crm/{queue"] {
            assert_eq!(error(text), TemplateError::Brace, "{text}");
        }
        assert_eq!(error("https://crm/{number}"), TemplateError::UnknownField { field: "number".into() });
        assert_eq!(error("https://crm/a b"), TemplateError::Character { character: ' ' });
        assert_eq!(error("https://crm/\"x"), TemplateError::Character { character: '"' });
    }

    #[test]
    fn a_preview_is_the_address_or_the_error() {
        let url = "https://crm/queue-1?n=13800138000".to_owned();
        assert_eq!(CrmPreview::of("https://crm/{queue}?n={customer_number}", &https()), CrmPreview::Url { url });
        let error = TemplateError::Scheme { scheme: "http".into() };
        assert_eq!(CrmPreview::of("http://crm/", &https()), CrmPreview::Faulty { error });
    }

    proptest! {
        /// With any text from outside, the host stays the same and the value stays one value.
        #[test]
        fn no_value_changes_the_structure_of_the_address(value in any::<String>()) {
            let template = Template::parse("https://crm.example.com/c/{customer_id}?x={customer_id}&y=1").unwrap();
            let url = template.url(&Call { customer_id: Some(value), ..call() }, None);
            let rest = url.strip_prefix("https://crm.example.com/c/").unwrap();
            let (path, query) = rest.split_once('?').unwrap();
            prop_assert!(!path.contains(['/', '#', '\\']) && path != "..");
            prop_assert!(query.ends_with("&y=1") && query.matches('&').count() == 1 && !query.contains(['#', ' ', '"']));
        }

        #[test]
        fn no_template_panics(text in any::<String>()) {
            if let Ok(template) = Template::parse(&text) {
                template.url(&call(), None);
            }
        }
    }
}
