//! Guesses the encoding of a text and decodes it as a stream.

use std::io::{self, Read};

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use ringside_domain::SheetEncoding;

/// So many bytes at the begin of a file are looked at, except for the check whether it is UTF-8.
const SAMPLE: usize = 64 * 1024;
/// So much of a file is checked whether it is UTF-8: a Chinese name may come late.
const CHECKED: u64 = 256 * 1024 * 1024;

/// The guess: a mark of the byte order decides; then every second byte being zero; then whether all is valid UTF-8. A detector of
/// languages would not help, since any other text is read as GB18030.
pub(crate) fn guess(file: impl Read) -> io::Result<SheetEncoding> {
    let mut file = file.take(CHECKED);
    let mut buffer = vec![0; SAMPLE];
    let mut filled = fill(&mut file, &mut buffer)?;
    match &buffer[..filled] {
        [0xef, 0xbb, 0xbf, ..] => return Ok(SheetEncoding::Utf8),
        [0xff, 0xfe, ..] => return Ok(SheetEncoding::Utf16Le),
        [0xfe, 0xff, ..] => return Ok(SheetEncoding::Utf16Be),
        bytes => {
            if let Some(encoding) = wide(bytes) {
                return Ok(encoding);
            }
        }
    }
    loop {
        let kept = match std::str::from_utf8(&buffer[..filled]) {
            Ok(_) => 0,
            // A character that the end of the buffer cuts.
            Err(error) if error.error_len().is_none() => filled - error.valid_up_to(),
            Err(_) => return Ok(SheetEncoding::Gb18030),
        };
        buffer.copy_within(filled - kept..filled, 0);
        let more = fill(&mut file, &mut buffer[kept..])?;
        if more == 0 {
            let is_whole = kept == 0 || file.limit() == 0;
            return Ok(if is_whole { SheetEncoding::Utf8 } else { SheetEncoding::Gb18030 });
        }
        filled = kept + more;
    }
}

/// UTF-16 by its zeros: digits, separators and line ends have a zero in one half of their two bytes.
fn wide(bytes: &[u8]) -> Option<SheetEncoding> {
    let zeros = |from: usize| bytes.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), bytes.len() / 2);
    let most = even.max(odd);
    if most * 4 < pairs || most == 0 || even.min(odd) * 10 > most {
        return None;
    }
    Some(if odd > even { SheetEncoding::Utf16Le } else { SheetEncoding::Utf16Be })
}

pub(crate) fn fill(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// The text of the file in UTF-8, without the mark of the byte order; invalid bytes become U+FFFD.
pub(crate) fn decoded(file: impl Read, encoding: SheetEncoding) -> impl Read {
    let encoding: &'static Encoding = match encoding {
        SheetEncoding::Utf8 => UTF_8,
        SheetEncoding::Utf16Le => UTF_16LE,
        SheetEncoding::Utf16Be => UTF_16BE,
        SheetEncoding::Gb18030 => GB18030,
    };
    DecodeReaderBytesBuilder::new().encoding(Some(encoding)).build(file)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use SheetEncoding::*;

    use super::*;

    const TEXT: &str = "电话,姓名\r\n13800138000,张三\r\n13900139000,李四\r\n";

    fn encoded(text: &str, encoding: SheetEncoding, marked: bool) -> Vec<u8> {
        let marked = if marked { format!("\u{feff}{text}") } else { text.to_owned() };
        match encoding {
            Utf8 => marked.into_bytes(),
            Utf16Le => marked.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Utf16Be => marked.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Gb18030 => GB18030.encode(&marked).0.into_owned(),
        }
    }

    #[test]
    fn every_encoding_is_guessed_with_and_without_its_mark() {
        for encoding in [Utf8, Utf16Le, Utf16Be, Gb18030] {
            for marked in [false, true] {
                let bytes = encoded(TEXT, encoding, marked && encoding != Gb18030);
                assert_eq!(guess(&bytes[..]).unwrap(), encoding);
                let mut text = String::new();
                decoded(&bytes[..], encoding).read_to_string(&mut text).unwrap();
                assert_eq!(text, TEXT);
            }
        }
        assert_eq!(guess(&b"13800138000\n"[..]).unwrap(), Utf8);
        assert_eq!(guess(&b""[..]).unwrap(), Utf8);
    }

    #[test]
    fn zeros_in_a_text_do_not_make_it_wide() {
        assert_eq!(guess(&b"13800138000\n\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"[..]).unwrap(), Utf8);
        assert_eq!(guess(&b"138\x0000138000\n13900139000\n"[..]).unwrap(), Utf8);
    }

    #[test]
    fn a_late_name_decides_the_encoding_too() {
        let mut text = "13800138000,\n".repeat(20_000);
        text.push_str("13900139000,张三\n");
        assert_eq!(guess(text.as_bytes()).unwrap(), Utf8);
        assert_eq!(guess(&encoded(&text, Gb18030, false)[..]).unwrap(), Gb18030);
        // A character that the end of each sample cuts.
        for shift in 0..4 {
            let text = format!("{}{}", "1".repeat(shift), "张".repeat(100_000));
            assert_eq!(guess(text.as_bytes()).unwrap(), Utf8);
        }
    }
}
