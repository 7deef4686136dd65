//! Finds the beginning of the sound in an MP3 file, after tags and other bytes.

use std::io::{self, Read, Seek, SeekFrom};

use super::kind::fill;

/// The number of consecutive frames that cannot be a coincidence.
const IN_A_ROW: usize = 3;
/// Bit rates of layer III in kbit/s by their index in the frame header: MPEG 1, then MPEG 2 and 2.5.
const RATES: [[usize; 16]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
];

/// The offset after the tags that begin at `from`. Other bytes may still stand before the first frame.
pub fn behind_tags(file: &mut (impl Read + Seek), from: u64) -> io::Result<u64> {
    let mut at = from;
    loop {
        file.seek(SeekFrom::Start(at))?;
        match fill(file, 32)?[..] {
            // ID3v2: the size is four times seven bits; a flag announces a footer.
            [b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] if (a | b | c | d) & 0x80 == 0 => {
                let size = [a, b, c, d].iter().fold(0, |size, byte| size << 7 | u64::from(*byte));
                at += 10 + size + if flags & 0x10 != 0 { 10 } else { 0 };
            }
            // APEv2: the size does not include this header.
            [b'A', b'P', b'E', b'T', b'A', b'G', b'E', b'X', _, _, _, _, a, b, c, d, ..] => {
                at += 32 + u64::from(u32::from_le_bytes([a, b, c, d]));
            }
            _ => return Ok(at),
        }
    }
}

/// The offset of the first of several consecutive frames.
pub(super) fn first_frame(bytes: &[u8]) -> Option<usize> {
    let begins = |at: &usize| {
        let mut at = *at;
        for _ in 0..IN_A_ROW {
            match bytes.get(at..).and_then(length) {
                Some(length) => at += length,
                None => return false,
            }
        }
        true
    };
    (0..bytes.len()).filter(|at| bytes[*at] == 0xff).find(begins)
}

/// Whether there is a frame with sound. A Xing, Info or VBRI frame only says how many frames follow.
pub(super) fn has_sound(bytes: &[u8]) -> bool {
    let frame = |at: usize| bytes.get(at..).and_then(length);
    let Some((at, length)) = (0..bytes.len()).find_map(|at| frame(at).map(|length| (at, length))) else { return false };
    let first = &bytes[at..(at + length).min(bytes.len())];
    let is_note = first.windows(4).take(48).any(|word| matches!(word, b"Xing" | b"Info" | b"VBRI"));
    !is_note || frame(at + length).is_some()
}

/// The length in bytes of the layer III frame with this header; `None` without such a header.
fn length(begin: &[u8]) -> Option<usize> {
    let [0xff, second, third, _, ..] = *begin else { return None };
    if second & 0xe6 != 0xe2 {
        return None;
    }
    let version = second >> 3 & 3;
    let rate = *[44_100, 48_000, 32_000].get(usize::from(third >> 2 & 3))?;
    let (table, per_frame, rate) = match version {
        3 => (0, 144, rate),
        2 => (1, 72, rate / 2),
        0 => (1, 72, rate / 4),
        _ => return None,
    };
    let bits = RATES[table][usize::from(third >> 4)] * 1000;
    (bits > 0).then(|| per_frame * bits / rate + usize::from(third >> 1 & 1))
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Cursor;

    use super::*;

    /// Frames of MPEG 2.5, 8000 Hz, 8 kbit/s.
    pub fn frames(count: usize) -> Vec<u8> {
        let mut frame = vec![0xff, 0xe3, 0x18, 0xc4];
        frame.resize(72, 0);
        frame.repeat(count)
    }

    #[test]
    fn fr1_frames_are_found_after_other_bytes() {
        for before in [0, 1, 199, 512, 4096] {
            for byte in [0, 0xff, b'a'] {
                let file = [vec![byte; before], frames(4)].concat();
                assert_eq!(first_frame(&file), Some(before), "{before} of {byte}");
            }
        }
        assert_eq!(first_frame(&frames(2)), None);
        assert_eq!(first_frame(&[0xff; 2000]), None);
    }

    #[test]
    fn fr1_tags_are_skipped() {
        let tag = |size: u8, flags: u8| [&b"ID3\x04\0"[..], &[flags, 0, 0, 0, size], &vec![0; usize::from(size)]].concat();
        let file = [tag(20, 0), tag(5, 0x10), vec![0; 10], frames(1)].concat();
        assert_eq!(behind_tags(&mut Cursor::new(&file), 0).unwrap(), 30 + 25);
        let ape = [&b"APETAGEX\xd0\x07\0\0\x28\0\0\0"[..], &[0; 16], &[7; 40]].concat();
        let file = [ape, tag(20, 0), frames(3)].concat();
        assert_eq!(behind_tags(&mut Cursor::new(&file), 0).unwrap(), 72 + 30);
        assert_eq!(behind_tags(&mut Cursor::new(&file[..40]), 0).unwrap(), 72, "the offset may lie beyond the end of a truncated file");
        assert_eq!(behind_tags(&mut Cursor::new(frames(1)), 0).unwrap(), 0);
    }

    #[test]
    fn fr1_an_info_frame_alone_is_no_sound() {
        let mut note = frames(1);
        note[13..17].copy_from_slice(b"Info");
        assert!(!has_sound(&note) && !has_sound(b"") && !has_sound(&[0; 100]));
        assert!(has_sound(&[note, frames(1)].concat()) && has_sound(&frames(1)));
    }
}
