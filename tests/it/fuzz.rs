//! Every input that was kept for a fuzz target is fed to it: what was found once is not found again.

#[path = "../fuzz/targets.rs"]
mod targets;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use targets::TARGETS;

/// Most bytes of all inputs: they are looked through by people, and stay in the history for ever.
const CORPUS_BYTES_MAX: u64 = 400_000;

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|wrong| panic!("{}: {wrong}", folder.display()));
    let mut all: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

#[test]
fn every_kept_input_holds_what_its_target_promises() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let mut bytes = 0;
    for (name, run) in TARGETS {
        let inputs = files(&corpus.join(name));
        assert!(inputs.len() >= 3, "{name} has few inputs");
        for input in inputs {
            let data = std::fs::read(&input).unwrap();
            bytes += data.len() as u64;
            let outcome = std::panic::catch_unwind(|| run(&data));
            assert!(outcome.is_ok(), "{name} panicked on {}", input.display());
        }
    }
    assert!(bytes < CORPUS_BYTES_MAX, "the inputs hold {bytes} bytes");
    let kept: BTreeSet<String> =
        files(&corpus).iter().map(|it| it.file_name().unwrap().to_string_lossy().into_owned()).collect();
    let mut known: BTreeSet<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    // Without the register there are no key scripts.
    known.insert("scripts".to_owned());
    assert_eq!(kept, known, "a directory a target");
}
