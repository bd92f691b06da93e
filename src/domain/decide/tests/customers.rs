//! Whose an order is: customers written down, changed, attached, and where a delivery goes.

use super::*;

/// Whose the order in hand is, and which customer's.
fn whose(shop: &Shop, _: &Decision) -> String {
    let Some(order) = shop.hand() else { return "no order".into() };
    let name = order.header.customer_name.unwrap_or("nobody".into());
    let at = shop.customers.iter().position(|it| Some(it.customer_id) == order.header.customer_id);
    match (at, order.header.customer_id) {
        (Some(at), _) => format!("{name} is customer {}", at + 1),
        (None, Some(_)) => format!("{name} is a stranger"),
        (None, None) => name,
    }
}

#[test]
fn an_order_is_of_one_customer_or_of_a_name() {
    // rule, steps, whose the order in hand is
    check(
        whose,
        &[
            ("a new customer has the order", "add 1 soup; guest Ana", "Ana is customer 1"),
            ("or a fresh one", "guest Ana", "Ana is customer 1"),
            ("another one", "guest Ana; guest Bo; attach 1", "Ana is customer 1"),
            ("taken off", "guest Ana; detach", "nobody"),
            ("undone", "add 1 soup; guest Ana; undo", "nobody"),
            ("a detachment undone", "guest Ana; detach; undo", "Ana is customer 1"),
            ("the time alone", "guest Ana; customer Ana", "Ana is customer 1"),
            ("another name is another guest", "guest Ana; customer Bo", "Bo"),
            ("no name is nobody", "guest Ana; customer", "nobody"),
            ("after Send", "guest Ana; add 1 soup; send; guest Bo; attach 1", "Ana is customer 1"),
            ("renamed with its customer", "guest Ana; edit 1 / Anna", "Anna is customer 1"),
            ("a phone renames nobody", "guest Ana; edit 1 / Ana / 0612", "Ana is customer 1"),
            ("not what somebody else is called", "guest Ana; guest Bo; edit 1 / Anna", "Bo is customer 2"),
            ("mended", "as manager; guest Ana; add 1 soup; send; doubt 1 rejected; mend 1 rejected name Bo", "Bo"),
        ],
    );
    // rule, steps, writes of the last step
    check(
        |_, decision| wrote(decision),
        &[
            ("written down with a fresh order", "guest Ana", "customer, number, draft, desk"),
            ("with the one in hand", "add 1 soup; guest Ana", "customer, draft, desk"),
            ("attached", "guest Ana; attach 1", "draft, desk"),
            ("detached", "guest Ana; detach", "draft, desk"),
            ("changed", "guest Ana; edit 1 / Ana / 0612", "customer"),
            ("renamed, and the order waits for Send", "guest Ana; edit 1 / Anna", "customer, draft"),
            ("nothing changed", "guest Ana / 0612; edit 1 / Ana / 0612", ""),
        ],
    );
}

#[test]
fn what_is_typed_is_trimmed_and_what_was_not_changed_is_left_alone() {
    let mut shop = Shop::after("guest Ana / 06 12");
    let longest = "x".repeat(120);
    let ana = shop.customers[0].clone();
    let with = |change: &dyn Fn(&mut Contact)| {
        let mut to = ana.contact.clone();
        change(&mut to);
        Command::EditCustomer { customer: ana.customer_id, from: ana.contact.clone().into(), to: to.into() }
    };
    shop.carry_out(&with(&|to| to.address = Some(format!("  {longest} ")))).unwrap();
    assert_eq!(shop.customers[0].contact.address.as_deref(), Some(longest.as_str()));
    // Somebody else has changed another field since it was shown: both stay.
    shop.carry_out(&with(&|to| to.phone = None)).unwrap();
    let contact = &shop.customers[0].contact;
    assert_eq!((contact.address.as_deref(), &contact.phone), (Some(longest.as_str()), &None));
    assert!(shop.customers[0].updated_at > shop.customers[0].created_at);
    let bad = [
        ("A name", with(&|to| to.name = "x".repeat(121))),
        ("A phone number", with(&|to| to.phone = Some("1".repeat(121)))),
        ("An address", with(&|to| to.address = Some("a\u{1b}[2J".into()))),
        ("A town", with(&|to| to.city = Some("a\u{7}".into()))),
        ("A note", with(&|to| to.note = Some("x".repeat(121)))),
    ];
    for (what, command) in bad {
        assert_eq!(shop.carry_out(&command), Err(Refusal::BadText { what }));
    }
    // Another program wrote them: they are attached by what can be shown, and mended field by field.
    let id = shop.customers[0].customer_id;
    shop.customers[0].contact =
        Contact { name: format!("Z\u{1b}[31m{}", "o".repeat(500)), phone: Some("ask Bo".into()), ..Contact::default() };
    shop.carry_out(&Command::AttachCustomer { customer: id }).unwrap();
    let name = shop.hand().unwrap().header.customer_name.unwrap();
    assert!(name.starts_with("Z[31moo") && name.chars().count() == 120, "{name}");
    let (from, mut to) = (shop.customers[0].contact.clone(), shop.customers[0].contact.clone());
    to.city = Some("Paris".into());
    shop.carry_out(&Command::EditCustomer { customer: id, from: from.into(), to: to.into() }).unwrap();
    assert_eq!(shop.customers[0].contact.city.as_deref(), Some("Paris"));
}

/// Where the slip that was printed last says that the order goes.
fn brought(shop: &Shop, _: &Decision) -> String {
    let delivery = match &shop.printed.last().unwrap().1 {
        Slip::Ticket(ticket) => &ticket.delivery,
        Slip::Receipt(receipt) => &receipt.delivery,
        other => panic!("no slip of a delivery: {other:?}"),
    };
    let Some(delivery) = delivery else { return "nowhere".into() };
    let words = delivery.address.iter().chain(&delivery.phone).chain(&delivery.note);
    words.map(String::as_str).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_delivery_says_where_it_goes_and_nothing_else_does() {
    // rule, steps, where the last slip says that it goes
    check(
        brought,
        &[
            ("all of it", "type delivery; guest Ana / 0612 / Rue 5 / 75001 Paris / bell 2; add 1 soup; send", ALL),
            ("takeaway", "type takeaway; guest Ana / 0612 / Rue 5; add 1 soup; send", "nowhere"),
            ("eaten here", "guest Ana / 0612 / Rue 5; add 1 soup; send", "nowhere"),
            ("a name alone", "type delivery; customer Bo; add 1 soup; send", "nowhere"),
            ("a phone alone", "type delivery; guest Ana / 0612; add 1 soup; send", "0612"),
            ("no longer hers", "type delivery; guest Ana / 0612; customer Bo; add 1 soup; send", "nowhere"),
            ("a change", "guest Ana / / Rue 5; add 1 soup; send; type delivery; send", "Rue 5"),
            ("again", "type delivery; guest Ana / / Rue 5; add 1 soup; send; tickets 1", "Rue 5"),
            (
                "as it is now",
                "type delivery; guest Ana / / Rue 5; add 1 soup; send; edit 1 / Ana / / Rue 6; tickets 1",
                "Rue 6",
            ),
            ("a void", "as manager; type delivery; guest Ana / / Rue 5; add 2 soup; send; void 1 of 1 x", "nowhere"),
            (
                "a receipt, without the house's note",
                "receipts always; type delivery; guest Ana / 0612 / Rue 5 / 75001 Paris / bell 2; add 1 soup; cash 500",
                "Rue 5, 75001 Paris, 0612",
            ),
        ],
    );
}

const ALL: &str = "Rue 5, 75001 Paris, 0612, bell 2";

#[test]
fn the_cashier_hears_that_an_address_is_missing() {
    // rule, steps, what is said
    check(
        |_, decision| decision.said.clone().unwrap_or_default(),
        &[
            ("attached", "add 1 soup; guest Ana / / Rue 5", "T1-0001 is Ana's"),
            ("nowhere to go", "type delivery; guest Ana", "T1-0001 is Ana's: no address yet (Ctrl+k)"),
            ("a name is no address", "type delivery; customer Bo; add 1 soup; send", NOWHERE),
            ("nor is a phone", "type delivery; guest Ana / 0612; add 1 soup; send", NOWHERE),
            ("a town is", "type delivery; guest Ana / / / Paris; add 1 soup; send", "T1-0001 sent to kitchen"),
            ("who fetches it needs none", "type takeaway; guest Ana; add 1 soup; send", "T1-0001 sent to kitchen"),
        ],
    );
}

const NOWHERE: &str = "T1-0001 sent to kitchen: no address yet (Ctrl+k)";
