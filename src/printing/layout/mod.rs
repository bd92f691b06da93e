//! How each slip looks. A slip carries all that it says: nothing is looked up when it is printed.

mod receipt;
mod ticket;

use super::limits::{FEED_BEFORE_CUT_LINES, FEED_BEFORE_TEAR_LINES};
use super::models::{Cutter, Printer};
use super::page::{Page, Style};
use crate::domain::slip::{PrintJob, Slip};

/// What is printed besides the slip, because of how it came to this printer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    /// It may be on paper already.
    pub duplicate: bool,
    /// It stands in for the printer of this station: somebody must carry it there.
    pub for_station: Option<String>,
}

impl Marks {
    /// The marks that a job carries itself.
    pub fn of(job: &PrintJob) -> Marks {
        Marks { duplicate: job.duplicate, for_station: None }
    }

    /// The same, on the printer that stands in for the one of `station`.
    pub fn for_station(self, station: &str) -> Marks {
        Marks { for_station: Some(station.to_owned()), ..self }
    }
}

/// Lays a slip out for a printer.
pub fn layout(slip: &Slip, printer: &Printer, marks: &Marks) -> Page {
    match slip {
        Slip::Ticket(ticket) => ticket::layout(ticket, printer, marks),
        Slip::Receipt(receipt) => receipt::layout(receipt, printer, marks),
        Slip::DrawerKick => {
            let mut page = Page::new();
            page.pulse();
            page
        }
    }
}

/// The mark of a slip that may be on paper already: at its head and at its foot.
fn mark_duplicate(page: &mut Page, marks: &Marks) {
    if marks.duplicate {
        page.centred("DUPLICATE?", Style::LARGE.inverse());
    }
}

/// The banner of a slip that has to be carried to another station.
fn mark_station(page: &mut Page, marks: &Marks) {
    if let Some(station) = &marks.for_station {
        page.centred(format!("*** FOR STATION {} ***", station.to_uppercase()), Style::TALL.inverse());
    }
}

/// Ends the paper so that the last line can be read.
fn finish(page: &mut Page, printer: &Printer) {
    match printer.cutter {
        Cutter::None => page.feed(FEED_BEFORE_TEAR_LINES),
        Cutter::Full | Cutter::Partial => {
            page.feed(FEED_BEFORE_CUT_LINES);
            page.cut();
        }
    }
}
