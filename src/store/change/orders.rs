//! Drafts, orders and payments, and the row that lists show of an order.

use crate::document::canonical::canonical;
use crate::document::order::OrderContext;
use crate::document::payment::PaymentContext;
use crate::document::{self, Revision};
use crate::domain::payment::any_stands;
use crate::domain::{Money, Order, OrderId, Payment, Timestamp};
use crate::store::draft::Step;
use crate::store::fault::{Doing, Unreadable};
use crate::store::limits::REVISIONS_KEPT;
use crate::store::query::columns::{json, value, written};
use crate::store::query::orders::Kept;
use crate::store::{Fault, OrderRowState, Tx};
use serde_json::Value;

/// The lanes of the outbox, by the words that its table knows.
#[derive(Clone, Copy)]
enum Lane {
    Orders,
    Payments,
}

/// A document as it is about to be written.
struct Written {
    doc_id: String,
    doc_type: &'static str,
    of_order: Option<OrderId>,
    body: Value,
    lane: Lane,
    now: Timestamp,
}

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
        self.refresh_row(order.order_id)
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
            self.refresh_row(order_id)?;
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
        self.refresh_row(order_id)
    }

    /// Writes the next revision of an order's document, without its draft lines; the first one also joins the outbox.
    /// A draft stays as it is: the caller drops it when all of it was sent.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn put_order(&self, order: &Order, context: &OrderContext<'_>, now: Timestamp) -> Result<(), Fault> {
        let doc_id = order.order_id.to_string();
        let former = self.former(&doc_id)?;
        let body = document::order::to_body(order, context, former.as_ref().map(|former| &former.body));
        let written = Written { doc_id, doc_type: "order", of_order: None, body, lane: Lane::Orders, now };
        self.put_document(former, written)?;
        self.refresh_row(order.order_id)
    }

    /// Writes a payment, once and for ever; it joins the outbox behind its order.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written; also when it was written before.
    pub fn put_payment(&self, payment: &Payment, context: &PaymentContext<'_>) -> Result<(), Fault> {
        let doc_id = payment.payment_id.to_string();
        let body = document::payment::to_body(payment, context);
        let (lane, now) = (Lane::Payments, payment.created_at);
        let written = Written { doc_id, doc_type: "payment", of_order: Some(payment.order_id), body, lane, now };
        self.put_document(None, written)?;
        self.refresh_row(payment.order_id)
    }

    fn former(&self, doc_id: &str) -> Result<Option<Former>, Fault> {
        let sql = "SELECT rev, history, body FROM document WHERE doc_id = ?1";
        self.first("read the document", sql, [doc_id], |row| {
            let (rev, history, body): (String, String, String) =
                (value(row, "rev")?, value(row, "history")?, value(row, "body")?);
            let unreadable = || Unreadable::new(format!("the revision of {doc_id}"), &rev);
            Ok(Former {
                rev: Revision::read(&rev).ok_or_else(unreadable)?,
                history: json(doc_id, &history)?,
                body: json(doc_id, &body)?,
            })
        })
    }

    /// Writes a revision: an update of the former one, or the document's first, which joins the outbox.
    fn put_document(&self, former: Option<Former>, written: Written) -> Result<(), Fault> {
        let Written { doc_id, doc_type, of_order, body, lane, now } = written;
        let is_first = former.is_none();
        let rev = Revision::child_of(former.as_ref().map(|former| &former.rev), false, &body);
        let mut history = former.map(|former| former.history).unwrap_or_default();
        history.insert(0, rev.to_string());
        history.truncate(REVISIONS_KEPT);
        let names = Value::from(history.clone()).to_string();
        let values = (&doc_id, doc_type, of_order.map(String::from), rev.to_string(), names, canonical(&body));
        let doing = "save the document";
        let seq = self.next_document_seq()?;
        if is_first {
            let sql = "INSERT INTO document (doc_id, doc_type, of_order, rev, history, body, seq)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            let (doc_id, doc_type, of_order, rev, names, body) = values;
            self.run(doing, sql, (doc_id, doc_type, of_order, rev, names, body, seq))?;
        } else {
            let sql = "UPDATE document SET rev = ?2, history = ?3, body = ?4, seq = ?5 WHERE doc_id = ?1";
            let (doc_id, _, _, rev, names, body) = values;
            self.run(doing, sql, (doc_id, rev, names, body, seq))?;
        }
        if is_first { self.queue(&doc_id, lane, &rev, body, &history, now) } else { Ok(()) }
    }

    /// Freezes a document's first revision for the server.
    fn queue(
        &self,
        doc_id: &str,
        lane: Lane,
        rev: &Revision,
        mut body: Value,
        history: &[String],
        now: Timestamp,
    ) -> Result<(), Fault> {
        let lane = match lane {
            Lane::Orders => "orders",
            Lane::Payments => "payments",
        };
        body["_rev"] = Value::from(rev.to_string());
        let digests = history.iter().filter_map(|rev| rev.split_once('-')).map(|(_, digest)| digest);
        body["_revisions"] = serde_json::json!({ "start": rev.generation, "ids": digests.collect::<Vec<_>>() });
        let sql = "INSERT INTO outbox (doc_id, lane, revision, payload, queued_at) VALUES (?1, ?2, ?3, ?4, ?5)";
        let values = (doc_id, lane, rev.to_string(), canonical(&body), now.rfc3339());
        self.run("queue the document for the server", sql, values).map(|_| ())
    }

    /// Writes the row that lists show of an order anew, from all that the store holds of it.
    fn refresh_row(&self, order_id: OrderId) -> Result<(), Fault> {
        let doing = "keep the lists";
        let kept = self.kept(order_id)?;
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
        self.write_row(&order, (total, balance, refunded), state)
    }

    fn write_row(
        &self,
        order: &Order,
        (total, balance, refunded): (Money, Money, Money),
        state: OrderRowState,
    ) -> Result<(), Fault> {
        // Money that goes back changes no order: it stays where it was among those that were made last.
        let sql = "INSERT INTO order_row (order_id, local_number, business_date, opened_by, created_at, order_type,
                       table_name, customer_name, due_at, total, balance, state, is_open, updated_at, making,
                       paid_seq, done_seq, refunded)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15,
                       CASE WHEN ?12 = 'paid' THEN (SELECT MAX(seq) FROM document WHERE of_order = ?1) END,
                       CASE WHEN ?15 = 0 THEN (SELECT seq FROM document WHERE doc_id = ?1) END, ?16)
                   ON CONFLICT (order_id) DO UPDATE SET order_type = excluded.order_type,
                       table_name = excluded.table_name, customer_name = excluded.customer_name,
                       due_at = excluded.due_at, total = excluded.total, balance = excluded.balance,
                       state = excluded.state, is_open = excluded.is_open, updated_at = excluded.updated_at,
                       making = excluded.making, paid_seq = excluded.paid_seq, refunded = excluded.refunded,
                       done_seq = CASE WHEN excluded.updated_at = updated_at AND excluded.done_seq IS NOT NULL
                                       THEN COALESCE(done_seq, excluded.done_seq) ELSE excluded.done_seq END";
        let header = &order.header;
        let values = rusqlite::params![
            order.order_id.to_string(),
            order.local_number.0,
            order.business_date.to_string(),
            order.opened_by,
            order.created_at.rfc3339(),
            header.order_type.code(),
            header.table,
            header.customer_name,
            written(header.due_at),
            total.0,
            balance.0,
            state.code(),
            state.is_open(),
            order.updated_at.rfc3339(),
            order.is_in_the_making(),
            refunded.0.max(0),
        ];
        self.run("keep the lists", sql, values).map(|_| ())
    }
}

/// The revision that an edit starts from.
struct Former {
    rev: Revision,
    history: Vec<String>,
    body: Value,
}

#[cfg(test)]
mod tests;
