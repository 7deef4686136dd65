//! The company's gateway, which stands between this desk and the platform.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Account, BreakReason, Extension, Problem, Timestamp};

/// What this desk is at the company's gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Enrolment {
    /// Empty until the gateway has said it.
    pub account: Account,
    pub extension: Extension,
    /// The number of the desk's only agent; empty until the gateway has said it.
    pub agent_id: String,
    /// Several agents use this desk in turn: each one says the own number.
    pub hot: bool,
    /// As [`crate::Place::platform_offset`] and [`crate::Place::platform_zone`].
    pub platform_offset: i32,
    pub platform_zone: Option<String>,
    /// The company's reasons for a break; empty: this computer's settings have them.
    pub breaks: Vec<BreakReason>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum GatewayState {
    /// A one-time code is needed.
    NotEnrolled,
    Enrolling,
    Connecting,
    Reached,
    /// Callbacks come, but no gateway carries out requests at present.
    NoLeader,
    Away,
    /// The administrator revoked this desk; a new code is needed.
    Revoked,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GatewayView {
    /// Its host, and its port if that is not the usual one.
    pub shown: String,
    pub state: GatewayState,
    pub since: Timestamp,
    pub problem: Option<Problem>,
    /// The extension of this desk; None: not enrolled.
    pub extension: Option<Extension>,
    /// Several agents use this desk in turn.
    pub hot: bool,
}
