//! The one way by which a revision comes into the store, whoever wrote it: grafted, judged, and shown by the lists.

use crate::document::{
    Database, DocumentType, Grafted, Resolution, Revision, RevisionTree, Spelled, Version, order, text,
};
use crate::domain::order::OrderStatus;
use crate::domain::{BusinessDate, CustomerId, Order, OrderId, PaymentId, Timestamp};
use crate::store::fault::{Doing, Unreadable};
use crate::store::limits::REVISIONS_KEPT;
use crate::store::query::columns::{json, parsed, value};
use crate::store::query::documents::Record;
use crate::store::{Fault, Tx};
use serde_json::Value;
use std::collections::BTreeSet;

/// Who opened an order: only the numbers of this register are its own to keep apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opened {
    /// This register.
    Here,
    /// Another one.
    Elsewhere,
}

/// The local document of a box that only reads which tells that a quarrel in a document was settled here, and nobody
/// was told of it. It goes with the document.
pub fn settled_here(doc_id: &str) -> String {
    format!("settled {doc_id}")
}

/// What a body is, once it was looked at.
pub(super) struct Judged {
    /// What it says it is.
    doc_type: String,
    /// The order that a payment pays.
    pub(super) of_order: Option<OrderId>,
    /// It has the server's id.
    accepted: bool,
    /// Why it does not read.
    pub(super) flaw: Option<String>,
    /// The order that it is, where it is one.
    order: Option<Order>,
    /// Its text, where it was written out already.
    text: Option<String>,
}

/// What a change made of a document.
pub(super) struct Change {
    /// What the revision was to the tree.
    pub(super) grafted: Grafted,
    /// The order that stands in the document now, as far as nobody need read it for that.
    pub(super) order: Option<Order>,
}

impl Tx<'_> {
    /// Takes a revision that came from outside, or that a merge made, and says what it was to the document's tree.
    /// `known_to_server` says that it came from there.
    ///
    /// A document that is kept in one database stays there. What cannot be read is kept and sent on all the same
    /// ([`crate::store::Reader::unread_documents`]). An order that was pruned here is not brought back, and is answered
    /// with [`Grafted::Known`].
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn put_version(
        &self,
        database: Database,
        version: &Version,
        known_to_server: bool,
        now: Timestamp,
    ) -> Result<Grafted, Fault> {
        let former = self.record(&version.doc_id)?;
        if former.is_none() && self.was_pruned(version)? {
            return Ok(Grafted::Known);
        }
        self.take_in(former, database, version, known_to_server, now)
    }

    fn take_in(
        &self,
        former: Option<Record>,
        database: Database,
        version: &Version,
        known_to_server: bool,
        now: Timestamp,
    ) -> Result<Grafted, Fault> {
        let judged = judge(&version.doc_id, version.deleted, &version.body);
        let orders = former.as_ref().and_then(|it| it.of_order);
        let change = self.graft(former, database, version, judged, known_to_server, now)?;
        let refreshed = match change.order {
            Some(order) => {
                self.refresh_row(order.order_id, Some(order), Opened::Elsewhere)?;
                None
            }
            None => self.refresh_lists(&version.doc_id)?,
        };
        // What a payment paid before it was changed.
        let others = orders.filter(|order_id| Some(*order_id) != refreshed);
        others.map(|order_id| self.refresh_row(order_id, None, Opened::Elsewhere)).transpose()?;
        Ok(change.grafted)
    }

    /// Takes what came from the server together. Tombstones last: of an order that is not here they do not say whether
    /// it was pruned.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn put_pulled(&self, database: Database, versions: &[Version], now: Timestamp) -> Result<(), Fault> {
        let (ended, alive): (Vec<_>, Vec<_>) = versions.iter().partition(|version| version.deleted);
        alive.into_iter().chain(ended).try_for_each(|version| self.put_version(database, version, true, now).map(drop))
    }

    /// Takes all that the server has of one document in place of what is here: something of it was written here, and
    /// the server has gone on without that. What was pruned stays so.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn put_anew(&self, database: Database, versions: &[Version], now: Timestamp) -> Result<(), Fault> {
        let Some(first) = versions.first() else { return Ok(()) };
        if self.record(&first.doc_id)?.is_none() {
            return self.put_pulled(database, versions, now);
        }
        self.forget(&first.doc_id)?;
        let (ended, alive): (Vec<_>, Vec<_>) = versions.iter().partition(|version| version.deleted);
        alive.into_iter().chain(ended).try_for_each(|version| {
            let former = self.record(&version.doc_id)?;
            self.take_in(former, database, version, true, now).map(drop)
        })
    }

    /// Writes what ends a quarrel: the result, and a tombstone for every other leaf.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written, or when a leaf that it ends is not known.
    pub fn put_resolution(&self, doc_id: &str, settled: &Resolution, now: Timestamp) -> Result<(), Fault> {
        self.put_child(doc_id, &settled.winner, (&settled.revision, false, &settled.body), now)?;
        settled.tombstones.iter().try_for_each(|tombstone| {
            self.put_child(doc_id, &tombstone.parent, (&tombstone.revision, true, &tombstone.body), now)
        })
    }

    fn put_child(
        &self,
        doc_id: &str,
        parent: &Revision,
        (child, deleted, body): (&Revision, bool, &Value),
        now: Timestamp,
    ) -> Result<(), Fault> {
        let record = self.record(doc_id)?;
        let known = record.and_then(|it| Some((it.database, it.tree.history(parent, REVISIONS_KEPT)?)));
        let unknown = || Unreadable::new(doc_id, format!("{parent} is not known"));
        let (database, history) = known.ok_or_else(unknown).doing("settle a quarrel")?;
        let mut body = body.clone();
        if let Value::Object(fields) = &mut body {
            fields.retain(|name, _| !name.starts_with('_') || name == "_id");
        }
        let history = history.child(child.clone(), REVISIONS_KEPT);
        let version = Version { doc_id: doc_id.into(), history, deleted, body };
        self.put_version(database, &version, false, now).map(|_| ())
    }

    /// Keeps the record of a conflict, for audit; one that is kept already stays as it is.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn put_conflict(&self, record: &Value, now: Timestamp) -> Result<(), Fault> {
        let doing = "keep the record of a conflict";
        let id = record.get("_id").and_then(Value::as_str);
        let doc_id = id.ok_or_else(|| Unreadable::new("the record", "it has no id")).doing(doing)?;
        if self.winner(doc_id)?.is_some() {
            return Ok(());
        }
        self.put_edit(doc_id, Database::Audit, None, record.clone(), now).map(|_| ())
    }

    /// Notes that the server has these revisions of a document.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn server_has(&self, doc_id: &str, revisions: &[Revision], now: Timestamp) -> Result<(), Fault> {
        let Some(mut record) = self.record(doc_id)? else { return Ok(()) };
        let leaves = record.tree.leaves();
        let had = record.at_server.len();
        let news = revisions.iter().filter(|revision| leaves.iter().any(|leaf| leaf.revision == **revision));
        record.at_server.extend(news.cloned());
        self.forget_rejected(doc_id, revisions, &record.tree)?;
        if record.at_server.len() == had {
            return Ok(());
        }
        let at_server = names(&record.at_server);
        let sql = "UPDATE document SET at_server = ?2 WHERE doc_id = ?1";
        self.run("note what the server has", sql, (doc_id, at_server))?;
        self.refresh_unsent(doc_id, now)
    }

    /// Offers a document once more, behind all others: what the server refused, or was given up since, may be welcome
    /// now.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn offer_again(&self, doc_id: &str) -> Result<(), Fault> {
        let seq = self.next_document_seq()?;
        let doing = "offer a document again";
        self.run(doing, "UPDATE document SET seq = ?2 WHERE doc_id = ?1", (doc_id, seq))?;
        self.run(doing, "DELETE FROM forgone WHERE doc_id = ?1", [doc_id])?;
        self.run(doing, "DELETE FROM rejected_write WHERE doc_id = ?1", [doc_id]).map(|_| ())
    }

    /// Begins to take back what the server is known to have of a database, because it was made anew, or restored:
    /// [`Tx::offer_on`] does it, in steps. Until it is through, only what lies behind
    /// [`crate::store::Reader::offered_through`] may be told to the server.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn offer_all_again(&self, database: Database) -> Result<(), Fault> {
        let doing = "offer everything again";
        let sql = "INSERT INTO offering (database, through) VALUES (?1, 0)
                   ON CONFLICT (database) DO UPDATE SET through = 0";
        self.run(doing, sql, [database.code()])?;
        let sql = "DELETE FROM forgone WHERE doc_id IN (SELECT doc_id FROM document WHERE database = ?1)";
        self.run(doing, sql, [database.code()])?;
        self.run(doing, "DELETE FROM rejected_write WHERE database = ?1", [database.code()]).map(|_| ())
    }

    /// The next step of [`Tx::offer_all_again`]: at most `limit` documents, in the order of their last change, as a
    /// push tells them. What the server had accepted of them is queued again, whoever sold it: the register that did
    /// may have pruned it, and documents alone are in no books. That several hand it in is safe, it is accepted once.
    /// Answers whether more is to do.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn offer_on(&self, limit: u32, now: Timestamp) -> Result<bool, Fault> {
        let doing = "offer everything again";
        let sql = "SELECT database, through FROM offering ORDER BY database LIMIT 1";
        let under_way: Option<(String, i64)> =
            self.first(doing, sql, [], |row| Ok((value(row, "database")?, value(row, "through")?)))?;
        let Some((database, through)) = under_way else { return Ok(false) };
        let sql = "SELECT MAX(seq) AS last, COUNT(*) AS count FROM
                   (SELECT seq FROM document WHERE database = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3)";
        let (last, count): (Option<i64>, u32) =
            self.only(doing, sql, (&database, through, limit), |row| Ok((value(row, "last")?, value(row, "count")?)))?;
        if let Some(last) = last {
            let step = (&database, through, last);
            let sql = "UPDATE outbox SET state = 'queued', sync_completed_at = NULL, retry_count = 0, failures = 0,
                              not_before = NULL, last_error = NULL,
                              frozen_rev = (SELECT rev FROM document WHERE document.doc_id = outbox.doc_id)
                       WHERE state = 'done' AND doc_id IN
                             (SELECT doc_id FROM document WHERE database = ?1 AND seq > ?2 AND seq <= ?3)";
            self.run(doing, sql, step)?;
            self.queue_of_others(step, now)?;
            self.count_gained()?;
            let sql = "UPDATE document SET at_server = '[]', unsent_seq = COALESCE(unsent_seq, seq),
                           unsent_since = COALESCE(unsent_since, (SELECT queued_at FROM outbox
                                                                  WHERE outbox.doc_id = document.doc_id), ?4)
                       WHERE database = ?1 AND seq > ?2 AND seq <= ?3 AND (at_server <> '[]' OR unsent_seq IS NULL)";
            self.run(doing, sql, (step.0, step.1, step.2, now.rfc3339()))?;
            self.run(doing, "UPDATE offering SET through = ?2 WHERE database = ?1", (&database, last))?;
        }
        if count < limit {
            self.run(doing, "DELETE FROM offering WHERE database = ?1", [&database])?;
        }
        self.is_offering()
    }

    /// Queues accepted orders, and payments of such, that other registers handed in before: of the documents of a step.
    fn queue_of_others(&self, step: (&String, i64, i64), now: Timestamp) -> Result<(), Fault> {
        let doing = "offer everything again";
        let sql = "INSERT INTO outbox (doc_id, lane, of_order, frozen_rev, waits, state, queued_at)
                   SELECT doc_id, doc_type || 's', of_order, rev, of_order IS NOT NULL, 'queued', ?4 FROM document
                   WHERE database = ?1 AND seq > ?2 AND seq <= ?3 AND doc_type IN ('order', 'payment')
                     AND deleted = 0 AND flaw IS NULL
                     AND (accepted = 1 OR EXISTS (SELECT 1 FROM document AS paid
                                                  WHERE paid.doc_id = document.of_order AND paid.accepted = 1))
                     AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.doc_id = document.doc_id)
                   ORDER BY seq";
        self.run(doing, sql, (step.0, step.1, step.2, now.rfc3339()))?;
        // What was paid here of an order that was sold elsewhere waits for that order now.
        let sql = "UPDATE outbox SET waits = 1
                   WHERE waits = 0 AND of_order IN
                         (SELECT sold.doc_id FROM document JOIN outbox AS sold USING (doc_id)
                          WHERE database = ?1 AND seq > ?2 AND seq <= ?3
                            AND sold.lane = 'orders' AND sold.state <> 'done')";
        self.run(doing, sql, step).map(|_| ())
    }

    /// Counts from now on only what waits in these databases; orders always. What a server has no place for waits for
    /// nothing.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn count_unsent_in(&self, taken: &[Database], now: Timestamp) -> Result<(), Fault> {
        let doing = "count what waits for the server";
        self.count_gained()?;
        for database in [Database::Menu, Database::Customers, Database::Audit] {
            let (code, is_taken) = (database.code(), taken.contains(&database));
            if self.is_taken(database)? == is_taken {
                continue;
            }
            if is_taken {
                self.run(doing, "DELETE FROM untaken WHERE database = ?1", [code])?;
                let sql = r#"UPDATE document SET unsent_seq = seq, unsent_since = ?2
                             WHERE database = ?1 AND unsent_seq IS NULL AND INSTR(at_server, '"' || rev || '"') = 0
                               AND (doc_id, rev) NOT IN (SELECT doc_id, rev FROM forgone)"#;
                self.run(doing, sql, (code, now.rfc3339()))?;
            } else {
                self.run(doing, "INSERT INTO untaken (database) VALUES (?1)", [code])?;
                let sql = "UPDATE document SET unsent_seq = NULL, unsent_since = NULL
                           WHERE database = ?1 AND unsent_seq IS NOT NULL";
                self.run(doing, sql, [code])?;
            }
        }
        Ok(())
    }

    fn is_taken(&self, database: Database) -> Result<bool, Fault> {
        if database == Database::Orders {
            return Ok(true);
        }
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM untaken WHERE database = ?1) AS taken";
        self.only("ask what the server takes", sql, [database.code()], |row| value(row, "taken"))
    }

    /// Looks once more at what did not read: this program may be newer than the one that took it. Answers how many read
    /// now.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn read_again(&self) -> Result<u32, Fault> {
        let mut read = 0;
        for unread in self.unread_documents(u32::MAX)? {
            let Some(record) = self.record(&unread.doc_id)? else { continue };
            let body: Value = json(&unread.doc_id, &record.body).doing("read a document again")?;
            let judged = judge(&unread.doc_id, false, &body);
            if judged.flaw.is_none() {
                let sql = "UPDATE document SET doc_type = ?2, of_order = ?3, accepted = ?4, flaw = NULL
                           WHERE doc_id = ?1";
                let of_order = judged.of_order.map(String::from);
                let values = (&unread.doc_id, judged.doc_type, of_order, judged.accepted);
                self.run("read a document again", sql, values)?;
                self.refresh_lists(&unread.doc_id)?;
                read += 1;
            }
        }
        Ok(read)
    }

    /// Writes an edit that is made here: a child of the winner, or a document's first revision. Answers with what it
    /// is called, and the order that it is.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written; also when its body cannot be read, which would hide it from every list.
    pub(super) fn put_edit(
        &self,
        doc_id: &str,
        database: Database,
        former: Option<Record>,
        body: Value,
        now: Timestamp,
    ) -> Result<(Revision, Option<Order>), Fault> {
        let spelled = Spelled::of(&body);
        let rev = spelled.child_of(former.as_ref().map(|it| &it.rev), false);
        let history = former.as_ref().and_then(|it| it.tree.history(&it.rev, REVISIONS_KEPT));
        let history = match history {
            Some(history) => history.child(rev.clone(), REVISIONS_KEPT),
            None => crate::document::History::of(rev.clone()),
        };
        let mut judged = judge(doc_id, false, &body);
        if let Some(flaw) = judged.flaw {
            return Err(Unreadable::new(doc_id, flaw)).doing("save the document");
        }
        judged.text = Some(spelled.into_text(&body));
        let version = Version { doc_id: doc_id.into(), history, deleted: false, body };
        let change = self.graft(former, database, &version, judged, false, now)?;
        Ok((rev, change.order))
    }

    /// Grafts a revision on what is kept, moves bodies to where they belong, and numbers the change.
    fn graft(
        &self,
        former: Option<Record>,
        database: Database,
        version: &Version,
        mut judged: Judged,
        at_server: bool,
        now: Timestamp,
    ) -> Result<Change, Fault> {
        let (doc_id, head) = (version.doc_id.as_str(), version.revision());
        let before = former.as_ref().map(|it| it.tree.clone()).unwrap_or_default();
        let mut tree = before.clone();
        let grafted = tree.graft(&version.history, version.deleted);
        tree.stem(REVISIONS_KEPT);
        if tree == before {
            if at_server {
                self.server_has(doc_id, std::slice::from_ref(head), now)?;
            }
            return Ok(Change { grafted, order: None });
        }
        let leaves = tree.leaves();
        let winner = leaves.first().expect("a tree with a revision has a leaf");
        let is_leaf = |revision: &Revision| leaves.iter().any(|leaf| leaf.revision == *revision);
        let mut had = former.as_ref().map(|it| it.at_server.clone()).unwrap_or_default();
        if at_server {
            had.insert(head.clone());
        }
        had.retain(is_leaf);
        if let Some(former) = &former {
            self.keep_frozen(doc_id, former, is_leaf)?;
        }

        let mut written = judged.text.take();
        let mut kept = |leaf: &Revision| match &former {
            Some(former) if grafted == Grafted::Known || leaf != head => self.leaf_text(doc_id, former, leaf),
            Some(_) | None => Ok(written.take().unwrap_or_else(|| text(&version.body))),
        };
        let body = kept(&winner.revision)?;
        let mut judged = match &former {
            Some(former) if winner.revision == former.rev => None,
            Some(_) if winner.revision != *head => Some(self.judge_text(doc_id, winner.deleted, &body)?),
            Some(_) | None => Some(judged),
        };
        let order = judged.as_mut().and_then(|it| it.order.take());
        let seq = self.next_document_seq()?;
        let place = former.as_ref().map(|it| it.database).unwrap_or(database);
        // Only what stood there before can have been given up.
        let stays = former.as_ref().is_some_and(|it| it.rev == winner.revision);
        let is_through = had.contains(&winner.revision) || stays && self.is_forgone(doc_id, &winner.revision)?;
        let waits = self.is_taken(place)? && (!is_through || self.awaits_acceptance(doc_id)?);
        let unsent = former.as_ref().and_then(|it| it.unsent).unwrap_or((seq, now));
        let standing = Standing { winner: &winner.revision, deleted: winner.deleted, seq };
        let mirror = (names(&had), tree.to_text());
        // The losers move before the winner takes their place.
        if let Some(former) = former.as_ref().filter(|_| leaves.len() > 1 || before.leaves().len() > 1) {
            let mut losers = Vec::new();
            for leaf in
                leaves.iter().skip(1).filter(|leaf| !before.knows(&leaf.revision) || leaf.revision == former.rev)
            {
                losers.push((leaf.revision.to_string(), kept(&leaf.revision)?));
            }
            self.move_bodies(doc_id, &before, &leaves[1..], losers)?;
        }
        let row = DocumentRow { doc_id, database: place, standing, mirror, body, unsent: waits.then_some(unsent) };
        match former {
            None => self.insert_document(row, judged.expect("a new document was looked at"))?,
            Some(_) => {
                self.update_document(row, judged)?;
                if at_server {
                    // What came from there stands on what was refused before.
                    self.forget_rejected(doc_id, std::slice::from_ref(head), &tree)?;
                }
            }
        }
        Ok(Change { grafted, order })
    }

    /// Keeps the bodies of leaves that lost, and drops those of what is no such leaf any more.
    fn move_bodies(
        &self,
        doc_id: &str,
        before: &RevisionTree,
        lost: &[crate::document::TreeLeaf],
        fresh: Vec<(String, String)>,
    ) -> Result<(), Fault> {
        let doing = "keep what the leaves say";
        for (rev, body) in fresh {
            let sql = "INSERT INTO leaf_body (doc_id, rev, body) VALUES (?1, ?2, ?3)";
            self.run(doing, sql, (doc_id, rev, body))?;
        }
        for gone in before.leaves().into_iter().filter(|leaf| lost.iter().all(|it| it.revision != leaf.revision)) {
            let sql = "DELETE FROM leaf_body WHERE doc_id = ?1 AND rev = ?2";
            self.run(doing, sql, (doc_id, gone.revision.to_string()))?;
        }
        Ok(())
    }

    fn insert_document(&self, row: DocumentRow<'_>, judged: Judged) -> Result<(), Fault> {
        let sql = "INSERT INTO document (doc_id, database, doc_type, of_order, rev, deleted, accepted, seq, unsent_seq,
                                         unsent_since, flaw, at_server, tree, body)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
        let (unsent_seq, unsent_since) = row.unsent.map(|(seq, since)| (seq, since.rfc3339())).unzip();
        let values = rusqlite::params![
            row.doc_id,
            row.database.code(),
            judged.doc_type,
            judged.of_order.map(String::from),
            row.standing.winner.to_string(),
            row.standing.deleted,
            judged.accepted,
            row.standing.seq,
            unsent_seq,
            unsent_since,
            judged.flaw,
            row.mirror.0,
            row.mirror.1,
            row.body,
        ];
        self.run("save the document", sql, values)?;
        // What a trigger would do, which makes SQLite keep every page that it writes twice.
        if row.unsent.is_some() {
            self.gained_unsent.set(self.gained_unsent.get() + 1);
        }
        if judged.accepted {
            let sql = "UPDATE outbox SET waits = 0 WHERE of_order = ?1";
            self.run("let payments of an accepted order go", sql, [row.doc_id])?;
        }
        Ok(())
    }

    fn update_document(&self, row: DocumentRow<'_>, judged: Option<Judged>) -> Result<(), Fault> {
        let doing = "save the document";
        let sql = "UPDATE document SET rev = ?2, deleted = ?3, seq = ?4, unsent_seq = ?5, unsent_since = ?6,
                                       at_server = ?7, tree = ?8, body = ?9 WHERE doc_id = ?1";
        let (unsent_seq, unsent_since) = row.unsent.map(|(seq, since)| (seq, since.rfc3339())).unzip();
        let Standing { winner, deleted, seq } = row.standing;
        let (at_server, tree) = row.mirror;
        let values =
            (row.doc_id, winner.to_string(), deleted, seq, unsent_seq, unsent_since, at_server, tree, row.body);
        self.count_gained()?;
        self.run(doing, sql, values)?;
        let Some(judged) = judged else { return Ok(()) };
        let sql = "UPDATE document SET doc_type = ?2, of_order = ?3, accepted = ?4, flaw = ?5
                   WHERE doc_id = ?1 AND (doc_type, of_order, accepted, flaw) IS NOT (?2, ?3, ?4, ?5)";
        let Judged { doc_type, of_order, accepted, flaw, order: _, text: _ } = judged;
        self.run(doing, sql, (row.doc_id, doc_type, of_order.map(String::from), accepted, flaw)).map(|_| ())
    }

    /// Counts a document among those that wait for the server, or no longer.
    pub(super) fn refresh_unsent(&self, doc_id: &str, now: Timestamp) -> Result<(), Fault> {
        let Some(record) = self.record(doc_id)? else { return Ok(()) };
        let lacks = !record.at_server.contains(&record.rev) && !self.is_forgone(doc_id, &record.rev)?;
        let waits = self.is_taken(record.database)? && (lacks || self.awaits_acceptance(doc_id)?);
        let unsent = waits.then(|| record.unsent.unwrap_or((record.seq, now)));
        if unsent == record.unsent {
            return Ok(());
        }
        let (seq, since) = unsent.map(|(seq, since)| (seq, since.rfc3339())).unzip();
        self.count_gained()?;
        let sql = "UPDATE document SET unsent_seq = ?2, unsent_since = ?3 WHERE doc_id = ?1";
        self.run("count what waits for the server", sql, (doc_id, seq, since)).map(|_| ())
    }

    fn awaits_acceptance(&self, doc_id: &str) -> Result<bool, Fault> {
        let sql = "SELECT EXISTS (SELECT 1 FROM outbox WHERE doc_id = ?1 AND state IN ('queued', 'review')) AS waits";
        self.only("look into the queue for the server", sql, [doc_id], |row| value(row, "waits"))
    }

    /// Writes the row anew of the order that a document is, or pays, and says which that is; or the customer's.
    pub(super) fn refresh_lists(&self, doc_id: &str) -> Result<Option<OrderId>, Fault> {
        self.refresh_customer(doc_id)?;
        let is = DocumentType::of_id(doc_id);
        let order = OrderId::read(doc_id).filter(|_| is == Some(DocumentType::Order));
        let paid = if is == Some(DocumentType::Payment) { self.paid_by(doc_id)? } else { None };
        if is == Some(DocumentType::SoldOut) {
            self.refresh_portions(doc_id)?;
        }
        let touched = order.or(paid);
        touched.map(|order_id| self.refresh_row(order_id, None, Opened::Elsewhere)).transpose()?;
        Ok(touched)
    }

    fn paid_by(&self, doc_id: &str) -> Result<Option<OrderId>, Fault> {
        let sql = "SELECT of_order FROM document WHERE doc_id = ?1 AND of_order IS NOT NULL";
        self.first("ask what a payment pays", sql, [doc_id], |row| parsed(row, "of_order", OrderId::read))
    }

    /// Whether an order that is not here was here and was pruned: only what the server had accepted is, and only what
    /// is over. An open order is taken, however old it says it is. A tombstone tells nothing but its order's id, which
    /// tells when the order was opened; alone it would bring an order back by halves.
    fn was_pruned(&self, version: &Version) -> Result<bool, Fault> {
        if DocumentType::of_id(&version.doc_id) != Some(DocumentType::Order) {
            return Ok(false);
        }
        let Some(before) = self.pruned_before()? else { return Ok(false) };
        if version.deleted {
            return Ok(is_of_before(version, before));
        }
        let says = |name: &str| version.body.get(name).and_then(Value::as_str);
        let is_accepted = version.body.get("order_id").is_some_and(|id| !id.is_null());
        let is_over = says("order_status") == Some(OrderStatus::Cancelled.code())
            || matches!(says("payment_status"), Some("paid" | "refunded"));
        Ok(is_accepted && is_over && is_of_before(version, before))
    }

    /// Whether a revision may bring back an order that was pruned here, with its payments: somebody who heard of no
    /// payment went on with it. The payments are at the server, and were pulled long ago.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn may_return(&self, version: &Version) -> Result<bool, Fault> {
        if version.deleted || DocumentType::of_id(&version.doc_id) != Some(DocumentType::Order) {
            return Ok(false);
        }
        let Some(before) = self.pruned_before()? else { return Ok(false) };
        Ok(is_of_before(version, before) && self.winner(&version.doc_id)?.is_none())
    }

    fn judge_text(&self, doc_id: &str, deleted: bool, text: &str) -> Result<Judged, Fault> {
        let body: Value = json(doc_id, text).doing("read the document")?;
        Ok(judge(doc_id, deleted, &body))
    }
}

/// Where a document stands after a change.
struct Standing<'a> {
    winner: &'a Revision,
    deleted: bool,
    seq: i64,
}

/// What is written of a document with every change.
struct DocumentRow<'a> {
    doc_id: &'a str,
    database: Database,
    standing: Standing<'a>,
    /// What the server has, and the tree.
    mirror: (String, String),
    body: String,
    unsent: Option<(i64, Timestamp)>,
}

/// Whether an order is of a day before a date. A tombstone tells nothing but its order's id, which tells when the order
/// was opened.
fn is_of_before(version: &Version, date: BusinessDate) -> bool {
    if version.deleted {
        let opened_at = OrderId::read(&version.doc_id).map(|id| i64::try_from(id.0.as_u128() >> 80).unwrap_or(0));
        return opened_at.is_some_and(|at| Timestamp::utc(at).local().date_naive() < date.0);
    }
    let day = version.body.get("business_date").and_then(Value::as_str);
    day.is_some_and(|day| day < date.to_string().as_str())
}

/// Looks at what a body is, and whether it reads.
fn judge(doc_id: &str, deleted: bool, body: &Value) -> Judged {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let doc_type = text("type").unwrap_or_default().to_owned();
    if deleted {
        return Judged { doc_type, of_order: None, accepted: false, flaw: None, order: None, text: None };
    }
    let Some(is) = DocumentType::of_id(doc_id) else {
        let flaw = Some("this Comanda does not know what kind of document it is".into());
        return Judged { doc_type, of_order: None, accepted: false, flaw, order: None, text: None };
    };
    let names_itself = text("_id") == Some(doc_id);
    let is_an_id = match is {
        DocumentType::Order => OrderId::read(doc_id).is_some_and(|id| id.to_string() == doc_id),
        DocumentType::Payment => PaymentId::read(doc_id).is_some_and(|id| id.to_string() == doc_id),
        DocumentType::Customer => CustomerId::read(doc_id).is_some_and(|id| id.to_string() == doc_id),
        DocumentType::SoldOut
        | DocumentType::Category
        | DocumentType::Item
        | DocumentType::ModifierGroup
        | DocumentType::Modifier
        | DocumentType::Tax
        | DocumentType::Conflict => true,
    };
    let read = if is == DocumentType::Order { order::from_body(body).map(Some) } else { is.check(body).map(|()| None) };
    let (flaw, order) = match read {
        Err(bad) => (Some(format!("{}: {}", bad.place, bad.what)), None),
        Ok(_) if !names_itself || !is_an_id => (Some("_id: is not what an id of its kind looks like".into()), None),
        Ok(order) => (None, order),
    };
    let paid = text("order").filter(|_| is == DocumentType::Payment && flaw.is_none());
    let of_order = paid.and_then(OrderId::read);
    let accepted = body.get("order_id").is_some_and(|id| !id.is_null());
    Judged { doc_type, of_order, accepted, flaw, order, text: None }
}

fn names(revisions: &BTreeSet<Revision>) -> String {
    Value::from_iter(revisions.iter().map(Revision::to_string)).to_string()
}

#[cfg(test)]
mod tests;
