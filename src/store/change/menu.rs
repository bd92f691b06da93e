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
