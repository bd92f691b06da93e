//! Every no of the house, each with its row.

use super::*;
use crate::domain::limits::LINES_MAX;
use std::collections::BTreeSet;

macro_rules! names {
    ($($Name:ident),* $(,)?) => {
        /// Every refusal by name. A new one breaks the build here; then it needs a row below.
        const ALL: &[&str] = &[$(stringify!($Name)),*];

        fn name(refusal: &Refusal) -> &'static str {
            match refusal {
                $(Refusal::$Name { .. } => stringify!($Name),)*
            }
        }
    };
}

names! {
    NotLoggedIn, NeedsManager, NoSuchItem, SoldOut, OnlyLeft, NotEnough, BadPortions, BadQuantity, BadPart,
    PriceNeeded, PriceFixed, BadPrice, TooMuch,
    TooManyLines, TooFewModifiers, TooManyModifiers, ForeignModifier, NoLine, LineSent, LineVoided, LineNotSent,
    NotForward, BadText, NoCustomerName, BadPhone, NoSuchCustomer, NoCustomer, NoOrder,
    NoSuchOrder, OrderPaid, OrderCancelled, TypeFixedByPayment, NothingToSend,
    NothingToUndo, NothingToPay, BadAmount, CardOverpays, PaidInPart, NotPaid, NothingPaidYet, NoMoneyTaken,
    AlreadyRefunded, NotPaidInFull, BadRefund, LineRefunded, NoSuchPayment, PaymentRefunded, SameTender,
    PaymentsChanged, NoTicket, NotInReview, NothingToResubmit, NotMendable,
}

const REVIEWS: &[(&str, &str)] = &[
    ("as nobody; resubmit 1 rejected", "Nobody is logged in: type your PIN first"),
    (
        "add 1 soup; send; doubt 1 rejected; resubmit 1 rejected",
        "Only a manager may settle what is in Review: a manager's PIN is needed",
    ),
    (
        "add 1 soup; send; doubt 1 rejected; beside cashier; mend 1 rejected name Bo",
        "Only a manager may settle what is in Review: a manager's PIN is needed",
    ),
    (
        "add 1 soup; send; doubt 1 rejected; close 1 rejected by hand",
        "Only a manager may settle what is in Review: a manager's PIN is needed",
    ),
    ("as manager; add 1 soup; send; resubmit 1 rejected", GONE),
    ("as manager; add 1 soup; send; doubt 1 merged; resubmit 1 rejected", GONE),
    ("as manager; add 1 soup; send; doubt 1 rejected; resubmit 1 rejected; close 1 rejected why", GONE),
    ("as manager; add 1 soup; send; mend 1 rejected name Bo", GONE),
    ("as manager; add 1 soup; send; doubt 1 flawed; resubmit 1 flawed", HAS_IT),
    ("as manager; add 1 soup; send; doubt 1 merged; resubmit 1 merged", HAS_IT),
    ("as manager; add 1 soup; send; doubt 1 quarantined; resubmit 1 quarantined", HAS_IT),
    ("as manager; add 1 soup; send; doubt 1 merged; mend 1 merged name Bo", NOT_HERE),
    ("as manager; add 1 soup; send; doubt 1 quarantined; mend 1 quarantined name Bo", NOT_HERE),
    ("as manager; add 1 soup; send; doubt 1 rejected; close 1 rejected", "A reason takes 1 to 120 characters"),
    (
        "as manager; add 1 soup; cash 500; doubt 1 rejected; mend 1 rejected type takeaway",
        "Part of T1-0001 is paid: its type can no longer change",
    ),
    ("as manager; doubt 1 rejected; mend 1 rejected name Bo", "That order is not in this register"),
];
const GONE: &str = "That is not in Review any more: look again";
const HAS_IT: &str = "The server has that already: mend it, or close it with a reason";
const NOT_HERE: &str =
    "That cannot be mended at a register: close it with a reason, and put it right at the head office";

// Steps about money that goes back, the last of which is refused; what the cashier is told.
const REFUNDS: &[(&str, &str)] = &[
    ("as nobody; refund 1 all why cold", "Nobody is logged in: type your PIN first"),
    ("refund 1 all why cold", "That order is not in this register"),
    ("correct 1 1 card 0 why key", "That order is not in this register"),
    ("slip 1 1", "That order is not in this register"),
    ("tickets 1", "That order is not in this register"),
    ("add 1 soup; cash 500; refund 1 all why cold", "Only a manager may give money back: a manager's PIN is needed"),
    (
        "add 1 soup; cash 500; beside cashier; refund 1 all why cold",
        "Only a manager may give money back: a manager's PIN is needed",
    ),
    (
        "add 1 soup; cash 500; correct 1 1 card 0 why key",
        "Only a manager may correct how something was paid: a manager's PIN is needed",
    ),
    ("as manager; add 1 soup; cash 500; refund 1 all why", "A reason takes 1 to 120 characters"),
    ("as manager; add 1 soup; cash 500; correct 1 1 card 0 why", "A reason takes 1 to 120 characters"),
    ("add 1 soup; send; refund 1 all why cold", "No money was taken for T1-0001: there is nothing to give back"),
    ("add 1 water; cash 0; refund 1 all why warm", "No money was taken for T1-0001: there is nothing to give back"),
    (
        "as manager; add 1 soup; cash 100; refund 1 all why cold; refund 1 all why cold",
        "No money was taken for T1-0001: there is nothing to give back",
    ),
    (
        "as manager; add 1 soup; cash 500; refund 1 all why cold; refund 1 all why cold",
        "All that was paid for T1-0001 was given back already",
    ),
    (
        "as manager; add 1 soup; cash 500; refund 1 500 why cold; refund 1 1 why cold",
        "All that was paid for T1-0001 was given back already",
    ),
    (
        "as manager; add 1 soup; cash 100; refund 1 50 why cold",
        "T1-0001 is not paid in full: give a whole payment back, or void what is not wanted (F6)",
    ),
    (
        "as manager; add 1 soup; cash 100; refund 1 1x1 why cold",
        "T1-0001 is not paid in full: give a whole payment back, or void what is not wanted (F6)",
    ),
    ("as manager; add 1 soup; cash 500; refund 1 0 why cold", MOST_500),
    ("as manager; add 1 soup; cash 500; refund 1 -1 why cold", MOST_500),
    ("as manager; add 1 soup; cash 500; refund 1 501 why cold", MOST_500),
    ("as manager; add 1 soup; cash 500; refund 1 9223372036854775807 why cold", MOST_500),
    ("as manager; add 2 soup; card 500; cash 500; refund 1 501 from 1 why cold", MOST_500),
    ("as manager; add 2 soup; cash 1000; refund 1 500 why cold; refund 1 501 why cold", MOST_500),
    ("as manager; add 2 soup; cash 1000; refund 1 500 why cold; refund 1 1x2 why cold", MOST_500),
    // Two cents are no coin.
    ("as manager; round 5; add 1 soup; cash 500; refund 1 2 why cold", MOST_500),
    ("as manager; add 1 soup; cash 500; refund 1 why cold", "There is no line here yet: add an item first"),
    ("as manager; add 1 soup; cash 500; refund 1 2x1 why cold", "There is no line here yet: add an item first"),
    ("as manager; add 2 soup; cash 1000; refund 1 1x3 why cold", "Soup: choose 1 to 2, not 3"),
    ("as manager; add 2 soup; cash 1000; refund 1 1x0 why cold", "Soup: choose 1 to 2, not 0"),
    ("as manager; add 2 soup; cash 1000; refund 1 1x4294967295 why cold", "Soup: choose 1 to 2, not 4294967295"),
    ("as manager; add 2 soup; cash 1000; refund 1 1x2 1x1 why cold", "Soup was refunded already"),
    ("as manager; add 2 soup; cash 1000; refund 1 1x1 why cold; refund 1 1x2 why cold", "Soup: choose 1 to 1, not 2"),
    (
        "as manager; add 1 soup; add 1 tea; cash 9999; refund 1 1x1 why cold; refund 1 1x1 why cold",
        "Soup was refunded already",
    ),
    (
        "as manager; add 1 soup; add 1 tea; send; void 1 of 1 cold; cash 9999; refund 1 1x1 why cold",
        "Soup was voided already",
    ),
    (
        "as manager; add 1 soup; cash 500; refund 1 all from 2 why cold",
        "That payment is none of T1-0001, or was taken back already",
    ),
    (
        "as manager; add 1 soup; cash 500; correct 1 2 card 0 why key",
        "That payment is none of T1-0001, or was taken back already",
    ),
    (
        "as manager; add 1 soup; cash 500; correct 1 1 card 0 why key; correct 1 1 card 0 why key",
        "That payment is none of T1-0001, or was taken back already",
    ),
    ("add 1 soup; cash 500; slip 1 1", "That payment is none of T1-0001, or was taken back already"),
    (
        "as manager; add 1 soup; cash 500; refund 1 1 why cold; correct 1 1 card 0 why key",
        "Some of that payment was given back already: its tender can no longer be corrected",
    ),
    ("as manager; add 1 soup; cash 500; correct 1 1 cash 0 why key", "That payment is booked as Cash already"),
    (
        "as manager; add 1 soup; cash 500; refund 1 100 seen 0 why cold",
        "The payments of T1-0001 have changed meanwhile, nothing was done: look again",
    ),
    ("type takeaway; tickets 1", "Nothing of T1-0001 was sent there: there is no ticket to print again"),
    ("add 1 soup; send; tickets 1 bar", "Nothing of T1-0001 was sent there: there is no ticket to print again"),
    ("add 1 soup; hold; receipt 1", "T1-0001 has not been paid: a receipt comes with the payment"),
];

const BAD_PHONE: &str = "A phone number has 3 to 20 digits, and beside them only blanks and + - ( ) . /";
const MOST_500: &str = "A refund is more than nothing and at most what is left of the payments, 5.00";

#[test]
fn every_refusal_has_a_row() {
    // steps, the last of which is refused; what the cashier is told
    let refusals = check_refused(&[
        ("as nobody; add 1 soup", "Nobody is logged in: type your PIN first"),
        ("as nobody; no-sale change", "Nobody is logged in: type your PIN first"),
        ("add 1 soup; hold; as nobody; beside manager; recall 1", "Nobody is logged in: type your PIN first"),
        (
            "add 1 soup; send; void 1 of 1 cold",
            "Only a manager may void a line that was sent: a manager's PIN is needed",
        ),
        (
            "add 1 soup; send; beside cashier; void 1 of 1 cold",
            "Only a manager may void a line that was sent: a manager's PIN is needed",
        ),
        (
            "add 1 soup; send; void-order left",
            "Only a manager may void an order that was sent: a manager's PIN is needed",
        ),
        ("no-sale change", "Only a manager may open the drawer without a sale: a manager's PIN is needed"),
        ("add 1 lobster", "There is no item lobster: type another number, or letters to search"),
        (
            "add 1 soup; send; menu without soup; again",
            "There is no item Soup: type another number, or letters to search",
        ),
        (
            "add 1 burger; menu without burger; mods 1 of 1 +cheese",
            "There is no item Burger: type another number, or letters to search",
        ),
        ("add 1 stew", "Stew is sold out: choose something else"),
        ("add 1 soup; menu sold-out soup; again", "Soup is sold out: choose something else"),
        ("add 1 soup; send; menu sold-out soup; again", "Soup is sold out: choose something else"),
        ("left soup 0; add 1 soup", "Soup is sold out: choose something else"),
        ("left stone 0", "There is no item stone: type another number, or letters to search"),
        ("left soup 1000", "A countdown is 0 to 999 portions, not 1000"),
        ("left soup 2; add 3 soup", "Soup: 2 left, not 3: take fewer, or count anew (Ctrl+e)"),
        ("add 3 soup; left soup 2; send", "Soup: 3 on this order to be sent, 2 left: take off what is too much (F6)"),
        ("add 0 soup", "A quantity is 1 to 999, not 0"),
        ("add 2 burger; mods 1 of 3 +cheese", "Burger: choose 1 to 2, not 3"),
        ("add 2 burger; mods 1 of 0 +cheese", "Burger: choose 1 to 2, not 0"),
        ("as manager; add 2 soup; send; void 1 of 3 cold", "Soup: choose 1 to 2, not 3"),
        ("add 2 soup; void 1 of 3", "Soup: choose 1 to 2, not 3"),
        ("as manager; add 2 soup; send; void 1 of 0 cold", "Soup: choose 1 to 2, not 0"),
        ("as manager; add 2 soup; send; void 1 of 4294967295 cold", "Soup: choose 1 to 2, not 4294967295"),
        ("add 1 burger +0cheese", "Cheese: choose 1 to 99, not 0"),
        ("add 1 burger +100chips", "Chips: choose 1 to 99, not 100"),
        ("add 1 burger +4294967295chips", "Chips: choose 1 to 99, not 4294967295"),
        ("add 1 fee", "Fee has an open price: type it"),
        ("open 1 soup 400", "Soup has a fixed price: leave the price out"),
        ("open 1 fee -1", "A price is 0 to 1000000000 minor units"),
        ("open 1 fee 1000000001", "A price is 0 to 1000000000 minor units"),
        ("open 1 fee 9223372036854775807", "A price is 0 to 1000000000 minor units"),
        ("add 100 gold", "The order would come to more than this register can count: start another order"),
        ("add 1 steak", "Cooked: choose at least 1"),
        ("add 1 burger +3cheese", "Extras: choose at most 2; take one away first"),
        ("add 1 soup +cheese", "Cheese cannot be had with this item"),
        ("add 1 soup; remove 2", "There is no line here yet: add an item first"),
        ("add 1 soup; qty 2 1", "There is no line here yet: add an item first"),
        ("add 1 soup; void 2 of 1 cold", "There is no line here yet: add an item first"),
        ("add 1 soup; select 2", "There is no line here yet: add an item first"),
        ("type takeaway; again", "There is no line here yet: add an item first"),
        ("add 1 soup; send; remove 1", "Soup was sent already: void it and add it anew"),
        ("as manager; add 1 soup; add 1 tea; send; void 1 of 1 cold; void 1 of 1 cold", "Soup was voided already"),
        ("as manager; add 1 soup; add 1 tea; send; void 1 of 1 cold; qty 1 1", "Soup was voided already"),
        ("add 1 soup; advance 1 preparing", "Soup was not sent yet: send it first (F3)"),
        ("add 1 soup; send; advance 1 ready; advance 1 preparing", "Soup is ready already: a line only goes forward"),
        ("as manager; add 1 soup; send; void 1 of 1", "A reason takes 1 to 120 characters"),
        ("as manager; add 1 soup; send; void-order", "A reason takes 1 to 120 characters"),
        ("as manager; no-sale", "A reason takes 1 to 120 characters"),
        ("guest", "A customer needs a name: type it"),
        ("guest Ana; edit 1 / / 0612", "A customer needs a name: type it"),
        ("guest Ana / call me", BAD_PHONE),
        ("guest Ana / 12", BAD_PHONE),
        ("guest Ana; edit 1 / Ana / x", BAD_PHONE),
        ("attach 1", "That customer is not in this register any more: look again"),
        ("edit 1 / Ana", "That customer is not in this register any more: look again"),
        ("add 1 soup; customer Ana; detach", "No customer is on this order"),
        ("guest Ana; detach; detach", "No customer is on this order"),
        ("detach", "There is no order here: add an item first"),
        ("as nobody; guest Ana", "Nobody is logged in: type your PIN first"),
        ("qty 1 1", "There is no order here: add an item first"),
        ("again", "There is no order here: add an item first"),
        ("undo", "There is no order here: add an item first"),
        ("send", "There is no order here: add an item first"),
        ("hold", "There is no order here: add an item first"),
        ("select 1", "There is no order here: add an item first"),
        ("void 1 of 1 cold", "There is no order here: add an item first"),
        ("void-order left", "There is no order here: add an item first"),
        ("cash 100", "There is no order here: add an item first"),
        ("recall 1", "That order is not in this register"),
        ("add 1 soup; void-order left; recall 1", "That order is not in this register"),
        ("add 1 soup; cash 500; recall 1", "T1-0001 is paid: start a new order"),
        ("as manager; add 1 soup; send; void-order left; recall 1", "T1-0001 was cancelled: start a new order"),
        ("add 1 soup; cash 100; type takeaway", "Part of T1-0001 is paid: its type can no longer change"),
        ("add 1 soup; send; send", "Nothing new to send: everything on this order was sent"),
        ("type takeaway; send", "There is no line here yet: add an item first"),
        ("add 1 soup; remove 1; send", "There is no line here yet: add an item first"),
        ("add 1 soup; undo; undo", "Nothing to undo: what was sent can only be voided (F6)"),
        ("type takeaway; cash 0", "There is nothing to pay on this order"),
        (
            "as manager; add 1 soup; send; add 1 tea; void 1 of 1 cold; remove 2; cash 0",
            "There is nothing to pay on this order",
        ),
        ("add 1 soup; card 501", "A card takes at most what is owed, 5.00: the rest is a tip"),
        ("add 1 soup; cash 100; card 401", "A card takes at most what is owed, 4.00: the rest is a tip"),
        (
            "add 1 soup; cash 100; void-order left",
            "Part of T1-0001 is paid: it cannot be voided before that money went back",
        ),
        (
            "as manager; add 1 soup; cash 100; void 1 of 1 cold",
            "Part of T1-0001 is paid: it cannot be voided before that money went back",
        ),
        (
            "as manager; add 1 soup; add 1 burger; cash 1200; add 1 steak +rare; void 1 of 1 cold",
            "Part of T1-0001 is paid: it cannot be voided before that money went back",
        ),
        ("add 1 soup; hold; receipt 1", "T1-0001 has not been paid: a receipt comes with the payment"),
        ("receipt 1", "That order is not in this register"),
        ("add 1 soup; cash 500; receipt 2", "That order is not in this register"),
        ("receipt", "No order was paid at this register yet"),
    ]);
    let refusals = [refusals, check_refused(REFUNDS), check_refused(REVIEWS)].concat();
    let mut covered: BTreeSet<&str> = refusals.iter().map(name).collect();
    let refused = super::entry::with_lines(LINES_MAX, |_| {}).step("add 1 tea").unwrap_err();
    assert_eq!(refused.to_string(), "An order has at most 500 lines: start another order");
    covered.insert(name(&refused));
    let sentence = "A payment is more than nothing and at most 99999999999 minor units, a tip likewise or nothing";
    for steps in ["cash 0", "card 0", "cash -1", "cash 100 -1", "cash 100000000000", "card 500 100000000000"] {
        let refused = Shop::after("add 1 soup").step(steps).unwrap_err();
        assert_eq!(name(&refused), "BadAmount", "{steps}");
        assert_eq!(refused.to_string(), sentence, "{steps}");
        covered.insert(name(&refused));
    }
    let without: Vec<&&str> = ALL.iter().filter(|name| !covered.contains(**name)).collect();
    assert!(without.is_empty(), "these refusals have no row: {without:?}");
}

#[test]
fn a_paid_or_cancelled_order_takes_nothing_more() {
    let commands = [
        "add 1 soup",
        "again",
        "qty 1 1",
        "mods 1 of 1",
        "note 1 hot",
        "note-order hot",
        "type takeaway",
        "customer Ana",
        "guest Bo",
        "attach 1",
        "detach",
        "remove 1",
        "undo",
        "send",
        "cash 100",
        "card 0",
        "void 1 of 1 cold",
        "void-order left",
    ];
    for (ending, refused) in [
        ("cash 500", Refusal::OrderPaid("T1-0001".into())),
        ("void-order left", Refusal::OrderCancelled("T1-0001".into())),
    ] {
        for command in commands {
            let mut shop = Shop::after(&format!("as manager; guest Ana; add 1 soup; send; {ending}"));
            // Another register ended it while it was in hand here.
            shop.in_hand = shop.opened.first().copied();
            assert_eq!(shop.step(command), Err(refused.clone()), "{ending}: {command}");
        }
    }
    let mut shop = Shop::after("as manager; add 1 soup; send; void-order left");
    shop.in_hand = shop.opened.first().copied();
    assert_eq!(shop.step("charged 500"), Err(Refusal::OrderCancelled("T1-0001".into())));
}
