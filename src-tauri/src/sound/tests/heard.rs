//! Tests of the threads on a real ALSA device that plays into a pipe. ALSA reads its configuration once per process, so each test runs in a
//! process of its own.

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
    speaker::{Speakers, config, loudness, pitch},
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

/// Runs the named test in a process that has these speakers; with none, in a process without a sound device.
fn with(name: &str, speakers: &[&str], test: impl FnOnce(&Speakers, &Path)) {
    apart(name, |folder| {
        // ALSA ends a process whose pipe has no reader, so the speakers must outlive the test.
        test(Box::leak(Box::new(Speakers::new(folder, speakers))), folder);
    });
}

/// Runs the named test in a process of its own that does not know this machine's sound devices.
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

#[test]
fn a_recording_is_heard_from_its_beginning_to_its_end() {
    with("a_recording_is_heard_from_its_beginning_to_its_end", &["one"], |speakers, folder| {
        let playing = Playing::start(&kept(folder, &[440.0, 880.0]), SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        let view = playing.until("it plays", |view| view.state == PlayerState::Playing && view.length_ms.is_some());
        assert_eq!((view.call, view.length_ms, view.speed_percent, view.waveform.len()), (CALL, Some(2000), 100, 200));
        hears(speakers, 0, 440.0);
        hears(speakers, 0, 880.0);
        let view = playing.until("its end", |view| view.state == PlayerState::Ended);
        assert_eq!(view.position_ms, 2000);
        let heard = speakers.heard(0);
        let heard = sounds(&heard);
        assert!((94_000..98_000).contains(&heard.len()), "{}", heard.len());
        let at = |second: f32| &heard[(second * 48_000.0) as usize..][..9600];
        assert!(pitch(at(0.7), 440.0) > 0.05 && pitch(at(0.7), 880.0) < 0.002);
        assert!(pitch(at(1.1), 880.0) > 0.05 && pitch(at(1.1), 440.0) < 0.002);

        speakers.forget();
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
    });
}

#[test]
fn a_recording_pauses_seeks_and_continues_at_its_position() {
    with("a_recording_pauses_seeks_and_continues_at_its_position", &["one"], |speakers, folder| {
        let playing = Playing::start(&kept(folder, &[440.0, 880.0, 1320.0, 1760.0]), SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
        playing.wish(PlayerOrder::Seek { ms: 2000 });
        hears(speakers, 0, 1320.0);
        playing.wish(PlayerOrder::Pause);
        let paused = playing.until("it is paused", |view| view.state == PlayerState::Paused);
        assert!((2000..2600).contains(&paused.position_ms), "{}", paused.position_ms);
        falls_silent(speakers, 0);
        assert!(pitch(&speakers.heard(0), 880.0) < 0.005, "the skipped part is not heard");

        speakers.forget();
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 1320.0);
        hears(speakers, 0, 1760.0);
        playing.until("its end", |view| view.state == PlayerState::Ended);
        playing.wish(PlayerOrder::Seek { ms: 900_000 });
        let view = playing.until("it is at its end", |view| view.state == PlayerState::Paused);
        assert_eq!(view.position_ms, 4000, "there is nothing beyond its end");
    });
}

#[test]
fn a_recording_at_double_speed_keeps_its_pitch() {
    with("a_recording_at_double_speed_keeps_its_pitch", &["one"], |speakers, folder| {
        let playing = Playing::start(&kept(folder, &[440.0, 440.0, 440.0, 440.0]), SoundSettings::default());
        playing.wish(PlayerOrder::Speed { percent: 200 });
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
        playing.until("its end", |view| view.state == PlayerState::Ended && view.speed_percent == 200);
        let heard = speakers.heard(0);
        let heard = sounds(&heard);
        assert!((90_000..103_000).contains(&heard.len()), "{}", heard.len());
        let middle = &heard[9_600..][..76_800];
        assert!(pitch(middle, 440.0) > 0.06 && pitch(middle, 880.0) < 0.005);
    });
}

#[test]
fn a_change_of_the_volume_is_heard_at_once() {
    with("a_change_of_the_volume_is_heard_at_once", &["one"], |speakers, folder| {
        let loud = SoundSettings { recordings_volume: 100, ..SoundSettings::default() };
        let playing = Playing::start(&kept(folder, &[440.0; 8]), loud);
        playing.wish(PlayerOrder::Play { call: CALL });
        let settles = |wanted: f32| {
            until(&format!("{wanted}"), || speakers.last(0).filter(|part| (loudness(part) - wanted).abs() < 0.01).map(drop));
        };
        // A sine with amplitude 0.5.
        settles(0.3535);
        playing.orders.send(player::PlayerCommand::Settings(SoundSettings { recordings_volume: 50, ..SoundSettings::default() })).unwrap();
        settles(0.3535 / 4.0);
        playing.orders.send(player::PlayerCommand::Settings(SoundSettings { recordings_volume: 0, ..SoundSettings::default() })).unwrap();
        settles(0.0);
        assert_eq!(playing.view.borrow().as_ref().unwrap().state, PlayerState::Playing);
    });
}

#[test]
fn a_call_interrupts_a_recording() {
    with("a_call_interrupts_a_recording", &["one"], |speakers, folder| {
        let playing = Playing::start(&kept(folder, &[440.0; 4]), SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
        playing.orders.send(player::PlayerCommand::Call).unwrap();
        let view = playing.until("it is interrupted", |view| view.state == PlayerState::Interrupted);
        falls_silent(speakers, 0);
        let heard = sounds(&speakers.heard(0)).len() / 48;
        assert!(heard.abs_diff(view.position_ms as usize) < 300, "{heard} ms were heard, the position is {}", view.position_ms);
        speakers.forget();
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
    });
}

#[test]
fn a_recording_that_is_fetched_during_a_call_does_not_play_by_itself() {
    with("a_recording_that_is_fetched_during_a_call_does_not_play_by_itself", &["one"], |speakers, folder| {
        let (orders, inbox) = mpsc::channel();
        let (show, view) = watch::channel(None);
        let player = Player::new(Arc::new(SystemClock::new()), orders.clone(), SoundSettings::default(), show, |_| {});
        thread::spawn(move || player.run(&inbox));
        let playing = Playing { orders, view };
        playing.wish(PlayerOrder::Play { call: CALL });
        playing.until("it is looked for", |view| view.state == PlayerState::Fetching);
        playing.orders.send(player::PlayerCommand::Call).unwrap();
        playing.orders.send(player::PlayerCommand::File(CALL, Ok(kept(folder, &[440.0])))).unwrap();
        let view = playing.until("it is read", |view| view.length_ms.is_some());
        assert_eq!((view.state, view.position_ms), (PlayerState::Interrupted, 0));
        assert_eq!(speakers.count(0), 0);
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
    });
}

#[test]
fn only_one_recording_is_heard() {
    with("only_one_recording_is_heard", &["one"], |speakers, folder| {
        let playing = Playing::start(&kept(folder, &[440.0, 880.0, 1320.0]), SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 880.0);
        speakers.forget();
        playing.wish(PlayerOrder::Play { call: CallId(8) });
        let view = playing.until("the other plays", |view| view.call == CallId(8) && view.state == PlayerState::Playing);
        assert!(view.position_ms < 300);
        hears(speakers, 0, 440.0);
        until("the first is silent", || speakers.last(0).filter(|part| pitch(part, 440.0) > 100.0 * pitch(part, 880.0)).map(drop));
    });
}

#[test]
fn r12_a_recording_that_is_deleted_while_it_plays_plays_to_its_end() {
    with("r12_a_recording_that_is_deleted_while_it_plays_plays_to_its_end", &["one"], |speakers, folder| {
        let file = kept(folder, &[440.0, 880.0]);
        let playing = Playing::start(&file, SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
        fs::remove_file(&file).unwrap();
        hears(speakers, 0, 880.0);
        playing.until("its end", |view| view.state == PlayerState::Ended);
        playing.wish(PlayerOrder::Play { call: CALL });
        let view = playing.until("it is gone", |view| matches!(view.state, PlayerState::Failed { .. }));
        assert!(matches!(view.state, PlayerState::Failed { problem } if problem.code == ProblemCode::RecordingGone));
        // It plays again when the file exists again.
        kept(folder, &[1320.0]);
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 1320.0);
    });
}

#[test]
fn playback_continues_after_a_device_was_lost() {
    with("playback_continues_after_a_device_was_lost", &["one"], |speakers, folder| {
        let playing = Playing::start(&kept(folder, &[440.0, 880.0, 1320.0]), SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 880.0);
        playing.orders.send(player::PlayerCommand::Lost(1)).unwrap();
        hears(speakers, 0, 1320.0);
        // If the device is lost again at once, it is not opened once more.
        playing.wish(PlayerOrder::Pause);
        playing.wish(PlayerOrder::Seek { ms: 500 });
        playing.wish(PlayerOrder::Play { call: CALL });
        playing.orders.send(player::PlayerCommand::Lost(3)).unwrap();
        let view = playing.until("it has failed", |view| matches!(view.state, PlayerState::Failed { .. }));
        assert!((500..1000).contains(&view.position_ms), "{}", view.position_ms);
    });
}

#[test]
fn without_a_device_player_and_ringer_report_it() {
    with("without_a_device_player_and_ringer_report_it", &[], |_, folder| {
        let playing = Playing::start(&kept(folder, &[440.0]), SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        let view = playing.until("it has failed", |view| matches!(view.state, PlayerState::Failed { .. }));
        assert!(matches!(view.state, PlayerState::Failed { problem } if problem.code == ProblemCode::SoundMissing));
        assert!(output::devices().is_empty());
        let ringing = Ringing::start(SoundSettings::default());
        let problem = until("it is said", || ringing.reports().first().cloned());
        assert_eq!(problem.unwrap().code, ProblemCode::SoundMissing, "reported before the first ring");
    });
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

#[test]
fn a_ring_is_heard_on_all_chosen_devices_until_it_is_stopped() {
    with("a_ring_is_heard_on_all_chosen_devices_until_it_is_stopped", &["one", "two", "three"], |speakers, _| {
        let devices = vec![device("two"), device("three")];
        let ringing = Ringing::start(SoundSettings { devices, ..SoundSettings::default() });
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(speakers, 1, 880.0);
        hears(speakers, 2, 880.0);
        ringing.order(ringer::RingerCommand::Ring(false));
        falls_silent(speakers, 1);
        falls_silent(speakers, 2);
        assert!(speakers.heard(0).is_empty(), "a device that was not chosen stays silent");

        // The device changes during a ring.
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(speakers, 1, 880.0);
        ringing.order(ringer::RingerCommand::Settings(SoundSettings::default()));
        hears(speakers, 0, 880.0);
        falls_silent(speakers, 1);
        // The app ends during a ring.
        ringing.order(ringer::RingerCommand::Stop);
        ringing.thread.join().unwrap();
        falls_silent(speakers, 0);
        assert!(ringing.reports.lock().unwrap().iter().all(Option::is_none));
    });
}

#[test]
fn a_ring_pauses_and_repeats() {
    with("a_ring_pauses_and_repeats", &["one"], |speakers, _| {
        let ringing = Ringing::start(SoundSettings::default());
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(speakers, 0, 880.0);
        until("a pause", || {
            let heard = speakers.heard(0);
            (heard.len() - sounds(&heard).len() > 48_000 && loudness(&speakers.last(0)?) == 0.0).then_some(())
        });
        hears(speakers, 0, 880.0);
    });
}

#[test]
fn a_ring_has_a_longest_duration() {
    with("a_ring_has_a_longest_duration", &["one"], |speakers, _| {
        let clock = TurnedClock::new();
        let ringing = Ringing::start_at(Arc::<TurnedClock>::clone(&clock), SoundSettings::default());
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(speakers, 0, 880.0);
        clock.pass(Duration::from_secs(121));
        // Any command makes the ringer check the time.
        ringing.order(ringer::RingerCommand::Test);
        falls_silent(speakers, 0);
    });
}

#[test]
fn a_test_ring_and_the_connected_tone_are_heard_once() {
    with("a_test_ring_and_the_connected_tone_are_heard_once", &["one"], |speakers, _| {
        let ringing = Ringing::start(SoundSettings::default());
        ringing.order(ringer::RingerCommand::Connected);
        hears(speakers, 0, 1175.0);
        falls_silent(speakers, 0);
        ringing.order(ringer::RingerCommand::Test);
        hears(speakers, 0, 660.0);
        // The end of a call does not end a test ring.
        ringing.order(ringer::RingerCommand::Ring(false));
        hears(speakers, 0, 660.0);
        falls_silent(speakers, 0);
        assert!(speakers.count(0) < 3 * 48_000, "the device is closed before the ring would repeat");
    });
}

#[test]
fn a_missing_device_is_replaced_by_the_default_device() {
    with("a_missing_device_is_replaced_by_the_default_device", &["one"], |speakers, _| {
        let gone = SoundDevice { id: "alsa:headset".into(), name: "Headset".into() };
        let ringing = Ringing::start(SoundSettings { devices: vec![gone], ..SoundSettings::default() });
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(speakers, 0, 880.0);
        // The device is lost during the ring, and opened again.
        ringing.order(ringer::RingerCommand::Lost(1));
        falls_silent(speakers, 0);
        speakers.forget();
        hears(speakers, 0, 880.0);
        assert!(ringing.reports().iter().all(Option::is_none), "{:?}", ringing.reports());
    });
}

#[test]
fn a_headset_of_the_sound_server_rings_is_unplugged_and_rings_again() {
    apart("a_headset_of_the_sound_server_rings_is_unplugged_and_rings_again", |folder| {
        let mut speakers = Speakers::on_server(folder, &["loudspeaker", "headset"]);
        let devices = vec![device("headset")];
        let ringing = Ringing::start(SoundSettings { devices: devices.clone(), ..SoundSettings::default() });
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(&speakers, 1, 880.0);
        speakers.unplug("headset");
        hears(&speakers, 0, 880.0);
        ringing.order(ringer::RingerCommand::Ring(false));
        speakers.plug("headset");
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(&speakers, 2, 880.0);

        ringing.order(ringer::RingerCommand::Stop);
        ringing.thread.join().unwrap();

        // A recording is heard on its chosen device or not at all.
        let settings = SoundSettings { recordings_device: devices.first().cloned(), ..SoundSettings::default() };
        let playing = Playing::start(&kept(folder, &[440.0; 9]), settings);
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(&speakers, 2, 440.0);
        playing.wish(PlayerOrder::Pause);
        playing.until("it is paused", |view| view.state == PlayerState::Paused);
        speakers.unplug("headset");
        speakers.forget();
        playing.wish(PlayerOrder::Play { call: CALL });
        let view = playing.until("it has failed", |view| matches!(view.state, PlayerState::Failed { .. }));
        assert!(matches!(view.state, PlayerState::Failed { problem } if problem.code == ProblemCode::SoundMissing));
        assert!(pitch(&speakers.heard(0), 440.0) < 0.001);
    });
}

#[test]
fn a_sound_server_that_ends_during_a_ring_is_reported_and_used_again() {
    apart("a_sound_server_that_ends_during_a_ring_is_reported_and_used_again", |folder| {
        let speakers = Speakers::on_server(folder, &["loudspeaker"]);
        let ringing = Ringing::start(SoundSettings::default());
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(&speakers, 0, 880.0);
        drop(speakers);
        until("it is said", || ringing.reports().last()?.clone());
        let speakers = Speakers::on_server(folder, &["loudspeaker"]);
        hears(&speakers, 0, 880.0);
        until("it is well again", || ringing.reports().last()?.is_none().then_some(()));
    });
}
