//! The central database as an end of replication: what `sync`'s machines ask of a register's store, asked of it, so
//! that the same replicator joins it with a CouchDB.
//!
//! What comes from there is of whoever writes there, and no more trusted than a register: it goes through the same
//! decisions (`replica`), in the name of [`BRIDGE`]. Orders and payments are submitted by coming; the answer goes back
//! as a revision of the document, with the server's number, or with why not (`rejection`).
//!
//! Read in this order: `told` (what is worth a line), here (what the machines ask), `taking` (what becomes of what
//! came), `payments` (those that came before their orders), `settling` (versions that quarrel, and what the books do
//! not follow). Nothing here is one transaction: all of it may be done again, and the checkpoint comes last.

mod payments;
mod settling;
mod taking;
#[cfg(test)]
mod tests;
mod told;

pub use told::{Happening, Tally};

use super::central::{Central, Place, Standing};
use super::replica::Replica;
use super::scope::{Role, Scope};
use crate::document::{Database, Revision, Version};
use crate::domain::{Entropy, LocationId, Timestamp};
use crate::sync::LocalEnd;
use crate::sync::local_end::{
    Lane, LocalChange, LocalChanges, MenuMark, Pulled, Pushed, Ruling, Submission, SyncRow, Taken,
};
use crate::sync::wire::{Answer, MenuChanges, Problem, Request};
use payments::Waiting;
use serde_json::Value;
use std::future::Future;

/// As whom a bridge submits what comes, and who is named on an order that names no register.
pub const BRIDGE: &str = "bridge";

/// How whoever has a bridge waits for a database: nothing here waits by itself.
pub trait Waits {
    /// Returns with what a future comes to.
    fn wait<T>(&self, asked: impl Future<Output = T>) -> T;
}

/// The central database did not do what was asked of it; it is asked again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotDone(String);

/// One location of a central database, as the local end of a bridge.
#[derive(Debug)]
pub struct CentralEnd<C, W> {
    replica: Replica<C>,
    scope: Scope,
    waits: W,
    dice: Entropy,
    waiting: Waiting,
    happenings: Vec<Happening>,
    tally: Tally,
}

impl<C: Central, W: Waits> CentralEnd<C, W> {
    /// The end of a location. `bridge` tells it from other bridges of the same location: by the CouchDB at the other
    /// end.
    ///
    /// # Errors
    /// [`NotDone`] when it cannot be read which payments wait for their orders.
    pub fn open(
        replica: Replica<C>,
        location_id: LocationId,
        bridge: &str,
        waits: W,
        dice: Entropy,
    ) -> Result<CentralEnd<C, W>, NotDone> {
        let scope = Scope { location_id, role: Role::Register(BRIDGE.into()) };
        let (happenings, tally, waiting) = (Vec::new(), Tally::default(), Waiting::of(bridge));
        let mut end = CentralEnd { replica, scope, waits, dice, waiting, happenings, tally };
        end.read_waiting()?;
        Ok(end)
    }

    /// How the feeds that go out stand: another answer when something changed. Its incarnation is another one when the
    /// database was made anew or restored.
    ///
    /// # Errors
    /// [`NotDone`] when it cannot be read.
    pub fn standing(&self) -> Result<Standing, NotDone> {
        let mut all = self.asked(self.replica.central().standing(&self.place(Database::Orders)))?;
        for database in [Database::Customers, Database::Menu] {
            let standing = self.asked(self.replica.central().standing(&self.place(database)))?;
            all.newest = all.newest.saturating_add(standing.newest);
        }
        Ok(all)
    }

    /// What happened since it was last asked, the oldest first.
    pub fn take_happenings(&mut self) -> Vec<Happening> {
        std::mem::take(&mut self.happenings)
    }

    /// What came to what since it was opened.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    fn place(&self, database: Database) -> Place {
        Place { location_id: self.scope.location_id.clone(), database }
    }

    /// Has the server decide; what it says no to is told apart from a database that failed.
    fn ask(&mut self, now: Timestamp, request: &Request) -> Result<Result<Answer, Problem>, NotDone> {
        let answered = self.waits.wait(self.replica.answer(&self.scope, request, now, &mut self.dice));
        match answered {
            Ok(answer) => Ok(Ok(answer)),
            Err(problem) => match self.replica.take_fault() {
                Some(fault) => Err(NotDone(fault.to_string())),
                None if problem.status >= 500 && problem.code != payments::NOT_ACCEPTED => Err(NotDone(problem.detail)),
                None => Ok(Err(problem)),
            },
        }
    }

    fn asked<T>(&self, asked: impl Future<Output = Result<T, super::central::Fault>>) -> Result<T, NotDone> {
        self.waits.wait(asked).map_err(|fault| NotDone(fault.to_string()))
    }

    /// Keeps a local document; one that says nothing is forgotten.
    fn keep(&mut self, now: Timestamp, id: &str, says: &Value) -> Result<(), NotDone> {
        if says.is_null() {
            let forgotten = self.replica.forget_local(&self.scope, Database::Orders, id, now, &mut self.dice);
            return self.waits.wait(forgotten).map(drop).map_err(|problem| NotDone(problem.detail));
        }
        let request = Request::PutLocal { database: Database::Orders, id: id.to_owned(), body: says.clone() };
        self.ask(now, &request)?.map(drop).map_err(|problem| NotDone(problem.detail))
    }

    fn tell(&mut self, happening: Happening) {
        self.tally.count(&happening);
        self.happenings.push(happening);
    }
}

impl<C: Central, W: Waits> LocalEnd for CentralEnd<C, W> {
    type Fault = NotDone;

    fn changes(&self, database: Database, since: u64, limit: u32) -> Result<LocalChanges, NotDone> {
        let changed = self.asked(self.replica.central().changes(&self.place(database), since, limit))?;
        let through = changed.last().map_or(since, |last| last.seq);
        let row = |it: super::central::ChangedDocument| LocalChange {
            seq: it.seq,
            doc_id: it.doc_id,
            leaves: it.tree.leaves(),
        };
        Ok(LocalChanges { rows: changed.into_iter().map(row).collect(), through })
    }

    fn version(&self, database: Database, doc_id: &str, revision: &Revision) -> Result<Option<Version>, NotDone> {
        let kept = self.asked(self.replica.central().documents(&self.place(database), &[doc_id.to_owned()]))?;
        let leaf = |kept: &super::central::Kept| {
            let leaf = kept.tree.leaves().into_iter().find(|leaf| leaf.revision == *revision)?;
            kept.version(&leaf)
        };
        Ok(kept.first().and_then(leaf))
    }

    /// Also what is known and not dealt with yet, for whoever brought it may have been cut off: a version that quarrels
    /// with another, and one that the books do not follow.
    fn missing(
        &self,
        database: Database,
        offered: &[(String, Vec<Revision>)],
    ) -> Result<Vec<(String, Vec<Revision>)>, NotDone> {
        let place = self.place(database);
        let ids: Vec<String> = offered.iter().map(|(doc_id, _)| doc_id.clone()).collect();
        let known = self.asked(self.replica.central().trees(&place, &ids))?;
        let flaws = self.asked(self.replica.central().flaws(&place, &ids))?;
        let lacks = |(doc_id, revisions): &(String, Vec<Revision>)| {
            let Some(it) = known.iter().find(|it| it.doc_id == *doc_id) else { return revisions.clone() };
            let leaves = it.tree.leaves();
            let is_settled = !settling::may_settle(doc_id) || it.tree.conflicts().is_empty();
            let is_sound = flaws.iter().all(|flaw| flaw.doc_id != *doc_id);
            let is_open = |revision: &Revision| leaves.iter().any(|leaf| !leaf.deleted && leaf.revision == *revision);
            let mut missing = it.tree.missing(revisions).missing;
            if !(is_settled && is_sound) {
                missing.extend(revisions.iter().filter(|it| is_open(it)).cloned());
            }
            missing
        };
        let missing = offered.iter().map(|it| (it.0.clone(), lacks(it)));
        Ok(missing.filter(|(_, lacking)| !lacking.is_empty()).collect())
    }

    fn local_document(&self, id: &str) -> Result<Option<Value>, NotDone> {
        self.asked(self.replica.central().local(&self.place(Database::Orders), id))
    }

    fn take_pulled(&mut self, now: Timestamp, pulled: &Pulled) -> Result<Taken, NotDone> {
        self.take(now, pulled.database, &pulled.versions)?;
        let (id, says) = &pulled.checkpoint;
        self.keep(now, id, says)?;
        Ok(Taken::Whole)
    }

    fn take_pushed(&mut self, now: Timestamp, pushed: &Pushed) -> Result<(), NotDone> {
        for (revision, failed) in &pushed.refused {
            let (doc_id, why) = (failed.doc_id.clone(), format!("{revision}: {}: {}", failed.error, failed.reason));
            self.tell(Happening::NotTaken { doc_id, why });
        }
        pushed.checkpoint.as_ref().map_or(Ok(()), |(id, says)| self.keep(now, id, says))
    }

    // A CouchDB takes no submissions, and hands out no menu: nothing of that is asked of this end.

    fn next_submission(&self, _: Lane, _: Timestamp) -> Result<Option<Submission>, NotDone> {
        Ok(None)
    }

    fn next_due(&self, _: Lane, _: Timestamp) -> Result<Option<Timestamp>, NotDone> {
        Ok(None)
    }

    fn hurry(&mut self, _: Timestamp) -> Result<(), NotDone> {
        Ok(())
    }

    fn take_ruling(&mut self, _: Timestamp, _: &Submission, _: &Ruling) -> Result<(), NotDone> {
        Ok(())
    }

    fn menu_mark(&self) -> Result<MenuMark, NotDone> {
        Ok(MenuMark::default())
    }

    fn take_menu(&mut self, _: Timestamp, _: &MenuChanges) -> Result<Result<(), String>, NotDone> {
        Ok(Err("a bridge takes no menu".into()))
    }

    /// Rounds are told by the line's own news; what only stands in the log's rows is what was passed over.
    fn log(&mut self, row: &SyncRow) -> Result<(), NotDone> {
        if let Some(note) = row.note.as_ref().filter(|_| row.success) {
            self.tell(Happening::PassedOver { lane: row.lane.clone(), what: note.clone() });
        }
        Ok(())
    }

    /// All that is here is offered anyway, from the beginning of the feed on.
    fn offer_all_again(&mut self, _: Database) -> Result<(), NotDone> {
        Ok(())
    }

    fn note_server_time(&mut self, _: Timestamp) -> Result<(), NotDone> {
        Ok(())
    }
}
