//! The built program in a pseudo-terminal, and beside it a program that only echoes: from the key that goes in to the
//! end of the frame that comes out.

use super::machine;
use comanda::runtime::clock;
use comanda::runtime::paths::environment;
use portable_pty::{Child, CommandBuilder, PtySize, native_pty_system};
use std::error::Error;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How a frame ends.
pub const END_UPDATE: &[u8] = b"\x1b[?2026l";
/// Longer than a frame takes that comes at all.
const PATIENCE: Duration = Duration::from_secs(30);
/// When nothing has come for so long, nothing more is expected.
const QUIET: Duration = Duration::from_millis(40);

/// A program in a terminal of its own.
pub struct Program {
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    output: Receiver<(Instant, Vec<u8>)>,
    began: Instant,
    // Open for as long as the program runs.
    _master: Box<dyn portable_pty::MasterPty + Send>,
}

/// What an answer cost.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    pub took: Duration,
    pub bytes: usize,
}

impl Program {
    pub fn start(program: &Path, args: &[&str], (columns, rows): (u16, u16)) -> Result<Program, Box<dyn Error>> {
        let pty = native_pty_system().openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })?;
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        command.env("PATH", environment("PATH").unwrap_or_default());
        command.env("HOME", env!("CARGO_TARGET_TMPDIR"));
        command.env("TERM", "xterm-256color");
        let mut reader = pty.master.try_clone_reader()?;
        let writer = pty.master.take_writer()?;
        let (tell, output) = channel();
        std::thread::spawn(move || {
            let mut bytes = [0_u8; 16_384];
            // Linux ends the reading with an error when the other end has gone.
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if tell.send((clock::instant(), bytes[..count].to_vec())).is_err() {
                    return;
                }
            }
        });
        let began = clock::instant();
        let child = pty.slave.spawn_command(command)?;
        drop(pty.slave);
        Ok(Program { child, writer, output, began, _master: pty.master })
    }

    pub fn id(&self) -> u32 {
        self.child.process_id().expect("it was started")
    }

    /// Sends keys, and says when; what comes of them is looked at later.
    #[cfg(feature = "server")]
    pub fn types(&mut self, keys: &str) -> io::Result<Instant> {
        let at = clock::instant();
        self.writer.write_all(keys.as_bytes())?;
        self.writer.flush()?;
        Ok(at)
    }

    /// What comes next, and when it came; none when nothing does for so long.
    #[cfg(feature = "server")]
    pub fn hears(&self, at_most: Duration) -> Option<(Instant, Vec<u8>)> {
        self.output.recv_timeout(at_most).ok()
    }

    /// Waits for the end of the first frame.
    pub fn first_frame(&self) -> Result<Answer, Box<dyn Error>> {
        self.frame_since(self.began)
    }

    /// Waits until the program has ended, and says when it had said its last.
    pub fn until_it_ends(mut self) -> Result<Duration, Box<dyn Error>> {
        let mut last = self.began;
        loop {
            match self.output.recv_timeout(PATIENCE) {
                Ok((at, _)) => last = at,
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => return Err("it did not end".into()),
            }
        }
        self.child.wait()?;
        Ok(last - self.began)
    }

    /// Sends a key and waits for the end of its frame. What came before is not looked at.
    pub fn press(&mut self, bytes: &str) -> Result<Answer, Box<dyn Error>> {
        self.output.try_iter().for_each(drop);
        let began = clock::instant();
        self.writer.write_all(bytes.as_bytes())?;
        self.writer.flush()?;
        self.frame_since(began)
    }

    fn frame_since(&self, began: Instant) -> Result<Answer, Box<dyn Error>> {
        let mut seen = Vec::new();
        loop {
            let (at, bytes) = self.output.recv_timeout(PATIENCE).map_err(|_| "no frame came")?;
            let from = seen.len().saturating_sub(END_UPDATE.len());
            seen.extend_from_slice(&bytes);
            if let Some(end) = seen[from..].windows(END_UPDATE.len()).position(|it| it == END_UPDATE) {
                return Ok(Answer { took: at - began, bytes: from + end + END_UPDATE.len() });
            }
        }
    }

    /// Waits until nothing comes any more.
    pub fn settle(&self) {
        while self.output.recv_timeout(QUIET).is_ok() {}
    }

    pub fn done(&self) -> machine::Done {
        machine::done(self.id())
    }

    pub fn memory(&self) -> machine::Memory {
        machine::memory(self.id())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A hang-up: it leaves in good order. Nobody is left to tell if it has gone already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What stands beside the register: reads a key, sends it back as a frame, until the terminal goes away.
pub fn echo() -> io::Result<()> {
    crossterm::terminal::enable_raw_mode()?;
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut bytes = [0_u8; 256];
    output.write_all(END_UPDATE)?;
    output.flush()?;
    while let Ok(count @ 1..) = input.read(&mut bytes) {
        output.write_all(b"\x1b[?2026h")?;
        output.write_all(&bytes[..count])?;
        output.write_all(END_UPDATE)?;
        output.flush()?;
    }
    Ok(())
}
