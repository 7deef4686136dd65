//! Guesses the separator of a text's fields.

use std::io::Read;

use super::record::Records;
use crate::{SheetFailure, cell::Cells, number};

/// The possible separators; of two that fit equally the first is taken.
const SEPARATORS: [char; 4] = ['\t', ';', ',', '|'];
/// So many lines are looked at.
const LINES: usize = 200;

/// The separator that divides most lines into the same number of fields; None if each line is one field. `again` gives the text from its
/// begin.
pub(crate) fn guess<R: Read>(again: impl Fn() -> Result<R, SheetFailure>) -> Result<Option<char>, SheetFailure> {
    let mut best = None;
    for separator in SEPARATORS {
        let found = counted(Records::new(again()?, Some(separator)))?;
        if found > best.map_or((0, 0), |(_, score)| score) {
            best = Some((separator, found));
        }
    }
    Ok(best.map(|(separator, _)| separator))
}

/// How many of a hundred lines have the most frequent number of fields, and that number; zeros if they are not divided.
fn counted<R: Read>(mut records: Records<R>) -> Result<(usize, usize), SheetFailure> {
    let (mut cells, mut counts, mut lines) = (Cells::default(), Vec::new(), 0);
    let mut are_numbers = true;
    while lines < LINES && records.next(&mut cells)? {
        if cells.is_blank() {
            continue;
        }
        lines += 1;
        let length = cells.all().len();
        if counts.len() <= length {
            counts.resize(length + 1, 0);
        }
        counts[length] += 1;
        are_numbers &= cells.all().iter().all(number::is_probable);
    }
    let divided: usize = counts.iter().skip(2).sum();
    // One line of numbers is a list of numbers, not a row with one number to be called.
    if divided * 5 < lines * 4 || lines == 0 || (lines == 1 && are_numbers) {
        return Ok((0, 0));
    }
    let (fields, most) = counts
        .iter()
        .enumerate()
        .skip(2)
        .max_by_key(|(fields, count)| (**count, *fields))
        .map_or((0, 0), |(fields, count)| (fields, *count));
    Ok((most * 100 / lines, fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(text: &str) -> Option<char> {
        guess(|| Ok(text.as_bytes())).unwrap()
    }

    #[test]
    fn the_separator_is_the_one_that_divides_the_lines() {
        for (text, separator) in [
            ("phone,name\n13800138000,Zhang\n13900139000,Li\n", Some(',')),
            ("phone;name;a\n13800138000;Zhang, San;1,5\n13900139000;Li, Si;2,5\n", Some(';')),
            ("phone\tname\n13800138000\tZhang, San\n", Some('\t')),
            ("13800138000|801\n13900139000|802\n", Some('|')),
            ("13800138000\n13900139000\n", None),
            ("13800138000\n13900139000/13700137000\n13800138001,13800138002\n13800138003\n13800138004\n13800138005\n", None),
            ("13800138000,13900139000,13700137000\n", None),
            ("13800138000,Zhang\n", Some(',')),
            ("\"a,b\";1\n\"c\";2\n", Some(';')),
            ("phone,\"a\nb\"\n13800138000,x\n\n13900139000,y\n", Some(',')),
            ("", None),
        ] {
            assert_eq!(guessed(text), separator, "{text}");
        }
    }
}
