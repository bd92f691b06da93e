//! Whose order it is and when it is wanted.

use super::{CUSTOMERS_KEY, Customers};
use crate::domain::Timestamp;
use crate::domain::command::Command;
use crate::domain::limits::TEXT_CHARS_MAX;
use crate::domain::time::read_clock;
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::typing::{Typing, form, typing_keys};
use crate::tui::widgets::{dialog, field};
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// A name and a time; either may stay empty.
#[derive(Debug)]
pub struct NameAndTime {
    name: String,
    time: String,
    in_time: bool,
    known: Option<Timestamp>,
}

impl NameAndTime {
    /// What is known of the order in hand already: mending one thing must not wipe out the other.
    pub(super) fn on(desk: &Desk) -> NameAndTime {
        let header = desk.hand.order.as_ref().map(|order| &order.header);
        let known = header.and_then(|header| header.due_at);
        NameAndTime {
            name: header.and_then(|header| header.customer_name.clone()).unwrap_or_default(),
            time: known.map(Timestamp::clock).unwrap_or_default(),
            in_time: false,
            known,
        }
    }

    fn field(&mut self) -> &mut String {
        if self.in_time { &mut self.time } else { &mut self.name }
    }
}

impl Screen for NameAndTime {
    const NAME: &'static str = "customer";
    const HELP: &'static [&'static str] = &[
        "Type the name, Enter, the time (19:30 or 1930), Enter. Either may stay empty; +20 is in 20 minutes.",
        "Ctrl+k takes a customer whom the house knows instead: a delivery needs the address.",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[
        ("text", "the name; the time"),
        ("Up, Down, Shift+Tab", "as Tab"),
        ("Backspace", "takes the last letter back"),
    ];
    const IS_DIALOG: bool = true;

    fn keys(&self, desk: &Desk) -> Vec<FootKey> {
        let enter = if self.in_time { "Write" } else { "Time" };
        let keys =
            vec![(Key::Enter, enter), (Key::Tab, "Other field"), (CUSTOMERS_KEY, "Customers"), (Key::Esc, "Skip")];
        typing_keys(desk, keys)
    }

    fn examples(desk: &Desk) -> Vec<NameAndTime> {
        let customer = NameAndTime::on(desk);
        vec![NameAndTime { in_time: true, ..NameAndTime::on(desk) }, customer]
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        match action {
            Action::Press(Key::Esc) => return Then::Close,
            Action::Press(CUSTOMERS_KEY) => return Then::Become(Customers::default().into()),
            Action::Press(Key::Tab | Key::BackTab | Key::Up | Key::Down) => self.in_time = !self.in_time,
            Action::Row(nth) => self.in_time = nth == 1,
            Action::Press(Key::Backspace) => drop(self.field().pop()),
            Action::Press(Key::Char(letter)) => {
                if self.field().chars().count() < TEXT_CHARS_MAX {
                    self.field().push(letter);
                }
            }
            Action::Press(Key::Enter) if !self.in_time => self.in_time = true,
            Action::Press(Key::Enter) => {
                let typed = self.time.trim();
                let minutes = typed.strip_prefix('+').map(|text| text.parse::<u16>().ok().filter(|&it| it <= 1440));
                let due_at = match (typed, minutes, read_clock(typed)) {
                    ("", ..) => None,
                    // As it stood there: also a time that has passed meanwhile, which would read as tomorrow's.
                    _ if self.known.is_some_and(|at| at.clock() == typed) => self.known,
                    (_, Some(Some(minutes)), _) => Some(desk.now.plus_millis(i64::from(minutes) * 60_000)),
                    (_, None, Some(minute)) => Some(desk.now.next_at(minute)),
                    (_, Some(None), _) | (_, None, None) => {
                        return Then::Say(format!("`{typed}` is no time: type 19:30, or +20 for in 20 minutes"));
                    }
                };
                let name = Some(self.name.clone());
                return Then::Do(Command::SetCustomer { name, due_at });
            }
            Action::Press(_) | Action::Cell(_) | Action::Page(_) | Action::Offer(_) => {}
        }
        Then::Stay
    }

    fn view(&self, _desk: &Desk, canvas: &mut Canvas, area: Rect) {
        let fields = [("Name", self.name.as_str()), ("Time", self.time.as_str())];
        let title = "Who fetches it, and when?";
        if form(canvas, area, title, &fields, usize::from(self.in_time), Typing::Names) {
            return;
        }
        let inside = dialog(canvas, area, 56, 7, title);
        for (nth, (word, text)) in [("Name", &self.name), ("Time", &self.time)].into_iter().enumerate() {
            let row = inside.y + 1 + 2 * nth as u16;
            canvas.text(inside.x + 2, row, 6, word, canvas.theme.plain);
            let spot = Rect { x: inside.x + 9, y: row, width: inside.width - 11, height: 1 };
            field(canvas, spot, text, self.in_time == (nth == 1));
            canvas.target(word, spot, Action::Row(nth));
        }
        let hint = "19:30, or +20 for in 20 minutes; empty: now";
        canvas.text(inside.x + 9, inside.y + 2, inside.width.saturating_sub(10), hint, canvas.theme.faint);
    }
}
