//! The price of an item that has none of its own.

use super::Modifiers;
use crate::domain::Money;
use crate::domain::command::Command;
use crate::domain::id::ItemId;
use crate::domain::limits::PRICE_MAX;
use crate::domain::menu::Item;
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::typing::{Typing, form};
use crate::tui::widgets::{dialog, field};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// An open price.
#[derive(Debug)]
pub struct Price {
    item: ItemId,
    name: String,
    quantity: u32,
    typed: String,
}

impl Price {
    pub(super) fn of(item: &Item, quantity: u32) -> Price {
        Price { item: item.item_id.clone(), name: item.name.clone(), quantity, typed: String::new() }
    }
}

impl Screen for Price {
    const NAME: &'static str = "price";
    const HELP: &'static [&'static str] = &["Type what one of it costs, then Enter. Esc sells nothing."];
    const MORE_KEYS: &'static [(&'static str, &'static str)] =
        &[("0-9", "the price; a point before the decimals"), ("Backspace", "takes the last digit back")];
    const IS_DIALOG: bool = true;

    fn keys(&self, _desk: &Desk) -> Vec<FootKey> {
        vec![(Key::Enter, "Sell"), (Key::Esc, "Cancel")]
    }

    fn examples(desk: &Desk) -> Vec<Price> {
        desk.menu.items().first().map(|item| Price::of(item, 1)).into_iter().collect()
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        match action {
            Action::Press(Key::Esc) => Then::Close,
            Action::Press(Key::Backspace) => {
                self.typed.pop();
                Then::Stay
            }
            Action::Press(Key::Char(letter)) if letter.is_ascii_digit() || ".,".contains(letter) => {
                if self.typed.len() < 13 {
                    self.typed.push(letter);
                }
                Then::Stay
            }
            Action::Press(Key::Char(_)) => Then::Say("A price is digits, with a point before the decimals".into()),
            Action::Press(Key::Enter) => {
                let price = desk.menu.currency().read(&self.typed).filter(|price| price.0 <= PRICE_MAX);
                let Some(price) = price else {
                    let most = desk.digits(Money(PRICE_MAX));
                    let says = format!("Type a price from 0 to {most}, with a point before the decimals, then Enter");
                    return Then::Say(says);
                };
                let asked = desk
                    .menu
                    .item(&self.item)
                    .filter(|item| desk.menu.groups_of(item).any(|group| group.min_selections > 0));
                if let Some(item) = asked {
                    return Then::Become(Modifiers::for_new(item, self.quantity, Some(price)).into());
                }
                let (item, quantity) = (self.item.clone(), self.quantity);
                Then::Do(Command::AddItem { item, quantity, price: Some(price), picks: Vec::new() })
            }
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) | Action::Row(_) => Then::Stay,
        }
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let says = format!("Price of one, in {}", desk.menu.currency().row().code);
        let title = format!("{}: {says}", self.name);
        if form(canvas, area, &title, &[("Price", &self.typed)], 0, Typing::Amount) {
            return;
        }
        let inside = dialog(canvas, area, 50, 7, &self.name);
        canvas.text(inside.x + 2, inside.y + 1, inside.width - 3, &says, canvas.theme.plain);
        field(canvas, Rect { x: inside.x + 2, y: inside.y + 3, width: 16, height: 1 }, &self.typed, true);
    }
}
