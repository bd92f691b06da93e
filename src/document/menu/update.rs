//! Another menu made of one and of what changed on it, as documents tell.

use super::{category, entry, item, modifier, modifier_group, tax};
use crate::document::{BadDocument, DocumentType};
use crate::domain::Currency;
use crate::domain::menu::{Flaw, Menu, Parts};
use serde_json::Value;

/// What changed on a menu.
#[derive(Debug, Clone, Default)]
pub struct Update<'a> {
    /// These bodies are all there are: what is not among them is gone.
    pub full: bool,
    /// Bodies of documents of the menu, of every type and in any order.
    pub bodies: Vec<&'a Value>,
    /// Ids of documents that are gone.
    pub deleted: &'a [String],
}

/// Makes the menu that is sold from after an update. Its money is what its items say; without items, that of `menu`.
///
/// # Errors
/// Every flaw: of documents that cannot be read, with their id, or, when all can, of the menu that they make.
pub fn updated(menu: Option<&Menu>, update: &Update<'_>) -> Result<Menu, Vec<Flaw>> {
    let mut flaws = Vec::new();
    let currency = currency(menu, update).map_err(|flaw| vec![flaw])?;
    let mut parts = match menu.filter(|_| !update.full) {
        Some(menu) => Parts { currency, ..menu.parts().clone() },
        None => Parts {
            currency,
            taxes: Vec::new(),
            categories: Vec::new(),
            items: Vec::new(),
            modifier_groups: Vec::new(),
            modifiers: Vec::new(),
        },
    };
    update.deleted.iter().for_each(|id| drop_from(&mut parts, id));
    for body in &update.bodies {
        if let Err(bad) = put(&mut parts, body) {
            let id = body.get("_id").and_then(Value::as_str).unwrap_or("a document without an id");
            flaws.push(Flaw { place: format!("{id}: {}", bad.place), what: bad.what });
        }
    }
    if flaws.is_empty() { Menu::assemble(parts) } else { Err(flaws) }
}

/// What the prices are in. Items of two currencies make no menu.
fn currency(menu: Option<&Menu>, update: &Update<'_>) -> Result<Currency, Flaw> {
    let mut found = menu.filter(|menu| !update.full && !menu.items().is_empty()).map(Menu::currency);
    for body in &update.bodies {
        let id = body.get("_id").and_then(Value::as_str).unwrap_or_default();
        if DocumentType::of_id(id) != Some(DocumentType::Item) {
            continue;
        }
        let flaw = |what: String| Flaw { place: format!("{id}: currency"), what };
        let says = entry::currency(body).map_err(|bad| flaw(bad.what))?;
        match found {
            Some(found) if found != says => {
                return Err(flaw(format!("is {}, but other items are in {}", says.row().code, found.row().code)));
            }
            Some(_) | None => found = Some(says),
        }
    }
    let none = || Flaw { place: "menu".into(), what: "has no item that says what the prices are in".into() };
    found.or(menu.map(Menu::currency)).ok_or_else(none)
}

fn put(parts: &mut Parts, body: &Value) -> Result<(), BadDocument> {
    let id = body.get("_id").and_then(Value::as_str).unwrap_or_default();
    match DocumentType::of_id(id) {
        Some(DocumentType::Tax) => put_in(&mut parts.taxes, tax::from_body(body)?, |it| &it.tax_id),
        Some(DocumentType::Category) => {
            put_in(&mut parts.categories, category::from_body(body)?, |it| &it.category_id);
        }
        Some(DocumentType::Item) => put_in(&mut parts.items, item::from_body(body)?, |it| &it.item_id),
        Some(DocumentType::ModifierGroup) => {
            put_in(&mut parts.modifier_groups, modifier_group::from_body(body)?, |it| &it.modifier_group_id);
        }
        Some(DocumentType::Modifier) => {
            put_in(&mut parts.modifiers, modifier::from_body(body)?, |it| &it.modifier_id);
        }
        Some(
            DocumentType::Order
            | DocumentType::Payment
            | DocumentType::SoldOut
            | DocumentType::Customer
            | DocumentType::Conflict,
        )
        | None => {
            return Err(BadDocument { place: "_id".into(), what: "is of no document of a menu".into() });
        }
    }
    Ok(())
}

/// Puts an entry in the place of the one of its id, or behind the others.
fn put_in<T, Id: PartialEq>(all: &mut Vec<T>, entry: T, id: impl Fn(&T) -> &Id) {
    match all.iter().position(|it| id(it) == id(&entry)) {
        Some(at) => all[at] = entry,
        None => all.push(entry),
    }
}

fn drop_from(parts: &mut Parts, doc_id: &str) {
    let Some(of) = DocumentType::of_id(doc_id) else { return };
    let id = doc_id.strip_prefix(of.code()).and_then(|rest| rest.strip_prefix('_')).unwrap_or_default();
    match of {
        DocumentType::Tax => parts.taxes.retain(|it| it.tax_id.as_str() != id),
        DocumentType::Category => parts.categories.retain(|it| it.category_id.as_str() != id),
        DocumentType::Item => parts.items.retain(|it| it.item_id.as_str() != id),
        DocumentType::ModifierGroup => parts.modifier_groups.retain(|it| it.modifier_group_id.as_str() != id),
        DocumentType::Modifier => parts.modifiers.retain(|it| it.modifier_id.as_str() != id),
        DocumentType::Order
        | DocumentType::Payment
        | DocumentType::SoldOut
        | DocumentType::Customer
        | DocumentType::Conflict => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn demo() -> Menu {
        crate::document::menu::read(include_str!("../../../assets/demo/menu.json")).expect("the demonstration's menu")
    }

    fn bodies(menu: &Menu) -> Vec<Value> {
        let parts = menu.parts();
        let items = parts.items.iter().map(|it| item::to_body(it, parts.currency));
        let modifiers = parts.modifiers.iter().map(|it| modifier::to_body(it, parts.currency));
        let others = parts.taxes.iter().map(tax::to_body).chain(parts.categories.iter().map(category::to_body));
        let others = others.chain(parts.modifier_groups.iter().map(modifier_group::to_body));
        items.chain(modifiers).chain(others).collect()
    }

    #[test]
    fn a_menu_is_made_of_its_documents_and_changes_with_them() {
        let menu = demo();
        let all = bodies(&menu);
        let whole = Update { full: true, bodies: all.iter().rev().collect(), deleted: &[] };
        let made = updated(None, &whole).unwrap();
        assert_eq!(made.items().len(), menu.items().len());
        assert!(menu.items().iter().all(|it| made.item(&it.item_id) == Some(it)));
        // Also where each stands: a key that sold a burger before the menu came from the server sells it still.
        assert_eq!(made.items(), menu.items());
        assert!(made.favourites().eq(menu.favourites()) && made.categories().eq(menu.categories()));

        let mut dearer = all[0].clone();
        dearer["price"] = json!(9_999);
        let id = menu.items()[0].item_id.clone();
        let gone = [all[1]["_id"].as_str().unwrap().to_owned()];
        let next = updated(Some(&menu), &Update { full: false, bodies: vec![&dearer], deleted: &gone }).unwrap();
        assert_eq!(next.item(&id).unwrap().price.0, 9_999);
        assert_eq!((next.items().len(), next.item(&menu.items()[1].item_id)), (menu.items().len() - 1, None));
        assert_eq!(updated(Some(&menu), &Update::default()).unwrap(), menu);
    }

    #[test]
    fn a_menu_that_cannot_be_sold_from_is_not_made() {
        let menu = demo();
        let all = bodies(&menu);
        let with = |field: &str, says: Value| {
            let mut body = all[0].clone();
            body[field] = says;
            body
        };
        let id = all[0]["_id"].as_str().unwrap();
        // what is wrong with one document, where, and what is said
        let rows = [
            (with("price", json!("cheap")), format!("{id}: price"), "must be a whole number"),
            (with("currency", json!("JPY")), format!("{id}: currency"), "is JPY, but other items are in EUR"),
            (with("_id", json!("order_1")), "order_1: _id".into(), "is of no document of a menu"),
            (with("category_id", json!("nowhere")), String::new(), "nowhere"),
        ];
        for (body, place, what) in rows {
            let flaws = updated(Some(&menu), &Update { full: false, bodies: vec![&body], deleted: &[] }).unwrap_err();
            assert!(flaws[0].place.starts_with(&place) && flaws[0].what.contains(what), "{:?}", flaws[0]);
        }
        let none = updated(None, &Update { full: true, ..Update::default() }).unwrap_err();
        assert!(none[0].what.contains("no item"), "{none:?}");
    }
}
