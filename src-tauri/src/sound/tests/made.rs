//! Recordings made for the tests, byte by byte.

use std::f32::consts::TAU;

pub const RATE: u32 = 8_000;

/// The coding of a WAV file's samples.
#[derive(Clone, Copy, Debug)]
pub enum Coding {
    Pcm16,
    ALaw,
    MuLaw,
}

/// A second of each of these pitches; 0 is silence.
pub fn pitches(hertz: &[f32]) -> Vec<f32> {
    let second = |pitch: f32| (0..RATE).map(move |n| (n as f32 * pitch * TAU / RATE as f32).sin() * 0.5);
    hertz.iter().flat_map(|pitch| second(*pitch)).collect()
}

pub fn wav(samples: &[f32]) -> Vec<u8> {
    coded(Coding::Pcm16, 1, samples)
}

pub fn coded(coding: Coding, channels: u16, samples: &[f32]) -> Vec<u8> {
    let (tag, bytes): (u16, u16) = match coding {
        Coding::Pcm16 => (1, 2),
        Coding::ALaw => (6, 1),
        Coding::MuLaw => (7, 1),
    };
    let data: Vec<u8> = samples
        .iter()
        .flat_map(|sample| {
            let sample = (sample * 32_767.0) as i16;
            match coding {
                Coding::Pcm16 => sample.to_le_bytes().to_vec(),
                Coding::ALaw => vec![a_law(sample)],
                Coding::MuLaw => vec![mu_law(sample)],
            }
        })
        .collect();
    let frame = channels * bytes;
    let mut wav = Vec::from(*b"RIFF");
    wav.extend((38 + data.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(18u32.to_le_bytes());
    wav.extend(tag.to_le_bytes());
    wav.extend(channels.to_le_bytes());
    wav.extend(RATE.to_le_bytes());
    wav.extend((RATE * u32::from(frame)).to_le_bytes());
    wav.extend(frame.to_le_bytes());
    wav.extend((bytes * 8).to_le_bytes());
    wav.extend(0u16.to_le_bytes());
    wav.extend(b"data");
    wav.extend((data.len() as u32).to_le_bytes());
    wav.extend(data);
    wav
}

/// ITU-T G.711: sign, number of the segment, four bits within it; every second bit inverted.
fn a_law(sample: i16) -> u8 {
    let sign = if sample >= 0 { 0x80 } else { 0 };
    let size = u32::from(if sample >= 0 { sample as u16 } else { !sample as u16 }) >> 4;
    let segment = (size >> 4).checked_ilog2().map_or(0, |bits| bits + 1);
    let code = segment << 4 | (size >> segment.saturating_sub(1)) & 0x0f;
    (code as u8 | sign) ^ 0x55
}

fn mu_law(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let size = (i32::from(sample).abs().min(32_635)) + 132;
    let segment = (size >> 7).ilog2().min(7) as i32;
    !(sign | (segment << 4) as u8 | ((size >> (segment + 3)) & 0x0f) as u8)
}

/// MPEG-1 layer III at 44,100 Hz, one channel, 128 kbit/s: a single spectral line near 400 Hz in each frame.
pub fn mp3(frames: usize) -> Vec<u8> {
    // 144 * 128,000 / 44,100, without padding.
    const LENGTH: usize = 417;
    let mut frame = vec![0xff, 0xfb, 0x90, 0xc0];
    let mut bits = Bits::default();
    bits.put(0, 9); // the main data begins in this frame
    bits.put(0, 5); // private
    bits.put(0, 4); // no scale factors are shared
    // Ten quadruples of the last table: four inverted bits for the values that are not zero, and a sign bit for each of these.
    let quads: Vec<(u32, u32)> = (0..6).map(|quad| if quad == 2 { (0b1101 << 1, 5) } else { (0b1111, 4) }).collect();
    let size: u32 = quads.iter().map(|(_, length)| length).sum();
    for _ in 0..2 {
        bits.put(size, 12);
        bits.put(0, 9); // no big values
        bits.put(206, 8); // gain: half of the maximum
        bits.put(0, 4); // no scale factors
        bits.put(0, 1); // long blocks
        bits.put(0, 15); // tables of the big values
        bits.put(0, 7); // their regions
        bits.put(0, 2);
        bits.put(1, 1); // the last table, with fixed code lengths
    }
    for _ in 0..2 {
        quads.iter().for_each(|(value, length)| bits.put(*value, *length));
    }
    frame.extend(bits.bytes());
    frame.resize(LENGTH, 0);
    frame.repeat(frames)
}

#[derive(Default)]
struct Bits(Vec<bool>);

impl Bits {
    fn put(&mut self, value: u32, length: u32) {
        self.0.extend((0..length).rev().map(|bit| value >> bit & 1 == 1));
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.chunks(8).map(|bits| bits.iter().enumerate().fold(0, |byte, (n, bit)| byte | u8::from(*bit) << (7 - n))).collect()
    }
}
