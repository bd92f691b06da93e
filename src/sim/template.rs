//! Files with which evenings begin: each is made once a process, and laid down as often as it is wanted.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The bytes of the file of that name; `make` makes it at the path that it is handed, where nobody has yet.
///
/// # Errors
/// A sentence, when it cannot be made.
pub fn bytes(
    name: String,
    directory: &Path,
    make: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<Vec<u8>, String> {
    static KNOWN: Mutex<BTreeMap<String, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bytes) = known.get(&name) {
        return Ok(bytes.clone());
    }
    let file = directory.join("template.db");
    make(&file)?;
    let bytes = fs::read(&file).map_err(|source| format!("what evenings begin with was not read: {source}"))?;
    fs::remove_file(&file).map_err(|source| format!("what evenings begin with stays behind: {source}"))?;
    known.insert(name, bytes.clone());
    Ok(bytes)
}
