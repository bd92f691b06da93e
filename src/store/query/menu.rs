//! The menu in use.

use super::columns::value;
use crate::document;
use crate::domain::Menu;
use crate::store::fault::{Cause, Unreadable};
use crate::store::{Fault, Reader};

impl Reader {
    /// The menu in use; `None` before the first import. Reads and checks all of it: keep it, and read again only when
    /// [`Reader::menu_version`] changes.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn menu(&self) -> Result<Option<Menu>, Fault> {
        let sql = "SELECT version, body FROM menu ORDER BY version DESC LIMIT 1";
        self.first("read the menu", sql, [], |row| {
            let (version, body): (u32, String) = (value(row, "version")?, value(row, "body")?);
            document::menu::read(&body).map_err(|flaws| {
                let first = flaws.first().map(ToString::to_string).unwrap_or_default();
                Cause::from(Unreadable::new(format!("menu {version}"), first))
            })
        })
    }

    /// The version of the menu in use: one more with every import.
    ///
    /// # Errors
    /// [`Fault`] when it cannot be read.
    pub fn menu_version(&self) -> Result<Option<u32>, Fault> {
        let sql = "SELECT version FROM menu ORDER BY version DESC LIMIT 1";
        self.first("read the version of the menu", sql, [], |row| value(row, "version"))
    }
}
