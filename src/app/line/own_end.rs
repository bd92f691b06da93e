//! What the machines of `sync` ask of the register's store. Every write is one short transaction that no key waits for
//! the medium for; what is told to others is on the medium first.

use super::quarrel;
use crate::app::chores::{menu_after, take_into_use};
use crate::app::counter::Counter;
use crate::document::{Database, DocumentType, Revision, Version};
use crate::domain::{OrderId, Timestamp};
use crate::store::{self, AcceptedOrder, Durability, Fault, Reader, RejectedWrite, ReviewKind, Tx};
use crate::sync::LocalEnd;
use crate::sync::local_end::{
    Lane, LocalChange, LocalChanges, MenuMark, Pulled, Pushed, Ruling, Submission, SyncRow, Taken,
};
use crate::sync::wire::MenuChanges;
use serde_json::Value;
use std::collections::BTreeSet;

/// How many submissions that were postponed are hurried at once.
pub(super) const HURRIED_AT_ONCE: u32 = 1_000;
/// How many documents are offered again at once, so that a key that comes meanwhile does not wait.
pub(super) const OFFERED_AT_ONCE: u32 = 200;

/// The register's own end.
pub(super) struct OwnEnd<'a> {
    counter: &'a mut Counter,
    now: Timestamp,
    takes_submissions: bool,
    /// Something was written that the counter has not read.
    wrote: bool,
    /// A server that lost something is being offered everything again.
    pub offers: bool,
    /// Orders for which other registers took money.
    pub paid_elsewhere: BTreeSet<OrderId>,
}

impl OwnEnd<'_> {
    pub fn new(counter: &mut Counter, now: Timestamp, takes_submissions: bool) -> OwnEnd<'_> {
        OwnEnd { counter, now, takes_submissions, wrote: false, offers: false, paid_elsewhere: BTreeSet::new() }
    }

    pub fn reader(&self) -> &Reader {
        self.counter.store.reader()
    }

    /// Lets the counter see what was written.
    pub fn read_again(&mut self) -> Result<(), Fault> {
        match std::mem::take(&mut self.wrote) {
            true => self.counter.refresh(),
            false => Ok(()),
        }
    }

    fn write<T>(&mut self, work: impl FnOnce(&Tx<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        self.wrote = true;
        self.counter.store.write(Durability::Draft, work)
    }
}

impl LocalEnd for OwnEnd<'_> {
    type Fault = Fault;

    fn changes(&self, database: Database, since: u64, limit: u32) -> Result<LocalChanges, Fault> {
        let store = &self.counter.store;
        // What is not yet thought to be missing there is not offered: the server's answer would be forgotten again.
        let through =
            store.reader().offered_through(database)?.map_or(store.on_medium(), |at| at.min(store.on_medium()));
        let changes = store.reader().changes(database, since, through, limit)?;
        let row = |row: store::Changed| LocalChange { seq: row.seq, doc_id: row.doc_id, leaves: row.leaves };
        Ok(LocalChanges { rows: changes.rows.into_iter().map(row).collect(), through: changes.through })
    }

    fn version(&self, _: Database, doc_id: &str, revision: &Revision) -> Result<Option<Version>, Fault> {
        self.counter.store.reader().version(doc_id, revision)
    }

    fn missing(&self, _: Database, offered: &[(String, Vec<Revision>)]) -> Result<Vec<(String, Vec<Revision>)>, Fault> {
        self.counter.store.reader().missing(offered)
    }

    fn local_document(&self, id: &str) -> Result<Option<Value>, Fault> {
        self.counter.store.reader().local_document(id)
    }

    fn take_pulled(&mut self, now: Timestamp, pulled: &Pulled) -> Result<Taken, Fault> {
        let house = self.counter.settings.house.clone();
        let takes_submissions = self.takes_submissions;
        let (is_news, taken, paid) = self.write(|tx| {
            let ids: BTreeSet<&str> = pulled.versions.iter().map(|version| version.doc_id.as_str()).collect();
            let had = ids.into_iter().map(|id| Ok((id, tx.winner(id)?))).collect::<Result<Vec<_>, Fault>>()?;
            let is_new = |id: &str| had.iter().any(|(it, had)| *it == id && had.is_none());
            let new = pulled.versions.iter().filter(|version| is_new(&version.doc_id));
            let paid: Vec<OrderId> = new.filter_map(order_paid).collect();
            let mut returns = Vec::new();
            for version in &pulled.versions {
                if tx.may_return(version)? {
                    returns.push(version.doc_id.as_str());
                }
            }
            tx.put_pulled(pulled.database, &pulled.versions, now)?;
            let mut is_news = false;
            for (id, had) in had {
                is_news |= quarrel::settle(tx, &house, id, had.as_ref(), now)?;
                if takes_submissions {
                    is_news |= tx.queue_own(id, &house.register_id, now)?;
                }
            }
            let mut taken = Taken::Whole;
            for id in returns {
                if tx.winner(id)?.is_some() {
                    taken = Taken::Partial;
                }
            }
            let (id, says) = &pulled.checkpoint;
            tx.put_local_document(id, if taken == Taken::Whole { says } else { &Value::Null })?;
            Ok((is_news, taken, paid))
        })?;
        self.paid_elsewhere.extend(paid);
        if is_news { self.counter.tell_others() } else { self.counter.look_at_documents() }?;
        Ok(taken)
    }

    fn take_pushed(&mut self, now: Timestamp, pushed: &Pushed) -> Result<(), Fault> {
        let is_enough = !self.takes_submissions;
        self.write(|tx| {
            for (doc_id, revision) in &pushed.confirmed {
                tx.server_has(doc_id, std::slice::from_ref(revision), now)?;
                if is_enough {
                    tx.submission_done(doc_id, None, now)?;
                }
            }
            tx.close_booked(&pushed.booked, now)?;
            for (doc_id, why) in &pushed.doubted {
                tx.put_review(doc_id, ReviewKind::Rejected, why, now)?;
            }
            for (revision, refused) in &pushed.refused {
                let rejected = RejectedWrite {
                    doc_id: refused.doc_id.clone(),
                    revision: revision.clone(),
                    error: refused.error.clone(),
                    reason: refused.reason.clone(),
                    at: now,
                };
                tx.put_rejected_write(pushed.database, &rejected)?;
            }
            pushed.checkpoint.as_ref().map_or(Ok(()), |(id, says)| tx.put_local_document(id, says))
        })
    }

    fn next_submission(&self, lane: Lane, now: Timestamp) -> Result<Option<Submission>, Fault> {
        // A payment must not go before its order, which may be queued again a step later.
        if !self.counter.may_tell_others() || self.counter.store.reader().offered_through(Database::Orders)?.is_some() {
            return Ok(None);
        }
        let next = self.counter.store.reader().next_submission(stored(lane), now)?;
        Ok(next.map(|next| Submission {
            lane,
            doc_id: next.doc_id,
            payload: next.payload,
            rejections: next.rejections,
            failures: next.failures,
        }))
    }

    fn next_due(&self, lane: Lane, now: Timestamp) -> Result<Option<Timestamp>, Fault> {
        self.counter.store.reader().next_due(stored(lane), now)
    }

    fn hurry(&mut self, now: Timestamp) -> Result<(), Fault> {
        self.write(|tx| tx.hurry(HURRIED_AT_ONCE, now))
    }

    fn take_ruling(&mut self, now: Timestamp, submission: &Submission, ruling: &Ruling) -> Result<(), Fault> {
        let house = self.counter.settings.house.clone();
        let doc_id = submission.doc_id.as_str();
        let is_told = self.write(|tx| match ruling {
            Ruling::OrderAccepted(accepted) => {
                let had = tx.winner(doc_id)?;
                let order = AcceptedOrder {
                    order_id: &accepted.order_id,
                    order_number: &accepted.order_number,
                    document: accepted.document.as_ref(),
                };
                tx.accept_order(doc_id, &submission.payload, &order, now)?;
                let is_news = quarrel::settle(tx, &house, doc_id, had.as_ref(), now)?;
                Ok(is_news || accepted.document.is_none())
            }
            Ruling::PaymentAccepted(accepted) => {
                tx.accept_payment(doc_id, &submission.payload, &accepted.payment_id, now).map(|()| false)
            }
            Ruling::Postponed { not_before, why } => tx.postpone(doc_id, *not_before, why, now).map(|()| false),
            Ruling::Rejected { not_before, why } => tx.reject(doc_id, *not_before, why, now).map(|()| false),
            Ruling::Review { why } => tx.send_to_review(doc_id, why, now).map(|()| false),
        })?;
        if is_told { self.counter.tell_others() } else { self.counter.look_at_documents() }.map(drop)
    }

    fn menu_mark(&self) -> Result<MenuMark, Fault> {
        let mark = self.counter.store.reader().menu_mark()?;
        Ok(MenuMark { cursor: mark.cursor, etag: mark.etag })
    }

    fn take_menu(&mut self, now: Timestamp, changes: &MenuChanges) -> Result<Result<(), String>, Fault> {
        let made = match menu_after(Some(&self.counter.menu), changes) {
            Ok(made) => made,
            Err(flaw) => {
                // What does not fit on what is here may be good as a whole.
                self.write(|tx| tx.set_menu_mark(&store::MenuMark::default()))?;
                return Ok(Err(flaw));
            }
        };
        let mark = store::MenuMark { cursor: Some(changes.cursor.clone()), etag: changes.etag.clone() };
        let is_new = made != self.counter.menu;
        self.write(|tx| {
            if is_new {
                take_into_use(tx, &made, now, "take_menu")?;
            }
            tx.set_menu_mark(&mark)
        })?;
        if is_new {
            self.counter.sell_from(made);
        }
        Ok(Ok(()))
    }

    fn log(&mut self, row: &SyncRow) -> Result<(), Fault> {
        let row = store::SyncRow {
            lane: row.lane.clone(),
            success: row.success,
            duration_ms: row.duration_ms,
            items_count: row.items_count,
            timestamp: row.timestamp,
            note: row.note.clone(),
        };
        self.write(|tx| tx.log_sync(&row))
    }

    fn offer_all_again(&mut self, database: Database) -> Result<(), Fault> {
        let now = self.now;
        self.offers = true;
        self.write(|tx| {
            tx.offer_all_again(database)?;
            tx.offer_on(OFFERED_AT_ONCE, now).map(drop)
        })?;
        // What came from others lately may not be on the medium yet: only what is can be offered.
        self.counter.tell_everything()
    }

    fn note_server_time(&mut self, server_time: Timestamp) -> Result<(), Fault> {
        self.write(|tx| tx.note_server_time(server_time))
    }
}

/// The order that a payment pays.
fn order_paid(version: &Version) -> Option<OrderId> {
    let is_payment = DocumentType::of_id(&version.doc_id) == Some(DocumentType::Payment);
    version.body.get("order").filter(|_| is_payment).and_then(Value::as_str).and_then(OrderId::read)
}

fn stored(lane: Lane) -> store::Lane {
    match lane {
        Lane::Orders => store::Lane::Orders,
        Lane::Payments => store::Lane::Payments,
    }
}
