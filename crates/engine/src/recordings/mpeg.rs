//! Where in a file the sound of an MP3 begins: behind tags and what else was put before it.

use std::io::{self, Read, Seek, SeekFrom};

use super::kind::fill;

/// Frames in a row that are no chance.
const IN_A_ROW: usize = 3;
/// Kilobits a second of layer III, by the number in the head: MPEG 1, and MPEG 2 and 2.5.
const RATES: [[usize; 16]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
];

/// Where behind the tags of a file its first frames are to be looked for, if they do not lie at once there.
pub fn behind_tags(file: &mut (impl Read + Seek), from: u64) -> io::Result<u64> {
    let mut at = from;
    loop {
        file.seek(SeekFrom::Start(at))?;
        match fill(file, 32)?[..] {
            // Four times seven bits, and a foot where it is said.
            [b'I', b'D', b'3', _, _, flags, a, b, c, d, ..] if (a | b | c | d) & 0x80 == 0 => {
                let size = [a, b, c, d].iter().fold(0, |size, byte| size << 7 | u64::from(*byte));
                at += 10 + size + if flags & 0x10 != 0 { 10 } else { 0 };
            }
            // Its length counts all but this head.
            [b'A', b'P', b'E', b'T', b'A', b'G', b'E', b'X', _, _, _, _, a, b, c, d, ..] => {
                at += 32 + u64::from(u32::from_le_bytes([a, b, c, d]));
            }
            _ => return Ok(at),
        }
    }
}

/// Where the first of some frames in a row begins.
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

/// Whether there is a frame that is not only a note of how many there are.
pub(super) fn has_sound(bytes: &[u8]) -> bool {
    let frame = |at: usize| bytes.get(at..).and_then(length);
    let Some((at, length)) = (0..bytes.len()).find_map(|at| frame(at).map(|length| (at, length))) else { return false };
    let first = &bytes[at..(at + length).min(bytes.len())];
    let is_note = first.windows(4).take(48).any(|word| matches!(word, b"Xing" | b"Info" | b"VBRI"));
    !is_note || frame(at + length).is_some()
}

/// Bytes of the frame of layer III that begins so.
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

    /// Frames of MPEG 2.5 at 8000 Hz and 8 kbit/s.
    pub fn frames(count: usize) -> Vec<u8> {
        let mut frame = vec![0xff, 0xe3, 0x18, 0xc4];
        frame.resize(72, 0);
        frame.repeat(count)
    }

    #[test]
    fn fr1_frames_are_found_behind_what_is_none() {
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
    fn fr1_tags_are_passed() {
        let tag = |size: u8, flags: u8| [&b"ID3\x04\0"[..], &[flags, 0, 0, 0, size], &vec![0; usize::from(size)]].concat();
        let file = [tag(20, 0), tag(5, 0x10), vec![0; 10], frames(1)].concat();
        assert_eq!(behind_tags(&mut Cursor::new(&file), 0).unwrap(), 30 + 25);
        let ape = [&b"APETAGEX\xd0\x07\0\0\x28\0\0\0"[..], &[0; 16], &[7; 40]].concat();
        let file = [ape, tag(20, 0), frames(3)].concat();
        assert_eq!(behind_tags(&mut Cursor::new(&file), 0).unwrap(), 72 + 30);
        assert_eq!(behind_tags(&mut Cursor::new(&file[..40]), 0).unwrap(), 72, "beyond the end of a file that was cut");
        assert_eq!(behind_tags(&mut Cursor::new(frames(1)), 0).unwrap(), 0);
    }

    #[test]
    fn fr1_a_note_of_how_many_there_are_is_no_sound() {
        let mut note = frames(1);
        note[13..17].copy_from_slice(b"Info");
        assert!(!has_sound(&note) && !has_sound(b"") && !has_sound(&[0; 100]));
        assert!(has_sound(&[note, frames(1)].concat()) && has_sound(&frames(1)));
    }
}
