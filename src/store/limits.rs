//! Every number of the store that has an end, with its unit.

/// How long a statement waits for another program's lock, in milliseconds.
pub const BUSY_MS: u64 = 2000;
/// After how many commits the log is moved into the file: often enough that it stays at a few megabytes, and so seldom
/// that a page which changed many times is written there once.
pub const COMMITS_A_CHECKPOINT: u32 = 100;
/// After how many changed rows it is moved whatever the commits: a hundred documents that are pulled are one commit,
/// and some megabytes of the log.
pub const CHANGES_A_CHECKPOINT: u64 = 2_000;
/// How many pages of its log a store keeps room for, in pages of 4 KiB: more than a hundred commits of an evening take.
/// What a pruning or a long backup made of it is given back.
pub const LOG_PAGES_KEPT: u32 = 1_000;
/// How much room a migration may take: so many times what the store takes.
pub const MIGRATION_ROOM: u64 = 4;
/// How many pages of a backup are copied at once while the register sells.
pub const PAGES_AT_ONCE: i32 = 64;
/// How many menus are kept: the one in use and those before it.
pub const MENUS_KEPT: u32 = 5;
/// How many names of former revisions a document keeps (CouchDB's own `revs_limit`).
pub const REVISIONS_KEPT: usize = 1000;
/// How many statements stay prepared.
pub const STATEMENTS_KEPT: usize = 64;
/// Most rows that one look at a list may ask for.
pub const ROWS_MAX: u32 = 10_000;
/// How many of the orders that were finished last are looked at for voids of a moment ago.
pub const DONE_LOOKED_AT: u32 = 20;
/// Most print jobs of one order that are read for the kitchen.
pub const TICKETS_OF_ORDER_MAX: u32 = 500;
/// Most flaws that a check names; the rest are of the same kind.
pub const FLAWS_MAX: u32 = 20;
/// Longest that a submission is made to wait, in milliseconds: more is a clock that was set back.
pub const POSTPONED_MAX_MS: i64 = 3_600_000;
/// How far the count of what a manager must look at goes.
pub const REVIEWS_COUNTED_MAX: u32 = 999;
/// How long a row of the sync log is kept, in milliseconds: 30 days.
pub const SYNC_LOG_KEPT_MS: i64 = 30 * 86_400_000;
/// Most rows of the sync log that are dropped with a new one.
pub const SYNC_ROWS_DROPPED_AT_ONCE: u32 = 20;
/// By how much a server's time must differ from the last one kept to be written, in milliseconds.
pub const SERVER_TIME_STEP_MS: u64 = 60_000;
/// How long an order that is over is kept by the server's calendar, in days.
pub const ORDERS_KEPT_DAYS: u64 = 30;
/// Most lines of one order of which a kitchen's box notes when it saw them.
pub const LINES_SEEN_MAX: u32 = 2_000;
/// Most customers that one look at their list asks for.
pub const CUSTOMERS_MAX: u32 = 100;
/// How many words are read to find them: several of one customer may begin alike.
pub const CUSTOMER_WORDS_READ: u32 = 400;
/// How many customers of an older schema are read in one transaction, for which a key may wait.
pub const CUSTOMERS_READ_AT_ONCE: u32 = 100;
