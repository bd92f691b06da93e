//! What every answer says of the link, and what begins and ends with it.

use super::{Hands, Line, News};
use crate::sync::LocalEnd;
use crate::sync::limits::STAGE_MS;
use crate::sync::monitor::Turn;
use crate::sync::wire::{Answer, Trouble};

impl Line {
    /// Lets the monitor judge what was heard.
    pub(super) fn weigh<L: LocalEnd>(&mut self, heard: Heard, hands: &mut Hands<'_, L>) {
        let now = hands.now;
        let (turn, why) = match heard {
            Heard::Ours => (self.monitor.heard(now, self.tick), String::new()),
            Heard::Nothing { why } => (self.monitor.missed(now, self.tick), why),
            Heard::Uncertain => {
                self.monitor.doubt(self.tick);
                return;
            }
        };
        match turn {
            None => {}
            Some(Turn::Up { since }) => {
                self.news.push(since.map_or(News::Reached, |lost_since| News::Restored { lost_since }));
                // Who hands nothing in has nothing that must go before the feed.
                self.stage = (!self.only_reads).then_some(0);
                self.stage_until = self.tick + STAGE_MS;
                self.token.begin(self.tick);
                for lane in &mut self.lanes {
                    lane.begin(self.tick);
                }
                // What made it wait is over.
                if let Err(fault) = hands.local.hurry(now) {
                    hands.fault.get_or_insert(fault);
                }
            }
            Some(Turn::Down) => {
                self.news.push(News::Lost { why });
                self.token.flight = None;
                self.token.failing = None;
                for lane in &mut self.lanes {
                    lane.forget();
                    lane.failing = None;
                    lane.fails_here = false;
                    lane.heard_at = None;
                }
            }
        }
    }
}

/// What an answer says of the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// Our server answered.
    Ours,
    /// A lane failed, or somebody answered who may be anybody: a probe tells.
    Uncertain,
    /// A probe brought nothing.
    Nothing {
        /// Why.
        why: String,
    },
}

pub(super) fn heard(outcome: &Result<Answer, Trouble>) -> Heard {
    match outcome {
        Ok(_) | Err(Trouble::Unauthorized(_) | Trouble::Rejected(_) | Trouble::Missing(_)) => Heard::Ours,
        Err(Trouble::Line(_) | Trouble::Busy { .. } | Trouble::NotOurs(_) | Trouble::TooLarge(_)) => Heard::Uncertain,
    }
}
