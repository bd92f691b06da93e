//! Printers: what they were given, what came out, and how they misbehave.

use super::dice::Dice;
use crate::domain::slip::Destination;
use crate::printing::{Model, Outcome, Printer, Trouble};
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
    /// Every job stops in its middle.
    Jams,
    /// Jobs come out whole, and its answer is not waited for.
    Mute,
}

impl Mood {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Mood::Well => "is well",
            Mood::Away => "is away",
            Mood::NoPaper => "has no paper",
            Mood::Jams => "jams",
            Mood::Mute => "answers too late",
        }
    }
}

/// What came out of a printer for one job, each time that it was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Of which job.
    pub job: i64,
    /// It says that it may be the second.
    pub marked: bool,
    /// All of it came out.
    pub whole: bool,
    /// What it says, as a number: another one is another slip.
    pub content: u64,
    /// How often the power of its register had been cut before.
    pub boots: u32,
}

/// A printer of a register.
#[derive(Debug)]
pub struct Hand {
    /// What it can do.
    pub printer: Printer,
    /// How it is.
    pub mood: Mood,
    /// What came out of it.
    pub sheets: Vec<Sheet>,
}

/// The mark on what may be a second print, as it stands among a job's bytes.
const MARK: &[u8] = b"DUPLICATE?";

impl Hand {
    /// Takes a job; says after how many milliseconds it answers, and what.
    pub fn print(&mut self, job: i64, bytes: &[u8], boots: u32, dice: &mut Dice) -> (i64, Outcome) {
        let mut came_out = |whole| {
            let marked = bytes.windows(MARK.len()).any(|part| part == MARK);
            // FNV-1a.
            let add = |all: u64, byte: &u8| (all ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
            let content = bytes.iter().fold(0xcbf2_9ce4_8422_2325, add);
            self.sheets.push(Sheet { job, marked, whole, content, boots });
        };
        match self.mood {
            Mood::Away => (dice.between(1, 3_000), Outcome::NotStarted("connection refused".to_owned())),
            Mood::NoPaper => (dice.between(5, 200), Outcome::NotStarted(Trouble::PaperOut.words().to_owned())),
            Mood::Jams => {
                came_out(false);
                (dice.between(50, 2_000), Outcome::Broken("the printer hung up in the middle".to_owned()))
            }
            Mood::Mute => {
                came_out(true);
                (10_000, Outcome::Broken("the printer did not answer in 10 s".to_owned()))
            }
            Mood::Well => {
                came_out(true);
                (dice.between(20, 900), Outcome::Printed)
            }
        }
    }

    /// What it says when it is asked how it is.
    pub fn says(&self) -> Result<(), String> {
        match self.mood {
            Mood::Away => Err("connection refused".to_owned()),
            Mood::NoPaper => Err(Trouble::PaperOut.words().to_owned()),
            Mood::Jams | Mood::Mute | Mood::Well => Ok(()),
        }
    }
}

/// The printer of everything that is for the guest.
pub const RECEIPTS: &str = "receipt";

/// The printers of every register.
pub fn printers() -> Vec<Hand> {
    let model = Model::named("generic-80").expect("the table of models holds the usual one");
    let hand = |name: &str| Hand { printer: Printer::new(name, model), mood: Mood::Well, sheets: Vec::new() };
    [RECEIPTS, "kitchen", "bar"].map(hand).into()
}

/// Which paper goes to which.
pub fn routes() -> BTreeMap<Destination, String> {
    let station = |name: &str| (Destination::Station(name.into()), name.to_owned());
    BTreeMap::from([(Destination::Register, RECEIPTS.to_owned()), station("kitchen"), station("bar")])
}
