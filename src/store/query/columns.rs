//! How values rest in columns: instants as RFC 3339, ids and states as their words. What does not read back is named.

use crate::domain::{BusinessDate, Timestamp};
use crate::store::fault::{Cause, Unreadable};
use rusqlite::Row;
use rusqlite::types::FromSql;
use serde_json::Value;

/// The value of a column that has a type of SQLite's.
pub(in crate::store) fn value<T: FromSql>(row: &Row<'_>, column: &str) -> Result<T, Cause> {
    Ok(row.get(column)?)
}

/// A count or a sequence, which is never below nothing.
pub(in crate::store) fn count(row: &Row<'_>, column: &str) -> Result<u64, Cause> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| Unreadable::new(column, number).into())
}

/// The value of a text column that must read as something.
pub(in crate::store) fn parsed<T>(row: &Row<'_>, column: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Cause> {
    let text: String = row.get(column)?;
    read(&text).ok_or_else(|| Unreadable::new(column, format!("`{text}`")).into())
}

/// The value of a text column that may be empty and otherwise must read as something.
pub(in crate::store) fn parsed_or_none<T>(
    row: &Row<'_>,
    column: &str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Cause> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| read(&text).ok_or_else(|| Unreadable::new(column, format!("`{text}`")).into())).transpose()
}

/// An instant.
pub(in crate::store) fn instant(row: &Row<'_>, column: &str) -> Result<Timestamp, Cause> {
    parsed(row, column, Timestamp::from_rfc3339)
}

/// An instant that may not be.
pub(in crate::store) fn instant_or_none(row: &Row<'_>, column: &str) -> Result<Option<Timestamp>, Cause> {
    parsed_or_none(row, column, Timestamp::from_rfc3339)
}

/// Writes an instant for a column.
pub(in crate::store) fn written(at: Option<Timestamp>) -> Option<String> {
    at.map(Timestamp::rfc3339)
}

/// Reads a business date as its `Display` writes it.
pub(in crate::store) fn business_date(text: &str) -> Option<BusinessDate> {
    serde_json::from_value(Value::from(text)).ok()
}

/// Reads JSON that this room wrote.
pub(in crate::store) fn json<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, Cause> {
    serde_json::from_str(text).map_err(|error| Unreadable::new(what, error).into())
}
