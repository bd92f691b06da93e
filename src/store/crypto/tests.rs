//! The provider keeps to the standards, and a file that OpenSSL's provider wrote opens with it.

use super::*;
use crate::store::Key;
use crate::store::connect::{Access, connect};

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// The provider as SQLCipher gets it.
fn provider() -> Provider {
    let mut provider = std::mem::MaybeUninit::uninit();
    // SAFETY: there is room for one, and it is written.
    unsafe {
        assert_eq!(comanda_sqlcipher_provider(provider.as_mut_ptr()), SQLITE_OK);
        provider.assume_init()
    }
}

fn length(of: &[u8]) -> c_int {
    c_int::try_from(of.len()).unwrap()
}

const NULL: *mut c_void = std::ptr::null_mut();

#[test]
fn it_encrypts_as_nist_says() {
    // SP 800-38A, F.2.5 and F.2.6: AES-256-CBC
    let key = bytes("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4");
    let iv = bytes("000102030405060708090a0b0c0d0e0f");
    let plain = bytes("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51");
    let secret = bytes("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d");
    let cipher = provider().cipher;
    for (way, from, to) in [(1, &plain, &secret), (0, &secret, &plain)] {
        let mut out = vec![0; from.len()];
        // SAFETY: each buffer has its length.
        let code =
            unsafe { cipher(NULL, way, key.as_ptr(), 32, iv.as_ptr(), from.as_ptr(), length(from), out.as_mut_ptr()) };
        assert_eq!((code, &out), (SQLITE_OK, to));
    }
    let mut out = [0; 31];
    // SAFETY: as before.
    let half = unsafe { cipher(NULL, 1, key.as_ptr(), 32, iv.as_ptr(), plain.as_ptr(), 31, out.as_mut_ptr()) };
    assert_eq!(half, SQLITE_ERROR, "a part of a block");
}

#[test]
fn it_signs_as_the_rfcs_say() {
    // RFC 2202 and RFC 4231, case 2, in two pieces
    let (key, first, second) = (b"Jefe", b"what do ya want ", b"for nothing?");
    let rows = [
        (SHA1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        (SHA256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (
            SHA512,
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a\
             6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
    ];
    let provider = provider();
    for (digest, signature) in rows {
        let size = (provider.hmac_bytes)(NULL, digest);
        let mut out = vec![0; usize::try_from(size).unwrap()];
        // SAFETY: each buffer has its length, the last what was asked for.
        let code = unsafe {
            (provider.hmac)(
                NULL,
                digest,
                key.as_ptr(),
                length(key),
                first.as_ptr(),
                length(first),
                second.as_ptr(),
                length(second),
                out.as_mut_ptr(),
            )
        };
        assert_eq!((code, out), (SQLITE_OK, bytes(signature)));
    }
    assert_eq!((provider.hmac_bytes)(NULL, 3), 0, "no digest of SQLCipher's");
}

#[test]
fn it_derives_keys_as_the_rfcs_say() {
    // RFC 6070 and its like for SHA-2: password, salt, 2 rounds
    let rows = [
        (SHA1, "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"),
        (SHA256, "ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43"),
        (SHA512, "e1d9c16aa681708a45f5c7c4e215ceb66e011a2e9f0040713f18aefdb866d53c"),
    ];
    let kdf = provider().kdf;
    for (digest, key) in rows {
        let mut out = vec![0; key.len() / 2];
        // SAFETY: each buffer has its length.
        let code = unsafe {
            kdf(NULL, digest, b"password".as_ptr(), 8, b"salt".as_ptr(), 4, 2, length(&out), out.as_mut_ptr())
        };
        assert_eq!((code, out), (SQLITE_OK, bytes(key)));
    }
}

#[test]
fn a_file_that_openssl_wrote_opens_and_nothing_else_is_in_use() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("openssl.db");
    std::fs::write(&path, include_bytes!("openssl.db")).unwrap();
    let key = Key::new(std::array::from_fn(|nth| u8::try_from(nth).unwrap()));
    let connection = connect(&path, Some(&key), Access::Write).unwrap();
    let said = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(said("SELECT what FROM kept"), "written with OpenSSL");
    assert_eq!(said("PRAGMA cipher_provider"), "aws-lc", ".cargo/config.toml was not read");
    assert_eq!(said("PRAGMA cipher"), "AES-256-CBC");
    connection.execute_batch("INSERT INTO kept SELECT 'and with aws-lc' FROM kept").unwrap();
    assert!(connection.prepare("PRAGMA cipher_integrity_check").unwrap().query([]).unwrap().next().unwrap().is_none());
}
