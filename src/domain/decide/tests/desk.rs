//! Which order is in hand.

use super::*;

#[test]
fn an_order_is_put_aside_and_taken_up_again() {
    // rule, steps, writes of the last step / lines in hand
    check(
        |shop, decision| format!("{} / {}", wrote(decision), shown(shop.hand().as_ref())),
        &[
            ("aside", "add 1 soup; hold", "empty desk / no order"),
            ("up again", "add 1 soup; hold; recall 1", "desk / 1 Soup"),
            ("with what was entered", "add 1 soup; send; add 1 tea; hold; recall 1", "desk / 1 Soup sent | 1 Tea"),
            ("another lies in hand", "add 1 soup; hold; add 1 tea; recall 1", "desk / 1 Soup"),
            ("the other was put aside", "add 1 soup; hold; add 1 tea; recall 1; recall 2", "desk / 1 Tea"),
            ("nothing is on it: it is dropped", "add 1 soup; remove 1; hold", "drop, empty desk / no order"),
            ("not even a line once", "type takeaway; hold", "drop, empty desk / no order"),
            ("sent orders stay", "add 1 soup; send; hold", "empty desk / no order"),
            ("an order with a payment stays", "add 2 soup; cash 100; hold; recall 1", "desk / 2 Soup sent"),
        ],
    );
    let shop = Shop::after("type takeaway; hold");
    assert_eq!(shop.nth(1), None);
    let mut shop = Shop::after("add 1 soup; add 1 tea; hold; recall 1");
    assert_eq!(shop.cursor, Some(shop.line("2")), "the cursor stands on the last line");
    shop.does("undo; undo");
}

#[test]
fn the_cursor_moves_without_a_fact() {
    let mut shop = Shop::after("add 1 soup; add 1 tea");
    let decision = shop.does("select 1").unwrap();
    assert_eq!((wrote(&decision).as_str(), decision.entry), ("desk", None));
    assert_eq!(shop.cursor, Some(shop.line("1")));
}
