//! The rules of one house, as its configuration sets them.

use super::id::{LocationId, RegisterId};
use serde::{Deserialize, Serialize};

/// When a receipt leaves the printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReceiptRule {
    /// With every paid order.
    Always,
    /// When the guest asks for one.
    OnRequest,
}

/// The rules of the house that decisions ask for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct House {
    /// Which restaurant.
    pub location_id: LocationId,
    /// Which register.
    pub register_id: RegisterId,
    /// Name at the head of receipts.
    pub name: String,
    /// Lines under it: address, telephone, tax number.
    pub address: Vec<String>,
    /// Lines at the foot of receipts.
    pub footer: Vec<String>,
    /// When the business day starts, in minutes after midnight.
    pub day_starts_min: u32,
    /// When a receipt is printed.
    pub receipt: ReceiptRule,
    /// What a cash total is rounded to, in minor units; `None` = what is usual for the menu's currency.
    pub cash_step: Option<i64>,
    /// How long an untouched register stays open, in milliseconds.
    pub idle_lock_ms: i64,
    /// Reasons that the void screen offers.
    pub void_reasons: Vec<String>,
    /// Reasons that the refund screen offers.
    pub refund_reasons: Vec<String>,
}

impl House {
    /// A house with the given name and what is usual everywhere else.
    pub fn named(name: &str, location: &str, register: &str) -> House {
        let reasons = ["Guest changed mind", "Wrong item", "Kitchen error", "Sold out", "Waited too long"];
        let refunds = ["Wrong item", "Not as it should be", "Never came", "Charged too much", "Goodwill"];
        House {
            location_id: location.into(),
            register_id: register.into(),
            name: name.to_owned(),
            address: Vec::new(),
            footer: Vec::new(),
            day_starts_min: 4 * 60,
            receipt: ReceiptRule::Always,
            cash_step: None,
            idle_lock_ms: 5 * 60_000,
            void_reasons: reasons.map(str::to_owned).to_vec(),
            refund_reasons: refunds.map(str::to_owned).to_vec(),
        }
    }
}
