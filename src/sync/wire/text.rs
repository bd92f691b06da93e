//! What both ends read and write alike: JSON within bounds, addresses, dates. What is wrong is told in a sentence.

use crate::document::Revision;
use crate::domain::Timestamp;
use crate::sync::limits::{REQUEST_BYTES_MAX, REQUEST_OBJECTS_MAX};
use serde_json::{Map, Value};

/// What was read, or a sentence that says what is wrong.
pub(crate) type Said<T> = Result<T, String>;

/// Most of a stranger's text repeated in a sentence, in characters.
const QUOTE_CHARS_MAX: usize = 60;
/// Most of a stranger's own sentence, in characters.
const SENTENCE_CHARS_MAX: usize = 500;

/// Reads JSON that is not longer and not deeper than it may be.
pub(crate) fn json(bytes: &[u8], bytes_max: usize, depth_max: usize) -> Said<Value> {
    if bytes.len() > bytes_max {
        return Err(format!("the body has {} bytes, more than {bytes_max}", bytes.len()));
    }
    if shape(bytes).depth > depth_max {
        return Err(format!("lists and objects nest deeper than {depth_max}"));
    }
    serde_json::from_slice(bytes).map_err(|wrong| format!("the body is not JSON: {wrong}"))
}

/// Of what JSON is made, before it is read.
pub(crate) struct Shape {
    /// How deep brackets nest outside of texts.
    pub(crate) depth: usize,
    /// How many objects there are.
    pub(crate) objects: usize,
}

pub(crate) fn shape(bytes: &[u8]) -> Shape {
    let (mut at, mut deepest, mut objects) = (0_usize, 0, 0);
    let (mut in_text, mut escaped) = (false, false);
    for &byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => {
                at += 1;
                deepest = deepest.max(at);
                objects += usize::from(byte == b'{');
            }
            b']' | b'}' if !in_text => at = at.saturating_sub(1),
            _ => {}
        }
    }
    Shape { depth: deepest, objects }
}

/// Says so when a request's body is too much to be read: it has too many bytes, or too many objects.
pub(crate) fn too_much(bytes: &[u8]) -> Option<String> {
    if bytes.len() > REQUEST_BYTES_MAX {
        return Some(format!("the body has {} bytes, more than {REQUEST_BYTES_MAX}", bytes.len()));
    }
    let objects = shape(bytes).objects;
    (objects > REQUEST_OBJECTS_MAX)
        .then(|| format!("the body has {objects} objects, more than {REQUEST_OBJECTS_MAX}: send less at once"))
}

/// A stranger's text, made fit for a sentence.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", plain(text, QUOTE_CHARS_MAX))
}

/// A stranger's own sentence, as people are shown it and as it is kept: on one line, with an end.
pub(super) fn sentence(text: &str) -> String {
    plain(text, SENTENCE_CHARS_MAX)
}

fn plain(text: &str, chars_max: usize) -> String {
    let plain = |letter: char| if letter.is_control() { '?' } else { letter };
    let mut told: String = text.chars().take(chars_max).map(plain).collect();
    if text.chars().nth(chars_max).is_some() {
        told.push_str("...");
    }
    told
}

pub(super) fn object<'a>(value: &'a Value, what: &str) -> Said<&'a Map<String, Value>> {
    value.as_object().ok_or_else(|| format!("{what} must be an object"))
}

pub(super) fn list<'a>(value: Option<&'a Value>, what: &str) -> Said<&'a [Value]> {
    let list = value.and_then(Value::as_array).map(Vec::as_slice);
    list.ok_or_else(|| format!("{what} must be a list"))
}

pub(super) fn text<'a>(value: Option<&'a Value>, what: &str) -> Said<&'a str> {
    value.and_then(Value::as_str).ok_or_else(|| format!("{what} must be text"))
}

/// A text, or a number as its digits: servers differ in what their ids and sequences are.
pub(super) fn word(value: Option<&Value>, what: &str) -> Said<String> {
    match value {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        // BigCouch's sequences
        Some(Value::Array(parts)) => Ok(Value::from(parts.clone()).to_string()),
        Some(Value::Null | Value::Bool(_) | Value::Object(_)) | None => Err(format!("{what} must be text or a number")),
    }
}

pub(super) fn revision(text: &str) -> Said<Revision> {
    Revision::read(text).ok_or_else(|| format!("{} is not a revision", quoted(text)))
}

/// Writes a text so that it can stand anywhere in an address (RFC 3986, 2.3).
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Reads what [`encoded`] or another client wrote.
pub(crate) fn decoded(text: &str) -> Said<String> {
    let wrong = || format!("{} is not a part of an address", quoted(text));
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digit = |byte: Option<u8>| byte.and_then(|it| char::from(it).to_digit(16)).ok_or_else(wrong);
        let value = digit(bytes.next())? * 16 + digit(bytes.next())?;
        out.push(u8::try_from(value).expect("two hex digits are a byte"));
    }
    String::from_utf8(out).map_err(|_| wrong())
}

/// Reads a query into names and values, in order.
pub(crate) fn query(text: &str) -> Said<Vec<(String, String)>> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let read = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((decoded(name)?, decoded(&value.replace('+', " "))?))
    };
    pairs.map(read).collect()
}

/// Reads a date of HTTP (RFC 9110, 5.6.7).
pub(super) fn http_date(text: &str) -> Option<Timestamp> {
    let read = chrono::DateTime::parse_from_rfc2822(text).ok()?;
    Some(Timestamp::utc(read.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_texts_are_not_nested() {
        // JSON, how deep
        let rows =
            [("1", 0), ("[]", 1), (r#"{"a":[{"b":[]}]}"#, 4), (r#"["[[[\"[[","]"]"#, 1), ("[[[[[", 5), ("]]]", 0)];
        for (text, deep) in rows {
            assert_eq!(shape(text.as_bytes()).depth, deep, "{text}");
        }
        let told = json(&[b'['; 200], 1_000, 64).unwrap_err();
        assert_eq!(told, "lists and objects nest deeper than 64");
        let made = shape(br#"{"a{[":[{},"\"{",{"b":{}}]}"#);
        assert_eq!((made.depth, made.objects), (4, 4));
        assert_eq!(json(b"[1,2]", 4, 64).unwrap_err(), "the body has 5 bytes, more than 4");
        assert!(json(b"{", 4, 64).unwrap_err().starts_with("the body is not JSON: EOF"));
    }

    #[test]
    fn addresses_are_read_back_and_nonsense_is_told() {
        for text in ["order_1", "a/b c?d=e&f", "é%2F", "pa+b==", ""] {
            assert_eq!(decoded(&encoded(text)).as_deref(), Ok(text));
        }
        for text in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(decoded(text), Err(format!("`{text}` is not a part of an address")));
        }
        let pairs = query("a=1&b&=c&&d=x+y%2B").unwrap();
        let told: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(told, [("a", "1"), ("b", ""), ("", "c"), ("d", "x y+")]);
    }

    #[test]
    fn dates_of_http_are_instants() {
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Timestamp::utc(784_111_777_000)));
        assert_eq!(http_date("yesterday"), None);
    }
}
