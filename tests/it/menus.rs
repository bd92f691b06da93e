//! Whole menus, sold to the last item: one of restaurant size that stands here, and a real one where its path is known.
//!
//! `COMANDA_REAL_MENU` names the real menu; unset, the one that stands here is sold alone, and the test says so.

use crate::cashier::{Cashier, rows_of};
use comanda::document::menu::{read, write};
use comanda::domain::Menu;
use comanda::domain::menu::{Item, ModifierGroup};
use comanda::domain::search::{SearchIndex, abbreviations};
use comanda::printing::CodePage;
use comanda::runtime::paths::environment;
use comanda::runtime::pen::Pen;
use comanda::tui::Action;
use comanda::tui::keys::Key;
use comanda::tui::theme::Mode;
use ratatui::layout::Rect;
use std::num::NonZero;
use std::path::{Path, PathBuf};

/// How many items both menus have.
const ITEMS: usize = 239;
/// Of a hundred items, how many must come into the first three by three natural letters.
const FOUND_MIN_PERCENT: usize = 95;
/// Of a hundred abbreviations, how many must do so: many are shared by more than three items.
const ANY_MIN_PERCENT: usize = 85;

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/menus").join(name)
}

/// The menus to sell: the one that stands here, and the real one.
fn menus() -> Vec<(PathBuf, Menu)> {
    let real = environment("COMANDA_REAL_MENU").map(PathBuf::from);
    if real.is_none() {
        println!("COMANDA_REAL_MENU is not set: tests/menus/large.json is sold alone");
    }
    std::iter::once(here("large.json")).chain(real).map(|path| (path.clone(), menu(&path))).collect()
}

fn menu(path: &Path) -> Menu {
    let text = std::fs::read_to_string(path).unwrap_or_else(|wrong| panic!("{}: {wrong}", path.display()));
    read(&text).unwrap_or_else(|flaws| panic!("{}: {flaws:?}", path.display()))
}

#[test]
fn a_menu_comes_in_and_goes_out_without_a_change() {
    for (path, menu) in menus() {
        assert_eq!(menu.items().len(), ITEMS, "{}", path.display());
        let written = write(&menu);
        let again = read(&written).unwrap();
        assert_eq!(menu.parts(), again.parts(), "{}", path.display());
        assert_eq!(written, write(&again));
        let names = std::fs::read_to_string(&path).unwrap();
        for item in menu.items() {
            let quoted = serde_json::to_string(&item.name).unwrap();
            assert!(names.contains(&quoted), "{quoted} stands in the file as it was read");
        }
    }
}

#[test]
fn three_letters_bring_an_item_into_the_first_three() {
    for (path, menu) in menus() {
        let index = SearchIndex::new(&menu);
        let (mut all, mut found, mut never) = (0, 0, Vec::new());
        for (at, item) in menu.items().iter().enumerate() {
            let short = abbreviations(&item.name);
            let good = short.iter().filter(|short| index.find(short, 3).contains(&at)).count();
            all += short.len();
            found += good;
            if good == 0 {
                never.push(item.name.as_str());
            }
        }
        let items = menu.items().len();
        let by_any = items - never.len();
        println!(
            "{}: {by_any} of {items} items by some abbreviation, {found} of {all} abbreviations; never: {never:?}",
            path.display()
        );
        assert!(by_any * 100 >= items * FOUND_MIN_PERCENT, "{}: never {never:?}", path.display());
        assert!(found * 100 >= all * ANY_MIN_PERCENT, "{}: {found} of {all}", path.display());
    }
}

#[test]
fn every_item_is_sold_with_what_it_requires_and_printed_right() {
    for (path, menu) in menus() {
        let mut cashier = Cashier::with_menu(&menu, (80, 24));
        cashier.logs_in();
        let mut sold = 0;
        for item in menu.items() {
            sell(&mut cashier, &menu, item);
            sold += 1;
        }
        assert_eq!(sold, ITEMS, "{}", path.display());
    }
}

/// Sells one item as its own order, pays it, and reads what came out of the printers.
fn sell(cashier: &mut Cashier, menu: &Menu, item: &Item) {
    assert_eq!(cashier.focus(), "order", "before {}", item.name);
    cashier.papers.clear();
    cashier.types(&item.plu);
    cashier.keys("Enter");
    if item.open_price {
        assert_eq!(cashier.focus(), "price", "{}", item.name);
        cashier.types("5");
        cashier.keys("Enter");
    }
    let mut answers = Vec::new();
    for (nth, group) in menu.groups_of(item).enumerate().filter(|(_, group)| group.min_selections > 0) {
        answers.extend(answer(cashier, menu, item, nth, group));
    }
    if cashier.focus() == "modifiers" {
        cashier.keys("Enter");
    }
    assert_eq!(cashier.focus(), "order", "{}: {}", item.name, cashier.notice());
    cashier.keys("F3");
    let told = |cashier: &Cashier| format!("{}: {}: {:?}", item.name, cashier.notice(), cashier.papers);
    let station = menu.station_of(item);
    let ticket = match &cashier.papers[..] {
        [(printer, text)] if printer == station.as_str() => without_blanks(text),
        _ => panic!("one ticket at {station:?}: {}", told(cashier)),
    };
    let shown = |name: &str| without_blanks(&CodePage::Pc858.shown(name));
    assert!(ticket.contains(&format!("1x{}", shown(&item.name))), "{}", told(cashier));
    for name in &answers {
        assert!(ticket.contains(&format!("+{}", shown(name))), "{name}: {}", told(cashier));
    }
    cashier.keys("F4");
    cashier.waits();
    cashier.keys("Enter");
    assert_eq!(cashier.focus(), "paid", "{}", told(cashier));
    let receipt =
        cashier.papers.iter().filter(|(printer, _)| printer == "receipt").map(|(_, text)| without_blanks(text));
    let receipt: String = receipt.collect();
    for name in answers.iter().chain([&item.name]) {
        assert!(receipt.contains(&shown(name)), "{name}: {}", told(cashier));
    }
    assert!(!receipt.contains('?') && !ticket.contains('?'), "{}", told(cashier));
    cashier.keys("Enter");
    cashier.waits();
}

/// Paper folds long names: only letters count.
fn without_blanks(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Presses the letters of as many modifiers as a group requires; gives their names.
fn answer(cashier: &mut Cashier, menu: &Menu, item: &Item, nth: usize, group: &ModifierGroup) -> Vec<String> {
    let wanted = usize::try_from(group.min_selections).unwrap();
    let offered: Vec<_> = menu.modifiers_of(&group.modifier_group_id).collect();
    let mut answers = Vec::new();
    for place in 0..wanted {
        let modifier = offered[place % offered.len()];
        assert_eq!(cashier.focus(), "modifiers", "{}: {}", item.name, group.name);
        let letter = in_sight(cashier, nth, group, place % offered.len());
        cashier.press(Key::Char(letter));
        answers.push(modifier.name.clone());
    }
    answers
}

/// The letter of a group's modifier, after turning pages until it is in sight.
fn in_sight(cashier: &mut Cashier, nth: usize, group: &ModifierGroup, place: usize) -> char {
    for _ in 0..10 {
        let (_, scene) = cashier.looks();
        let heading = scene.targets.iter().position(|it| it.action == Action::Page(nth) && it.label == group.name);
        let cells = heading.map(|at| {
            let below = scene.targets[at + 1..].iter();
            let cells = below.map_while(|it| if let Action::Cell(cell) = it.action { Some(cell) } else { None });
            cells.collect::<Vec<_>>()
        });
        if let Some(&cell) = cells.as_ref().and_then(|cells| cells.get(place)).filter(|cell| **cell < 26) {
            return char::from(b'a' + u8::try_from(cell).unwrap());
        }
        cashier.keys("Tab");
    }
    panic!("{} never came in sight on\n{}", group.name, cashier.screen().join("\n"));
}

#[test]
fn chinese_names_do_not_push_the_frame() {
    let menu = menu(&here("chinese.json"));
    for size in [(66, 20), (80, 24), (100, 30)] {
        let mut cashier = Cashier::with_menu(&menu, size);
        cashier.logs_in();
        for item in menu.items().iter().take(12) {
            cashier.types(&item.plu);
            cashier.keys("Enter");
            while cashier.focus() == "modifiers" {
                let nth = menu.groups_of(item).position(|group| group.min_selections > 0).unwrap();
                let group = menu.groups_of(item).nth(nth).unwrap();
                answer(&mut cashier, &menu, item, nth, group);
                if cashier.focus() == "modifiers" {
                    cashier.keys("Enter");
                }
            }
            check_frame(&cashier, size, &item.name);
        }
    }
}

/// What a terminal shows that knows nothing of our widths: the order's frame is straight, and nothing is beside its
/// cell.
fn check_frame(cashier: &Cashier, (width, height): (u16, u16), after: &str) {
    let (buffer, scene) = cashier.looks();
    let mut bytes = Vec::new();
    let area = Rect { x: 0, y: 0, width, height };
    let options = ratatui::TerminalOptions { viewport: ratatui::Viewport::Fixed(area) };
    let mut terminal = ratatui::Terminal::with_options(Pen::new(&mut bytes, Mode::FULL), options).unwrap();
    terminal.draw(|frame| *frame.buffer_mut() = buffer.clone()).unwrap();
    drop(terminal);
    let mut parser = vt100::Parser::new(NonZero::new(height).unwrap(), NonZero::new(width).unwrap(), 0);
    parser.process(&bytes);
    let screen = parser.screen();
    let (_, order) = scene.regions.iter().find(|(name, _)| *name == "order").unwrap();
    let shown: Vec<String> = screen.rows(0, width).map(|row| row.trim_end().to_owned()).collect();
    assert_eq!(shown, rows_of(&buffer), "{after} on {width}x{height}");
    for row in order.y + 1..order.bottom() - 1 {
        for column in [order.x, order.right() - 1] {
            let cell = screen.cell(row, column).map(|cell| cell.contents().to_owned()).unwrap_or_default();
            assert_eq!(cell, "│", "{after} on {width}x{height}: row {row}, column {column} of\n{}", shown.join("\n"));
        }
    }
    assert!(shown.iter().any(|row| row.contains(after.chars().next().unwrap())), "{after} is shown");
}
