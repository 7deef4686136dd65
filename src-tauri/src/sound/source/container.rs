//! Ogg, FLAC, MP4 and AAC, read by symphonia.

use std::{
    fs::File,
    io::{ErrorKind, Read, Seek, SeekFrom},
};

use ringside_domain::Problem;
use ringside_engine::Kind;
use symphonia::{
    core::{
        errors::Error,
        formats::{FormatReader, SeekMode, SeekTo, TrackType, probe::Hint},
        packet::Packet,
        units::{TimeBase, Timestamp},
    },
    default::get_probe,
};

use super::{super::decoder::Decoder, Opened, Source, no_decoder, strange, unopened, unreadable, window::Window};

/// A container that symphonia reads, with the track to be heard.
pub struct Container {
    format: Box<dyn FormatReader>,
    track: u32,
    base: TimeBase,
    /// Frames per second.
    pub rate: u32,
    /// Frames before the beginning of the sound.
    late: i64,
}

pub fn open(mut file: File, kind: Kind, from: u64, length: u64) -> Result<Opened, Problem> {
    if kind == Kind::Ogg {
        known_in_ogg(&mut file, from)?;
    }
    let stream = Window::new(file, from, length - from).stream();
    let format = get_probe().probe(&Hint::new(), stream, Default::default(), Default::default()).map_err(unreadable)?;
    let (container, decoder) = Container::new(format)?;
    let rate = container.rate;
    Ok(Opened { source: Source::Container(container), decoder, rate })
}

impl Container {
    /// The container, and the decoder of its track.
    pub fn new(format: Box<dyn FormatReader>) -> Result<(Self, Decoder), Problem> {
        let track = format.default_track(TrackType::Audio).ok_or_else(|| no_decoder("unknown"))?;
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
        let parameters = parameters.ok_or_else(|| no_decoder("unknown"))?;
        let rate = parameters.sample_rate.filter(|rate| *rate > 0).ok_or_else(|| strange("no sample rate"))?;
        let decoder = Decoder::of(parameters).map_err(unreadable)?;
        let base = track.time_base.or_else(|| TimeBase::try_from_recip(rate)).ok_or_else(|| strange("no time base"))?;
        // In Opus files the frames that only prepare the decoder are counted, too.
        let late = if matches!(decoder, Decoder::Opus { .. }) { track.delay.map_or(0, i64::from) } else { 0 };
        let track = track.id;
        Ok((Self { format, track, base, rate, late }, decoder))
    }

    pub fn next(&mut self) -> Result<Option<(i64, Packet)>, Problem> {
        loop {
            match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track => return Ok(Some((self.frame(packet.pts), packet))),
                Ok(Some(_)) => {}
                Ok(None) | Err(Error::ResetRequired) => return Ok(None),
                // The file is cut short; all that it has was returned.
                Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
                Err(error) => return Err(unreadable(error)),
            }
        }
    }

    /// Seeks, and returns the frame at which the next packet begins; None if there is none.
    pub fn seek(&mut self, frame: u64) -> Result<Option<i64>, Problem> {
        let ts = ticks(frame.saturating_add_signed(self.late), self.base, self.rate);
        match self.format.seek(SeekMode::Accurate, SeekTo::Timestamp { ts, track_id: self.track }) {
            Ok(found) => Ok(Some(self.frame(found.actual_ts))),
            // Beyond the end of the file, which may be cut short.
            Err(Error::SeekError(_) | Error::IoError(_)) => Ok(None),
            Err(error) => Err(unreadable(error)),
        }
    }

    fn frame(&self, at: Timestamp) -> i64 {
        frames(at, self.base, self.rate) - self.late
    }
}

/// The coding is named at the beginning of an Ogg file's first page.
fn known_in_ogg(file: &mut File, from: u64) -> Result<(), Problem> {
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(from)).and_then(|_| file.take(27 + 255 + 8).read_to_end(&mut head)).map_err(unopened)?;
    let first = head.get(26).and_then(|segments| head.get(27 + usize::from(*segments)..)).unwrap_or_default();
    let known = [&b"\x01vorbis"[..], b"OpusHead", b"\x7fFLAC"].iter().any(|mark| first.starts_with(mark));
    let printable = || first.iter().copied().take_while(u8::is_ascii_alphabetic).map(char::from).collect::<String>();
    if known { Ok(()) } else { Err(no_decoder(&format!("Ogg {}", printable()))) }
}

fn frames(at: Timestamp, base: TimeBase, rate: u32) -> i64 {
    let (numerator, denominator) = (i128::from(base.numer.get()), i128::from(base.denom.get()));
    let frames = i128::from(at.get()) * numerator * i128::from(rate) / denominator;
    i64::try_from(frames).unwrap_or(i64::MAX)
}

fn ticks(frame: u64, base: TimeBase, rate: u32) -> Timestamp {
    let (numerator, denominator) = (i128::from(base.numer.get()), i128::from(base.denom.get()));
    let ticks = i128::from(frame) * denominator / (numerator * i128::from(rate));
    Timestamp::new(i64::try_from(ticks).unwrap_or(i64::MAX))
}
