//! The sounds of a call, made of sine waves.

use std::{f32::consts::TAU, time::Duration};

/// Two pitches in hertz, played together for a time.
struct Note {
    at: f32,
    seconds: f32,
    pitches: [f32; 2],
}

/// Notes, ordered by time.
#[derive(Clone, Copy)]
pub struct Tone {
    notes: &'static [Note],
    /// Seconds after which a repeated tone starts again.
    period: f32,
}

/// A ring: two short notes and a pause.
pub const RING: Tone = Tone {
    notes: &[Note { at: 0.0, seconds: 0.4, pitches: [660.0, 880.0] }, Note { at: 0.6, seconds: 0.4, pitches: [660.0, 880.0] }],
    period: 3.0,
};

/// A call was connected: two quick rising notes.
pub const CONNECTED: Tone = Tone {
    notes: &[Note { at: 0.0, seconds: 0.1, pitches: [880.0, 1760.0] }, Note { at: 0.12, seconds: 0.16, pitches: [1175.0, 2350.0] }],
    period: 0.3,
};

/// An alarm of the wallboard: three short notes of the same pitch.
pub const ALARM: Tone = Tone {
    notes: &[
        Note { at: 0.0, seconds: 0.15, pitches: [520.0, 1040.0] },
        Note { at: 0.25, seconds: 0.15, pitches: [520.0, 1040.0] },
        Note { at: 0.5, seconds: 0.15, pitches: [520.0, 1040.0] },
    ],
    period: 1.0,
};

/// Seconds in which a note fades in and out, so that it does not click.
const EDGE: f32 = 0.012;

impl Tone {
    /// The duration without the pause at the end.
    pub fn length(&self) -> Duration {
        Duration::from_secs_f32(self.notes.last().map_or(0.0, |note| note.at + note.seconds))
    }

    /// The sample `frame` frames after the beginning, between -1 and 1.
    pub fn sample(&self, frame: u64, rate: u32) -> f32 {
        let period = (self.period * rate as f32) as u64;
        let at = (frame % period.max(1)) as f32 / rate as f32;
        let within = |note: &&Note| (note.at..note.at + note.seconds).contains(&at);
        let Some(note) = self.notes.iter().find(within) else { return 0.0 };
        let since = at - note.at;
        let edge = (since.min(note.seconds - since) / EDGE).min(1.0);
        let [low, high] = note.pitches.map(|pitch| (since * pitch * TAU).sin());
        edge * (0.6 * low + 0.4 * high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 48_000;

    fn loudest(tone: Tone, from: f32, to: f32) -> f32 {
        let frames = (from * RATE as f32) as u64..(to * RATE as f32) as u64;
        frames.map(|frame| tone.sample(frame, RATE).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn a_ring_sounds_pauses_and_repeats() {
        assert!(loudest(RING, 0.0, 0.4) > 0.8);
        assert!(loudest(RING, 0.6, 1.0) > 0.8);
        assert_eq!(loudest(RING, 1.001, 2.999), 0.0);
        assert!(loudest(RING, 3.0, 3.4) > 0.8);
        assert_eq!(RING.length(), Duration::from_secs_f32(1.0));
    }

    #[test]
    fn no_tone_clips_or_clicks() {
        for tone in [RING, CONNECTED, ALARM] {
            let samples: Vec<f32> = (0..u64::from(RATE) * 4).map(|frame| tone.sample(frame, RATE)).collect();
            assert!(samples.iter().all(|sample| sample.abs() <= 1.0));
            let step = samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
            assert!(step < 0.25, "{step}");
        }
    }
}
