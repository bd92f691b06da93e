//! Order entry: the order at the left, the menu at the right, one line to type in. Nothing here opens a question unless
//! an item cannot be made without the answer.

use super::{Customer, Modifiers, More, Note, Orders, Pay, Price, SoldOut, TypeChoice, Void};
use crate::domain::command::{Command, Pick};
use crate::domain::id::{CategoryId, LineId};
use crate::domain::menu::{Item, Modifier};
use crate::domain::order::{Line, LineState, OrderType};
use crate::domain::stock::Portions;
use crate::tui::entry::Entry;
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::widgets::{Cell, Grid, Look, addressed, field, scrolled};
use crate::tui::{Action, Desk, Errand, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// Most search results kept for one page.
const FOUND_MAX: usize = 26;

/// Order entry.
#[derive(Debug, Default)]
pub struct OrderEntry {
    typed: String,
    page: usize,
    first_cell: usize,
    chosen: usize,
}

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
        let menu = desk.menu;
        if self.is_searching() {
            let found = desk.index.find(Entry::read(&self.typed).rest, FOUND_MAX);
            return found.into_iter().map(|at| &menu.items()[at]).collect();
        }
        let pages = pages(desk);
        let all: Vec<&Item> = match pages.get(self.page.min(pages.len().saturating_sub(1))) {
            Some((Page::Favourites, _)) => menu.favourites().collect(),
            Some((Page::Category(category), _)) => menu.items_of(category).collect(),
            None => Vec::new(),
        };
        all.into_iter().skip(self.first_cell).collect()
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

    fn clear(&mut self) {
        self.typed.clear();
        self.chosen = 0;
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
            Key::PageDown => {
                let page = self.grid(desk, main_of(desk)).page();
                if self.shown(desk).len() > page {
                    self.first_cell += page;
                }
            }
            Key::PageUp => {
                let page = self.grid(desk, main_of(desk)).page();
                self.first_cell = self.first_cell.saturating_sub(page);
            }
            Key::Home => {
                self.page = 0;
                self.first_cell = 0;
            }
            Key::F(2) => return Then::Open(Orders::default().into()),
            Key::F(3) => return Then::Do(Command::Send),
            Key::F(4) if desk.hand.order.as_ref().is_some_and(|order| order.live().next().is_some()) => {
                return Then::Open(Pay::opened(desk.now).into());
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
            Key::Ctrl('e') => return Then::Open(SoldOut::default().into()),
            Key::F(_) | Key::Alt(_) | Key::Ctrl(_) | Key::End => {}
        }
        Then::Stay
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
                Then::Stay
            }
        }
    }

    fn cell(&mut self, desk: &Desk, nth: usize) -> Then {
        match self.shown(desk).get(nth).copied() {
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
        let (_, _, area, _) = areas(desk, main);
        Grid::fitting(area, self.shown(desk).len())
    }
}

/// The display without notice, foot and status, from the window's size alone.
fn main_of(desk: &Desk) -> Rect {
    Rect { x: 0, y: 0, width: desk.size.0, height: desk.size.1.saturating_sub(4) }
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
        "Enter on an empty line sells the last item again; + and - change its quantity.",
        "/ opens the modifiers of the line under the cursor; Up and Down move the cursor.",
        "Left and Right turn the pages of the menu; Page Down shows the rest of a long one.",
        "Everything can be undone (F12) until it is sent (F3). What was sent can be voided (F6).",
        "Ctrl+e says what is sold out (86) or how many are left; `3 left` counts what no order has yet.",
        "F4 takes the money, and sends what was not sent. F8 puts the order aside, F2 brings it back.",
        "Esc and a digit is the function key of that digit; Esc - is F11, Esc = is F12.",
    ];

    fn keys(&self, _desk: &Desk) -> Vec<FootKey> {
        let does = ["Help", "Orders", "Send", "Pay", "Type", "Void", "Note", "Hold", "Modify", "More", "Lock", "Undo"];
        does.into_iter().enumerate().map(|(nth, does)| (Key::F(nth as u8 + 1), does)).collect()
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
        let (order, tabs, items, strip) = areas(desk, area);
        view_order(desk, canvas, order);
        self.view_tabs(desk, canvas, tabs);
        self.view_items(desk, canvas, items);
        view_offers(desk, canvas, strip);
        let entry = Rect { y: area.bottom() - 1, height: 1, ..area };
        canvas.region("entry", entry);
        let hint = "number or letters, then Enter ";
        let typed = Rect { x: entry.x + 2, width: entry.width.saturating_sub(2 + hint.len() as u16), ..entry };
        canvas.text(entry.x, entry.y, 2, "> ", canvas.theme.strong);
        field(canvas, typed, &self.typed, true);
        canvas.right(entry.x, entry.y, entry.width, hint, canvas.theme.faint);
    }
}

/// Order, page names, items, offers: how the display is divided.
fn areas(desk: &Desk, area: Rect) -> (Rect, Rect, Rect, Rect) {
    let above = Rect { height: area.height.saturating_sub(1), ..area };
    let left = (above.width * 2 / 5).clamp(28, 48);
    let order = Rect { width: left, ..above };
    let right = Rect { x: above.x + left, width: above.width - left, ..above };
    let tabs = Rect { height: 2.min(right.height), ..right };
    let strip_rows = if offers(desk).is_empty() { 0 } else { 3 };
    let items_rows = right.height.saturating_sub(tabs.height + 1 + strip_rows);
    let items = Rect { y: tabs.bottom() + 1, height: items_rows, x: right.x + 1, width: right.width.saturating_sub(1) };
    let strip = Rect { y: items.bottom(), height: strip_rows, ..items };
    (order, tabs, items, strip)
}

impl OrderEntry {
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
        }
    }

    fn view_items(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.region("items", area);
        let shown = self.shown(desk);
        let grid = Grid::fitting(area, shown.len());
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
        } else if cells.len() > grid.page() && !searching {
            let says = format!("PgDn: {} more", cells.len() - grid.page());
            canvas.text(area.x, area.y.saturating_sub(1), area.width, &says, canvas.theme.faint);
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
    let Some(line) = desk.hand.line().filter(|_| area.height > 0) else { return };
    let theme = canvas.theme;
    canvas.region("offers", area);
    let offers = offers(desk);
    let title = format!("For {}: tap, or / for all", line.name);
    canvas.text(area.x, area.y, area.width, &title, theme.faint);
    let (mut x, mut y) = (area.x, area.y + 1);
    for (nth, (modifier, _)) in offers.iter().enumerate() {
        let has = line.modifiers.iter().any(|it| it.modifier_id == modifier.modifier_id);
        let words = format!("{}{}", if has { "*" } else { "" }, modifier.name);
        let width = (crate::tui::scene::cells(&words) as u16 + 1).min(area.width);
        if x + width > area.right() {
            (x, y) = (area.x, y + 1);
        }
        if y >= area.bottom() {
            break;
        }
        let style = if has { theme.chosen } else { theme.key };
        canvas.text(x, y, width, &words, style);
        canvas.target(modifier.name.clone(), Rect { x, y, width: width - 1, height: 1 }, Action::Offer(nth));
        x += width;
    }
}

/// The order: its name, its lines with the cursor in sight, its sums.
fn view_order(desk: &Desk, canvas: &mut Canvas, area: Rect) {
    let theme = canvas.theme;
    canvas.region("order", area);
    let title = match &desk.hand.order {
        Some(order) => format!("{} {}", order.local_number, order.header.order_type.words()),
        None => "New order".to_owned(),
    };
    let inside = canvas.frame(area, &title, theme.faint);
    let Some(order) = &desk.hand.order else {
        canvas.text(inside.x + 1, inside.y + 1, inside.width.saturating_sub(2), "Nothing ordered yet", theme.plain);
        return;
    };
    let mut rows: Vec<Row> = Vec::new();
    header_rows(order, &mut rows);
    let current = desk.hand.line().map(|line| line.line_id);
    for (nth, line) in order.lines.iter().enumerate() {
        line_rows(desk, nth, line, current == Some(line.line_id), &mut rows);
    }
    let foot = 2 + u16::from(!desk.hand.paid.is_empty()) * 2;
    let room = usize::from(inside.height.saturating_sub(foot));
    let chosen = rows.iter().rposition(|row| row.chosen).unwrap_or(0);
    let from = scrolled(chosen, rows.len(), room);
    for (at, row) in rows.iter().skip(from).take(room).enumerate() {
        let spot = Rect { y: inside.y + at as u16, height: 1, ..inside };
        let style = if row.chosen { theme.chosen } else { theme.plain };
        canvas.fill(spot, style);
        let amount = crate::tui::scene::cells(&row.amount) as u16;
        canvas.text(spot.x, spot.y, spot.width.saturating_sub(amount + 1), &row.text, style);
        canvas.right(spot.x, spot.y, spot.width, &row.amount, style);
        if let Some(line) = row.line {
            canvas.target(row.text.trim_start_matches(['>', ' ', '•']).to_owned(), spot, Action::Row(line));
        }
    }
    view_sums(desk, canvas, Rect { y: inside.bottom() - foot.min(inside.height), height: foot, ..inside });
}

/// One row of the order's list.
struct Row {
    text: String,
    amount: String,
    line: Option<usize>,
    chosen: bool,
}

impl Row {
    fn said(text: String) -> Row {
        Row { text, amount: String::new(), line: None, chosen: false }
    }
}

fn header_rows(order: &crate::domain::Order, rows: &mut Vec<Row>) {
    let header = &order.header;
    let mut whose: Vec<String> = header.customer_name.iter().map(|name| format!("for {name}")).collect();
    whose.extend(header.due_at.map(|at| format!("at {}", at.clock())));
    if !whose.is_empty() {
        rows.push(Row::said(format!(" {}", whose.join(" "))));
    }
    rows.extend(header.kitchen_notes.iter().map(|note| Row::said(format!(" ! {note}"))));
}

fn line_rows(desk: &Desk, nth: usize, line: &Line, is_current: bool, rows: &mut Vec<Row>) {
    let cursor = if is_current { '>' } else { ' ' };
    let (mark, words) = match line.state {
        LineState::Draft => (' ', ""),
        LineState::Sent => ('•', ""),
        LineState::Preparing => ('•', " (preparing)"),
        LineState::Ready => ('•', " (ready)"),
        LineState::Served => ('•', " (served)"),
        LineState::Voided => ('x', " VOID"),
    };
    let text = format!("{cursor}{mark}{} {}{words}", line.quantity, line.name);
    rows.push(Row { text, amount: desk.digits(line.total()), line: Some(nth), chosen: is_current });
    let more = |text: String| Row { text, amount: String::new(), line: Some(nth), chosen: is_current };
    rows.extend(line.modifiers.iter().map(|it| more(format!("    {}", it.words()))));
    rows.extend(line.note.iter().map(|note| more(format!("    * {note}"))));
    rows.extend(line.void_reason.iter().map(|reason| more(format!("    ({reason})"))));
}

fn view_sums(desk: &Desk, canvas: &mut Canvas, area: Rect) {
    let Some(order) = &desk.hand.order else { return };
    let theme = canvas.theme;
    canvas.region("total", area);
    let unsent = order.drafts().count();
    let says = match unsent {
        0 if order.lines.is_empty() => " Nothing ordered yet".to_owned(),
        0 if desk.hand.sent_header.as_ref().is_some_and(|told| *told != order.header) => {
            " Change not sent: press F3".to_owned()
        }
        0 => " Everything is sent (•)".to_owned(),
        1 => " 1 line not sent".to_owned(),
        many => format!(" {many} lines not sent"),
    };
    canvas.text(area.x, area.y, area.width, &says, theme.faint);
    let totals = order.totals();
    let currency = desk.menu.currency();
    let mut row = area.y + 1;
    canvas.text(area.x, row, area.width, " TOTAL", theme.strong);
    canvas.right(area.x, row, area.width, &currency.with_symbol(totals.total), theme.strong);
    if !desk.hand.paid.is_empty() {
        let paid: crate::domain::Money = desk.hand.paid.iter().map(|it| it.settles()).sum();
        for (word, amount) in [(" Paid", paid), (" TO PAY", order.balance(&desk.hand.paid))] {
            row += 1;
            canvas.text(area.x, row, area.width, word, theme.strong);
            canvas.right(area.x, row, area.width, &currency.digits(amount), theme.strong);
        }
    }
}

/// Opens what follows when an order type was chosen: name and time, where somebody fetches it.
pub(super) fn after_type(desk: &Desk, order_type: OrderType) -> Then {
    match order_type {
        OrderType::DineIn => Then::Close,
        OrderType::Takeaway | OrderType::Delivery => Then::Become(Customer::on(desk).into()),
    }
}
