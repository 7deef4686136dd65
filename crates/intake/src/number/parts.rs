//! The numbers in a cell, and whatever stands beside them.

use ringside_domain::NumberDoubt;

/// The shortest of several numbers in one cell: a service number such as 95588.
const SHORTEST: usize = 5;
/// The shortest number that is taken to be complete if a short group follows.
const COMPLETE: usize = 7;
/// The longest extension after a dash.
const LONGEST_EXTENSION: usize = 5;

/// Marks and words before an extension, longest first.
const EXTENSION: [&str; 10] = ["extension", "extn", "ext", "转", "轉", "分机", "內線", "内线", "#", "*"];
/// Words between two numbers.
const OR: [&str; 7] = [" or ", " and ", "或者", "或", "和", "及", "以及"];

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Parts {
    /// One number: digits, with `+` if it was written.
    One(String),
    Doubt(NumberDoubt, Vec<String>),
    /// There is no number.
    Nothing,
}

/// What stands in a cell; its characters are folded.
pub(crate) fn parts(text: &str) -> Parts {
    let mut text = text.to_lowercase();
    for word in OR {
        text = text.replace(word, ";");
    }
    let pieces: Vec<&str> = text.split([';', ',', '|', '\n', '\\', '&']).filter(|piece| has_digits(piece)).collect();
    match pieces[..] {
        [] => Parts::Nothing,
        // A comma or the like without a second number is not certainly meaningless, unless it is at the end.
        [piece] if text.trim_matches([';', ',', '|', '\n', ' ']) == piece.trim() => one(piece),
        [piece] => match one(piece) {
            Parts::One(number) => Parts::Doubt(NumberDoubt::Letters, vec![number]),
            other => other,
        },
        _ => {
            let long: Vec<String> = pieces.iter().filter_map(|piece| number_of(piece)).filter(|number| number.len() >= SHORTEST).collect();
            match long.len() {
                0 | 1 => Parts::Doubt(NumberDoubt::Letters, vec![longest(long).unwrap_or_else(|| digits(&text))]),
                _ => Parts::Doubt(NumberDoubt::TwoNumbers, long),
            }
        }
    }
}

/// The number of a piece without its extension.
fn number_of(piece: &str) -> Option<String> {
    match one(piece) {
        Parts::One(number) => Some(number),
        Parts::Doubt(_, numbers) => numbers.into_iter().next(),
        Parts::Nothing => None,
    }
}

/// A piece without commas and the like.
fn one(piece: &str) -> Parts {
    let piece = piece.trim();
    for mark in ["/", " ", "-", "+"] {
        if let Some(numbers) = several(piece, mark) {
            return Parts::Doubt(NumberDoubt::TwoNumbers, numbers);
        }
    }
    let body = before_extension(piece);
    let number = plain(body);
    let is_clean = body.chars().all(|letter| letter.is_ascii_digit() || letter == '+' || is_punctuation(letter));
    let pluses = usize::from(number.starts_with('+'));
    if body.len() == piece.len() && is_clean && body.matches('+').count() == pluses {
        return Parts::One(number);
    }
    lettered(body)
}

/// The numbers between these marks, if there is more than one.
fn several(piece: &str, mark: &str) -> Option<Vec<String>> {
    let groups: Vec<&str> = piece.split(mark).filter(|group| has_digits(group)).collect();
    let [first, rest @ ..] = &groups[..] else { return None };
    let is_complete = |group: &&str| digits(group).len() >= COMPLETE && !group.contains(char::is_alphabetic);
    let are_complete = |groups: &[&str]| groups.iter().all(is_complete);
    match mark {
        _ if rest.is_empty() => None,
        // «12345678/9»: the second number is only hinted at.
        "/" if are_complete(&[first]) => Some(groups.iter().filter(|group| are_complete(&[group])).map(|group| plain(group)).collect()),
        "+" if are_complete(&groups) => Some(groups.iter().map(|group| format!("+{}", digits(group))).collect()),
        _ if are_complete(&groups) => Some(groups.iter().map(|group| plain(group)).collect()),
        _ => None,
    }
}

/// The text before the mark of an extension: «x12», «转12», «ext. 12», or a short group after a dash and a complete number.
fn before_extension(text: &str) -> &str {
    let marks = EXTENSION.iter().filter_map(|mark| text.find(mark));
    let marked = marks.chain(text.find('x')).filter(|at| digits(&text[..*at]).len() >= SHORTEST).min();
    if let Some(at) = marked {
        return &text[..at];
    }
    if let Some((before, after)) = text.rsplit_once('-') {
        let last = before.rsplit('-').next().unwrap_or(before);
        let is_mobile = |number: &str| number.len() == 11 && number.starts_with('1');
        if (1..=LONGEST_EXTENSION).contains(&digits(after).len()) && digits(last).len() >= COMPLETE && !is_mobile(&digits(text)) {
            return before;
        }
    }
    text
}

/// The number in a text with letters, marks of an extension, or a plus in its middle.
fn lettered(text: &str) -> Parts {
    let mut letters = text.chars().filter(|letter| letter.is_alphabetic()).peekable();
    // The letter O in place of a zero.
    if letters.peek().is_some() && letters.all(|letter| letter == 'o') && digits(text).len() >= SHORTEST {
        return Parts::Doubt(NumberDoubt::Letters, vec![plain(&text.replace('o', "0"))]);
    }
    let chunks: Vec<String> = text
        .split(|letter: char| !(letter.is_ascii_digit() || letter == '+' || is_punctuation(letter)))
        .map(plain)
        .filter(|chunk| has_digits(chunk))
        .collect();
    let long: Vec<String> = chunks.iter().filter(|chunk| chunk.len() >= COMPLETE).cloned().collect();
    match long.len() {
        0 if chunks.is_empty() => Parts::Nothing,
        0 => Parts::Doubt(NumberDoubt::Letters, vec![digits(&chunks.concat())]),
        1 => Parts::Doubt(NumberDoubt::Letters, long),
        _ => Parts::Doubt(NumberDoubt::TwoNumbers, long),
    }
}

fn longest(numbers: Vec<String>) -> Option<String> {
    numbers.into_iter().max_by_key(String::len)
}

/// The digits, with the plus that precedes them.
fn plain(text: &str) -> String {
    match text.trim_start_matches(is_punctuation).strip_prefix('+') {
        // «+44 (0) 20 …»: this 0 is dialled only within the country.
        Some(abroad) => format!("+{}", digits(&abroad.replacen("(0)", "", 1))),
        None => digits(text),
    }
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn has_digits(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_punctuation(letter: char) -> bool {
    matches!(letter, ' ' | '-' | '.' | '(' | ')' | '<' | '>' | '/' | '\'' | '"')
}

#[cfg(test)]
mod tests {
    use NumberDoubt::{Letters, TwoNumbers};

    use super::*;

    #[test]
    fn punctuation_is_no_doubt() {
        for (text, number) in [
            ("138-0013-8000", "13800138000"),
            ("(010) 1234.5678", "01012345678"),
            ("1380013-8000", "13800138000"),
            ("0755/86123456", "075586123456"),
            ("+86 138 0013 8000", "+8613800138000"),
            ("(+86) 13800138000", "+8613800138000"),
            ("+44 (0) 20 7946 0958", "+442079460958"),
            ("\"13800138000\"", "13800138000"),
            ("13800138000,", "13800138000"),
            ("-13800138000-", "13800138000"),
        ] {
            assert_eq!(parts(text), Parts::One(number.to_owned()), "{text}");
        }
    }

    #[test]
    fn several_numbers_in_a_cell_are_told() {
        for text in [
            "13800138000/13900139000",
            "13800138000 / 13900139000",
            "13800138000;13900139000",
            "13800138000,13900139000",
            "13800138000 or 13900139000",
            "13800138000或13900139000",
            "13800138000 和 13900139000",
            "13800138000\n13900139000",
            "13800138000 13900139000",
            "13800138000-13900139000",
            "138-0013-8000, 139-0013-9000",
            "home 13800138000 work 13900139000",
        ] {
            assert_eq!(parts(text), Parts::Doubt(TwoNumbers, vec!["13800138000".to_owned(), "13900139000".to_owned()]), "{text}");
        }
        assert_eq!(parts("12345678/9"), Parts::Doubt(TwoNumbers, vec!["12345678".to_owned()]));
        assert_eq!(
            parts("95588、95533、95566".replace('、', ",").as_str()),
            Parts::Doubt(TwoNumbers, ["95588", "95533", "95566"].map(String::from).to_vec())
        );
        assert_eq!(
            parts("+8613800138000+8613900139000"),
            Parts::Doubt(TwoNumbers, vec!["+8613800138000".to_owned(), "+8613900139000".to_owned()])
        );
    }

    #[test]
    fn letters_and_extensions_are_told() {
        for (text, number) in [
            ("tel. 138 0013 8000 (home)", "13800138000"),
            ("01012345678x12", "01012345678"),
            ("010-12345678转12", "01012345678"),
            ("010-12345678 ext. 801", "01012345678"),
            ("010-12345678-801", "01012345678"),
            ("12345678#801", "12345678"),
            ("13800138000（张）", "13800138000"),
            ("138oo138000", "13800138000"),
            ("138,00138000", "00138000"),
            ("13800138000,1", "13800138000"),
            ("vip,13800138000", "13800138000"),
            ("1-800-flowers5", "18005"),
            ("138+0013", "1380013"),
        ] {
            let Parts::Doubt(Letters, numbers) = parts(text) else { panic!("{text}: {:?}", parts(text)) };
            assert_eq!(numbers, [number], "{text}");
        }
        for text in ["", "--", "name", "n/a", "未知"] {
            assert_eq!(parts(text), Parts::Nothing, "{text}");
        }
    }
}
