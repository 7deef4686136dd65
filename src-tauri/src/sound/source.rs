//! A recording's file of any kind: packets of coded sound, and the decoder that they need.
//!
//! Symphonia reads the containers. WAV and AU files are read by their blocks, since telephone systems often write wrong headers (see
//! `Wave`), and symphonia has no reader for GSM and G.726.

mod au;
mod container;
mod mpeg;
mod wav;
mod window;

use std::{
    fs::File,
    io::{self, ErrorKind},
    path::Path,
};

use ringside_domain::{Problem, ProblemCode};
use ringside_engine::{Kind, behind_tags};
use symphonia::core::{
    audio::Channels,
    codecs::audio::{AudioCodecId, AudioCodecParameters},
    errors::Error,
    packet::Packet,
};

use super::{
    blocks::Blocks,
    decoder::{Decoder, gsm_block},
    g726::G726,
    gsm::Gsm,
};
use container::Container;
use mpeg::Mpeg;
use window::Window;

pub enum Source {
    Container(Container),
    Mpeg(Mpeg),
    Blocks(Blocks),
}

/// The parts of an opened file.
pub struct Opened {
    pub source: Source,
    pub decoder: Decoder,
    /// Frames per second.
    pub rate: u32,
}

pub fn open(path: &Path) -> Result<Opened, Problem> {
    let mut file = File::open(path).map_err(unopened)?;
    let length = file.metadata().map_err(unopened)?.len();
    if length == 0 {
        return Err(empty());
    }
    let (kind, from) = Kind::of_file(&mut file).map_err(unopened)?.ok_or_else(|| strange("no recording begins so"))?;
    let from = from as u64;
    match kind {
        Kind::Wav => wav::open(file, from),
        Kind::Au => au::open(file, from, length),
        Kind::Gsm => gsm(file, from, length - from, 8000, false, None),
        Kind::Mp3 => {
            let begin = behind_tags(&mut file, from).map_err(unopened)?;
            mpeg::open(Window::new(file, begin, length.saturating_sub(begin)))
        }
        Kind::Ogg | Kind::Flac | Kind::Mp4 | Kind::Aac => container::open(file, kind, from, length),
        Kind::Amr | Kind::Aiff | Kind::Caf | Kind::Webm | Kind::Wma => Err(no_decoder(&kind.extension().to_uppercase())),
    }
}

impl Source {
    /// The next packet of the sound, with the position of its first frame; None at the end.
    pub fn next(&mut self) -> Result<Option<(i64, Packet)>, Problem> {
        match self {
            Self::Blocks(blocks) => {
                let packet = blocks.next().map_err(unopened)?;
                Ok(packet.map(|packet| (packet.pts.get(), packet)))
            }
            Self::Container(container) => container.next(),
            Self::Mpeg(mpeg) => mpeg.next(),
        }
    }

    /// Makes a packet the next one that begins at this frame or before it. False if there is none.
    pub fn seek(&mut self, frame: u64) -> Result<bool, Problem> {
        match self {
            Self::Blocks(blocks) => {
                blocks.seek(frame);
                Ok(true)
            }
            Self::Container(container) => Ok(container.seek(frame)?.is_some()),
            Self::Mpeg(mpeg) => mpeg.rewind(),
        }
    }
}

fn in_blocks(blocks: Blocks, codec: AudioCodecId, channels: u16, rate: u32) -> Result<Opened, Problem> {
    let mut parameters = AudioCodecParameters::new();
    parameters.for_codec(codec).with_sample_rate(rate).with_channels(Channels::Discrete(channels));
    parameters.with_max_frames_per_packet(blocks.frames_per_packet()).with_frames_per_block(blocks.frames_per_block());
    let decoder = Decoder::of(&parameters).map_err(unreadable)?;
    Ok(Opened { source: Source::Blocks(blocks), decoder, rate })
}

fn gsm(file: File, begin: u64, bytes: u64, rate: u32, in_pairs: bool, total: Option<u32>) -> Result<Opened, Problem> {
    let (block, frames) = gsm_block(in_pairs);
    let blocks = Blocks::new(file, begin, bytes, block, frames, total).ok_or_else(empty)?;
    Ok(Opened { source: Source::Blocks(blocks), decoder: Decoder::Gsm(Box::<Gsm>::default()), rate })
}

fn g726(file: File, (begin, bytes): (u64, u64), rate: u32, bits: u64, last_first: bool) -> Result<Opened, Problem> {
    let decoder = u32::try_from(bits).ok().and_then(|bits| G726::new(bits, last_first));
    let decoder = decoder.ok_or_else(|| no_decoder(&format!("G.726 of {bits} bits")))?;
    // Eight codes fill whole bytes.
    let blocks = Blocks::new(file, begin, bytes, bits, 8, None).ok_or_else(empty)?;
    Ok(Opened { source: Source::Blocks(blocks), decoder: Decoder::G726(Box::new(decoder)), rate })
}

pub fn unopened(error: io::Error) -> Problem {
    let code = if error.kind() == ErrorKind::NotFound { ProblemCode::RecordingGone } else { ProblemCode::RecordingUnreadable };
    Problem::new(code, error.to_string(), true)
}

pub fn unreadable(error: Error) -> Problem {
    match error {
        Error::IoError(error) if error.kind() != ErrorKind::UnexpectedEof => unopened(error),
        Error::Unsupported(kind) => no_decoder(kind),
        error => strange(&error.to_string()),
    }
}

pub fn strange(detail: &str) -> Problem {
    Problem::new(ProblemCode::RecordingUnreadable, detail, true)
}

fn no_decoder(kind: &str) -> Problem {
    Problem::new(ProblemCode::RecordingKind, kind, false)
}

fn empty() -> Problem {
    Problem::new(ProblemCode::RecordingEmpty, "", true)
}
