//! Send and voids: what each station is told, and what stays.

use super::*;

#[test]
fn every_station_is_told_what_is_new_to_it() {
    // rule, steps, writes of the last step
    check(
        |_, decision| wrote(decision),
        &[
            ("the order first, then its ticket", "add 2 soup; send", "order, drop, kitchen new [2 Soup], desk"),
            (
                "each station its own",
                "add 1 soup; add 2 tea; add 1 burger -onion; note 3 well done; send",
                "order, drop, bar new [2 Tea], kitchen new [1 Soup, 1 Burger - NO Onion \"well done\"], desk",
            ),
            (
                "only what is new",
                "add 1 soup; send; add 1 soup; add 1 burger; send",
                "order, drop, kitchen addition [1 Soup, 1 Burger], desk",
            ),
            (
                "another station meets the order",
                "add 1 soup; send; add 1 tea; send",
                "order, drop, bar new [1 Tea], desk",
            ),
            (
                "what was voided makes it known",
                "as manager; add 1 soup; add 1 tea; send; void 1 of 1 oops; add 1 soup; send",
                "order, drop, kitchen addition [1 Soup], desk",
            ),
            (
                "the order is taken another way: all that make it hear of it",
                "add 1 soup; add 1 tea; send; type takeaway; send",
                "order, drop, bar change [], kitchen change [], desk",
            ),
            (
                "a new line says it too",
                "add 1 soup; add 1 tea; send; type takeaway; add 1 tea; send",
                "order, drop, bar addition [1 Tea], kitchen change [], desk",
            ),
            (
                "a word to the kitchen",
                "add 1 soup; send; note-order birthday; send",
                "order, drop, kitchen change [], desk",
            ),
            (
                "who has nothing left to make hears nothing",
                "as manager; add 1 soup; add 1 tea; send; void 2 of 1 oops; type takeaway; send",
                "order, drop, kitchen change [], desk",
            ),
        ],
    );
}

#[test]
fn a_ticket_says_who_when_and_how() {
    let shop = Shop::after("type takeaway; customer Ana; note-order birthday; add 1 soup; send");
    let (Destination::Station(station), Slip::Ticket(ticket)) = &shop.printed[0] else { panic!("no ticket") };
    assert_eq!((station, &ticket.station), (&"kitchen".into(), &"kitchen".into()));
    assert_eq!(ticket.local_number.0, "T1-0001");
    assert_eq!(ticket.order_type, OrderType::Takeaway);
    assert_eq!(ticket.customer_name.as_deref(), Some("Ana"));
    assert_eq!(ticket.kitchen_notes.as_deref(), Some("birthday"));
    assert_eq!((ticket.server.as_str(), ticket.lines[0].course), ("Cleo", 1));
    assert_eq!(Some(ticket.sent_at), shop.sent.values().next().map(|order| order.updated_at));
    assert_eq!(ticket.reason, None);
}

#[test]
fn what_was_sent_is_kept_and_the_cashier_hears_where_it_went() {
    let mut shop = Shop::after("add 1 soup; add 1 tea; select 1");
    let decision = shop.does("send").unwrap();
    assert_eq!(decision.said.as_deref(), Some("T1-0001 sent to bar, kitchen"));
    assert_eq!(shown(shop.hand().as_ref()), "1 Soup sent | 1 Tea sent");
    assert_eq!(shop.cursor, Some(shop.line("1")), "the cursor stays");
    assert!(shop.drafts.is_empty());
    check_refused(&[
        ("add 1 soup; send; send", "Nothing new to send: everything on this order was sent"),
        (
            "add 1 soup; send; type takeaway; type dine_in; send",
            "Nothing new to send: everything on this order was sent",
        ),
        ("add 1 soup; send; undo", "Nothing to undo: what was sent can only be voided (F6)"),
        ("add 1 soup; send; qty 1 1", "Soup was sent already: void it and add it anew"),
        ("add 1 soup; send; remove 1", "Soup was sent already: void it and add it anew"),
        ("add 1 soup; send; note 1 hot", "Soup was sent already: void it and add it anew"),
        ("add 1 burger; send; mods 1 of 1 +cheese", "Burger was sent already: void it and add it anew"),
    ]);
}

#[test]
fn what_a_station_has_in_hand_is_sent_for_every_rule() {
    for state in [LineState::Sent, LineState::Preparing, LineState::Ready, LineState::Served] {
        let mut shop = Shop::after("as manager; add 3 soup; send");
        let mut order = shop.hand().unwrap();
        order.lines[0].state = state;
        shop.write(Write::Order(order));
        assert_eq!(shop.step("qty 1 1"), Err(Refusal::LineSent("Soup".into())), "{state:?}");
        shop.does("void 1 of 1 oops");
        let rest = format!("1 Soup voided | 2 Soup {}", state.code());
        assert!(shown(shop.hand().as_ref()).ends_with(&format!("2 Soup {}", state.code())), "{rest}");
    }
}

#[test]
fn a_void_of_what_was_sent_tells_the_station_why() {
    // rule, steps, writes of the last step / lines in hand
    check(
        |shop, decision| format!("{} / {}", wrote(decision), shown(shop.hand().as_ref())),
        &[
            (
                "all of a line",
                "as manager; add 2 soup; add 1 tea; send; void 1 of 2 cold",
                "order, kitchen void [2 Soup] cold, desk / 2 Soup voided | 1 Tea sent",
            ),
            (
                "the last line: nothing is left of the order",
                "as manager; add 1 tea; add 2 soup; send; void 1 of 1 cold; void 2 of 2 cold",
                "order cancelled, drop, kitchen void [2 Soup] cold, empty desk / no order",
            ),
            (
                "some of it: the rest is a sent line of its own",
                "as manager; add 3 burger +cheese; note 1 hot; add 1 tea; send; void 1 of 1 cold",
                "order, kitchen void [1 Burger + Cheese \"hot\"] cold, desk / \
                 3 Burger + Cheese \"hot\" voided | 2 Burger + Cheese \"hot\" sent | 1 Tea sent",
            ),
            (
                "with a manager beside the cashier",
                "add 1 soup; add 1 tea; send; beside manager; void 1 of 1 cold",
                "order, kitchen void [1 Soup] cold, desk / 1 Soup voided | 1 Tea sent",
            ),
            (
                "what was not sent goes without a word",
                "add 1 soup; send; add 1 tea; void 2 of 1",
                "draft, desk / 1 Soup sent",
            ),
            ("some of what was not sent", "add 3 tea; void 1 of 1", "draft, desk / 2 Tea"),
            (
                "a draft beside it stays a draft",
                "as manager; add 1 soup; send; add 1 tea; void 1 of 1 cold",
                "order, kitchen void [1 Soup] cold, desk / 1 Soup voided | 1 Tea",
            ),
        ],
    );
}

#[test]
fn a_void_sends_nothing_that_waits_for_send() {
    let mut shop = Shop::after("as manager; add 2 soup; send; type takeaway; customer Ana; void 1 of 1 cold");
    let sent = shop.sent.values().next().unwrap();
    assert_eq!((sent.header.order_type, sent.header.customer_name.as_deref()), (OrderType::DineIn, None));
    let Some((_, Slip::Ticket(slip))) = shop.printed.last() else { panic!("no slip") };
    assert_eq!((slip.order_type, slip.customer_name.as_deref()), (OrderType::DineIn, None));
    let header = shop.hand().unwrap().header;
    assert_eq!((header.order_type, header.customer_name.as_deref()), (OrderType::Takeaway, Some("Ana")));
    let decision = shop.does("send").unwrap();
    assert_eq!(wrote(&decision), "order, drop, kitchen change [], desk");
}

#[test]
fn a_voided_line_costs_nothing_and_keeps_its_reason() {
    let shop = Shop::after("as manager; add 3 soup; send; void 1 of 2 cold");
    let order = shop.hand().unwrap();
    assert_eq!(order.totals().total, Money(500));
    assert_eq!((order.lines[0].void_reason.as_deref(), order.lines[1].void_reason.as_deref()), (Some("cold"), None));
    assert_ne!(order.lines[0].line_id, order.lines[1].line_id);
    let entry = shop.entries.last().unwrap().clone().unwrap();
    let amount = entry.details.iter().find(|(name, _)| *name == "amount");
    assert_eq!(amount, Some(&("amount", 1000_i64.into())));
}

#[test]
fn a_void_down_to_what_was_paid_closes_the_order() {
    // rule, steps, writes of the last step / what the cashier is told
    check(
        |_, decision| format!("{} / {}", wrote(decision), decision.said.as_deref().unwrap_or("")),
        &[
            (
                "paid so far: nothing is left",
                "as manager; add 1 soup; add 1 burger; card 500; void 2 of 1 cold",
                "order, drop, kitchen void [1 Burger] cold, last paid, empty desk / \
                 Voided 1 Burger, and T1-0001 is paid",
            ),
            (
                "with its receipt",
                "as manager; receipts always; add 1 soup; add 1 burger; cash 500; void 2 of 1 cold",
                "order, drop, kitchen void [1 Burger] cold, receipt, last paid, empty desk / \
                 Voided 1 Burger, and T1-0001 is paid",
            ),
            (
                "something is left",
                "as manager; add 1 soup; add 1 burger; card 499; void 2 of 1 cold",
                "order, kitchen void [1 Burger] cold, desk / Voided 1 Burger",
            ),
            (
                "something waits for Send",
                "as manager; add 1 soup; add 1 burger; card 500; add 1 tea; void 2 of 1 cold",
                "order, kitchen void [1 Burger] cold, desk / Voided 1 Burger",
            ),
        ],
    );
    let shop = Shop::after("as manager; receipts always; add 1 soup; add 1 burger; cash 500; void 2 of 1 cold");
    let Some((_, Slip::Receipt(receipt))) = shop.printed.last() else { panic!("no receipt") };
    assert_eq!((receipt.total, receipt.lines.len()), (Money(500), 1));
}

#[test]
fn a_whole_order_is_given_up() {
    // rule, steps, writes of the last step / the order as it is kept
    check(
        |shop, decision| format!("{} / {}", wrote(decision), shown(shop.nth(1).as_ref())),
        &[
            ("never sent: it is gone", "add 1 soup; void-order left", "drop, empty desk / no order"),
            (
                "sent: every station hears of what it makes",
                "as manager; add 2 soup; add 1 tea; send; void-order left",
                "order cancelled, drop, bar void [1 Tea] left, kitchen void [2 Soup] left, empty desk / \
                 2 Soup voided | 1 Tea voided",
            ),
            (
                "with drafts: nobody hears of them",
                "as manager; add 2 soup; send; add 1 tea; void-order left",
                "order cancelled, drop, kitchen void [2 Soup] left, empty desk / 2 Soup voided",
            ),
            (
                "what was voided before keeps its reason",
                "as manager; add 1 soup; add 1 tea; send; void 1 of 1 cold; void-order left",
                "order cancelled, drop, bar void [1 Tea] left, empty desk / 1 Soup voided | 1 Tea voided",
            ),
            (
                "with a manager beside the cashier",
                "add 1 soup; send; beside manager; void-order left",
                "order cancelled, drop, kitchen void [1 Soup] left, empty desk / 1 Soup voided",
            ),
        ],
    );
    let shop = Shop::after("as manager; add 1 soup; add 1 tea; send; void 1 of 1 cold; void-order left");
    let reasons = shop.nth(1).unwrap().lines.into_iter().map(|line| line.void_reason);
    assert_eq!(reasons.collect::<Vec<_>>(), [Some("cold".into()), Some("left".into())]);
}
