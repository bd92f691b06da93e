//! What the line asks of such a screen's store: it takes what is pulled, and notes when it saw it. Nothing here is ever
//! told to a server: a line that only reads asks for no such thing, and is answered that there is none.

use crate::app::chores::menu_after;
use crate::document::{Database, DocumentType, Outcome, Revision, Version, resolve};
use crate::domain::{OrderId, Timestamp};
use crate::store::{self, Durability, Fault, Store, Tx, settled_here};
use crate::sync::LocalEnd;
use crate::sync::local_end::{Lane, LocalChanges, MenuMark, Pulled, Pushed, Ruling, Submission, SyncRow, Taken};
use crate::sync::wire::{MenuChanges, Site};
use serde_json::{Value, json};
use std::borrow::Cow;

/// What was last changed longer ago than this, by the server's clock, is over when it comes late, in milliseconds: the
/// screen was switched off for so long meanwhile, or is new.
const OLD_NEWS_MS: i64 = 2 * 3_600_000;
/// The local document that tells up to when all news was had.
const CAUGHT_UP: &str = "caught_up";

/// Writes down up to which of a server's times all its news was had.
pub(super) fn put_caught_up(tx: &Tx<'_>, site: &Site, at: Timestamp) -> Result<(), Fault> {
    tx.put_local_document(CAUGHT_UP, &json!({ "site": site.to_string(), "unix_ms": at.unix_ms }))
}

/// The screen's own end.
pub(super) struct ReplicaEnd<'a> {
    store: &'a mut Store,
    site: &'a Site,
    /// Something came that may look otherwise on the screen.
    pub saw: bool,
}

impl<'a> ReplicaEnd<'a> {
    pub fn new(store: &'a mut Store, site: &'a Site) -> ReplicaEnd<'a> {
        ReplicaEnd { store, site, saw: false }
    }

    /// Before which of the server's times that is over which last changed, of what comes now; none when none of it is.
    /// A register's clock tells when an order changed, and may be wrong: it is asked only where all else is silent.
    fn over_before(&self, is_of_now: bool) -> Result<Option<Timestamp>, Fault> {
        let reader = self.store.reader();
        let Some(told) = reader.server_time()?.filter(|_| !is_of_now) else { return Ok(None) };
        let caught_up = reader.local_document(CAUGHT_UP)?.filter(|it| it["site"] == self.site.to_string());
        let caught_up = caught_up.and_then(|it| it.get("unix_ms")?.as_i64());
        let was_away = caught_up.is_none_or(|at| told.millis_since(Timestamp::utc(at)) > OLD_NEWS_MS);
        Ok(was_away.then(|| told.plus_millis(-OLD_NEWS_MS)))
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
            // Registers may settle it otherwise, for they may know more by then: when the server goes on, all that it
            // has is taken in place of what is here.
            tx.put_local_document(&settled_here(doc_id), &json!({}))?;
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

    fn version(&self, _: Database, doc_id: &str, revision: &Revision) -> Result<Option<Version>, Fault> {
        self.store.reader().version(doc_id, revision)
    }

    fn missing(&self, _: Database, offered: &[(String, Vec<Revision>)]) -> Result<Vec<(String, Vec<Revision>)>, Fault> {
        let reader = self.store.reader();
        let mut missing = reader.missing(offered)?;
        for (doc_id, all) in offered {
            let Some(tree) = reader.tree(doc_id)? else { continue };
            // What the server goes on with may all be known here, and what was settled here be no part of it.
            let is_ours = tree.leaves().iter().any(|leaf| !all.contains(&leaf.revision));
            if is_ours && reader.local_document(&settled_here(doc_id))?.is_some() {
                missing.retain(|(other, _)| other != doc_id);
                missing.push((doc_id.clone(), all.clone()));
            }
        }
        Ok(missing)
    }

    fn local_document(&self, id: &str) -> Result<Option<Value>, Fault> {
        self.store.reader().local_document(id)
    }

    fn take_pulled(&mut self, now: Timestamp, pulled: &Pulled) -> Result<Taken, Fault> {
        let over_before = self.over_before(pulled.is_of_now)?;
        self.store.write(Durability::Draft, |tx| {
            let mut ids: Vec<&str> = Vec::new();
            // In the order in which they came: so they stand on the screen.
            for version in &pulled.versions {
                if !ids.contains(&version.doc_id.as_str()) {
                    ids.push(&version.doc_id);
                }
            }
            let mut rest = Cow::Borrowed(&pulled.versions);
            for id in &ids {
                if tx.local_document(&settled_here(id))?.is_some() {
                    let (of_it, others) = rest.iter().cloned().partition(|version| version.doc_id == *id);
                    let of_it: Vec<Version> = of_it;
                    tx.put_anew(pulled.database, &of_it, now)?;
                    rest = Cow::Owned(others);
                }
            }
            tx.put_pulled(pulled.database, &rest, now)?;
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
