//! A decoder of G.726: adaptive differential PCM of 16 to 40 kbit/s, with two to five bits per sample. The names in brackets are those of
//! the Recommendation.

/// By the magnitude of a code: its level (DQLN), and the weights by which the scale (W) and the speed of adaptation (F) change.
struct Table {
    levels: &'static [i32],
    scales: &'static [i32],
    speeds: &'static [i32],
}

const TABLES: [Table; 4] = [
    Table { levels: &[116, 365], scales: &[-22, 439], speeds: &[0, 7] },
    Table { levels: &[-2048, 135, 273, 373], scales: &[-4, 30, 137, 582], speeds: &[0, 1, 2, 7] },
    Table {
        levels: &[-2048, 4, 135, 213, 273, 323, 373, 425],
        scales: &[-12, 18, 41, 64, 112, 198, 355, 1122],
        speeds: &[0, 0, 0, 1, 1, 1, 3, 7],
    },
    Table {
        levels: &[-2048, -66, 28, 104, 169, 224, 274, 318, 358, 395, 429, 459, 488, 514, 539, 566],
        scales: &[14, 14, 24, 39, 40, 41, 58, 100, 141, 179, 219, 280, 358, 440, 529, 696],
        speeds: &[0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 3, 4, 5, 6, 6],
    },
];

/// The state of one channel, and its coding.
pub struct G726 {
    /// Bits per code: 2 to 5.
    bits: u32,
    /// Whether the first code of a byte is in its lowest bits.
    last_first: bool,
    /// The fast and slow scale (YU, YL).
    fast: i32,
    slow: i32,
    /// Short-term and long-term mean of the codes' magnitudes (DMS, DML), and the mix of the two scales (AP).
    short: i32,
    long: i32,
    mix: i32,
    /// The predictor's poles and zeros (A, B), and the past values that they are multiplied by, the newest first (SR, DQ).
    poles: [i32; 2],
    zeros: [i32; 6],
    sounds: [i32; 2],
    steps: [i32; 6],
    /// Whether the last two sums of step and zeros were negative (PK).
    falling: [bool; 2],
    /// Whether the sound is a narrow-band tone (TD).
    tone: bool,
}

impl G726 {
    /// None if the number of bits is not 2 to 5.
    pub fn new(bits: u32, last_first: bool) -> Option<Self> {
        (2..=5).contains(&bits).then_some(Self {
            bits,
            last_first,
            fast: 544,
            slow: 34_816,
            short: 0,
            long: 0,
            mix: 0,
            poles: [0; 2],
            zeros: [0; 6],
            sounds: [0; 2],
            steps: [0; 6],
            falling: [false; 2],
            tone: false,
        })
    }

    /// Resets the state to that before the first code.
    pub fn reset(&mut self) {
        *self = Self::new(self.bits, self.last_first).unwrap_or(Self { ..*self });
    }

    /// Decodes the bytes and appends the samples.
    pub fn decode(&mut self, bytes: &[u8], out: &mut Vec<f32>) {
        let (mut held, mut count) = (0u32, 0);
        for byte in bytes {
            if self.last_first {
                held |= u32::from(*byte) << count;
            } else {
                held = held << 8 | u32::from(*byte);
            }
            count += 8;
            while count >= self.bits {
                count -= self.bits;
                let code = if self.last_first { held } else { held >> count } & ((1 << self.bits) - 1);
                held = if self.last_first { held >> self.bits } else { held & ((1 << count) - 1) };
                out.push((self.sample(code) * 4).clamp(-32_768, 32_767) as f32 / 32_768.0);
            }
        }
    }

    fn sample(&mut self, code: u32) -> i32 {
        let table = &TABLES[self.bits as usize - 2];
        let negative = code >> (self.bits - 1) != 0;
        // The magnitude of a negative code is its complement.
        let size = if negative { (1 << self.bits) - 1 - code } else { code } as usize;
        let scale = self.scale();

        let by_zeros: i32 = self.zeros.iter().zip(self.steps).map(|(zero, step)| multiplied(*zero, step)).sum();
        let by_poles: i32 = self.poles.iter().zip(self.sounds).map(|(pole, sound)| multiplied(*pole, sound)).sum();
        let (expected_by_zeros, expected) = (by_zeros >> 1, (by_zeros + by_poles) >> 1);

        let level = table.levels[size] + (scale >> 2);
        let step_size = if level < 0 { 0 } else { ((128 + (level & 127)) << 7) >> (14 - (level >> 7 & 15)) };
        let step = if negative { -step_size } else { step_size };
        let sound = expected + step;

        let transition = self.tone && step_size > self.threshold();
        self.adapt_predictor(step, step_size, negative, expected_by_zeros + step, transition);
        self.adapt_scale(table.scales[size], table.speeds[size], scale, transition);
        self.steps.rotate_right(1);
        self.steps[0] = if step_size == 0 && negative { i32::MIN } else { step };
        self.sounds = [sound, self.sounds[0]];
        sound
    }

    /// LIMA and MIX.
    fn scale(&self) -> i32 {
        let slow = self.slow >> 6;
        if self.mix >= 256 {
            return self.fast;
        }
        let difference = self.fast - slow;
        slow + ((difference.abs() * (self.mix >> 2)) >> 6) * difference.signum()
    }

    /// TRANS: a larger step ends the tone.
    fn threshold(&self) -> i32 {
        let (whole, part) = (self.slow >> 15, self.slow >> 10 & 31);
        let threshold = if whole > 9 { 31 << 10 } else { (32 + part) << whole };
        (threshold + (threshold >> 1)) >> 1
    }

    /// UPA1, UPA2, UPB with their limits; TRIGB, TONE.
    fn adapt_predictor(&mut self, step: i32, step_size: i32, negative: bool, sum: i32, transition: bool) {
        let falling = sum < 0;
        let [was, before] = self.falling;
        self.falling = [falling, was];
        let [first, second] = self.poles;
        if transition {
            (self.poles, self.zeros, self.tone) = ([0; 2], [0; 6], false);
            return;
        }
        let sign = |same: bool| if same { 1 } else { -1 };
        let (mut up_first, mut up_second) = (0, 0);
        if sum != 0 {
            up_first = 192 * sign(falling == was);
            let of_first = first.clamp(-8191, 8191) * 4;
            up_second = (16_384 * sign(falling == before) - of_first * sign(falling == was)) >> 7;
        }
        let second = (second + up_second - (second >> 7)).clamp(-12_288, 12_288);
        let most = 15_360 - second;
        let first = (first + up_first - (first >> 8)).clamp(-most, most);
        self.poles = [first, second];
        self.tone = second < -11_776;
        let leak = if self.bits == 5 { 9 } else { 8 };
        for (zero, past) in self.zeros.iter_mut().zip(self.steps) {
            let up = if step_size == 0 { 0 } else { 128 * sign(negative == (past < 0)) };
            *zero += up - (*zero >> leak);
        }
        debug_assert!(step.abs() == step_size);
    }

    /// FILTA to FILTE, with their limits; SUBTC, TRIGA.
    fn adapt_scale(&mut self, weight: i32, speed: i32, scale: i32, transition: bool) {
        self.fast = (scale + (((weight << 5) - scale) >> 5)).clamp(544, 5120);
        self.slow += self.fast + (-self.slow >> 6);
        self.short += ((speed << 9) - self.short) >> 5;
        self.long += ((speed << 11) - self.long) >> 7;
        if transition {
            self.mix = 256;
            return;
        }
        let steady = scale >= 1536 && !self.tone && ((self.short << 2) - self.long).abs() < self.long >> 3;
        self.mix += ((if steady { 0 } else { 512 }) - self.mix) >> 4;
    }
}

/// FMULT: a product of short mantissas, rounded like the Recommendation. `i32::MIN` means a negative zero.
fn multiplied(coefficient: i32, value: i32) -> i32 {
    let parts = |number: i32| {
        let bits = 32 - number.leading_zeros() as i32;
        (bits, if number == 0 { 32 } else { (number << 6) >> bits })
    };
    let size = if value == i32::MIN { 0 } else { value.abs() };
    let (exponent, mantissa) = parts((coefficient >> 2).abs().min(8191));
    let (exponent_of_value, mantissa_of_value) = parts(size.min(32_767));
    let (exponent, mantissa) = (exponent + exponent_of_value, (mantissa * mantissa_of_value + 48) >> 4);
    let product = if exponent <= 26 { (mantissa << 7) >> (26 - exponent) } else { (mantissa << 7) << (exponent - 26) & 32_767 };
    if (coefficient < 0) != (value < 0) { -product } else { product }
}
