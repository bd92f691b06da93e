//! One conflict: the version that was here, the one that came, and what became of both.

use super::sync::called;
use crate::document::comparison::{ComparedField, Comparison, compared};
use crate::tui::keys::Key;
use crate::tui::scene::{Canvas, cells, fit};
use crate::tui::widgets::{list, middle, page_keys, page_step};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// Cells of a field's name.
const NAME_CELLS: u16 = 14;
/// Rows below the list that show the chosen field whole.
const WHOLE_ROWS: u16 = 3;

/// The record of a conflict.
#[derive(Debug)]
pub struct Versions {
    record: String,
    chosen: usize,
}

impl Versions {
    pub(super) fn of(record: String) -> Versions {
        Versions { record, chosen: 0 }
    }

    fn read(&self, desk: &Desk) -> Result<Comparison, String> {
        let body = desk.reader.document_body(&self.record).map_err(|fault| fault.to_string())?;
        let gone = || "That record is not kept any more".to_owned();
        body.map(|body| compared(&body, desk.menu.currency())).ok_or_else(gone)
    }
}

impl Screen for Versions {
    const NAME: &'static str = "versions";
    const HELP: &'static [&'static str] = &[
        "Two registers changed the same thing at once. What was here stands at the left, what came from the other",
        "register beside it, then the result, which is the same on every register.",
        "Rows with * differ and come first; = stands before the version that the result took.",
        "Below stands the chosen row whole.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] =
        &[("PgUp, PgDn", "ten up, ten down"), ("Home, End", "the first row, the last")];

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        let mut keys = vec![(Key::Up, "One up"), (Key::Down, "One down")];
        keys.extend(page_keys(desk));
        keys.push((Key::Esc, "Back"));
        keys
    }

    fn examples(_desk: &Desk) -> Vec<Versions> {
        vec![Versions::of(String::new())]
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        if action == Action::Press(Key::Esc) {
            return Then::Close;
        }
        let last = match self.read(desk) {
            Ok(comparison) => comparison.fields.len().saturating_sub(1),
            Err(says) => return Then::Say(says),
        };
        let (chosen, step) = (self.chosen.min(last), page_step(desk));
        match action {
            Action::Press(Key::Up) => self.chosen = chosen.saturating_sub(1),
            Action::Press(Key::Down) => self.chosen = (chosen + 1).min(last),
            Action::Press(Key::PageUp) => self.chosen = chosen.saturating_sub(step),
            Action::Press(Key::PageDown) => self.chosen = (chosen + step).min(last),
            Action::Press(Key::Home) => self.chosen = 0,
            Action::Press(Key::End) => self.chosen = last,
            Action::Row(nth) => self.chosen = nth.min(last),
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) => {}
        }
        Then::Stay
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.cover(area);
        let theme = canvas.theme;
        canvas.region("versions", area);
        let comparison = match self.read(desk) {
            Ok(comparison) => comparison,
            Err(says) => {
                let inside = canvas.frame(area, "Both versions", theme.faint);
                canvas.text(inside.x + 1, inside.y, inside.width.saturating_sub(2), &says, theme.wrong);
                return;
            }
        };
        let inside = canvas.frame(area, &title(desk, &comparison), theme.faint);
        let (x, width) = (inside.x + 1, inside.width.saturating_sub(2));
        let by = |what: &str, who: &str| if who.is_empty() { what.to_owned() } else { format!("{what} ({who})") };
        let heads = [
            by("Was here", &comparison.local_writer),
            by("Came", &comparison.server_writer),
            (if comparison.is_settled { "Result" } else { "No result: both stand" }).to_owned(),
        ];
        canvas.text(
            x,
            inside.y,
            width,
            &row_words(width, "  ", heads.each_ref().map(|it| ("", it.as_str()))),
            theme.strong,
        );
        let rest = Rect { y: inside.y + 1, height: inside.height.saturating_sub(1), ..inside };
        let kept = canvas.touch.map_or(4, |size| size.rows);
        let told = WHOLE_ROWS.min(rest.height.saturating_sub(kept + 1));
        let listed = Rect { height: rest.height - told - u16::from(told > 0), ..rest };
        let chosen = self.chosen.min(comparison.fields.len().saturating_sub(1));
        for (nth, spot) in list(canvas, listed, comparison.fields.len(), chosen) {
            let field = &comparison.fields[nth];
            let style = match (nth == chosen, field.differs) {
                (true, _) => theme.chosen,
                (false, true) => theme.strong,
                (false, false) => theme.plain,
            };
            canvas.fill(spot, style);
            canvas.text(spot.x + 1, middle(spot), width, &words(width, field, comparison.is_settled), style);
            canvas.target(field.name.clone(), spot, Action::Row(nth));
        }
        let Some(field) = comparison.fields.get(chosen) else { return };
        let whole = heads.iter().zip([&field.local, &field.server, &field.resolved]);
        for ((head, says), row) in whole.take(told.into()).zip(rest.bottom() - told..) {
            let says = if says.is_empty() { "nothing" } else { says };
            canvas.text(x, row, width, &format!("{head}: {says}"), theme.plain);
        }
    }
}

/// Whose versions they are, when they were merged, and where.
fn title(desk: &Desk, comparison: &Comparison) -> String {
    let whose = called(desk, &comparison.entity_id).unwrap_or_else(|| comparison.entity_id.clone());
    let at = comparison.resolved_at.map(|at| format!(", {} at {}", at.date_and_clock(), comparison.resolved_by));
    format!("{whose}: both versions{}", at.unwrap_or_default())
}

fn words(width: u16, field: &ComparedField, is_settled: bool) -> String {
    let mark = |says: &str| if field.differs && is_settled && says == field.resolved { "=" } else { " " };
    let name = format!("{} {}", if field.differs { "*" } else { " " }, field.name);
    let says = [&field.local, &field.server, &field.resolved].map(|it| if it.is_empty() { "-" } else { it });
    let [local, server, resolved] = says;
    row_words(width, &name, [(mark(&field.local), local), (mark(&field.server), server), ("", resolved)])
}

/// A field's name and three columns as wide as they can be, each with its mark before it.
fn row_words(width: u16, name: &str, sides: [(&str, &str); 3]) -> String {
    let padded = |text: &str, most: u16| {
        let text = fit(text, most.into());
        let blanks = usize::from(most).saturating_sub(cells(&text));
        format!("{text}{}", " ".repeat(blanks))
    };
    let side = (width.saturating_sub(NAME_CELLS + 1) / 3).max(2);
    let mut row = format!("{} ", padded(name, NAME_CELLS));
    for (mark, says) in sides {
        row.push_str(&format!("{mark:1}{} ", padded(says, side - 2)));
    }
    row
}
