//! Every number of synchronisation that has an end, with its unit.

/// Longest body of a request that a server reads, in bytes.
pub const REQUEST_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Longest body of an answer that a register reads, in bytes: one document as large as a server takes, or a menu. It is
/// read between two keys.
pub const ANSWER_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Longest answer that brings several documents, or rows of a feed, in bytes: of what is longer, less is asked for.
pub const ANSWER_BATCH_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Longest answer of a few words, in bytes: a checkpoint, a token, or the page of whoever stands in the server's place.
pub const ANSWER_SHORT_BYTES_MAX: usize = 1024 * 1024;
/// Most objects in the body of a request: each takes a kilobyte or more when it is read, however short it is.
pub const REQUEST_OBJECTS_MAX: usize = 200_000;
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

/// A lane that failed waits at least so long, in milliseconds.
pub const BACKOFF_FLOOR_MS: u64 = 250;
/// The longest that a lane may wait after its first failure, in milliseconds; it doubles with each one more.
pub const BACKOFF_FIRST_MS: u64 = 1_000;
/// The longest that a lane may wait after any failure, in milliseconds.
pub const BACKOFF_LONGEST_MS: u64 = 300_000;
/// The longest that a server can ask to be left alone (`Retry-After`), in milliseconds.
pub const RETRY_AFTER_MS_MAX: u64 = 3_600_000;

/// How often the server is probed when nothing else was heard of it, in milliseconds.
pub const PROBE_EVERY_MS: i64 = 5_000;
/// How long a probe may take, in milliseconds. A silent loss shows after an interval and two of these: 9 s.
pub const PROBE_REPLY_MS: u32 = 2_000;
/// The longest interval between probes while offline, in milliseconds: a return shows within half a minute.
pub const PROBE_LONGEST_MS: i64 = 25_000;
/// After so many failures in a row there is no link.
pub const FAILURES_UNTIL_OFFLINE: u32 = 2;

/// How long a call may take, in milliseconds.
pub const REPLY_MS: u32 = 30_000;
/// How long the server may keep the changes feed back, in milliseconds: shorter than the patience of most proxies.
pub const FEED_WAIT_MS: u32 = 25_000;
/// The same for who only reads, in milliseconds: what it is told every so often proves that the feed stands.
pub const FEED_BEAT_MS: u32 = 4_000;
/// How long a long poll may take beyond that, in milliseconds.
pub const FEED_GRACE_MS: u32 = 10_000;
/// A feed that comes back empty sooner than it was asked to is asked again after so many milliseconds.
pub const FEED_POLL_MS: i64 = 5_000;
/// Every lane runs at least so often while there is a link, in milliseconds.
pub const ROUND_MS: i64 = 60_000;
/// How long the server's checkpoint may lag when nothing was sent, in milliseconds; a feed that is waited for is not
/// interrupted for it.
pub const CHECKPOINT_LAG_MS: i64 = 5_000;
/// After so many rows of the feed that brought nothing new a pull notes its checkpoint all the same.
pub const UNNOTED_ROWS_MAX: usize = 500;

/// After so many revisions that the server has already a push notes its checkpoint at once.
pub const UNNOTED_REVISIONS_MAX: usize = 200;

/// Most documents of one round of replication.
pub const PAGE_ROWS: u32 = 100;
/// Bodies that travel together in one push, in bytes: less than what servers and proxies find too large.
pub const PUSH_BYTES: usize = 1024 * 1024;
/// How many sessions a checkpoint remembers: as many as CouchDB's.
pub const SESSIONS_MAX: usize = 50;
/// After so many failures in a row with one document alone, a push asks whether the server can write anything else.
pub const FAILURES_UNTIL_REFUSED: u32 = 12;
/// After so many failures in a row with one document alone, a pull passes over it: some ten minutes.
pub const FAILURES_UNTIL_PASSED_OVER: u32 = 12;
/// Most revisions that are asked for in one address.
pub const OPEN_REVISIONS_MAX: usize = 100;
/// Longest sequence or cursor of a server, in bytes: three times as long it must fit into an address.
pub const SERVER_WORD_BYTES_MAX: usize = 16 * 1024;
/// How often in a row a checkpoint may be contested before its lane backs off.
pub const CONTESTS_MAX: u32 = 3;

/// How many rejections are retried; the next one sends a submission to Review.
pub const RETRIES_UNTIL_REVIEW: u32 = 3;
/// How often a register that has an order in hand looks who else has, in milliseconds: less than [`PROBE_EVERY_MS`], so
/// that its answers stand for probes.
pub const PRESENCE_LOOK_MS: i64 = 4_000;
/// How often it says so itself, in milliseconds: with every third look.
pub const PRESENCE_TELL_MS: i64 = 12_000;
/// How long an order stays in hand that was only just sent before others are told, and how long it may take until they
/// are told that one is put aside, in milliseconds: with [`PRESENCE_LOOK_MS`], others see it within 5 s.
pub const PRESENCE_SETTLES_MS: i64 = 1_000;
/// How long what a register said holds for whoever heard it, unless it says so again, in milliseconds.
pub const PRESENCE_LASTS_MS: i64 = 25_000;
/// How long an exchange about it may take, in milliseconds.
pub const PRESENCE_REPLY_MS: u32 = 5_000;
/// Of how many registers it is known at most.
pub const PRESENCE_REGISTERS_MAX: usize = 100;
/// A token is renewed so many milliseconds before it ends, or at nine tenths of its time.
pub const TOKEN_MARGIN_MS: i64 = 60_000;
/// A token is used for at least so long, whatever its server says of it, in milliseconds; a refused one is renewed.
pub const TOKEN_LASTS_MS_MIN: i64 = 10_000;
/// The time between two looks at the server's clock that are written down, in milliseconds.
pub const SERVER_TIME_EVERY_MS: i64 = 600_000;
/// Most looks of one lane in one step: whoever calls comes again.
pub const LOOKS_MAX: usize = 100;
/// Most news that are kept for whoever does not take them; the oldest go first.
pub const NEWS_MAX: usize = 200;
/// How long replication leaves room for a submission under way, in milliseconds: its answer brings what would else be
/// offered and fetched. An order reaches kitchens with its submission, or so much later.
pub const HOLD_MS: i64 = 500;
/// The longest that lanes of a lower rank wait for those before them when the link returns, in milliseconds.
pub const STAGE_MS: i64 = 10_000;
/// A clock that shows more than this later than a moment ago was set, in milliseconds: no time has passed. Whoever has
/// a line looks at the clock every minute at least.
pub const CLOCK_JUMP_MS: i64 = 90_000;
