//! Files that hold a secret: read only when nobody but this user can read them, written whole or not at all.
//!
//! A systemd credential goes before a file of ours: it is guarded by whoever handed it in. What stands in such a file,
//! and what is done with it, others know: `key_file`, `enrolment`.

use super::{Fault, paths};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A kind of file that holds a secret.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guarded {
    /// As sentences call it: `key file`.
    pub what: &'static str,
    /// Longest file that is read, in bytes.
    pub bytes_max: usize,
    /// What to do where there is none.
    pub remedy: &'static str,
}

/// The file of a credential that systemd handed in, if it did.
pub(super) fn credential(name: &str) -> Option<PathBuf> {
    let file = paths::environment("CREDENTIALS_DIRECTORY").map(|dir| PathBuf::from(dir).join(name))?;
    file.exists().then_some(file)
}

impl Guarded {
    /// Reads a file; one of ours must be this user's alone.
    ///
    /// # Errors
    /// A [`Fault`] when it is missing, is no file, or others can read it.
    pub fn read(&self, path: &Path, is_credential: bool) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let doing = || format!("could not read the {} {}", self.what, path.display());
        let fault = |source| Fault::io(doing(), &source, self.remedy);
        if !path.metadata().map_err(fault)?.is_file() {
            return Err(self.bad(path, "it is not a file".into(), self.remedy.into()));
        }
        let mut file = File::open(path).map_err(fault)?;
        if !is_credential {
            self.check_owner(path, &file)?;
        }
        // Room for all that is read, so that growing leaves no copy of the secret behind.
        let mut text = Zeroizing::new(Vec::with_capacity(self.bytes_max + 1));
        Read::by_ref(&mut file).take(self.bytes_max as u64 + 1).read_to_end(&mut text).map_err(fault)?;
        Ok(text)
    }

    /// Looks at the file that is open, not at the name, which somebody could exchange.
    fn check_owner(&self, path: &Path, file: &File) -> Result<(), Fault> {
        let remedy = "look at the file's permissions";
        let fault =
            |source| Fault::io(format!("could not look at the {} {}", self.what, path.display()), &source, remedy);
        let about = file.metadata().map_err(fault)?;
        let mode = about.mode() & 0o7777;
        if mode & 0o077 != 0 {
            let why = format!("its mode is {mode:04o}, so others can read it");
            return Err(self.bad(path, why, format!("chmod 600 {}", path.display())));
        }
        // /proc/self belongs to the user that this process runs as.
        let me = std::fs::metadata("/proc/self").map_err(fault)?.uid();
        if about.uid() != me {
            let why = format!("user {} owns it, and this program runs as user {me}", about.uid());
            return Err(self.bad(path, why, format!("chown {me} {}", path.display())));
        }
        Ok(())
    }

    /// Writes a new file that this user alone can read.
    ///
    /// # Errors
    /// A [`Fault`] when it exists already or cannot be written; nothing is left of it then.
    pub fn create(&self, path: &Path, text: &[u8], remedy: &str) -> Result<(), Fault> {
        let fault =
            |source| Fault::io(format!("could not write the {} {}", self.what, path.display()), &source, remedy);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(fault)?;
        let written = file
            .write_all(text)
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.sync_all())
            .and_then(|()| sync_dir_of(path));
        let Err(source) = written else { return Ok(()) };
        // Half a secret opens nothing: take it away, so that the next try does not find it in its place.
        let told = fault(source);
        Err(match std::fs::remove_file(path) {
            Ok(()) => told,
            Err(left) => Fault { remedy: format!("delete it ({}) and try again", super::why(&left)), ..told },
        })
    }

    /// Writes a file in the place of the one before, which stays when this fails.
    ///
    /// # Errors
    /// A [`Fault`] when it cannot be written.
    pub fn replace(&self, path: &Path, text: &[u8]) -> Result<(), Fault> {
        let remedy = "give this user the directory, or choose another with --data";
        let fault =
            |source| Fault::io(format!("could not write the {} {}", self.what, path.display()), &source, remedy);
        let new = paths::beside(path, ".new");
        match std::fs::remove_file(&new) {
            Ok(()) => {}
            Err(source) if source.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(fault(source)),
        }
        self.create(&new, text, remedy)?;
        std::fs::rename(&new, path).and_then(|()| sync_dir_of(path)).map_err(fault)
    }

    /// That a file is not used, and why.
    pub fn bad(&self, path: &Path, why: String, remedy: String) -> Fault {
        Fault::new(format!("the {} {} is not used", self.what, path.display()), why, remedy)
    }
}

fn sync_dir_of(path: &Path) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_is_replaced_whole_and_read_by_its_owner_alone() {
        let kind = Guarded { what: "secret", bytes_max: 8, remedy: "make one" };
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        kind.replace(&path, b"first").unwrap();
        std::fs::write(dir.path().join("s.new"), "left by a power cut").unwrap();
        kind.replace(&path, b"second").unwrap();
        assert_eq!(&*kind.read(&path, false).unwrap(), b"second\n");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!dir.path().join("s.new").exists());
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let told = kind.read(&path, false).unwrap_err().to_string();
        assert!(
            told.contains("the secret") && told.contains("its mode is 0644") && told.contains("chmod 600"),
            "{told}"
        );
        assert!(kind.read(&path, true).is_ok(), "a credential is guarded by systemd");
        let told = kind.read(&dir.path().join("none"), false).unwrap_err().to_string();
        assert!(told.ends_with("it does not exist: make one"), "{told}");
    }
}
