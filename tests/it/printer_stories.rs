//! The stories of printers, played on a register in this process.

use comanda::script::in_process::InProcess;
use comanda::script::run_files;
use std::path::PathBuf;

#[test]
fn printers_do_what_their_stories_tell() {
    let stories = ["status", "substitute", "stale", "pause"];
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/stories");
    let files: Vec<PathBuf> = stories.iter().map(|name| folder.join(format!("printers-{name}.script"))).collect();
    let mut told = Vec::new();
    let summary = run_files(&files, false, &mut InProcess, &mut told);
    assert_eq!((summary.failed, summary.errors), (0, 0), "{}", String::from_utf8_lossy(&told));
    assert!(summary.passed >= 8, "{}", summary.passed);
}
