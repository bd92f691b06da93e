//! The slip that a guest is given with money that goes back: what for, with how much tax, to which tender, why, who.

use super::receipt::{item, mark_reprint, one_payment, tax_table};
use super::{Marks, finish, mark_duplicate, mark_station};
use crate::domain::slip::RefundSlip;
use crate::printing::models::Printer;
use crate::printing::page::{Page, Style};

pub(super) fn layout(refund: &RefundSlip, printer: &Printer, marks: &Marks) -> Page {
    let mut page = Page::new();
    let currency = refund.currency;
    mark_duplicate(&mut page, marks);
    mark_station(&mut page, marks);
    mark_reprint(&mut page, refund.reprint);
    head(&mut page, refund);
    page.rule();
    for line in &refund.lines {
        item(&mut page, line, currency);
    }
    if refund.lines.is_empty() {
        page.pair(if refund.is_owed_again { "Payment" } else { "Amount" }, currency.digits(refund.total), Style::PLAIN);
    }
    page.rule();
    page.pair(format!("Refund {}", currency.row().code), currency.digits(refund.total), Style::TALL.bold());
    if !refund.taxes.is_empty() {
        page.rule();
        tax_table(&mut page, &refund.taxes, currency);
    }
    page.rule();
    for payment in &refund.payments {
        one_payment(&mut page, payment, currency);
    }
    if refund.is_owed_again {
        page.text("The order stays open: this is to be paid again.", Style::PLAIN);
    }
    page.rule();
    page.text(format!("Reason: {}", refund.reason), Style::BOLD);
    page.text(format!("Given back by {}", refund.by), Style::PLAIN);
    if let Some(manager) = &refund.approved_by {
        page.text(format!("Approved by {manager}"), Style::PLAIN);
    }
    mark_reprint(&mut page, refund.reprint);
    mark_duplicate(&mut page, marks);
    finish(&mut page, printer);
    page
}

fn head(page: &mut Page, refund: &RefundSlip) {
    page.centred(&refund.house, Style::LARGE);
    for line in &refund.address {
        page.centred(line, Style::PLAIN);
    }
    page.centred("NOT A FISCAL DOCUMENT", Style::BOLD);
    page.centred("REFUND", Style::LARGE.bold().inverse());
    page.rule();
    page.pair(format!("Refund of {}", refund.local_number), "", Style::TALL.bold());
    if let Some(number) = &refund.order_number {
        page.pair("Order number", number, Style::PLAIN);
    }
    page.pair("Paid", refund.paid_at.date_and_clock(), Style::PLAIN);
    page.pair(format!("Register {}", refund.register), refund.refunded_at.date_and_clock(), Style::PLAIN);
}

#[cfg(test)]
mod tests {
    use super::super::super::examples::{printer, refund, returned};
    use super::*;

    fn check(refund: &RefundSlip, columns: usize, expected: &str) {
        let printer = printer(columns);
        assert_eq!("\n".to_owned() + &layout(refund, &printer, &Marks::default()).to_text_on(&printer), expected);
    }

    #[test]
    fn a_refund_says_what_for_with_how_much_tax_to_whom_and_why() {
        check(
            &refund(),
            32,
            r"
      Café Ünïon
   1 Main Street, Springfield
     NOT A FISCAL DOCUMENT
         REFUND
--------------------------------
Refund of T1-0042
Order number         2026-000917
Paid            2026-03-14 20:41
Register T1     2026-03-14 21:10
--------------------------------
1 Cheeseburger            -10.50
   + EXTRA Cheese 1.00
   - NO Onion
1 Freshly squeezed orange  -4.50
  juice of the day
--------------------------------
Refund CHF                -15.37
--------------------------------
Tax rate        Net   Tax  Gross
VAT 20% incl. -8.75 -1.75 -10.50
City tax 8.25% added
               -4.50 -0.37 -4.87
--------------------------------
Card returned             -11.50
  Tip                      -1.50
  Ref. R-778813
Cash returned              -5.35
  Rounding                  0.02
--------------------------------
Reason: Wrong item
Given back by Anna
Approved by Mona

<cut>
",
        );
        check(
            &refund(),
            42,
            r"
           Café Ünïon
        1 Main Street, Springfield
          NOT A FISCAL DOCUMENT
              REFUND
------------------------------------------
Refund of T1-0042
Order number                   2026-000917
Paid                      2026-03-14 20:41
Register T1               2026-03-14 21:10
------------------------------------------
1 Cheeseburger                      -10.50
   + EXTRA Cheese 1.00
   - NO Onion
1 Freshly squeezed orange juice of   -4.50
  the day
------------------------------------------
Refund CHF                          -15.37
------------------------------------------
Tax rate                  Net   Tax  Gross
VAT 20% incl.           -8.75 -1.75 -10.50
City tax 8.25% added    -4.50 -0.37  -4.87
------------------------------------------
Card returned                       -11.50
  Tip                                -1.50
  Ref. R-778813
Cash returned                        -5.35
  Rounding                            0.02
------------------------------------------
Reason: Wrong item
Given back by Anna
Approved by Mona

<cut>
",
        );
    }

    #[test]
    fn a_payment_that_is_returned_is_owed_again_and_a_copy_says_so() {
        check(
            &returned(),
            42,
            r"
           REPRINT 2
           Café Ünïon
        1 Main Street, Springfield
          NOT A FISCAL DOCUMENT
              REFUND
------------------------------------------
Refund of T1-0042
Paid                      2026-03-14 20:41
Register T1               2026-03-14 21:10
------------------------------------------
Payment                              -5.00
------------------------------------------
Refund CHF                           -5.00
------------------------------------------
Cash returned                        -5.00
The order stays open: this is to be paid
again.
------------------------------------------
Reason: Wrong item
Given back by Anna
           REPRINT 2

<cut>
",
        );
    }
}
