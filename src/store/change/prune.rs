//! Forgetting what is over, long ago, and safe at the server. No tombstone: what is pruned here stays there.

use crate::domain::planted::{Defect, is_planted};
use crate::domain::{BusinessDate, OrderId};
use crate::store::limits::ROWS_MAX;
use crate::store::query::columns::{parsed, value};
use crate::store::{Fault, Tx, settled_here};

/// What was pruned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// How many orders.
    pub orders: u32,
    /// How many payments, with them or of orders that are not here.
    pub payments: u32,
    /// How many records of conflicts.
    pub conflicts: u32,
    /// There may be more: ask again.
    pub is_more: bool,
}

/// A document of which the server has every leaf, and about which nobody is asked anything.
macro_rules! is_safe {
    ($document:literal) => {
        concat!(
            $document,
            ".unsent_seq IS NULL AND JSON_ARRAY_LENGTH(",
            $document,
            ".at_server) = JSON_ARRAY_LENGTH(",
            $document,
            ".tree) AND NOT EXISTS (SELECT 1 FROM review WHERE review.doc_id = ",
            $document,
            ".doc_id AND closed_at IS NULL) AND NOT EXISTS ",
            "(SELECT 1 FROM rejected_write WHERE rejected_write.doc_id = ",
            $document,
            ".doc_id) AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.doc_id = ",
            $document,
            ".doc_id AND state <> 'done')"
        )
    };
}

impl Tx<'_> {
    /// Forgets at most `limit` orders, with their payments, slips and submissions, whose business date lies before
    /// [`crate::store::Reader::prunable_before`]: those that are paid or cancelled, of which the server has accepted
    /// what was submitted and has every revision, and about which no manager is asked; then records of conflicts that
    /// were settled before, and that the server has. The journal stays.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn prune(&self, limit: u32) -> Result<Pruned, Fault> {
        let Some(before) = self.prunable_before()? else { return Ok(Pruned::default()) };
        let mut pruned = Pruned::default();
        for order_id in self.prunable(before, limit)? {
            let doc_id = order_id.to_string();
            let payments = self.payments_kept(&doc_id)?;
            payments.iter().try_for_each(|payment| self.forget(payment))?;
            self.forget(&doc_id)?;
            let doing = "forget an order";
            self.run(doing, "DELETE FROM order_row WHERE order_id = ?1", [&doc_id])?;
            self.run(doing, "DELETE FROM spool WHERE order_id = ?1 AND finished_at IS NOT NULL", [&doc_id])?;
            self.run(doing, "DELETE FROM sight WHERE order_id = ?1", [&doc_id])?;
            pruned.orders += 1;
            pruned.payments = pruned.payments.saturating_add(u32::try_from(payments.len()).unwrap_or(u32::MAX));
        }
        // Once no order is left to forget: until then most payments in reach have one.
        let alone = if pruned.orders >= limit { Vec::new() } else { self.payments_alone(before, limit)? };
        alone.iter().try_for_each(|payment| self.forget(payment))?;
        let alone = u32::try_from(alone.len()).unwrap_or(u32::MAX);
        let told = if pruned.orders >= limit { Vec::new() } else { self.conflicts_told(before, limit)? };
        told.iter().try_for_each(|record| self.forget(record))?;
        pruned.conflicts = u32::try_from(told.len()).unwrap_or(u32::MAX);
        pruned.is_more = [pruned.orders, alone, pruned.conflicts].iter().any(|count| *count >= limit);
        pruned.payments = pruned.payments.saturating_add(alone);
        let sql = "UPDATE meta SET pruned_before = ?1 WHERE pruned_before IS NOT ?1";
        self.run("note what was pruned", sql, [before.to_string()])?;
        Ok(pruned)
    }

    fn prunable(&self, before: BusinessDate, limit: u32) -> Result<Vec<OrderId>, Fault> {
        let sql = concat!(
            "SELECT order_row.order_id FROM order_row CROSS JOIN document ON document.doc_id = order_row.order_id
             WHERE order_row.business_date < ?1 AND order_row.is_open = 0
               AND NOT EXISTS (SELECT 1 FROM draft WHERE draft.order_id = order_row.order_id)
               AND NOT EXISTS (SELECT 1 FROM desk
                               WHERE desk.order_id = order_row.order_id OR desk.last_paid = order_row.order_id)
               AND NOT EXISTS (SELECT 1 FROM document AS payment
                               WHERE payment.of_order = order_row.order_id AND NOT (",
            is_safe!("payment"),
            ")) AND ",
            is_safe!("document"),
            " ORDER BY order_row.business_date LIMIT ?2"
        );
        let sql = if is_planted(Defect::PruneBeforeAcceptance) {
            "SELECT order_id FROM order_row WHERE business_date < ?1 AND is_open = 0 ORDER BY business_date LIMIT ?2"
        } else {
            sql
        };
        let values = (before.to_string(), limit.min(ROWS_MAX));
        self.all("read what can be forgotten", sql, values, |row| parsed(row, "order_id", OrderId::read))
    }

    fn payments_kept(&self, order: &str) -> Result<Vec<String>, Fault> {
        let sql = "SELECT doc_id FROM document WHERE of_order = ?1 ORDER BY seq LIMIT ?2";
        self.all("read the payments", sql, (order, ROWS_MAX), |row| value(row, "doc_id"))
    }

    /// Payments that a feed from the beginning brought back, of orders that it did not. The ids of orders begin with
    /// when they were opened, so that only payments of old ones are looked at.
    fn payments_alone(&self, before: BusinessDate, limit: u32) -> Result<Vec<String>, Fault> {
        let sql = concat!(
            "SELECT payment.doc_id FROM document AS payment
             WHERE payment.of_order < ?3 AND payment.of_order IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM document WHERE document.doc_id = payment.of_order)
               AND SUBSTR(JSON_EXTRACT(payment.body, '$.created_at'), 1, 10) < ?1 AND ",
            is_safe!("payment"),
            " ORDER BY payment.of_order LIMIT ?2"
        );
        let values = (before.to_string(), limit.min(ROWS_MAX), id_above(before).to_string());
        self.all("read what can be forgotten", sql, values, |row| value(row, "doc_id"))
    }

    /// Records of conflicts that were settled before a date. They are looked through in the order in which they were
    /// written: there are few, and the oldest come first.
    fn conflicts_told(&self, before: BusinessDate, limit: u32) -> Result<Vec<String>, Fault> {
        let sql = concat!(
            "SELECT document.doc_id AS doc_id FROM document
             WHERE document.doc_type = 'conflict' AND document.deleted = 0 AND document.flaw IS NULL
               AND SUBSTR(JSON_EXTRACT(document.body, '$.resolved_at'), 1, 10) < ?1 AND ",
            is_safe!("document"),
            " ORDER BY document.seq LIMIT ?2"
        );
        let values = (before.to_string(), limit.min(ROWS_MAX));
        self.all("read what can be forgotten", sql, values, |row| value(row, "doc_id"))
    }

    pub(super) fn forget(&self, doc_id: &str) -> Result<(), Fault> {
        self.count_gained()?;
        for sql in [
            "DELETE FROM outbox WHERE doc_id = ?1",
            "DELETE FROM leaf_body WHERE doc_id = ?1",
            "DELETE FROM document WHERE doc_id = ?1",
        ] {
            self.run("forget a document", sql, [doc_id])?;
        }
        self.forget_local_document(&settled_here(doc_id))
    }
}

/// An id above those of all orders of the business days before a date, wherever on earth they were opened: ids begin
/// with when they were made.
fn id_above(date: BusinessDate) -> OrderId {
    let day_after = date.0.succ_opt().unwrap_or(date.0).and_time(chrono::NaiveTime::MIN).and_utc();
    let millis = u128::try_from(day_after.timestamp_millis()).unwrap_or(0);
    OrderId(uuid::Uuid::from_u128(millis << 80))
}

#[cfg(test)]
mod tests;
