//! The texts that the cells of a workbook share.

use std::io::BufRead;

use quick_xml::events::Event;
use ringside_domain::SheetError;

use super::xml::{Xml, push_text};
use crate::SheetFailure;

/// The largest part of shared texts, unpacked.
pub(crate) const MOST_BYTES: u64 = 512 << 20;
/// The longest of all texts together.
const MOST_TEXT: usize = 128 << 20;
const MOST_TEXTS: usize = 8 << 20;

/// All texts one after the other: a million of them as strings of their own would take several times the memory.
#[derive(Default)]
pub(crate) struct Texts {
    text: String,
    ends: Vec<u32>,
}

impl Texts {
    pub fn get(&self, index: usize) -> Option<&str> {
        let end = usize::try_from(*self.ends.get(index)?).ok()?;
        let begin = index.checked_sub(1).map_or(0, |before| usize::try_from(self.ends[before]).unwrap_or(0));
        self.text.get(begin..end)
    }
}

/// Formatting within a text is left out, and so is its pronunciation.
pub(crate) fn read<R: BufRead>(mut xml: Xml<R>) -> Result<Texts, SheetFailure> {
    let (mut texts, mut buffer) = (Texts::default(), Vec::new());
    let (mut is_text, mut is_phonetic) = (false, false);
    loop {
        buffer.clear();
        let event = xml.read_event_into(&mut buffer)?;
        match &event {
            Event::Start(element) => match element.local_name().into_inner() {
                "t" => is_text = !is_phonetic,
                "rPh" => is_phonetic = true,
                _ => {}
            },
            Event::End(element) => match element.local_name().into_inner() {
                "t" => is_text = false,
                "rPh" => is_phonetic = false,
                "si" => texts.ends.push(u32::try_from(texts.text.len()).unwrap_or(u32::MAX)),
                _ => {}
            },
            Event::Eof => return Ok(texts),
            event if is_text => push_text(event, &mut texts.text),
            _ => {}
        }
        if texts.text.len() > MOST_TEXT || texts.ends.len() > MOST_TEXTS {
            return Err(SheetFailure::new(SheetError::TooLarge, "the workbook's texts"));
        }
    }
}
