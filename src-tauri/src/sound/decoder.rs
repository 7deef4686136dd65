//! Decodes packets of coded sound to samples.

use opus_decoder::OpusDecoder;
use symphonia::{
    core::{
        codecs::audio::{
            AudioCodecId, AudioCodecParameters, AudioDecoder,
            well_known::{CODEC_ID_AAC, CODEC_ID_MP3, CODEC_ID_OPUS, CODEC_ID_VORBIS},
        },
        errors::Error,
        packet::Packet,
    },
    default::get_codecs,
};

use super::{
    g726::G726,
    gsm::{self, Gsm},
};

/// Frames per second of an Opus decoder.
const OPUS_RATE: u32 = 48_000;

pub enum Decoder {
    Known(Known),
    Opus { decoder: Box<OpusDecoder>, channels: usize },
    Gsm(Box<Gsm>),
    G726(Box<G726>),
}

/// A decoder of symphonia.
pub struct Known {
    decoder: Box<dyn AudioDecoder>,
    parameters: AudioCodecParameters,
    /// The shape of the last MP3 frame; a decoder works only while it stays the same.
    shape: Option<[u8; 3]>,
}

/// The layout of a packet's samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    pub channels: usize,
    /// Frames per second.
    pub rate: u32,
}

impl Decoder {
    /// A decoder for the parameters in a container.
    pub fn of(parameters: &AudioCodecParameters) -> Result<Self, Error> {
        if parameters.codec == CODEC_ID_OPUS {
            let channels = parameters.channels.as_ref().map_or(1, |channels| channels.count());
            let decoder = OpusDecoder::new(OPUS_RATE, channels).map_err(|_| Error::Unsupported("Opus of more than two channels"))?;
            return Ok(Self::Opus { decoder: Box::new(decoder), channels });
        }
        let decoder = get_codecs().make_audio_decoder(parameters, &Default::default())?;
        Ok(Self::Known(Known { decoder, parameters: parameters.clone(), shape: None }))
    }

    /// Decodes the packet into `samples`, interleaved, without the frames that the packet says to trim.
    pub fn decode(&mut self, packet: &Packet, samples: &mut Vec<f32>) -> Result<Layout, Error> {
        samples.clear();
        let layout = match self {
            Self::Known(known) => known.decode(packet, samples)?,
            Self::Opus { decoder, channels } => {
                samples.resize(OpusDecoder::MAX_FRAME_SIZE_48K * *channels, 0.0);
                let frames = decoder.decode_float(&packet.data, samples, false).map_err(|_| Error::DecodeError("Opus"))?;
                samples.truncate(frames * *channels);
                Layout { channels: *channels, rate: OPUS_RATE }
            }
            Self::Gsm(gsm) => {
                gsm.decode(&packet.data, samples);
                Layout { channels: 1, rate: 0 }
            }
            Self::G726(g726) => {
                g726.decode(&packet.data, samples);
                Layout { channels: 1, rate: 0 }
            }
        };
        if !self.trims() {
            let samples_of = |frames: u64| usize::try_from(frames).unwrap_or(usize::MAX).saturating_mul(layout.channels);
            samples.truncate(samples.len().saturating_sub(samples_of(packet.trim_end.get())));
            samples.drain(..samples_of(packet.trim_start.get()).min(samples.len()));
        }
        Ok(layout)
    }

    /// Resets the state before a seek.
    pub fn reset(&mut self) {
        match self {
            Self::Known(known) => known.decoder.reset(),
            Self::Opus { decoder, .. } => decoder.reset(),
            Self::Gsm(gsm) => **gsm = Gsm::default(),
            Self::G726(g726) => g726.reset(),
        }
    }

    /// How many frames before the target of a seek decoding must begin, so that the target sounds right.
    pub fn lead(&self, rate: u32) -> u64 {
        let milliseconds = match self {
            Self::Known(known) if is(&known.parameters, CODEC_ID_VORBIS) || is(&known.parameters, CODEC_ID_AAC) => 300,
            Self::Known(_) => 0,
            // RFC 7845 requires at least 80.
            Self::Opus { .. } => 200,
            Self::Gsm(_) => 200,
            Self::G726(_) => 1000,
        };
        u64::from(rate) * milliseconds / 1000
    }

    /// Whether the decoder itself trims the frames that a packet says to trim.
    fn trims(&self) -> bool {
        matches!(self, Self::Known(known) if is(&known.parameters, CODEC_ID_MP3) || is(&known.parameters, CODEC_ID_VORBIS))
    }
}

impl Known {
    fn decode(&mut self, packet: &Packet, samples: &mut Vec<f32>) -> Result<Layout, Error> {
        if is(&self.parameters, CODEC_ID_MP3) {
            let shape = mp3_shape(&packet.data);
            // Another file was appended to the first.
            if self.shape.is_some_and(|before| before != shape) {
                self.decoder = get_codecs().make_audio_decoder(&self.parameters, &Default::default())?;
            }
            self.shape = Some(shape);
        }
        let decoded = self.decoder.decode(packet)?;
        let layout = Layout { channels: decoded.spec().channels().count().max(1), rate: decoded.spec().rate() };
        samples.resize(decoded.samples_interleaved(), 0.0);
        decoded.copy_to_slice_interleaved(samples);
        Ok(layout)
    }
}

fn is(parameters: &AudioCodecParameters, codec: AudioCodecId) -> bool {
    parameters.codec == codec
}

/// Version, sampling rate, and whether there is one channel.
fn mp3_shape(frame: &[u8]) -> [u8; 3] {
    match *frame {
        [_, second, third, fourth, ..] => [second & 0x18, third & 0x0c, u8::from(fourth >> 6 == 3)],
        _ => [0; 3],
    }
}

/// Bytes and frames of a block of GSM.
pub fn gsm_block(in_pairs: bool) -> (u64, u64) {
    let (bytes, frames) = if in_pairs { (gsm::PAIR, 2 * gsm::SAMPLES) } else { (gsm::FRAME, gsm::SAMPLES) };
    (bytes as u64, frames as u64)
}
