//! What the cashier is told of what other registers did: an item that is sold out, one that was sold too often, an
//! order that was paid too often.

use crate::domain::{ItemId, Menu, Portions, Stock};
use crate::store::OrderRow;
use std::collections::BTreeSet;

/// What became of marks, in few words that fit the narrowest window: a register that comes back may hear of many.
pub(super) fn of_stock(menu: &Menu, before: &Stock, after: &Stock) -> Vec<String> {
    let items: BTreeSet<&ItemId> = before.marks().chain(after.marks()).map(|(item, _)| item).collect();
    let is_gone = |mark: Option<Portions>| mark.is_some_and(|it| it.left <= 0);
    let (mut words, mut gone, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for item in items {
        let name = menu.item(item).map_or(item.as_str(), |it| it.name.as_str());
        let (was, is) = (before.of(item), after.of(item));
        let too_many = is.map_or(0, Portions::too_many);
        match (is_gone(was), is_gone(is)) {
            (_, true) if too_many > was.map_or(0, Portions::too_many) => {
                words.push(format!("{name}: {too_many} sold too many while registers were apart"));
            }
            (false, true) => gone.push(name),
            (true, false) => again.push(name),
            (true, true) | (false, false) => {}
        }
    }
    match gone[..] {
        [] => {}
        [one] => words.push(format!("{one} is sold out (86)")),
        [..] => words.push(format!("{} are sold out (86)", listed(&gone))),
    }
    if !again.is_empty() {
        words.push(format!("{} can be sold again", listed(&again)));
    }
    words
}

/// Names in a row; of many, the first and how many more.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [one, other] => format!("{one} and {other}"),
        [one, others @ ..] => format!("{one} and {} more", others.len()),
    }
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
    fn many_marks_at_once_are_told_in_few_words() {
        let menu = crate::document::menu::read(include_str!("../../../assets/demo/menu.json")).unwrap();
        let mark = Portions { left: 0, promised: 0, since: Timestamp::utc(0) };
        let stock = |many: usize| -> Stock {
            menu.items().iter().take(many).map(|item| (item.item_id.clone(), mark)).collect()
        };
        let name =
            |nth: usize| stock(5).marks().nth(nth).map(|(item, _)| menu.item(item).unwrap().name.clone()).unwrap();
        let told = of_stock(&menu, &Stock::default(), &stock(5));
        assert_eq!(told, [format!("{} and 4 more are sold out (86)", name(0))]);
        assert_eq!(
            of_stock(&menu, &stock(5), &Stock::default()),
            [format!("{} and 4 more can be sold again", name(0))]
        );
        assert!(of_stock(&menu, &Stock::default(), &stock(2))[0].ends_with(" are sold out (86)"));
    }

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
