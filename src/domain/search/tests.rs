//! What a cashier types and what it finds.

use super::*;
use crate::domain::menu::{Category, Item, Parts, Tax};
use crate::domain::money::{Currency, Money};
use crate::domain::tax::TaxRate;
use std::collections::BTreeMap;

/// A menu of items with these names, numbered from 101; those that begin with `-` are sold out.
fn menu(names: &[&str]) -> Menu {
    let item = |(nth, name): (usize, &&str)| Item {
        item_id: format!("item{nth}").as_str().into(),
        category_id: "c".into(),
        name: name.trim_start_matches('-').into(),
        price: Money(100),
        open_price: false,
        tax_id: "t".into(),
        tax_by_order_type: BTreeMap::new(),
        modifier_group_ids: Vec::new(),
        plu: (101 + nth).to_string(),
        tags: Vec::new(),
        sort_order: 0,
        available: !name.starts_with('-'),
        station: None,
    };
    let tax = Tax { tax_id: "t".into(), name: "T".into(), rate: TaxRate(0), included_in_price: true };
    let category = Category { category_id: "c".into(), name: "C".into(), sort_order: 0, station: "s".into() };
    Menu::assemble(Parts {
        currency: Currency::of("EUR").unwrap(),
        taxes: vec![tax],
        categories: vec![category],
        items: names.iter().enumerate().map(item).collect(),
        modifier_groups: Vec::new(),
        modifiers: Vec::new(),
    })
    .unwrap()
}

#[test]
fn what_is_typed_finds_what_is_meant() {
    let menu = menu(&[
        "Chicken Tikka Masala",
        "Chicken Tikka",
        "Chicken",
        "Masala Tea",
        "Garlic Mushroom Chat",
        "Crème brûlée",
        "½ Roast Chicken",
        "麻婆豆腐 Mapo Tofu",
        "皮蛋豆腐",
        "Cheeseburger",
        "Miller's Chips (large)",
        "Tap Water",
    ]);
    let index = SearchIndex::new(&menu);
    // typed, names found first
    let rows: [(&str, &[&str]); 26] = [
        ("chicken", &["Chicken", "Chicken Tikka", "Chicken Tikka Masala", "½ Roast Chicken"]),
        ("CHICKEN TIKKA", &["Chicken Tikka", "Chicken Tikka Masala"]),
        ("chi mas", &["Chicken Tikka Masala"]),
        ("ctm", &["Chicken Tikka Masala"]),
        ("ct", &["Chicken Tikka", "Chicken Tikka Masala"]),
        ("chti", &["Chicken Tikka", "Chicken Tikka Masala"]),
        ("chima", &["Chicken Tikka Masala"]),
        ("tikka", &["Chicken Tikka", "Chicken Tikka Masala"]),
        ("mas", &["Masala Tea", "Chicken Tikka Masala"]),
        ("tm", &["Chicken Tikka Masala"]),
        ("masala chicken", &["Chicken Tikka Masala"]),
        ("brulee", &["Crème brûlée"]),
        ("CRÈME", &["Crème brûlée"]),
        ("½", &["½ Roast Chicken"]),
        ("1/2 ro", &["½ Roast Chicken"]),
        ("豆腐", &["皮蛋豆腐", "麻婆豆腐 Mapo Tofu"]),
        ("mapo", &["麻婆豆腐 Mapo Tofu"]),
        ("burger", &["Cheeseburger"]),
        ("chsbrgr", &["Cheeseburger"]),
        ("millers", &["Miller's Chips (large)"]),
        ("tapwater", &["Tap Water"]),
        ("masaal", &["Masala Tea", "Chicken Tikka Masala"]),
        ("gralic mus", &["Garlic Mushroom Chat"]),
        ("cheezeb", &["Cheeseburger"]),
        ("104", &["Masala Tea"]),
        ("11", &["Tap Water", "Cheeseburger", "Miller's Chips (large)"]),
    ];
    for (typed, names) in rows {
        let found: Vec<&str> =
            index.find(typed, names.len()).iter().map(|&at| menu.items()[at].name.as_str()).collect();
        assert_eq!(found, names, "{typed}");
    }
    for typed in ["", "  ", "&", "xyzzy", "999"] {
        assert_eq!(index.find(typed, 9), Vec::<usize>::new(), "{typed}");
    }
}

#[test]
fn what_is_sold_out_comes_last_of_its_rank() {
    let menu = menu(&["-Cola", "-Tea", "Tea with Milk", "Green Tea"]);
    let index = SearchIndex::new(&menu);
    assert_eq!(index.find("te", 9), [2, 1, 3]);
    assert_eq!(index.find("cola", 9), [0]);
    assert_eq!(index.find("te", 1), [2]);
}

#[test]
fn a_slip_is_one_letter() {
    let word: Vec<char> = "cheese".chars().collect();
    // typed, forgiven
    for (typed, forgiven) in [
        ("chese", true),
        ("cheeese", true),
        ("chwese", true),
        ("hceese", true),
        ("cheexe", true),
        ("cheesey", true),
        ("heese", true),
        ("ches", true),
        ("chwx", false),
        ("hecese", false),
        ("cheeseyx", false),
    ] {
        let typed: Vec<char> = typed.chars().collect();
        assert_eq!(begins_but_for_a_slip(&word, &typed), forgiven, "{typed:?}");
    }
    assert!(!begins_but_for_a_slip(&[], &['a', 'b']));
}

#[test]
fn no_typing_is_too_wild() {
    let menu = menu(&["Chicken Tikka Masala", "½", "茶", "É", "(?)"]);
    let index = SearchIndex::new(&menu);
    for typed in
        ["\u{300}", "ß", "(?)", "½½½", "茶茶", "'", "\0", "é\u{301}", &"a b ".repeat(10_000), &"x".repeat(99_999)]
    {
        assert!(index.find(typed, 3).len() <= 3);
    }
}

#[test]
fn abbreviations_are_what_a_cashier_would_think_of() {
    // name, abbreviations
    let rows: [(&str, &[&str]); 5] = [
        ("Korma", &["kor"]),
        ("Fish & Chips", &["chi", "fch", "fic", "fis"]),
        ("Chicken Tikka Masala", &["chi", "chm", "cht", "cma", "cti", "ctm", "mas", "tik", "tim", "tma"]),
        ("米饭", &["米饭"]),
        ("½ l", &["½l"]),
    ];
    for (name, all) in rows {
        assert_eq!(abbreviations(name), all, "{name}");
    }
}
