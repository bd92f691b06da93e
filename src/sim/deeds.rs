//! What a box does when something happens to it: keys, effects, paper, deaths and starts, clocks.

use super::disk;
use super::kitchen::Screen;
use super::machine::Death;
use super::paper::{Job, Mood};
use super::world::{Event, To, Who, World};
use crate::app::{Effect, Input};
use crate::domain::Slip;
use crate::printing::Load;
use crate::store::care::Checkpointer;

impl World {
    pub(super) fn key(&mut self, who: Who) {
        if self.is_peace {
            return;
        }
        match who {
            Who::Register(nth) => self.cashier_presses(nth),
            Who::Kitchen(nth) => {
                if self.kitchens[nth].app.is_some() {
                    let (key, after_ms) = Screen::key(&mut self.dice);
                    self.tells_of(who, &format!("key {key}"));
                    self.tell(who, Input::Key(key));
                    self.later(after_ms, who, Event::Key);
                }
            }
        }
    }

    fn cashier_presses(&mut self, nth: usize) {
        let register = &mut self.registers[nth];
        let now = register.machine.clock(self.now_ms);
        let Some(app) = &register.app else { return };
        let press = register.cashier.next(&app.desk(now), app.focus(), &mut self.dice);
        let who = Who::Register(nth);
        self.tells_of(who, &format!("key {}", press.key));
        self.counts.one("keys");
        let told_before = self.told(nth);
        self.tell(who, Input::Key(press.key));
        let told = self.told(nth);
        if told != told_before
            && let Some(told) = told
        {
            self.tells_of(who, &format!("    \"{told}\""));
        }
        self.later(press.after_ms, who, Event::Key);
    }

    fn told(&self, nth: usize) -> Option<String> {
        let register = &self.registers[nth];
        let desk = register.app.as_ref()?.desk(register.machine.clock(self.now_ms));
        desk.notice.map(|notice| notice.text.clone())
    }

    /// Hands a box one input, and does what it asks.
    pub(super) fn tell(&mut self, who: Who, input: Input) {
        let effects = match who {
            Who::Register(nth) => self.registers[nth].handle(self.now_ms, input),
            Who::Kitchen(nth) => self.kitchens[nth].handle(self.now_ms, input),
        };
        self.does(who, effects);
        if let Who::Kitchen(nth) = who {
            let lies = self.kitchens[nth].lies(self.now_ms);
            let title = self.kitchens[nth].machine.title.clone();
            lies.into_iter().for_each(|what| self.finds(format!("{title}: {what}")));
        }
    }

    fn does(&mut self, who: Who, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Print { printer, job, load } => self.prints(who, &printer, job, &load),
                Effect::Probe { printer } => {
                    if let Some(printer) = self.hand(who, &printer) {
                        let after_ms = self.dice.between(1, 500);
                        self.later(after_ms, who, Event::Probed { printer });
                    }
                }
                Effect::Alarm(at) => {
                    let now_ms = self.now_ms;
                    let machine = self.machine_mut(who);
                    machine.alarm += 1;
                    let (alarm, after_ms) = (machine.alarm, at.millis_since(machine.clock(now_ms)));
                    self.later(after_ms, who, Event::Woke(alarm));
                }
                Effect::Checkpoint => {
                    let after_ms = self.dice.between(1, 200);
                    self.later(after_ms, who, Event::Checkpoint);
                }
                Effect::Call(call) => self.calls(who, call),
                Effect::Quit => self.finds(format!("{} has quit, and nobody asked it to", self.machine(who).title)),
                Effect::Bell | Effect::Answer(_) | Effect::BackUp | Effect::Plug { .. } => {}
            }
        }
    }

    /// The printer that a register calls so: its own, or one of its house.
    fn hand(&self, who: Who, printer: &str) -> Option<usize> {
        let Who::Register(nth) = who else { return None };
        let location_id = &self.machine(who).location_id;
        self.hands.iter().position(|hand| hand.is_called(printer, location_id, nth))
    }

    fn prints(&mut self, who: Who, printer: &str, job: i64, load: &Load) {
        let (Some(at), Who::Register(nth)) = (self.hand(who, printer), who) else {
            let title = self.machine(who).title.clone();
            return self.finds(format!("{title} prints on {printer}, which it has not"));
        };
        let found = self.registers[nth].app.as_ref().map(|app| app.store().reader().spool_job(job));
        let Some(Ok(Some(row))) = found else {
            let title = self.machine(who).title.clone();
            return self.finds(format!("{title} prints job {job}, which is not in its spool: {found:?}"));
        };
        let job = Job { register: nth, job, boots: self.machine(who).boots, slip: row.slip, load };
        let (number, is_ticket) = (job.job, matches!(job.slip, Slip::Ticket(_)));
        let printed = self.hands[at].print(job, self.now_ms, &mut self.dice);
        self.counts.one("jobs handed to printers");
        if is_ticket && self.hands[at].is_shared() {
            self.counts.one("tickets handed to stations");
        }
        if let Some(counted) = printed.counted {
            self.counts.one(counted);
        }
        if let Some(what) = printed.wrong {
            self.finds(what);
        }
        self.later(printed.after_ms, who, Event::Printed { printer: at, job: number, outcome: printed.outcome });
        if let Some(mended_ms) = printed.dies_for_ms {
            self.enter(mended_ms, To::any_life(who), Event::PrinterMended(at));
        }
    }

    pub(super) fn checkpoint(&mut self, who: Who) {
        let file = self.machine(who).store_file();
        let moved = Checkpointer::open(&file, Some(&super::register::key()))
            .map_err(|fault| fault.to_string())
            .and_then(|checkpointer| checkpointer.passive().map_err(|fault| fault.to_string()));
        let (what, settled) = match moved {
            Ok(moved) => (format!("its log was carried over: {moved:?}"), moved.settled),
            Err(fault) => (format!("its log was not carried over: {fault}"), None),
        };
        self.counts.one("checkpoints");
        self.tells_of(who, &what);
        self.tell(who, Input::Settled(settled));
    }

    fn runs_at(&self, who: Who) -> bool {
        match who {
            Who::Register(nth) => self.registers[nth].app.is_some(),
            Who::Kitchen(nth) => self.kitchens[nth].app.is_some(),
        }
    }

    pub(super) fn dies(&mut self, who: Who, death: Death) {
        if !self.runs_at(who) {
            disk::mend(&self.machine(who).directory());
            return;
        }
        let word = match death {
            Death::Killed => "is killed",
            Death::PowerCut => "loses its power",
        };
        self.counts.one(match (death, who) {
            (Death::Killed, Who::Register(_)) => "kills",
            (Death::Killed, Who::Kitchen(_)) => "kills of kitchens",
            (Death::PowerCut, Who::Register(_)) => "power cuts",
            (Death::PowerCut, Who::Kitchen(_)) => "power cuts of kitchens",
        });
        let died = match who {
            Who::Register(nth) => self.registers[nth].die(death),
            Who::Kitchen(nth) => self.kitchens[nth].die(death),
        };
        match died {
            Ok(lost) => self.tells_of(who, &format!("{word}: {lost:?}")),
            Err(why) => self.finds(format!("{}: {why}", self.machine(who).title)),
        }
        let after_ms = self.dice.between(500, 20_000);
        self.later(after_ms, who, Event::Starts(death));
    }

    pub(super) fn starts(&mut self, who: Who, after: Option<Death>) {
        let started = match who {
            Who::Register(nth) => self.registers[nth].start(self.now_ms),
            Who::Kitchen(nth) => self.kitchens[nth].start(self.now_ms),
        };
        match started {
            Ok(effects) => {
                self.tells_of(who, &format!("starts on life {}", self.machine(who).life));
                if let Who::Register(nth) = who {
                    let now = self.machine(who).clock(self.now_ms);
                    let title = self.machine(who).title.clone();
                    for what in self.registers[nth].broken_promises(after, now) {
                        self.finds(format!("{title}, after it was {after:?}: {what}"));
                    }
                    self.registers[nth].looks_again(now);
                }
                self.does(who, effects);
                let after_ms = self.dice.between(300, 4_000);
                self.later(after_ms, who, Event::Key);
            }
            Err(why) if self.machine(who).refusals() > 0 => {
                self.tells_of(who, &format!("does not start on a disk that fails: {why}"));
                disk::mend(&self.machine(who).directory());
                let after_ms = self.dice.between(500, 5_000);
                self.later(after_ms, who, Event::Starts(after.unwrap_or(Death::Killed)));
            }
            Err(why) => self.finds(format!("{} does not start: {why}", self.machine(who).title)),
        }
    }

    pub(super) fn disk_is_mended(&mut self, who: Who) {
        let refused = disk::mend(&self.machine(who).directory());
        self.tells_of(who, &format!("its disk is well again, and had refused {refused} times"));
    }

    pub(super) fn mends_printer(&mut self, printer: usize) {
        self.hands[printer].mood = Mood::Well;
        self.say("world", &format!("{} is well", self.hands[printer].title()));
    }

    /// A clock that is set moves nothing else: what waits, waits as long as before.
    pub(super) fn set_clock(&mut self, who: Who, off_ms: i64) {
        let by_ms = off_ms - self.machine(who).clock_off_ms;
        if by_ms == 0 {
            return;
        }
        if let Who::Kitchen(nth) = who {
            self.kitchens[nth].was_set(self.now_ms, by_ms);
        }
        self.machine_mut(who).clock_off_ms = off_ms;
        self.tells_of(who, &format!("its clock is {off_ms} ms off"));
        self.counts.one("clocks set");
        self.tell(who, Input::Woke);
    }
}
