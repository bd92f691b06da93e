//! Money: payments, change, rounding, the drawer, receipts, and sums that always add up.

use super::*;
use crate::domain::order::LineModifier;
use crate::domain::slip::Receipt;
use crate::domain::tax::{LineTax, TaxRate};
use proptest::prelude::*;

/// The payments as rows write them: `cash 1000-500 tip 0 round 0`, what was given less what went back.
fn paid(shop: &Shop) -> String {
    let one = |it: &Payment| {
        let (tender, given, back) = (it.tender.code(), it.tendered.0, it.change.0);
        format!("{tender} {given}-{back} tip {} round {}", it.tip.0, it.rounding.0)
    };
    shop.payments.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[test]
fn money_is_taken_and_change_is_given() {
    // rule, steps, payments / what the cashier is told
    check(
        |shop, decision| format!("{} / {}", paid(shop), decision.said.as_deref().unwrap_or("")),
        &[
            ("exact", "add 2 soup; cash 1000", "cash 1000-0 tip 0 round 0 / T1-0001 paid, change 0.00"),
            ("a note", "add 2 soup; cash 5000", "cash 5000-4000 tip 0 round 0 / T1-0001 paid, change 40.00"),
            (
                "too little is a part",
                "add 2 soup; cash 400",
                "cash 400-0 tip 0 round 0 / Cash 4.00 taken, 6.00 left to pay",
            ),
            ("a card", "add 2 soup; card 1000", "card 1000-0 tip 0 round 0 / T1-0001 paid, change 0.00"),
            (
                "a tip is over and above",
                "add 2 soup; card 1000 150",
                "card 1000-0 tip 150 round 0 / T1-0001 paid, change 0.00",
            ),
            (
                "split in three",
                "add 2 soup; card 300; cash 200; cash 1000",
                "card 300-0 tip 0 round 0, cash 200-0 tip 0 round 0, cash 1000-500 tip 0 round 0 / \
                 T1-0001 paid, change 5.00",
            ),
            (
                "what costs nothing is closed by nothing",
                "add 1 water; cash 0",
                "cash 0-0 tip 0 round 0 / T1-0001 paid, change 0.00",
            ),
            ("by card too", "add 1 water; card 0", "card 0-0 tip 0 round 0 / T1-0001 paid, change 0.00"),
            (
                "a note for nothing goes back",
                "add 1 water; cash 500",
                "cash 500-500 tip 0 round 0 / T1-0001 paid, change 5.00",
            ),
        ],
    );
}

#[test]
fn what_a_card_terminal_took_while_another_register_was_paid_is_noted_and_can_go_back() {
    let told = |shop: &Shop, decision: &Decision| {
        let order = shop.order(shop.opened[0]).unwrap();
        let surplus = crate::domain::refund::surplus(&order, &shop.paid_for(shop.opened[0]));
        let said = decision.said.as_deref().unwrap_or("");
        format!("{} too much, {} / {said}", surplus.0, if shop.in_hand.is_some() { "in hand" } else { "put aside" })
    };
    let noted = "Noted. T1-0001 was paid too much: F2, Tab, F5 gives it back";
    let noted_of = |surplus: &str| format!("{surplus} too much, put aside / {noted}");
    // rule, steps, what is paid too much, whether the order is still in hand / what the cashier is told
    check(
        told,
        &[
            ("all of it twice", "add 2 soup; send; elsewhere 1 1000; charged 1000", &noted_of("1000")),
            ("with a tip", "add 2 soup; send; elsewhere 1 1000; charged 1000 50", &noted_of("1000")),
            ("some was paid elsewhere", "add 2 soup; send; elsewhere 1 400; charged 1000", &noted_of("400")),
            (
                "what was not sent is sent",
                "add 1 soup; send; add 1 soup; elsewhere 1 900; charged 1000",
                &noted_of("900"),
            ),
            (
                "what is owed is simply paid",
                "add 2 soup; send; charged 1000",
                "0 too much, put aside / T1-0001 paid, change 0.00",
            ),
            (
                "and so is a part",
                "add 2 soup; send; elsewhere 1 400; charged 500",
                "0 too much, in hand / Card 5.00 taken, 1.00 left to pay",
            ),
        ],
    );
    // rule, steps, what the house says
    for (steps, refused) in [
        ("charged 500", Refusal::NoOrder),
        ("add 1 soup; send; elsewhere 1 500; charged 0", Refusal::OrderPaid("T1-0001".into())),
        ("add 1 soup; send; elsewhere 1 900; charged 0", Refusal::BadAmount),
        ("add 1 soup; remove 1; charged 500", Refusal::NothingToPay),
        ("add 1 soup; charged 999999999999", Refusal::BadAmount),
    ] {
        let (before, last) = steps.rsplit_once("; ").unwrap_or(("", steps));
        assert_eq!(Shop::after(before).step(last).err(), Some(refused), "{steps}");
    }
}

#[test]
fn cash_is_rounded_and_a_card_is_not() {
    // rule, steps, payments
    check(
        |shop, _| paid(shop),
        &[
            ("down to 5", "round 5; open 1 fee 1002; cash 1000", "cash 1000-0 tip 0 round -2"),
            ("up to 5", "round 5; open 1 fee 1003; cash 1005", "cash 1005-0 tip 0 round 2"),
            ("down to 10", "round 10; open 1 fee 1004; cash 2000", "cash 2000-1000 tip 0 round -4"),
            ("halves up to 10", "round 10; open 1 fee 1005; cash 2000", "cash 2000-990 tip 0 round 5"),
            ("down to 50", "round 50; open 1 fee 1024; cash 2000", "cash 2000-1000 tip 0 round -24"),
            ("up to 50", "round 50; open 1 fee 1025; cash 2000", "cash 2000-950 tip 0 round 25"),
            ("down to 100", "round 100; open 1 fee 1049; cash 1000", "cash 1000-0 tip 0 round -49"),
            ("up to 100", "round 100; open 1 fee 1050; cash 2000", "cash 2000-900 tip 0 round 50"),
            ("down to nothing", "round 5; open 1 fee 2; cash 0", "cash 0-0 tip 0 round -2"),
            ("a card pays the odd cents", "round 100; open 1 fee 1049; card 1049", "card 1049-0 tip 0 round 0"),
            ("who gives what is owed owes no more", "round 5; open 1 fee 1003; cash 1003", "cash 1003-0 tip 0 round 0"),
            ("and is not taken for more", "round 5; open 1 fee 1003; cash 1004", "cash 1004-0 tip 0 round 1"),
            ("rounding down gives change", "round 5; open 1 fee 1002; cash 1001", "cash 1001-1 tip 0 round -2"),
            ("a part is taken as it is", "round 5; open 1 fee 1002; cash 501", "cash 501-0 tip 0 round 0"),
            (
                "the last part is rounded",
                "round 5; open 1 fee 1002; cash 500; cash 1000",
                "cash 500-0 tip 0 round 0, cash 1000-500 tip 0 round -2",
            ),
            ("not at all", "round 1; open 1 fee 1003; cash 1003", "cash 1003-0 tip 0 round 0"),
            (
                "as is usual for the currency: the euro is not",
                "open 1 fee 1003; cash 1003",
                "cash 1003-0 tip 0 round 0",
            ),
        ],
    );
}

#[test]
fn the_drawer_opens_first_and_what_was_not_sent_is_sent() {
    // rule, steps, writes of the last step
    check(
        |_, decision| wrote(decision).replace("payment 500", "payment").replace("payment 100", "payment"),
        &[
            (
                "cash, with a receipt",
                "receipts always; add 1 soup; cash 500",
                "kick, order, drop, kitchen new [1 Soup], payment, receipt, last paid, empty desk",
            ),
            (
                "a card opens no drawer",
                "add 1 soup; card 500",
                "order, drop, kitchen new [1 Soup], payment, last paid, empty desk",
            ),
            ("nothing new", "add 1 soup; send; cash 500", "kick, drop, payment, last paid, empty desk"),
            ("a part keeps it in hand", "add 1 soup; send; cash 100", "kick, drop, payment, desk"),
            (
                "a part sends too",
                "receipts always; add 1 soup; cash 100",
                "kick, order, drop, kitchen new [1 Soup], payment, desk",
            ),
            (
                "another order type goes along",
                "add 1 soup; send; type takeaway; cash 500",
                "kick, order, drop, kitchen change [], payment, last paid, empty desk",
            ),
        ],
    );
    for steps in ["add 1 soup; add 1 tea; cash 5000", "receipts always; add 1 soup; cash 100"] {
        let shop = Shop::after(steps);
        assert_eq!(shop.printed[0], (Destination::Register, Slip::DrawerKick), "{steps}");
    }
    let shop = Shop::after("as manager; no-sale change");
    assert_eq!(shop.printed, [(Destination::Register, Slip::DrawerKick)]);
}

#[test]
fn what_the_card_terminal_printed_is_kept() {
    let mut shop = Shop::after("add 1 soup");
    let pay = |reference: &str| Command::Pay {
        tender: Tender::Card,
        tendered: Money(500),
        tip: Money(20),
        reference: Some(reference.into()),
    };
    assert_eq!(shop.carry_out(&pay("a\nb")), Err(Refusal::BadText { what: "A reference" }));
    assert_eq!(shop.carry_out(&pay(&"9".repeat(121))), Err(Refusal::BadText { what: "A reference" }));
    shop.carry_out(&pay(" A1-77 ")).unwrap();
    assert_eq!((shop.payments[0].reference.as_deref(), shop.payments[0].tip), (Some("A1-77"), Money(20)));
    let entry = shop.entries.last().unwrap().clone().unwrap();
    assert!(!format!("{entry:?}").contains("A1-77"), "the journal knows no cards");
}

fn receipt(shop: &Shop) -> &Receipt {
    let Some((Destination::Register, Slip::Receipt(receipt))) = shop.printed.last() else { panic!("no receipt") };
    receipt
}

#[test]
fn a_receipt_says_what_was_sold_and_how_it_was_paid() {
    let shop = Shop::after(
        "as manager; receipts always; type takeaway; customer Ana; add 2 burger +cheese -onion; add 1 soup; \
         add 1 wine; send; void 2 of 1 cold; card 1000 50; cash 5000",
    );
    let receipt = receipt(&shop);
    assert_eq!((receipt.house.as_str(), receipt.register.as_str()), ("Trattoria", "T1"));
    assert_eq!((receipt.local_number.0.as_str(), receipt.order_number.as_deref()), ("T1-0001", None));
    assert_eq!((receipt.order_type, receipt.customer_name.as_deref()), (OrderType::Takeaway, Some("Ana")));
    let lines: Vec<(u32, &str, i64, i64)> =
        receipt.lines.iter().map(|it| (it.quantity, it.name.as_str(), it.unit_price.0, it.total.0)).collect();
    assert_eq!(lines, [(2, "Burger", 900, 2100), (1, "Wine", 1000, 1000)], "what was voided is left out");
    let modifiers = &receipt.lines[0].modifiers;
    assert_eq!(*modifiers, [("+ Cheese".into(), Money(150)), ("- NO Onion".into(), Money::ZERO)]);
    let taxes: Vec<(&str, i64, i64, i64)> =
        receipt.taxes.iter().map(|it| (it.tax.name.as_str(), it.net.0, it.amount.0, it.gross.0)).collect();
    assert_eq!(taxes, [("STD", 1750, 350, 2100), ("TWICE", 1000, 1000, 2000)]);
    assert_eq!((receipt.net, receipt.tax, receipt.total), (Money(2750), Money(1350), Money(4100)));
    let tenders: Vec<(Tender, i64, i64)> =
        receipt.payments.iter().map(|it| (it.tender, it.amount.0, it.change.0)).collect();
    assert_eq!(tenders, [(Tender::Card, 1000, 0), (Tender::Cash, 3100, 1900)]);
    assert_eq!((receipt.paid_at, receipt.reprint), (shop.payments[1].created_at, 0));
}

#[test]
fn a_receipt_comes_again_on_request_and_says_so() {
    // rule, steps, how often the last receipt was printed before
    check(
        |shop, decision| format!("{} {}", wrote(decision), receipt(shop).reprint),
        &[
            ("the first on request", "add 1 soup; cash 500; receipt", "receipt 0"),
            ("the second", "add 1 soup; cash 500; receipt; receipt", "receipt 1"),
            ("after one by default", "receipts always; add 1 soup; cash 500; receipt", "receipt 1"),
            ("of an older order", "add 1 soup; cash 500; add 1 tea; cash 300; receipt 1", "receipt 0"),
        ],
    );
    let shop = Shop::after("add 1 soup; cash 500; add 1 tea; cash 300; add 1 wine; receipt");
    assert_eq!(receipt(&shop).local_number.0, "T1-0002", "the one that was paid last, whatever is in hand");
    assert_eq!(shown(shop.hand().as_ref()), "1 Wine");
}

/// One item of the menu, some of it, with choices: what a random guest orders.
fn any_line() -> impl Strategy<Value = String> {
    let plain = (1_u32..=20, prop::sample::select(vec!["soup", "tea", "wine", "water"]))
        .prop_map(|(quantity, item)| format!("add {quantity} {item}"));
    let burger = (1_u32..=20, prop::sample::subsequence(vec!["+cheese", "-onion", "!bacon", "+3chips"], 0..=4))
        .prop_map(|(quantity, picks)| format!("add {quantity} burger {}", picks.join(" ")));
    let fee = (1_u32..=3, 0_i64..=2_000).prop_map(|(quantity, price)| format!("open {quantity} fee {price}"));
    prop_oneof![plain, burger, fee]
}

fn any_order() -> impl Strategy<Value = String> {
    let order_type = prop::sample::select(vec!["dine_in", "takeaway", "delivery"]);
    (prop::collection::vec(any_line(), 1..8), order_type)
        .prop_map(|(lines, order_type)| format!("{}; type {order_type}", lines.join("; ")))
}

proptest! {
    // A case that fails becomes a row above, not a file of seeds.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_given_a_paid_order_is_settled_to_the_unit(
        order in any_order(),
        step in prop::sample::select(vec![1_i64, 5, 10, 25, 50, 100, 500, 1000]),
        tenders in prop::collection::vec((any::<bool>(), 0_u32..=120, -60_i64..=60), 1..6),
    ) {
        let mut shop = Shop::after(&format!("round {step}; {order}"));
        let total = shop.total();
        // Each guest gives so many percent of what is left and some units more or less; the last one pays the rest.
        for (is_cash, percent, more) in tenders {
            let Some(order) = shop.hand() else { break };
            let left = order.balance(&shop.payments);
            let given = (left.portion(i64::from(percent), 100).0 + more).max(0);
            let given = if is_cash { given } else { given.min(left.0) };
            let kind = if is_cash { "cash" } else { "card" };
            let before = shop.printed.len();
            match shop.step(&format!("{kind} {given}")) {
                Ok(_) => {
                    prop_assert!(!is_cash || shop.printed[before].1 == Slip::DrawerKick);
                }
                Err(refusal) => prop_assert_eq!(refusal, Refusal::BadAmount),
            }
        }
        if let Some(order) = shop.hand() {
            let rest = crate::domain::payment::cash_due(order.balance(&shop.payments), step);
            shop.does(&format!("cash {}", rest.0));
        }
        prop_assert_eq!(shop.hand(), None, "the order is closed");
        let settled: Money = shop.payments.iter().map(Payment::settles).sum();
        prop_assert_eq!(settled, total, "{}", paid(&shop));
        for payment in &shop.payments {
            prop_assert!(payment.change >= Money::ZERO && payment.amount >= Money::ZERO);
            prop_assert_eq!(payment.tendered, payment.amount + payment.change);
            prop_assert!(payment.rounding.0.abs() * 2 <= step, "rounded by more than half a step");
            prop_assert!(payment.rounding.is_zero() || payment.tender == Tender::Cash);
        }
    }

    #[test]
    fn nets_and_taxes_add_up_to_the_total(
        lines in prop::collection::vec((0_i64..=1_000_000_000, 1_u32..=999, 0_usize..6, any::<bool>()), 0..40),
        order_type in prop::sample::select(OrderType::ALL.to_vec()),
    ) {
        let rates = [(0, true), (700, true), (1900, true), (2000, false), (825, false), (10_000, false)];
        let mut order = Shop::after("add 1 soup").hand().unwrap();
        let like = order.lines.remove(0);
        for (nth, (price, quantity, rate, is_voided)) in lines.into_iter().enumerate() {
            let tax = |shift: usize| {
                let (rate, included) = rates[(rate + shift) % rates.len()];
                LineTax { tax_id: format!("t{rate}").as_str().into(), name: "T".into(), rate: TaxRate(rate), included }
            };
            let modifier = LineModifier {
                modifier_id: "m".into(), name: "M".into(), price: Money(price / 7), quantity: 2, qualifier: None,
            };
            order.lines.push(Line {
                line_id: LineId(uuid::Uuid::from_u128(nth as u128)),
                unit_price: Money(price),
                quantity,
                modifiers: vec![modifier],
                taxes: OrderType::ALL.iter().enumerate().map(|(shift, it)| (*it, tax(shift))).collect(),
                state: if is_voided { LineState::Voided } else { LineState::Sent },
                ..like.clone()
            });
        }
        order.header.order_type = order_type;
        let totals = order.totals();
        let nets: Money = totals.taxes.iter().map(|it| it.net).sum();
        let taxes: Money = totals.taxes.iter().map(|it| it.amount).sum();
        prop_assert_eq!((nets, taxes), (totals.net, totals.tax));
        prop_assert_eq!(nets + taxes, totals.total);
        prop_assert!(totals.taxes.iter().all(|it| it.net + it.amount == it.gross));
        // What the guest saw on the lines is in it: included tax adds nothing, and tax on top is never negative.
        let seen: Money = order.lines.iter().map(Line::total).sum();
        let on_top: Money = totals.taxes.iter().filter(|it| !it.tax.included).map(|it| it.amount).sum();
        prop_assert_eq!(seen + on_top, totals.total);
        prop_assert!(totals.taxes.iter().all(|it| it.net >= Money::ZERO && it.amount >= Money::ZERO));
    }
}
