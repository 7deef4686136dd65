//! Calls as they are seen: going on, over, in the log, and the link to a recording.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{CallId, Direction, Ending, HungUpBy, Method, Party, Problem, QueueName, Span, Timestamp};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum CallState {
    /// The customer's phone rings, in a call that the agent has already (N25).
    Calling,
    /// The agent's phone rings.
    Ringing,
    Talking,
}

/// An open call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CallView {
    pub id: CallId,
    pub state: CallState,
    pub party: Party,
    /// Whether its ring card is shown.
    pub card: bool,
    /// A person stopped its sound.
    pub silenced: bool,
    /// A test ring; never in the log.
    pub test: bool,
    pub direction: Direction,
    pub method: Method,
    pub queue: Option<QueueName>,
    pub customer_number: String,
    pub display_number: String,
    pub member_id: Option<String>,
    pub customer_id: Option<String>,
    pub maturity: Option<String>,
    pub started_at: Timestamp,
    pub rang_at: Option<Timestamp>,
    pub answered_at: Option<Timestamp>,
    /// Whether earlier calls were looked up; until then `last_contact` says nothing.
    pub looked_up: bool,
    /// The last earlier call with this number, if there is one.
    pub last_contact: Option<LastContact>,
}

impl CallView {
    /// The agent's phone rings, so the agent is to be alerted by more than the card.
    pub fn rings(&self) -> bool {
        self.state == CallState::Ringing && self.party == Party::Agent && self.card && !self.test
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LastContact {
    pub at: Timestamp,
    pub answered: bool,
    pub talked_seconds: u32,
    pub disposition: Option<String>,
    /// The beginning of the note; may be empty.
    pub note: String,
}

/// A finished call, in brief.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecentCall {
    pub id: CallId,
    pub direction: Direction,
    pub method: Method,
    pub customer_number: String,
    pub started_at: Timestamp,
    pub answered: bool,
    pub talked_seconds: u32,
    pub hung_up_by: Option<HungUpBy>,
    pub ending: Option<Ending>,
    pub recording: bool,
}

/// The state of the log; commands read its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LogView {
    /// Grows, together with `to_do`, when stored calls or notes have changed: rows that were read before may be outdated.
    #[ts(type = "number")]
    pub revision: u64,
    /// Number of calls to do in the whole log: missed, or their after-call work broken off.
    #[ts(type = "number")]
    pub to_do: u64,
    /// The log has every ended call that began in this span. None: not known yet.
    pub complete: Option<Span>,
    /// The spans that are still to be fetched, newest first; at most four, `fetch` counts all.
    pub gaps: Vec<Span>,
    /// The fetch of missing calls; None: nothing is missing.
    pub fetch: Option<FetchView>,
    /// Why the last fetch failed; it is tried again if that can help.
    pub problem: Option<Problem>,
    /// The export under way, or the last one.
    pub export: Option<ExportView>,
    /// The administrator's dispositions, in their order; at most twenty.
    pub dispositions: Vec<String>,
}

/// The progress of fetching past calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FetchView {
    /// False: a person stopped it.
    pub on: bool,
    /// Parts, of a day at most, that are fetched …
    pub done: u32,
    /// … of this total.
    pub total: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExportView {
    /// Calls in the file so far …
    #[ts(type = "number")]
    pub written: u64,
    /// … of this total.
    #[ts(type = "number")]
    pub total: u64,
    pub state: ExportState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ExportState {
    Running,
    Done { path: String },
    Failed { problem: Problem },
}

/// The last requested link to a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LinkView {
    pub call: CallId,
    pub state: LinkState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum LinkState {
    Asking,
    Ready { expires_at: Timestamp },
    Expired,
    Failed { problem: Problem },
}
