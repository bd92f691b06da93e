//! What the configuration says of the kitchen's screens: when a ticket hurries, and when one that was paid leaves.

use super::text::KitchenText;
use super::{Check, NAME_MAX};
use crate::domain::StationId;
use crate::domain::kitchen::{KitchenRules, Pace};
use toml::Spanned;

/// Longest time that the kitchen may be given for a ticket, in minutes.
pub const KITCHEN_MIN_MAX: i64 = 24 * 60;
const MINUTE_MS: i64 = 60_000;

impl Check<'_> {
    pub(super) fn kitchen(&mut self, text: &KitchenText) -> KitchenRules {
        let mut rules = KitchenRules::default();
        rules.pace = self.pace(&text.warn_min, &text.late_min, rules.pace);
        for (station, pace) in text.stations.iter().flatten() {
            self.name("station", NAME_MAX, "-_", station);
            let station = StationId(station.get_ref().clone());
            let pace = self.pace(&pace.warn_min, &pace.late_min, rules.pace_of(&station));
            rules.stations.insert(station, pace);
        }
        if let Some(minutes) = &text.paid_leaves_min {
            rules.paid_leaves_ms = self.minutes("paid_leaves_min", minutes) * MINUTE_MS;
        }
        rules
    }

    fn pace(&mut self, warn: &Option<Spanned<i64>>, late: &Option<Spanned<i64>>, usual: Pace) -> Pace {
        let warn_min = warn.as_ref().map_or(usual.warn_ms / MINUTE_MS, |warn| self.minutes("warn_min", warn));
        let late_min = late.as_ref().map_or(usual.late_ms / MINUTE_MS, |late| self.minutes("late_min", late));
        if let Some(at) = late.as_ref().or(warn.as_ref()) {
            self.unless(warn_min < late_min, at, || {
                format!("late_min ({late_min}) must be more than warn_min ({warn_min})")
            });
        }
        Pace::minutes(warn_min, late_min)
    }

    fn minutes(&mut self, what: &str, minutes: &Spanned<i64>) -> i64 {
        self.unless((1..=KITCHEN_MIN_MAX).contains(minutes.get_ref()), minutes, || {
            format!("{what} is 1 to {KITCHEN_MIN_MAX} minutes")
        });
        (*minutes.get_ref()).clamp(1, KITCHEN_MIN_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use std::path::Path;

    const HEAD: &str = "[house]\nname = \"A\"\n[register]\nlocation = \"L1\"\nid = \"T1\"\n";

    #[test]
    fn stations_have_the_pace_that_the_configuration_gives_them() {
        let rules = |text: &str| parse(&format!("{HEAD}{text}"), Path::new("")).unwrap().kitchen;
        let minutes = |text: &str, station: &str| {
            let pace = rules(text).pace_of(&station.into());
            (pace.warn_ms / MINUTE_MS, pace.late_ms / MINUTE_MS)
        };
        // what the file says, station, when it warns and when it is late
        let rows = [
            ("", "kitchen", (5, 8)),
            ("", "bar", (3, 5)),
            ("[kitchen]\nwarn_min = 10\nlate_min = 15", "kitchen", (10, 15)),
            ("[kitchen]\nlate_min = 20", "grill", (5, 20)),
            ("[kitchen]\nwarn_min = 10\nlate_min = 15", "bar", (3, 5)),
            ("[kitchen.stations.bar]\nwarn_min = 1", "bar", (1, 5)),
            ("[kitchen.stations.grill]\nwarn_min = 8\nlate_min = 12", "grill", (8, 12)),
            ("[kitchen.stations.grill]\nwarn_min = 8\nlate_min = 12", "kitchen", (5, 8)),
        ];
        for (text, station, want) in rows {
            assert_eq!(minutes(text, station), want, "{text} {station}");
        }
        assert_eq!(rules("[kitchen]\npaid_leaves_min = 5").paid_leaves_ms, 5 * MINUTE_MS);
    }

    #[test]
    fn a_pace_that_cannot_be_is_told_at_its_place() {
        // what the file says, what is told
        let rows = [
            ("[kitchen]\nwarn_min = 9\n", "7:12: late_min (8) must be more than warn_min (9)"),
            ("[kitchen]\nlate_min = 0\n", "7:12: late_min is 1 to 1440 minutes"),
            ("[kitchen]\npaid_leaves_min = 2000\n", "7:19: paid_leaves_min is 1 to 1440 minutes"),
            ("[kitchen.stations.\"a b\"]\nwarn_min = 1\n", "6:19: station `a b` is not 1 to 32 letters"),
            ("[kitchen]\nhurry = 1\n", "7:1: unknown field `hurry`"),
        ];
        for (text, want) in rows {
            let all = parse(&format!("{HEAD}{text}"), Path::new("")).unwrap_err();
            let told = all.iter().map(|it| format!("{}:{}: {}", it.line, it.column, it.what)).collect::<Vec<_>>();
            assert!(told.iter().any(|it| it.starts_with(want)), "{text}: {told:?}");
        }
    }
}
