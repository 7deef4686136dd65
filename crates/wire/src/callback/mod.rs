//! Callbacks: from the bytes of a body to signals, in any encoding and with any Content-Type (N22 to N28).

mod fields;
mod form;
#[cfg(test)]
mod tests;
mod unpack;

use std::borrow::Cow;

use ringside_domain::{
    CallRecord, Delivery, Direction, Event, Flaw, LegEvent, LegStatus, Method, PublicPath, Signal, Timestamp, minted_at,
};
use thiserror::Error;

pub use fields::Fields;
use fields::Members;
use unpack::Unpacked;

use crate::{
    Code, Zone,
    loose::{self, Text, word},
    moment::{self, Moment},
};

/// Why a body is no callback.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CallbackError {
    /// No bytes, or only spaces.
    #[error("the body is empty")]
    Empty,
    /// L23.
    #[error("the form has no field `detail`, or an empty one, and its fields are no callback")]
    NoDetail,
    /// L22.
    #[error("the form has more than one field `detail`")]
    SeveralDetails,
    /// L20: the multipart form is damaged.
    #[error("the form cannot be read: {0}")]
    Form(String),
    /// L25.
    #[error("not the JSON of a callback: {0}")]
    Json(String),
}

/// Reads the callbacks in one body; either all are returned or none. The platform's local times are in `zone` (N5).
///
/// The payload of each event is its JSON as sent, without the form; other encodings are decoded, and control characters in texts escaped.
pub fn parse(body: &[u8], zone: &Zone) -> Result<Delivery, CallbackError> {
    let Unpacked { events, repairs } = form::events(body)?;
    let mut reasons: Vec<String> = repairs.into_iter().map(str::to_owned).collect();
    let events = events.into_iter().map(|(fields, payload)| {
        let kind = kind(&fields);
        if has_times(&kind) && reasons.len() < MOST_REASONS {
            reasons.extend(odd_times(&fields, zone));
        }
        let signal = Box::new(signal(&fields, kind, zone));
        Event { signal, company: fields.custom("companycode"), payload }
    });
    let events = events.collect();
    let flaw = (!reasons.is_empty()).then(|| Flaw { body: body.to_vec(), reason: reasons.join("; ") });
    Ok(Delivery::Events { events, flaw, path: PublicPath::None, passed: None })
}

/// The largest number of reported flaws per body.
const MOST_REASONS: usize = 20;

/// The kind of an event; its fields tell it (N24).
enum Kind {
    Leg(LegStatus),
    Record,
    Task(String),
    Unknown,
}

fn kind(fields: &Fields) -> Kind {
    let says = |name| fields.some(name).is_some();
    // Some systems send every field with every event, empty or zero if it has no meaning.
    let is_billed = fields.seconds("billsec").is_some_and(|seconds| seconds > 0) || (says("billsec") && has_ended(fields));
    // A bill names the called number instead of the two sides.
    let is_bill = is_billed && (fields.has("destnumber") || !(fields.has("caller") || fields.has("callee")));
    if let Some(status) = leg_status(fields).filter(|_| is_of_call(fields) && !is_bill) {
        return Kind::Leg(status);
    }
    let may_be_billed = fields.has("billsec") || fields.has("endtime");
    if may_be_billed && (says("billsec") || says("endtime") || !says("status")) {
        return Kind::Record;
    }
    match (fields.some("taskid").filter(|_| fields.has("status")), fields.word("status").as_str()) {
        // The only documented status of a task is its end; a missing status means the same.
        (Some(task_id), "" | "3" | "3.0" | "finish" | "finished" | "over" | "end" | "ended" | "complete" | "completed") => {
            Kind::Task(task_id)
        }
        _ => Kind::Unknown,
    }
}

fn leg_status(fields: &Fields) -> Option<LegStatus> {
    let status = fields.word("status");
    match status.strip_prefix("channel").unwrap_or(&status) {
        "ring" | "ringing" | "rings" | "alert" | "alerting" | "振铃" | "振铃中" | "响铃" | "响铃中" => Some(LegStatus::Ring),
        "answer" | "answered" | "connect" | "connected" | "talk" | "talking" | "pickup" | "oncall" | "incall" | "接听" | "已接听"
        | "应答" | "已应答" | "接通" | "已接通" | "通话" | "通话中" => Some(LegStatus::Answer),
        "hangup" | "hungup" | "hangedup" | "hangupcomplete" | "end" | "ended" | "callend" | "callended" | "disconnect" | "disconnected"
        | "release" | "released" | "bye" | "挂断" | "已挂断" | "挂机" | "已挂机" | "结束" | "已结束" | "通话结束" => {
            Some(LegStatus::Hangup)
        }
        _ => None,
    }
}

/// Whether the event concerns a call, and is not of an undocumented kind.
fn is_of_call(fields: &Fields) -> bool {
    let kind = fields.word("type");
    let says_nothing = kind.is_empty() && ["caller", "callee", "extnumber"].into_iter().any(|name| fields.has(name));
    says_nothing
        || direction(&kind).is_some()
        || matches!(kind.as_str(), "call" | "calls" | "callstate" | "callstatus" | "extstate" | "state")
}

/// Whether the event has an end time that is not zero.
fn has_ended(fields: &Fields) -> bool {
    moment::read(fields.text("endtime"), &Zone::default(), None) != Moment::Nothing
}

/// Whether these fields are those of a callback, even of an undocumented kind (L30).
fn is_event(fields: &Fields) -> bool {
    !matches!(kind(fields), Kind::Unknown) || (fields.has("type") && (fields.has("extnumber") || fields.has("status")))
}

fn signal(fields: &Fields, kind: Kind, zone: &Zone) -> Signal {
    match kind {
        Kind::Leg(status) => Signal::Leg(leg(fields, status, zone)),
        Kind::Record => Signal::Record(record(fields, zone)),
        Kind::Task(task_id) => Signal::TaskFinished { task_id },
        Kind::Unknown => Signal::Unknown { extension: fields.extension() },
    }
}

/// The fields with times that cannot be read, as text for the report.
pub fn unread_times(fields: &Fields, zone: &Zone) -> Option<String> {
    has_times(&kind(fields)).then(|| odd_times(fields, zone))?
}

fn has_times(kind: &Kind) -> bool {
    matches!(kind, Kind::Leg(_) | Kind::Record)
}

fn odd_times(fields: &Fields, zone: &Zone) -> Option<String> {
    let times = ["starttime", "answertime", "endtime"].into_iter();
    let times = times.filter(|name| moment::read(fields.text(name), zone, None) == Moment::Unreadable || fields.is_structure(name));
    let lengths =
        ["duration", "billsec"].into_iter().filter(|name| fields.seconds(name).is_none() && loose::is_odd_length(fields.text(name)));
    let shown = |name| format!("{name} is no time that can be read: {:.60}", fields.text(name));
    let texts: Vec<String> = times.chain(lengths).map(shown).collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

/// The documentation's «Extension call state callback parameters».
fn leg(fields: &Fields, status: LegStatus, zone: &Zone) -> LegEvent {
    let uuid = fields.some("uuid");
    let started_at = moment::read(fields.text("starttime"), zone, uuid.as_deref().and_then(minted_at)).at();
    LegEvent {
        status,
        extension: fields.extension(),
        uuid,
        buuid: fields.some("buuid"),
        caller: fields.text("caller").to_owned(),
        callee: fields.text("callee").to_owned(),
        direction: direction_of(fields, ["direction", "type"]),
        method: method(fields, ["method", "callmethod"]),
        is_b_leg: fields.is_true("isbleg"),
        display_number: fields.first(["disnumber", "displaynumber"]),
        started_at,
        customer_id: fields.custom("customuuid"),
    }
}

/// A bill, from a callback or from GetBill; they use different names for some fields (N12).
///
/// Zeros and spellings of «no value» count as missing. A call was answered if there is something to bill (P3). Missing times are
/// calculated from the others; without any time the record is undated.
pub fn record(fields: &Fields, zone: &Zone) -> CallRecord {
    let time = |name: &str, near: Option<Timestamp>| moment::read(fields.text(name), zone, near).at();
    let (waited, talked) = (fields.seconds("duration"), fields.seconds("billsec"));
    let (wait, talk) = (waited.unwrap_or(0), talked.unwrap_or(0));
    let uuid = fields.some("uuid");
    let started = time("starttime", uuid.as_deref().and_then(minted_at));
    let answered = time("answertime", moment::after(started, wait));
    let ended = time("endtime", moment::after(started, wait.saturating_add(talk)));
    let answered = match talked {
        Some(0) => None,
        Some(_) => answered.or_else(|| moment::before(ended, talk)).or_else(|| moment::after(started, wait)),
        None => answered.filter(|answered| ended.is_none_or(|ended| ended > *answered)),
    };
    let begun = started.or_else(|| moment::before(answered, wait)).or_else(|| moment::before(ended, wait.saturating_add(talk)));
    let between = |from: Option<Timestamp>, to: Option<Timestamp>| {
        from.zip(to).map_or(0, |(from, to)| u32::try_from(to.since(from).as_secs()).unwrap_or(u32::MAX))
    };
    let code = |name| Code::from_number(fields.number(name).unwrap_or(0));
    let (file, url) = recording(fields);
    CallRecord {
        record_id: fields.custom("id"),
        uuid,
        extension: fields.extension(),
        agent_id: fields.custom("crmid").or_else(|| fields.custom("userid")),
        customer_number: fields.text("destnumber").to_owned(),
        display_number: fields.first(["disnumber", "displaynumber"]),
        direction: direction_of(fields, ["type", "direction"]),
        method: method(fields, ["callmethod", "method"]),
        started_at: begun.unwrap_or_default(),
        undated: begun.is_none(),
        answered_at: answered,
        ended_at: ended,
        waited_seconds: waited.unwrap_or_else(|| between(begun, answered.or(ended))),
        talked_seconds: talked.unwrap_or_else(|| between(answered, ended)),
        hung_up_by: code("hangupdirection").hung_up_by(),
        ending: code("hangupcause").ending(),
        recording: file,
        recording_url: url,
        member_id: fields.custom("memberid"),
        customer_id: fields.custom("customuuid"),
        maturity: fields.some("chengshudu").or_else(|| fields.some("ext")),
    }
}

/// The recording's file name and its link; some systems put the link into the field of the name (P7).
fn recording(fields: &Fields) -> (Option<String>, Option<String>) {
    let file = fields.custom("recordfilename");
    let url = fields.custom("recordurl").filter(|url| is_web(url)).or_else(|| file.clone().filter(|file| is_web(file)));
    (file.filter(|file| !is_web(file)), url)
}

fn is_web(text: &str) -> bool {
    ["http://", "https://"].into_iter().any(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// A callback's JSON without the link to the recording, since the link gives access to it.
pub fn without_link(json: &str) -> Cow<'_, str> {
    let mut kept = Cow::Borrowed(json);
    let Ok(Members(members)) = serde_json::from_str(json) else { return kept };
    for (name, value) in members {
        let link = || fields::text(value.get()).is_some_and(|text| is_web(text.said()));
        if matches!(word(&name).as_str(), "recordurl" | "recordfilename") && link() {
            kept = Cow::Owned(kept.replace(value.get(), "\"(a link)\""));
        }
    }
    kept
}

fn method(fields: &Fields, names: [&str; 2]) -> Method {
    Method::from_code(names.into_iter().find_map(|name| fields.number(name)).unwrap_or(0))
}

/// The first of these fields that names a direction; without one the call is outgoing, as a dialler's are.
fn direction_of(fields: &Fields, names: [&str; 2]) -> Direction {
    names.into_iter().find_map(|name| direction(fields.text(name))).unwrap_or_default()
}

/// `callin` and `callout` in all spellings, or the codes 1 and 2.
pub fn direction(text: &str) -> Option<Direction> {
    let word = word(text);
    match word.trim_start_matches("call").trim_end_matches("call") {
        "in" | "incoming" | "inbound" | "dialin" | "呼入" | "来电" => Some(Direction::Incoming),
        "out" | "outgoing" | "outbound" | "dialout" | "呼出" | "去电" => Some(Direction::Outgoing),
        other => match Text::new(other).number() {
            Some(1) => Some(Direction::Incoming),
            Some(2) => Some(Direction::Outgoing),
            _ => None,
        },
    }
}
