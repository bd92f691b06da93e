//! To whom a line goes, and for whom.

use crate::domain::id::{LocationId, RegisterId};
use crate::sync::wire::Site;
use std::fmt;

/// To whom a line goes, and for whom.
#[derive(Clone, PartialEq, Eq)]
pub struct LineSettings {
    /// The server.
    pub site: Site,
    /// Which register this is.
    pub register_id: RegisterId,
    /// Where it stands.
    pub location_id: LocationId,
    /// What it was given when it was enrolled; none where calls need no token. For a stock CouchDB, a token as it is,
    /// or the password of the name that the site logs in with.
    pub secret: Option<String>,
    /// The store's own id.
    pub store_id: String,
    /// Its epoch: a restored store is another one to the server.
    pub epoch: u32,
}

impl fmt::Debug for LineSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "LineSettings({} of {} at {}", self.register_id, self.location_id, self.site)?;
        write!(out, ", store {} epoch {})", self.store_id, self.epoch)
    }
}
