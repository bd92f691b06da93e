//! Every number of the printing room that has an end, with its unit.

/// Fewest characters in a line that layouts are made for.
pub const COLUMNS_MIN: usize = 24;
/// Most characters in a line that any printer of ours has (80 mm paper, the smallest font).
pub const COLUMNS_MAX: usize = 64;
/// Lines fed before the cutter cuts; it feeds to its blade by itself.
pub const FEED_BEFORE_CUT_LINES: u8 = 1;
/// Lines fed where a hand tears the paper off.
pub const FEED_BEFORE_TEAR_LINES: u8 = 5;
/// How long a drawer's pulse is on, in steps of 2 ms.
pub const PULSE_ON_2MS: u8 = 25;
/// How long a drawer's pulse is off, in steps of 2 ms.
pub const PULSE_OFF_2MS: u8 = 250;
/// How often a buzzer sounds for a ticket.
pub const BUZZES: u8 = 2;
/// How long a clone's buzzer sounds, in steps of 100 ms.
pub const BUZZ_100MS: u8 = 2;

/// Wait after a first attempt of which no byte left, in milliseconds; each further one doubles it.
pub const BACKOFF_FIRST_MS: i64 = 1_000;
/// Longest such wait, in milliseconds.
pub const BACKOFF_MAX_MS: i64 = 30_000;
/// Wait before the one reprint of a job whose bytes had left, in milliseconds.
pub const REPRINT_WAIT_MS: i64 = 2_000;
/// How long after it was asked for a drawer may still open, in milliseconds.
pub const KICK_MAX_MS: i64 = 30_000;
/// Attempts of which no byte left, after which a printer's tickets go to its substitute.
pub const DOWN_AFTER_ATTEMPTS: u32 = 3;
/// Time since the first of them, after which they do so whatever the attempts, in milliseconds.
pub const DOWN_AFTER_MS: i64 = 10_000;
/// How often a printer that is down is asked whether it could print, in milliseconds.
pub const PROBE_EVERY_MS: i64 = 30_000;
/// How old a job may be when its turn comes without somebody being asked, in milliseconds.
pub const STALE_AFTER_MS: i64 = 20 * 60_000;
