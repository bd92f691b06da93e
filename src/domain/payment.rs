//! Payments: what the guest gave, what went back, what a cash total is rounded to, and which notes to offer as keys.
//!
//! A payment is written once: what is wrong with one, or goes back, is another payment that names it. What can go back,
//! and to which tender, is worked out in [`super::refund`].

use super::id::{LineId, OrderId, PaymentId};
use super::money::{Currency, Money};
use super::tax::TaxSum;
use super::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Money of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tender {
    /// Notes and coins, into the drawer.
    Cash,
    /// A card on a stand-alone terminal; the register only notes what it said.
    Card,
}

impl Tender {
    /// The word in documents.
    pub fn code(self) -> &'static str {
        match self {
            Tender::Cash => "cash",
            Tender::Card => "card",
        }
    }

    /// The word on screen and paper.
    pub fn words(self) -> &'static str {
        match self {
            Tender::Cash => "Cash",
            Tender::Card => "Card",
        }
    }
}

/// What a payment does about an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amends {
    /// Money goes back for what was paid in full: the bill stays settled.
    Refund,
    /// Money goes back before all was paid: it is owed again.
    Return,
    /// It was booked under the wrong tender: this takes it out of there.
    Reversal,
    /// It was booked under the wrong tender: this books it under the right one.
    Correction,
}

impl Amends {
    const ALL: [Amends; 4] = [Amends::Refund, Amends::Return, Amends::Reversal, Amends::Correction];

    /// The word in documents.
    pub fn code(self) -> &'static str {
        match self {
            Amends::Refund => "refund",
            Amends::Return => "return",
            Amends::Reversal => "reversal",
            Amends::Correction => "correction",
        }
    }

    /// Reads [`Amends::code`].
    pub fn from_code(code: &str) -> Option<Amends> {
        Amends::ALL.into_iter().find(|it| it.code() == code)
    }
}

/// So many of a line, for which money went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundedLine {
    /// Which line.
    pub line_id: LineId,
    /// How many of it.
    pub quantity: u32,
}

/// Which earlier payment a payment is about, why, and who did it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amendment {
    /// What it does about the earlier one.
    pub kind: Amends,
    /// The earlier one.
    pub of: PaymentId,
    /// The first payment of the same act: a refund to two tenders is two payments.
    pub act: PaymentId,
    /// Why.
    pub reason: String,
    /// Who did it.
    pub by: String,
    /// Which manager agreed, where somebody had to.
    pub approved_by: Option<String>,
    /// What the money goes back for, in the act's first payment; none when it was an amount.
    pub lines: Vec<RefundedLine>,
    /// The tax that goes back with it, negative, in the act's first payment.
    pub taxes: Vec<TaxSum>,
}

/// One payment, written once and never changed. What goes back to the guest is negative.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Which payment.
    pub payment_id: PaymentId,
    /// Which order it pays.
    pub order_id: OrderId,
    /// What kind of money.
    pub tender: Tender,
    /// What stays in the house, tip not included.
    pub amount: Money,
    /// What the guest handed over.
    pub tendered: Money,
    /// What went back.
    pub change: Money,
    /// What the guest added for the staff.
    pub tip: Money,
    /// What cash rounding added to the bill (negative when it took away).
    pub rounding: Money,
    /// What the card terminal printed.
    pub reference: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// What it does about an earlier payment; none for what a guest simply pays.
    #[serde(default)]
    pub amends: Option<Box<Amendment>>,
}

impl Payment {
    /// How much of the bill it settles: what stays in the house, less what rounding added. A refund unsettles nothing:
    /// what was paid for and taken back is not owed again.
    pub fn settles(&self) -> Money {
        match self.kind() {
            Some(Amends::Refund) => Money::ZERO,
            Some(Amends::Return | Amends::Reversal | Amends::Correction) | None => self.of_the_bill(),
        }
    }

    /// How much of the bill it is about, whether it settles it or not.
    pub fn of_the_bill(&self) -> Money {
        self.amount - self.rounding
    }

    /// What it does about an earlier payment.
    pub fn kind(&self) -> Option<Amends> {
        self.amends.as_ref().map(|it| it.kind)
    }

    /// Whether it is a refund.
    pub fn is_refund(&self) -> bool {
        self.kind() == Some(Amends::Refund)
    }

    /// Whether it does `kind` about the payment `of`.
    pub fn does(&self, kind: Amends, of: PaymentId) -> bool {
        self.amends.as_ref().is_some_and(|it| it.kind == kind && it.of == of)
    }
}

/// Money that was taken and still counts as taken: neither returned nor booked elsewhere since. A refund does not
/// change that.
pub fn standing(paid: &[Payment]) -> impl Iterator<Item = &Payment> {
    paid.iter().filter(|it| match it.kind() {
        None | Some(Amends::Correction) => {
            let id = it.payment_id;
            !paid.iter().any(|other| other.does(Amends::Return, id) || other.does(Amends::Reversal, id))
        }
        Some(Amends::Refund | Amends::Return | Amends::Reversal) => false,
    })
}

/// Whether any money that was taken still counts as taken.
pub fn any_stands(paid: &[Payment]) -> bool {
    standing(paid).next().is_some()
}

/// What a cash payment of the whole balance comes to: the balance rounded to `step` minor units.
pub fn cash_due(balance: Money, step: i64) -> Money {
    balance.rounded_to(step)
}

/// The sums that a guest is likely to hold out for `due`, above it, smallest first: the next multiple of each note.
pub fn quick_cash(due: Money, currency: Currency) -> Vec<Money> {
    let unit = currency.minor_per_major();
    let next = |note: &i64| {
        let note = note * unit;
        Money((due.0 + note - 1) / note * note)
    };
    let mut sums: Vec<Money> = currency.row().notes.iter().map(next).filter(|&sum| sum > due).collect();
    sums.sort();
    sums.dedup();
    sums.truncate(QUICK_KEYS_MAX);
    sums
}

/// Most quick-cash keys on the payment screen.
pub const QUICK_KEYS_MAX: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quick_cash_suits_currency_and_sum() {
        // currency, due, keys
        let rows: [(&str, i64, &[i64]); 5] = [
            ("EUR", 2640, &[3000, 4000, 5000, 10000, 20000]),
            ("EUR", 5000, &[6000, 10000, 20000]),
            ("GBP", 199, &[500, 1000, 2000, 5000]),
            ("JPY", 1250, &[2000, 5000, 10000]),
            ("KWD", 4500, &[5000, 10000, 20000]),
        ];
        for (code, due, keys) in rows {
            let sums = quick_cash(Money(due), Currency::of(code).unwrap());
            let minor: Vec<i64> = sums.iter().map(|sum| sum.0).collect();
            assert_eq!(minor, keys, "{code} {due}");
        }
    }

    #[test]
    fn cash_is_rounded_and_still_settles_the_bill() {
        let paid = cash_due(Money(1002), 5);
        assert_eq!(paid, Money(1000));
        assert_eq!(paid - (paid - Money(1002)), Money(1002));
    }
}
