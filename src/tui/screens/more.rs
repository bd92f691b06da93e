//! What is not needed with every order.

use super::{Customers, Help, NameAndTime, NoSale, Pass, Printers, SoldOut, Sync, ThisRegister, TypeChoice, Void};
use crate::domain::command::Command;
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::widgets::{Cell, Grid, Look, addressed, choices, dialog};
use crate::tui::{Action, Desk, Errand, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// The rest of the register.
#[derive(Debug, Default)]
pub struct More;

const OFFERS: [&str; 14] = [
    "Open drawer",
    "Last receipt",
    "Void whole order",
    "Name and time",
    "Printers",
    "Lock",
    "Help",
    "Quit Comanda",
    "Pass",
    "Order type",
    "Sold out (86)",
    "This register",
    "Synchronisation",
    "Customers",
];

impl Screen for More {
    const NAME: &'static str = "more";
    const HELP: &'static [&'static str] = &["Press the letter of what you want to do."];
    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[("A-Z", "what stands at that letter")];
    const IS_DIALOG: bool = true;

    fn keys(&self, _desk: &Desk) -> Vec<FootKey> {
        vec![(Key::Esc, "Back")]
    }

    fn examples(_desk: &Desk) -> Vec<More> {
        vec![More]
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        let nth = match action {
            Action::Press(Key::Char(letter)) => addressed(letter.to_ascii_uppercase()),
            Action::Cell(nth) => Some(nth),
            Action::Press(Key::Esc) => return Then::Close,
            Action::Press(_) | Action::Page(_) | Action::Offer(_) | Action::Row(_) => None,
        };
        match nth.and_then(|nth| OFFERS.get(nth)) {
            Some(&"Open drawer") => Then::Become(NoSale::default().into()),
            Some(&"Last receipt") => Then::Do(Command::PrintReceipt { order: None }),
            Some(&"Void whole order") if desk.hand.order.is_some() => Then::Become(Void::of_order().into()),
            Some(&"Void whole order") => Then::Say("There is no order in hand".into()),
            Some(&"Name and time") => Then::Become(NameAndTime::on(desk).into()),
            Some(&"Printers") => Then::Become(Printers::default().into()),
            Some(&"Lock") => Then::Errand(Errand::Lock),
            Some(&"Help") => Then::Become(Help::index(desk).into()),
            Some(&"Quit Comanda") => Then::Errand(Errand::Quit),
            Some(&"Pass") => Then::Become(Pass::default().into()),
            Some(&"Order type") => Then::Become(TypeChoice.into()),
            Some(&"Sold out (86)") => Then::Become(SoldOut::default().into()),
            Some(&"Synchronisation") => Then::Become(Sync::opened(desk).into()),
            Some(&"Customers") => Then::Become(Customers::default().into()),
            Some(&"This register") => Then::Become(ThisRegister.into()),
            Some(_) | None => Then::Stay,
        }
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let inside = dialog(canvas, area, 62, 14, "More");
        let machine = &desk.status.machine;
        let alarms = machine.alarms(desk.now).into_iter().chain(machine.clock.map(|_| "CLOCK?".to_owned()));
        let wrong = alarms.collect::<Vec<_>>().join(" ");
        let cell = |name: &str| {
            let aside = match name {
                "This register" => wrong.clone(),
                "Synchronisation" if desk.status.link.review > 0 => format!("{} review", desk.status.link.review),
                _ => String::new(),
            };
            Cell { name: name.to_owned(), aside, look: Look::Plain }
        };
        let cells: Vec<Cell> = OFFERS.into_iter().map(cell).collect();
        let area = Rect { x: inside.x + 2, y: inside.y + 1, width: inside.width - 3, height: 10 };
        let grid = Grid { columns: 3, rows: 5, lines: 2, width: area.width / 3, turns: false };
        choices(canvas, inside, area, grid, &cells);
    }
}
