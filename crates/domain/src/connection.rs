//! The views of the connection to the platform and of the listener for its callbacks.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Problem, PublicPath, Timestamp};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum ConnectionState {
    /// Nobody is signed in, so no connection is needed.
    Off,
    Connecting,
    Connected,
    /// The last requests failed; they are tried again.
    Disconnected,
    /// Requests fail until a person acts.
    Failed,
}

/// A part of the platform that has a licence of its own.
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

/// The connection to the platform, and the means by which Ringside learns of rings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionView {
    pub state: ConnectionState,
    pub since: Timestamp,
    pub problem: Option<Problem>,
    /// When the last callback for this agent or test callback came, to the second, so that frequent callbacks do not change every snapshot.
    /// None: never in this run.
    pub callback_at: Option<Timestamp>,
    /// Whether a callback came within the last 5 minutes.
    pub callbacks_alive: bool,
    /// Callbacks come, but a reading showed a call that none had reported: the phone is polled as if there were no callbacks.
    pub callbacks_contradicted: bool,
    /// `polling.requests_per_second` is too low for the number of queues, so their readings become stale.
    pub rate_too_low: bool,
    /// Parts of the platform that this account has no licence for.
    pub unlicensed: Vec<Part>,
    /// When the platform last answered any request.
    pub answer_at: Option<Timestamp>,
    /// How long the last answer took, in milliseconds.
    pub answer_ms: Option<u32>,
    /// How late the last call's first callback was, in milliseconds; None: not known (N6).
    pub lateness_ms: Option<u32>,
    /// How far this computer's clock is ahead of the platform's, in milliseconds, rounded to 100; negative: behind.
    #[ts(type = "number | null")]
    pub skew_ms: Option<i64>,
    /// Number of callbacks in this run that could not be read.
    pub malformed: u32,
    /// Number of callbacks in this run for other extensions (N22).
    pub foreign: u32,
    /// Those of them that name the own extension but another company, while no reading of the phone showed that they are ours.
    pub other_company: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ListenerView {
    /// The callback address with its secret masked; None while the listener does not run.
    pub shown: Option<String>,
    /// The address is a public one, through a proxy or tunnel.
    pub public: bool,
    pub problem: Option<Problem>,
    pub test: Option<CallbackTest>,
}

/// The last test of the callbacks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum CallbackTest {
    Running {
        since: Timestamp,
    },
    /// Milliseconds from the start of the test to the arrival, and to the drawn card once the ring window has reported it.
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
