//! Carrying a command out: facts, decision, and all of its writes in one transaction.

use super::Told;
use super::counter::Counter;
use super::review;
use super::spool::Spool;
use crate::document::customer::CustomerContext;
use crate::document::order::OrderContext;
use crate::document::payment::PaymentContext;
use crate::domain::command::Command;
use crate::domain::id::{Entropy, LocalNumber, OrderId};
use crate::domain::order::Header;
use crate::domain::staff::Staff;
use crate::domain::{BusinessDate, Customer, Decision, Facts, MatterKind, Order, Payment, Timestamp, Write, decide};
use crate::store::{Desk, Durability, Fault, Tx};
use crate::tui::{Hand, Notice};

/// The order that a command is about, and what is known of it.
#[derive(Default)]
struct Subject {
    order: Option<Order>,
    sent_header: Option<Header>,
    undone: Option<Order>,
    paid: Vec<Payment>,
    printed_before: u32,
    customer: Option<Customer>,
    matters: Vec<MatterKind>,
}

impl Subject {
    /// With the customer whose the order is, for whoever brings it.
    fn with_customer(self, tx: &Tx<'_>) -> Result<Subject, Fault> {
        let customer = self.order.as_ref().and_then(|order| order.header.customer_id);
        let customer = customer.map(|id| tx.customer(id)).transpose()?.flatten();
        Ok(Subject { customer, ..self })
    }
}

impl Counter {
    /// Decides a command and writes what was decided; gives the word to the cashier.
    ///
    /// # Errors
    /// [`Told`]; nothing was changed then.
    pub fn carry_out(
        &mut self,
        now: Timestamp,
        command: &Command,
        approved_by: Option<&Staff>,
        entropy: &mut Entropy,
        spool: &Spool,
    ) -> Result<Option<Notice>, Told> {
        let durability = if command.is_synced() { Durability::Synced } else { Durability::Draft };
        let Counter { store, settings, menu, staff, hand, is_linked, .. } = &mut *self;
        let offline = !*is_linked;
        let house = &settings.house;
        let said = store.write(durability, |tx| -> Result<Option<Notice>, Told> {
            let subject = subject(tx, command, hand)?;
            let stock = tx.stock()?;
            let counted = if let Command::SetPortions { item, .. } = command { Some(item) } else { None };
            let promised = counted.map_or(Ok(0), |item| tx.promised(item))?;
            let today = BusinessDate::of(now, house.day_starts_min);
            let (date, sequence) = tx.next_number(today)?;
            let number = LocalNumber::new(&house.register_id, tx.epoch()?, sequence);
            let facts = Facts {
                now,
                menu,
                house,
                staff: staff.as_ref(),
                approved_by,
                order: subject.order.as_ref(),
                sent_header: subject.sent_header.as_ref(),
                undone: subject.undone.as_ref(),
                stock: &stock,
                promised,
                paid: &subject.paid,
                cursor: hand.cursor,
                undo_depth: hand.undo_depth,
                printed_before: subject.printed_before,
                next_number: (date, &number),
                customer: subject.customer.as_ref(),
                matters: &subject.matters,
            };
            let decision = decide(&facts, command, entropy)?;
            let who = staff.as_ref().map(|staff| staff.name.as_str());
            let mut writing = Writing { tx, now, facts: &facts, decision: &decision, spool, offline, jobs: Vec::new() };
            for write in &decision.writes {
                writing.write(write)?;
            }
            // What only prints speaks of that alone.
            let only_prints = decision.writes.iter().all(|it| matches!(it, Write::Print { .. }));
            let jobs = if only_prints { writing.jobs } else { Vec::new() };
            if let Some(entry) = &decision.entry {
                tx.append(now, who, entry)?;
            }
            Ok(decision.said.map(|text| Notice { jobs, ..Notice::says(text) }))
        })?;
        self.refresh()?;
        Ok(said)
    }
}

fn subject(tx: &Tx<'_>, command: &Command, hand: &Hand) -> Result<Subject, Fault> {
    match command {
        Command::Recall { order }
        | Command::Advance { order, .. }
        | Command::Refund { order, .. }
        | Command::CorrectTender { order, .. }
        | Command::PrintTickets { order, .. } => return named(tx, *order),
        Command::PrintRefund { order, refund } => {
            let printed_before = tx.refund_slips_queued(*order, *refund)?;
            return Ok(Subject { printed_before, ..named(tx, *order)? });
        }
        Command::PrintReceipt { order } => {
            return order.or(hand.last_paid).map_or_else(|| Ok(Subject::default()), |order| named(tx, order));
        }
        Command::AddItem { .. }
        | Command::AddAgain
        | Command::ChangeQuantity { .. }
        | Command::SetModifiers { .. }
        | Command::NoteLine { .. }
        | Command::NoteOrder { .. }
        | Command::SetOrderType(_)
        | Command::SetCustomer { .. }
        | Command::AttachCustomer { .. }
        | Command::DetachCustomer
        | Command::AddCustomer { .. }
        | Command::EditCustomer { .. }
        | Command::RemoveLine { .. }
        | Command::Undo
        | Command::SelectLine { .. }
        | Command::Send
        | Command::Hold
        | Command::Pay { .. }
        | Command::NoteCharge { .. }
        | Command::VoidLine { .. }
        | Command::VoidOrder { .. }
        | Command::SetPortions { .. }
        | Command::NoSale { .. } => {}
        Command::Resubmit { matter } | Command::CloseReview { matter, .. } => {
            return in_review(tx, &matter.document, OrderId::read(&matter.document));
        }
        Command::Mend { order, .. } => return in_review(tx, &order.to_string(), Some(*order)),
    }
    let undone = match &hand.order {
        Some(order) if *command == Command::Undo => tx.undone(order.order_id)?,
        Some(_) | None => None,
    };
    let in_hand = Subject {
        undone,
        order: hand.order.clone(),
        sent_header: hand.sent_header.clone(),
        paid: hand.paid.clone(),
        ..Subject::default()
    };
    if let Command::AttachCustomer { customer } | Command::EditCustomer { customer, .. } = command {
        return Ok(Subject { customer: tx.customer(*customer)?, ..in_hand });
    }
    in_hand.with_customer(tx)
}

fn named(tx: &Tx<'_>, order_id: OrderId) -> Result<Subject, Fault> {
    let named = Subject {
        order: tx.order(order_id)?,
        sent_header: tx.sent_order(order_id)?.map(|order| order.header),
        paid: tx.payments(order_id)?,
        printed_before: tx.receipts_queued(order_id)?,
        ..Subject::default()
    };
    named.with_customer(tx)
}

/// What is in Review is what was sent: a draft over it is not the server's.
fn in_review(tx: &Tx<'_>, document: &str, order: Option<OrderId>) -> Result<Subject, Fault> {
    let matters = tx.matters_of(document)?;
    let Some(order_id) = order else { return Ok(Subject { matters, ..Subject::default() }) };
    let order = tx.sent_order(order_id)?;
    let sent_header = order.as_ref().map(|order| order.header.clone());
    let subject = Subject { order, sent_header, paid: tx.payments(order_id)?, matters, ..Subject::default() };
    subject.with_customer(tx)
}

/// One decision, on its way into the store.
struct Writing<'a, 'tx> {
    tx: &'a Tx<'tx>,
    now: Timestamp,
    facts: &'a Facts<'a>,
    decision: &'a Decision,
    spool: &'a Spool,
    /// No link stands.
    offline: bool,
    /// What was given to printers.
    jobs: Vec<i64>,
}

impl Writing<'_, '_> {
    fn write(&mut self, write: &Write) -> Result<(), Fault> {
        let Writing { tx, now, facts, .. } = *self;
        let house = facts.house;
        match write {
            Write::TakeNumber => tx.take_number(facts.next_number.0).map(|_| ()),
            Write::Draft(order) => tx.save_draft(order),
            Write::Undo(order_id) => tx.undo(*order_id).map(|_| ()),
            Write::DropDraft(order_id) => tx.drop_draft(*order_id),
            Write::Order(order) => {
                let mut paid = facts.paid.to_vec();
                for write in &self.decision.writes {
                    if let Write::Payment(payment) = write {
                        paid.push(payment.clone());
                    }
                }
                let context = OrderContext {
                    location_id: &house.location_id,
                    currency: facts.menu.currency(),
                    paid: &paid,
                    offline: self.offline,
                    edited_by: &house.register_id,
                };
                tx.put_order(order, &context, now)
            }
            Write::Payment(payment) => {
                let context = PaymentContext { location_id: &house.location_id, register_id: &house.register_id };
                tx.put_payment(payment, &context)
            }
            Write::Customer(customer) => {
                let context = CustomerContext { location_id: &house.location_id, edited_by: &house.register_id };
                tx.put_customer(customer, &context, now)
            }
            Write::Desk { order, cursor } => {
                tx.set_desk(&Desk { order: *order, cursor: *cursor, touched_at: Some(now), ..tx.desk()? })
            }
            Write::LastPaid(order_id) => tx.set_desk(&Desk { last_paid: Some(*order_id), ..tx.desk()? }),
            Write::Portions { item, left } => {
                tx.set_portions(item, *left, (&house.location_id, &house.register_id), now)
            }
            Write::Sold { item, quantity } => {
                tx.sell_portions(item, *quantity, (&house.location_id, &house.register_id), now)
            }
            Write::Print { to, slip } => {
                self.jobs.extend(self.spool.queue(tx, now, to, slip)?);
                Ok(())
            }
            Write::Settle { matter, how } => review::settle(tx, matter, how, now),
        }
    }
}
