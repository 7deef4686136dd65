//! Tests of decoding. Kinds that telephone systems write rarely are in `kinds`.

use std::{fs, path::PathBuf};

use ringside_domain::{Problem, ProblemCode};

use super::{
    super::{
        recording::{Frame, Recording},
        supply::Supply,
        waveform::Waveform,
    },
    made::{Coding, RATE, coded, mp3, pitches, wav},
};

pub struct RecordingFile {
    folder: tempfile::TempDir,
}

impl RecordingFile {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join("recording");
        fs::write(&path, bytes).unwrap();
        path
    }

    pub fn open(&self, bytes: &[u8]) -> Result<Recording, Problem> {
        Recording::open(&self.file(bytes))
    }
}

pub fn all(mut recording: Recording) -> Vec<Frame> {
    let mut frames = Vec::new();
    while recording.read(&mut frames).unwrap() {}
    frames
}

fn supplied(recording: Recording, from_ms: u32, speed_percent: u32, rate: u32) -> Vec<f32> {
    let mut supply = Supply::new(recording, from_ms, speed_percent, rate).unwrap();
    let mut frames = Vec::new();
    while supply.read(&mut frames).unwrap() {}
    frames.into_iter().map(|[left, _]| left).collect()
}

/// The frequency: how often the signal rises through zero per second.
pub fn pitch(samples: &[f32], rate: u32) -> f32 {
    let ups = samples.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
    ups as f32 * rate as f32 / samples.len() as f32
}

pub fn whole(recording: Recording) -> Result<Waveform, Problem> {
    Waveform::read(recording, || true).map(Option::unwrap)
}

#[test]
fn each_coding_of_a_telephone_recording_is_decoded() {
    let kept = RecordingFile::new();
    let samples = pitches(&[440.0, 0.0]);
    for coding in [Coding::Pcm16, Coding::ALaw, Coding::MuLaw] {
        let frames = all(kept.open(&coded(coding, 1, &samples)).unwrap());
        assert_eq!(frames.len(), samples.len(), "{coding:?}");
        let wrong = frames.iter().zip(&samples).map(|([left, right], made)| (left - made).abs().max((right - made).abs()));
        let wrong = wrong.fold(0.0, f32::max);
        assert!(wrong < 0.03, "{coding:?}: {wrong}");
    }
}

#[test]
fn two_channels_are_kept_as_left_and_right() {
    let kept = RecordingFile::new();
    let frames = all(kept.open(&coded(Coding::Pcm16, 2, &[0.5, -0.25].repeat(800))).unwrap());
    assert_eq!(frames.len(), 800);
    assert!(frames.iter().all(|[left, right]| (left - 0.5).abs() < 0.001 && (right + 0.25).abs() < 0.001));
}

#[test]
fn fr1_each_of_many_channels_is_heard() {
    let kept = RecordingFile::new();
    for channel in 0..6 {
        let mut frame = [0.0; 6];
        frame[channel] = 0.5;
        let frames = all(kept.open(&coded(Coding::Pcm16, 6, &frame.repeat(800))).unwrap());
        assert_eq!(frames.len(), 800);
        assert!(frames.iter().flatten().all(|side| (side - 0.5).abs() < 0.001), "{channel}");
    }
}

#[test]
fn mp3_is_decoded() {
    let kept = RecordingFile::new();
    let frames = all(kept.open(&mp3(100)).unwrap());
    let samples: Vec<f32> = frames.iter().map(|[left, _]| *left).collect();
    assert!((2.5..2.7).contains(&(samples.len() as f32 / 44_100.0)), "{}", samples.len());
    let heard = pitch(&samples[20_000..80_000], 44_100);
    assert!((350.0..450.0).contains(&heard), "{heard}");
    assert!(samples.iter().any(|sample| sample.abs() > 0.05));
}

#[test]
fn a_waveform_shows_loudness_and_length() {
    let kept = RecordingFile::new();
    let waveform = whole(kept.open(&wav(&pitches(&[440.0, 0.0, 440.0, 0.0]))).unwrap()).unwrap();
    assert_eq!((waveform.length_ms, waveform.parts.len()), (4000, 300));
    let at = |second: f32| waveform.parts[(second * 75.0) as usize];
    assert_eq!([at(0.5), at(1.5), at(2.5), at(3.5)], [255, 0, 255, 0]);
    let short = whole(kept.open(&wav(&[0.5; 40])).unwrap()).unwrap();
    assert_eq!((short.length_ms, short.parts), (5, vec![255]));
}

#[test]
fn a_waveform_that_is_no_longer_wanted_is_cancelled() {
    let kept = RecordingFile::new();
    assert_eq!(Waveform::read(kept.open(&wav(&pitches(&[440.0]))).unwrap(), || false).unwrap(), None);
}

#[test]
fn a_seek_continues_at_the_exact_frame() {
    let kept = RecordingFile::new();
    let ramp: Vec<f32> = (0..RATE * 3).map(|n| n as f32 / (RATE * 3) as f32).collect();
    for coding in [Coding::Pcm16, Coding::ALaw] {
        let mut recording = kept.open(&coded(coding, 1, &ramp)).unwrap();
        for frame in [12_345, 0, 23_999, 7] {
            recording.seek(frame).unwrap();
            let mut frames = Vec::new();
            recording.read(&mut frames).unwrap();
            assert!((frames[0][0] - ramp[frame as usize]).abs() < 0.03, "{coding:?} at {frame}");
        }
        recording.seek(99_999).unwrap();
        assert!(!recording.read(&mut Vec::new()).unwrap(), "nothing follows the end");
    }
    let mut recording = kept.open(&mp3(200)).unwrap();
    recording.seek(44_100).unwrap();
    assert!((0..=2304).contains(&(all(recording).len() as i64 + 44_100 - 200 * 1152).abs()));
}

#[test]
fn resampling_keeps_duration_and_pitch() {
    let kept = RecordingFile::new();
    let bytes = wav(&pitches(&[440.0, 440.0]));
    for rate in [8_000, 16_000, 44_100, 48_000, 96_000] {
        let samples = supplied(kept.open(&bytes).unwrap(), 0, 100, rate);
        let seconds = samples.len() as f32 / rate as f32;
        assert!((2.0..2.1).contains(&seconds), "{rate}: {seconds}");
        let heard = pitch(&samples[..rate as usize * 2], rate);
        assert!((heard - 440.0).abs() < 2.0, "{rate}: {heard}");
    }
}

#[test]
fn resampling_adds_no_frequencies_above_the_telephone_band() {
    let kept = RecordingFile::new();
    let samples = supplied(kept.open(&wav(&pitches(&[3000.0]))).unwrap(), 0, 100, 48_000);
    let part = &samples[4_800..43_200];
    // The image would be mirrored at half of the sampling rate.
    let [wanted, image] = [3000.0, 5000.0].map(|hertz| ringside_tests::tone::pitch(part, hertz));
    assert!(wanted > 0.2 && image < wanted / 300.0, "{wanted} {image}");
}

#[test]
fn a_speed_changes_the_duration_and_not_the_pitch() {
    let kept = RecordingFile::new();
    let bytes = wav(&pitches(&[440.0, 440.0, 440.0, 440.0]));
    for speed in [75, 100, 125, 150, 200] {
        let samples = supplied(kept.open(&bytes).unwrap(), 0, speed, 48_000);
        let seconds = samples.len() as f32 / 48_000.0;
        let wanted = 400.0 / speed as f32;
        assert!((seconds - wanted).abs() < 0.15, "{speed}: {seconds}");
        let heard = pitch(&samples[4_800..(wanted * 40_000.0) as usize], 48_000);
        assert!((heard - 440.0).abs() < 5.0, "{speed}: {heard}");
    }
}

#[test]
fn playback_begins_at_the_given_position() {
    let kept = RecordingFile::new();
    let samples = supplied(kept.open(&wav(&pitches(&[440.0, 880.0]))).unwrap(), 1000, 100, 48_000);
    assert!((48_000..50_000).contains(&samples.len()), "{}", samples.len());
    let heard = pitch(&samples[..48_000], 48_000);
    assert!((heard - 880.0).abs() < 4.0, "{heard}");
}

pub fn code(result: Result<impl Sized, Problem>) -> ProblemCode {
    result.err().unwrap().code
}

#[test]
fn a_file_that_is_not_a_recording_is_refused() {
    let kept = RecordingFile::new();
    assert_eq!(code(kept.open(b"")), ProblemCode::RecordingEmpty);
    assert_eq!(code(kept.open(b"<!doctype html><title>login</title>")), ProblemCode::RecordingUnreadable, "R7");
    assert_eq!(code(kept.open(&wav(&pitches(&[440.0]))[..20])), ProblemCode::RecordingEmpty, "the file ends before the sound");
    assert_eq!(code(kept.open(&wav(&[])).and_then(whole)), ProblemCode::RecordingEmpty);
    assert_eq!(code(Recording::open(&kept.folder.path().join("none"))), ProblemCode::RecordingGone);
    assert_eq!(code(Recording::open(kept.folder.path())), ProblemCode::RecordingUnreadable, "a folder");
}

#[test]
fn r6_a_file_that_was_cut_short_plays_as_far_as_it_goes() {
    let kept = RecordingFile::new();
    let bytes = wav(&pitches(&[440.0, 880.0]));
    let half = whole(kept.open(&bytes[..bytes.len() / 2]).unwrap()).unwrap();
    assert!((990..=1000).contains(&half.length_ms), "{}", half.length_ms);
    let bytes = mp3(100);
    let half = whole(kept.open(&bytes[..bytes.len() / 2 + 100]).unwrap()).unwrap();
    assert!((1200..=1400).contains(&half.length_ms), "{}", half.length_ms);
}

#[cfg(unix)]
#[test]
fn r12_a_file_that_is_deleted_while_it_is_read_is_read_to_its_end() {
    let kept = RecordingFile::new();
    let file = kept.file(&wav(&pitches(&[440.0, 880.0])));
    let recording = Recording::open(&file).unwrap();
    fs::remove_file(&file).unwrap();
    assert_eq!(all(recording).len(), RATE as usize * 2);
    assert_eq!(code(Recording::open(&file)), ProblemCode::RecordingGone);
}

#[test]
fn damaged_bytes_cause_neither_a_panic_nor_endless_reading() {
    let kept = RecordingFile::new();
    let mut chance = fastrand::Rng::with_seed(0x9e37_79b9_7f4a_7c15);
    let originals = [wav(&pitches(&[440.0])), coded(Coding::ALaw, 2, &pitches(&[440.0])), mp3(20)];
    let (mut opened, mut refused) = (0, 0);
    for turn in 0..300 {
        let mut bytes = originals[turn % originals.len()].clone();
        for _ in 0..chance.usize(1..=12) {
            // Half of the hits go to the headers at the beginning.
            let end = if chance.bool() { 60 } else { bytes.len() };
            let at = chance.usize(..end);
            bytes[at] = chance.u8(..);
        }
        bytes.truncate(bytes.len() - chance.usize(..200));
        let Ok(mut recording) = kept.open(&bytes) else {
            refused += 1;
            continue;
        };
        opened += 1;
        let mut read = Vec::new();
        let mut rounds = 0;
        while recording.read(&mut read).unwrap_or(false) {
            read.clear();
            rounds += 1;
            assert!(rounds < 100_000, "turn {turn}");
        }
        let _ = recording.seek(chance.u64(..20_000));
        let _ = recording.read(&mut read);
        let _ = kept.open(&bytes).and_then(|recording| Supply::new(recording, 10, 150, 48_000)?.read(&mut read));
    }
    assert!(opened > 50 && refused > 10, "{opened} {refused}");
}
