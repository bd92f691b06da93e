//! Runs over files and folders, and what they come to.

use super::*;
use crate::script::fake::FakeTheatre;

const GOOD: &str = "Scenario \"good\"\nTerminal 30x8\nKeys 1 Enter\nExpect region:order \"1\"\nEnd\n";
const SHOT: &str = "Scenario \"shot\"\nTerminal 30x8\nSnapshot \"start\"\nEnd\n";

fn run(folder: &Path, files: &[&str], accept: bool) -> (Summary, String) {
    let mut out = Vec::new();
    let files: Vec<PathBuf> = files.iter().map(|file| folder.join(file)).collect();
    let summary = run_files(&files, &Wanted { accept, ..Wanted::default() }, &mut FakeTheatre::default(), &mut out);
    let told = String::from_utf8(out).unwrap().replace(&folder.display().to_string(), "DIR");
    (summary, told)
}

#[test]
fn folders_are_played_in_the_order_of_names_and_summed_up() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write("good/b.script", GOOD);
    write("good/a/c.script", &GOOD.replace("good", "first"));
    write("good/notes.txt", "Keys");
    write("mixed/a.script", &format!("{GOOD}{}", GOOD.replace("\"1\"", "\"2\"").replace("good", "bad")));
    write("wrong.script", "Kyes\nKeys Dwn\n");
    write("empty.script", "# later\n");
    write("bytes.script", "\u{ff}");
    std::fs::write(folder.path().join("bytes.script"), [0xff, 0xfe]).unwrap();
    std::fs::create_dir(folder.path().join("none")).unwrap();

    let (summary, told) = run(folder.path(), &["good"], false);
    assert_eq!(told, "passed DIR/good/a/c.script:1: first\npassed DIR/good/b.script:1: good\n2 passed, 0 failed\n");
    assert_eq!((summary, exit_code(&summary)), (Summary { passed: 2, failed: 0, errors: 0 }, 0));

    let (summary, told) = run(folder.path(), &["mixed"], false);
    assert!(told.contains("FAILED DIR/mixed/a.script:6: bad\nDIR/mixed/a.script:9: expected region:order"), "{told}");
    assert!(told.ends_with("\n1 passed, 1 failed\n"), "{told}");
    assert_eq!((summary, exit_code(&summary)), (Summary { passed: 1, failed: 1, errors: 0 }, 1));

    let wrong = ["good", "wrong.script", "empty.script", "none", "bytes.script", "missing.script"];
    let (summary, told) = run(folder.path(), &wrong, false);
    assert_eq!((summary, exit_code(&summary)), (Summary { passed: 2, failed: 0, errors: 6 }, 2));
    for said in [
        "DIR/wrong.script:1:1: there is no command Kyes; did you mean Keys?\n",
        "DIR/wrong.script:2:6: there is no key Dwn; did you mean Down?\n",
        "DIR/empty.script: there is no scenario in it; write Scenario \"name\" and End\n",
        "DIR/none: there is no *.script in it\n",
        "DIR/bytes.script: cannot be read: ",
        "DIR/missing.script: cannot be read: ",
        "6 errors in scripts\n2 passed, 0 failed\n",
    ] {
        assert!(told.contains(said), "{said} is missing in {told}");
    }
    assert_eq!(exit_code(&run(folder.path(), &[], false).0), 2, "no scenario at all");
}

#[test]
fn a_snapshot_lives_beside_its_script_once_it_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.script"), SHOT).unwrap();
    // accept, passed
    for (accept, passed) in [(false, 0), (true, 1), (false, 1)] {
        let (summary, told) = run(folder.path(), &["a.script"], accept);
        assert_eq!((summary.passed, summary.failed), (passed, 1 - passed), "{told}");
        assert_eq!(told.contains("run with --accept"), passed == 0, "{told}");
    }
    let kept = std::fs::read_to_string(folder.path().join("snapshots/a/start.txt")).unwrap();
    assert_eq!(kept.lines().count(), 8);
}

#[test]
fn a_script_has_a_greatest_size() {
    let folder = tempfile::tempdir().unwrap();
    let length = usize::try_from(FILE_BYTES_MAX).unwrap() + 1;
    std::fs::write(folder.path().join("a.script"), "#".repeat(length)).unwrap();
    let (summary, told) = run(folder.path(), &["a.script"], false);
    assert_eq!(summary.errors, 1);
    assert!(told.contains("it is larger than 262144 bytes; make several scripts of it"), "{told}");
}
