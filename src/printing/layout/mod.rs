//! How each slip looks. A slip carries all that it says: nothing is looked up when it is printed.

mod receipt;
mod refund;
mod test;
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
        Slip::Refund(refund) => refund::layout(refund, printer, marks),
        Slip::DrawerKick => {
            let mut page = Page::new();
            page.pulse();
            page
        }
        Slip::Test(test) => test::layout(test, printer),
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

#[cfg(test)]
mod tests {
    use super::super::code_page::CodePage;
    use super::super::escpos_bytes::encode;
    use super::super::examples::render;
    use super::super::examples::*;
    use super::super::models::{Buzzer, MODELS};
    use super::super::page::Row;
    use super::super::paper::Paper;
    use super::*;
    use crate::domain::slip::{Delivery, PrinterTest, Receipt, Ticket, TicketKind};

    fn slips() -> Vec<Slip> {
        let void = Ticket { kind: TicketKind::Void, reason: Some("Guest changed mind".to_owned()), ..dine_in() };
        let tickets = [dine_in(), takeaway(), delivered(), void].map(Slip::Ticket);
        let brought = Receipt { delivery: delivered().delivery, ..receipt() };
        let receipts = [receipt(), yen(), brought].map(|it| Slip::Receipt(Box::new(it)));
        let test = Slip::Test(PrinterTest { printer: "kitchen".to_owned(), asked_at: at("19:05") });
        let reprint = Slip::Ticket(Ticket { kind: TicketKind::Reprint, ..dine_in() });
        let refunds = [refund(), returned()].map(|it| Slip::Refund(Box::new(it)));
        tickets.into_iter().chain([reprint]).chain(receipts).chain(refunds).chain([test]).collect()
    }

    #[test]
    fn what_comes_out_of_a_printer_is_what_was_laid_out() {
        let marks = Marks { duplicate: true, ..Marks::default() }.for_station("bar");
        for (model, columns) in MODELS.iter().flat_map(|model| [24, 32, 33, 42, 48, 64].map(|columns| (model, columns)))
        {
            for page in CodePage::ALL {
                let printer = Printer::new("p", model).with_columns(columns).with_code_page(page);
                for slip in slips() {
                    let laid_out = layout(&slip, &printer, &marks);
                    let mut paper = Paper::new(columns).starting_in_kanji();
                    paper.feed(&encode(&laid_out, &printer)).unwrap();
                    let (text, sheets) = (laid_out.to_text_on(&printer), paper.sheets());
                    assert_eq!(text.replace("<cut>\n", ""), paper.text(), "{} {columns} {page:?}", model.name);
                    assert!(sheets.iter().flat_map(|sheet| &sheet.lines).all(|line| !line.overflowed), "{text}");
                    assert_eq!((sheets.len(), sheets[0].is_cut), (1, printer.cutter != Cutter::None));
                }
            }
        }
    }

    #[test]
    fn a_kick_is_a_pulse_and_no_paper() {
        let bytes = render(&job(Slip::DrawerKick, at("19:05")), &printer(42));
        assert_eq!(bytes, b"\x1b@\x1bp\x00\x19\xfa");
        let mut paper = Paper::new(42);
        paper.feed(&bytes).unwrap();
        assert_eq!((paper.kicks(), paper.sheets().len()), (1, 0));
    }

    #[test]
    fn a_ticket_calls_the_cook_where_the_printer_can() {
        let loud = printer(42).with_buzzer(Buzzer::Epson);
        for (slip, printer, buzzes) in [
            (Slip::Ticket(dine_in()), &loud, 1),
            (Slip::Ticket(dine_in()), &printer(42), 0),
            (Slip::Receipt(Box::new(receipt())), &loud, 0),
        ] {
            let mut paper = Paper::new(42);
            paper.feed(&render(&job(slip, at("19:05")), printer)).unwrap();
            assert_eq!(paper.buzzes(), buzzes);
        }
    }

    #[test]
    fn what_must_not_be_overlooked_is_white_on_black() {
        let void = Ticket { kind: TicketKind::Void, ..dine_in() };
        let job = PrintJob { duplicate: true, ..job(Slip::Ticket(void), at("19:05")) };
        for columns in [32, 42, 48] {
            let mut paper = Paper::new(columns);
            paper.feed(&render(&job, &printer(columns))).unwrap();
            let text = paper.marked_text();
            // words, how often
            for (words, times) in
                [("[ DUPLICATE? ]", 2), ("[ KITCHEN ]", 1), ("[ *** VOID *** ]", 1), ("[ Nut allergy ]", 2)]
            {
                assert_eq!(text.matches(words).count(), times, "{words} in\n{text}");
            }
        }
    }

    #[test]
    fn a_hand_tears_where_no_cutter_cuts() {
        let by_hand = printer(32).with_cutter(Cutter::None);
        for slip in slips() {
            let page = layout(&slip, &by_hand, &Marks::default());
            assert_eq!(page.rows().last(), Some(&Row::Feed(FEED_BEFORE_TEAR_LINES)));
        }
    }

    proptest::proptest! {
        // No file of failures: a failure becomes a row above.
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]
        #[test]
        fn no_name_commands_a_printer_or_leaves_the_paper(name: String, note in ".{0,120}", columns in 24_usize..65) {
            let lines = vec![line(1, &name, &[&note], Some(&note), 1)];
            let (address, phone) = (vec![name.clone()], Some(name.clone()));
            let delivery = Delivery { address, phone, note: Some(note.clone()) };
            let (customer_name, kitchen_notes) = (Some(name), Some(note));
            let named = Ticket { customer_name, delivery: Some(delivery), kitchen_notes, lines, ..dine_in() };
            let mut paper = Paper::new(columns);
            let bytes = render(&job(Slip::Ticket(named), at("19:05")), &printer(columns));
            proptest::prop_assert!(paper.feed(&bytes).is_ok());
            proptest::prop_assert_eq!((paper.kicks(), paper.waiting_bytes(), paper.sheets().len()), (0, 0, 1));
            proptest::prop_assert!(paper.sheets()[0].lines.iter().all(|line| !line.overflowed));
        }
    }
}
