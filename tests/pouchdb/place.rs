//! PouchDB's code on this machine, and pouchdb-server's: from npm, at the versions of their package-lock.json, into the
//! target directory.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Installs PouchDB's code, once a process, and gives its directory with our scripts beside it; none, with a word, where
/// there is no npm and nobody insists.
pub fn pouchdb() -> Option<PathBuf> {
    static PLACE: OnceLock<Option<PathBuf>> = OnceLock::new();
    PLACE.get_or_init(|| installed("tests/pouchdb", "pouchdb")).clone()
}

/// The same of pouchdb-server.
#[allow(dead_code, reason = "a bench has no use for it")]
pub fn pouchdb_server() -> Option<PathBuf> {
    static PLACE: OnceLock<Option<PathBuf>> = OnceLock::new();
    PLACE.get_or_init(|| installed("tests/pouchdb/stock", "pouchdb-server")).clone()
}

#[allow(clippy::disallowed_methods)] // a test asks whether it runs on the gate
fn installed(from: &str, name: &str) -> Option<PathBuf> {
    let has = |program| Command::new(program).arg("--version").output().is_ok_and(|it| it.status.success());
    if !has("node") || !has("npm") {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "node and npm are missing: apt-get install nodejs npm");
        eprintln!("node and npm are not here: what takes {name} is left out");
        return None;
    }
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(from);
    let into = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&into).expect("the target directory can be written");
    let mut is_new = !into.join("installed").exists();
    for name in ["package.json", "package-lock.json"] {
        let text = std::fs::read(from.join(name)).expect("it stands beside this file");
        is_new |= std::fs::read(into.join(name)).is_ok_and(|there| there != text);
        std::fs::write(into.join(name), text).expect("the target directory can be written");
    }
    for entry in std::fs::read_dir(&from).expect("it stands beside this file") {
        let path = entry.expect("the directory can be read").path();
        if path.extension().is_some_and(|it| it == "js") {
            std::fs::copy(&path, into.join(path.file_name().expect("it has a name"))).expect("it can be written");
        }
    }
    if is_new {
        // LevelDB comes built, in the package; nothing of npm's is run here.
        std::fs::remove_file(into.join("installed")).ok();
        let flags = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
        let npm = Command::new("npm").args(flags).current_dir(&into).output().expect("npm was there");
        assert!(npm.status.success(), "npm ci in {}:\n{}", into.display(), String::from_utf8_lossy(&npm.stderr));
        std::fs::write(into.join("installed"), "").expect("the target directory can be written");
    }
    Some(into)
}
