//! What the exchange format promises, tried on the menus of tests/menus and on garbage.

use super::*;
use crate::domain::search::{SearchIndex, abbreviations};
use serde_json::json;

const DEMO: &str = include_str!("../../../assets/demo/menu.json");
const LARGE: &str = include_str!("../../../tests/menus/large.json");
const CHINESE: &str = include_str!("../../../tests/menus/chinese.json");
const BROKEN: &str = include_str!("../../../tests/menus/broken.json");

fn small() -> Value {
    json!({
        "currency": "EUR",
        "taxes": [{ "tax_id": "std", "name": "Standard", "rate_basis_points": 2000, "included_in_price": true }],
        "categories": [{ "category_id": "food", "name": "Food", "station": "kitchen" }],
        "items": [
            { "item_id": "soup", "category_id": "food", "name": "Soup", "price": 500, "tax_id": "std",
              "plu": "7", "available": true,
              "modifier_group_ids": ["bread"], "tax_by_order_type": { "takeaway": "std" } },
            { "item_id": "stew", "category_id": "food", "name": "Stew", "price": 900, "tax_id": "std" },
        ],
        "modifier_groups": [
            { "modifier_group_id": "bread", "name": "Bread", "min_selections": 1, "max_selections": 1 },
        ],
        "modifiers": [
            { "modifier_id": "rye", "modifier_group_id": "bread", "name": "Rye", "price": 0 },
        ],
    })
}

fn told(text: &str) -> Vec<String> {
    read(text).err().into_iter().flatten().map(|flaw| flaw.to_string()).collect()
}

#[test]
fn whole_menus_are_read_and_written_back_as_they_were() {
    for (name, text, items) in [("demo", DEMO, 66), ("large", LARGE, 239), ("chinese", CHINESE, 26)] {
        let menu = read(text).unwrap_or_else(|flaws| panic!("{name}: {flaws:?}"));
        assert_eq!(menu.items().len(), items, "{name}");
        let written = write(&menu);
        assert_eq!(read(&written), Ok(menu), "{name}");
        let (before, after): (Value, Value) =
            (serde_json::from_str(text).unwrap(), serde_json::from_str(&written).unwrap());
        assert_eq!(before["modifiers"], after["modifiers"], "{name}");
    }
}

#[test]
fn what_says_no_place_keeps_that_of_its_line() {
    let orders = |menu: &Menu| menu.items().iter().map(|it| it.sort_order).collect::<Vec<_>>();
    let mut menu = small();
    assert_eq!(orders(&read(&menu.to_string()).unwrap()), [0, 1], "nobody says anything: as the file has them");
    menu["items"][0]["sort_order"] = json!(4);
    let said = read(&menu.to_string()).unwrap();
    assert_eq!(orders(&said), [0, 4], "somebody does: as they say");
    assert_eq!(said.items()[0].name, "Stew");
}

#[test]
fn what_may_be_absent_has_its_default() {
    let menu = read(&small().to_string()).unwrap();
    let stew = &menu.items()[1];
    assert!(stew.available && !stew.open_price && stew.tags.is_empty() && stew.plu.is_empty());
    assert!(stew.modifier_group_ids.is_empty() && stew.tax_by_order_type.is_empty() && stew.station.is_none());
    let mut bare = small();
    bare["items"][0]["modifier_group_ids"] = Value::Null;
    bare.as_object_mut().unwrap().retain(|key, _| !key.starts_with("modifier"));
    assert!(read(&format!("\u{feff}{bare}")).is_ok());
}

#[test]
fn the_broken_menu_has_exactly_its_twelve_mistakes() {
    let currencies = "is not one of the 33 currencies that Comanda knows";
    // place, beginning of what is said
    let rows = [
        ("currency", "`XXQ` is not one of the"),
        ("taxes[1].rate_basis_points", "-5 is not between 0 and 10000"),
        ("items[1].prise", "is not a key of the format; did you mean `price`?"),
        ("items[2].category_id", "there is no category `nowhere`"),
        ("items[3].price", "-100 is not between 0 and"),
        ("items[5].plu", "200 is the number of items[4] already"),
        ("items[6].modifier_group_ids[0]", "there is no modifier group `no-such-group`"),
        ("items[9].name", "must not be empty"),
        ("items[11].item_id", "`twin` stands at items[10] already"),
        ("modifier_groups[1].min_selections", "3 is more than max_selections"),
        ("modifier_groups[2].min_selections", "asks for 1, and the group has no modifiers"),
        ("modifiers[5].modifier_group_id", "there is no modifier group `vanished-group`"),
    ];
    let flaws = read(BROKEN).unwrap_err();
    let places: Vec<&str> = flaws.iter().map(|flaw| flaw.place.as_str()).collect();
    assert_eq!(places, rows.map(|(place, _)| place));
    for (flaw, (_, what)) in flaws.iter().zip(rows) {
        assert!(flaw.what.starts_with(what), "{flaw}");
    }
    assert!(flaws[0].what.contains(currencies));
}

#[test]
fn one_mistake_is_told_once_and_nothing_that_follows_from_it() {
    // JSON pointer, what stands there, what is told
    let rows = [
        (
            "/items/0/price",
            json!(9.5),
            "items[0].price: must be a whole number, is 9.5; prices are whole minor units: 950",
        ),
        (
            "/items/0/price",
            json!("9,50"),
            "items[0].price: must be a whole number, is text; prices are whole minor units: 950",
        ),
        (
            "/items/0/price",
            json!(1e300),
            "items[0].price: must be a whole number, is 1e+300; prices are whole minor units",
        ),
        ("/items/0/price", json!(u64::MAX), "items[0].price: 18446744073709551615 is not between"),
        ("/items/0/price", json!([]), "items[0].price: must be a whole number, is a list"),
        ("/items/0", json!("soup"), "items[0]: must be an object, is text"),
        ("/items/0/plu", json!(101), "items[0].plu: must be text, is a number; write \"101\""),
        ("/items/0/item_id", json!("a\u{1b}[2J"), "items[0].item_id: holds a control character"),
        ("/items/0/modifier_group_ids/0", json!(7), "items[0].modifier_group_ids[0]: must be text, is a number"),
        ("/items/0/modifier_group_ids", json!({}), "items[0].modifier_group_ids: must be a list, is an object"),
        (
            "/items/0/tax_by_order_type",
            json!({ "take_away": "std" }),
            "items[0].tax_by_order_type.take_away: is not a key of the format; did you mean `takeaway`?",
        ),
        (
            "/items/0/tax_by_order_type/takeaway",
            json!(1),
            "items[0].tax_by_order_type.takeaway: must be text, is a number",
        ),
        ("/items/0/available", json!("yes"), "items[0].available: must be true or false, is text"),
        ("/items", json!([]), "items: must hold at least one entry"),
        ("/items", json!(null), "items: must be a list, is null"),
        ("/taxes", json!([]), "taxes: must hold at least one entry"),
        ("/taxes", json!({}), "taxes: must be a list, is an object"),
        ("/taxes/0/tax_id", json!(1), "taxes[0].tax_id: must be text, is a number"),
        ("/taxes/0", json!(null), "taxes[0]: must be an object, is null"),
        (
            "/taxes/0/rate_basis_points",
            json!(20.0),
            "taxes[0].rate_basis_points: must be a whole number, is 20.0; rates are basis points: 20% is 2000",
        ),
        ("/categories/0/category_id", json!(""), "categories[0].category_id: must not be empty"),
        ("/categories/0/station", json!(null), "categories[0].station: must be text, is null"),
        ("/modifier_groups", json!("x"), "modifier_groups: must be a list, is text"),
        ("/modifier_groups/0/modifier_group_id", json!(1), "modifier_groups[0].modifier_group_id: must be text"),
        ("/modifier_groups/0/max_selections", json!(-1), "modifier_groups[0].max_selections: -1 is not between 0 and"),
        ("/modifiers", json!(0), "modifiers: must be a list, is a number"),
        ("/modifiers/0", json!(0), "modifiers[0]: must be an object, is a number"),
        ("/modifiers/0/modifier_group_id", json!(0), "modifiers[0].modifier_group_id: must be text, is a number"),
        ("/currency", json!("eur"), "currency: `eur` is not one of the 33 currencies"),
    ];
    for (pointer, wrong, first) in rows {
        let mut menu = small();
        *menu.pointer_mut(pointer).unwrap() = wrong;
        let told = told(&menu.to_string());
        assert!(told.len() == 1 && told[0].starts_with(first), "{pointer}: {told:#?}");
    }
}

#[test]
fn what_is_missing_is_told_once_also_when_it_is_only_misspelt() {
    // JSON pointer to an object, field, the key it is renamed to (none: removed), what is told
    let rows = [
        ("/items/0", "price", None, "items[0].price: is missing"),
        ("/items/0", "price", Some("prize"), "items[0].prize: is not a key of the format; did you mean `price`?"),
        (
            "/items/0",
            "category_id",
            Some("category"),
            "items[0].category: is not a key of the format; did you mean `category_id`?",
        ),
        ("/items/0", "tax_id", None, "items[0].tax_id: is missing"),
        ("/taxes/0", "tax_id", Some("taxid"), "taxes[0].taxid: is not a key of the format; did you mean `tax_id`?"),
        ("/categories/0", "station", None, "categories[0].station: is missing"),
        ("", "currency", None, "currency: is missing"),
        ("", "taxes", Some("taxs"), "taxs: is not a key of the format; did you mean `taxes`?"),
        ("", "categories", None, "categories: is missing"),
        (
            "",
            "modifier_groups",
            Some("modifer_groups"),
            "modifer_groups: is not a key of the format; did you mean `modifier_groups`?",
        ),
    ];
    for (pointer, field, renamed, expected) in rows {
        let mut menu = small();
        let object = menu.pointer_mut(pointer).unwrap().as_object_mut().unwrap();
        let value = object.remove(field).unwrap();
        if let Some(name) = renamed {
            object.insert(name.into(), value);
        }
        assert_eq!(told(&menu.to_string()), [expected], "{pointer} {field}");
    }
}

#[test]
fn flaws_of_shape_and_of_reference_are_told_together_in_order() {
    let mut menu = small();
    menu["modifiers"][0]["price"] = json!(-1);
    menu["items"][1]["category_id"] = json!("drinks");
    menu["items"][0]["price"] = json!(true);
    menu["items"][0]["colour"] = json!("red");
    menu["items"][0]["item_id"] = json!("stew");
    menu["zeal"] = json!(1);
    menu["currency"] = json!(3);
    let places: Vec<String> = read(&menu.to_string()).unwrap_err().into_iter().map(|flaw| flaw.place).collect();
    let expected = [
        "currency",
        "items[0].price",
        "items[0].colour",
        "items[1].item_id",
        "items[1].category_id",
        "modifiers[0].price",
        "zeal",
    ];
    assert_eq!(places, expected);
}

#[test]
fn what_is_not_json_is_told_with_line_and_column() {
    // text, what is told
    let rows = [
        ("", "line 1 column 0: is not JSON: EOF while parsing a value"),
        ("{\n  \"currency\": EUR\n}", "line 2 column 15: is not JSON: expected value"),
        ("{\"price\": 1e999}", "line 1 column 15: is not JSON: number out of range"),
        ("[1, 2]", "file: must be an object, is a list"),
        ("\"menu\"", "file: must be an object, is text"),
    ];
    for (text, expected) in rows {
        assert_eq!(told(text), [expected], "{text}");
    }
    let deep = "[".repeat(100_000);
    assert!(told(&deep)[0].ends_with("is not JSON: recursion limit exceeded"));
    assert!(told(&" ".repeat(MENU_BYTES_MAX + 1))[0].starts_with("file: holds 8388609 bytes"));
}

#[test]
fn lists_have_an_end() {
    let mut menu = small();
    menu["items"] = std::iter::repeat_n(menu["items"][1].clone(), 5_001).collect();
    assert_eq!(told(&menu.to_string()), ["items: holds 5001 entries; 5000 are the most"]);
    let mut menu = small();
    menu["items"][0]["tags"] = std::iter::repeat_n(json!("x"), 51).collect();
    assert_eq!(told(&menu.to_string()), ["items[0].tags: holds 51 entries; 50 are the most"]);
    let mut menu = small();
    for nth in 0..30 {
        menu["items"][0][format!("strange {nth}\u{1b}{}", "x".repeat(1000))] = json!(nth);
    }
    let told = told(&menu.to_string());
    assert_eq!(told.len(), 21);
    assert!(told.iter().all(|flaw| flaw.len() < 200 && !flaw.contains('\u{1b}')));
}

#[test]
fn no_garbage_makes_the_reader_panic() {
    let garbage = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1.5e308),
        json!(""),
        json!("\u{0}"),
        json!("é".repeat(2000)),
        json!([]),
        json!([[[]]]),
        json!([null, {}, 7, "x"]),
        json!({}),
        json!({ "": { "": [] }, "items[0].price": 1 }),
    ];
    let mut pointers = Vec::new();
    collect_pointers(&small(), String::new(), &mut pointers);
    assert!(pointers.len() > 30);
    for pointer in &pointers {
        for value in &garbage {
            let mut menu = small();
            *menu.pointer_mut(pointer).unwrap() = value.clone();
            let text = menu.to_string();
            if let Ok(read_menu) = read(&text) {
                assert_eq!(read(&write(&read_menu)), Ok(read_menu), "{text}");
            }
        }
    }
    let text = small().to_string();
    for end in 0..text.len() {
        assert!(read(&text[..end]).is_err());
    }
}

fn collect_pointers(value: &Value, at: String, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, it)| collect_pointers(it, format!("{at}/{key}"), all)),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(nth, it)| collect_pointers(it, format!("{at}/{nth}"), all))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    all.push(at);
}

#[test]
fn three_letters_bring_nearly_every_item_into_the_first_three() {
    for (name, text) in [("demo", DEMO), ("large", LARGE)] {
        let menu = read(text).unwrap();
        let index = SearchIndex::new(&menu);
        let is_found = |at: &usize| {
            let tried = abbreviations(&menu.items()[*at].name);
            tried.iter().any(|typed| index.find(typed, 3).contains(at))
        };
        let (found, missed): (Vec<usize>, Vec<usize>) = (0..menu.items().len()).partition(is_found);
        let names: Vec<&str> = missed.iter().map(|&at| menu.items()[at].name.as_str()).collect();
        assert!(found.len() * 100 >= menu.items().len() * 95, "{name}: {} found, not {names:?}", found.len());
    }
}
