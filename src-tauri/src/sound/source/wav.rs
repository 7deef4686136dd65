//! WAV: its codings by RIFF's numbers, and the sizes of their blocks.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
};

use ringside_domain::Problem;
use ringside_engine::{Wave, WaveError};
use symphonia::core::codecs::audio::{AudioCodecId, well_known::*};

use super::{
    super::{blocks::Blocks, g726::G726},
    Opened, empty, g726, gsm, in_blocks, mpeg, no_decoder, strange, unopened,
    window::Window,
};

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

pub fn open(mut file: File, from: u64) -> Result<Opened, Problem> {
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
        tag::MP3 => mpeg::open(Window::new(file, wave.begin, wave.bytes)),
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
