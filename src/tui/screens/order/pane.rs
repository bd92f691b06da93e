//! The order as it stands at the left of order entry: its name, its lines with the cursor in sight, its sums.

use crate::domain::customer::NO_ADDRESS;
use crate::domain::order::{Line, LineState, OrderType};
use crate::tui::scene::Canvas;
use crate::tui::widgets::scrolled;
use crate::tui::{Action, Desk};
use ratatui::layout::Rect;

/// What somebody does who sees this screen for the first time, where the order will stand.
const FIRST_STEPS: [&str; 8] = [
    "Press an item's CAPITAL",
    "letter, or type its number",
    "or name and Enter.",
    "With 3* before it: three.",
    "",
    "F3 sends to the kitchen,",
    "F4 takes the money,",
    "F1 explains everything.",
];

/// The same for fingers.
const FIRST_TAPS: [&str; 5] =
    ["Tap an item to sell it.", "Digits: 123, then 3*.", "", "Send: to the kitchen.", "Pay: take the money."];

/// The order: its name, its lines with the cursor in sight, its sums.
pub(super) fn view_order(desk: &Desk, canvas: &mut Canvas, area: Rect) {
    let theme = canvas.theme;
    canvas.region("order", area);
    let title = match &desk.hand.order {
        Some(order) => format!("{} {}", order.local_number, order.header.order_type.words()),
        None => "New order".to_owned(),
    };
    let inside = canvas.frame(area, &title, theme.faint);
    let Some(order) = &desk.hand.order else {
        canvas.text(inside.x + 1, inside.y + 1, inside.width.saturating_sub(2), "Nothing ordered yet", theme.plain);
        let steps = if canvas.touch.is_some() { &FIRST_TAPS[..] } else { &FIRST_STEPS[..] };
        for (row, line) in (inside.y + 3..inside.bottom()).zip(steps) {
            canvas.text(inside.x + 1, row, inside.width.saturating_sub(2), line, theme.faint);
        }
        return;
    };
    let mut rows: Vec<Row> = Vec::new();
    header_rows(desk, order, &mut rows);
    let current = desk.hand.line().map(|line| line.line_id);
    for (nth, line) in order.lines.iter().enumerate() {
        line_rows(desk, nth, line, current == Some(line.line_id), &mut rows);
    }
    let foot = 2 + u16::from(!desk.hand.paid.is_empty()) * 2 + u16::from(!desk.also_open.is_empty());
    let room = usize::from(inside.height.saturating_sub(foot));
    let chosen = rows.iter().rposition(|row| row.chosen).unwrap_or(0);
    let from = scrolled(chosen, rows.len(), room);
    let in_sight = &rows[from..rows.len().min(from + room)];
    for (at, row) in in_sight.iter().enumerate() {
        let spot = Rect { y: inside.y + at as u16, height: 1, ..inside };
        let style = if row.chosen { theme.chosen } else { theme.plain };
        canvas.fill(spot, style);
        let amount = crate::tui::scene::cells(&row.amount) as u16;
        canvas.text(spot.x, spot.y, spot.width.saturating_sub(amount + 1), &row.text, style);
        canvas.right(spot.x, spot.y, spot.width, &row.amount, style);
    }
    bands(canvas, Rect { height: room as u16, ..inside }, in_sight);
    view_sums(desk, canvas, Rect { y: inside.bottom() - foot.min(inside.height), height: foot, ..inside });
}

/// Makes the rows answer: each to itself, or, with a panel, in bands that are as high as a key. A tap on a band takes
/// the line in its middle, and the next one in it when the cursor stands in the band already.
fn bands(canvas: &mut Canvas, area: Rect, rows: &[Row]) {
    let height = canvas.touch.map_or(1, |size| size.rows).min(area.height.max(1));
    let count = area.height / height;
    for nth in 0..count {
        let from = nth * height;
        // What is left below belongs to the last band.
        let to = if nth + 1 == count { area.height } else { from + height };
        let band = rows.get(usize::from(from)..usize::from(to).min(rows.len())).unwrap_or_default();
        let lines: Vec<&Row> = band.iter().filter(|row| row.line.is_some()).collect();
        let after_cursor = lines.iter().rposition(|row| row.chosen).map(|at| at + 1);
        let taken = match after_cursor {
            Some(at) => lines.get(at).or(lines.first()),
            None => lines.get(lines.len() / 2),
        };
        if let Some(row) = taken
            && let Some(line) = row.line
        {
            let label = row.text.trim_start_matches(['>', ' ', '•']).to_owned();
            canvas.target(label, Rect { y: area.y + from, height: to - from, ..area }, Action::Row(line));
        }
    }
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

fn header_rows(desk: &Desk, order: &crate::domain::Order, rows: &mut Vec<Row>) {
    let header = &order.header;
    let mut whose: Vec<String> = header.customer_name.iter().map(|name| format!("for {name}")).collect();
    whose.extend(header.due_at.map(|at| format!("at {}", at.clock())));
    if !whose.is_empty() {
        rows.push(Row::said(format!(" {}", whose.join(" "))));
    }
    if header.order_type == OrderType::Delivery {
        let customer = header.customer_id.and_then(|id| desk.reader.customer(id).ok().flatten());
        let lines = customer.map(|it| it.contact.address_lines().join(", ")).filter(|lines| !lines.is_empty());
        rows.push(Row::said(lines.map_or_else(|| format!(" ! {NO_ADDRESS}"), |lines| format!(" {lines}"))));
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
    let mut row = area.y;
    if !desk.also_open.is_empty() {
        let says = format!(" also open on {} ", desk.also_open.join(", "));
        canvas.text(area.x, row, area.width, &says, theme.warn);
        row += 1;
    }
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
    canvas.text(area.x, row, area.width, &says, theme.faint);
    let totals = order.totals();
    let currency = desk.menu.currency();
    row += 1;
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
