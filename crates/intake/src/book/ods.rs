//! Reads ODS as a stream: all its sheets stand in one part, one after the other.

use std::io::{BufRead, Read, Seek};

use quick_xml::events::{BytesStart, Event};
use ringside_domain::SheetError;

use super::{
    archive::{Archive, SMALL},
    xml::{Xml, attribute, push_text, reader},
};
use crate::{
    Each, SheetFailure,
    cell::{Cell, Cells, Kind, MOST_COLUMNS, put_number},
};

/// The last row of a sheet.
const MOST_ROWS: u32 = 1_048_576;
/// The most spaces that one element stands for.
const MOST_SPACES: usize = 1000;

pub(crate) struct Ods<R> {
    archive: Archive<R>,
    sheets: Vec<String>,
}

impl<R: Read + Seek> Ods<R> {
    pub fn open(mut archive: Archive<R>) -> Result<Self, SheetFailure> {
        if let Some(part) = archive.part("META-INF/manifest.xml", SMALL)? {
            let (mut xml, mut buffer) = (reader(part), Vec::new());
            loop {
                match xml.read_event_into(&mut buffer)? {
                    Event::Start(element) if element.local_name().into_inner() == "encryption-data" => {
                        return Err(SheetFailure::new(SheetError::Encrypted, "a password is needed"));
                    }
                    Event::Eof => break,
                    _ => {}
                }
                buffer.clear();
            }
        }
        let sheets = sheets(content(&mut archive)?)?;
        Ok(Self { archive, sheets })
    }

    pub fn sheets(&self) -> Vec<String> {
        self.sheets.clone()
    }

    pub fn rows(&mut self, sheet: &str, cells: &mut Cells, each: &mut Each<'_>) -> Result<(), SheetFailure> {
        let (mut xml, mut buffer) = (content(&mut self.archive)?, Vec::new());
        loop {
            match xml.read_event_into(&mut buffer)? {
                Event::Start(element) if is_table(&element) && attribute(&element, "name").is_some_and(|name| name == sheet) => {
                    return rows(&mut xml, cells, each);
                }
                Event::Eof => return Err(SheetFailure::new(SheetError::NoSheet, sheet)),
                _ => {}
            }
            buffer.clear();
        }
    }
}

fn content<R: Read + Seek>(archive: &mut Archive<R>) -> Result<Xml<impl BufRead>, SheetFailure> {
    Ok(reader(archive.part("content.xml", u64::MAX)?.ok_or_else(|| SheetFailure::damaged("no content"))?))
}

fn is_table(element: &BytesStart<'_>) -> bool {
    element.local_name().into_inner() == "table"
}

fn sheets<R: BufRead>(mut xml: Xml<R>) -> Result<Vec<String>, SheetFailure> {
    let (mut found, mut buffer) = (Vec::new(), Vec::new());
    loop {
        match xml.read_event_into(&mut buffer)? {
            Event::Start(element) if is_table(&element) => found.extend(attribute(&element, "name")),
            Event::Eof => return Ok(found),
            _ => {}
        }
        buffer.clear();
    }
}

fn rows<R: BufRead>(xml: &mut Xml<R>, cells: &mut Cells, each: &mut Each<'_>) -> Result<(), SheetFailure> {
    let (mut row, mut repeated, mut column, mut buffer) = (0_u32, 1_u32, 0, Vec::new());
    let mut value = Value::default();
    loop {
        match xml.read_event_into(&mut buffer)? {
            Event::Start(element) => match element.local_name().into_inner() {
                "table-row" => {
                    repeated = repeats(&element, "number-rows-repeated");
                    column = 0;
                    cells.clear();
                }
                // The cells that a merged cell covers are there, too.
                "table-cell" | "covered-table-cell" => {
                    let times = usize::try_from(value.begin(&element)).unwrap_or(usize::MAX);
                    value.read(xml)?;
                    value.put(column, times, cells);
                    column = column.saturating_add(times);
                }
                _ => {}
            },
            Event::End(element) if element.local_name().into_inner() == "table-row" => {
                // Sheets end with a million empty rows that are written as one.
                let times = if cells.is_blank() { 0 } else { repeated };
                for copy in 0..times {
                    let row = row.saturating_add(copy).saturating_add(1);
                    if row > MOST_ROWS {
                        return Err(SheetFailure::new(SheetError::TooLarge, format!("row {row}")));
                    }
                    if each(row, cells).is_break() {
                        return Ok(());
                    }
                }
                row = row.saturating_add(repeated);
            }
            Event::End(element) if element.local_name().into_inner() == "table" => return Ok(()),
            Event::Eof => return Err(SheetFailure::damaged("the sheet ends too early")),
            _ => {}
        }
        buffer.clear();
    }
}

fn repeats(element: &BytesStart<'_>, name: &str) -> u32 {
    attribute(element, name).and_then(|times| times.parse().ok()).unwrap_or(1).max(1)
}

/// The value of the cell that is being read.
#[derive(Default)]
struct Value {
    kind: String,
    /// The value as an attribute gives it, exactly; the text shows it as it is formatted.
    exact: String,
    text: String,
    buffer: Vec<u8>,
}

impl Value {
    /// Takes the attributes of the cell and gives how often it stands side by side.
    fn begin(&mut self, element: &BytesStart<'_>) -> u32 {
        self.kind = attribute(element, "value-type").unwrap_or_default();
        self.exact = match self.kind.as_str() {
            "float" | "percentage" | "currency" => attribute(element, "value"),
            "date" => attribute(element, "date-value"),
            "string" => attribute(element, "string-value"),
            _ => None,
        }
        .unwrap_or_default();
        self.text.clear();
        repeats(element, "number-columns-repeated")
    }

    /// Reads up to the end of the cell. Comments are not a part of its text.
    fn read<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<(), SheetFailure> {
        let (mut paragraphs, mut is_text, mut comments) = (0, false, 0_u32);
        loop {
            self.buffer.clear();
            let event = xml.read_event_into(&mut self.buffer)?;
            match &event {
                Event::Start(element) => match element.local_name().into_inner() {
                    "annotation" => comments += 1,
                    "p" if comments == 0 => {
                        is_text = true;
                        paragraphs += 1;
                        if paragraphs > 1 {
                            self.text.push('\n');
                        }
                    }
                    "s" if is_text => {
                        let spaces = attribute(element, "c").and_then(|count| count.parse().ok()).unwrap_or(1);
                        self.text.extend(std::iter::repeat_n(' ', spaces.min(MOST_SPACES)));
                    }
                    "tab" if is_text => self.text.push('\t'),
                    "line-break" if is_text => self.text.push('\n'),
                    _ => {}
                },
                Event::End(element) => match element.local_name().into_inner() {
                    "annotation" => comments = comments.saturating_sub(1),
                    "p" if comments == 0 => is_text = false,
                    "table-cell" | "covered-table-cell" => return Ok(()),
                    _ => {}
                },
                Event::Eof => return Err(SheetFailure::damaged("the sheet ends within a cell")),
                event if is_text && comments == 0 => push_text(event, &mut self.text),
                _ => {}
            }
        }
    }

    fn put(&self, column: usize, times: usize, cells: &mut Cells) {
        if self.exact.is_empty() && self.text.trim().is_empty() {
            return;
        }
        let last = column.saturating_add(times);
        cells.cut |= last > MOST_COLUMNS;
        for column in column..last.min(MOST_COLUMNS) {
            if let Some(cell) = cells.at(column) {
                self.put_one(cell);
            }
        }
    }

    fn put_one(&self, cell: &mut Cell) {
        match (self.kind.as_str(), self.exact.parse::<f64>()) {
            ("float" | "percentage" | "currency", Ok(value)) => put_number(cell, value),
            ("date", _) => {
                cell.kind = Kind::Date;
                cell.text.push_str(&self.exact.replace('T', " "));
            }
            _ if self.text.is_empty() => cell.text.push_str(&self.exact),
            _ => cell.text.push_str(&self.text),
        }
    }
}
