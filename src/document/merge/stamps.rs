//! Fields that hold one value: who said it last, by stamps, never by clocks.
//!
//! `stamps: { field: [counter, writer] }`, the counter one more than the greatest that its writer had seen.

use super::super::canonical::canonical;
use super::super::limits::BODY_TEXT_CHARS_MAX;
use super::super::order::SERVER;
use crate::domain::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// When a value was said, and by whom. Ordered: the later, then the server's, then the greater register's.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Stamp {
    counter: u64,
    by_server: bool,
    writer: String,
}

impl Stamp {
    /// The stamp of a field. What is not stamped, or not as it should be, was said before everything else.
    fn of(body: &Map<String, Value>, name: &str) -> Stamp {
        let read = || {
            let [counter, writer] = &body.get("stamps")?.get(name)?.as_array()?[..] else { return None };
            let writer = writer.as_str().filter(|it| it.len() <= BODY_TEXT_CHARS_MAX)?;
            Some(Stamp { counter: counter.as_u64()?, by_server: writer == SERVER, writer: writer.to_owned() })
        };
        read().unwrap_or_default()
    }

    fn to_value(&self) -> Option<Value> {
        let Stamp { counter, writer, .. } = self;
        (*self != Stamp::default()).then(|| json!([counter, writer]))
    }
}

/// The counter of what is said next by whoever has seen these stamps: one more than the greatest.
pub(in super::super) fn next_counter(stamps: &Map<String, Value>) -> u64 {
    let counter = |stamp: &Value| stamp.get(0).and_then(Value::as_u64).unwrap_or(0);
    stamps.values().map(counter).max().unwrap_or(0).saturating_add(1)
}

/// How much a value says, whoever said it: something more than nothing, else the greater canonical JSON.
///
/// An absent field says less than null.
pub(in super::super) fn weight(value: Option<&Value>) -> (u8, String) {
    match value {
        None => (0, String::new()),
        Some(Value::Null) => (1, String::new()),
        Some(value) => (2, canonical(value)),
    }
}

/// What the bodies say in those fields that have no rule of their own, and the stamps of all.
///
/// `prefer` comes before the stamps (kitchen notes: any note beats none); equal for fields without such a rule. A
/// field that a later stamp took away stays away.
pub(in super::super) fn last_said(
    bodies: &[&Map<String, Value>],
    with_own_rules: &[&str],
    prefer: impl Fn(&str, Option<&Value>) -> bool,
) -> Map<String, Value> {
    let stamped = bodies.iter().filter_map(|body| body.get("stamps")?.as_object()).flat_map(Map::keys);
    let names: BTreeSet<&String> = bodies.iter().flat_map(|body| body.keys()).chain(stamped).collect();
    let (mut merged, mut stamps) = (Map::new(), Map::new());
    for name in names.into_iter().filter(|name| *name != "stamps" && !name.starts_with('_')) {
        if with_own_rules.contains(&name.as_str()) {
            let stamp = bodies.iter().map(|body| Stamp::of(body, name)).max();
            stamps.extend(stamp.and_then(|it| it.to_value()).map(|it| (name.clone(), it)));
            continue;
        }
        let said = bodies.iter().map(|body| {
            let value = body.get(name);
            (prefer(name, value), Stamp::of(body, name), weight(value), value)
        });
        let last = said.max_by(|one, other| (one.0, &one.1, &one.2).cmp(&(other.0, &other.1, &other.2)));
        let Some((_, stamp, _, value)) = last else { continue };
        merged.extend(value.map(|value| (name.clone(), value.clone())));
        stamps.extend(stamp.to_value().map(|it| (name.clone(), it)));
    }
    if !stamps.is_empty() || bodies.iter().any(|body| body.contains_key("stamps")) {
        merged.insert("stamps".into(), Value::Object(stamps));
    }
    merged
}

/// The greatest of what the bodies say in a field, by `key` and then by weight; none when none says anything.
pub(in super::super) fn greatest<K: Ord>(
    bodies: &[&Map<String, Value>],
    name: &str,
    key: impl Fn(&Value) -> K,
) -> Option<Value> {
    let values = bodies.iter().filter_map(|body| body.get(name));
    values.max_by_key(|value| (key(value), weight(Some(value)))).cloned()
}

/// The latest instant of a field: a merge asks no clock.
pub(in super::super) fn latest(bodies: &[&Map<String, Value>], name: &str) -> Option<Value> {
    greatest(bodies, name, |value| value.as_str().and_then(Timestamp::from_rfc3339))
}

/// The greatest writer: the server, else the greatest register id.
pub(in super::super) fn greatest_writer(bodies: &[&Map<String, Value>]) -> Option<Value> {
    greatest(bodies, "edited_by", |value| (value == SERVER, value.as_str().map(str::to_owned)))
}
