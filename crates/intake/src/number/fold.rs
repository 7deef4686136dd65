//! One spelling for the characters of a cell: what looks alike becomes the same, what is not seen is removed.

/// The text with plain digits, letters, dashes, brackets and dots, without invisible characters and without spaces around it.
pub(crate) fn fold(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'Z' | b'a'..=b'z')) {
        return text.trim().to_owned();
    }
    let folded: String = text.chars().filter_map(plain).collect();
    folded.trim().to_owned()
}

fn plain(letter: char) -> Option<char> {
    Some(match letter {
        '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => '\n',
        // Controls, soft hyphens, zero-width characters and marks of direction.
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
            return None;
        }
        _ if letter.is_whitespace() => ' ',
        _ if letter.is_control() => return None,
        '\u{ff01}'..='\u{ff5e}' => return plain(char::from_u32(u32::from(letter) - 0xfee0).unwrap_or(' ')),
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{30fc}' | '\u{ff70}' | '\u{2500}' | '\u{4e00}' => {
            '-'
        }
        '\u{2018}'..='\u{201b}' | '\u{2032}' | '`' | '\u{b4}' => '\'',
        '\u{201c}'..='\u{201f}' => '"',
        '[' | '{' | '【' | '〔' | '「' => '(',
        ']' | '}' | '】' | '〕' | '」' => ')',
        '·' | '•' | '∙' | '⋅' | '・' | '\u{ff65}' | '。' | '\u{ff61}' | '․' | '_' | '~' => '.',
        '、' => ',',
        '⁄' | '∕' => '/',
        _ => match digit(letter) {
            Some(value) => char::from(b'0' + value),
            None => letter,
        },
    })
}

/// The value of a digit of another script.
fn digit(letter: char) -> Option<u8> {
    let first = match letter {
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        '\u{966}'..='\u{96f}' => 0x966,
        '\u{e50}'..='\u{e59}' => 0xe50,
        '\u{1d7ce}'..='\u{1d7ff}' => return u8::try_from((u32::from(letter) - 0x1d7ce) % 10).ok(),
        _ => return None,
    };
    u8::try_from(u32::from(letter) - first).ok()
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn what_looks_alike_becomes_the_same() {
        for (text, folded) in [
            ("１３８－００１３", "138-0013"),
            ("\u{feff}138\u{a0}0013\u{200b}8000\u{202c}", "138 00138000"),
            ("（010）12345678", "(010)12345678"),
            ("138–0013—8000−1", "138-0013-8000-1"),
            ("\u{3000}138\t0013\u{0}", "138 0013"),
            ("١٣٨", "138"),
            ("一", "-"),
        ] {
            assert_eq!(fold(text), folded, "{text}");
        }
    }
}
