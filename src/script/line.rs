//! What a script may do to the way between registers and their server, and to the server, and what it reads of the
//! central database. Nothing here needs the server itself: a program that was built without one reads such scripts too.

use super::scenario::{quoted, times};
use crate::domain::Timestamp;
use std::fmt;
use std::path::PathBuf;

/// How the way between a register and the server is. Each takes the place of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Well: what is asked is answered at once.
    Up,
    /// There is none, and that is told at once.
    Down,
    /// Everything is swallowed, and nobody says so.
    Silent,
    /// There and back takes this long.
    Lag {
        /// How long, in milliseconds.
        millis: i64,
    },
    /// So much is lost, there and again on the way back.
    Loss {
        /// Of a hundred.
        percent: u32,
    },
    /// Every answer is cut in the middle: what is asked arrives, what is answered does not.
    Cut,
    /// A captive portal answers everything with a page of its own.
    Portal,
}

impl fmt::Display for Way {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Way::Up => out.write_str("up"),
            Way::Down => out.write_str("down"),
            Way::Silent => out.write_str("silent"),
            Way::Lag { millis } => write!(out, "lag {millis}ms"),
            Way::Loss { percent } => write!(out, "loss {percent}%"),
            Way::Cut => out.write_str("cut"),
            Way::Portal => out.write_str("portal"),
        }
    }
}

/// What happens to the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkChange {
    /// How the way becomes.
    pub way: Way,
    /// Of which register; none = of all.
    pub register: Option<String>,
}

impl fmt::Display for NetworkChange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Network {}", self.way)?;
        self.register.iter().try_for_each(|name| write!(out, " for {name}"))
    }
}

/// What happens to the server, or what its operator does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerChange {
    /// It is killed between two requests.
    Down,
    /// It starts on the database that it left.
    Up,
    /// Both.
    Restart,
    /// It is killed when it has carried out so many requests more, before it answers the last of them.
    Dies {
        /// How many.
        requests: u32,
    },
    /// Its operator imports a menu.
    Menu(PathBuf),
    /// Its operator changes a price.
    Price {
        /// The item's name.
        item: String,
        /// The price, as one types it.
        price: String,
    },
    /// Its clock leaps there.
    Clock(ServerClock),
    /// Its operator sets the largest document that it takes.
    Limit {
        /// In bytes.
        bytes: usize,
    },
    /// Its operator takes a register's secret back.
    Revoke(String),
    /// Its database is lost: it is set up anew, with its menu and its registers.
    Wipe,
    /// A backup of its database is made.
    Backup,
    /// Its database is lost: it is set back to the last backup.
    Restore,
}

/// How a server's clock is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerClock {
    /// So many milliseconds ahead of the true time; behind, when negative.
    Ahead(i64),
    /// To this.
    At(Timestamp),
}

impl fmt::Display for ServerChange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Server ")?;
        match self {
            ServerChange::Down => out.write_str("down"),
            ServerChange::Up => out.write_str("up"),
            ServerChange::Restart => out.write_str("restart"),
            ServerChange::Dies { requests } => write!(out, "dies after {requests} requests"),
            ServerChange::Menu(path) => write!(out, "menu {}", quoted(&path.display().to_string())),
            ServerChange::Price { item, price } => write!(out, "price {} {price}", quoted(item)),
            ServerChange::Clock(ServerClock::Ahead(millis)) => write!(out, "clock {millis:+}ms"),
            ServerChange::Clock(ServerClock::At(at)) => write!(out, "clock {}", at.rfc3339()),
            ServerChange::Limit { bytes } => write!(out, "limit {bytes}-bytes"),
            ServerChange::Revoke(name) => write!(out, "revoke {name}"),
            ServerChange::Wipe => out.write_str("wipe"),
            ServerChange::Backup => out.write_str("backup"),
            ServerChange::Restore => out.write_str("restore"),
        }
    }
}

/// What the central database says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BooksView {
    /// The orders that were accepted, in the order of their acceptance.
    pub orders: Vec<OrderView>,
    /// How many payments were accepted, money that went back among them.
    pub payments: usize,
    /// How many documents of orders and payments are there, accepted or not.
    pub documents: usize,
    /// How many conflicts were written down.
    pub conflicts: usize,
    /// What the orders come to, in digits.
    pub total: String,
}

/// An accepted order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderView {
    /// What it was called from the first second.
    pub local_number: String,
    /// How many lines it has, voided ones too.
    pub lines: usize,
    /// All that is known of it, for people: one thing a line.
    pub text: String,
}

/// What must be true of the central database. Its `Display` follows "expected the server to have".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BooksExpectation {
    /// So many orders were accepted.
    Orders(usize),
    /// They have so many lines together.
    Lines(usize),
    /// So many payments were accepted.
    Payments(usize),
    /// So many documents of orders and payments are there.
    Documents(usize),
    /// So many conflicts were written down.
    Conflicts(usize),
    /// The orders come to so much together.
    Total(String),
    /// What is known of an order has the text somewhere, or nowhere.
    Text {
        /// Its local number.
        order: String,
        /// Whether it must be there.
        there: bool,
        /// The text.
        text: String,
    },
    /// An order was not accepted.
    Absent {
        /// Its local number.
        order: String,
    },
}

impl fmt::Display for BooksExpectation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BooksExpectation::Orders(orders) => write!(out, "{orders} accepted orders"),
            BooksExpectation::Lines(lines) => write!(out, "{lines} lines in its accepted orders"),
            BooksExpectation::Payments(payments) => write!(out, "{payments} accepted payments"),
            BooksExpectation::Documents(documents) => write!(out, "{documents} documents of orders and payments"),
            BooksExpectation::Conflicts(conflicts) => write!(out, "{conflicts} conflicts written down"),
            BooksExpectation::Total(total) => write!(out, "accepted orders that come to {total}"),
            BooksExpectation::Text { order, there: true, text } => write!(out, "{} in order {order}", quoted(text)),
            BooksExpectation::Text { order, there: false, text } => write!(out, "no {} in order {order}", quoted(text)),
            BooksExpectation::Absent { order } => write!(out, "no accepted order {order}"),
        }
    }
}

/// What the central database says instead; none when it is as expected.
pub(super) fn unmet(view: &BooksView, expected: &BooksExpectation) -> Option<String> {
    let of = |order: &str| view.orders.iter().filter(|it| it.local_number == order).collect::<Vec<_>>();
    let counted = |what: &str, found: usize, wanted: usize| {
        (found != wanted).then(|| format!("{what}: {found}{}", pages(view.orders.iter())))
    };
    match expected {
        BooksExpectation::Orders(wanted) => counted("orders", view.orders.len(), *wanted),
        BooksExpectation::Lines(wanted) => counted("lines", view.orders.iter().map(|it| it.lines).sum(), *wanted),
        BooksExpectation::Payments(wanted) => counted("payments", view.payments, *wanted),
        BooksExpectation::Documents(wanted) => counted("documents", view.documents, *wanted),
        BooksExpectation::Conflicts(wanted) => counted("conflicts", view.conflicts, *wanted),
        BooksExpectation::Total(wanted) if view.total == *wanted => None,
        BooksExpectation::Total(_) => Some(format!("total: {}{}", view.total, pages(view.orders.iter()))),
        BooksExpectation::Text { order, there, text } => match of(order).as_slice() {
            [] => Some(format!("no such order{}", pages(view.orders.iter()))),
            found => {
                let lines: Vec<String> = found.iter().flat_map(|it| it.text.lines().map(str::to_owned)).collect();
                let holds = super::find::count(&lines, text) > 0;
                (holds != *there).then(|| pages(found.iter().copied()).trim_start().to_owned())
            }
        },
        BooksExpectation::Absent { order } => match of(order).as_slice() {
            [] => None,
            found => Some(format!("{} {}{}", found.len(), times(found.len()), pages(found.iter().copied()))),
        },
    }
}

fn pages<'a>(orders: impl Iterator<Item = &'a OrderView>) -> String {
    orders.map(|order| format!("\n{}", order.text.trim_end())).collect()
}
