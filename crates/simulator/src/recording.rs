//! Recordings: a WAV file made of tones, and its download, with ranges, by a link that expires (N13).

use axum::body::Body;
use axum::http::{HeaderMap, Response, StatusCode, header};
use bytes::Bytes;
use jiff::Timestamp;

/// Samples a second, 16 bits each, one channel.
const RATE: u32 = 8_000;
const HEADER: usize = 44;

/// The recording behind a download link.
#[derive(Clone, Debug)]
pub(crate) struct DownloadLink {
    pub(crate) filename: String,
    /// Seconds talked; the recording is as long, but at least 3 s and at most 40 s.
    pub(crate) seconds: i64,
    /// The file does not exist before this time (R9).
    pub(crate) ready: Timestamp,
    pub(crate) dies: Timestamp,
}

impl DownloadLink {
    /// The recording's bytes, always the same for the same name.
    pub(crate) fn wav(&self) -> Bytes {
        let seconds = self.seconds.clamp(3, 40) as u32;
        let seed = self.filename.bytes().fold(7u32, |seed, byte| seed.wrapping_mul(31).wrapping_add(u32::from(byte)));
        let samples = RATE * seconds;
        let mut wav = Vec::with_capacity(HEADER + samples as usize * 2);
        wav.extend(header(samples * 2));
        for n in 0..samples {
            wav.extend(sample(n, seed).to_le_bytes());
        }
        wav.into()
    }

    /// A strong ETag: the content depends only on the name and the length.
    fn etag(&self, length: usize) -> String {
        format!("\"{}-{length}\"", self.filename.trim_end_matches(".wav"))
    }

    /// The whole file, a part of it (206), or 416; `changed`: with another ETag than before.
    pub(crate) fn download(&self, headers: &HeaderMap, changed: bool) -> Response<Body> {
        let wav = self.wav();
        let etag = if changed { "\"made-anew\"".to_owned() } else { self.etag(wav.len()) };
        let mut response = Response::new(Body::empty());
        let mut set = |name, value: String| {
            if let Ok(value) = value.parse() {
                response.headers_mut().insert(name, value);
            }
        };
        set(header::CONTENT_TYPE, "audio/wav".into());
        set(header::ACCEPT_RANGES, "bytes".into());
        set(header::ETAG, etag.clone());
        let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
        let same = text(header::IF_RANGE).is_none_or(|tag| tag == etag);
        match text(header::RANGE).filter(|_| same).map(|r| range(r, wav.len())) {
            Some(Some((first, last))) => {
                set(header::CONTENT_RANGE, format!("bytes {first}-{last}/{}", wav.len()));
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                *response.body_mut() = Body::from(wav.slice(first..=last));
            }
            Some(None) => {
                set(header::CONTENT_RANGE, format!("bytes */{}", wav.len()));
                *response.status_mut() = StatusCode::RANGE_NOT_SATISFIABLE;
            }
            None => *response.body_mut() = Body::from(wav),
        }
        response
    }
}

/// First and last byte of a single `bytes=` range; `None` if there is no such part.
fn range(text: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let end = length.checked_sub(1)?;
    let (first, last) = match (first.trim(), last.trim()) {
        ("", suffix) => (length.saturating_sub(suffix.parse().ok()?), end),
        (first, "") => (first.parse().ok()?, end),
        (first, last) => (first.parse().ok()?, last.parse::<usize>().ok()?.min(end)),
    };
    (first <= last).then_some((first, last))
}

/// The 44 bytes before the samples: RIFF, PCM, mono.
fn header(data: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(HEADER);
    out.extend(b"RIFF");
    out.extend((36 + data).to_le_bytes());
    out.extend(b"WAVEfmt ");
    out.extend(16u32.to_le_bytes());
    out.extend(1u16.to_le_bytes());
    out.extend(1u16.to_le_bytes());
    out.extend(RATE.to_le_bytes());
    out.extend((RATE * 2).to_le_bytes());
    out.extend(2u16.to_le_bytes());
    out.extend(16u16.to_le_bytes());
    out.extend(b"data");
    out.extend(data.to_le_bytes());
    out
}

/// Two voices in turn, each with its own melody and pauses between the notes.
fn sample(n: u32, seed: u32) -> i16 {
    const NOTES: [f32; 6] = [220.0, 246.9, 277.2, 329.6, 370.0, 415.3];
    let note = n / (RATE / 4);
    let within = (n % (RATE / 4)) as f32 / (RATE / 4) as f32;
    let voice = (note / 6) % 2;
    let chosen = seed.wrapping_add(note.wrapping_mul(2_654_435_761)) >> 16;
    if chosen.is_multiple_of(5) {
        return 0;
    }
    let pitch = NOTES[(chosen % 6) as usize] * if voice == 0 { 1.0 } else { 1.5 };
    let loudness = (within * std::f32::consts::PI).sin() * 7_000.0;
    let phase = n as f32 * pitch / RATE as f32 * std::f32::consts::TAU;
    (phase.sin() * loudness) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_gives_its_first_and_last_byte() {
        assert_eq!(range("bytes=0-9", 100), Some((0, 9)));
        assert_eq!(range("bytes=90-", 100), Some((90, 99)));
        assert_eq!(range("bytes=-10", 100), Some((90, 99)));
        assert_eq!(range("bytes=50-5000", 100), Some((50, 99)));
        assert_eq!(range("bytes=100-", 100), None);
        assert_eq!(range("items=0-1", 100), None);
    }

    #[test]
    fn a_recording_is_a_wav_file_with_audible_samples() {
        let link = DownloadLink { filename: "a.wav".into(), seconds: 0, ready: Timestamp::UNIX_EPOCH, dies: Timestamp::UNIX_EPOCH };
        let wav = link.wav();
        assert_eq!(wav.len(), HEADER + 3 * RATE as usize * 2);
        assert_eq!(&wav[..4], b"RIFF");
        assert_eq!(wav[4..8], (wav.len() as u32 - 8).to_le_bytes());
        let loud = wav[HEADER..].chunks(2);
        let loud = loud.filter(|s| i16::from_le_bytes([s[0], s[1]]).abs() > 1000);
        assert!(loud.count() > RATE as usize / 2);
    }
}
