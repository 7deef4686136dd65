//! A queue's settings, and the codes that the platform uses for them.

use ringside_domain::QueueName;
use ringside_wire::Text;
use serde::Deserialize;

/// Which of the waiting agents gets a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RingStrategy {
    /// 1: the agent who has been idle longest; the documentation's default.
    #[default]
    LongestIdle,
    /// 2: the agent who has talked least.
    LeastTalked,
    /// 3: all agents at once.
    All,
    /// 4: one after the other, starting after the last one.
    RoundRobin,
    /// 5: one after the other, always starting with the first.
    InOrder,
    /// 6: a random agent.
    Random,
    /// 7: the agent who has answered least; the documentation of EditQueue omits its description.
    LeastAnswered,
    /// 8: by the agents' priority.
    Priority,
    /// A number that is not documented.
    Other(u32),
}

/// The state of predictive dialling in a queue: `autocall` of GetQueueList. In AddQueue the field has another meaning (N17).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialling {
    /// `busy`.
    Busy,
    /// `idle`.
    Idle,
    /// `unavailable`: the queue has no predictive dialling.
    Unavailable,
    /// A value that is not documented.
    Other(String),
}

/// Which agents to fetch, by state. The answer uses other names for the states (N18).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeatFilter {
    /// 0.
    #[default]
    All,
    /// 1.
    Idle,
    /// 2.
    Waiting,
    /// 3.
    Receiving,
    /// 4.
    Talking,
}

/// The settings that EditQueue changes. The default values are the documentation's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueEdit {
    /// The administrator's description.
    pub remark: String,
    /// Which agent gets a call.
    pub strategy: RingStrategy,
    /// Seconds between two announcements.
    pub announce_every: u32,
    /// Seconds that an agent's phone rings.
    pub ring_seconds: u32,
    /// Most seconds that a caller waits; 0 is no limit.
    pub longest_wait: u32,
    /// Most seconds that a caller waits while the queue has no agent.
    pub wait_without_agent: u32,
    /// Seconds after which a call that found no agent enters the queue again.
    pub rejoin_after: u32,
    /// Seconds after which the platform gives up a call.
    pub discard_after: u32,
}

/// A queue, as GetQueueList answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueInfo {
    /// The platform's key for it.
    pub name: QueueName,
    /// Its remark, which may be empty, its strategy and its times, in the form that EditQueue takes.
    pub settings: QueueEdit,
    /// The sound file that is played to waiting callers.
    pub announcement: Option<String>,
    /// The state of predictive dialling in it.
    pub dialling: Dialling,
}

#[derive(Debug, Deserialize)]
pub(super) struct QueueRow {
    #[serde(default)]
    queuename: Text,
    #[serde(default)]
    remark: Text,
    #[serde(default)]
    strategy: Text,
    #[serde(default)]
    announce: Text,
    #[serde(default)]
    announcefreq: Text,
    #[serde(default)]
    ringdelay: Text,
    #[serde(default)]
    maxwaittime: Text,
    #[serde(default)]
    withnoagenttime: Text,
    #[serde(default)]
    noagentrejoiningtime: Text,
    #[serde(default)]
    discardtime: Text,
    #[serde(default)]
    autocall: Text,
}

const STRATEGIES: [RingStrategy; 8] = [
    RingStrategy::LongestIdle,
    RingStrategy::LeastTalked,
    RingStrategy::All,
    RingStrategy::RoundRobin,
    RingStrategy::InOrder,
    RingStrategy::Random,
    RingStrategy::LeastAnswered,
    RingStrategy::Priority,
];

impl RingStrategy {
    /// The platform's number, 1 to 8; another number for [`Self::Other`].
    pub fn code(self) -> u32 {
        match self {
            Self::Other(code) => code,
            known => STRATEGIES.iter().zip(1..).find(|(strategy, _)| **strategy == known).map_or(0, |(_, code)| code),
        }
    }

    /// The strategy with this number.
    pub fn from_code(code: u32) -> Self {
        STRATEGIES.iter().zip(1..).find(|(_, number)| *number == code).map_or(Self::Other(code), |(strategy, _)| *strategy)
    }
}

impl SeatFilter {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::All => "0",
            Self::Idle => "1",
            Self::Waiting => "2",
            Self::Receiving => "3",
            Self::Talking => "4",
        }
    }
}

impl Default for QueueEdit {
    fn default() -> Self {
        Self {
            remark: String::new(),
            strategy: RingStrategy::default(),
            announce_every: 30,
            ring_seconds: 30,
            longest_wait: 0,
            wait_without_agent: 0,
            rejoin_after: 5,
            discard_after: 90,
        }
    }
}

impl QueueEdit {
    pub(super) fn fields(&self) -> [(&'static str, String); 7] {
        [
            ("strategy", self.strategy.code()),
            ("announcefreq", self.announce_every),
            ("ringdelay", self.ring_seconds),
            ("maxwaittime", self.longest_wait),
            ("withnoagenttime", self.wait_without_agent),
            ("noagentrejoiningtime", self.rejoin_after),
            ("discardtime", self.discard_after),
        ]
        .map(|(name, number)| (name, number.to_string()))
    }
}

impl From<QueueRow> for QueueInfo {
    fn from(row: QueueRow) -> Self {
        let usual = QueueEdit::default();
        let seconds = |text: &Text, usual| text.number().unwrap_or(usual);
        Self {
            name: QueueName(row.queuename.owned()),
            announcement: row.announce.some(),
            dialling: match row.autocall.as_str() {
                "busy" => Dialling::Busy,
                "idle" => Dialling::Idle,
                "unavailable" => Dialling::Unavailable,
                other => Dialling::Other(other.to_owned()),
            },
            settings: QueueEdit {
                remark: row.remark.owned(),
                strategy: RingStrategy::from_code(row.strategy.number().unwrap_or(0)),
                announce_every: seconds(&row.announcefreq, usual.announce_every),
                ring_seconds: seconds(&row.ringdelay, usual.ring_seconds),
                longest_wait: seconds(&row.maxwaittime, usual.longest_wait),
                wait_without_agent: seconds(&row.withnoagenttime, usual.wait_without_agent),
                rejoin_after: seconds(&row.noagentrejoiningtime, usual.rejoin_after),
                discard_after: seconds(&row.discardtime, usual.discard_after),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n17_the_eight_strategies_and_other_numbers_keep_their_code() {
        for code in 0..10 {
            let strategy = RingStrategy::from_code(code);
            assert_eq!(strategy.code(), code);
            assert_eq!(matches!(strategy, RingStrategy::Other(_)), !(1..=8).contains(&code));
        }
        assert_eq!(RingStrategy::from_code(7), RingStrategy::LeastAnswered);
    }
}
