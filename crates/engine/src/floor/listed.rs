//! Reading the numbers of a do-not-call list: plain lines, or a table with separators, such as the file that Ringside saves.

use ringside_domain::{is_withheld, plain_number};

/// Digits of a number that can be on the do-not-call list.
const DIGITS: std::ops::RangeInclusive<usize> = 3..=20;
const SEPARATORS: [char; 3] = [',', ';', '\t'];

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    /// In their plain form.
    pub phones: Vec<String>,
    /// How many lines have text and no number, without the line of titles.
    pub not_read: u32,
}

/// Takes the first number of each line. The first line is one of titles if it has no digit and others follow.
pub(super) fn numbers(text: &str) -> Listed {
    let mut listed = Listed::default();
    let mut rest = text.trim_start_matches('\u{feff}');
    let mut is_first = true;
    while !rest.is_empty() {
        let (line, after) = first_line(rest);
        rest = after;
        if line.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        let is_titles =
            std::mem::take(&mut is_first) && !rest.trim().is_empty() && !line.iter().any(|field| field.contains(char::is_numeric));
        match line.iter().find_map(|field| number(field)) {
            Some(phone) => listed.phones.push(phone),
            None => listed.not_read += u32::from(!is_titles),
        }
    }
    listed
}

/// The fields of the first line, and what follows the line. Quotes that do not enclose a whole field are text.
fn first_line(text: &str) -> (Vec<String>, &str) {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let (field, after) = quoted(rest).unwrap_or_else(|| {
            let end = rest.find(ends_field).unwrap_or(rest.len());
            let (field, after) = rest.split_at(end);
            (field.to_owned(), after)
        });
        fields.push(field);
        let mut left = after.chars();
        match left.next() {
            Some(separator) if SEPARATORS.contains(&separator) => rest = left.as_str(),
            _ => return (fields, left.as_str()),
        }
    }
}

/// A field in quotes, with what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?;
    let mut field = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        field.push_str(part);
        if let Some(after) = after.strip_prefix('"') {
            field.push('"');
            rest = after;
        } else {
            return after.chars().next().is_none_or(ends_field).then_some((field, after));
        }
    }
}

fn ends_field(c: char) -> bool {
    SEPARATORS.contains(&c) || c == '\r' || c == '\n'
}

/// The number of a field in its plain form, if it is one.
fn number(field: &str) -> Option<String> {
    let phone = plain_number(field.trim().trim_matches(['"', '\''])).into_owned();
    let digits = phone.strip_prefix('+').unwrap_or(&phone);
    let is_number = DIGITS.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && !is_withheld(&phone)).then_some(phone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<String>, u32) {
        let Listed { phones, not_read } = numbers(text);
        (phones, not_read)
    }

    fn texts(phones: &[&str]) -> Vec<String> {
        phones.iter().map(|phone| (*phone).to_owned()).collect()
    }

    #[test]
    fn the_lines_of_a_do_not_call_list_are_numbers_in_any_spelling() {
        for (line, phone) in [
            (" 013800138000 ", Some("013800138000")),
            ("138-0013-8000", Some("13800138000")),
            ("\"+86 138 0013 8000\"", Some("+8613800138000")),
            ("１３８００１３８０００", Some("13800138000")),
            ("number", None),
            ("", None),
            ("12", None),
        ] {
            assert_eq!(number(line).as_deref(), phone, "{line}");
        }
    }

    #[test]
    fn the_first_number_of_each_line_is_taken_whatever_columns_there_are() {
        let text = "\u{feff}name;phone\r\n\"Li; \"\"A\"\"\";13800138000\r\n\r\nWang\t138-0013-8001\tcalled 13900000000\nnobody,\n\"13800138002\",x";
        assert_eq!(read(text), (texts(&["13800138000", "13800138001", "13800138002"]), 1));
    }

    #[test]
    fn the_file_that_ringside_saves_is_read_in_full() {
        let mut file = b"\xef\xbb\xbf".to_vec();
        let rows = [["number", "since", "by", "reason"], ["'+8613800138000", "2026-01-31 23:59:59", "10", "said \"no\",\n13900000000"]];
        for row in rows.into_iter().chain([["013800138001", "2026-01-31 23:59:59", "10", ""]]) {
            crate::export::csv::put(&mut file, &row.map(str::to_owned)).unwrap();
        }
        assert_eq!(read(&String::from_utf8(file).unwrap()), (texts(&["+8613800138000", "013800138001"]), 0));
    }

    #[test]
    fn a_stray_quote_hides_no_line() {
        assert_eq!(read("\"13800138000\n\"13800138001\n13800138002"), (texts(&["13800138000", "13800138001", "13800138002"]), 0));
    }

    #[test]
    fn a_first_line_of_text_is_one_of_titles_only_if_lines_follow() {
        assert_eq!(read("number\n13800138000"), (texts(&["13800138000"]), 0));
        assert_eq!(read("number\n"), (vec![], 1));
        assert_eq!(read("12\n13800138000"), (texts(&["13800138000"]), 1));
    }
}
