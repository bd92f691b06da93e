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

/// Most bytes of one answer to `_all_docs`, `_find` or a feed that is answered at once.
pub const ANSWER_BYTES_MAX: usize = 64_000_000;
/// How many documents are listed at once.
pub const LISTED_AT_ONCE: u32 = 500;
/// Most ids in `keys` or in the filter `_doc_ids`.
pub const KEYS_MAX: usize = 10_000;
/// Most UUIDs that are made in one answer (CouchDB's own).
pub const UUIDS_MAX: u32 = 1_000;
/// Most documents that one page of a filtered feed looks at.
pub const FILTERED_MAX: u32 = 5_000;
/// After so many bytes of documents a page of a feed ends.
pub const FEED_PAGE_BYTES: usize = 8_000_000;
/// Most conditions of a selector.
pub const SELECTOR_PARTS_MAX: usize = 1_000;
/// How deep the conditions of a selector may nest.
pub const SELECTOR_DEPTH_MAX: usize = 32;
/// Most fields of a query: those that it sorts by, those that it asks for, those of an index.
pub const FIELDS_MAX: usize = 100;
/// Most documents that one query looks at.
pub const LOOKED_AT_MAX: u64 = 50_000;
/// Longest bookmark, in bytes.
pub const BOOKMARK_BYTES_MAX: usize = 16_384;
/// Most Mango indexes of a database.
pub const INDEXES_MAX: usize = 64;
/// Longest definition of a Mango index, in bytes.
pub const INDEX_BYTES_MAX: usize = 16_384;
/// How many documents a query hands out when it does not say (CouchDB's own).
pub const FOUND_BY_DEFAULT: u32 = 25;
