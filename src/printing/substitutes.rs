//! When a printer counts as down, and which one stands in for it.

use super::limits::{DOWN_AFTER_ATTEMPTS, DOWN_AFTER_MS, PROBE_EVERY_MS};
use super::spooler::Outcome;
use crate::domain::slip::Slip;
use crate::domain::time::Timestamp;
use std::collections::BTreeMap;

/// What is known of a printer from how its last attempts ended; nothing, at start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    failures: u32,
    failing_since: Option<Timestamp>,
    why: Option<String>,
    probed_at: Option<Timestamp>,
}

impl Health {
    /// Takes note of how an attempt ended.
    pub fn attempted(&mut self, outcome: &Outcome, now: Timestamp) {
        match outcome {
            // What takes bytes is there, even if it breaks off.
            Outcome::Printed | Outcome::Unconfirmed | Outcome::Broken(_) => *self = Health::default(),
            Outcome::NotStarted(why) => {
                self.failures = self.failures.saturating_add(1);
                self.failing_since.get_or_insert(now);
                self.why = Some(why.clone());
                self.probed_at = Some(now);
            }
        }
    }

    /// Takes note of what a printer that was asked said.
    pub fn probed(&mut self, says: &Result<(), String>, now: Timestamp) {
        match says {
            Ok(()) => *self = Health::default(),
            Err(why) => {
                self.why = Some(why.clone());
                self.probed_at = Some(now);
            }
        }
    }

    /// Takes note that it is asked now.
    pub fn asked(&mut self, now: Timestamp) {
        self.probed_at = Some(now);
    }

    /// What keeps it from printing, as far as it was tried.
    pub fn why(&self) -> Option<&str> {
        self.why.as_deref()
    }

    /// Whether its tickets should be printed elsewhere: three attempts did not start, or none has for ten seconds.
    pub fn is_down(&self, now: Timestamp) -> bool {
        // Either way: a clock that was set must not keep the kitchen waiting.
        let long = self.failing_since.is_some_and(|since| now.millis_since(since).saturating_abs() >= DOWN_AFTER_MS);
        self.failures >= DOWN_AFTER_ATTEMPTS || long
    }

    /// When to look at it again: when it becomes down by time alone, or when it is to be asked.
    pub fn looks_again_at(&self, now: Timestamp) -> Option<Timestamp> {
        let since = self.failing_since?;
        if self.is_down(now) {
            return Some(self.probed_at.unwrap_or(since).plus_millis(PROBE_EVERY_MS));
        }
        Some(since.plus_millis(DOWN_AFTER_MS))
    }
}

/// The printer that stands in for `name`: the first of the chain that is not `out` itself.
pub fn stand_in<'a>(
    name: &str,
    substitutes: &'a BTreeMap<String, String>,
    is_out: impl Fn(&str) -> bool,
) -> Option<&'a str> {
    let mut at = name;
    // A chain without circles is no longer than its table.
    for _ in 0..substitutes.len() {
        let next = substitutes.get(at)?;
        if !is_out(next) {
            return Some(next).filter(|next| *next != name).map(String::as_str);
        }
        at = next;
    }
    None
}

/// Whether the substitutes of a printer lead back to itself.
pub fn circles(name: &str, substitutes: &BTreeMap<String, String>) -> bool {
    let mut at = name;
    for _ in 0..substitutes.len() {
        match substitutes.get(at) {
            None => return false,
            Some(next) if next == name => return true,
            Some(next) => at = next,
        }
    }
    false
}

/// Whether a slip may be printed by a substitute: a receipt must not come out in a kitchen, a drawer hangs where it
/// hangs, and a test is of one printer.
pub fn may_move(slip: &Slip, serves_a_station: bool) -> bool {
    match slip {
        Slip::Ticket(_) => true,
        Slip::Receipt(_) | Slip::Refund(_) => !serves_a_station,
        Slip::DrawerKick | Slip::Test(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::examples::{dine_in, receipt};
    use super::*;

    fn off() -> Outcome {
        Outcome::NotStarted("refused".to_owned())
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::utc(seconds * 1_000)
    }

    #[test]
    fn a_printer_is_down_after_three_attempts_or_ten_seconds_until_it_answers() {
        let mut health = Health::default();
        assert!(!health.is_down(at(0)) && health.looks_again_at(at(0)).is_none());
        health.attempted(&off(), at(0));
        health.attempted(&off(), at(1));
        assert_eq!((health.is_down(at(9)), health.looks_again_at(at(9))), (false, Some(at(10))));
        assert!(health.is_down(at(10)), "ten seconds");
        health.attempted(&off(), at(3));
        assert_eq!((health.is_down(at(3)), health.looks_again_at(at(3))), (true, Some(at(33))));
        health.asked(at(33));
        health.probed(&Err("out of paper".to_owned()), at(34));
        assert_eq!((health.why(), health.looks_again_at(at(34))), (Some("out of paper"), Some(at(64))));
        health.probed(&Ok(()), at(64));
        assert_eq!(health, Health::default());
        for outcome in [Outcome::Printed, Outcome::Unconfirmed, Outcome::Broken("hung up".to_owned())] {
            (0..3).for_each(|second| health.attempted(&off(), at(second)));
            health.attempted(&outcome, at(3));
            assert!(!health.is_down(at(60)), "{outcome:?}");
        }
    }

    #[test]
    fn the_first_of_the_chain_that_is_not_out_stands_in() {
        let chain = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|(name, next)| ((*name).to_owned(), (*next).to_owned())).collect()
        };
        let line = chain(&[("bar", "kitchen"), ("kitchen", "receipt")]);
        // whose, which are out, who stands in
        let rows: [(&str, &[&str], Option<&str>); 5] = [
            ("bar", &["bar"], Some("kitchen")),
            ("bar", &["bar", "kitchen"], Some("receipt")),
            ("bar", &["bar", "kitchen", "receipt"], None),
            ("receipt", &["receipt"], None),
            ("kitchen", &["kitchen"], Some("receipt")),
        ];
        for (name, out, expected) in rows {
            assert_eq!(stand_in(name, &line, |it| out.contains(&it)), expected, "{name} {out:?}");
        }
        let ring = chain(&[("a", "b"), ("b", "c"), ("c", "b")]);
        assert!(!circles("bar", &line) && !circles("a", &ring) && circles("b", &ring) && circles("c", &ring));
        assert_eq!(stand_in("b", &ring, |it| it != "b"), None);
    }

    #[test]
    fn receipts_and_kicks_do_not_come_out_in_a_kitchen() {
        let (ticket, receipt) = (Slip::Ticket(dine_in()), Slip::Receipt(Box::new(receipt())));
        assert!(may_move(&ticket, true) && may_move(&ticket, false));
        assert!(!may_move(&receipt, true) && may_move(&receipt, false));
        assert!(!may_move(&Slip::DrawerKick, false));
    }
}
