//! Every number by which the doctor judges, with its unit.

/// How often the disk is timed; the middle one counts.
pub const SYNCS: usize = 11;
/// What is written and synced each time, in bytes: a page of the store.
pub const SYNC_BYTES: usize = 4_096;
/// A disk that takes longer to sync is slow, in milliseconds: Send and Pay wait for it.
pub const SYNC_SLOW_MS: u64 = 100;
/// One that takes longer is broken, in milliseconds.
pub const SYNC_BROKEN_MS: u64 = 1_000;
/// With fewer free bytes than this nothing can be relied on.
pub const FREE_MIN_BYTES: u64 = 16 * 1024 * 1024;
/// How far the clock may stand from the server's before it is told, in milliseconds.
pub const CLOCK_APART_MS: i64 = 30_000;
/// How far before it is wrong, in milliseconds: business days and certificates go by it.
pub const CLOCK_WRONG_MS: i64 = 10 * 60_000;
/// How long finding the server's name may take, in milliseconds.
pub const NAME_MS: u64 = 3_000;
/// How long a connection may take, in milliseconds.
pub const CONNECT_MS: u64 = 2_000;
/// How long an answer may take, in milliseconds.
pub const ANSWER_MS: u32 = 5_000;
/// An answer that takes longer is slow, in milliseconds.
pub const ANSWER_SLOW_MS: u64 = 2_000;
/// Stores and databases up to this are looked through, in bytes; of larger ones the head alone.
pub const LOOKED_THROUGH_BYTES: u64 = 256 * 1024 * 1024;
/// A log beside a store or database that is longer than this has not been moved into it for long, in bytes.
pub const LOG_LONG_BYTES: u64 = 64 * 1024 * 1024;
/// How long ago the last backup may have been made while the register is closed, in milliseconds.
pub const BACKUP_OLD_MS: i64 = 7 * 24 * 3_600_000;
/// With fewer days than this left a certificate is to be renewed.
pub const CERTIFICATE_DAYS: i64 = 14;
/// Longest file of a certificate or key that is read, in bytes.
pub const PEM_BYTES_MAX: u64 = 1024 * 1024;
