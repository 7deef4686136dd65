//! Reads XLSX as a stream: its sheets' XML, with the shared texts in memory.

use std::io::{BufRead, Read, Seek};

use quick_xml::events::{BytesStart, Event};
use ringside_domain::SheetError;

use super::{
    archive::{Archive, SMALL},
    styles::{self, Styles},
    texts::{self, Texts},
    xml::{Xml, attribute, push_text, reader},
};
use crate::{
    Each, SheetFailure,
    cell::{Cell, Cells, put_date, put_number},
};

/// Excel's last row.
const MOST_ROWS: u32 = 1_048_576;
/// Days between the two begins of the calendar, 1899-12-30 and 1904-01-01.
const SINCE_1904: f64 = 1462.0;

pub(crate) struct Xlsx<R> {
    archive: Archive<R>,
    /// The sheets' names and the parts that hold them.
    sheets: Vec<(String, String)>,
    styles: Styles,
    texts: Texts,
    from_1904: bool,
}

impl<R: Read + Seek> Xlsx<R> {
    pub fn open(mut archive: Archive<R>) -> Result<Self, SheetFailure> {
        let book = relations(&mut archive, "_rels/.rels")?.into_iter().find(|relation| relation.kind == "officeDocument");
        let book = book.map_or_else(|| "xl/workbook.xml".to_owned(), |relation| resolved("", &relation.target));
        let (folder, file) = book.rsplit_once('/').unwrap_or(("", &book));
        let relations = relations(&mut archive, &resolved(folder, &format!("_rels/{file}.rels")))?;
        let target =
            |kind: &str| relations.iter().find(|relation| relation.kind == kind).map(|relation| resolved(folder, &relation.target));

        let (named, from_1904) = match archive.part(&book, SMALL)? {
            Some(part) => sheets(reader(part))?,
            None => return Err(SheetFailure::damaged("not a workbook")),
        };
        let part_of = |id: &str| relations.iter().find(|relation| relation.id == id && relation.kind == "worksheet");
        let sheets = named.into_iter().filter_map(|(name, id)| Some((name, resolved(folder, &part_of(&id)?.target)))).collect();
        let styles = match archive.part(&target("styles").unwrap_or_default(), SMALL)? {
            Some(part) => styles::read(reader(part))?,
            None => Styles::default(),
        };
        let texts = match archive.part(&target("sharedStrings").unwrap_or_default(), texts::MOST_BYTES)? {
            Some(part) => texts::read(reader(part))?,
            None => Texts::default(),
        };
        Ok(Self { archive, sheets, styles, texts, from_1904 })
    }

    pub fn sheets(&self) -> Vec<String> {
        self.sheets.iter().map(|(name, _)| name.clone()).collect()
    }

    pub fn rows(&mut self, sheet: &str, cells: &mut Cells, each: &mut Each<'_>) -> Result<(), SheetFailure> {
        let part = self.sheets.iter().find(|(name, _)| name == sheet).map(|(_, part)| part);
        let part = part.ok_or_else(|| SheetFailure::new(SheetError::NoSheet, sheet))?;
        let part = self.archive.part(part, u64::MAX)?.ok_or_else(|| SheetFailure::damaged("the sheet's part is missing"))?;
        let context = Context { styles: &self.styles, texts: &self.texts, from_1904: self.from_1904 };
        rows(reader(part), &context, cells, each)
    }
}

struct Relation {
    id: String,
    kind: String,
    target: String,
}

/// The relations in a part; none if it is missing.
fn relations<R: Read + Seek>(archive: &mut Archive<R>, name: &str) -> Result<Vec<Relation>, SheetFailure> {
    let mut found = Vec::new();
    let Some(part) = archive.part(name, SMALL)? else { return Ok(found) };
    let (mut xml, mut buffer) = (reader(part), Vec::new());
    loop {
        match xml.read_event_into(&mut buffer)? {
            Event::Start(element) if element.local_name().into_inner() == "Relationship" => {
                let kind = attribute(&element, "Type").unwrap_or_default();
                found.push(Relation {
                    id: attribute(&element, "Id").unwrap_or_default(),
                    kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                    target: attribute(&element, "Target").unwrap_or_default(),
                });
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
        buffer.clear();
    }
}

/// The part that a target names, seen from a folder.
fn resolved(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut path: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            ".." => drop(path.pop()),
            "." | "" => {}
            step => path.push(step),
        }
    }
    path.join("/")
}

/// The names of the sheets with the ids of their relations, and whether days count from 1904.
fn sheets<R: BufRead>(mut xml: Xml<R>) -> Result<(Vec<(String, String)>, bool), SheetFailure> {
    let (mut found, mut from_1904, mut buffer) = (Vec::new(), false, Vec::new());
    loop {
        match xml.read_event_into(&mut buffer)? {
            Event::Start(element) => match element.local_name().into_inner() {
                "sheet" => found.push((attribute(&element, "name").unwrap_or_default(), attribute(&element, "id").unwrap_or_default())),
                "workbookPr" => from_1904 = attribute(&element, "date1904").is_some_and(|value| value == "1" || value == "true"),
                _ => {}
            },
            Event::Eof => return Ok((found, from_1904)),
            _ => {}
        }
        buffer.clear();
    }
}

/// What the cells of a sheet refer to.
struct Context<'a> {
    styles: &'a Styles,
    texts: &'a Texts,
    from_1904: bool,
}

fn rows<R: BufRead>(mut xml: Xml<R>, context: &Context<'_>, cells: &mut Cells, each: &mut Each<'_>) -> Result<(), SheetFailure> {
    let (mut row, mut column, mut buffer) = (0, 0, Vec::new());
    let mut value = Value::default();
    loop {
        match xml.read_event_into(&mut buffer)? {
            Event::Start(element) if element.local_name().into_inner() == "row" => {
                let named = attribute(&element, "r").and_then(|number| number.parse().ok());
                row = named.filter(|named| *named > row).unwrap_or(row + 1);
                column = 0;
                cells.clear();
                if row > MOST_ROWS {
                    return Err(SheetFailure::new(SheetError::TooLarge, format!("row {row}")));
                }
            }
            Event::Start(element) if element.local_name().into_inner() == "c" => {
                column = value.begin(&element, column);
                value.read(&mut xml)?;
                match cells.at(column) {
                    Some(cell) => value.put(cell, context),
                    None => cells.cut |= !value.text.is_empty(),
                }
                column += 1;
            }
            Event::End(element) if element.local_name().into_inner() == "row" && each(row, cells).is_break() => return Ok(()),
            Event::End(element) if element.local_name().into_inner() == "sheetData" => return Ok(()),
            Event::Eof => return Err(SheetFailure::damaged("the sheet ends too early")),
            _ => {}
        }
        buffer.clear();
    }
}

/// The value of the cell that is being read.
#[derive(Default)]
struct Value {
    kind: String,
    style: usize,
    text: String,
    buffer: Vec<u8>,
}

impl Value {
    /// Takes the attributes of the cell and gives its column; without a name it is the next one.
    fn begin(&mut self, element: &BytesStart<'_>, next: usize) -> usize {
        self.kind.clear();
        self.text.clear();
        self.style = 0;
        let mut column = next;
        for attribute in element.attributes().with_checks(false).flatten() {
            match attribute.key.into_inner() {
                "r" => column = column_of(&attribute.value).unwrap_or(next),
                "s" => self.style = attribute.value.parse().unwrap_or(0),
                "t" => self.kind.push_str(&attribute.value),
                _ => {}
            }
        }
        column
    }

    /// Reads up to the end of the cell: the cached value of a formula, or the text that stands in the cell itself.
    fn read<R: BufRead>(&mut self, xml: &mut Xml<R>) -> Result<(), SheetFailure> {
        let (mut is_value, mut is_phonetic) = (false, false);
        loop {
            self.buffer.clear();
            let event = xml.read_event_into(&mut self.buffer)?;
            match &event {
                Event::Start(element) => match element.local_name().into_inner() {
                    "v" | "t" => is_value = !is_phonetic,
                    "rPh" => is_phonetic = true,
                    _ => {}
                },
                Event::End(element) => match element.local_name().into_inner() {
                    "v" | "t" => is_value = false,
                    "rPh" => is_phonetic = false,
                    "c" => return Ok(()),
                    _ => {}
                },
                Event::Eof => return Err(SheetFailure::damaged("the sheet ends within a cell")),
                event if is_value => push_text(event, &mut self.text),
                _ => {}
            }
        }
    }

    fn put(&self, cell: &mut Cell, context: &Context<'_>) {
        match self.kind.as_str() {
            "s" => cell.text.push_str(self.text.trim().parse().ok().and_then(|index| context.texts.get(index)).unwrap_or_default()),
            "b" => cell.text.push_str(if self.text == "1" { "TRUE" } else { "FALSE" }),
            // `str`, `inlineStr`, `e` for an error such as #N/A, `d` for a date in words.
            "str" | "inlineStr" | "e" | "d" => cell.text.push_str(&self.text),
            _ => match self.text.trim().parse::<f64>() {
                Ok(value) if context.styles.is_date(self.style) => {
                    put_date(cell, value + if context.from_1904 { SINCE_1904 } else { 0.0 });
                }
                Ok(value) => put_number(cell, value),
                Err(_) => cell.text.push_str(&self.text),
            },
        }
    }
}

/// The column of a cell's name: `AB12` is 27.
fn column_of(name: &str) -> Option<usize> {
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic);
    let column = letters.take(4).fold(0, |column, letter| column * 26 + usize::from(letter.to_ascii_uppercase() - b'A' + 1));
    column.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_cells_and_parts_are_resolved() {
        for (name, column) in [("A1", Some(0)), ("z9", Some(25)), ("AA1", Some(26)), ("NTP1", Some(9_999)), ("12", None)] {
            assert_eq!(column_of(name), column, "{name}");
        }
        for (folder, target, part) in
            [("xl", "worksheets/a.xml", "xl/worksheets/a.xml"), ("xl", "/xl/a.xml", "xl/a.xml"), ("xl", "../b.xml", "b.xml")]
        {
            assert_eq!(resolved(folder, target), part);
        }
    }
}
