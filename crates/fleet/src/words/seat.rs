//! An agent's place in a queue, and a phone, on the wire.

use ringside_domain::{Direction, Extension, Others, Phone, PhoneReading, PhoneState, Seat as DomainSeat, SeatState, Timestamp};
use serde::{Deserialize, Serialize};

/// The desk's own row of one queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seat {
    pub extension: String,
    pub name: String,
    pub phone: PhoneCondition,
    /// The platform's code, 1212 to 1217.
    pub state: u32,
    pub changed_at: Option<i64>,
    pub last_answer_at: Option<i64>,
    pub answered: u32,
    pub missed: u32,
    pub wrap_up_seconds: u32,
    pub max_misses: u32,
}

/// Whether a phone can ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhoneCondition {
    Ready,
    NotRegistered,
    Disabled,
    NotFound,
    #[default]
    #[serde(other)]
    Unknown,
}

/// The other agents of a queue, counted by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    pub available: u32,
    pub ringing: u32,
    pub talking: u32,
    pub busy: u32,
    pub away: u32,
}

/// A reading of the desk's own phone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PhoneRow {
    pub phone: PhoneCondition,
    pub state: PhoneActivity,
    pub caller: Option<String>,
    pub callee: Option<String>,
    pub display_number: Option<String>,
    pub incoming: Option<bool>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhoneActivity {
    Idle,
    Ringing,
    OffHook,
    Talking,
    #[default]
    #[serde(other)]
    Unknown,
}

const SEAT_STATES: [(SeatState, u32); 6] = [
    (SeatState::DidNotAnswer, 1212),
    (SeatState::Waiting, 1213),
    (SeatState::Receiving, 1214),
    (SeatState::Talking, 1215),
    (SeatState::Rejected, 1216),
    (SeatState::Paused, 1217),
];

fn seat_state(code: u32) -> SeatState {
    SEAT_STATES.iter().find(|(_, known)| *known == code).map_or(SeatState::Other(code), |(state, _)| *state)
}

fn seat_code(state: SeatState) -> u32 {
    match state {
        SeatState::Other(code) => code,
        known => SEAT_STATES.iter().find(|(state, _)| *state == known).map_or(0, |(_, code)| *code),
    }
}

macro_rules! twins {
    ($($domain:ident = $wire:ident { $($variant:ident),+ })+) => {
        $(
            impl From<$domain> for $wire {
                fn from(value: $domain) -> Self {
                    match value { $($domain::$variant => Self::$variant,)+ }
                }
            }

            impl From<$wire> for $domain {
                fn from(value: $wire) -> Self {
                    match value { $($wire::$variant => Self::$variant,)+ }
                }
            }
        )+
    };
}

twins! {
    Phone = PhoneCondition { Unknown, Ready, NotRegistered, Disabled, NotFound }
    PhoneState = PhoneActivity { Idle, Ringing, OffHook, Talking, Unknown }
}

impl From<DomainSeat> for Seat {
    fn from(seat: DomainSeat) -> Self {
        Self {
            extension: seat.extension.0,
            name: seat.name,
            phone: seat.phone.into(),
            state: seat_code(seat.state),
            changed_at: seat.changed_at.map(|at| at.0),
            last_answer_at: seat.last_answer_at.map(|at| at.0),
            answered: seat.answered,
            missed: seat.missed,
            wrap_up_seconds: seat.wrap_up_seconds,
            max_misses: seat.max_misses,
        }
    }
}

impl From<Seat> for DomainSeat {
    fn from(seat: Seat) -> Self {
        Self {
            extension: Extension(seat.extension),
            name: seat.name,
            phone: seat.phone.into(),
            state: seat_state(seat.state),
            changed_at: seat.changed_at.map(Timestamp),
            last_answer_at: seat.last_answer_at.map(Timestamp),
            answered: seat.answered,
            missed: seat.missed,
            wrap_up_seconds: seat.wrap_up_seconds,
            max_misses: seat.max_misses,
        }
    }
}

impl From<Others> for Counts {
    fn from(others: Others) -> Self {
        let Others { available, ringing, talking, busy, away } = others;
        Self { available, ringing, talking, busy, away }
    }
}

impl From<Counts> for Others {
    fn from(counts: Counts) -> Self {
        let Counts { available, ringing, talking, busy, away } = counts;
        Self { available, ringing, talking, busy, away }
    }
}

impl From<PhoneReading> for PhoneRow {
    fn from(reading: PhoneReading) -> Self {
        Self {
            phone: reading.phone.into(),
            state: reading.state.into(),
            caller: reading.caller,
            callee: reading.callee,
            display_number: reading.display_number,
            incoming: reading.direction.map(|direction| direction == Direction::Incoming),
        }
    }
}

impl From<PhoneRow> for PhoneReading {
    fn from(row: PhoneRow) -> Self {
        let direction = |incoming| if incoming { Direction::Incoming } else { Direction::Outgoing };
        Self {
            phone: row.phone.into(),
            state: row.state.into(),
            caller: row.caller,
            callee: row.callee,
            display_number: row.display_number,
            direction: row.incoming.map(direction),
        }
    }
}
