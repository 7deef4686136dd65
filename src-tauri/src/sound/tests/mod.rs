//! Tests of decoding and of the audible output: ALSA plays into a pipe, so that no sound card is needed.

mod cues;
mod damage;
#[cfg(target_os = "linux")]
mod heard;
mod kinds;
mod made;
mod recordings;
