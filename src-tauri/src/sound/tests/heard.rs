//! The threads on a real ALSA device, one that plays into a pipe. ALSA reads its configuration once a process, so each test
//! runs in a process of its own.

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

/// Runs the test named, in a process that finds these speakers; without any, one without a sound device.
fn with(name: &str, speakers: &[&str], test: impl FnOnce(&Speakers, &Path)) {
    apart(name, |folder| {
        // ALSA ends a process that plays to nobody, so they outlive the test.
        test(Box::leak(Box::new(Speakers::new(folder, speakers))), folder);
    });
}

/// Runs the test named in a process of its own, to which no sound of this machine is known.
fn apart(name: &str, test: impl FnOnce(&Path)) {
    if let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) {
        return test(&folder);
    }
    // One at a time, so that none has to wait for its turn to be heard.
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

#[allow(clippy::disallowed_methods, reason = "what is waited for is heard in the device's time")]
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

/// From the first to the last sample that is not silence.
fn sounds(heard: &[f32]) -> &[f32] {
    let loud = |sample: &f32| sample.abs() > 0.01;
    let begin = heard.iter().position(loud).unwrap();
    &heard[begin..=heard.iter().rposition(loud).unwrap()]
}

/// What played there has let go of the device, and all of it has come.
fn falls_silent(speakers: &Speakers, n: usize) {
    until("silence", || speakers.is_silent(n).then_some(()));
}

struct Playing {
    orders: Sender<player::PlayerCommand>,
    view: watch::Receiver<Option<PlayerView>>,
}

impl Playing {
    /// A player, for which the recording of every call is this file.
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
fn it_pauses_seeks_and_goes_on_where_it_was() {
    with("it_pauses_seeks_and_goes_on_where_it_was", &["one"], |speakers, folder| {
        let playing = Playing::start(&kept(folder, &[440.0, 880.0, 1320.0, 1760.0]), SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
        playing.wish(PlayerOrder::Seek { ms: 2000 });
        hears(speakers, 0, 1320.0);
        playing.wish(PlayerOrder::Pause);
        let paused = playing.until("it is paused", |view| view.state == PlayerState::Paused);
        assert!((2000..2600).contains(&paused.position_ms), "{}", paused.position_ms);
        falls_silent(speakers, 0);
        assert!(pitch(&speakers.heard(0), 880.0) < 0.005, "what was skipped is not heard");

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
fn twice_as_fast_sounds_as_high() {
    with("twice_as_fast_sounds_as_high", &["one"], |speakers, folder| {
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
fn louder_and_softer_at_once() {
    with("louder_and_softer_at_once", &["one"], |speakers, folder| {
        let loud = SoundSettings { recordings_volume: 100, ..SoundSettings::default() };
        let playing = Playing::start(&kept(folder, &[440.0; 8]), loud);
        playing.wish(PlayerOrder::Play { call: CALL });
        let settles = |wanted: f32| {
            until(&format!("{wanted}"), || speakers.last(0).filter(|part| (loudness(part) - wanted).abs() < 0.01).map(drop));
        };
        // A sine of 0.5.
        settles(0.3535);
        playing.orders.send(player::PlayerCommand::Settings(SoundSettings { recordings_volume: 50, ..SoundSettings::default() })).unwrap();
        settles(0.3535 / 4.0);
        playing.orders.send(player::PlayerCommand::Settings(SoundSettings { recordings_volume: 0, ..SoundSettings::default() })).unwrap();
        settles(0.0);
        assert_eq!(playing.view.borrow().as_ref().unwrap().state, PlayerState::Playing);
    });
}

#[test]
fn a_call_interrupts_it() {
    with("a_call_interrupts_it", &["one"], |speakers, folder| {
        let playing = Playing::start(&kept(folder, &[440.0; 4]), SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
        playing.orders.send(player::PlayerCommand::Call).unwrap();
        let view = playing.until("it is interrupted", |view| view.state == PlayerState::Interrupted);
        falls_silent(speakers, 0);
        let heard = sounds(&speakers.heard(0)).len() / 48;
        assert!(heard.abs_diff(view.position_ms as usize) < 300, "{heard} ms were heard, {} are told", view.position_ms);
        speakers.forget();
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 440.0);
    });
}

#[test]
fn what_is_fetched_during_a_call_waits_to_be_played() {
    with("what_is_fetched_during_a_call_waits_to_be_played", &["one"], |speakers, folder| {
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
fn only_one_is_heard() {
    with("only_one_is_heard", &["one"], |speakers, folder| {
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
fn r12_deleted_while_it_plays_it_plays_on_and_is_gone_the_next_time() {
    with("r12_deleted_while_it_plays_it_plays_on_and_is_gone_the_next_time", &["one"], |speakers, folder| {
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
        // Found again, it plays.
        kept(folder, &[1320.0]);
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 1320.0);
    });
}

#[test]
fn a_device_that_goes_is_taken_up_again_where_it_was() {
    with("a_device_that_goes_is_taken_up_again_where_it_was", &["one"], |speakers, folder| {
        let playing = Playing::start(&kept(folder, &[440.0, 880.0, 1320.0]), SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        hears(speakers, 0, 880.0);
        playing.orders.send(player::PlayerCommand::Lost(1)).unwrap();
        hears(speakers, 0, 1320.0);
        // Lost again at once, it is not worth another try.
        playing.wish(PlayerOrder::Pause);
        playing.wish(PlayerOrder::Seek { ms: 500 });
        playing.wish(PlayerOrder::Play { call: CALL });
        playing.orders.send(player::PlayerCommand::Lost(3)).unwrap();
        let view = playing.until("it has failed", |view| matches!(view.state, PlayerState::Failed { .. }));
        assert!((500..1000).contains(&view.position_ms), "{}", view.position_ms);
    });
}

#[test]
fn without_a_device_both_say_so() {
    with("without_a_device_both_say_so", &[], |_, folder| {
        let playing = Playing::start(&kept(folder, &[440.0]), SoundSettings::default());
        playing.wish(PlayerOrder::Play { call: CALL });
        let view = playing.until("it has failed", |view| matches!(view.state, PlayerState::Failed { .. }));
        assert!(matches!(view.state, PlayerState::Failed { problem } if problem.code == ProblemCode::SoundMissing));
        assert!(output::devices().is_empty());
        let ringing = Ringing::start(SoundSettings::default());
        let problem = until("it is said", || ringing.reports().first().cloned());
        assert_eq!(problem.unwrap().code, ProblemCode::SoundMissing, "before anything rings");
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
fn it_rings_on_every_device_chosen_until_it_is_told_to_stop() {
    with("it_rings_on_every_device_chosen_until_it_is_told_to_stop", &["one", "two", "three"], |speakers, _| {
        let devices = vec![device("two"), device("three")];
        let ringing = Ringing::start(SoundSettings { devices, ..SoundSettings::default() });
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(speakers, 1, 880.0);
        hears(speakers, 2, 880.0);
        ringing.order(ringer::RingerCommand::Ring(false));
        falls_silent(speakers, 1);
        falls_silent(speakers, 2);
        assert!(speakers.heard(0).is_empty(), "not on the one that was not chosen");

        // Moved while it rings.
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(speakers, 1, 880.0);
        ringing.order(ringer::RingerCommand::Settings(SoundSettings::default()));
        hears(speakers, 0, 880.0);
        falls_silent(speakers, 1);
        // Quit while it rings.
        ringing.order(ringer::RingerCommand::Stop);
        ringing.thread.join().unwrap();
        falls_silent(speakers, 0);
        assert!(ringing.reports.lock().unwrap().iter().all(Option::is_none));
    });
}

#[test]
fn a_ring_pauses_and_comes_again() {
    with("a_ring_pauses_and_comes_again", &["one"], |speakers, _| {
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
fn nothing_rings_for_ever() {
    with("nothing_rings_for_ever", &["one"], |speakers, _| {
        let clock = TurnedClock::new();
        let ringing = Ringing::start_at(Arc::<TurnedClock>::clone(&clock), SoundSettings::default());
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(speakers, 0, 880.0);
        clock.pass(Duration::from_secs(121));
        // Any order lets it look at the time.
        ringing.order(ringer::RingerCommand::Test);
        falls_silent(speakers, 0);
    });
}

#[test]
fn a_test_and_a_connected_call_are_heard_once() {
    with("a_test_and_a_connected_call_are_heard_once", &["one"], |speakers, _| {
        let ringing = Ringing::start(SoundSettings::default());
        ringing.order(ringer::RingerCommand::Connected);
        hears(speakers, 0, 1175.0);
        falls_silent(speakers, 0);
        ringing.order(ringer::RingerCommand::Test);
        hears(speakers, 0, 660.0);
        // No call's end ends a test.
        ringing.order(ringer::RingerCommand::Ring(false));
        hears(speakers, 0, 660.0);
        falls_silent(speakers, 0);
        assert!(speakers.count(0) < 3 * 48_000, "the device is left alone before it would ring again");
    });
}

#[test]
fn a_device_that_is_not_there_is_made_up_for() {
    with("a_device_that_is_not_there_is_made_up_for", &["one"], |speakers, _| {
        let gone = SoundDevice { id: "alsa:headset".into(), name: "Headset".into() };
        let ringing = Ringing::start(SoundSettings { devices: vec![gone], ..SoundSettings::default() });
        ringing.order(ringer::RingerCommand::Ring(true));
        hears(speakers, 0, 880.0);
        // It goes while it rings: taken up again.
        ringing.order(ringer::RingerCommand::Lost(1));
        falls_silent(speakers, 0);
        speakers.forget();
        hears(speakers, 0, 880.0);
        assert!(ringing.reports().iter().all(Option::is_none), "{:?}", ringing.reports());
    });
}

#[test]
fn a_headset_of_the_sound_server_rings_goes_and_comes_back() {
    apart("a_headset_of_the_sound_server_rings_goes_and_comes_back", |folder| {
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

        // A recording is heard where it was sent to, or not at all.
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
fn a_sound_server_that_ends_while_it_rings_is_said_and_taken_up_again() {
    apart("a_sound_server_that_ends_while_it_rings_is_said_and_taken_up_again", |folder| {
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
