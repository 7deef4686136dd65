//! Derives from snapshots which sounds to play.

use std::collections::BTreeSet;

use ringside_domain::{CallId, CallState, Method, Owner, Snapshot, SoundSettings};

/// The sound-related state of the last snapshot.
#[derive(Debug, Default)]
pub struct Cues {
    ringing: bool,
    settings: Option<SoundSettings>,
    owner: Option<Owner>,
    /// The current calls. None before the first snapshot: its calls began before this run.
    calls: Option<BTreeSet<(CallId, bool)>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cue {
    Settings(SoundSettings),
    /// Another agent signed in, who must not hear the recording of the one before.
    SomebodyElse,
    Ring(bool),
    /// A predictive call was connected.
    Connected,
    /// A call began: a recording pauses.
    Call,
}

impl Cues {
    pub fn of(&mut self, next: &Snapshot) -> Vec<Cue> {
        let mut cues = Vec::new();
        if self.settings.as_ref() != Some(&next.settings.sound) {
            self.settings = Some(next.settings.sound.clone());
            cues.push(Cue::Settings(next.settings.sound.clone()));
        }
        if self.owner.replace(next.owner()).is_some_and(|before| before != next.owner()) {
            cues.push(Cue::SomebodyElse);
        }
        let calls = || next.calls.iter().filter(|call| !call.test);
        let talks = calls().any(|call| call.state == CallState::Talking);
        // No ring during a conversation: the customer would hear it.
        let ringing = !talks && calls().any(|call| call.rings() && !call.silenced && !next.settings.is_quiet(call.direction));
        if ringing != self.ringing {
            self.ringing = ringing;
            cues.push(Cue::Ring(ringing));
        }
        let now: BTreeSet<_> = calls().map(|call| (call.id, call.state == CallState::Talking)).collect();
        if let Some(before) = self.calls.replace(now) {
            if calls().any(|call| !before.iter().any(|(id, _)| *id == call.id)) {
                cues.push(Cue::Call);
            }
            let connected = calls().any(|call| {
                let talks = call.state == CallState::Talking && call.method == Method::Predictive;
                talks && !before.contains(&(call.id, true)) && !call.silenced && !next.settings.is_quiet(call.direction)
            });
            if connected && next.settings.sound.connected_tone {
                cues.push(Cue::Connected);
            }
        }
        cues
    }
}
