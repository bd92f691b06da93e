//! What Comanda costs: `cargo bench --bench comanda`, each figure beside something that was measured in the same run.
//!
//! Nothing here fails because it is slow: figures are for people, on a quiet machine. It fails when something cannot be
//! measured. `cargo test` runs it too, with a handful of orders, so that it goes on working.
//!
//! To leave sections out, name those that are wanted: `cargo bench --bench comanda -- keys idle`. `--quick` does with
//! few orders and short waits; `--seconds 600` makes the evening of `house` longer than its two minutes. `syncs` counts
//! SQLite's syncs, `machine` asks the kernel, `year` makes a full store, `till` is a register in this process,
//! `terminal` the built program, `documents` writing beside PouchDB, `line` what goes over the line beside it (with
//! `node`, `premises`, `proxy` and `pty` of tests/it), `house` a whole house on a busy evening, `cache` what Redis
//! brings (with `redis` of tests/it), `tiers` what a chain's servers do together (with `postgres` of tests); `sections`
//! is what is measured.

#[cfg(feature = "redis")]
mod cache;
mod documents;
#[cfg(feature = "server")]
mod house;
#[cfg(feature = "server")]
mod line;
mod machine;
#[cfg(feature = "server")]
#[allow(dead_code, clippy::unwrap_used, reason = "of tests/it, which has more use for it")]
#[path = "../it/node.rs"]
mod node;
#[path = "../pouchdb/place.rs"]
mod place;
#[cfg(feature = "postgres")]
#[allow(dead_code, clippy::unwrap_used, reason = "of tests, which have more use for it")]
#[path = "../postgres/mod.rs"]
mod postgres;
#[cfg(feature = "server")]
#[allow(dead_code, clippy::unwrap_used, reason = "of tests/it, which has more use for it")]
#[path = "../it/premises.rs"]
mod premises;
#[cfg(feature = "server")]
#[allow(dead_code, clippy::unwrap_used, reason = "of tests/it, which has more use for it")]
#[path = "../it/proxy.rs"]
mod proxy;
#[cfg(feature = "server")]
#[allow(dead_code, clippy::unwrap_used, reason = "of tests/it, which has more use for it")]
#[path = "../it/pty.rs"]
mod pty;
#[cfg(feature = "redis")]
#[allow(dead_code, clippy::unwrap_used, reason = "of tests/it, which has more use for it")]
#[path = "../it/redis.rs"]
mod redis;
mod sections;
#[cfg(feature = "postgres")]
#[allow(dead_code, clippy::unwrap_used, reason = "of tests/it, which has more use for it")]
#[path = "../it/shared_central.rs"]
mod shared_central;
mod syncs;
mod table;
mod terminal;
#[cfg(all(feature = "postgres", feature = "redis"))]
mod tiers;
mod till;
mod year;

use sections::{SECTIONS, Scale};
use std::process::ExitCode;

/// What the command line asks for.
struct Asked {
    scale: Scale,
    sections: Vec<String>,
}

/// Cargo says `--bench` when it measures; without it this is a test, whose words are the test harness's and not ours.
fn asked(words: &[String]) -> Result<Asked, String> {
    let measures = words.iter().any(|word| word == "--bench");
    let quick = !measures || words.iter().any(|word| word == "--quick");
    let known = |word: &String| SECTIONS.iter().any(|(name, ..)| name == word);
    let mut words = words.to_vec();
    let seconds =
        words.iter().position(|word| word == "--seconds").map(|at| words.drain(at..words.len().min(at + 2)).nth(1));
    let named: Vec<String> = words.iter().filter(|word| !word.starts_with('-')).cloned().collect();
    if measures {
        let strange = words.iter().find(|word| !known(word) && !["--bench", "--quick"].contains(&word.as_str()));
        if let Some(word) = strange {
            let names: Vec<&str> = SECTIONS.iter().map(|(name, ..)| *name).collect();
            let names = names.join(" ");
            return Err(format!("unknown: {word}; it takes --quick, --seconds COUNT and sections: {names}"));
        }
    }
    let sections =
        if named.is_empty() { SECTIONS.iter().map(|(name, ..)| (*name).to_owned()).collect() } else { named };
    let mut scale = if quick { Scale::QUICK } else { Scale::FULL };
    if let Some(seconds) = seconds {
        let wrong = "--seconds takes how long the house's evening is, 2 or more";
        scale.takes_seconds(seconds.and_then(|word| word.parse().ok()).filter(|it| *it >= 2).ok_or(wrong)?);
    }
    Ok(Asked { scale, sections })
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == sections::ECHO) {
        return terminal::echo().map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    if words.first().is_some_and(|word| word == documents::ALONE) {
        return documents::alone(&words[1..]).map_or_else(
            |wrong| {
                eprintln!("comanda's bench: {wrong}");
                ExitCode::FAILURE
            },
            |()| ExitCode::SUCCESS,
        );
    }
    if words.iter().any(|word| word == "--list") {
        return ExitCode::SUCCESS;
    }
    let asked = match asked(&words) {
        Ok(asked) => asked,
        Err(wrong) => {
            eprintln!("comanda's bench: {wrong}");
            return ExitCode::from(2);
        }
    };
    syncs::install();
    let mut missed = 0;
    for (name, title, measure) in SECTIONS.iter().filter(|(name, ..)| asked.sections.iter().any(|it| it == name)) {
        println!("\n{name}: {title} ({})", machine::load());
        match measure(&asked.scale) {
            Ok(figures) => missed += figures.into_iter().map(table::Figure::print).filter(|missed| *missed).count(),
            Err(wrong) => {
                eprintln!("comanda's bench: {name} could not be measured: {wrong}");
                return ExitCode::FAILURE;
            }
        }
    }
    println!(
        "\n{missed} aims missed{}",
        if cfg!(debug_assertions) { ", by a build that is not optimised" } else { "" }
    );
    ExitCode::SUCCESS
}
