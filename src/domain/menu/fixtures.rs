//! A small menu for tests, with one item of every kind that a rule asks for.

use super::{Category, Item, Menu, Modifier, ModifierGroup, Parts, Tax};
use crate::domain::limits::PRICE_MAX;
use crate::domain::tax::TaxRate;
use crate::domain::{Currency, Money, OrderType};
use std::collections::BTreeMap;

/// The parts of [`menu`].
pub(crate) fn parts() -> Parts {
    let tax = |id: &str, rate, included_in_price| Tax {
        tax_id: id.into(),
        name: id.to_uppercase(),
        rate: TaxRate(rate),
        included_in_price,
    };
    let category =
        |id: &str, sort_order| Category { category_id: id.into(), name: id.into(), sort_order, station: id.into() };
    let group = |id: &str, min_selections, max_selections| ModifierGroup {
        modifier_group_id: id.into(),
        name: capital(id),
        min_selections,
        max_selections,
    };
    let modifier = |group: &str, id: &str, price, sort_order| Modifier {
        modifier_id: id.into(),
        modifier_group_id: group.into(),
        name: capital(id),
        price: Money(price),
        sort_order,
    };
    Parts {
        currency: Currency::of("EUR").expect("the house knows the euro"),
        taxes: vec![
            tax("std", 2000, true),
            tax("low", 1000, true),
            tax("top", 825, false),
            tax("twice", 10_000, false),
        ],
        categories: vec![category("kitchen", 1), category("bar", 2)],
        items: vec![
            // Taken away, it is taxed lower.
            Item {
                tax_by_order_type: [(OrderType::Takeaway, "low".into())].into(),
                ..item("soup", "kitchen", 500, &[])
            },
            item("burger", "kitchen", 900, &["extras", "sides"]),
            item("steak", "kitchen", 2000, &["cooked", "extras"]),
            item("platter", "kitchen", 3000, &["sides", "pair"]),
            item("tea", "bar", 300, &[]),
            // Its price is before tax, and twice as much as that when it is taken away.
            Item {
                tax_id: "top".into(),
                tax_by_order_type: [(OrderType::Takeaway, "twice".into())].into(),
                ..item("wine", "bar", 1000, &[])
            },
            item("water", "bar", 0, &[]),
            Item { open_price: true, ..item("fee", "bar", 0, &["extras"]) },
            Item { available: false, ..item("stew", "kitchen", 700, &[]) },
            item("gold", "kitchen", PRICE_MAX, &["sides"]),
        ],
        modifier_groups: vec![
            group("cooked", 1, Some(1)),
            group("extras", 0, Some(2)),
            group("sides", 0, None),
            group("pair", 2, Some(2)),
        ],
        modifiers: vec![
            modifier("extras", "bacon", 200, 2),
            modifier("extras", "cheese", 150, 1),
            modifier("extras", "onion", 0, 3),
            modifier("cooked", "rare", 0, 1),
            modifier("cooked", "done", 0, 2),
            modifier("sides", "chips", 250, 1),
            modifier("sides", "ingot", PRICE_MAX, 2),
            modifier("pair", "left", 0, 1),
            modifier("pair", "right", 0, 2),
        ],
    }
}

/// The menu of [`parts`].
pub(crate) fn menu() -> Menu {
    Menu::assemble(parts()).expect("the menu of the tests has no flaws")
}

/// The menu with something changed: `without soup`, `sold-out soup`, `price soup 600`, `tax soup low`, `name soup
/// Broth`, `station soup bar`.
pub(crate) fn menu_but(change: &[&str]) -> Menu {
    let mut parts = parts();
    let id = change[1];
    let item = parts.items.iter_mut().find(|item| item.item_id.as_str() == id).expect("an item of the menu");
    match change {
        ["without", _] => parts.items.retain(|item| item.item_id.as_str() != id),
        ["sold-out", _] => item.available = false,
        ["price", _, price] => item.price = Money(price.parse().expect("digits")),
        ["tax", _, tax] => item.tax_id = (*tax).into(),
        ["name", _, name] => item.name = (*name).to_owned(),
        ["station", _, station] => item.station = Some((*station).into()),
        other => panic!("no such change of the menu: {other:?}"),
    }
    Menu::assemble(parts).expect("the changed menu has no flaws")
}

/// An item, named as its id, taxed as usual.
pub(crate) fn item(id: &str, category: &str, price: i64, groups: &[&str]) -> Item {
    Item {
        item_id: id.into(),
        category_id: category.into(),
        name: capital(id),
        price: Money(price),
        open_price: false,
        tax_id: "std".into(),
        tax_by_order_type: BTreeMap::new(),
        modifier_group_ids: groups.iter().map(|&id| id.into()).collect(),
        plu: String::new(),
        tags: Vec::new(),
        sort_order: 0,
        available: true,
        station: None,
    }
}

fn capital(id: &str) -> String {
    let mut letters = id.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
