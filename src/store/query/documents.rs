//! Documents as they travel: what changed, what is missing, what the leaves say, and what does not read.

use super::columns::{count, instant_or_none, json, parsed, value};
use crate::document::conflict::{self, Conflict};
use crate::document::{Database, Leaf, Missing, Revision, RevisionTree, TreeLeaf, Version};
use crate::domain::{OrderId, Timestamp};
use crate::store::fault::{Cause, Doing, Unreadable};
use crate::store::limits::{REVISIONS_KEPT, ROWS_MAX};
use crate::store::{Fault, Reader};
use rusqlite::Row;
use serde_json::Value;
use std::collections::BTreeSet;

/// A page of changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changes {
    /// Each changed document once, in the order of their last change.
    pub rows: Vec<Changed>,
    /// Ask from here the next time.
    pub through: u64,
}

/// A document that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Its sequence.
    pub seq: u64,
    /// Which.
    pub doc_id: String,
    /// All its leaves, the winner first.
    pub leaves: Vec<TreeLeaf>,
}

/// A document that is kept and sent on, though this program cannot read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadDocument {
    /// Which.
    pub doc_id: String,
    /// What its body says it is; empty when it does not say.
    pub doc_type: String,
    /// Which revision.
    pub rev: Revision,
    /// Why it does not read.
    pub flaw: String,
}

/// The record of a conflict.
#[derive(Debug, Clone, PartialEq)]
pub struct ConflictRecord {
    /// Its id.
    pub doc_id: String,
    /// What it is about.
    pub conflict: Conflict,
    /// All of it: both versions, and what became of them.
    pub body: Value,
}

/// What the store holds of one document.
#[derive(Debug, Clone)]
pub(in crate::store) struct Record {
    pub(in crate::store) database: Database,
    pub(in crate::store) of_order: Option<OrderId>,
    pub(in crate::store) seq: i64,
    /// The winner.
    pub(in crate::store) rev: Revision,
    pub(in crate::store) unsent: Option<(i64, Timestamp)>,
    pub(in crate::store) at_server: BTreeSet<Revision>,
    pub(in crate::store) tree: RevisionTree,
    /// What the winner says.
    pub(in crate::store) body: String,
}

impl Record {
    fn read(row: &Row<'_>) -> Result<Record, Cause> {
        let doc_id: String = value(row, "doc_id")?;
        let of_order: Option<String> = value(row, "of_order")?;
        let (unsent_seq, unsent_since): (Option<i64>, _) =
            (value(row, "unsent_seq")?, instant_or_none(row, "unsent_since")?);
        let at_server: Vec<String> = json(&doc_id, &value::<String>(row, "at_server")?)?;
        Ok(Record {
            database: parsed(row, "database", database)?,
            of_order: of_order.as_deref().and_then(OrderId::read),
            seq: value(row, "seq")?,
            rev: parsed(row, "rev", Revision::read)?,
            unsent: unsent_seq.zip(unsent_since),
            at_server: at_server.iter().filter_map(|rev| Revision::read(rev)).collect(),
            tree: tree(&doc_id, &value::<String>(row, "tree")?)?,
            body: value(row, "body")?,
        })
    }
}

impl Reader {
    /// Documents that changed after `since`, in the order of their last change, at most `limit`; of those that changed
    /// up to `through` alone: what is on the medium ([`crate::store::Store::on_medium`]).
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn changes(&self, database: Database, since: u64, through: u64, limit: u32) -> Result<Changes, Fault> {
        let sql = "SELECT seq, doc_id, tree FROM document WHERE database = ?1 AND seq > ?2 AND seq <= ?3
                   ORDER BY seq LIMIT ?4";
        let limit = limit.clamp(1, ROWS_MAX);
        let [after, last] = [since, through].map(|seq| i64::try_from(seq).unwrap_or(i64::MAX));
        let values = (database.code(), after, last, limit);
        let rows = self.all("read what changed", sql, values, |row| {
            let doc_id: String = value(row, "doc_id")?;
            let tree = tree(&doc_id, &value::<String>(row, "tree")?)?;
            Ok(Changed { seq: count(row, "seq")?, doc_id, leaves: tree.leaves() })
        })?;
        let is_cut = rows.len() >= limit as usize;
        let last = rows.last().filter(|_| is_cut).map(|row| row.seq);
        Ok(Changes { through: last.unwrap_or(through.max(since)), rows })
    }

    /// A revision with its history and body; none when it is not a leaf: what was edited since is not kept.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn version(&self, doc_id: &str, revision: &Revision) -> Result<Option<Version>, Fault> {
        let Some(record) = self.record(doc_id)? else { return Ok(None) };
        self.version_of(doc_id, &record, revision)
    }

    /// A revision of a document that was read already; none when it is not a leaf.
    pub(in crate::store) fn version_of(
        &self,
        doc_id: &str,
        record: &Record,
        revision: &Revision,
    ) -> Result<Option<Version>, Fault> {
        let Some(leaf) = record.tree.leaves().into_iter().find(|leaf| leaf.revision == *revision) else {
            return Ok(None);
        };
        let body = self.body_of_leaf(doc_id, record, revision)?;
        let history = record.tree.history(revision, REVISIONS_KEPT).expect("a leaf stands in its tree");
        Ok(Some(Version { doc_id: doc_id.into(), history, deleted: leaf.deleted, body }))
    }

    /// The revision that stands for a document, which may be a tombstone; none when the store has no such document.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn winner(&self, doc_id: &str) -> Result<Option<Revision>, Fault> {
        let sql = "SELECT rev FROM document WHERE doc_id = ?1";
        self.first("read which revision stands", sql, [doc_id], |row| parsed(row, "rev", Revision::read))
    }

    /// What a document says: the body of its winner; none when there is no such document, or it is deleted.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn document_body(&self, doc_id: &str) -> Result<Option<Value>, Fault> {
        let sql = "SELECT body FROM document WHERE doc_id = ?1 AND deleted = 0";
        self.first("read the document", sql, [doc_id], |row| json(doc_id, &value::<String>(row, "body")?))
    }

    /// The leaves of a document that are not deleted, with what they say, the winner first. More than one quarrel.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn live_leaves(&self, doc_id: &str) -> Result<Vec<Leaf>, Fault> {
        let Some(record) = self.record(doc_id)? else { return Ok(Vec::new()) };
        let live = record.tree.leaves().into_iter().filter(|leaf| !leaf.deleted);
        let leaf = |TreeLeaf { revision, .. }| {
            let body = self.body_of_leaf(doc_id, &record, &revision)?;
            Ok(Leaf { revision, body })
        };
        live.map(leaf).collect()
    }

    /// All that is known of a document's revisions; none when the store has no such document.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn tree(&self, doc_id: &str) -> Result<Option<RevisionTree>, Fault> {
        let sql = "SELECT tree FROM document WHERE doc_id = ?1";
        self.first("read the revisions", sql, [doc_id], |row| tree(doc_id, &value::<String>(row, "tree")?))
    }

    /// The revisions of a document, and whether the server is not known to have one of its leaves; none when the store
    /// has no such document.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn tree_beside_server(&self, doc_id: &str) -> Result<Option<(RevisionTree, bool)>, Fault> {
        let sql = "SELECT tree, at_server FROM document WHERE doc_id = ?1";
        self.first("read the revisions", sql, [doc_id], |row| {
            let tree = tree(doc_id, &value::<String>(row, "tree")?)?;
            let at_server: Vec<String> = json(doc_id, &value::<String>(row, "at_server")?)?;
            let is_ahead = tree.leaves().iter().any(|leaf| !at_server.contains(&leaf.revision.to_string()));
            Ok((tree, is_ahead))
        })
    }

    /// Which of the offered revisions are not known here; documents of which nothing is missing are left out.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn missing(&self, offered: &[(String, Vec<Revision>)]) -> Result<Vec<(String, Vec<Revision>)>, Fault> {
        let mut all = Vec::new();
        for (doc_id, revisions) in offered {
            let Missing { missing, .. } = self.tree(doc_id)?.unwrap_or_default().missing(revisions);
            if !missing.is_empty() {
                all.push((doc_id.clone(), missing));
            }
        }
        Ok(all)
    }

    /// The leaves of a document that the server is known to have.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn at_server(&self, doc_id: &str) -> Result<Vec<Revision>, Fault> {
        Ok(self.record(doc_id)?.map(|record| record.at_server.into_iter().collect()).unwrap_or_default())
    }

    /// Documents that are kept and sent on, though this program cannot read them: the `limit` that changed last, the
    /// newest first.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn unread_documents(&self, limit: u32) -> Result<Vec<UnreadDocument>, Fault> {
        let sql = "SELECT doc_id, doc_type, rev, flaw FROM document WHERE flaw IS NOT NULL ORDER BY seq DESC LIMIT ?1";
        self.all("read what does not read", sql, [limit.min(ROWS_MAX)], |row| {
            Ok(UnreadDocument {
                doc_id: value(row, "doc_id")?,
                doc_type: value(row, "doc_type")?,
                rev: parsed(row, "rev", Revision::read)?,
                flaw: value(row, "flaw")?,
            })
        })
    }

    /// The records of conflicts: the `limit` newest, the newest first.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn conflicts(&self, limit: u32) -> Result<Vec<ConflictRecord>, Fault> {
        let sql = "SELECT doc_id, body FROM document WHERE doc_type = 'conflict' AND deleted = 0 AND flaw IS NULL
                   ORDER BY seq DESC LIMIT ?1";
        self.all("read the conflicts", sql, [limit.min(ROWS_MAX)], |row| {
            let doc_id: String = value(row, "doc_id")?;
            let body: Value = json(&doc_id, &value::<String>(row, "body")?)?;
            let conflict = conflict::from_body(&body).map_err(|bad| Unreadable::new(&doc_id, bad))?;
            Ok(ConflictRecord { doc_id, conflict, body })
        })
    }

    /// How far a database is offered once more ([`crate::store::Tx::offer_all_again`]): behind this sequence the server
    /// is not yet thought to lack anything. None when nothing of the kind is under way.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn offered_through(&self, database: Database) -> Result<Option<u64>, Fault> {
        let sql = "SELECT through FROM offering WHERE database = ?1";
        self.first("read how far it is offered", sql, [database.code()], |row| count(row, "through"))
    }

    /// Whether anything is being offered once more, in steps.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn is_offering(&self) -> Result<bool, Fault> {
        let sql = "SELECT EXISTS (SELECT 1 FROM offering) AS under_way";
        self.only("read how far it is offered", sql, [], |row| value(row, "under_way"))
    }

    /// The sequence of the document that changed last.
    pub fn document_seq(&self) -> Result<u64, Fault> {
        let sql = "SELECT document_seq FROM meta";
        self.only("ask which document changed last", sql, [], |row| count(row, "document_seq"))
    }

    pub(in crate::store) fn record(&self, doc_id: &str) -> Result<Option<Record>, Fault> {
        let sql = "SELECT doc_id, database, of_order, seq, rev, unsent_seq, unsent_since, at_server, tree, body
                   FROM document WHERE doc_id = ?1";
        self.first("read the document", sql, [doc_id], Record::read)
    }

    /// The text of a leaf's body.
    pub(in crate::store) fn leaf_text(&self, doc_id: &str, record: &Record, leaf: &Revision) -> Result<String, Fault> {
        if *leaf == record.rev {
            return Ok(record.body.clone());
        }
        let sql = "SELECT body FROM leaf_body WHERE doc_id = ?1 AND rev = ?2";
        self.only("read what a leaf says", sql, (doc_id, leaf.to_string()), |row| value(row, "body"))
    }

    fn body_of_leaf(&self, doc_id: &str, record: &Record, leaf: &Revision) -> Result<Value, Fault> {
        let text = self.leaf_text(doc_id, record, leaf)?;
        json(doc_id, &text).doing("read what a leaf says")
    }
}

fn tree(doc_id: &str, text: &str) -> Result<RevisionTree, Cause> {
    let what = || format!("the revisions of {doc_id}");
    RevisionTree::from_branches(&json(&what(), text)?).map_err(|bad| Unreadable::new(what(), bad).into())
}

fn database(code: &str) -> Option<Database> {
    let all = [Database::Orders, Database::Menu, Database::Customers, Database::Audit];
    all.into_iter().find(|it| it.code() == code)
}
