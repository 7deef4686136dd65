//! Reading columns that may be damaged: only the damaged value is lost, never the row, and never the start.

use ringside_domain::{Timestamp, clean};
use rusqlite::{Row, types::ValueRef};

/// The years 1 to 9999 in ms since 1970: other times are taken for damage.
const TIMES: std::ops::RangeInclusive<i64> = -62_135_596_800_000..=253_402_300_799_999;

/// `None` for NULL. Bytes that are not UTF-8 are replaced, and NUL, other controls and controls of direction are removed.
pub(crate) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(clean(&String::from_utf8_lossy(bytes)).into_owned()),
    })
}

/// As [`text`], but empty for NULL.
pub(crate) fn filled(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(text(row, column)?.unwrap_or_default())
}

/// `None` for NULL, and for a value that is not an integer of this type.
pub(crate) fn number<T: TryFrom<i64>>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => T::try_from(number).ok(),
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => None,
    })
}

/// Ms since 1970; `None` for NULL, and for a value that is not a time in the years 1 to 9999.
pub(crate) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(number(row, column)?.filter(|time| TIMES.contains(time)).map(Timestamp))
}

/// Whether the value is text in UTF-8.
pub(crate) fn is_text(value: ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Text(bytes) if std::str::from_utf8(bytes).is_ok())
}

pub(crate) fn is_count(value: ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Integer(number) if u32::try_from(number).is_ok())
}

pub(crate) fn is_time(value: ValueRef<'_>) -> bool {
    matches!(value, ValueRef::Integer(time) if TIMES.contains(&time))
}
