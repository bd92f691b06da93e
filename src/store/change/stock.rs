//! What is left of items: the documents that registers share, and the rows that lists read of them.

use crate::document::Database;
use crate::document::soldout::{self, TallyContext};
use crate::domain::id::Seller;
use crate::domain::limits::PORTIONS_MAX;
use crate::domain::{ItemId, LocationId, Mark, RegisterId, Tally, Timestamp};
use crate::store::fault::Doing;
use crate::store::query::columns::{json, value};
use crate::store::{Fault, Tx};
use serde_json::Value;

impl Tx<'_> {
    /// Says how many are left of an item, to all registers; none takes its mark away.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn set_portions(
        &self,
        item: &ItemId,
        left: Option<u32>,
        whose: (&LocationId, &RegisterId),
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.change_tally(item, whose, now, |tally, _| tally.count(left))
    }

    /// Takes what was sold of an item that is counted from what is left.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn sell_portions(
        &self,
        item: &ItemId,
        quantity: u32,
        whose: (&LocationId, &RegisterId),
        now: Timestamp,
    ) -> Result<(), Fault> {
        self.change_tally(item, whose, now, |tally, seller| tally.sell(seller, quantity))
    }

    fn change_tally(
        &self,
        item: &ItemId,
        (location_id, edited_by): (&LocationId, &RegisterId),
        now: Timestamp,
        change: impl FnOnce(&mut Tally, Seller),
    ) -> Result<(), Fault> {
        let doing = "keep what is left";
        let doc_id = soldout::id_of(item);
        let former = self.record(&doc_id)?;
        let said: Option<Value> = former.as_ref().map(|it| json(&doc_id, &it.body)).transpose().doing(doing)?;
        // A stranger's body that does not read is counted anew.
        let read = said.as_ref().and_then(|body| soldout::from_body(body).ok());
        let mut tally = match read {
            Some(tally) => tally,
            None => Tally { mark: self.marked_before(item)?, ..Tally::new(item.clone()) },
        };
        change(&mut tally, Seller::new(edited_by, self.epoch()?));
        let context = TallyContext { location_id, edited_by, updated_at: now };
        let body = soldout::to_body(&tally, &context, said.as_ref());
        self.put_edit(&doc_id, Database::Orders, former, body, now)?;
        self.refresh_portions(&doc_id)
    }

    /// What a register counted by itself before marks were shared.
    fn marked_before(&self, item: &ItemId) -> Result<Option<Mark>, Fault> {
        let sql = "SELECT remaining FROM portions WHERE item_id = ?1";
        let left: Option<i64> = self.first("read what is left", sql, [item.as_str()], |row| value(row, "remaining"))?;
        let counted = |left: i64| u32::try_from(left.max(0)).unwrap_or(PORTIONS_MAX).min(PORTIONS_MAX);
        Ok(left.map(|left| Mark { left: counted(left), sold: Default::default() }))
    }

    /// Writes the row that lists show of what is left anew, from its document. One that does not read changes nothing.
    pub(super) fn refresh_portions(&self, doc_id: &str) -> Result<(), Fault> {
        let Some(item) = soldout::item_of(doc_id) else { return Ok(()) };
        let body = self.document_body(doc_id)?;
        let left = match &body {
            Some(body) => match soldout::from_body(body) {
                Ok(tally) => tally.left().zip(soldout::changed_at(body)),
                Err(_) => return Ok(()),
            },
            None => None,
        };
        let Some((left, since)) = left else {
            let sql = "DELETE FROM portions WHERE item_id = ?1";
            return self.run("drop a mark", sql, [item.as_str()]).map(|_| ());
        };
        let sql = "INSERT INTO portions (item_id, remaining, since) VALUES (?1, ?2, ?3)
                   ON CONFLICT (item_id) DO UPDATE SET remaining = excluded.remaining, since = excluded.since";
        self.run("keep what is left", sql, (item.as_str(), left, since.rfc3339())).map(|_| ())
    }
}

#[cfg(test)]
mod tests;
