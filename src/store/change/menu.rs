//! Taking a menu into use.

use crate::document;
use crate::domain::{Menu, Timestamp};
use crate::store::limits::MENUS_KEPT;
use crate::store::{Fault, Tx};

impl Tx<'_> {
    /// Takes a menu into use and returns its version; the last few before it are kept.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be written.
    pub fn put_menu(&self, menu: &Menu, now: Timestamp) -> Result<u32, Fault> {
        let version = self.menu_version()?.unwrap_or(0).saturating_add(1);
        let sql = "INSERT INTO menu (version, body, imported_at) VALUES (?1, ?2, ?3)";
        self.run("keep the menu", sql, (version, document::menu::write(menu), now.rfc3339()))?;
        let kept_from = (version + 1).saturating_sub(MENUS_KEPT);
        self.run("drop the oldest menu", "DELETE FROM menu WHERE version < ?1", [kept_from])?;
        Ok(version)
    }
}

#[cfg(test)]
mod tests {
    use crate::store::Durability;
    use crate::store::fixtures::{Place, now};
    use crate::store::limits::MENUS_KEPT;

    #[test]
    fn the_newest_menu_is_in_use_and_the_last_few_are_kept() {
        let (place, mut store) = Place::with_store();
        assert_eq!(store.reader().menu().unwrap(), None);
        let menu = crate::document::menu::read(include_str!("../../../assets/demo/menu.json")).unwrap();
        for version in 1..=MENUS_KEPT + 3 {
            assert_eq!(store.write(Durability::Synced, |tx| tx.put_menu(&menu, now())).unwrap(), version);
        }
        drop(store);
        let store = place.open();
        assert_eq!(store.reader().menu().unwrap(), Some(menu));
        assert_eq!(store.reader().menu_version().unwrap(), Some(MENUS_KEPT + 3));
        let kept = "SELECT COUNT(*) FROM menu";
        let kept: u32 = store.reader().connection().query_row(kept, [], |row| row.get(0)).unwrap();
        assert_eq!(kept, MENUS_KEPT);
    }
}
