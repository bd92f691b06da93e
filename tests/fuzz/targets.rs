//! What is fed with whatever bytes: each target is a function that panics when something does not hold.
//!
//! Inputs that were worth keeping lie in `corpus/`, a directory a target; tests/it/fuzz.rs feeds them as plain tests.
//! To look for more, with any toolchain and a C++ compiler, from within tests/fuzz:
//!
//! ```text
//! T=merges; mkdir -p found/$T
//! COMANDA_TARGET=$T cargo run --release -- -max_total_time=300 -dict=words.dict -artifact_prefix=found/ \
//!     found/$T corpus/$T
//! ```
//!
//! (`--features register` before the `--` for `scripts`.) libFuzzer, of the crate libfuzzer-sys, is led by which code
//! an input reaches. New inputs go to the directory that is named first, one on which a target panicked to
//! `found/crash-...`: given that file alone, the same program plays it again, and with `-minimize_crash=1 -runs=100000`
//! makes it smaller. A bug becomes a row of a table before it is mended, and its input is kept. With
//! `-set_cover_merge=1 -use_counters=0 -max_len=1000 small corpus/$T found/$T` a few inputs that reach all that was
//! reached are copied to `small`, those that add most first (`ls -tr`): keep some dozens.
//!
//! To add a target: its file, its line in `TARGETS`, its directory with a few inputs made by hand.

mod answers;
mod bodies;
mod bytes;
mod canonical;
mod laws;
mod menus;
mod merges;
mod requests;
#[cfg(feature = "register")]
mod scripts;
mod trees;
mod versions;

/// Name, and what is fed.
pub const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("answers", answers::run),
    ("bodies", bodies::run),
    ("canonical", canonical::run),
    ("menus", menus::run),
    ("merges", merges::run),
    ("requests", requests::run),
    #[cfg(feature = "register")]
    ("scripts", scripts::run),
    ("trees", trees::run),
    ("versions", versions::run),
];

/// What is told to people about a stranger's bytes: short, and nothing that a terminal would obey.
fn can_be_shown(place: &str, what: &str) {
    assert!(!what.is_empty(), "{place}: nothing is said");
    let told = format!("{place}: {what}");
    assert!(told.len() < 2_000, "it is told at length: {told:.200}");
    assert!(!told.chars().any(char::is_control), "it holds control characters: {told:?}");
}
