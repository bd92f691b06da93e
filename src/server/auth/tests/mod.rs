//! The door, over SQLite in memory: tokens that attackers make, and what is answered to whoever comes.

mod door;
mod sessions;
mod tokens;

use super::{Bearer, Keys, Peer, open, who, who_from};
use crate::domain::{Entropy, Timestamp};
use crate::server::central::conformance::{fresh, on_each_central, wait};
use crate::server::limits::CODE_LASTS_MS;
use crate::server::{CentralDatabase, Replica, Role, Scope, Settings};
use http::{HeaderMap, Method, Request, Response, header};
use serde_json::Value;

/// The key that signs, and the one before it.
const KEY: [u8; 32] = *b"the newest key of this server...";
const FORMER: [u8; 32] = *b"the key that signed until today.";

fn keys() -> Keys {
    Keys::new(&[KEY, FORMER]).unwrap()
}

fn now() -> Timestamp {
    Timestamp::from_rfc3339("2026-03-14T19:05:06.789+01:00").unwrap()
}

fn later(seconds: i64) -> Timestamp {
    now().plus_millis(seconds * 1000)
}

/// Dice that never fall twice alike.
fn dice() -> Entropy {
    let mut count = 0_u64;
    Entropy::new(move |bytes| {
        count += 1;
        let number = count.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        bytes.iter_mut().enumerate().for_each(|(nth, byte)| *byte = number[nth % 8] ^ (nth as u8));
    })
}

fn scope(location: &str, role: Role) -> Scope {
    Scope { location_id: location.into(), role }
}

fn register(location: &str, name: &str) -> Scope {
    scope(location, Role::Register(name.into()))
}

/// A server with T1 of two locations, a kitchen's screen and an operator; the secret of each is its name, reversed.
struct World {
    replica: Replica<CentralDatabase>,
    keys: Keys,
    dice: Entropy,
}

fn secret(location: &str, name: &str) -> String {
    format!("{location}{name}").chars().rev().collect()
}

impl World {
    fn new() -> World {
        let mut dice = dice();
        let central = fresh(&mut dice);
        let world = World { replica: Replica::new(central, Settings::default()), keys: keys(), dice };
        let devices = [
            (register("L1", "T1"), "T1"),
            (register("L2", "T1"), "T1"),
            (scope("L1", Role::Kitchen), "pass"),
            (scope("L1", Role::Admin), "dara"),
        ];
        for (scope, name) in devices {
            let secret = secret(scope.location_id.as_str(), name);
            wait(world.replica.enrol(&scope, name, &secret, now())).unwrap();
        }
        world
    }

    /// The code that is made for a device.
    fn code(&mut self, scope: &Scope, name: &str) -> String {
        let invited = wait(self.replica.invite(scope, name, CODE_LASTS_MS, now(), &mut self.dice)).unwrap();
        invited.code.to_string()
    }

    /// Who is let in with these headers: location, role and name, or status and words.
    fn who(&self, headers: &[(&str, &str)], now: Timestamp) -> String {
        match wait(who(&self.replica, &self.keys, &map(headers), now)) {
            Ok(Bearer { scope, name, .. }) => format!("{} {} {name}", scope.location_id, scope.role.code()),
            Err(problem) => format!("{} {}", problem.status, problem.detail),
        }
    }

    fn ask(&mut self, asked: Request<Vec<u8>>, now: Timestamp) -> Option<Response<Vec<u8>>> {
        wait(open(&self.replica, &self.keys, &asked, now, &mut self.dice))
    }

    fn post(&mut self, path: &str, body: &str, now: Timestamp) -> (u16, Value) {
        let response = self.ask(request(Method::POST, path, body), now).unwrap();
        (response.status().as_u16(), serde_json::from_slice(response.body()).unwrap())
    }

    /// A token of a device of L1.
    fn token(&mut self, name: &str, now: Timestamp) -> String {
        let body = format!(r#"{{"register_id":"{name}","secret":"{}"}}"#, secret("L1", name));
        self.post("/api/v1/auth/token", &body, now).1["token"].as_str().unwrap().to_owned()
    }
}

fn map(headers: &[(&str, &str)]) -> HeaderMap {
    headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect::<Vec<_>>()
        .into_iter()
        .fold(HeaderMap::new(), |mut map, (name, value): (header::HeaderName, header::HeaderValue)| {
            map.append(name, value);
            map
        })
}

fn request(method: Method, path: &str, body: &str) -> Request<Vec<u8>> {
    Request::builder().method(method).uri(path).body(body.as_bytes().to_vec()).unwrap()
}

fn from(peer: &str, mut asked: Request<Vec<u8>>) -> Request<Vec<u8>> {
    asked.extensions_mut().insert(Peer(peer.to_owned()));
    asked
}
