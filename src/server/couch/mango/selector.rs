//! A selector: which documents somebody looks for (CouchDB's Mango, "Selector Syntax"). Read within bounds, then asked
//! of one document after the other.
//!
//! A field that is not there matches nothing but `$exists: false`, whatever a `$not` around it says: so it is in
//! CouchDB, where a negation turns each condition round and none holds of nothing.

use super::order::{compare, field, path};
use super::regex::Regex;
use crate::server::central::Kept;
use crate::server::couch::asked::no;
use crate::server::limits::{FIELD_PARTS_MAX, SELECTING_MAX, SELECTOR_DEPTH_MAX, SELECTOR_PARTS_MAX};
use crate::sync::wire::{Problem, text};
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::ops::Bound;
use std::sync::Arc;

/// So many bytes of a text count as one value more.
const TEXT_BYTES: usize = 64;

/// Which documents somebody looks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Selector {
    whole: Part,
    /// How many conditions and values it has.
    parts: u64,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    All(Vec<Part>),
    Any(Vec<Part>),
    Not(Box<Part>),
    /// Conditions on the same field share its name: there may be a thousand of them.
    Field(Arc<[String]>, Check),
}

#[derive(Debug, Clone, PartialEq)]
enum Check {
    Compared(Compared, Value),
    Exists(bool),
    Type(String),
    In(Vec<Value>),
    Nin(Vec<Value>),
    All(Vec<Value>),
    ElemMatch(Box<Part>),
    AllMatch(Box<Part>),
    Size(u64),
    Mod(i64, i64),
    BeginsWith(String),
    Regex(Regex),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compared {
    Eq,
    Ne,
    Lt,
    Lte,
    Gt,
    Gte,
}

impl Compared {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Compared::Eq => ordering.is_eq(),
            Compared::Ne => ordering.is_ne(),
            Compared::Lt => ordering.is_lt(),
            Compared::Lte => ordering.is_le(),
            Compared::Gt => ordering.is_gt(),
            Compared::Gte => ordering.is_ge(),
        }
    }
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// 400 with what is wrong, in CouchDB's words: an operator that is not answered here, an argument that it cannot
    /// have; and more conditions or deeper ones than a selector may have.
    pub fn read(selector: &Value) -> Result<Selector, Problem> {
        if !selector.is_object() {
            return Err(no(400, "invalid_selector_json", "Selector must be a JSON object"));
        }
        let mut reader = Reader { parts: 0 };
        let whole = reader.part(selector, &Arc::default(), 0)?;
        Ok(Selector { whole, parts: reader.parts })
    }

    /// Whether a document is meant: with `_id`, and with `_rev` where it is asked for. What it costs to look for
    /// patterns in it is added to the work; once that is more than
    /// [`SELECTING_MAX`], none is looked for any more and the answer is worth
    /// nothing.
    pub fn matches(&self, document: &Value, work: &mut u64) -> bool {
        holds(&self.whole, document, false, work)
    }

    /// How much work it is to look at a document: its values, for each condition.
    pub(in crate::server::couch) fn work(&self, kept: &Kept) -> u64 {
        kept.bodies.values().map(values).sum::<u64>().saturating_mul(self.parts)
    }

    /// Between which ids all lie that are meant.
    pub(super) fn ids(&self) -> (Bound<String>, Bound<String>) {
        let (mut low, mut high) = (Bound::Unbounded, Bound::Unbounded);
        narrow(&self.whole, &mut low, &mut high);
        (low, high)
    }
}

/// Narrows the bounds by what must hold of the id in any case.
fn narrow(part: &Part, low: &mut Bound<String>, high: &mut Bound<String>) {
    match part {
        Part::All(parts) => parts.iter().for_each(|it| narrow(it, low, high)),
        Part::Any(_) | Part::Not(_) => {}
        Part::Field(path, check) if path[..] == ["_id"] => match check {
            Check::Compared(Compared::Eq, Value::String(id)) => {
                raise(low, Bound::Included(id));
                lower(high, Bound::Included(id));
            }
            Check::Compared(Compared::Gt, Value::String(id)) => raise(low, Bound::Excluded(id)),
            Check::Compared(Compared::Gte, Value::String(id)) => raise(low, Bound::Included(id)),
            Check::Compared(Compared::Lt, Value::String(id)) => lower(high, Bound::Excluded(id)),
            Check::Compared(Compared::Lte, Value::String(id)) => lower(high, Bound::Included(id)),
            Check::BeginsWith(id) => raise(low, Bound::Included(id)),
            Check::Compared(_, _)
            | Check::Exists(_)
            | Check::Type(_)
            | Check::In(_)
            | Check::Nin(_)
            | Check::All(_)
            | Check::ElemMatch(_)
            | Check::AllMatch(_)
            | Check::Size(_)
            | Check::Mod(_, _)
            | Check::Regex(_) => {}
        },
        Part::Field(_, _) => {}
    }
}

/// The id of a bound, and whether it lies outside.
fn edge<T: AsRef<str>>(bound: &Bound<T>) -> Option<(&str, bool)> {
    match bound {
        Bound::Unbounded => None,
        Bound::Included(id) => Some((id.as_ref(), false)),
        Bound::Excluded(id) => Some((id.as_ref(), true)),
    }
}

fn raise(low: &mut Bound<String>, to: Bound<&String>) {
    // `None` is below all; of two at the same id the one that leaves it out is higher.
    if edge(&to) > edge(low) {
        *low = to.cloned();
    }
}

fn lower(high: &mut Bound<String>, to: Bound<&String>) {
    let is_lower = match (edge(&to), edge(high)) {
        (Some((to, is_out)), Some((now, was_out))) => (to, !is_out) < (now, !was_out),
        (Some(_), None) => true,
        (None, _) => false,
    };
    if is_lower {
        *high = to.cloned();
    }
}

/// How many values lie in one, itself included; a long text counts as several.
fn values(value: &Value) -> u64 {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
        Value::String(text) => 1 + u64::try_from(text.len() / TEXT_BYTES).unwrap_or(0),
        Value::Array(inner) => 1 + inner.iter().map(values).sum::<u64>(),
        Value::Object(inner) => 1 + inner.values().map(values).sum::<u64>(),
    }
}

struct Reader {
    parts: u64,
}

fn bad_arg(operator: &str, argument: &Value) -> Problem {
    let argument = text::quoted(&argument.to_string());
    no(400, "bad_arg", format!("Bad argument for operator {operator}: {argument}"))
}

impl Reader {
    fn count(&mut self, more: usize, depth: usize) -> Result<(), Problem> {
        self.parts += u64::try_from(more).unwrap_or(u64::MAX);
        if self.parts > SELECTOR_PARTS_MAX || depth > SELECTOR_DEPTH_MAX {
            let most = format!("{SELECTOR_PARTS_MAX} conditions and values, {SELECTOR_DEPTH_MAX} deep");
            return Err(no(400, "invalid_selector", format!("a selector has at most {most}")));
        }
        Ok(())
    }

    /// Reads a condition on the field at a path; on the document itself where the path is empty.
    fn part(&mut self, condition: &Value, at: &Arc<[String]>, depth: usize) -> Result<Part, Problem> {
        self.count(1, depth)?;
        let Value::Object(fields) = condition else {
            return Ok(Part::Field(at.clone(), Check::Compared(Compared::Eq, condition.clone())));
        };
        if fields.is_empty() && !at.is_empty() {
            return Ok(Part::Field(at.clone(), Check::Compared(Compared::Eq, condition.clone())));
        }
        let mut parts = self.parts_of(fields, at, depth)?;
        Ok(if parts.len() == 1 { parts.remove(0) } else { Part::All(parts) })
    }

    fn parts_of(
        &mut self,
        fields: &Map<String, Value>,
        at: &Arc<[String]>,
        depth: usize,
    ) -> Result<Vec<Part>, Problem> {
        let mut parts = Vec::with_capacity(fields.len());
        for (name, argument) in fields {
            if name.starts_with('$') {
                parts.push(self.operator(name, argument, at, depth + 1)?);
            } else {
                let deeper: Arc<[String]> = at.iter().cloned().chain(path(name)?).collect();
                if deeper.len() > FIELD_PARTS_MAX {
                    let most = format!("a field of a selector lies at most {FIELD_PARTS_MAX} names deep");
                    return Err(no(400, "invalid_selector", most));
                }
                parts.push(self.part(argument, &deeper, depth + 1)?);
            }
        }
        Ok(parts)
    }

    fn operator(&mut self, name: &str, argument: &Value, at: &Arc<[String]>, depth: usize) -> Result<Part, Problem> {
        let list = |reader: &mut Reader| {
            let each = argument.as_array().ok_or_else(|| bad_arg(name, argument))?;
            let read = |it: &Value| {
                if !it.is_object() {
                    return Err(bad_arg(name, argument));
                }
                reader.part(it, at, depth)
            };
            each.iter().map(read).collect::<Result<Vec<Part>, Problem>>()
        };
        Ok(match name {
            "$and" => Part::All(list(self)?),
            "$or" => match list(self)? {
                // CouchDB: as with `$and`, nothing is asked.
                none if none.is_empty() => Part::All(none),
                some => Part::Any(some),
            },
            "$nor" => match list(self)? {
                none if none.is_empty() => Part::All(none),
                some => Part::Not(Box::new(Part::Any(some))),
            },
            "$not" if argument.is_object() => Part::Not(Box::new(self.part(argument, at, depth)?)),
            "$not" => return Err(bad_arg(name, argument)),
            _ => Part::Field(at.clone(), self.check(name, argument, depth)?),
        })
    }

    fn check(&mut self, name: &str, argument: &Value, depth: usize) -> Result<Check, Problem> {
        self.count(1 + argument.as_array().map_or(0, Vec::len), depth)?;
        let bad = || bad_arg(name, argument);
        let values = || argument.as_array().cloned().ok_or_else(bad);
        let text = || argument.as_str().map(str::to_owned).ok_or_else(bad);
        let compared = |how| Check::Compared(how, argument.clone());
        let inner = |reader: &mut Reader| {
            if !argument.is_object() {
                return Err(bad());
            }
            reader.part(argument, &Arc::default(), depth + 1).map(Box::new)
        };
        Ok(match name {
            "$eq" => compared(Compared::Eq),
            "$ne" => compared(Compared::Ne),
            "$lt" => compared(Compared::Lt),
            "$lte" => compared(Compared::Lte),
            "$gt" => compared(Compared::Gt),
            "$gte" => compared(Compared::Gte),
            "$exists" => Check::Exists(argument.as_bool().ok_or_else(bad)?),
            "$type" => Check::Type(text()?),
            "$in" => Check::In(values()?),
            "$nin" => Check::Nin(values()?),
            "$all" => Check::All(values()?),
            "$elemMatch" => Check::ElemMatch(inner(self)?),
            "$allMatch" => Check::AllMatch(inner(self)?),
            "$size" => Check::Size(argument.as_u64().ok_or_else(bad)?),
            "$mod" => match argument.as_array().map(Vec::as_slice) {
                Some([by, rest]) => match (by.as_i64(), rest.as_i64()) {
                    (Some(by), Some(rest)) if by != 0 => Check::Mod(by, rest),
                    (_, _) => return Err(bad()),
                },
                Some(_) | None => return Err(bad()),
            },
            "$beginsWith" => Check::BeginsWith(text()?),
            "$regex" => {
                let told = |why: String| no(400, "bad_arg", format!("Bad argument for operator $regex: {why}"));
                let regex = Regex::read(&text()?).map_err(told)?;
                self.count(regex.parts(), depth)?;
                Check::Regex(regex)
            }
            other => {
                let detail = format!("Invalid operator: {}", text::quoted(other));
                return Err(no(400, "invalid_operator", detail));
            }
        })
    }
}

fn holds(part: &Part, value: &Value, negated: bool, work: &mut u64) -> bool {
    match part {
        Part::All(parts) if negated => parts.iter().any(|it| holds(it, value, true, work)),
        Part::All(parts) => parts.iter().all(|it| holds(it, value, false, work)),
        Part::Any(parts) if negated => parts.iter().all(|it| holds(it, value, true, work)),
        Part::Any(parts) => parts.iter().any(|it| holds(it, value, false, work)),
        Part::Not(part) => holds(part, value, !negated, work),
        Part::Field(path, check) => match (field(value, path), check) {
            (found, Check::Exists(exists)) => (found.is_some() == *exists) != negated,
            (None, _) => false,
            (Some(found), check) => check.holds(found, work) != negated,
        },
    }
}

fn is_in(value: &Value, values: &[Value]) -> bool {
    values.iter().any(|it| compare(it, value).is_eq())
}

impl Check {
    /// Whether it holds of what is there.
    fn holds(&self, value: &Value, work: &mut u64) -> bool {
        let each = value.as_array();
        match self {
            Check::Compared(how, with) => how.holds(compare(value, with)),
            Check::Exists(exists) => *exists,
            Check::Type(of) => of == kind(value),
            Check::In(values) => match each {
                Some(each) => each.iter().any(|it| is_in(it, values)),
                None => is_in(value, values),
            },
            Check::Nin(values) => match each {
                Some(each) => !each.iter().any(|it| is_in(it, values)),
                None => !is_in(value, values),
            },
            Check::All(values) => each.is_some_and(|each| {
                let is_whole = matches!(&values[..], [Value::Array(_)]) && compare(&values[0], value).is_eq();
                !values.is_empty() && (is_whole || values.iter().all(|it| is_in(it, each)))
            }),
            Check::ElemMatch(part) => each.is_some_and(|each| each.iter().any(|it| holds(part, it, false, work))),
            Check::AllMatch(part) => {
                each.is_some_and(|each| !each.is_empty() && each.iter().all(|it| holds(part, it, false, work)))
            }
            Check::Size(size) => each.is_some_and(|each| u64::try_from(each.len()) == Ok(*size)),
            // A number is divided as Erlang and JavaScript do: what is left has its sign.
            Check::Mod(by, rest) => value.as_i64().is_some_and(|it| it.checked_rem(*by) == Some(*rest)),
            Check::Regex(regex) => value.as_str().is_some_and(|it| {
                *work = work.saturating_add(regex.work(it));
                *work <= SELECTING_MAX && regex.is_in(it)
            }),
            Check::BeginsWith(begin) => value.as_str().is_some_and(|it| it.starts_with(begin.as_str())),
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
