//! The thread that rings on all chosen devices, until it is told to stop, but never longer than [`CAP`].

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender},
    },
    time::Duration,
};

use ringside_domain::{Problem, SoundDevice, SoundSettings};
use ringside_engine::Clock;

use super::{
    output::{self, Fill, Output},
    tone::{ALARM, CONNECTED, RING, Tone},
};

/// The longest ring, even if the command to stop is lost.
const CAP: Duration = Duration::from_secs(120);
/// A device that was lost or could not be opened is tried again after this.
const AGAIN: Duration = Duration::from_secs(1);
/// Time for the last frames to be heard.
const LINGER: Duration = Duration::from_millis(300);

#[derive(Clone, Copy, Debug)]
pub enum Once {
    /// So that a person can hear the ring.
    Ring,
    /// For the wallboard.
    Alarm,
}

#[derive(Debug)]
pub enum RingerCommand {
    /// The settings for sounds from now on.
    Settings(SoundSettings),
    Ring(bool),
    Connected,
    /// Plays this sound once, unless it rings.
    Once(Once),
    /// A device of this opening is gone.
    Lost(u64),
    /// Ends the thread.
    Stop,
}

/// The current sound.
struct Sounding {
    tone: Tone,
    /// Whether it repeats until it is stopped.
    rings: bool,
    until: Duration,
}

pub struct Ringer<R> {
    clock: Arc<dyn Clock>,
    commands: Sender<RingerCommand>,
    /// Called whenever it was found out whether sound can be played.
    report: R,
    settings: SoundSettings,
    sounding: Option<Sounding>,
    outputs: Vec<Output>,
    /// What was logged of each device that cannot be opened (None: the system's default), so that a retry does not log it again.
    logged: HashMap<Option<String>, String>,
    /// Number of the current opening; reports of earlier ones are ignored.
    opening: u64,
    again: Option<Duration>,
    gain: Arc<AtomicU32>,
}

impl<R: Fn(Option<Problem>)> Ringer<R> {
    pub fn new(clock: Arc<dyn Clock>, commands: Sender<RingerCommand>, settings: SoundSettings, report: R) -> Self {
        let gain = Arc::new(AtomicU32::new(gain(settings.volume).to_bits()));
        Self {
            clock,
            commands,
            report,
            settings,
            sounding: None,
            outputs: Vec::new(),
            logged: HashMap::new(),
            opening: 0,
            again: None,
            gain,
        }
    }

    /// Runs until it is stopped.
    pub fn run(mut self, inbox: &Receiver<RingerCommand>) {
        self.check();
        loop {
            let deadline = self.sounding.iter().map(|sounding| sounding.until).chain(self.again).min();
            let command = match deadline {
                Some(at) => inbox.recv_timeout(at.saturating_sub(self.clock.now().mono)),
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match command {
                Ok(RingerCommand::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(command) => self.take(command),
                Err(RecvTimeoutError::Timeout) => self.settle(),
            }
        }
    }

    fn take(&mut self, command: RingerCommand) {
        match command {
            RingerCommand::Settings(settings) => {
                let moved = settings.devices != self.settings.devices;
                self.settings = settings;
                self.gain.store(gain(self.settings.volume).to_bits(), Ordering::Relaxed);
                if moved {
                    self.check();
                    self.reopen();
                }
            }
            RingerCommand::Ring(true) => self.sound(RING, true, CAP),
            RingerCommand::Ring(false) if self.sounding.as_ref().is_some_and(|sounding| sounding.rings) => self.hush(),
            RingerCommand::Ring(false) | RingerCommand::Stop => {}
            RingerCommand::Connected => self.sound(CONNECTED, false, CONNECTED.length() + LINGER),
            RingerCommand::Once(once) if self.sounding.as_ref().is_none_or(|sounding| !sounding.rings) => {
                let tone = match once {
                    Once::Ring => RING,
                    Once::Alarm => ALARM,
                };
                self.sound(tone, false, tone.length() + LINGER);
            }
            RingerCommand::Once(_) => {}
            RingerCommand::Lost(opening) if opening == self.opening => {
                tracing::info!("a sound device went while it was used");
                self.outputs.clear();
                self.again = Some(self.clock.now().mono + AGAIN);
            }
            RingerCommand::Lost(_) => {}
        }
    }

    /// Stops or reopens what is due.
    fn settle(&mut self) {
        let now = self.clock.now().mono;
        if self.sounding.as_ref().is_some_and(|sounding| sounding.until <= now) {
            self.hush();
        } else if self.again.is_some_and(|again| again <= now) {
            self.reopen();
        }
    }

    fn sound(&mut self, tone: Tone, rings: bool, long: Duration) {
        self.sounding = Some(Sounding { tone, rings, until: self.clock.now().mono + long });
        self.reopen();
    }

    fn hush(&mut self) {
        self.sounding = None;
        self.again = None;
        self.outputs.clear();
    }

    /// Opens the chosen devices for the current sound; the system's default if none of them can be opened.
    fn reopen(&mut self) {
        self.outputs.clear();
        self.again = None;
        self.opening += 1;
        let Some(Sounding { tone, rings, until }) = self.sounding.as_ref() else { return };
        let now = self.clock.now().mono;
        let (tone, ends) = (*tone, if *rings { until.saturating_sub(now) } else { tone.length() });
        let mut logged = std::mem::take(&mut self.logged);
        let mut open = |device: Option<&SoundDevice>| {
            let (commands, opening) = (self.commands.clone(), self.opening);
            // The thread ends only with the app.
            let lost = move || drop(commands.send(RingerCommand::Lost(opening)));
            let opened = Output::open(device, |rate| Ok(fill(tone, ends, rate, Arc::clone(&self.gain))), lost);
            if is_news(&mut logged, device, opened.as_ref().err()) {
                tracing::warn!(problem = ?opened.as_ref().err(), ?device, "no sound from a device");
            }
            opened
        };
        let chosen: Vec<_> = self.settings.devices.iter().map(|device| open(Some(device))).collect();
        let mut outputs: Vec<_> = chosen.into_iter().filter_map(Result::ok).collect();
        let default = if outputs.is_empty() { Some(open(None)) } else { None };
        self.logged = logged;
        match default.transpose() {
            Ok(output) => {
                outputs.extend(output);
                self.outputs = outputs;
                (self.report)(None);
            }
            Err(problem) => {
                self.again = Some(now + AGAIN);
                (self.report)(Some(problem));
            }
        }
    }

    /// Checks the devices before a ring is missed because of them.
    fn check(&self) {
        let chosen = self.settings.devices.iter().map(Some);
        let works = chosen.chain([None]).map(output::check).reduce(|found, next| found.or(next));
        (self.report)(works.and_then(Result::err));
    }
}

/// Whether the device's problem is to be logged: once, until the device works or has another problem.
fn is_news(logged: &mut HashMap<Option<String>, String>, device: Option<&SoundDevice>, problem: Option<&Problem>) -> bool {
    let id = device.map(|device| device.id.clone());
    match problem.map(ToString::to_string) {
        Some(text) => logged.insert(id, text.clone()) != Some(text),
        None => {
            logged.remove(&id);
            false
        }
    }
}

/// The square of the slider's position, so that half of the way sounds about half as loud.
pub fn gain(percent: u32) -> f32 {
    let part = percent.min(100) as f32 / 100.0;
    part * part
}

/// Fills in the tone at this rate; it ends by itself even if the stream is not dropped.
fn fill(tone: Tone, ends: Duration, rate: u32, gain: Arc<AtomicU32>) -> Fill {
    let (mut frame, last) = (0, (ends.as_secs_f64() * f64::from(rate)) as u64);
    Box::new(move |frames, _| {
        let gain = f32::from_bits(gain.load(Ordering::Relaxed));
        for out in frames {
            let sample = if frame < last { tone.sample(frame, rate) * gain } else { 0.0 };
            *out = [sample; 2];
            frame += 1;
        }
    })
}

#[cfg(test)]
mod tests {
    use ringside_domain::ProblemCode;

    use super::*;

    #[test]
    fn a_tone_whose_stream_is_not_dropped_ends_by_itself() {
        let mut fill = fill(RING, CAP, 100, Arc::new(AtomicU32::new(1.0f32.to_bits())));
        let mut frames = vec![[0.0; 2]; 100 * 121];
        fill(&mut frames, Duration::ZERO);
        let last = frames.iter().rposition(|[left, _]| *left != 0.0).unwrap();
        assert!((100 * 117..100 * 120).contains(&last), "{last}");
    }

    #[test]
    fn a_device_that_stays_away_is_logged_once_until_that_changes() {
        let gone = |detail: &str| Some(Problem::new(ProblemCode::SoundMissing, detail, true));
        let headset = SoundDevice { id: "alsa:headset".into(), name: "Headset".into() };
        let mut logged = HashMap::new();
        for (device, problem, news) in [
            (None, gone("none"), true),
            (None, gone("none"), false),
            (Some(&headset), gone("none"), true),
            (Some(&headset), gone("none"), false),
            (Some(&headset), gone("busy"), true),
            (None, None, false),
            (Some(&headset), gone("busy"), false),
            (None, gone("none"), true),
        ] {
            assert_eq!(is_news(&mut logged, device, problem.as_ref()), news, "{device:?} {problem:?}");
        }
    }

    #[test]
    fn the_volume_slider_goes_from_silence_to_full_volume() {
        assert_eq!([0, 50, 100, 1000].map(gain), [0.0, 0.25, 1.0, 1.0]);
    }
}
