//! What a version of a document is called: how many edits led to it, and a digest of what it says.

use super::spelled::Spelled;
use serde_json::Value;

/// The name of one version of one document. Ordered by generation, then digest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision {
    /// How many edits led to it, itself included: from 1.
    pub generation: u32,
    /// A digest of parent, deletion mark and body.
    pub digest: [u8; 16],
}

const HEX: &[u8; 16] = b"0123456789abcdef";

impl Revision {
    /// Reads `3-<32 lower-case hex digits>`; `None` for anything else.
    pub fn read(text: &str) -> Option<Revision> {
        let (generation, digits) = text.split_once('-')?;
        let plain = generation.bytes().all(|b| b.is_ascii_digit()) && !generation.starts_with('0');
        let hex = digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !plain || !hex {
            return None;
        }
        let digest = u128::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Revision { generation: generation.parse().ok()?, digest })
    }

    /// Names the version that an edit of `parent` makes; equal edits give equal names on every machine.
    ///
    /// The digest is the first 16 bytes of SHA-256 over the canonical JSON of `[parent or null, deleted, body]`, the
    /// body without its fields that begin with `_` (CouchDB's own; the id is not part of what a version says).
    pub fn child_of(parent: Option<&Revision>, deleted: bool, body: &Value) -> Revision {
        Spelled::of(body).child_of(parent, deleted)
    }

    /// The digest as 32 lower-case hex digits.
    pub fn hex(&self) -> String {
        self.digits().iter().map(|digit| char::from(*digit)).collect()
    }

    fn digits(&self) -> [u8; 32] {
        let mut digits = [0; 32];
        for (two, byte) in digits.chunks_exact_mut(2).zip(self.digest) {
            two.copy_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
        digits
    }
}

impl std::fmt::Display for Revision {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digits = self.digits();
        write!(out, "{}-{}", self.generation, std::str::from_utf8(&digits).expect("hex digits are ASCII"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_revision_reads_back_and_nothing_else_is_one() {
        let revision = Revision::child_of(None, false, &json!({ "a": 1 }));
        assert_eq!(Revision::read(&revision.to_string()), Some(revision));
        let good = "0123456789abcdef0123456789abcdef";
        assert!(Revision::read(&format!("4294967295-{good}")).is_some());
        // what is wrong, with a good digest standing at @
        for text in ["", "@", "-@", "0-@", "01-@", "+1-@", "1-@0", "1-", "1-ABC", "4294967296-@", "1--@", " 1-@", "1-é"]
        {
            assert_eq!(Revision::read(&text.replace('@', good)), None, "{text}");
        }
        assert_eq!(Revision::read(&format!("1-{}", good.to_uppercase())), None);
    }

    #[test]
    fn equal_edits_have_equal_names_and_others_differ() {
        let first = Revision::child_of(None, false, &json!({ "a": 1, "b": [true] }));
        // printf '[null,false,{"a":1,"b":[true]}]' | sha256sum | head -c 32
        assert_eq!(first.to_string(), "1-35d7405c24f37011ce7ccc16c626407e");
        let same = json!({ "b": [true], "a": 1.0, "_id": "x", "_rev": "1-0" });
        assert_eq!(Revision::child_of(None, false, &same), first);
        let others = [
            Revision::child_of(None, true, &same),
            Revision::child_of(Some(&first), false, &same),
            Revision::child_of(None, false, &json!({ "a": 2, "b": [true] })),
            Revision::child_of(None, false, &json!({ "a": 1, "b": [true], "inner": { "_kept": 1 } })),
        ];
        assert!(others.iter().all(|other| other.digest != first.digest));
        assert_eq!(others[1].generation, 2);
    }

    #[test]
    fn longer_histories_win_then_greater_digests() {
        let at = |generation, digest| Revision { generation, digest: [digest; 16] };
        assert!(at(10, 0) > at(9, 255) && at(9, 255) > at(9, 254));
    }
}
