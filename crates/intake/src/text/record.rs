//! Splits a text into records and fields.
//!
//! Not by the crate `csv`: it skips empty lines, so that the number of a row would not be the row that a spreadsheet shows, and a single
//! quote that nobody closed takes the rest of the file into one field.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read},
};

use crate::{
    SheetFailure,
    cell::{Cells, MOST_COLUMNS},
};

/// The longest line, in bytes. A text with a longer one is no table.
const LONGEST_LINE: usize = 1 << 20;
/// A quoted field that goes on over more lines or bytes is one that nobody closed.
const MOST_LINES: usize = 20;
const MOST_BYTES: usize = 16 * 1024;

/// The records of a text in UTF-8. Lines end with LF, CR or both, also in one file.
pub(crate) struct Records<R> {
    input: BufReader<R>,
    separator: Option<char>,
    /// The last line ended with CR; an LF that follows belongs to it.
    after_cr: bool,
    /// Lines that were read to look for the end of a quoted field.
    ahead: VecDeque<Vec<u8>>,
    line: Vec<u8>,
}

impl<R: Read> Records<R> {
    pub fn new(input: R, separator: Option<char>) -> Self {
        Self { input: BufReader::with_capacity(64 * 1024, input), separator, after_cr: false, ahead: VecDeque::new(), line: Vec::new() }
    }

    /// Reads the next record into the cells; an empty line is a record without cells. False: the text is over.
    pub fn next(&mut self, cells: &mut Cells) -> Result<bool, SheetFailure> {
        cells.clear();
        if !self.line()? {
            return Ok(false);
        }
        let Some(separator) = self.separator else {
            let text = String::from_utf8_lossy(&self.line);
            if !text.is_empty()
                && let Some(cell) = cells.next()
            {
                cell.text.push_str(&text);
            }
            return Ok(true);
        };
        let mut text = take_text(&mut self.line);
        if is_open(&text, separator) {
            let first = text.len();
            let mut looked = Vec::new();
            let mut open = true;
            while open && looked.len() < MOST_LINES && text.len() < MOST_BYTES && self.line()? {
                let line = take_text(&mut self.line);
                text.push('\n');
                text.push_str(&line);
                looked.push(line.into_bytes());
                open = is_open(&text, separator);
            }
            if open {
                looked.into_iter().rev().for_each(|line| self.ahead.push_front(line));
                text.truncate(first);
                split(&text, separator, false, cells);
                return Ok(true);
            }
        }
        split(&text, separator, true, cells);
        Ok(true)
    }

    /// Reads the next line without its end and without NUL. False: the text is over.
    fn line(&mut self) -> Result<bool, SheetFailure> {
        if let Some(line) = self.ahead.pop_front() {
            self.line = line;
            return Ok(true);
        }
        self.line.clear();
        loop {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                if self.line.is_empty() {
                    return Ok(false);
                }
                break;
            }
            if std::mem::take(&mut self.after_cr) && buffer[0] == b'\n' {
                self.input.consume(1);
                continue;
            }
            let end = buffer.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let length = end.unwrap_or(buffer.len());
            if self.line.len() + length > LONGEST_LINE {
                return Err(SheetFailure::damaged("a line is longer than 1 MiB"));
            }
            self.line.extend_from_slice(&buffer[..length]);
            self.after_cr = end.is_some_and(|end| buffer[end] == b'\r');
            self.input.consume(length + usize::from(end.is_some()));
            if end.is_some() {
                break;
            }
        }
        if self.line.contains(&0) {
            self.line.retain(|byte| *byte != 0);
        }
        Ok(true)
    }
}

fn take_text(line: &mut Vec<u8>) -> String {
    String::from_utf8(std::mem::take(line)).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Whether a quoted field is not closed at the end of the text.
fn is_open(text: &str, separator: char) -> bool {
    text.contains('"') && fields(text, separator, true, &mut |_, _| {})
}

fn split(text: &str, separator: char, quotes: bool, cells: &mut Cells) {
    if text.is_empty() {
        return;
    }
    let mut cut = false;
    fields(text, separator, quotes, &mut |column, field| {
        if let Some(cell) = cells.at(column) {
            cell.text.push_str(field);
        } else {
            cut |= column >= MOST_COLUMNS && !field.trim().is_empty();
        }
    });
    cells.cut |= cut;
}

/// Gives each field with its column. True: the last one has an opening quote only.
fn fields(text: &str, separator: char, quotes: bool, each: &mut dyn FnMut(usize, &str)) -> bool {
    let mut rest = text;
    let mut unquoted = String::new();
    for column in 0.. {
        if quotes && let Some(quoted) = rest.trim_start_matches(' ').strip_prefix('"') {
            unquoted.clear();
            let Some(after) = closing(quoted, &mut unquoted) else { return true };
            let (tail, next) = after.split_once(separator).map_or((after, None), |(tail, next)| (tail, Some(next)));
            unquoted.push_str(tail.trim_end());
            each(column, &unquoted);
            let Some(next) = next else { return false };
            rest = next;
        } else if let Some((field, next)) = rest.split_once(separator) {
            each(column, field);
            rest = next;
        } else {
            each(column, rest);
            return false;
        }
    }
    false
}

/// Appends the text before the closing quote and gives the text after it. Two quotes stand for one.
fn closing<'a>(mut text: &'a str, unquoted: &mut String) -> Option<&'a str> {
    loop {
        let (before, after) = text.split_once('"')?;
        unquoted.push_str(before);
        match after.strip_prefix('"') {
            Some(rest) => {
                unquoted.push('"');
                text = rest;
            }
            None => return Some(after),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Gives so many bytes at a time.
    struct Slowly<'a>(&'a [u8], usize);

    impl Read for Slowly<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let length = self.1.min(self.0.len()).min(buffer.len());
            buffer[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    fn records(text: &[u8], separator: Option<char>, chunk: usize) -> Vec<Vec<String>> {
        let mut records = Records::new(Slowly(text, chunk), separator);
        let (mut cells, mut rows) = (Cells::default(), Vec::new());
        while records.next(&mut cells).unwrap() {
            rows.push(cells.all().iter().map(|cell| cell.text.clone()).collect());
        }
        rows
    }

    fn rows(text: &str) -> Vec<Vec<String>> {
        records(text.as_bytes(), Some(','), 1000)
    }

    #[test]
    fn all_line_ends_are_read_and_empty_lines_count() {
        assert_eq!(rows("1,2\r\n3\r4\n\n5\r\n\r\n6"), [vec!["1", "2"], vec!["3"], vec!["4"], vec![], vec!["5"], vec![], vec!["6"]]);
        assert_eq!(rows("1\n"), [["1"]]);
        assert_eq!(rows("1,,2,\n"), [["1", "", "2", ""]]);
        assert_eq!(records(b"1\x000,2\n\x003", None, 1), [["10,2"], ["3"]]);
    }

    #[test]
    fn quoted_fields_hold_separators_quotes_and_line_ends() {
        assert_eq!(
            rows("\"a,b\",\"say \"\"so\"\"\",\"two\r\nlines\" ,x\"y\n7"),
            [vec!["a,b", "say \"so\"", "two\nlines", "x\"y"], vec!["7"]]
        );
        assert_eq!(rows("\"\",1"), [["", "1"]]);
        assert_eq!(rows(" \"a\"b,1"), [["ab", "1"]]);
    }

    #[test]
    fn a_quote_that_nobody_closed_takes_no_rows() {
        let many = "\"x,1\n".to_owned() + &"2,3\n".repeat(50);
        let read = rows(&many);
        assert_eq!((read.len(), &read[0], &read[50]), (51, &vec!["\"x".to_owned(), "1".to_owned()], &vec!["2".to_owned(), "3".to_owned()]));
        assert_eq!(rows("1,\"2\n3"), [vec!["1", "\"2"], vec!["3"]]);
        // Two of them, the second among the lines that were read ahead for the first.
        let two = format!("a,\"b\n{}c,\"d\n{}", "1\n".repeat(10), "2\n".repeat(40));
        assert_eq!(rows(&two).len(), 52 - 11, "the second quote closes the first");
        let two = format!("a,\"b\n{}\"c,d\n{}", "1\n".repeat(30), "2\n".repeat(40));
        let read = rows(&two);
        assert_eq!((read.len(), &read[31]), (72, &vec!["\"c".to_owned(), "d".to_owned()]));
    }

    #[test]
    fn columns_beyond_the_last_are_told() {
        let mut cells = Cells::default();
        let text = "1,".repeat(10_000);
        Records::new(text.as_bytes(), Some(',')).next(&mut cells).unwrap();
        assert_eq!((cells.all().len(), cells.cut), (MOST_COLUMNS, true));
        let mut cells = Cells::default();
        Records::new(format!("1{}", ",".repeat(10_000)).as_bytes(), Some(',')).next(&mut cells).unwrap();
        assert!(!cells.cut, "empty cells are no loss");
        let long = "1".repeat(LONGEST_LINE + 1);
        assert_eq!(Records::new(long.as_bytes(), None).next(&mut cells).unwrap_err().error, ringside_domain::SheetError::Damaged);
    }

    proptest! {
        #[test]
        fn the_size_of_the_chunks_changes_nothing(text in "[0-9a,;\"\r\n\u{0}é张 ]{0,200}", chunk in 1usize..20) {
            for separator in [Some(','), Some(';'), None] {
                prop_assert_eq!(records(text.as_bytes(), separator, chunk), records(text.as_bytes(), separator, 10_000));
            }
        }

        #[test]
        fn what_a_spreadsheet_quotes_comes_back(table in prop::collection::vec(prop::collection::vec("[0-9a,\"\n ]{1,8}", 2..5), 1..8)) {
            let quoted = |field: &String| format!("\"{}\"", field.replace('"', "\"\""));
            let text: String = table.iter().map(|row| row.iter().map(quoted).collect::<Vec<_>>().join(",") + "\r\n").collect();
            prop_assert_eq!(rows(&text), table);
        }
    }
}
