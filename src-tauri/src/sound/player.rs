//! The thread that plays recordings, one at a time, decoded a little ahead.

mod playback;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender},
    },
    time::Duration,
};

use ringside_domain::{CallId, PlayerOrder, PlayerState, PlayerView, Problem, ProblemCode, SoundSettings};
use ringside_engine::Clock;
use tokio::sync::watch;

use super::{recording::Recording, ringer::gain, supply::Supply, waveform::Waveform};
use playback::Playback;

/// How often the playback is checked while it plays.
const LOOK: Duration = Duration::from_millis(40);
/// The window gets a new position if its own count is this far off, for example after a sleep or a device that stopped.
const DRIFT_MS: u32 = 400;
/// A lost device is opened again, but not more often than this.
const AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub enum PlayerCommand {
    Wish(PlayerOrder),
    Settings(SoundSettings),
    /// A call began.
    Call,
    /// The owner of the recording is gone.
    Forget,
    /// The path of a recording, or why there is none.
    File(CallId, Result<PathBuf, Problem>),
    /// The recording was read to its end.
    Read(CallId, Result<Waveform, Problem>),
    /// The device of this opening is gone.
    Lost(u64),
    Stop,
}

/// The current recording.
struct Current {
    call: CallId,
    file: Option<PathBuf>,
    state: PlayerState,
    /// The position at which it was last started, or at which it stands while it does not play.
    from_ms: u32,
    waveform: Option<Waveform>,
    playback: Option<Playback>,
}

pub struct Player<F> {
    clock: Arc<dyn Clock>,
    commands: Sender<PlayerCommand>,
    /// Looks for the file of a call's recording; the answer is [`PlayerCommand::File`].
    find: F,
    view: watch::Sender<Option<PlayerView>>,
    settings: SoundSettings,
    speed_percent: u32,
    current: Option<Current>,
    /// Number of times a device was opened.
    opening: u64,
    opened_at: Duration,
    /// The call whose waveform is still wanted.
    reading: Arc<AtomicU64>,
}

impl<F: Fn(CallId)> Player<F> {
    pub fn new(
        clock: Arc<dyn Clock>,
        commands: Sender<PlayerCommand>,
        settings: SoundSettings,
        view: watch::Sender<Option<PlayerView>>,
        find: F,
    ) -> Self {
        let (speed_percent, opened_at, reading) = (100, Duration::ZERO, Arc::default());
        Self { clock, commands, find, view, settings, speed_percent, current: None, opening: 0, opened_at, reading }
    }

    /// Runs until it is stopped.
    pub fn run(mut self, inbox: &Receiver<PlayerCommand>) {
        loop {
            let is_playing = self.current.as_ref().is_some_and(|current| current.playback.is_some());
            let command = if is_playing { inbox.recv_timeout(LOOK) } else { inbox.recv().map_err(|_| RecvTimeoutError::Disconnected) };
            match command {
                Ok(PlayerCommand::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(command) => self.take(command),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.feed();
        }
    }

    fn take(&mut self, command: PlayerCommand) {
        match command {
            PlayerCommand::Wish(PlayerOrder::Play { call }) => self.play(call),
            PlayerCommand::Wish(PlayerOrder::Pause) => self.pause(PlayerState::Paused),
            PlayerCommand::Wish(PlayerOrder::Seek { ms }) => self.seek(ms),
            PlayerCommand::Wish(PlayerOrder::Speed { percent }) => {
                let at = self.position();
                self.speed_percent = percent.clamp(75, 200);
                self.go_on_from(at);
            }
            PlayerCommand::Settings(settings) => self.set(settings),
            PlayerCommand::Call => self.pause(PlayerState::Interrupted),
            PlayerCommand::Forget => {
                self.current = None;
                self.publish();
            }
            PlayerCommand::File(call, found) => self.found(call, found),
            PlayerCommand::Read(call, waveform) => self.read(call, waveform),
            PlayerCommand::Lost(opening) if opening == self.opening => self.device_lost(),
            PlayerCommand::Lost(_) | PlayerCommand::Stop => {}
        }
    }

    fn play(&mut self, call: CallId) {
        match &mut self.current {
            Some(current) if current.call == call => match current.state {
                PlayerState::Fetching | PlayerState::Playing => {}
                PlayerState::Failed { .. } => {
                    current.file = None;
                    self.look_for_file();
                }
                PlayerState::Ended => {
                    current.from_ms = 0;
                    self.start();
                }
                PlayerState::Paused | PlayerState::Interrupted if current.file.is_none() => self.look_for_file(),
                PlayerState::Paused | PlayerState::Interrupted => self.start(),
            },
            _ => {
                let state = PlayerState::Fetching;
                self.current = Some(Current { call, file: None, state, from_ms: 0, waveform: None, playback: None });
                self.look_for_file();
            }
        }
    }

    fn look_for_file(&mut self) {
        let Some(current) = &mut self.current else { return };
        current.state = PlayerState::Fetching;
        (self.find)(current.call);
        self.publish();
    }

    fn found(&mut self, call: CallId, found: Result<PathBuf, Problem>) {
        let Some(current) = self.current.as_mut().filter(|current| current.call == call && current.file.is_none()) else { return };
        match found {
            Ok(file) => {
                current.file = Some(file);
                if current.waveform.is_none() {
                    self.read_all(call);
                }
                // Only if it was not paused meanwhile, by the user or by a call.
                if self.is(&PlayerState::Fetching) {
                    self.start();
                }
            }
            Err(problem) => self.fail(problem),
        }
    }

    /// Reads the whole recording for the waveform, beside the playback.
    fn read_all(&self, call: CallId) {
        let Some(file) = self.current.as_ref().and_then(|current| current.file.clone()) else { return };
        self.reading.store(call.0, Ordering::Relaxed);
        let (reading, commands) = (Arc::clone(&self.reading), self.commands.clone());
        std::thread::spawn(move || {
            let wanted = || reading.load(Ordering::Relaxed) == call.0;
            match Recording::open(&file).and_then(|recording| Waveform::read(recording, wanted)).transpose() {
                // The player ends only with the app.
                Some(waveform) => drop(commands.send(PlayerCommand::Read(call, waveform))),
                None => tracing::debug!(?call, "another recording is wanted"),
            }
        });
    }

    fn read(&mut self, call: CallId, waveform: Result<Waveform, Problem>) {
        let Some(current) = self.current.as_mut().filter(|current| current.call == call) else { return };
        match waveform {
            Ok(waveform) => {
                current.from_ms = current.from_ms.min(waveform.length_ms);
                current.waveform = Some(waveform);
                self.publish();
            }
            Err(problem) => self.fail(problem),
        }
    }

    fn pause(&mut self, state: PlayerState) {
        if self.is(&PlayerState::Playing) || self.is(&PlayerState::Fetching) {
            self.halt(state);
        }
    }

    fn seek(&mut self, ms: u32) {
        if self.is(&PlayerState::Ended) {
            self.halt(PlayerState::Paused);
        }
        self.go_on_from(ms);
    }

    /// Continues at this position, now or when it plays again.
    fn go_on_from(&mut self, ms: u32) {
        let Some(current) = &mut self.current else { return };
        current.from_ms = current.waveform.as_ref().map_or(ms, |waveform| ms.min(waveform.length_ms));
        match &current.state {
            PlayerState::Playing => self.start(),
            _ => self.publish(),
        }
    }

    fn set(&mut self, settings: SoundSettings) {
        let moved = settings.recordings_device != self.settings.recordings_device;
        self.settings = settings;
        if let Some(playback) = self.current.as_ref().and_then(|current| current.playback.as_ref()) {
            playback.set_gain(gain(self.settings.recordings_volume));
        }
        if moved && self.is(&PlayerState::Playing) {
            self.reopen();
        }
    }

    fn device_lost(&mut self) {
        if self.clock.now().mono < self.opened_at + AGAIN {
            self.fail(Problem::new(ProblemCode::SoundMissing, "", true));
        } else {
            self.reopen();
        }
    }

    /// Opens the device again and continues.
    fn reopen(&mut self) {
        self.halt(PlayerState::Paused);
        self.start();
    }

    /// Starts playing at `from_ms`.
    fn start(&mut self) {
        match self.begin() {
            Ok(()) => {
                if let Some(current) = &mut self.current {
                    current.state = PlayerState::Playing;
                }
                self.feed();
                self.publish();
            }
            Err(problem) => self.fail(problem),
        }
    }

    fn begin(&mut self) -> Result<(), Problem> {
        let gone = || Problem::new(ProblemCode::RecordingGone, "", true);
        let current = self.current.as_mut().ok_or_else(gone)?;
        let recording = Recording::open(current.file.as_deref().ok_or_else(gone)?)?;
        let (from_ms, speed) = (current.from_ms, self.speed_percent);
        if let Some(playback) = &mut current.playback {
            playback.turn_to(Supply::new(recording, from_ms, speed, playback.rate())?);
            return Ok(());
        }
        self.opening += 1;
        self.opened_at = self.clock.now().mono;
        let (commands, opening) = (self.commands.clone(), self.opening);
        let supply = |rate| Supply::new(recording, from_ms, speed, rate);
        // The player ends only with the app.
        let lost = move || drop(commands.send(PlayerCommand::Lost(opening)));
        let gain = gain(self.settings.recordings_volume);
        current.playback = Some(Playback::open(self.settings.recordings_device.as_ref(), gain, supply, lost)?);
        Ok(())
    }

    /// Decodes more frames; checks whether the recording has ended, and whether the window counts the right position.
    fn feed(&mut self) {
        let Some(playback) = self.current.as_mut().and_then(|current| current.playback.as_mut()) else { return };
        match playback.fill_up() {
            Ok(()) if playback.is_over() => self.halt(PlayerState::Ended),
            Ok(()) if self.has_drifted() => self.publish(),
            Ok(()) => {}
            Err(problem) => self.fail(problem),
        }
    }

    fn has_drifted(&self) -> bool {
        let now = self.clock.now().wall;
        let told = self.view.borrow();
        let counted = told.as_ref().map(|view| view.position_ms + scaled(now.since(view.at), view.speed_percent));
        counted.is_some_and(|counted| counted.abs_diff(self.position()) > DRIFT_MS)
    }

    fn halt(&mut self, state: PlayerState) {
        let from_ms = self.position();
        if let Some(current) = &mut self.current {
            current.from_ms = from_ms;
            current.playback = None;
            current.state = state;
        }
        self.publish();
    }

    fn fail(&mut self, problem: Problem) {
        tracing::warn!(%problem, "a recording is not played");
        self.halt(PlayerState::Failed { problem });
    }

    fn is(&self, state: &PlayerState) -> bool {
        self.current.as_ref().is_some_and(|current| current.state == *state)
    }

    /// The position that is heard now.
    fn position(&self) -> u32 {
        let Some(current) = &self.current else { return 0 };
        let heard = current.playback.as_ref().map_or(Duration::ZERO, Playback::heard);
        let at = current.from_ms.saturating_add(scaled(heard, self.speed_percent));
        current.waveform.as_ref().map_or(at, |waveform| at.min(waveform.length_ms))
    }

    fn publish(&self) {
        let view = self.current.as_ref().map(|current| PlayerView {
            call: current.call,
            state: current.state.clone(),
            position_ms: self.position(),
            at: self.clock.now().wall,
            length_ms: current.waveform.as_ref().map(|waveform| waveform.length_ms),
            speed_percent: self.speed_percent,
            waveform: current.waveform.as_ref().map(|waveform| waveform.parts.clone()).unwrap_or_default(),
        });
        self.view.send_replace(view);
    }
}

/// A time at this speed, in milliseconds of the recording.
fn scaled(time: Duration, speed_percent: u32) -> u32 {
    u32::try_from(time.as_millis() * u128::from(speed_percent) / 100).unwrap_or(u32::MAX)
}
