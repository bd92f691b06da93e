//! The store's key: where it lies, and what a file that holds one must look like.
//!
//! Sources, best first: a systemd credential named `comanda.key`, else a file of 64 hexadecimal digits that this user
//! owns and nobody else can read. Never the configuration, the environment or the command line.

use super::{Fault, clock, paths};
use crate::store::Key;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Longest key file that is read, in bytes: the key and some white space.
const KEY_FILE_BYTES_MAX: usize = 100;

/// What a systemd credential that holds the key is called.
pub const CREDENTIAL: &str = "comanda.key";

/// Where the key of a store is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// systemd's credential: it guards the file itself.
    Credential(PathBuf),
    /// A file of ours.
    File(PathBuf),
}

impl KeySource {
    /// The credential when systemd handed one in, else the file `key_file`.
    pub fn found(key_file: PathBuf) -> KeySource {
        let credential = paths::environment("CREDENTIALS_DIRECTORY").map(|dir| PathBuf::from(dir).join(CREDENTIAL));
        match credential.filter(|path| path.exists()) {
            Some(path) => KeySource::Credential(path),
            None => KeySource::File(key_file),
        }
    }

    /// The file behind it.
    pub fn path(&self) -> &Path {
        match self {
            KeySource::Credential(path) | KeySource::File(path) => path,
        }
    }

    /// Reads the key.
    ///
    /// # Errors
    /// A [`Fault`] when the file is missing, not this user's alone, or holds something else.
    pub fn read(&self) -> Result<Key, Fault> {
        let path = self.path();
        let remedy = "create it with `comanda init`, or name the right file as key_file under [store]";
        let fault = |source| Fault::io(format!("could not read the key file {}", path.display()), &source, remedy);
        if !path.metadata().map_err(fault)?.is_file() {
            return Err(bad(path, "it is not a file".into(), remedy.into()));
        }
        let mut file = File::open(path).map_err(fault)?;
        match self {
            KeySource::Credential(_) => {}
            KeySource::File(_) => check_owner(path, &file)?,
        }
        // Room for all that is read, so that growing leaves no copy of the key behind.
        let mut text = Zeroizing::new(Vec::with_capacity(KEY_FILE_BYTES_MAX + 1));
        Read::by_ref(&mut file).take(KEY_FILE_BYTES_MAX as u64 + 1).read_to_end(&mut text).map_err(fault)?;
        let text = std::str::from_utf8(&text).map_err(|_| malformed(path, "it is not text"))?;
        Key::from_hex(text).map_err(|why| malformed(path, &why.to_string()))
    }
}

/// Makes a key from the kernel's dice and writes it to a new file that this user alone can read.
///
/// # Errors
/// A [`Fault`] when the file exists already or cannot be written.
pub fn create(path: &Path) -> Result<Key, Fault> {
    let mut key = Zeroizing::new([0_u8; 32]);
    clock::random(&mut *key)?;
    let key = Key::new(*key);
    let remedy = "move the old one away if it opens nothing, or choose another as key_file under [store]";
    write_new(path, &key.to_hex(), remedy)?;
    Ok(key)
}

/// Writes a key's text to a new file that this user alone can read.
pub(super) fn write_new(path: &Path, text: &str, remedy: &str) -> Result<(), Fault> {
    let fault = |source| Fault::io(format!("could not write the key file {}", path.display()), &source, remedy);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(fault)?;
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all())
        .and_then(|()| sync_dir_of(path));
    if let Err(source) = written {
        // Half a key opens nothing: take it away, so that the next try does not find it in its place.
        let told = fault(source);
        return Err(match std::fs::remove_file(path) {
            Ok(()) => told,
            Err(left) => Fault { remedy: format!("delete it ({}) and try again", super::why(&left)), ..told },
        });
    }
    Ok(())
}

fn sync_dir_of(path: &Path) -> std::io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

/// Looks at the file that is open, not at the name, which somebody could exchange.
pub(super) fn check_owner(path: &Path, file: &File) -> Result<(), Fault> {
    let remedy = "look at the file's permissions";
    let fault = |source| Fault::io(format!("could not look at the key file {}", path.display()), &source, remedy);
    let about = file.metadata().map_err(fault)?;
    let mode = about.mode() & 0o7777;
    if mode & 0o077 != 0 {
        let why = format!("its mode is {mode:04o}, so others can read it");
        return Err(bad(path, why, format!("chmod 600 {}", path.display())));
    }
    // /proc/self belongs to the user that this process runs as.
    let me = std::fs::metadata("/proc/self").map_err(fault)?.uid();
    if about.uid() != me {
        let why = format!("user {} owns it, and this program runs as user {me}", about.uid());
        return Err(bad(path, why, format!("chown {me} {}", path.display())));
    }
    Ok(())
}

fn bad(path: &Path, why: String, remedy: String) -> Fault {
    Fault::new(format!("the key file {} is not used", path.display()), why, remedy)
}

pub(super) fn malformed(path: &Path, why: &str) -> Fault {
    bad(path, why.to_owned(), "put the right key file back from where it is kept safe".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_created_key_is_read_back_and_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store.key");
        let made = create(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(KeySource::File(path.clone()).read().unwrap().to_hex(), made.to_hex());
        let told = create(&path).unwrap_err().to_string();
        assert!(told.contains("exists already"), "{told}");
        assert_eq!(KeySource::File(path).read().unwrap().to_hex(), made.to_hex(), "the first key stays");
    }

    #[test]
    fn a_key_file_that_is_not_right_is_refused_with_a_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let good = "0f".repeat(32);
        // contents, mode, part of the sentence
        let rows = [
            (good.clone(), 0o640, "chmod 600"),
            (good.clone(), 0o604, "its mode is 0604"),
            (good[1..].to_owned(), 0o600, "this has 63 characters"),
            (format!("{good}{good}"), 0o600, "64 hexadecimal digits"),
            ("x".repeat(64), 0o600, "character 1 is none"),
            (String::new(), 0o600, "64 hexadecimal digits"),
        ];
        for (nth, (contents, mode, part)) in rows.into_iter().enumerate() {
            let path = dir.path().join(nth.to_string());
            std::fs::write(&path, contents).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let told = KeySource::File(path).read().unwrap_err().to_string();
            assert!(told.contains(part), "{told}");
        }
        let told = KeySource::File(dir.path().to_owned()).read().unwrap_err().to_string();
        assert!(told.contains("not a file"), "{told}");
        let told = KeySource::File(dir.path().join("none")).read().unwrap_err().to_string();
        assert!(told.contains("does not exist") && told.contains("comanda init"), "{told}");
    }
}
