//! What a file is, by its first bytes: what a server or a name says of it counts for nothing (R7, R8).

/// Bytes that are looked at.
pub(super) const LOOKED_AT: usize = 12;

/// The extension of a recording that begins so; None: it is no recording.
pub(super) fn extension(begin: &[u8]) -> Option<&'static str> {
    match begin {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some("wav"),
        [b'I', b'D', b'3', ..] => Some("mp3"),
        // A frame of layer III whose bit rate and sampling rate are none of the forbidden ones.
        [0xff, second, third, ..] if second & 0xe6 == 0xe2 && third & 0xf0 != 0xf0 && third & 0x0c != 0x0c => Some("mp3"),
        [b'O', b'g', b'g', b'S', ..] => Some("ogg"),
        [b'f', b'L', b'a', b'C', ..] => Some("flac"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r7_r8_the_first_bytes_decide() {
        for (begin, expected) in [
            (&b"RIFF\x24\x08\0\0WAVEfmt "[..], Some("wav")),
            (b"RIFF\x24\x08\0\0AVI LIST", None),
            (b"ID3\x04\0\0\0\0\0\0\0\0", Some("mp3")),
            (b"\xff\xfb\x90\x64\0\0\0\0\0\0\0\0", Some("mp3")),
            (b"\xff\xf3\x40\xc0\0\0\0\0\0\0\0\0", Some("mp3")),
            (b"OggS\0\x02\0\0\0\0\0\0", Some("ogg")),
            (b"fLaC\0\0\0\x22\0\0\0\0", Some("flac")),
            // Text with a byte order mark of UTF-16 is no sound.
            (b"\xff\xfe{\0\"\0a\0\"\0", None),
            (b"<!doctype html>", None),
            (b"<html><!--RIFF----WAVE-->", None),
            (b"PK\x03\x04", None),
            (b"MZ\x90\0", None),
            (b"%PDF-1.7", None),
            (b"RIFF", None),
            (b"\xff", None),
            (b"", None),
        ] {
            assert_eq!(extension(begin), expected, "{}", String::from_utf8_lossy(begin));
        }
    }
}
