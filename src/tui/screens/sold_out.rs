//! What is sold out (86), and what is counted down.

use crate::domain::command::Command;
use crate::domain::limits::{PORTIONS_MAX, TEXT_CHARS_MAX};
use crate::domain::menu::Item;
use crate::domain::{Portions, Refusal};
use crate::tui::entry::Entry;
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::widgets::{field, list, middle, page_keys, page_step};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// Most items that a search shows.
const FOUND_MAX: usize = 200;

/// The items with their marks: what is marked first, or what was typed.
#[derive(Debug, Default)]
pub struct SoldOut {
    typed: String,
    chosen: usize,
}

impl SoldOut {
    /// The items of the list: those that fit what was typed; with nothing typed, marked ones before the rest.
    fn shown<'a>(&self, desk: &Desk<'a>) -> Vec<&'a Item> {
        let entry = Entry::read(&self.typed);
        if entry.is_plu() {
            return desk.menu.item_by_plu(entry.rest).into_iter().collect();
        }
        if !entry.rest.is_empty() {
            let found = desk.index.find(entry.rest, FOUND_MAX);
            return found.into_iter().map(|at| &desk.menu.items()[at]).collect();
        }
        let is_marked = |item: &&Item| desk.stock.of(&item.item_id).is_some() || !item.available;
        let (mut marked, rest): (Vec<_>, Vec<_>) = desk.menu.items().iter().partition(is_marked);
        marked.extend(rest);
        marked
    }

    /// What Enter does: counts from the number typed, or turns 86 on and off.
    fn enter(&self, desk: &Desk, item: &Item) -> Then {
        let count = match Entry::read(&self.typed).quantity {
            None if desk.stock.of(&item.item_id).is_some_and(|portions| portions.left <= 0) => None,
            None => Some(0),
            Some(typed) => match typed.trim().parse().ok().filter(|count| *count <= PORTIONS_MAX) {
                Some(count) => Some(count),
                None => {
                    let typed = if typed.is_empty() { "nothing".to_owned() } else { typed.to_owned() };
                    return Then::Say(Refusal::BadPortions { typed }.to_string());
                }
            },
        };
        set(item, count)
    }

    fn key(&mut self, desk: &Desk, key: Key, shown: &[&Item]) -> Then {
        let last = shown.len().saturating_sub(1);
        let chosen = shown.get(self.chosen.min(last)).copied();
        let of = |item: &Item| desk.stock.of(&item.item_id);
        match (key, chosen) {
            (Key::Esc, _) if self.typed.is_empty() => return Then::Close,
            (Key::Esc, _) => self.typed.clear(),
            (Key::Up, _) => self.chosen = self.chosen.min(last).saturating_sub(1),
            (Key::Down, _) => self.chosen = (self.chosen + 1).min(last),
            (Key::PageUp, _) => self.chosen = self.chosen.min(last).saturating_sub(page_step(desk)),
            (Key::PageDown, _) => self.chosen = (self.chosen + page_step(desk)).min(last),
            (Key::Home, _) => self.chosen = 0,
            (Key::End, _) => self.chosen = last,
            (Key::Backspace, _) => drop(self.typed.pop()),
            (Key::Enter, Some(item)) => return self.enter(desk, item),
            (Key::Delete, Some(item)) if of(item).is_some() => return set(item, None),
            (Key::Delete, Some(item)) => return Then::Say(format!("{} has no mark to take away", item.name)),
            (Key::Char('+'), Some(item)) if self.typed.is_empty() => {
                let left = of(item).map_or(0, Portions::in_the_house);
                return set(item, Some(left.saturating_add(1)));
            }
            (Key::Char('-'), Some(item)) if self.typed.is_empty() => {
                return match of(item).and_then(|portions| portions.in_the_house().checked_sub(1)) {
                    Some(left) => set(item, Some(left)),
                    None => Then::Say(format!("{} is not counted down: 12* and Enter counts from 12", item.name)),
                };
            }
            (Key::Enter | Key::Delete, None) => return Then::Say("Nothing on the menu fits: Esc clears".into()),
            (Key::Char(letter), _) => {
                if self.typed.chars().count() < TEXT_CHARS_MAX {
                    self.typed.push(letter);
                }
                self.chosen = 0;
            }
            (
                Key::Alt(_) | Key::F(_) | Key::Tab | Key::BackTab | Key::Left | Key::Right | Key::Ctrl(_),
                Some(_) | None,
            ) => {}
        }
        Then::Stay
    }
}

fn set(item: &Item, left: Option<u32>) -> Then {
    Then::Do(Command::SetPortions { item: item.item_id.clone(), left })
}

/// How an item stands, in words.
fn standing(desk: &Desk, item: &Item) -> String {
    let Some(portions) = desk.stock.of(&item.item_id) else {
        return if item.available { String::new() } else { "sold out in the menu itself".to_owned() };
    };
    let Portions { left, promised, since } = portions;
    let marked = match (left, portions.too_many()) {
        (left @ 1.., _) => format!("{left} left"),
        (_, 0) => "86".to_owned(),
        (_, many) => format!("86, {many} too many sold"),
    };
    let not_sent = if promised > 0 { format!(", {promised} not sent") } else { String::new() };
    let same_day = since.local().date_naive() == desk.now.local().date_naive();
    let since = if same_day { since.clock() } else { since.date_and_clock() };
    let menu = if item.available { "" } else { " (and in the menu itself)" };
    format!("{marked}{not_sent} since {since}{menu}")
}

impl Screen for SoldOut {
    const NAME: &'static str = "sold-out";
    const HELP: &'static [&'static str] = &[
        "Up and Down, a tap, a number or letters choose an item. Enter marks it sold out (86), and once more sells it.",
        "12* and Enter counts down from 12 portions; + and - make it one more, one fewer. Delete takes the mark away.",
        "What is on an order counts at once here, elsewhere once it is sent: nobody gets the last portion twice.",
        "Undo, taking it off and less of it give it back. A void after Send does not, as it may be made: + does.",
        "All registers share marks and counts. One that is cut off sells on by what it knew; too many is told.",
        "Marks stay until somebody takes them away: overnight, and with a new menu. Everybody may set them.",
    ];

    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[
        ("0-9, text", "an item's number or letters of its name; a number and * count portions"),
        ("Backspace", "takes the last letter back"),
        ("PgUp, PgDn", "a page up, a page down"),
        ("Home, End", "the first, the last"),
    ];

    fn examples(_desk: &Desk) -> Vec<SoldOut> {
        vec![SoldOut::default()]
    }

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        let mut keys = vec![
            (Key::Enter, "86"),
            (Key::Char('+'), "More"),
            (Key::Char('-'), "Fewer"),
            (Key::Delete, "Off"),
            (Key::Up, "Before"),
            (Key::Down, "Next"),
            (Key::Esc, "Back"),
            (Key::F(1), "Help"),
        ];
        keys.extend(page_keys(desk));
        keys
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        let shown = self.shown(desk);
        match action {
            Action::Press(key) => self.key(desk, key, &shown),
            Action::Row(nth) => {
                self.chosen = nth;
                Then::Stay
            }
            Action::Cell(_) | Action::Page(_) | Action::Offer(_) => Then::Stay,
        }
    }

    /// Stays for the next shout, on the item that was marked: the list has another order now.
    fn done(&mut self, _desk: &Desk) -> Then {
        self.typed.clear();
        self.chosen = 0;
        Then::Stay
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.cover(area);
        let theme = canvas.theme;
        canvas.region("sold-out", area);
        let inside = canvas.frame(area, "Sold out (86) and what is left", theme.faint);
        let hint = "12*soup Enter: 12 left ";
        let entry = Rect { y: inside.y, height: 1, ..inside };
        canvas.text(entry.x, entry.y, 3, " > ", theme.strong);
        let room = entry.width.saturating_sub(3 + hint.len() as u16);
        field(canvas, Rect { x: entry.x + 3, width: room, ..entry }, &self.typed, true);
        canvas.right(entry.x, entry.y, entry.width, hint, theme.faint);
        let shown = self.shown(desk);
        if shown.is_empty() {
            canvas.text(inside.x + 1, inside.y + 2, inside.width - 2, "Nothing on the menu fits", theme.plain);
            return;
        }
        let chosen = self.chosen.min(shown.len() - 1);
        let name_columns = inside.width / 2;
        let below = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        for (nth, spot) in list(canvas, below, shown.len(), chosen) {
            let (item, row) = (shown[nth], middle(spot));
            let style = if nth == chosen { theme.chosen } else { theme.plain };
            canvas.fill(spot, style);
            let mark = if nth == chosen { '>' } else { ' ' };
            let plu = format!("{mark}{:>5}", item.plu);
            canvas.text(spot.x, row, 7, &plu, style);
            canvas.text(spot.x + 7, row, name_columns.saturating_sub(8), &item.name, style);
            let room = spot.width - name_columns;
            canvas.text(spot.x + name_columns, row, room, &standing(desk, item), style);
            canvas.target(item.name.clone(), spot, Action::Row(nth));
        }
    }
}
