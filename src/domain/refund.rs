//! What can go back to a guest: how much, to which tender, for which lines, and with how much tax.
//!
//! The money goes back to the tender that paid: to the latest payment first, or to the one that the cashier names. Of
//! cash, what goes back is rounded like what is paid; but who gets back all that is left of a payment gets exactly what
//! was taken. A tip goes back with the whole of its payment alone: the card terminal gives both back as one sum.

use super::id::{LineId, PaymentId};
use super::money::{Currency, Money};
use super::order::{Line, Order, Totals};
use super::payment::{Payment, RefundedLine, Tender, standing};
use super::refusal::Refusal;
use super::tax::{LineTax, TaxSum};
use std::collections::BTreeMap;

/// How much goes back, or for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refunding {
    /// All that is left, tips included.
    Whole,
    /// So many of these lines, at what they cost the guest.
    Lines(Vec<RefundedLine>),
    /// A sum.
    Amount(Money),
}

/// What goes back, or can go back, of one payment. Amounts are positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Of which.
    pub payment: PaymentId,
    /// Which tender it was, and is again.
    pub tender: Tender,
    /// What the guest gets, tip not included.
    pub amount: Money,
    /// What of it rounding added to the bill (negative when it took away).
    pub rounding: Money,
    /// What goes back of the tip.
    pub tip: Money,
}

impl Part {
    /// How much of the bill it is.
    pub fn of_the_bill(&self) -> Money {
        self.amount - self.rounding
    }

    /// What changes hands.
    pub fn handed(&self) -> Money {
        self.amount + self.tip
    }

    /// Whether nobody gets anything of it.
    pub fn is_nothing(&self) -> bool {
        self.amount.is_zero() && self.tip.is_zero()
    }
}

/// What goes back, worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// To which tenders.
    pub parts: Vec<Part>,
    /// For which lines; none when it is an amount.
    pub lines: Vec<RefundedLine>,
    /// The tax contained, one row per tax.
    pub taxes: Vec<TaxSum>,
    /// The order is not paid in full: what goes back is owed again.
    pub is_owed_again: bool,
}

impl Plan {
    /// What changes hands.
    pub fn handed(&self) -> Money {
        self.parts.iter().map(Part::handed).sum()
    }

    /// How much of the bill goes back.
    pub fn of_the_bill(&self) -> Money {
        self.parts.iter().map(Part::of_the_bill).sum()
    }
}

/// What is left of each payment that can still go back, the latest first. Of cash whose last coin went back, what it
/// was rounded by may be left alone: a part of nothing.
pub fn left(paid: &[Payment]) -> Vec<Part> {
    let of_one = |payment: &Payment| {
        let back = || {
            paid.iter().filter(|it| it.is_refund() && it.amends.as_ref().is_some_and(|by| by.of == payment.payment_id))
        };
        Part {
            payment: payment.payment_id,
            tender: payment.tender,
            amount: payment.amount + back().map(|it| it.amount).sum(),
            rounding: payment.rounding + back().map(|it| it.rounding).sum(),
            tip: payment.tip + back().map(|it| it.tip).sum(),
        }
    };
    let mut parts: Vec<Part> =
        standing(paid).map(of_one).filter(|part| !part.is_nothing() || !part.rounding.is_zero()).collect();
    parts.reverse();
    parts
}

/// What was paid beyond the bill, by registers that did not know of each other, and was not given back.
pub fn surplus(order: &Order, paid: &[Payment]) -> Money {
    let went_back: Money = paid.iter().filter(|it| it.is_refund()).map(Payment::of_the_bill).sum();
    surplus_of(order.balance(paid), -went_back)
}

/// The same, of what is still to be paid and what was refunded, both as lists show them.
pub fn surplus_of(balance: Money, refunded: Money) -> Money {
    (-balance - refunded).max(Money::ZERO)
}

/// For how many of a line money went back.
pub fn refunded_of(paid: &[Payment], line: LineId) -> u32 {
    let of_refund = |payment: &Payment| {
        let lines = payment.amends.iter().flat_map(|it| &it.lines).filter(|it| it.line_id == line);
        lines.map(|it| it.quantity).sum::<u32>()
    };
    paid.iter().map(of_refund).sum()
}

/// The lines for which money can still go back, each with how many are left of it.
pub fn lines_left(order: &Order, paid: &[Payment]) -> Vec<RefundedLine> {
    let left = |line: &Line| RefundedLine {
        line_id: line.line_id,
        quantity: line.quantity.saturating_sub(refunded_of(paid, line.line_id)),
    };
    order.lines.iter().filter(|line| line.is_sent()).map(left).filter(|it| it.quantity > 0).collect()
}

/// Works out what goes back.
///
/// `step` is what cash is rounded to, in minor units.
///
/// # Errors
/// The [`Refusal`] that says why nothing does.
pub fn plan(
    order: &Order,
    paid: &[Payment],
    what: &Refunding,
    from: Option<PaymentId>,
    (step, currency): (i64, Currency),
) -> Result<Plan, Refusal> {
    let number = || order.local_number.to_string();
    let all = left(paid);
    if all.iter().all(Part::is_nothing) {
        let went_back = paid.iter().any(Payment::is_refund);
        return Err(if went_back { Refusal::AlreadyRefunded(number()) } else { Refusal::NoMoneyTaken(number()) });
    }
    let sources: Vec<Part> = all.iter().filter(|it| from.is_none_or(|id| it.payment == id)).copied().collect();
    if sources.is_empty() {
        return Err(Refusal::NoSuchPayment(number()));
    }
    let is_owed_again = order.balance(paid) > Money::ZERO;
    // What was paid too much goes back first: nothing was sold for it, and it contains no tax.
    let surplus = surplus(order, paid);
    let taxes_of = |sum: Money| match (sum - surplus).max(Money::ZERO) {
        Money::ZERO if !surplus.is_zero() => Vec::new(),
        of_the_sale => spread(of_the_sale, &taxes_left(order, paid)),
    };
    let (parts, lines, taxes) = match what {
        Refunding::Whole if is_owed_again => (sources, Vec::new(), Vec::new()),
        Refunding::Lines(_) | Refunding::Amount(_) if is_owed_again => return Err(Refusal::NotPaidInFull(number())),
        Refunding::Whole => {
            // Of an order with nothing left in the house, every line went back.
            let lines = if sources.len() == all.len() { lines_left(order, paid) } else { Vec::new() };
            let sum = sources.iter().map(Part::of_the_bill).sum();
            (sources, lines, taxes_of(sum))
        }
        Refunding::Lines(wanted) => {
            let (lines, taxes) = lines_worth(order, paid, wanted)?;
            let worth = taxes.iter().map(|sum| sum.gross).sum();
            let sizes = |it: &Part| (it.of_the_bill(), it.of_the_bill());
            (take(&sources, worth, sizes, step, currency)?, lines, taxes)
        }
        Refunding::Amount(amount) => {
            // Who types what was taken means all of it, and so does who types what that settled.
            let sizes = |it: &Part| (it.amount.min(it.of_the_bill()), it.amount.max(it.of_the_bill()));
            let parts = take(&sources, *amount, sizes, step, currency)?;
            let sum = parts.iter().map(Part::of_the_bill).sum();
            (parts, Vec::new(), taxes_of(sum))
        }
    };
    Ok(Plan { parts, lines, taxes, is_owed_again })
}

/// Takes a sum from payments in their order. `sizes` says from how much on all of a payment is meant, and how much of
/// the sum that covers.
fn take(
    sources: &[Part],
    wanted: Money,
    sizes: impl Fn(&Part) -> (Money, Money),
    step: i64,
    currency: Currency,
) -> Result<Vec<Part>, Refusal> {
    let sources: Vec<&Part> = sources.iter().filter(|it| !it.amount.is_zero()).collect();
    let most = sources.iter().map(|it| it.amount).sum();
    let bad = || Refusal::BadRefund { most: currency.digits(most) };
    if wanted <= Money::ZERO || wanted > sources.iter().map(|it| sizes(it).1).sum() {
        return Err(bad());
    }
    let (mut wish, mut parts) = (wanted, Vec::new());
    for source in sources {
        if wish.is_zero() {
            break;
        }
        let (enough, covered) = sizes(source);
        let part = if wish >= enough {
            Part { tip: Money::ZERO, ..*source }
        } else {
            let amount = match source.tender {
                Tender::Cash => wish.rounded_to(step).min(source.amount),
                Tender::Card => wish,
            };
            Part { amount, rounding: amount - wish, tip: Money::ZERO, ..*source }
        };
        wish = (wish - covered).max(Money::ZERO);
        parts.push(part);
    }
    parts.retain(|part| !part.is_nothing());
    if parts.is_empty() { Err(bad()) } else { Ok(parts) }
}

/// Checks the lines and finds what they cost the guest, tax included: what the order came to with them less what it
/// comes to without them, so that line after line gives back exactly what all of them cost.
fn lines_worth(
    order: &Order,
    paid: &[Payment],
    wanted: &[RefundedLine],
) -> Result<(Vec<RefundedLine>, Vec<TaxSum>), Refusal> {
    if wanted.is_empty() {
        return Err(Refusal::NoLine);
    }
    let mut gone: BTreeMap<LineId, u32> =
        order.lines.iter().map(|line| (line.line_id, refunded_of(paid, line.line_id))).collect();
    let with = without(order, &gone);
    for want in wanted {
        let line = order.line(want.line_id).ok_or(Refusal::NoLine)?;
        if !line.is_live() {
            return Err(Refusal::LineVoided(line.name.clone()));
        }
        let before = gone.entry(want.line_id).or_default();
        let max = line.quantity.saturating_sub(*before);
        if max == 0 {
            return Err(Refusal::LineRefunded(line.name.clone()));
        }
        if !(1..=max).contains(&want.quantity) {
            return Err(Refusal::BadPart { name: line.name.clone(), max, typed: want.quantity });
        }
        *before += want.quantity;
    }
    let rest = without(order, &gone);
    let taxes = with.taxes.into_iter().map(|sum| {
        let after = rest.taxes.iter().find(|it| it.tax == sum.tax);
        let (net, amount) = after.map_or((Money::ZERO, Money::ZERO), |it| (it.net, it.amount));
        summed(sum.tax, sum.net - net, sum.amount - amount)
    });
    Ok((wanted.to_vec(), taxes.filter(|sum| !sum.gross.is_zero()).collect()))
}

fn summed(tax: LineTax, net: Money, amount: Money) -> TaxSum {
    TaxSum { tax, net, amount, gross: net + amount }
}

/// What the order comes to without so many of its lines.
fn without(order: &Order, gone: &BTreeMap<LineId, u32>) -> Totals {
    let mut rest = order.clone();
    rest.lines.retain_mut(|line| {
        line.quantity = line.quantity.saturating_sub(gone.get(&line.line_id).copied().unwrap_or(0));
        line.quantity > 0
    });
    rest.totals()
}

/// The tax table of the order less what went back of it.
fn taxes_left(order: &Order, paid: &[Payment]) -> Vec<TaxSum> {
    let mut left = order.totals().taxes;
    for back in paid.iter().filter_map(|it| it.amends.as_ref()).flat_map(|it| &it.taxes) {
        match left.iter_mut().find(|sum| sum.tax == back.tax) {
            Some(sum) => *sum = summed(sum.tax.clone(), sum.net + back.net, sum.amount + back.amount),
            None => left.push(back.clone()),
        }
    }
    left.retain(|sum| !sum.gross.is_zero() || !sum.amount.is_zero());
    left
}

/// Spreads a sum over taxes in proportion to what is left under each: what is cut off goes to the largest remainders,
/// so that the parts add up.
fn spread(sum: Money, left: &[TaxSum]) -> Vec<TaxSum> {
    let whole: Money = left.iter().map(|it| it.gross).sum();
    if sum == whole {
        return left.to_vec();
    }
    let rows: Vec<&TaxSum> = left.iter().filter(|it| it.gross > Money::ZERO).collect();
    let over: i128 = rows.iter().map(|it| i128::from(it.gross.0)).sum();
    if over == 0 {
        return Vec::new();
    }
    let exact = |row: &TaxSum| i128::from(sum.0) * i128::from(row.gross.0);
    let mut shares: Vec<i128> = rows.iter().map(|row| exact(row).div_euclid(over)).collect();
    let missing = usize::try_from(i128::from(sum.0) - shares.iter().sum::<i128>()).unwrap_or(0);
    let mut by_remainder: Vec<usize> = (0..rows.len()).collect();
    by_remainder.sort_by_key(|&at| std::cmp::Reverse(exact(rows[at]).rem_euclid(over)));
    by_remainder.iter().take(missing).for_each(|&at| shares[at] += 1);
    let share = |(row, share): (&&TaxSum, i128)| {
        let gross = Money(i64::try_from(share).expect("a share of bounded money stays bounded"));
        let amount = row.amount.portion(gross.0, row.gross.0);
        summed(row.tax.clone(), gross - amount, amount)
    };
    rows.iter().zip(shares).map(share).filter(|it| !it.gross.is_zero()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::tax::TaxRate;

    fn sum(name: &str, rate: u32, sold: i64) -> TaxSum {
        TaxSum::of(LineTax { tax_id: name.into(), name: name.into(), rate: TaxRate(rate), included: true }, Money(sold))
    }

    #[test]
    fn a_sum_is_spread_over_the_taxes_and_the_parts_add_up() {
        let left = [sum("a", 2000, 1200), sum("b", 1000, 550), sum("c", 0, 250)];
        // sum, gross and tax of each part
        let rows: [(i64, &[(i64, i64)]); 5] = [
            (2000, &[(1200, 200), (550, 50), (250, 0)]),
            (1000, &[(600, 100), (275, 25), (125, 0)]),
            (1, &[(1, 0)]),
            (100, &[(60, 10), (28, 3), (12, 0)]), // 60, 27.5, 12.5: the first of equal remainders gets it
            (999, &[(599, 100), (275, 25), (125, 0)]),
        ];
        for (amount, expected) in rows {
            let parts = spread(Money(amount), &left);
            let got: Vec<(i64, i64)> = parts.iter().map(|it| (it.gross.0, it.amount.0)).collect();
            assert_eq!(parts.iter().map(|it| it.gross).sum::<Money>(), Money(amount));
            assert_eq!(got, expected, "{amount}");
        }
        assert_eq!(spread(Money(100), &[]), []);
    }
}
