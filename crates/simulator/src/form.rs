//! The fields of a request, and the checks that the documentation's tables ask for.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::{Timestamp, civil, tz::TimeZone};

use crate::envelope::Refusal;

/// The fields of one request. If a field is sent twice, the last one counts, as in PHP.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form(BTreeMap<String, String>);

impl FromIterator<(String, String)> for Form {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl Form {
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v.as_str()))
    }

    /// The service's name; spaces around it are ignored, since a printed example has one.
    pub(crate) fn service(&self) -> &str {
        self.optional("service")
    }

    /// The field's text; empty if the field is absent.
    pub(crate) fn optional(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |text| text.trim())
    }

    /// A field that must be present and not empty.
    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        match self.optional(name) {
            "" => Err(Refusal::parameter(format!("{name} is required"))),
            text => Ok(text),
        }
    }

    /// A field that must be present, but may be empty.
    pub(crate) fn present(&self, name: &str) -> Result<&str, Refusal> {
        match self.0.contains_key(name) {
            true => Ok(self.optional(name)),
            false => Err(Refusal::parameter(format!("{name} is required"))),
        }
    }

    pub(crate) fn required_number(&self, name: &str, range: RangeInclusive<i64>) -> Result<i64, Refusal> {
        number(name, self.required(name)?, range)
    }

    pub(crate) fn number_or(&self, name: &str, default: i64, range: RangeInclusive<i64>) -> Result<i64, Refusal> {
        match self.optional(name) {
            "" => Ok(default),
            text => number(name, text, range),
        }
    }

    /// A time of the platform, `yyyy-mm-dd hh:mm:ss` (N5).
    pub(crate) fn required_time(&self, name: &str, zone: &TimeZone) -> Result<Timestamp, Refusal> {
        let text = self.required(name)?;
        civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text)
            .and_then(|naive| zone.to_timestamp(naive))
            .map_err(|_| Refusal::parameter(format!("{name} must be written as yyyy-mm-dd hh:mm:ss")))
    }

    /// A comma-separated list; empty if the field is empty or absent.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        split(self.optional(name))
    }

    pub(crate) fn required_list(&self, name: &str) -> Result<Vec<&str>, Refusal> {
        Ok(split(self.required(name)?))
    }
}

fn split(text: &str) -> Vec<&str> {
    let items = text.split(',').map(str::trim);
    items.filter(|item| !item.is_empty()).collect()
}

fn number(name: &str, text: &str, range: RangeInclusive<i64>) -> Result<i64, Refusal> {
    let number = text.parse::<i64>().map_err(|_| Refusal::parameter(format!("{name} must be a whole number")))?;
    if range.contains(&number) {
        return Ok(number);
    }
    Err(Refusal::parameter(format!("{name} must be from {} to {}", range.start(), range.end())))
}
