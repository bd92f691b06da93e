//! What the program that supervises this one (systemd) hears of it: that it is ready, that it lives, that it leaves.
//!
//! The protocol is sd_notify(3)'s: a word in a datagram to the socket that NOTIFY_SOCKET names, for which the standard
//! library has all that it takes, so that no crate is asked. Not here: when it is said. Whoever does the work says it,
//! between two pieces of work and once its store has answered; a thread of its own would go on saying it beside work
//! that hangs.

use super::paths::environment;
use super::{clock, register, why};
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};

/// It is told so often, in parts of the time after which the supervisor gives this program up: when the store did not
/// answer once, there is still time for it to answer.
const TIMES: u32 = 3;

/// Who supervises this program, if anybody does.
#[derive(Debug)]
pub struct Supervisor {
    line: Option<(UnixDatagram, SocketAddr)>,
    /// How long until it wants to hear again; none when it does not.
    every: Option<Duration>,
    due: Instant,
    is_ready: bool,
}

impl Supervisor {
    /// The one that the environment names.
    pub fn found() -> Supervisor {
        let line = environment("NOTIFY_SOCKET").and_then(|name| match line_to(&name) {
            Ok(line) => Some(line),
            Err(source) => {
                tracing::warn!(why = why(&source), ?name, "the supervisor cannot be told anything");
                None
            }
        });
        let every = line.as_ref().and_then(|_| every(&environment, std::process::id()));
        Supervisor { line, every, due: clock::instant(), is_ready: false }
    }

    /// Nobody: on a stage, or where another program is the one that is supervised.
    pub fn nobody() -> Supervisor {
        Supervisor { line: None, every: None, due: clock::instant(), is_ready: false }
    }

    /// What this program was started for it does from now on. Said once.
    pub fn ready(&mut self) {
        if !std::mem::replace(&mut self.is_ready, true) {
            self.say("READY=1");
        }
    }

    /// Returns when it wants to hear whether this program lives; never where nobody does.
    pub async fn wants_to_hear(&self) {
        match self.every {
            Some(_) => {
                let left = self.due.saturating_duration_since(clock::instant());
                register::alarm(u64::try_from(left.as_millis()).unwrap_or(u64::MAX)).await;
            }
            None => std::future::pending().await,
        }
    }

    /// Says that it lives, if so; after a while it is asked again either way.
    pub fn answer(&mut self, lives: bool) {
        if lives {
            self.say("WATCHDOG=1");
        }
        self.due = clock::instant() + self.every.unwrap_or_default();
    }

    /// It has been told to leave, and does.
    pub fn leaves(&mut self) {
        self.say("STOPPING=1");
    }

    fn say(&self, word: &str) {
        let Some((socket, address)) = &self.line else { return };
        // Nobody at the register waits for a supervisor that does not read.
        if let Err(source) = socket.send_to_addr(word.as_bytes(), address) {
            tracing::warn!(why = why(&source), word, "the supervisor was not told");
        }
    }
}

/// A line to a socket: a path, or with `@` before it a name that is in no directory.
fn line_to(name: &OsStr) -> io::Result<(UnixDatagram, SocketAddr)> {
    let address = match name.as_bytes() {
        [b'/', ..] => SocketAddr::from_pathname(name)?,
        [b'@', hidden @ ..] => SocketAddr::from_abstract_name(hidden)?,
        _ => return Err(io::Error::new(io::ErrorKind::Unsupported, "it is neither a path nor begins with @")),
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    Ok((socket, address))
}

/// How often this process is to say that it lives, if it is the one that is asked.
fn every(env: &dyn Fn(&str) -> Option<OsString>, me: u32) -> Option<Duration> {
    let number = |name| env(name)?.to_str()?.parse::<u64>().ok();
    let is_asked = env("WATCHDOG_PID").is_none() || number("WATCHDOG_PID") == Some(me.into());
    let within = number("WATCHDOG_USEC").filter(|within| *within > 0 && is_asked)?;
    Some(Duration::from_micros(within) / TIMES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_three_times_within_what_it_waits() {
        // environment (blank-separated NAME=value) of process 42 | milliseconds from one time to the next; 0 = never
        let rows = [
            ("WATCHDOG_USEC=30000000", 10_000),
            ("WATCHDOG_USEC=30000000 WATCHDOG_PID=42", 10_000),
            ("WATCHDOG_USEC=30000000 WATCHDOG_PID=41", 0),
            ("WATCHDOG_USEC=30000000 WATCHDOG_PID=x", 0),
            ("WATCHDOG_USEC=0", 0),
            ("WATCHDOG_USEC=-1", 0),
            ("WATCHDOG_PID=42", 0),
            ("", 0),
        ];
        for (variables, ms) in rows {
            let env = |name: &str| {
                let found = variables.split(' ').find_map(|it| it.strip_prefix(name)?.strip_prefix('='));
                found.map(OsString::from)
            };
            let told = every(&env, 42).map_or(0, |every| every.as_millis());
            assert_eq!(told, ms, "{variables}");
        }
    }

    #[test]
    fn a_line_leads_to_a_path_and_to_a_hidden_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let hidden = format!("comanda-{}", std::process::id());
        let listening = [
            (path.clone().into_os_string(), UnixDatagram::bind(&path).unwrap()),
            (
                OsString::from(format!("@{hidden}")),
                UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&hidden).unwrap()).unwrap(),
            ),
        ];
        for (name, ear) in listening {
            let mut supervisor = Supervisor { line: Some(line_to(&name).unwrap()), ..Supervisor::nobody() };
            supervisor.ready();
            supervisor.ready();
            supervisor.answer(false);
            supervisor.answer(true);
            supervisor.leaves();
            for word in ["READY=1", "WATCHDOG=1", "STOPPING=1"] {
                let mut heard = [0; 64];
                let length = ear.recv(&mut heard).unwrap();
                assert_eq!(std::str::from_utf8(&heard[..length]), Ok(word), "{name:?}");
            }
        }
        assert!(line_to(OsStr::new("vsock:2:1")).is_err());
    }
}
