//! Money as whole minor units, and the currencies it comes in. No floating point anywhere.

use serde::{Deserialize, Serialize};
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub};

/// An amount in minor units (cents, pence, fils; whole yen), signed: what goes back to the guest is negative.
///
/// Amounts are bounded by [`super::limits::PRICE_MAX`] and [`super::limits::TOTAL_MAX`] before they are kept, so that
/// sums of them cannot leave an `i64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(pub i64);

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// Says whether it is nothing at all.
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `self` times a fraction, rounded half away from zero; `over` must be positive.
    pub fn portion(self, times: i64, over: i64) -> Money {
        assert!(over > 0, "a portion is taken of something");
        let product = i128::from(self.0) * i128::from(times);
        let (half, over) = (i128::from(over) / 2, i128::from(over));
        let rounded = if product < 0 { -((-product + half) / over) } else { (product + half) / over };
        Money(i64::try_from(rounded).expect("a portion of bounded money stays bounded"))
    }

    /// Rounds to the nearest multiple of `step` minor units, halves away from zero.
    pub fn rounded_to(self, step: i64) -> Money {
        if step <= 1 { self } else { Money(self.portion(1, step).0 * step) }
    }
}

impl Add for Money {
    type Output = Money;
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}
impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        self.0 += other.0;
    }
}
impl Sub for Money {
    type Output = Money;
    fn sub(self, other: Money) -> Money {
        Money(self.0 - other.0)
    }
}
impl Neg for Money {
    type Output = Money;
    fn neg(self) -> Money {
        Money(-self.0)
    }
}
impl Mul<u32> for Money {
    type Output = Money;
    fn mul(self, quantity: u32) -> Money {
        Money(self.0 * i64::from(quantity))
    }
}
impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(all: I) -> Money {
        all.fold(Money::ZERO, Add::add)
    }
}

/// One ISO 4217 currency: how many decimals it has, how it is written, and the notes guests hold out.
#[derive(Debug, PartialEq, Eq)]
pub struct CurrencyRow {
    /// ISO 4217 code.
    pub code: &'static str,
    /// Decimals of the minor unit: 0, 2 or 3.
    pub exponent: u32,
    /// Written before an amount where space allows; plain text that every code page and console font shows.
    pub symbol: &'static str,
    /// Notes in use, in major units, smallest first.
    pub notes: &'static [i64],
    /// The usual rounding of a cash total, in minor units (1 = none). The configuration may say otherwise.
    pub cash_step: i64,
}

// To add one: add its line. Source: ISO 4217 list one; notes and cash rounding from each central bank's own pages.
const CURRENCIES: &[CurrencyRow] = &[
    row("AED", 2, "AED", &[5, 10, 20, 50, 100, 200, 500], 25),
    row("AUD", 2, "$", &[5, 10, 20, 50, 100], 5),
    row("BHD", 3, "BHD", &[1, 5, 10, 20], 5),
    row("BRL", 2, "R$", &[2, 5, 10, 20, 50, 100, 200], 1),
    row("CAD", 2, "$", &[5, 10, 20, 50, 100], 5),
    row("CHF", 2, "CHF", &[10, 20, 50, 100, 200], 5),
    row("CLP", 0, "$", &[1000, 2000, 5000, 10000, 20000], 10),
    row("CNY", 2, "CNY", &[5, 10, 20, 50, 100], 1),
    row("CZK", 2, "Kc", &[100, 200, 500, 1000, 2000], 100),
    row("DKK", 2, "kr", &[50, 100, 200, 500], 50),
    row("EUR", 2, "€", &[5, 10, 20, 50, 100, 200], 1),
    row("GBP", 2, "£", &[5, 10, 20, 50], 1),
    row("HKD", 2, "$", &[10, 20, 50, 100, 500], 10),
    row("HUF", 2, "Ft", &[500, 1000, 2000, 5000, 10000, 20000], 500),
    row("INR", 2, "Rs", &[10, 20, 50, 100, 200, 500], 100),
    row("JPY", 0, "¥", &[1000, 5000, 10000], 1),
    row("KRW", 0, "KRW", &[1000, 5000, 10000, 50000], 10),
    row("KWD", 3, "KWD", &[1, 5, 10, 20], 5),
    row("MXN", 2, "$", &[20, 50, 100, 200, 500], 1),
    row("NOK", 2, "kr", &[50, 100, 200, 500], 100),
    row("NZD", 2, "$", &[5, 10, 20, 50, 100], 10),
    row("PLN", 2, "zl", &[10, 20, 50, 100, 200], 1),
    row("RON", 2, "lei", &[5, 10, 50, 100, 200], 1),
    row("SAR", 2, "SAR", &[5, 10, 50, 100, 500], 1),
    row("SEK", 2, "kr", &[20, 50, 100, 200, 500], 100),
    row("SGD", 2, "$", &[2, 5, 10, 50, 100], 5),
    row("THB", 2, "THB", &[20, 50, 100, 500, 1000], 25),
    row("TND", 3, "TND", &[5, 10, 20, 50], 1),
    row("TRY", 2, "TL", &[5, 10, 20, 50, 100, 200], 1),
    row("TWD", 2, "NT$", &[100, 500, 1000], 100),
    row("USD", 2, "$", &[5, 10, 20, 50, 100], 1),
    row("VND", 0, "d", &[10000, 20000, 50000, 100000, 200000, 500000], 1000),
    row("ZAR", 2, "R", &[10, 20, 50, 100, 200], 10),
];

const fn row(
    code: &'static str,
    exponent: u32,
    symbol: &'static str,
    notes: &'static [i64],
    cash_step: i64,
) -> CurrencyRow {
    CurrencyRow { code, exponent, symbol, notes, cash_step }
}

/// A currency that the house knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency(&'static CurrencyRow);

impl Currency {
    /// Looks a currency up by its ISO 4217 code; `None` when the house does not know it.
    pub fn of(code: &str) -> Option<Currency> {
        CURRENCIES.iter().find(|row| row.code == code).map(Currency)
    }

    /// Every code that the house knows, in alphabetical order.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        CURRENCIES.iter().map(|row| row.code)
    }

    /// Its row in the table.
    pub fn row(self) -> &'static CurrencyRow {
        self.0
    }

    /// Minor units in one major unit: 1, 100 or 1000.
    pub fn minor_per_major(self) -> i64 {
        10_i64.pow(self.0.exponent)
    }

    /// Writes an amount as digits with this currency's decimals: `12.50`, `-3.00`, `1250`.
    pub fn digits(self, amount: Money) -> String {
        let unit = self.minor_per_major();
        let sign = if amount.0 < 0 { "-" } else { "" };
        let (major, minor) = (amount.0.unsigned_abs() / unit as u64, amount.0.unsigned_abs() % unit as u64);
        match self.0.exponent {
            0 => format!("{sign}{major}"),
            decimals => format!("{sign}{major}.{minor:0width$}", width = decimals as usize),
        }
    }

    /// Writes an amount with the currency's symbol: `€12.50`, `CHF 12.50`, `-$3.00`.
    pub fn with_symbol(self, amount: Money) -> String {
        let space = if self.0.symbol.chars().count() > 1 { " " } else { "" };
        let sign = if amount.0 < 0 { "-" } else { "" };
        format!("{sign}{}{space}{}", self.0.symbol, self.digits(Money(amount.0.abs())))
    }

    /// Reads what a cashier types: major units, with `.` or `,` before the decimals (`50`, `12.5`, `12,50`).
    ///
    /// `None` for anything else: a sign, too many decimals, more than [`super::limits::TOTAL_MAX`].
    pub fn read(self, typed: &str) -> Option<Money> {
        let (major, minor) = typed.split_once(['.', ',']).unwrap_or((typed, ""));
        let exponent = self.0.exponent as usize;
        let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let empty = major.is_empty() && minor.is_empty();
        if empty || !all_digits(major) || !all_digits(minor) || minor.len() > exponent || major.len() > 12 {
            return None;
        }
        let major: i64 = if major.is_empty() { 0 } else { major.parse().ok()? };
        let minor: i64 = if exponent == 0 { 0 } else { format!("{minor:0<exponent$}").parse().ok()? };
        let amount = major * self.minor_per_major() + minor;
        (amount <= super::limits::TOTAL_MAX).then_some(Money(amount))
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.0.code)
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Currency, D::Error> {
        let code = String::deserialize(from)?;
        Currency::of(&code)
            .ok_or_else(|| serde::de::Error::custom(format!("`{code}` is not a currency that Comanda knows")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_and_read_with_the_currency_decimals() {
        // currency, minor units, written, what a cashier types for it
        let rows = [
            ("EUR", 1250, "12.50", "12.5"),
            ("EUR", 5, "0.05", ",05"),
            ("EUR", -300, "-3.00", ""),
            ("JPY", 1250, "1250", "1250"),
            ("KWD", 1250, "1.250", "1,25"),
            ("USD", 5000, "50.00", "50"),
        ];
        for (code, minor, written, typed) in rows {
            let currency = Currency::of(code).unwrap();
            assert_eq!(currency.digits(Money(minor)), written);
            if !typed.is_empty() {
                assert_eq!(currency.read(typed), Some(Money(minor)), "{typed}");
            }
        }
    }

    #[test]
    fn what_is_not_an_amount_is_not_read() {
        let euro = Currency::of("EUR").unwrap();
        for typed in ["", ".", "-1", "1.234", "1.2.3", "abc", "1e3", "999999999999", "99999999999999999999"] {
            assert_eq!(euro.read(typed), None, "{typed}");
        }
        assert_eq!(Currency::of("JPY").unwrap().read("1.5"), None);
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        // amount, step, rounded
        for (amount, step, rounded) in [(1002, 5, 1000), (1003, 5, 1005), (-1003, 5, -1005), (150, 100, 200), (7, 1, 7)]
        {
            assert_eq!(Money(amount).rounded_to(step), Money(rounded));
        }
    }

    #[test]
    fn the_table_is_sorted_and_its_notes_rise() {
        assert!(CURRENCIES.is_sorted_by_key(|row| row.code));
        assert!(CURRENCIES.iter().all(|row| row.notes.is_sorted() && row.cash_step >= 1));
    }
}
