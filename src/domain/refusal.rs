//! The house's no. Every variant has a sentence that says what is wrong and what to do.

use super::staff::Permission;

/// Why the house says no. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody is logged in.
    #[error("Nobody is logged in: type your PIN first")]
    NotLoggedIn,
    /// A manager must agree; the register asks for a manager's PIN in place.
    #[error("Only a manager may {}: a manager's PIN is needed", .0.words())]
    NeedsManager(Permission),
    /// The menu has no such item.
    #[error("There is no item {0}: type another number, or letters to search")]
    NoSuchItem(String),
    /// The item is sold out.
    #[error("{0} is sold out: choose something else")]
    SoldOut(String),
    /// More of an item than is left for this order.
    #[error("{name}: {left} left, not {wanted}: take fewer, or count anew (Ctrl+e)")]
    OnlyLeft {
        /// The item's name.
        name: String,
        /// How many more can be sold.
        left: u32,
        /// How many more were wanted.
        wanted: u32,
    },
    /// More of an item on an order that is to be sent than is left.
    #[error("{name}: {wanted} on this order to be sent, {left} left: take off what is too much (F6)")]
    NotEnough {
        /// The item's name.
        name: String,
        /// How many were to be sent.
        wanted: u32,
        /// How many are left.
        left: u32,
    },
    /// A countdown that begins too high.
    #[error("A countdown is 0 to {max} portions, not {typed}", max = super::limits::PORTIONS_MAX)]
    BadPortions {
        /// What was typed.
        typed: String,
    },
    /// A quantity of nothing, or too much.
    #[error("A quantity is 1 to {max}, not {typed}", max = super::limits::QUANTITY_MAX)]
    BadQuantity {
        /// What was typed.
        typed: String,
    },
    /// More of something than there is of it, or than it is had in, or none.
    #[error("{name}: choose 1 to {max}, not {typed}")]
    BadPart {
        /// What it is of.
        name: String,
        /// The most there is.
        max: u32,
        /// What was asked for.
        typed: u32,
    },
    /// The item's price is typed at the register, and none was.
    #[error("{0} has an open price: type it")]
    PriceNeeded(String),
    /// A price was typed for an item that has one.
    #[error("{0} has a fixed price: leave the price out")]
    PriceFixed(String),
    /// A price that is no price.
    #[error("A price is 0 to {max} minor units", max = super::limits::PRICE_MAX)]
    BadPrice,
    /// The order would cost more than the register can show.
    #[error("The order would come to more than this register can count: start another order")]
    TooMuch,
    /// The order has as many lines as it may.
    #[error("An order has at most {max} lines: start another order", max = super::limits::LINES_MAX)]
    TooManyLines,
    /// A question about the item has too few answers.
    #[error("{group}: choose at least {min}")]
    TooFewModifiers {
        /// The modifier group's name.
        group: String,
        /// The fewest it takes.
        min: u32,
    },
    /// A question about the item has too many answers.
    #[error("{group}: choose at most {max}; take one away first")]
    TooManyModifiers {
        /// The modifier group's name.
        group: String,
        /// The most it takes.
        max: u32,
    },
    /// The modifier does not belong to the item.
    #[error("{0} cannot be had with this item")]
    ForeignModifier(String),
    /// There is no line to do it to.
    #[error("There is no line here yet: add an item first")]
    NoLine,
    /// The line was sent: it can only be voided.
    #[error("{0} was sent already: void it and add it anew")]
    LineSent(String),
    /// The line was taken back already.
    #[error("{0} was voided already")]
    LineVoided(String),
    /// The line was not sent yet: no station makes it.
    #[error("{0} was not sent yet: send it first (F3)")]
    LineNotSent(String),
    /// A line goes one way only.
    #[error("{name} is {state} already: a line only goes forward")]
    NotForward {
        /// The line's name.
        name: String,
        /// How far it has come.
        state: &'static str,
    },
    /// A text that is too long or empty.
    #[error("{what} takes 1 to {max} characters", max = super::limits::TEXT_CHARS_MAX)]
    BadText {
        /// What the text is.
        what: &'static str,
    },
    /// A customer without a name.
    #[error("A customer needs a name: type it")]
    NoCustomerName,
    /// What was typed for a phone number is none. The number itself is not repeated.
    #[error(
        "A phone number has {min} to {max} digits, and beside them only blanks and + - ( ) . /",
        min = super::limits::PHONE_DIGITS_MIN,
        max = super::limits::PHONE_DIGITS_MAX
    )]
    BadPhone,
    /// The customer asked for is not kept here.
    #[error("That customer is not in this register any more: look again")]
    NoSuchCustomer,
    /// No customer is attached to the order.
    #[error("No customer is on this order")]
    NoCustomer,
    /// There is no order in hand.
    #[error("There is no order here: add an item first")]
    NoOrder,
    /// The order asked for is not kept here.
    #[error("That order is not in this register")]
    NoSuchOrder,
    /// The order is paid in full.
    #[error("{0} is paid: start a new order")]
    OrderPaid(String),
    /// The order was given up.
    #[error("{0} was cancelled: start a new order")]
    OrderCancelled(String),
    /// The order type cannot change any more.
    #[error("Part of {0} is paid: its type can no longer change")]
    TypeFixedByPayment(String),
    /// Nothing new to send.
    #[error("Nothing new to send: everything on this order was sent")]
    NothingToSend,
    /// Nothing left to take back.
    #[error("Nothing to undo: what was sent can only be voided (F6)")]
    NothingToUndo,
    /// Nothing on it to pay.
    #[error("There is nothing to pay on this order")]
    NothingToPay,
    /// A sum that is no payment, or no tip.
    #[error(
        "A payment is more than nothing and at most {max} minor units, a tip likewise or nothing",
        max = super::limits::TOTAL_MAX
    )]
    BadAmount,
    /// More on a card than is owed.
    #[error("A card takes at most what is owed, {due}: the rest is a tip")]
    CardOverpays {
        /// What is owed, as digits.
        due: String,
    },
    /// Part of the order is paid; money must go back before it can be given up.
    #[error("Part of {0} is paid: it cannot be voided before that money went back")]
    PaidInPart(String),
    /// The order was never paid; there is no receipt yet.
    #[error("{0} has not been paid: a receipt comes with the payment")]
    NotPaid(String),
    /// No money was taken, so none can go back.
    #[error("No money was taken for {0}: there is nothing to give back")]
    NoMoneyTaken(String),
    /// All of it went back already.
    #[error("All that was paid for {0} was given back already")]
    AlreadyRefunded(String),
    /// Lines and amounts go back of what is paid in full.
    #[error("{0} is not paid in full: give a whole payment back, or void what is not wanted (F6)")]
    NotPaidInFull(String),
    /// A sum that is no refund.
    #[error("A refund is more than nothing and at most what is left of the payments, {most}")]
    BadRefund {
        /// What is left, as digits.
        most: String,
    },
    /// Money for the line went back already.
    #[error("{0} was refunded already")]
    LineRefunded(String),
    /// The payment is none of the order's, or does not count any more.
    #[error("That payment is none of {0}, or was taken back already")]
    NoSuchPayment(String),
    /// Some of the payment went back: it cannot be booked elsewhere as a whole.
    #[error("Some of that payment was given back already: its tender can no longer be corrected")]
    PaymentRefunded,
    /// The payment is booked so already.
    #[error("That payment is booked as {0} already")]
    SameTender(&'static str),
    /// Something was paid or given back since the cashier looked.
    #[error("The payments of {0} have changed meanwhile, nothing was done: look again")]
    PaymentsChanged(String),
    /// No station makes anything of it.
    #[error("Nothing of {0} was sent there: there is no ticket to print again")]
    NoTicket(String),
    /// No order was paid here yet.
    #[error("No order was paid at this register yet")]
    NothingPaidYet,
    /// Somebody, or the server, has settled it meanwhile.
    #[error("That is not in Review any more: look again")]
    NotInReview,
    /// The server has it already.
    #[error("The server has that already: mend it, or close it with a reason")]
    NothingToResubmit,
    /// No other version of it would put it right.
    #[error("That cannot be mended at a register: close it with a reason, and put it right at the head office")]
    NotMendable,
}
