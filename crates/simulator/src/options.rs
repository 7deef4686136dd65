//! The options of a simulated platform, with presets.

use std::fmt;
use std::time::Duration;

use jiff::tz::Offset;
use url::Url;

use crate::callbacks::{Encoding, IsBLeg};
use crate::clock::Clock;

/// How the platform is set up. Start from a preset and change what matters.
#[derive(Clone)]
pub struct Options {
    pub clock: Clock,
    /// The same seed, simulated times and requests give the same calls.
    pub seed: u64,
    pub account: Account,
    /// The platform's own time zone (N5).
    pub offset: Offset,
    pub queues: Vec<QueueSpec>,
    pub extensions: Vec<ExtensionSpec>,
    /// Where callbacks are posted; `None`: no callbacks.
    pub callback_url: Option<Url>,
    pub encoding: Encoding,
    pub is_b_leg: IsBLeg,
    /// How bills and records are written where other tenants' ones differ from the documentation.
    pub bills: BillDialect,
    /// A call changes the agent's seats in all queues, not only in the queue of the call.
    pub one_state_an_agent: bool,
    /// SipSignIn answers 1014 while the phone is not registered.
    pub registered_only: bool,
    /// `None`: nothing is dialled, answered or hung up unless a test does it.
    pub pace: Option<Pace>,
    /// How many customers the company has; calls and past bills are with them.
    pub customers: usize,
    /// How many bills of the first extension, from the last days, are there from the start.
    pub past_bills: usize,
    /// Over about how many days the past bills are spread; at most 10,000 bills a day.
    pub past_days: usize,
    /// Seconds that a seat stays at «did not answer» or «rejected» before it waits again.
    pub no_answer_delay: u64,
    /// A second login ends the first token (not documented, N8).
    pub one_token: bool,
    pub token_life: Duration,
    pub link_life: Duration,
    /// Seconds from a call's end until its recording can be downloaded; before, the download answers 404.
    pub recording_delay: u64,
    /// How often a callback is tried in all, two seconds apart, while it is not answered with 2xx (N27).
    pub callback_attempts: u32,
    /// Chinese `desc` and `msg`.
    pub chinese: bool,
    /// By chance, numbers are strings, strings numbers, and empty fields `null` or absent (N4).
    pub drift: bool,
}

/// How other tenants' bills differ. The default is as in the documentation's examples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BillDialect {
    /// The callback's keys are in camel case (P2).
    pub camel_case: bool,
    /// In an incoming call the called number, `destnumber`, is the company's, not the own extension (P1).
    pub company_called: bool,
    /// A call that nobody answered has `answertime` equal to `endtime` (P3).
    pub answer_time_always: bool,
}

impl BillDialect {
    /// All differences seen at other tenants.
    pub const ELSEWHERE: Self = Self { camel_case: true, company_called: true, answer_time_always: true };
}

/// The company's account. `Debug` does not show its key.
#[derive(Clone)]
pub struct Account {
    pub appid: String,
    pub accesskey: String,
    pub company_code: String,
    pub company_name: String,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("appid", &self.appid).finish_non_exhaustive()
    }
}

/// A queue (the documentation also says «task group») that exists from the start.
#[derive(Clone, Debug)]
pub struct QueueSpec {
    pub name: String,
    pub remark: String,
    /// 1 to 8, as the documentation's table of ringing strategies.
    pub strategy: u8,
    /// Seconds between a call's end and the next call.
    pub wrap_up: u64,
    /// Misses in a row after which the agent is paused; 0: never.
    pub max_no_answer: u32,
}

impl QueueSpec {
    /// A queue with a wrap-up of 10 s that never pauses an agent for misses.
    pub fn new(name: impl Into<String>, remark: impl Into<String>) -> Self {
        Self { name: name.into(), remark: remark.into(), strategy: 1, wrap_up: 10, max_no_answer: 0 }
    }
}

/// An extension and its agent.
#[derive(Clone, Debug)]
pub struct ExtensionSpec {
    pub number: String,
    /// The agent's number, `crmid`.
    pub agent: String,
    pub answering: Answering,
    /// Queues that the agent is signed in to from the start.
    pub queues: Vec<String>,
}

impl ExtensionSpec {
    /// An extension in no queue; a test or a person answers its calls.
    pub fn new(number: impl Into<String>, agent: impl Into<String>) -> Self {
        Self { number: number.into(), agent: agent.into(), answering: Answering::ByHand, queues: Vec::new() }
    }
}

/// Who picks up the phone when the dialler rings it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answering {
    /// A test or a person, through [`crate::Simulator::answer`].
    ByHand,
    /// The simulator, after a while; now and then it misses a call.
    ByItself,
    /// As `ByItself`; the agent also takes breaks. For the other agents of a queue.
    OwnLife,
}

/// The speed of the dialler and of people. Ranges are in simulated seconds.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// From the time when an agent becomes idle to the first call.
    pub first: (u64, u64),
    /// From the end of a call to the next call.
    pub between: (u64, u64),
    /// From an agent's ring to the answer.
    pub answer: (u64, u64),
    /// How long an unanswered phone rings, in simulated seconds.
    pub ring_out: u64,
    /// How long a customer talks.
    pub talk: (u64, u64),
    /// One ring in so many is missed; 0: none.
    pub miss_one_in: u32,
    /// Percentage of customers who answer.
    pub reached: u64,
    /// One customer in so many hangs up while the agent's phone rings; 0: none.
    pub cancel_one_in: u32,
    /// Queues without a task dial the company's customers again and again.
    pub campaign: bool,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first: (2, 4),
            between: (13, 22),
            answer: (4, 7),
            ring_out: 12,
            talk: (15, 40),
            miss_one_in: 6,
            reached: 85,
            cancel_one_in: 0,
            campaign: true,
        }
    }
}

impl Options {
    /// A working company: agent `10` at extension `100001`, two queues that dial, a dozen other agents.
    pub fn demo() -> Self {
        Self::sized(12, 2, 160)
    }

    /// As [`Options::demo`], with so many other agents, queues and customers.
    pub fn sized(agents: usize, queues: usize, customers: usize) -> Self {
        const REMARKS: [&str; 6] = ["Renewals", "New customers", "回访 · Follow-up", "Overdue", "Surveys", "Win-back"];
        let queues: Vec<QueueSpec> = (1..=queues.max(1))
            .map(|n| QueueSpec { max_no_answer: 3, ..QueueSpec::new(format!("queue-{n}"), REMARKS[(n - 1) % REMARKS.len()]) })
            .collect();
        let others = (1..=agents).map(|n| ExtensionSpec {
            answering: Answering::OwnLife,
            // Every third agent also serves the next queue.
            queues: (0..queues.len().min(if n % 3 == 0 { 2 } else { 1 }))
                .map(|step| queues[(n + step) % queues.len()].name.clone())
                .collect(),
            ..ExtensionSpec::new((100_001 + n).to_string(), (10 + n).to_string())
        });
        let own = ExtensionSpec { answering: Answering::ByItself, ..ExtensionSpec::new("100001", "10") };
        Self {
            extensions: std::iter::once(own).chain(others).collect(),
            queues,
            pace: Some(Pace::default()),
            customers: customers.max(1),
            past_bills: 200,
            no_answer_delay: 5,
            ..Self::test()
        }
    }

    /// Nothing happens by itself: extensions `100001` to `100003`, two queues, nobody signed in, no bills.
    pub fn test() -> Self {
        Self {
            clock: Clock::wall(),
            seed: 1,
            account: Account {
                appid: "demo".into(),
                accesskey: "demo-key".into(),
                company_code: "9027".into(),
                company_name: "Lantern Services 灯塔服务".into(),
            },
            offset: Offset::constant(8),
            queues: vec![QueueSpec::new("queue-1", "Renewals"), QueueSpec::new("queue-2", "New customers")],
            extensions: (0..3).map(|n| ExtensionSpec::new((100_001 + n).to_string(), (10 + n).to_string())).collect(),
            callback_url: None,
            encoding: Encoding::Json,
            is_b_leg: IsBLeg::SideB,
            bills: BillDialect::default(),
            one_state_an_agent: false,
            registered_only: false,
            pace: None,
            customers: 20,
            past_bills: 0,
            past_days: 6,
            no_answer_delay: 0,
            one_token: false,
            token_life: Duration::from_secs(12 * 3600),
            link_life: Duration::from_secs(5 * 60),
            recording_delay: 0,
            callback_attempts: 1,
            chinese: false,
            drift: false,
        }
    }
}
