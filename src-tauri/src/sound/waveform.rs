//! The loudness of each part of a recording, for drawing.

use ringside_domain::{Problem, ProblemCode};

use super::recording::{Frame, Recording};

/// Number of parts; fewer if the recording has fewer blocks.
const PARTS: usize = 300;
/// Blocks per second that are kept until the length is known.
const BLOCKS: u32 = 100;

#[derive(Debug, PartialEq, Eq)]
pub struct Waveform {
    /// Relative to the loudest part, which is 255.
    pub parts: Vec<u8>,
    pub length_ms: u32,
}

impl Waveform {
    /// Reads the whole recording. None if `wanted` returned false meanwhile.
    pub fn read(mut recording: Recording, wanted: impl Fn() -> bool) -> Result<Option<Self>, Problem> {
        let block = (recording.rate / BLOCKS).max(1);
        let (mut blocks, mut peak, mut frames) = (Vec::new(), 0.0f32, 0u64);
        let mut read: Vec<Frame> = Vec::new();
        while recording.read(&mut read)? {
            for [left, right] in read.drain(..) {
                peak = peak.max(left.abs()).max(right.abs());
                frames += 1;
                if frames % u64::from(block) == 0 {
                    blocks.push(std::mem::take(&mut peak));
                }
            }
            if !wanted() {
                return Ok(None);
            }
        }
        if frames == 0 {
            return Err(Problem::new(ProblemCode::RecordingEmpty, "", true));
        }
        if frames % u64::from(block) != 0 {
            blocks.push(peak);
        }
        let length_ms = u32::try_from(frames * 1000 / u64::from(recording.rate)).unwrap_or(u32::MAX);
        Ok(Some(Self { parts: parts(&blocks), length_ms }))
    }
}

fn parts(blocks: &[f32]) -> Vec<u8> {
    let loudest = blocks.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let count = blocks.len().min(PARTS);
    let part = |n: usize| &blocks[n * blocks.len() / count..(n + 1) * blocks.len() / count];
    (0..count).map(|n| (part(n).iter().copied().fold(0.0, f32::max) / loudest * 255.0).round() as u8).collect()
}
