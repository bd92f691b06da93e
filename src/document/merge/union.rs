//! Lists that only grow: lines and discounts of several bodies become one list.

use super::super::canonical::canonical;
use super::stamps::weight;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What an entry is known by.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    /// Its id.
    ById(String),
    /// All that it says, and which one it is of those that say the same.
    BySaying(String, usize),
}

/// Puts lists together: entries of one id are joined; what has no id is kept as it is, as often as any list holds it.
///
/// The result is in the order of ids, which is the order in which registers made them (UUIDv7).
pub(in super::super) fn union(
    lists: &[&[Value]],
    id: &str,
    join: impl Fn(&[&Map<String, Value>]) -> Map<String, Value>,
) -> Vec<Value> {
    let mut entries: BTreeMap<Known, Vec<&Value>> = BTreeMap::new();
    for list in lists {
        let mut nameless: BTreeMap<String, usize> = BTreeMap::new();
        for entry in *list {
            let known = match entry.get(id).and_then(Value::as_str) {
                Some(id) => Known::ById(id.to_owned()),
                None => {
                    let saying = canonical(entry);
                    let nth = nameless.entry(saying.clone()).or_default();
                    *nth += 1;
                    Known::BySaying(saying, *nth)
                }
            };
            entries.entry(known).or_default().push(entry);
        }
    }
    let one = |(known, same): (Known, Vec<&Value>)| match known {
        Known::ById(_) => {
            let same: Vec<&Map<String, Value>> = same.iter().filter_map(|it| it.as_object()).collect();
            Value::Object(join(&same))
        }
        Known::BySaying(..) => same[0].clone(),
    };
    entries.into_iter().map(one).collect()
}

/// Joins values that ought to be equal, so that nothing is lost: objects field by field, of others the weightier.
pub(in super::super) fn joined(one: &Value, other: &Value) -> Value {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => Value::Object(fields_joined(&[one, other], &[])),
        (Value::Object(_), _) => one.clone(),
        (_, Value::Object(_)) => other.clone(),
        (one, other) if weight(Some(one)) < weight(Some(other)) => other.clone(),
        (one, _) => one.clone(),
    }
}

/// Joins objects field by field, but for the fields `except`.
pub(in super::super) fn fields_joined(all: &[&Map<String, Value>], except: &[&str]) -> Map<String, Value> {
    let mut merged = Map::new();
    let fields = all.iter().flat_map(|it| it.iter());
    for (name, value) in fields.filter(|(name, _)| !except.contains(&name.as_str())) {
        let both = merged.get(name).map_or_else(|| value.clone(), |there| joined(there, value));
        merged.insert(name.clone(), both);
    }
    merged
}
