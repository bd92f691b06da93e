//! The key of an encrypted store. Where it is kept is the runtime's to know.

use zeroize::Zeroizing;

/// Thirty-two random bytes that open one store. Wiped from memory when dropped; shows nothing when printed.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

/// A text that is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a store's key is 64 hexadecimal digits; this is not")]
pub struct BadKey;

impl Key {
    /// Wraps the bytes.
    pub fn new(bytes: [u8; 32]) -> Key { Key(Zeroizing::new(bytes)) }
    /// Reads 64 hexadecimal digits; white space around them does not matter.
    pub fn from_hex(text: &str) -> Result<Key, BadKey> { todo!() }
    /// Writes 64 lower-case hexadecimal digits.
    pub fn to_hex(&self) -> Zeroizing<String> { todo!() }
}
