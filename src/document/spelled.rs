//! A body as one text: what a version is called is a digest of it, and what rests of the version is the same text, so
//! that no body is written out twice.

use super::Revision;
use super::canonical::{Text, in_order};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::ops::Range;

/// The canonical text of a body.
#[derive(Debug, Clone)]
pub struct Spelled {
    text: String,
    /// Where in it the fields stand that begin with `_` (CouchDB's own), with the comma that goes with them.
    own: Range<usize>,
    has_double: bool,
}

impl Spelled {
    /// Writes a body.
    pub fn of(body: &Value) -> Spelled {
        let mut out = Text { text: String::with_capacity(TEXT_BYTES), has_double: false };
        let Value::Object(fields) = body else {
            out.value(body);
            return Spelled { text: out.text, own: 0..0, has_double: out.has_double };
        };
        let mut own: Option<Range<usize>> = None;
        out.text.push('{');
        for (nth, (name, value)) in in_order(fields).enumerate() {
            let from = out.text.len();
            if nth > 0 {
                out.text.push(',');
            }
            out.field(name, value);
            if name.starts_with('_') {
                // They stand together: whatever the order of names, equal beginnings do.
                own = Some(own.map_or(from, |it| it.start)..out.text.len());
            }
        }
        out.text.push('}');
        let Text { text, has_double } = out;
        let mut own = own.unwrap_or(0..0);
        // The first field has no comma before it: then the one behind goes.
        if own.start == 1 && text[own.end..].starts_with(',') {
            own.end += 1;
        }
        Spelled { text, own, has_double }
    }

    /// Names the version that an edit of `parent` makes: see [`Revision::child_of`].
    pub fn child_of(&self, parent: Option<&Revision>, deleted: bool) -> Revision {
        let mut hash = Sha256::new();
        match parent {
            Some(parent) => hash.update(format!("[\"{parent}\",{deleted},")),
            None => hash.update(format!("[null,{deleted},")),
        }
        hash.update(&self.text[..self.own.start]);
        hash.update(&self.text[self.own.end..]);
        hash.update("]");
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.finalize()[..16]);
        Revision { generation: parent.map_or(0, |it| it.generation).saturating_add(1), digest }
    }

    /// The text under which the body rests, which reads back as exactly what it was: canonical, but where that would
    /// make a whole number of a double.
    pub fn into_text(self, body: &Value) -> String {
        if self.has_double { text(body) } else { self.text }
    }
}

/// Room for a body of the usual size, in bytes.
const TEXT_BYTES: usize = 2048;

/// The text of a body as it came.
pub fn text(body: &Value) -> String {
    serde_json::to_string(body).expect("a JSON value is written without fail")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_body_rests_as_what_it_was_and_is_called_by_what_it_says() {
        // body, what is hashed behind the parent
        let rows = [
            (json!({}), "{}"),
            (json!({ "_id": "x" }), "{}"),
            (json!({ "_id": "x", "a": 1 }), r#"{"a":1}"#),
            (json!({ "A": 1, "_id": "x", "_rev": "y", "b": "ñ\n\"\\" }), r#"{"A":1,"b":"ñ\n\"\\"}"#),
            (json!({ "A": 1, "_id": "x" }), r#"{"A":1}"#),
            (json!({ "a": { "_id": 1 }, "b": 1.0 }), r#"{"a":{"_id":1},"b":1}"#),
            (json!({ "\u{fb33}": 1, "\u{1f600}": 2, "_z": 3 }), "{\"\u{1f600}\":2,\"\u{fb33}\":1}"),
            (json!([1.5]), "[1.5]"),
        ];
        for (body, hashed) in rows {
            let right = Sha256::digest(format!("[null,false,{hashed}]"));
            let spelled = Spelled::of(&body);
            let revision = spelled.child_of(None, false);
            assert_eq!((revision.digest[..] == right[..16], revision.generation), (true, 1), "{body}");
            let rests: Value = serde_json::from_str(&spelled.into_text(&body)).unwrap();
            assert_eq!(rests, body, "doubles included");
        }
    }
}
