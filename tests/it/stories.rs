//! Every story under tests/stories is played in this process; what fails is told as `comanda script` tells it.

use comanda::script::in_process::InProcess;
use comanda::script::{Wanted, run_files};
use std::path::Path;

/// Fewest scenarios that tell what a register does.
const SCENARIOS_MIN: usize = 15;

#[test]
fn every_story_ends_well() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stories");
    let mut report = Vec::new();
    let summary = run_files(&[folder], &Wanted::default(), &mut InProcess, &mut report);
    let report = String::from_utf8_lossy(&report);
    println!("{report}");
    assert!(summary.failed == 0 && summary.errors == 0, "{report}");
    assert!(summary.passed >= SCENARIOS_MIN, "{} scenarios: {SCENARIOS_MIN} are wanted", summary.passed);
}
