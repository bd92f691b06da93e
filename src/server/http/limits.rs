//! Every number of the server's HTTP side that has an end, with its unit.

/// What is read and thrown away of a body that is refused, in bytes: whoever still writes hears why, where an answer in
/// the middle would be lost with the connection.
pub const DRAINED_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The same of a body whose sender shows nothing of who it is, in bytes: then the connection ends.
pub const DRAINED_OF_NOBODY_BYTES_MAX: usize = 16 * 1024;
/// Longest body that says what is asked of a feed, in bytes.
pub const FEED_BODY_BYTES_MAX: usize = 1_000_000;
/// How long the next piece of a body may take, in milliseconds.
pub const BODY_PAUSE_MS: u64 = 15_000;
/// How long a body may take as a whole, in milliseconds: 16 MB over a line of 1 Mbit/s.
pub const BODY_MS: u64 = 150_000;

// What is sent at once keeps the server below 700 MB (`tests/it/serve/memory.rs`): the room for bodies, the one large
// request that is worked on, and the small ones beside it.

/// Bodies up to this have room of their own, in bytes: larger ones hold up none of them.
pub const SMALL_BODY_BYTES: usize = 64 * 1024;
/// Room for small bodies, in bytes, all together.
pub const SMALL_BODIES_BYTES: usize = 32 * 1024 * 1024;
/// Room for larger ones, in bytes, all together: four of the largest.
pub const LARGE_BODIES_BYTES: usize = 4 * crate::sync::limits::REQUEST_BYTES_MAX;
/// How long a body waits for room before its sender is told to come back, in milliseconds.
pub const BODY_ROOM_MS: u64 = 5_000;
/// After how many seconds whoever found no room asks again.
pub const BODY_ROOM_S: u64 = 5;
/// Requests that are larger are worked on one after the other, in bytes: read as JSON, with the documents that stand,
/// each takes some 40 times as much.
pub const ALONE_BYTES: usize = 256 * 1024;

/// How many requests are with the database at once. SQLite does one after the other; the rest wait without a thread.
pub const TURNS: usize = 4;
/// How long an order waits for those of its location that came before, in milliseconds, until its sender is told to
/// come back: a register gives up on an answer after 30 s, and does not know then what became of it.
pub const QUEUE_MS: u64 = 10_000;
/// After how many seconds whoever waited so long asks again.
pub const QUEUE_S: u64 = 5;

/// Requests of one address in a second, in the long run.
pub const PEER_REQUESTS_PER_S: u32 = 5_000;
/// Requests of one token in a second, in the long run: a register that catches up sends one for each order.
pub const TOKEN_REQUESTS_PER_S: u32 = 1_000;
/// How many seconds of requests may be asked at once after a silence.
pub const BURST_S: u32 = 5;
/// How many addresses or tokens are counted; beyond that, those that were silent are forgotten first.
pub const COUNTED_MAX: usize = 20_000;

/// How often the database is asked whether another process wrote something for which a feed waits, in milliseconds.
pub const POLL_MS: u64 = 1_000;
/// Rows that a feed reads at once; an answer that has more is written as it is read.
pub const FEED_PAGE_ROWS: u32 = 1_000;
/// Feeds that one device holds open at once: a register holds one for each database, a PouchDB one for each of its live
/// replications.
pub const FEEDS_OF_ONE_MAX: usize = 64;
/// After how many seconds a device that holds so many asks again.
pub const FEEDS_OF_ONE_S: u64 = 5;
/// A feed that is held is asked for whether its reader is still let in at each change, each heartbeat and after so
/// long, in milliseconds.
pub const LOOKED_WHO_MS: u64 = 60_000;
/// A feed without heartbeat is held so long unless it says otherwise, in milliseconds: CouchDB's own default.
pub const FEED_TIMEOUT_MS: u64 = 60_000;
/// Shortest interval of heartbeats, in milliseconds.
pub const HEARTBEAT_MS_MIN: u64 = 100;
/// Pieces of an answer that is still being written that wait for a client that reads slowly.
pub const PIECES_WAITING: usize = 2;

/// Answers below this are not compressed, in bytes.
pub const COMPRESSED_BYTES_MIN: u16 = 1_024;

/// Of how many refused requests the log tells in a minute; the rest are counted.
pub const REFUSALS_LOGGED: u32 = 60;
/// How much of an address's path the log says, in letters.
pub const LOGGED_PATH_LETTERS: usize = 200;

/// How long the central database may take to answer before the server is not ready, in milliseconds.
pub const READY_MS: u64 = 2_000;
/// How long what was seen of database and disk holds, in milliseconds: whoever asks more often costs nothing.
pub const READY_FRESH_MS: u64 = 1_000;
/// With fewer free bytes than this the server is not ready for more.
pub const DISK_FREE_MIN_BYTES: u64 = 64 * 1024 * 1024;
/// How long counting devices may take for whoever reads the metrics, in milliseconds; they are left out then.
pub const SCRAPED_MS: u64 = 2_000;
/// How long ago a device that counts as heard may have come in, in milliseconds: that it did is noted every 5 minutes.
pub const HEARD_LATELY_MS: i64 = 15 * 60_000;
/// How many locations the metrics name; the rest are counted together.
pub const LOCATIONS_LABELLED: usize = 100;
/// What durations are told apart by, in microseconds: 1 ms to 10 s.
pub const BUCKETS_US: [u64; 13] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
];
/// After how many seconds whoever came while the server closes asks again.
pub const CLOSING_S: u64 = 5;
