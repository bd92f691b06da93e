//! Taxes: a rate, whether prices include it, and the sums of a document per rate.

use super::id::TaxId;
use super::money::Money;
use serde::{Deserialize, Serialize};

/// A rate in basis points: 2000 is 20 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaxRate(pub u32);

impl std::fmt::Display for TaxRate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, part) = (self.0 / 100, self.0 % 100);
        match part {
            0 => write!(out, "{whole}%"),
            part if part % 10 == 0 => write!(out, "{whole}.{}%", part / 10),
            part => write!(out, "{whole}.{part:02}%"),
        }
    }
}

/// A tax as a line captured it when it was sold: later changes of the menu do not touch it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LineTax {
    /// Which tax of the menu.
    pub tax_id: TaxId,
    /// Its name, as the receipt's tax table prints it.
    pub name: String,
    /// Its rate.
    pub rate: TaxRate,
    /// Whether the price that the guest saw contains it.
    pub included: bool,
}

/// One row of the tax table: all that was sold under one tax.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxSum {
    /// Which tax.
    pub tax: LineTax,
    /// Without tax.
    pub net: Money,
    /// The tax.
    pub amount: Money,
    /// With tax; always `net + amount`.
    pub gross: Money,
}

impl TaxSum {
    /// Computes the tax on all that was sold under it, once, half up: per document, never per line.
    pub fn of(tax: LineTax, sold: Money) -> TaxSum {
        let rate = i64::from(tax.rate.0);
        let (net, amount) = if tax.included {
            let amount = sold.portion(rate, 10_000 + rate);
            (sold - amount, amount)
        } else {
            (sold, sold.portion(rate, 10_000))
        };
        TaxSum { tax, net, amount, gross: net + amount }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tax_is_taken_once_half_up_and_adds_up() {
        // included, basis points, sold, net, tax
        let rows = [
            (true, 2000, 1200, 1000, 200),
            (true, 2000, 999, 832, 167), // 166.5 goes up
            (true, 1000, 1, 1, 0),
            (false, 825, 1000, 1000, 83), // 82.5 goes up
            (false, 0, 1000, 1000, 0),
            (true, 2000, -1200, -1000, -200),
        ];
        for (included, rate, sold, net, amount) in rows {
            let tax = LineTax { tax_id: "t".into(), name: "T".into(), rate: TaxRate(rate), included };
            let sum = TaxSum::of(tax, Money(sold));
            assert_eq!((sum.net, sum.amount), (Money(net), Money(amount)), "{rate} of {sold}");
            assert_eq!(sum.gross, sum.net + sum.amount);
        }
    }

    #[test]
    fn rates_are_written_without_idle_zeros() {
        for (rate, text) in [(2000, "20%"), (550, "5.5%"), (825, "8.25%"), (5, "0.05%"), (0, "0%")] {
            assert_eq!(TaxRate(rate).to_string(), text);
        }
    }
}
