//! Which program on which machine: versions, and the data directory.

use super::finding::Finding;
use crate::runtime::lock::Lock;
use crate::runtime::why;
use crate::store;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Names the program and all below it.
pub(super) fn versions() -> Finding {
    let program = env!("CARGO_PKG_VERSION");
    let (sqlite, cipher) = store::engine();
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let system = std::fs::read_to_string("/etc/os-release").ok();
    let system = system.as_deref().and_then(pretty_name).unwrap_or("an unnamed system");
    let (kernel, machine) = (kernel.trim(), std::env::consts::ARCH);
    let encrypted = cipher.as_ref().map_or("without encryption".to_owned(), |it| format!("SQLCipher {it}"));
    let says = format!("Comanda {program}, SQLite {sqlite} {encrypted}; {system}, Linux {kernel}, {machine}");
    let finding = match cipher {
        Some(_) => Finding::well("versions", says),
        None => {
            let remedy = "stores of this program are not encrypted: use one that was built with the feature `cipher`";
            Finding::doubtful("versions", says, remedy)
        }
    };
    let finding = finding.with("program", program).with("sqlite", sqlite).with("cipher", cipher);
    finding.with("system", system).with("kernel", kernel).with("machine", machine)
}

/// What `/etc/os-release` calls the system.
fn pretty_name(text: &str) -> Option<&str> {
    text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).map(|name| name.trim_matches('"'))
}

/// Looks whether the data directory is there, and this user's alone; and says whether somebody has it open.
pub(super) fn data(directory: &Path, makes: &str) -> Finding {
    let place = directory.display();
    let about = match directory.metadata() {
        Ok(about) if about.is_dir() => about,
        Ok(_) => {
            let says = format!("{place} is no directory");
            return Finding::broken("data", says, "move it away, or name another with --data");
        }
        Err(source) => {
            let remedy = format!("{makes}, or name the right one with --data");
            return Finding::broken("data", format!("{place}: {}", why(&source)), remedy);
        }
    };
    let (mode, is_open) = (about.mode() & 0o7777, Lock::is_held(directory));
    let me = std::fs::metadata("/proc/self").map_or(about.uid(), |it| it.uid());
    let open = if is_open { ", which is open now" } else { "" };
    let finding = if about.uid() != me {
        let says = format!("{place} belongs to user {}, and this is user {me}", about.uid());
        Finding::doubtful("data", says, format!("start the doctor as that user, or chown -R {me} {place}"))
    } else if mode & 0o022 != 0 {
        let says = format!("others can write in {place}: its mode is {mode:04o}");
        Finding::doubtful("data", says, format!("chmod 700 {place}"))
    } else {
        Finding::well("data", format!("{place}{open}"))
    };
    finding.with("directory", place.to_string()).with("mode", format!("{mode:04o}")).with("is_open", is_open)
}

/// Whose a directory is, where it is not of the user that this program runs as.
pub(super) fn another_owner(directory: &Path) -> Option<u32> {
    let (about, me) = (directory.metadata().ok()?, std::fs::metadata("/proc/self").ok()?);
    (about.uid() != me.uid()).then_some(about.uid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::doctor::Verdict::{Fail, Ok as Well, Warn};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_data_directory_is_there_and_nobody_else_writes_in_it() {
        let dir = tempfile::tempdir().unwrap();
        // mode, verdict
        for (mode, verdict) in [(0o700, Well), (0o750, Well), (0o770, Warn), (0o777, Warn)] {
            std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            let found = data(dir.path(), "make it");
            assert_eq!(found.verdict, verdict, "{found:?}");
        }
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        let held = Lock::take(dir.path(), "register").unwrap();
        assert!(data(dir.path(), "").says.ends_with(", which is open now"));
        drop(held);
        let found = data(&dir.path().join("gone"), "run `comanda init`");
        assert!(found.verdict == Fail && found.remedy.is_some_and(|it| it.contains("comanda init")));
        std::fs::write(dir.path().join("file"), "").unwrap();
        assert_eq!(data(&dir.path().join("file"), "").verdict, Fail);
    }

    #[test]
    fn versions_are_named() {
        let found = versions();
        assert!(found.says.contains(env!("CARGO_PKG_VERSION")) && found.says.contains("SQLite 3."), "{found:?}");
        assert_eq!(found.verdict, if cfg!(feature = "cipher") { Well } else { Warn });
        assert_eq!(pretty_name("NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 13\"\n"), Some("Debian GNU/Linux 13"));
    }
}
