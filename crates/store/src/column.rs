//! Columns, read whatever is in them: a value that is not what it should be costs that value, never the row or the start.

use ringside_domain::{Timestamp, clean};
use rusqlite::{Row, types::ValueRef};

/// Milliseconds since 1970 of the years 1 to 9999: a time outside of them is none.
const TIMES: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

/// None where nothing is. Bytes that are no text are replaced, and what no text of ours can hold is left out.
pub(crate) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(clean(&String::from_utf8_lossy(bytes)).into_owned()),
    })
}

/// Empty where nothing is.
pub(crate) fn filled(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(text(row, column)?.unwrap_or_default())
}

/// None where nothing is, and where it is not such a number.
pub(crate) fn number<T: TryFrom<i64>>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => T::try_from(number).ok(),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => None,
    })
}

/// None where nothing is, and where it is no time that anybody could have meant.
pub(crate) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(number(row, column)?.filter(|time| TIMES.contains(time)).map(Timestamp))
}

/// Whether what is there is text as it was written.
pub(crate) fn is_text(value: ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Text(bytes) if std::str::from_utf8(bytes).is_ok())
}

pub(crate) fn is_count(value: ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Integer(number) if u32::try_from(number).is_ok())
}

pub(crate) fn is_time(value: ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Integer(time) if TIMES.contains(&time))
}
