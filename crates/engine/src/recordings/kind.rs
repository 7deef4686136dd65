//! The kind of a file, by its first bytes. Content-Type and file name are ignored (R7, R8).

use std::io::{self, Read, Seek, SeekFrom};

use super::{
    mpeg,
    wave::{Wave, WaveError},
};

/// The number of first bytes that are examined.
pub(super) const LOOKED_AT: usize = 16 << 10;
/// The most bytes of blank lines and byte order mark that a script may have sent before the file.
const BLANK: usize = 64;
/// The number of frames after which a file counts as GSM, which has no header.
const GSM_FRAMES: usize = 4;
/// The length of a GSM frame in bytes.
const GSM_FRAME: usize = 33;

/// A file format of recordings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Wav,
    Mp3,
    Ogg,
    Flac,
    /// MP4, M4A, 3GP.
    Mp4,
    /// AAC in ADTS frames.
    Aac,
    /// Sun's format, with header.
    Au,
    /// GSM 06.10 without header.
    Gsm,
    Amr,
    Aiff,
    Caf,
    /// Matroska, WebM.
    Webm,
    Wma,
}

impl Kind {
    /// The kind of a file with these first bytes, and the offset at which the recording begins. `None`: not a recording.
    pub fn of(begin: &[u8]) -> Option<(Self, usize)> {
        let blank = begin.iter().take(BLANK).take_while(|byte| b"\xef\xbb\xbf\r\n\t ".contains(byte)).count();
        if let Some(kind) = Self::by_mark(&begin[blank..]) {
            return Some((kind, blank));
        }
        let is_other =
            [&b"<"[..], b"{", b"[", b"%PDF", b"PK", b"MZ", b"\x7fELF", b"\x1f\x8b"].iter().any(|mark| begin[blank..].starts_with(mark));
        let is_gsm = begin.len() >= GSM_FRAMES * GSM_FRAME && begin.chunks_exact(GSM_FRAME).all(|frame| frame[0] >> 4 == 0xd);
        match mpeg::first_frame(begin).filter(|_| !is_other) {
            Some(at) => Some((Self::Mp3, at)),
            None => is_gsm.then_some((Self::Gsm, 0)),
        }
    }

    /// As [`Self::of`], for an open file.
    pub fn of_file(file: &mut (impl Read + Seek)) -> io::Result<Option<(Self, usize)>> {
        file.rewind()?;
        Ok(Self::of(&fill(file, LOOKED_AT as u64)?))
    }

    fn by_mark(begin: &[u8]) -> Option<Self> {
        Some(match begin {
            [b'R', b'I', b'F', b'F' | b'X', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Self::Wav,
            [b'R', b'F', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Self::Wav,
            [b'B', b'W', b'6', b'4', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Self::Wav,
            [b'I', b'D', b'3', 2..=4, ..] | [b'A', b'P', b'E', b'T', b'A', b'G', b'E', b'X', ..] => Self::Mp3,
            // An ADTS frame: the layer is 0 and the sampling rate is a defined one.
            [0xff, 0xf0 | 0xf1 | 0xf8 | 0xf9, third, ..] if third & 0x3c < 0x34 => Self::Aac,
            // A frame of MPEG layer III with an allowed bit rate and sampling rate.
            [0xff, second, third, ..] if second & 0xe6 == 0xe2 && third & 0xf0 != 0xf0 && third & 0x0c != 0x0c => Self::Mp3,
            [b'O', b'g', b'g', b'S', ..] => Self::Ogg,
            [b'f', b'L', b'a', b'C', ..] => Self::Flac,
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => Self::Mp4,
            [b'.', b's', b'n', b'd', ..] => Self::Au,
            [b'#', b'!', b'A', b'M', b'R', b'\n' | b'-' | b'_', ..] => Self::Amr,
            [b'F', b'O', b'R', b'M', _, _, _, _, b'A', b'I', b'F', b'F' | b'C', ..] => Self::Aiff,
            [b'c', b'a', b'f', b'f', 0, ..] => Self::Caf,
            [0x1a, 0x45, 0xdf, 0xa3, ..] => Self::Webm,
            [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, ..] => Self::Wma,
            _ => return None,
        })
    }

    pub fn extension(self) -> &'static str {
        match self {
            Self::Wav => "wav",
            Self::Mp3 => "mp3",
            Self::Ogg => "ogg",
            Self::Flac => "flac",
            Self::Mp4 => "m4a",
            Self::Aac => "aac",
            Self::Au => "au",
            Self::Gsm => "gsm",
            Self::Amr => "amr",
            Self::Aiff => "aiff",
            Self::Caf => "caf",
            Self::Webm => "webm",
            Self::Wma => "wma",
        }
    }
}

/// Whether the file has a header but no sound. A file that is too damaged to tell does not count as empty.
pub(super) fn is_empty(file: &mut (impl Read + Seek), kind: Kind, from: usize) -> io::Result<bool> {
    let from = from as u64;
    let length = file.seek(SeekFrom::End(0))?;
    Ok(match kind {
        Kind::Wav => match Wave::read(file, from) {
            Ok(wave) => wave.bytes == 0,
            Err(WaveError::NoSound) => true,
            Err(WaveError::File(error)) => return Err(error),
            Err(WaveError::NotWave | WaveError::NoFormat) => false,
        },
        Kind::Mp3 => {
            let begin = mpeg::behind_tags(file, from)?;
            file.seek(SeekFrom::Start(begin))?;
            let near = fill(file, LOOKED_AT as u64)?;
            begin + near.len() as u64 == length && !mpeg::has_sound(&near)
        }
        Kind::Ogg => !ogg_has_sound(file, from)?,
        Kind::Flac => flac_sound(file, from)? >= length,
        Kind::Mp4 => !mp4_has_sound(file, from, length)?,
        Kind::Au => {
            file.seek(SeekFrom::Start(from + 4))?;
            fill(file, 4)?.try_into().is_ok_and(|begin| from + u64::from(u32::from_be_bytes(begin)) >= length)
        }
        Kind::Amr => length <= from + 9,
        Kind::Aac | Kind::Gsm | Kind::Aiff | Kind::Caf | Kind::Webm | Kind::Wma => false,
    })
}

/// A page with sound has a granule position other than 0 (header) and -1 (no packet ends on the page).
fn ogg_has_sound(file: &mut (impl Read + Seek), from: u64) -> io::Result<bool> {
    let mut at = from;
    loop {
        file.seek(SeekFrom::Start(at))?;
        let head = fill(file, 27 + 255)?;
        let (Some(position), Some(segments)) = (head.get(6..14), head.get(26)) else { return Ok(false) };
        if !head.starts_with(b"OggS") || position.iter().any(|byte| *byte != 0) && position != [0xff; 8] {
            return Ok(true);
        }
        let lengths = head.iter().skip(27).take(usize::from(*segments)).map(|length| u64::from(*length));
        at += 27 + u64::from(*segments) + lengths.sum::<u64>();
    }
}

/// The offset of the first frame of a FLAC file, after its metadata blocks.
fn flac_sound(file: &mut (impl Read + Seek), from: u64) -> io::Result<u64> {
    let mut at = from + 4;
    loop {
        file.seek(SeekFrom::Start(at))?;
        let [kind, a, b, c] = fill(file, 4)?[..] else { return Ok(at) };
        at += 4 + u64::from(u32::from_be_bytes([0, a, b, c]));
        if kind & 0x80 != 0 {
            return Ok(at);
        }
    }
}

fn mp4_has_sound(file: &mut (impl Read + Seek), from: u64, length: u64) -> io::Result<bool> {
    let mut at = from;
    while at + 8 <= length {
        file.seek(SeekFrom::Start(at))?;
        let head = fill(file, 16)?;
        let [a, b, c, d, e, f, g, h, ref large @ ..] = head[..] else { return Ok(false) };
        let size = match u32::from_be_bytes([a, b, c, d]) {
            0 => length - at,
            1 => large.try_into().map_or(0, u64::from_be_bytes),
            size => u64::from(size),
        };
        // A box shorter than its own header means damage, which does not count as empty.
        if size < 8 || [e, f, g, h] == *b"mdat" && size > 8 && at + 8 < length {
            return Ok(true);
        }
        at = at.saturating_add(size);
    }
    Ok(false)
}

/// The next `count` bytes, or fewer at the end of the file.
pub(super) fn fill(file: &mut impl Read, count: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(count).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn extension(begin: &[u8]) -> Option<&'static str> {
        Kind::of(begin).map(|(kind, _)| kind.extension())
    }

    #[test]
    fn r7_r8_the_first_bytes_decide_the_kind() {
        for (begin, expected) in [
            (&b"RIFF\x24\x08\0\0WAVEfmt "[..], Some("wav")),
            (b"RF64\xff\xff\xff\xffWAVEds64", Some("wav")),
            (b"RIFF\x24\x08\0\0AVI LIST", None),
            (b"ID3\x04\0\0\0\0\0\0\0\0", Some("mp3")),
            (b"APETAGEX\xd0\x07\0\0", Some("mp3")),
            (b"\xff\xfb\x90\x64\0\0\0\0\0\0\0\0", Some("mp3")),
            (b"\xff\xf3\x40\xc0\0\0\0\0\0\0\0\0", Some("mp3")),
            (b"OggS\0\x02\0\0\0\0\0\0", Some("ogg")),
            (b"fLaC\0\0\0\x22\0\0\0\0", Some("flac")),
            (b"\0\0\0\x20ftypM4A ", Some("m4a")),
            (b"\xff\xf1\x6c\x40\x05\x7f", Some("aac")),
            (b"#!AMR\n\x3c", Some("amr")),
            (b"#!AMR-WB\n\x44", Some("amr")),
            (b".snd\0\0\0\x18", Some("au")),
            (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", Some("wma")),
            (b"\r\n\r\nRIFF\x24\x08\0\0WAVEfmt ", Some("wav")),
            (b"\xef\xbb\xbfOggS\0\x02\0\0", Some("ogg")),
            // UTF-16 text with a byte order mark: its first bytes resemble an MPEG frame.
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

    #[test]
    fn fr1_a_gsm_file_is_recognised_by_the_first_half_byte_of_each_frame() {
        let frame = [&[0xd5][..], &[0x20; 32]].concat();
        assert_eq!(Kind::of(&frame.repeat(10)), Some((Kind::Gsm, 0)));
        assert_eq!(Kind::of(&[0xd5; 20]), None, "too few to tell");
        assert_eq!(Kind::of(&[frame.repeat(3), vec![b'a'; 33]].concat()), None);
    }

    fn empty(bytes: &[u8]) -> bool {
        let (kind, from) = Kind::of(bytes).unwrap();
        is_empty(&mut Cursor::new(bytes), kind, from).unwrap()
    }

    #[test]
    fn fr1_a_header_without_sound_is_empty() {
        let page = |position: u64, body: &[u8]| {
            let head = [&b"OggS\0\0"[..], &position.to_le_bytes(), &[0; 12], &[1, body.len() as u8]].concat();
            [&head, body].concat()
        };
        let heads = [page(0, b"\x01vorbis"), page(0, b"\x03vorbis")].concat();
        let flac = [&b"fLaC\x80\0\0\x22"[..], &[0; 34]].concat();
        let mp4 = b"\0\0\0\x0cftypM4A \0\0\0\x08moov\0\0\0\x08mdat".to_vec();
        let au = [&b".snd\0\0\0\x18"[..], &[0; 16]].concat();
        let id3 = [&b"ID3\x03\0\0\0\0\0\x0a"[..], &[0; 10]].concat();
        let wav = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\0\0\0".to_vec();
        for (name, head, sound) in [
            ("Ogg", heads, page(480, b"sound")),
            ("FLAC", flac, vec![0xff, 0xf8]),
            ("MP4", mp4, b"\0\0\0\x0amdatab".to_vec()),
            ("AU", au, vec![1]),
            ("MP3", id3, mpeg::tests::frames(3)),
            ("WAV", wav, vec![1, 0]),
            ("AMR", b"#!AMR\n".to_vec(), vec![0x3c; 32]),
        ] {
            assert!(empty(&head), "{name}");
            assert!(!empty(&[head, sound].concat()), "{name}");
        }
    }
}
