//! The built binary in a pseudo-terminal, as somebody sees it who sits before it: keys go in, whole frames come out.
//!
//! The register draws each frame as one synchronized update; a screen is what stands there at the end of one. Waiting
//! is for something to be seen, with a deadline that only a hang reaches.

use comanda::runtime::clock;
use comanda::runtime::paths::environment;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

/// The end of a frame.
const END_UPDATE: &[u8] = b"\x1b[?2026l";
/// Longer than anything takes that does not hang, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came out of a terminal so far.
struct Seen {
    parser: vt100::Parser,
    raw: Vec<u8>,
    /// How much of `raw` the parser has.
    parsed: usize,
    frames: Vec<Vec<String>>,
    is_over: bool,
}

impl Seen {
    fn take(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
        while let Some(end) = find(&self.raw[self.parsed..], END_UPDATE) {
            let end = self.parsed + end + END_UPDATE.len();
            self.parser.process(&self.raw[self.parsed..end]);
            self.parsed = end;
            self.frames.push(rows(self.parser.screen()));
        }
    }
}

fn find(whole: &[u8], part: &[u8]) -> Option<usize> {
    whole.windows(part.len()).position(|window| window == part)
}

fn rows(screen: &vt100::Screen) -> Vec<String> {
    let (_, columns) = screen.size();
    screen.rows(0, columns.get()).map(|row| row.trim_end().to_owned()).collect()
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("a window has at least one cell")
}

/// A program in a terminal of its own.
pub struct Till {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    /// A shell that kills at a word: starting one would take longer than what is to be interrupted.
    killer: Option<std::process::Child>,
}

impl Till {
    /// Starts `comanda demo` on a data directory.
    pub fn demo(data: &Path, size: (u16, u16)) -> Till {
        Till::start(&["demo", "--data", data.to_str().unwrap()], data, size)
    }

    /// Starts the built binary with a home of its own.
    pub fn start(args: &[&str], home: &Path, size: (u16, u16)) -> Till {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_comanda"));
        command.args(args);
        Till::run(command, home, size)
    }

    /// Starts any program.
    pub fn run(mut command: CommandBuilder, home: &Path, (columns, rows): (u16, u16)) -> Till {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pty = native_pty_system().openpty(size).unwrap();
        let path = environment("PATH").unwrap_or_default();
        command.env_clear();
        command.env("PATH", path);
        command.env("HOME", home);
        command.env("TERM", "xterm-256color");
        let child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut reader = pty.master.try_clone_reader().unwrap();
        let writer = pty.master.take_writer().unwrap();
        let parser = vt100::Parser::new(cells(rows), cells(columns), 0);
        let empty = Seen { parser, raw: Vec::new(), parsed: 0, frames: Vec::new(), is_over: false };
        let seen = Arc::new((Mutex::new(empty), Condvar::new()));
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut bytes = [0_u8; 8192];
            // Linux ends the reading with an error when the other end has gone.
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                // A test that stopped while it looked needs no more of it.
                let Ok(mut seen) = shared.0.lock() else { return };
                seen.take(&bytes[..count]);
                shared.1.notify_all();
            }
            let Ok(mut seen) = shared.0.lock() else { return };
            seen.is_over = true;
            shared.1.notify_all();
        });
        Till { child, master: pty.master, writer, seen, killer: None }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.0.lock().unwrap()
    }

    /// The process's number.
    pub fn id(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Writes bytes as a terminal sends them; a program that has gone reads nothing.
    pub fn types(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).and_then(|()| self.writer.flush()).ok();
    }

    /// The rows of the last whole frame; none before the first.
    pub fn screen(&self) -> Vec<String> {
        self.seen().frames.last().cloned().unwrap_or_default()
    }

    /// Every whole frame so far, oldest first.
    pub fn frames(&self) -> Vec<Vec<String>> {
        self.seen().frames.clone()
    }

    /// All that came, escape sequences and all.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.seen().raw).into_owned()
    }

    /// What the terminal is set to: raw or not, with echo or not.
    pub fn modes(&self) -> String {
        format!("{:?}", self.master.get_termios().expect("the settings of a terminal that is still open"))
    }

    /// Gives the window another size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.seen().parser.screen_mut().set_size(cells(rows), cells(columns));
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }).unwrap();
    }

    /// Waits until the last frame suits.
    pub fn wait_for(&self, what: &str, suits: impl Fn(&[String]) -> bool) -> Vec<String> {
        self.wait(what, |seen| seen.frames.last().filter(|frame| suits(frame)).cloned())
    }

    #[cfg(feature = "server")]
    /// The same, for what may take longer than usual.
    pub fn wait_within(&self, patience: Duration, what: &str, suits: impl Fn(&[String]) -> bool) -> Vec<String> {
        self.wait_for_at_most(patience, what, |seen| seen.frames.last().filter(|frame| suits(frame)).cloned())
    }

    /// Waits until the last frame has a text.
    pub fn wait_for_text(&self, text: &str) -> Vec<String> {
        self.wait_for(text, |rows| rows.iter().any(|row| row.contains(text)))
    }

    /// Waits until everything that came has a text: for programs that draw no frames.
    pub fn wait_for_raw(&self, text: &str) {
        self.wait(text, |seen| find(&seen.raw, text.as_bytes()).map(|_| ()));
    }

    fn wait<T>(&self, what: &str, look: impl Fn(&Seen) -> Option<T>) -> T {
        self.wait_for_at_most(PATIENCE, what, look)
    }

    fn wait_for_at_most<T>(&self, patience: Duration, what: &str, look: impl Fn(&Seen) -> Option<T>) -> T {
        let deadline = clock::instant() + patience;
        let mut seen = self.seen();
        loop {
            if let Some(found) = look(&seen) {
                return found;
            }
            let left = deadline.saturating_duration_since(clock::instant());
            if seen.is_over || left.is_zero() {
                let screen = seen.frames.last().map(|rows| rows.join("\n"));
                let raw = String::from_utf8_lossy(&seen.raw[seen.raw.len().saturating_sub(600)..]).into_owned();
                let over = if seen.is_over { "the program ended" } else { "nobody saw it in time" };
                panic!("{over}: {what}\nthe screen:\n{}\nthe last bytes: {raw:?}", screen.unwrap_or_default());
            }
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        let line = format!("kill -s {name} {}", self.id());
        assert!(Command::new("/bin/sh").args(["-c", &line]).status().unwrap().success(), "{line}");
    }

    /// Waits for the end of the program and reads what it still said; gives the code that it ended with.
    pub fn end(&mut self) -> u32 {
        let deadline = clock::instant() + PATIENCE;
        let mut seen = self.seen.0.lock().unwrap();
        while !seen.is_over {
            let left = deadline.saturating_duration_since(clock::instant());
            assert!(!left.is_zero(), "it did not end: {:?}", seen.frames.last());
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
        drop(seen);
        self.child.wait().unwrap().exit_code()
    }

    /// Makes ready to kill without delay.
    pub fn arm(&mut self) {
        let line = format!("read word; kill -s KILL {}", self.id());
        let shell = Command::new("/bin/sh").args(["-c", &line]).stdin(Stdio::piped()).spawn().unwrap();
        self.killer = Some(shell);
    }

    /// `kill -9`, and everything that it drew before.
    pub fn kill(&mut self) {
        match self.killer.take() {
            Some(mut shell) => {
                shell.stdin.take().unwrap().write_all(b"now\n").unwrap();
                assert!(shell.wait().unwrap().success());
            }
            None => self.signal("KILL"),
        }
        self.end();
    }
}

impl Drop for Till {
    fn drop(&mut self) {
        // Only ours, and only if a test stopped before it ended.
        if let Ok(None) = self.child.try_wait() {
            self.child.kill().ok();
            self.child.wait().ok();
        }
    }
}

/// Longer than a tender is deaf after it opened.
pub const TENDER_HEARS: Duration = Duration::from_millis(170);

/// Lets time pass that is itself what is tested: the moment of a kill, a tender that is deaf; never the readiness of
/// something.
#[expect(clippy::disallowed_methods, reason = "a time that is tested must pass; nothing is waited for in this way")]
pub fn let_pass(duration: Duration) {
    std::thread::sleep(duration);
}
