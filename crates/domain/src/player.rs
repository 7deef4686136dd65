//! The player of recordings in the main window. Its state is sent by events of its own; it is not in the snapshot.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{CallId, Problem, Timestamp};

/// A command to the player. There is one player, so only one recording is heard at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PlayerOrder {
    /// Play from where it was paused; from the beginning if it has ended or is another recording.
    Play {
        call: CallId,
    },
    Pause,
    /// Milliseconds from the beginning.
    Seek {
        ms: u32,
    },
    /// In percent of the recorded speed, from 75 to 200; the pitch stays.
    Speed {
        percent: u32,
    },
}

/// The recording in the player.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlayerView {
    pub call: CallId,
    pub state: PlayerState,
    /// The position at `at`; while it plays, the window counts on from there.
    pub position_ms: u32,
    pub at: Timestamp,
    /// None: not known yet.
    pub length_ms: Option<u32>,
    pub speed_percent: u32,
    /// The loudness of equal parts of the recording, each from 0 to 255; empty while it is not known.
    pub waveform: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum PlayerState {
    /// The file is being looked up, or fetched from the platform.
    Fetching,
    Playing,
    Paused,
    /// A call paused it, since nobody can listen then.
    Interrupted,
    Ended,
    Failed {
        problem: Problem,
    },
}
