//! The archive of recordings: which are to be fetched, which are kept, and where.

use ringside_domain::{Call, CallId, Cursor, Extension, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::{
    call::{self, call_id, id_number},
    column,
};

/// Triggers add a row for each call that has a recording.
pub(crate) const V2: &str = "
CREATE TABLE recording (
    call        INTEGER PRIMARY KEY,           -- call.id
    started_at  INTEGER NOT NULL,              -- as the call's
    state       TEXT NOT NULL DEFAULT 'wanted', -- wanted; kept; lost; removed: by us; discarded: the call is gone, the file not yet
    file        TEXT,                          -- its name in the archive's folder
    sha256      BLOB CHECK (length(sha256) = 32),
    size        INTEGER,                       -- bytes
    fetched_at  INTEGER,                       -- ms since 1970
    error       TEXT,                          -- why the last try failed
    tries       INTEGER NOT NULL DEFAULT 0,
    next_try_at INTEGER NOT NULL DEFAULT 0     -- ms since 1970; not before
) STRICT;
CREATE INDEX recording_wanted ON recording (started_at) WHERE state = 'wanted';
CREATE INDEX recording_kept ON recording (started_at, call, size) WHERE state = 'kept';
CREATE INDEX recording_discarded ON recording (call) WHERE state = 'discarded';
INSERT INTO recording (call, started_at) SELECT id, started_at FROM call WHERE recording IS NOT NULL;
CREATE TRIGGER recording_inserted AFTER INSERT ON call WHEN new.recording IS NOT NULL BEGIN
    INSERT INTO recording (call, started_at) VALUES (new.id, new.started_at) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER recording_updated AFTER UPDATE ON call
WHEN new.recording IS NOT NULL AND (old.recording IS NULL OR old.started_at <> new.started_at) BEGIN
    INSERT INTO recording (call, started_at) VALUES (new.id, new.started_at)
        ON CONFLICT (call) DO UPDATE SET started_at = excluded.started_at;
END;
";

/// Indexes by which recordings are counted and chosen without reading the rows.
pub(crate) const V4: &str = "
DROP INDEX recording_wanted;
CREATE INDEX recording_wanted_2 ON recording (started_at, next_try_at, tries) WHERE state = 'wanted';
CREATE INDEX recording_lost ON recording (started_at) WHERE state = 'lost';
";

/// Links to recordings that have no name on the platform, from the calls' bills (P7).
pub(crate) const V9: &str = "
CREATE TABLE recording_url (
    call INTEGER PRIMARY KEY, -- call.id
    url  TEXT NOT NULL        -- a key to the recording: it is shown and logged nowhere
) STRICT;
";

/// The outcome of fetching or removing a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetch {
    /// The file is in the archive, checked and renamed. `size` is in bytes.
    Kept { file: String, sha256: [u8; 32], size: u64, at: Timestamp },
    /// The fetch failed; without `next_try_at` the recording is lost.
    Failed { error: String, next_try_at: Option<Timestamp> },
    /// The file was deleted, because of its age or with its call; it is not fetched again.
    Removed,
}

/// A recording in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRecording {
    pub call: CallId,
    /// The start of its call.
    pub started_at: Timestamp,
    /// The path of its file.
    pub file: String,
    pub sha256: [u8; 32],
    /// Bytes.
    pub size: u64,
    pub fetched_at: Timestamp,
}

/// The state of a call's recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recording {
    /// To be fetched, not before `next_try_at`; `error` says why the last try failed.
    Wanted {
        tries: u32,
        error: Option<String>,
        next_try_at: Timestamp,
    },
    Kept(KeptRecording),
    /// It cannot be fetched any more.
    Lost {
        error: Option<String>,
    },
    /// Ringside deleted its file.
    Removed,
}

/// A recording to fetch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub call: Call,
    /// Tries so far.
    pub tries: u32,
}

/// Which recordings are fetched first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchOrder {
    NewestFirst,
    /// The oldest first, since the platform deletes it next.
    ClosestToDeletion,
}

/// The archive's figures. Wanted and lost recordings count for calls that began at a given time or later: the platform deleted older ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Archive {
    pub kept: u64,
    /// Bytes of all that are kept.
    pub bytes: u64,
    /// Recordings to be fetched, including those that failed and are tried again.
    pub wanted: u64,
    /// Wanted recordings that failed at least once.
    pub failing: u64,
    /// The start of the oldest call whose recording is wanted.
    pub oldest_wanted: Option<Timestamp>,
    /// The next try that is due after now, of all wanted recordings.
    pub next_try_at: Option<Timestamp>,
    /// Recordings that cannot be fetched any more.
    pub lost: u64,
}

/// A recording that could not be fetched so far, or is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Troubled {
    pub call: CallId,
    pub started_at: Timestamp,
    pub error: String,
    /// `None`: it is lost.
    pub next_try_at: Option<Timestamp>,
}

pub(crate) fn put(db: &Connection, call: CallId, fetch: &Fetch) -> rusqlite::Result<()> {
    let call = id_number(call);
    match fetch {
        Fetch::Kept { file, sha256, size, at } => db
            .prepare_cached(
                "UPDATE recording SET state = 'kept', file = ?2, sha256 = ?3, size = ?4, fetched_at = ?5, error = NULL,
                     tries = tries + 1 WHERE call = ?1",
            )?
            .execute(params![call, file, sha256, i64::try_from(*size).unwrap_or(i64::MAX), at.0])?,
        Fetch::Failed { error, next_try_at } => db
            .prepare_cached(
                "UPDATE recording SET state = iif(?3 IS NULL, 'lost', 'wanted'), error = ?2, next_try_at = coalesce(?3, 0),
                     tries = tries + 1 WHERE call = ?1",
            )?
            .execute(params![call, error, next_try_at.map(|at| at.0)])?,
        Fetch::Removed => {
            db.prepare_cached("DELETE FROM recording WHERE call = ?1 AND state = 'discarded'")?.execute([call])?;
            db.prepare_cached("DELETE FROM recording_url WHERE call = ?1")?.execute([call])?;
            db.prepare_cached("UPDATE recording SET state = 'removed', file = NULL, sha256 = NULL, size = NULL WHERE call = ?1")?
                .execute([call])?
        }
    };
    Ok(())
}

pub(crate) fn put_url(db: &Connection, call: CallId, url: &str) -> rusqlite::Result<()> {
    db.prepare_cached("INSERT INTO recording_url VALUES (?1, ?2) ON CONFLICT (call) DO UPDATE SET url = excluded.url")?
        .execute((id_number(call), url))?;
    Ok(())
}

pub(crate) fn url(db: &Connection, call: CallId) -> rusqlite::Result<Option<String>> {
    db.prepare_cached("SELECT url FROM recording_url WHERE call = ?1")?.query_row([id_number(call)], |row| row.get(0)).optional()
}

pub(crate) fn get(db: &Connection, call: CallId) -> rusqlite::Result<Option<Recording>> {
    db.prepare_cached("SELECT * FROM recording WHERE call = ?1")?
        .query_row([id_number(call)], |row| {
            let column = |name| row.as_ref().column_index(name);
            let error = column::text(row, column("error")?)?;
            Ok(match column::filled(row, column("state")?)?.as_str() {
                "kept" | "discarded" => Recording::Kept(read(row)?),
                "lost" => Recording::Lost { error },
                "removed" => Recording::Removed,
                _ => Recording::Wanted {
                    tries: column::number(row, column("tries")?)?.unwrap_or_default(),
                    error,
                    next_try_at: Timestamp(column::number(row, column("next_try_at")?)?.unwrap_or_default()),
                },
            })
        })
        .optional()
}

/// The wanted recordings of calls that began at `since` or later, and whose next try is due at `now`.
pub(crate) fn wanted(
    db: &Connection,
    extension: Option<&Extension>,
    order: FetchOrder,
    since: Timestamp,
    now: Timestamp,
    limit: u32,
) -> rusqlite::Result<Vec<Wanted>> {
    let direction = if order == FetchOrder::NewestFirst { "DESC" } else { "ASC" };
    db.prepare_cached(&format!(
        "SELECT recording.tries, call.* FROM recording INDEXED BY recording_wanted_2 JOIN call ON call.id = recording.call
         WHERE state = 'wanted' AND recording.started_at >= ?1 AND next_try_at <= ?2 AND (?3 IS NULL OR extension = ?3)
         ORDER BY recording.started_at {direction} LIMIT ?4"
    ))?
    .query_map((since.0, now.0, extension.map(|extension| &extension.0), limit), |row| {
        Ok(Wanted { tries: column::number(row, 0)?.unwrap_or_default(), call: call::read(row, 1)? })
    })?
    .collect()
}

/// The archive's manifest, ordered by the calls' starts, then by their ids.
pub(crate) fn kept(db: &Connection, after: Option<Cursor>, limit: u32) -> rusqlite::Result<Vec<KeptRecording>> {
    let (start, id) = after.map_or((i64::MIN, i64::MIN), |cursor| (cursor.started_at.0, id_number(cursor.id)));
    db.prepare_cached(
        "SELECT * FROM recording INDEXED BY recording_kept WHERE state = 'kept' AND (started_at, call) > (?1, ?2)
         ORDER BY started_at, call LIMIT ?3",
    )?
    .query_map((start, id, limit), read)?
    .collect()
}

/// Whether a file of a kept recording is in this folder or below it.
pub(crate) fn keeps_in(db: &Connection, folder: &str) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT 1 FROM recording WHERE state IN ('kept', 'discarded') AND substr(file, 1, length(?1)) = ?1
         AND substr(file, length(?1) + 1, 1) IN ('/', '\') LIMIT 1",
    )?
    .exists([folder])
}

/// The kept recordings whose calls were deleted, with ids above this one. The caller deletes the files, then writes [`Fetch::Removed`].
pub(crate) fn discarded(db: &Connection, after: Option<CallId>, limit: u32) -> rusqlite::Result<Vec<KeptRecording>> {
    let after = after.map_or(i64::MIN, id_number);
    db.prepare_cached("SELECT * FROM recording WHERE state = 'discarded' AND call > ?1 ORDER BY call LIMIT ?2")?
        .query_map((after, limit), read)?
        .collect()
}

pub(crate) fn archive(db: &Connection, extension: Option<&Extension>, since: Timestamp, now: Timestamp) -> rusqlite::Result<Archive> {
    let number = |number: i64| u64::try_from(number).unwrap_or(0);
    let (kept, bytes) = db.query_row("SELECT count(*), coalesce(sum(size), 0) FROM recording WHERE state = 'kept'", (), |row| {
        Ok((number(row.get(0)?), number(row.get(1)?)))
    })?;
    let lost = db.query_row("SELECT count(*) FROM recording WHERE state = 'lost' AND started_at >= ?1", [since.0], |row| row.get(0))?;
    let of_extension = "EXISTS (SELECT 1 FROM call WHERE call.id = recording.call AND extension = ?3)";
    db.prepare_cached(&format!(
        "SELECT count(*), coalesce(sum(tries > 0), 0), min(started_at), min(iif(next_try_at > ?2, next_try_at, NULL))
         FROM recording INDEXED BY recording_wanted_2 WHERE state = 'wanted' AND started_at >= ?1 AND {}",
        if extension.is_some() { of_extension } else { "?3 IS NULL" }
    ))?
    .query_row((since.0, now.0, extension.map(|extension| &extension.0)), |row| {
        Ok(Archive {
            kept,
            bytes,
            wanted: number(row.get(0)?),
            failing: number(row.get(1)?),
            oldest_wanted: row.get::<_, Option<i64>>(2)?.map(Timestamp),
            next_try_at: row.get::<_, Option<i64>>(3)?.map(Timestamp),
            lost: number(lost),
        })
    })
}

/// Bytes of all recordings that are kept.
pub(crate) fn kept_bytes(db: &Connection) -> rusqlite::Result<u64> {
    let bytes: i64 = db.query_row("SELECT coalesce(sum(size), 0) FROM recording WHERE state = 'kept'", (), |row| row.get(0))?;
    Ok(u64::try_from(bytes).unwrap_or(0))
}

/// The recordings that could not be fetched so far or are lost, newest first.
pub(crate) fn troubled(db: &Connection, since: Timestamp, limit: u32) -> rusqlite::Result<Vec<Troubled>> {
    let find = |condition: &str| -> rusqlite::Result<Vec<Troubled>> {
        db.prepare_cached(&format!(
            "SELECT call, started_at, coalesce(error, ''), iif(state = 'lost', NULL, next_try_at) FROM recording
             WHERE {condition} AND started_at >= ?1 ORDER BY started_at DESC LIMIT ?2"
        ))?
        .query_map((since.0, limit), |row| {
            let next_try_at = row.get::<_, Option<i64>>(3)?.map(Timestamp);
            Ok(Troubled { call: call_id(row.get(0)?), started_at: Timestamp(row.get(1)?), error: column::filled(row, 2)?, next_try_at })
        })?
        .collect()
    };
    let mut found = find("state = 'wanted' AND tries > 0")?;
    found.extend(find("state = 'lost'")?);
    found.sort_by_key(|troubled| std::cmp::Reverse((troubled.started_at, troubled.call)));
    found.truncate(limit as usize);
    Ok(found)
}

/// Runs before the call is deleted: a kept recording stays in the table until its file is deleted, any other is forgotten.
pub(crate) fn discard(db: &Connection, call: i64) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM recording_url WHERE call = ?1")?.execute([call])?;
    db.prepare_cached("UPDATE recording SET state = 'discarded' WHERE call = ?1 AND state = 'kept'")?.execute([call])?;
    db.prepare_cached("DELETE FROM recording WHERE call = ?1 AND state <> 'discarded'")?.execute([call])?;
    Ok(())
}

/// A file name that is not text is read as empty, and a checksum of another length as zeros: both match no file.
fn read(row: &Row<'_>) -> rusqlite::Result<KeptRecording> {
    let column = |name| row.as_ref().column_index(name);
    Ok(KeptRecording {
        call: call_id(column::number(row, column("call")?)?.unwrap_or_default()),
        started_at: Timestamp(column::number(row, column("started_at")?)?.unwrap_or_default()),
        file: row.get::<_, Option<String>>("file").ok().flatten().unwrap_or_default(),
        sha256: row.get::<_, Option<[u8; 32]>>("sha256").ok().flatten().unwrap_or_default(),
        size: column::number(row, column("size")?)?.unwrap_or_default(),
        fetched_at: Timestamp(column::number(row, column("fetched_at")?)?.unwrap_or_default()),
    })
}
