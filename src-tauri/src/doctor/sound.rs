//! Checks whether a ring can be heard on the chosen devices.

use std::time::Duration;

use ringside_domain::{Problem, SoundDevice, SoundSettings};
use ringside_engine::doctor::{About, Check, Finding};
use tokio::{task::spawn_blocking, time::timeout};

/// Time limit, for a system that lists its devices slowly.
const PATIENCE: Duration = Duration::from_secs(5);

pub async fn examine(settings: SoundSettings) -> Check {
    let looked = spawn_blocking(move || of(&settings, crate::sound::check));
    match timeout(PATIENCE, looked).await {
        Ok(Ok(check)) => check,
        Ok(Err(error)) => Check::new(About::Sound, Finding::NoSound, error.to_string()),
        Err(_) => Check::new(About::Sound, Finding::NoSound, "no answer in time"),
    }
}

/// `opens` tests a device; None is the system's default device, which replaces chosen devices that fail.
fn of(settings: &SoundSettings, opens: impl Fn(Option<&SoundDevice>) -> Result<(), Problem>) -> Check {
    let for_recordings = settings.recordings_device.iter().filter(|device| !settings.devices.contains(device));
    let chosen = settings.devices.iter().chain(for_recordings);
    let (there, absent): (Vec<&SoundDevice>, Vec<&SoundDevice>) = chosen.partition(|device| opens(Some(device)).is_ok());
    let named = |devices: &[&SoundDevice]| devices.iter().map(|device| device.name.as_str()).collect::<Vec<_>>().join(", ");
    let rings = there.iter().any(|device| settings.devices.contains(device));
    let (finding, detail) = match opens(None) {
        Err(problem) if !rings => (Finding::NoSound, problem.detail),
        _ if !absent.is_empty() => (Finding::SoundDeviceAbsent, named(&absent)),
        _ => (Finding::SoundReady, named(&there)),
    };
    Check::new(About::Sound, finding, detail)
}

#[cfg(test)]
mod tests {
    use ringside_domain::ProblemCode;

    use super::*;

    fn device(name: &str) -> SoundDevice {
        SoundDevice { id: format!("alsa:{name}"), name: name.to_owned() }
    }

    /// The result if these devices work; `own`: whether the default device works.
    fn found(settings: &SoundSettings, own: bool, working: &[&str]) -> (Finding, String) {
        let opens = |device: Option<&SoundDevice>| match device.map_or(own, |device| working.contains(&device.name.as_str())) {
            true => Ok(()),
            false => Err(Problem::new(ProblemCode::SoundMissing, "gone", true)),
        };
        let check = of(settings, opens);
        (check.finding, check.detail)
    }

    #[test]
    fn sound_is_checked_on_the_chosen_devices_and_on_the_default_device() {
        let none = SoundSettings::default();
        assert_eq!(found(&none, true, &[]), (Finding::SoundReady, String::new()));
        assert_eq!(found(&none, false, &[]), (Finding::NoSound, "gone".to_owned()));

        let both = SoundSettings { devices: vec![device("headset")], recordings_device: Some(device("speaker")), ..none };
        assert_eq!(found(&both, true, &["headset", "speaker"]), (Finding::SoundReady, "headset, speaker".to_owned()));
        assert_eq!(found(&both, false, &["headset", "speaker"]), (Finding::SoundReady, "headset, speaker".to_owned()));
        assert_eq!(found(&both, false, &["headset"]), (Finding::SoundDeviceAbsent, "speaker".to_owned()));
        assert_eq!(found(&both, true, &[]), (Finding::SoundDeviceAbsent, "headset, speaker".to_owned()));
        assert_eq!(found(&both, false, &[]), (Finding::NoSound, "gone".to_owned()));

        let recordings = SoundSettings { devices: Vec::new(), ..both.clone() };
        assert_eq!(found(&recordings, false, &["speaker"]), (Finding::NoSound, "gone".to_owned()), "there is no device for a ring");
        let one = SoundSettings { recordings_device: Some(device("headset")), ..both };
        assert_eq!(found(&one, true, &["headset"]), (Finding::SoundReady, "headset".to_owned()), "a device is listed once");
    }
}
