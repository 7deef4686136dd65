//! All known kinds of recordings and wrong headers: each plays in full and continues at any position, or its kind is named in the error.
//!
//! The fixtures are tones of 440 Hz, one second long (ADPCM: two), made with SoX and FFmpeg.

use ringside_domain::ProblemCode;

use super::{
    super::recording::{Frame, Recording},
    recordings::{RecordingFile, all, code, pitch, whole},
};

macro_rules! fixture {
    ($name:literal) => {
        ($name, include_bytes!(concat!("fixtures/", $name)).as_slice())
    };
}

/// A name, a file, and the range of its duration in milliseconds.
type Lasting = ((&'static str, &'static [u8]), std::ops::RangeInclusive<u32>);

/// One fixture of each kind.
pub const FIXTURES: [(&str, &[u8]); 13] = {
    let mut fixtures = [KINDS[0].0; 13];
    let mut at = 0;
    while at < fixtures.len() {
        fixtures[at] = KINDS[at].0;
        at += 1;
    }
    fixtures
};

/// Files with padding at their ends last longer if they do not say how much it is.
const KINDS: [Lasting; 13] = [
    (fixture!("vorbis.ogg"), 1000..=1000),
    (fixture!("opus.ogg"), 1000..=1000),
    (fixture!("plain.flac"), 1000..=1000),
    (fixture!("gsm.wav"), 1000..=1000),
    (fixture!("plain.gsm"), 1000..=1000),
    (fixture!("g726.wav"), 1000..=1000),
    (fixture!("plain.mp3"), 1000..=1000),
    (fixture!("stereo.mp3"), 1000..=1000),
    (fixture!("mp3-in.wav"), 1000..=1200),
    (fixture!("aac.m4a"), 1000..=1200),
    (fixture!("plain.aac"), 1000..=1200),
    (fixture!("ima.wav"), 2000..=2100),
    (fixture!("ms.wav"), 2000..=2100),
];

fn left(frames: &[Frame]) -> Vec<f32> {
    frames.iter().map(|[left, _]| *left).collect()
}

fn from(mut recording: Recording, frame: usize) -> Vec<Frame> {
    recording.seek(frame as u64).unwrap();
    all(recording)
}

#[test]
fn fr1_each_kind_plays_in_full_and_from_any_position() {
    let kept = RecordingFile::new();
    for ((name, bytes), lasts) in KINDS {
        let open = || kept.open(bytes).unwrap_or_else(|problem| panic!("{name}: {problem:?}"));
        let length = whole(open()).unwrap().length_ms;
        assert!(lasts.contains(&length), "{name}: {length} ms");
        let rate = open().rate;
        let frames = all(open());
        let sound = left(&frames[frames.len() / 4..frames.len() / 2]);
        assert!((pitch(&sound, rate) - 440.0).abs() < 6.0, "{name}: {}", pitch(&sound, rate));
        for part in [2, 3, 5] {
            let at = frames.len() / part;
            let rest = from(open(), at);
            assert_eq!(rest.len(), frames.len() - at, "{name} from {at}");
            let sound = left(&rest[..frames.len() / 8]);
            assert!((pitch(&sound, rate) - 440.0).abs() < 12.0, "{name} from {at}: {}", pitch(&sound, rate));
            assert!(sound.iter().any(|sample| sample.abs() > 0.2), "{name} from {at} is silent");
        }
        assert!(from(open(), frames.len() + 1000).is_empty(), "{name}: nothing follows the end");
    }
}

#[test]
fn fr1_adpcm_continues_at_the_exact_frame() {
    let kept = RecordingFile::new();
    for (name, bytes) in [fixture!("ima.wav"), fixture!("ms.wav")] {
        let frames = all(kept.open(bytes).unwrap());
        for at in [1, 2040, 2041, 8000, 12_345] {
            assert!(from(kept.open(bytes).unwrap(), at) == frames[at..], "{name} from {at}");
        }
    }
}

#[test]
fn fr1_gsm_frames_sound_the_same_single_and_in_a_wav_file() {
    let kept = RecordingFile::new();
    let ((_, alone), (_, in_wav)) = (fixture!("plain.gsm"), fixture!("gsm.wav"));
    assert!(all(kept.open(alone).unwrap()) == all(kept.open(in_wav).unwrap()));
}

#[test]
fn fr1_g726_sounds_the_same_in_both_orders_of_its_codes() {
    let kept = RecordingFile::new();
    let (_, bytes) = fixture!("g726.wav");
    let frames = all(kept.open(bytes).unwrap());
    let mut turned = bytes.to_vec();
    let data = turned.len() - 4000;
    turned[data..].iter_mut().for_each(|byte| *byte = byte.rotate_left(4));
    for tag in [0x14, 0x40, 0x45, 0x64] {
        turned[20] = tag;
        assert!(all(kept.open(&turned).unwrap()) == frames, "{tag:#x}");
    }
}

#[test]
fn fr1_bytes_before_the_first_mp3_frame_are_skipped() {
    let kept = RecordingFile::new();
    let (_, bytes) = fixture!("plain.mp3");
    let size = 1_100_000_usize;
    let tag = |size: usize| [&b"ID3\x03\0\0"[..], &[21, 14, 7, 0].map(|shift| (size >> shift & 0x7f) as u8), &vec![0; size]].concat();
    for before in
        [vec![0; 512], vec![0xff; 100], b"\r\n\r\n".to_vec(), tag(size), [tag(20), tag(size)].concat(), [tag(10), vec![0; 300]].concat()]
    {
        let file = [&before[..], bytes].concat();
        assert_eq!(whole(kept.open(&file).unwrap()).unwrap().length_ms, 1000, "{}", before.len());
    }
    let cut = whole(kept.open(&bytes[199..]).unwrap()).unwrap().length_ms;
    assert!((900..=1200).contains(&cut), "{cut}");
}

#[test]
fn fr1_tags_after_the_mp3_frames_are_not_heard() {
    let kept = RecordingFile::new();
    let (_, bytes) = fixture!("plain.mp3");
    // Texts that contain the sync word of a frame.
    let text = [&b"\xff\xfb\x90\x64"[..], &[b'a'; 60]].concat();
    let ape = |flags: u8| [&b"APETAGEX\xd0\x07\0\0\x60\0\0\0\x01\0\0\0\0\0\0"[..], &[flags], &[0; 8]].concat();
    let id3v1 = [&b"TAG"[..], &[b'a'; 125]].concat();
    let foot = [&b"ID3\x04\0\x10\0\0\0\x40"[..], &text, b"3DI\x04\0\x10\0\0\0\x40"].concat();
    for (name, rest) in [
        ("ID3 of old", id3v1.clone()),
        ("APE", [ape(0xa0), text.clone(), ape(0x80)].concat()),
        ("APE, then ID3 of old", [ape(0xa0), text.clone(), ape(0x80), id3v1].concat()),
        ("ID3 with a foot", foot.clone()),
        ("zeros", vec![0; 3000]),
    ] {
        let frames = all(kept.open(&[bytes, &rest].concat()).unwrap());
        assert!(frames.len().abs_diff(8000) <= 1200, "{name}: {}", frames.len());
    }
    for (name, before) in [("APE", [ape(0xa0), text, ape(0x80)].concat()), ("ID3 with a foot", foot)] {
        assert_eq!(all(kept.open(&[&before[..], bytes].concat()).unwrap()).len(), 8000, "{name} before it");
    }
}

#[test]
fn fr1_a_damaged_mp3_frame_is_skipped_and_the_rest_is_heard() {
    let kept = RecordingFile::new();
    let (_, bytes) = fixture!("plain.mp3");
    for (from, length) in [(600, 4), (600, 80), (700, 1), (700, 200)] {
        for byte in [0, 0xff, b'a'] {
            let mut bad = bytes.to_vec();
            bad[from..from + length].fill(byte);
            let frames = all(kept.open(&bad).unwrap());
            assert!((6000..=8600).contains(&frames.len()), "{length} of {byte} from {from}: {}", frames.len());
            let heard = pitch(&left(&frames[frames.len() - 1500..]), 8000);
            assert!((heard - 440.0).abs() < 20.0, "{length} of {byte} from {from}: {heard}");
        }
    }
}

#[test]
fn fr1_joined_mp3_files_are_heard_to_the_end() {
    let kept = RecordingFile::new();
    let ((_, mono), (_, stereo)) = (fixture!("plain.mp3"), fixture!("stereo.mp3"));
    for (name, file) in [("mono, stereo", [mono, stereo]), ("stereo, mono", [stereo, mono]), ("twice", [mono, mono])] {
        let bytes = file.concat();
        let frames = all(kept.open(&bytes).unwrap());
        let rate = kept.open(&bytes).unwrap().rate as usize;
        assert!((2 * rate..2 * rate + rate / 2).contains(&frames.len()), "{name}: {} at {rate}", frames.len());
        for at in [rate / 2, frames.len() * 3 / 4] {
            let rest = from(kept.open(&bytes).unwrap(), at);
            assert!(rest.len().abs_diff(frames.len() - at) < 8, "{name} from {at}: {}", rest.len());
            let heard = pitch(&left(&rest[..rate / 5]), rate as u32);
            assert!((heard - 440.0).abs() < 12.0, "{name} from {at}: {heard}");
        }
    }
}

#[test]
fn fr1_a_kind_without_a_decoder_is_named() {
    let kept = RecordingFile::new();
    let (_, speex) = fixture!("speex.ogg");
    let (_, gsm) = fixture!("gsm.wav");
    let mut g729 = gsm.to_vec();
    g729[20] = 0x83;
    for (named, bytes) in [
        ("Ogg Speex", speex.to_vec()),
        ("AMR", [&b"#!AMR\n"[..], &[0x3c; 320]].concat()),
        ("WAV 0x0083", g729),
        ("WMA", [&b"\x30\x26\xb2\x75\x8e\x66\xcf\x11"[..], &[0; 64]].concat()),
    ] {
        let problem = kept.open(&bytes).err().unwrap();
        assert_eq!((problem.code, problem.detail.as_str()), (ProblemCode::RecordingKind, named));
    }
}

/// A WAV file with this format (tag, channels, rate, bytes of a block, bits) and this claimed length of its sound.
pub fn head(format: (u16, u16, u32, u16, u16), more: &[u8], claimed: Option<u32>, sound: &[u8]) -> Vec<u8> {
    let (tag, channels, rate, block, bits) = format;
    let mut file = b"RIFF\x24\0\0\0WAVEfmt ".to_vec();
    file.extend((16 + more.len() as u32).to_le_bytes());
    file.extend(tag.to_le_bytes());
    file.extend(channels.to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend(rate.wrapping_mul(u32::from(block)).to_le_bytes());
    file.extend(block.to_le_bytes());
    file.extend(bits.to_le_bytes());
    file.extend(more);
    file.extend(b"data");
    file.extend(claimed.unwrap_or(sound.len() as u32).to_le_bytes());
    file.extend(sound);
    file
}

/// The bytes after the first 16 of the format, for PCM, floating point, A-law and mu-law.
const EXTENSIBLE: [[u8; 24]; 4] = {
    let mut all = [[22, 0, 16, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]; 4];
    (all[0][8], all[1][8], all[2][8], all[3][8]) = (1, 3, 6, 7);
    all
};

#[test]
fn fr1_the_bits_per_sample_count_if_the_block_size_is_wrong() {
    let kept = RecordingFile::new();
    let sound: Vec<u8> = (0..16_000).map(|n| (n * 7 % 251) as u8 | 1).collect();
    for block in [0, 1, 2, 3, 4, 320] {
        let file = head((1, 1, 8000, block, 16), &[], None, &sound);
        assert_eq!(whole(kept.open(&file).unwrap()).unwrap().length_ms, 1000, "{block}");
    }
}

#[test]
fn fr1_padding_in_adpcm_blocks_is_skipped() {
    let kept = RecordingFile::new();
    let (_, bytes) = fixture!("ima.wav");
    let (at, frames) = (bytes.windows(4).position(|id| id == b"data").unwrap() + 8, all(kept.open(bytes).unwrap()));
    let block = usize::from(u16::from_le_bytes([bytes[32], bytes[33]]));
    let said = u16::from_le_bytes([bytes[38], bytes[39]]);
    for more in [1, 2, 3, 5] {
        let sound: Vec<u8> = bytes[at..].chunks_exact(block).flat_map(|block| [block, &[0x77; 8][..more]].concat()).collect();
        let file = head((0x11, 1, 8000, (block + more) as u16, 4), &[&[2, 0][..], &said.to_le_bytes()].concat(), None, &sound);
        let heard = all(kept.open(&file).unwrap());
        assert!(heard[..frames.len().min(16_000)] == frames[..frames.len().min(16_000)], "{more} bytes more");
    }
}

#[test]
fn fr1_wav_files_of_each_width_channel_count_and_rate_play_in_full() {
    let kept = RecordingFile::new();
    let second = |bytes: usize| (0..bytes).map(|n| (n * 7 % 251) as u8 | 1).collect::<Vec<u8>>();
    for (name, format, more) in [
        ("8 bits", (1, 1, 8000, 1, 8), &[][..]),
        ("16 bits", (1, 1, 8000, 2, 16), &[]),
        ("24 bits", (1, 1, 8000, 3, 24), &[]),
        ("24 bits in 32", (1, 1, 8000, 4, 24), &[]),
        ("12 bits in 16", (1, 1, 8000, 2, 12), &[]),
        ("32 bits", (1, 1, 8000, 4, 32), &[]),
        ("floating", (3, 1, 8000, 4, 32), &[0, 0]),
        ("stereo at 16 kHz", (1, 2, 16_000, 4, 16), &[]),
        ("A-law of 16 bytes", (6, 1, 8000, 1, 8), &[]),
        ("A-law that says 16 bits", (6, 1, 8000, 1, 16), &[]),
        ("mu-law of 20 bytes", (7, 1, 8000, 1, 8), &[2, 0, 8, 0]),
        ("mu-law, stereo", (7, 2, 8000, 2, 8), &[0, 0]),
        ("PCM of 20 bytes", (1, 1, 8000, 2, 16), &[2, 0, 0, 0]),
        ("more channels than two", (1, 6, 8000, 12, 16), &[]),
        ("floating of 64 bits", (3, 1, 8000, 8, 64), &[0, 0]),
        ("extensible PCM of 24 bits", (0xfffe, 1, 8000, 3, 24), &EXTENSIBLE[0]),
        ("extensible, floating", (0xfffe, 2, 8000, 8, 32), &EXTENSIBLE[1]),
        ("extensible A-law", (0xfffe, 1, 8000, 1, 8), &EXTENSIBLE[2]),
        ("extensible mu-law", (0xfffe, 1, 8000, 1, 8), &EXTENSIBLE[3]),
    ] {
        let sound = second(usize::from(format.3) * format.2 as usize);
        let (rate, block) = (u64::from(format.2), u32::from(format.3));
        let length = sound.len() as u32;
        for claimed in [length, 0, u32::MAX, length + 44, length - 8 * block] {
            let file = head(format, more, Some(claimed), &sound);
            let waveform = whole(kept.open(&file).unwrap()).unwrap_or_else(|problem| panic!("{name}: {problem:?}"));
            assert_eq!(waveform.length_ms, 1000, "{name}, said to have {claimed} bytes");
            assert_eq!(from(kept.open(&file).unwrap(), rate as usize / 2).len() as u64, rate / 2, "{name}");
        }
        assert_eq!(code(kept.open(&head(format, more, None, &[]))), ProblemCode::RecordingEmpty, "{name}");
    }
}

#[test]
fn fr1_an_au_file_plays_in_full() {
    let kept = RecordingFile::new();
    let sound: Vec<u8> = (0..8000).map(|n| (n * 7 % 251) as u8 | 1).collect();
    for (coding, milliseconds) in [(1, 1000), (3, 500), (27, 1000), (23, 2000)] {
        for claimed in [8000, u32::MAX, 0] {
            let head = [24, claimed, coding, 8000, 1].map(u32::to_be_bytes).concat();
            let file = [&b".snd"[..], &head, &sound].concat();
            assert_eq!(whole(kept.open(&file).unwrap()).unwrap().length_ms, milliseconds, "{coding}, {claimed}");
        }
    }
}
