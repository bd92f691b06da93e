//! Drafts, orders and payments, and the row that lists show of an order.

use super::documents::Opened;
use crate::document::order::OrderContext;
use crate::document::payment::PaymentContext;
use crate::document::{self, Database};
use crate::domain::payment::any_stands;
use crate::domain::{Money, Order, OrderId, Payment, Timestamp};
use crate::store::draft::Step;
use crate::store::fault::Doing;
use crate::store::query::columns::{json, value, written};
use crate::store::query::orders::Kept;
use crate::store::query::outbox::Lane;
use crate::store::{Fault, OrderRowState, Tx};
use serde_json::Value;

impl Tx<'_> {
    /// Keeps what was entered on an order as the next undo step. The first one also keeps what it was before, so that
    /// undo can return to it.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn save_draft(&self, order: &Order) -> Result<(), Fault> {
        let kept = self.kept(order.order_id)?;
        if kept.step.is_none() {
            self.push_step(order.order_id, &Step::bottom(order, kept.sent.as_ref()))?;
        }
        self.push_step(order.order_id, &Step::to(order, kept.sent.as_ref()))?;
        self.refresh_row(order.order_id, None, Opened::Here)
    }

    fn push_step(&self, order_id: OrderId, step: &Step) -> Result<(), Fault> {
        let doing = "keep what was entered";
        let body = step.text().doing(doing)?;
        let sql = "INSERT INTO draft (order_id, step, body)
                   SELECT ?1, COALESCE(MAX(step) + 1, 0), ?2 FROM draft WHERE order_id = ?1";
        self.run(doing, sql, (order_id.to_string(), body)).map(|_| ())
    }

    /// Takes the newest step of a draft back; false when there is none to take back.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn undo(&self, order_id: OrderId) -> Result<bool, Fault> {
        let sql = "DELETE FROM draft WHERE order_id = ?1 AND step > 0
                   AND step = (SELECT MAX(step) FROM draft WHERE order_id = ?1)";
        let undone = self.run("take the last step back", sql, [order_id.to_string()])? > 0;
        if undone {
            self.refresh_row(order_id, None, Opened::Here)?;
        }
        Ok(undone)
    }

    /// Forgets the draft of an order and its undo steps: it was sent, or given up. An order that was never sent is
    /// gone.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn drop_draft(&self, order_id: OrderId) -> Result<(), Fault> {
        self.run("drop the draft", "DELETE FROM draft WHERE order_id = ?1", [order_id.to_string()])?;
        self.refresh_row(order_id, None, Opened::Here)
    }

    /// Writes the next revision of an order's document, without its draft lines; the first one also joins the outbox.
    /// A draft stays as it is: the caller drops it when all of it was sent.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn put_order(&self, order: &Order, context: &OrderContext<'_>, now: Timestamp) -> Result<(), Fault> {
        let doc_id = order.order_id.to_string();
        let former = self.record(&doc_id)?;
        let said: Option<Value> =
            former.as_ref().map(|it| json(&doc_id, &it.body)).transpose().doing("read the document")?;
        let body = document::order::to_body(order, context, said.as_ref());
        let is_first = former.is_none();
        let (revision, sent) = self.put_edit(&doc_id, Database::Orders, former, body, now)?;
        if is_first {
            self.queue(Lane::Orders, &doc_id, &revision, None, now)?;
        }
        self.refresh_row(order.order_id, sent, Opened::Here)
    }

    /// Writes a payment, once and for ever; it joins the outbox behind its order.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written; also when it was written before.
    pub fn put_payment(&self, payment: &Payment, context: &PaymentContext<'_>) -> Result<(), Fault> {
        let doc_id = payment.payment_id.to_string();
        let body = document::payment::to_body(payment, context);
        let (revision, _) = self.put_edit(&doc_id, Database::Orders, None, body, payment.created_at)?;
        self.queue(Lane::Payments, &doc_id, &revision, Some(payment.order_id), payment.created_at)?;
        self.refresh_row(payment.order_id, None, Opened::Here)
    }

    /// Writes the row that lists show of an order anew, from all that the store holds of it: `sent` is what its
    /// document says, where that was read a moment ago.
    pub(super) fn refresh_row(&self, order_id: OrderId, sent: Option<Order>, opened: Opened) -> Result<(), Fault> {
        let doing = "keep the lists";
        let kept = match sent {
            Some(sent) => Kept { sent: Some(sent), step: self.newest_step(order_id)? },
            None => self.kept(order_id)?,
        };
        let sent = kept.sent.is_some();
        let with_draft = match &kept {
            Kept { sent: Some(sent), step: Some(step) } => step.adds_to(sent),
            Kept { sent: None, step: _ } | Kept { sent: Some(_), step: None } => false,
        };
        let Some(order) = kept.whole() else {
            let sql = "DELETE FROM order_row WHERE order_id = ?1";
            return self.run(doing, sql, [order_id.to_string()]).map(|_| ());
        };
        let paid = self.payments(order_id)?;
        let (total, balance) = (order.totals().total, order.balance(&paid));
        let state = match (order.cancelled, sent, !any_stands(&paid)) {
            (true, _, _) => OrderRowState::Cancelled,
            (false, false, _) => OrderRowState::Draft,
            (false, true, false) if balance <= Money::ZERO => OrderRowState::Paid,
            (false, true, false) => OrderRowState::PartPaid,
            (false, true, true) if with_draft => OrderRowState::SentWithDraft,
            (false, true, true) => OrderRowState::Sent,
        };
        let refunded: Money = paid.iter().filter(|it| it.is_refund()).map(|it| -it.of_the_bill()).sum();
        self.write_row(&order, (total, balance, refunded), state, opened)
    }

    fn write_row(
        &self,
        order: &Order,
        (total, balance, refunded): (Money, Money, Money),
        state: OrderRowState,
        opened: Opened,
    ) -> Result<(), Fault> {
        let (doing, order_id, header) = ("keep the lists", order.order_id.to_string(), &order.header);
        // By ?1; none while something is under way.
        let (is_making, is_paid) = (order.is_in_the_making(), state == OrderRowState::Paid);
        let paid_seq = "SELECT MAX(seq) AS seq FROM document WHERE of_order = ?1";
        let done_seq = "SELECT seq FROM document WHERE doc_id = ?1 AND deleted = 0 AND flaw IS NULL";
        let seq = |is_so: bool, sql: &str| -> Result<Option<i64>, Fault> {
            let read = || self.first(doing, sql, [&order_id], |row| value::<Option<i64>>(row, "seq"));
            if is_so { read().map(Option::flatten) } else { Ok(None) }
        };
        let (paid_seq, done_seq) = (seq(is_paid, paid_seq)?, seq(!is_making, done_seq)?);
        let (due_at, updated_at) = (written(header.due_at), order.updated_at.rfc3339());
        // Money that goes back changes no order: it stays where it was among those that were made last.
        let sql = "UPDATE order_row SET order_type = ?2, table_name = ?3, customer_name = ?4, due_at = ?5, total = ?6,
                       balance = ?7, state = ?8, is_open = ?9, making = ?10, refunded = ?11, paid_seq = ?12,
                       done_seq = CASE WHEN updated_at = ?13 AND ?14 IS NOT NULL THEN COALESCE(done_seq, ?14)
                                       ELSE ?14 END,
                       updated_at = ?13
                   WHERE order_id = ?1";
        let shared = rusqlite::params![
            order_id,
            header.order_type.code(),
            header.table,
            header.customer_name,
            due_at,
            total.0,
            balance.0,
            state.code(),
            state.is_open(),
            is_making,
            refunded.0.max(0),
            paid_seq,
            updated_at,
            done_seq,
        ];
        if self.run(doing, sql, shared)? > 0 {
            return Ok(());
        }
        let sql = "INSERT INTO order_row (order_id, order_type, table_name, customer_name, due_at, total, balance,
                       state, is_open, making, refunded, paid_seq, updated_at, done_seq, local_number, business_date,
                       opened_by, created_at, own)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";
        let its_own = rusqlite::params![
            order.local_number.0,
            order.business_date.to_string(),
            order.opened_by,
            order.created_at.rfc3339(),
            (opened == Opened::Here).then_some(1),
        ];
        self.run(doing, sql, [shared, its_own].concat().as_slice()).map(|_| ())
    }
}

#[cfg(test)]
mod tests;
