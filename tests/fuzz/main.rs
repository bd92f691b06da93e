//! Hands libFuzzer's bytes to the target that `COMANDA_TARGET` names.

#![no_main]

#[path = "targets.rs"] // the same list is a module of the tests
mod targets;

use std::sync::OnceLock;

static TARGET: OnceLock<fn(&[u8])> = OnceLock::new();

/// Reads which target is wanted.
fn choose() {
    let wanted = std::env::var("COMANDA_TARGET").unwrap_or_default();
    let found = targets::TARGETS.iter().find(|(name, _)| *name == wanted);
    let names: Vec<&str> = targets::TARGETS.iter().map(|(name, _)| *name).collect();
    let Some((_, run)) = found else {
        eprintln!("COMANDA_TARGET={wanted}: there is no such target; there are: {}", names.join(" "));
        std::process::exit(2);
    };
    TARGET.get_or_init(|| *run);
}

libfuzzer_sys::fuzz_target!(init: choose(), |data: &[u8]| {
    TARGET.get().expect("it was chosen before the first input")(data);
});
