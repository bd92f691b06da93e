//! The pass: what was sent and not yet brought, line by line, and how far each has come.

use crate::domain::command::Command;
use crate::domain::id::{LineId, OrderId};
use crate::domain::order::{Line, LineModifier, LineState, Order};
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::widgets::{list, middle, page_keys, page_step};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// Most orders that are read for the list.
const ORDERS_MAX: u32 = 100;

/// A row: an order, or a line of it.
type Place = (OrderId, Option<LineId>);

/// The list of orders with something to make or to bring.
#[derive(Debug, Default)]
pub struct Pass {
    /// The row that was chosen; none = the first line. One that is gone leaves nothing chosen, so that one key too many
    /// does not advance what happens to come next.
    chosen: Option<Place>,
    /// Where it stood.
    at: usize,
}

impl Pass {
    fn orders(desk: &Desk) -> Result<Vec<Order>, String> {
        desk.reader.orders_making(ORDERS_MAX).map_err(|fault| fault.to_string())
    }

    fn chosen_at(&self, rows: &[Place]) -> Option<usize> {
        match self.chosen {
            None if rows.len() > 1 => Some(1),
            None => None,
            Some(chosen) => rows.iter().position(|row| *row == chosen),
        }
    }

    fn choose(&mut self, rows: &[Place], at: usize) {
        self.at = at.min(rows.len().saturating_sub(1));
        self.chosen = rows.get(self.at).copied().or(self.chosen);
    }
}

/// The lines of an order that the pass shows.
fn lines(order: &Order) -> impl Iterator<Item = &Line> {
    order.lines.iter().filter(|line| line.is_sent())
}

fn rows(orders: &[Order]) -> Vec<Place> {
    let of_order = |order: &Order| {
        let lines = lines(order).map(|line| (order.order_id, Some(line.line_id)));
        std::iter::once((order.order_id, None)).chain(lines).collect::<Vec<_>>()
    };
    orders.iter().flat_map(of_order).collect()
}

/// One line goes a step; of an order, all those that have come least far.
fn advance(orders: &[Order], place: Place) -> Then {
    let (order_id, line_id) = place;
    let Some(order) = orders.iter().find(|order| order.order_id == order_id) else { return Then::Stay };
    let of_place = lines(order).filter(|line| line_id.is_none_or(|id| line.line_id == id) && line.is_under_way());
    let wanted: Vec<&Line> = of_place.collect();
    let Some(to) = wanted.iter().map(|line| line.state).min().and_then(LineState::next) else {
        return Then::Say("The guest has it already".into());
    };
    let lines = wanted.iter().filter(|line| line.state < to).map(|line| line.line_id).collect();
    Then::Do(Command::Advance { order: order_id, lines, to })
}

impl Screen for Pass {
    const NAME: &'static str = "pass";
    const HELP: &'static [&'static str] = &[
        "What was sent and not yet brought, the oldest order first. Up and Down choose a line; Enter or a tap takes",
        "it a step on: sent, preparing, ready, served. A, or a tap on an order, takes those of its lines a step on",
        "that have come least far. An order of which everything is served leaves the list.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] =
        &[("PgUp, PgDn", "ten up, ten down"), ("Home, End", "the first, the last")];

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        let mut keys = vec![
            (Key::Enter, "Next step"),
            (Key::Char('A'), "Whole order"),
            (Key::F(1), "Help"),
            (Key::Up, "One up"),
            (Key::Down, "One down"),
        ];
        keys.extend(page_keys(desk));
        keys.push((Key::Esc, "Back"));
        keys
    }

    fn examples(_desk: &Desk) -> Vec<Pass> {
        vec![Pass::default()]
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        let orders = match Self::orders(desk) {
            Ok(orders) => orders,
            Err(says) => return if action == Action::Press(Key::Esc) { Then::Close } else { Then::Say(says) },
        };
        let rows = rows(&orders);
        let chosen = self.chosen_at(&rows);
        let from = chosen.unwrap_or(self.at);
        // With nothing chosen, any move chooses where the chosen one was.
        let step = usize::from(chosen.is_some());
        match action {
            Action::Press(Key::Esc) => return Then::Close,
            Action::Press(Key::Up) => self.choose(&rows, from.saturating_sub(step)),
            Action::Press(Key::Down) => self.choose(&rows, from + step),
            Action::Press(Key::PageUp) => self.choose(&rows, from.saturating_sub(page_step(desk) * step)),
            Action::Press(Key::PageDown) => self.choose(&rows, from + page_step(desk) * step),
            Action::Press(Key::Home) => self.choose(&rows, 0),
            Action::Press(Key::End) => self.choose(&rows, rows.len()),
            Action::Press(Key::Enter | Key::Char('a' | 'A')) => {
                let Some(at) = chosen else {
                    return Then::Say("Nothing is chosen: choose a line with Up and Down".into());
                };
                self.choose(&rows, at);
                let (order_id, line_id) = rows[at];
                let line_id = line_id.filter(|_| action == Action::Press(Key::Enter));
                return advance(&orders, (order_id, line_id));
            }
            Action::Row(nth) => {
                if let Some(place) = rows.get(nth) {
                    self.choose(&rows, nth);
                    return advance(&orders, *place);
                }
            }
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) => {}
        }
        Then::Stay
    }

    fn done(&mut self, _desk: &Desk) -> Then {
        Then::Stay
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.cover(area);
        let theme = canvas.theme;
        canvas.region("pass", area);
        let inside = canvas.frame(area, "Pass: sent and not yet brought", theme.faint);
        let orders = match Self::orders(desk) {
            Ok(orders) => orders,
            Err(says) => {
                canvas.text(inside.x + 1, inside.y, inside.width.saturating_sub(2), &says, theme.wrong);
                return;
            }
        };
        let places = rows(&orders);
        if places.is_empty() {
            canvas.text(inside.x + 1, inside.y + 1, inside.width.saturating_sub(2), "Nothing to bring", theme.plain);
            return;
        }
        let chosen = self.chosen_at(&places);
        let drawn = orders
            .iter()
            .flat_map(|order| std::iter::once((order, None)).chain(lines(order).map(move |line| (order, Some(line)))));
        let in_sight = list(canvas, inside, places.len(), chosen.unwrap_or(self.at));
        let from = in_sight.first().map_or(0, |(nth, _)| *nth);
        for ((nth, spot), (order, line)) in in_sight.into_iter().zip(drawn.skip(from)) {
            let (label, words) = match line {
                None => (order.local_number.to_string(), order_words(order)),
                Some(line) => (line.name.clone(), line_words(line)),
            };
            let style = match line {
                _ if chosen == Some(nth) => theme.chosen,
                None => theme.strong,
                Some(line) if line.state == LineState::Served => theme.faint,
                Some(_) => theme.plain,
            };
            canvas.fill(spot, style);
            canvas.text(spot.x + 1, middle(spot), spot.width.saturating_sub(1), &words, style);
            canvas.target(label, spot, Action::Row(nth));
        }
    }
}

fn order_words(order: &Order) -> String {
    let header = &order.header;
    let table = header.table.as_ref().map(|table| format!(" {table}")).unwrap_or_default();
    let name = header.customer_name.as_ref().map(|name| format!("  {name}")).unwrap_or_default();
    let due = header.due_at.map(|due| format!("  for {}", due.clock())).unwrap_or_default();
    let type_words = header.order_type.words();
    format!("{}  {type_words}{table}{name}{due}  since {}", order.local_number, order.created_at.clock())
}

fn line_words(line: &Line) -> String {
    let modifiers: Vec<String> = line.modifiers.iter().map(LineModifier::words).collect();
    let note = line.note.as_ref().map(|note| format!("  ! {note}")).unwrap_or_default();
    let modifiers = if modifiers.is_empty() { String::new() } else { format!("  {}", modifiers.join(" ")) };
    format!("  {:<10} {}x {} ({}){modifiers}{note}", line.state.code(), line.quantity, line.name, line.station)
}
