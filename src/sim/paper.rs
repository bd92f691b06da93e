//! Printers: those of a house's stations, which all its registers share, and one beside each register; what they were
//! given, what came out, and how they misbehave.

use super::dice::Dice;
use crate::domain::LocationId;
use crate::domain::Slip;
use crate::domain::slip::{Destination, TicketKind};
use crate::printing::{Awaits, Load, Model, Outcome, Paper, Printer, Trouble};
use std::collections::BTreeMap;

/// How a printer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Well.
    Well,
    /// Nothing answers.
    Away,
    /// It says that it has no paper.
    NoPaper,
    /// It says that somebody has opened it.
    Open,
    /// Every job stops in its middle.
    Jams,
    /// The next job stops in its middle, and then nothing answers.
    Dies,
    /// Jobs come out whole, and its answer is not waited for.
    Mute,
    /// Jobs come out whole, and it takes its time.
    Slow,
}

impl Mood {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Mood::Well => "is well",
            Mood::Away => "is away",
            Mood::NoPaper => "has no paper",
            Mood::Open => "stands open",
            Mood::Jams => "jams",
            Mood::Dies => "is about to die",
            Mood::Mute => "answers too late",
            Mood::Slow => "is slow",
        }
    }
}

/// What came out of a printer for one job, each time that it was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Of which register.
    pub register: usize,
    /// Of which of its jobs.
    pub job: i64,
    /// It says that it may be the second.
    pub marked: bool,
    /// All of it came out.
    pub whole: bool,
    /// How often the power of its register had been cut before.
    pub boots: u32,
    /// What was to be on it.
    pub slip: Slip,
}

/// A job as it is handed over.
#[derive(Debug)]
pub struct Job<'a> {
    /// Of which register.
    pub register: usize,
    /// Which of its jobs.
    pub job: i64,
    /// How often the power of that register had been cut before.
    pub boots: u32,
    /// What its spool says that it is.
    pub slip: Slip,
    /// What goes over the wire.
    pub load: &'a Load,
}

/// A printer.
#[derive(Debug)]
pub struct Hand {
    /// What it can do.
    pub printer: Printer,
    /// How it is.
    pub mood: Mood,
    /// What came out of it.
    pub sheets: Vec<Sheet>,
    /// Where it stands.
    pub location_id: LocationId,
    /// The register beside which it stands; none when it is a station's, or spare.
    beside: Option<usize>,
    /// Until when it prints for somebody.
    busy_until_ms: i64,
}

/// What came of a job that was handed over.
#[derive(Debug)]
pub struct Printed {
    /// After how many milliseconds the printer answers.
    pub after_ms: i64,
    /// What it answers.
    pub outcome: Outcome,
    /// How long it is dead from now on, if it is, in milliseconds.
    pub dies_for_ms: Option<i64>,
    /// What happened that is worth counting.
    pub counted: Option<&'static str>,
    /// What is wrong with what it was given.
    pub wrong: Option<String>,
}

/// The mark on what may be a second print.
const DUPLICATE: &str = "DUPLICATE?";

impl Hand {
    fn new(location_id: &LocationId, printer: &Printer, beside: Option<usize>) -> Hand {
        Hand {
            printer: printer.clone(),
            mood: Mood::Well,
            sheets: Vec::new(),
            location_id: location_id.clone(),
            beside,
            busy_until_ms: 0,
        }
    }

    /// Whether a register of a location means this one by a name.
    pub fn is_called(&self, name: &str, location_id: &LocationId, register: usize) -> bool {
        let is_there = self.beside.is_none_or(|beside| beside == register);
        is_there && self.printer.name == name && self.location_id == *location_id
    }

    /// Whether all registers of its house print on it.
    pub fn is_shared(&self) -> bool {
        self.beside.is_none()
    }

    /// What it is called in a trace.
    pub fn title(&self) -> String {
        match self.beside {
            Some(register) => format!("{} beside register {}", self.printer.name, register + 1),
            None => format!("{} at {}", self.printer.name, self.location_id),
        }
    }

    /// Takes a job.
    pub fn print(&mut self, job: Job<'_>, at_ms: i64, dice: &mut Dice) -> Printed {
        let Job { register, job, boots, slip, load } = job;
        let answers = |after_ms, outcome| Printed { after_ms, outcome, dies_for_ms: None, counted: None, wrong: None };
        let not_started = |why: &str| Outcome::NotStarted(why.to_owned());
        match self.mood {
            Mood::Away => return answers(dice.between(1, 3_000), not_started("connection refused")),
            Mood::NoPaper => return answers(dice.between(5, 200), not_started(Trouble::PaperOut.words())),
            Mood::Open => return answers(dice.between(5, 200), not_started(Trouble::CoverOpen.words())),
            Mood::Well | Mood::Jams | Mood::Dies | Mood::Mute | Mood::Slow => {}
        }
        // It serves one at a time: who comes meanwhile is turned away, or waits in the door.
        let waits_ms = (self.busy_until_ms - at_ms).max(0);
        if waits_ms > 0 && (waits_ms > 1_500 || dice.chance(500)) {
            let counted = Some("printers that were busy with somebody else's");
            return Printed { counted, ..answers(dice.between(20, 2_000), not_started("it is busy")) };
        }
        let whole = match self.mood {
            Mood::Jams | Mood::Dies => false,
            Mood::Well | Mood::Mute | Mood::Slow | Mood::Away | Mood::NoPaper | Mood::Open => true,
        };
        let mut paper = Paper::new(self.printer.columns);
        let unread = paper.feed(&load.bytes).err().map(|unknown| format!("it is {unknown}"));
        let text = paper.text();
        let wrong = unread.or_else(|| self.misprints(&slip, &text));
        let wrong = wrong.map(|what| format!("{}: job {job} of register {}: {what}", self.title(), register + 1));
        let marked = text.contains(DUPLICATE);
        self.sheets.push(Sheet { register, job, marked, whole, boots, slip });
        let done = if load.awaits == Awaits::Taken { Outcome::Unconfirmed } else { Outcome::Printed };
        let (after_ms, outcome) = match self.mood {
            Mood::Jams => (dice.between(50, 2_000), Outcome::Broken("the printer hung up in the middle".to_owned())),
            Mood::Dies => (dice.between(50, 9_000), Outcome::Broken("the printer fell silent".to_owned())),
            Mood::Mute => (10_000, Outcome::Broken("the printer did not answer in 10 s".to_owned())),
            Mood::Slow => (dice.between(2_000, 9_500), done),
            Mood::Well | Mood::Away | Mood::NoPaper | Mood::Open => (dice.between(20, 900), done),
        };
        let after_ms = waits_ms + after_ms;
        self.busy_until_ms = at_ms + after_ms;
        let dies_for_ms = (self.mood == Mood::Dies).then(|| {
            self.mood = Mood::Away;
            dice.between(2_000, 90_000)
        });
        let counted = dies_for_ms.map(|_| "printers that died in the middle");
        Printed { dies_for_ms, counted, wrong, ..answers(after_ms, outcome) }
    }

    /// What is wrong with what stands on a ticket: it says each line that was sent, once, and for which station it is
    /// where it came out elsewhere.
    fn misprints(&self, slip: &Slip, text: &str) -> Option<String> {
        let Slip::Ticket(ticket) = slip else { return None };
        let words: Vec<&str> = text.split_whitespace().collect();
        // Each word with its own spaces, so that what stands twice in a row is found twice.
        let spaced = |text: &str| text.split_whitespace().map(|word| format!(" {word} ")).collect::<String>();
        let said = spaced(text);
        let banner = spaced(&format!("*** FOR STATION {} ***", ticket.station.as_str().to_uppercase()));
        let is_its_own = own_printer(ticket.station.as_str()) == self.printer.name;
        if is_its_own == said.contains(&banner) || (is_its_own && said.contains(&spaced("FOR STATION"))) {
            return Some(format!("a ticket of {} is marked for a station, or is not: {text}", ticket.station));
        }
        let stop = if ticket.kind == TicketKind::Void { "VOID " } else { "" };
        let mut lines = BTreeMap::<String, usize>::new();
        for line in &ticket.lines {
            *lines.entry(spaced(&format!("{stop}{}x {}", line.quantity, line.name))).or_default() += 1;
        }
        // `+ 2x Cheese` is a modifier.
        let is_count =
            |word: &str| word.strip_suffix('x').is_some_and(|it| !it.is_empty() && it.parse::<u32>().is_ok());
        let counted = |pair: &&[&str]| is_count(pair[1]) && !matches!(pair[0], "+" | "-");
        let counts = words.windows(2).filter(counted).count();
        let lacks = lines.iter().find(|(line, times)| said.matches(line.as_str()).count() < **times);
        let has_number = said.contains(&spaced(ticket.local_number.0.as_str()));
        (lacks.is_some() || counts != ticket.lines.len() || !has_number)
            .then(|| format!("{} lines were sent, {lacks:?} is not there, and it says {text}", ticket.lines.len()))
    }

    /// What it says when it is asked how it is.
    pub fn says(&self) -> Result<(), String> {
        match self.mood {
            Mood::Away => Err("connection refused".to_owned()),
            Mood::NoPaper => Err(Trouble::PaperOut.words().to_owned()),
            Mood::Open => Err(Trouble::CoverOpen.words().to_owned()),
            Mood::Jams | Mood::Dies | Mood::Mute | Mood::Slow | Mood::Well => Ok(()),
        }
    }
}

/// The printer of everything that is for the guest.
pub const RECEIPTS: &str = "receipt";
/// Stations and their printers: two cook beside each other.
const STATIONS: &[(&str, &str)] = &[("kitchen", "kitchen"), ("cold", "kitchen"), ("grill", "grill"), ("bar", "bar")];
/// Which printers stand in for which: one house has one of these.
const SUBSTITUTES: &[&[(&str, &str)]] = &[
    &[("bar", "kitchen"), ("grill", "kitchen")],
    &[("bar", "kitchen"), ("grill", "kitchen"), ("kitchen", RECEIPTS)],
    &[("kitchen", "grill"), ("grill", "bar"), ("bar", RECEIPTS)],
    &[("kitchen", "spare"), ("grill", "spare"), ("bar", "spare"), ("spare", RECEIPTS)],
    &[],
];
/// What a house buys: the usual one more often than not.
const MODELS: &[&str] = &["generic-80", "generic-80", "generic-80", "epson-tm-t88", "epson-tm-u220", "generic-58"];

/// How a house prints.
#[derive(Debug, Clone)]
pub struct Printing {
    /// The printers that a register knows, its own first.
    pub printers: Vec<Printer>,
    /// Which paper goes to which.
    pub routes: BTreeMap<Destination, String>,
    /// Which stands in for which.
    pub substitutes: BTreeMap<String, String>,
}

impl Printing {
    /// How a house prints.
    pub fn of(dice: &mut Dice) -> Printing {
        let substitutes = dice.one_of(SUBSTITUTES);
        let mut names = vec![RECEIPTS, "kitchen", "grill", "bar"];
        names.extend(substitutes.iter().any(|(_, to)| *to == "spare").then_some("spare"));
        let mut printer = |name: &str| {
            let known: Vec<&Model> = MODELS.iter().filter_map(|model| Model::named(model)).collect();
            Printer::new(name, dice.one_of(&known))
        };
        let station = |(name, printer): &(&str, &str)| (Destination::Station((*name).into()), (*printer).to_owned());
        let routes = STATIONS.iter().map(station).chain([(Destination::Register, RECEIPTS.to_owned())]);
        Printing {
            printers: names.into_iter().map(&mut printer).collect(),
            routes: routes.collect(),
            substitutes: substitutes.iter().map(|(of, to)| ((*of).to_owned(), (*to).to_owned())).collect(),
        }
    }

    /// The printers that all registers of a location share.
    pub fn shared(&self, location_id: &LocationId) -> Vec<Hand> {
        let shared = self.printers.iter().filter(|printer| printer.name != RECEIPTS);
        shared.map(|printer| Hand::new(location_id, printer, None)).collect()
    }

    /// The one beside a register.
    pub fn own(&self, location_id: &LocationId, register: usize) -> Hand {
        let printer = self.printers.iter().find(|printer| printer.name == RECEIPTS);
        Hand::new(location_id, printer.expect("every house prints receipts"), Some(register))
    }
}

/// The printer that a station's tickets come out of when nothing is wrong with it.
pub fn own_printer(station: &str) -> &'static str {
    STATIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(station)).map_or(RECEIPTS, |(_, printer)| printer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::slip::{Ticket, TicketLine};
    use crate::domain::{LocalNumber, OrderId, OrderType, Timestamp};
    use crate::printing::{Marks, Proof, encode, layout};

    const NOW: Timestamp = Timestamp { unix_ms: 1_773_491_400_000, offset_min: 60 };

    fn ticket(station: &str, lines: &[(u32, &str)]) -> Slip {
        let line = |&(quantity, name): &(u32, &str)| TicketLine {
            quantity,
            name: name.to_owned(),
            modifiers: vec!["+ 2x Cheese".to_owned()],
            note: None,
            course: 1,
        };
        Slip::Ticket(Ticket {
            order_id: OrderId::read("order_01890a5d-ac96-774b-bcce-b302099a8057").expect("an id reads"),
            local_number: LocalNumber("T1-0042".into()),
            station: station.into(),
            kind: TicketKind::New,
            order_type: OrderType::DineIn,
            table: None,
            covers: None,
            customer_name: None,
            delivery: None,
            due_at: None,
            server: "Dara".to_owned(),
            sent_at: NOW,
            kitchen_notes: None,
            lines: lines.iter().map(line).collect(),
            reason: None,
        })
    }

    /// A printer of that name with what is handed to it: what the spool says that it is, and what is really sent.
    fn prints(name: &str, mood: Mood, says: &Slip, sent: &Slip, marks: &Marks) -> (Hand, Printed) {
        let printer = Printer::new(name, Model::named("generic-58").expect("it is known"));
        let mut hand = Hand { mood, ..Hand::new(&"L1".into(), &printer, None) };
        let load = Load::new(sent, encode(&layout(sent, &printer, marks), &printer), Proof::GsR, 7);
        let job = Job { register: 0, job: 7, boots: 0, slip: says.clone(), load: &load };
        let printed = hand.print(job, 0, &mut Dice::new(1));
        (hand, printed)
    }

    #[test]
    fn a_ticket_says_each_line_once_and_its_station_where_it_is_elsewhere() {
        let long = "Grilled vegetables of the season with herbs";
        let two: &[(u32, &str)] = &[(1, "Onion soup gratinée"), (1, "Onion soup gratinée"), (12, long)];
        let (plain, elsewhere) = (Marks::default(), Marks::default().for_station("bar"));
        // legend, printer, what the spool says, what is sent, marks, whether it is right
        let rows = [
            ("at its own", "bar", two, two, &plain, true),
            ("elsewhere, and said so", "kitchen", two, two, &elsewhere, true),
            ("elsewhere, and not said", "kitchen", two, two, &plain, false),
            ("at its own, and marked", "bar", two, two, &elsewhere, false),
            ("a line less", "bar", two, &two[1..], &plain, false),
            ("a line more", "bar", &two[1..], two, &plain, false),
            ("another quantity", "bar", two, &[(1, two[0].1), (2, two[0].1), (12, long)], &plain, false),
        ];
        for (legend, name, says, sent, marks, is_right) in rows {
            let (_, printed) = prints(name, Mood::Well, &ticket("bar", says), &ticket("bar", sent), marks);
            assert_eq!(printed.wrong.is_none(), is_right, "{legend}: {:?}", printed.wrong);
        }
    }

    #[test]
    fn a_printer_that_dies_leaves_a_part_and_answers_nobody_any_more() {
        let slip = ticket("bar", &[(1, "Cola")]);
        // mood, whole sheets and parts, whether bytes had left when it failed, mood afterwards
        let rows = [
            (Mood::Well, (1, 0), false, Mood::Well),
            (Mood::Slow, (1, 0), false, Mood::Slow),
            (Mood::Mute, (1, 0), true, Mood::Mute),
            (Mood::Jams, (0, 1), true, Mood::Jams),
            (Mood::Dies, (0, 1), true, Mood::Away),
            (Mood::Away, (0, 0), false, Mood::Away),
            (Mood::Open, (0, 0), false, Mood::Open),
            (Mood::NoPaper, (0, 0), false, Mood::NoPaper),
        ];
        for (mood, sheets, broken, after) in rows {
            let (hand, printed) = prints("bar", mood, &slip, &slip, &Marks::default());
            let whole = hand.sheets.iter().filter(|sheet| sheet.whole).count();
            assert_eq!((whole, hand.sheets.len() - whole), sheets, "{mood:?}");
            assert_eq!(matches!(printed.outcome, Outcome::Broken(_)), broken, "{mood:?}");
            assert_eq!((hand.mood, printed.dies_for_ms.is_some()), (after, mood == Mood::Dies), "{mood:?}");
        }
    }
}
