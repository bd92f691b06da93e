//! What is left of the items that are counted, and what open drafts promise of it.

use super::columns::{instant, value};
use crate::domain::{ItemId, OrderId, Portions, Stock};
use crate::store::draft::Step;
use crate::store::fault::Unreadable;
use crate::store::limits::ROWS_MAX;
use crate::store::{Fault, Reader};
use std::collections::BTreeMap;

impl Reader {
    /// Every mark, with what stands on orders that were not sent. Without a mark, no draft is read.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn stock(&self) -> Result<Stock, Fault> {
        let sql = "SELECT item_id, remaining, since FROM portions ORDER BY item_id LIMIT ?1";
        let marks = self.all("read what is left", sql, [ROWS_MAX], |row| {
            let (left, since) = (value(row, "remaining")?, instant(row, "since")?);
            Ok((ItemId(value(row, "item_id")?), Portions { left, promised: 0, since }))
        })?;
        if marks.is_empty() {
            return Ok(Stock::default());
        }
        let promised = self.promises()?;
        let with = |(item, portions): (ItemId, Portions)| {
            let promised = promised.get(&item).copied().unwrap_or(0);
            (item, Portions { promised, ..portions })
        };
        Ok(marks.into_iter().map(with).collect())
    }

    /// How many of an item, counted or not, stand on open orders and were not sent.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn promised(&self, item: &ItemId) -> Result<u32, Fault> {
        Ok(self.promises()?.get(item).copied().unwrap_or(0))
    }

    /// What is sold out (86) or counted down, as the menu names it, and how many are left; none left is not above 0.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn counted(&self) -> Result<Vec<(String, i64)>, Fault> {
        let stock = self.stock()?;
        // Most days nothing is, and the menu need not be read.
        let menu = if stock.marks().next().is_some() { self.menu()? } else { None };
        let name = |item: &ItemId| menu.as_ref().and_then(|menu| menu.item(item)).map(|item| item.name.clone());
        Ok(stock.marks().map(|(item, it)| (name(item).unwrap_or_else(|| item.to_string()), it.left)).collect())
    }

    fn promises(&self) -> Result<BTreeMap<ItemId, u32>, Fault> {
        let sql = "SELECT draft.order_id, draft.body FROM order_row JOIN draft ON draft.order_id = order_row.order_id
                   AND draft.step = (SELECT MAX(step) FROM draft AS newest WHERE newest.order_id = order_row.order_id)
                   WHERE order_row.is_open = 1 LIMIT ?1";
        let steps = self.all("read what is promised", sql, [ROWS_MAX], |row| {
            let (order, body): (String, String) = (value(row, "order_id")?, value(row, "body")?);
            let order_id = OrderId::read(&order).ok_or_else(|| Unreadable::new("order_id", format!("`{order}`")))?;
            Step::read(order_id, &body)
        })?;
        let mut promised: BTreeMap<ItemId, u32> = BTreeMap::new();
        for line in steps.iter().flat_map(Step::lines) {
            let count = promised.entry(line.item_id.clone()).or_default();
            *count = count.saturating_add(line.quantity);
        }
        Ok(promised)
    }
}
