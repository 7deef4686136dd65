//! Text of other systems, made harmless.

use std::borrow::Cow;

/// The text without characters that no text of ours can hold: NUL and the other controls but tab and line feed, and the controls of writing
/// direction, with which a number can be shown backwards.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_harmful) { Cow::Owned(text.chars().filter(|c| !is_harmful(*c)).collect()) } else { Cow::Borrowed(text) }
}

fn is_harmful(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        || (c.is_control() && !matches!(c, '\t' | '\n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_go_and_text_stays() {
        assert_eq!(clean("138\u{0}\u{202e}00\u{7f}\u{85}"), "13800");
        assert!(matches!(clean("line\n\ttab 匿名 Ж"), Cow::Borrowed("line\n\ttab 匿名 Ж")));
    }
}
