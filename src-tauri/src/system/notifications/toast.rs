//! The text of a notification as Windows wants it.

/// Windows shows it for 25 s, and plays no sound: Ringside rings by itself.
pub fn toast(title: &str, body: &str) -> String {
    format!(
        "<toast duration=\"long\"><visual><binding template=\"ToastGeneric\"><text>{}</text><text>{}</text></binding></visual>\
         <audio silent=\"true\"/></toast>",
        escaped(title),
        escaped(body)
    )
}

fn escaped(text: &str) -> String {
    // XML has no other control characters, not even escaped ones.
    let text = text.chars().filter(|letter| !letter.is_control() || *letter == '\n');
    let mut escaped = String::new();
    for letter in text {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\u{fffe}' | '\u{ffff}' => {}
            _ => escaped.push(letter),
        }
    }
    escaped
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
