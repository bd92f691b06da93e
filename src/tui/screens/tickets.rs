//! Which station gets its ticket of an order once more, marked REPRINT.

use crate::domain::Order;
use crate::domain::command::Command;
use crate::domain::id::{OrderId, StationId};
use crate::domain::order::Line;
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::widgets::{Cell, Grid, Look, addressed, choices, dialog};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// The stations of an order.
#[derive(Debug)]
pub struct Tickets {
    order: OrderId,
    stations: Vec<StationId>,
}

impl Tickets {
    /// Asks for the station; where there is only one, nothing is asked.
    pub(super) fn of(order: &Order) -> Then {
        let sent = order.lines.iter().filter(|line| Line::is_sent(line));
        let mut stations: Vec<StationId> = sent.map(|line| line.station.clone()).collect();
        stations.sort();
        stations.dedup();
        match stations.len() {
            0 | 1 => Then::Do(Command::PrintTickets { order: order.order_id, station: None }),
            _ => Then::Open(Tickets { order: order.order_id, stations }.into()),
        }
    }
}

impl Screen for Tickets {
    const NAME: &'static str = "tickets";
    const HELP: &'static [&'static str] = &[
        "Press the letter of a station: its ticket of this order is printed again.",
        "It says REPRINT, so that nobody makes it twice.",
    ];
    const IS_DIALOG: bool = true;

    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[("A-Z", "the station at that letter")];

    fn examples(desk: &Desk) -> Vec<Tickets> {
        desk.hand.last_paid.map(|order| Tickets { order, stations: desk.menu.stations() }).into_iter().collect()
    }

    fn keys(&self, _desk: &Desk) -> Vec<FootKey> {
        vec![(Key::Esc, "Back")]
    }

    fn update(&mut self, _desk: &Desk, action: Action) -> Then {
        let nth = match action {
            Action::Press(Key::Esc) => return Then::Close,
            Action::Press(Key::Char(letter)) => addressed(letter.to_ascii_uppercase()),
            Action::Cell(nth) => Some(nth),
            Action::Press(_) | Action::Page(_) | Action::Offer(_) | Action::Row(_) => return Then::Stay,
        };
        let station = match nth {
            Some(nth) if nth == self.stations.len() => None,
            Some(nth) if nth < self.stations.len() => self.stations.get(nth).cloned(),
            Some(_) | None => return Then::Say("There is no station at that letter".into()),
        };
        Then::Do(Command::PrintTickets { order: self.order, station })
    }

    fn view(&self, _desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let rows = (self.stations.len() as u16 + 1).div_ceil(2) * 2;
        let inside = dialog(canvas, area, 50, rows + 4, "Print which ticket again?");
        let cell = |name: &str| Cell { name: name.to_owned(), aside: String::new(), look: Look::Plain };
        let mut cells: Vec<Cell> = self.stations.iter().map(|station| cell(station.as_str())).collect();
        cells.push(cell("All of them"));
        let area = Rect { x: inside.x + 2, y: inside.y + 1, width: inside.width - 3, height: rows };
        let grid = Grid { columns: 2, rows: usize::from(rows / 2), lines: 2, width: area.width / 2, turns: false };
        choices(canvas, inside, area, grid, &cells);
    }
}
