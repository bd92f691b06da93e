//! Whatever looks like a key or a row of a list answers to a tap, on every screen; on a touch panel each of them is as
//! large as a finger, and none lies over another.

use crate::cashier::{Cashier, rows_of};
use crate::reviewed;
use comanda::document::menu::read;
use comanda::runtime::demo;
use comanda::tui::Action;
use comanda::tui::scene::{Scene, Target};
use comanda::tui::screens;
use comanda::tui::theme::Theme;
use comanda::tui::touch::{KEY_HEIGHT_MM, KEY_WIDTH_MM, Panel};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::collections::BTreeSet;

/// Inches, dots and the font that give the cells, millimetres of the picture, columns and rows.
const PANELS: [(&str, (u16, u16), (u16, u16)); 6] = [
    ("7, 800x480 at 12x24", (154, 86), (66, 20)),
    ("8, 1280x800 at 12x24", (172, 107), (106, 33)),
    ("10.1, 1280x800 at 12x24", (217, 136), (106, 33)),
    ("12.1, 1280x800 at 12x24", (261, 163), (106, 33)),
    ("15, 1024x768 at 12x24", (304, 228), (85, 32)),
    ("15.6, 1920x1080 at 16x32", (345, 194), (120, 33)),
];
/// Windows without a panel.
const WINDOWS: [(u16, u16); 4] = [(80, 24), (66, 20), (100, 30), (200, 60)];

/// Leads a cashier through every screen on a busy day, and looks at each stop.
///
/// A new screen has to be visited too: lead there from where it is opened.
fn tour(cashier: &mut Cashier, look: &mut dyn FnMut(&Cashier)) -> BTreeSet<&'static str> {
    let mut seen = BTreeSet::new();
    let mut go = |cashier: &mut Cashier, keys: &str| {
        cashier.keys(keys);
        cashier.waits();
        seen.insert(cashier.focus());
        look(cashier);
    };
    // Two Esc are one that waits for no digit.
    let back = "Esc Esc";
    go(cashier, "1 1");
    go(cashier, "1 1 Enter");
    go(cashier, "A");
    for keys in ["/", "A", "- G", "Enter", "4 0 2 Enter", "Tab", "Tab", back, "4 1 1 Enter", "5", back] {
        go(cashier, keys);
    }
    for keys in ["F7", "n o Tab", "Enter", "F5", "B", "M Tab", back, "Ctrl+n", "2", "*", back, "Ctrl+f", "c h", back] {
        go(cashier, keys);
    }
    for keys in ["Ctrl+k", "F7", "A n a Tab", "0 6 1 2 3 4 5 Tab", "R Tab", "P Tab", "n", "F3", "Ctrl+k", "F7"] {
        go(cashier, keys);
    }
    for keys in ["B o F3", "Ctrl+k", "Down", "Ctrl+f", "a", back, "Ctrl+k", "F5", back, "F5", "C", "Ctrl+k", back] {
        go(cashier, keys);
    }
    for keys in ["c h", "Down", back, "F3", "F6", "F", "x", back, back, "3 * I", "F3", "F6", "1", "A", back, back] {
        go(cashier, keys);
    }
    for keys in ["B", "C", "D C Enter", "F", "G", "H", "I", "J", "Up Up Up"] {
        go(cashier, keys);
    }
    // Every page of the menu, the last one turned too.
    (0..12).for_each(|_| go(cashier, "Right"));
    go(cashier, "PgDn");
    go(cashier, "Home");
    for _ in 0..8 {
        cashier.keys("F8 A I F3");
    }
    for keys in ["F2", "Down", "Ctrl+f", "Ctrl+f", "Tab", back, "F4", "5", "Enter", "F5", "1", "Tab", back] {
        go(cashier, keys);
    }
    for keys in ["F5", "1", "Enter", "r", "Enter", "F9", "Enter", "F2", "Tab", "F5", "Down Down", "F8", back, "F7"] {
        go(cashier, keys);
    }
    for keys in ["Down", "Up", "Enter", "1", "Enter", "x", "Enter"] {
        go(cashier, keys);
    }
    let back_to = |cashier: &mut Cashier, go: &mut dyn FnMut(&mut Cashier, &str), focus: &str| {
        for _ in 0..12 {
            if cashier.focus() != focus {
                go(cashier, back);
            }
        }
        assert_eq!(cashier.focus(), focus);
    };
    back_to(cashier, &mut go, "detail");
    for keys in ["F5", "Down", "+", "5", "A", "Tab", "Enter", "x", "Enter"] {
        go(cashier, keys);
    }
    let other = cashier.letter_of("Other ...").to_string();
    go(cashier, &other);
    go(cashier, "x");
    back_to(cashier, &mut go, "order");
    for keys in ["F2", "Tab", back, "F10", "E", "Down Down Down", back, "F10", "I", "Down", back] {
        go(cashier, keys);
    }
    for keys in ["F10", "K", "Down", "Enter", "+", "Delete", "PgDn", back, "F10", "L", back] {
        go(cashier, keys);
    }
    for keys in ["F10", "A", "x", "Enter", "9", back, back, "F1", "PgDn", back, "F10", "G", back, "F11"] {
        go(cashier, keys);
    }
    seen
}

/// Leads through what only a server brings about, which was put there.
fn tour_of_review(cashier: &mut Cashier, look: &mut dyn FnMut(&Cashier)) -> BTreeSet<&'static str> {
    cashier.logs_in();
    let mut seen = BTreeSet::new();
    for keys in reviewed::TOUR {
        cashier.keys(keys);
        cashier.waits();
        seen.insert(cashier.focus());
        look(cashier);
    }
    seen
}

fn inside(target: &Target, column: u16, row: u16) -> bool {
    target.area.contains((column, row).into())
}

fn region(scene: &Scene, name: &str) -> Option<Rect> {
    scene.regions.iter().rev().find(|(known, _)| *known == name).map(|(_, area)| *area)
}

/// Whatever is drawn as a key can be tapped: cells of the menu, tabs, offers, digits, and every key at the foot.
fn every_key_answers(buffer: &Buffer, scene: &Scene) {
    let theme = Theme::full();
    let faces = [theme.key.bg.unwrap(), theme.busy.bg.unwrap()];
    let notice = region(scene, "notice").unwrap_or_default();
    // Below a dialog nothing is to be tapped, though it is in sight.
    let listens = region(scene, "dialog").unwrap_or(buffer.area);
    for position in buffer.area.positions() {
        let (column, row) = (position.x, position.y);
        let in_foot = row > notice.y && row + 1 < buffer.area.bottom();
        let is_key = row < notice.y && listens.contains(position) && faces.contains(&buffer[position].bg)
            || in_foot && buffer[position].symbol() != " ";
        let answers = scene.targets.iter().any(|target| inside(target, column, row));
        let saying = row + 1 == notice.y && scene.focus == "modifiers";
        assert!(!is_key || answers || saying, "{column},{row} does not answer on\n{}", rows_of(buffer).join("\n"));
    }
}

/// Every row of a list that says something can be tapped.
fn every_row_answers(buffer: &Buffer, scene: &Scene) {
    let name = if scene.focus == "order" { "order" } else { scene.focus };
    let is_list = ["order", "orders", "pass", "printers", "sync", "versions", "customers"].contains(&name);
    let Some(area) = region(scene, name).filter(|_| is_list) else { return };
    let text = rows_of(buffer);
    let foot = region(scene, "total").filter(|_| name == "order").map_or(area.bottom() - 1, |total| total.y);
    for row in area.y + 1..foot {
        let said: String =
            text[usize::from(row)].chars().skip(usize::from(area.x) + 1).take(usize::from(area.width) - 2).collect();
        let said = said.trim();
        // Headings, what is said of an empty list, and what is said of the whole order are no rows.
        let is_row = match name {
            "order" => said.starts_with(|it: char| it.is_ascii_digit()) || said.starts_with('>'),
            "orders" => said.starts_with("T1-"),
            "pass" => !said.is_empty() && said != "Nothing to bring",
            "sync" => said.starts_with("T1-"),
            "customers" => said.contains("0612345"),
            "versions" => said.starts_with('*'),
            _ => said.contains(": ready") || said.contains("printed"),
        };
        let column = area.x + 2;
        let rows = scene.targets.iter().filter(|target| matches!(target.action, Action::Row(_)));
        let answers = rows.filter(|target| inside(target, column, row)).count() == 1;
        assert!(!is_row || answers, "row {row} ({said}) does not answer on\n{}", text.join("\n"));
    }
}

/// No target lies outside the window or over another.
fn targets_lie_apart(buffer: &Buffer, scene: &Scene) {
    for (nth, one) in scene.targets.iter().enumerate() {
        assert_eq!(one.area.intersection(buffer.area), one.area, "{one:?}");
        for other in &scene.targets[nth + 1..] {
            let both = one.area.intersection(other.area);
            assert!(both.is_empty(), "{one:?} and {other:?} on\n{}", rows_of(buffer).join("\n"));
        }
    }
}

/// No target is smaller than a finger.
fn targets_fit_a_finger(panel: Panel, buffer: &Buffer, scene: &Scene) {
    for target in &scene.targets {
        let width = u32::from(target.area.width) * u32::from(panel.width_mm);
        let height = u32::from(target.area.height) * u32::from(panel.height_mm);
        let fits = width >= KEY_WIDTH_MM * u32::from(buffer.area.width)
            && height >= KEY_HEIGHT_MM * u32::from(buffer.area.height);
        assert!(fits, "{target:?} is too small on {panel:?}:\n{}", rows_of(buffer).join("\n"));
    }
}

fn visited_all(seen: &BTreeSet<&'static str>) {
    let missed: Vec<_> = screens::NAMES.iter().filter(|name| !seen.contains(*name)).collect();
    assert!(missed.is_empty(), "the tour does not visit {missed:?}: lead it there in tests/it/touch.rs");
}

#[test]
fn on_six_panels_every_key_and_row_is_15x12_mm_and_none_lies_over_another() {
    let menu = demo::menu().unwrap();
    for (name, (width_mm, height_mm), size) in PANELS {
        println!("panel {name}");
        let panel = Panel::of(width_mm, height_mm).unwrap();
        assert_eq!(panel.key(size), panel.wanted(size), "{name}: the font is too fine");
        let mut look = |cashier: &Cashier| {
            let (buffer, scene) = cashier.looks();
            targets_fit_a_finger(panel, &buffer, &scene);
            targets_lie_apart(&buffer, &scene);
            every_key_answers(&buffer, &scene);
            every_row_answers(&buffer, &scene);
        };
        let mut cashier = Cashier::with_panel(&menu, size, Some(panel));
        let mut seen = tour(&mut cashier, &mut look);
        seen.extend(tour_of_review(&mut reviewed::register(&menu, size, Some(panel)), &mut look));
        visited_all(&seen);
    }
}

#[test]
fn without_a_panel_every_key_and_row_answers_in_windows_of_four_sizes() {
    let menu = demo::menu().unwrap();
    for size in WINDOWS {
        println!("window {size:?}");
        let mut look = |cashier: &Cashier| {
            let (buffer, scene) = cashier.looks();
            every_key_answers(&buffer, &scene);
            every_row_answers(&buffer, &scene);
        };
        let mut cashier = Cashier::with_menu(&menu, size);
        let mut seen = tour(&mut cashier, &mut look);
        seen.extend(tour_of_review(&mut reviewed::register(&menu, size, None), &mut look));
        visited_all(&seen);
    }
}

/// Two taps at the same place sell the same item twice, whatever may be chosen for it.
#[test]
fn no_item_moves_when_another_line_is_under_the_cursor() {
    let items = |cashier: &Cashier| -> Vec<Target> {
        let (_, scene) = cashier.looks();
        scene.targets.into_iter().filter(|target| matches!(target.action, Action::Cell(_))).collect()
    };
    let panels = PANELS.map(|(_, (width, height), size)| (size, Panel::of(width, height)));
    let places: Vec<_> = panels.into_iter().chain(WINDOWS.map(|size| (size, None))).collect();
    let mut kinds = BTreeSet::new();
    for menu in [demo::menu().unwrap(), read(include_str!("../menus/large.json")).unwrap()] {
        let has_modifiers = |target: &Target| {
            menu.items().iter().any(|it| it.name == target.label && !it.modifier_group_ids.is_empty())
        };
        for &(size, panel) in &places {
            let mut cashier = Cashier::with_panel(&menu, size, panel);
            cashier.logs_in();
            let at_first = items(&cashier);
            for target in &at_first {
                cashier.taps(&target.label);
                if cashier.focus() == "order" {
                    kinds.insert(has_modifiers(target));
                } else {
                    cashier.keys("Esc Esc");
                }
                assert_eq!(items(&cashier), at_first, "{size:?} {panel:?}: {} moved them", target.label);
            }
        }
    }
    assert_eq!(kinds.len(), 2, "of items with and without modifiers one kind was not sold");
}

/// Every item of a menu of 26 pages, some of them longer than a panel shows, can be reached by taps.
#[test]
fn what_does_not_fit_is_reached_by_turning() {
    let menu = read(include_str!("../menus/large.json")).unwrap();
    let mut cashier = Cashier::with_panel(&menu, (66, 20), Panel::of(154, 86));
    cashier.logs_in();
    let mut seen = BTreeSet::new();
    let cells = |cashier: &Cashier| -> Vec<String> {
        let (_, scene) = cashier.looks();
        let cells = scene.targets.into_iter().filter(|target| matches!(target.action, Action::Cell(_)));
        cells.map(|target| target.label).collect()
    };
    let has = |cashier: &Cashier, label: &str| cashier.looks().1.targets.iter().any(|target| target.label == label);
    let tabs = |cashier: &Cashier| -> Vec<String> {
        let (_, scene) = cashier.looks();
        let tabs = scene.targets.into_iter().filter(|it| matches!(it.action, Action::Page(_)));
        tabs.map(|target| target.label).filter(|label| label != "More pages").collect()
    };
    let mut tabs_seen = BTreeSet::new();
    for _ in 0..menu.categories().count() {
        for tab in tabs(&cashier) {
            if !tabs_seen.insert(tab.clone()) {
                continue;
            }
            cashier.taps(&tab);
            let first = cells(&cashier);
            for _ in 0..3 {
                seen.extend(cells(&cashier));
                if has(&cashier, "Page >") {
                    cashier.taps("Page >");
                }
            }
            // What was turned can be turned back.
            for _ in 0..3 {
                if has(&cashier, "< Page") {
                    cashier.taps("< Page");
                }
            }
            assert_eq!(cells(&cashier), first, "{tab}");
        }
        if has(&cashier, "More pages") {
            cashier.taps("More pages");
        }
    }
    let missed: Vec<_> = menu.items().iter().map(|item| &item.name).filter(|name| !seen.contains(*name)).collect();
    assert!(missed.is_empty(), "not reached: {missed:?}");
    assert_eq!(cashier.keys, 0);
}
