//! A decoder of GSM 06.10 (full rate), ETS 300 961. A frame is twenty milliseconds of speech at 8000 Hz.

/// Samples of a coded frame.
pub const SAMPLES: usize = 160;
/// Bytes of a single frame …
pub const FRAME: usize = 33;
/// … and of a pair of frames, as in a WAV file.
pub const PAIR: usize = 65;

/// Bits of the eight log area ratios.
const RATIO_BITS: [u32; 8] = [6, 6, 5, 5, 4, 4, 3, 3];
/// Table 4.1: offsets of the ratios; table 4.2: inverses of their steps.
const OFFSET: [i16; 8] = [0, 0, 2048, -2560, 94, -1792, -341, -1144];
const INVERSE: [i16; 8] = [13_107, 13_107, 13_107, 13_107, 19_223, 17_476, 31_454, 29_708];
/// Table 4.3b: gains of the long-term prediction.
const GAIN: [i16; 4] = [3277, 11_469, 21_299, 32_767];
/// Table 4.6: mantissas of the largest pulse.
const MANTISSA: [i16; 8] = [18_431, 20_479, 22_527, 24_575, 26_623, 28_671, 30_719, 32_767];
/// Coefficient of the de-emphasis.
const EMPHASIS: i16 = 28_180;

/// The state between frames.
pub struct Gsm {
    ratios: [i16; 8],
    /// The last 120 samples of the excitation.
    past: [i16; 120],
    lag: usize,
    filter: [i16; 9],
    emphasis: i16,
}

impl Default for Gsm {
    fn default() -> Self {
        Self { ratios: [0; 8], past: [0; 120], lag: 40, filter: [0; 9], emphasis: 0 }
    }
}

impl Gsm {
    /// Decodes whole frames, single or in pairs, and appends the samples.
    pub fn decode(&mut self, bytes: &[u8], out: &mut Vec<f32>) {
        if bytes.len().is_multiple_of(PAIR) {
            for pair in bytes.chunks_exact(PAIR) {
                let mut bits = Bits { bytes: pair, at: 0, last_first: true };
                self.frame(&mut bits, out);
                self.frame(&mut bits, out);
            }
        } else {
            for frame in bytes.chunks_exact(FRAME) {
                // The first four bits are a signature.
                self.frame(&mut Bits { bytes: frame, at: 4, last_first: false }, out);
            }
        }
    }

    fn frame(&mut self, bits: &mut Bits<'_>, out: &mut Vec<f32>) {
        let mut ratios = [0i16; 8];
        for (n, ratio) in ratios.iter_mut().enumerate() {
            let code = bits.take(RATIO_BITS[n]) - (1 << (RATIO_BITS[n] - 1));
            let scaled = product(INVERSE[n], (code << 10).saturating_sub(OFFSET[n] << 1));
            *ratio = scaled.saturating_add(scaled);
        }
        let mut excitation = [0i16; SAMPLES];
        for part in excitation.chunks_exact_mut(40) {
            self.excite(bits, part);
        }
        let before = std::mem::replace(&mut self.ratios, ratios);
        // The filter changes in steps from the last frame's to this one's.
        for (n, sample) in excitation.iter().enumerate() {
            let mixed = |k: usize| {
                let (old, new) = (before[k], ratios[k]);
                match n {
                    0..13 => (old >> 2).saturating_add(new >> 2).saturating_add(old >> 1),
                    13..27 => (old >> 1).saturating_add(new >> 1),
                    27..40 => (old >> 2).saturating_add(new >> 2).saturating_add(new >> 1),
                    _ => new,
                }
            };
            let sound = self.filtered(*sample, std::array::from_fn(|k| reflection(mixed(k))));
            self.emphasis = sound.saturating_add(product(self.emphasis, EMPHASIS));
            out.push(f32::from(self.emphasis.saturating_add(self.emphasis) & !7) / 32_768.0);
        }
    }

    /// A quarter of a frame's excitation: the past excitation at the lag, and thirteen pulses.
    fn excite(&mut self, bits: &mut Bits<'_>, out: &mut [i16]) {
        let lag = bits.take(7) as usize;
        if (40..=120).contains(&lag) {
            self.lag = lag;
        }
        let (gain, grid, greatest) = (GAIN[bits.take(2) as usize], bits.take(2) as usize, bits.take(6));
        let mut exponent = if greatest > 15 { (greatest >> 3) - 1 } else { 0 };
        let mut mantissa = greatest - (exponent << 3);
        if mantissa == 0 {
            (exponent, mantissa) = (-4, 7);
        } else {
            while mantissa <= 7 {
                (mantissa, exponent) = (mantissa << 1 | 1, exponent - 1);
            }
            mantissa -= 8;
        }
        let shift = 6 - exponent;
        let half = if shift > 0 { 1 << (shift - 1) } else { 0 };
        let mut pulses = [0i16; 40];
        for n in 0..13 {
            let pulse = product(MANTISSA[mantissa as usize], ((bits.take(3) << 1) - 7) << 12);
            pulses[grid + 3 * n] = pulse.saturating_add(half) >> shift;
        }
        for (n, sample) in out.iter_mut().enumerate() {
            // The lag is at least 40, so the past samples all lie before this quarter.
            *sample = pulses[n].saturating_add(product(gain, self.past[120 + n - self.lag]));
        }
        self.past.copy_within(40.., 0);
        self.past[80..].copy_from_slice(out);
    }

    /// Filters a sample through the lattice that models the vocal tract.
    fn filtered(&mut self, sample: i16, reflections: [i16; 8]) -> i16 {
        let mut sound = sample;
        for k in (0..8).rev() {
            sound = sound.saturating_sub(product(reflections[k], self.filter[k]));
            self.filter[k + 1] = self.filter[k].saturating_add(product(reflections[k], sound));
        }
        self.filter[0] = sound;
        sound
    }
}

/// The reflection coefficient of a log area ratio.
fn reflection(ratio: i16) -> i16 {
    let size = ratio.saturating_abs();
    let size = match size {
        ..11_059 => size << 1,
        11_059..20_070 => size + 11_059,
        _ => (size >> 2).saturating_add(26_112),
    };
    if ratio < 0 { -size } else { size }
}

/// The rounded product of two fractions.
fn product(a: i16, b: i16) -> i16 {
    ((i32::from(a) * i32::from(b) + 16_384) >> 15).min(i32::from(i16::MAX)) as i16
}

struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Whether bits are read from a byte's lowest bit on, the lowest bit of a number first.
    last_first: bool,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> i16 {
        let mut number = 0;
        for n in 0..count {
            let byte = self.bytes.get(self.at / 8).copied().unwrap_or(0);
            let place = self.at % 8;
            self.at += 1;
            if self.last_first {
                number |= i16::from(byte >> place & 1) << n;
            } else {
                number = number << 1 | i16::from(byte >> (7 - place) & 1);
            }
        }
        number
    }
}
