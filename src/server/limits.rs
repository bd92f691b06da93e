//! Every number of the server that has an end, with its unit.

/// Largest body of a document, in bytes: as Apache CouchDB has it by default.
pub const DOCUMENT_BYTES_MAX: usize = 8_000_000;
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
/// Most bytes that the leaves of one document say together: three of the largest. It is read and written whole.
pub const LEAVES_BYTES_MAX: usize = 24_000_000;
/// Most revisions in the tree of one document: a house's registers share nearly all of them.
pub const TREE_REVISIONS_MAX: usize = 50_000;
/// A revision that ends one of the versions that quarrel is taken beyond all of that, if it says no more than this, in
/// bytes: a tombstone says of what type and location it is.
pub const SETTLING_BYTES_MAX: usize = 16_384;
/// A document with fewer leaves is within those bounds, whatever they are.
pub const LEAVES_UNCOUNTED: usize = 3;
/// Most bodies in one answer to `open_revs`, in bytes, and in one to `_bulk_get` where it is made whole; what is asked
/// for alone is handed out all the same.
pub const BULK_GET_BYTES_MAX: usize = 32_000_000;
/// After so many bytes a piece of a long answer ends, and goes on its way.
pub const PIECE_BYTES: usize = 256 * 1024;
/// Revisions that come many at once are taken so many bytes at a time: read as JSON, with what stands and what is
/// written, they take some 20 times as much in memory.
pub const TAKEN_BYTES: usize = 256 * 1024;
/// How many documents are looked at whole at once by a query: each may be large.
pub const READ_AT_ONCE: usize = 20;
/// The highest generation that is taken: far from where documents do not read any more, so that there is room for
/// the server's own edits.
pub const GENERATION_MAX: u32 = 1_000_000_000;
/// How many names of former revisions a document keeps (CouchDB's own `revs_limit`).
pub const REVISIONS_KEPT: usize = 1000;
/// How often a decision is made anew because somebody else was quicker. Orders of a location follow each other within a
/// server (`http::queues`), so that only those at the front in each server of a database meet. Where two servers had
/// one at every moment, one order in 100 lost 11 times and one in 1,000 some 25 times: ten times fewer with each dozen
/// or so, which makes it once in some 10^9 for this.
pub const MOVES_MAX: u32 = 100;
/// How often a commit is repeated of which nobody knows whether it happened.
pub const COMMIT_TRIES: u32 = 3;
/// How long an operation is remembered, in milliseconds: far longer than a commit is repeated.
pub const OPERATION_KEPT_MS: i64 = 24 * 3_600_000;
/// Highest order number that is believed when a body says that it was given once: nine digits.
pub const ORDER_NUMBER_MAX: u64 = 999_999_999;
/// How far ahead of what was counted an order number is believed, once so many were counted: what the registers still
/// hold when an old backup was restored, a thousand orders a day for thirty days.
pub const ORDER_NUMBERS_LEAP_MAX: u64 = 30_000;
/// Highest order number that is believed before: a server that was made anew counts from 0, and its house may have sold
/// for years.
pub const ORDER_NUMBERS_OF_YEARS: u64 = 1_000_000;
/// When more numbers than this are passed over, the server's history says so, and why.
pub const ORDER_NUMBERS_PASSED_TOLD: u64 = 100;
/// How long a statement waits for another program's lock, in milliseconds.
pub const BUSY_MS: u64 = 5_000;
/// How many statements stay prepared.
pub const STATEMENTS_KEPT: usize = 64;

/// Most connections of one server to PostgreSQL: one for each request that is with the database at once, and some for
/// what is looked at beside them.
pub const POSTGRES_CONNECTIONS: usize = 8;
/// How long a connection to PostgreSQL may take to come to be, in milliseconds.
pub const POSTGRES_CONNECT_MS: u64 = 5_000;
/// How long a request waits for a connection that is free, in milliseconds.
pub const POSTGRES_TURN_MS: u64 = 10_000;
/// How long one statement may take before PostgreSQL ends it, in milliseconds.
pub const POSTGRES_STATEMENT_MS: u64 = 10_000;
/// How long PostgreSQL lets a transaction wait for its server's next statement, in milliseconds: one that froze holds
/// up the others of its location so long.
pub const POSTGRES_IDLE_TRANSACTION_MS: u64 = 10_000;
/// How long what is asked of the database may take as a whole, in milliseconds; then nobody knows what it did.
pub const POSTGRES_ANSWER_MS: u64 = 20_000;
/// After how many seconds of silence it is looked whether PostgreSQL's machine is still there, and how long what was
/// sent may go without a sign of it.
pub const POSTGRES_KEEPALIVE_S: u64 = 15;
/// How often what is read is asked when a connection is lost over it, each time over another.
pub const POSTGRES_READ_TRIES: u32 = 3;
/// How often a transaction is done anew when another was in its way.
pub const POSTGRES_AGAIN_TRIES: u32 = 10;
/// How long one migration may take, and how long a server waits for another that runs them, in milliseconds.
pub const POSTGRES_MIGRATION_MS: u64 = 600_000;

/// Most connections of one server to SQL Server: as many as to PostgreSQL.
pub const SQLSERVER_CONNECTIONS: usize = 8;
/// How long a connection to SQL Server may take to come to be, and then again until one is let in, in milliseconds.
pub const SQLSERVER_CONNECT_MS: u64 = 5_000;
/// How long a request waits for a connection that is free, in milliseconds.
pub const SQLSERVER_TURN_MS: u64 = 10_000;
/// How long a connection that was kept may take to say that it still stands, in milliseconds; then another is made.
pub const SQLSERVER_REST_MS: u64 = 2_000;
/// How long SQL Server may be silent in the middle of an answer, in milliseconds; then nobody knows what it did.
pub const SQLSERVER_STATEMENT_MS: u64 = 10_000;
/// How long what is asked of the database may take as a whole, in milliseconds; then nobody knows what it did.
pub const SQLSERVER_ANSWER_MS: u64 = 20_000;
/// How often what is read is asked when a connection is lost over it, each time over another.
pub const SQLSERVER_READ_TRIES: u32 = 3;
/// How often a transaction is done anew when another was in its way.
pub const SQLSERVER_AGAIN_TRIES: u32 = 10;
/// How often a document is read again that changed between its revisions and what they say.
pub const SQLSERVER_MOVES: u32 = 10;
/// How long one migration may take, and how long a server waits for another that runs them, in milliseconds.
pub const SQLSERVER_MIGRATION_MS: u64 = 600_000;
/// Old operations are forgotten each time that a feed has come on by so many.
pub const SQLSERVER_FORGET_EVERY: u64 = 64;
/// Longest id of a document in SQL Server, in letters of UTF-16 as it is kept: an index takes 1,700 bytes, of which
/// location, database and revision have theirs.
pub const SQLSERVER_ID_UNITS: usize = 700;
/// Longest name there of which an index may hold two: of orders, lines, payments, taxes and Mango indexes.
pub const SQLSERVER_NAME_UNITS: usize = 350;
/// Longest name of an operation there.
pub const SQLSERVER_WORD_UNITS: usize = 200;
/// Longest name of a location or a device there.
pub const SQLSERVER_LOCATION_UNITS: usize = 64;

/// How long a token holds, in seconds.
pub const TOKEN_S: u32 = 15 * 60;
/// How far the clocks of two servers may lie apart for a token of the one to hold at the other, in seconds.
pub const TOKEN_LEEWAY_S: i64 = 30;
/// Longest token that is looked at, in bytes: ours have some 400.
pub const TOKEN_BYTES_MAX: usize = 2_048;
/// Shortest key that tokens are signed with, in bytes: as long as the digest (RFC 7518, 3.2).
pub const KEY_BYTES_MIN: usize = 32;
/// Most keys that are held at once: the one that signs, and those of which a token may still be about.
pub const KEYS_MAX: usize = 8;
/// A cookie is given anew once it is so old, in seconds: a tenth of its time, as CouchDB does.
pub const COOKIE_ANEW_S: i64 = 90;
/// Largest body of a request at the door, in bytes.
pub const DOOR_BYTES_MAX: usize = 16 * 1024;
/// So many wrong secrets under one name, and its secrets are not looked at any more until the time below is over.
pub const WRONG_SECRETS_MAX: u32 = 10;
/// So many wrong codes from one address (or, where that is not known, at all), and codes are not looked at any more.
pub const WRONG_CODES_MAX: u32 = 20;
/// How long wrong tries count, in milliseconds, from the first of them.
pub const WRONG_TRIES_MS: i64 = 60_000;
/// Of how many names and addresses wrong tries are remembered; the oldest are forgotten first.
pub const WRONG_TRIES_KEPT: usize = 10_000;
/// How many letters a one-time code has: with 30 to choose from, 78 bits.
pub const CODE_LETTERS: usize = 16;
/// How long a one-time code is taken when nobody says otherwise, in milliseconds: a day.
pub const CODE_LASTS_MS: i64 = 24 * 3_600_000;
/// The longest that one may be taken, in milliseconds: 30 days.
pub const CODE_LASTS_MS_MAX: i64 = 30 * 24 * 3_600_000;
/// So long after a code was typed the device that typed it is told the same again, in milliseconds: the answer may have
/// been lost.
pub const ENROL_AGAIN_MS: i64 = 10 * 60_000;
/// How many hex digits the secret has that a device proposes for itself: 256 bits, as one that is made here.
pub const PROPOSED_SECRET_DIGITS: usize = 64;
/// That a device came in is noted again after so long, in milliseconds.
pub const SEEN_EVERY_MS: i64 = 5 * 60_000;
/// Longest name of a location, a kitchen screen or an operator, in letters.
pub const NAME_MAX: usize = 32;
/// Longest id of a register, in letters: it stands in every order number.
pub const REGISTER_ID_MAX: usize = 8;
/// Most devices or codes that are listed at once.
pub const DEVICES_LISTED_MAX: u32 = 10_000;
/// Most that is told of what was done, the newest of it.
pub const ACTS_LISTED_MAX: u32 = 1_000;
/// Most locations that are told when another was asked for.
pub const LOCATIONS_TOLD_MAX: u32 = 20;
/// Most bytes of one answer to `_find`: what is more is asked for in pages.
pub const ANSWER_BYTES_MAX: usize = 64_000_000;
/// How many documents are listed at once.
pub const LISTED_AT_ONCE: u32 = 500;
/// Most ids in `keys` or in the filter `_doc_ids`.
pub const LISTED_KEYS_MAX: usize = 10_000;
/// Most listings in one `_all_docs/queries`.
pub const QUERIES_MAX: usize = 100;
/// Most UUIDs that are made in one answer (CouchDB's own).
pub const UUIDS_MAX: u32 = 1_000;
/// Most documents that one page of a filtered feed looks at.
pub const FILTERED_MAX: u32 = 5_000;
/// After so many bytes of documents a page of a feed ends.
pub const FEED_PAGE_BYTES: usize = 1_000_000;
/// Most conditions of a selector, with the values in their lists.
pub const SELECTOR_PARTS_MAX: u64 = 1_000;
/// Longest name of a field in a query, with those that it lies in, in bytes.
pub const FIELD_NAME_BYTES_MAX: usize = 1_000;
/// How deep the field of a query may lie: no deeper than a document reads.
pub const FIELD_PARTS_MAX: usize = crate::sync::limits::REQUEST_DEPTH_MAX;
/// Longest pattern of a `$regex`, in bytes.
pub const REGEX_BYTES_MAX: usize = 200;
/// How deep groups of a pattern may nest.
pub const REGEX_DEPTH_MAX: u32 = 32;
/// Most bytes that a pattern takes once it was read, its repetitions written out.
pub const REGEX_SIZE_MAX: usize = 16_384;
/// So many of those bytes are one step of a search, for each byte of the text.
pub const REGEX_STEP_BYTES: usize = 16;
/// Longest text in which a pattern is looked for, in bytes; in a longer one it is not found.
pub const REGEX_TEXT_BYTES_MAX: usize = 10_000;
/// How deep the conditions of a selector may nest.
pub const SELECTOR_DEPTH_MAX: usize = 32;
/// Most fields of a query: those that it sorts by, those that it asks for, those of an index.
pub const FIELDS_MAX: usize = 100;
/// Most documents that one query looks at.
pub const LOOKED_AT_MAX: u64 = 50_000;
/// Most work of one query, or of one page of a filtered feed: values of documents times conditions of the selector, and
/// for each text in which a pattern was looked for its bytes times the pattern's steps. Some seconds at most.
pub const SELECTING_MAX: u64 = 100_000_000;
/// Longest bookmark, in bytes.
pub const BOOKMARK_BYTES_MAX: usize = 16_384;
/// Most Mango indexes of a database.
pub const INDEXES_MAX: usize = 64;
/// Longest definition of a Mango index, in bytes.
pub const INDEX_BYTES_MAX: usize = 16_384;
/// How many documents a query hands out when it does not say (CouchDB's own).
pub const FOUND_BY_DEFAULT: u32 = 25;
/// Most payments that came over a bridge and wait for their orders; their ids fit into a local document.
pub const WAITING_PAYMENTS_MAX: usize = 2_000;
/// How many pages of a backup are copied at once, of 4,096 bytes each: then others have their turn.
pub const BACKUP_PAGES_AT_ONCE: i32 = 256;
/// Most flaws of a central database that are told.
pub const FLAWS_TOLD_MAX: u32 = 20;
