//! Paper on its way to a printer, in words.

use super::status::{PrinterCondition, PrinterStatus};
use crate::domain::slip::{JobState, PrintJob, Slip, TicketKind};

/// What a job prints.
pub(super) fn what(slip: &Slip) -> String {
    match slip {
        Slip::Ticket(ticket) => {
            let kind = match ticket.kind {
                TicketKind::New => "ticket",
                TicketKind::Addition => "addition",
                TicketKind::Void => "void",
                TicketKind::Change => "change",
                TicketKind::Reprint => "reprint",
            };
            format!("{kind} {} for {}", ticket.local_number, ticket.station)
        }
        Slip::Receipt(receipt) => format!("receipt {}", receipt.local_number),
        Slip::Refund(refund) => format!("refund {}", refund.local_number),
        Slip::DrawerKick => "drawer".to_owned(),
        Slip::Test(_) => "test page".to_owned(),
    }
}

/// What is said of a job that has not gone to its printer; nothing of one that has.
pub(super) fn waits(job: &PrintJob, printers: &[PrinterStatus]) -> Option<String> {
    let trouble = match printers.iter().find(|it| it.name == job.printer).map(|it| &it.condition) {
        Some(PrinterCondition::Paused(_)) => ", which is stopped",
        Some(PrinterCondition::PaperOut(_)) => ", which has no paper",
        Some(PrinterCondition::CoverOpen(_)) => ", which stands open",
        Some(PrinterCondition::Down { .. }) => ", which is down",
        Some(PrinterCondition::Ready | PrinterCondition::Busy(_)) | None => "",
    };
    match (job.state, &job.slip) {
        (JobState::Sending, _) if trouble.is_empty() => None,
        (JobState::Queued | JobState::Sending, _) => Some(format!("waits for its printer{trouble}")),
        (JobState::Printed | JobState::Unconfirmed, _) => None,
        (JobState::Failed, Slip::DrawerKick) => Some("was not opened".to_owned()),
        (JobState::Failed, _) => Some("was not printed".to_owned()),
    }
}

/// Where a receipt is, for whoever can print it again.
pub(super) fn receipt(job: &PrintJob, printers: &[PrinterStatus]) -> String {
    let says = waits(job, printers);
    let again = if says.is_none() || job.state == JobState::Failed { "; F9 prints it again" } else { "" };
    format!("The receipt {}{again}", says.as_deref().unwrap_or("went to its printer"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::domain::slip::PrinterTest;

    #[test]
    fn paper_is_where_it_is_said_to_be() {
        use JobState::{Failed, Printed, Queued, Sending, Unconfirmed};
        use PrinterCondition::{Busy, CoverOpen, Down, PaperOut, Paused, Ready};
        let down = || Down { waiting: 1, reason: "connection refused".into() };
        let page = || Slip::Test(PrinterTest { printer: "receipt".into(), asked_at: Timestamp::utc(0) });
        // what, how far the job has come, how its printer stands, what is said, whether a receipt may be printed again
        let rows = [
            (page(), Sending, Busy(1), "", true),
            (page(), Printed, Ready, "", true),
            (page(), Printed, down(), "", true),
            (page(), Unconfirmed, Ready, "", true),
            (page(), Queued, Busy(3), "waits for its printer", false),
            (page(), Queued, down(), "waits for its printer, which is down", false),
            (page(), Sending, down(), "waits for its printer, which is down", false),
            (page(), Queued, PaperOut(1), "waits for its printer, which has no paper", false),
            (page(), Queued, CoverOpen(1), "waits for its printer, which stands open", false),
            (page(), Queued, Paused(1), "waits for its printer, which is stopped", false),
            (page(), Failed, Ready, "was not printed", true),
            (Slip::DrawerKick, Failed, Ready, "was not opened", true),
        ];
        for (slip, state, condition, says, again) in rows {
            let told = format!("{state:?}, {condition:?}");
            let job = PrintJob {
                job_id: 1,
                printer: "receipt".into(),
                slip,
                state,
                attempts: 1,
                duplicate: false,
                queued_at: Timestamp::utc(0),
                not_before: None,
                last_error: None,
            };
            let printer =
                PrinterStatus { name: "receipt".into(), condition, failed: 0, asking: Vec::new(), stand_in: None };
            let printers = [printer];
            assert_eq!(waits(&job, &printers).unwrap_or_default(), says, "{told}");
            let is = if says.is_empty() { "went to its printer" } else { says };
            let again = if again { "; F9 prints it again" } else { "" };
            assert_eq!(receipt(&job, &printers), format!("The receipt {is}{again}"), "{told}");
        }
    }
}
