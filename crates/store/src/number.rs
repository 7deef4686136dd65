//! A number as it is typed.

/// What was typed, without what people put into numbers for reading; None where it is not a number.
pub(crate) fn typed(word: &str) -> Option<String> {
    let number: String = word.chars().filter(|letter| !"-().".contains(*letter)).collect();
    let digits = number.strip_prefix('+').unwrap_or(&number);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}
