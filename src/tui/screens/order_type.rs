//! How the guest takes it.

use super::order::after_type;
use crate::domain::OrderType;
use crate::domain::command::Command;
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::widgets::{Cell, Grid, Look, addressed, choices, dialog};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// The choice of an order type.
#[derive(Debug, Default)]
pub struct TypeChoice;

impl Screen for TypeChoice {
    const NAME: &'static str = "type";
    const HELP: &'static [&'static str] = &[
        "Press the letter of the order type. Taxes and tickets follow it, also in mid-order.",
        "Takeaway and delivery then ask for a name and a time.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[("A-Z", "the order type at that letter")];
    const IS_DIALOG: bool = true;

    fn keys(&self, _desk: &Desk) -> Vec<FootKey> {
        vec![(Key::Esc, "Cancel")]
    }

    fn examples(_desk: &Desk) -> Vec<TypeChoice> {
        vec![TypeChoice]
    }

    fn update(&mut self, _desk: &Desk, action: Action) -> Then {
        let nth = match action {
            Action::Press(Key::Char(letter)) => addressed(letter.to_ascii_uppercase()),
            Action::Cell(nth) => Some(nth),
            Action::Press(Key::Esc) => return Then::Close,
            Action::Press(_) | Action::Page(_) | Action::Offer(_) | Action::Row(_) => None,
        };
        match nth.and_then(|nth| OrderType::ALL.get(nth)) {
            Some(order_type) => Then::Do(Command::SetOrderType(*order_type)),
            None => Then::Stay,
        }
    }

    fn done(&mut self, desk: &Desk) -> Then {
        desk.hand.order.as_ref().map_or(Then::Close, |order| after_type(desk, order.header.order_type))
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let inside = dialog(canvas, area, 54, 7, "How does the guest take it?");
        let current = desk.hand.order.as_ref().map_or(OrderType::DineIn, |order| order.header.order_type);
        let cells = OrderType::ALL.map(|it| Cell {
            name: it.words().to_owned(),
            aside: if it == current { "now".to_owned() } else { String::new() },
            look: if it == current { Look::Chosen } else { Look::Plain },
        });
        let area = Rect { x: inside.x + 2, y: inside.y + 1, width: inside.width - 3, height: 3 };
        let grid = Grid::fitting(area, cells.len(), None);
        choices(canvas, inside, area, grid, &cells);
    }
}
