//! What is wrong with a menu is told with its place, all of it at once.

use super::fixtures::{item, menu, parts};
use super::*;

fn told(change: impl FnOnce(&mut Parts)) -> Vec<String> {
    let mut parts = parts();
    change(&mut parts);
    Menu::assemble(parts).err().into_iter().flatten().map(|flaw| flaw.to_string()).collect()
}

#[test]
fn every_flaw_is_told_with_its_place() {
    type Change = fn(&mut Parts);
    // what is changed in the menu of the fixtures, what is told
    let rows: &[(Change, &str)] = &[
        (|it| it.taxes[0].tax_id = "low".into(), "taxes[1].tax_id: `low` stands at taxes[0] already"),
        (|it| it.taxes[1].name = " ".into(), "taxes[1].name: must not be empty"),
        (|it| it.taxes[1].rate = TaxRate(10_001), "taxes[1].rate_basis_points: 10001 is more than 10000 (100%)"),
        (|it| it.categories[0].name = "a\u{1b}[2J".into(), "categories[0].name: holds a control character"),
        (|it| it.categories[0].name = "a".repeat(121), "categories[0].name: is longer than 120 characters"),
        (|it| it.categories[0].station = "".into(), "categories[0].station: must name a station"),
        (|it| it.items[4].item_id = "soup".into(), "items[4].item_id: `soup` stands at items[0] already"),
        (|it| it.items[4].item_id = "".into(), "items[4].item_id: must not be empty"),
        (|it| it.items[0].name = "".into(), "items[0].name: must not be empty"),
        (|it| it.items[0].price = Money(-1), "items[0].price: -1 is not between 0 and 1000000000 minor units"),
        (|it| it.items[0].price = Money(PRICE_MAX + 1), "items[0].price: 1000000001 is not between"),
        (|it| it.items[0].price = Money(i64::MIN), "items[0].price: -9223372036854775808 is not between"),
        (|it| it.items[0].category_id = "attic".into(), "items[0].category_id: there is no category `attic`"),
        (|it| it.items[0].tax_id = "vat".into(), "items[0].tax_id: there is no tax `vat`"),
        (
            |it| drop(it.items[0].tax_by_order_type.insert(OrderType::Delivery, "vat".into())),
            "items[0].tax_by_order_type.delivery: there is no tax `vat`",
        ),
        (
            |it| it.items[1].modifier_group_ids.push("dips".into()),
            "items[1].modifier_group_ids[2]: there is no modifier group `dips`",
        ),
        (
            |it| it.items[1].modifier_group_ids.push("extras".into()),
            "items[1].modifier_group_ids[2]: `extras` is asked twice",
        ),
        (|it| it.items[0].station = Some("".into()), "items[0].station: must name a station"),
        (|it| it.items[0].plu = "12a".into(), "items[0].plu: `12a` is not a number of up to 8 digits"),
        (|it| it.items[0].plu = "123456789".into(), "items[0].plu: `123456789` is not a number of up to 8 digits"),
        (
            |it| it.items[..3].iter_mut().skip(1).for_each(|it| it.plu = "7".into()),
            "items[2].plu: 7 is the number of items[1] already",
        ),
        (
            |it| it.modifier_groups[1].max_selections = Some(0),
            "modifier_groups[1].max_selections: must be at least 1, or null for no limit",
        ),
        (
            |it| it.modifier_groups[1].min_selections = 3,
            "modifier_groups[1].min_selections: 3 is more than max_selections",
        ),
        (
            |it| it.modifiers.retain(|it| it.modifier_group_id.as_str() != "pair"),
            "modifier_groups[3].min_selections: asks for 2, and the group has no modifiers",
        ),
        (
            |it| (it.modifier_groups[3].min_selections, it.modifier_groups[3].max_selections) = (199, None),
            "modifier_groups[3].min_selections: asks for 199, and the group's modifiers can be had 198 times at most",
        ),
        (|it| it.modifiers[3].modifier_id = "bacon".into(), "modifiers[3].modifier_id: `bacon` stands at modifiers[0]"),
        (|it| it.modifiers[0].price = Money(-1), "modifiers[0].price: -1 is not between"),
        (
            |it| it.modifiers[0].modifier_group_id = "dips".into(),
            "modifiers[0].modifier_group_id: there is no modifier group `dips`",
        ),
    ];
    for (nth, (change, flaw)) in rows.iter().enumerate() {
        let told = told(change);
        assert!(told.iter().any(|it| it.starts_with(flaw)), "row {nth} should tell `{flaw}`, and tells {told:?}");
        // Taking an id away also breaks what names it; nothing else tells more than one thing.
        assert!(told.len() == 1 || flaw.contains("tax_id") || flaw.contains("price"), "row {nth}: {told:?}");
    }
}

#[test]
fn all_flaws_are_told_at_once_in_the_order_of_the_format() {
    let told = told(|it| {
        it.modifiers[0].price = Money(-1);
        it.items[9].price = Money(-1);
        it.items[0].name.clear();
        it.taxes[0].name.clear();
    });
    let places: Vec<&str> = told.iter().filter_map(|it| it.split(": ").next()).collect();
    assert_eq!(places, ["taxes[0].name", "items[0].name", "items[9].price", "modifiers[0].price"]);
}

#[test]
fn a_menu_of_nothing_is_a_menu() {
    let nothing = Parts {
        taxes: Vec::new(),
        categories: Vec::new(),
        items: Vec::new(),
        modifier_groups: Vec::new(),
        modifiers: Vec::new(),
        ..parts()
    };
    let menu = Menu::assemble(nothing).unwrap();
    assert!(menu.items().is_empty() && menu.categories().next().is_none() && menu.stations().is_empty());
}

#[test]
fn everything_is_asked_and_shown_in_its_order_and_the_files_where_that_says_nothing() {
    let mut parts = parts();
    parts.categories[0].sort_order = 9;
    parts.items[0].sort_order = 1; // the soup, behind the rest of its page
    parts.items[4].tags.push(FAVOURITE.into());
    parts.items[1].plu = "007".into();
    let menu = Menu::assemble(parts).unwrap();
    let names = |all: Vec<&Item>| all.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(" ");
    assert_eq!(menu.categories().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["bar", "kitchen"]);
    assert_eq!(names(menu.items_of(&"kitchen".into()).collect()), "Burger Steak Platter Stew Gold Soup");
    assert_eq!(names(menu.favourites().collect()), "Tea");
    let steak = menu.item(&"steak".into()).unwrap();
    assert_eq!(menu.groups_of(steak).map(|it| it.name.as_str()).collect::<Vec<_>>(), ["Cooked", "Extras"]);
    let extras = ModifierGroupId::from("extras");
    let extras: Vec<&str> = menu.modifiers_of(&extras).map(|it| it.name.as_str()).collect();
    assert_eq!(extras, ["Cheese", "Bacon", "Onion"]);
    assert_eq!(menu.item_by_plu("007").map(|it| it.name.as_str()), Some("Burger"));
    assert_eq!((menu.item_by_plu("7"), menu.item_by_plu("")), (None, None), "a PLU is text, and none is none");
}

#[test]
fn an_item_is_made_where_its_category_is_unless_it_says_otherwise() {
    let mut parts = parts();
    parts.items.push(Item { station: Some("grill".into()), ..item("ribs", "kitchen", 100, &[]) });
    let menu = Menu::assemble(parts).unwrap();
    // item, station
    for (id, station) in [("soup", "kitchen"), ("tea", "bar"), ("ribs", "grill")] {
        assert_eq!(menu.station_of(menu.item(&id.into()).unwrap()).as_str(), station, "{id}");
    }
    assert_eq!(menu.stations(), ["bar", "grill", "kitchen"].map(StationId::from));
}

#[test]
fn the_order_type_chooses_the_tax() {
    let menu = menu();
    // item, order type, tax, basis points, included in the price
    for (id, order_type, tax, rate, included) in [
        ("soup", OrderType::DineIn, "STD", 2000, true),
        ("soup", OrderType::Takeaway, "LOW", 1000, true),
        ("soup", OrderType::Delivery, "STD", 2000, true),
        ("wine", OrderType::DineIn, "TOP", 825, false),
    ] {
        let captured = menu.tax_of(menu.item(&id.into()).unwrap(), order_type);
        assert_eq!((captured.name.as_str(), captured.rate.0, captured.included), (tax, rate, included), "{id}");
    }
}
