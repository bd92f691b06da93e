//! How long an evening is, and what of it has an end.

/// How long guests come, in milliseconds: at least and at most.
pub const BUSY_MS: (i64, i64) = (5 * 60_000, 12 * 60_000);
/// How long peace lasts before it may be quiet, in milliseconds: longer than all lanes need to look once; and at most.
pub const PEACE_MS: (i64, i64) = (90_000, 25 * 60_000);
/// How long nothing happens before the checkers come, in milliseconds.
pub const IDLE_MS: i64 = 60_000;
/// Most calls that a register makes in that time.
pub const IDLE_CALLS_MAX: u64 = 26;
/// So many more with a sent order in hand: who else has it is looked up and told.
pub const IN_HAND_CALLS_MAX: u64 = 14;
/// Most calls that a kitchen's screen makes in that time: its feed beats.
pub const KITCHEN_IDLE_CALLS_MAX: u64 = 24;
/// How often a device looks at its clock, in milliseconds, and a moment.
pub const TICK_MS: i64 = 1_200;
/// After how long at most a kitchen shows what it has taken, in milliseconds.
pub const FIRST_SHOWN_MS: i64 = 25_000;
/// How long a house stays shut so that old orders may be pruned, in milliseconds.
pub const MONTH_MS: i64 = 35 * 86_400_000;
/// Most registers of a house that is the only one; of two, each has one less.
pub const REGISTERS_MAX: u64 = 3;
/// How many of a thousand evenings have two houses at one server.
pub const TWO_LOCATIONS_PER_MILLE: u64 = 250;
/// How many of a thousand houses have one kitchen's screen, and how many two.
pub const KITCHENS_PER_MILLE: (u64, u64) = (300, 100);
/// Most things that happen in an evening: more means that something goes round in circles.
pub const EVENTS_MAX: u64 = 400_000;
/// Most lines of a trace that a report shows.
pub const LINES_SHOWN: usize = 120;
/// After so many findings an evening is over: more of them say nothing more.
pub const FINDINGS_MAX: usize = 40;
