//! What we build on may be shipped with us: every crate has a licence that is allowed here, and what stays out is out.
//!
//! Not here: known vulnerabilities. Their database lies where neither a gate nor a till reaches it.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

/// Licences that ask no more than to be named (LICENSE says where). To allow another: read it, then add its SPDX name.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0", // for data: webpki-root-certs, a list of authorities that no Linux build takes along
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Unlicense",
    "WTFPL",
    "Zlib",
    "blessing",
];

/// Crates that stay out, and why. TLS will have one provider, aws-lc-rs; OpenSSL's are there for SQLCipher alone, and
/// `.cargo/config.toml` keeps OpenSSL itself out.
const BANNED: &[(&str, &str)] = &[
    ("ring", "a second TLS provider"),
    ("native-tls", "the system's TLS: the binary needs no system library"),
    ("openssl", "TLS by OpenSSL"),
    ("libudev-sys", "a system library"),
];

/// Crates that only these others may bring.
const ONLY_THROUGH: &[(&str, &str)] = &[("openssl-sys", "libsqlite3-sys"), ("openssl-src", "openssl-sys")];

/// Reads an SPDX expression: `OR` binds less than `AND`, `WITH` most; an old `/` means `OR`.
fn is_allowed(expression: &str) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words: Vec<&str> = spaced.split_whitespace().rev().collect();
    let allowed = any_of(&mut words);
    allowed && words.is_empty()
}

fn any_of(words: &mut Vec<&str>) -> bool {
    let mut allowed = all_of(words);
    while words.pop_if(|word| *word == "OR").is_some() {
        allowed |= all_of(words);
    }
    allowed
}

fn all_of(words: &mut Vec<&str>) -> bool {
    let mut allowed = one(words);
    while words.pop_if(|word| *word == "AND").is_some() {
        allowed &= one(words);
    }
    allowed
}

fn one(words: &mut Vec<&str>) -> bool {
    match words.pop() {
        Some("(") => any_of(words) & (words.pop() == Some(")")),
        Some(name) => match words.pop_if(|word| *word == "WITH").and_then(|_| words.pop()) {
            Some(exception) => ALLOWED.contains(&format!("{name} WITH {exception}").as_str()),
            None => ALLOWED.contains(&name),
        },
        None => false,
    }
}

#[test]
fn a_licence_expression_is_read_as_spdx_says() {
    // expression | allowed
    for (expression, allowed) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("MIT OR GPL-3.0-only", true),
        ("GPL-3.0-only/MIT", true),
        ("MIT AND GPL-3.0-only", false),
        ("GPL-3.0-only OR MIT AND Zlib", true),
        ("(GPL-3.0-only OR MIT) AND LGPL-2.1-only", false),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("Apache-2.0 WITH LLVM-exception OR GPL-2.0-only", true),
        ("Apache-2.0 WITH another-exception", false),
        ("GPL-2.0-only WITH LLVM-exception", false),
        ("(MIT", false),
        ("MIT)", false),
        ("MIT Zlib", false),
        ("", false),
    ] {
        assert_eq!(is_allowed(expression), allowed, "{expression:?}");
    }
}

/// What cargo knows of every crate that Cargo.lock names, on whatever machine and with whatever feature it is used.
fn metadata() -> Value {
    let asked = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--all-features"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(asked.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&asked.stderr));
    serde_json::from_slice(&asked.stdout).unwrap()
}

/// What is built on some machine with some feature. Cargo.lock also names what nobody turns on: reqwest's QUIC brings
/// a second TLS provider into it.
fn built() -> BTreeSet<String> {
    let asked = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--all-features", "--target=all", "--prefix=none", "--format={p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(asked.status.success(), "cargo tree: {}", String::from_utf8_lossy(&asked.stderr));
    let listed = String::from_utf8(asked.stdout).unwrap();
    let named: BTreeSet<String> =
        listed.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    assert!(named.len() > 100 && named.contains("aws-lc-rs"), "cargo names {} crates", named.len());
    named
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

#[test]
fn every_crate_has_an_allowed_licence_and_none_is_banned() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 100, "cargo named {} crates", packages.len());
    let names: BTreeMap<&str, &str> = packages.iter().map(|it| (text(it, "id"), text(it, "name"))).collect();
    let mut wrong = Vec::new();
    for package in packages {
        let (name, licence) = (text(package, "name"), text(package, "license"));
        if !is_allowed(licence) {
            wrong.push(format!("{name} {}: licence `{licence}` is not in ALLOWED", text(package, "version")));
        }
    }
    let built = built();
    for (name, why) in BANNED.iter().filter(|(banned, _)| built.contains(*banned)) {
        wrong.push(format!("{name} is banned: {why}: `cargo tree -i {name}` says who brings it"));
    }
    for node in metadata["resolve"]["nodes"].as_array().unwrap() {
        let by = names[text(node, "id")];
        for dependency in node["dependencies"].as_array().unwrap() {
            let brought = names[dependency.as_str().unwrap()];
            if let Some((_, through)) = ONLY_THROUGH.iter().find(|(only, through)| *only == brought && *through != by) {
                wrong.push(format!("{by} brings {brought}, which only {through} may"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
