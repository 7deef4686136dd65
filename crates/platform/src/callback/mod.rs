//! Callbacks: bytes to a signal, whatever the encoding and whatever its Content-Type claims (N22 to N28).

mod fields;
mod form;

use jiff::tz::Offset;
use ringside_domain::{CallRecord, Delivery, Direction, Extension, LegEvent, LegStatus, Method, Signal};
use thiserror::Error;

pub(crate) use fields::Fields;

use crate::{Code, moment};

/// A body that is no callback.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CallbackError {
    /// Nothing at all.
    #[error("the body is empty")]
    Empty,
    /// L23.
    #[error("the form has no field `detail`, or an empty one")]
    NoDetail,
    /// L22.
    #[error("the form has more than one field `detail`")]
    SeveralDetails,
    /// L20: a multipart form that is none.
    #[error("the form cannot be read: {0}")]
    Form(String),
    /// L25.
    #[error("not a JSON object: {0}")]
    Json(String),
}

/// Reads a callback. The platform's local times are at `utc_offset` seconds from UTC (N5).
///
/// The payload is the JSON as sent, without its form; bytes that are not UTF-8 are replaced in it, for reading (L29).
pub fn parse(body: &[u8], utc_offset: i32) -> Result<Delivery, CallbackError> {
    let offset = Offset::from_seconds(utc_offset).unwrap_or(Offset::constant(8));
    let payload = form::payload(body)?;
    let (fields, payload) = Fields::read(payload)?;
    Ok(Delivery::Event { signal: Box::new(signal(&fields, offset)), payload })
}

/// The kind is in the shape (N24).
fn signal(fields: &Fields, offset: Offset) -> Signal {
    let status = match fields.text("status") {
        "ring" => Some(LegStatus::Ring),
        "answer" => Some(LegStatus::Answer),
        "hangup" => Some(LegStatus::Hangup),
        _ => None,
    };
    if let ("call", Some(status)) = (fields.text("type"), status) {
        return Signal::Leg(leg(fields, status, offset));
    }
    if fields.has("billsec") || fields.has("endtime") {
        return record(fields, offset).map_or(Signal::Unknown, Signal::Record);
    }
    match fields.some("taskid") {
        Some(task_id) if fields.has("status") => Signal::TaskFinished { task_id },
        _ => Signal::Unknown,
    }
}

/// «Extension call state callback parameters».
fn leg(fields: &Fields, status: LegStatus, offset: Offset) -> LegEvent {
    LegEvent {
        status,
        extension: Extension(fields.text("extnumber").to_owned()),
        uuid: fields.some("uuid"),
        buuid: fields.some("buuid"),
        caller: fields.text("caller").to_owned(),
        callee: fields.text("callee").to_owned(),
        direction: direction(fields.text("direction")),
        method: method(fields, "method"),
        is_b_leg: fields.is_true("isbleg"),
        display_number: fields.text("disnumber").to_owned(),
        started_at: moment::parse(fields.text("starttime"), offset),
        customer_id: fields.custom("customuuid"),
    }
}

/// A bill, by callback or from GetBill, which name some things differently (N12). None without any time.
pub(crate) fn record(fields: &Fields, offset: Offset) -> Option<CallRecord> {
    let time = |name| moment::parse(fields.text(name), offset);
    let (answered_at, ended_at) = (time("answertime"), time("endtime"));
    let code = |name| Code::from_number(fields.number(name).unwrap_or(0));
    Some(CallRecord {
        record_id: fields.some("id"),
        uuid: fields.some("uuid"),
        extension: Extension(fields.text("extnumber").to_owned()),
        agent_id: fields.custom("crmid").or_else(|| fields.custom("userid")),
        customer_number: fields.text("destnumber").to_owned(),
        display_number: fields.first(["disnumber", "displaynumber"]),
        direction: direction(&fields.first(["type", "direction"])),
        method: method(fields, "callmethod"),
        started_at: time("starttime").or(answered_at).or(ended_at)?,
        answered_at,
        ended_at,
        waited_seconds: fields.number("duration").unwrap_or(0),
        talked_seconds: fields.number("billsec").unwrap_or(0),
        hung_up_by: code("hangupdirection").hung_up_by(),
        ending: code("hangupcause").ending(),
        recording: fields.some("recordfilename"),
        member_id: fields.custom("memberid"),
        customer_id: fields.custom("customuuid"),
        maturity: fields.some("chengshudu"),
        undated: false,
    })
}

fn method(fields: &Fields, name: &str) -> Method {
    Method::from_code(fields.number(name).unwrap_or(0))
}

/// `callin`/`callout`, or the codes 1 and 2; unsaid, a dialler's calls go out.
pub(crate) fn direction(text: &str) -> Direction {
    match text {
        "callin" | "1" => Direction::Incoming,
        _ => Direction::Outgoing,
    }
}
