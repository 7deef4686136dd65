//! MP3. Its frames are counted here, since its header describes only the first of several files that were joined.

use std::io::ErrorKind;

use ringside_domain::Problem;
use symphonia::{
    core::{errors::Error, formats::FormatReader, packet::Packet},
    default::formats::MpaReader,
};

use super::{Opened, Source, container::Container, strange, unreadable, window::Window};

pub struct Mpeg {
    of: Container,
    /// The position of the next packet's first frame.
    at: i64,
}

/// MP3 has no file header: its first frame is searched for, after any other bytes.
pub fn open(window: Window) -> Result<Opened, Problem> {
    match MpaReader::try_new(window.stream(), Default::default()) {
        Ok(format) => {
            let at = format.tracks().first().and_then(|track| track.delay).map_or(0, |delay| -i64::from(delay));
            let (of, decoder) = Container::new(Box::new(format))?;
            let rate = of.rate;
            Ok(Opened { source: Source::Mpeg(Mpeg { of, at }), decoder, rate })
        }
        Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => Err(strange("no MP3 frame")),
        Err(error) => Err(unreadable(error)),
    }
}

impl Mpeg {
    pub fn next(&mut self) -> Result<Option<(i64, Packet)>, Problem> {
        let Some((_, packet)) = self.of.next()? else { return Ok(None) };
        let begins_at = self.at;
        let (count, rate) = mp3_frames(&packet.data).unwrap_or((0, self.of.rate));
        self.at += i64::from(count) * i64::from(self.of.rate) / i64::from(rate);
        Ok(Some((begins_at, packet)))
    }

    /// Seeks to the beginning; the packets up to the wanted frame are not decoded.
    pub fn rewind(&mut self) -> Result<bool, Problem> {
        let found = self.of.seek(0)?;
        self.at = found.unwrap_or(self.at);
        Ok(found.is_some())
    }
}

/// Frames of sound in an MP3 frame, and their number per second.
fn mp3_frames(frame: &[u8]) -> Option<(u32, u32)> {
    let [_, second, third, ..] = *frame else { return None };
    let rate = *[44_100, 48_000, 32_000].get(usize::from(third >> 2 & 3))?;
    Some(match second >> 3 & 3 {
        3 => (1152, rate),
        2 => (576, rate / 2),
        _ => (576, rate / 4),
    })
}
