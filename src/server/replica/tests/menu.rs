//! The menu, imported whole and handed out as what changed.

use super::*;
use crate::server::ImportedMenu;
use crate::sync::wire::MenuChanges;

on_each_central! {
    a_menu_is_told_whole_and_then_what_changed,
    where_there_is_no_menu_everybody_keeps_his_own,
    what_was_sold_before_the_menu_changed_is_accepted_after_it,
    only_an_operator_imports_a_menu,
}

impl World {
    fn menu(&mut self, since: Option<&str>, etag: Option<&str>) -> Option<MenuChanges> {
        let (since, etag) = (since.map(str::to_owned), etag.map(str::to_owned));
        match self.ask(&register("T1"), Request::Menu { since, etag }) {
            Ok(Answer::Menu(menu)) => Some(menu),
            Ok(Answer::MenuUnchanged) => None,
            other => panic!("{other:?}"),
        }
    }
}

fn counts(menu: &MenuChanges) -> [usize; 6] {
    let lists = [&menu.categories, &menu.items, &menu.modifier_groups, &menu.modifiers, &menu.taxes];
    let [a, b, c, d, e] = lists.map(Vec::len);
    [a, b, c, d, e, menu.deleted.len()]
}

fn a_menu_is_told_whole_and_then_what_changed() {
    let mut world = World::new();
    let parts = fixtures::parts();
    let all = [parts.categories.len(), parts.items.len(), parts.modifier_groups.len(), parts.modifiers.len(), 4, 0];
    let whole = world.menu(None, None).unwrap();
    assert_eq!((counts(&whole), whole.full), (all, true));
    let etag = whole.etag.clone().unwrap();
    assert_eq!(world.menu(Some(&whole.cursor), Some(&etag)), None, "nothing changed");
    assert_eq!(world.menu(None, Some(&etag)), None);
    let nothing = world.menu(Some(&whole.cursor), None).unwrap();
    assert_eq!((counts(&nothing), nothing.full, &nothing.cursor), ([0; 6], false, &whole.cursor));

    assert_eq!(world.import(&fixtures::menu()), ImportedMenu::default(), "the same menu changes nothing");
    let changed = ImportedMenu { written: 1, removed: 0 };
    assert_eq!(world.import(&fixtures::menu_but(&["price", "soup", "600"])), changed);
    let step = world.menu(Some(&whole.cursor), Some(&etag)).unwrap();
    assert_eq!((counts(&step), step.full, &step.items[0]["price"]), ([0, 1, 0, 0, 0, 0], false, &json!(600)));
    assert_eq!(world.count("price FROM menu WHERE entry_id = 'soup'"), 600);
    let without = ImportedMenu { written: 0, removed: 1 };
    assert_eq!(world.import(&fixtures::menu_but(&["without", "soup"])), without);
    let step = world.menu(Some(&step.cursor), step.etag.as_deref()).unwrap();
    assert_eq!((counts(&step), step.deleted.as_slice()), ([0, 0, 0, 0, 0, 1], &["item_soup".to_owned()][..]));
    assert_eq!(world.count("COUNT(*) FROM menu WHERE entry_id = 'soup'"), 0);
    assert_eq!(world.import(&fixtures::menu()).written, 1, "it comes back on top of its end");
    let since = world.menu(Some(&whole.cursor), None).unwrap();
    assert_eq!((counts(&since), since.full), ([0, 1, 0, 0, 0, 0], false));

    for unknown in ["2026-03-14T19:05:06Z", "junk", "3-0123456789abcdef"] {
        let again = world.menu(Some(unknown), Some(&etag)).unwrap();
        assert_eq!((counts(&again), again.full), (all, true), "{unknown}");
    }
}

fn where_there_is_no_menu_everybody_keeps_his_own() {
    let mut world = World::without_menu();
    for since in [None, Some("7-0123456789abcdef")] {
        let menu = world.menu(since, None).unwrap();
        assert_eq!((counts(&menu), menu.full), ([0; 6], false));
    }
    let (version, submission) = sent(1);
    assert_eq!(world.submit(&submission).unwrap().order_number, "1", "and any tax is as good");
    assert_eq!(world.pay(&paid(&version, 1, 1000).1).unwrap().payment_status, "paid");
}

fn what_was_sold_before_the_menu_changed_is_accepted_after_it() {
    let mut world = World::new();
    let mut parts = fixtures::parts();
    parts.taxes.iter_mut().for_each(|tax| tax.rate = crate::domain::tax::TaxRate(tax.rate.0 / 2));
    world.import(&Menu::assemble(parts).unwrap());
    let evening = world.submit(&sent(1).1).unwrap();
    assert_eq!(evening.document.unwrap().body["tax_amount"], 167, "at the rate of its morning");
}

fn only_an_operator_imports_a_menu() {
    let mut world = World::new();
    let menu = fixtures::menu();
    let told = wait(world.replica.import_menu(&register("T1"), &menu, now(), &mut world.dice)).unwrap_err();
    assert_eq!(told.status, 403);
}
