//! Tokens that attackers make: whatever they change, the words are the same.

use super::*;
use crate::server::auth::BadKeys;
use crate::server::limits::{TOKEN_BYTES_MAX, TOKEN_S};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::json;

on_each_central! {
    a_token_says_whose_it_is_for_a_quarter_of_an_hour,
    a_former_key_checks_and_does_not_sign,
    every_token_that_is_not_right_gets_the_same_words,
    keys_do_not_show,
}

const WORDS: &str = "this token is not taken here, or not any more: ask for a new one";

fn bearer() -> Bearer {
    Bearer { scope: register("L1", "T1"), name: "T1".into(), generation: 1 }
}

/// The header of our tokens.
fn head() -> Value {
    let (token, _) = keys().issue(&bearer(), now());
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

/// Their claims.
fn claims() -> Value {
    let (token, _) = keys().issue(&bearer(), now());
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

/// A token of these words, signed with a key.
fn signed(head: &str, claims: &str, key: &[u8], algorithm: Algorithm) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(claims));
    let signature = crypto::sign(message.as_bytes(), &EncodingKey::from_secret(key).unwrap(), algorithm).unwrap();
    format!("{message}.{signature}")
}

/// A token with another field in its header, otherwise right.
fn with_head(name: &str, value: Value) -> String {
    let mut head = head();
    head[name] = value;
    signed(&head.to_string(), &claims().to_string(), &KEY, Algorithm::HS256)
}

/// A token with another claim, otherwise right.
fn with_claim(name: &str, value: Value) -> String {
    let mut claims = claims();
    claims[name] = value;
    signed(&head().to_string(), &claims.to_string(), &KEY, Algorithm::HS256)
}

fn without_claim(name: &str) -> String {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name).unwrap();
    signed(&head().to_string(), &claims.to_string(), &KEY, Algorithm::HS256)
}

fn a_token_says_whose_it_is_for_a_quarter_of_an_hour() {
    let (token, expires_in_s) = keys().issue(&bearer(), now());
    assert_eq!((expires_in_s, token.len() < 500), (TOKEN_S, true), "{}", token.len());
    // seconds later, whether it holds: the clocks of two servers may lie half a minute apart
    for (seconds, holds) in [(0, true), (-30, true), (-31, false), (900, true), (930, true), (931, false)] {
        let told = keys().check(&token, later(seconds));
        assert_eq!(told.is_ok(), holds, "{seconds}");
        assert_eq!(told.unwrap_or(bearer()), bearer());
    }
    let made_again = signed(&head().to_string(), &claims().to_string(), &KEY, Algorithm::HS256);
    assert_eq!(keys().check(&made_again, now()), Ok(bearer()), "what attackers change below is right but for that");
}

fn a_former_key_checks_and_does_not_sign() {
    let former = Keys::new(&[FORMER]).unwrap();
    let (old, _) = former.issue(&bearer(), now());
    assert_eq!(keys().check(&old, now()), Ok(bearer()));
    let (new, _) = keys().issue(&bearer(), now());
    assert_eq!(former.check(&new, now()).unwrap_err().detail, WORDS);
    let only_new = Keys::new(&[KEY]).unwrap();
    assert_eq!(only_new.check(&old, now()).unwrap_err().detail, WORDS, "until it is taken away");
    assert_eq!(Keys::new(&[[0_u8; 31]]).unwrap_err(), BadKeys::Short { nth: 1, bytes: 31 });
    assert_eq!(Keys::new::<[u8; 32]>(&[]).unwrap_err(), BadKeys::Count(0));
    assert_eq!(Keys::new(&[KEY; 9]).unwrap_err(), BadKeys::Count(9));
}

fn every_token_that_is_not_right_gets_the_same_words() {
    let (good, _) = keys().issue(&bearer(), now());
    let parts: Vec<&str> = good.split('.').collect();
    let (head_text, claims_text) = (head().to_string(), claims().to_string());
    let unsigned = |alg: &str| {
        let head = json!({ "alg": alg, "typ": "JWT", "kid": head()["kid"] }).to_string();
        format!("{}.{}.", URL_SAFE_NO_PAD.encode(head), parts[1])
    };
    let tampered = {
        let mut claims = claims();
        claims["location"] = json!("L2");
        format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2])
    };
    let s = |algorithm, alg: &str| {
        let head = json!({ "alg": alg, "typ": "JWT", "kid": head()["kid"] }).to_string();
        signed(&head, &claims_text, &KEY, algorithm)
    };
    let hs256 = |head: &str, claims: &str| signed(head, claims, &KEY, Algorithm::HS256);
    let doubled = |text: &str, more: &str| format!("{},{more}}}", &text[..text.len() - 1]);
    let exp = claims()["exp"].as_i64().unwrap();
    let last = if good.ends_with('A') { "B" } else { "A" };
    // what was done, the token
    let rows = [
        ("alg none", unsigned("none")),
        ("alg None", unsigned("None")),
        ("alg none with the signature", format!("{}{}", unsigned("none"), parts[2])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("alg HS384 signed so", s(Algorithm::HS384, "HS384")),
        ("alg HS512 signed so", s(Algorithm::HS512, "HS512")),
        ("alg HS256 said, HS512 signed", s(Algorithm::HS512, "HS256")),
        ("alg RS256 with our key as its secret", s(Algorithm::HS256, "RS256")),
        ("alg ES256", s(Algorithm::HS256, "ES256")),
        ("alg EdDSA", s(Algorithm::HS256, "EdDSA")),
        ("alg hs256", s(Algorithm::HS256, "hs256")),
        ("alg is no text", with_head("alg", json!(["HS256"]))),
        ("another key", signed(&head_text, &claims_text, &[7; 32], Algorithm::HS256)),
        ("the former key under the new one's name", signed(&head_text, &claims_text, &FORMER, Algorithm::HS256)),
        ("kid of nobody", with_head("kid", json!("0000000000000000"))),
        ("kid is a path", with_head("kid", json!("../../../../dev/null"))),
        ("kid is a query", with_head("kid", json!("x' OR kid <> '"))),
        ("kid is empty", with_head("kid", json!(""))),
        ("kid is huge", with_head("kid", json!("k".repeat(100_000)))),
        ("kid is a list", with_head("kid", json!([head()["kid"]]))),
        ("kid is a number", with_head("kid", json!(0))),
        ("kid is null", with_head("kid", json!(null))),
        ("a key comes along", with_head("jwk", json!({ "kty": "oct", "k": "AAAA" }))),
        ("a key's address comes along", with_head("jku", json!("https://attacker.example/keys"))),
        ("crit", with_head("crit", json!(["exp"]))),
        ("typ is another", with_head("typ", json!("JOSE"))),
        ("no exp", without_claim("exp")),
        ("exp is text", with_claim("exp", json!(exp.to_string()))),
        ("exp is a float", with_claim("exp", json!(exp as f64 + 0.5))),
        ("exp is a whole float", with_claim("exp", json!(exp as f64))),
        ("exp is negative", with_claim("exp", json!(-1))),
        ("exp is the least", with_claim("exp", json!(i64::MIN))),
        ("exp is null", with_claim("exp", json!(null))),
        ("exp lies far away", with_claim("exp", json!(exp + 1))),
        ("exp is the greatest", with_claim("exp", json!(i64::MAX))),
        ("exp is greater", with_claim("exp", json!(u64::MAX))),
        ("iat lies ahead", with_claim("iat", json!(exp - 1))),
        ("no iat", without_claim("iat")),
        ("no sub", without_claim("sub")),
        ("no location", without_claim("location")),
        ("no generation", without_claim("generation")),
        ("generation is text", with_claim("generation", json!("1"))),
        ("generation is negative", with_claim("generation", json!(-1))),
        ("role of nobody", with_claim("role", json!("owner"))),
        ("iss is another", with_claim("iss", json!("somebody"))),
        ("iss is a list with ours", with_claim("iss", json!(["comanda"]))),
        ("aud is another", with_claim("aud", json!("somebody"))),
        ("aud is a list with ours", with_claim("aud", json!(["comanda", "others"]))),
        ("no aud", without_claim("aud")),
        ("one more claim", with_claim("admin", json!(true))),
        ("another location under the old signature", tampered),
        ("role twice", hs256(&head_text, &doubled(&claims_text, r#""role":"admin""#))),
        ("location twice", hs256(&head_text, &doubled(&claims_text, r#""location":"L2""#))),
        ("alg twice", hs256(&doubled(&head_text, r#""alg":"none""#), &claims_text)),
        ("claims are a list", hs256(&head_text, "[]")),
        ("claims are no JSON", hs256(&head_text, "location=L1")),
        ("header is no JSON", hs256("HS256", &claims_text)),
        ("cut short", good[..good.len() - 1].to_owned()),
        ("its last letter is another", format!("{}{last}", &good[..good.len() - 1])),
        ("without its signature", format!("{}.{}", parts[0], parts[1])),
        ("without anything", String::new()),
        ("dots alone", "..".to_owned()),
        ("one segment more", format!("{}.{}", &*good, parts[2])),
        ("one segment before", format!("{}.{}", parts[0], &*good)),
        ("huge", format!("{}.{}.{}", parts[0], parts[1].repeat(TOKEN_BYTES_MAX), parts[2])),
        ("blanks in it", good.replace('.', " .")),
        ("other letters", "é.é.é".to_owned()),
    ];
    let world = World::new();
    for (what, token) in rows {
        let told = keys().check(&token, now()).expect_err(what);
        let told = (told.status, told.code.as_str().to_owned(), told.detail, told.field);
        assert_eq!(told, (401, "unauthorized".into(), WORDS.into(), None), "{what}");
        let Ok(value) = header::HeaderValue::from_bytes(format!("Bearer {token}").as_bytes()) else { continue };
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, value);
        let told = wait(who(&world.replica, &world.keys, &headers, now())).expect_err(what);
        assert_eq!(told.status, 401, "{what}: {told}");
    }
}

fn keys_do_not_show() {
    let shown = format!("{:?} {:?}", keys(), World::new().keys);
    assert!(!shown.contains("newest key") && shown.contains(head()["kid"].as_str().unwrap()), "{shown}");
}
