//! The system's sound devices, and streams to them.

use std::time::Duration;

use cpal::{
    Data, Device, ErrorKind, FromSample, SampleFormat, SizedSample, Stream, StreamConfig,
    traits::{DeviceTrait, HostTrait, StreamTrait},
};
use ringside_domain::{Problem, ProblemCode, SoundDevice};

use super::recording::Frame;

/// Fills the next frames. The duration is the time until they are heard.
pub type Fill = Box<dyn FnMut(&mut [Frame], Duration) + Send>;

/// A stream to a device; it ends when it is dropped.
pub struct Output(#[expect(dead_code, reason = "held: the stream ends with it")] Stream);

impl Output {
    /// Opens a device (None: the system's default) and plays the frames of `fill`, which gets the device's rate. `lost` is called once if
    /// the device disappears.
    pub fn open(
        device: Option<&SoundDevice>,
        fill: impl FnOnce(u32) -> Result<Fill, Problem>,
        lost: impl FnOnce() + Send + 'static,
    ) -> Result<Self, Problem> {
        let device = find(device)?;
        let config = device.default_output_config().map_err(missing)?;
        let mut fill = fill(config.sample_rate())?;
        let (format, config): (_, StreamConfig) = (config.sample_format(), config.into());
        let (rate, channels) = (config.sample_rate, usize::from(config.channels));
        let write = writer(format).ok_or_else(|| Problem::new(ProblemCode::SoundMissing, format!("sample format {format}"), false))?;
        let mut frames = vec![[0.0; 2]; rate as usize / 10];
        let data = move |data: &mut Data, info: &cpal::OutputCallbackInfo| {
            let wanted = data.len() / channels;
            frames.resize(wanted, [0.0; 2]);
            let stamp = info.timestamp();
            fill(&mut frames, stamp.playback.duration_since(stamp.callback));
            write(data, &frames, channels);
        };
        let mut lost = Some(lost);
        let on_error = move |error: cpal::Error| {
            tracing::debug!(%error, kind = ?error.kind(), "a sound device reports");
            // The stream recovers from these three by itself.
            if !matches!(error.kind(), ErrorKind::Xrun | ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied)
                && let Some(lost) = lost.take()
            {
                lost();
            }
        };
        let stream = device.build_output_stream_raw(config, format, data, on_error, None).map_err(missing)?;
        stream.play().map_err(missing)?;
        Ok(Self(stream))
    }
}

/// Keeps ALSA from printing what it does not find; the errors that it returns are told. For this thread, and anew each time, since what is
/// not printed is kept until then.
fn silence_alsa() {
    #[cfg(target_os = "linux")]
    if let Err(error) = alsa::Output::local_error_handler() {
        tracing::debug!(%error, "ALSA prints its errors");
    }
}

/// Whether the device can be opened.
pub fn check(device: Option<&SoundDevice>) -> Result<(), Problem> {
    find(device)?.default_output_config().map_err(missing).map(drop)
}

/// The devices that a user can choose.
pub fn devices() -> Vec<SoundDevice> {
    silence_alsa();
    let found = cpal::default_host().output_devices();
    let found = found.inspect_err(|error| tracing::info!(%error, "no sound devices can be listed")).ok();
    let chosen = |device: Device| {
        let id = device.id().ok()?.to_string();
        (!is_plumbing(&id)).then(|| SoundDevice { id, name: device.to_string() })
    };
    let mut devices: Vec<_> = found.into_iter().flatten().filter_map(chosen).collect();
    devices.dedup_by(|next, before| next.id == before.id);
    devices
}

/// ALSA also lists parts of its own machinery, which nobody would call a device.
fn is_plumbing(id: &str) -> bool {
    const BLOCKS: [&str; 16] = [
        "hw",
        "plughw",
        "dmix",
        "dsnoop",
        "front",
        "null",
        "iec958",
        "jack",
        "oss",
        "lavrate",
        "samplerate",
        "speexrate",
        "speex",
        "upmix",
        "vdownmix",
        "usbstream",
    ];
    let name = id.strip_prefix("alsa:").map(|name| name.split(':').next().unwrap_or(name));
    name.is_some_and(|name| BLOCKS.contains(&name) || name.starts_with("surround"))
}

fn find(wanted: Option<&SoundDevice>) -> Result<Device, Problem> {
    silence_alsa();
    let host = cpal::default_host();
    let found = match wanted {
        None => host.default_output_device(),
        Some(wanted) => {
            let mut devices = host.devices().map_err(missing)?;
            // An administrator names a device, since its id differs from computer to computer.
            devices.find(|device| device.id().is_ok_and(|id| id.to_string() == wanted.id) || device.to_string() == wanted.id)
        }
    };
    found.ok_or_else(|| Problem::new(ProblemCode::SoundMissing, wanted.map_or("", |wanted| &wanted.name), true))
}

fn missing(error: cpal::Error) -> Problem {
    Problem::new(ProblemCode::SoundMissing, error.to_string(), true)
}

type Write = fn(&mut Data, &[Frame], usize);

fn writer(format: SampleFormat) -> Option<Write> {
    Some(match format {
        SampleFormat::F32 => write::<f32>,
        SampleFormat::F64 => write::<f64>,
        SampleFormat::I8 => write::<i8>,
        SampleFormat::I16 => write::<i16>,
        SampleFormat::I24 => write::<cpal::I24>,
        SampleFormat::I32 => write::<i32>,
        SampleFormat::U8 => write::<u8>,
        SampleFormat::U16 => write::<u16>,
        SampleFormat::U32 => write::<u32>,
        _ => return None,
    })
}

/// Writes left and right to the first two channels, or their mean if there is only one.
fn write<T: SizedSample + FromSample<f32>>(data: &mut Data, frames: &[Frame], channels: usize) {
    let Some(samples) = data.as_slice_mut::<T>() else { return };
    for (samples, [left, right]) in samples.chunks_exact_mut(channels).zip(frames) {
        match samples {
            [one] => *one = T::from_sample((left + right) / 2.0),
            [first, second, ..] => (*first, *second) = (T::from_sample(*left), T::from_sample(*right)),
            [] => {}
        }
    }
}
