//! Order entry: the order at the left, the menu at the right, one line to type in. Nothing here opens a question unless
//! an item cannot be made without the answer.
//!
//! `pane` draws the order, `areas` divides the display. With a panel the entry line has keys that lay a pad of digits
//! over the items (Ctrl+n), or letters over everything (Ctrl+f).

mod areas;
mod pane;

use super::{
    CUSTOMERS_KEY, Customers, Modifiers, More, NameAndTime, Note, Orders, Pay, Price, SoldOut, TypeChoice, Void,
};
use crate::domain::command::{Command, Pick};
use crate::domain::id::{CategoryId, LineId};
use crate::domain::menu::{Item, Modifier};
use crate::domain::order::{Line, LineState, OrderType};
use crate::domain::stock::Portions;
use crate::tui::entry::Entry;
use crate::tui::keys::Key;
use crate::tui::scene::{Canvas, cells};
use crate::tui::touch::KeySize;
use crate::tui::typing::{PAD_ROWS, letters, pad, typing_keys};
use crate::tui::widgets::{Cell, Grid, Look, addressed, button, field, middle, scrolled, wrapped};
use crate::tui::{Action, Desk, Errand, FootKey, Screen, Then};
use areas::Areas;
use ratatui::layout::Rect;

/// The cells that the hint beside the entry line has, whatever it says: what stays in place costs a slow line nothing.
const HINT_CELLS: u16 = 42;
/// Most search results kept for one page.
const FOUND_MAX: usize = 26;

/// Order entry.
#[derive(Debug, Default)]
pub struct OrderEntry {
    typed: String,
    page: usize,
    first_cell: usize,
    chosen: usize,
    board: Option<Board>,
}

/// What lies over the display to be typed on, with a panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Board {
    Digits,
    Letters,
}

/// Foot keys that also stand under More.
const UNDER_MORE: [&str; 3] = ["Help", "Type", "Lock"];

/// A page of the menu: the favourites, or a category.
enum Page<'a> {
    Favourites,
    Category(&'a CategoryId),
}

/// The menu's pages with their names, in order.
fn pages<'a>(desk: &Desk<'a>) -> Vec<(Page<'a>, &'a str)> {
    let favourites = desk.menu.favourites().next().map(|_| (Page::Favourites, "Favourites"));
    let categories = desk.menu.categories().map(|it| (Page::Category(&it.category_id), it.name.as_str()));
    favourites.into_iter().chain(categories).collect()
}

impl OrderEntry {
    /// Letters are being typed: the grid shows what they find.
    fn is_searching(&self) -> bool {
        let entry = Entry::read(&self.typed);
        !entry.rest.is_empty() && !entry.is_plu()
    }

    /// The items that the grid shows, from the first cell on.
    fn shown<'a>(&self, desk: &Desk<'a>) -> Vec<&'a Item> {
        let skipped = if self.is_searching() { 0 } else { self.first_cell };
        self.listed(desk).into_iter().skip(skipped).collect()
    }

    /// The items of the page, or what was found.
    fn listed<'a>(&self, desk: &Desk<'a>) -> Vec<&'a Item> {
        let menu = desk.menu;
        if self.is_searching() {
            let found = desk.index.find(Entry::read(&self.typed).rest, FOUND_MAX);
            return found.into_iter().map(|at| &menu.items()[at]).collect();
        }
        let pages = pages(desk);
        match pages.get(self.page.min(pages.len().saturating_sub(1))) {
            Some((Page::Favourites, _)) => menu.favourites().collect(),
            Some((Page::Category(category), _)) => menu.items_of(category).collect(),
            None => Vec::new(),
        }
    }

    fn turn(&mut self, desk: &Desk, by: isize) {
        let count = pages(desk).len().max(1) as isize;
        self.page = (self.page as isize + by).rem_euclid(count) as usize;
        self.first_cell = 0;
    }

    /// Adds what Enter means: a number, the item chosen among those found, or the last line again.
    fn enter(&mut self, desk: &Desk) -> Then {
        if self.typed.is_empty() {
            return Then::Do(Command::AddAgain);
        }
        let entry = Entry::read(&self.typed);
        if entry.rest.starts_with('-') {
            return Then::Say(crate::domain::Refusal::BadQuantity { typed: entry.rest.to_owned() }.to_string());
        }
        let item = if entry.is_plu() {
            desk.menu.item_by_plu(entry.rest)
        } else if entry.rest.is_empty() {
            None
        } else {
            self.shown(desk).get(self.chosen).copied()
        };
        match item {
            Some(item) => self.add(desk, item),
            None if entry.rest.is_empty() => Then::Say(format!(
                "{} of what? Type a number or letters after the *",
                entry.quantity.unwrap_or_default()
            )),
            None => Then::Say(format!("Nothing on the menu fits `{}`: Esc clears it", entry.rest)),
        }
    }

    /// Adds an item in the quantity typed, after the questions that it cannot do without.
    fn add(&mut self, desk: &Desk, item: &Item) -> Then {
        let count = Entry::read(&self.typed).count();
        let quantity = match count {
            Ok(quantity) => quantity,
            Err(typed) => return Then::Say(crate::domain::Refusal::BadQuantity { typed }.to_string()),
        };
        if !item.available {
            return Then::Say(crate::domain::Refusal::SoldOut(item.name.clone()).to_string());
        }
        if let Err(refusal) = desk.stock.room_for(&item.item_id, &item.name, quantity) {
            return Then::Say(refusal.to_string());
        }
        if item.open_price {
            self.clear();
            return Then::Open(Price::of(item, quantity).into());
        }
        if desk.menu.groups_of(item).any(|group| group.min_selections > 0) {
            self.clear();
            return Then::Open(Modifiers::for_new(item, quantity, None).into());
        }
        Then::Do(Command::AddItem { item: item.item_id.clone(), quantity, price: None, picks: Vec::new() })
    }

    /// What Enter would do with what is typed, for somebody who does not know yet.
    fn hint(&self, desk: &Desk) -> String {
        let entry = Entry::read(&self.typed);
        match (self.typed.is_empty(), entry.is_plu()) {
            (true, _) => "CAPITAL letter, or number or name + Enter".to_owned(),
            (false, true) => "Enter sells it".to_owned(),
            (false, false) if entry.rest.is_empty() => "of what?".to_owned(),
            (false, false) => match self.shown(desk).get(self.chosen) {
                Some(item) => format!("Enter sells {}", item.name),
                None => "nothing fits: Esc clears".to_owned(),
            },
        }
    }

    fn clear(&mut self) {
        self.typed.clear();
        self.chosen = 0;
        self.board = None;
    }

    /// Page Up and Page Down: another part of a long page, or of what was found.
    fn leaf(&mut self, desk: &Desk, key: Key) {
        let page = self.grid(desk, desk.main(self.keys(desk).len())).page();
        if self.is_searching() {
            let last = self.shown(desk).len().saturating_sub(1);
            let by = page.max(1);
            self.chosen =
                if key == Key::PageUp { self.chosen.saturating_sub(by) } else { (self.chosen + by).min(last) };
        } else if key == Key::PageUp {
            self.first_cell = self.first_cell.saturating_sub(page);
        } else if self.shown(desk).len() > page {
            self.first_cell += page;
        }
    }

    fn key(&mut self, desk: &Desk, key: Key) -> Then {
        let line = desk.hand.line();
        match key {
            Key::Enter => return self.enter(desk),
            Key::Esc => self.clear(),
            Key::Backspace => {
                self.typed.pop();
                self.chosen = 0;
            }
            Key::Char(letter) => return self.letter(desk, letter),
            Key::Up | Key::Down if self.is_searching() => {
                let last = self.shown(desk).len().saturating_sub(1);
                self.chosen = if key == Key::Up { self.chosen.saturating_sub(1) } else { (self.chosen + 1).min(last) };
            }
            Key::Up => return move_cursor(desk, -1),
            Key::Down => return move_cursor(desk, 1),
            Key::Left | Key::BackTab => self.turn(desk, -1),
            Key::Right | Key::Tab => self.turn(desk, 1),
            Key::PageDown | Key::PageUp => self.leaf(desk, key),
            Key::Home => {
                self.page = 0;
                self.first_cell = 0;
            }
            Key::F(2) => return Then::Open(Orders::default().into()),
            Key::F(3) => return Then::Do(Command::Send),
            Key::F(4) if desk.hand.order.as_ref().is_some_and(|order| order.live().next().is_some()) => {
                return Then::Open(Pay::opened(desk).into());
            }
            Key::F(4) => return Then::Say("There is nothing to pay yet: add an item first".into()),
            Key::F(5) => return Then::Open(TypeChoice.into()),
            Key::F(6) | Key::Delete => match line {
                Some(line) if line.state == LineState::Draft => {
                    return Then::Do(Command::RemoveLine { line: line.line_id });
                }
                Some(line) if line.state == LineState::Voided => {
                    return Then::Say(crate::domain::Refusal::LineVoided(line.name.clone()).to_string());
                }
                Some(line) => return Then::Open(Void::of_line(line).into()),
                None => return Then::Say("There is no line to void".into()),
            },
            Key::F(7) => return Then::Open(Note::on(desk).into()),
            Key::F(8) => return Then::Do(Command::Hold),
            Key::F(9) => return self.modify(desk),
            Key::F(10) => return Then::Open(More.into()),
            Key::F(11) => return Then::Errand(Errand::Lock),
            Key::F(12) => return Then::Do(Command::Undo),
            CUSTOMERS_KEY => return Then::Open(Customers::default().into()),
            Key::Ctrl('e') => return Then::Open(SoldOut::default().into()),
            Key::Ctrl('n') if desk.touch().is_some() => self.lay(Board::Digits),
            Key::Ctrl('f') if desk.touch().is_some() => self.lay(Board::Letters),
            Key::F(_) | Key::Alt(_) | Key::Ctrl(_) | Key::End => {}
        }
        Then::Stay
    }

    fn lay(&mut self, board: Board) {
        self.board = Some(board).filter(|board| self.board != Some(*board));
    }

    fn letter(&mut self, desk: &Desk, letter: char) -> Then {
        let nothing_typed = self.typed.is_empty();
        if Entry::read(&self.typed).rest.is_empty()
            && let Some(nth) = addressed(letter)
        {
            return self.cell(desk, nth);
        }
        match letter {
            '+' | '-' if nothing_typed => match desk.hand.line() {
                Some(line) => {
                    Then::Do(Command::ChangeQuantity { line: line.line_id, by: if letter == '+' { 1 } else { -1 } })
                }
                None => Then::Say(crate::domain::Refusal::NoLine.to_string()),
            },
            '/' if nothing_typed => self.modify(desk),
            ' ' if nothing_typed => Then::Stay,
            letter => {
                if self.typed.chars().count() < crate::domain::limits::TEXT_CHARS_MAX {
                    self.typed.push(letter);
                }
                self.chosen = 0;
                // After the quantity comes the item, which the pad would cover.
                if letter == '*' {
                    self.board = None;
                }
                Then::Stay
            }
        }
    }

    fn cell(&mut self, desk: &Desk, nth: usize) -> Then {
        let from = self.scrolled_by(desk);
        match self.shown(desk).get(from + nth).copied() {
            Some(item) => self.add(desk, item),
            None => Then::Say("There is no item at that letter on this page".into()),
        }
    }

    fn modify(&mut self, desk: &Desk) -> Then {
        let Some(line) = desk.hand.line() else { return Then::Say(crate::domain::Refusal::NoLine.to_string()) };
        if line.state != LineState::Draft {
            return Then::Say(crate::domain::Refusal::LineSent(line.name.clone()).to_string());
        }
        match desk.menu.item(&line.item_id) {
            Some(item) if !item.modifier_group_ids.is_empty() => Then::Open(Modifiers::for_line(line).into()),
            Some(_) | None => Then::Say(format!("{} has no modifiers: F7 writes a note on it", line.name)),
        }
    }

    /// The grid as it fits below the page names.
    fn grid(&self, desk: &Desk, main: Rect) -> Grid {
        let area = self.areas(desk, main).items;
        // With a panel the page keeps its cells while it is turned, for two of them turn it.
        let count = if desk.touch().is_some() { self.listed(desk).len() } else { self.shown(desk).len() };
        Grid::fitting(area, count, desk.touch())
    }

    /// How many of what was found stand above what is in sight.
    fn scrolled_by(&self, desk: &Desk) -> usize {
        if !self.is_searching() {
            return 0;
        }
        scrolled(self.chosen, self.shown(desk).len(), self.grid(desk, desk.main(self.keys(desk).len())).page())
    }

    /// No part grows or shrinks with the line under the cursor: a second tap at the same place means the same item.
    fn areas(&self, desk: &Desk, main: Rect) -> Areas {
        let has_offers = !desk.menu.parts().modifiers.is_empty();
        match desk.touch() {
            None => Areas::of_keys(main, has_offers),
            Some(size) if self.board == Some(Board::Letters) => Areas::below_letters(main, size),
            Some(size) => Areas::of_touch(main, size, has_offers),
        }
    }
}

fn move_cursor(desk: &Desk, by: isize) -> Then {
    let Some(order) = &desk.hand.order else { return Then::Stay };
    let Some(current) = desk.hand.line() else { return Then::Stay };
    let at = order.lines.iter().position(|line| line.line_id == current.line_id).unwrap_or(0);
    let to = at.saturating_add_signed(by).min(order.lines.len() - 1);
    if to == at && desk.hand.cursor.is_some() {
        Then::Stay
    } else {
        Then::Do(Command::SelectLine { line: order.lines[to].line_id })
    }
}

/// The modifiers that the line under the cursor may still have: what stands beside it to be tapped.
fn offers<'a>(desk: &Desk<'a>) -> Vec<(&'a Modifier, LineId)> {
    let line = desk.hand.line().filter(|line| line.state == LineState::Draft);
    let Some(line) = line else { return Vec::new() };
    let Some(item) = desk.menu.item(&line.item_id) else { return Vec::new() };
    let line_id = line.line_id;
    let groups = desk.menu.groups_of(item);
    groups.flat_map(|group| desk.menu.modifiers_of(&group.modifier_group_id)).map(|it| (it, line_id)).collect()
}

/// Takes a modifier when the line has none of it, else takes it away; a group of one answer gets the new one.
fn toggled(desk: &Desk, nth: usize) -> Then {
    let Some((modifier, line_id)) = offers(desk).get(nth).copied() else { return Then::Stay };
    let Some(line) = desk.hand.order.as_ref().and_then(|order| order.line(line_id)) else { return Then::Stay };
    let mut picks = crate::domain::decide::picks_of(line);
    let before = picks.len();
    picks.retain(|pick| pick.modifier_id != modifier.modifier_id);
    if picks.len() == before {
        let group = desk.menu.group(&modifier.modifier_group_id);
        if group.is_some_and(|group| group.max_selections == Some(1)) {
            picks.retain(|pick| {
                let other = desk.menu.modifier(&pick.modifier_id);
                other.is_none_or(|other| other.modifier_group_id != modifier.modifier_group_id)
            });
        }
        picks.push(Pick { modifier_id: modifier.modifier_id.clone(), quantity: 1, qualifier: None });
    }
    Then::Do(Command::SetModifiers { line: line_id, of: line.quantity, picks })
}

impl Screen for OrderEntry {
    const NAME: &'static str = "order";
    const HELP: &'static [&'static str] = &[
        "Press the capital letter of an item to sell it; or type its number, or letters of its name, and Enter.",
        "A quantity comes first: 3*101 or 3*bur or 3* and then a capital letter.",
        "+ and -, the modifiers (/), a note (F7) and a void (F6) are about the line under the cursor.",
        "Everything can be undone (F12) until it is sent (F3). What was sent can be voided (F6).",
        "Ctrl+e says what is sold out (86) or how many are left; `3 left` counts what no order has yet.",
        "Ctrl+k finds customers by name or phone; a delivery's ticket then says where it goes.",
        "F4 takes the money, and sends what was not sent. F8 puts the order aside, F2 brings it back.",
        "Orders of other registers stand under F2 too. `also open on T2` above the total: T2 has this one in hand as",
        "well, and what both add is kept; it goes within half a minute when T2 leaves it.",
        "Esc and a digit is the function key of that digit; Esc - is F11, Esc = is F12.",
        "On a touch panel 123 opens digits, with * after a quantity, and ABC opens letters. A tap on the order takes",
        "the line there, a further tap the next one beside it. What does not fit at the foot stands under More.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[
        ("A-Z", "sells the item at that letter, while nothing is typed; so do they after 3*"),
        ("0-9, text", "an item's number or letters of its name: the items that fit are shown"),
        ("Enter", "sells what was typed; with nothing typed, the last item again"),
        ("+, -", "one more or one less of the line under the cursor"),
        ("/", "the modifiers of the line under the cursor"),
        ("Up, Down", "move the cursor; while searching, choose what Enter sells"),
        ("Left, Right", "turn the pages of the menu"),
        ("Tab, Shift+Tab", "as Right, Left"),
        ("PgDn, PgUp", "the rest of a page that does not fit, and back"),
        ("Home", "the first page"),
        ("Ctrl+k", "customers: found, written down, taken for the order"),
        ("Delete", "as F6: takes a line that was not sent off, voids one that was"),
        ("Backspace, Esc", "take back the last letter, all that was typed"),
    ];

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        if self.board == Some(Board::Letters) {
            return typing_keys(desk, vec![(Key::Enter, "Sell"), (Key::Esc, "Close")]);
        }
        let does = ["Help", "Orders", "Send", "Pay", "Type", "Void", "Note", "Hold", "Modify", "More", "Lock", "Undo"];
        let keys = does.into_iter().enumerate().map(|(nth, does)| (Key::F(nth as u8 + 1), does));
        // Where a row of keys has no room for all of them, those stay away that stand under More too.
        let is_narrow = desk.touch().is_some_and(|size| usize::from(size.across(desk.size.0)) < does.len());
        keys.filter(|(_, does)| !(is_narrow && UNDER_MORE.contains(does))).collect()
    }

    fn examples(_desk: &Desk) -> Vec<OrderEntry> {
        vec![OrderEntry::default()]
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        match action {
            Action::Press(key) => self.key(desk, key),
            Action::Cell(nth) => self.cell(desk, nth),
            Action::Page(nth) => {
                self.page = nth;
                self.first_cell = 0;
                self.clear();
                Then::Stay
            }
            Action::Offer(nth) => toggled(desk, nth),
            Action::Row(nth) => match desk.hand.order.as_ref().and_then(|order| order.lines.get(nth)) {
                Some(line) => Then::Do(Command::SelectLine { line: line.line_id }),
                None => Then::Stay,
            },
        }
    }

    fn done(&mut self, _desk: &Desk) -> Then {
        self.clear();
        Then::Stay
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let areas = self.areas(desk, area);
        match (canvas.touch, self.board) {
            (Some(_), Some(Board::Letters)) => {
                canvas.cover(area);
                letters(canvas, area, false);
                self.view_items(desk, canvas, area);
            }
            (Some(size), board) => {
                pane::view_order(desk, canvas, areas.order);
                self.view_touch_tabs(desk, canvas, areas.tabs, size);
                if board.is_some() {
                    let height = (PAD_ROWS * size.rows).min(areas.items.height);
                    pad(canvas, Rect { height, ..areas.items }, Some('*'), "Close");
                } else {
                    self.view_items(desk, canvas, area);
                    view_offers(desk, canvas, areas.offers);
                }
            }
            (None, _) => {
                pane::view_order(desk, canvas, areas.order);
                self.view_tabs(desk, canvas, areas.tabs);
                self.view_items(desk, canvas, area);
                view_offers(desk, canvas, areas.offers);
            }
        }
        self.view_entry(desk, canvas, areas.entry);
    }
}

impl OrderEntry {
    /// The line to type in; with a panel, the keys that open digits and letters stand before it.
    fn view_entry(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.region("entry", area);
        let mut line = Rect { y: middle(area), height: 1, ..area };
        let mut beside = HINT_CELLS;
        if let Some(size) = canvas.touch {
            beside = 0;
            if self.board != Some(Board::Letters) {
                for (words, key) in [("123", Key::Ctrl('n')), ("ABC", Key::Ctrl('f'))] {
                    let spot = Rect { x: line.x, width: size.columns, ..area };
                    button(canvas, spot, words, key);
                    line = Rect { x: line.x + size.columns, width: line.width - size.columns, ..line };
                }
            }
        }
        let typed = Rect { x: line.x + 2, width: line.width.saturating_sub(2 + beside), ..line };
        canvas.text(line.x, line.y, 2, "> ", canvas.theme.strong);
        field(canvas, typed, &self.typed, true);
        canvas.text(typed.right(), line.y, beside, &self.hint(desk), canvas.theme.faint);
    }

    /// The names of the pages as keys; where they do not all fit, the last key goes on to the next ones.
    fn view_touch_tabs(&self, desk: &Desk, canvas: &mut Canvas, area: Rect, size: KeySize) {
        canvas.region("pages", area);
        let pages = pages(desk);
        let current = self.page.min(pages.len().saturating_sub(1));
        let widest = size.columns.max(9);
        let all = usize::from((area.width / widest).max(1));
        let in_row = if pages.len() <= all {
            pages.len().max(1)
        } else {
            usize::from((area.width.saturating_sub(size.columns) / widest).max(1))
        };
        let has_more = in_row < pages.len();
        let room = area.width - if has_more { size.columns } else { 0 };
        let width = (room / in_row as u16).min(2 * widest);
        let first = current / in_row * in_row;
        for (nth, (_, name)) in pages.iter().enumerate().skip(first).take(in_row) {
            let is_current = nth == current && !self.is_searching();
            let spot = Rect { x: area.x + (nth - first) as u16 * width, width, ..area };
            view_tab(canvas, spot, name, is_current);
            canvas.target(*name, spot, Action::Page(nth));
        }
        if has_more {
            let next = if first + in_row < pages.len() { first + in_row } else { 0 };
            let spot = Rect { x: area.x + room, width: size.columns, ..area };
            let words = format!("{}/{} >", first / in_row + 1, pages.len().div_ceil(in_row));
            view_tab(canvas, spot, &words, false);
            canvas.target("More pages", spot, Action::Page(next));
        }
    }

    fn view_tabs(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let theme = canvas.theme;
        canvas.region("pages", area);
        let pages = pages(desk);
        let current = self.page.min(pages.len().saturating_sub(1));
        let width = 15.min(area.width).max(1);
        let in_row = usize::from(area.width / width).max(1);
        let in_sight = in_row * usize::from(area.height);
        // Whole rows scroll, so that a page name stays where the eye found it.
        let first = if pages.len() <= in_sight {
            0
        } else {
            (current / in_row).saturating_sub(usize::from(area.height) - 1) * in_row
        };
        for (nth, (_, name)) in pages.iter().enumerate().skip(first).take(in_sight) {
            let (column, row) = (((nth - first) % in_row) as u16, ((nth - first) / in_row) as u16);
            let spot = Rect { x: area.x + 1 + column * width, y: area.y + row, width: width - 1, height: 1 };
            let is_current = nth == current && !self.is_searching();
            let style = if is_current { theme.chosen } else { theme.busy };
            canvas.fill(spot, style);
            let mark = if is_current { ">" } else { " " };
            canvas.text(spot.x, spot.y, spot.width, &format!("{mark}{name}"), style);
            canvas.target(*name, spot, Action::Page(nth));
        }
        let more = pages.len().saturating_sub(first + in_sight);
        if first > 0 || more > 0 {
            let says = format!("< > page {} of {}", current + 1, pages.len());
            canvas.right(area.x, area.bottom(), area.width, &says, theme.faint);
            let from = area.right().saturating_sub(says.len() as u16);
            for (label, at, key) in [("<", from, Key::Left), (">", from + 2, Key::Right)] {
                canvas.target(label, Rect { x: at, y: area.bottom(), width: 1, height: 1 }, Action::Press(key));
            }
        }
    }

    fn view_items(&self, desk: &Desk, canvas: &mut Canvas, main: Rect) {
        let area = self.areas(desk, main).items;
        canvas.region("items", area);
        let shown = self.shown(desk);
        let grid = self.grid(desk, main);
        let searching = self.is_searching();
        let cells: Vec<Cell> = shown
            .iter()
            .enumerate()
            .map(|(nth, item)| {
                let free = desk.stock.of(&item.item_id).map(Portions::free);
                Cell {
                    name: item.name.clone(),
                    aside: aside(desk, item, free, grid.lines > 1),
                    look: match item.available && free != Some(0) {
                        false => Look::Gone,
                        true if searching && nth == self.chosen => Look::Chosen,
                        true => Look::Plain,
                    },
                }
            })
            .collect();
        let from = if searching { scrolled(self.chosen, cells.len(), grid.page()) } else { 0 };
        grid.view(canvas, area, &cells[from..], !searching);
        if cells.is_empty() {
            let says = if searching { "Nothing fits: Esc clears the line" } else { "This page is empty" };
            canvas.text(area.x, area.y, area.width, says, canvas.theme.plain);
        } else if cells.len() > grid.page() && !searching && !grid.turns {
            let says = format!("PgDn: {} more", cells.len() - grid.page());
            let spot = Rect { y: area.y.saturating_sub(1), width: says.len() as u16, height: 1, ..area };
            canvas.text(spot.x, spot.y, area.width, &says, canvas.theme.faint);
            canvas.target(says, spot, Action::Press(Key::PageDown));
        }
    }
}

/// What stands beside an item's name: its price, or why it cannot be had; with room for both, also what is left.
fn aside(desk: &Desk, item: &Item, free: Option<u32>, roomy: bool) -> String {
    let price = if item.open_price { "price?".to_owned() } else { desk.digits(item.price) };
    match (item.available, free) {
        (false, _) => "SOLD OUT".to_owned(),
        (true, Some(0)) => "86".to_owned(),
        (true, Some(free)) if roomy => format!("{free} left {price}"),
        (true, Some(free)) => format!("{free} left"),
        (true, None) => price,
    }
}

fn view_offers(desk: &Desk, canvas: &mut Canvas, area: Rect) {
    let offers = offers(desk);
    let Some(line) = desk.hand.line().filter(|_| area.height > 0 && !offers.is_empty()) else { return };
    let theme = canvas.theme;
    canvas.region("offers", area);
    if let Some(size) = canvas.touch {
        return touch_offers(canvas, area, line, &offers, size);
    }
    let title = format!("For {}: tap, or / for all", line.name);
    canvas.text(area.x, area.y, area.width, &title, theme.faint);
    let (mut x, mut y) = (area.x, area.y + 1);
    for (nth, (modifier, _)) in offers.iter().enumerate() {
        let has = line.modifiers.iter().any(|it| it.modifier_id == modifier.modifier_id);
        // The mark has a place of its own before the name: no key moves away under the finger when another is chosen.
        let width = (cells(&modifier.name) as u16 + 1).min(area.width);
        if x + width > area.right() {
            (x, y) = (area.x, y + 1);
        }
        if y >= area.bottom() {
            break;
        }
        let style = if has { theme.chosen } else { theme.key };
        if has {
            canvas.text(x, y, 1, "*", style);
        }
        canvas.text(x + 1, y, width - 1, &modifier.name, style);
        canvas.target(modifier.name.clone(), Rect { x, y, width, height: 1 }, Action::Offer(nth));
        x += width;
    }
}

/// As many offers as a row of keys holds; all of them stand under Modify.
fn touch_offers(canvas: &mut Canvas, area: Rect, line: &Line, offers: &[(&Modifier, LineId)], size: KeySize) {
    let width = size.columns.max(9);
    for (nth, (modifier, _)) in offers.iter().enumerate().take(usize::from(area.width / width)) {
        let has = line.modifiers.iter().any(|it| it.modifier_id == modifier.modifier_id);
        let spot = Rect { x: area.x + nth as u16 * width, width, ..area };
        view_tab(canvas, spot, &modifier.name, has);
        canvas.target(modifier.name.clone(), spot, Action::Offer(nth));
    }
}

/// A key with a name that may be long, marked where it is the chosen one.
fn view_tab(canvas: &mut Canvas, spot: Rect, name: &str, is_chosen: bool) {
    let theme = canvas.theme;
    let style = if is_chosen { theme.chosen } else { theme.busy };
    let ink = Rect { width: spot.width.saturating_sub(1), ..spot };
    canvas.fill(ink, style);
    let words = if is_chosen { format!(">{name}") } else { name.to_owned() };
    for (row, words) in wrapped(&words, ink.width, ink.width, ink.height).iter().enumerate() {
        canvas.text(ink.x, ink.y + row as u16, ink.width, words, style);
    }
}

/// Opens what follows when an order type was chosen: name and time, where somebody fetches it.
pub(super) fn after_type(desk: &Desk, order_type: OrderType) -> Then {
    match order_type {
        OrderType::DineIn => Then::Close,
        OrderType::Takeaway | OrderType::Delivery => Then::Become(NameAndTime::on(desk).into()),
    }
}
