//! What is left of an item: marks that lie beside the menu and stay when the menu changes. All registers of a location
//! share them.
//!
//! A mark says how many portions are left; none left is sold out (86). What stands on orders and was not sent is
//! promised: it is not left for another order of this register. Send takes it from what is left for good. Registers
//! that sell apart may sell more than there is: that is told, and nothing that was sent is taken back.

use super::id::{ItemId, Seller};
use super::order::{LineState, Order};
use super::refusal::Refusal;
use super::time::Timestamp;
use std::collections::BTreeMap;

/// What is left of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portions {
    /// How many can still be made; below nothing, so many were sold too many.
    pub left: i64,
    /// How many of them stand on orders and were not sent.
    pub promised: u32,
    /// When what is left last changed.
    pub since: Timestamp,
}

impl Portions {
    /// How many can still be sold.
    pub fn free(self) -> u32 {
        u32::try_from(self.left.saturating_sub(self.promised.into()).max(0)).unwrap_or(u32::MAX)
    }

    /// How many can still be made, whoever was promised them.
    pub fn in_the_house(self) -> u32 {
        u32::try_from(self.left.max(0)).unwrap_or(u32::MAX)
    }

    /// How many were sold that were not there.
    pub fn too_many(self) -> u64 {
        self.left.min(0).unsigned_abs()
    }
}

/// What registers share of one item: the last mark, and what each of them has sold since the item was first counted.
///
/// What somebody has sold only grows, so that whoever was cut off adds it up with the others at any time, in any order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Of which item.
    pub item_id: ItemId,
    /// What somebody said last; none when it is not counted.
    pub mark: Option<Mark>,
    /// How many each has sold while it was counted.
    pub sold: BTreeMap<Seller, u64>,
}

/// That somebody counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// How many were left.
    pub left: u32,
    /// What each had sold by then, as far as whoever counted had heard. What others sold and had not told comes off
    /// what is left once they do: rather one too few than one too many.
    pub sold: BTreeMap<Seller, u64>,
}

impl Tally {
    /// Of an item that was never counted.
    pub fn new(item_id: ItemId) -> Tally {
        Tally { item_id, mark: None, sold: BTreeMap::new() }
    }

    /// How many are left; below nothing when registers that sold apart sold more than that. None when it is not
    /// counted.
    pub fn left(&self) -> Option<i64> {
        let mark = self.mark.as_ref()?;
        let since = |(seller, sold): (&Seller, &u64)| sold.saturating_sub(mark.sold.get(seller).copied().unwrap_or(0));
        let sold = self.sold.iter().map(since).fold(0_u64, u64::saturating_add);
        Some(i64::from(mark.left).saturating_sub(i64::try_from(sold).unwrap_or(i64::MAX)))
    }

    /// Counts anew; none stops counting.
    pub fn count(&mut self, left: Option<u32>) {
        self.mark = left.map(|left| Mark { left, sold: self.sold.clone() });
    }

    /// Takes what somebody sold from what is left.
    pub fn sell(&mut self, seller: Seller, quantity: u32) {
        let sold = self.sold.entry(seller).or_default();
        *sold = sold.saturating_add(quantity.into());
    }
}

/// Every mark that counts here. What has none is not counted.
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
