//! The text of a notification as Windows wants it.

use super::escaped;

/// Windows shows it for 25 s, and plays no sound: Ringside rings by itself.
pub fn toast(title: &str, body: &str) -> String {
    format!(
        "<toast duration=\"long\"><visual><binding template=\"ToastGeneric\"><text>{}</text><text>{}</text></binding></visual>\
         <audio silent=\"true\"/></toast>",
        escaped(&permitted(title)),
        escaped(&permitted(body))
    )
}

/// XML has no other letters, not even escaped ones.
fn permitted(text: &str) -> String {
    text.chars().filter(|letter| (!letter.is_control() || *letter == '\n') && !matches!(letter, '\u{fffe}' | '\u{ffff}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// T5.
    #[test]
    fn a_customers_name_is_plain_text_in_a_toast() {
        let text = toast("Incoming call", "<image src=\"x\"/> & co\n\u{1}\u{ffff}133 \u{5ba2}");
        assert!(text.contains("<text>&lt;image src=\"x\"/&gt; &amp; co\n133 \u{5ba2}</text>"), "{text}");
    }
}
