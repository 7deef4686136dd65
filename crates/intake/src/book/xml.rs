//! What all readers of XML in a workbook need.

use std::io::BufRead;

use quick_xml::{
    Reader,
    escape::{resolve_predefined_entity, unescape},
    events::{BytesRef, BytesStart, Event},
};

use crate::SheetFailure;

pub(crate) type Xml<R> = Reader<R>;

pub(crate) fn reader<R: BufRead>(part: R) -> Xml<R> {
    let mut reader = Reader::from_reader(part);
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    config.check_end_names = false;
    reader
}

/// The value of the attribute with this name, whatever its namespace.
pub(crate) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let found = attributes.with_checks(false).flatten().find(|attribute| attribute.key.local_name().into_inner() == name)?;
    unescape(&found.value).ok().map(|value| value.into_owned())
}

/// Appends the text of an event, if it has one.
pub(crate) fn push_text(event: &Event<'_>, text: &mut String) {
    match event {
        Event::Text(part) => text.push_str(part),
        Event::CData(part) => text.push_str(part),
        Event::GeneralRef(part) => push_reference(part, text),
        _ => {}
    }
}

/// An entity that the XML defines itself is not expanded: expansions can be without end.
fn push_reference(reference: &BytesRef<'_>, text: &mut String) {
    if let Ok(Some(letter)) = reference.resolve_char_ref() {
        text.push(letter);
    } else if let Some(plain) = resolve_predefined_entity(reference) {
        text.push_str(plain);
    }
}

impl From<quick_xml::Error> for SheetFailure {
    fn from(error: quick_xml::Error) -> Self {
        match error {
            // Limits of the part come through the parser as its I/O errors.
            quick_xml::Error::Io(error) => (&*error).into(),
            error => Self::damaged(error),
        }
    }
}
