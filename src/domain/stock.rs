//! What is left of an item: the marks of this register, which lie beside the menu and stay when the menu changes.
//!
//! A mark says how many portions are left; none left is sold out (86). What stands on orders and was not sent is
//! promised: it is not left for another order. Send takes it from what is left for good.

use super::id::ItemId;
use super::order::{LineState, Order};
use super::refusal::Refusal;
use super::time::Timestamp;
use std::collections::BTreeMap;

/// What is left of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portions {
    /// How many can still be made.
    pub left: u32,
    /// How many of them stand on orders and were not sent.
    pub promised: u32,
    /// When what is left last changed.
    pub since: Timestamp,
}

impl Portions {
    /// How many can still be sold.
    pub fn free(self) -> u32 {
        self.left.saturating_sub(self.promised)
    }
}

/// Every mark of a register. What has none is not counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stock(BTreeMap<ItemId, Portions>);

impl FromIterator<(ItemId, Portions)> for Stock {
    fn from_iter<T: IntoIterator<Item = (ItemId, Portions)>>(marks: T) -> Stock {
        Stock(marks.into_iter().collect())
    }
}

impl Stock {
    /// The mark of an item, if it has one.
    pub fn of(&self, item: &ItemId) -> Option<Portions> {
        self.0.get(item).copied()
    }

    /// Every mark.
    pub fn marks(&self) -> impl Iterator<Item = (&ItemId, Portions)> {
        self.0.iter().map(|(item, portions)| (item, *portions))
    }

    /// Whether so many more of an item can be sold.
    ///
    /// # Errors
    /// [`Refusal::SoldOut`], or [`Refusal::OnlyLeft`] with how many there are.
    pub fn room_for(&self, item: &ItemId, name: &str, wanted: u32) -> Result<(), Refusal> {
        match self.of(item).map(Portions::free) {
            Some(0) if wanted > 0 => Err(Refusal::SoldOut(name.to_owned())),
            Some(left) if wanted > left => Err(Refusal::OnlyLeft { name: name.to_owned(), left, wanted }),
            Some(_) | None => Ok(()),
        }
    }
}

/// How many of an item stand on an order and were not sent.
pub fn promised(order: &Order, item: &ItemId) -> u32 {
    let drafts = order.lines.iter().filter(|line| line.state == LineState::Draft && line.item_id == *item);
    drafts.map(|line| line.quantity).fold(0, u32::saturating_add)
}
