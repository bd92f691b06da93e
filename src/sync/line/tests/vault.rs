//! A register's end in memory: documents, outbox, local documents. Writing may fail, and then nothing is written.

use crate::document::{Database, History, Revision, RevisionTree, TreeLeaf, Version};
use crate::domain::Timestamp;
use crate::sync::local_end::{
    Lane, LocalChange, LocalChanges, LocalEnd, MenuMark, Pulled, Pushed, Ruling, Submission, SyncRow, Taken,
};
use crate::sync::wire::{FailedRevision, MenuChanges};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Nothing is postponed for longer, in milliseconds: what the store holds to.
const POSTPONED_MAX_MS: i64 = 3_600_000;

/// The disk is full.
#[derive(Debug, thiserror::Error)]
#[error("the disk is full")]
pub struct Full;

/// Documents with their trees, in the order of their last change.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shelf {
    pub trees: BTreeMap<String, RevisionTree>,
    pub versions: BTreeMap<(String, Revision), Version>,
    pub seqs: BTreeMap<String, u64>,
    pub seq: u64,
}

impl Shelf {
    pub fn graft(&mut self, version: &Version) {
        let tree = self.trees.entry(version.doc_id.clone()).or_default();
        let before = tree.clone();
        tree.graft(&version.history, version.deleted);
        if *tree != before {
            self.seq += 1;
            self.seqs.insert(version.doc_id.clone(), self.seq);
            self.versions.entry((version.doc_id.clone(), version.revision().clone())).or_insert(version.clone());
        }
    }

    pub fn since(&self, since: u64, limit: usize) -> Vec<(u64, String, Vec<TreeLeaf>)> {
        let mut rows: Vec<_> = self.seqs.iter().filter(|(_, seq)| **seq > since).map(|(id, seq)| (*seq, id)).collect();
        rows.sort();
        rows.truncate(limit);
        rows.into_iter().map(|(seq, id)| (seq, id.clone(), self.trees[id].leaves())).collect()
    }

    pub fn leaf(&self, doc_id: &str, revision: &Revision) -> Option<Version> {
        let leaves = self.trees.get(doc_id)?.leaves();
        leaves.iter().find(|leaf| leaf.revision == *revision)?;
        let mut version = self.versions.get(&(doc_id.to_owned(), revision.clone()))?.clone();
        version.history = self.trees[doc_id].history(revision, 1000)?;
        Some(version)
    }
}

/// A row of the outbox.
#[derive(Debug, Clone)]
pub struct Row {
    pub submission: Submission,
    pub after: Option<String>,
    pub not_before: Option<Timestamp>,
    /// When it was submitted last.
    pub tried_at: Option<Timestamp>,
    pub state: &'static str,
    pub numbers: Vec<String>,
}

/// The register's end.
#[derive(Debug, Default, Clone)]
pub struct Vault {
    pub shelf: Shelf,
    pub locals: BTreeMap<String, Value>,
    pub outbox: Vec<Row>,
    pub confirmed: BTreeSet<(String, Revision)>,
    pub refused: Vec<FailedRevision>,
    /// What the server cannot book, and why.
    pub doubted: BTreeMap<String, String>,
    pub log: Vec<SyncRow>,
    pub menu: MenuMark,
    pub menus: Vec<MenuChanges>,
    pub offered_again: u32,
    pub server_time: Option<Timestamp>,
    /// What became of these cannot be written: their records are damaged.
    pub damaged: BTreeSet<String>,
    /// So many writes fail from now on.
    pub full_for: u32,
    /// The next page of a feed brings something whose rest was pulled before.
    pub lacks_some: bool,
}

impl Vault {
    fn room(&mut self) -> Result<(), Full> {
        match self.full_for.checked_sub(1) {
            None => Ok(()),
            Some(rest) => {
                self.full_for = rest;
                Err(Full)
            }
        }
    }

    /// Writes the next revision of a document.
    pub fn write(&mut self, doc_id: &str, says: Value) -> Version {
        let winner = self.shelf.trees.get(doc_id).and_then(RevisionTree::winner).map(|leaf| leaf.revision);
        let mut body = json!({ "_id": doc_id });
        body["says"] = says;
        let child = Revision::child_of(winner.as_ref(), false, &body);
        let history = match &winner {
            None => History::of(child),
            Some(winner) => self.shelf.trees[doc_id].history(winner, 1000).unwrap().child(child, 1000),
        };
        let version = Version { doc_id: doc_id.into(), history, deleted: false, body };
        self.shelf.graft(&version);
        version
    }

    /// Ends a leaf, as whoever settles a quarrel does.
    pub fn end(&mut self, doc_id: &str, leaf: &Revision) {
        let body = json!({ "_id": doc_id });
        let child = Revision::child_of(Some(leaf), true, &body);
        let history = self.shelf.trees[doc_id].history(leaf, 1000).unwrap().child(child, 1000);
        self.shelf.graft(&Version { doc_id: doc_id.into(), history, deleted: true, body });
    }

    /// Queues a document for submission.
    pub fn queue(&mut self, lane: Lane, doc_id: &str, after: Option<&str>) {
        let payload = json!({ "_original_order_id": after.unwrap_or(doc_id), "_original_payment_id": doc_id });
        let submission = Submission { lane, doc_id: doc_id.into(), payload, rejections: 0, failures: 0 };
        let after = after.map(str::to_owned);
        self.outbox.push(Row {
            submission,
            after,
            not_before: None,
            tried_at: None,
            state: "queued",
            numbers: Vec::new(),
        });
    }

    pub fn row(&self, doc_id: &str) -> &Row {
        self.outbox.iter().find(|row| row.submission.doc_id == doc_id).unwrap()
    }

    fn waiting(&self, lane: Lane) -> impl Iterator<Item = &Row> {
        let accepted = |id: &String| self.row(id).state == "done";
        let may_go = move |row: &&Row| row.after.as_ref().is_none_or(accepted);
        let queued = self.outbox.iter().filter(move |row| row.submission.lane == lane && row.state == "queued");
        queued.filter(may_go)
    }
}

impl LocalEnd for Vault {
    type Fault = Full;

    fn changes(&self, database: Database, since: u64, limit: u32) -> Result<LocalChanges, Full> {
        let rows = match database {
            Database::Orders => self.shelf.since(since, usize::try_from(limit).unwrap()),
            Database::Menu | Database::Customers | Database::Audit => Vec::new(),
        };
        let through = rows.last().map_or(self.shelf.seq.max(since), |(seq, ..)| *seq);
        let row = |(seq, doc_id, leaves)| LocalChange { seq, doc_id, leaves };
        Ok(LocalChanges { rows: rows.into_iter().map(row).collect(), through })
    }

    fn version(&self, _: Database, doc_id: &str, revision: &Revision) -> Result<Option<Version>, Full> {
        Ok(self.shelf.leaf(doc_id, revision))
    }

    fn missing(&self, _: Database, offered: &[(String, Vec<Revision>)]) -> Result<Vec<(String, Vec<Revision>)>, Full> {
        let lacks = |(id, revisions): &(String, Vec<Revision>)| {
            let tree = self.shelf.trees.get(id).cloned().unwrap_or_default();
            (id.clone(), tree.missing(revisions).missing)
        };
        Ok(offered.iter().map(lacks).filter(|(_, lacking)| !lacking.is_empty()).collect())
    }

    fn local_document(&self, id: &str) -> Result<Option<Value>, Full> {
        Ok(self.locals.get(id).cloned())
    }

    fn take_pulled(&mut self, _now: Timestamp, pulled: &Pulled) -> Result<Taken, Full> {
        self.room()?;
        pulled.versions.iter().for_each(|version| self.shelf.graft(version));
        let (id, says) = &pulled.checkpoint;
        let taken = if std::mem::take(&mut self.lacks_some) { Taken::Partial } else { Taken::Whole };
        self.locals.insert(id.clone(), if taken == Taken::Whole { says.clone() } else { json!({}) });
        Ok(taken)
    }

    fn take_pushed(&mut self, _now: Timestamp, pushed: &Pushed) -> Result<(), Full> {
        self.room()?;
        self.confirmed.extend(pushed.confirmed.iter().cloned());
        self.doubted.retain(|doc_id, _| !pushed.booked.contains(doc_id));
        self.doubted.extend(pushed.doubted.iter().cloned());
        self.refused.extend(pushed.refused.iter().map(|(_, failed)| failed.clone()));
        if let Some((id, body)) = &pushed.checkpoint {
            self.locals.insert(id.clone(), body.clone());
        }
        Ok(())
    }

    fn next_submission(&self, lane: Lane, now: Timestamp) -> Result<Option<Submission>, Full> {
        let fresh = self.waiting(lane).find(|row| row.not_before.is_none());
        // As the store has it: what would wait too long, or was tried later than now, was postponed before the clock
        // was set back.
        let is_due = |row: &&Row| {
            row.not_before.is_some_and(|at| at <= now || at > now.plus_millis(POSTPONED_MAX_MS))
                || row.tried_at.is_some_and(|at| at > now)
        };
        let again = || self.waiting(lane).find(is_due);
        Ok(fresh.or_else(again).map(|row| row.submission.clone()))
    }

    fn next_due(&self, lane: Lane, now: Timestamp) -> Result<Option<Timestamp>, Full> {
        let latest = now.plus_millis(POSTPONED_MAX_MS);
        Ok(self.waiting(lane).filter_map(|row| row.not_before).filter(|at| *at > now && *at <= latest).min())
    }

    fn hurry(&mut self, now: Timestamp) -> Result<(), Full> {
        let is_later = |row: &&mut Row| row.state == "queued" && row.not_before.is_some_and(|at| at > now);
        self.outbox.iter_mut().filter(is_later).for_each(|row| row.not_before = Some(now));
        Ok(())
    }

    fn take_ruling(&mut self, now: Timestamp, submission: &Submission, ruling: &Ruling) -> Result<(), Full> {
        self.room()?;
        let is_it = |row: &&mut Row| row.submission.doc_id == submission.doc_id;
        if self.damaged.contains(&submission.doc_id) && !matches!(ruling, Ruling::Postponed { .. }) {
            return Err(Full);
        }
        let row = self.outbox.iter_mut().find(is_it).unwrap();
        row.tried_at = Some(now);
        match ruling {
            Ruling::OrderAccepted(accepted) => {
                row.state = "done";
                if !row.numbers.contains(&accepted.order_number) {
                    row.numbers.push(accepted.order_number.clone());
                }
            }
            Ruling::PaymentAccepted(_) => row.state = "done",
            Ruling::Postponed { not_before, .. } => {
                row.not_before = Some(*not_before);
                row.submission.failures += 1;
            }
            Ruling::Rejected { not_before, .. } => {
                row.not_before = Some(*not_before);
                row.submission.rejections += 1;
            }
            Ruling::Review { .. } => row.state = "review",
        }
        Ok(())
    }

    fn menu_mark(&self) -> Result<MenuMark, Full> {
        Ok(self.menu.clone())
    }

    fn take_menu(&mut self, _now: Timestamp, changes: &MenuChanges) -> Result<Result<(), String>, Full> {
        self.room()?;
        if changes.items.iter().any(|item| item["price"] == "bad") {
            return Ok(Err("item_1: price: must be a number".into()));
        }
        self.menu = MenuMark { cursor: Some(changes.cursor.clone()), etag: changes.etag.clone() };
        self.menus.push(changes.clone());
        Ok(Ok(()))
    }

    fn log(&mut self, row: &SyncRow) -> Result<(), Full> {
        self.log.push(row.clone());
        Ok(())
    }

    fn offer_all_again(&mut self, database: Database) -> Result<(), Full> {
        self.room()?;
        if database != Database::Orders {
            return Ok(());
        }
        self.offered_again += 1;
        self.confirmed.clear();
        // As the store does: what was postponed once is no more.
        for row in self.outbox.iter_mut().filter(|row| row.state == "done") {
            (row.state, row.not_before) = ("queued", None);
        }
        Ok(())
    }

    fn note_server_time(&mut self, server_time: Timestamp) -> Result<(), Full> {
        self.server_time = Some(server_time);
        Ok(())
    }
}
