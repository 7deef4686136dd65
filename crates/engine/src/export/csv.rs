//! CSV, with an apostrophe before each text that a spreadsheet program would take for a formula.
//!
//! The `csv` crate quotes a text only for its own separator, so this module writes the lines; a test reads them with that crate.
//!
//! Spreadsheet programs guess: they read long digits as numbers, and in many countries they split a line at semicolons. So a text gets
//! an apostrophe wherever a program could begin another cell. CSV cannot protect the digits; a workbook can.

use std::io::{self, Write};

use ringside_domain::LogRow;

use super::{Cell, Exports, HEADS, cells};

/// The byte order mark.
pub(crate) const BOM: &str = "\u{feff}";
/// The characters that begin a formula, also in full width.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
/// The characters at which a program may split cells, although ours are separated by commas.
const SEPARATORS: [char; 5] = [';', '\t', '|', '\r', '\n'];

/// Writes a byte order mark, by which programs recognise UTF-8, and the first line.
pub(super) fn heads(out: &mut impl Write) -> io::Result<()> {
    out.write_all(BOM.as_bytes())?;
    put(out, &HEADS.map(str::to_owned))
}

pub(super) fn line(out: &mut impl Write, exports: &Exports, row: &LogRow) -> io::Result<()> {
    let texts = cells(row).map(|cell| match cell {
        Cell::Time(at) => at.map(|at| exports.local(at, "%Y-%m-%d %H:%M:%S")).unwrap_or_default(),
        Cell::Number(number) => number.map(|number| number.to_string()).unwrap_or_default(),
        Cell::Word(word) => word,
        Cell::Text(text) => harmless(&text),
    });
    put(out, &texts)
}

/// Writes a line.
pub(crate) fn put(out: &mut impl Write, cells: &[String]) -> io::Result<()> {
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            out.write_all(b",")?;
        }
        if cell.contains(['"', ',', ';', '\t', '\r', '\n']) {
            write!(out, "\"{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}

/// The text with an apostrophe before each formula, at its beginning and after each separator.
pub(crate) fn harmless(text: &str) -> String {
    // Programs may skip these characters before they look for a formula; some also skip tabs and line ends at the beginning.
    let left_out =
        |c: char| c == '"' || c == '\'' || c == '\u{feff}' || c == '\u{200b}' || c == '\0' || c.is_whitespace() && !SEPARATORS.contains(&c);
    let is_formula = |cell: &str| cell.trim_start_matches(left_out).starts_with(FORMULA);
    let mut out = String::with_capacity(text.len());
    for cell in text.split_inclusive(SEPARATORS) {
        if is_formula(cell) || out.is_empty() && cell.starts_with(['\t', '\r', '\n']) {
            out.push('\'');
        }
        out.push_str(cell);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fr3_no_cell_begins_like_a_formula_with_any_separator() {
        for (text, expected) in [
            ("ok;=1+1", "ok;'=1+1"),
            ("=1+1", "'=1+1"),
            (" =1+1", "' =1+1"),
            ("\"=1+1\"", "'\"=1+1\""),
            ("ok; \"=1+1\"", "ok;' \"=1+1\""),
            ("a|@SUM(A1)|b", "a|'@SUM(A1)|b"),
            ("a\t-1", "a\t'-1"),
            ("two lines\r\n+1", "two lines\r\n'+1"),
            ("\t=1", "'\t'=1"),
            ("a;＝1", "a;'＝1"),
            (";;=1", ";;'=1"),
            ("ok, =1", "ok, =1"),
            ("a=b; c-d; 5", "a=b; c-d; 5"),
            ("", ""),
        ] {
            assert_eq!(harmless(text), expected);
        }
    }

    proptest! {
        #[test]
        fn fr3_another_reader_reads_what_was_written(cells in proptest::collection::vec("[a;\",\t\r\n =号]{0,6}", 2..5)) {
            let mut out = Vec::new();
            put(&mut out, &cells).unwrap();
            put(&mut out, &cells).unwrap();
            let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(out.as_slice());
            let read: Vec<Vec<String>> = reader.deserialize().map(Result::unwrap).collect();
            prop_assert_eq!(read, [cells.clone(), cells]);
        }
    }

    #[test]
    fn fr3_a_cell_with_any_separator_is_quoted() {
        let mut out = Vec::new();
        put(&mut out, &["a;b".to_owned(), "c".to_owned(), "d\"e".to_owned()]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "\"a;b\",c,\"d\"\"e\"\r\n");
    }
}
