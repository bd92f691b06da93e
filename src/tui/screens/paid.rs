//! After the money: the change, as large as the window allows, until the next order begins.

use crate::domain::command::Command;
use crate::domain::slip::{JobState, PrintJob};
use crate::domain::{Money, Payment};
use crate::tui::keys::Key;
use crate::tui::scene::Canvas;
use crate::tui::status::{PrinterCondition, PrinterStatus};
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
        let receipt = desk.hand.last_paid.map(|order| desk.reader.newest_receipt(order));
        let says = match &receipt {
            Some(Ok(Some(job))) => receipt_words(job, desk.status.printers.iter().find(|it| it.name == job.printer)),
            Some(Ok(None)) | None => "F9 prints a receipt".to_owned(),
            Some(Err(fault)) => fault.to_string(),
        };
        canvas.centre(area.x, area.bottom().saturating_sub(2), area.width, &says, theme.plain);
        canvas.centre(area.x, area.bottom() - 1, area.width, "The next key begins the next order", theme.faint);
    }
}

/// Where the receipt is: what did not leave has not gone to its printer.
fn receipt_words(job: &PrintJob, printer: Option<&PrinterStatus>) -> String {
    let trouble = match printer.map(|it| &it.condition) {
        Some(PrinterCondition::Paused(_)) => ", which is stopped",
        Some(PrinterCondition::PaperOut(_)) => ", which has no paper",
        Some(PrinterCondition::CoverOpen(_)) => ", which stands open",
        Some(PrinterCondition::Down { .. }) => ", which is down",
        Some(PrinterCondition::Ready | PrinterCondition::Busy(_)) | None => "",
    };
    match job.state {
        JobState::Queued => format!("The receipt waits for its printer{trouble}"),
        JobState::Sending if !trouble.is_empty() => format!("The receipt waits for its printer{trouble}"),
        JobState::Sending | JobState::Printed | JobState::Unconfirmed => {
            "The receipt went to its printer; F9 prints it again".to_owned()
        }
        JobState::Failed => "The receipt was not printed; F9 prints it again".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::domain::slip::Slip;

    #[test]
    fn the_receipt_is_where_it_is_said_to_be() {
        use JobState::{Failed, Printed, Queued, Sending, Unconfirmed};
        use PrinterCondition::{Busy, CoverOpen, Down, PaperOut, Paused, Ready};
        let down = || Down { waiting: 1, reason: "connection refused".into() };
        // how far the job has come, how its printer stands, what is said
        let rows = [
            (Sending, Busy(1), "The receipt went to its printer; F9 prints it again"),
            (Printed, Ready, "The receipt went to its printer; F9 prints it again"),
            (Printed, down(), "The receipt went to its printer; F9 prints it again"),
            (Unconfirmed, Ready, "The receipt went to its printer; F9 prints it again"),
            (Queued, Busy(3), "The receipt waits for its printer"),
            (Queued, down(), "The receipt waits for its printer, which is down"),
            (Sending, down(), "The receipt waits for its printer, which is down"),
            (Queued, PaperOut(1), "The receipt waits for its printer, which has no paper"),
            (Queued, CoverOpen(1), "The receipt waits for its printer, which stands open"),
            (Queued, Paused(1), "The receipt waits for its printer, which is stopped"),
            (Failed, Ready, "The receipt was not printed; F9 prints it again"),
        ];
        for (state, condition, says) in rows {
            let job = PrintJob {
                job_id: 1,
                printer: "receipt".into(),
                slip: Slip::DrawerKick,
                state,
                attempts: 1,
                duplicate: false,
                queued_at: Timestamp::utc(0),
                not_before: None,
                last_error: None,
            };
            let told = format!("{state:?}, {condition:?}");
            let printer =
                PrinterStatus { name: "receipt".into(), condition, failed: 0, asking: Vec::new(), stand_in: None };
            assert_eq!(receipt_words(&job, Some(&printer)), says, "{told}");
        }
    }
}
