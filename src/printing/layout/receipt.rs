//! The receipt: what the guest takes home and the accountant reads. It is no fiscal document, and says so.

use super::{Marks, finish, mark_duplicate, mark_station};
use crate::domain::money::{Currency, Money};
use crate::domain::payment::Payment;
use crate::domain::slip::{Delivery, Receipt, ReceiptLine};
use crate::domain::tax::{LineTax, TaxSum};
use crate::printing::models::Printer;
use crate::printing::page::{Page, Style};

/// Cells before what belongs to the line above.
const INDENT: usize = 3;

pub(super) fn layout(receipt: &Receipt, printer: &Printer, marks: &Marks) -> Page {
    let mut page = Page::new();
    mark_duplicate(&mut page, marks);
    mark_station(&mut page, marks);
    mark_reprint(&mut page, receipt.reprint);
    head(&mut page, receipt);
    page.rule();
    for line in &receipt.lines {
        item(&mut page, line, receipt.currency);
    }
    page.rule();
    sums(&mut page, receipt);
    page.rule();
    if !receipt.taxes.is_empty() {
        tax_table(&mut page, &receipt.taxes, receipt.currency);
        page.rule();
    }
    payments(&mut page, receipt);
    for line in &receipt.footer {
        page.centred(line, Style::PLAIN);
    }
    mark_reprint(&mut page, receipt.reprint);
    mark_duplicate(&mut page, marks);
    finish(&mut page, printer);
    page
}

/// The mark of a slip that was printed so often before, at its head and at its foot: nobody pays, or is paid, twice.
pub(super) fn mark_reprint(page: &mut Page, before: u32) {
    if before > 0 {
        page.centred(format!("REPRINT {before}"), Style::LARGE.inverse());
    }
}

fn head(page: &mut Page, receipt: &Receipt) {
    page.centred(&receipt.house, Style::LARGE);
    for line in &receipt.address {
        page.centred(line, Style::PLAIN);
    }
    page.centred("NOT A FISCAL DOCUMENT", Style::BOLD);
    page.rule();
    page.pair(receipt.local_number.to_string(), receipt.order_type.words(), Style::TALL.bold());
    if let Some(number) = &receipt.order_number {
        page.pair("Order number", number, Style::PLAIN);
    }
    page.pair(format!("Register {}", receipt.register), receipt.paid_at.date_and_clock(), Style::PLAIN);
    page.text(format!("Served by {}", receipt.server), Style::PLAIN);
    if let Some(name) = &receipt.customer_name {
        page.text(format!("Customer {name}"), Style::PLAIN);
    }
    if let Some(Delivery { address, phone, note: _ }) = &receipt.delivery {
        address.iter().for_each(|line| page.text(line, Style::PLAIN));
        phone.iter().for_each(|phone| page.text(format!("Tel. {phone}"), Style::PLAIN));
    }
}

/// Only totals stand in the right column, so that it adds up; what one costs stands beside the words.
pub(super) fn item(page: &mut Page, line: &ReceiptLine, currency: Currency) {
    page.pair(format!("{} {}", line.quantity, line.name), currency.digits(line.total), Style::PLAIN);
    if line.quantity > 1 {
        page.indented(format!("{} each", currency.digits(line.unit_price)), Style::PLAIN, INDENT, INDENT);
    }
    for (words, adds) in &line.modifiers {
        let text = if adds.is_zero() { words.clone() } else { format!("{words} {}", currency.digits(*adds)) };
        page.indented(text, Style::PLAIN, INDENT, INDENT + 2);
    }
}

fn sums(page: &mut Page, receipt: &Receipt) {
    let currency = receipt.currency;
    page.pair("Subtotal", currency.digits(receipt.net), Style::PLAIN);
    page.pair("Tax", currency.digits(receipt.tax), Style::PLAIN);
    page.pair(format!("Total {}", currency.row().code), currency.digits(receipt.total), Style::TALL.bold());
}

/// One row a tax: net, tax and gross in columns as wide as the widest amount in them needs.
pub(super) fn tax_table(page: &mut Page, taxes: &[TaxSum], currency: Currency) {
    let amounts = |sum: &TaxSum| [sum.net, sum.amount, sum.gross].map(|amount| currency.digits(amount));
    let heads = ["Net", "Tax", "Gross"];
    let mut widths = heads.map(str::len);
    for sum in taxes {
        for (width, amount) in widths.iter_mut().zip(amounts(sum)) {
            *width = amount.len().max(*width);
        }
    }
    let columns = |cells: [String; 3]| {
        let cells: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
        cells.join(" ")
    };
    page.pair("Tax rate", columns(heads.map(str::to_owned)), Style::PLAIN);
    for sum in taxes {
        page.pair(tax_words(&sum.tax), columns(amounts(sum)), Style::PLAIN);
    }
}

/// The name of a tax, its rate unless the name says it, and whether the prices above contain it.
fn tax_words(tax: &LineTax) -> String {
    let rate = tax.rate.to_string();
    let how = if tax.included { "incl." } else { "added" };
    match tax.name.contains(&rate) {
        true => format!("{} {how}", tax.name),
        false => format!("{} {rate} {how}", tax.name),
    }
}

fn payments(page: &mut Page, receipt: &Receipt) {
    let currency = receipt.currency;
    for payment in &receipt.payments {
        one_payment(page, payment, currency);
    }
    let settled: Money = receipt.payments.iter().map(Payment::settles).sum();
    let due = receipt.total - settled;
    if !due.is_zero() {
        let words = if due > Money::ZERO { "Balance due" } else { "Paid too much" };
        page.pair(words, currency.digits(Money(due.0.abs())), Style::TALL.bold());
    }
}

/// What was handed over, then what became of it: tendered = settled + rounding + tip + change.
pub(super) fn one_payment(page: &mut Page, payment: &Payment, currency: Currency) {
    let is_back = payment.amount + payment.tip < Money::ZERO;
    let whole = is_back || payment.tendered.is_zero();
    let handed = if whole { payment.amount + payment.tip } else { payment.tendered };
    let words = payment.tender.words();
    let label = if is_back { format!("{words} returned") } else { words.to_owned() };
    page.pair(label, currency.digits(handed), Style::PLAIN);
    for (words, amount) in [("Rounding", payment.rounding), ("Tip", payment.tip), ("Change", payment.change)] {
        if !amount.is_zero() {
            page.sub_pair(words, currency.digits(amount), Style::PLAIN);
        }
    }
    if let Some(reference) = &payment.reference {
        page.indented(format!("Ref. {reference}"), Style::PLAIN, 2, 4);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::examples::{delivered, printer, receipt, yen};
    use super::*;
    use crate::domain::order::OrderType;

    fn check(receipt: &Receipt, columns: usize, marks: &Marks, expected: &str) {
        let printer = printer(columns);
        assert_eq!("\n".to_owned() + &layout(receipt, &printer, marks).to_text_on(&printer), expected);
    }

    #[test]
    fn a_receipt_adds_up_before_the_eyes_of_the_guest() {
        check(
            &receipt(),
            32,
            &Marks::default(),
            r"
      Café Ünïon
   1 Main Street, Springfield
         Tax no. 12345
     NOT A FISCAL DOCUMENT
--------------------------------
T1-0042                  Dine in
Order number         2026-000917
Register T1     2026-03-14 20:41
Served by Anna
--------------------------------
2 Cheeseburger             21.00
   9.50 each
   + EXTRA Cheese 1.00
   - NO Onion
1 Freshly squeezed orange   4.50
  juice of the day
--------------------------------
Subtotal                   22.00
Tax                         3.87
Total CHF                  25.87
--------------------------------
Tax rate          Net  Tax Gross
VAT 20% incl.   17.50 3.50 21.00
City tax 8.25%   4.50 0.37  4.87
  added
--------------------------------
Card                       21.50
  Tip                       1.50
  Ref. A-778812
Cash                       10.00
  Rounding                 -0.02
  Change                    4.15
     Thank you, come again

<cut>
",
        );
        check(
            &receipt(),
            42,
            &Marks::default(),
            r"
           Café Ünïon
        1 Main Street, Springfield
              Tax no. 12345
          NOT A FISCAL DOCUMENT
------------------------------------------
T1-0042                            Dine in
Order number                   2026-000917
Register T1               2026-03-14 20:41
Served by Anna
------------------------------------------
2 Cheeseburger                       21.00
   9.50 each
   + EXTRA Cheese 1.00
   - NO Onion
1 Freshly squeezed orange juice of    4.50
  the day
------------------------------------------
Subtotal                             22.00
Tax                                   3.87
Total CHF                            25.87
------------------------------------------
Tax rate                    Net  Tax Gross
VAT 20% incl.             17.50 3.50 21.00
City tax 8.25% added       4.50 0.37  4.87
------------------------------------------
Card                                 21.50
  Tip                                 1.50
  Ref. A-778812
Cash                                 10.00
  Rounding                           -0.02
  Change                              4.15
          Thank you, come again

<cut>
",
        );
        check(
            &receipt(),
            48,
            &Marks::default(),
            r"
              Café Ünïon
           1 Main Street, Springfield
                 Tax no. 12345
             NOT A FISCAL DOCUMENT
------------------------------------------------
T1-0042                                  Dine in
Order number                         2026-000917
Register T1                     2026-03-14 20:41
Served by Anna
------------------------------------------------
2 Cheeseburger                             21.00
   9.50 each
   + EXTRA Cheese 1.00
   - NO Onion
1 Freshly squeezed orange juice of the day  4.50
------------------------------------------------
Subtotal                                   22.00
Tax                                         3.87
Total CHF                                  25.87
------------------------------------------------
Tax rate                          Net  Tax Gross
VAT 20% incl.                   17.50 3.50 21.00
City tax 8.25% added             4.50 0.37  4.87
------------------------------------------------
Card                                       21.50
  Tip                                       1.50
  Ref. A-778812
Cash                                       10.00
  Rounding                                 -0.02
  Change                                    4.15
             Thank you, come again

<cut>
",
        );
    }

    #[test]
    fn a_receipt_of_a_delivery_says_where_it_went_and_not_what_the_house_notes() {
        let brought = Receipt { order_type: OrderType::Delivery, delivery: delivered().delivery, reprint: 0, ..yen() };
        check(
            &brought,
            32,
            &Marks::default(),
            r"
        Ramen ??
     NOT A FISCAL DOCUMENT
--------------------------------
T1-0042                 Delivery
Register T1     2026-03-14 20:41
Served by Anna
Customer Sato
12 rue du Faubourg
Saint-Antoine, second courtyard
75011 Paris
Tel. +33 6 12 34 56 78
--------------------------------
2 ????????                  2500
   1250 each
1 Gyoza                      700
--------------------------------
Subtotal                    2909
Tax                          291
Total JPY                   3200
--------------------------------
Tax rate           Net Tax Gross
?????? 10% incl.  2909 291  3200
--------------------------------
Cash                        2000
Balance due                 1200

<cut>
",
        );
    }

    #[test]
    fn whole_yen_a_rest_to_pay_and_a_copy_on_request() {
        check(
            &yen(),
            32,
            &Marks::default(),
            r"
      REPRINT 1
        Ramen ??
     NOT A FISCAL DOCUMENT
--------------------------------
T1-0042                 Takeaway
Register T1     2026-03-14 20:41
Served by Anna
Customer Sato
--------------------------------
2 ????????                  2500
   1250 each
1 Gyoza                      700
--------------------------------
Subtotal                    2909
Tax                          291
Total JPY                   3200
--------------------------------
Tax rate           Net Tax Gross
?????? 10% incl.  2909 291  3200
--------------------------------
Cash                        2000
Balance due                 1200
      REPRINT 1

<cut>
",
        );
        check(
            &yen(),
            42,
            &Marks::default(),
            r"
           REPRINT 1
             Ramen ??
          NOT A FISCAL DOCUMENT
------------------------------------------
T1-0042                           Takeaway
Register T1               2026-03-14 20:41
Served by Anna
Customer Sato
------------------------------------------
2 ????????                            2500
   1250 each
1 Gyoza                                700
------------------------------------------
Subtotal                              2909
Tax                                    291
Total JPY                             3200
------------------------------------------
Tax rate                     Net Tax Gross
?????? 10% incl.            2909 291  3200
------------------------------------------
Cash                                  2000
Balance due                           1200
           REPRINT 1

<cut>
",
        );
    }

    #[test]
    fn a_receipt_that_may_be_a_copy_says_so() {
        let plain = Receipt { address: Vec::new(), footer: Vec::new(), order_number: None, ..receipt() };
        check(
            &plain,
            32,
            &Marks { duplicate: true, ..Marks::default() },
            r"
     DUPLICATE?
      Café Ünïon
     NOT A FISCAL DOCUMENT
--------------------------------
T1-0042                  Dine in
Register T1     2026-03-14 20:41
Served by Anna
--------------------------------
2 Cheeseburger             21.00
   9.50 each
   + EXTRA Cheese 1.00
   - NO Onion
1 Freshly squeezed orange   4.50
  juice of the day
--------------------------------
Subtotal                   22.00
Tax                         3.87
Total CHF                  25.87
--------------------------------
Tax rate          Net  Tax Gross
VAT 20% incl.   17.50 3.50 21.00
City tax 8.25%   4.50 0.37  4.87
  added
--------------------------------
Card                       21.50
  Tip                       1.50
  Ref. A-778812
Cash                       10.00
  Rounding                 -0.02
  Change                    4.15
     DUPLICATE?

<cut>
",
        );
    }
}
