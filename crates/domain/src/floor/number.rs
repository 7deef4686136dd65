//! The numbers of campaigns, the do-not-call list, and calls of campaigns by their bills.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{CampaignId, Extension, Timestamp};

/// A number to be called, with the custom data that the platform returns with the call (N4: always text).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct Customer {
    /// Digits only, with leading zeros.
    pub phone: String,
    /// The preset time; None: the time of sending (N16).
    pub at: Option<Timestamp>,
    /// `userid`: the employee.
    pub agent_id: String,
    /// `memberid`
    pub member_id: String,
    /// `customuuid`
    pub customer_id: String,
    /// `chengshudu`
    pub maturity: String,
}

/// Why a row of a file was not taken, or a number was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum RowRefusal {
    /// The cell with the number is empty.
    Empty,
    /// It is not a telephone number, or too short (under 3 digits) or too long (over 20).
    Invalid,
    /// Digits are lost for certain, as in 1.38E+10 with too few digits.
    Spoilt,
    /// The kind of its damage was asked about, and the answer was to leave such rows out.
    LeftOut,
    /// The same number is in an earlier row.
    Duplicate,
    /// The number waits in another campaign that is not over.
    InOtherCampaign,
    DoNotCall,
    /// It was called as often as is permitted today.
    AttemptsToday,
    /// It was called as often as is permitted in all.
    AttemptsInAll,
    /// The preset time cannot be read.
    BadTime,
}

/// What became of a number of a campaign. Each number is in exactly one of these states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum NumberFate {
    /// Not sent yet.
    Waiting,
    /// Sent and accepted by the platform.
    Taken,
    /// Refused by the platform, or here before it was sent.
    Refused,
    /// Sent, and it is unknown whether the platform accepted it.
    Unknown,
    /// Taken out by a person, before or after it was sent.
    Removed,
}

/// A row of a campaign's numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NumberRow {
    /// The row in the file, from 1 with the header.
    pub row: u32,
    pub part: u32,
    pub customer: Customer,
    pub fate: NumberFate,
    /// Why it was not sent. None of a refused number: the platform refused it.
    pub reason: Option<RowRefusal>,
    /// Calls to this number since the campaign was made, by their bills.
    pub calls: u32,
    /// The end of the last of these calls.
    pub last: Option<DialledOutcome>,
    pub last_at: Option<Timestamp>,
}

/// How a call of a campaign ended, by its bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum DialledOutcome {
    /// The customer did not answer.
    NotAnswered,
    /// The customer answered, and no agent was reached (`extnumber` empty or zeros, N12).
    Abandoned,
    /// An agent talked to the customer.
    Reached,
}

/// A call that the dialler made (bill with `callmethod` 5), whoever took it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Dialled {
    /// The bill's id, or its uuid: two bills with the same key are one.
    pub key: String,
    /// The customer's number, as in the bill.
    pub phone: String,
    pub began_at: Timestamp,
    pub ended_at: Timestamp,
    pub outcome: DialledOutcome,
    /// Seconds of talk (`billsec`).
    pub talked_seconds: u32,
    /// Seconds until it was answered (`duration`).
    pub waited_seconds: u32,
    /// The agent's extension; None: no agent was reached.
    pub extension: Option<Extension>,
    /// `customuuid`; may be empty.
    pub customer_id: String,
    /// The campaign that it is counted for: the newest that sent this number before the call. None: a campaign made elsewhere.
    pub campaign: Option<CampaignId>,
}

/// How many of a campaign's numbers are in each state, and how its calls ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct CampaignCounts {
    pub waiting: u32,
    pub taken: u32,
    pub refused: u32,
    pub unknown: u32,
    pub removed: u32,
    /// Numbers with at least one call.
    pub called: u32,
    /// Calls, by their bills.
    pub calls: u32,
    /// Calls that the customer answered.
    pub answered: u32,
    pub reached: u32,
    pub abandoned: u32,
    /// The same for calls that began today (in the platform's time zone).
    pub answered_today: u32,
    pub abandoned_today: u32,
    /// The same over the last 30 days.
    pub answered_30_days: u32,
    pub abandoned_30_days: u32,
}

/// What became of the lines of a do-not-call list that was imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DoNotCallImported {
    /// Numbers that were not on the list.
    pub new: u32,
    /// Lines with a number that was on the list, or in an earlier line.
    pub known: u32,
    /// Lines with text and no number.
    pub not_read: u32,
}

/// An entry of the do-not-call list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DoNotCall {
    pub phone: String,
    pub since: Timestamp,
    /// The person who entered it.
    pub by: String,
    /// The reason, in the person's words; may be empty.
    pub reason: String,
}
