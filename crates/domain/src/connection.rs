//! The way to the platform and the listener for its callbacks, as they are seen.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Problem, PublicPath, Timestamp};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ConnectionState {
    /// Nobody is signed in, so none is needed.
    Off,
    Connecting,
    Connected,
    /// The last requests failed; tried again.
    Disconnected,
    /// Failed for good until somebody acts.
    Failed,
}

/// A part of the platform that is licensed for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    QueueList,
    Joining,
    Wish,
    Phone,
    Seats,
    Records,
    Recordings,
    CallingBack,
}

/// The way to the platform and the ways by which a ring can reach this desktop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionView {
    pub state: ConnectionState,
    pub since: Timestamp,
    pub problem: Option<Problem>,
    /// The last callback that was for us, or test that arrived, to the second: busy minutes would else change every snapshot.
    /// None: never in this run.
    pub callback_at: Option<Timestamp>,
    /// Callbacks count as alive: heard of within 5 minutes.
    pub callbacks_alive: bool,
    /// Callbacks arrive, but the platform showed a call that none told of: the phone is asked as if there were none.
    pub callbacks_contradicted: bool,
    /// `polling.requests_per_second` is too low for so many queues: what is read of them grows stale.
    pub rate_too_low: bool,
    /// Parts of the platform that this account has no licence for.
    pub unlicensed: Vec<Part>,
    /// The last answer of the platform to any request.
    pub answer_at: Option<Timestamp>,
    /// Milliseconds that the last answer took.
    pub answer_ms: Option<u32>,
    /// How late the last call's first callback was, in milliseconds; None while that is not known (N6).
    pub lateness_ms: Option<u32>,
    /// How far this computer's clock is ahead of the platform's, in milliseconds, to a tenth of a second; negative: behind.
    #[ts(type = "number | null")]
    pub skew_ms: Option<i64>,
    /// Callbacks that could not be read, in this run.
    pub malformed: u32,
    /// Callbacks for other extensions, in this run (N22).
    pub foreign: u32,
    /// Of these, the ones that name the own extension but another company, while no call of the phone's showed that they are ours.
    pub other_company: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ListenerView {
    /// The callback address with its secret masked; None while nothing listens.
    pub shown: Option<String>,
    /// The address is a public one, through a proxy or tunnel.
    pub public: bool,
    pub problem: Option<Problem>,
    pub test: Option<CallbackTest>,
}

/// The test button's last run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum CallbackTest {
    Running {
        since: Timestamp,
    },
    /// Milliseconds from the button to the arrival, and to the drawn card once the ring window reported it.
    Arrived {
        at: Timestamp,
        arrived_ms: u32,
        painted_ms: Option<u32>,
        /// What the proxy did with the path of the public address.
        path: PublicPath,
    },
    Failed {
        at: Timestamp,
        problem: Problem,
    },
}
