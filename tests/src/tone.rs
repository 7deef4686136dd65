//! The pitch of samples.

/// Samples per second.
pub const RATE: usize = 48_000;

/// The amount of this pitch: 0.5 for a sine of full amplitude.
pub fn pitch(samples: &[f32], hertz: f32) -> f32 {
    let turn = hertz * std::f32::consts::TAU / RATE as f32;
    let (mut across, mut along) = (0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let angle = (n as f32 * turn) % std::f32::consts::TAU;
        along += sample * angle.cos();
        across += sample * angle.sin();
    }
    (along * along + across * across).sqrt() / samples.len().max(1) as f32
}
