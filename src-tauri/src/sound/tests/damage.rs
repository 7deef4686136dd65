//! Recordings that are cut, damaged, or have impossible headers: each is refused, or plays as far as it goes.

use super::{
    super::recording::Recording,
    kinds::{FIXTURES, head},
    recordings::RecordingFile,
};

/// The number of frames up to the end or up to an error.
fn heard(name: &str, mut recording: Recording) -> usize {
    let (mut frames, mut read) = (0, Vec::new());
    for _ in 0..20_000 {
        read.clear();
        match recording.read(&mut read) {
            Ok(true) => frames += read.len(),
            Ok(false) => return frames,
            Err(problem) => {
                assert_ne!(problem.detail, "the decoder failed", "{name}");
                return frames;
            }
        }
    }
    panic!("{name}: it never ends");
}

/// Plays the file from the beginning and from another position, as far as possible.
fn tried(kept: &RecordingFile, name: &str, bytes: &[u8], place: u64) -> Option<usize> {
    let opened = kept.open(bytes);
    if let Err(problem) = &opened {
        assert_ne!(problem.detail, "the decoder failed", "{name}");
    }
    let frames = heard(name, opened.ok()?);
    let mut again = kept.open(bytes).unwrap();
    if again.seek(place).is_ok() {
        heard(name, again);
    }
    Some(frames)
}

#[test]
fn fr1_a_file_that_is_cut_anywhere_plays_only_what_is_left() {
    let kept = RecordingFile::new();
    for (name, bytes) in FIXTURES {
        let whole = heard(name, kept.open(bytes).unwrap());
        let cuts = (1..bytes.len().min(90)).chain((90..bytes.len()).step_by(211));
        for cut in cuts {
            let frames = tried(&kept, &format!("{name} cut at {cut}"), &bytes[..cut], 3000).unwrap_or_default();
            // The information about trimming at the end may have been cut off.
            assert!(frames <= whole + 3000, "{name} cut at {cut}: {frames} of {whole}");
        }
    }
}

#[test]
fn fr1_any_bytes_may_follow_a_valid_header() {
    let kept = RecordingFile::new();
    let mut chance = fastrand::Rng::with_seed(0x2545_f491_4f6c_dd1d);
    for (name, bytes) in FIXTURES {
        for turn in 0..12 {
            let mut damaged = bytes.to_vec();
            if turn % 2 == 0 {
                let good = 20 + chance.usize(..120);
                damaged[good..].fill_with(|| chance.u8(..));
            } else {
                for _ in 0..=chance.usize(..30) {
                    let at = chance.usize(..if turn % 4 == 1 { 200 } else { bytes.len() });
                    damaged[at] = chance.u8(..);
                }
            }
            tried(&kept, &format!("{name} damaged, {turn}"), &damaged, 2000);
        }
    }
}

#[test]
fn fr1_a_short_header_may_have_any_values() {
    let kept = RecordingFile::new();
    let mut chance = fastrand::Rng::with_seed(0x9e37_79b9_7f4a_7c15);
    let sound: Vec<u8> = (0..4000).map(|_| chance.u8(..)).collect();
    for turn in 0..400 {
        let mut any = |values: &[u32]| values[chance.usize(..values.len())];
        let tag = any(&[1, 2, 3, 6, 7, 0x11, 0x31, 0x55, 0x40, 0x45, 0xfffe, 0x83]) as u16;
        let channels = any(&[0, 1, 1, 1, 2, 2, 3, 8, 255, 65_535]) as u16;
        let rate = any(&[0, 1, 8000, 8000, 11_025, 44_100, 384_000, u32::MAX]);
        let block = any(&[0, 1, 2, 3, 4, 7, 8, 33, 65, 255, 256, 257, 1023, 1024, 65_535]) as u16;
        let bits = any(&[0, 1, 2, 3, 4, 5, 8, 12, 16, 24, 32, 64, 65_535]) as u16;
        let more: Vec<u8> = (0..any(&[0, 2, 4, 6, 24])).map(|_| any(&[0, 1, 2, 3, 6, 7, 17, 255]) as u8).collect();
        let claimed = any(&[0, 1, 3999, 4000, 4001, 0x7fff_ffff, u32::MAX]);
        let name = format!("{turn}: tag {tag:#x}, {channels} channels, rate {rate}, block {block}, {bits} bits, {more:?}, {claimed}");
        let frames = tried(&kept, &name, &head((tag, channels, rate, block, bits), &more, Some(claimed), &sound), 100);
        assert!(frames.unwrap_or_default() <= 400_000, "{name}: {frames:?}");
    }
}
