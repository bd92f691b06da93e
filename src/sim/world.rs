//! The world of one evening: what happens next, in virtual time, on one thread.

use super::central::CentralBox;
use super::checks;
use super::dice::Dice;
use super::disk::{self, Ailment};
use super::house;
use super::laws::Versions;
use super::limits::{
    BUSY_MS, EVENTS_MAX, IDLE_CALLS_MAX, IDLE_MS, IN_HAND_CALLS_MAX, MONTH_MS, PEACE_MS, REGISTERS_MAX,
};
use super::network::Way;
use super::paper::Mood;
use super::register::{Death, OPENS, Register};
use super::trace::Trace;
use super::trouble::{Trouble, Troubles, leap};
use super::wires::Waiting;
use crate::app::{Effect, Input};
use crate::printing::Outcome;
use crate::store::care::Checkpointer;
use crate::sync::LineTrouble;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::rc::Rc;

/// Something that will happen.
#[derive(Debug)]
pub(super) enum Event {
    /// A cashier presses a key.
    Key,
    /// An alarm goes off.
    Woke(u64),
    /// A printer answers for a job.
    Printed { printer: usize, job: i64, outcome: Outcome },
    /// A printer answers how it is.
    Probed { printer: usize },
    /// The log of a store is moved into its file.
    Checkpoint,
    /// A register dies.
    Dies(Death),
    /// A register starts again after a death.
    Starts(Death),
    /// A disk is well again.
    DiskMended,
    /// A printer is well again.
    PrinterMended(usize),
    /// A clock is set right.
    ClockSetRight,
    /// A request reaches the server.
    Arrives { to: To, call: u64, request: http::Request<Vec<u8>> },
    /// A register hears of a call.
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
    /// The house is shut for five weeks.
    Holidays,
    /// The evening is over, if nothing is under way.
    Closing,
    /// And nothing was under way for a while.
    Closed,
}

/// What is meant for a register, and for which life of it; nothing else reaches a later one.
#[derive(Debug, Clone, Copy)]
pub(super) struct To {
    pub nth: usize,
    pub life: Option<u32>,
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
    pub(super) central: CentralBox,
    pub(super) waiting: Vec<Waiting>,
    pub(super) waited: u64,
    pub(super) versions: Versions,
    /// Orders in the books, and records of conflicts, of a server that was set back.
    pub(super) forgotten: BTreeSet<String>,
    troubles: Troubles,
    is_peace: bool,
    peace_from_ms: i64,
    is_over: bool,
    trace: Rc<RefCell<Trace>>,
    /// What was found wrong.
    pub wrong: Vec<String>,
    /// What happened how often.
    pub counts: Counts,
}

impl World {
    /// A house before it opens.
    ///
    /// # Errors
    /// A sentence, when its files cannot be made.
    pub fn new(seed: u64, folder: &Path, trace: Rc<RefCell<Trace>>) -> Result<World, String> {
        let mut dice = Dice::new(seed);
        let many = 1 + dice.below(REGISTERS_MAX);
        let mut registers = Vec::new();
        for nth in 0..usize::try_from(many).unwrap_or(1) {
            registers.push(Register::new(nth, folder, &mut dice)?);
        }
        let troubles = Troubles::of(&mut dice);
        let central = CentralBox::new(folder, many, &mut dice)?;
        registers.iter_mut().for_each(|register| register.bytes_max = central.bytes_max);
        let mut world = World {
            now_ms: 0,
            calendar_ms: 0,
            central,
            dice,
            agenda: BTreeMap::new(),
            entered: 0,
            registers,
            waiting: Vec::new(),
            waited: 0,
            versions: Versions::default(),
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
        self.say("world", &format!("{} registers, {:?}", self.registers.len(), self.troubles));
        let busy_ms = self.dice.between(BUSY_MS.0, BUSY_MS.1);
        let all = To { nth: 0, life: None };
        self.enter(busy_ms, all, Event::Peace);
        self.enter(busy_ms + PEACE_MS.0, all, Event::Closing);
        let (after_ms, trouble) = self.troubles.next(&mut self.dice);
        self.enter(after_ms, all, Event::Trouble(trouble));
        self.server_starts();
        for nth in 0..self.registers.len() {
            self.starts(nth, None);
        }
    }

    /// Lets the evening pass.
    pub fn runs(&mut self) {
        for _ in 0..EVENTS_MAX {
            let Some(((at_ms, _), (to, event))) = self.agenda.pop_first() else { return };
            self.now_ms = at_ms;
            if to.life.is_none_or(|life| life == self.registers[to.nth].life) {
                self.happens(to.nth, event);
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
            let now = self.registers[nth].clock(self.now_ms);
            let mut wrong = self.registers[nth].broken_promises(None, now);
            wrong.extend(checks::register(&self.registers[nth], &mut self.counts));
            for what in wrong {
                let name = self.registers[nth].name.clone();
                self.finds(format!("{name}: {what}"));
            }
        }
        let now = OPENS.plus_millis(self.now_ms + self.calendar_ms);
        let mut wrong = checks::stations(&self.registers);
        wrong.extend(self.versions.obey_laws(&mut self.counts));
        wrong.extend(house::house(&self.registers, &mut self.central, &self.forgotten, now, &mut self.counts));
        wrong.into_iter().for_each(|what| self.finds(what));
    }

    pub(super) fn say(&self, who: &str, what: &str) {
        self.trace.borrow_mut().say(self.now_ms, who, what);
    }

    pub(super) fn finds(&mut self, what: String) {
        self.say("WRONG", &what);
        self.wrong.push(what);
    }

    pub(super) fn enter(&mut self, after_ms: i64, to: To, event: Event) {
        self.entered += 1;
        self.agenda.insert((self.now_ms + after_ms.max(0), self.entered), (to, event));
    }

    /// Enters something for a register as it lives now.
    fn later(&mut self, after_ms: i64, nth: usize, event: Event) {
        let to = self.to(nth);
        self.enter(after_ms, to, event);
    }

    /// A register as it lives now.
    pub(super) fn to(&self, nth: usize) -> To {
        To { nth, life: Some(self.registers[nth].life) }
    }

    fn happens(&mut self, nth: usize, event: Event) {
        match event {
            Event::Key => self.key(nth),
            Event::Woke(alarm) if alarm == self.registers[nth].alarm => self.tell(nth, Input::Woke),
            Event::Woke(_) => {}
            Event::Printed { printer, job, outcome } => {
                let name = self.registers[nth].hands[printer].printer.name.clone();
                self.say(&self.registers[nth].name, &format!("{name} on job {job}: {outcome:?}"));
                self.tell(nth, Input::Printed { printer: name, job, outcome });
            }
            Event::Probed { printer } => {
                let hand = &self.registers[nth].hands[printer];
                let (printer, says) = (hand.printer.name.clone(), hand.says());
                self.tell(nth, Input::Probed { printer, says });
            }
            Event::Checkpoint => self.checkpoint(nth),
            Event::Dies(death) => self.dies(nth, death),
            Event::Starts(death) => self.starts(nth, Some(death)),
            Event::DiskMended => {
                let refused = disk::mend(&self.registers[nth].directory());
                self.say(
                    &self.registers[nth].name,
                    &format!("its disk is well again, and had refused {refused} times"),
                );
            }
            Event::PrinterMended(printer) => self.mends_printer(nth, printer),
            Event::ClockSetRight => self.set_clock(nth, 0),
            Event::Arrives { to, call, request } => self.arrives(to, call, request),
            Event::Replied { call, reply } => self.replied(nth, call, reply),
            Event::WaitIsOver(number) => self.wait_is_over(number),
            Event::WayCleared => self.way_becomes(nth, Way::Clear),
            Event::ServerStarts => self.server_starts(),
            Event::ServerDiskMended => {
                disk::mend(&self.central.directory());
                self.say("server", "its disk is well again");
            }
            Event::ServerAccepts => self.server_accepts(true),
            Event::Trouble(trouble) => self.trouble(trouble),
            Event::Peace => self.peace(),
            Event::Closing => self.closing(),
            Event::Closed => self.closed(),
            Event::Holidays => self.holidays(),
        }
    }

    fn key(&mut self, nth: usize) {
        if self.is_peace {
            return;
        }
        let register = &mut self.registers[nth];
        let now = register.clock(self.now_ms);
        let Some(app) = &register.app else { return };
        let press = register.cashier.next(&app.desk(now), app.focus(), &mut self.dice);
        let name = register.name.clone();
        self.say(&name, &format!("key {}", press.key));
        self.counts.one("keys");
        let told_before = self.told(nth);
        self.tell(nth, Input::Key(press.key));
        let told = self.told(nth);
        if told != told_before
            && let Some(told) = told
        {
            self.say(&name, &format!("    \"{told}\""));
        }
        self.later(press.after_ms, nth, Event::Key);
    }

    fn told(&self, nth: usize) -> Option<String> {
        let register = &self.registers[nth];
        let desk = register.app.as_ref()?.desk(register.clock(self.now_ms));
        desk.notice.map(|notice| notice.text.clone())
    }

    /// Hands a register one input, and does what it asks.
    pub(super) fn tell(&mut self, nth: usize, input: Input) {
        let effects = self.registers[nth].handle(self.now_ms, input);
        self.does(nth, effects);
    }

    fn does(&mut self, nth: usize, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Print { printer, job, load } => self.prints(nth, &printer, job, &load.bytes),
                Effect::Probe { printer } => {
                    if let Some(printer) = self.hand(nth, &printer) {
                        let after_ms = self.dice.between(1, 500);
                        self.later(after_ms, nth, Event::Probed { printer });
                    }
                }
                Effect::Alarm(at) => {
                    let register = &mut self.registers[nth];
                    register.alarm += 1;
                    let (alarm, after_ms) = (register.alarm, at.millis_since(register.clock(self.now_ms)));
                    self.later(after_ms, nth, Event::Woke(alarm));
                }
                Effect::Checkpoint => {
                    let after_ms = self.dice.between(1, 200);
                    self.later(after_ms, nth, Event::Checkpoint);
                }
                Effect::Call(call) => self.calls(nth, call),
                Effect::Quit => self.finds(format!("{} has quit, and nobody asked it to", self.registers[nth].name)),
                Effect::Bell | Effect::Answer(_) | Effect::BackUp | Effect::Plug { .. } => {}
            }
        }
    }

    fn hand(&self, nth: usize, printer: &str) -> Option<usize> {
        self.registers[nth].hands.iter().position(|hand| hand.printer.name == printer)
    }

    fn prints(&mut self, nth: usize, printer: &str, job: i64, bytes: &[u8]) {
        let Some(at) = self.hand(nth, printer) else {
            let name = self.registers[nth].name.clone();
            return self.finds(format!("{name} prints on {printer}, which it has not"));
        };
        let boots = self.registers[nth].boots;
        let (after_ms, outcome) = self.registers[nth].hands[at].print(job, bytes, boots, &mut self.dice);
        self.counts.one("jobs handed to printers");
        self.later(after_ms, nth, Event::Printed { printer: at, job, outcome });
    }

    fn checkpoint(&mut self, nth: usize) {
        let file = self.registers[nth].store_file();
        let moved = Checkpointer::open(&file, Some(&super::register::key()))
            .map_err(|fault| fault.to_string())
            .and_then(|checkpointer| checkpointer.passive().map_err(|fault| fault.to_string()));
        let (what, settled) = match moved {
            Ok(moved) => (format!("its log was carried over: {moved:?}"), moved.settled),
            Err(fault) => (format!("its log was not carried over: {fault}"), None),
        };
        self.counts.one("checkpoints");
        self.say(&self.registers[nth].name, &what);
        self.tell(nth, Input::Settled(settled));
    }

    fn dies(&mut self, nth: usize, death: Death) {
        if self.registers[nth].app.is_none() {
            disk::mend(&self.registers[nth].directory());
            return;
        }
        let (word, counted) = match death {
            Death::Killed => ("is killed", "kills"),
            Death::PowerCut => ("loses its power", "power cuts"),
        };
        self.counts.one(counted);
        let name = self.registers[nth].name.clone();
        match self.registers[nth].die(death) {
            Ok(lost) => self.say(&name, &format!("{word}: {lost:?}")),
            Err(why) => self.finds(format!("{name}: {why}")),
        }
        let after_ms = self.dice.between(500, 20_000);
        self.later(after_ms, nth, Event::Starts(death));
    }

    fn starts(&mut self, nth: usize, after: Option<Death>) {
        let name = self.registers[nth].name.clone();
        match self.registers[nth].start(self.now_ms) {
            Ok(effects) => {
                self.say(&name, &format!("starts on life {}", self.registers[nth].life));
                let now = self.registers[nth].clock(self.now_ms);
                for what in self.registers[nth].broken_promises(after, now) {
                    self.finds(format!("{name}, after it was {after:?}: {what}"));
                }
                self.registers[nth].looks_again(now);
                self.does(nth, effects);
                let after_ms = self.dice.between(300, 4_000);
                self.later(after_ms, nth, Event::Key);
            }
            Err(why) if disk::refusals(&self.registers[nth].directory()) > 0 => {
                self.say(&name, &format!("does not start on a disk that fails: {why}"));
                disk::mend(&self.registers[nth].directory());
                let after_ms = self.dice.between(500, 5_000);
                self.later(after_ms, nth, Event::Starts(after.unwrap_or(Death::Killed)));
            }
            Err(why) => self.finds(format!("{name} does not start: {why}")),
        }
    }

    fn mends_printer(&mut self, nth: usize, printer: usize) {
        let hand = &mut self.registers[nth].hands[printer];
        hand.mood = Mood::Well;
        let what = format!("{} is well", hand.printer.name);
        self.say(&self.registers[nth].name, &what);
    }

    /// A clock that is set moves nothing else: what waits, waits as long as before.
    fn set_clock(&mut self, nth: usize, off_ms: i64) {
        if self.registers[nth].clock_off_ms == off_ms {
            return;
        }
        self.registers[nth].clock_off_ms = off_ms;
        self.say(&self.registers[nth].name, &format!("its clock is {off_ms} ms off"));
        self.counts.one("clocks set");
        self.tell(nth, Input::Woke);
    }

    fn trouble(&mut self, trouble: Trouble) {
        if self.is_peace {
            return;
        }
        let (after_ms, next) = self.troubles.next(&mut self.dice);
        self.enter(after_ms, To { nth: 0, life: None }, Event::Trouble(next));
        let nth = self.dice.place(self.registers.len());
        let name = self.registers[nth].name.clone();
        self.say(&name, &format!("trouble: {trouble:?}"));
        match trouble {
            Trouble::Kill => self.dies(nth, Death::Killed),
            Trouble::PowerCut => self.dies(nth, Death::PowerCut),
            Trouble::DiesWriting => self.dies_writing(nth, Death::Killed),
            Trouble::PowerCutWriting => self.dies_writing(nth, Death::PowerCut),
            Trouble::BadDisk => {
                let ailment = self.dice.one_of(&[Ailment::Full, Ailment::Errors]);
                let after = u32::try_from(self.dice.below(30)).unwrap_or(0);
                disk::ail(&self.registers[nth].directory(), after, ailment);
                let after_ms = self.dice.between(500, 20_000);
                self.later(after_ms, nth, Event::DiskMended);
                self.counts.one("disks that failed");
            }
            Trouble::Printer(mood) => {
                let printer = self.dice.place(self.registers[nth].hands.len());
                self.registers[nth].hands[printer].mood = mood;
                let what = format!("{} {}", self.registers[nth].hands[printer].printer.name, mood.word());
                self.say(&name, &what);
                let after_ms = self.dice.between(2_000, 120_000);
                self.enter(after_ms, To { nth, life: None }, Event::PrinterMended(printer));
                self.counts.one("printers that misbehaved");
            }
            Trouble::Clock => {
                let off_ms = leap(&mut self.dice);
                self.set_clock(nth, off_ms);
                let after_ms = self.dice.between(5_000, 300_000);
                self.enter(after_ms, To { nth, life: None }, Event::ClockSetRight);
            }
            Trouble::Way(way) => {
                let after_ms = self.dice.between(2_000, 240_000);
                // One alone, or all.
                let all = if self.dice.chance(300) { 0..self.registers.len() } else { nth..nth + 1 };
                for nth in all {
                    self.way_becomes(nth, way);
                    self.enter(after_ms, To { nth, life: None }, Event::WayCleared);
                }
                self.counts.one("ways that became worse");
            }
            Trouble::ServerKill => self.server_dies(Death::Killed),
            Trouble::ServerPowerCut => self.server_dies(Death::PowerCut),
            Trouble::ServerBadDisk => {
                let after = u32::try_from(self.dice.below(30)).unwrap_or(0);
                disk::ail(&self.central.directory(), after, Ailment::Errors);
                let after_ms = self.dice.between(500, 20_000);
                self.enter(after_ms, To { nth: 0, life: None }, Event::ServerDiskMended);
            }
            Trouble::ServerBusy => {
                self.server_accepts(false);
                let after_ms = self.dice.between(5_000, 200_000);
                self.enter(after_ms, To { nth: 0, life: None }, Event::ServerAccepts);
            }
            Trouble::ServerBackup if self.central.is_up() => self.server_backs_up(),
            Trouble::ServerBackup => {}
            Trouble::ServerSetBack => self.server_is_set_back(),
            Trouble::Holidays => {
                (0..self.registers.len()).for_each(|nth| self.way_becomes(nth, Way::Refused));
                let after_ms = self.dice.between(30_000, 200_000);
                self.enter(after_ms, To { nth, life: None }, Event::Holidays);
            }
        }
    }

    /// From some write on nothing reaches the disk, and a moment later the register is dead.
    fn dies_writing(&mut self, nth: usize, death: Death) {
        let after = u32::try_from(self.dice.below(12)).unwrap_or(0);
        disk::ail(&self.registers[nth].directory(), after, Ailment::Errors);
        let after_ms = self.dice.between(100, 4_000);
        self.later(after_ms, nth, Event::Dies(death));
    }

    fn peace(&mut self) {
        self.is_peace = true;
        self.peace_from_ms = self.now_ms;
        self.say("world", "peace");
        for nth in 0..self.registers.len() {
            disk::mend(&self.registers[nth].directory());
            for printer in 0..self.registers[nth].hands.len() {
                self.registers[nth].hands[printer].mood = Mood::Well;
            }
            self.set_clock(nth, 0);
            self.way_becomes(nth, Way::Clear);
        }
        disk::mend(&self.central.directory());
        self.central.bytes_max = usize::MAX;
        self.server_accepts(true);
    }

    /// A house that stays shut for five weeks, its machines asleep: all clocks show it, and nothing else happened. When
    /// it opens again the line stands, the server cannot write or accepts nothing yet, and all registers are started
    /// anew.
    fn holidays(&mut self) {
        self.calendar_ms += MONTH_MS;
        self.counts.one("holidays");
        self.say("world", "five weeks have passed");
        for nth in 0..self.registers.len() {
            self.registers[nth].calendar_ms = self.calendar_ms;
            self.way_becomes(nth, Way::Clear);
            self.tell(nth, Input::Woke);
        }
        if self.is_peace {
            return;
        }
        for nth in 0..self.registers.len() {
            let dies_ms = self.dice.between(1_000, 30_000);
            self.later(dies_ms, nth, Event::Dies(Death::Killed));
        }
        let mended_ms = self.dice.between(60_000, 240_000);
        let mended = if self.dice.chance(500) {
            disk::ail(&self.central.directory(), 0, Ailment::Errors);
            Event::ServerDiskMended
        } else {
            self.server_accepts(false);
            Event::ServerAccepts
        };
        self.enter(mended_ms, To { nth: 0, life: None }, mended);
    }

    /// The checkers come when everything is quiet and stayed so for a while, or when it should be.
    fn closing(&mut self) {
        let waited_ms = self.now_ms - self.peace_from_ms;
        let all = To { nth: 0, life: None };
        if self.registers.iter().all(Register::is_quiet) || waited_ms >= PEACE_MS.1 {
            self.registers.iter_mut().for_each(|register| register.calls = 0);
            self.enter(IDLE_MS, all, Event::Closed);
        } else {
            self.enter(20_000, all, Event::Closing);
        }
    }

    /// An idle register asks for no more than its timers want.
    fn closed(&mut self) {
        self.is_over = true;
        for nth in 0..self.registers.len() {
            let (name, calls) = (self.registers[nth].name.clone(), self.registers[nth].calls);
            self.say(&name, &format!("made {calls} calls in an idle minute"));
            let has_sent_in_hand = self.registers[nth].has_sent_in_hand();
            let most = IDLE_CALLS_MAX + if has_sent_in_hand { IN_HAND_CALLS_MAX } else { 0 };
            if calls > most {
                self.finds(format!("{name}: {calls} calls in an idle minute are more than {most}"));
            }
        }
    }
}
