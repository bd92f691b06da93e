//! The wings of a stage: a register in a pseudo-terminal, the cues it is given, and what it answers.

use super::{Cue, LINE_BYTES_MAX, Line, Props, Report};
use crate::runtime::{Fault, clock};
use crate::tui::theme::Mode;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Longer than a register takes that does not hang, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(30);
/// What ends a frame, and what ends the last one when the terminal is given back.
const FRAME_END: &[u8] = b"\x1b[?2026l";
/// How much is read at once, in bytes.
const CHUNK: usize = 16 * 1024;

/// A window of this many columns and rows.
fn window(columns: u16, rows: u16) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

fn fault(doing: &str, source: impl Into<io::Error>) -> Fault {
    Fault::io(doing, &source.into(), "close other programs and try again")
}

/// A program in a terminal of its own. Dropping it kills the program.
#[derive(Debug)]
struct InTerminal {
    child: Child,
    /// Our end of its terminal.
    terminal: std::fs::File,
}

impl InTerminal {
    fn start(mut command: Command, errors: OwnedFd, (columns, rows): (u16, u16)) -> Result<InTerminal, Fault> {
        let doing = "could not make a pseudo-terminal";
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC);
        let ours = ours.map_err(|source| fault(doing, source))?;
        grantpt(&ours).and_then(|()| unlockpt(&ours)).map_err(|source| fault(doing, source))?;
        tcsetwinsize(&ours, window(columns, rows)).map_err(|source| fault(doing, source))?;
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let its = ioctl_tiocgptpeer(&ours, flags).map_err(|source| fault(doing, source))?;
        let twin = its.try_clone().map_err(|source| fault(doing, source))?;
        let shown = format!("could not start {}", command.get_program().display());
        command.stdin(Stdio::from(its)).stdout(Stdio::from(twin)).stderr(Stdio::from(errors));
        let child = command.spawn().map_err(|source| fault(&shown, source))?;
        // Never waited on for longer than there is something: it is polled first, together with the socket.
        let status = rustix::fs::fcntl_getfl(&ours).map_err(|source| fault(doing, source))?;
        rustix::fs::fcntl_setfl(&ours, status | OFlags::NONBLOCK).map_err(|source| fault(doing, source))?;
        Ok(InTerminal { child, terminal: ours.into() })
    }
}

impl Drop for InTerminal {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        if let Err(source) = ended {
            tracing::warn!(why = super::super::why(&source), "a register on a stage was not ended");
        }
    }
}

/// Who holds the clock and the printers of a register on a stage.
#[derive(Debug)]
pub struct Prompter {
    register: InTerminal,
    socket: UnixStream,
    /// What came over the socket and is no whole line yet.
    heard: Vec<u8>,
    /// Whole lines that are none of a stage's: what the register says when it fails.
    complaints: String,
    /// What came out of the terminal since the last report.
    shown: Vec<u8>,
    frames: u64,
    size: (u16, u16),
    terminal_is_gone: bool,
}

impl Prompter {
    /// Starts `program` as a demonstration register on its data directory, and waits for its first frame.
    ///
    /// # Errors
    /// A [`Fault`] when it does not start, with what it said itself.
    pub fn start(
        program: &Path,
        data: &Path,
        size: (u16, u16),
        mode: Mode,
        props: &Props,
    ) -> Result<(Prompter, Report, Vec<u8>), Fault> {
        let doing = "could not make a socket for the stage";
        let (socket, its) = UnixStream::pair().map_err(|source| fault(doing, source))?;
        socket.set_nonblocking(true).map_err(|source| fault(doing, source))?;
        let mut command = Command::new(program);
        command.arg("demo").arg("--stage").arg("--data").arg(data);
        if let Some(name) = mode.name() {
            command.args(["--term", name]);
        }
        // Nothing of the tester's own surroundings: the same screen everywhere.
        command.env_clear().env("TERM", "xterm-256color").env("HOME", data);
        let register = InTerminal::start(command, its.into(), size)?;
        let mut prompter = Prompter {
            register,
            socket,
            heard: Vec::new(),
            complaints: String::new(),
            shown: Vec::new(),
            frames: 0,
            size,
            terminal_is_gone: false,
        };
        prompter.say(props)?;
        let (report, shown) = prompter.report()?;
        Ok((prompter, report, shown))
    }

    /// Gives a cue that has an event; returns the report and what came out of the terminal.
    ///
    /// # Errors
    /// A [`Fault`] when the register has gone or hangs, with what it said itself.
    pub fn tell(&mut self, cue: &Cue) -> Result<(Report, Vec<u8>), Fault> {
        self.say(cue)?;
        self.report()
    }

    /// Types bytes that the cue speaks of, as its terminal sends them.
    ///
    /// # Errors
    /// A [`Fault`] when the register has gone or hangs, with what it said itself.
    pub fn types(&mut self, cue: &Cue, bytes: &[u8]) -> Result<(Report, Vec<u8>), Fault> {
        self.ready(cue)?;
        let typed = self.register.terminal.write_all(bytes);
        typed.map_err(|source| fault("could not type into the register's terminal", source))?;
        self.report()
    }

    /// Gives the terminal another size; the cue speaks of one input.
    ///
    /// # Errors
    /// A [`Fault`] when the register has gone or hangs, with what it said itself.
    pub fn resize(&mut self, cue: &Cue, size: (u16, u16)) -> Result<(Report, Vec<u8>), Fault> {
        self.ready(cue)?;
        self.size = size;
        let set = tcsetwinsize(&self.register.terminal, window(size.0, size.1));
        set.map_err(|source| fault("could not give the register's terminal another size", source))?;
        self.report()
    }

    /// Columns and rows of the terminal. No input comes of giving it the size that it has.
    pub fn size(&self) -> (u16, u16) {
        self.size
    }

    /// `kill -9`, and nothing else.
    ///
    /// # Errors
    /// A [`Fault`] when it cannot be killed.
    pub fn kill(mut self) -> Result<(), Fault> {
        let killed = self.register.child.kill().and_then(|()| self.register.child.wait());
        killed.map(|_| ()).map_err(|source| fault("could not kill the register", source))
    }

    fn say(&mut self, line: &impl serde::Serialize) -> Result<(), Fault> {
        let doing = "could not give the register its cue";
        let mut text = serde_json::to_string(line).map_err(|wrong| fault(doing, wrong))?;
        text.push('\n');
        match self.write(text.as_bytes()) {
            // It has gone; what it said before tells why.
            Err(source) if source.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(|source| fault(doing, source)),
        }
    }

    /// Writes all of it, however long it is: the register listens while it waits for its cue.
    fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let deadline = clock::instant() + PATIENCE;
        while !bytes.is_empty() {
            match self.socket.write(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(source) if source.kind() == io::ErrorKind::Interrupted => {}
                Err(source) if source.kind() == io::ErrorKind::WouldBlock => {
                    let left = deadline.saturating_duration_since(clock::instant());
                    if left.is_zero() {
                        return Err(source);
                    }
                    poll_within(&mut [PollFd::new(&self.socket, PollFlags::OUT)], left)?;
                }
                Err(source) => return Err(source),
            }
        }
        Ok(())
    }

    fn ready(&mut self, cue: &Cue) -> Result<(), Fault> {
        self.say(cue)?;
        match self.line()? {
            Line::Ready => Ok(()),
            Line::Report(_) => Err(Fault::new("could not type", "the register was not ready", "start it again")),
        }
    }

    /// The next report, and everything up to the end of its frame.
    fn report(&mut self) -> Result<(Report, Vec<u8>), Fault> {
        let report = loop {
            if let Line::Report(report) = self.line()? {
                break *report;
            }
        };
        while self.frames + self.frames_shown() < report.frames {
            self.hear()?;
        }
        self.frames = report.frames;
        Ok((report, std::mem::take(&mut self.shown)))
    }

    fn frames_shown(&self) -> u64 {
        self.shown.windows(FRAME_END.len()).filter(|it| *it == FRAME_END).count() as u64
    }

    /// The next line that is a stage's.
    fn line(&mut self) -> Result<Line, Fault> {
        loop {
            if let Some(end) = self.heard.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.heard.drain(..=end).collect();
                match serde_json::from_slice(&line) {
                    Ok(line) => return Ok(line),
                    Err(_) => self.complaints.push_str(&String::from_utf8_lossy(&line)),
                }
                continue;
            }
            self.hear()?;
        }
    }

    /// Waits until something comes, from the terminal or over the socket, and keeps it.
    fn hear(&mut self) -> Result<(), Fault> {
        let doing = "could not hear the register";
        let deadline = clock::instant() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(clock::instant());
            if left.is_zero() || self.heard.len() > LINE_BYTES_MAX {
                return Err(Fault::new(doing, "it does not answer", "try again on a quiet machine"));
            }
            let socket = PollFd::new(&self.socket, PollFlags::IN);
            let polled = if self.terminal_is_gone {
                poll_within(&mut [socket], left)
            } else {
                poll_within(&mut [socket, PollFd::new(&self.register.terminal, PollFlags::IN)], left)
            };
            if polled.map_err(|source| fault(doing, source))? == 0 {
                continue;
            }
            // Linux ends the reading of a terminal with an error when its other end has gone: the socket tells why.
            let shown = drain(&mut self.register.terminal, &mut self.shown).unwrap_or(Came::End);
            self.terminal_is_gone |= shown == Came::End;
            match drain(&mut self.socket, &mut self.heard).map_err(|source| fault(doing, source))? {
                Came::End => return Err(self.gone()),
                Came::Nothing if shown != Came::Something => {}
                Came::Nothing | Came::Something => return Ok(()),
            }
        }
    }

    fn gone(&mut self) -> Fault {
        let rest = String::from_utf8_lossy(&self.heard).into_owned();
        let said = format!("{}{rest}", self.complaints);
        let said = said.trim().trim_start_matches("comanda: ");
        let why = if said.is_empty() { "it ended without a word" } else { said };
        Fault::new("the register ended", why, "start it by hand: comanda demo")
    }
}

/// Waits until something is ready; how much is, which may be nothing before the time is over.
fn poll_within(on: &mut [PollFd], left: Duration) -> io::Result<usize> {
    let left = Timespec { tv_sec: left.as_secs() as i64, tv_nsec: i64::from(left.subsec_nanos()) };
    match poll(on, Some(&left)) {
        Err(Errno::INTR) => Ok(0),
        polled => Ok(polled?),
    }
}

/// What a read came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    Nothing,
    Something,
    End,
}

fn drain(from: &mut impl Read, to: &mut Vec<u8>) -> io::Result<Came> {
    let mut bytes = [0; CHUNK];
    match from.read(&mut bytes) {
        Ok(0) => Ok(Came::End),
        Ok(count) => {
            to.extend_from_slice(&bytes[..count]);
            Ok(Came::Something)
        }
        Err(source) if matches!(source.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
            Ok(Came::Nothing)
        }
        // It went without reading all that it was told.
        Err(source) if source.kind() == io::ErrorKind::ConnectionReset => Ok(Came::End),
        Err(source) => Err(source),
    }
}
