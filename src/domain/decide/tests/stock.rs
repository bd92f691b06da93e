//! What is left: nothing is promised twice, and what was promised and given up can be had again.

use super::*;

fn left(shop: &Shop) -> String {
    let stock = shop.stock();
    let marks = stock.marks().map(|(item, it)| format!("{item} {} of {}", it.free(), it.left));
    marks.collect::<Vec<_>>().join(", ")
}

#[test]
fn what_is_on_an_order_is_left_for_no_other() {
    // rule, steps, what is free of what is left after them
    check(
        |shop, _| left(shop),
        &[
            ("counted from here", "left soup 12", "soup 12 of 12"),
            ("sold out is none left", "left soup 0", "soup 0 of 0"),
            ("no mark, no count", "left soup 3; on-sale soup", ""),
            ("promised as soon as it is entered", "left soup 3; add 2 soup", "soup 1 of 3"),
            ("also what was entered before the count", "add 2 soup; left soup 3", "soup 1 of 3"),
            ("more of it", "left soup 3; add 1 soup; again", "soup 1 of 3"),
            ("less of it gives back", "left soup 3; add 2 soup; qty 1 -1", "soup 2 of 3"),
            ("so does taking it off", "left soup 3; add 2 soup; remove 1", "soup 3 of 3"),
            ("and undo", "left soup 3; add 2 soup; undo", "soup 3 of 3"),
            ("undo of undoing promises again", "left soup 3; add 2 soup; remove 1; undo", "soup 1 of 3"),
            ("an order put aside keeps its promise", "left soup 3; add 2 soup; hold; add 1 soup", "soup 0 of 3"),
            ("Send takes it", "left soup 3; add 2 soup; send", "soup 1 of 1"),
            ("so does Pay", "left soup 3; add 2 soup; cash 2000", "soup 1 of 1"),
            ("once", "left soup 3; add 2 soup; send; add 1 tea; send; cash 2000", "soup 1 of 1"),
            ("the last one: 86", "left soup 2; add 2 soup; send", "soup 0 of 0"),
            ("given up before Send", "left soup 3; add 2 soup; void-order left", "soup 3 of 3"),
            (
                "a void after Send gives nothing back: it may have been made",
                "as manager; left soup 3; add 2 soup; send; void 1 of 1 cold",
                "soup 1 of 1",
            ),
            ("what is not counted does not matter", "left soup 3; add 9 tea; send", "soup 3 of 3"),
            (
                "modifiers split a line, not a portion",
                "left burger 2; add 2 burger; mods 1 of 1 +cheese",
                "burger 0 of 2",
            ),
            ("counted anew", "left soup 1; add 1 soup; send; left soup 5; add 2 soup", "soup 3 of 5"),
        ],
    );
}

#[test]
fn nobody_promises_what_is_not_left() {
    // steps, the last of which is refused; what the cashier is told
    check_refused(&[
        ("left soup 3; add 2 soup; hold; add 2 soup", "Soup: 1 left, not 2: take fewer, or count anew (Ctrl+e)"),
        ("left soup 2; add 2 soup; again", "Soup is sold out: choose something else"),
        ("left soup 2; add 1 soup; qty 1 2", "Soup: 1 left, not 2: take fewer, or count anew (Ctrl+e)"),
        // Taken off, promised to another order, and not to be had back.
        (
            "add 1 tea; left soup 1; add 1 soup; remove 2; hold; add 1 soup; hold; recall 1; undo",
            "Soup is sold out: choose something else",
        ),
        // The kitchen shouts while it stands on an order.
        (
            "add 2 soup; add 1 tea; left soup 0; send",
            "Soup: 2 on this order to be sent, 0 left: take off what is too much (F6)",
        ),
        (
            "add 2 soup; left soup 1; cash 2000",
            "Soup: 2 on this order to be sent, 1 left: take off what is too much (F6)",
        ),
        ("add 1 soup; send; left soup 0; again", "Soup is sold out: choose something else"),
    ]);
}

#[test]
fn a_mark_is_told_with_what_it_means() {
    // steps, what is said after the last; a cashier may, who hears the kitchen shout
    for (steps, says) in [
        ("as cashier; left soup 0", "Soup is sold out (86)"),
        ("left soup 12", "Soup: 12 left"),
        ("left soup 12; on-sale soup", "Soup is sold again, without a count"),
        ("add 3 soup; left soup 3", "Soup: 3 left"),
        ("add 3 soup; hold; left soup 1", "Soup: 1 left; 2 too many stand on orders that were not sent"),
        ("add 3 soup; left soup 0", "Soup is sold out (86); 3 too many stand on orders that were not sent"),
    ] {
        let decision = Shop::open().does(steps).unwrap();
        assert_eq!((decision.said.as_deref(), decision.writes.len()), (Some(says), 1), "{steps}");
    }
}
