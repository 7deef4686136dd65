//! Reads one value, in the form that its setting is declared with. No error quotes the value found, which could be a secret.

use std::fmt::Display;

use ringside_domain::BreakReason;
use toml::{Spanned, de::DeValue};

use super::parse;

/// The remedy for a Windows path in double quotes.
pub const ESCAPES: &str = r#"in "…" a backslash begins an escape: write it in '…', or double it (\\)"#;

/// A value that was found.
pub enum Found<'a> {
    /// By flag, environment or declaration: one text, or the elements of a list.
    Texts(&'a [&'a str]),
    /// In a file.
    File(&'a Spanned<DeValue<'a>>),
}

/// The reason that a value cannot be used.
#[derive(Debug)]
pub struct Mistake {
    /// The place in the file.
    pub at: Option<usize>,
    pub message: String,
}

impl Found<'_> {
    /// In a file an empty string counts as not set.
    pub fn text<T>(&self, parse: fn(&str) -> Result<T, String>) -> Result<Option<T>, Mistake> {
        match self {
            Self::Texts([text]) => parse(text).map(Some).map_err(|message| self.mistake(message)),
            Self::File(value) if value.get_ref().as_str() == Some("") => Ok(None),
            Self::File(value) => string(value, parse).map(Some),
            Self::Texts(_) => Err(self.mistake("expected one value")),
        }
    }

    /// A text that may be a number in a file, as the platform has the agent's (N4).
    pub fn number_or_text<T>(&self, parse: fn(&str) -> Result<T, String>) -> Result<Option<T>, Mistake> {
        match self {
            Self::File(value) if value.get_ref().as_str().is_none() => {
                let number = integer(value.get_ref()).map(|number| number.to_string());
                parse(&number.unwrap_or_default()).map(Some).map_err(|message| self.mistake(message))
            }
            _ => self.text(parse),
        }
    }

    pub fn choice<T: Copy>(&self, choices: &[(&'static str, T)]) -> Result<Option<T>, Mistake> {
        let chosen = |text: &str| choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        let found = match self {
            Self::Texts([text]) => chosen(text),
            Self::File(value) if value.get_ref().as_str() == Some("") => return Ok(None),
            Self::File(value) => value.get_ref().as_str().and_then(chosen),
            Self::Texts(_) => None,
        };
        let names: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
        found.map(Some).ok_or_else(|| self.mistake(format!("expected one of {}", names.join(", "))))
    }

    pub fn switch(&self) -> Result<Option<bool>, Mistake> {
        let found = match self {
            Self::Texts([text]) => text.parse().ok(),
            Self::Texts(_) => None,
            Self::File(value) => value.get_ref().as_bool(),
        };
        found.map(Some).ok_or_else(|| self.mistake("expected true or false"))
    }

    pub fn whole(&self, least: u32, most: u32) -> Result<Option<u32>, Mistake> {
        let found = match self {
            Self::Texts([text]) => text.parse().ok(),
            Self::Texts(_) => None,
            Self::File(value) => integer(value.get_ref()).and_then(|number| u32::try_from(number).ok()),
        };
        let fits = found.filter(|number| (least..=most).contains(number));
        fits.map(Some).ok_or_else(|| self.mistake(format!("expected a whole number from {least} to {most}")))
    }

    pub fn decimal(&self, least: f64, most: f64) -> Result<Option<f64>, Mistake> {
        let found: Option<f64> = match self {
            Self::Texts([text]) => text.parse().ok(),
            Self::Texts(_) => None,
            Self::File(value) => match value.get_ref() {
                DeValue::Float(number) => number.as_str().parse().ok(),
                number => integer(number).and_then(|number| u32::try_from(number).ok()).map(f64::from),
            },
        };
        let fits = found.filter(|number| (least..=most).contains(number));
        fits.map(Some).ok_or_else(|| self.mistake(format!("expected a number from {least} to {most}")))
    }

    pub fn list<T>(&self, parse: fn(&str) -> Result<T, String>) -> Result<Option<Vec<T>>, Mistake> {
        self.elements(parse, |element| string(element, parse))
    }

    pub fn breaks(&self) -> Result<Option<Vec<BreakReason>>, Mistake> {
        self.elements(parse::break_reason, break_reason)
    }

    fn elements<T>(
        &self,
        text: fn(&str) -> Result<T, String>,
        file: impl Fn(&Spanned<DeValue<'_>>) -> Result<T, Mistake>,
    ) -> Result<Option<Vec<T>>, Mistake> {
        let elements: Result<Vec<_>, _> = match self {
            Self::Texts(texts) => texts.iter().map(|element| text(element).map_err(|message| self.mistake(message))).collect(),
            Self::File(value) => match value.get_ref() {
                DeValue::Array(elements) => elements.iter().map(file).collect(),
                _ => Err(self.mistake("expected a sequence in […]")),
            },
        };
        elements.map(Some)
    }

    fn mistake(&self, message: impl Display) -> Mistake {
        let at = match self {
            Self::Texts(_) => None,
            Self::File(value) => Some(value.span().start),
        };
        Mistake { at, message: message.to_string() }
    }
}

/// The text of a file's string.
fn string<T>(value: &Spanned<DeValue<'_>>, parse: fn(&str) -> Result<T, String>) -> Result<T, Mistake> {
    let found = Found::File(value);
    let text = value.get_ref().as_str().ok_or_else(|| found.mistake("expected a string"))?;
    // No valid value has a control character. `"C:\temp"` has one: its author meant a backslash, TOML reads a tab.
    if text.chars().any(char::is_control) {
        return Err(found.mistake(format!("there is a control character in the value; {ESCAPES}")));
    }
    parse(text).map_err(|message| found.mistake(message))
}

fn integer(value: &DeValue<'_>) -> Option<u64> {
    value.as_integer().and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok())
}

fn break_reason(element: &Spanned<DeValue<'_>>) -> Result<BreakReason, Mistake> {
    let missing = || Found::File(element).mistake("expected a table such as { name = \"Lunch\", minutes = 45 }");
    let (mut name, mut minutes) = (None, None);
    for (key, value) in element.get_ref().as_table().ok_or_else(missing)? {
        match key.get_ref().as_ref() {
            "name" => name = Some(string(value, parse::break_name)?),
            "minutes" => minutes = Found::File(value).whole(*parse::BREAK_MINUTES.start(), *parse::BREAK_MINUTES.end())?,
            _ => return Err(unknown(key, ["name", "minutes"])),
        }
    }
    Ok(BreakReason { name: name.ok_or_else(missing)?, minutes })
}

pub fn unknown<'a>(key: &Spanned<impl Display>, expected: impl IntoIterator<Item = &'a str>) -> Mistake {
    let expected: Vec<_> = expected.into_iter().map(|name| format!("`{name}`")).collect();
    Mistake { at: Some(key.span().start), message: format!("unknown key `{}`, expected one of {}", key.get_ref(), expected.join(", ")) }
}
