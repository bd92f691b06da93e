//! What must hold of a kitchen's screen once there was peace: it shows what is to be made of its location's orders,
//! each once, and its replica is the server's.

use super::kitchen::Screen;
use super::machine::OPENS;
use super::world::Counts;
use crate::app::Device;
use crate::domain::kitchen::KitchenLine;
use crate::domain::order::LineModifier;
use crate::domain::{Line, LineId, LineState, Order, Timestamp};
use crate::tui::display::Link;
use crate::tui::theme::Mode;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::Value;
use std::collections::BTreeMap;

/// What last changed longer ago, by the server's clock, may be over when it comes late, in milliseconds.
const OLD_MS: i64 = 2 * 3_600_000;
/// Columns and rows of a window in which everything has room.
const WIDE: (u16, u16) = (400, 120);

/// When orders were first handed over, and what their registers' clocks said of them, by document.
#[derive(Debug, Default)]
pub struct Handed(BTreeMap<String, (i64, i64)>);

impl Handed {
    /// Takes note of a version.
    pub fn take(&mut self, at_ms: i64, doc_id: &str, body: &Value) {
        let updated_at = body.get("updated_at").and_then(|at| serde_json::from_value::<String>(at.clone()).ok());
        let Some(at) = updated_at.and_then(|at| Timestamp::from_rfc3339(&at)) else { return };
        let known = self.0.entry(doc_id.to_owned()).or_insert((at_ms, at.unix_ms));
        known.1 = known.1.min(at.unix_ms);
    }
}

/// What the screen shows is what is to be made of these orders. Of some a kitchen cannot know that they are to be made:
/// those that came when it had been away for hours, and those that it saw before its clock was set in its sleep.
pub fn kitchen(
    screen: &Screen,
    orders: &BTreeMap<&String, Order>,
    handed: &Handed,
    at_ms: i64,
    counts: &mut Counts,
) -> Vec<String> {
    let Some(app) = &screen.app else { return vec!["it does not run at the end".to_owned()] };
    let now = screen.machine.clock(at_ms);
    let mut wrong = Vec::new();
    if app.feed(now) != Link::Live {
        wrong.push(format!("its feed is {:?} after the peace", app.feed(now)));
    }
    let mut shown: BTreeMap<LineId, (&str, &KitchenLine)> = BTreeMap::new();
    for ticket in app.shown() {
        let order = orders.values().find(|order| order.order_id == ticket.order_id);
        for line in &ticket.lines {
            counts.one("lines on kitchens' screens");
            let name = format!("{} {}", ticket.local_number, line.name);
            if shown.insert(line.line_id, (ticket.station.as_str(), line)).is_some() {
                wrong.push(format!("{name} is shown twice"));
            }
            match order.and_then(|order| order.line(line.line_id)) {
                None => wrong.push(format!("{name} ({}) is shown, and is at no server", ticket.order_id)),
                Some(true_line) => {
                    let told = differing(line, ticket.station.as_str(), true_line);
                    wrong.extend(told.map(|what| format!("{name}: {what}")));
                }
            }
        }
    }
    let old_before = OPENS.plus_millis(at_ms + screen.machine.calendar_ms - OLD_MS);
    // It was not away for so long unless the house was shut, or its power was cut: then it may be a new one.
    let may_have_been_away = screen.machine.calendar_ms > 0 || screen.machine.boots > 0;
    let pruned_before = app.store().reader().pruned_before().ok().flatten();
    for (doc_id, order) in orders {
        let is_pruned = pruned_before.is_some_and(|before| order.business_date < before);
        let may_be_unknown = is_pruned
            || handed.0.get(*doc_id).is_some_and(|(first_ms, updated_at)| {
                (may_have_been_away && *updated_at < old_before.unix_ms)
                    || screen.set_asleep_ms.is_some_and(|asleep_ms| *first_ms <= asleep_ms)
            });
        for line in order.lines.iter().filter(|line| line.is_under_way()) {
            if shown.contains_key(&line.line_id) {
                continue;
            }
            if may_be_unknown {
                counts.one("lines that kitchens could not know");
            } else {
                wrong.push(format!("{} {} is to be made ({doc_id}), and is not shown", order.local_number, line.name));
            }
        }
    }
    wrong.extend(draws_it(screen, now));
    wrong
}

/// In what a line on the screen differs from the order's.
fn differing(line: &KitchenLine, station: &str, order: &Line) -> Option<String> {
    let words: Vec<String> = order.modifiers.iter().map(LineModifier::words).collect();
    let is_void = line.state == LineState::Voided;
    let same = (&line.name, &line.modifiers, &line.note) == (&order.name, &words, &order.note)
        && (line.state, station) == (order.state, order.station.as_str())
        // Of a void stays what was ordered again.
        && (line.quantity == order.quantity || (is_void && line.quantity < order.quantity));
    (!same).then(|| format!("it is shown as {line:?}, and is {order:?}"))
}

/// What stands on the screen is LIVE, and every number of its tickets.
fn draws_it(screen: &Screen, now: Timestamp) -> Vec<String> {
    let Some(app) = &screen.app else { return Vec::new() };
    let mut buffer = Buffer::empty(Rect::new(0, 0, WIDE.0, WIDE.1));
    app.view(now, Mode::FULL, &mut buffer);
    let row = |y: u16| (0..WIDE.0).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    let drawn: Vec<String> = (0..WIDE.1).map(row).collect();
    let mut wrong = Vec::new();
    if !drawn[0].contains(" LIVE ") {
        wrong.push(format!("its head does not say LIVE: {}", drawn[0].trim()));
    }
    // Where a cook has chosen a station, or there is more than one page, not all of them are in sight.
    if drawn[0].contains("All stations") && !drawn[0].contains("page ") {
        let numbers = app.shown().iter().map(|ticket| ticket.local_number.to_string());
        let missing = numbers.filter(|number| !drawn.iter().any(|row| row.contains(number.as_str())));
        wrong.extend(missing.map(|number| format!("{number} is shown, and is not drawn")));
    }
    wrong
}
