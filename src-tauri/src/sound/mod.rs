//! Sounds: rings and recordings, each in a thread of its own, since devices may be slow.
//!
//! [`cues`] derives from snapshots which sounds to play; [`ringer`] and [`player`] play them on an [`output`].

mod blocks;
mod cues;
mod decoder;
mod g726;
mod gsm;
mod output;
mod player;
mod recording;
mod ringer;
mod source;
mod supply;
#[cfg(test)]
mod tests;
mod tone;
mod waveform;

use std::{
    io,
    sync::{Arc, mpsc},
    thread,
};

use ringside_domain::{CallId, PlayerOrder, PlayerView, ShellReport, Snapshot};
use ringside_engine::{Clock, Handle};
use tokio::{runtime, sync::watch};

use cues::{Cue, Cues};
use player::Player;
use ringer::Ringer;

pub use output::{check, devices};

/// Sends commands to both threads, which end with [`Sound::stop`].
#[derive(Clone, Debug)]
pub struct Sound {
    ringer: mpsc::Sender<ringer::RingerCommand>,
    player: mpsc::Sender<player::PlayerCommand>,
    view: watch::Receiver<Option<PlayerView>>,
}

impl Sound {
    pub fn start(clock: Arc<dyn Clock>, handle: &Handle) -> io::Result<Self> {
        let settings = handle.snapshots().borrow().settings.sound.clone();
        let (to_ringer, of_ringer) = mpsc::channel();
        let reporter = handle.clone();
        let report = move |problem| reporter.report(ShellReport::Sound(problem));
        let ringer = Ringer::new(Arc::clone(&clock), to_ringer.clone(), settings.clone(), report);
        thread::Builder::new().name("ringer".into()).spawn(move || ringer.run(&of_ringer))?;

        let (to_player, of_player) = mpsc::channel();
        let (show, view) = watch::channel(None);
        let (handle, answers, runtime) = (handle.clone(), to_player.clone(), runtime::Handle::current());
        let find = move |call: CallId| {
            let (handle, answers) = (handle.clone(), answers.clone());
            runtime.spawn(async move {
                let found = handle.recording_file(call).await;
                // The player ends only with the app.
                drop(answers.send(player::PlayerCommand::File(call, found)));
            });
        };
        let player = Player::new(clock, to_player.clone(), settings, show, find);
        thread::Builder::new().name("player".into()).spawn(move || player.run(&of_player))?;
        Ok(Self { ringer: to_ringer, player: to_player, view })
    }

    pub fn play(&self, order: PlayerOrder) {
        self.to_player(player::PlayerCommand::Wish(order));
    }

    /// The state of the current recording, now and after each change.
    pub fn view(&self) -> watch::Receiver<Option<PlayerView>> {
        self.view.clone()
    }

    pub fn test(&self) {
        self.to_ringer(ringer::RingerCommand::Once(ringer::Once::Ring));
    }

    pub fn alarm(&self) {
        self.to_ringer(ringer::RingerCommand::Once(ringer::Once::Alarm));
    }

    pub fn stop(&self) {
        self.to_ringer(ringer::RingerCommand::Stop);
        self.to_player(player::PlayerCommand::Stop);
    }

    fn to_ringer(&self, command: ringer::RingerCommand) {
        if self.ringer.send(command).is_err() {
            tracing::debug!("the ringer has ended");
        }
    }

    fn to_player(&self, command: player::PlayerCommand) {
        if self.player.send(command).is_err() {
            tracing::debug!("the player has ended");
        }
    }
}

/// Updates the sounds after each snapshot.
pub struct Ear {
    sound: Sound,
    cues: Cues,
}

impl Ear {
    pub fn new(sound: Sound) -> Self {
        Self { sound, cues: Cues::default() }
    }

    pub fn sync(&mut self, next: &Snapshot) {
        for cue in self.cues.of(next) {
            match cue {
                Cue::Settings(settings) => {
                    self.sound.to_ringer(ringer::RingerCommand::Settings(settings.clone()));
                    self.sound.to_player(player::PlayerCommand::Settings(settings));
                }
                Cue::SomebodyElse => self.sound.to_player(player::PlayerCommand::Forget),
                Cue::Ring(on) => self.sound.to_ringer(ringer::RingerCommand::Ring(on)),
                Cue::Connected => self.sound.to_ringer(ringer::RingerCommand::Connected),
                Cue::Call => self.sound.to_player(player::PlayerCommand::Call),
            }
        }
    }
}
