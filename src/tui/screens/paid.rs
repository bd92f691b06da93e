//! After the money: the change, as large as the window allows, until the next order begins.

use crate::domain::command::Command;
use crate::domain::{Money, Payment};
use crate::tui::keys::Key;
use crate::tui::paper::receipt;
use crate::tui::scene::Canvas;
use crate::tui::widgets::giant;
use crate::tui::{Action, Desk, FootKey, Screen, Then};
use ratatui::layout::Rect;

/// The change.
#[derive(Debug, Default)]
pub struct Paid;

impl Screen for Paid {
    const NAME: &'static str = "paid";
    const HELP: &'static [&'static str] = &[
        "The change stays until the next key, which already belongs to the next order.",
        "F9 prints a receipt (again).",
    ];
    const MORE_KEYS: &'static [(&'static str, &'static str)] = &[("Esc", "as Enter")];

    fn keys(&self, _desk: &Desk) -> Vec<FootKey> {
        vec![(Key::Enter, "Next order"), (Key::F(9), "Receipt")]
    }

    fn examples(_desk: &Desk) -> Vec<Paid> {
        vec![Paid]
    }

    fn update(&mut self, desk: &Desk, action: Action) -> Then {
        match action {
            Action::Press(Key::F(9)) => Then::Do(Command::PrintReceipt { order: desk.hand.last_paid }),
            Action::Press(Key::Enter | Key::Esc) => Then::Close,
            other => Then::Pass(other),
        }
    }

    fn done(&mut self, _desk: &Desk) -> Then {
        Then::Stay
    }

    fn view(&self, desk: &Desk, canvas: &mut Canvas, area: Rect) {
        canvas.cover(area);
        let theme = canvas.theme;
        canvas.region("change", area);
        let paid = desk.hand.last_paid.map(|order| desk.reader.payments(order));
        let payments: Vec<Payment> = match paid {
            Some(Ok(payments)) => payments,
            Some(Err(fault)) => {
                canvas.text(area.x + 1, area.y, area.width - 1, &fault.to_string(), theme.wrong);
                return;
            }
            None => Vec::new(),
        };
        let change: Money = payments.iter().map(|it| it.change).sum();
        let middle = area.y + (area.height / 2).saturating_sub(5);
        canvas.centre(area.x, middle, area.width, "CHANGE", theme.strong);
        giant(canvas, Rect { y: middle + 2, height: 5, ..area }, &desk.digits(change), theme.strong);
        for (row, payment) in (middle + 8..).zip(&payments) {
            let tip = if payment.tip.is_zero() { String::new() } else { format!(", tip {}", desk.digits(payment.tip)) };
            let says = format!("{} {}{tip}", payment.tender.words(), desk.digits(payment.tendered));
            canvas.centre(area.x, row, area.width, &says, theme.plain);
        }
        let newest = desk.hand.last_paid.map(|order| desk.reader.newest_receipt(order));
        let says = match &newest {
            Some(Ok(Some(job))) => receipt(job, &desk.status.printers),
            Some(Ok(None)) | None => "F9 prints a receipt".to_owned(),
            Some(Err(fault)) => fault.to_string(),
        };
        canvas.centre(area.x, area.bottom().saturating_sub(2), area.width, &says, theme.plain);
        canvas.centre(area.x, area.bottom() - 1, area.width, "The next key begins the next order", theme.faint);
    }
}
