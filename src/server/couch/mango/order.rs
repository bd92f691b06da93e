//! How JSON values are ordered, and fields found in them.
//!
//! CouchDB orders by kind first: null, false, true, numbers, texts, lists, objects. Texts it orders by the rules of a
//! language (ICU); here, as in PouchDB, they are ordered by their letters' numbers, the same on every machine.

use crate::server::couch::asked::no;
use crate::server::limits::{FIELD_NAME_BYTES_MAX, FIELD_PARTS_MAX};
use crate::sync::wire::Problem;
use serde_json::{Number, Value};
use std::cmp::Ordering;

/// Orders two values.
pub(super) fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => numbers(one, other),
        (Value::String(one), Value::String(other)) => one.cmp(other),
        (Value::Array(one), Value::Array(other)) => {
            let differs = one.iter().zip(other).map(|(one, other)| compare(one, other)).find(|it| it.is_ne());
            differs.unwrap_or_else(|| one.len().cmp(&other.len()))
        }
        (Value::Object(one), Value::Object(other)) => {
            let pairs = one.iter().zip(other);
            let differs = pairs
                .map(|((name, value), (other_name, other))| name.cmp(other_name).then_with(|| compare(value, other)));
            differs.into_iter().find(|it| it.is_ne()).unwrap_or_else(|| one.len().cmp(&other.len()))
        }
        (_, _) => kind(one).cmp(&kind(other)),
    }
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(false) => 1,
        Value::Bool(true) => 2,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    }
}

/// Whole numbers are compared as such, so that none beyond 2^53 is taken for its neighbour.
fn numbers(one: &Number, other: &Number) -> Ordering {
    match (one.as_i128(), other.as_i128()) {
        (Some(one), Some(other)) => one.cmp(&other),
        (_, _) => {
            let float = |number: &Number| number.as_f64().unwrap_or(0.0);
            float(one).total_cmp(&float(other))
        }
    }
}

/// The name of a field, with those that lie around it: `a.b` is `b` in `a`, `a\.b` is one name.
///
/// # Errors
/// 400 for a name that is longer, or lies deeper, than any field of a document.
pub(super) fn path(name: &str) -> Result<Vec<String>, Problem> {
    let too_long = || {
        let most = format!("{FIELD_NAME_BYTES_MAX} bytes, {FIELD_PARTS_MAX} names deep");
        no(400, "bad_request", format!("the name of a field has at most {most}"))
    };
    if name.len() > FIELD_NAME_BYTES_MAX {
        return Err(too_long());
    }
    let mut parts = vec![String::new()];
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let last = parts.last_mut().expect("there is one from the beginning");
        match letter {
            '\\' if letters.peek().is_some_and(|next| ['.', '$'].contains(next)) => last.extend(letters.next()),
            '.' => parts.push(String::new()),
            _ => last.push(letter),
        }
    }
    if parts.len() > FIELD_PARTS_MAX { Err(too_long()) } else { Ok(parts) }
}

/// Finds a field; in a list, by its place.
pub(super) fn field<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |at, name| match at {
        Value::Object(fields) => fields.get(name),
        Value::Array(values) => values.get(name.parse::<usize>().ok()?),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_ordered_by_kind_then_by_what_they_say() {
        let ascending = [
            json!(null),
            json!(false),
            json!(true),
            json!(-1.5),
            json!(0),
            json!(1),
            json!(1.5),
            json!(9_007_199_254_740_992_i64),
            json!(9_007_199_254_740_993_i64),
            json!(u64::MAX),
            json!(""),
            json!("A"),
            json!("a"),
            json!("aa"),
            json!("é"),
            json!([]),
            json!([1]),
            json!([1, 0]),
            json!(["a"]),
            json!({}),
            json!({ "a": 1 }),
            json!({ "a": 1, "b": 0 }),
            json!({ "a": 2 }),
            json!({ "b": 0 }),
        ];
        for (nth, one) in ascending.iter().enumerate() {
            for (other_nth, other) in ascending.iter().enumerate() {
                assert_eq!(compare(one, other), nth.cmp(&other_nth), "{one} and {other}");
            }
        }
        assert_eq!(compare(&json!(1), &json!(1.0)), Ordering::Equal);
    }

    #[test]
    fn a_field_is_found_by_its_path() {
        let value = json!({ "a": { "b": [10, { "c": 1 }] }, "d.e": 2, "$f": 3, "": 4 });
        // path, what lies there
        let rows = [
            ("a.b.0", Some(json!(10))),
            ("a.b.1.c", Some(json!(1))),
            ("a.b.2", None),
            ("a.b.x", None),
            ("d.e", None),
            ("d\\.e", Some(json!(2))),
            ("\\$f", Some(json!(3))),
            ("", Some(json!(4))),
            ("a.", None),
        ];
        for (name, there) in rows {
            assert_eq!(field(&value, &path(name).unwrap()), there.as_ref(), "{name}");
        }
    }
}
