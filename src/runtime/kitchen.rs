//! What a kitchen's screen beside a register reads, and what the configuration says of it.

use super::beside::Beside;
use super::config::Config;
use crate::domain::Timestamp;
use crate::domain::kitchen::KitchenRules;
use crate::store::{Fault, Reader};
use crate::tui::display::ORDERS_MAX;
use crate::tui::kitchen::{DONE_SHOWN, Kitchen, Picture};

impl Beside for Kitchen {
    fn rules(config: Config) -> KitchenRules {
        config.kitchen
    }

    fn read(reader: &Reader, rules: &KitchenRules, now: Timestamp) -> Result<Picture, Fault> {
        let tickets = reader.kitchen_tickets(None, rules, now, ORDERS_MAX)?;
        let (done, counted) = (reader.kitchen_done(DONE_SHOWN)?, reader.counted()?);
        Ok(Picture { tickets, done, rules: rules.clone(), counted })
    }
}
