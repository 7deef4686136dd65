//! Decodes bytes of any encoding: UTF-8, else GB18030, which includes GBK (P10).

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE};

/// Decodes the bytes to text.
///
/// Bytes that are not UTF-8 are read as GB18030, unless most of them are UTF-8: then a text was cut within a character. Bytes that are
/// neither are replaced, so that the rest can be read (L29).
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[mark..]).0;
    }
    if let Some(encoding) = utf_16(bytes) {
        return encoding.decode_without_bom_handling(bytes).0;
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let lossy = String::from_utf8_lossy(bytes);
    // Three-byte characters of UTF-8 hardly ever occur by chance in GB18030.
    let long = lossy.chars().filter(|c| c.len_utf8() >= 3 && *c != char::REPLACEMENT_CHARACTER).count();
    let replaced = lossy.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    if long > replaced {
        return lossy;
    }
    GB18030.decode_without_bom_handling_and_without_replacement(bytes).unwrap_or(lossy)
}

pub(crate) fn is_utf_16(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || utf_16(bytes).is_some()
}

/// UTF-16 without a byte order mark has a NUL in its first character: JSON and forms begin with ASCII and never contain NUL.
fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0, 1..=0x7f, 0, ..] => Some(UTF_16BE),
        [1..=0x7f, 0, _, 0, ..] => Some(UTF_16LE),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p10_gb18030_is_read_if_utf_8_fails() {
        for (bytes, text) in [
            (&b"plain"[..], "plain"),
            ("中文".as_bytes(), "中文"),
            (b"\xef\xbb\xbf{}", "{}"),
            (b"\xff\xfe{\0}\0", "{}"),
            (b"{\0}\0", "{}"),
            (b"\0{\0}", "{}"),
            (b"{\0}", "{\0}"),
            (b"\xd5\x5c", "誠"),
            (b"{\"a\":\"\xd6\xd0\xce\xc4\"}", "{\"a\":\"中文\"}"),
            // Cut within the last character.
            (b"\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\"", "中文\u{fffd}\""),
            (b"\xff\"", "\u{fffd}\""),
        ] {
            assert_eq!(decode(bytes), text, "{}", bytes.escape_ascii());
        }
    }
}
