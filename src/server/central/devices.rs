//! Devices as the central database keeps them: who they are, the codes they come in with, and what was done about it.

use crate::domain::{LocationId, Timestamp};
use crate::server::scope::Scope;

/// A device that was enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Where, and what it may do there.
    pub scope: Scope,
    /// What it is called there; of a register, its id.
    pub name: String,
    /// How often it was enrolled: what was given to a former enrolment counts no more.
    pub generation: u64,
    /// When it was enrolled last.
    pub enrolled_at: Timestamp,
    /// When its secret was taken back.
    pub revoked_at: Option<Timestamp>,
    /// When it came in last, within [`SEEN_EVERY_MS`](crate::server::limits::SEEN_EVERY_MS).
    pub seen_at: Option<Timestamp>,
}

/// A one-time code that was made for a device, as it is kept: without the code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The digest of the code.
    pub code_digest: String,
    /// Where, and what the device may do there.
    pub scope: Scope,
    /// What it is called there.
    pub name: String,
    /// When the code was made.
    pub made_at: Timestamp,
    /// Until when it is taken.
    pub expires_at: Timestamp,
}

/// What became of a code that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Redeemed {
    /// The device is enrolled, and the code used up.
    Device(Device),
    /// There is no such code: never, or not any more.
    Unknown,
    /// Meanwhile a device of another role was enrolled under that name. The code is kept.
    NameTaken,
}

/// Something that an operator or the door did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// When.
    pub done_at: Timestamp,
    /// For which location.
    pub location_id: LocationId,
    /// What, in one word: `invited`, `enrolled`, `revoked`, `menu_imported`, `numbers_passed`.
    pub what: String,
    /// About whom or what; never a code or a secret.
    pub about: String,
}
