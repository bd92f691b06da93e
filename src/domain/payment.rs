//! Payments: what the guest gave, what went back, what a cash total is rounded to, and which notes to offer as keys.

use super::id::{OrderId, PaymentId};
use super::money::{Currency, Money};
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

/// One payment, written once and never changed.
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
}

impl Payment {
    /// How much of the bill it settles: what stays in the house, less what rounding added.
    pub fn settles(&self) -> Money {
        self.amount - self.rounding
    }
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
