//! What goes on paper, as facts. How it looks is the printing room's; a slip needs no look-up when it is printed.

use super::id::{LocalNumber, OrderId, PaymentId, StationId};
use super::money::{Currency, Money};
use super::order::{OrderType, Totals};
use super::payment::Payment;
use super::tax::TaxSum;
use super::time::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

/// One job for a printer.
#[expect(clippy::large_enum_variant, reason = "one is made for each job, and none is kept in numbers")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "slip")]
pub enum Slip {
    /// What a station must make, or stop making.
    Ticket(Ticket),
    /// What the guest takes home.
    Receipt(Box<Receipt>),
    /// What the guest is given with money that goes back.
    Refund(Box<RefundSlip>),
    /// No paper: the pulse that opens the drawer.
    DrawerKick,
    /// A page that shows how a printer is set up.
    Test(PrinterTest),
}

/// A page that shows how a printer is set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrinterTest {
    /// The printer's name in the configuration.
    pub printer: String,
    /// When it was asked for.
    pub asked_at: Timestamp,
}

impl Slip {
    /// The order that it belongs to.
    pub fn order_id(&self) -> Option<OrderId> {
        match self {
            Slip::Ticket(ticket) => Some(ticket.order_id),
            Slip::Receipt(receipt) => Some(receipt.order_id),
            Slip::Refund(refund) => Some(refund.order_id),
            Slip::DrawerKick | Slip::Test(_) => None,
        }
    }
}

/// Which paper a slip is meant for; the configuration says which printer that is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Destination {
    /// The printer of a station.
    Station(StationId),
    /// The printer at the register, which also kicks the drawer.
    Register,
}

/// Why a station gets a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketKind {
    /// The first of its order.
    New,
    /// More for an order that the station knows.
    Addition,
    /// Stop making these.
    Void,
    /// The order is now taken another way; nothing new to make.
    Change,
    /// All that the station was told and not told to stop, printed once more: nothing new to make.
    Reprint,
}

/// Where an order is brought, beside whose it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Street and town, a line each.
    pub address: Vec<String>,
    /// Where the guest is rung up.
    pub phone: Option<String>,
    /// What the house should know; none on what the guest is given.
    pub note: Option<String>,
}

/// What a station must make: only what is new since its last ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Of which order.
    pub order_id: OrderId,
    /// The order's number.
    pub local_number: LocalNumber,
    /// For which station.
    pub station: StationId,
    /// Why.
    pub kind: TicketKind,
    /// How the guest takes it.
    pub order_type: OrderType,
    /// Which table.
    pub table: Option<String>,
    /// How many guests.
    pub covers: Option<u16>,
    /// Whose it is.
    pub customer_name: Option<String>,
    /// Where it is brought.
    pub delivery: Option<Delivery>,
    /// When it is wanted.
    pub due_at: Option<Timestamp>,
    /// Who sold it.
    pub server: String,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// A word about all of it.
    pub kitchen_notes: Option<String>,
    /// What to make, or to stop making.
    pub lines: Vec<TicketLine>,
    /// Why, on a void.
    pub reason: Option<String>,
}

/// One line of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketLine {
    /// How many.
    pub quantity: u32,
    /// Of what.
    pub name: String,
    /// `+ Cheese`, `- NO Onion`.
    pub modifiers: Vec<String>,
    /// What the cashier wrote about it.
    pub note: Option<String>,
    /// Which course it belongs to, from 1.
    pub course: u8,
}

/// What the guest takes home.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Of which order.
    pub order_id: OrderId,
    /// The number that the register gave it.
    pub local_number: LocalNumber,
    /// The number that the server gave it, once it has.
    pub order_number: Option<String>,
    /// Name of the house.
    pub house: String,
    /// Lines under it.
    pub address: Vec<String>,
    /// Lines at the foot.
    pub footer: Vec<String>,
    /// Which register.
    pub register: String,
    /// Who sold it.
    pub server: String,
    /// When it was paid.
    pub paid_at: Timestamp,
    /// How the guest takes it.
    pub order_type: OrderType,
    /// Whose it is.
    pub customer_name: Option<String>,
    /// Where it is brought.
    pub delivery: Option<Delivery>,
    /// The currency of all amounts.
    pub currency: Currency,
    /// What was sold; lines that were taken back are left out.
    pub lines: Vec<ReceiptLine>,
    /// Without tax.
    pub net: Money,
    /// All tax.
    pub tax: Money,
    /// What was owed.
    pub total: Money,
    /// The tax table, one row per tax.
    pub taxes: Vec<TaxSum>,
    /// How it was paid, in order.
    pub payments: Vec<Payment>,
    /// How often it was printed before; 0 = never.
    #[serde(deserialize_with = "times")]
    pub reprint: u32,
}

/// A count; or, as slips that still wait were written before it was counted, whether it was printed before.
fn times<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Said {
        Whether(bool),
        Times(u32),
    }
    Ok(match Said::deserialize(from)? {
        Said::Whether(printed) => u32::from(printed),
        Said::Times(times) => times,
    })
}

/// What the guest is given with money that goes back. Its amounts are negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundSlip {
    /// Of which order.
    pub order_id: OrderId,
    /// The refund's first payment.
    pub refund: PaymentId,
    /// The number that the register gave the order.
    pub local_number: LocalNumber,
    /// The number that the server gave it, once it has.
    pub order_number: Option<String>,
    /// Name of the house.
    pub house: String,
    /// Lines under it.
    pub address: Vec<String>,
    /// Which register.
    pub register: String,
    /// Who gave it back.
    pub by: String,
    /// Which manager agreed.
    pub approved_by: Option<String>,
    /// When.
    pub refunded_at: Timestamp,
    /// When the guest had paid.
    pub paid_at: Timestamp,
    /// Why.
    pub reason: String,
    /// The order was not paid in full: what went back is owed again.
    pub is_owed_again: bool,
    /// The currency of all amounts.
    pub currency: Currency,
    /// What the money goes back for; none when it was an amount.
    pub lines: Vec<ReceiptLine>,
    /// What goes back of the bill.
    pub total: Money,
    /// The tax that goes back with it, one row per tax.
    pub taxes: Vec<TaxSum>,
    /// To which tenders.
    pub payments: Vec<Payment>,
    /// How often it was printed before; 0 = never.
    pub reprint: u32,
}

/// One line of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptLine {
    /// How many.
    pub quantity: u32,
    /// Of what.
    pub name: String,
    /// One of it without modifiers.
    pub unit_price: Money,
    /// What was chosen with it, and what each adds to one of it.
    pub modifiers: Vec<(String, Money)>,
    /// All of it, modifiers included.
    pub total: Money,
}

impl Receipt {
    /// Takes the sums over.
    pub fn with_totals(self, totals: Totals) -> Receipt {
        Receipt { net: totals.net, tax: totals.tax, total: totals.total, taxes: totals.taxes, ..self }
    }
}

/// How far a print job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobState {
    /// On the medium, waiting for its printer.
    Queued,
    /// Handed to the printer; no answer yet. Found in this state at start, it may or may not be on paper.
    Sending,
    /// On paper, as far as the printer can prove.
    Printed,
    /// All bytes left, and nothing proves that they became paper.
    Unconfirmed,
    /// Given up; somebody must look.
    Failed,
}

impl JobState {
    /// The word in the store and on screen.
    pub fn code(self) -> &'static str {
        match self {
            JobState::Queued => "queued",
            JobState::Sending => "sending",
            JobState::Printed => "printed",
            JobState::Unconfirmed => "unconfirmed",
            JobState::Failed => "failed",
        }
    }

    /// Reads [`JobState::code`].
    pub fn from_code(code: &str) -> Option<JobState> {
        use JobState::{Failed, Printed, Queued, Sending, Unconfirmed};
        [Queued, Sending, Printed, Unconfirmed, Failed].into_iter().find(|it| it.code() == code)
    }
}

/// One row of the spool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintJob {
    /// Its number, from 1; jobs of one printer are printed in this order.
    pub job_id: i64,
    /// The printer's name in the configuration.
    pub printer: String,
    /// What to print.
    pub slip: Slip,
    /// How far it has come.
    pub state: JobState,
    /// How often it was handed to the printer.
    pub attempts: u32,
    /// It may be on paper already: print it with the mark `DUPLICATE?`.
    pub duplicate: bool,
    /// When it was written.
    pub queued_at: Timestamp,
    /// Not to be tried before this instant.
    pub not_before: Option<Timestamp>,
    /// What went wrong last.
    pub last_error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_spool_are_read_back() {
        use JobState::{Failed, Printed, Queued, Sending, Unconfirmed};
        for state in [Queued, Sending, Printed, Unconfirmed, Failed] {
            assert_eq!(JobState::from_code(state.code()), Some(state));
        }
        assert_eq!(JobState::from_code("lost"), None);
    }

    #[test]
    fn a_receipt_of_before_reprints_were_counted_is_still_read() {
        #[derive(Deserialize)]
        struct Old {
            #[serde(deserialize_with = "times")]
            reprint: u32,
        }
        use serde::de::IntoDeserializer;
        use serde::de::value::{BoolDeserializer, Error, MapDeserializer, U32Deserializer};
        let whether = |printed: bool| -> BoolDeserializer<Error> { printed.into_deserializer() };
        for (printed, reprint) in [(true, 1), (false, 0)] {
            let map = MapDeserializer::new([("reprint", whether(printed))].into_iter());
            assert_eq!(Old::deserialize(map).map(|it| it.reprint), Ok(reprint));
        }
        let count: U32Deserializer<Error> = 3_u32.into_deserializer();
        let map = MapDeserializer::new([("reprint", count)].into_iter());
        assert_eq!(Old::deserialize(map).map(|it| it.reprint), Ok(3));
    }

    #[test]
    fn a_drawer_kick_belongs_to_no_order() {
        assert_eq!(Slip::DrawerKick.order_id(), None);
    }
}
