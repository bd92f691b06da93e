//! Marks of what is left.

use crate::domain::{ItemId, Menu, Timestamp};
use crate::store::{Fault, Tx};

impl Tx<'_> {
    /// Keeps how many are left of an item; none takes its mark away.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn set_portions(&self, item: &ItemId, left: Option<u32>, now: Timestamp) -> Result<(), Fault> {
        let Some(left) = left else { return self.drop_portions(item) };
        let sql = "INSERT INTO portions (item_id, remaining, since) VALUES (?1, ?2, ?3)
                   ON CONFLICT (item_id) DO UPDATE SET remaining = excluded.remaining, since = excluded.since";
        self.run("keep what is left", sql, (item.as_str(), left, now.rfc3339())).map(|_| ())
    }

    /// Drops the marks of items that a menu does not have, and gives them back.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn drop_portions_without(&self, menu: &Menu) -> Result<Vec<ItemId>, Fault> {
        let stock = self.stock()?;
        let gone: Vec<ItemId> =
            stock.marks().map(|(item, _)| item).filter(|item| menu.item(item).is_none()).cloned().collect();
        gone.iter().try_for_each(|item| self.drop_portions(item))?;
        Ok(gone)
    }

    fn drop_portions(&self, item: &ItemId) -> Result<(), Fault> {
        self.run("drop a mark", "DELETE FROM portions WHERE item_id = ?1", [item.as_str()]).map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::ItemId;
    use crate::store::Durability;
    use crate::store::fixtures::{Place, now, save, send};

    #[test]
    fn what_is_left_survives_and_drafts_promise_of_it() {
        let (place, mut store) = Place::with_store();
        let item = place.line("Soup", 500).item_id;
        let seen =
            |store: &crate::store::Store| store.reader().stock().unwrap().of(&item).map(|it| (it.left, it.promised));
        assert_eq!(seen(&store), None);
        let set = |store: &mut crate::store::Store, left| {
            store.write(Durability::Draft, |tx| tx.set_portions(&item, left, now())).unwrap();
        };
        let mut orders = Vec::new();
        for number in 1..=2 {
            let mut order = place.order(number);
            order.lines.extend([place.line("Soup", 500), place.line("Soup", 500)]);
            save(&mut store, &order);
            orders.push(order);
        }
        assert_eq!(seen(&store), None, "what is not counted is not counted");
        set(&mut store, Some(12));
        let promised: u32 = orders.iter().flat_map(|order| &order.lines).map(|line| line.quantity).sum();
        assert_eq!(seen(&store), Some((12, promised)));
        store.write(Durability::Draft, |tx| tx.undo(orders[1].order_id)).unwrap();
        assert_eq!(seen(&store), Some((12, promised / 2)), "undone, it is promised no more");
        send(&mut store, &mut orders[0]);
        assert_eq!(seen(&store), Some((12, 0)), "sent, it is no promise");
        drop(store);
        let mut store = place.open();
        assert_eq!(seen(&store), Some((12, 0)));
        set(&mut store, Some(0));
        assert_eq!(seen(&store), Some((0, 0)));
        set(&mut store, None);
        assert_eq!(seen(&store), None);
    }

    #[test]
    fn a_menu_keeps_the_marks_of_what_it_still_has() {
        let (_place, mut store) = Place::with_store();
        let menu = crate::document::menu::read(include_str!("../../../assets/demo/menu.json")).unwrap();
        let (known, gone) = (menu.items()[0].item_id.clone(), ItemId::from("item_of_last_year"));
        store
            .write(Durability::Draft, |tx| {
                tx.set_portions(&known, Some(3), now())?;
                tx.set_portions(&gone, Some(0), now())
            })
            .unwrap();
        let dropped = store.write(Durability::Synced, |tx| tx.drop_portions_without(&menu)).unwrap();
        assert_eq!(dropped, std::slice::from_ref(&gone));
        let stock = store.reader().stock().unwrap();
        assert_eq!((stock.of(&known).map(|it| it.left), stock.of(&gone)), (Some(3), None));
    }
}
