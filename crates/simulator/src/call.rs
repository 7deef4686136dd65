//! A call: its parties, method and stage, and the bill that it becomes.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

use crate::codes::Code;

/// A call's number within one simulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct CallId(pub(crate) u64);

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// The direction of a call, seen from the company.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    CallIn,
    #[default]
    CallOut,
}

impl Direction {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::CallIn => "callin",
            Self::CallOut => "callout",
        }
    }
}

/// How a call came about: the documentation's `callmethod`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Method {
    BetweenExtensions = 1,
    Manual = 2,
    Api = 3,
    ApiDouble = 4,
    #[default]
    Predictive = 5,
    IvrOrGroup = 6,
}

/// One of the two parties of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    Agent,
    Customer,
}

/// The company's own data that a task attaches to a number; the platform returns it in callbacks and bills (N4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Custom {
    /// `memberid`
    pub member_id: String,
    /// `customuuid`
    pub customer_id: String,
    /// `chengshudu`
    pub maturity: String,
    /// `userkey`
    pub user_key: String,
}

/// A call that is to ring, for [`crate::Simulator::ring`].
#[derive(Clone, Debug, Default)]
pub struct RingSpec {
    pub extension: String,
    pub customer: String,
    pub direction: Direction,
    pub method: Method,
    /// The value of `isbleg`; `None`: by the meaning that [`crate::Options::is_b_leg`] sets.
    pub is_b_leg: Option<bool>,
    /// The queue that assigns the call; the call changes the agent's seat there.
    pub queue: Option<String>,
    pub task: Option<String>,
    pub custom: Custom,
    /// The number shown to the customer; empty: one of the company's.
    pub display_number: String,
}

impl RingSpec {
    /// A predictive outbound call that `queue` assigns to `extension`.
    pub fn predictive(extension: impl Into<String>, customer: impl Into<String>, queue: impl Into<String>) -> Self {
        Self { extension: extension.into(), customer: customer.into(), queue: Some(queue.into()), ..Self::default() }
    }
}

/// The agents who may take a call of the dialler: `assigntype` 1, 2 and 3.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pool {
    Extension(String),
    Queue(String),
    Group(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The customer's phone rings; there is no agent yet.
    Dialling,
    /// The customer picked up and waits for an agent.
    Waiting,
    Ringing,
    Talking,
}

#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) id: CallId,
    pub(crate) stage: Stage,
    /// The uuid of side A; `buuid` is that of side B.
    pub(crate) uuid: String,
    pub(crate) buuid: String,
    /// Empty while no agent is reached.
    pub(crate) extension: String,
    /// Other extensions that ring at the same time (strategy 3).
    pub(crate) also_ringing: Vec<String>,
    pub(crate) customer: String,
    pub(crate) direction: Direction,
    pub(crate) method: Method,
    pub(crate) is_b_leg: Option<bool>,
    pub(crate) queue: Option<String>,
    pub(crate) pool: Option<Pool>,
    pub(crate) task: Option<String>,
    pub(crate) custom: Custom,
    pub(crate) display_number: String,
    pub(crate) started: Timestamp,
    pub(crate) answered: Option<Timestamp>,
    /// When the customer of the dialler picked up.
    pub(crate) picked_up: Option<Timestamp>,
    /// How often it has rung at an agent's phone.
    pub(crate) rings: u32,
    /// The extension of the idle agent for whom the customer was dialled.
    pub(crate) wanted_for: Option<String>,
}

impl Call {
    /// Whether it rings or is in conversation at an extension.
    pub(crate) fn is_at_phone(&self) -> bool {
        matches!(self.stage, Stage::Ringing | Stage::Talking)
    }

    /// Whether the extension is busy with this call.
    pub(crate) fn involves(&self, extension: &str) -> bool {
        let is_its = self.extension == extension
            || self.also_ringing.iter().any(|e| e == extension)
            || (self.method == Method::BetweenExtensions && self.customer == extension);
        self.is_at_phone() && is_its
    }

    /// `caller` and `callee` as the callbacks of that extension name them.
    pub(crate) fn ends_for<'a>(&'a self, extension: &'a str) -> (&'a str, &'a str) {
        match self.direction {
            Direction::CallOut => (extension, &self.customer),
            Direction::CallIn => (&self.customer, extension),
        }
    }
}

/// The platform's record of a call that has ended; the documentation calls it a bill.
#[derive(Clone, Debug)]
pub(crate) struct Bill {
    /// `None`: the call is from before the simulator's start.
    pub(crate) call: Option<CallId>,
    pub(crate) id: u64,
    pub(crate) uuid: String,
    pub(crate) extension: String,
    pub(crate) agent: String,
    pub(crate) customer: String,
    pub(crate) display_number: String,
    pub(crate) started: Timestamp,
    pub(crate) answered: Option<Timestamp>,
    pub(crate) ended: Timestamp,
    pub(crate) direction: Direction,
    pub(crate) method: Method,
    pub(crate) queue: Option<String>,
    pub(crate) custom: Custom,
    pub(crate) recording: String,
    pub(crate) hung_up_by: Code,
    pub(crate) cause: Code,
    /// GetBill has returned it with `syncflag` 1 already (N10).
    pub(crate) synced: bool,
}

impl Bill {
    /// Seconds from the start to the answer, or to the end if nobody answered.
    pub(crate) fn waited(&self) -> i64 {
        let until = self.answered.unwrap_or(self.ended);
        until.duration_since(self.started).as_secs()
    }

    /// Seconds talked.
    pub(crate) fn talked(&self) -> i64 {
        self.answered.map_or(0, |at| self.ended.duration_since(at).as_secs())
    }
}
