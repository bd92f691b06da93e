//! The menu of a location: one document an entry, imported whole, handed out as what changed.

use super::problem::{bad, busy};
use super::{Replica, operation, place, sequence};
use crate::document::menu::{category, item, modifier, modifier_group, tax};
use crate::document::merge::{Leaf, Tombstone};
use crate::document::{Database, DocumentType, Revision, Version};
use crate::domain::menu::{Menu, Parts};
use crate::domain::{Entropy, LocationId, Timestamp};
use crate::server::central::{Batch, Central, ChangedDocument, Committed, Kept, Place};
use crate::server::limits::{CHANGES_MAX, MOVES_MAX, REVISIONS_KEPT};
use crate::server::scope::{Role, Scope};
use crate::sync::wire::{Answer, MenuChanges, Problem};
use serde_json::Value;
use std::collections::BTreeMap;

/// What an import changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportedMenu {
    /// Entries that are new or other than before.
    pub written: usize,
    /// Entries that are gone.
    pub removed: usize,
}

/// What somebody who asks for a menu lacks of it: always the same, for a version and what he has of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server) struct Lacking {
    place: Place,
    /// The last change of the version that is the newest.
    newest: u64,
    /// The version.
    pub cursor: String,
    /// Up to where he has it; 0 for nothing.
    pub since: u64,
}

impl Lacking {
    /// The answer's `ETag`.
    pub(in crate::server) fn etag(&self) -> String {
        format!("\"{}\"", self.cursor)
    }
}

impl<C: Central> Replica<C> {
    pub(super) async fn menu(&self, scope: &Scope, since: Option<&str>, etag: Option<&str>) -> Result<Answer, Problem> {
        match self.lacking_menu(scope, since, etag).await? {
            None => Ok(Answer::MenuUnchanged),
            Some(lacking) => self.menu_of(&lacking).await.map(Answer::Menu),
        }
    }

    /// What somebody lacks of his location's menu as it stands now; none where he has all of it.
    pub(in crate::server) async fn lacking_menu(
        &self,
        scope: &Scope,
        since: Option<&str>,
        etag: Option<&str>,
    ) -> Result<Option<Lacking>, Problem> {
        let place = place(scope, Database::Menu);
        let standing = self.central.standing(&place).await.map_err(|fault| self.broken(fault))?;
        let cursor = sequence::write(standing.newest, &standing, &place);
        let is_current = since.is_none_or(|since| since == cursor);
        // A cursor that is unknown, or a time: all of it.
        let since = since.and_then(|since| sequence::read(Some(since), &standing, &place)).map_or(0, |it| it.number());
        let lacking = Lacking { place, newest: standing.newest, cursor, since };
        Ok(if is_current && etag == Some(lacking.etag().as_str()) { None } else { Some(lacking) })
    }

    /// What is lacking, as the database has it.
    pub(in crate::server) async fn menu_of(&self, lacking: &Lacking) -> Result<MenuChanges, Problem> {
        let Lacking { place, newest, cursor, since } = lacking;
        let mut answer = MenuChanges { cursor: cursor.clone(), etag: Some(lacking.etag()), ..MenuChanges::default() };
        if *newest == 0 {
            // There is no menu here: whoever has one keeps it.
            return Ok(answer);
        }
        answer.full = *since == 0;
        for kept in self.changed_since(place, *since, *newest).await? {
            let Some(of) = DocumentType::of_id(&kept.doc_id) else { continue };
            let Some(body) = kept.live_body().cloned() else {
                if !answer.full {
                    answer.deleted.push(kept.doc_id);
                }
                continue;
            };
            match of {
                DocumentType::Category => answer.categories.push(body),
                DocumentType::Item => answer.items.push(body),
                DocumentType::ModifierGroup => answer.modifier_groups.push(body),
                DocumentType::Modifier => answer.modifiers.push(body),
                DocumentType::Tax => answer.taxes.push(body),
                DocumentType::Order
                | DocumentType::Payment
                | DocumentType::SoldOut
                | DocumentType::Customer
                | DocumentType::Conflict => {}
            }
        }
        Ok(answer)
    }

    /// Documents that changed after one sequence and not after another, whole.
    async fn changed_since(&self, place: &Place, since: u64, until: u64) -> Result<Vec<Kept>, Problem> {
        let mut ids: Vec<String> = Vec::new();
        let mut from = since;
        loop {
            let page = self.central.changes(place, from, CHANGES_MAX).await.map_err(|fault| self.broken(fault))?;
            let Some(ChangedDocument { seq, .. }) = page.last() else { break };
            from = *seq;
            ids.extend(page.into_iter().map(|it| it.doc_id));
        }
        let mut kept = self.central.documents(place, &ids).await.map_err(|fault| self.broken(fault))?;
        // What changed while it was read is told the next time, and may be told now as well.
        kept.retain(|it| it.seq.is_some_and(|seq| seq > since));
        kept.sort_by_key(|it| it.seq.map(|seq| (seq > until, seq)));
        Ok(kept)
    }

    /// Takes a menu over as it is: what differs is written, what is not on it is gone.
    ///
    /// # Errors
    /// [`Problem`] when the scope may not, or the database fails.
    pub async fn import_menu(
        &self,
        scope: &Scope,
        menu: &Menu,
        now: Timestamp,
        dice: &mut Entropy,
    ) -> Result<ImportedMenu, Problem> {
        if scope.role != Role::Admin {
            return Err(super::problem::forbidden("only an operator imports a menu"));
        }
        let place = place(scope, Database::Menu);
        let wanted = bodies(menu);
        for _ in 0..MOVES_MAX {
            let mut batch = Batch::new(operation(now, dice), now, place.clone());
            let mut imported = ImportedMenu::default();
            for mut kept in self.every_document(&place, wanted.keys()).await? {
                let Some(version) = next_version(&kept, wanted.get(&kept.doc_id)) else { continue };
                if version.deleted {
                    imported.removed += 1
                } else {
                    imported.written += 1
                }
                kept.graft(&version);
                kept.stem();
                let following = self.follow(&place, &kept, None, None, &[]).await?;
                if let Some((_, reason)) = following.flaw {
                    return Err(bad(format!("{}: {reason}", kept.doc_id)));
                }
                batch.rows.extend(following.rows);
                batch.documents.push(kept);
            }
            if batch.documents.is_empty() || self.commit(&batch).await? == Committed::Done {
                return Ok(imported);
            }
        }
        Err(busy())
    }

    /// Every document of a place, and these ids that are not there yet.
    async fn every_document<'a>(
        &self,
        place: &Place,
        ids: impl Iterator<Item = &'a String>,
    ) -> Result<Vec<Kept>, Problem> {
        let mut all: BTreeMap<String, Kept> = ids.map(|id| (id.clone(), Kept::absent(id))).collect();
        all.extend(self.changed_since(place, 0, u64::MAX).await?.into_iter().map(|kept| (kept.doc_id.clone(), kept)));
        Ok(all.into_values().collect())
    }

    /// The menu of a location as one; none when there is none, or it does not hold together.
    ///
    /// # Errors
    /// [`Problem`] when the database fails.
    pub async fn whole_menu(&self, location_id: &LocationId) -> Result<Option<Menu>, Problem> {
        let place = Place { location_id: location_id.clone(), database: Database::Menu };
        let kept = self.changed_since(&place, 0, u64::MAX).await?;
        let live = || kept.iter().filter_map(|it| Some((DocumentType::of_id(&it.doc_id)?, it.live_body()?)));
        let Some(currency) = live().find_map(|(_, body)| {
            let code = body.get("currency")?.as_str()?;
            crate::domain::Currency::of(code)
        }) else {
            return Ok(None);
        };
        let mut parts = Parts {
            currency,
            taxes: Vec::new(),
            categories: Vec::new(),
            items: Vec::new(),
            modifier_groups: Vec::new(),
            modifiers: Vec::new(),
        };
        for (of, body) in live() {
            match of {
                DocumentType::Category => parts.categories.extend(category::from_body(body)),
                DocumentType::Item => parts.items.extend(item::from_body(body)),
                DocumentType::ModifierGroup => parts.modifier_groups.extend(modifier_group::from_body(body)),
                DocumentType::Modifier => parts.modifiers.extend(modifier::from_body(body)),
                DocumentType::Tax => parts.taxes.extend(tax::from_body(body)),
                DocumentType::Order
                | DocumentType::Payment
                | DocumentType::SoldOut
                | DocumentType::Customer
                | DocumentType::Conflict => {}
            }
        }
        Ok(Menu::assemble(parts).ok())
    }
}

/// The entries of a menu as documents, by id.
fn bodies(menu: &Menu) -> BTreeMap<String, Value> {
    let parts = menu.parts();
    let all = parts.taxes.iter().map(tax::to_body);
    let all = all.chain(parts.categories.iter().map(category::to_body));
    let all = all.chain(parts.items.iter().map(|it| item::to_body(it, parts.currency)));
    let all = all.chain(parts.modifier_groups.iter().map(modifier_group::to_body));
    let all = all.chain(parts.modifiers.iter().map(|it| modifier::to_body(it, parts.currency)));
    all.filter_map(|body| Some((body.get("_id")?.as_str()?.to_owned(), body))).collect()
}

/// The revision that makes a document what it is wanted to be; none when it is that already.
fn next_version(kept: &Kept, wanted: Option<&Value>) -> Option<Version> {
    let doc_id = kept.doc_id.clone();
    if DocumentType::of_id(&doc_id).is_none_or(|of| of.database() != Database::Menu) {
        return None;
    }
    let winner = kept.winner();
    let history = |parent: Option<&Revision>, revision: Revision| match parent
        .and_then(|it| kept.tree.history(it, REVISIONS_KEPT))
    {
        Some(parent) => parent.child(revision, REVISIONS_KEPT),
        None => crate::document::History::of(revision),
    };
    match (winner, wanted) {
        (Some((leaf, body)), Some(wanted)) if !leaf.deleted && body == wanted => None,
        (winner, Some(wanted)) => {
            let parent = winner.map(|(leaf, _)| leaf.revision);
            let revision = Revision::child_of(parent.as_ref(), false, wanted);
            let history = history(parent.as_ref(), revision);
            Some(Version { doc_id, history, deleted: false, body: wanted.clone() })
        }
        (Some((leaf, body)), None) if !leaf.deleted => {
            let end = Tombstone::of(&Leaf { revision: leaf.revision.clone(), body: body.clone() });
            let mut body = end.body;
            if let Value::Object(fields) = &mut body {
                fields.remove("_deleted");
            }
            let history = history(Some(&leaf.revision), end.revision);
            Some(Version { doc_id, history, deleted: true, body })
        }
        (Some(_) | None, None) => None,
    }
}
