//! How a PIN rests: argon2id with the store's one salt, so that a PIN finds its owner by one comparison.
//!
//! One salt for all is what lets a PIN alone log somebody in; two people with equal PINs would have equal hashes, which
//! is why equal PINs are refused. A PIN has at most eight digits: the hash slows a thief down, and no more.

use argon2::{Algorithm, Argon2, Block, Params, Version};

/// Memory of one hash, in KiB (OWASP password storage, argon2id, second choice: fits a Pi Zero).
const MEMORY_KIB: u32 = 19_456;
/// Passes over it.
const PASSES: u32 = 2;

/// Room that is asked for in one piece, in KiB. Only what is used of it takes memory. glibc maps a piece of more than
/// 32 MiB for itself alone and gives it back to the system at once; smaller ones it would rather keep once it has seen
/// one freed, and a register would hold the memory of its last login for ever (mallopt(3), M_MMAP_THRESHOLD).
const ROOM_KIB: usize = 33 * 1024;

/// Hashes a PIN with the store's salt; 64 lower-case hexadecimal digits.
pub fn hash_pin(pin: &str, salt: &[u8; 16]) -> String {
    let params = Params::new(MEMORY_KIB, PASSES, 1, Some(32)).expect("these parameters are within argon2's bounds");
    let mut memory = Vec::with_capacity(ROOM_KIB);
    memory.resize(params.block_count(), Block::new());
    let mut hash = [0_u8; 32];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(pin.as_bytes(), salt, &mut hash, memory)
        .expect("a PIN of any length, a salt of 16 bytes and 32 bytes of hash are within argon2's bounds");
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_has_one_hash_per_store() {
        let hash = hash_pin("1234", &[7; 16]);
        assert_eq!(hash.len(), 64);
        assert_eq!(hash, hash_pin("1234", &[7; 16]));
        assert_ne!(hash, hash_pin("1234", &[8; 16]));
        assert_ne!(hash, hash_pin("1235", &[7; 16]));
    }
}
