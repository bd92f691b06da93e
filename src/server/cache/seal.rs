//! How what comes from a shared cache is known to be ours: it carries a code (HMAC over SHA-256, RFC 2104) of its name
//! and itself, under a key that the servers have and the cache has not. So a cache that was filled by somebody else, or
//! mixed up, or damaged is recognised; what is old is recognised by its name.

use sha2::{Digest, Sha256};

/// How many bytes SHA-256 takes at once.
const BLOCK: usize = 64;
/// How long a code is, in bytes.
const CODE: usize = 32;

/// What seals, and opens what was sealed.
pub(super) struct Seal {
    key: [u8; 32],
    /// What all names begin with: servers that have another key do not meet ours.
    house: String,
}

impl Seal {
    pub(super) fn new(key: [u8; 32]) -> Seal {
        let digest = code(&key, &[b"comanda house"]);
        Seal { key, house: digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect() }
    }

    /// A name in the shared cache.
    pub(super) fn name(&self, of: &str) -> String {
        format!("comanda:{}:{of}", self.house)
    }

    /// Seals what is kept under a name.
    pub(super) fn seal(&self, name: &str, bytes: &[u8]) -> Vec<u8> {
        let mut sealed = Vec::with_capacity(CODE + bytes.len());
        sealed.extend_from_slice(&self.code(name, bytes));
        sealed.extend_from_slice(bytes);
        sealed
    }

    /// What was sealed under this name; none when it was not.
    pub(super) fn open<'a>(&self, name: &str, sealed: &'a [u8]) -> Option<&'a [u8]> {
        let (code, bytes) = sealed.split_at_checked(CODE)?;
        let right = self.code(name, bytes);
        // All of it is compared, so that the time tells nothing.
        let differ = code.iter().zip(&right).fold(0, |differ, (one, other)| differ | (one ^ other));
        (differ == 0).then_some(bytes)
    }

    fn code(&self, name: &str, bytes: &[u8]) -> [u8; CODE] {
        let length = u64::try_from(name.len()).unwrap_or(u64::MAX).to_be_bytes();
        code(&self.key, &[&length, name.as_bytes(), bytes])
    }
}

/// HMAC over SHA-256, of a key no longer than a block.
fn code(key: &[u8], parts: &[&[u8]]) -> [u8; CODE] {
    let padded = |with: u8| {
        let mut block = [with; BLOCK];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let mut inner = Sha256::new().chain_update(padded(0x36));
    parts.iter().for_each(|part| inner.update(part));
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner.finalize()).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_that_of_the_rfc() {
        // RFC 4231, test cases 1 and 2: key, text, code
        let rows: [(&[u8], &[u8], &str); 2] = [
            (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
            (
                b"Jefe",
                b"what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
        ];
        for (key, text, right) in rows {
            let hex: String = code(key, &[text]).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, right);
        }
    }

    #[test]
    fn what_somebody_else_kept_or_kept_under_another_name_is_not_opened() {
        let (ours, theirs) = (Seal::new([1; 32]), Seal::new([2; 32]));
        let sealed = ours.seal("menu:L1", b"{}");
        assert_eq!(ours.open("menu:L1", &sealed), Some(&b"{}"[..]));
        let mut damaged = sealed.clone();
        *damaged.last_mut().unwrap() ^= 1;
        // under which name, what
        let rows: [(&str, &[u8]); 7] = [
            ("menu:L2", &sealed),
            ("menu:L", &ours.seal("menu:L1", b"")),
            ("menu:L1", &damaged),
            ("menu:L1", &sealed[..sealed.len() - 1]),
            ("menu:L1", &theirs.seal("menu:L1", b"{}")),
            ("menu:L1", b"{}"),
            ("menu:L1", b""),
        ];
        for (nth, (name, bytes)) in rows.into_iter().enumerate() {
            assert_eq!(ours.open(name, bytes), None, "row {nth}");
        }
        assert_ne!(ours.name("told"), theirs.name("told"));
    }
}
