//! Every number of synchronisation that has an end, with its unit.

/// Longest body of a request that a server reads, in bytes.
pub const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Longest body of an answer that a register reads, in bytes.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// How deep lists and objects may nest in a request. Answers wrap what requests brought, so theirs is more.
pub const REQUEST_DEPTH_MAX: usize = 64;
/// How deep lists and objects may nest in an answer.
pub const ANSWER_DEPTH_MAX: usize = 80;
/// Longest path and query of a request, in bytes.
pub const ADDRESS_BYTES_MAX: usize = 64 * 1024;
/// Most documents in one request. CouchDB's replicator sends up to 500 at once, PouchDB 100.
pub const REQUEST_DOCUMENTS_MAX: usize = 2_000;
/// Most revisions of one document in one request: CouchDB keeps 1000 names by default.
pub const REQUEST_REVISIONS_MAX: usize = 1_000;
/// Most rows of one page of the changes feed; who asks for more gets so many.
pub const CHANGES_ROWS_MAX: u32 = 10_000;
/// Longest that a server keeps an empty answer back, in milliseconds: CouchDB's own default.
pub const WAIT_MS_MAX: u32 = 60_000;
/// Longest secret, register id, cursor or tag in a request, in bytes.
pub const WORD_BYTES_MAX: usize = 1_000;
