//! The table of calls, as the session knows them. The log is ordered by the start on the platform's clock, then by our id (S14).

use data_encoding::HEXLOWER;
use ringside_domain::{Call, CallId, Direction, Ending, Extension, HungUpBy, Method, QueueName, Timestamp};
use rusqlite::{Connection, OptionalExtension, Params, Row, named_params, types::ValueRef};

use crate::{
    column::{self, filled, is_count, is_text, is_time},
    number,
};

pub(crate) const V1: &str = "
CREATE TABLE call (
    id              INTEGER PRIMARY KEY,
    uuid            TEXT,
    buuid           TEXT,
    record_id       TEXT,
    extension       TEXT NOT NULL,
    queue           TEXT,
    customer_number TEXT NOT NULL, -- raw
    display_number  TEXT NOT NULL,
    direction       TEXT NOT NULL, -- outgoing, incoming
    method          INTEGER NOT NULL, -- the platform's code, 1 to 6
    started_at      INTEGER NOT NULL, -- all times: ms since 1970
    rang_at         INTEGER,
    answered_at     INTEGER,
    ended_at        INTEGER,
    hung_up_by      TEXT, -- caller, called, or the platform's code
    ending          TEXT, -- normal, cancelled, refused, line failure, no answer, customer busy, or the platform's code
    waited_seconds  INTEGER,
    talked_seconds  INTEGER,
    recording       TEXT,
    member_id       TEXT,
    customer_id     TEXT,
    maturity        TEXT
) STRICT;
CREATE INDEX call_by_start ON call (started_at);
CREATE INDEX call_open ON call (started_at) WHERE ended_at IS NULL;
CREATE INDEX call_by_customer ON call (customer_number, started_at);
";

/// Adds the account of each call. Calls of earlier versions get the account that was signed in last.
pub(crate) const V3: &str = "
ALTER TABLE call ADD COLUMN account TEXT NOT NULL DEFAULT ''; -- the appid under which it was learnt of
UPDATE call SET account = coalesce((SELECT json_extract(json, '$.account.appid') FROM setting WHERE key = 'session' AND json_valid(json)), '');
DROP INDEX call_by_customer;
CREATE INDEX call_by_customer ON call (customer_number, account, extension, started_at);
";

/// Adds the agent of each call, since agents can share an extension. Earlier calls of the last agent's extension get that agent.
pub(crate) const V7: &str = "
ALTER TABLE call ADD COLUMN agent TEXT; -- the number of who was at the desk
UPDATE call SET agent = last.agent
FROM (SELECT json_extract(json, '$.account.appid') AS account, json_extract(json, '$.agent.extension') AS extension,
          json_extract(json, '$.agent.agentId') AS agent FROM setting WHERE key = 'session' AND json_valid(json)) AS last
WHERE call.account = last.account AND call.extension = last.extension AND last.agent <> '';
";

/// Inserts the call, or replaces every column of the call with this id.
pub(crate) fn put(db: &Connection, call: &Call) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO call (id, uuid, buuid, record_id, extension, queue, customer_number, display_number, direction, method,
             started_at, rang_at, answered_at, ended_at, hung_up_by, ending, waited_seconds, talked_seconds, recording, member_id,
             customer_id, maturity, account, agent)
         VALUES (:id, :uuid, :buuid, :record_id, :extension, :queue, :customer_number, :display_number, :direction, :method,
             :started_at, :rang_at, :answered_at, :ended_at, :hung_up_by, :ending, :waited_seconds, :talked_seconds, :recording, :member_id,
             :customer_id, :maturity, :account, :agent)
         ON CONFLICT (id) DO UPDATE SET uuid = excluded.uuid, buuid = excluded.buuid, record_id = excluded.record_id,
             extension = excluded.extension, queue = excluded.queue, customer_number = excluded.customer_number,
             display_number = excluded.display_number, direction = excluded.direction, method = excluded.method,
             started_at = excluded.started_at, rang_at = excluded.rang_at, answered_at = excluded.answered_at,
             ended_at = excluded.ended_at, hung_up_by = excluded.hung_up_by, ending = excluded.ending,
             waited_seconds = excluded.waited_seconds, talked_seconds = excluded.talked_seconds, recording = excluded.recording,
             member_id = excluded.member_id, customer_id = excluded.customer_id, maturity = excluded.maturity,
             account = excluded.account, agent = excluded.agent",
    )?
    .execute(named_params! {
        ":id": id_number(call.id),
        ":uuid": call.uuid,
        ":buuid": call.buuid,
        ":record_id": call.record_id,
        ":extension": call.extension.0,
        ":queue": call.queue.as_ref().map(|queue| &queue.0),
        ":customer_number": call.customer_number,
        ":display_number": call.display_number,
        ":direction": direction_text(call.direction),
        ":method": call.method.code(),
        ":started_at": call.started_at.0,
        ":rang_at": call.rang_at.map(|time| time.0),
        ":answered_at": call.answered_at.map(|time| time.0),
        ":ended_at": call.ended_at.map(|time| time.0),
        ":hung_up_by": call.hung_up_by.map(hung_up_by_text),
        ":ending": call.ending.map(ending_text),
        ":waited_seconds": call.waited_seconds,
        ":talked_seconds": call.talked_seconds,
        ":recording": call.recording,
        ":member_id": call.member_id,
        ":customer_id": call.customer_id,
        ":maturity": call.maturity,
        ":account": call.account,
        ":agent": call.agent,
    })?;
    number::put(db, call)
}

pub(crate) fn get(db: &Connection, id: CallId) -> rusqlite::Result<Option<Call>> {
    db.prepare_cached("SELECT * FROM call WHERE id = ?1")?.query_row([id_number(id)], |row| read(row, 0)).optional()
}

/// The calls without an end that began at `since` or later, oldest first.
pub(crate) fn open(db: &Connection, since: Timestamp) -> rusqlite::Result<Vec<Call>> {
    list(db, OPEN, [since.0])
}

pub(crate) const OPEN: &str = "SELECT * FROM call WHERE ended_at IS NULL AND started_at >= ?1 ORDER BY started_at, id";

/// The calls that began from `from` to `to`, both included, oldest first.
pub(crate) fn between(db: &Connection, from: Timestamp, to: Timestamp) -> rusqlite::Result<Vec<Call>> {
    list(db, "SELECT * FROM call WHERE started_at BETWEEN ?1 AND ?2 ORDER BY started_at, id", [from.0, to.0])
}

/// At most `limit` calls, newest first.
pub(crate) fn recent(db: &Connection, limit: u32) -> rusqlite::Result<Vec<Call>> {
    list(db, RECENT, [limit])
}

pub(crate) const RECENT: &str = "SELECT * FROM call ORDER BY started_at DESC, id DESC LIMIT ?1";

pub(crate) fn delete(db: &Connection, id: i64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM call WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// No call has a higher id: ids count from 1, and JavaScript's numbers are exact only up to 2^53. A higher id is damage.
pub(crate) const HIGHEST_ID: i64 = 1 << 52;

pub(crate) fn max_id(db: &Connection) -> rusqlite::Result<Option<CallId>> {
    let id: Option<i64> =
        db.prepare_cached("SELECT max(id) FROM call WHERE id BETWEEN 1 AND ?1")?.query_row([HIGHEST_ID], |row| row.get(0))?;
    Ok(id.map(call_id))
}

/// The calls that a start reads, and the rows with values that could not be read.
#[derive(Debug, Default)]
pub struct RestoredCalls {
    pub calls: Vec<Call>,
    pub damage: Vec<Damage>,
}

/// A row with values that this program does not write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The call's id and the damaged columns: `call 7: uuid, ending`.
    pub what: String,
    /// The whole row: a line `name = value` for each column, bytes as `x'c3'`.
    pub content: String,
}

/// The calls without an end that began at `since` or later, and of the newest `recent` calls those with an end. A row whose id or
/// start is damaged is reported, but its call is left out.
pub(crate) fn restore(db: &Connection, since: Timestamp, recent: u32) -> rusqlite::Result<RestoredCalls> {
    let mut restored = RestoredCalls::default();
    for (sql, param, ended) in [(OPEN, since.0, false), (RECENT, i64::from(recent), true)] {
        let mut statement = db.prepare_cached(sql)?;
        let mut rows = statement.query([param])?;
        while let Some(row) = rows.next()? {
            let call = read(row, 0)?;
            if ended != call.ended_at.is_some() {
                continue;
            }
            let odd = odd_columns(row)?;
            if !odd.is_empty() {
                restored.damage.push(damage(row, &odd)?);
            }
            if !odd.contains(&"id") && !odd.contains(&"started_at") {
                restored.calls.push(call);
            }
        }
    }
    Ok(restored)
}

/// The names of the columns whose values this program does not write.
fn odd_columns(row: &Row<'_>) -> rusqlite::Result<Vec<&'static str>> {
    let mut odd = Vec::new();
    for (column, (name, fits)) in COLUMNS.iter().enumerate() {
        if !fits(row.get_ref(column)?) {
            odd.push(*name);
        }
    }
    Ok(odd)
}

macro_rules! or_null {
    ($fits:ident) => {
        |value| value == ValueRef::Null || $fits(value)
    };
}

type Fits = fn(ValueRef<'_>) -> bool;

/// The columns in the table's order, each with the values that the program writes.
const COLUMNS: [(&str, Fits); 24] = [
    ("id", |value| matches!(value, ValueRef::Integer(1..=HIGHEST_ID))),
    ("uuid", or_null!(is_text)),
    ("buuid", or_null!(is_text)),
    ("record_id", or_null!(is_text)),
    ("extension", is_text),
    ("queue", or_null!(is_text)),
    ("customer_number", is_text),
    ("display_number", is_text),
    ("direction", |value| matches!(value, ValueRef::Text(b"incoming" | b"outgoing"))),
    ("method", is_count),
    ("started_at", is_time),
    ("rang_at", or_null!(is_time)),
    ("answered_at", or_null!(is_time)),
    ("ended_at", or_null!(is_time)),
    ("hung_up_by", or_null!(is_text)),
    ("ending", or_null!(is_text)),
    ("waited_seconds", or_null!(is_count)),
    ("talked_seconds", or_null!(is_count)),
    ("recording", or_null!(is_text)),
    ("member_id", or_null!(is_text)),
    ("customer_id", or_null!(is_text)),
    ("maturity", or_null!(is_text)),
    ("account", is_text),
    ("agent", or_null!(is_text)),
];

fn damage(row: &Row<'_>, odd: &[&str]) -> rusqlite::Result<Damage> {
    let mut content = String::new();
    for (column, (name, _)) in COLUMNS.iter().enumerate() {
        let value = match row.get_ref(column)? {
            ValueRef::Null => "NULL".to_owned(),
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Real(number) => format!("{number:?}"),
            ValueRef::Text(bytes) if std::str::from_utf8(bytes).is_ok() => format!("{:?}", String::from_utf8_lossy(bytes)),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                let digits = HEXLOWER.encode(bytes);
                format!("x'{digits}'")
            }
        };
        content.push_str(&format!("{name} = {value}\n"));
    }
    let id: i64 = column::number(row, 0)?.unwrap_or_default();
    Ok(Damage { what: format!("call {id}: {}", odd.join(", ")), content })
}

fn list(db: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<Vec<Call>> {
    db.prepare_cached(sql)?.query_map(params, |row| read(row, 0))?.collect()
}

/// Reads a call from the table's columns in their order, beginning at column `at`. Finding columns by name takes longer than the rest.
pub(crate) fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Call> {
    let text = |column: usize| column::text(row, at + column);
    let time = |column: usize| column::time(row, at + column);
    let count = |column: usize| column::number::<u32>(row, at + column);
    Ok(Call {
        id: call_id(column::number(row, at)?.unwrap_or_default()),
        uuid: text(1)?,
        buuid: text(2)?,
        record_id: text(3)?,
        account: filled(row, at + 22)?,
        extension: Extension(filled(row, at + 4)?),
        agent: text(23)?,
        queue: text(5)?.map(QueueName),
        customer_number: filled(row, at + 6)?,
        display_number: filled(row, at + 7)?,
        direction: direction(&filled(row, at + 8)?),
        method: Method::from_code(count(9)?.unwrap_or_default()),
        // Any number, not only plausible times: the log is ordered by the stored start, and its pages are found by it.
        started_at: Timestamp(column::number(row, at + 10)?.unwrap_or_default()),
        rang_at: time(11)?,
        answered_at: time(12)?,
        ended_at: time(13)?,
        hung_up_by: text(14)?.as_deref().map(hung_up_by),
        ending: text(15)?.as_deref().map(ending),
        waited_seconds: count(16)?,
        talked_seconds: count(17)?,
        recording: text(18)?,
        member_id: text(19)?,
        customer_id: text(20)?,
        maturity: text(21)?,
    })
}

// SQLite's integers are signed; the 64 bits are the same.
pub(crate) fn id_number(id: CallId) -> i64 {
    id.0.cast_signed()
}

pub(crate) fn call_id(number: i64) -> CallId {
    CallId(number.cast_unsigned())
}

fn direction_text(direction: Direction) -> &'static str {
    match direction {
        Direction::Outgoing => "outgoing",
        Direction::Incoming => "incoming",
    }
}

fn direction(text: &str) -> Direction {
    if text == "incoming" { Direction::Incoming } else { Direction::Outgoing }
}

fn hung_up_by_text(side: HungUpBy) -> String {
    match side {
        HungUpBy::Caller => "caller".to_owned(),
        HungUpBy::Called => "called".to_owned(),
        HungUpBy::Other(code) => code.to_string(),
    }
}

fn hung_up_by(text: &str) -> HungUpBy {
    match text {
        "caller" => HungUpBy::Caller,
        "called" => HungUpBy::Called,
        code => HungUpBy::Other(code.parse().unwrap_or(0)),
    }
}

pub(crate) fn ending_text(ending: Ending) -> String {
    match ending {
        Ending::Normal => "normal".to_owned(),
        Ending::Cancelled => "cancelled".to_owned(),
        Ending::Refused => "refused".to_owned(),
        Ending::LineFailure => "line failure".to_owned(),
        Ending::NoAnswer => "no answer".to_owned(),
        Ending::CustomerBusy => "customer busy".to_owned(),
        Ending::Other(code) => code.to_string(),
    }
}

pub(crate) fn ending(text: &str) -> Ending {
    match text {
        "normal" => Ending::Normal,
        "cancelled" => Ending::Cancelled,
        "refused" => Ending::Refused,
        "line failure" => Ending::LineFailure,
        "no answer" => Ending::NoAnswer,
        "customer busy" => Ending::CustomerBusy,
        code => Ending::Other(code.parse().unwrap_or(0)),
    }
}
