//! What the cashier is told of what other registers did: an item that is sold out, one that was sold too often, an
//! order that was paid too often.

use crate::domain::{ItemId, Menu, Portions, Stock};
use crate::store::OrderRow;
use std::collections::BTreeSet;

/// What became of marks, in words that fit the narrowest window.
pub(super) fn of_stock(menu: &Menu, before: &Stock, after: &Stock) -> Vec<String> {
    let items: BTreeSet<&ItemId> = before.marks().chain(after.marks()).map(|(item, _)| item).collect();
    let is_gone = |mark: Option<Portions>| mark.is_some_and(|it| it.left <= 0);
    let word = |item: &ItemId| {
        let name = menu.item(item).map_or(item.as_str(), |it| it.name.as_str());
        let (was, is) = (before.of(item), after.of(item));
        let too_many = is.map_or(0, Portions::too_many);
        if too_many > was.map_or(0, Portions::too_many) {
            return Some(format!("{name}: {too_many} sold too many while registers were apart"));
        }
        match (is_gone(was), is_gone(is)) {
            (false, true) => Some(format!("{name} is sold out (86)")),
            (true, false) => Some(format!("{name} can be sold again")),
            (true, true) | (false, false) => None,
        }
    };
    items.into_iter().filter_map(word).collect()
}

/// That more was paid for an order than it comes to; none when it was not, or when that was given back.
pub(super) fn of_money(row: &OrderRow) -> Option<String> {
    let number = &row.local_number;
    (!row.surplus().is_zero()).then(|| format!("{number} was paid too much: F2, Tab, F5 gives it back"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    #[test]
    fn what_others_did_to_marks_is_told_once() {
        let menu = crate::document::menu::read(include_str!("../../../assets/demo/menu.json")).unwrap();
        let stock = |left: Option<i64>| -> Stock {
            let since = Timestamp::utc(0);
            left.map(|left| ("cheeseburger".into(), Portions { left, promised: 0, since })).into_iter().collect()
        };
        // what was left, what is left, what is told
        let rows = [
            (None, Some(0), Some("Cheeseburger is sold out (86)")),
            (Some(2), Some(0), Some("Cheeseburger is sold out (86)")),
            (Some(2), Some(-3), Some("Cheeseburger: 3 sold too many while registers were apart")),
            (Some(-1), Some(-3), Some("Cheeseburger: 3 sold too many while registers were apart")),
            (Some(-3), Some(-3), None),
            (Some(-3), Some(0), None),
            (Some(0), Some(5), Some("Cheeseburger can be sold again")),
            (Some(0), None, Some("Cheeseburger can be sold again")),
            (Some(9), Some(3), None),
            (None, Some(9), None),
        ];
        for (was, is, told) in rows {
            let words = of_stock(&menu, &stock(was), &stock(is));
            assert_eq!(words.first().map(String::as_str), told, "{was:?}, then {is:?}");
        }
        let gone: Stock =
            [(ItemId::from("cake"), stock(Some(0)).of(&"cheeseburger".into()).unwrap())].into_iter().collect();
        assert_eq!(of_stock(&menu, &Stock::default(), &gone), ["cake is sold out (86)"], "of another menu");
    }
}
