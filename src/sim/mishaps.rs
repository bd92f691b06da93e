//! What goes wrong, and how it ends: troubles, then peace, then an idle minute before the checkers come.

use super::disk::{self, Ailment};
use super::limits::{IDLE_CALLS_MAX, IDLE_MS, IN_HAND_CALLS_MAX, KITCHEN_IDLE_CALLS_MAX, MONTH_MS, PEACE_MS};
use super::machine::Death;
use super::network::Way;
use super::paper::Mood;
use super::register::Register;
use super::trouble::{Trouble, leap};
use super::world::{Event, To, Who, World};
use crate::app::Input;

impl World {
    pub(super) fn trouble(&mut self, trouble: Trouble) {
        if self.is_peace {
            return;
        }
        let (after_ms, next) = self.troubles.next(&mut self.dice);
        self.enter(after_ms, To::ALL, Event::Trouble(next));
        let everybody = self.everybody();
        let who = self.dice.one_of(&everybody);
        let any_life = To::any_life(who);
        self.tells_of(who, &format!("trouble: {trouble:?}"));
        match trouble {
            Trouble::Kill => self.dies(who, Death::Killed),
            Trouble::PowerCut => self.dies(who, Death::PowerCut),
            Trouble::DiesWriting => self.dies_writing(who, Death::Killed),
            Trouble::PowerCutWriting => self.dies_writing(who, Death::PowerCut),
            Trouble::BadDisk => {
                let ailment = self.dice.one_of(&[Ailment::Full, Ailment::Errors]);
                let after = u32::try_from(self.dice.below(30)).unwrap_or(0);
                disk::ail(&self.machine(who).directory(), after, ailment);
                let after_ms = self.dice.between(500, 20_000);
                self.later(after_ms, who, Event::DiskMended);
                self.counts.one("disks that failed");
            }
            Trouble::Printer(mood) => {
                let printer = self.dice.place(self.hands.len());
                self.hands[printer].mood = mood;
                let what = format!("{} {}", self.hands[printer].title(), mood.word());
                self.say("world", &what);
                let after_ms = self.dice.between(2_000, 120_000);
                self.enter(after_ms, any_life, Event::PrinterMended(printer));
                self.counts.one("printers that misbehaved");
            }
            Trouble::Clock => {
                let off_ms = leap(&mut self.dice);
                self.set_clock(who, off_ms);
                let after_ms = self.dice.between(5_000, 300_000);
                self.enter(after_ms, any_life, Event::ClockSetRight);
            }
            Trouble::Way(way) => {
                let after_ms = self.dice.between(2_000, 240_000);
                // One alone, or all.
                let all = if self.dice.chance(300) { everybody } else { vec![who] };
                for who in all {
                    self.way_becomes(who, way);
                    self.enter(after_ms, To::any_life(who), Event::WayCleared);
                }
                self.counts.one("ways that became worse");
            }
            Trouble::ServerKill => self.server_dies(Death::Killed),
            Trouble::ServerPowerCut => self.server_dies(Death::PowerCut),
            Trouble::ServerBadDisk => {
                let after = u32::try_from(self.dice.below(30)).unwrap_or(0);
                disk::ail(&self.central.directory(), after, Ailment::Errors);
                let after_ms = self.dice.between(500, 20_000);
                self.enter(after_ms, To::ALL, Event::ServerDiskMended);
            }
            Trouble::ServerBusy => {
                self.server_accepts(false);
                let after_ms = self.dice.between(5_000, 200_000);
                self.enter(after_ms, To::ALL, Event::ServerAccepts);
            }
            Trouble::ServerBackup if self.central.is_up() => self.server_backs_up(),
            Trouble::ServerBackup => {}
            Trouble::ServerSetBack => self.server_is_set_back(),
            Trouble::Holidays => {
                everybody.into_iter().for_each(|who| self.way_becomes(who, Way::Refused));
                let after_ms = self.dice.between(30_000, 200_000);
                self.enter(after_ms, To::ALL, Event::Holidays);
            }
        }
    }

    /// From some write on nothing reaches the disk, and a moment later the box is dead.
    fn dies_writing(&mut self, who: Who, death: Death) {
        let after = u32::try_from(self.dice.below(12)).unwrap_or(0);
        disk::ail(&self.machine(who).directory(), after, Ailment::Errors);
        let after_ms = self.dice.between(100, 4_000);
        self.later(after_ms, who, Event::Dies(death));
    }

    pub(super) fn server_disk_is_mended(&mut self) {
        disk::mend(&self.central.directory());
        self.say("server", "its disk is well again");
    }

    pub(super) fn peace(&mut self) {
        self.is_peace = true;
        self.peace_from_ms = self.now_ms;
        self.say("world", "peace");
        self.hands.iter_mut().for_each(|hand| hand.mood = Mood::Well);
        for who in self.everybody() {
            disk::mend(&self.machine(who).directory());
            self.set_clock(who, 0);
            self.way_becomes(who, Way::Clear);
        }
        disk::mend(&self.central.directory());
        self.central.bytes_max = usize::MAX;
        self.server_accepts(true);
    }

    /// Houses that stay shut for five weeks, their machines asleep: all clocks show it, and nothing else happened. When
    /// they open again the line stands, the server cannot write or accepts nothing yet, and all boxes are started anew.
    pub(super) fn holidays(&mut self) {
        self.calendar_ms += MONTH_MS;
        self.counts.one("holidays");
        self.say("world", "five weeks have passed");
        for who in self.everybody() {
            if let Who::Kitchen(nth) = who {
                self.kitchens[nth].was_set(self.now_ms, MONTH_MS);
            }
            self.machine_mut(who).calendar_ms = self.calendar_ms;
            self.way_becomes(who, Way::Clear);
            self.tell(who, Input::Woke);
        }
        if self.is_peace {
            return;
        }
        for who in self.everybody() {
            let dies_ms = self.dice.between(1_000, 30_000);
            self.later(dies_ms, who, Event::Dies(Death::Killed));
        }
        let mended_ms = self.dice.between(60_000, 240_000);
        let mended = if self.dice.chance(500) {
            disk::ail(&self.central.directory(), 0, Ailment::Errors);
            Event::ServerDiskMended
        } else {
            self.server_accepts(false);
            Event::ServerAccepts
        };
        self.enter(mended_ms, To::ALL, mended);
    }

    /// The checkers come when everything is quiet and stayed so for a while, or when it should be.
    pub(super) fn closing(&mut self) {
        let waited_ms = self.now_ms - self.peace_from_ms;
        let is_quiet = self.registers.iter().all(Register::is_quiet)
            && self.kitchens.iter().all(|kitchen| kitchen.is_quiet(self.now_ms));
        if is_quiet || waited_ms >= PEACE_MS.1 {
            self.everybody().into_iter().for_each(|who| self.machine_mut(who).calls = 0);
            self.enter(IDLE_MS, To::ALL, Event::Closed);
        } else {
            self.enter(20_000, To::ALL, Event::Closing);
        }
    }

    /// An idle box asks for no more than its timers want.
    pub(super) fn closed(&mut self) {
        self.is_over = true;
        for who in self.everybody() {
            let (title, calls) = (self.machine(who).title.clone(), self.machine(who).calls);
            self.say(&title, &format!("made {calls} calls in an idle minute"));
            let most = match who {
                Who::Register(nth) if self.registers[nth].has_sent_in_hand() => IDLE_CALLS_MAX + IN_HAND_CALLS_MAX,
                Who::Register(_) => IDLE_CALLS_MAX,
                Who::Kitchen(_) => KITCHEN_IDLE_CALLS_MAX,
            };
            if calls > most {
                self.finds(format!("{title}: {calls} calls in an idle minute are more than {most}"));
            }
        }
    }
}
