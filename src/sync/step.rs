//! What every machine is given, and what it can want next. Times on which it waits are ticks: milliseconds that never
//! run backwards, whatever the clock does.

use super::LocalEnd;
use super::line::News;
use super::wire::{Request, Trouble};
use crate::document::Database;
use crate::domain::Timestamp;
use crate::domain::id::Entropy;

/// What a machine works with for the length of one call.
pub(super) struct Desk<'a, L: LocalEnd> {
    /// What the clock shows.
    pub now: Timestamp,
    /// The latest that it ever showed, and the time since: what was put off before it was set back comes due all the
    /// same.
    pub latest: Timestamp,
    /// Milliseconds that only grow.
    pub tick: i64,
    /// The register's own end.
    pub local: &'a mut L,
    /// Dice.
    pub dice: &'a mut Entropy,
    /// What is worth a line.
    pub news: &'a mut Vec<News>,
    /// Databases of which the server was found made anew or restored.
    pub anew: &'a mut Vec<Database>,
}

impl<L: LocalEnd> Desk<'_, L> {
    /// The tick at which `at` will have come; now when it has passed.
    pub fn tick_of(&self, at: Timestamp) -> i64 {
        self.tick.saturating_add(at.millis_since(self.latest).max(0))
    }
}

/// What a machine wants next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Ask the server.
    Ask(Request),
    /// A round is through and moved so many documents: look again at once. The note is worth a row of the log.
    Done { items: u32, note: Option<String> },
    /// A round is through that moved nothing, for the reason given.
    Refused { why: String },
    /// A part of a round is through: look again at once.
    Again,
    /// A round is through: there is nothing to do before this tick.
    Rest { until: i64 },
    /// The exchange failed: back off, then look again.
    Fail(Trouble),
}
