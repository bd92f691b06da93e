//! Order entry: what happens before Send.

use super::*;
use crate::domain::limits::{LINES_MAX, MODIFIER_QUANTITY_MAX, MODIFIERS_MAX, PRICE_MAX, QUANTITY_MAX, TOTAL_MAX};
use crate::domain::order::LineModifier;
use crate::domain::tax::{LineTax, TaxRate};

fn in_hand(shop: &Shop, _: &Decision) -> String {
    shown(shop.hand().as_ref())
}

#[test]
fn the_same_item_again_raises_the_last_line_and_nothing_else() {
    // rule, steps, lines in hand
    check(
        in_hand,
        &[
            ("a fresh order begins with it", "add 2 soup", "2 Soup"),
            ("the same item raises the last line", "add 1 soup; add 2 soup", "3 Soup"),
            ("another item stands between", "add 1 soup; add 1 tea; add 1 soup", "1 Soup | 1 Tea | 1 Soup"),
            ("something was chosen with it", "add 1 burger +cheese; add 1 burger", "1 Burger + Cheese | 1 Burger"),
            (
                "something is chosen with this one",
                "add 1 burger; add 1 burger -onion",
                "1 Burger | 1 Burger - NO Onion",
            ),
            ("the same was chosen", "add 1 burger +cheese; add 1 burger +cheese", "2 Burger + Cheese"),
            ("it has a note", "add 1 soup; note 1 hot; add 1 soup", "1 Soup \"hot\" | 1 Soup"),
            ("its note was taken away", "add 1 soup; note 1 hot; note 1; add 1 soup", "2 Soup"),
            ("it was sent", "add 1 soup; send; add 1 soup", "1 Soup sent | 1 Soup"),
            ("it costs another price", "open 1 fee 250; open 1 fee 300", "1 Fee | 1 Fee"),
            ("it costs the same open price", "open 1 fee 250; open 1 fee 250", "2 Fee"),
            ("the menu's price changed", "add 1 soup; menu price soup 600; add 1 soup", "1 Soup | 1 Soup"),
            ("the menu's tax changed", "add 1 soup; menu tax soup low; add 1 soup", "1 Soup | 1 Soup"),
            ("the menu's name changed", "add 1 soup; menu name soup Broth; add 1 soup", "1 Soup | 1 Broth"),
            ("another station makes it now", "add 1 soup; menu station soup bar; add 1 soup", "1 Soup | 1 Soup"),
            ("to the last quantity", "add 998 tea; add 1 tea", "999 Tea"),
        ],
    );
}

#[test]
fn once_more_is_the_last_line_that_counts() {
    // rule, steps, lines in hand
    check(
        in_hand,
        &[
            ("a draft line is raised", "add 1 soup; again; again", "3 Soup"),
            ("with its note and choices", "add 1 burger +bacon; note 1 hot; again", "2 Burger + Bacon \"hot\""),
            ("what was sent stays as it was", "add 3 soup; send; again", "3 Soup sent | 1 Soup"),
            ("choices are chosen again", "add 1 steak +rare; send; again", "1 Steak + Rare sent | 1 Steak + Rare"),
            (
                "what was voided is passed over",
                "as manager; add 1 soup; add 1 tea; send; void 2 of 1 oops; again",
                "1 Soup sent | 1 Tea voided | 1 Soup",
            ),
            ("a name of today", "add 1 soup; send; menu name soup Broth; again", "1 Soup sent | 1 Broth"),
            ("what the menu lost can be raised", "add 1 soup; menu without soup; again", "2 Soup"),
        ],
    );
}

#[test]
fn once_more_after_send_costs_what_it_costs_today_and_an_open_price_stays() {
    let mut shop = Shop::after("add 1 soup; send; menu price soup 600; again; open 1 fee 250; send; again");
    let prices: Vec<i64> = shop.hand().unwrap().lines.iter().map(|line| line.unit_price.0).collect();
    assert_eq!(prices, [500, 600, 250, 250]);
    shop.does("menu station fee kitchen; send; again");
    assert_eq!(shop.hand().unwrap().lines[4].station.as_str(), "kitchen", "where it is made today");
}

#[test]
fn quantities_stay_within_their_bounds() {
    // rule, steps, lines in hand
    check(
        in_hand,
        &[
            ("up", "add 1 soup; qty 1 1", "2 Soup"),
            ("to the most", "add 1 soup; qty 1 998", "999 Soup"),
            ("down", "add 3 soup; qty 1 -2", "1 Soup"),
            ("to nothing: the line goes", "add 1 soup; add 1 tea; qty 1 -1", "1 Tea"),
            ("below nothing too", "add 1 soup; add 1 tea; qty 1 -2147483648", "1 Tea"),
        ],
    );
    let max = QUANTITY_MAX;
    for typed in ["0", "1000", "4294967295"] {
        check_refused(&[(&format!("add {typed} soup"), &format!("A quantity is 1 to {max}, not {typed}"))]);
    }
    check_refused(&[
        ("add 1 soup; qty 1 999", "A quantity is 1 to 999, not 1000"),
        ("add 1 soup; qty 1 2147483647", "A quantity is 1 to 999, not 2147483648"),
        ("add 999 tea; add 1 tea", "A quantity is 1 to 999, not 1000"),
        ("add 999 tea; again", "A quantity is 1 to 999, not 1000"),
        ("add 1 tea; add 0 tea", "A quantity is 1 to 999, not 0"),
        ("add 1 tea; add 4294967295 tea", "A quantity is 1 to 999, not 4294967295"),
    ]);
}

#[test]
fn what_is_chosen_answers_the_menus_questions() {
    // rule, steps, lines in hand
    check(
        in_hand,
        &[
            ("the menu's order is kept", "add 1 burger +chips +onion +cheese", "1 Burger + Cheese + Onion + Chips"),
            ("groups in the order they are asked", "add 1 steak +bacon +done", "1 Steak + Done + Bacon"),
            ("NO answers no question", "add 1 burger -bacon +cheese +onion", "1 Burger + Cheese - NO Bacon + Onion"),
            ("EXTRA does", "add 1 burger !cheese", "1 Burger + EXTRA Cheese"),
            ("quantities count", "add 1 platter +2left", "1 Platter + 2 Left"),
            ("as far as the most", "add 1 burger +2cheese", "1 Burger + 2 Cheese"),
            ("a group without a most takes many", "add 1 burger +99chips", "1 Burger + 99 Chips"),
        ],
    );
    // steps, sentence
    check_refused(&[
        ("add 1 soup +cheese", "Cheese cannot be had with this item"),
        ("add 1 burger +caviar", "caviar cannot be had with this item"),
        ("add 1 soup -cheese", "Cheese cannot be had with this item"),
        ("add 1 steak", "Cooked: choose at least 1"),
        ("add 1 steak -rare", "Cooked: choose at least 1"),
        ("add 1 steak +rare +done", "Cooked: choose at most 1; take one away first"),
        ("add 1 steak +rare +rare", "Cooked: choose at most 1; take one away first"),
        ("add 1 steak +2rare", "Cooked: choose at most 1; take one away first"),
        ("add 1 platter +left", "Pair: choose at least 2"),
        ("add 1 burger +2cheese !bacon", "Extras: choose at most 2; take one away first"),
    ]);
}

#[test]
fn no_and_extra_cost_what_they_should() {
    // steps, total in minor units
    for (steps, total) in [
        ("add 2 burger", 1800),
        ("add 2 burger +cheese", 2100),
        ("add 2 burger -cheese", 1800),
        ("add 2 burger !cheese", 2100),
        ("add 2 burger +2cheese", 2400),
        ("add 1 water", 0),
    ] {
        assert_eq!(Shop::after(steps).total(), Money(total), "{steps}");
    }
}

#[test]
fn choices_are_made_anew_for_some_of_a_line() {
    // rule, steps, lines in hand
    check(
        in_hand,
        &[
            ("for all of it", "add 2 burger; mods 1 of 2 +cheese", "2 Burger + Cheese"),
            (
                "for some: the rest stays before it",
                "add 3 burger; mods 1 of 1 !bacon",
                "2 Burger | 1 Burger + EXTRA Bacon",
            ),
            (
                "with the note that it had",
                "add 2 burger; note 1 hot; mods 1 of 1 -onion",
                "1 Burger \"hot\" | 1 Burger - NO Onion \"hot\"",
            ),
            (
                "next to its line",
                "add 2 burger; add 1 tea; mods 1 of 1 +cheese",
                "1 Burger | 1 Burger + Cheese | 1 Tea",
            ),
            ("none is a choice too", "add 1 burger +cheese; mods 1 of 1", "1 Burger"),
        ],
    );
    let mut shop = Shop::after("add 3 burger; mods 1 of 1 +cheese");
    let order = shop.hand().unwrap();
    assert_eq!(shop.cursor, Some(order.lines[1].line_id), "the cursor follows what was chosen");
    assert_ne!(order.lines[0].line_id, order.lines[1].line_id);
    shop.does("undo");
    assert_eq!(shown(shop.hand().as_ref()), "3 Burger", "a split is one step");
}

#[test]
fn undo_takes_back_one_step_at_a_time() {
    // rule, steps, lines in hand
    check(
        in_hand,
        &[
            ("an item", "add 1 soup; add 1 tea; undo", "1 Soup"),
            ("a quantity", "add 1 soup; qty 1 4; undo", "1 Soup"),
            ("a removal", "add 1 soup; add 1 tea; remove 1; undo", "1 Soup | 1 Tea"),
            ("a note", "add 1 soup; note 1 hot; undo", "1 Soup"),
            ("down to nothing", "add 1 soup; again; undo; undo", ""),
            ("not what was sent", "add 1 soup; send; add 1 tea; undo", "1 Soup sent"),
        ],
    );
    let mut shop = Shop::after("add 1 soup; type takeaway; undo");
    assert_eq!(shop.hand().unwrap().header.order_type, OrderType::DineIn);
    assert_eq!(shop.cursor, None, "the line under the cursor may be gone");
    let decision = shop.does("add 1 tea; undo").unwrap();
    assert_eq!(wrote(&decision), "undo, desk");
}

#[test]
fn the_first_step_takes_a_number_and_the_others_do_not() {
    // rule, steps, writes of the last step
    check(
        |_, decision| wrote(decision),
        &[
            ("an item", "add 1 soup", "number, draft, desk"),
            ("another item", "add 1 soup; add 1 tea", "draft, desk"),
            ("a word to the kitchen", "note-order birthday", "number, draft, desk"),
            ("an order type", "type takeaway", "number, draft, desk"),
            ("a name", "customer Ana", "number, draft, desk"),
            ("a name later", "add 1 soup; customer Ana", "draft, desk"),
        ],
    );
    let shop = Shop::after("add 1 soup; hold; add 1 tea");
    let numbers = [shop.nth(1), shop.nth(2)].map(|order| order.unwrap().local_number.0);
    assert_eq!(numbers, ["T1-0001", "T1-0002"]);
    let order = shop.nth(2).unwrap();
    assert_eq!((order.opened_by.as_str(), order.business_date.to_string().as_str()), ("Cleo", "2026-03-14"));
}

#[test]
fn a_changed_order_type_taxes_every_line_anew_what_was_sent_too() {
    // rule, steps, total in minor units / tax / rows of the tax table
    check(
        |shop, _| {
            let totals = shop.hand().unwrap().totals();
            let taxes = totals.taxes.iter().map(|it| format!("{} {}", it.tax.name, it.amount.0));
            format!("{} {} [{}]", totals.total.0, totals.tax.0, taxes.collect::<Vec<_>>().join(", "))
        },
        &[
            ("dine in", "add 2 soup", "1000 167 [STD 167]"),
            ("taken away", "add 2 soup; type takeaway", "1000 91 [LOW 91]"),
            ("lines added later too", "type takeaway; add 2 soup", "1000 91 [LOW 91]"),
            ("what was sent too", "add 1 soup; send; add 1 soup; type takeaway", "1000 91 [LOW 91]"),
            ("and back", "add 2 soup; type takeaway; type dine_in", "1000 167 [STD 167]"),
            ("a tax on top changes the total", "add 1 wine; type takeaway", "2000 1000 [TWICE 1000]"),
            ("per document, not per line", "add 1 wine; add 1 soup; add 1 wine", "2665 248 [STD 83, TOP 165]"),
        ],
    );
    check_refused(&[
        ("add 2 soup; cash 500; type takeaway", "Part of T1-0001 is paid: its type can no longer change"),
        ("add 2 soup; cash 500; type dine_in", "Part of T1-0001 is paid: its type can no longer change"),
    ]);
}

#[test]
fn texts_are_trimmed_bounded_and_plain() {
    let longest = "x".repeat(120);
    let shop = Shop::after(&format!("add 1 soup; note 1 {longest}; note-order  two  words ; customer Ana"));
    let order = shop.hand().unwrap();
    assert_eq!(order.lines[0].note.as_deref(), Some(longest.as_str()));
    assert_eq!(order.header.kitchen_notes.as_deref(), Some("two words"));
    assert_eq!(order.header.customer_name.as_deref(), Some("Ana"));
    let mut shop = Shop::after("add 1 soup; note-order hot; note-order; customer Ana; customer");
    let header = shop.hand().unwrap().header;
    assert_eq!((header.kitchen_notes, header.customer_name), (None, None), "nothing takes it away");
    for bad in ["x".repeat(121), "a\u{1b}[2J".into(), "a\u{7}".into(), "two\u{9}columns".into()] {
        let line = shop.line("1");
        let refused = [
            Command::NoteLine { line, note: Some(bad.clone()) },
            Command::NoteOrder { note: Some(bad.clone()) },
            Command::SetCustomer { name: Some(bad.clone()), due_at: None },
            Command::VoidOrder { reason: bad.clone() },
        ];
        for command in refused {
            assert!(matches!(shop.carry_out(&command), Err(Refusal::BadText { .. })), "{command:?}");
        }
    }
}

#[test]
fn a_line_goes_and_the_cursor_stays_in_its_place() {
    // rule, steps, lines in hand and the line under the cursor
    check(
        |shop, _| {
            let order = shop.hand().unwrap();
            let under = shop.cursor.and_then(|id| order.line(id)).map_or("none".into(), |line| line.name.clone());
            format!("{} -> {under}", shown(Some(&order)))
        },
        &[
            ("the next moves up", "add 1 soup; add 1 tea; add 1 wine; remove 2", "1 Soup | 1 Wine -> Wine"),
            ("at the end the one before", "add 1 soup; add 1 tea; remove 2", "1 Soup -> Soup"),
            ("nothing is left", "add 1 soup; remove 1", " -> none"),
            ("a void of what was not sent", "add 1 soup; add 1 tea; void 1 of 1", "1 Tea -> Tea"),
            ("an item is under it", "add 1 soup; add 1 tea", "1 Soup | 1 Tea -> Tea"),
            ("also when it raised a line", "add 1 soup; add 1 tea; select 1; add 1 tea", "1 Soup | 2 Tea -> Tea"),
        ],
    );
}

/// An order in hand that nobody could enter by hand in a test's time.
pub(super) fn with_lines(count: usize, change: impl Fn(&mut Line)) -> Shop {
    let mut shop = Shop::after("add 1 soup");
    let mut order = shop.hand().unwrap();
    let line = order.lines.remove(0);
    order.lines = (0..count)
        .map(|nth| {
            let mut line = Line { line_id: LineId(uuid::Uuid::from_u128(nth as u128 + 1)), ..line.clone() };
            change(&mut line);
            line
        })
        .collect();
    shop.write(Write::Draft(order));
    shop
}

#[test]
fn an_order_has_an_end() {
    let mut shop = with_lines(LINES_MAX - 1, |_| {});
    shop.does("add 1 tea");
    assert_eq!(shop.step("add 1 wine"), Err(Refusal::TooManyLines));
    shop.does("qty 1 1");
    assert_eq!(shop.step("mods 1 of 1"), Err(Refusal::TooManyLines), "a split is a line too");
    shop.does("add 1 tea; remove 1; add 1 wine");
    assert_eq!(shop.hand().unwrap().lines.len(), LINES_MAX);
    shop.does("qty 2 1; as manager; send");
    assert_eq!(shop.step("void 2 of 1 cold"), Err(Refusal::TooManyLines), "so is the rest of a void");
}

#[test]
fn what_costs_too_much_is_refused_and_never_overflows() {
    // rule, steps; the last one is too much
    for (rule, before, last) in [
        ("one line", "", "add 999 gold"),
        ("a second line", "add 99 gold; add 1 soup", "add 1 gold"),
        ("one more", "add 99 gold", "again"),
        ("a quantity", "add 99 gold", "qty 1 1"),
        ("choices", "add 50 gold", "mods 1 of 50 +99ingot"),
        ("an open price", "add 99 gold", "open 1 fee 1000000000"),
        ("a tax on top", "add 99 gold; add 999 wine", "type takeaway"),
    ] {
        let mut shop = Shop::after(before);
        if rule == "a tax on top" {
            // 999 wines more, so that half of it stands below the bound and twice the wine above it.
            shop.does("add 1 water; again");
            let mut order = shop.hand().unwrap();
            order.lines[0].quantity = 98;
            order.lines[1].unit_price = Money(1_100_000);
            shop.write(Write::Draft(order));
        }
        let kept = shown(shop.hand().as_ref());
        assert_eq!(shop.step(last), Err(Refusal::TooMuch), "{rule}");
        assert_eq!(shown(shop.hand().as_ref()), kept, "{rule}");
    }
    let shop = Shop::after("add 99 gold");
    assert_eq!(shop.total(), Money(99 * PRICE_MAX));
    assert!(shop.total().0 <= TOTAL_MAX);
}

#[test]
fn the_dearest_order_that_bounds_allow_can_still_be_counted() {
    let twice = |included| LineTax { tax_id: "t".into(), name: "T".into(), rate: TaxRate(10_000), included };
    for included in [true, false] {
        let mut shop = with_lines(LINES_MAX, |line| {
            let ingot = LineModifier {
                modifier_id: "ingot".into(),
                name: "Ingot".into(),
                price: Money(PRICE_MAX),
                quantity: MODIFIER_QUANTITY_MAX,
                qualifier: None,
            };
            line.quantity = QUANTITY_MAX;
            line.unit_price = Money(PRICE_MAX);
            line.modifiers = vec![ingot; MODIFIERS_MAX];
            line.taxes = OrderType::ALL.map(|it| (it, twice(included))).into();
        });
        let totals = shop.hand().unwrap().totals();
        assert_eq!(totals.net + totals.tax, totals.total);
        assert_eq!(shop.step("note-order gold"), Err(Refusal::TooMuch));
    }
}

#[test]
fn a_line_takes_so_many_choices_and_so_many_of_each() {
    let mut shop = Shop::open();
    let picks = |count: usize, quantity| {
        let pick = Pick { modifier_id: "chips".into(), quantity, qualifier: None };
        Command::AddItem { item: "burger".into(), quantity: 1, price: None, picks: vec![pick; count] }
    };
    assert!(shop.carry_out(&picks(MODIFIERS_MAX, MODIFIER_QUANTITY_MAX)).is_ok());
    let too_many = shop.carry_out(&picks(MODIFIERS_MAX + 1, 1)).unwrap_err();
    assert_eq!(too_many, Refusal::TooManyModifiers { group: "Burger".into(), max: MODIFIERS_MAX as u32 });
    for quantity in [0, MODIFIER_QUANTITY_MAX + 1, u32::MAX] {
        assert!(shop.carry_out(&picks(1, quantity)).is_err(), "{quantity}");
        assert!(shop.carry_out(&picks(3, quantity)).is_err(), "the sum of many does not overflow: {quantity}");
    }
}
