//! Files that hold secrets: the store's key, and what a server signs and is known by.

use super::finding::Finding;
use crate::runtime::key_file::KeySource;
use crate::store::Key;
use std::path::PathBuf;

/// Reads the store's key, and says where it comes from.
pub(super) fn store_key(file: PathBuf) -> (Finding, Option<Key>) {
    let source = KeySource::found(file);
    let place = source.path().display().to_string();
    let (kind, says) = match &source {
        KeySource::Credential(_) => ("credential", "systemd hands it in"),
        KeySource::File(_) => ("file", "for this user alone"),
    };
    let (finding, key) = match source.read() {
        Ok(key) => (Finding::well("key", format!("{place}, {says}")), Some(key)),
        Err(fault) => (Finding::refused("key", &fault), None),
    };
    (finding.with("source", kind).with("file", place), key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::doctor::Verdict::{Fail, Ok as Well};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_is_there_for_this_user_alone_and_reads() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("store.key");
        let right = "0f".repeat(32);
        // what the file holds, its mode, verdict, part of what is said or to be done
        let rows = [
            (None, 0o600, Fail, "it does not exist"),
            (Some(right.as_str()), 0o600, Well, "for this user alone"),
            (Some(right.as_str()), 0o644, Fail, "chmod 600"),
            (Some("0f0f"), 0o600, Fail, "put the right key file back"),
            (Some(""), 0o600, Fail, "put the right key file back"),
        ];
        for (text, mode, verdict, part) in rows {
            if let Some(text) = text {
                std::fs::write(&file, text).unwrap();
                std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            }
            let (found, key) = store_key(file.clone());
            let both = format!("{} -> {:?}", found.says, found.remedy);
            assert!(found.verdict == verdict && both.contains(part), "{both}");
            assert_eq!(key.is_some(), verdict == Well);
            assert!(!found.facts.values().any(|it| it.to_string().contains("0f0f")), "{found:?}");
        }
    }
}
