//! A recording's file, decoded piece by piece: however long it is, little of it is in memory.

use std::{
    fs::File,
    io::{self, ErrorKind},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use ringside_domain::{Problem, ProblemCode};
use symphonia::{
    core::{
        codecs::audio::AudioDecoder,
        errors::Error,
        formats::{FormatReader, SeekMode, SeekTo, TrackType, probe::Hint},
        io::MediaSourceStream,
        units::Timestamp,
    },
    default::{get_codecs, get_probe},
};

/// Left and right.
pub type Frame = [f32; 2];

pub struct Recording {
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    /// Frames a second.
    pub rate: u32,
    samples: Vec<f32>,
    /// Decoded frames before this one are left out: a seek lands where a packet begins.
    from: i64,
}

impl Recording {
    pub fn open(path: &Path) -> Result<Self, Problem> {
        guarded(|| Self::open_file(path))
    }

    fn open_file(path: &Path) -> Result<Self, Problem> {
        let file = File::open(path).map_err(unopened)?;
        let length = file.metadata().map_err(unopened)?.len();
        if length == 0 {
            return Err(Problem::new(ProblemCode::RecordingEmpty, "0 bytes", true));
        }
        let source = MediaSourceStream::new(Box::new(file), Default::default());
        let format = get_probe().probe(&Hint::new(), source, Default::default(), Default::default()).map_err(unreadable)?;
        let track = format.default_track(TrackType::Audio).ok_or_else(|| strange("no audio"))?;
        let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
        let parameters = parameters.ok_or_else(|| strange("no known codec"))?;
        let rate = parameters.sample_rate.filter(|rate| *rate > 0).ok_or_else(|| strange("no sample rate"))?;
        let decoder = get_codecs().make_audio_decoder(parameters, &Default::default()).map_err(unreadable)?;
        let track = track.id;
        Ok(Self { format, decoder, track, rate, samples: Vec::new(), from: i64::MIN })
    }

    /// Adds the next frames to `out`; false at the end. What is damaged in between is left out.
    pub fn read(&mut self, out: &mut Vec<Frame>) -> Result<bool, Problem> {
        guarded(|| self.decode(out))
    }

    fn decode(&mut self, out: &mut Vec<Frame>) -> Result<bool, Problem> {
        loop {
            let packet = match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track => packet,
                Ok(Some(_)) => continue,
                Ok(None) | Err(Error::ResetRequired) => return Ok(false),
                // Cut short: what there is was given.
                Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => return Ok(false),
                Err(error) => return Err(unreadable(error)),
            };
            let decoded = match self.decoder.decode(&packet) {
                Ok(decoded) => decoded,
                Err(Error::DecodeError(_)) => continue,
                Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => return Ok(false),
                Err(error) => return Err(unreadable(error)),
            };
            let channels = decoded.spec().channels().count().max(1);
            self.samples.resize(decoded.samples_interleaved(), 0.0);
            decoded.copy_to_slice_interleaved(&mut self.samples);
            let skip = usize::try_from(self.from.saturating_sub(packet.pts.get())).unwrap_or(0);
            let before = out.len();
            out.extend(self.samples.chunks_exact(channels).skip(skip).map(|frame| [frame[0], frame[channels.min(2) - 1]]));
            if out.len() > before {
                return Ok(true);
            }
        }
    }

    /// Goes to this frame, or to the end where there is none.
    pub fn seek(&mut self, frame: u64) -> Result<(), Problem> {
        let frame = i64::try_from(frame).unwrap_or(i64::MAX);
        let to = SeekTo::Timestamp { ts: Timestamp::new(frame), track_id: self.track };
        guarded(|| {
            self.decoder.reset();
            match self.format.seek(SeekMode::Accurate, to) {
                Ok(found) => self.from = found.required_ts.get(),
                // Beyond the end, of a file that may be cut short.
                Err(Error::SeekError(_) | Error::IoError(_)) => self.from = i64::MAX,
                Err(error) => return Err(unreadable(error)),
            }
            Ok(())
        })
    }
}

/// Damaged bytes must not end the player: where the decoder gives up its thread, the recording is given up.
fn guarded<T>(decode: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| Err(strange("the decoder failed")))
}

fn unopened(error: io::Error) -> Problem {
    let code = if error.kind() == ErrorKind::NotFound { ProblemCode::RecordingGone } else { ProblemCode::RecordingUnreadable };
    Problem::new(code, error.to_string(), true)
}

fn unreadable(error: Error) -> Problem {
    match error {
        Error::IoError(error) if error.kind() != ErrorKind::UnexpectedEof => unopened(error),
        error => strange(&error.to_string()),
    }
}

fn strange(detail: &str) -> Problem {
    Problem::new(ProblemCode::RecordingUnreadable, detail, true)
}
