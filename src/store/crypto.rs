//! What SQLCipher encrypts and signs pages with: aws-lc, which TLS has in the program anyway.
//!
//! SQLCipher brings a provider for OpenSSL, which would be a second cryptography of 4.5 MB for two functions. It calls
//! [`comanda_sqlcipher_provider`] instead (`.cargo/config.toml` tells it so) and gets the same standards from there:
//! AES-256-CBC, HMAC and PBKDF2 with SHA-1, SHA-256 and SHA-512. Files are the same, whoever provides them; a test
//! reads one that was written with OpenSSL.

#![expect(unsafe_code, reason = "SQLCipher is C: it asks for functions that take its pointers")]

use aws_lc_rs::cipher::{
    AES_256, AES_256_KEY_LEN, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{hmac, pbkdf2, rand};
use rusqlite::ffi::{SQLITE_ERROR, SQLITE_OK};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::num::NonZeroU32;
use std::slice::{from_raw_parts, from_raw_parts_mut};

/// How SQLCipher names a digest, for signatures and for keys.
const SHA1: c_int = 0;
const SHA256: c_int = 1;
const SHA512: c_int = 2;
/// How it says which way.
const ENCRYPT: c_int = 1;
/// A block of AES and its initialisation vector, in bytes.
const BLOCK_BYTES: usize = 16;

const NAME: &CStr = c"aws-lc";
const CIPHER: &CStr = c"AES-256-CBC";

type Text = extern "C" fn(*mut c_void) -> *const c_char;
type Number = extern "C" fn(*mut c_void) -> c_int;
type Context = extern "C" fn(*mut *mut c_void) -> c_int;
type Hmac =
    unsafe extern "C" fn(*mut c_void, c_int, *const u8, c_int, *const u8, c_int, *const u8, c_int, *mut u8) -> c_int;
type Kdf = unsafe extern "C" fn(*mut c_void, c_int, *const u8, c_int, *const u8, c_int, c_int, c_int, *mut u8) -> c_int;
type Cipher = unsafe extern "C" fn(*mut c_void, c_int, *const u8, c_int, *const u8, *const u8, c_int, *mut u8) -> c_int;

/// `struct sqlcipher_provider` of SQLCipher 4.
#[repr(C)]
#[derive(Debug)]
pub struct Provider {
    init: Option<extern "C" fn() -> c_int>,
    shutdown: Option<extern "C" fn()>,
    name: Text,
    add_random: extern "C" fn(*mut c_void, *const c_void, c_int) -> c_int,
    random: unsafe extern "C" fn(*mut c_void, *mut c_void, c_int) -> c_int,
    hmac: Hmac,
    kdf: Kdf,
    cipher: Cipher,
    cipher_name: Text,
    key_bytes: Number,
    iv_bytes: Number,
    block_bytes: Number,
    hmac_bytes: extern "C" fn(*mut c_void, c_int) -> c_int,
    make_context: Context,
    free_context: Context,
    fips: Number,
    version: Text,
    /// SQLCipher's own.
    next: *mut Provider,
}

/// Says what to call. SQLCipher asks once, before the first connection.
///
/// # Safety
/// `provider` is SQLCipher's: room for a [`Provider`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn comanda_sqlcipher_provider(provider: *mut Provider) -> c_int {
    let ours = Provider {
        init: None,
        shutdown: None,
        name: name_text,
        add_random: add_no_random,
        random: random_bytes,
        hmac: hmac_of_two,
        kdf: derive_key,
        cipher: encrypt_or_decrypt,
        cipher_name: cipher_text,
        key_bytes: number::<{ AES_256_KEY_LEN as c_int }>,
        iv_bytes: number::<{ BLOCK_BYTES as c_int }>,
        block_bytes: number::<{ BLOCK_BYTES as c_int }>,
        hmac_bytes,
        make_context: no_context,
        free_context: no_context,
        fips: number::<0>,
        version: name_text,
        next: std::ptr::null_mut(),
    };
    // SAFETY: it is the caller's, and there is room.
    unsafe { provider.write(ours) };
    SQLITE_OK
}

extern "C" fn name_text(_: *mut c_void) -> *const c_char {
    NAME.as_ptr()
}

extern "C" fn cipher_text(_: *mut c_void) -> *const c_char {
    CIPHER.as_ptr()
}

extern "C" fn number<const N: c_int>(_: *mut c_void) -> c_int {
    N
}

/// There is nothing to keep from one call to the next.
extern "C" fn no_context(_: *mut *mut c_void) -> c_int {
    SQLITE_OK
}

/// The kernel's entropy is enough: SQLCipher's is not added to it.
extern "C" fn add_no_random(_: *mut c_void, _: *const c_void, _: c_int) -> c_int {
    SQLITE_OK
}

unsafe extern "C" fn random_bytes(_: *mut c_void, into: *mut c_void, bytes: c_int) -> c_int {
    // SAFETY: SQLCipher's buffer of that many bytes.
    answer(unsafe { room(into.cast(), bytes) }.and_then(rand::fill))
}

extern "C" fn hmac_bytes(_: *mut c_void, digest: c_int) -> c_int {
    hmac_algorithm(digest).map_or(0, |it| it.tag_len() as c_int)
}

/// Signs one or two pieces, as if they were one.
unsafe extern "C" fn hmac_of_two(
    _: *mut c_void,
    digest: c_int,
    key: *const u8,
    key_bytes: c_int,
    first: *const u8,
    first_bytes: c_int,
    second: *const u8,
    second_bytes: c_int,
    into: *mut u8,
) -> c_int {
    let sign = || {
        let algorithm = hmac_algorithm(digest)?;
        // SAFETY: SQLCipher's buffers, each with its length; the second may be left out.
        let (key, first) = unsafe { (piece(key, key_bytes)?, piece(first, first_bytes)?) };
        let second = if second.is_null() { &[][..] } else { unsafe { piece(second, second_bytes) }? };
        // SAFETY: it has room for what `hmac_bytes` says of this digest.
        let into = unsafe { room(into, algorithm.tag_len() as c_int) }?;
        into.copy_from_slice(signature(algorithm, key, first, second).as_ref());
        Ok(())
    };
    answer(sign())
}

/// Makes a key of a key or a passphrase.
unsafe extern "C" fn derive_key(
    _: *mut c_void,
    digest: c_int,
    secret: *const u8,
    secret_bytes: c_int,
    salt: *const u8,
    salt_bytes: c_int,
    rounds: c_int,
    key_bytes: c_int,
    into: *mut u8,
) -> c_int {
    let derive = || {
        let algorithm = match digest {
            SHA1 => pbkdf2::PBKDF2_HMAC_SHA1,
            SHA256 => pbkdf2::PBKDF2_HMAC_SHA256,
            SHA512 => pbkdf2::PBKDF2_HMAC_SHA512,
            _ => return Err(Unspecified),
        };
        let rounds = u32::try_from(rounds).ok().and_then(NonZeroU32::new).ok_or(Unspecified)?;
        // SAFETY: SQLCipher's buffers, each with its length.
        let (secret, salt) = unsafe { (piece(secret, secret_bytes)?, piece(salt, salt_bytes)?) };
        // SAFETY: as before.
        pbkdf2::derive(algorithm, rounds, salt, secret, unsafe { room(into, key_bytes) }?);
        Ok(())
    };
    answer(derive())
}

/// Encrypts or decrypts whole blocks.
unsafe extern "C" fn encrypt_or_decrypt(
    _: *mut c_void,
    way: c_int,
    key: *const u8,
    key_bytes: c_int,
    iv: *const u8,
    from: *const u8,
    bytes: c_int,
    into: *mut u8,
) -> c_int {
    let go = || {
        let length = usize::try_from(bytes).map_err(|_| Unspecified)?;
        if from.is_null() || into.is_null() {
            return Err(Unspecified);
        }
        // SAFETY: both are SQLCipher's, of that length, and may be the same.
        unsafe { std::ptr::copy(from, into, length) };
        // SAFETY: SQLCipher's buffers, each with its length; a vector has that of a block.
        let (key, iv) = unsafe { (piece(key, key_bytes)?, piece(iv, BLOCK_BYTES as c_int)?) };
        let iv = iv.try_into().map_err(|_| Unspecified)?;
        // SAFETY: as before; what stood in `from` was copied.
        blocks(way == ENCRYPT, key, iv, unsafe { room(into, bytes) }?)
    };
    answer(go())
}

fn hmac_algorithm(digest: c_int) -> Result<hmac::Algorithm, Unspecified> {
    match digest {
        SHA1 => Ok(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        SHA256 => Ok(hmac::HMAC_SHA256),
        SHA512 => Ok(hmac::HMAC_SHA512),
        _ => Err(Unspecified),
    }
}

fn signature(algorithm: hmac::Algorithm, key: &[u8], first: &[u8], second: &[u8]) -> hmac::Tag {
    let mut signed = hmac::Context::with_key(&hmac::Key::new(algorithm, key));
    signed.update(first);
    signed.update(second);
    signed.sign()
}

/// AES-256-CBC in place, without padding.
fn blocks(encrypt: bool, key: &[u8], iv: [u8; BLOCK_BYTES], data: &mut [u8]) -> Result<(), Unspecified> {
    let key = UnboundCipherKey::new(&AES_256, key)?;
    let iv = FixedLength::from(iv);
    if encrypt {
        EncryptingKey::cbc(key)?.less_safe_encrypt(data, EncryptionContext::Iv128(iv)).map(drop)
    } else {
        DecryptingKey::cbc(key)?.decrypt(data, DecryptionContext::Iv128(iv)).map(drop)
    }
}

/// What C hands in.
///
/// # Safety
/// That many bytes can be read there for as long as it is used.
unsafe fn piece<'a>(at: *const u8, bytes: c_int) -> Result<&'a [u8], Unspecified> {
    let length = usize::try_from(bytes).map_err(|_| Unspecified)?;
    if at.is_null() {
        return Err(Unspecified);
    }
    // SAFETY: the caller's word.
    Ok(unsafe { from_raw_parts(at, length) })
}

/// Where C wants something.
///
/// # Safety
/// That many bytes can be written there for as long as it is used, and nobody else reads them.
unsafe fn room<'a>(at: *mut u8, bytes: c_int) -> Result<&'a mut [u8], Unspecified> {
    let length = usize::try_from(bytes).map_err(|_| Unspecified)?;
    if at.is_null() {
        return Err(Unspecified);
    }
    // SAFETY: the caller's word.
    Ok(unsafe { from_raw_parts_mut(at, length) })
}

fn answer(outcome: Result<(), Unspecified>) -> c_int {
    if outcome.is_ok() { SQLITE_OK } else { SQLITE_ERROR }
}

#[cfg(test)]
mod tests;
