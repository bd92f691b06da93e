//! The world of one evening: who is in it, and what happens next, in virtual time, on one thread. What a box does when
//! something happens to it stands in `deeds`, what goes wrong in `mishaps`, what goes over the network in `wires`.

use super::borders::Borders;
use super::central::{CentralBox, Known};
use super::checks;
use super::dice::Dice;
use super::house::{self, House};
use super::kitchen::Screen;
use super::laws::Versions;
use super::limits::{
    BUSY_MS, EVENTS_MAX, FINDINGS_MAX, KITCHENS_PER_MILLE, PEACE_MS, REGISTERS_MAX, TWO_LOCATIONS_PER_MILLE,
};
use super::machine::{Death, Machine, OPENS};
use super::network::Way;
use super::paper::{Hand, Printing};
use super::register::Register;
use super::shown::Handed;
use super::trace::Trace;
use super::trouble::{Trouble, Troubles};
use super::wires::Waiting;
use crate::app::Input;
use crate::domain::LocationId;
use crate::printing::Outcome;
use crate::sync::LineTrouble;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

/// Something that will happen.
#[derive(Debug)]
pub(super) enum Event {
    /// A cashier presses a key, or a cook.
    Key,
    /// An alarm goes off.
    Woke(u64),
    /// A printer answers for a job.
    Printed { printer: usize, job: i64, outcome: Outcome },
    /// A printer answers how it is.
    Probed { printer: usize },
    /// The log of a store is moved into its file.
    Checkpoint,
    /// A box dies.
    Dies(Death),
    /// A box starts again after a death.
    Starts(Death),
    /// A disk is well again.
    DiskMended,
    /// A printer is well again.
    PrinterMended(usize),
    /// A clock is set right.
    ClockSetRight,
    /// A request reaches the server.
    Arrives { to: To, call: u64, request: http::Request<Vec<u8>> },
    /// A box hears of a call.
    Replied { call: u64, reply: Result<http::Response<Vec<u8>>, LineTrouble> },
    /// Somebody who waits for news has waited long enough.
    WaitIsOver(u64),
    /// A way to the server is clear again.
    WayCleared,
    /// The server starts.
    ServerStarts,
    /// The server's disk is well again.
    ServerDiskMended,
    /// The server accepts orders and payments again.
    ServerAccepts,
    /// The next trouble, somewhere.
    Trouble(Trouble),
    /// No more guests, and everything is mended.
    Peace,
    /// The houses are shut for five weeks.
    Holidays,
    /// The evening is over, if nothing is under way.
    Closing,
    /// And nothing was under way for a while.
    Closed,
}

/// One of the boxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Register(usize),
    Kitchen(usize),
}

/// For whom something is meant, and for which life of it; nothing else reaches a later one.
#[derive(Debug, Clone, Copy)]
pub(super) struct To {
    pub who: Who,
    pub life: Option<u32>,
}

impl To {
    /// What is nobody's, or everybody's.
    pub const ALL: To = To { who: Who::Register(0), life: None };

    /// Somebody in whatever life.
    pub fn any_life(who: Who) -> To {
        To { who, life: None }
    }
}

/// How often things happened, for whoever wants to know what an evening covered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts(pub BTreeMap<&'static str, u64>);

impl Counts {
    /// Counts one more.
    pub fn one(&mut self, what: &'static str) {
        self.many(what, 1);
    }

    /// Counts several more.
    pub fn many(&mut self, what: &'static str, times: u64) {
        *self.0.entry(what).or_default() += times;
    }

    /// Adds those of another evening.
    pub fn add(&mut self, other: &Counts) {
        other.0.iter().for_each(|(what, times)| self.many(what, *times));
    }
}

/// Everything there is.
pub struct World {
    pub(super) now_ms: i64,
    /// By how much the calendar has leapt for everybody, in milliseconds.
    pub(super) calendar_ms: i64,
    pub(super) dice: Dice,
    agenda: BTreeMap<(i64, u64), (To, Event)>,
    entered: u64,
    pub(super) registers: Vec<Register>,
    pub(super) kitchens: Vec<Screen>,
    /// Every printer of every house.
    pub(super) hands: Vec<Hand>,
    pub(super) central: CentralBox,
    pub(super) waiting: Vec<Waiting>,
    pub(super) waited: u64,
    pub(super) versions: Versions,
    pub(super) handed: Handed,
    pub(super) borders: Borders,
    /// Orders in the books, and records of conflicts, of a server that was set back.
    pub(super) forgotten: BTreeSet<String>,
    pub(super) troubles: Troubles,
    pub(super) is_peace: bool,
    pub(super) peace_from_ms: i64,
    pub(super) is_over: bool,
    trace: Rc<RefCell<Trace>>,
    /// What was found wrong.
    pub wrong: Vec<String>,
    /// What happened how often.
    pub counts: Counts,
}

/// Who stands in which house.
fn people(dice: &mut Dice) -> Vec<Known> {
    let locations: &[&str] = if dice.chance(TWO_LOCATIONS_PER_MILLE) { &["L1", "L2"] } else { &["L1"] };
    // Two houses often have given the same names, and so they give the same numbers.
    let is_same = dice.chance(700);
    let mut known: Vec<Known> = Vec::new();
    for location in locations {
        let registers = 1 + dice.below(REGISTERS_MAX + 1 - locations.len() as u64);
        let from = if is_same { 0 } else { known.len() as u64 };
        let fallen = dice.below(1_000);
        let kitchens = match (fallen < KITCHENS_PER_MILLE.1, fallen < KITCHENS_PER_MILLE.0 + KITCHENS_PER_MILLE.1) {
            (true, _) => 2,
            (false, true) => 1,
            (false, false) => 0,
        };
        let location_id = LocationId::from(*location);
        let device = |name: String, is_kitchen| Known { location_id: location_id.clone(), name, is_kitchen };
        let kitchens = ["pass", "grill"].into_iter().take(kitchens);
        known.extend((1..=registers).map(|nth| device(format!("T{}", from + nth), false)));
        known.extend(kitchens.map(|name| device(name.to_owned(), true)));
    }
    known
}

impl World {
    /// Houses before they open.
    ///
    /// # Errors
    /// A sentence, when their files cannot be made.
    pub fn new(seed: u64, folder: &Path, trace: Rc<RefCell<Trace>>) -> Result<World, String> {
        let mut dice = Dice::new(seed);
        let known = people(&mut dice);
        let locations: BTreeSet<LocationId> = known.iter().map(|it| it.location_id.clone()).collect();
        let (mut registers, mut kitchens, mut hands) = (Vec::<Register>::new(), Vec::new(), Vec::new());
        for location_id in &locations {
            let printing = Printing::of(&mut dice);
            hands.extend(printing.shared(location_id));
            for known in known.iter().filter(|known| known.location_id == *location_id) {
                let machine = Machine::new(location_id, &known.name, locations.len() == 1, folder, &mut dice)?;
                if known.is_kitchen {
                    kitchens.push(Screen::new(kitchens.len(), machine, folder)?);
                } else {
                    hands.push(printing.own(location_id, registers.len()));
                    registers.push(Register::new(registers.len(), machine, &printing, folder)?);
                }
            }
        }
        let troubles = Troubles::of(&mut dice);
        let central = CentralBox::new(folder, known, &mut dice)?;
        registers.iter_mut().for_each(|register| register.bytes_max = central.bytes_max);
        let mut world = World {
            now_ms: 0,
            calendar_ms: 0,
            central,
            dice,
            agenda: BTreeMap::new(),
            entered: 0,
            registers,
            kitchens,
            hands,
            waiting: Vec::new(),
            waited: 0,
            versions: Versions::default(),
            handed: Handed::default(),
            borders: Borders::between(locations),
            forgotten: BTreeSet::new(),
            troubles,
            is_peace: false,
            peace_from_ms: 0,
            is_over: false,
            trace,
            wrong: Vec::new(),
            counts: Counts::default(),
        };
        world.opens();
        Ok(world)
    }

    fn opens(&mut self) {
        let titles: Vec<&str> = self.everybody().into_iter().map(|who| self.machine(who).title.as_str()).collect();
        self.say("world", &format!("{}, {:?}", titles.join(" "), self.troubles));
        self.counts.many("kitchens", self.kitchens.len() as u64);
        self.counts.many("locations", self.central.locations().len() as u64);
        let busy_ms = self.dice.between(BUSY_MS.0, BUSY_MS.1);
        self.enter(busy_ms, To::ALL, Event::Peace);
        self.enter(busy_ms + PEACE_MS.0, To::ALL, Event::Closing);
        let (after_ms, trouble) = self.troubles.next(&mut self.dice);
        self.enter(after_ms, To::ALL, Event::Trouble(trouble));
        self.server_starts();
        for who in self.everybody() {
            self.starts(who, None);
        }
    }

    /// Lets the evening pass.
    pub fn runs(&mut self) {
        for _ in 0..EVENTS_MAX {
            let Some(((at_ms, _), (to, event))) = self.agenda.pop_first() else { return };
            self.now_ms = at_ms;
            if to.life.is_none_or(|life| life == self.machine(to.who).life) {
                self.happens(to.who, event);
            }
            if self.is_over {
                return;
            }
        }
        self.finds(format!("the evening does not end: {EVENTS_MAX} things happened"));
    }

    /// Holds everything against what it must be.
    pub fn checks(&mut self) {
        for nth in 0..self.registers.len() {
            let register = &self.registers[nth];
            let mut wrong = register.broken_promises(None, register.machine.clock(self.now_ms));
            wrong.extend(checks::register(nth, register, &self.hands, &mut self.counts));
            let title = register.machine.title.clone();
            wrong.into_iter().for_each(|what| self.finds(format!("{title}: {what}")));
        }
        let mut wrong = self.versions.obey_laws(&mut self.counts);
        for location_id in self.central.locations() {
            let registers = self.registers.iter().filter(|it| it.machine.location_id == location_id).collect();
            let kitchens = self.kitchens.iter().filter(|it| it.machine.location_id == location_id).collect();
            let house = House {
                location_id,
                registers,
                kitchens,
                forgotten: &self.forgotten,
                handed: &self.handed,
                borders: &self.borders,
                at_ms: self.now_ms,
                now: OPENS.plus_millis(self.now_ms + self.calendar_ms),
            };
            wrong.extend(checks::stations(&house.registers));
            wrong.extend(house::house(&house, &mut self.central, &mut self.counts));
        }
        wrong.into_iter().for_each(|what| self.finds(what));
    }

    pub(super) fn say(&self, who: &str, what: &str) {
        self.trace.borrow_mut().say(self.now_ms, who, what);
    }

    /// Says something of a box.
    pub(super) fn tells_of(&self, who: Who, what: &str) {
        self.say(&self.machine(who).title, what);
    }

    pub(super) fn finds(&mut self, what: String) {
        self.say("WRONG", &what);
        self.wrong.push(what);
        self.is_over |= self.wrong.len() >= FINDINGS_MAX;
    }

    pub(super) fn enter(&mut self, after_ms: i64, to: To, event: Event) {
        self.entered += 1;
        self.agenda.insert((self.now_ms + after_ms.max(0), self.entered), (to, event));
    }

    /// Enters something for a box as it lives now.
    pub(super) fn later(&mut self, after_ms: i64, who: Who, event: Event) {
        let to = self.to(who);
        self.enter(after_ms, to, event);
    }

    /// A box as it lives now.
    pub(super) fn to(&self, who: Who) -> To {
        To { who, life: Some(self.machine(who).life) }
    }

    pub(super) fn machine(&self, who: Who) -> &Machine {
        match who {
            Who::Register(nth) => &self.registers[nth].machine,
            Who::Kitchen(nth) => &self.kitchens[nth].machine,
        }
    }

    pub(super) fn machine_mut(&mut self, who: Who) -> &mut Machine {
        match who {
            Who::Register(nth) => &mut self.registers[nth].machine,
            Who::Kitchen(nth) => &mut self.kitchens[nth].machine,
        }
    }

    /// Every box but the server's.
    pub(super) fn everybody(&self) -> Vec<Who> {
        let registers = (0..self.registers.len()).map(Who::Register);
        registers.chain((0..self.kitchens.len()).map(Who::Kitchen)).collect()
    }

    fn happens(&mut self, who: Who, event: Event) {
        match event {
            Event::Key => self.key(who),
            Event::Woke(alarm) if alarm == self.machine(who).alarm => self.tell(who, Input::Woke),
            Event::Woke(_) => {}
            Event::Printed { printer, job, outcome } => {
                let name = self.hands[printer].printer.name.clone();
                self.tells_of(who, &format!("{name} on job {job}: {outcome:?}"));
                self.tell(who, Input::Printed { printer: name, job, outcome });
            }
            Event::Probed { printer } => {
                let hand = &self.hands[printer];
                let (printer, says) = (hand.printer.name.clone(), hand.says());
                self.tell(who, Input::Probed { printer, says });
            }
            Event::Checkpoint => self.checkpoint(who),
            Event::Dies(death) => self.dies(who, death),
            Event::Starts(death) => self.starts(who, Some(death)),
            Event::DiskMended => self.disk_is_mended(who),
            Event::PrinterMended(printer) => self.mends_printer(printer),
            Event::ClockSetRight => self.set_clock(who, 0),
            Event::Arrives { to, call, request } => self.arrives(to, call, request),
            Event::Replied { call, reply } => self.replied(who, call, reply),
            Event::WaitIsOver(number) => self.wait_is_over(number),
            Event::WayCleared => self.way_becomes(who, Way::Clear),
            Event::ServerStarts => self.server_starts(),
            Event::ServerDiskMended => self.server_disk_is_mended(),
            Event::ServerAccepts => self.server_accepts(true),
            Event::Trouble(trouble) => self.trouble(trouble),
            Event::Peace => self.peace(),
            Event::Closing => self.closing(),
            Event::Closed => self.closed(),
            Event::Holidays => self.holidays(),
        }
    }
}
