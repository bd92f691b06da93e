//! What a query asks beside its selector: order, fields, how many, and where it goes on.

use super::order::path;
use super::selector::Selector;
use crate::server::couch::asked::{bad, no};
use crate::server::limits::{BOOKMARK_BYTES_MAX, FIELDS_MAX, FOUND_BY_DEFAULT};
use crate::sync::wire::{Problem, text};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use std::cmp::Ordering;

/// What a query may say. Some of it speaks of clusters and views, and changes nothing here.
const NAMES: [&str; 14] = [
    "selector",
    "limit",
    "skip",
    "sort",
    "fields",
    "bookmark",
    "use_index",
    "allow_fallback",
    "r",
    "conflicts",
    "update",
    "stable",
    "stale",
    "execution_stats",
];

/// Which way an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Up,
    Down,
}

impl Direction {
    pub(super) fn of(self, ordering: Ordering) -> Ordering {
        match self {
            Direction::Up => ordering,
            Direction::Down => ordering.reverse(),
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Direction::Up => "asc",
            Direction::Down => "desc",
        }
    }
}

/// The last row of a page: the next begins after it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mark {
    pub(super) keys: Vec<Value>,
    pub(super) id: String,
}

impl Mark {
    pub(super) fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(json!([self.keys, self.id]).to_string())
    }

    /// Reads what [`Mark::to_text`] wrote for a query that is sorted by so many fields.
    fn read(written: &str, fields: usize) -> Option<Mark> {
        if written.len() > BOOKMARK_BYTES_MAX {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(written).ok()?;
        let read = text::json(&bytes, BOOKMARK_BYTES_MAX, crate::sync::limits::REQUEST_DEPTH_MAX).ok()?;
        let [keys, id] = read.as_array().map(Vec::as_slice)? else { return None };
        let keys = keys.as_array().filter(|it| it.len() == fields)?.clone();
        Some(Mark { keys, id: id.as_str()?.to_owned() })
    }
}

/// A query.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) selector: Selector,
    /// By what it is sorted; nothing where that is the id alone.
    pub(super) sort: Vec<(Vec<String>, Direction)>,
    /// It is sorted by the id alone, this way.
    pub(super) by_id: Option<Direction>,
    pub(super) limit: u32,
    pub(super) skip: u32,
    fields: Vec<Vec<String>>,
    pub(super) conflicts: bool,
    pub(super) execution_stats: bool,
    pub(super) after: Option<Mark>,
}

impl Query {
    pub(super) fn read(body: &Value) -> Result<Query, Problem> {
        let fields = body.as_object().ok_or_else(|| bad("Request body must be a JSON object"))?;
        if let Some(name) = fields.keys().find(|name| !NAMES.contains(&name.as_str())) {
            let detail = format!("Invalid key {} for this request.", text::quoted(name));
            return Err(no(400, "invalid_key", detail));
        }
        let selector = fields.get("selector");
        let selector = selector.ok_or_else(|| no(400, "missing_required_key", "Missing required key: selector"))?;
        let selector = Selector::read(selector)?;
        let mut sort = sort(fields.get("sort"))?;
        let by_id = match sort.first() {
            None => Some(Direction::Up),
            // Ids are all different: what comes after one changes nothing.
            Some((path, direction)) => (path == &["_id"]).then_some(*direction),
        };
        if by_id.is_some() {
            sort.clear();
        }
        let after = match fields.get("bookmark") {
            None | Some(Value::Null) => None,
            Some(Value::String(nil)) if nil.is_empty() || nil == "nil" => None,
            Some(mark) => {
                let read = mark.as_str().and_then(|it| Mark::read(it, sort.len()));
                let detail = "Invalid bookmark value: it is of another query";
                Some(read.ok_or_else(|| no(400, "invalid_bookmark", detail))?)
            }
        };
        Ok(Query {
            selector,
            sort,
            by_id,
            limit: number(fields, "limit")?.unwrap_or(FOUND_BY_DEFAULT),
            skip: number(fields, "skip")?.unwrap_or(0),
            fields: paths(fields.get("fields"))?,
            conflicts: flag(fields, "conflicts")?,
            execution_stats: flag(fields, "execution_stats")?,
            after,
        })
    }

    /// How many rows are passed over: where a bookmark says how far it came, that is done.
    pub(super) fn skipped(&self) -> usize {
        if self.after.is_some() { 0 } else { self.skip as usize }
    }

    /// How many rows must be found.
    pub(super) fn wanted(&self) -> usize {
        self.skipped().saturating_add(self.limit as usize)
    }

    /// The fields that are asked for, each where it lies.
    pub(super) fn projected(&self, document: Value) -> Value {
        if self.fields.is_empty() {
            return document;
        }
        let mut shown = Map::new();
        for path in &self.fields {
            if let Some(value) = super::order::field(&document, path) {
                place(&mut shown, path, value.clone());
            }
        }
        Value::Object(shown)
    }
}

fn place(into: &mut Map<String, Value>, path: &[String], value: Value) {
    match path {
        [] => {}
        [name] => {
            into.insert(name.clone(), value);
        }
        [name, rest @ ..] => {
            let inner = into.entry(name.clone()).or_insert_with(|| json!({}));
            if let Value::Object(inner) = inner {
                place(inner, rest, value);
            }
        }
    }
}

fn number(fields: &Map<String, Value>, name: &str) -> Result<Option<u32>, Problem> {
    let read = |value: &Value| {
        let number = value.as_u64().and_then(|it| u32::try_from(it).ok());
        number.ok_or_else(|| bad(format!("`{name}` must be a whole number from 0 on")))
    };
    fields.get(name).map(read).transpose()
}

fn flag(fields: &Map<String, Value>, name: &str) -> Result<bool, Problem> {
    match fields.get(name) {
        None => Ok(false),
        Some(value) => value.as_bool().ok_or_else(|| bad(format!("`{name}` must be true or false"))),
    }
}

fn paths(fields: Option<&Value>) -> Result<Vec<Vec<String>>, Problem> {
    let wrong = || no(400, "invalid_fields_json", format!("Fields must be a list of at most {FIELDS_MAX} names"));
    match fields {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(names)) if names.len() <= FIELDS_MAX => {
            names.iter().map(|it| path(it.as_str().ok_or_else(wrong)?)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

/// Reads an order: names, each alone or with its direction.
pub(super) fn sort(written: Option<&Value>) -> Result<Vec<(Vec<String>, Direction)>, Problem> {
    named_sort(written)?.into_iter().map(|(name, direction)| Ok((path(&name)?, direction))).collect()
}

/// The same with names as they are written.
pub(super) fn named_sort(written: Option<&Value>) -> Result<Vec<(String, Direction)>, Problem> {
    let wrong =
        |what: &Value| no(400, "invalid_sort_json", format!("Invalid sort: {}", text::quoted(&what.to_string())));
    let list = match written {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Object(none)) if none.is_empty() => return Ok(Vec::new()),
        Some(Value::Array(list)) if list.len() <= FIELDS_MAX => list,
        Some(other) => return Err(wrong(other)),
    };
    let read = |one: &Value| match one {
        Value::String(name) => Ok((name.clone(), Direction::Up)),
        Value::Object(fields) if fields.len() == 1 => {
            let (name, direction) = fields.iter().next().ok_or_else(|| wrong(one))?;
            match direction.as_str() {
                Some("asc") => Ok((name.clone(), Direction::Up)),
                Some("desc") => Ok((name.clone(), Direction::Down)),
                Some(_) | None => Err(wrong(one)),
            }
        }
        Value::Object(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => Err(wrong(one)),
    };
    let named: Vec<(String, Direction)> = list.iter().map(read).collect::<Result<_, Problem>>()?;
    named.iter().try_for_each(|(name, _)| path(name).map(drop))?;
    Ok(named)
}
