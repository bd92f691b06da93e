//! Help: what a screen says of itself, and its keys. Nothing here is written twice.

use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// Help on one screen, or on all of them.
#[derive(Debug)]
pub struct Help {
    lines: Vec<String>,
    from: usize,
}

impl Help {
    /// About one screen.
    pub(super) fn about(name: &str, help: &[&str], keys: Vec<FootKey>) -> Help {
        let mut lines = vec![format!("The screen `{name}`"), String::new()];
        lines.extend(help.iter().map(|line| format!("  {line}")));
        lines.push(String::new());
        lines.extend(keys.iter().map(|(key, does)| format!("  {:<10} {does}", key.to_string())));
        Help { lines, from: 0 }
    }

    /// About every screen.
    pub(super) fn index() -> Help {
        let mut lines = Vec::new();
        for (name, help) in super::ALL {
            lines.push(format!("The screen `{name}`"));
            lines.extend(help.iter().map(|line| format!("  {line}")));
            lines.push(String::new());
        }
        Help { lines, from: 0 }
    }
}

impl Screen for Help {
    const NAME: &'static str = "help";
    const HELP: &'static [&'static str] = &["Up and Down move the text; Esc closes it."];

    fn keys(&self, _desk: &Desk) -> Vec<FootKey> {
        vec![(Key::Esc, "Back"), (Key::Up, "One up"), (Key::Down, "One down"), (Key::PageDown, "Further")]
    }

    fn update(&mut self, _desk: &Desk, action: Action) -> Then {
        let last = self.lines.len().saturating_sub(1);
        match action {
            Action::Press(Key::Up) => self.from = self.from.saturating_sub(1),
            Action::Press(Key::Down) => self.from = (self.from + 1).min(last),
            Action::Press(Key::PageUp) => self.from = self.from.saturating_sub(10),
            Action::Press(Key::PageDown) => self.from = (self.from + 10).min(last),
            Action::Press(Key::Esc | Key::Enter | Key::F(1)) => return Then::Close,
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) | Action::Row(_) => {}
        }
        Then::Stay
    }

    fn view(&self, _desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.cover(area);
        canvas.region("help", area);
        let inside = canvas.frame(area, "Help", canvas.theme.faint);
        let width = usize::from(inside.width.saturating_sub(1)).max(20);
        let wrapped = self.lines.iter().flat_map(|line| wrapped(line, width));
        for (nth, line) in wrapped.skip(self.from).take(inside.height.into()).enumerate() {
            canvas.text(inside.x, inside.y + nth as u16, inside.width, &line, canvas.theme.plain);
        }
    }
}

/// Breaks a line between words; what follows is indented like its beginning.
fn wrapped(line: &str, width: usize) -> Vec<String> {
    let indent = " ".repeat(line.len() - line.trim_start().len());
    let mut rows = vec![String::new()];
    for word in line.split_whitespace() {
        let row = rows.last_mut().expect("there is always a row");
        if row.trim().is_empty() {
            row.push_str(&indent);
        } else if row.chars().count() + 1 + word.chars().count() > width {
            rows.push(indent.clone());
        } else {
            row.push(' ');
        }
        rows.last_mut().expect("there is always a row").push_str(word);
    }
    if line.chars().filter(|it| !it.is_whitespace()).count() > 0 && line.contains("   ") && rows.len() == 1 {
        return vec![line.to_owned()];
    }
    rows
}
