//! A recording's file, decoded piece by piece, so that a long one needs little memory.

use std::{
    collections::VecDeque,
    io::ErrorKind,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use ringside_domain::Problem;
use symphonia::core::{errors::Error, packet::Packet, units::Duration};

use super::{
    decoder::{Decoder, Layout},
    source::{self, Opened, Source, strange, unreadable},
};

/// Left and right.
pub type Frame = [f32; 2];

/// At most so many damaged packets may make a decoder panic; each is skipped and logged.
const MOST_PANICS: u32 = 50;
/// The reason if a recording is given up after panics.
const FAILED: &str = "the decoder failed";

/// Packets that are read ahead: padding at the end is shorter.
const AHEAD: usize = 4;

pub struct Recording {
    source: Source,
    decoder: Decoder,
    /// Frames per second.
    pub rate: u32,
    samples: Vec<f32>,
    /// Packets that were read ahead, with the positions of their first frames.
    ahead: VecDeque<(i64, Packet)>,
    /// Whether no packet follows those in `ahead`.
    ended: bool,
    /// Whether frames came after the end that a header announced; then its announcement is ignored.
    beyond: bool,
    /// Decoded frames before this one are skipped, since a seek lands at the beginning of a packet.
    from: i64,
    /// Number of packets at which the decoder panicked.
    panics: u32,
}

impl Recording {
    pub fn open(path: &Path) -> Result<Self, Problem> {
        let Opened { source, decoder, rate } = guarded(|| source::open(path))?;
        Ok(Self { source, decoder, rate, samples: Vec::new(), ahead: VecDeque::new(), ended: false, beyond: false, from: 0, panics: 0 })
    }

    /// Appends the next frames to `out`; false at the end. Damaged parts are skipped.
    pub fn read(&mut self, out: &mut Vec<Frame>) -> Result<bool, Problem> {
        guarded(|| self.decode(out))
    }

    fn decode(&mut self, out: &mut Vec<Frame>) -> Result<bool, Problem> {
        loop {
            let Some((at, packet)) = self.next()? else { return Ok(false) };
            // Far before the target of a seek: such packets need not be decoded.
            if at.saturating_add_unsigned(packet.dur.get()) < self.from.saturating_sub(i64::from(self.rate)) {
                continue;
            }
            let layout = match catch_unwind(AssertUnwindSafe(|| self.decoder.decode(&packet, &mut self.samples))) {
                Ok(Ok(layout)) => layout,
                Ok(Err(Error::DecodeError(_))) => continue,
                Ok(Err(Error::IoError(error))) if error.kind() == ErrorKind::UnexpectedEof => continue,
                Ok(Err(error)) => return Err(unreadable(error)),
                Err(_) if self.panics < MOST_PANICS => {
                    self.panics += 1;
                    self.decoder.reset();
                    continue;
                }
                Err(_) => return Err(strange(FAILED)),
            };
            let begins_at = at.saturating_add_unsigned(packet.trim_start.get());
            let skip = usize::try_from(self.from.saturating_sub(begins_at)).unwrap_or(0);
            let before = out.len();
            self.add(layout, skip, out);
            if out.len() > before {
                return Ok(true);
            }
        }
    }

    /// The next packet. What a header says about trimming at the end counts only for the last packets, since another file may be appended.
    fn next(&mut self) -> Result<Option<(i64, Packet)>, Problem> {
        while !self.ended && self.ahead.len() <= AHEAD {
            match self.source.next()? {
                Some(packet) => self.ahead.push_back(packet),
                None => self.ended = true,
            }
        }
        let Some((at, mut packet)) = self.ahead.pop_front() else { return Ok(None) };
        self.beyond |= !self.ended && packet.trim_end > Duration::ZERO;
        if self.beyond {
            packet.trim_end = Duration::ZERO;
        }
        Ok(Some((at, packet)))
    }

    /// Appends the decoded samples to `out`, as left and right at this recording's rate.
    fn add(&self, layout: Layout, skip: usize, out: &mut Vec<Frame>) {
        let frames = self.samples.chunks_exact(layout.channels).map(sides);
        if layout.rate == 0 || layout.rate == self.rate {
            out.extend(frames.skip(skip));
            return;
        }
        // An appended part of another rate is interpolated linearly.
        let frames: Vec<Frame> = frames.collect();
        let Some(last) = frames.len().checked_sub(1) else { return };
        let ratio = f64::from(layout.rate) / f64::from(self.rate);
        let count = (frames.len() as f64 / ratio) as usize;
        out.extend((skip..count).map(|n| {
            let at = n as f64 * ratio;
            let (before, part) = (frames[(at as usize).min(last)], at.fract() as f32);
            let after = frames[(at as usize + 1).min(last)];
            std::array::from_fn(|side| before[side] + (after[side] - before[side]) * part)
        }));
    }

    /// Seeks this frame, or the end if there is no such frame.
    pub fn seek(&mut self, frame: u64) -> Result<(), Problem> {
        let lead = self.decoder.lead(self.rate);
        guarded(|| {
            self.decoder.reset();
            (self.ended, self.from) = (false, i64::try_from(frame).unwrap_or(i64::MAX));
            self.ahead.clear();
            self.ended = !self.source.seek(frame.saturating_sub(lead))?;
            Ok(())
        })
    }
}

/// Left and right of a frame. Three and more channels are mixed to both sides, so that each can be heard.
fn sides(frame: &[f32]) -> Frame {
    match *frame {
        [one] => [one; 2],
        [left, right] => [left, right],
        _ => [frame.iter().sum::<f32>().clamp(-1.0, 1.0); 2],
    }
}

/// Turns a panic in the decoder into an error: damaged bytes must not end the player.
fn guarded<T>(decode: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| Err(strange(FAILED)))
}
