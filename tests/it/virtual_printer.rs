//! A network printer of our own on a real socket: it answers status questions as its sensors are, and what it printed
//! can be read. Then what the register's printer threads do with it.

use comanda::domain::slip::{Ticket, TicketKind, TicketLine};
use comanda::domain::{LocalNumber, OrderId, OrderType, Slip, StationId, Timestamp};
use comanda::printing::{Condition, Load, MODELS, Marks, Outcome, Paper, Printer, Proof, Trouble, encode, layout};
use comanda::runtime::printers::{Device, Patience, PrinterThread, Told};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A printer that listens on a port of this machine. It serves one connection after the other until the test ends.
pub struct VirtualPrinter {
    port: u16,
    paper: Arc<Mutex<Paper>>,
}

impl VirtualPrinter {
    /// Switches one on; it hangs up after `dies_after` bytes of a connection.
    pub fn start(columns: usize, dies_after: Option<usize>) -> VirtualPrinter {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let paper = Arc::new(Mutex::new(Paper::new(columns)));
        let shared = Arc::clone(&paper);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), &shared, dies_after.unwrap_or(usize::MAX));
            }
        });
        VirtualPrinter { port, paper }
    }

    /// How the register reaches it.
    pub fn device(&self) -> Device {
        Device::Tcp { host: "127.0.0.1".into(), port: self.port }
    }

    /// Changes what its sensors see.
    pub fn set_condition(&self, condition: Condition) {
        self.paper.lock().unwrap().set_condition(condition);
    }

    /// What is on its paper.
    pub fn text(&self) -> String {
        self.paper.lock().unwrap().text()
    }
}

fn serve(mut stream: TcpStream, paper: &Mutex<Paper>, dies_after: usize) {
    let mut bytes = [0_u8; 512];
    let mut taken = 0;
    while let Ok(more @ 1..) = stream.read(&mut bytes) {
        taken += more;
        let replies = {
            let mut paper = paper.lock().unwrap();
            paper.feed(&bytes[..more]).unwrap();
            paper.take_replies()
        };
        if taken > dies_after || stream.write_all(&replies).is_err() {
            return;
        }
    }
}

/// A kitchen ticket that says `name`, so many times, for a printer with that proof.
fn ticket(name: &str, lines: usize, proof: Proof) -> Load {
    let line =
        TicketLine { quantity: 2, name: name.into(), modifiers: vec!["+ Extra cheese".into()], note: None, course: 1 };
    let slip = Slip::Ticket(Ticket {
        order_id: OrderId::read("order_01890a5d-ac96-774b-bcce-b302099a8057").unwrap(),
        local_number: LocalNumber("T1-0042".into()),
        station: StationId::from("kitchen"),
        kind: TicketKind::New,
        order_type: OrderType::DineIn,
        table: Some("12".into()),
        covers: Some(2),
        customer_name: None,
        delivery: None,
        due_at: None,
        server: "Ana".into(),
        sent_at: Timestamp::utc(1_773_491_400_000),
        kitchen_notes: None,
        lines: vec![line; lines],
        reason: None,
    });
    let printer = Printer::new("kitchen", &MODELS[0]);
    let bytes = encode(&layout(&slip, &printer, &Marks::default()), &printer);
    Load::new(&slip, bytes, proof, 7)
}

fn print(device: &Device, load: &Load) -> Outcome {
    device.print(7, load, Patience::USUAL)
}

#[test]
fn tickets_reach_the_paper_of_a_network_printer_in_turn() {
    let virtual_printer = VirtualPrinter::start(48, None);
    let (done, outcomes) = channel();
    let tell = move |told| done.send(told).unwrap();
    let thread = PrinterThread::spawn(virtual_printer.device(), "kitchen", Patience::USUAL, tell).unwrap();
    thread.send(1, ticket("Cheeseburger", 1, Proof::None));
    thread.send(2, ticket("Crème brûlée", 400, Proof::GsParenH));
    assert!(thread.finish(Duration::from_secs(30)));
    let expected = [(1, Outcome::Unconfirmed), (2, Outcome::Printed)].map(|(job, outcome)| Told::Done { job, outcome });
    assert_eq!(outcomes.iter().collect::<Vec<_>>(), expected);
    let text = virtual_printer.text();
    assert_eq!(text.matches("Cheeseburger").count(), 1, "{text}");
    assert_eq!(text.matches("Crème brûlée").count(), 400);
    assert!(text.find("Cheeseburger") < text.find("Crème brûlée"), "in turn");
    assert!(text.contains("+ Extra cheese") && text.contains("T1-0042"), "{text}");
}

#[test]
fn a_printer_without_paper_gets_nothing_and_prints_once_when_it_has_some() {
    let printer = VirtualPrinter::start(48, None);
    let job = ticket("Cheeseburger", 1, Proof::GsR);
    // sensors, what keeps it from printing
    let rows = [
        (Condition { paper_out: true, ..Condition::default() }, Trouble::PaperOut),
        (Condition { cover_open: true, ..Condition::default() }, Trouble::CoverOpen),
    ];
    for (condition, trouble) in rows {
        printer.set_condition(condition);
        assert_eq!(print(&printer.device(), &job), Outcome::NotStarted(trouble.words().into()));
        assert_eq!(printer.device().probe(Patience::USUAL), Err(trouble.words().into()));
    }
    printer.set_condition(Condition { paper_low: true, drawer_open: true, ..Condition::default() });
    assert_eq!(printer.text(), "");
    assert_eq!(printer.device().probe(Patience::USUAL), Ok(()));
    assert_eq!(print(&printer.device(), &job), Outcome::Printed);
    assert_eq!(printer.text().matches("Cheeseburger").count(), 1);
}

#[test]
fn a_printer_that_dies_in_the_middle_breaks_the_job() {
    let printer = VirtualPrinter::start(48, Some(2_000));
    // More than any socket keeps on its way, so that the death is noticed while writing.
    let outcome = print(&printer.device(), &ticket("Cheeseburger", 200_000, Proof::None));
    assert!(matches!(&outcome, Outcome::Broken(why) if why.contains("hung up")), "{outcome:?}");
}

#[test]
fn a_printer_that_is_off_has_started_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let outcome = print(&Device::Tcp { host: "localhost".into(), port }, &ticket("Cheeseburger", 1, Proof::None));
    assert!(matches!(&outcome, Outcome::NotStarted(why) if why.contains("connection refused")), "{outcome:?}");
}
