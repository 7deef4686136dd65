//! Which cells of a workbook hold dates: a date is a number with a date's format.

use std::{collections::HashMap, io::BufRead};

use quick_xml::events::Event;

use super::xml::{Xml, attribute};
use crate::SheetFailure;

#[derive(Default)]
pub(crate) struct Styles {
    dates: Vec<bool>,
}

impl Styles {
    pub fn is_date(&self, style: usize) -> bool {
        self.dates.get(style).copied().unwrap_or(false)
    }
}

pub(crate) fn read<R: BufRead>(mut xml: Xml<R>) -> Result<Styles, SheetFailure> {
    let (mut styles, mut formats, mut buffer) = (Styles::default(), HashMap::new(), Vec::new());
    let mut is_cell = false;
    loop {
        match xml.read_event_into(&mut buffer)? {
            Event::Start(element) => match element.local_name().into_inner() {
                "numFmt" => {
                    let id: Option<u32> = attribute(&element, "numFmtId").and_then(|id| id.parse().ok());
                    let code = attribute(&element, "formatCode").unwrap_or_default();
                    formats.extend(id.map(|id| (id, is_date_format(&code))));
                }
                "cellXfs" => is_cell = true,
                "xf" if is_cell => {
                    let format: u32 = attribute(&element, "numFmtId").and_then(|id| id.parse().ok()).unwrap_or(0);
                    styles.dates.push(formats.get(&format).copied().unwrap_or_else(|| is_builtin_date(format)));
                }
                _ => {}
            },
            Event::End(element) if element.local_name().into_inner() == "cellXfs" => is_cell = false,
            Event::Eof => return Ok(styles),
            _ => {}
        }
        buffer.clear();
    }
}

/// The formats of dates and times that every workbook has, with those of Chinese, Japanese and Korean.
fn is_builtin_date(format: u32) -> bool {
    matches!(format, 14..=22 | 27..=36 | 45..=47 | 50..=58)
}

/// Whether the code of a format has a letter of a date outside quotes and brackets.
fn is_date_format(code: &str) -> bool {
    let mut letters = code.chars();
    let first = code.trim().to_ascii_lowercase();
    if first.starts_with("general") {
        return false;
    }
    while let Some(letter) = letters.next() {
        match letter {
            '"' => drop(letters.by_ref().find(|letter| *letter == '"')),
            '\\' | '_' | '*' => drop(letters.next()),
            '[' => {
                let inside: String = letters.by_ref().take_while(|letter| *letter != ']').collect();
                if !inside.is_empty() && inside.chars().all(|letter| matches!(letter, 'h' | 'H' | 'm' | 'M' | 's' | 'S')) {
                    return true;
                }
            }
            ';' => return false,
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_date_format;

    #[test]
    fn a_format_is_a_date_by_its_letters() {
        for code in ["yyyy-mm-dd", "[$-804]yyyy\"年\"m\"月\"", "h:mm AM/PM", "[h]:mm", "[Red]d.m.yy", "dd/mm/yyyy hh:mm"] {
            assert!(is_date_format(code), "{code}");
        }
        for code in ["General", "0", "0.00E+00", "#,##0.00", "@", "[Red]0", "0\"days\"", "\\d0", "0;[Red]-0;\"y\"", "_m0"] {
            assert!(!is_date_format(code), "{code}");
        }
    }
}
