//! A recording on a sound device, from the opening of the device until it is closed.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use ringside_domain::{Problem, ProblemCode, SoundDevice};

use super::super::{
    output::{Fill, Output},
    recording::Frame,
    supply::Supply,
};
use crate::life::locked;

/// How much is decoded ahead.
const AHEAD: Duration = Duration::from_millis(500);

pub struct Playback {
    supply: Supply,
    feed: Arc<Mutex<Feed>>,
    rate: u32,
    /// Whether the file is read to its end.
    drained: bool,
    /// Dropping it ends the stream.
    _output: Output,
}

/// Frames between the file and the device. Both sides lock it only for a copy.
#[derive(Default)]
struct Feed {
    frames: VecDeque<Frame>,
    gain: f32,
    /// Frames that the device got …
    given: u64,
    /// … and frames of silence after them, for want of others.
    silent: u64,
    /// Time from here to the ear.
    ahead: Duration,
}

impl Playback {
    /// Opens a device and plays what `supply` makes for the device's rate. `lost` is called once if the device disappears.
    pub fn open(
        device: Option<&SoundDevice>,
        gain: f32,
        supply: impl FnOnce(u32) -> Result<Supply, Problem>,
        lost: impl FnOnce() + Send + 'static,
    ) -> Result<Self, Problem> {
        let feed = Arc::new(Mutex::new(Feed { gain, ..Feed::default() }));
        let mut made = None;
        let fill = |rate| {
            made = Some((supply(rate)?, rate));
            Ok(fill(Arc::clone(&feed)))
        };
        let _output = Output::open(device, fill, lost)?;
        let (supply, rate) = made.ok_or_else(|| Problem::new(ProblemCode::RecordingGone, "", true))?;
        Ok(Self { supply, feed, rate, drained: false, _output })
    }

    /// The device's frames per second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    pub fn set_gain(&self, gain: f32) {
        locked(&self.feed).gain = gain;
    }

    /// Continues with this supply on the same device.
    pub fn turn_to(&mut self, supply: Supply) {
        self.supply = supply;
        self.drained = false;
        let mut feed = locked(&self.feed);
        feed.frames.clear();
        (feed.given, feed.silent) = (0, 0);
    }

    /// Decodes until enough frames are ready.
    pub fn fill_up(&mut self) -> Result<(), Problem> {
        let enough = (AHEAD.as_secs_f64() * f64::from(self.rate)) as usize;
        let mut ready = locked(&self.feed).frames.len();
        let mut frames = Vec::new();
        while ready < enough && !self.drained {
            self.drained = !self.supply.read(&mut frames)?;
            let mut feed = locked(&self.feed);
            feed.frames.extend(frames.drain(..));
            ready = feed.frames.len();
        }
        Ok(())
    }

    /// Whether the last frame has been heard.
    pub fn is_over(&self) -> bool {
        let feed = locked(&self.feed);
        self.drained && feed.frames.is_empty() && self.lasts(feed.silent) >= feed.ahead
    }

    pub fn heard(&self) -> Duration {
        let feed = locked(&self.feed);
        self.lasts(feed.given).saturating_sub(feed.ahead.saturating_sub(self.lasts(feed.silent)))
    }

    fn lasts(&self, frames: u64) -> Duration {
        Duration::from_secs_f64(frames as f64 / f64::from(self.rate))
    }
}

/// Fills the device's buffer, in the device's thread.
fn fill(feed: Arc<Mutex<Feed>>) -> Fill {
    Box::new(move |out, ahead| {
        let mut feed = locked(&feed);
        let (count, gain) = (out.len().min(feed.frames.len()), feed.gain);
        for (out, [left, right]) in out.iter_mut().zip(feed.frames.drain(..count)) {
            *out = [left * gain, right * gain];
        }
        out[count..].fill([0.0; 2]);
        feed.given += count as u64;
        feed.silent += (out.len() - count) as u64;
        feed.ahead = ahead;
    })
}
