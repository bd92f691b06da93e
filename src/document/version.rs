//! One revision of a document with all that travels with it: which, how it came to be, and what it says.

use super::fields::{kind, plain, quoted};
use super::history::History;
use super::revision::Revision;
use super::{BadDocument, limits::DOCUMENT_ID_BYTES_MAX};
use serde_json::{Map, Value};

/// A revision as it is replicated.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// The document's `_id`.
    pub doc_id: String,
    /// The revision and its ancestors as far as they are known.
    pub history: History,
    /// It is a tombstone.
    pub deleted: bool,
    /// What it says: an object with `_id`, and without CouchDB's other fields.
    pub body: Value,
}

impl Version {
    /// Which revision it is.
    pub fn revision(&self) -> &Revision {
        self.history.head()
    }

    /// Reads a document as it travels: `_id`, `_rev`, `_revisions` and `_deleted` beside what it says.
    ///
    /// `_conflicts`, `_deleted_conflicts`, `_local_seq` and `_revs_info`, which a server adds when asked, are passed
    /// over.
    ///
    /// # Errors
    /// What is wrong, with its place. `_attachments` are refused, for what was not stored must not seem so, and so is
    /// any other field that begins with `_`, as CouchDB refuses it.
    pub fn read(document: Value) -> Result<Version, BadDocument> {
        let bad = |place: &str, what: String| BadDocument { place: place.into(), what };
        let history = match &document {
            Value::Object(_) => History::of_document(&document)?,
            other => return Err(bad("document", format!("must be an object, is {}", kind(other)))),
        };
        let Value::Object(mut fields) = document else { unreachable!("it was an object a line before") };
        let doc_id = match fields.get("_id") {
            Some(Value::String(id)) if id.contains('\0') => {
                return Err(bad("_id", "must not have a letter of number 0, which not every database keeps".into()));
            }
            Some(Value::String(id)) if !id.is_empty() && id.len() <= DOCUMENT_ID_BYTES_MAX => id.clone(),
            Some(Value::String(_)) => {
                return Err(bad("_id", format!("must have 1 to {DOCUMENT_ID_BYTES_MAX} bytes")));
            }
            other => return Err(bad("_id", format!("must be text, is {}", other.map_or("missing", kind)))),
        };
        let deleted = match fields.remove("_deleted") {
            None => false,
            Some(Value::Bool(deleted)) => deleted,
            Some(other) => return Err(bad("_deleted", format!("must be true or false, is {}", kind(&other)))),
        };
        for told in ["_rev", "_revisions", "_conflicts", "_deleted_conflicts", "_local_seq", "_revs_info"] {
            fields.remove(told);
        }
        match fields.keys().find(|name| name.starts_with('_') && *name != "_id") {
            None => Ok(Version { doc_id, history, deleted, body: Value::Object(fields) }),
            Some(name) if name == "_attachments" => Err(bad(name, "attachments are not kept here".into())),
            Some(name) => Err(bad(&plain(name), format!("{} is not a field of CouchDB's", quoted(name)))),
        }
    }

    /// Writes it as it travels; [`Version::read`] reads it back.
    pub fn to_document(&self) -> Value {
        let mut document = match &self.body {
            Value::Object(fields) => fields.clone(),
            _ => Map::new(),
        };
        document.insert("_id".into(), self.doc_id.clone().into());
        document.insert("_rev".into(), self.revision().to_string().into());
        document.insert("_revisions".into(), self.history.to_revisions());
        if self.deleted {
            document.insert("_deleted".into(), true.into());
        }
        Value::Object(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const REV: &str = "2-0123456789abcdef0123456789abcdef";

    #[test]
    fn a_version_reads_back_as_it_was_written() {
        let ids = ["0123456789abcdef0123456789abcdef", "00000000000000000000000000000001"];
        let document = json!({ "_id": "order_1", "_rev": REV, "_revisions": { "start": 2, "ids": ids },
                               "type": "order", "unknown": { "_inner": 1 } });
        let version = Version::read(document.clone()).unwrap();
        assert_eq!((version.doc_id.as_str(), version.deleted), ("order_1", false));
        assert_eq!(version.body, json!({ "_id": "order_1", "type": "order", "unknown": { "_inner": 1 } }));
        assert_eq!(version.to_document(), document);
        let asked = json!({ "_id": "order_1", "_rev": REV, "_deleted": true, "_conflicts": [REV], "_local_seq": 3 });
        let gone = Version::read(asked).unwrap();
        assert_eq!((gone.deleted, &gone.body), (true, &json!({ "_id": "order_1" })));
        assert_eq!(Version::read(gone.to_document()), Ok(gone));
    }

    #[test]
    fn what_does_not_travel_is_refused_with_its_place() {
        let long = format!("_{}", "x".repeat(5_000));
        // what the document says, what is told
        let rows = [
            (json!([]), "document: must be an object, is a list"),
            (json!({ "_id": "a" }), "_rev: is missing"),
            (json!({ "_rev": REV }), "_id: must be text, is missing"),
            (json!({ "_rev": REV, "_id": "" }), "_id: must have 1 to 1000 bytes"),
            (json!({ "_rev": REV, "_id": "a".repeat(1001) }), "_id: must have 1 to 1000 bytes"),
            (json!({ "_rev": REV, "_id": "a", "_deleted": 1 }), "_deleted: must be true or false, is a number"),
            (json!({ "_rev": REV, "_id": "a", "_attachments": {} }), "_attachments: attachments are not kept here"),
            (json!({ "_rev": REV, "_id": "a", "_x": 1 }), "_x: `_x` is not a field of CouchDB's"),
            (json!({ "_rev": REV, "_id": "a", "_\u{1b}": 1 }), "_\\u{1b}: `_\\u{1b}` is not a field of CouchDB's"),
            (
                json!({ "_rev": REV, "_id": "a", long: 1 }),
                "_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...: `_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...` is not a \
                 field of CouchDB's",
            ),
        ];
        for (document, told) in rows {
            let bad = Version::read(document).unwrap_err();
            assert_eq!(format!("{}: {}", bad.place, bad.what), told);
        }
    }
}
