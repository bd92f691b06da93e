//! The edits that led to a revision, newest first, as `_revisions` carries them.

use super::BadDocument;
use super::fields::{kind, quoted, whole};
use super::limits::{GENERATION_MAX, HISTORY_REVISIONS_MAX};
use super::revision::Revision;
use serde_json::{Value, json};

/// A revision and its ancestors as far as they are known, newest first, without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History(Vec<Revision>);

impl History {
    /// The history of a revision whose ancestors are not known.
    pub fn of(revision: Revision) -> History {
        History(vec![revision])
    }

    /// Reads `_revisions`: `{ "start": 3, "ids": ["<32 hex digits>", ...] }`, the newest first.
    ///
    /// # Errors
    /// What is wrong with it, with its place. Other forms of digests are refused: CouchDB compares them as bytes and
    /// PouchDB as text, so that the two would choose different winners.
    pub fn read(revisions: &Value) -> Result<History, BadDocument> {
        let bad = |place: String, what: String| BadDocument { place, what };
        let ids = match revisions.get("ids") {
            Some(Value::Array(ids)) => ids,
            other => {
                let is = other.map_or("missing", kind);
                return Err(bad("_revisions.ids".into(), format!("must be a list, is {is}")));
            }
        };
        if ids.is_empty() || ids.len() > HISTORY_REVISIONS_MAX {
            let what = format!("holds {} entries; it must have 1 to {HISTORY_REVISIONS_MAX}", ids.len());
            return Err(bad("_revisions.ids".into(), what));
        }
        let least = i64::try_from(ids.len()).expect("the length was bounded");
        let start = revisions.get("start").unwrap_or(&Value::Null);
        let start =
            whole(start, least..=i64::from(GENERATION_MAX)).map_err(|what| bad("_revisions.start".into(), what))?;
        let read = |(nth, id): (usize, &Value)| {
            let place = || format!("_revisions.ids[{nth}]");
            let id = id.as_str().ok_or_else(|| bad(place(), format!("must be text, is {}", kind(id))))?;
            let generation = start - i64::try_from(nth).expect("the length was bounded");
            let what = || format!("{} is not made of 32 lower-case hex digits", quoted(id));
            Revision::read(&format!("{generation}-{id}")).ok_or_else(|| bad(place(), what()))
        };
        ids.iter().enumerate().map(read).collect::<Result<_, _>>().map(History)
    }

    /// Reads the history of a whole document as it travels: its `_rev`, and `_revisions` when it has them.
    ///
    /// # Errors
    /// What is wrong, with its place; also when the two do not name the same revision.
    pub fn of_document(document: &Value) -> Result<History, BadDocument> {
        let bad = |what: String| BadDocument { place: "_rev".into(), what };
        let rev = document.get("_rev").ok_or_else(|| bad("is missing".into()))?;
        let rev = rev.as_str().ok_or_else(|| bad(format!("must be text, is {}", kind(rev))))?;
        let revision = Revision::read(rev).ok_or_else(|| bad(format!("{} is not a revision", quoted(rev))))?;
        if revision.generation > GENERATION_MAX {
            return Err(bad(format!("counts more than {GENERATION_MAX} edits")));
        }
        let Some(revisions) = document.get("_revisions") else { return Ok(History::of(revision)) };
        let history = History::read(revisions)?;
        if *history.head() != revision {
            return Err(bad(format!("is {revision}, but `_revisions` begin with {}", history.head())));
        }
        Ok(history)
    }

    /// Takes revisions that lead from a leaf to its oldest known ancestor.
    pub(super) fn of_path(path: Vec<Revision>) -> History {
        assert!(!path.is_empty(), "a history has at least the revision whose history it is");
        let steps = path.windows(2).all(|pair| pair[0].generation == pair[1].generation + 1);
        assert!(steps, "each revision of a history is one edit after the next");
        History(path)
    }

    /// The revision whose history it is.
    pub fn head(&self) -> &Revision {
        &self.0[0]
    }

    /// All revisions, the newest first.
    pub fn revisions(&self) -> &[Revision] {
        &self.0
    }

    /// The history of a child, with `limit` names at the most.
    ///
    /// # Panics
    /// When the child is not one edit after.
    pub fn child(&self, child: Revision, limit: usize) -> History {
        let all = std::iter::once(child).chain(self.0.iter().cloned());
        History::of_path(all.take(limit.max(1)).collect())
    }

    /// Writes `_revisions`.
    pub fn to_revisions(&self) -> Value {
        let digests: Vec<String> = self.0.iter().map(Revision::hex).collect();
        json!({ "start": self.head().generation, "ids": digests })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(digit: char) -> String {
        digit.to_string().repeat(32)
    }

    #[test]
    fn a_history_reads_back_as_it_was_written() {
        let revisions = json!({ "start": 7, "ids": [hex('c'), hex('b')] });
        let history = History::read(&revisions).unwrap();
        assert_eq!(history.head().to_string(), format!("7-{}", hex('c')));
        assert_eq!(history.revisions()[1].to_string(), format!("6-{}", hex('b')));
        assert_eq!(history.to_revisions(), revisions);
        let child = Revision::read(&format!("8-{}", hex('d'))).unwrap();
        assert_eq!(history.child(child.clone(), 2).to_revisions(), json!({ "start": 8, "ids": [hex('d'), hex('c')] }));
        assert_eq!(history.child(child, 1000).revisions().len(), 3);
    }

    #[test]
    fn what_is_wrong_with_a_history_is_said_with_its_place() {
        let (a, b) = (hex('a'), hex('b'));
        // document, what is said
        let rows = [
            (json!({}), "_rev: is missing".to_owned()),
            (json!({ "_rev": 3 }), "_rev: must be text, is a number".into()),
            (json!({ "_rev": "1-x" }), "_rev: `1-x` is not a revision".into()),
            (json!({ "_rev": format!("3000000000-{a}") }), "_rev: counts more than 2000000000 edits".into()),
            (
                json!({ "_rev": format!("2-{a}"), "_revisions": { "start": 2, "ids": [b] } }),
                format!("_rev: is 2-{a}, but `_revisions` begin with 2-{b}"),
            ),
            (
                json!({ "_rev": format!("2-{a}"), "_revisions": { "start": 2 } }),
                "_revisions.ids: must be a list, is missing".into(),
            ),
            (
                json!({ "_rev": format!("2-{a}"), "_revisions": { "start": 2, "ids": [] } }),
                "_revisions.ids: holds 0 entries; it must have 1 to 10000".into(),
            ),
            (
                json!({ "_rev": format!("1-{a}"), "_revisions": { "start": 1, "ids": [a, b] } }),
                "_revisions.start: 1 is not between 2 and 2000000000".into(),
            ),
            (
                json!({ "_rev": format!("1-{a}"), "_revisions": { "ids": [a] } }),
                "_revisions.start: must be a whole number, is null".into(),
            ),
            (
                json!({ "_rev": format!("2-{a}"), "_revisions": { "start": 2, "ids": [a, "B"] } }),
                "_revisions.ids[1]: `B` is not made of 32 lower-case hex digits".into(),
            ),
            (
                json!({ "_rev": format!("2-{a}"), "_revisions": { "start": 2, "ids": [a, 5] } }),
                "_revisions.ids[1]: must be text, is a number".into(),
            ),
        ];
        for (document, said) in rows {
            let bad = History::of_document(&document).unwrap_err();
            assert_eq!(bad.to_string(), format!("the document cannot be read: {said}"));
        }
        let alone = json!({ "_rev": format!("9-{a}") });
        assert_eq!(History::of_document(&alone).unwrap().revisions().len(), 1);
    }
}
