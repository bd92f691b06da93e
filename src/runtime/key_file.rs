//! The store's key: where it lies, and what a file that holds one must look like.
//!
//! Sources, best first: a systemd credential named `comanda.key`, else a file of 64 hexadecimal digits that this user
//! owns and nobody else can read. Never the configuration, the environment or the command line.

use super::{Fault, clock, paths};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

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
    pub fn read(&self) -> Result<Zeroizing<[u8; 32]>, Fault> {
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
        let mut text = Zeroizing::new(String::with_capacity(128));
        let read = (&mut file).take(100).read_to_string(&mut text);
        read.map_err(|_| malformed(path))?;
        from_hex(text.trim_end()).ok_or_else(|| malformed(path))
    }
}

/// Makes a key from the kernel's dice and writes it to a new file that this user alone can read.
///
/// # Errors
/// A [`Fault`] when the file exists already or cannot be written.
pub fn create(path: &Path) -> Result<Zeroizing<[u8; 32]>, Fault> {
    let mut key = Zeroizing::new([0_u8; 32]);
    clock::random(&mut *key)?;
    let mut text = Zeroizing::new(String::with_capacity(65));
    for byte in key.iter() {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(nibble), 16).expect("four bits are one hexadecimal digit"));
        }
    }
    text.push('\n');
    let remedy = "move the old one away if it opens nothing, or choose another as key_file under [store]";
    let fault = |source| Fault::io(format!("could not write the key file {}", path.display()), &source, remedy);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(fault)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| sync_dir_of(path));
    if let Err(source) = written {
        // Half a key opens nothing: take it away, so that the next try does not find it in its place.
        let told = fault(source);
        return Err(match std::fs::remove_file(path) {
            Ok(()) => told,
            Err(left) => Fault { remedy: format!("delete it ({}) and try again", super::why(&left)), ..told },
        });
    }
    Ok(key)
}

fn sync_dir_of(path: &Path) -> std::io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)?.sync_all()
}

/// Looks at the file that is open, not at the name, which somebody could exchange.
fn check_owner(path: &Path, file: &File) -> Result<(), Fault> {
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
        let why = format!("user {} owns it, and this register runs as user {me}", about.uid());
        return Err(bad(path, why, format!("chown {me} {}", path.display())));
    }
    Ok(())
}

fn bad(path: &Path, why: String, remedy: String) -> Fault {
    Fault::new(format!("the key file {} is not used", path.display()), why, remedy)
}

fn malformed(path: &Path) -> Fault {
    let why = "it does not hold 64 hexadecimal digits on one line";
    bad(path, why.into(), "put the right key file back, from where it was kept safe".into())
}

fn from_hex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let text = text.as_bytes();
    if text.len() != 64 {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let mut key = Zeroizing::new([0; 32]);
    for (byte, pair) in key.iter_mut().zip(text.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(key)
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
        assert_eq!(*KeySource::File(path.clone()).read().unwrap(), *made);
        let told = create(&path).unwrap_err().to_string();
        assert!(told.contains("exists already"), "{told}");
        assert_eq!(*KeySource::File(path).read().unwrap(), *made, "the first key stays");
    }

    #[test]
    fn a_key_file_that_is_not_right_is_refused_with_a_remedy() {
        let dir = tempfile::tempdir().unwrap();
        let good = "0f".repeat(32);
        // contents, mode, part of the sentence
        let rows = [
            (good.clone(), 0o640, "chmod 600"),
            (good.clone(), 0o604, "its mode is 0604"),
            (good[1..].to_owned(), 0o600, "64 hexadecimal digits"),
            (format!("{good}{good}"), 0o600, "64 hexadecimal digits"),
            ("x".repeat(64), 0o600, "64 hexadecimal digits"),
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
