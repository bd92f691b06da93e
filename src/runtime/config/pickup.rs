//! What a house says of its guests' screens: which orders they show, and for how long.

use super::Check;
use super::text::PickupText;
use crate::domain::OrderType;
use crate::domain::pickup::PickupRules;

const MINUTE_MS: i64 = 60_000;

impl Check<'_> {
    pub(super) fn pickup(&mut self, text: &PickupText) -> PickupRules {
        let mut rules = PickupRules::default();
        if let Some(list) = &text.order_types {
            self.unless(!list.get_ref().is_empty(), list, || "order_types must name at least one order type".into());
            rules.order_types = list.get_ref().iter().filter_map(|name| self.order_type(name)).collect();
        }
        if let Some(minutes) = &text.ready_leaves_min {
            rules.ready_leaves_ms = self.minutes("ready_leaves_min", minutes) * MINUTE_MS;
        }
        if let Some(minutes) = &text.paid_leaves_min {
            rules.paid_leaves_ms = self.minutes("paid_leaves_min", minutes) * MINUTE_MS;
        }
        rules
    }

    /// An order type by its name.
    pub(super) fn order_type(&mut self, name: &toml::Spanned<String>) -> Option<OrderType> {
        let order_type = OrderType::from_code(name.get_ref());
        self.unless(order_type.is_some(), name, || {
            let known = OrderType::ALL.map(OrderType::code).join(", ");
            format!("there is no order type `{}`; they are {known}", name.get_ref())
        });
        order_type
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use std::path::Path;

    const HEAD: &str = "[house]\nname = \"A\"\n[register]\nlocation = \"L1\"\nid = \"T1\"\n";

    #[test]
    fn guests_are_shown_what_the_configuration_says() {
        use OrderType::{Delivery, DineIn, Takeaway};
        // what the file says, order types, minutes that stay what is ready and what is paid
        let rows: [(&str, &[OrderType], i64, i64); 4] = [
            ("", &[Takeaway], 15, 60),
            ("[pickup]\norder_types = [\"delivery\", \"takeaway\"]", &[Takeaway, Delivery], 15, 60),
            ("[pickup]\norder_types = [\"dine_in\"]\nready_leaves_min = 3", &[DineIn], 3, 60),
            ("[pickup]\npaid_leaves_min = 90", &[Takeaway], 15, 90),
        ];
        for (text, order_types, ready_min, paid_min) in rows {
            let rules = parse(&format!("{HEAD}{text}"), Path::new("")).unwrap().pickup;
            assert_eq!(rules.order_types.into_iter().collect::<Vec<_>>(), order_types, "{text}");
            let minutes = (rules.ready_leaves_ms / MINUTE_MS, rules.paid_leaves_ms / MINUTE_MS);
            assert_eq!(minutes, (ready_min, paid_min), "{text}");
        }
        // what the file says, what is told
        let rows = [
            ("[pickup]\norder_types = []\n", "7:15: order_types must name at least one order type"),
            ("[pickup]\norder_types = [\"brunch\"]\n", "7:16: there is no order type `brunch`; they are dine_in"),
            ("[pickup]\nready_leaves_min = 0\n", "7:20: ready_leaves_min is 1 to 1440 minutes"),
            ("[pickup]\nnames = true\n", "7:1: unknown field `names`"),
        ];
        for (text, want) in rows {
            let all = parse(&format!("{HEAD}{text}"), Path::new("")).unwrap_err();
            let told = all.iter().map(|it| format!("{}:{}: {}", it.line, it.column, it.what)).collect::<Vec<_>>();
            assert!(told.iter().any(|it| it.starts_with(want)), "{text}: {told:?}");
        }
    }
}
