//! The kitchen ticket: read from a metre away, with wet hands, by somebody in a hurry. Quantity first, food large.

use super::{Marks, finish, mark_duplicate, mark_station};
use crate::domain::order::OrderType;
use crate::domain::slip::{Ticket, TicketKind, TicketLine};
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
    lines(&mut page, ticket);
    page.rule();
    if !ticket.lines.is_empty() {
        kitchen_notes(&mut page, ticket);
    }
    page.centred(ticket.local_number.to_string(), Style::TALL.bold());
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
    let served_by = match ticket.covers {
        Some(1) => format!("{}  1 cover", ticket.server),
        Some(covers) => format!("{}  {covers} covers", ticket.server),
        None => ticket.server.clone(),
    };
    page.pair(served_by, ticket.sent_at.clock(), Style::PLAIN);
    kitchen_notes(page, ticket);
}

fn kind_word(kind: TicketKind) -> Option<&'static str> {
    match kind {
        TicketKind::New => None,
        TicketKind::Addition => Some("ADDITION"),
        TicketKind::Void => Some("VOID"),
        TicketKind::Change => Some("CHANGE"),
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
        TicketKind::New | TicketKind::Addition | TicketKind::Change => "",
    };
    page.indented(format!("{stop}{}x {}", line.quantity, line.name), Style::TALL.bold(), 0, INDENT);
    for modifier in &line.modifiers {
        page.indented(modifier, Style::TALL, INDENT, INDENT + 2);
    }
    if let Some(note) = &line.note {
        page.indented(format!("* {note}"), Style::TALL, INDENT, INDENT + 2);
    }
}
