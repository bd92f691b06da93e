//! What the server decides, without HTTP: every request of `sync::wire` is answered within the scope of its token.
//!
//! A write is decided on what was read, and committed with what it was decided on; where somebody else was quicker it
//! is decided anew. Read in this order: `problem` (how the server says no), `sequence` (what a feed's places are
//! called), `feed` (what is handed out), `taking` (what is taken by replication), `growth` (how far a document grows
//! by it), `books` (how the books follow), `acceptance` (orders and payments that are submitted), `complete` (what a
//! stranger's order lacks), `menu`, `editing` (documents written one by one, as CouchDB's own clients do), `devices`
//! and `code` (who may come in at all).

mod acceptance;
mod books;
mod code;
mod complete;
mod devices;
mod editing;
mod feed;
mod growth;
mod menu;
pub(super) mod problem;
pub(super) mod sequence;
mod taking;
#[cfg(test)]
pub(super) mod tests;

pub use devices::{Invited, good_location};
pub use editing::Editing;
pub use menu::ImportedMenu;

use super::central::{Batch, Central, Committed, Fault, Kept, Place};
use super::limits::{COMMIT_TRIES, DOCUMENT_BYTES_MAX};
use super::scope::{Role, Scope};
use crate::document::Database;
use crate::domain::{Entropy, Timestamp};
use crate::sync::wire::{Answer, Health, Problem, Request};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// What an operator may set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Largest body of a document, in bytes.
    pub document_bytes_max: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { document_bytes_max: DOCUMENT_BYTES_MAX }
    }
}

/// The server's decisions over a central database. Any number of them may share one.
#[derive(Debug)]
pub struct Replica<C> {
    central: C,
    settings: Settings,
    /// Why the database failed last, until somebody has asked.
    fault: Mutex<Option<Fault>>,
    /// Who hears where documents changed.
    listener: Listener,
    /// Who is told of each batch.
    watcher: Watcher,
}

/// Is told what became of a batch.
pub type Done = Box<dyn FnOnce(&Batch, &Result<Committed, Fault>) + Send>;

/// Is told when a batch is handed to the database, and says who hears what became of it.
#[derive(Default)]
struct Watcher(Option<Box<dyn Fn() -> Done + Send + Sync>>);

impl fmt::Debug for Watcher {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Watcher")
    }
}

/// Who hears where documents changed, right after they were committed.
#[derive(Default)]
struct Listener(Option<Box<dyn Fn(&Place) + Send + Sync>>);

impl fmt::Debug for Listener {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Listener")
    }
}

impl<C: Central> Replica<C> {
    /// Decides over a central database.
    pub fn new(central: C, settings: Settings) -> Replica<C> {
        Replica {
            central,
            settings,
            fault: Mutex::new(None),
            listener: Listener::default(),
            watcher: Watcher::default(),
        }
    }

    /// Has somebody told where documents changed, as soon as they are committed here. What another process commits is
    /// not told: whoever must know looks from time to time.
    #[must_use]
    pub fn telling(self, listener: impl Fn(&Place) + Send + Sync + 'static) -> Replica<C> {
        Replica { listener: Listener(Some(Box::new(listener))), ..self }
    }

    /// Has somebody told of each batch: when it is handed to the database, and what became of it.
    #[must_use]
    pub fn watched(self, watcher: impl Fn() -> Done + Send + Sync + 'static) -> Replica<C> {
        Replica { watcher: Watcher(Some(Box::new(watcher))), ..self }
    }

    /// Takes what an operator set otherwise.
    pub fn set(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// The database, for what is no decision.
    pub fn central(&self) -> &C {
        &self.central
    }

    /// Why the database failed last, once: whoever asks is told no more than that it did, so that somebody must log it.
    pub fn take_fault(&self) -> Option<Fault> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Says that the database failed, and keeps why.
    pub(super) fn broken(&self, fault: Fault) -> Problem {
        let problem = problem::broken(&fault);
        self.keep(fault);
        problem
    }

    /// Keeps why the database failed, for [`Replica::take_fault`].
    fn keep(&self, fault: Fault) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
    }

    /// Answers a request. `Changes` is answered at once, whatever it would wait for: who carries the answer asks again
    /// until there is something, or the wait is over.
    ///
    /// # Errors
    /// [`Problem`]: why not, with the field that it is about.
    pub async fn answer(
        &self,
        scope: &Scope,
        request: &Request,
        now: Timestamp,
        dice: &mut Entropy,
    ) -> Result<Answer, Problem> {
        match request {
            Request::Health => {
                Ok(Answer::Healthy(Health { server: "comanda".into(), version: env!("CARGO_PKG_VERSION").into(), now }))
            }
            Request::Token { .. } => {
                Err(problem::bad("a token is asked for at the door, with a secret and without a token"))
            }
            Request::Enrol { .. } => {
                Err(problem::bad("a device is enrolled at the door, with a code and without a token"))
            }
            Request::SubmitOrder { body } => self.submit_order(scope, body, now, dice).await,
            Request::SubmitPayment { body } => self.submit_payment(scope, body, now, dice).await,
            Request::Menu { since, etag } => self.menu(scope, since.as_deref(), etag.as_deref()).await,
            Request::Information { database } => self.information(&place(scope, *database)).await,
            Request::GetLocal { database, id } => self.local(&place(scope, *database), id).await,
            Request::PutLocal { database, id, body } => self.put_local(scope, *database, id, body, now, dice).await,
            Request::EnsureFullCommit { database } => {
                let standing =
                    self.central.standing(&place(scope, *database)).await.map_err(|fault| self.broken(fault))?;
                let instance = sequence::instance(&standing, &place(scope, *database));
                Ok(Answer::Committed { instance_start_time: Some(instance) })
            }
            Request::Changes { database, since, limit, wait_ms: _ } => {
                self.changes(&place(scope, *database), since.as_deref(), *limit).await
            }
            Request::RevsDiff { database, offered } => self.revs_diff(&place(scope, *database), offered).await,
            Request::BulkGet { database, wanted } => self.bulk_get(&place(scope, *database), wanted).await,
            Request::OpenRevisions { database, doc_id, wanted } => {
                self.bulk_get(&place(scope, *database), &[(doc_id.clone(), wanted.clone())]).await
            }
            Request::BulkDocs { database, documents } => self.bulk_docs(scope, *database, documents, now, dice).await,
        }
    }

    /// Commits; what may have happened is tried again under the same name, which writes it once.
    async fn commit(&self, batch: &Batch) -> Result<Committed, Problem> {
        let mut tries = 0;
        loop {
            tries += 1;
            let done = self.watcher.0.as_ref().map(|begins| begins());
            let committed = self.central.commit(batch).await;
            if let Some(done) = done {
                done(batch, &committed);
            }
            match committed {
                Err(Fault { is_unknown: true, .. }) if tries < COMMIT_TRIES => {}
                committed => {
                    if let (Ok(Committed::Done), Some(listener)) = (&committed, &self.listener.0)
                        && !batch.documents.is_empty()
                    {
                        listener(&batch.place);
                    }
                    return committed.map_err(|fault| self.broken(fault));
                }
            }
        }
    }

    /// These documents by id, also those that are not there yet.
    async fn in_hand(&self, place: &Place, ids: &[String]) -> Result<BTreeMap<String, Kept>, Problem> {
        let mut all: BTreeMap<String, Kept> = ids.iter().map(|id| (id.clone(), Kept::absent(id))).collect();
        let found = self.central.documents(place, ids).await.map_err(|fault| self.broken(fault))?;
        all.extend(found.into_iter().map(|kept| (kept.doc_id.clone(), kept)));
        Ok(all)
    }
}

pub(super) fn place(scope: &Scope, database: Database) -> Place {
    Place { location_id: scope.location_id.clone(), database }
}

/// The name of a write, which no other has.
fn operation(now: Timestamp, dice: &mut Entropy) -> String {
    dice.uuid(now).to_string()
}

/// Kitchens only read.
pub(super) fn may_write(scope: &Scope) -> Result<(), Problem> {
    match scope.role {
        Role::Register(_) | Role::Admin => Ok(()),
        Role::Kitchen => Err(problem::forbidden("a kitchen's token only reads")),
    }
}
