//! What a supervisor (systemd) hears of the built program: that it is ready when it is, that it lives as long as its
//! loop goes round, and that it leaves. Of a program that is stopped, or hangs, it hears nothing.

use crate::premises::{BINARY, ask};
use crate::pty::Till;
use comanda::runtime::clock;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Within this it must be heard that the program lives. It says so three times.
const WITHIN: Duration = Duration::from_millis(300);
/// When nothing was heard for so long, nothing is said: it would have been said nine times.
const SILENCE: Duration = Duration::from_millis(900);
/// Longer than anything takes that does not hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// The supervisor's end.
struct Ear {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Ear {
    fn open(dir: &Path) -> Ear {
        let path = dir.join("notify");
        Ear { socket: UnixDatagram::bind(&path).unwrap(), path }
    }

    /// The program as a supervisor starts it.
    fn command(&self, args: &[&str]) -> Vec<String> {
        let socket = format!("NOTIFY_SOCKET={}", self.path.display());
        let within = format!("WATCHDOG_USEC={}", WITHIN.as_micros());
        let words = ["/usr/bin/env", &socket, &within, BINARY];
        words.iter().chain(args).map(|word| (*word).to_owned()).collect()
    }

    fn in_a_terminal(&self, args: &[&str]) -> CommandBuilder {
        let words = self.command(args);
        let mut command = CommandBuilder::new(&words[0]);
        command.args(&words[1..]);
        command
    }

    /// The next word, or none within that time.
    fn hears(&self, within: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(within)).unwrap();
        let mut word = [0; 64];
        let length = self.socket.recv(&mut word).ok()?;
        Some(String::from_utf8_lossy(&word[..length]).into_owned())
    }

    /// Waits for a word; until then only that it lives is heard.
    fn waits_for(&self, word: &str) {
        loop {
            let heard = self.hears(PATIENCE).unwrap_or_else(|| panic!("{word} was never heard"));
            if heard == word {
                return;
            }
            assert_eq!(heard, "WATCHDOG=1", "before {word}");
        }
    }

    /// What was said before somebody stopped is heard first; then there is nothing.
    fn waits_for_silence(&self) {
        let deadline = clock::instant() + PATIENCE;
        while self.hears(SILENCE).is_some() {
            assert!(clock::instant() < deadline, "it is never silent");
        }
    }
}

#[test]
fn a_register_is_ready_when_it_is_drawn_lives_until_it_is_stopped_and_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let ear = Ear::open(dir.path());
    let data = dir.path().join("demo");
    let command = ear.in_a_terminal(&["demo", "--data", data.to_str().unwrap()]);
    let mut till = Till::run(command, dir.path(), (100, 30));
    assert_eq!(ear.hears(PATIENCE).as_deref(), Some("READY=1"), "the first word");
    till.wait_for_text("Who is there?");
    ear.waits_for("WATCHDOG=1");
    ear.waits_for("WATCHDOG=1");
    till.signal("STOP");
    ear.waits_for_silence();
    till.signal("CONT");
    ear.waits_for("WATCHDOG=1");
    till.signal("TERM");
    ear.waits_for("STOPPING=1");
    assert_eq!(till.end(), 0);
    let log = std::fs::read_to_string(data.join("comanda.log")).unwrap();
    assert!(!log.contains("supervisor"), "{log}");
}

#[test]
fn a_register_that_hangs_says_nothing_until_it_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let ear = Ear::open(dir.path());
    let data = dir.path().join("demo");
    let mut command = ear.in_a_terminal(&["demo", "--data", data.to_str().unwrap()]);
    command.env_clear();
    command.env("HOME", dir.path());
    command.env("TERM", "xterm-256color");
    let size = |cols| PtySize { rows: 60, cols, pixel_width: 0, pixel_height: 0 };
    let pty = native_pty_system().openpty(size(200)).unwrap();
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let mut reader = pty.master.try_clone_reader().unwrap();
    let is_read = Arc::new(AtomicBool::new(true));
    let goes_on = Arc::clone(&is_read);
    let reading = std::thread::spawn(move || {
        let mut bytes = [0; 8192];
        loop {
            while !goes_on.load(Ordering::SeqCst) {
                std::thread::park();
            }
            // Ends with an error when the program has gone.
            let Ok(1..) = reader.read(&mut bytes) else { return };
        }
    });
    ear.waits_for("READY=1");
    ear.waits_for("WATCHDOG=1");
    // Nobody reads what it draws any more: sooner or later it hangs in the middle of a frame.
    is_read.store(false, Ordering::SeqCst);
    let mut frames = 0;
    while ear.hears(SILENCE).is_some() {
        frames += 1;
        assert!(frames < 10_000, "it draws and draws, and nobody reads it");
        pty.master.resize(size(180 + frames % 40)).unwrap();
    }
    assert!(child.try_wait().unwrap().is_none(), "it hangs, but is there");
    is_read.store(true, Ordering::SeqCst);
    reading.thread().unpark();
    ear.waits_for("WATCHDOG=1");
    child.kill().unwrap();
    child.wait().unwrap();
    reading.join().unwrap();
}

#[test]
fn a_kitchens_screen_lives_as_long_as_it_looks_for_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let ear = Ear::open(dir.path());
    let command = ear.in_a_terminal(&["kitchen", "--demo", "--data", dir.path().to_str().unwrap()]);
    let mut screen = Till::run(command, dir.path(), (80, 24));
    assert_eq!(ear.hears(PATIENCE).as_deref(), Some("READY=1"), "the first word");
    ear.waits_for("WATCHDOG=1");
    ear.waits_for("WATCHDOG=1");
    screen.signal("TERM");
    ear.waits_for("STOPPING=1");
    assert_eq!(screen.end(), 0);
}

#[test]
fn a_server_is_ready_when_it_listens_lives_until_it_is_stopped_and_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let ear = Ear::open(dir.path());
    let data = dir.path().join("server");
    let words = ear.command(&["serve", "--listen", "127.0.0.1:0", "--data", data.to_str().unwrap()]);
    let mut server = Command::new(&words[0]).args(&words[1..]).stdout(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(server.stdout.take().unwrap());
    assert_eq!(ear.hears(PATIENCE).as_deref(), Some("READY=1"), "the first word");
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let address = line.trim().rsplit_once("http://").unwrap().1.parse().unwrap();
    let (status, body) = ask(address, "GET", "/api/v1/health", &[], "");
    assert_eq!(status, 200, "{body}");
    ear.waits_for("WATCHDOG=1");
    ear.waits_for("WATCHDOG=1");
    let signal = |name: &str| {
        let line = format!("kill -s {name} {}", server.id());
        assert!(Command::new("/bin/sh").args(["-c", &line]).status().unwrap().success(), "{line}");
    };
    signal("STOP");
    ear.waits_for_silence();
    signal("CONT");
    ear.waits_for("WATCHDOG=1");
    signal("TERM");
    ear.waits_for("STOPPING=1");
    assert!(server.wait().unwrap().success());
    out.read_to_string(&mut line).unwrap();
    assert_eq!(line.lines().count(), 1, "{line}");
}
