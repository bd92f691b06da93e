//! How far a replication has come: the same `_local` document on both ends, in the shape of CouchDB's replicator
//! (version 4), and what two of them that differ tell.

use super::super::limits::SESSIONS_MAX;
use crate::domain::Timestamp;
use serde_json::{Value, json};

/// A checkpoint as it was read. What is not one is none.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Checkpoint {
    pub session_id: String,
    /// The last sequence of the source that is dealt with.
    pub seq: Value,
    /// Former sessions, the newest first: as they were written.
    pub history: Vec<Value>,
}

/// What a session did, for its line in the history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Deeds {
    pub docs_read: u64,
    pub docs_written: u64,
    pub doc_write_failures: u64,
    pub missing_checked: u64,
    pub missing_found: u64,
}

/// One run of a replication, from a comparison of checkpoints on.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub id: String,
    pub began: Timestamp,
    pub start_seq: Value,
    pub deeds: Deeds,
    /// What the server's checkpoint remembered of sessions before.
    pub former: Vec<Value>,
}

impl Checkpoint {
    pub fn read(body: &Value) -> Option<Checkpoint> {
        let session_id = body.get("session_id")?.as_str()?.to_owned();
        let seq = body.get("source_last_seq")?.clone();
        let history = body.get("history").and_then(Value::as_array).cloned().unwrap_or_default();
        Some(Checkpoint { session_id, seq, history })
    }

    /// How far a session had come when this was written.
    fn recorded(&self, session_id: &str) -> Option<&Value> {
        if self.session_id == session_id {
            return Some(&self.seq);
        }
        let entry = self.history.iter().find(|entry| named(entry) == Some(session_id))?;
        entry.get("recorded_seq")
    }

    /// All sessions, the newest first.
    fn sessions(&self) -> impl Iterator<Item = &str> {
        let former = self.history.iter().filter_map(named).filter(|id| *id != self.session_id);
        std::iter::once(self.session_id.as_str()).chain(former)
    }

    /// The sequences that both recorded for the newest session that both know: this one's, and the other's.
    pub fn common<'a>(&'a self, other: &'a Checkpoint) -> Option<(&'a Value, &'a Value)> {
        self.sessions().find_map(|id| Some((self.recorded(id)?, other.recorded(id)?)))
    }
}

fn named(entry: &Value) -> Option<&str> {
    entry.get("session_id")?.as_str()
}

impl Session {
    pub fn new(id: String, began: Timestamp, start_seq: Value, former: Vec<Value>) -> Session {
        Session { id, began, start_seq, deeds: Deeds::default(), former }
    }

    /// The checkpoint at `seq`.
    pub fn checkpoint(&self, seq: &Value, now: Timestamp) -> Value {
        let did = &self.deeds;
        let entry = json!({
            "session_id": self.id, "recorded_seq": seq, "start_last_seq": self.start_seq, "end_last_seq": seq,
            "start_time": rfc1123(self.began), "end_time": rfc1123(now),
            "docs_read": did.docs_read, "docs_written": did.docs_written,
            "doc_write_failures": did.doc_write_failures,
            "missing_checked": did.missing_checked, "missing_found": did.missing_found,
        });
        let former = self.former.iter().filter(|entry| named(entry) != Some(&self.id)).cloned();
        let history: Vec<Value> = std::iter::once(entry).chain(former).take(SESSIONS_MAX).collect();
        json!({ "session_id": self.id, "source_last_seq": seq, "replication_id_version": 4, "history": history })
    }
}

/// As CouchDB writes times there.
fn rfc1123(at: Timestamp) -> String {
    Timestamp::utc(at.unix_ms).local().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// The revision that a local document has after one more write: servers count.
pub(super) fn next_rev(rev: Option<&str>) -> String {
    let count = rev.and_then(|rev| rev.strip_prefix("0-")?.parse::<u64>().ok()).unwrap_or(0);
    format!("0-{}", count.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(id: &str, seq: u64, former: &[(&str, u64)]) -> Checkpoint {
        let entry = |(id, seq): &(&str, u64)| json!({ "session_id": id, "recorded_seq": seq });
        let history: Vec<Value> = former.iter().map(entry).collect();
        Checkpoint::read(&json!({ "session_id": id, "source_last_seq": seq, "history": history })).unwrap()
    }

    #[test]
    fn the_newest_common_session_tells_how_far_both_are() {
        // ours, theirs, what both recorded
        let rows = [
            (read("b", 9, &[("b", 9), ("a", 5)]), read("b", 9, &[("b", 9), ("a", 5)]), Some((9, 9))),
            (read("b", 9, &[("b", 9), ("a", 5)]), read("b", 7, &[("b", 7), ("a", 5)]), Some((9, 7))),
            (read("b", 9, &[("b", 9), ("a", 5)]), read("a", 4, &[("a", 4)]), Some((5, 4))),
            (read("a", 5, &[("a", 5)]), read("b", 9, &[("b", 9), ("a", 5)]), Some((5, 5))),
            (read("c", 9, &[("c", 9), ("a", 5)]), read("b", 8, &[("b", 8), ("a", 3)]), Some((5, 3))),
            (read("a", 5, &[]), read("b", 9, &[]), None),
        ];
        for (ours, theirs, both) in rows {
            let found = ours.common(&theirs).map(|(one, other)| (one.as_u64().unwrap(), other.as_u64().unwrap()));
            assert_eq!(found, both);
        }
    }

    #[test]
    fn a_checkpoint_is_written_as_couchdb_writes_it() {
        let began = Timestamp::utc(1_773_491_400_000);
        let former = (0..60).map(|nth| json!({ "session_id": format!("s{nth}"), "recorded_seq": nth })).collect();
        let mut session = Session::new("s0".into(), began, json!("1-a"), former);
        session.deeds.docs_read = 3;
        let written = session.checkpoint(&json!("5-b"), began.plus_millis(1_000));
        assert_eq!(written["replication_id_version"], 4);
        assert_eq!(written["source_last_seq"], "5-b");
        let history = written["history"].as_array().unwrap();
        assert_eq!((history.len(), &history[1]["session_id"]), (50, &json!("s1")));
        assert_eq!(
            history[0],
            json!({ "session_id": "s0", "recorded_seq": "5-b", "start_last_seq": "1-a", "end_last_seq": "5-b",
                    "start_time": "Sat, 14 Mar 2026 12:30:00 GMT", "end_time": "Sat, 14 Mar 2026 12:30:01 GMT",
                    "docs_read": 3, "docs_written": 0, "doc_write_failures": 0, "missing_checked": 0,
                    "missing_found": 0 })
        );
        let back = Checkpoint::read(&written).unwrap();
        assert_eq!((back.session_id.as_str(), &back.seq), ("s0", &json!("5-b")));
        assert_eq!(Checkpoint::read(&json!({ "last_seq": 5 })), None);
    }

    #[test]
    fn local_revisions_count() {
        for (rev, next) in [(None, "0-1"), (Some("0-1"), "0-2"), (Some("0-9"), "0-10"), (Some("x"), "0-1")] {
            assert_eq!(next_rev(rev), next);
        }
    }
}
