//! Every number of the cache that has an end, with its unit.

/// How many menus, whole or what changed in them, a process has in mind.
pub const MENUS_KEPT: usize = 1_000;
/// How many bytes they have at most, all together; what was not asked for longest goes first.
pub const MENUS_KEPT_BYTES: usize = 64 * 1024 * 1024;
/// A menu that is larger is not shared, in bytes: it would not come in time.
pub const SHARED_BYTES_MAX: usize = 4 * 1024 * 1024;
/// How long a menu is shared, in milliseconds, which is never changed under its name: a day.
pub const SHARED_MS: u64 = 24 * 3_600_000;
/// Longest message from another process that is read, in bytes.
pub const TOLD_BYTES_MAX: usize = 64 * 1024;
/// How many addresses or devices one message counts.
pub const COUNTED_AT_ONCE: usize = 500;
/// How often processes tell each other who asked how much, in milliseconds: for so long somebody who asks several
/// servers at once may ask each of them as if it were the only one.
pub const COUNTED_EVERY_MS: u64 = 250;
/// Who asked less than this part of what he may is not told of: nobody need know of a register that does its work.
pub const COUNTED_FROM: u32 = 10;
