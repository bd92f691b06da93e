//! What the documents of a menu have in common: one entry of the exchange format each.

use super::walk::{Entry, Found, LISTS, read_currency};
use crate::document::BadDocument;
use crate::document::fields::Fields;
use crate::domain::Currency;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// Writes an entry as a document.
pub(super) fn to_body(code: &str, id: &str, entry: &impl Serialize, currency: Option<Currency>) -> Value {
    let mut body = serde_json::to_value(entry).expect("text, numbers and lists are always JSON");
    body["_id"] = format!("{code}_{id}").into();
    body["type"] = code.into();
    if let Some(currency) = currency {
        body["currency"] = json!(currency);
    }
    body
}

/// The currency of a document with a price.
pub(super) fn currency(body: &Value) -> Result<Currency, BadDocument> {
    let bad = |what: String| BadDocument { place: "currency".into(), what };
    let code = body.get("currency").ok_or_else(|| bad("is missing".into()))?;
    read_currency(code).map_err(bad)
}

/// Reads an entry from a document, whose further fields are nothing to it.
pub(super) fn from_body<T>(
    code: &str,
    list: &str,
    body: &Value,
    read: impl FnOnce(&Entry, &mut Found) -> T,
) -> Result<T, BadDocument> {
    let fields = Fields::of(body)?;
    fields.expect_type(code)?;
    let known = LISTS.iter().find(|(name, _)| *name == list).map_or(&[][..], |(_, known)| known);
    let own = known.iter().filter_map(|&name| Some((name.to_owned(), body.get(name)?.clone())));
    let own: Map<String, Value> = own.collect();
    let mut found = Found::default();
    let entry = read(&Entry::open(&mut found, String::new(), &own, known), &mut found);
    if let Some(flaw) = found.flaws.into_iter().next() {
        return Err(BadDocument { place: flaw.place, what: flaw.what });
    }
    // Others refer to it by the id in its body, replication by the document's: they must be one.
    let (own_id, doc_id) = (fields.text(&format!("{code}_id"))?, fields.text("_id")?);
    if doc_id != format!("{code}_{own_id}") {
        return Err(fields.bad("_id", format!("must be `{code}_{own_id}`")));
    }
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::super::{category, item, modifier, modifier_group, read, tax};
    use super::*;
    use crate::document::DocumentType;
    use crate::domain::menu::Menu;

    fn menu() -> Menu {
        read(include_str!("../../../assets/demo/menu.json")).unwrap()
    }

    #[test]
    fn every_entry_of_a_menu_survives_its_document() {
        let menu = menu();
        let parts = menu.parts();
        for it in &parts.categories {
            assert_eq!(category::from_body(&category::to_body(it)).as_ref(), Ok(it));
        }
        for it in &parts.items {
            assert_eq!(item::from_body(&item::to_body(it, parts.currency)).as_ref(), Ok(it));
        }
        for it in &parts.modifier_groups {
            assert_eq!(modifier_group::from_body(&modifier_group::to_body(it)).as_ref(), Ok(it));
        }
        for it in &parts.modifiers {
            assert_eq!(modifier::from_body(&modifier::to_body(it, parts.currency)).as_ref(), Ok(it));
        }
        for it in &parts.taxes {
            assert_eq!(tax::from_body(&tax::to_body(it)).as_ref(), Ok(it));
        }
    }

    #[test]
    fn what_is_wrong_with_a_document_of_the_menu_is_said_with_its_place() {
        let menu = menu();
        let good = item::to_body(&menu.parts().items[0], menu.parts().currency);
        assert_eq!(DocumentType::of_id(good["_id"].as_str().unwrap()), Some(DocumentType::Item));
        let mut strange = good.clone();
        strange["colour"] = json!("red");
        strange["_rev"] = json!("1-x");
        assert!(item::from_body(&strange).is_ok(), "what others add is nothing to us");
        // field, what stands there, what is said
        let rows = [
            ("price", json!("9.50"), "price: must be a whole number, is text; prices are whole minor units: 950"),
            ("name", json!(null), "name: must be text, is null"),
            ("type", json!("tax"), "type: `tax` is not one that Comanda knows"),
            ("_id", json!("item_other"), "_id: must be `item_cheeseburger`"),
            ("tags", json!([1]), "tags[0]: must be text, is a number; write \"1\""),
            ("currency", json!(3), "currency: must be text, is a number; write \"3\""),
        ];
        for (field, wrong, said) in rows {
            let mut body = good.clone();
            body[field] = wrong;
            let bad = item::from_body(&body).unwrap_err();
            assert_eq!(bad.to_string(), format!("the document cannot be read: {said}"));
        }
    }
}
