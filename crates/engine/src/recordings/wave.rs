//! Reads the format and the position of the sound in a WAV file. The lengths in the header are not trusted.
//!
//! Telephone systems write wrong lengths: a stream's are never filled in, others count the header or omit a padding byte, and files
//! are truncated. So the chunks are followed as long as they are plausible; after an implausible length the sound is searched for.

use std::io::{self, Read, Seek, SeekFrom};

use super::kind::fill;

/// The number of bytes in which the next chunk is searched for after a wrong length: enough for a header with pictures and texts.
const SEARCHED: u64 = 1 << 20;
/// The most zero bytes after the sound that count as padding to a disk block.
const PADDING: u64 = 64 << 10;
/// A length that was never filled in, or stands in a `ds64` chunk.
const ENDLESS: u32 = u32::MAX;
/// Known chunk names. A chunk with another name is accepted only with a plausible length.
const KNOWN: [&[u8; 4]; 24] = [
    b"fmt ", b"data", b"LIST", b"fact", b"bext", b"cue ", b"id3 ", b"ID3 ", b"JUNK", b"junk", b"PAD ", b"FLLR", b"smpl", b"inst", b"iXML",
    b"axml", b"PEAK", b"ds64", b"cart", b"umid", b"DISP", b"levl", b"RIFF", b"plst",
];

/// A WAV file's format, and the position of its sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wave {
    /// The format tag (codec): 1 is PCM. For the extensible format, the tag of its subformat.
    pub tag: u16,
    /// At least 1.
    pub channels: u16,
    /// The sampling rate in frames per second; 0 if unknown.
    pub rate: u32,
    pub bytes_per_second: u32,
    /// The block length in bytes (block align).
    pub block: u16,
    pub bits: u16,
    /// The number of frames in a block, if the format says it.
    pub frames: Option<u16>,
    /// The number of frames in the file, if a `fact` chunk says it.
    pub total: Option<u32>,
    /// The offset of the sound's first byte.
    pub begin: u64,
    /// The number of bytes of sound in the file.
    pub bytes: u64,
}

/// Why no sound was found in a WAV file.
#[derive(Debug, thiserror::Error)]
pub enum WaveError {
    #[error(transparent)]
    File(#[from] io::Error),
    #[error("not a WAV file")]
    NotWave,
    #[error("its format is not said")]
    NoFormat,
    #[error("it ends before its sound")]
    NoSound,
}

impl Wave {
    /// Reads the header of the WAV file that begins at offset `from`.
    ///
    /// # Errors
    /// If the file has no format or no sound, or cannot be read.
    pub fn read(file: &mut (impl Read + Seek), from: u64) -> Result<Self, WaveError> {
        let length = file.seek(SeekFrom::End(0))?;
        let head = bytes_at(file, from, 12)?;
        if !matches!(head.as_slice(), [b'R', b'I', b'F', b'F', .., b'W', b'A', b'V', b'E'])
            && !matches!(head.as_slice(), [b'R' | b'B', b'F' | b'W', b'6', b'4', .., b'W', b'A', b'V', b'E'])
        {
            return Err(WaveError::NotWave);
        }
        let (mut format, mut data, mut large, mut total) = (None, None, None, None);
        let mut at = Some(from + 12);
        while let Some(found) = at {
            let Some((id, claimed)) = chunk(file, found)? else { break };
            let begin = found + 8;
            match &id {
                b"fmt " if format.is_none() => format = Format::read(&bytes_at(file, begin, 40)?, claimed),
                b"ds64" => large = bytes_at(file, begin, 16)?.get(8..16).and_then(|length| length.try_into().ok()).map(u64::from_le_bytes),
                b"fact" => total = bytes_at(file, begin, 4)?.try_into().map(u32::from_le_bytes).ok(),
                b"data" if data.is_none() => data = Some((begin, claimed)),
                _ => {}
            }
            if format.is_some() && data.is_some() {
                break;
            }
            at = next(file, begin, claimed, length)?;
        }
        let (begin, claimed) = data.ok_or(WaveError::NoSound)?;
        let format = format.ok_or(WaveError::NoFormat)?;
        let claimed = large.filter(|_| claimed == ENDLESS).unwrap_or(u64::from(claimed));
        let bytes = extent(file, begin, claimed, length)?;
        let Format { tag, channels, rate, bytes_per_second, block, bits, frames } = format;
        Ok(Self { tag, channels, rate, bytes_per_second, block, bits, frames, total, begin, bytes })
    }
}

struct Format {
    tag: u16,
    channels: u16,
    rate: u32,
    bytes_per_second: u32,
    block: u16,
    bits: u16,
    frames: Option<u16>,
}

impl Format {
    /// Reads the format from `bytes`, which begin with the chunk's content and may go beyond it; `claimed` is the chunk's length.
    fn read(bytes: &[u8], claimed: u32) -> Option<Self> {
        let short = |at: usize| bytes.get(at..at + 2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
        let long = |at: usize| Some(u32::from(short(at)?) | u32::from(short(at + 2)?) << 16);
        let within = |at: usize| short(at).filter(|_| claimed as usize >= at + 2);
        let tag = match short(0)? {
            // The extensible format: the first two bytes of the subformat's GUID are the format tag.
            0xfffe => within(24).unwrap_or(1),
            tag => tag,
        };
        let (channels, rate, bytes_per_second, block) = (short(2)?.max(1), long(4)?, long(8)?, short(12)?);
        let bits = within(14).unwrap_or_else(|| block / channels * 8);
        // A block codec (ADPCM, GSM) says the frames per block in its first extra field.
        let frames = within(18).filter(|frames| matches!(tag, 0x02 | 0x11 | 0x31) && *frames > 0);
        let rate = if rate == 0 { bytes_per_second / u32::from(block.max(1)) } else { rate };
        Some(Self { tag, channels, rate, bytes_per_second, block, bits, frames })
    }
}

/// The number of bytes of sound after `begin`.
fn extent(file: &mut (impl Read + Seek), begin: u64, claimed: u64, length: u64) -> io::Result<u64> {
    let available = length.saturating_sub(begin);
    if claimed >= available {
        return Ok(available);
    }
    // If the length is 0 and zero bytes follow, they are silence, not padding.
    let silence = claimed == 0 && bytes_at(file, begin, PADDING)?.iter().all(|byte| *byte == 0);
    Ok(if !silence && something_else(file, begin + claimed, length)? { claimed } else { available })
}

/// Whether the sound ends at `at`: another chunk, an MP3 tag, or padding follows.
fn something_else(file: &mut (impl Read + Seek), at: u64, length: u64) -> io::Result<bool> {
    let rest = length - at;
    let padded = at + (at & 1);
    if rest < 2 || is_chunk(file, at, length)? || is_chunk(file, padded, length)? || is_chunk(file, at + 1, length)? {
        return Ok(true);
    }
    let begin = bytes_at(file, at, 8)?;
    if [&b"TAG"[..], b"ID3", b"APETAGEX"].iter().any(|tag| begin.starts_with(tag)) {
        return Ok(true);
    }
    Ok(rest <= PADDING && bytes_at(file, at, rest)?.iter().all(|byte| *byte == 0))
}

/// The offset of the next chunk after one with this content offset and length.
fn next(file: &mut (impl Read + Seek), begin: u64, claimed: u32, length: u64) -> io::Result<Option<u64>> {
    let end = begin + u64::from(claimed);
    // A padding byte follows a chunk of odd length, but not every program writes it.
    let ends = [end + (end - begin) % 2, end];
    for at in ends {
        if is_known(file, at)? {
            return Ok(Some(at));
        }
    }
    for at in ends {
        if is_chunk(file, at, length)? {
            return Ok(Some(at));
        }
    }
    // The length is wrong: search for the chunk by its name.
    let near = bytes_at(file, begin, SEARCHED)?;
    let found = near.windows(4).position(|id| id == b"data" || id == b"fmt ");
    Ok(found.map(|at| begin + at as u64))
}

fn is_known(file: &mut (impl Read + Seek), at: u64) -> io::Result<bool> {
    Ok(chunk(file, at)?.is_some_and(|(id, _)| KNOWN.contains(&&id)))
}

/// Whether a chunk begins at `at`: a known name, or a printable name and a length within the file.
fn is_chunk(file: &mut (impl Read + Seek), at: u64, length: u64) -> io::Result<bool> {
    let fits = |claimed: u32| at + 8 + u64::from(claimed) <= length + 1;
    let found = chunk(file, at)?;
    Ok(found.is_some_and(|(id, claimed)| KNOWN.contains(&&id) || id.iter().all(|byte| (0x20..0x7f).contains(byte)) && fits(claimed)))
}

/// The name and the length of the chunk at `at`; `None` at the end of the file.
fn chunk(file: &mut (impl Read + Seek), at: u64) -> io::Result<Option<([u8; 4], u32)>> {
    Ok(match bytes_at(file, at, 8)?[..] {
        [a, b, c, d, e, f, g, h] => Some(([a, b, c, d], u32::from_le_bytes([e, f, g, h]))),
        _ => None,
    })
}

/// `count` bytes from `at`, or fewer at the end of the file.
fn bytes_at(file: &mut (impl Read + Seek), at: u64, count: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    fill(file, count)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    const SOUND: [u8; 4000] = {
        let mut sound = [0; 4000];
        let mut at = 0;
        while at < sound.len() {
            sound[at] = (at * 7 % 251) as u8 | 1;
            at += 1;
        }
        sound
    };

    /// A format chunk with this tag and this length, and `more` after its first 16 bytes.
    fn format(tag: u16, claimed: u32, more: &[u8]) -> Vec<u8> {
        let mut chunk = Vec::from(*b"fmt ");
        chunk.extend(claimed.to_le_bytes());
        for short in [tag, 1, 8000, 0, 16_000, 0, 2, 16] {
            chunk.extend(u16::to_le_bytes(short));
        }
        chunk.extend(more);
        chunk
    }

    fn plain() -> Vec<u8> {
        format(1, 16, &[])
    }

    /// A WAV file: RIFF length, chunks before the sound, length of the data chunk, sound, and bytes after it. Lengths may be wrong.
    fn file(riff: u32, chunks: &[Vec<u8>], data: u32, sound: &[u8], rest: &[u8]) -> Vec<u8> {
        let mut file = Vec::from(*b"RIFF");
        file.extend(riff.to_le_bytes());
        file.extend(b"WAVE");
        file.extend(chunks.concat());
        file.extend(b"data");
        file.extend(data.to_le_bytes());
        file.extend(sound);
        file.extend(rest);
        file
    }

    fn chunk(id: &[u8; 4], claimed: u32, bytes: &[u8]) -> Vec<u8> {
        [&id[..], &claimed.to_le_bytes(), bytes].concat()
    }

    fn read(bytes: &[u8]) -> Result<Wave, WaveError> {
        Wave::read(&mut Cursor::new(bytes), 0)
    }

    /// Asserts that exactly the sound is found.
    fn whole(name: &str, bytes: &[u8]) {
        let wave = read(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(&bytes[wave.begin as usize..][..wave.bytes as usize], SOUND, "{name}");
        assert_eq!((wave.channels, wave.rate), (1, 8000), "{name}");
    }

    #[test]
    fn fr1_the_sound_is_found_with_missing_or_wrong_lengths() {
        for riff in [0, 8, 35, 36, 4036, 4032, 4028, 4020, 2000, ENDLESS] {
            for data in [0, 4000, 4044, 4036, 3996, 36, 1, ENDLESS, i32::MAX as u32, 0xffff_ff00] {
                whole(&format!("RIFF {riff}, data {data}"), &file(riff, &[plain()], data, &SOUND, &[]));
            }
        }
    }

    #[test]
    fn fr1_the_sound_is_found_after_format_chunks_of_any_length_and_other_chunks() {
        let list = |claimed, text: &[u8]| chunk(b"LIST", claimed, text);
        for (name, chunks) in [
            ("a format of 18", vec![format(1, 18, &[0, 0])]),
            ("a format of 20", vec![format(1, 20, &[2, 0, 0, 0])]),
            ("a format of 14 with 16 bytes", vec![format(1, 14, &[])]),
            ("a format that claims 18 and has 16", vec![format(1, 18, &[])]),
            ("a format that claims 16 and has 18", vec![format(1, 16, &[0, 0])]),
            ("a format without a length", vec![format(1, 0, &[])]),
            ("an endless format", vec![format(1, ENDLESS, &[])]),
            ("a fact of 8", vec![plain(), chunk(b"fact", 8, &[0xc0, 0x5d, 0, 0, 0, 0, 0, 0])]),
            ("an odd list with its padding", vec![plain(), list(17, b"INFOISFT\x05\0\0\0abcde\0")]),
            ("an odd list without its padding", vec![plain(), list(17, b"INFOISFT\x05\0\0\0abcde")]),
            ("a list before the format", vec![list(4, b"INFO"), plain()]),
            ("a list of too many bytes", vec![plain(), list(70_000, b"INFOISFT")]),
            ("an endless list", vec![plain(), list(ENDLESS, b"INFOISFT")]),
            ("BWF", vec![chunk(b"bext", 602, &[0; 602]), plain()]),
            ("a chunk of nobody's", vec![plain(), chunk(b"Xyz1", 3, &[1, 2, 3, 0])]),
            ("one that fills up to a disk block", vec![chunk(b"JUNK", 28, &[0; 28]), plain(), chunk(b"FLLR", 4044, &[0; 4044])]),
        ] {
            whole(name, &file(36, &chunks, 4000, &SOUND, &[]));
            whole(name, &file(36, &chunks, ENDLESS, &SOUND, &[]));
        }
    }

    #[test]
    fn fr1_bytes_after_the_sound_do_not_count_as_sound() {
        let (list, tag) = (chunk(b"LIST", 12, b"INFOISFTabcd"), [&b"TAG"[..], &[b'a'; 125]].concat());
        for (name, rest) in [("nothing", &[][..]), ("a list", &list), ("an MP3's tag", &tag), ("zeros", &[0; 512])] {
            whole(name, &file(36, &[plain()], 4000, &SOUND, rest));
        }
        let odd = file(36, &[plain()], 3999, &SOUND[..3999], &[&[0][..], &list].concat());
        assert_eq!(read(&odd).unwrap().bytes, 3999);
        let unpadded = file(36, &[plain()], 3999, &SOUND[..3999], &list);
        assert_eq!(read(&unpadded).unwrap().bytes, 3999);
    }

    #[test]
    fn fr1_an_extensible_format_has_the_tag_of_its_subformat() {
        let mut more = vec![22, 0, 16, 0, 4, 0, 0, 0];
        more.extend([0x07, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
        let wave = read(&file(36, &[format(0xfffe, 40, &more)], 4000, &SOUND, &[])).unwrap();
        assert_eq!((wave.tag, wave.begin), (7, 68));
        whole("without the rest of it", &file(36, &[format(0xfffe, 18, &[0, 0])], 4000, &SOUND, &[]));
    }

    #[test]
    fn fr1_lengths_beyond_32_bits_are_read_from_the_ds64_chunk() {
        for id in [b"RF64", b"BW64"] {
            for length in [4000u64, 0, u64::MAX] {
                let sizes = [&0u64.to_le_bytes()[..], &length.to_le_bytes(), &2000u64.to_le_bytes(), &[0; 4]].concat();
                let mut bytes = file(ENDLESS, &[chunk(b"ds64", 28, &sizes), plain()], ENDLESS, &SOUND, &[]);
                bytes[..4].copy_from_slice(id);
                whole(&format!("{length}"), &bytes);
            }
        }
    }

    #[test]
    fn fr1_files_without_sound_are_recognised() {
        assert_eq!(read(&file(36, &[plain()], 0, &[], &[])).unwrap().bytes, 0);
        let list = chunk(b"LIST", 12, b"INFOISFTabcd");
        assert_eq!(read(&file(56, &[plain()], 0, &[], &list)).unwrap().bytes, 0);
        assert!(matches!(read(&file(36, &[plain()], 0, &[], &[])[..36]), Err(WaveError::NoSound)));
        assert!(matches!(read(&file(36, &[], 4000, &SOUND, &[])), Err(WaveError::NoFormat)));
        assert!(matches!(read(b"RIFF\0\0\0\0AVI LIST"), Err(WaveError::NotWave)));
        assert!(matches!(read(b"RIFF"), Err(WaveError::NotWave)));
    }

    #[test]
    fn fr1_a_truncated_file_has_the_sound_that_is_left() {
        let whole = file(4036, &[plain()], 4000, &SOUND, &[]);
        for length in 44..whole.len() {
            assert_eq!(read(&whole[..length]).unwrap().bytes, length as u64 - 44);
        }
        for length in 0..44 {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
    }
}
