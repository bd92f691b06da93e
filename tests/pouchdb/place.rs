//! PouchDB's code on this machine: from npm, at the versions of package-lock.json, into the target directory.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What is run with it.
const SCRIPTS: [&str; 2] = ["winners.js", "documents.js"];

/// Installs PouchDB's code and gives its directory; none, with a word, where there is no npm and nobody insists.
#[allow(clippy::disallowed_methods)] // a test asks whether it runs on the gate
pub fn pouchdb() -> Option<PathBuf> {
    let has = |program| Command::new(program).arg("--version").output().is_ok_and(|it| it.status.success());
    if !has("node") || !has("npm") {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "node and npm are missing: apt-get install nodejs npm");
        eprintln!("node and npm are not here: the comparison with PouchDB is left out");
        return None;
    }
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pouchdb");
    let into = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pouchdb");
    std::fs::create_dir_all(&into).expect("the target directory can be written");
    let mut is_new = !into.join("installed").exists();
    for name in ["package.json", "package-lock.json"] {
        let text = std::fs::read(from.join(name)).expect("it stands beside this file");
        is_new |= std::fs::read(into.join(name)).is_ok_and(|there| there != text);
        std::fs::write(into.join(name), text).expect("the target directory can be written");
    }
    for name in SCRIPTS {
        std::fs::copy(from.join(name), into.join(name)).expect("it stands beside this file");
    }
    if is_new {
        // LevelDB comes built, in the package; nothing of npm's is run here.
        let flags = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
        let npm = Command::new("npm").args(flags).current_dir(&into).output().expect("npm was there");
        assert!(npm.status.success(), "npm ci in {}:\n{}", into.display(), String::from_utf8_lossy(&npm.stderr));
        std::fs::write(into.join("installed"), "").expect("the target directory can be written");
    }
    Some(into)
}
