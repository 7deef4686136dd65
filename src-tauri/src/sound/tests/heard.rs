//! Tests of the threads on a real ALSA device that plays into a pipe. ALSA reads its configuration once per process, so each test runs in a
//! process of its own.

mod devices;
mod recordings;
mod rings;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use ringside_domain::{CallId, PlayerOrder, PlayerState, PlayerView, Problem, ProblemCode, SoundDevice, SoundSettings};
use ringside_engine::{Clock, SystemClock};
use ringside_tests::{
    TurnedClock,
    speaker::{Speakers, config, loudness},
    tone::pitch,
};
use tokio::sync::watch;

use super::{
    super::{
        output,
        player::{self, Player},
        ringer::{self, Ringer},
    },
    made::{pitches, wav},
};

const FOLDER: &str = "RINGSIDE_TEST_SPEAKERS";
const PATIENCE: Duration = Duration::from_secs(20);
const CALL: CallId = CallId(7);

/// Runs the test with this path below this module in a process that has these speakers; with none, in a process without a sound device.
fn with(name: &str, speakers: &[&str], test: impl FnOnce(&Speakers, &Path)) {
    apart(name, |folder| {
        // ALSA ends a process whose pipe has no reader, so the speakers must outlive the test.
        test(Box::leak(Box::new(Speakers::new(folder, speakers))), folder);
    });
}

/// Runs the test with this path below this module in a process of its own that does not know this machine's sound devices.
fn apart(name: &str, test: impl FnOnce(&Path)) {
    if let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) {
        return test(&folder);
    }
    // One test at a time, so that none must wait for another one's sound.
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let name = format!("{}::{name}", module_path!().split_once("::").unwrap().1);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([&name, "--exact", "--nocapture"]).env(FOLDER, folder.path()).env("ALSA_CONFIG_PATH", config(folder.path()));
    command.env("XDG_RUNTIME_DIR", folder.path()).env("HOME", folder.path()).env_remove("PULSE_SERVER").env_remove("PULSE_RUNTIME_PATH");
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
    assert!(!text.contains("ALSA lib"), "ALSA prints nothing of its own: {text}");
}

#[allow(clippy::disallowed_methods, reason = "the sound is played in the device's time")]
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn hears(speakers: &Speakers, n: usize, hertz: f32) {
    until(&format!("{hertz} Hz on speaker {n}"), || {
        speakers.last(n).filter(|part| pitch(part, hertz) > 0.3 * loudness(part) && loudness(part) > 0.01).map(drop)
    });
}

/// The part from the first to the last sample that is not silent.
fn sounds(heard: &[f32]) -> &[f32] {
    let loud = |sample: &f32| sample.abs() > 0.01;
    let begin = heard.iter().position(loud).unwrap();
    &heard[begin..=heard.iter().rposition(loud).unwrap()]
}

/// The device was closed, and all of its sound has arrived.
fn falls_silent(speakers: &Speakers, n: usize) {
    until("silence", || speakers.is_silent(n).then_some(()));
}

struct Playing {
    orders: Sender<player::PlayerCommand>,
    view: watch::Receiver<Option<PlayerView>>,
}

impl Playing {
    /// Starts a player for which the recording of every call is this file.
    fn start(file: &Path, settings: SoundSettings) -> Self {
        let (orders, inbox) = mpsc::channel();
        let (show, view) = watch::channel(None);
        let (answers, file) = (orders.clone(), file.to_owned());
        let find = move |call| answers.send(player::PlayerCommand::File(call, Ok(file.clone()))).unwrap();
        let player = Player::new(Arc::new(SystemClock::new()), orders.clone(), settings, show, find);
        thread::spawn(move || player.run(&inbox));
        Self { orders, view }
    }

    fn wish(&self, order: PlayerOrder) {
        self.orders.send(player::PlayerCommand::Wish(order)).unwrap();
    }

    fn until(&self, what: &str, holds: impl Fn(&PlayerView) -> bool) -> PlayerView {
        until(what, || self.view.borrow().clone().filter(|view| holds(view)))
    }
}

fn kept(folder: &Path, hertz: &[f32]) -> PathBuf {
    let file = folder.join("recording.wav");
    fs::write(&file, wav(&pitches(hertz))).unwrap();
    file
}

struct Ringing {
    orders: Sender<ringer::RingerCommand>,
    reports: Arc<Mutex<Vec<Option<Problem>>>>,
    thread: thread::JoinHandle<()>,
}

impl Ringing {
    fn start(settings: SoundSettings) -> Self {
        Self::start_at(Arc::new(SystemClock::new()), settings)
    }

    fn start_at(clock: Arc<dyn Clock>, settings: SoundSettings) -> Self {
        let (orders, inbox) = mpsc::channel();
        let reports: Arc<Mutex<Vec<Option<Problem>>>> = Arc::default();
        let told = Arc::clone(&reports);
        let report = move |problem| told.lock().unwrap().push(problem);
        let ringer = Ringer::new(clock, orders.clone(), settings, report);
        let thread = thread::spawn(move || ringer.run(&inbox));
        Self { orders, reports, thread }
    }

    fn reports(&self) -> Vec<Option<Problem>> {
        self.reports.lock().unwrap().clone()
    }

    fn order(&self, order: ringer::RingerCommand) {
        self.orders.send(order).unwrap();
    }
}

fn device(name: &str) -> SoundDevice {
    output::devices().into_iter().find(|device| device.name == name).unwrap()
}
