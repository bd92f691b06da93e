//! The numbers with an end that a register and a kitchen's box have in common.

/// How often it is looked for what can be forgotten, in milliseconds.
pub(super) const PRUNE_LOOK_MS: i64 = 3_600_000;
/// How many orders are forgotten at once, so that a key that comes meanwhile does not wait.
pub(super) const PRUNED_AT_ONCE: u32 = 20;
/// How many pages of the file are given back with them.
pub(super) const PAGES_FREED_AT_ONCE: u32 = 128;
/// How long keys are let through until more is forgotten, in milliseconds.
pub(super) const PRUNE_PAUSE_MS: i64 = 500;
