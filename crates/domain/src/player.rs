//! A recording that is played in place, as the main window shows it. Told by events of its own: it is not in the snapshot.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{CallId, Problem, Timestamp};

/// What somebody wants of the player. There is one, so that only one recording is ever heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PlayerOrder {
    /// From where it was paused; from its beginning where it has ended or is not at hand yet.
    Play {
        call: CallId,
    },
    Pause,
    /// Milliseconds from the beginning.
    Seek {
        ms: u32,
    },
    /// In percent of the recording's own, from 75 to 200; the pitch stays.
    Speed {
        percent: u32,
    },
}

/// The recording at hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlayerView {
    pub call: CallId,
    pub state: PlayerState,
    /// Where it was at `at`; while it plays, the position ticks locally.
    pub position_ms: u32,
    pub at: Timestamp,
    /// None while that is not known.
    pub length_ms: Option<u32>,
    pub speed_percent: u32,
    /// How loud each part of the whole is, from 0 to 255; empty while that is not known.
    pub waveform: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum PlayerState {
    /// Its file is being looked for, or fetched from the platform.
    Fetching,
    Playing,
    Paused,
    /// Paused by a call: nobody can listen then.
    Interrupted,
    Ended,
    Failed {
        problem: Problem,
    },
}
