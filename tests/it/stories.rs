//! Every story under tests/stories is played in this process, and some of them with the binary in a terminal of its own;
//! what fails is told as `comanda script` tells it.

use comanda::script::in_process::InProcess;
use comanda::script::{Summary, Theatre, Wanted, run_files};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Fewest scenarios that tell what a register does.
const SCENARIOS_MIN: usize = 15;

/// The stories that are also played with the binary (`comanda script --pty`): see the file.
const IN_A_TERMINAL: &str = include_str!("../stories/in-a-terminal.list");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories")
}

/// Whether this program can play a script: what needs a server needs one that was built along.
fn is_playable(script: &Path) -> bool {
    cfg!(feature = "server") || !std::fs::read_to_string(script).unwrap().contains("Use server")
}

fn played(files: &[PathBuf], theatre: &mut dyn Theatre) -> Summary {
    let mut report = Vec::new();
    let summary = run_files(files, &Wanted::default(), theatre, &mut report);
    let report = String::from_utf8_lossy(&report);
    println!("{report}");
    assert!(summary.failed == 0 && summary.errors == 0, "{report}");
    summary
}

#[test]
fn every_story_ends_well() {
    let here = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = here.filter(|it| it.extension().is_some_and(|ext| ext == "script")).collect();
    files.retain(|script| is_playable(script));
    files.sort();
    let summary = played(&files, &mut InProcess);
    assert!(summary.passed >= SCENARIOS_MIN, "{} scenarios: {SCENARIOS_MIN} are wanted", summary.passed);
}

#[test]
fn some_stories_end_the_same_with_the_binary_in_a_terminal() {
    let mut files: Vec<PathBuf> =
        IN_A_TERMINAL.lines().filter(|it| !it.starts_with('#')).map(|it| folder().join(it)).collect();
    files.retain(|script| is_playable(script));
    assert!(files.len() >= 10, "{files:?}");
    let said = Command::new(env!("CARGO_BIN_EXE_comanda")).args(["script", "--pty"]).args(&files).output().unwrap();
    let report = String::from_utf8_lossy(&said.stdout);
    println!("{report}");
    assert!(said.status.success(), "{report}{}", String::from_utf8_lossy(&said.stderr));
    assert!(report.trim_end().ends_with(" passed, 0 failed"), "{report}");
}

#[cfg(not(feature = "server"))]
#[test]
fn a_story_with_a_server_says_that_this_program_has_none() {
    let script = folder().join("line-offline-lunch.script");
    let mut report = Vec::new();
    let summary = run_files(&[script], &Wanted::default(), &mut InProcess, &mut report);
    let report = String::from_utf8_lossy(&report);
    assert!(summary.failed > 0 && report.contains("was built without its server"), "{report}");
}
