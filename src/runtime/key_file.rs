//! The store's key: where it lies, and what a file that holds one must look like.
//!
//! Sources, best first: a systemd credential named `comanda.key`, else a file of 64 hexadecimal digits that this user
//! owns and nobody else can read. Never the configuration, the environment or the command line.

use super::guarded::{self, Guarded};
use super::{Fault, clock};
use crate::store::Key;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What a systemd credential that holds the key is called.
pub const CREDENTIAL: &str = "comanda.key";

/// The key and some white space.
const FILE: Guarded = Guarded {
    what: "key file",
    bytes_max: 100,
    remedy: "create it with `comanda init`, or name the right file as key_file under [store]",
};

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
        guarded::credential(CREDENTIAL).map_or(KeySource::File(key_file), KeySource::Credential)
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
        let text = FILE.read(path, matches!(self, KeySource::Credential(_)))?;
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
    FILE.create(path, key.to_hex().as_bytes(), remedy)?;
    Ok(key)
}

fn malformed(path: &Path, why: &str) -> Fault {
    FILE.bad(path, why.to_owned(), "put the right key file back from where it is kept safe".to_owned())
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
