//! What the line asks of such a screen's store: it takes what is pulled, and notes when it saw it. Nothing here is ever
//! told to a server: a line that only reads asks for no such thing, and is answered that there is none.

use crate::app::chores::menu_after;
use crate::document::{Database, DocumentType, Outcome, Revision, Version, resolve};
use crate::domain::{OrderId, Timestamp};
use crate::store::{self, Durability, Fault, Store, Tx};
use crate::sync::LocalEnd;
use crate::sync::local_end::{Lane, LocalChanges, MenuMark, Pulled, Pushed, Ruling, Submission, SyncRow, Taken};
use crate::sync::wire::MenuChanges;
use serde_json::Value;

/// What was last changed longer ago than this, by the server's clock, is over when it comes late, in milliseconds: the
/// screen was switched off meanwhile, or is new.
const OLD_NEWS_MS: i64 = 2 * 3_600_000;

/// The screen's own end.
pub(super) struct ReplicaEnd<'a> {
    store: &'a mut Store,
    /// Something came that may look otherwise on the screen.
    pub saw: bool,
}

impl ReplicaEnd<'_> {
    pub fn new(store: &mut Store) -> ReplicaEnd<'_> {
        ReplicaEnd { store, saw: false }
    }
}

/// Settles what quarrels in a document as every register does, the same bytes: what the other version alone has is
/// cooked, too. Nobody is told of it from here.
fn settle(tx: &Tx<'_>, doc_id: &str, now: Timestamp) -> Result<(), Fault> {
    let Some(of) = DocumentType::of_id(doc_id) else { return Ok(()) };
    if tx.tree(doc_id)?.is_none_or(|tree| tree.conflicts().is_empty()) {
        return Ok(());
    }
    match resolve(of, &tx.live_leaves(doc_id)?) {
        Some(Outcome::Settled(settled)) => {
            tx.put_resolution(doc_id, &settled, now)?;
            // Registers write the same, and the server has it from them; else this box would never forget the order.
            let ended = settled.tombstones.iter().map(|it| it.revision.clone());
            let written: Vec<Revision> = ended.chain([settled.revision.clone()]).collect();
            tx.server_has(doc_id, &written, now)
        }
        Some(Outcome::Quarantined { .. } | Outcome::LeftToServer { .. }) | None => Ok(()),
    }
}

impl LocalEnd for ReplicaEnd<'_> {
    type Fault = Fault;

    fn changes(&self, _: Database, since: u64, _: u32) -> Result<LocalChanges, Fault> {
        Ok(LocalChanges { rows: Vec::new(), through: since })
    }

    fn version(&self, doc_id: &str, revision: &Revision) -> Result<Option<Version>, Fault> {
        self.store.reader().version(doc_id, revision)
    }

    fn missing(&self, offered: &[(String, Vec<Revision>)]) -> Result<Vec<(String, Vec<Revision>)>, Fault> {
        self.store.reader().missing(offered)
    }

    fn local_document(&self, id: &str) -> Result<Option<Value>, Fault> {
        self.store.reader().local_document(id)
    }

    fn take_pulled(&mut self, now: Timestamp, pulled: &Pulled) -> Result<Taken, Fault> {
        let server_time = self.store.reader().server_time()?;
        let over_before = server_time.filter(|_| !pulled.is_of_now).map(|at| at.plus_millis(-OLD_NEWS_MS));
        self.store.write(Durability::Draft, |tx| {
            tx.put_pulled(pulled.database, &pulled.versions, now)?;
            let mut ids: Vec<&str> = Vec::new();
            // In the order in which they came: so they stand on the screen.
            for version in &pulled.versions {
                if !ids.contains(&version.doc_id.as_str()) {
                    ids.push(&version.doc_id);
                }
            }
            for id in ids {
                settle(tx, id, now)?;
                if let Some(order_id) = OrderId::read(id) {
                    tx.see_order(order_id, over_before, now)?;
                }
            }
            let (id, says) = &pulled.checkpoint;
            tx.put_local_document(id, says)
        })?;
        self.saw |= !pulled.versions.is_empty();
        Ok(Taken::Whole)
    }

    fn take_pushed(&mut self, _: Timestamp, _: &Pushed) -> Result<(), Fault> {
        Ok(())
    }

    fn hurry(&mut self, _: Timestamp) -> Result<(), Fault> {
        Ok(())
    }

    fn next_submission(&self, _: Lane, _: Timestamp) -> Result<Option<Submission>, Fault> {
        Ok(None)
    }

    fn next_due(&self, _: Lane, _: Timestamp) -> Result<Option<Timestamp>, Fault> {
        Ok(None)
    }

    fn take_ruling(&mut self, _: Timestamp, _: &Submission, _: &Ruling) -> Result<(), Fault> {
        Ok(())
    }

    fn menu_mark(&self) -> Result<MenuMark, Fault> {
        let mark = self.store.reader().menu_mark()?;
        Ok(MenuMark { cursor: mark.cursor, etag: mark.etag })
    }

    /// What stands on a ticket came with its order; what is sold out is named by the menu.
    fn take_menu(&mut self, now: Timestamp, changes: &MenuChanges) -> Result<Result<(), String>, Fault> {
        let had = self.store.reader().menu()?;
        let (made, mark) = match menu_after(had.as_ref(), changes) {
            Ok(made) => {
                (Ok(made), store::MenuMark { cursor: Some(changes.cursor.clone()), etag: changes.etag.clone() })
            }
            // What does not fit on what is here may be good as a whole.
            Err(flaw) => (Err(flaw), store::MenuMark::default()),
        };
        self.store.write(Durability::Draft, |tx| {
            match &made {
                Ok(made) if had.as_ref() != Some(made) => drop(tx.put_menu(made, now)?),
                Ok(_) | Err(_) => {}
            }
            tx.set_menu_mark(&mark)
        })?;
        self.saw = true;
        Ok(made.map(drop))
    }

    /// Nobody asks a screen for its metrics: what happens stands in its log.
    fn log(&mut self, row: &SyncRow) -> Result<(), Fault> {
        if let Some(note) = &row.note {
            tracing::info!(lane = row.lane, success = row.success, note, "a round of the line");
        }
        Ok(())
    }

    fn offer_all_again(&mut self, _: Database) -> Result<(), Fault> {
        Ok(())
    }

    fn note_server_time(&mut self, server_time: Timestamp) -> Result<(), Fault> {
        self.store.write(Durability::Draft, |tx| tx.note_server_time(server_time))
    }
}
