//! Our calls, as the session knows them, in the order of the platform's start time, then of our id (S14).

use ringside_domain::{Call, CallId, Direction, Ending, Extension, HungUpBy, Method, QueueName, Timestamp};
use rusqlite::{Connection, OptionalExtension, Params, Row, named_params};

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

/// Whose calls; those from before are the last user's.
pub(crate) const V3: &str = "
ALTER TABLE call ADD COLUMN account TEXT NOT NULL DEFAULT ''; -- the appid under which it was learnt of
UPDATE call SET account = coalesce((SELECT json_extract(json, '$.account.appid') FROM setting WHERE key = 'session' AND json_valid(json)), '');
DROP INDEX call_by_customer;
CREATE INDEX call_by_customer ON call (customer_number, account, extension, started_at);
";

/// Which agent's, where several share an extension; those from before are the last one's.
pub(crate) const V7: &str = "
ALTER TABLE call ADD COLUMN agent TEXT; -- the number of who was at the desk
UPDATE call SET agent = last.agent
FROM (SELECT json_extract(json, '$.account.appid') AS account, json_extract(json, '$.agent.extension') AS extension,
          json_extract(json, '$.agent.agentId') AS agent FROM setting WHERE key = 'session' AND json_valid(json)) AS last
WHERE call.account = last.account AND call.extension = last.extension AND last.agent <> '';
";

/// Writes the call as a whole, new or known.
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
    Ok(())
}

pub(crate) fn get(db: &Connection, id: CallId) -> rusqlite::Result<Option<Call>> {
    db.prepare_cached("SELECT * FROM call WHERE id = ?1")?.query_row([id_number(id)], |row| read(row, 0)).optional()
}

/// The calls without an end that began at `since` or later, oldest first.
pub(crate) fn open(db: &Connection, since: Timestamp) -> rusqlite::Result<Vec<Call>> {
    list(db, OPEN, [since.0])
}

pub(crate) const OPEN: &str = "SELECT * FROM call WHERE ended_at IS NULL AND started_at >= ?1 ORDER BY started_at, id";

/// The calls that began in this stretch, both ends included, oldest first.
pub(crate) fn between(db: &Connection, from: Timestamp, to: Timestamp) -> rusqlite::Result<Vec<Call>> {
    list(db, "SELECT * FROM call WHERE started_at BETWEEN ?1 AND ?2 ORDER BY started_at, id", [from.0, to.0])
}

/// The newest first.
pub(crate) fn recent(db: &Connection, limit: u32) -> rusqlite::Result<Vec<Call>> {
    list(db, RECENT, [limit])
}

pub(crate) const RECENT: &str = "SELECT * FROM call ORDER BY started_at DESC, id DESC LIMIT ?1";

pub(crate) fn delete(db: &Connection, id: i64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM call WHERE id = ?1")?.execute([id])?;
    Ok(())
}

pub(crate) fn max_id(db: &Connection) -> rusqlite::Result<Option<CallId>> {
    let id: Option<i64> = db.prepare_cached("SELECT max(id) FROM call")?.query_row((), |row| row.get(0))?;
    Ok(id.map(call_id))
}

fn list(db: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<Vec<Call>> {
    db.prepare_cached(sql)?.query_map(params, |row| read(row, 0))?.collect()
}

/// From the table's columns in their order, of which `at` is the first: looking columns up by name takes longer than all the rest.
pub(crate) fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<Call> {
    let time = |column: usize| -> rusqlite::Result<Option<Timestamp>> { Ok(row.get::<_, Option<i64>>(at + column)?.map(Timestamp)) };
    let word = |column: usize| row.get_ref(at + column)?.as_str_or_null().map_err(rusqlite::Error::from);
    Ok(Call {
        id: call_id(row.get(at)?),
        uuid: row.get(at + 1)?,
        buuid: row.get(at + 2)?,
        record_id: row.get(at + 3)?,
        account: row.get(at + 22)?,
        extension: Extension(row.get(at + 4)?),
        agent: row.get(at + 23)?,
        queue: row.get::<_, Option<String>>(at + 5)?.map(QueueName),
        customer_number: row.get(at + 6)?,
        display_number: row.get(at + 7)?,
        direction: direction(word(8)?.unwrap_or_default()),
        method: Method::from_code(row.get(at + 9)?),
        started_at: Timestamp(row.get(at + 10)?),
        rang_at: time(11)?,
        answered_at: time(12)?,
        ended_at: time(13)?,
        hung_up_by: word(14)?.map(hung_up_by),
        ending: word(15)?.map(ending),
        waited_seconds: row.get(at + 16)?,
        talked_seconds: row.get(at + 17)?,
        recording: row.get(at + 18)?,
        member_id: row.get(at + 19)?,
        customer_id: row.get(at + 20)?,
        maturity: row.get(at + 21)?,
    })
}

// SQLite's integers are signed; the same 64 bits either way.
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

fn ending_text(ending: Ending) -> String {
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

fn ending(text: &str) -> Ending {
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
