//! Converts a recording's frames for a device: another speed with the same pitch, and the device's rate.

use std::num::{NonZeroU16, NonZeroU32};

use ringside_domain::{Problem, ProblemCode};
use rubato::{Async, FixedAsync, Resampler, SincInterpolationParameters, WindowFunction, audioadapter_buffers::direct::InterleavedSlice};
use wsola::TimeStretch;

use super::recording::{Frame, Recording};

const CHANNELS: NonZeroU16 = NonZeroU16::new(2).unwrap();
/// Frames that are resampled at once.
const CHUNK: usize = 256;
/// The filter's length: long enough that it adds nothing audible above a telephone's band.
const FILTER: usize = 128;

pub struct Supply {
    recording: Recording,
    /// None at the recording's own speed.
    stretch: Option<TimeStretch>,
    resampler: Async<f32>,
    read: Vec<Frame>,
    /// Frames at the wanted speed, not yet resampled.
    paced: Vec<Frame>,
    resampled: Vec<Frame>,
    /// Frames still to skip, which exist only because of the filter's delay.
    lead: usize,
    ended: bool,
}

impl Supply {
    /// Frames from this millisecond of the recording on, for a device with this rate.
    pub fn new(mut recording: Recording, from_ms: u32, speed_percent: u32, rate: u32) -> Result<Self, Problem> {
        if from_ms > 0 {
            recording.seek(u64::from(from_ms) * u64::from(recording.rate) / 1000)?;
        }
        let stretch = match NonZeroU32::new(recording.rate) {
            Some(rate) if speed_percent != 100 => {
                let mut stretch = TimeStretch::new(rate, CHANNELS).map_err(unusable)?;
                stretch.set_tempo(speed_percent as f32 / 100.0);
                Some(stretch)
            }
            _ => None,
        };
        let ratio = f64::from(rate) / f64::from(recording.rate);
        let filter = SincInterpolationParameters::new(FILTER, WindowFunction::BlackmanHarris2);
        let resampler = Async::new_sinc(ratio, 1.0, &filter, CHUNK, 2, FixedAsync::Input).map_err(unusable)?;
        let resampled = vec![[0.0; 2]; resampler.output_frames_max()];
        let lead = resampler.output_delay();
        Ok(Self { recording, stretch, resampler, read: Vec::new(), paced: Vec::new(), resampled, lead, ended: false })
    }

    /// Appends the next frames to `out`; false at the end.
    pub fn read(&mut self, out: &mut Vec<Frame>) -> Result<bool, Problem> {
        while self.paced.len() < CHUNK {
            if self.ended {
                return Ok(false);
            }
            self.ended = !self.recording.read(&mut self.read)?;
            self.pace()?;
            if self.ended {
                // Silence, so that the filter returns the frames that it still holds.
                self.paced.resize(self.paced.len() + FILTER + CHUNK, [0.0; 2]);
            }
        }
        let whole = self.resampled.len();
        let from = InterleavedSlice::new(self.paced[..CHUNK].as_flattened(), 2, CHUNK).map_err(unusable)?;
        let mut to = InterleavedSlice::new_mut(self.resampled.as_flattened_mut(), 2, whole).map_err(unusable)?;
        let (taken, made) = self.resampler.process_into_buffer(&from, &mut to, None).map_err(unusable)?;
        self.paced.drain(..taken);
        let skipped = self.lead.min(made);
        self.lead -= skipped;
        out.extend_from_slice(&self.resampled[skipped..made]);
        Ok(true)
    }

    /// Converts `read` to `paced`.
    fn pace(&mut self) -> Result<(), Problem> {
        let Some(stretch) = &mut self.stretch else {
            self.paced.append(&mut self.read);
            return Ok(());
        };
        stretch.push(self.read.as_flattened());
        self.read.clear();
        if self.ended {
            stretch.set_draining();
        }
        let step = stretch.min_output_buff_size() / 2;
        loop {
            let before = self.paced.len();
            self.paced.resize(before + step, [0.0; 2]);
            let made = match stretch.pull(self.paced[before..].as_flattened_mut()) {
                Ok(made) => made / 2,
                Err(wsola::Error::NotEnoughInput) => 0,
                Err(error) => return Err(unusable(error)),
            };
            self.paced.truncate(before + made);
            if made == 0 {
                return Ok(());
            }
        }
    }
}

/// The error for rates or lengths for which no filter can be made.
fn unusable(error: impl ToString) -> Problem {
    Problem::new(ProblemCode::RecordingUnreadable, error.to_string(), false)
}
