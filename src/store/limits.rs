//! Every number of the store that has an end, with its unit.

/// How long a statement waits for another program's lock, in milliseconds.
pub const BUSY_MS: u64 = 2000;
/// How many menus are kept: the one in use and those before it.
pub const MENUS_KEPT: u32 = 5;
/// How many names of former revisions a document keeps (CouchDB's own `revs_limit`).
pub const REVISIONS_KEPT: usize = 1000;
/// How many statements stay prepared.
pub const STATEMENTS_KEPT: usize = 64;
/// Most rows that one look at a list may ask for.
pub const ROWS_MAX: u32 = 10_000;
/// Most flaws that a check names; the rest are of the same kind.
pub const FLAWS_MAX: u32 = 20;
