//! The one door: facts and a command go in, a decision or a refusal comes out. Nothing is done here.
//!
//! `entry` is what happens before Send, `customers` is whose the order is, `stations` is Send and voids, `till` is
//! money and receipts, `refund` is money that goes back or was booked wrong, `desk` is which order is in hand,
//! `advance` is how far its lines have come, `stock` what is left to sell, `review` what the server did not take.

mod advance;
mod customers;
mod desk;
mod entry;
mod refund;
mod review;
mod stations;
mod stock;
#[cfg(test)]
mod tests;
mod till;

pub use entry::picks_of;

use super::command::Command;
use super::customer::Customer;
use super::house::House;
use super::id::{Entropy, ItemId, LineId, LocalNumber, OrderId};
use super::journal::Entry;
use super::menu::Menu;
use super::order::{Header, Order, OrderType};
use super::payment::{Payment, Tender};
use super::refusal::Refusal;
use super::review::{Matter, MatterKind, Settlement};
use super::slip::{Destination, Slip};
use super::staff::{Permission, Staff};
use super::stock::Stock;
use super::time::{BusinessDate, Timestamp};

/// What is true when a command is decided, read in the transaction that will carry the decision out.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The time.
    pub now: Timestamp,
    /// The menu in use.
    pub menu: &'a Menu,
    /// The rules of the house.
    pub house: &'a House,
    /// Who is logged in.
    pub staff: Option<&'a Staff>,
    /// A manager who typed a PIN for this one command.
    pub approved_by: Option<&'a Staff>,
    /// The order in hand, or the one that the command names.
    pub order: Option<&'a Order>,
    /// What the stations were last told about all of it; none when it was never sent.
    pub sent_header: Option<&'a Header>,
    /// What Undo would make of it; none when nothing can be taken back.
    pub undone: Option<&'a Order>,
    /// What is left of the items that are counted.
    pub stock: &'a Stock,
    /// How many of the item that the command counts stand on open orders and were not sent.
    pub promised: u32,
    /// Its payments.
    pub paid: &'a [Payment],
    /// The line under the cursor.
    pub cursor: Option<LineId>,
    /// How many changes can be taken back.
    pub undo_depth: u32,
    /// How often what the command prints (its receipt, or the slip of a refund) was printed before.
    pub printed_before: u32,
    /// What a fresh order would be called, and its day.
    pub next_number: (BusinessDate, &'a LocalNumber),
    /// The customer whom the command names, or else the one who is attached to the order.
    pub customer: Option<&'a Customer>,
    /// Why a manager must look at the document that the command names.
    pub matters: &'a [MatterKind],
}

/// One thing to write.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// Uses up the number of a fresh order.
    TakeNumber,
    /// Keeps what was entered since Send, as one step that can be taken back.
    Draft(Order),
    /// Takes the newest step back.
    Undo(OrderId),
    /// Forgets what was entered since Send.
    DropDraft(OrderId),
    /// Writes a revision of the order: all but its draft lines.
    Order(Order),
    /// Writes a payment.
    Payment(Payment),
    /// Writes a revision of a customer, or the first one.
    Customer(Customer),
    /// Puts an order, and a line of it, in hand.
    Desk {
        /// Which order, if any.
        order: Option<OrderId>,
        /// Which line of it.
        cursor: Option<LineId>,
    },
    /// Remembers which order was paid last.
    LastPaid(OrderId),
    /// Keeps how many portions are left of an item; none forgets its mark.
    Portions {
        /// Of which item.
        item: ItemId,
        /// How many.
        left: Option<u32>,
    },
    /// Takes portions of an item that is counted from what is left.
    Sold {
        /// Of which item.
        item: ItemId,
        /// How many.
        quantity: u32,
    },
    /// Puts a job in the spool.
    Print {
        /// Which paper.
        to: Destination,
        /// What.
        slip: Slip,
    },
    /// Settles what is in Review.
    Settle {
        /// What.
        matter: Matter,
        /// How.
        how: Settlement,
    },
}

/// What to do, all of it or nothing, in one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What to write, in this order.
    pub writes: Vec<Write>,
    /// The fact for the journal; none for what is no fact (the cursor).
    pub entry: Option<Entry>,
    /// What to tell the cashier.
    pub said: Option<String>,
}

impl Decision {
    fn new(writes: Vec<Write>, entry: Entry) -> Decision {
        Decision { writes, entry: Some(entry), said: None }
    }

    fn saying(self, said: impl Into<String>) -> Decision {
        Decision { said: Some(said.into()), ..self }
    }
}

/// Decides one command.
///
/// # Errors
/// A [`Refusal`] when the rules of the house say no; then nothing is to be written.
pub fn decide(facts: &Facts, command: &Command, entropy: &mut Entropy) -> Result<Decision, Refusal> {
    facts.staff.ok_or(Refusal::NotLoggedIn)?;
    match command {
        Command::AddItem { item, quantity, price, picks } => {
            entry::add_item(facts, item, *quantity, *price, picks, entropy)
        }
        Command::AddAgain => entry::add_again(facts, entropy),
        Command::ChangeQuantity { line, by } => entry::change_quantity(facts, *line, i64::from(*by)),
        Command::SetModifiers { line, of, picks } => entry::set_modifiers(facts, *line, *of, picks, entropy),
        Command::NoteLine { line, note } => entry::note_line(facts, *line, note.as_deref()),
        Command::NoteOrder { note } => entry::note_order(facts, note.as_deref(), entropy),
        Command::SetOrderType(order_type) => entry::set_order_type(facts, *order_type, entropy),
        Command::SetCustomer { name, due_at } => entry::set_customer(facts, name.as_deref(), *due_at, entropy),
        Command::AttachCustomer { .. } => customers::attach(facts, entropy),
        Command::DetachCustomer => customers::detach(facts),
        Command::AddCustomer { contact } => customers::add(facts, contact, entropy),
        Command::EditCustomer { from, to, .. } => customers::edit(facts, from, to),
        Command::RemoveLine { line } => entry::remove_line(facts, *line),
        Command::Undo => entry::undo(facts),
        Command::SelectLine { line } => desk::select_line(facts, *line),
        Command::Send => stations::send(facts),
        Command::Hold => desk::hold(facts),
        Command::Recall { .. } => desk::recall(facts),
        Command::Pay { tender, tendered, tip, reference } => {
            let offered =
                till::Offered { tender: *tender, tendered: *tendered, tip: *tip, reference: reference.as_deref() };
            till::pay(facts, &offered, entropy)
        }
        Command::NoteCharge { amount, tip, reference } => {
            let tender = Tender::Card;
            let charged = till::Offered { tender, tendered: *amount, tip: *tip, reference: reference.as_deref() };
            till::note_charge(facts, &charged, entropy)
        }
        Command::VoidLine { line, quantity, reason } => stations::void_line(facts, *line, *quantity, reason, entropy),
        Command::VoidOrder { reason } => stations::void_order(facts, reason),
        Command::Advance { lines, to, .. } => advance::advance(facts, lines, *to),
        Command::SetPortions { item, left } => stock::set_portions(facts, item, *left),
        Command::NoSale { reason } => till::no_sale(facts, reason),
        Command::Refund { what, from, references, reason, seen, .. } => {
            let asked = refund::Asked { what, from: *from, references, reason, seen: *seen };
            refund::refund(facts, &asked, entropy)
        }
        Command::CorrectTender { payment, to, tip, reference, reason, seen, .. } => {
            let right = refund::Right { to: *to, tip: *tip, reference: reference.as_deref(), reason, seen: *seen };
            refund::correct(facts, *payment, &right, entropy)
        }
        Command::PrintRefund { refund, .. } => refund::print_again(facts, *refund),
        Command::PrintTickets { station, .. } => stations::print_tickets(facts, station.as_ref()),
        Command::PrintReceipt { order } => till::print_receipt(facts, order.is_some()),
        Command::Resubmit { matter } => review::resubmit(facts, matter),
        Command::Mend { order, kind, from, to } => review::mend(facts, *order, *kind, from, to),
        Command::CloseReview { matter, reason } => review::close(facts, matter, reason),
    }
}

impl Facts<'_> {
    fn name(&self) -> String {
        self.staff.map(|staff| staff.name.clone()).unwrap_or_default()
    }

    /// Lets a manager pass, and a cashier whom a manager stood by.
    fn permit(&self, permission: Permission) -> Result<(), Refusal> {
        let may = |staff: &Staff| staff.role.may(permission);
        let permitted = self.staff.is_some_and(may) || self.approved_by.is_some_and(may);
        if permitted { Ok(()) } else { Err(Refusal::NeedsManager(permission)) }
    }

    /// What cash is rounded to, in minor units.
    fn cash_step(&self) -> i64 {
        self.house.cash_step.unwrap_or(self.menu.currency().row().cash_step)
    }

    /// The order in hand, as long as it may still change.
    fn open_order(&self) -> Result<&Order, Refusal> {
        let order = self.order.ok_or(Refusal::NoOrder)?;
        if order.cancelled {
            return Err(Refusal::OrderCancelled(order.local_number.to_string()));
        }
        if self.is_paid(order) {
            return Err(Refusal::OrderPaid(order.local_number.to_string()));
        }
        Ok(order)
    }

    fn is_paid(&self, order: &Order) -> bool {
        order.is_paid(self.paid)
    }

    /// The order in hand to write on, or a fresh one; `true` when it is fresh.
    fn order_or_fresh(&self, entropy: &mut Entropy) -> Result<(Order, bool), Refusal> {
        if self.order.is_some() {
            return Ok((self.open_order()?.clone(), false));
        }
        let (business_date, local_number) = self.next_number;
        let fresh = Order {
            order_id: OrderId::fresh(self.now, entropy),
            local_number: local_number.clone(),
            register_id: self.house.register_id.clone(),
            business_date,
            opened_by: self.name(),
            created_at: self.now,
            updated_at: self.now,
            header: Header::new(OrderType::DineIn),
            lines: Vec::new(),
            cancelled: false,
        };
        Ok((fresh, true))
    }

    /// An entry about an order, with the manager who agreed, if one was needed.
    fn entry(&self, kind: &'static str, order: &Order) -> Entry {
        let entry = Entry::new(kind, Some(order.order_id));
        match self.approved_by {
            Some(manager) => entry.with("approved_by", manager.name.as_str()),
            None => entry,
        }
    }
}

/// Checks a text that somebody typed: trimmed, printable, not too long; nothing at all = none.
fn text(what: &'static str, typed: Option<&str>) -> Result<Option<String>, Refusal> {
    let Some(typed) = typed.map(str::trim).filter(|typed| !typed.is_empty()) else { return Ok(None) };
    let bad = typed.chars().count() > super::limits::TEXT_CHARS_MAX || typed.chars().any(char::is_control);
    if bad { Err(Refusal::BadText { what }) } else { Ok(Some(typed.to_owned())) }
}

/// A reason, which must be given.
///
/// # Errors
/// [`Refusal::BadText`] of nothing, and of what cannot be shown.
pub fn reason(typed: &str) -> Result<String, Refusal> {
    text("A reason", Some(typed))?.ok_or(Refusal::BadText { what: "A reason" })
}
