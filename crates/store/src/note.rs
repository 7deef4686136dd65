//! The agent's part of a call: note, disposition, done, end of the wrap-up, wrap-up broken off. It has a table of its own, so that no
//! callback and no record can overwrite it.

use ringside_domain::{CallId, Edit, Note};
use rusqlite::{Connection, OptionalExtension, Row, ToSql};

use crate::{call::id_number, column};

pub(crate) const V2: &str = "
CREATE TABLE note (
    call          INTEGER PRIMARY KEY,      -- call.id
    text          TEXT NOT NULL DEFAULT '',
    disposition   TEXT,
    done_at       INTEGER,                  -- ms since 1970: a missed call was dealt with
    wrapped_up_at INTEGER                   -- ms since 1970: the after-call work ended
) STRICT;
";

pub(crate) const V5: &str = "
ALTER TABLE note ADD COLUMN owed_at INTEGER; -- ms since 1970: the after-call work was broken off
";

pub(crate) fn column(edit: &Edit) -> &'static str {
    match edit {
        Edit::Text(_) => "text",
        Edit::Disposition(_) => "disposition",
        Edit::Done(_) => "done_at",
        Edit::WrappedUp(_) => "wrapped_up_at",
        Edit::Owed(_) => "owed_at",
    }
}

pub(crate) fn put(db: &Connection, call: CallId, edit: &Edit) -> rusqlite::Result<()> {
    let time;
    let value: &dyn ToSql = match edit {
        Edit::Text(text) => text,
        Edit::Disposition(disposition) => disposition,
        Edit::Done(at) | Edit::WrappedUp(at) | Edit::Owed(at) => {
            time = at.map(|at| at.0);
            &time
        }
    };
    let column = column(edit);
    let sql = format!("INSERT INTO note (call, {column}) VALUES (?1, ?2) ON CONFLICT (call) DO UPDATE SET {column} = excluded.{column}");
    db.prepare_cached(&sql)?.execute((id_number(call), value))?;
    Ok(())
}

/// The columns that [`read`] reads, in its order.
pub(crate) const COLUMNS: &str = "note.text, note.disposition, note.done_at, note.wrapped_up_at, note.owed_at";

/// The number of columns in [`COLUMNS`].
pub(crate) const COUNT: usize = 5;

pub(crate) fn get(db: &Connection, call: i64) -> rusqlite::Result<Note> {
    let found = db.prepare_cached(&format!("SELECT {COLUMNS} FROM note WHERE call = ?1"))?.query_row([call], read).optional()?;
    Ok(found.unwrap_or_default())
}

/// Reads the first columns of the row; they are all NULL if the call has no note.
pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Note> {
    Ok(Note {
        text: column::filled(row, 0)?,
        disposition: column::text(row, 1)?,
        done_at: column::time(row, 2)?,
        wrapped_up_at: column::time(row, 3)?,
        owed_at: column::time(row, 4)?,
    })
}
