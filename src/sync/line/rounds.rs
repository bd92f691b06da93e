//! Rounds of the lanes: what a machine wants is done, and how it went is told, logged, and passed on to other lanes.

use super::lane::Machine;
use super::{Hands, LaneName, Line, News};
use crate::document::Database;
use crate::domain::Timestamp;
use crate::sync::LocalEnd;
use crate::sync::backoff::wait_ms;
use crate::sync::limits::ROUND_MS;
use crate::sync::local_end::SyncRow;
use crate::sync::step::Step;
use crate::sync::wire::Trouble;

impl Line {
    /// Does what a machine wants.
    pub(super) fn follow<L: LocalEnd>(
        &mut self,
        nth: usize,
        step: Result<Step, L::Fault>,
        anew: Vec<Database>,
        hands: &mut Hands<'_, L>,
    ) {
        let tick = self.tick;
        let lane = &mut self.lanes[nth];
        lane.look_at = tick;
        match step {
            Ok(Step::Ask(request)) => lane.ready = Some(request),
            Ok(Step::Again) => {}
            Ok(Step::Done { items, note }) => {
                self.went_well(nth, hands.now);
                self.log(nth, true, items, note, hands);
                if items > 0 {
                    self.moved(nth, items);
                }
            }
            Ok(Step::Refused { why }) => {
                // The line is well; but nothing was done that would be a success.
                let before = self.last_success;
                self.went_well(nth, hands.now);
                self.last_success = before;
                self.log(nth, false, 0, Some(why), hands);
            }
            Ok(Step::Rest { until }) => {
                lane.look_at = until.min(tick + ROUND_MS);
                self.went_well(nth, hands.now);
                // What failed waits by itself now; something new need not.
                self.lanes[nth].tries = 0;
                self.lanes[nth].began = None;
            }
            Ok(Step::Fail(trouble)) => self.failed(nth, &trouble, hands),
            Err(fault) => {
                let began = lane.began;
                lane.forget();
                lane.began = began;
                lane.tries += 1;
                lane.look_at = tick + wait_ms(lane.tries, None, hands.dice);
                lane.fails_here = true;
                let why = fault.to_string();
                hands.fault.get_or_insert(fault);
                self.fails(nth, why, hands);
            }
        }
        for database in anew {
            self.begin_anew(database);
        }
    }

    pub(super) fn went_well(&mut self, nth: usize, now: Timestamp) {
        let lane = &mut self.lanes[nth];
        let has_exchanged = std::mem::take(&mut lane.has_exchanged);
        if !has_exchanged && !std::mem::take(&mut lane.fails_here) {
            return;
        }
        lane.fails_here = false;
        lane.tries = 0;
        if has_exchanged {
            self.last_success = Some(now);
        }
        if lane.failing.take().is_some() {
            self.news.push(News::Recovered { lane: lane.name });
        }
    }

    pub(super) fn failed<L: LocalEnd>(&mut self, nth: usize, trouble: &Trouble, hands: &mut Hands<'_, L>) {
        let lane = &mut self.lanes[nth];
        lane.machine.reset();
        lane.has_exchanged = false;
        lane.tries += 1;
        lane.look_at = self.tick + wait_ms(lane.tries, asked_to_wait(Some(trouble)), hands.dice);
        lane.fails_here = false;
        self.fails(nth, trouble.to_string(), hands);
    }

    /// Says that a lane fails: once to people, every time in its log.
    pub(super) fn fails<L: LocalEnd>(&mut self, nth: usize, why: String, hands: &mut Hands<'_, L>) {
        let lane = &mut self.lanes[nth];
        if lane.failing.is_none() {
            self.news.push(News::Failing { lane: lane.name, why: why.clone() });
        }
        let since = lane.failing.take().map_or(self.tick, |(since, _)| since);
        lane.failing = Some((since, why.clone()));
        self.log(nth, false, 0, Some(why), hands);
    }

    pub(super) fn log<L: LocalEnd>(
        &mut self,
        nth: usize,
        success: bool,
        items_count: u32,
        note: Option<String>,
        hands: &mut Hands<'_, L>,
    ) {
        let lane = &mut self.lanes[nth];
        let took = self.tick - lane.began.take().unwrap_or(self.tick);
        let row = SyncRow {
            lane: lane.name.to_string(),
            success,
            duration_ms: u32::try_from(took).unwrap_or(u32::MAX),
            items_count,
            timestamp: hands.now,
            note,
        };
        if let Err(fault) = hands.local.log(&row) {
            hands.fault.get_or_insert(fault);
        }
    }

    /// What one lane moved may give others something to do.
    pub(super) fn moved(&mut self, nth: usize, items: u32) {
        let name = self.lanes[nth].name;
        self.news.push(News::Synced { lane: name, items });
        for lane in &mut self.lanes {
            let is_next = match lane.name {
                LaneName::Payments => matches!(name, LaneName::Orders | LaneName::Pull(Database::Orders)),
                LaneName::Push(_) => !matches!(name, LaneName::Push(_)),
                LaneName::Token | LaneName::Orders | LaneName::Menu | LaneName::Pull(_) | LaneName::Presence => false,
            };
            if is_next {
                lane.nudge(self.tick);
            }
        }
    }

    /// The server lost documents: they are pulled from the beginning, and what is queued again goes.
    pub(super) fn begin_anew(&mut self, database: Database) {
        for lane in &mut self.lanes {
            match (lane.name, &mut lane.machine) {
                (LaneName::Pull(pulled), Machine::Pull(machine)) if pulled == database => {
                    machine.restart();
                    lane.forget();
                    lane.nudge(self.tick);
                }
                (LaneName::Orders | LaneName::Payments, Machine::Submitter(_)) => lane.nudge(self.tick),
                (
                    _,
                    Machine::Submitter(_)
                    | Machine::Menu(_)
                    | Machine::Push(_)
                    | Machine::Pull(_)
                    | Machine::Presence(_),
                ) => {}
            }
        }
    }
}

/// How long a server asks to be left alone, in milliseconds.
pub(super) fn asked_to_wait(trouble: Option<&Trouble>) -> Option<u64> {
    match trouble {
        Some(Trouble::Busy { retry_after_ms, .. }) => *retry_after_ms,
        Some(
            Trouble::Line(_)
            | Trouble::Unauthorized(_)
            | Trouble::TooLarge(_)
            | Trouble::Rejected(_)
            | Trouble::NotOurs(_)
            | Trouble::Missing(_),
        )
        | None => None,
    }
}
