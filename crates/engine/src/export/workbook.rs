//! A workbook (XLSX): a text keeps all its digits and is never a formula, and a time is a date cell.
//!
//! A row is written to disk when the next row begins, so that a million rows need no more memory than one.

use std::{
    io::{self, Write},
    panic::{AssertUnwindSafe, catch_unwind},
};

use ringside_domain::LogRow;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::{Cell, ExportError, Exports, HEADS, cells, make_private};

/// The highest number of rows in a sheet, heads included.
const ROWS: u32 = 1_048_576;
/// The longest text of a cell, in UTF-16 code units.
const CHARACTERS: usize = 32_767;
/// The width of a column in characters: enough for a time or a phone number.
const WIDTH: f64 = 19.0;

/// Writes the workbook to `out`. `fill` gets a function that adds a row.
pub(super) fn write(
    exports: &Exports,
    out: &mut (impl Write + Send),
    fill: impl FnOnce(&mut dyn FnMut(&LogRow) -> Result<(), ExportError>) -> Result<(), ExportError>,
) -> Result<(), ExportError> {
    make_private(&exports.folder)?;
    // `rust_xlsxwriter` panics if the disk is full.
    catch_unwind(AssertUnwindSafe(|| {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(&exports.folder).map_err(failed)?;
        let mut sheets =
            Sheets { exports, text: Format::new().set_num_format("@"), time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"), row: 0 };
        sheets.begin(&mut workbook).map_err(failed)?;
        fill(&mut |row| sheets.add(&mut workbook, row).map_err(failed))?;
        workbook.save_to_writer(out).map_err(failed)
    }))
    .unwrap_or_else(|_| Err(io::Error::other("the workbook could not be written; the disk may be full").into()))
}

struct Sheets<'a> {
    exports: &'a Exports,
    text: Format,
    time: Format,
    /// The index of the next row in the last sheet.
    row: u32,
}

impl Sheets<'_> {
    fn begin(&mut self, workbook: &mut Workbook) -> Result<(), XlsxError> {
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        sheet.set_freeze_panes(1, 0)?;
        let bold = Format::new().set_bold();
        for (column, head) in (0..).zip(HEADS) {
            sheet.set_column_width(column, WIDTH)?;
            sheet.write_string_with_format(0, column, head, &bold)?;
        }
        self.row = 1;
        Ok(())
    }

    fn add(&mut self, workbook: &mut Workbook, row: &LogRow) -> Result<(), XlsxError> {
        if self.row >= ROWS {
            self.begin(workbook)?;
        }
        let last = workbook.worksheets_mut().last_mut().ok_or(XlsxError::UnknownWorksheetNameOrIndex(String::new()))?;
        for (column, cell) in (0..).zip(cells(row)) {
            self.put(last, column, cell)?;
        }
        self.row += 1;
        Ok(())
    }

    fn put(&self, sheet: &mut Worksheet, column: u16, cell: Cell) -> Result<(), XlsxError> {
        let row = self.row;
        match cell {
            Cell::Time(None) | Cell::Number(None) => return Ok(()),
            Cell::Time(Some(at)) => {
                let text = self.exports.local(at, "%Y-%m-%d %H:%M:%S");
                match ExcelDateTime::parse_from_str(&text) {
                    Ok(time) => sheet.write_datetime_with_format(row, column, &time, &self.time)?,
                    // The year is outside the range of a workbook.
                    Err(_) => sheet.write_string_with_format(row, column, &text, &self.text)?,
                }
            }
            Cell::Number(Some(number)) => sheet.write_number(row, column, number)?,
            Cell::Word(text) | Cell::Text(text) if text.is_empty() => return Ok(()),
            Cell::Word(text) | Cell::Text(text) => sheet.write_string_with_format(row, column, fitting(&text), &self.text)?,
        };
        Ok(())
    }
}

/// The text without characters that a workbook cannot hold, cut to the length of a cell.
fn fitting(text: &str) -> String {
    let allowed = |c: &char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}') || matches!(c, '\n' | '\t');
    let mut room = CHARACTERS;
    text.chars()
        .filter(allowed)
        .take_while(|c| {
            let enough = c.len_utf16() <= room;
            room = room.saturating_sub(c.len_utf16());
            enough
        })
        .collect()
}

fn failed(error: XlsxError) -> ExportError {
    match error {
        XlsxError::IoError(error) => error.into(),
        error => io::Error::other(error.to_string()).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fr3_a_text_is_cleaned_and_cut_to_fit_a_cell() {
        assert_eq!(fitting("a\0b\u{1b}\n\r\u{ffff}c"), "ab\nc");
        assert_eq!(fitting(&"a".repeat(40_000)).len(), 32_767);
        assert_eq!(fitting(&"𝄞".repeat(20_000)).chars().count(), 16_383, "counted in UTF-16 code units");
    }
}
