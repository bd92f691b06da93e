//! The journal: every fact, in order, each row bound to the one before it by its hash.

use super::id::OrderId;
use super::time::Timestamp;
use sha2::{Digest, Sha256};

/// A value in a journal entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Words, or an id.
    Text(String),
    /// An amount in minor units, or a count.
    Number(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Number(number)
    }
}
impl From<u32> for Value {
    fn from(number: u32) -> Value {
        Value::Number(i64::from(number))
    }
}
impl From<super::Money> for Value {
    fn from(money: super::Money) -> Value {
        Value::Number(money.0)
    }
}

/// One fact, before it is numbered and bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What happened, as a word: `add_item`, `pay`, `void_line`, `login`.
    pub kind: &'static str,
    /// To which order.
    pub order_id: Option<OrderId>,
    /// With which details, in a fixed order.
    pub details: Vec<(&'static str, Value)>,
}

impl Entry {
    /// A fact without details.
    pub fn new(kind: &'static str, order_id: Option<OrderId>) -> Entry {
        Entry { kind, order_id, details: Vec::new() }
    }

    /// Adds a detail.
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Entry {
        self.details.push((name, value.into()));
        self
    }
}

/// A row as it rests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number, from 1, without gaps.
    pub seq: i64,
    /// The later of the clock and the row before.
    pub at: Timestamp,
    /// Who.
    pub staff: Option<String>,
    /// What happened.
    pub kind: String,
    /// To which order.
    pub order_id: Option<String>,
    /// The details as canonical JSON.
    pub details: String,
}

/// The hash that stands before the first row.
pub const GENESIS: [u8; 32] = [0; 32];

/// Binds a row to the one before it: SHA-256 over the former hash and every field, each with its length before it, so
/// that no two different rows give the same bytes.
pub fn chain(before: &[u8; 32], row: &Row) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(row.seq.to_be_bytes());
    hash.update(row.at.unix_ms.to_be_bytes());
    hash.update(row.at.offset_min.to_be_bytes());
    let texts = [row.staff.as_deref(), Some(&row.kind), row.order_id.as_deref(), Some(&row.details)];
    for text in texts {
        hash.update([u8::from(text.is_some())]);
        let bytes = text.unwrap_or_default().as_bytes();
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_row_and_the_row_before_change_the_hash() {
        let row = Row {
            seq: 1,
            at: Timestamp::utc(5),
            staff: Some("Ana".into()),
            kind: "pay".into(),
            order_id: None,
            details: "{}".into(),
        };
        let first = chain(&GENESIS, &row);
        let others = [
            Row { seq: 2, ..row.clone() },
            Row { at: Timestamp::utc(6), ..row.clone() },
            Row { staff: None, ..row.clone() },
            Row { staff: Some("Anap".into()), kind: "ay".into(), ..row.clone() },
            Row { order_id: Some(String::new()), ..row.clone() },
            Row { details: "{ }".into(), ..row.clone() },
        ];
        for other in others {
            assert_ne!(chain(&GENESIS, &other), first, "{other:?}");
        }
        assert_ne!(chain(&[1; 32], &row), first);
    }
}
