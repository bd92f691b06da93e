//! Money that goes back: how much, to which tender, with how much tax; and payments that were booked wrong.

use super::*;
use crate::domain::payment::{Amends, standing};
use crate::domain::slip::RefundSlip;
use proptest::prelude::*;

/// What was given back and booked elsewhere, as rows write it: `refund cash -500 tip 0 round 0`.
fn amended(shop: &Shop) -> String {
    let one = |it: &Payment| {
        let kind = it.kind().map(Amends::code)?;
        Some(format!("{kind} {} {} tip {} round {}", it.tender.code(), it.amount.0, it.tip.0, it.rounding.0))
    };
    shop.payments.iter().filter_map(one).collect::<Vec<_>>().join(", ")
}

fn slip(shop: &Shop) -> &RefundSlip {
    let Some((Destination::Register, Slip::Refund(slip))) = shop.printed.last() else { panic!("no refund slip") };
    slip
}

#[test]
fn money_goes_back_to_the_tender_that_paid() {
    // rule, steps, what was booked
    check(
        |shop, _| amended(shop),
        &[
            (
                "all of it",
                "as manager; add 2 soup; cash 5000; refund 1 all why cold",
                "refund cash -1000 tip 0 round 0",
            ),
            (
                "some of a line",
                "as manager; add 2 soup; card 1000; refund 1 1x1 why cold",
                "refund card -500 tip 0 round 0",
            ),
            ("an amount", "as manager; add 2 soup; card 1000; refund 1 123 why cold", "refund card -123 tip 0 round 0"),
            (
                "the rest after an amount",
                "as manager; add 2 soup; card 1000; refund 1 123 why cold; refund 1 all why cold",
                "refund card -123 tip 0 round 0, refund card -877 tip 0 round 0",
            ),
            (
                "the latest payment first",
                "as manager; add 2 soup; card 300; cash 700; refund 1 800 why cold",
                "refund cash -700 tip 0 round 0, refund card -100 tip 0 round 0",
            ),
            (
                "or the one that is named",
                "as manager; add 2 soup; card 300; cash 700; refund 1 200 from 1 why cold",
                "refund card -200 tip 0 round 0",
            ),
            (
                "all of one payment",
                "as manager; add 2 soup; card 300; cash 700; refund 1 all from 1 why cold",
                "refund card -300 tip 0 round 0",
            ),
            (
                "a tip goes back with the whole",
                "as manager; add 2 soup; card 1000 150; refund 1 all why cold",
                "refund card -1000 tip -150 round 0",
            ),
            (
                "and stays otherwise",
                "as manager; add 2 soup; card 1000 150; refund 1 1x2 why cold",
                "refund card -1000 tip 0 round 0",
            ),
            (
                "until the rest goes back too",
                "as manager; add 2 soup; card 1000 150; refund 1 1x2 why cold; refund 1 all why cold",
                "refund card -1000 tip 0 round 0, refund card 0 tip -150 round 0",
            ),
            (
                "a part before all was paid is owed again",
                "as manager; add 2 soup; card 300; refund 1 all why left",
                "return card -300 tip 0 round 0",
            ),
        ],
    );
}

#[test]
fn rounded_cash_goes_back_as_it_was_taken() {
    // rule, steps, what was booked
    check(
        |shop, _| amended(shop),
        &[
            (
                "rounded down",
                "as manager; round 5; open 1 fee 1002; cash 1000; refund 1 all why x",
                "refund cash -1000 tip 0 round 2",
            ),
            (
                "rounded up",
                "as manager; round 5; open 1 fee 1003; cash 1005; refund 1 all why x",
                "refund cash -1005 tip 0 round -2",
            ),
            (
                "by its line too",
                "as manager; round 5; open 1 fee 1003; cash 1005; refund 1 1x1 why x",
                "refund cash -1005 tip 0 round -2",
            ),
            (
                "and when what was taken is typed",
                "as manager; round 5; open 1 fee 1003; cash 1005; refund 1 1005 why x",
                "refund cash -1005 tip 0 round -2",
            ),
            (
                "or what was owed",
                "as manager; round 5; open 1 fee 1002; cash 1000; refund 1 1002 why x",
                "refund cash -1000 tip 0 round 2",
            ),
            (
                "a part is rounded, the rest makes it good",
                "as manager; round 5; open 1 fee 1002; cash 1000; refund 1 337 why x; refund 1 all why x",
                "refund cash -335 tip 0 round 2, refund cash -665 tip 0 round 0",
            ),
            (
                "a card is not rounded",
                "as manager; round 5; open 1 fee 1003; card 1003; refund 1 337 why x",
                "refund card -337 tip 0 round 0",
            ),
        ],
    );
}

#[test]
fn what_was_paid_twice_goes_back_first_and_contains_no_tax() {
    let left = |shop: &Shop, _: &Decision| {
        let (order, paid) = (shop.nth(1).unwrap(), shop.paid_for(shop.opened[0]));
        let back: Vec<&Payment> = paid.iter().filter(|it| it.is_refund()).collect();
        let taxes = back.iter().filter_map(|it| it.amends.as_ref()).flat_map(|it| &it.taxes);
        let (gone, taxed): (Money, Money) = (back.iter().map(|it| it.amount).sum(), taxes.map(|it| it.gross).sum());
        format!("{} back, {} of it sold, {} too much", gone.0, taxed.0, crate::domain::refund::surplus(&order, &paid).0)
    };
    // rule, steps, what went back, what of that had been sold, what is still paid too much
    check(
        left,
        &[
            (
                "all of it",
                "as manager; add 2 soup; cash 1000; elsewhere 1 1000; refund 1 1000 why twice",
                "-1000 back, 0 of it sold, 0 too much",
            ),
            (
                "some of it",
                "as manager; add 2 soup; cash 1000; elsewhere 1 1000; refund 1 400 why twice",
                "-400 back, 0 of it sold, 600 too much",
            ),
            (
                "more than that",
                "as manager; add 2 soup; cash 1000; elsewhere 1 400; refund 1 900 why cold",
                "-900 back, -500 of it sold, 0 too much",
            ),
            (
                "everything",
                "as manager; add 2 soup; cash 1000; elsewhere 1 1000; refund 1 all why cold",
                "-2000 back, -1000 of it sold, 0 too much",
            ),
            (
                "what was sold, once that went back",
                "as manager; add 2 soup; cash 1000; elsewhere 1 1000; refund 1 1000 why twice; refund 1 1x1 why cold",
                "-1500 back, -500 of it sold, 0 too much",
            ),
        ],
    );
}

#[test]
fn a_refund_opens_the_drawer_for_cash_alone_and_tells_no_station() {
    // rule, steps, writes of the last step
    check(
        |_, decision| wrote(decision),
        &[
            (
                "cash",
                "as manager; add 1 soup; cash 500; refund 1 all why cold",
                "kick, order, payment -500, refund slip",
            ),
            ("a card", "as manager; add 1 soup; card 500; refund 1 all why cold", "order, payment -500, refund slip"),
            (
                "a card, of two tenders",
                "as manager; add 2 soup; card 300; cash 700; refund 1 all from 1 why cold",
                "order, payment -300, refund slip",
            ),
            ("a copy", "as manager; add 1 soup; cash 500; refund 1 all why cold; slip 1 2", "refund slip"),
            (
                "a correction moves no money",
                "as manager; add 1 soup; cash 500; correct 1 1 card 0 why key",
                "payment -500, payment 500",
            ),
            ("a ticket again", "add 2 soup; send; tickets 1", "kitchen reprint [2 Soup]"),
            (
                "what was voided or not sent is on no ticket",
                "as manager; add 2 soup; send; void 1 of 1 cold; add 1 burger; tickets 1",
                "kitchen reprint [1 Soup]",
            ),
        ],
    );
}

#[test]
fn a_refund_is_not_owed_again_and_a_returned_part_is() {
    let balance = |shop: &Shop| shop.nth(1).map(|order| order.balance(&shop.payments).0);
    // steps, balance
    for (steps, expected) in [
        ("as manager; add 2 soup; cash 1000; refund 1 all why cold", 0),
        ("as manager; add 2 soup; cash 1000; refund 1 1x1 why cold", 0),
        ("as manager; add 2 soup; cash 300; refund 1 all why left", 1000),
        ("as manager; add 2 soup; cash 300; card 100; refund 1 all from 1 why left", 900),
        ("as manager; add 2 soup; cash 1000; correct 1 1 card 0 why key", 0),
        ("as manager; add 2 soup; cash 300; correct 1 1 card 0 why key", 700),
    ] {
        assert_eq!(balance(&Shop::after(steps)), Some(expected), "{steps}");
    }
    // What was owed again can be paid, or given up.
    Shop::after("as manager; add 2 soup; cash 300; refund 1 all why left; cash 1000");
    Shop::after("as manager; add 2 soup; cash 300; refund 1 all why left; type takeaway; void-order left");
    let refused = Shop::after("as manager; add 2 soup; cash 1000; refund 1 all why cold").step("recall 1");
    assert_eq!(refused, Err(Refusal::OrderPaid("T1-0001".into())));
}

#[test]
fn a_correction_settles_what_the_wrong_payment_settled() {
    // rule, steps, what was booked
    check(
        |shop, _| amended(shop),
        &[
            (
                "cash was a card",
                "as manager; add 1 soup; cash 2000; correct 1 1 card 0 why key",
                "reversal cash -500 tip 0 round 0, correction card 500 tip 0 round 0",
            ),
            (
                "with a tip",
                "as manager; add 1 soup; cash 2000; correct 1 1 card 50 why key",
                "reversal cash -500 tip 0 round 0, correction card 500 tip 50 round 0",
            ),
            (
                "a card was cash, and the tip no tip",
                "as manager; add 1 soup; card 500 50; correct 1 1 cash 0 why key",
                "reversal card -500 tip -50 round 0, correction cash 500 tip 0 round 0",
            ),
            (
                "a card pays the odd cents",
                "as manager; round 5; open 1 fee 1002; cash 1000; correct 1 1 card 0 why key",
                "reversal cash -1000 tip 0 round 2, correction card 1002 tip 0 round 0",
            ),
            (
                "cash does not",
                "as manager; round 5; open 1 fee 1002; card 1002; correct 1 1 cash 0 why key",
                "reversal card -1002 tip 0 round 0, correction cash 1000 tip 0 round -2",
            ),
            (
                "a bill is rounded once",
                "as manager; round 5; open 1 fee 1002; card 501; cash 500; correct 1 1 cash 0 why key",
                "reversal card -501 tip 0 round 0, correction cash 501 tip 0 round 0",
            ),
            (
                "a part is taken as it is",
                "as manager; round 5; open 1 fee 1002; card 501; correct 1 1 cash 0 why key",
                "reversal card -501 tip 0 round 0, correction cash 501 tip 0 round 0",
            ),
            (
                "there and back again",
                "as manager; add 1 soup; cash 500; correct 1 1 card 0 why key; correct 1 3 cash 0 why oh no",
                "reversal cash -500 tip 0 round 0, correction card 500 tip 0 round 0, \
                 reversal card -500 tip 0 round 0, correction cash 500 tip 0 round 0",
            ),
        ],
    );
    // The receipt knows how it was paid, not how it was booked.
    let shop = Shop::after("as manager; add 1 soup; cash 2000; correct 1 1 card 50 why key; receipt 1");
    let Some((_, Slip::Receipt(receipt))) = shop.printed.last() else { panic!("no receipt") };
    let paid: Vec<_> = receipt.payments.iter().map(|it| (it.tender, it.amount, it.tip)).collect();
    assert_eq!(paid, [(Tender::Card, Money(500), Money(50))]);
    // A refund goes to what really paid.
    let shop = Shop::after("as manager; add 1 soup; cash 500; correct 1 1 card 0 why key; refund 1 all why cold");
    assert_eq!(shop.payments.last().map(|it| (it.tender, it.amount)), Some((Tender::Card, Money(-500))));
}

#[test]
fn a_slip_says_what_for_who_and_why_and_how_often_it_was_printed() {
    let mut shop = Shop::after("add 2 burger +cheese; add 1 soup; card 1000; cash 9999; beside manager");
    shop.does("refund 1 1x1 2x1 why too cold");
    let first = slip(&shop).clone();
    let lines: Vec<_> = first.lines.iter().map(|it| (it.quantity, it.name.as_str())).collect();
    assert_eq!(lines, [(1, "Burger"), (1, "Soup")]);
    let named = (first.reason.as_str(), first.by.as_str(), first.approved_by.as_deref());
    assert_eq!(named, ("too cold", "Cleo", Some("Mona")));
    assert_eq!(first.total, first.taxes.iter().map(|it| it.gross).sum());
    assert!(first.total < Money::ZERO && !first.is_owed_again);
    for before in 1..=2 {
        shop.does("slip 1 3");
        assert_eq!(*slip(&shop), RefundSlip { reprint: before, ..first.clone() });
    }
    shop.does("receipt 1");
    let Some((_, Slip::Receipt(receipt))) = shop.printed.last() else { panic!("no receipt") };
    assert_eq!(receipt.payments.len(), 3, "two payments, and what was refunded of them");
    let settled: Money = receipt.payments.iter().map(Payment::settles).sum();
    assert_eq!((receipt.total, receipt.reprint), (settled, 0));
}

proptest! {
    #[test]
    fn however_it_goes_back_no_more_than_was_taken_does_and_the_parts_add_up(
        quantities in prop::collection::vec(1_u32..4, 1..4),
        card in 0_i64..1500,
        tip in 0_i64..200,
        step in prop::sample::select(vec![1_i64, 5, 10, 100]),
        wishes in prop::collection::vec((0_usize..3, 1_i64..2500, 0_usize..4), 0..6),
    ) {
        let mut shop = Shop::after(&format!("as manager; round {step}"));
        let items = ["soup", "burger +cheese", "tea"];
        for (quantity, item) in quantities.iter().zip(items) {
            shop.does(&format!("add {quantity} {item}"));
        }
        let total = shop.total();
        if (1..total.0).contains(&card) {
            shop.does(&format!("card {card} {tip}"));
        }
        shop.does("cash 99999");
        let taken: Money = shop.payments.iter().map(|it| it.amount + it.tip).sum();
        for (kind, amount, line) in wishes {
            // Whatever the house allows; what it refuses changes nothing.
            let step = match kind {
                0 => format!("refund 1 {amount} why x"),
                1 => format!("refund 1 {}x1 why x", line + 1),
                _ => format!("refund 1 {amount} from 1 why x"),
            };
            let before = shop.payments.len();
            let done = shop.step(&step).is_ok();
            prop_assert_eq!(done, shop.payments.len() > before);
        }
        let left: Money = shop.payments.iter().map(|it| it.amount + it.tip).sum();
        let has_left = left > Money::ZERO;
        prop_assert!(left >= Money::ZERO, "more went back than was taken");
        prop_assert_eq!(shop.step("refund 1 all why rest").is_ok(), has_left);
        // In the end exactly what was taken went back, with exactly the tax that was charged.
        prop_assert_eq!(shop.payments.iter().map(|it| it.amount + it.tip).sum::<Money>(), Money::ZERO);
        prop_assert!(taken > Money::ZERO);
        prop_assert_eq!(standing(&shop.payments).map(Payment::settles).sum::<Money>(), total);
        if !has_left {
            // The money was gone before: what rounding gave is nobody's to give back, nor is its tax.
            return Ok(());
        }
        let order = shop.nth(1).unwrap();
        for sum in order.totals().taxes {
            let back = shop.payments.iter().filter_map(|it| it.amends.as_ref()).flat_map(|it| &it.taxes);
            let back: Vec<_> = back.filter(|it| it.tax == sum.tax).collect();
            prop_assert_eq!(back.iter().map(|it| it.amount).sum::<Money>() + sum.amount, Money::ZERO);
            prop_assert!(back.iter().all(|it| it.net + it.amount == it.gross));
        }
    }
}
