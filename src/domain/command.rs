//! Everything that somebody at a register can ask for. To add one: a variant here, an arm in [`super::decide()`].

use super::customer::Contact;
use super::id::{CustomerId, ItemId, LineId, ModifierId, OrderId, PaymentId, StationId};
use super::money::Money;
use super::order::{LineState, OrderType, Qualifier};
use super::payment::Tender;
use super::refund::Refunding;
use super::review::{Matter, MatterKind, Mending};
use super::time::Timestamp;

/// A modifier as it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// Which.
    pub modifier_id: ModifierId,
    /// How many of it.
    pub quantity: u32,
    /// NO or EXTRA, if said.
    pub qualifier: Option<Qualifier>,
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Adds an item to the order in hand, or to a fresh one. The same item again raises the last line.
    AddItem {
        /// Which.
        item: ItemId,
        /// How many.
        quantity: u32,
        /// The price, for an item with an open price.
        price: Option<Money>,
        /// What was chosen with it.
        picks: Vec<Pick>,
    },
    /// Adds the last line's item once more.
    AddAgain,
    /// Raises or lowers the quantity of a line that was not sent; below one, the line goes.
    ChangeQuantity {
        /// Which line.
        line: LineId,
        /// By how many.
        by: i32,
    },
    /// Chooses a line's modifiers anew, for `of` of its quantity: the rest stays as it was, on a line of its own.
    SetModifiers {
        /// Which line.
        line: LineId,
        /// For how many of it.
        of: u32,
        /// What was chosen.
        picks: Vec<Pick>,
    },
    /// Writes a note on a line; none takes it away.
    NoteLine {
        /// Which line.
        line: LineId,
        /// The note.
        note: Option<String>,
    },
    /// Writes a note to the kitchen on the whole order; none takes it away.
    NoteOrder {
        /// The note.
        note: Option<String>,
    },
    /// Says how the guest takes it.
    SetOrderType(OrderType),
    /// Says whose it is and when it is wanted.
    SetCustomer {
        /// The name.
        name: Option<String>,
        /// The time.
        due_at: Option<Timestamp>,
    },
    /// Says which customer's it is.
    AttachCustomer {
        /// Whose.
        customer: CustomerId,
    },
    /// Says that it is nobody's whom the house knows.
    DetachCustomer,
    /// Writes a new customer down, whose the order in hand is then, or a fresh one.
    AddCustomer {
        /// What they are called, and how they are reached.
        contact: Contact,
    },
    /// Changes what is known of a customer.
    EditCustomer {
        /// Of which.
        customer: CustomerId,
        /// As it was shown.
        from: Box<Contact>,
        /// As it should be: what differs is changed, whatever else has changed meanwhile.
        to: Box<Contact>,
    },
    /// Takes a line away that was not sent.
    RemoveLine {
        /// Which line.
        line: LineId,
    },
    /// Takes back the last change since Send.
    Undo,
    /// Puts the cursor on a line.
    SelectLine {
        /// Which line.
        line: LineId,
    },
    /// Sends what is new to its stations.
    Send,
    /// Puts the order in hand aside.
    Hold,
    /// Takes an order in hand; the one in hand is put aside.
    Recall {
        /// Which order.
        order: OrderId,
    },
    /// Takes money; what was not sent is sent.
    Pay {
        /// Of which kind.
        tender: Tender,
        /// How much the guest gives, tip not included.
        tendered: Money,
        /// How much more for the staff.
        tip: Money,
        /// What the card terminal printed.
        reference: Option<String>,
    },
    /// Notes what a card terminal took for the order in hand while another register was paid for it: more than is owed,
    /// or all of it a second time. What is too much can be given back.
    NoteCharge {
        /// How much it took, tip not included.
        amount: Money,
        /// How much more for the staff.
        tip: Money,
        /// What it printed.
        reference: Option<String>,
    },
    /// Takes a sent line back, or some of it.
    VoidLine {
        /// Which line.
        line: LineId,
        /// How many of it.
        quantity: u32,
        /// Why.
        reason: String,
    },
    /// Gives the whole order up.
    VoidOrder {
        /// Why.
        reason: String,
    },
    /// Says how far sent lines of an order have come. Money and drafts are left alone.
    Advance {
        /// Of which order.
        order: OrderId,
        /// Which lines.
        lines: Vec<LineId>,
        /// Preparing, ready or served.
        to: LineState,
    },
    /// Says how many portions are left of an item: 0 is sold out (86), none takes the mark away.
    SetPortions {
        /// Of which item.
        item: ItemId,
        /// How many.
        left: Option<u32>,
    },
    /// Opens the drawer without a sale.
    NoSale {
        /// Why.
        reason: String,
    },
    /// Gives money back, to the tender that paid.
    Refund {
        /// Of which order.
        order: OrderId,
        /// How much, or for what.
        what: Refunding,
        /// Back to which payment; none = to the latest first.
        from: Option<PaymentId>,
        /// What the card terminal printed, for each card payment.
        references: Vec<(PaymentId, String)>,
        /// Why.
        reason: String,
        /// How many payments the order had when this was asked for: what was done cannot be done a second time.
        seen: usize,
    },
    /// Books a payment under the tender that really paid. No money moves.
    CorrectTender {
        /// Of which order.
        order: OrderId,
        /// The payment that was booked wrong.
        payment: PaymentId,
        /// What really paid.
        to: Tender,
        /// How much more for the staff.
        tip: Money,
        /// What the card terminal printed.
        reference: Option<String>,
        /// Why.
        reason: String,
        /// How many payments the order had when this was asked for.
        seen: usize,
    },
    /// Prints the slip of a refund again.
    PrintRefund {
        /// Of which order.
        order: OrderId,
        /// The refund's first payment.
        refund: PaymentId,
    },
    /// Prints again what stations must make of an order, marked.
    PrintTickets {
        /// Of which order.
        order: OrderId,
        /// For which station; none = for all of them.
        station: Option<StationId>,
    },
    /// Prints the receipt of a paid order.
    PrintReceipt {
        /// Which order; none = the one that was paid last here.
        order: Option<OrderId>,
    },
    /// Hands what is in Review to the server again, as it is.
    Resubmit {
        /// What.
        matter: Matter,
    },
    /// Mends the head of an order in Review, and hands it to the server again.
    Mend {
        /// Which order.
        order: OrderId,
        /// Why it is in Review.
        kind: MatterKind,
        /// The head as it was shown.
        from: Mending,
        /// As it should be: what differs is mended, whatever else has changed meanwhile.
        to: Mending,
    },
    /// Takes something from Review. It stays in the register.
    CloseReview {
        /// What.
        matter: Matter,
        /// Why.
        reason: String,
    },
}

impl Command {
    /// Whether the medium must have it before the cashier is told: a guest or a station was promised something.
    pub fn is_synced(&self) -> bool {
        match self {
            Command::Send | Command::Pay { .. } | Command::VoidLine { .. } | Command::VoidOrder { .. } => true,
            Command::NoteCharge { .. } | Command::Refund { .. } | Command::CorrectTender { .. } => true,
            Command::Mend { .. } => true,
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
            | Command::Hold
            | Command::Recall { .. }
            | Command::Advance { .. }
            | Command::SetPortions { .. }
            | Command::NoSale { .. }
            | Command::PrintRefund { .. }
            | Command::PrintTickets { .. }
            | Command::PrintReceipt { .. }
            | Command::Resubmit { .. }
            | Command::CloseReview { .. } => false,
        }
    }
}
