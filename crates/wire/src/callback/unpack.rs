//! From JSON to its events: one object, a list of objects (P6, P11), or either of them within an object or a text.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{
    CallbackError, Kind,
    fields::{Fields, Members},
};
use crate::{json, loose};

/// The largest number of events; a body of 256 KiB holds fewer bills.
const MOST_EVENTS: usize = 1000;
/// The largest number of objects and lists around an event.
const MOST_WRAPPINGS: u32 = 4;
/// The deepest nesting of JSON as text within JSON (L24).
const MOST_TEXTS: u32 = 2;
/// The usual names of members that hold events.
const WRAPPERS: [&str; 9] = ["detail", "result", "data", "bills", "list", "rows", "events", "records", "items"];

/// The events of one body.
#[derive(Debug, Default)]
pub(super) struct Unpacked {
    /// Each event with its JSON.
    pub events: Vec<(Fields, String)>,
    pub repairs: Vec<&'static str>,
}

/// The nesting around the present value.
#[derive(Clone, Copy, Default)]
struct Depth {
    wrappings: u32,
    texts: u32,
}

impl Unpacked {
    /// All events in a text, or the error. Several values in a row are several events.
    pub fn all(text: &str) -> Result<Self, CallbackError> {
        let mut unpacked = Self::default();
        unpacked.add_text(text, Depth::default())?;
        match unpacked.events.len() {
            0 => Err(CallbackError::Json("there is no event in it".to_owned())),
            1..=MOST_EVENTS => Ok(unpacked),
            _ => Err(CallbackError::Json(format!("there are more than {MOST_EVENTS} events in it"))),
        }
    }

    fn add_text(&mut self, text: &str, depth: Depth) -> Result<(), CallbackError> {
        if let Some(inner) = without_slashes(text) {
            return self.add_text(&inner, Depth { texts: depth.texts + 1, ..depth });
        }
        let mut rest = text;
        loop {
            let json::First { json, rest: after, repair } = json::first(rest).map_err(CallbackError::Json)?;
            self.note(repair);
            self.add(&json, depth)?;
            // A C string ends with NUL.
            rest = after.trim_start_matches(|c: char| c.is_whitespace() || c == '\0');
            if rest.is_empty() {
                return Ok(());
            }
            if !rest.contains(['{', '[', '"']) {
                self.note(Some("words behind the JSON were left out"));
                return Ok(());
            }
            if let Some(next) = rest.strip_prefix(',').filter(|next| next.trim_start().starts_with(['{', '['])) {
                self.note(Some("several values without brackets round them were taken as a list"));
                rest = next;
            }
        }
    }

    pub fn note(&mut self, repair: Option<&'static str>) {
        if let Some(repair) = repair.filter(|repair| !self.repairs.contains(repair)) {
            self.repairs.push(repair);
        }
    }

    fn add(&mut self, json: &str, depth: Depth) -> Result<(), CallbackError> {
        if depth.wrappings > MOST_WRAPPINGS || depth.texts > MOST_TEXTS || self.events.len() > MOST_EVENTS {
            return Err(CallbackError::Json("it is wrapped too often".to_owned()));
        }
        match json.as_bytes().first() {
            Some(b'{') => self.add_object(json, depth),
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(json).map_err(unread)?;
                self.add_items(items.into_iter(), depth)
            }
            Some(b'"') => {
                let inner: String = serde_json::from_str(json).map_err(unread)?;
                self.add_text(&inner, Depth { texts: depth.texts + 1, ..depth })
            }
            _ => Err(CallbackError::Json("neither an object nor a list".to_owned())),
        }
    }

    fn add_items<'a>(&mut self, items: impl Iterator<Item = &'a RawValue>, depth: Depth) -> Result<(), CallbackError> {
        let depth = Depth { wrappings: depth.wrappings + 1, ..depth };
        items.filter(|item| item.get() != "null").try_for_each(|item| self.add(item.get(), depth))
    }

    fn add_object(&mut self, json: &str, depth: Depth) -> Result<(), CallbackError> {
        let Members(members) = serde_json::from_str(json).map_err(unread)?;
        let is_list = !members.is_empty() && loose::is_list(members.iter().map(|(name, _)| name));
        if is_list {
            return self.add_items(members.into_iter().map(|(_, item)| item), depth);
        }
        let fields = Fields::of(&members);
        if matches!(super::kind(&fields), Kind::Unknown) {
            let mut within = Self::default();
            let mut unread = None;
            let mut is_wrapper = false;
            for (name, value) in members.iter().filter(|(_, value)| may_hold_events(value)) {
                let mut held = Self::default();
                let read = held.add_items(std::iter::once(*value), depth);
                let is_named = WRAPPERS.contains(&loose::word(name).as_str());
                is_wrapper |= is_named;
                match read {
                    Ok(()) if is_named || held.holds_known() => within.append(held),
                    Ok(()) => {}
                    Err(error) => unread = unread.or(Some(error).filter(|_| is_named || held.holds_known())),
                }
            }
            if within.holds_known() || (is_wrapper && !super::is_event(&fields)) {
                // Either all events of the object are taken, or none.
                unread.map_or(Ok(()), Err)?;
                self.append(within);
                return Ok(());
            }
        }
        self.events.push((fields, json.to_owned()));
        Ok(())
    }

    /// Whether there is an event of a documented kind.
    fn holds_known(&self) -> bool {
        self.events.iter().any(|(fields, _)| !matches!(super::kind(fields), Kind::Unknown))
    }

    fn append(&mut self, mut other: Self) {
        self.events.append(&mut other.events);
        other.repairs.into_iter().for_each(|repair| self.note(Some(repair)));
    }
}

/// Whether the value is an object, a list, or JSON as a text.
fn may_hold_events(value: &RawValue) -> bool {
    match value.get().as_bytes()[0] {
        b'{' | b'[' => true,
        b'"' => serde_json::from_str::<Cow<'_, str>>(value.get()).is_ok_and(|text| text.trim_start().starts_with(['{', '[', '"'])),
        _ => false,
    }
}

/// Undoes PHP's `addslashes`, which puts a backslash before each quotation mark, including the first.
fn without_slashes(text: &str) -> Option<String> {
    let begins = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '{' | '['));
    (begins.len() < text.len() && begins.starts_with("\\\"")).then(|| serde_json::from_str(&format!("\"{text}\"")).ok())?
}

fn unread(error: serde_json::Error) -> CallbackError {
    CallbackError::Json(error.to_string())
}
