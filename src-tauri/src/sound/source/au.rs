//! AU, Sun's format: PCM and similar codings.

use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
};

use ringside_domain::Problem;
use symphonia::core::codecs::audio::well_known::*;

use super::{super::blocks::Blocks, Opened, empty, g726, in_blocks, no_decoder, strange};

/// The header consists of six big-endian numbers.
pub fn open(mut file: File, from: u64, length: u64) -> Result<Opened, Problem> {
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
