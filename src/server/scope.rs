//! Who asks: what a token says, once it was checked.

use crate::domain::{LocationId, RegisterId};

/// For which location a token speaks, and what its bearer may do there. Nothing of another location can be read,
/// written or inferred with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Which location.
    pub location_id: LocationId,
    /// What the bearer may do there.
    pub role: Role,
}

/// What a bearer may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Sells: submits, and exchanges all but the menu, which it only reads.
    Register(RegisterId),
    /// Cooks: reads.
    Kitchen,
    /// Runs the house: what a register may, and the menu.
    Admin,
}

impl Role {
    /// The word in the database.
    pub fn code(&self) -> &'static str {
        match self {
            Role::Register(_) => "register",
            Role::Kitchen => "kitchen",
            Role::Admin => "admin",
        }
    }
}
