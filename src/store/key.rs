//! The key of an encrypted store. Where it is kept, and who may read it, is the runtime's to know.

use std::fmt;
use zeroize::Zeroizing;

/// Thirty-two random bytes that open one store. Wiped from memory when dropped; shows nothing when printed.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

/// Why a text is no key. Says nothing of the text itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Too short or too long.
    #[error("a store's key has 64 hexadecimal digits, this has {0} characters: the key file is cut short or not one")]
    Length(usize),
    /// Something that is no hexadecimal digit.
    #[error("a store's key has hexadecimal digits alone, and character {0} is none: this is not a key file")]
    Digit(usize),
}

impl Key {
    /// Wraps the bytes.
    pub fn new(bytes: [u8; 32]) -> Key {
        Key(Zeroizing::new(bytes))
    }

    /// Reads 64 hexadecimal digits; white space around them does not matter.
    ///
    /// # Errors
    /// [`BadKey`] with what is wrong with the text.
    pub fn from_hex(text: &str) -> Result<Key, BadKey> {
        let digits = text.trim();
        let count = digits.chars().count();
        if count != 64 {
            return Err(BadKey::Length(count));
        }
        let mut bytes = Zeroizing::new([0_u8; 32]);
        for (at, letter) in digits.chars().enumerate() {
            let digit = letter.to_digit(16).ok_or(BadKey::Digit(at + 1))?;
            let digit = u8::try_from(digit).expect("a hexadecimal digit is less than 16");
            bytes[at / 2] = bytes[at / 2] << 4 | digit;
        }
        Ok(Key(bytes))
    }

    /// Writes 64 lower-case hexadecimal digits.
    pub fn to_hex(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(64));
        for byte in self.0.iter() {
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(nibble), 16).expect("four bits are a hexadecimal digit"));
            }
        }
        text
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Key")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_reads_back_and_shows_nothing() {
        let key = Key::new(std::array::from_fn(|at| u8::try_from(at * 8).unwrap()));
        let text = key.to_hex();
        assert!(text.starts_with("00081018") && text.len() == 64);
        let again = Key::from_hex(&format!("  {}\n", text.to_uppercase())).unwrap();
        assert_eq!(*again.to_hex(), *text);
        assert_eq!(format!("{key:?}"), "Key");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let good = "0f".repeat(32);
        for (text, bad) in [
            (String::new(), BadKey::Length(0)),
            (good[1..].to_owned(), BadKey::Length(63)),
            (good.clone() + "0", BadKey::Length(65)),
            (good.replacen("0f0f0f", "0f0g0f", 1), BadKey::Digit(4)),
            (good.replacen('f', "é", 1), BadKey::Digit(2)),
        ] {
            assert_eq!(Key::from_hex(&text).unwrap_err(), bad);
        }
    }
}
