//! The file of the central database: where it is when nobody says, and opening it beside a server that runs.

use super::{Fault, clock};
use crate::server::SqliteCentral;
use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What the file is called in the data directory.
const FILE: &str = "central.sqlite";

/// Where it is in a data directory.
pub fn usual_file(data: &Path) -> PathBuf {
    data.join(FILE)
}

/// Opens one that is there. Any number of processes may have it open: who writes waits for the others.
///
/// # Errors
/// A [`Fault`] when there is none, or it is something else.
pub fn open(file: &Path) -> Result<SqliteCentral, Fault> {
    let remedy = "name the right one with --data DIR or --central sqlite:FILE; `comanda server enroll` makes a new one";
    let about = file.metadata().map_err(|source| Fault::io(doing(file), &source, remedy))?;
    if !about.is_file() {
        return Err(Fault::new(doing(file), "it is not a file", remedy));
    }
    SqliteCentral::open(file, &mut clock::entropy()?)
        .map_err(|fault| Fault::new(doing(file), fault.to_string(), remedy))
}

/// The same, and makes it, readable for this user alone, where there is none.
///
/// # Errors
/// A [`Fault`] when it cannot be made, or something else is in its place.
pub fn open_or_make(file: &Path) -> Result<SqliteCentral, Fault> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    match made {
        // Closed before SQLite opens it: closing a file gives up every lock that this process has on it, and then
        // another process takes itself for the last one and deletes the log that is written to.
        Ok(made) => drop(made),
        Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {}
        Err(source) => {
            let remedy = "name another place with --data DIR or --central sqlite:FILE";
            return Err(Fault::io(format!("could not make the central database {}", file.display()), &source, remedy));
        }
    }
    open(file)
}

fn doing(file: &Path) -> String {
    format!("could not open the central database {}", file.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::at_once;
    use crate::server::central::Central;
    use std::os::unix::fs::MetadataExt;

    /// SQLite's lock of who has a file open (`SHARED_FIRST`): whoever closes a file without it on that file deletes its
    /// log. <https://sqlite.org/src/file/src/os.h>
    const SHARED_FIRST: &str = " 1073741826 ";

    #[test]
    fn a_database_that_is_open_is_locked_also_right_after_it_was_made() {
        let folder = tempfile::tempdir().unwrap();
        for when in ["made", "there already"] {
            let file = usual_file(folder.path());
            let central = open_or_make(&file).unwrap();
            at_once(central.locations(1)).unwrap();
            let inode = format!(":{} ", file.metadata().unwrap().ino());
            let locks = std::fs::read_to_string("/proc/locks").unwrap();
            let is_held = locks.lines().any(|line| line.contains(&inode) && line.contains(SHARED_FIRST));
            assert!(is_held, "{when}: {inode}\n{locks}");
        }
    }
}
