//! What the configuration says of the kitchen's screens: when a ticket hurries, and when one that was paid leaves.

use super::text::{KitchenText, PaceText};
use super::{Check, NAME_MAX};
use crate::domain::kitchen::{KitchenRules, Pace};
use crate::domain::{OrderType, StationId};
use std::collections::BTreeMap;
use toml::Spanned;

/// Longest time that the kitchen may be given for a ticket, in minutes.
pub const KITCHEN_MIN_MAX: i64 = 24 * 60;
const MINUTE_MS: i64 = 60_000;

impl Check<'_> {
    pub(super) fn kitchen(&mut self, text: &KitchenText) -> KitchenRules {
        let mut rules = KitchenRules::default();
        rules.pace = self.pace(&text.warn_min, &text.late_min, rules.pace);
        rules.order_types = self.order_types(&text.order_types, rules.pace);
        for (name, says) in text.stations.iter().flatten() {
            self.name("station", NAME_MAX, "-_", name);
            let station = StationId(name.get_ref().clone());
            let usual = rules.stations.get(&station).copied().unwrap_or(rules.pace);
            let pace = self.pace(&says.warn_min, &says.late_min, usual);
            for (order_type, pace) in self.order_types(&says.order_types, pace) {
                rules.station_order_types.insert((station.clone(), order_type), pace);
            }
            if says.warn_min.is_some() || says.late_min.is_some() {
                rules.stations.insert(station, pace);
            }
        }
        if let Some(minutes) = &text.paid_leaves_min {
            rules.paid_leaves_ms = self.minutes("paid_leaves_min", minutes) * MINUTE_MS;
        }
        rules
    }

    fn order_types(
        &mut self,
        text: &Option<BTreeMap<Spanned<String>, PaceText>>,
        usual: Pace,
    ) -> BTreeMap<OrderType, Pace> {
        let mut paces = BTreeMap::new();
        for (name, pace) in text.iter().flatten() {
            let order_type = self.order_type(name);
            let pace = self.pace(&pace.warn_min, &pace.late_min, usual);
            order_type.and_then(|order_type| paces.insert(order_type, pace));
        }
        paces
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

    pub(super) fn minutes(&mut self, what: &str, minutes: &Spanned<i64>) -> i64 {
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
            let (station, order_type) = station.split_once(' ').unwrap_or((station, "dine_in"));
            let pace = rules(text).pace_of(&station.into(), OrderType::from_code(order_type).unwrap());
            (pace.warn_ms / MINUTE_MS, pace.late_ms / MINUTE_MS)
        };
        // what the file says, station (and order type), when it warns and when it is late
        let rows = [
            ("", "kitchen", (5, 8)),
            ("", "bar", (3, 5)),
            ("[kitchen]\nwarn_min = 10\nlate_min = 15", "kitchen", (10, 15)),
            ("[kitchen]\nlate_min = 20", "grill", (5, 20)),
            ("[kitchen]\nwarn_min = 10\nlate_min = 15", "bar", (3, 5)),
            ("[kitchen.stations.bar]\nwarn_min = 1", "bar", (1, 5)),
            ("[kitchen.stations.grill]\nwarn_min = 8\nlate_min = 12", "grill", (8, 12)),
            ("[kitchen.stations.grill]\nwarn_min = 8\nlate_min = 12", "kitchen", (5, 8)),
            ("[kitchen.order_types.delivery]\nwarn_min = 12\nlate_min = 20", "kitchen delivery", (12, 20)),
            ("[kitchen.order_types.delivery]\nwarn_min = 12\nlate_min = 20", "kitchen takeaway", (5, 8)),
            // What is said of a station outdoes what is said of a type, and what is said of both outdoes each.
            ("[kitchen.order_types.delivery]\nwarn_min = 12\nlate_min = 20", "bar delivery", (3, 5)),
            ("[kitchen.stations.bar.order_types.delivery]\nlate_min = 9", "bar delivery", (3, 9)),
            ("[kitchen.stations.bar.order_types.delivery]\nlate_min = 9", "bar", (3, 5)),
            ("[kitchen.stations.grill.order_types.takeaway]\nlate_min = 9", "grill", (5, 8)),
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
            ("[kitchen.order_types.brunch]\nwarn_min = 1\n", "6:22: there is no order type `brunch`; they are dine_in"),
            ("[kitchen.stations.grill.order_types.delivery]\nlate_min = 2\n", "7:12: late_min (2) must be more"),
        ];
        for (text, want) in rows {
            let all = parse(&format!("{HEAD}{text}"), Path::new("")).unwrap_err();
            let told = all.iter().map(|it| format!("{}:{}: {}", it.line, it.column, it.what)).collect::<Vec<_>>();
            assert!(told.iter().any(|it| it.starts_with(want)), "{text}: {told:?}");
        }
    }
}
