//! What a guests' screen beside a register reads, and what the configuration says of it.

use super::beside::Beside;
use super::config::Config;
use crate::domain::Timestamp;
use crate::domain::pickup::PickupRules;
use crate::store::{Fault, Reader};
use crate::tui::display::ORDERS_MAX;
use crate::tui::pickup::{Pickup, Picture};

impl Beside for Pickup {
    fn rules(config: Config) -> PickupRules {
        config.pickup
    }

    fn read(reader: &Reader, rules: &PickupRules, now: Timestamp) -> Result<Picture, Fault> {
        Ok(Picture { orders: reader.pickup_orders(rules, now, ORDERS_MAX)? })
    }
}
