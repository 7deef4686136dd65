//! A queue's settings, and the codes that the platform uses for them.

use ringside_domain::{DiallerState, QueueName, QueueRead, QueueSettings, QueueStrategy};
use ringside_wire::Text;
use serde::Deserialize;

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

const STRATEGIES: [QueueStrategy; 8] = [
    QueueStrategy::LongestIdle,
    QueueStrategy::LeastTalked,
    QueueStrategy::All,
    QueueStrategy::RoundRobin,
    QueueStrategy::InOrder,
    QueueStrategy::Random,
    QueueStrategy::LeastAnswered,
    QueueStrategy::Priority,
];

/// The platform's number of a strategy, 1 to 8; another number for [`QueueStrategy::Other`].
pub(super) fn strategy_code(strategy: QueueStrategy) -> u32 {
    match strategy {
        QueueStrategy::Other(code) => code,
        known => STRATEGIES.iter().zip(1..).find(|(strategy, _)| **strategy == known).map_or(0, |(_, code)| code),
    }
}

/// The strategy with this number.
fn strategy_of(code: u32) -> QueueStrategy {
    STRATEGIES.iter().zip(1..).find(|(_, number)| *number == code).map_or(QueueStrategy::Other(code), |(strategy, _)| *strategy)
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

/// The settings as EditQueue's fields, without the remark.
pub(super) fn settings_fields(settings: &QueueSettings) -> [(&'static str, String); 7] {
    [
        ("strategy", strategy_code(settings.strategy)),
        ("announcefreq", settings.announce_every),
        ("ringdelay", settings.ring_seconds),
        ("maxwaittime", settings.longest_wait),
        ("withnoagenttime", settings.wait_without_agent),
        ("noagentrejoiningtime", settings.rejoin_after),
        ("discardtime", settings.discard_after),
    ]
    .map(|(name, number)| (name, number.to_string()))
}

impl From<QueueRow> for QueueRead {
    fn from(row: QueueRow) -> Self {
        let usual = QueueSettings::default();
        let seconds = |text: &Text, usual| text.number().unwrap_or(usual);
        Self {
            name: QueueName(row.queuename.owned()),
            announcement: row.announce.some(),
            dialler: match row.autocall.as_str() {
                "busy" => DiallerState::Busy,
                "idle" => DiallerState::Idle,
                "unavailable" => DiallerState::Unavailable,
                other => DiallerState::Other(other.to_owned()),
            },
            settings: QueueSettings {
                remark: row.remark.owned(),
                strategy: strategy_of(row.strategy.number().unwrap_or(0)),
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
            let strategy = strategy_of(code);
            assert_eq!(strategy_code(strategy), code);
            assert_eq!(matches!(strategy, QueueStrategy::Other(_)), !(1..=8).contains(&code));
        }
        assert_eq!(strategy_of(7), QueueStrategy::LeastAnswered);
    }
}
