//! Who has an order open: registers tell each other while they have one in hand, and look who else has it.
//!
//! They do so in one local document of the database of orders, `_local/presence`, which is not replicated and which any
//! CouchDB keeps: by register, the order and a word that is another one each time (`beat`). Nobody compares clocks:
//! whoever reads counts by its own ticks since it first saw a word, and what stays the same for too long is over. Two
//! that write at once may lose one's word; the next one brings it back. Nothing waits for any of it, and what goes
//! wrong is no trouble of the line's: it is tried again later.
//!
//! Nobody can have an order open that was sent a moment ago, and most are put aside at once: of these nothing is told.
//! What is put aside is told a moment later, together with what is taken up meanwhile.

use super::LocalEnd;
use super::limits::{
    PRESENCE_LASTS_MS, PRESENCE_LOOK_MS, PRESENCE_REGISTERS_MAX, PRESENCE_SETTLES_MS, PRESENCE_TELL_MS, ROUND_MS,
    WORD_BYTES_MAX,
};
use super::step::{Desk, Step};
use super::wire::{Answer, Request, Trouble};
use crate::document::Database;
use crate::domain::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The local document, without `_local/`.
pub(super) const DOCUMENT: &str = "presence";

/// The lane of presence.
#[derive(Debug)]
pub(super) struct Presence {
    /// Who tells.
    register: String,
    /// The order in hand here.
    open: Option<String>,
    /// Until this tick others are not told of it: it is only just sent.
    new_until: i64,
    /// The order of which others were told that it is in hand here.
    told: Option<String>,
    /// What is being told.
    telling: Option<String>,
    /// The tick at which it is told again.
    tell_at: i64,
    /// The tick at which it is looked again; never, while somebody looks.
    look_at: i64,
    /// What others told.
    seen: BTreeMap<String, Seen>,
}

/// What another register told.
#[derive(Debug, PartialEq)]
struct Seen {
    order: Option<String>,
    beat: Value,
    /// The tick at which this beat was seen first.
    since: i64,
}

impl Seen {
    fn is_alive(&self, tick: i64) -> bool {
        tick < self.since.saturating_add(PRESENCE_LASTS_MS)
    }
}

impl Presence {
    pub fn new(register: String) -> Presence {
        Presence {
            register,
            open: None,
            new_until: 0,
            told: None,
            telling: None,
            tell_at: 0,
            look_at: 0,
            seen: BTreeMap::new(),
        }
    }

    /// Says which order is in hand here, and whether it was entered here and is only just sent; answers whether that is
    /// another one than before.
    pub fn opens(&mut self, order: Option<&str>, is_new: bool, tick: i64) -> bool {
        if self.open.as_deref() == order {
            return false;
        }
        let was_quiet = self.open.is_none() && self.told.is_none() && self.telling.is_none();
        self.open = order.map(str::to_owned);
        self.new_until = if is_new { tick + PRESENCE_SETTLES_MS } else { tick };
        let at = if order.is_none() { tick + PRESENCE_SETTLES_MS } else { self.new_until };
        self.look_at = if was_quiet { at } else { self.look_at.min(at) };
        true
    }

    /// The registers that have the order open that is in hand here.
    pub fn others(&self, tick: i64) -> Vec<String> {
        let Some(open) = &self.open else { return Vec::new() };
        let is_here = |seen: &Seen| seen.order.as_ref() == Some(open) && seen.is_alive(tick);
        self.seen.iter().filter(|(_, seen)| is_here(seen)).map(|(register, _)| register.clone()).collect()
    }

    /// The next tick at which what another told is over, if nothing more is heard.
    pub fn ends_at(&self, tick: i64) -> Option<i64> {
        let open = self.open.as_ref()?;
        let of_it = self.seen.values().filter(|seen| seen.order.as_ref() == Some(open) && seen.is_alive(tick));
        of_it.map(|seen| seen.since.saturating_add(PRESENCE_LASTS_MS)).min()
    }

    /// There is no link: nobody knows what others do, and they do not hear what is told.
    pub fn reset(&mut self) {
        self.seen.clear();
        (self.told, self.telling) = (None, None);
        self.look_at = i64::MIN;
    }

    /// Looks at once.
    pub fn hurry(&mut self) {
        self.look_at = i64::MIN;
    }

    pub fn next<L: LocalEnd>(&mut self, desk: &mut Desk<'_, L>) -> Result<Step, L::Fault> {
        if self.open.is_none() && self.told.is_none() {
            return Ok(Step::Rest { until: desk.tick + ROUND_MS });
        }
        if desk.tick < self.look_at {
            return Ok(Step::Rest { until: self.look_at });
        }
        self.look_at = i64::MAX;
        Ok(Step::Ask(Request::GetLocal { database: Database::Orders, id: DOCUMENT.into() }))
    }

    pub fn take<L: LocalEnd>(
        &mut self,
        desk: &mut Desk<'_, L>,
        outcome: Result<Answer, Trouble>,
    ) -> Result<Step, L::Fault> {
        let tick = desk.tick;
        match outcome {
            Ok(Answer::Local(body)) => {
                let body = body.unwrap_or(Value::Null);
                self.hear(&body, tick);
                let wanted = self.open.clone().filter(|_| tick >= self.new_until);
                if wanted != self.told || (wanted.is_some() && tick >= self.tell_at) {
                    self.telling = wanted;
                    let body = self.word(&body, tick, desk.now);
                    return Ok(Step::Ask(Request::PutLocal { database: Database::Orders, id: DOCUMENT.into(), body }));
                }
                self.rests(tick);
            }
            Ok(Answer::Done) => {
                self.told = self.telling.take();
                self.tell_at = tick + PRESENCE_TELL_MS;
                self.rests(tick);
            }
            // Somebody else wrote at the same time; a server that keeps no such documents is asked rarely.
            Ok(_) | Err(Trouble::Line(_) | Trouble::Busy { .. } | Trouble::Rejected(_)) => {
                self.rests(tick);
                self.gives_up();
            }
            Err(Trouble::Unauthorized(_) | Trouble::TooLarge(_) | Trouble::NotOurs(_) | Trouble::Missing(_)) => {
                self.look_at = tick + ROUND_MS;
                self.gives_up();
            }
        }
        Ok(Step::Rest { until: self.look_at })
    }

    /// Looks again after a while, or sooner where another order was taken in hand, or put aside, meanwhile.
    fn rests(&mut self, tick: i64) {
        let told_at = if tick < self.new_until { self.new_until } else { tick + PRESENCE_LOOK_MS };
        self.look_at = self.look_at.min(told_at);
    }

    /// That an order is in hand no more need not be told twice: it is over for others by itself.
    fn gives_up(&mut self) {
        self.telling = None;
        if self.open.is_none() {
            self.told = None;
        }
    }

    fn hear(&mut self, body: &Value, tick: i64) {
        let nothing = Map::new();
        let told = body.get("registers").and_then(Value::as_object).unwrap_or(&nothing);
        let others =
            told.iter().filter(|(register, _)| **register != self.register && register.len() <= WORD_BYTES_MAX);
        for (register, word) in others.take(PRESENCE_REGISTERS_MAX) {
            let beat = word.get("beat").cloned().unwrap_or(Value::Null);
            if self.seen.get(register).is_some_and(|seen| seen.beat == beat) {
                continue;
            }
            let order = word.get("order").and_then(Value::as_str).map(str::to_owned);
            self.seen.insert(register.clone(), Seen { order, beat, since: tick });
        }
        // A word that is over is remembered as long as it stands there: else it would be a new one.
        self.seen.retain(|register, seen| seen.is_alive(tick) || told.contains_key(register));
    }

    /// What others told and is not over, and what is told from here.
    fn word(&self, body: &Value, tick: i64, now: Timestamp) -> Value {
        let told = body.get("registers").and_then(Value::as_object);
        let alive = told.into_iter().flatten().filter(|(register, _)| {
            **register != self.register && self.seen.get(*register).is_some_and(|seen| seen.is_alive(tick))
        });
        let mut registers: Map<String, Value> = alive.map(|(name, word)| (name.clone(), word.clone())).collect();
        // The time is only a word here that was not used before.
        registers.insert(self.register.clone(), json!({ "order": self.telling, "beat": now.unix_ms }));
        let mut says = json!({ "registers": registers });
        if let Some(rev) = body.get("_rev") {
            says["_rev"] = rev.clone();
        }
        says
    }
}
