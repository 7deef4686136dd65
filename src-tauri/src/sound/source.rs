//! A recording's file of any kind: packets of coded sound, and the decoder that they need.
//!
//! Symphonia reads the containers. WAV and AU files are read by their blocks, since telephone systems often write wrong headers (see
//! `Wave`), and symphonia has no reader for GSM and G.726.

use std::{
    fs::File,
    io::{self, ErrorKind, Read, Seek, SeekFrom},
    path::Path,
};

use ringside_domain::{Problem, ProblemCode};
use ringside_engine::{Kind, Wave, WaveError, behind_tags};
use symphonia::{
    core::{
        audio::Channels,
        codecs::audio::{AudioCodecId, AudioCodecParameters, well_known::*},
        errors::Error,
        formats::{FormatReader, SeekMode, SeekTo, TrackType, probe::Hint},
        io::{MediaSource, MediaSourceStream},
        packet::Packet,
        units::{TimeBase, Timestamp},
    },
    default::{formats::MpaReader, get_probe},
};

use super::{
    blocks::Blocks,
    decoder::{Decoder, gsm_block},
    g726::G726,
    gsm::Gsm,
};

pub enum Source {
    Container(Container),
    /// MP3. Its frames are counted here, since its header describes only the first of several files that were joined.
    Mpeg {
        of: Container,
        at: i64,
    },
    Blocks(Blocks),
}

/// A container that symphonia reads, with the track to be heard.
pub struct Container {
    format: Box<dyn FormatReader>,
    track: u32,
    base: TimeBase,
    rate: u32,
    /// Frames before the beginning of the sound.
    late: i64,
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
        Kind::Wav => wav(file, from),
        Kind::Au => au(file, from, length),
        Kind::Gsm => gsm(file, from, length - from, 8000, false, None),
        Kind::Mp3 => {
            let begin = behind_tags(&mut file, from).map_err(unopened)?;
            mpeg(Window::new(file, begin, length.saturating_sub(begin)))
        }
        Kind::Ogg | Kind::Flac | Kind::Mp4 | Kind::Aac => {
            if kind == Kind::Ogg {
                known_in_ogg(&mut file, from)?;
            }
            let stream = stream(Window::new(file, from, length - from));
            let format = get_probe().probe(&Hint::new(), stream, Default::default(), Default::default()).map_err(unreadable)?;
            container(format)
        }
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
            Self::Mpeg { of, at } => {
                let Some((_, packet)) = of.next()? else { return Ok(None) };
                let begins_at = *at;
                let (count, rate) = mp3_frames(&packet.data).unwrap_or((0, of.rate));
                *at += i64::from(count) * i64::from(of.rate) / i64::from(rate);
                Ok(Some((begins_at, packet)))
            }
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
            // Always from the beginning; the packets up to the frame are not decoded.
            Self::Mpeg { of, at } => {
                let found = of.seek(0)?;
                *at = found.unwrap_or(*at);
                Ok(found.is_some())
            }
        }
    }
}

impl Container {
    fn next(&mut self) -> Result<Option<(i64, Packet)>, Problem> {
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
    fn seek(&mut self, frame: u64) -> Result<Option<i64>, Problem> {
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

/// Number of groups of eight frames that are decoded to find the order of the codes.
const TASTED: u64 = 2000;

/// RIFF's numbers for codings.
mod tag {
    pub const PCM: u16 = 0x01;
    pub const MS_ADPCM: u16 = 0x02;
    pub const FLOAT: u16 = 0x03;
    pub const A_LAW: u16 = 0x06;
    pub const MU_LAW: u16 = 0x07;
    pub const IMA_ADPCM: u16 = 0x11;
    pub const GSM: u16 = 0x31;
    pub const MP3: u16 = 0x55;
    /// Several makers use different numbers.
    pub const G726: [u16; 5] = [0x14, 0x40, 0x45, 0x64, 0x85];
}

fn wav(mut file: File, from: u64) -> Result<Opened, Problem> {
    let wave = Wave::read(&mut file, from).map_err(|error| match error {
        WaveError::File(error) => unopened(error),
        WaveError::NoSound => empty(),
        WaveError::NotWave => no_decoder("WAV, big-endian"),
        WaveError::NoFormat => strange("a WAV file without a format"),
    })?;
    if wave.bytes == 0 {
        return Err(empty());
    }
    let (channels, block, bits) = (u64::from(wave.channels), u64::from(wave.block), u64::from(wave.bits));
    let plain = |codec, sample: u64, file| blocks(file, &wave, codec, sample * channels, 1);
    match wave.tag {
        tag::PCM => {
            // The width follows the bits, except that 24 bits may be stored in 32.
            let (held, said) = (block / channels, bits.div_ceil(8));
            let width = if said == 3 && held == 4 { held } else { said };
            let codec = [CODEC_ID_PCM_U8, CODEC_ID_PCM_S16LE, CODEC_ID_PCM_S24LE, CODEC_ID_PCM_S32LE];
            let codec = usize::try_from(width).ok().and_then(|width| codec.get(width.checked_sub(1)?));
            plain(*codec.ok_or_else(|| no_decoder(&format!("PCM of {bits} bits")))?, width, file)
        }
        tag::FLOAT if bits == 64 => plain(CODEC_ID_PCM_F64LE, 8, file),
        tag::FLOAT => plain(CODEC_ID_PCM_F32LE, 4, file),
        tag::A_LAW => plain(CODEC_ID_PCM_ALAW, 1, file),
        tag::MU_LAW => plain(CODEC_ID_PCM_MULAW, 1, file),
        tag::MS_ADPCM => adpcm(file, &wave, CODEC_ID_ADPCM_MS, 7, 2),
        tag::IMA_ADPCM => adpcm(file, &wave, CODEC_ID_ADPCM_IMA_WAV, 4, 1),
        tag::GSM if channels == 1 => gsm(file, wave.begin, wave.bytes, rate(&wave)?, true, wave.total),
        tag::MP3 => mpeg(Window::new(file, wave.begin, wave.bytes)),
        g726_tag if tag::G726.contains(&g726_tag) && channels == 1 => {
            let said = if (2..=5).contains(&bits) { bits } else { u64::from(wave.bytes_per_second) * 8 / u64::from(rate(&wave)?) };
            let last_first = is_last_first(&mut file, &wave, said).map_err(unopened)?;
            g726(file, (wave.begin, wave.bytes), rate(&wave)?, said, last_first)
        }
        other => Err(no_decoder(&format!("WAV 0x{other:04x}"))),
    }
}

fn rate(wave: &Wave) -> Result<u32, Problem> {
    Some(wave.rate).filter(|rate| *rate > 0).ok_or_else(|| strange("no sample rate"))
}

/// Blocks that have a header for each channel, of `head` bytes with `in_head` frames, and then four bits per frame. If the format says that
/// a block has fewer frames, the rest of the block is padding.
fn adpcm(file: File, wave: &Wave, codec: AudioCodecId, head: u64, in_head: u64) -> Result<Opened, Problem> {
    let (channels, block) = (u64::from(wave.channels), u64::from(wave.block));
    let rest = block.checked_sub(head * channels).ok_or_else(|| strange("blocks that are too short"))?;
    let room = rest * 2 / channels;
    let said = wave.frames.and_then(|frames| u64::from(frames).checked_sub(in_head)).filter(|said| *said > 0 && *said < room);
    // The number of frames must fill whole bytes; in IMA the two channels alternate every eight frames.
    let step = match channels {
        1 => 2,
        _ if codec == CODEC_ID_ADPCM_IMA_WAV => 8,
        _ => 1,
    };
    let coded = said.unwrap_or(room) / step * step;
    let blocks =
        Blocks::new(file, wave.begin, wave.bytes, block, coded + in_head, wave.total).ok_or_else(|| strange("blocks of nothing"))?;
    in_blocks(blocks.using(head * channels + coded * channels / 2), codec, wave.channels, rate(wave)?)
}

fn blocks(file: File, wave: &Wave, codec: AudioCodecId, block: u64, frames: u64) -> Result<Opened, Problem> {
    let blocks = Blocks::new(file, wave.begin, wave.bytes, block, frames, wave.total).ok_or_else(|| strange("blocks of nothing"))?;
    in_blocks(blocks, codec, wave.channels, rate(wave)?)
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

/// Whether the first code of a byte is in its lowest bits. No tag tells, and programs differ; the wrong order sounds rough.
fn is_last_first(file: &mut File, wave: &Wave, bits: u64) -> io::Result<bool> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(wave.begin))?;
    file.take(wave.bytes.min(TASTED * bits)).read_to_end(&mut bytes)?;
    let roughness = |last_first| {
        let mut sound = Vec::new();
        if let Some(mut decoder) = u32::try_from(bits).ok().and_then(|bits| G726::new(bits, last_first)) {
            decoder.decode(&bytes, &mut sound);
        }
        let steps: f32 = sound.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
        steps / sound.iter().map(|sample| sample.abs()).sum::<f32>().max(f32::MIN_POSITIVE)
    };
    Ok(roughness(true) < roughness(false))
}

/// Sun's files: a header of six big-endian numbers.
fn au(mut file: File, from: u64, length: u64) -> Result<Opened, Problem> {
    let mut head = [0; 24];
    file.seek(SeekFrom::Start(from)).and_then(|_| file.read_exact(&mut head)).map_err(|_| empty())?;
    let number = |n: usize| u32::from_be_bytes(std::array::from_fn(|byte| head[n * 4 + byte]));
    let (begin, claimed, coding, rate, channels) = (from + u64::from(number(1).max(24)), number(2), number(3), number(4), number(5).max(1));
    let available = length.saturating_sub(begin);
    let bytes = if claimed == 0 { available } else { available.min(u64::from(claimed)) };
    if bytes == 0 {
        return Err(empty());
    }
    if rate == 0 {
        return Err(strange("no sample rate"));
    }
    let (codec, width) = match coding {
        1 => (CODEC_ID_PCM_MULAW, 1),
        2 => (CODEC_ID_PCM_S8, 1),
        3 => (CODEC_ID_PCM_S16BE, 2),
        4 => (CODEC_ID_PCM_S24BE, 3),
        5 => (CODEC_ID_PCM_S32BE, 4),
        6 => (CODEC_ID_PCM_F32BE, 4),
        7 => (CODEC_ID_PCM_F64BE, 8),
        27 => (CODEC_ID_PCM_ALAW, 1),
        23 | 25 | 26 if channels == 1 => {
            let bits = match coding {
                23 => 4,
                25 => 3,
                _ => 5,
            };
            return g726(file, (begin, bytes), rate, bits, true);
        }
        other => return Err(no_decoder(&format!("AU {other}"))),
    };
    let channels = u16::try_from(channels).map_err(|_| strange("too many channels"))?;
    let blocks = Blocks::new(file, begin, bytes, width * u64::from(channels), 1, None).ok_or_else(empty)?;
    in_blocks(blocks, codec, channels, rate)
}

/// MP3 has no file header: its first frame is searched for, after any other bytes.
fn mpeg(window: Window) -> Result<Opened, Problem> {
    match MpaReader::try_new(stream(window), Default::default()) {
        Ok(format) => {
            let mut opened = container(Box::new(format))?;
            if let Source::Container(of) = opened.source {
                let at = of.format.tracks().first().and_then(|track| track.delay).map_or(0, |delay| -i64::from(delay));
                opened.source = Source::Mpeg { of, at };
            }
            Ok(opened)
        }
        Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => Err(strange("no MP3 frame")),
        Err(error) => Err(unreadable(error)),
    }
}

fn container(format: Box<dyn FormatReader>) -> Result<Opened, Problem> {
    let track = format.default_track(TrackType::Audio).ok_or_else(|| no_decoder("unknown"))?;
    let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
    let parameters = parameters.ok_or_else(|| no_decoder("unknown"))?;
    let rate = parameters.sample_rate.filter(|rate| *rate > 0).ok_or_else(|| strange("no sample rate"))?;
    let decoder = Decoder::of(parameters).map_err(unreadable)?;
    let base = track.time_base.or_else(|| TimeBase::try_from_recip(rate)).ok_or_else(|| strange("no time base"))?;
    // In Opus files the frames that only prepare the decoder are counted, too.
    let late = if matches!(decoder, Decoder::Opus { .. }) { track.delay.map_or(0, i64::from) } else { 0 };
    let track = track.id;
    Ok(Opened { source: Source::Container(Container { format, track, base, rate, late }), decoder, rate })
}

fn stream(window: Window) -> MediaSourceStream<'static> {
    MediaSourceStream::new(Box::new(window), Default::default())
}

/// A part of a file that looks like a whole file.
struct Window {
    file: File,
    begin: u64,
    length: u64,
    at: u64,
}

impl Window {
    fn new(file: File, begin: u64, length: u64) -> Self {
        Self { file, begin, length, at: 0 }
    }
}

impl Read for Window {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.length.saturating_sub(self.at)).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        self.file.seek(SeekFrom::Start(self.begin + self.at))?;
        let read = self.file.read(&mut buffer[..most])?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = to.ok_or_else(|| io::Error::from(ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

impl MediaSource for Window {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
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
