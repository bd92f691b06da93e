//! Every number of the server that has an end, with its unit.

/// Largest body of a document, in bytes: as Apache CouchDB has it by default.
pub const DOCUMENT_BYTES_MAX: usize = 8_000_000;
/// Most documents in one `_bulk_docs`, `_bulk_get` or `_revs_diff`.
pub const DOCUMENTS_AT_ONCE_MAX: usize = 10_000;
/// Most rows in one page of changes.
pub const CHANGES_MAX: u32 = 10_000;
/// Largest local document, in bytes: a checkpoint with its history has some kilobytes.
pub const LOCAL_BYTES_MAX: usize = 262_144;
/// Longest id of a local document, in bytes.
pub const LOCAL_ID_BYTES_MAX: usize = 512;
/// Most local documents of one location: each of its devices has a few, under the names of its lanes.
pub const LOCALS_MAX: usize = 10_000;
/// Most versions of one document that quarrel with each other.
pub const LIVE_LEAVES_MAX: usize = 500;
/// Most leaves of one document, with those that ended.
pub const LEAVES_MAX: usize = 1_000;
/// Most bodies in one answer to `_bulk_get`, in bytes; a document that is asked for alone is handed out all the same.
pub const BULK_GET_BYTES_MAX: usize = 32_000_000;
/// How many documents are read at once for `_bulk_get`.
pub const READ_AT_ONCE: usize = 20;
/// The highest generation that is taken: far from where documents do not read any more, so that there is room for
/// the server's own edits.
pub const GENERATION_MAX: u32 = 1_000_000_000;
/// How many names of former revisions a document keeps (CouchDB's own `revs_limit`).
pub const REVISIONS_KEPT: usize = 1000;
/// How often a decision is made anew because somebody else was quicker.
pub const MOVES_MAX: u32 = 50;
/// How often a commit is repeated of which nobody knows whether it happened.
pub const COMMIT_TRIES: u32 = 3;
/// How long an operation is remembered, in milliseconds: far longer than a commit is repeated.
pub const OPERATION_KEPT_MS: i64 = 24 * 3_600_000;
/// Highest order number that is believed when a body says that it was given once: nine digits.
pub const ORDER_NUMBER_MAX: u64 = 999_999_999;
/// How far ahead of what was counted an order number is believed: a server that was made anew counts from 0.
pub const ORDER_NUMBERS_AHEAD_MAX: u64 = 1_000_000;
/// How long a statement waits for another program's lock, in milliseconds.
pub const BUSY_MS: u64 = 5_000;
/// How many statements stay prepared.
pub const STATEMENTS_KEPT: usize = 64;
