//! Reads the fields of a body one by one and says precisely which of them is missing or wrong.

use super::BadDocument;
use super::limits::{BODY_TEXT_CHARS_MAX, QUOTE_CHARS_MAX};
use crate::domain::Timestamp;
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// One JSON object and its place in the document, which is put into words only when something is wrong.
pub(super) struct Fields<'a> {
    place: Place<'a>,
    fields: &'a Map<String, Value>,
}

/// Where an object stands.
#[derive(Clone, Copy)]
enum Place<'a> {
    /// It is the document itself.
    Document,
    /// In a field of another object.
    Field(&'a Fields<'a>, &'a str),
    /// In a list in a field of another object.
    Entry(&'a Fields<'a>, &'a str, usize),
}

impl Place<'_> {
    /// In words; empty for the document itself.
    fn words(self) -> String {
        match self {
            Place::Document => String::new(),
            Place::Field(outer, name) => outer.place_of(name),
            Place::Entry(outer, name, nth) => format!("{}[{nth}]", outer.place_of(name)),
        }
    }
}

impl<'a> Fields<'a> {
    /// A document.
    pub(super) fn of(document: &'a Value) -> Result<Fields<'a>, BadDocument> {
        Fields::at(Place::Document, document)
    }

    fn at(place: Place<'a>, value: &'a Value) -> Result<Fields<'a>, BadDocument> {
        match value {
            Value::Object(fields) => Ok(Fields { place, fields }),
            other => {
                let place = if matches!(place, Place::Document) { "document".into() } else { place.words() };
                Err(BadDocument { place, what: format!("must be an object, is {}", kind(other)) })
            }
        }
    }

    pub(super) fn bad(&self, name: &str, what: impl Into<String>) -> BadDocument {
        BadDocument { place: self.place_of(name), what: what.into() }
    }

    fn place_of(&self, name: &str) -> String {
        match self.place.words() {
            place if place.is_empty() => name.to_owned(),
            place => format!("{place}.{name}"),
        }
    }

    /// The value of a field; `None` when it is absent or null.
    fn find(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    fn need(&self, name: &str) -> Result<&'a Value, BadDocument> {
        self.find(name).ok_or_else(|| self.bad(name, "is missing"))
    }

    fn as_text(&self, name: &str, value: &'a Value) -> Result<&'a str, BadDocument> {
        let text = value.as_str().ok_or_else(|| self.bad(name, format!("must be text, is {}", kind(value))))?;
        // Bytes first: a long text is not counted in characters to find that it is long.
        if text.len() > BODY_TEXT_CHARS_MAX && text.chars().count() > BODY_TEXT_CHARS_MAX {
            return Err(self.bad(name, format!("is longer than {BODY_TEXT_CHARS_MAX} characters")));
        }
        Ok(text)
    }

    pub(super) fn text(&self, name: &str) -> Result<&'a str, BadDocument> {
        self.as_text(name, self.need(name)?)
    }

    pub(super) fn text_or_null(&self, name: &str) -> Result<Option<String>, BadDocument> {
        self.find(name).map(|value| self.as_text(name, value).map(str::to_owned)).transpose()
    }

    /// Text that `read` understands.
    pub(super) fn word<T>(&self, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T, BadDocument> {
        let text = self.text(name)?;
        read(text).ok_or_else(|| self.bad(name, format!("{} is not one that Comanda knows", quoted(text))))
    }

    pub(super) fn time(&self, name: &str) -> Result<Timestamp, BadDocument> {
        let text = self.text(name)?;
        let what = || format!("{} is not a time of the form 2026-03-14T19:05:06.789+01:00", quoted(text));
        Timestamp::from_rfc3339(text).ok_or_else(|| self.bad(name, what()))
    }

    pub(super) fn time_or_null(&self, name: &str) -> Result<Option<Timestamp>, BadDocument> {
        self.find(name).map(|_| self.time(name)).transpose()
    }

    pub(super) fn whole(&self, name: &str, range: RangeInclusive<i64>) -> Result<i64, BadDocument> {
        whole(self.need(name)?, range).map_err(|what| self.bad(name, what))
    }

    pub(super) fn whole_or(&self, name: &str, range: RangeInclusive<i64>, or: i64) -> Result<i64, BadDocument> {
        self.find(name).map_or(Ok(or), |_| self.whole(name, range))
    }

    pub(super) fn whole_or_null(&self, name: &str, range: RangeInclusive<i64>) -> Result<Option<i64>, BadDocument> {
        self.find(name).map(|_| self.whole(name, range)).transpose()
    }

    pub(super) fn flag_or(&self, name: &str, or: bool) -> Result<bool, BadDocument> {
        let read = |value: &Value| {
            value.as_bool().ok_or_else(|| self.bad(name, format!("must be true or false, is {}", kind(value))))
        };
        self.find(name).map_or(Ok(or), read)
    }

    /// The entries of a list, each with its place; none when the list is absent.
    pub(super) fn list<'b>(&'b self, name: &'b str, most: usize) -> Result<Vec<Fields<'b>>, BadDocument> {
        let Some(value) = self.find(name) else { return Ok(Vec::new()) };
        let list = value.as_array().ok_or_else(|| self.bad(name, format!("must be a list, is {}", kind(value))))?;
        if list.len() > most {
            return Err(self.bad(name, format!("holds {} entries; {most} are the most", list.len())));
        }
        list.iter().enumerate().map(|(at, value)| Fields::at(Place::Entry(self, name, at), value)).collect()
    }

    /// An object within this one; `None` when it is absent.
    pub(super) fn inner<'b>(&'b self, name: &'b str) -> Result<Option<Fields<'b>>, BadDocument> {
        self.find(name).map(|value| Fields::at(Place::Field(self, name), value)).transpose()
    }

    /// The names of all its fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.fields.keys().map(String::as_str)
    }

    /// That the document is of the type that its reader expects.
    pub(super) fn expect_type(&self, name: &str) -> Result<(), BadDocument> {
        self.word("type", |text| (text == name).then_some(()))
    }

    pub(super) fn holds(&self, name: &str) -> bool {
        self.find(name).is_some()
    }
}

/// A whole number within a range.
pub(super) fn whole(value: &Value, range: RangeInclusive<i64>) -> Result<i64, String> {
    let Value::Number(number) = value else {
        return Err(format!("must be a whole number, is {}", kind(value)));
    };
    if number.is_f64() {
        return Err(format!("must be a whole number, is {number}"));
    }
    let (least, most) = (range.start(), range.end());
    let out = || format!("{number} is not between {least} and {most}");
    number.as_i64().filter(|whole| range.contains(whole)).ok_or_else(out)
}

/// What kind of JSON a value is, as a sentence goes on.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A stranger's text as a message may repeat it: short, in backquotes, control characters spelled out.
pub(super) fn quoted(text: &str) -> String {
    format!("`{}`", plain(text))
}

/// A stranger's text, short, control characters spelled out.
pub(super) fn plain(text: &str) -> String {
    let spell = |letter: char| if letter.is_control() { letter.escape_default().to_string() } else { letter.into() };
    let short: String = text.chars().take(QUOTE_CHARS_MAX).map(spell).collect();
    if text.chars().nth(QUOTE_CHARS_MAX).is_some() { format!("{short}...") } else { short }
}
