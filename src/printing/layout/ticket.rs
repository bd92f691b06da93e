//! The kitchen ticket: read from a metre away, with wet hands, by somebody in a hurry. Quantity first, food large.

use super::{Marks, finish, mark_duplicate, mark_station};
use crate::domain::order::OrderType;
use crate::domain::slip::{Delivery, Ticket, TicketKind, TicketLine};
use crate::domain::time::Timestamp;
use crate::printing::models::{Buzzer, Printer};
use crate::printing::page::{Page, Style};

/// Cells before what is said about an item.
const INDENT: usize = 3;

pub(super) fn layout(ticket: &Ticket, printer: &Printer, marks: &Marks) -> Page {
    let mut page = Page::new();
    mark_duplicate(&mut page, marks);
    mark_station(&mut page, marks);
    head(&mut page, ticket);
    page.rule();
    if !ticket.lines.is_empty() {
        lines(&mut page, ticket);
        page.rule();
        kitchen_notes(&mut page, ticket);
    }
    page.centred(ticket.local_number.to_string(), Style::TALL.bold());
    if ticket.kind == TicketKind::Reprint {
        page.centred("*** REPRINT ***", Style::LARGE.bold().inverse());
    }
    mark_duplicate(&mut page, marks);
    finish(&mut page, printer);
    if printer.buzzer != Buzzer::None {
        page.buzz();
    }
    page
}

fn head(page: &mut Page, ticket: &Ticket) {
    page.centred(ticket.station.to_string().to_uppercase(), Style::LARGE.inverse());
    if let Some(word) = kind_word(ticket.kind) {
        page.centred(format!("*** {word} ***"), Style::LARGE.bold().inverse());
    }
    if let Some(reason) = &ticket.reason {
        page.centred(format!("Reason: {reason}"), Style::BOLD);
    }
    page.pair(ticket.local_number.to_string(), whereto(ticket), Style::LARGE.bold());
    let name = ticket.customer_name.as_deref().unwrap_or_default();
    let due = ticket.due_at.map(|due| due_words(due, ticket.sent_at)).unwrap_or_default();
    page.pair(name, due, Style::TALL.bold());
    if let Some(delivery) = &ticket.delivery {
        brought(page, delivery);
    }
    let served_by = match ticket.covers {
        Some(1) => format!("{}, 1 cover", ticket.server),
        Some(covers) => format!("{}, {covers} covers", ticket.server),
        None => ticket.server.clone(),
    };
    page.pair(served_by, ticket.sent_at.clock(), Style::PLAIN);
    kitchen_notes(page, ticket);
}

/// Where it goes, for whoever brings it, on a bicycle and in the dark.
fn brought(page: &mut Page, delivery: &Delivery) {
    for line in &delivery.address {
        page.text(line, Style::TALL);
    }
    if let Some(phone) = &delivery.phone {
        page.text(format!("Tel. {phone}"), Style::TALL);
    }
    if let Some(note) = &delivery.note {
        page.text(format!("* {note}"), Style::BOLD);
    }
}

fn kind_word(kind: TicketKind) -> Option<&'static str> {
    match kind {
        TicketKind::New => None,
        TicketKind::Addition => Some("ADDITION"),
        TicketKind::Void => Some("VOID"),
        TicketKind::Change => Some("CHANGE"),
        TicketKind::Reprint => Some("REPRINT"),
    }
}

/// Where the food goes: the table where there is one, else the way the guest takes it; both where they do not agree.
fn whereto(ticket: &Ticket) -> String {
    let way = ticket.order_type.words().to_uppercase();
    match (&ticket.table, ticket.order_type) {
        (Some(table), OrderType::DineIn) => format!("TABLE {table}"),
        (Some(table), OrderType::Takeaway | OrderType::Delivery) => format!("{way} TABLE {table}"),
        (None, OrderType::DineIn | OrderType::Takeaway | OrderType::Delivery) => way,
    }
}

/// When it is wanted; with the date where that is another day than the one on which it was sent.
fn due_words(due: Timestamp, sent_at: Timestamp) -> String {
    match due.local().date_naive() == sent_at.local().date_naive() {
        true => format!("DUE {}", due.clock()),
        false => format!("DUE {}", due.date_and_clock()),
    }
}

/// Allergies and the like, at the head and again at the foot.
fn kitchen_notes(page: &mut Page, ticket: &Ticket) {
    if let Some(notes) = &ticket.kitchen_notes {
        page.text(notes, Style::TALL.bold().inverse());
    }
}

fn lines(page: &mut Page, ticket: &Ticket) {
    let mut courses: Vec<u8> = ticket.lines.iter().map(|line| line.course).collect();
    courses.sort_unstable();
    courses.dedup();
    for &course in &courses {
        if courses.len() > 1 {
            page.centred(format!("-- Course {course} --"), Style::BOLD);
        }
        for line in ticket.lines.iter().filter(|line| line.course == course) {
            item(page, line, ticket.kind);
        }
    }
}

fn item(page: &mut Page, line: &TicketLine, kind: TicketKind) {
    let stop = match kind {
        TicketKind::Void => "VOID ",
        TicketKind::New | TicketKind::Addition | TicketKind::Change | TicketKind::Reprint => "",
    };
    page.indented(format!("{stop}{}x {}", line.quantity, line.name), Style::TALL.bold(), 0, INDENT);
    for modifier in &line.modifiers {
        page.indented(modifier, Style::TALL, INDENT, INDENT + 2);
    }
    if let Some(note) = &line.note {
        page.indented(format!("* {note}"), Style::TALL, INDENT, INDENT + 2);
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::examples::{at, delivered, dine_in, line, printer, takeaway};
    use super::*;

    fn check(ticket: &Ticket, columns: usize, marks: &Marks, expected: &str) {
        let printer = printer(columns);
        assert_eq!("\n".to_owned() + &layout(ticket, &printer, marks).to_text_on(&printer), expected);
    }

    #[test]
    fn a_ticket_for_a_table_says_where_what_and_how() {
        check(
            &dine_in(),
            32,
            &Marks::default(),
            r"
        KITCHEN
T1-0042 TABLE 12
Anna, 4 covers             19:05
 Nut allergy
--------------------------------
2x Cheeseburger
   + EXTRA Cheese
   - NO Onion
   * well done
1x Slow roasted shoulder of lamb
   with rosemary
--------------------------------
 Nut allergy
            T1-0042

<cut>
",
        );
        check(
            &dine_in(),
            42,
            &Marks::default(),
            r"
             KITCHEN
T1-0042      TABLE 12
Anna, 4 covers                       19:05
 Nut allergy
------------------------------------------
2x Cheeseburger
   + EXTRA Cheese
   - NO Onion
   * well done
1x Slow roasted shoulder of lamb with
   rosemary
------------------------------------------
 Nut allergy
                 T1-0042

<cut>
",
        );
        check(
            &dine_in(),
            48,
            &Marks::default(),
            r"
                KITCHEN
T1-0042         TABLE 12
Anna, 4 covers                             19:05
 Nut allergy
------------------------------------------------
2x Cheeseburger
   + EXTRA Cheese
   - NO Onion
   * well done
1x Slow roasted shoulder of lamb with rosemary
------------------------------------------------
 Nut allergy
                    T1-0042

<cut>
",
        );
    }

    #[test]
    fn a_ticket_to_take_away_says_whose_and_when_and_sorts_by_course() {
        check(
            &takeaway(),
            32,
            &Marks::default(),
            r"
        KITCHEN
T1-0042 TAKEAWAY
José Núñez             DUE 19:30
Anna                       19:05
--------------------------------
         -- Course 1 --
3x ???????? Kung Pao
   + ??
         -- Course 2 --
1x ½ Crème brûlée 5€
--------------------------------
            T1-0042

<cut>
",
        );
        check(
            &takeaway(),
            48,
            &Marks::default(),
            r"
                KITCHEN
T1-0042         TAKEAWAY
José Núñez                             DUE 19:30
Anna                                       19:05
------------------------------------------------
                 -- Course 1 --
3x ???????? Kung Pao
   + ??
                 -- Course 2 --
1x ½ Crème brûlée 5€
------------------------------------------------
                    T1-0042

<cut>
",
        );
    }

    #[test]
    fn a_ticket_to_be_brought_says_where_to() {
        check(
            &delivered(),
            32,
            &Marks::default(),
            r"
        KITCHEN
T1-0042 DELIVERY
José Núñez             DUE 19:30
12 rue du Faubourg
Saint-Antoine, second courtyard
75011 Paris
Tel. +33 6 12 34 56 78
* code A1912, rings twice
Anna                       19:05
--------------------------------
         -- Course 1 --
3x ???????? Kung Pao
   + ??
         -- Course 2 --
1x ½ Crème brûlée 5€
--------------------------------
            T1-0042

<cut>
",
        );
        let phone = Some("0612".to_owned());
        let called = Ticket { delivery: Some(Delivery { phone, ..Delivery::default() }), ..delivered() };
        check(
            &called,
            48,
            &Marks::default(),
            r"
                KITCHEN
T1-0042         DELIVERY
José Núñez                             DUE 19:30
Tel. 0612
Anna                                       19:05
------------------------------------------------
                 -- Course 1 --
3x ???????? Kung Pao
   + ??
                 -- Course 2 --
1x ½ Crème brûlée 5€
------------------------------------------------
                    T1-0042

<cut>
",
        );
    }

    #[test]
    fn an_addition_says_so() {
        let addition =
            Ticket { kind: TicketKind::Addition, lines: vec![line(1, "Espresso", &[], None, 1)], ..dine_in() };
        check(
            &addition,
            42,
            &Marks::default(),
            r"
             KITCHEN
    *** ADDITION ***
T1-0042      TABLE 12
Anna, 4 covers                       19:05
 Nut allergy
------------------------------------------
1x Espresso
------------------------------------------
 Nut allergy
                 T1-0042

<cut>
",
        );
    }

    #[test]
    fn a_void_says_what_to_stop_and_why() {
        let reason = Some("Guest changed mind".to_owned());
        let lines = vec![line(2, "Cheeseburger", &["- NO Onion"], None, 1)];
        let void = Ticket { kind: TicketKind::Void, reason, kitchen_notes: None, lines, ..dine_in() };
        check(
            &void,
            32,
            &Marks::default(),
            r"
        KITCHEN
   *** VOID ***
   Reason: Guest changed mind
T1-0042 TABLE 12
Anna, 4 covers             19:05
--------------------------------
VOID 2x Cheeseburger
   - NO Onion
--------------------------------
            T1-0042

<cut>
",
        );
        check(
            &void,
            48,
            &Marks::default(),
            r"
                KITCHEN
           *** VOID ***
           Reason: Guest changed mind
T1-0042         TABLE 12
Anna, 4 covers                             19:05
------------------------------------------------
VOID 2x Cheeseburger
   - NO Onion
------------------------------------------------
                    T1-0042

<cut>
",
        );
    }

    #[test]
    fn a_ticket_that_is_printed_again_says_so_at_both_ends() {
        let again = Ticket { kind: TicketKind::Reprint, ..takeaway() };
        let text = layout(&again, &printer(42), &Marks::default()).to_text_on(&printer(42));
        let marks: Vec<usize> =
            text.lines().enumerate().filter(|(_, it)| it.contains("REPRINT")).map(|it| it.0).collect();
        assert_eq!((marks.len(), marks[0]), (2, 1), "{text}");
        let number = text.lines().position(|it| it.trim() == "T1-0042").unwrap();
        assert!(marks[1] > number && text.contains("1x ½ Crème brûlée"), "{text}");
    }

    #[test]
    fn a_change_has_no_food_of_its_own() {
        let change = Ticket {
            kind: TicketKind::Change,
            lines: Vec::new(),
            due_at: Some(at("19:30").plus_millis(86_400_000)),
            ..takeaway()
        };
        check(
            &change,
            42,
            &Marks::default(),
            r"
             KITCHEN
      *** CHANGE ***
T1-0042      TAKEAWAY
José Núñez            DUE 2026-03-15 19:30
Anna                                 19:05
------------------------------------------
                 T1-0042

<cut>
",
        );
    }

    #[test]
    fn a_ticket_that_strayed_says_where_it_belongs_and_that_it_may_be_a_copy() {
        check(
            &takeaway(),
            42,
            &Marks { duplicate: true, ..Marks::default() }.for_station("bar"),
            r"
          DUPLICATE?
         *** FOR STATION BAR ***
             KITCHEN
T1-0042      TAKEAWAY
José Núñez                       DUE 19:30
Anna                                 19:05
------------------------------------------
              -- Course 1 --
3x ???????? Kung Pao
   + ??
              -- Course 2 --
1x ½ Crème brûlée 5€
------------------------------------------
                 T1-0042
          DUPLICATE?

<cut>
",
        );
    }
}
