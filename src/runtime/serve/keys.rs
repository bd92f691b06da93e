//! The keys that a server signs tokens with: a file of lines of 64 hexadecimal digits, the newest first, that this user
//! alone can read. The first start makes it.

use super::limits::KEYS_FILE_BYTES_MAX;
use crate::runtime::guarded::Guarded;
use crate::runtime::{Fault, clock};
use crate::server::auth::Keys;
use std::path::Path;
use zeroize::Zeroizing;

/// The file that holds them.
const FILE: Guarded = Guarded {
    what: "key file",
    bytes_max: KEYS_FILE_BYTES_MAX,
    remedy: "give it to the user that this program runs as",
};

/// Reads the keys, or makes the first one.
pub(super) fn open(path: &Path) -> Result<Keys, Fault> {
    if !path.exists() {
        make(path)?;
    }
    let keys = read(path)?;
    Keys::new(&keys).map_err(|bad| malformed(path, &bad.to_string()))
}

/// How many keys are in a file that is there and can be used.
pub(super) fn count(path: &Path) -> Result<usize, Fault> {
    let keys = read(path)?;
    Keys::new(&keys).map_err(|bad| malformed(path, &bad.to_string()))?;
    Ok(keys.len())
}

fn read(path: &Path) -> Result<Vec<Zeroizing<[u8; 32]>>, Fault> {
    let text = FILE.read(path, false)?;
    let text = std::str::from_utf8(&text).map_err(|_| malformed(path, "it is not text"))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let keys = lines.map(bytes).collect::<Option<Vec<_>>>();
    keys.ok_or_else(|| malformed(path, "each of its lines must be 64 hexadecimal digits"))
}

fn malformed(path: &Path, why: &str) -> Fault {
    let remedy = "put the right one back, or move it away: every device then asks for a new token";
    FILE.bad(path, why.to_owned(), remedy.to_owned())
}

fn make(path: &Path) -> Result<(), Fault> {
    let mut key = Zeroizing::new([0_u8; 32]);
    clock::random(&mut *key)?;
    let text: Zeroizing<String> = Zeroizing::new(key.iter().map(|byte| format!("{byte:02x}")).collect());
    match FILE.create(path, text.as_bytes(), "choose another directory with --data") {
        // Another server began at the same time: its key is as good.
        Err(_) if path.exists() => Ok(()),
        made => made,
    }
}

fn bytes(line: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut key = Zeroizing::new([0_u8; 32]);
    if line.len() != 64 || !line.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (at, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&line[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn keys_are_made_once_and_are_for_this_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.keys");
        open(&path).unwrap();
        let made = std::fs::read_to_string(&path).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        open(&path).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), made);
        let two = format!("{}\n\n{}\n", "0f".repeat(32), "ab".repeat(32));
        // what the file says, its mode, part of what is told ("" = it is used)
        let rows = [
            (two.as_str(), 0o600, ""),
            (two.as_str(), 0o640, "chmod 600"),
            ("", 0o600, "key"),
            ("0f0f\n", 0o600, "64 hexadecimal digits"),
            (&"+f".repeat(32), 0o600, "64 hexadecimal digits"),
        ];
        for (text, mode, part) in rows {
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            match open(&path) {
                Ok(_) => assert_eq!(part, "", "{text}"),
                Err(told) => assert!(!part.is_empty() && told.to_string().contains(part), "{told}"),
            }
        }
    }
}
