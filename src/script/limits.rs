//! Every number of the key scripts that has an end, with its unit.

/// Longest script, in bytes.
pub const FILE_BYTES_MAX: u64 = 256 << 10;
/// Most script files of one run.
pub const FILES_MAX: usize = 10_000;
/// How deep folders are searched for scripts.
pub const FOLDERS_DEEP_MAX: usize = 16;
/// Longest line, in characters.
pub const LINE_CHARS_MAX: usize = 4_000;
/// Longest name of a scenario, region, printer or snapshot, in characters.
pub const NAME_CHARS_MAX: usize = 120;
/// How often `Down*3` may repeat a key. With the longest script it bounds what a parsed script takes: about 40 MB.
pub const KEY_TIMES_MAX: u32 = 100;
/// How often a Repeat may go round.
pub const REPEAT_MAX: u32 = 10_000;
/// How deep Repeats may stand in each other.
pub const REPEAT_DEEP_MAX: usize = 4;
/// Most keys, taps and other commands of one scenario, Repeats counted as often as they go round.
pub const INPUTS_MAX: u64 = 200_000;
/// Longest duration, in milliseconds: 31 days.
pub const DURATION_MAX_MS: i64 = 31 * 86_400_000;
/// Widest terminal, in cells.
pub const COLUMNS_MAX: u16 = 500;
/// Highest terminal, in cells.
pub const ROWS_MAX: u16 = 200;
/// Coarsest cash rounding, in minor units.
pub const CASH_STEP_MAX: i64 = 1_000;
/// Greatest number of a job, row or count that a script may name.
pub const ORDINAL_MAX: usize = 100_000;
/// Most bytes after which a printer may die.
pub const DIES_AFTER_BYTES_MAX: u64 = 1 << 20;
/// Virtual time that passes before each key or tap, in milliseconds: a fast cashier, and more than the 150 ms for which
/// a tender takes no confirmation.
pub const BETWEEN_KEYS_MS: i64 = 200;
/// How many of the last inputs a failure shows.
pub const INPUTS_SHOWN: usize = 20;
/// How many labels a failed Tap lists.
pub const LABELS_SHOWN: usize = 60;
/// How far a name may be from a misspelt one to be proposed, in letters.
pub const NEAR_LETTERS: usize = 2;

/// Most free room on a disk that a script can say, in MiB.
pub const DISK_MIB_MAX: u64 = 1 << 20;

/// Most registers of one scenario.
pub const REGISTERS_MAX: usize = 8;
/// Longest name of a register, in characters.
pub const REGISTER_CHARS_MAX: usize = 8;
/// Most that a network can lose, of a hundred: what loses all is down.
pub const LOSS_PERCENT_MAX: u32 = 99;
/// After how many requests a server may die at most.
pub const REQUESTS_MAX: u32 = 100_000;
/// Largest limit of a server's documents, in bytes.
pub const SERVER_BYTES_MAX: usize = 8_000_000;
