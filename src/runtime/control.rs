//! The socket in the data directory through which the command line hands chores to a running register.
//!
//! One line of JSON each way: `{"chore":"import_menu","menu":"<exchange format>"}` is answered with
//! `{"done":true,"said":"…"}`. Only the user of the register can reach it: the directory is his alone.

use super::{Fault, why};
use crate::app::Input;
use crate::app::chores::Chore;
use crate::document;
use crate::domain::staff::Role;
use serde::{Deserialize, Serialize};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;

/// Longest line that is read, in bytes: a menu of the largest size, escaped.
const LINE_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// How long either side waits for the other.
const PATIENCE: Duration = Duration::from_secs(10);

/// A chore on its way.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "chore", rename_all = "snake_case", deny_unknown_fields)]
enum Request {
    ImportMenu { menu: String },
    Hire { name: String, role: Role, pin_hash: String },
    Dismiss { name: String },
    SetPin { name: String, pin_hash: String },
    TestPrinters { names: Vec<String> },
    SyncNow,
    Resubmit { named: String },
    CloseReview { named: String, reason: String },
    Enrolled { server: String, secret: String },
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    done: bool,
    said: String,
}

impl Request {
    fn of(chore: &Chore) -> Request {
        match chore.clone() {
            Chore::ImportMenu(menu) => Request::ImportMenu { menu: document::menu::write(&menu) },
            Chore::Hire { name, role, pin_hash } => Request::Hire { name, role, pin_hash },
            Chore::Dismiss { name } => Request::Dismiss { name },
            Chore::SetPin { name, pin_hash } => Request::SetPin { name, pin_hash },
            Chore::TestPrinters { names } => Request::TestPrinters { names },
            Chore::SyncNow => Request::SyncNow,
            Chore::Resubmit { named } => Request::Resubmit { named },
            Chore::CloseReview { named, reason } => Request::CloseReview { named, reason },
            Chore::Enrolled { server, secret } => Request::Enrolled { server, secret: secret.to_string() },
        }
    }

    /// Reads the menu here, so that the register's own thread does not.
    fn chore(self) -> Result<Chore, String> {
        Ok(match self {
            Request::ImportMenu { menu } => {
                let read = document::menu::read(&menu);
                let flaws = |flaws: Vec<crate::domain::menu::Flaw>| {
                    flaws.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
                };
                Chore::ImportMenu(Box::new(read.map_err(flaws)?))
            }
            Request::Hire { name, role, pin_hash } => Chore::Hire { name, role, pin_hash },
            Request::Dismiss { name } => Chore::Dismiss { name },
            Request::SetPin { name, pin_hash } => Chore::SetPin { name, pin_hash },
            Request::TestPrinters { names } => Chore::TestPrinters { names },
            Request::SyncNow => Chore::SyncNow,
            Request::Resubmit { named } => Chore::Resubmit { named },
            Request::CloseReview { named, reason } => Chore::CloseReview { named, reason },
            Request::Enrolled { server, secret } => Chore::Enrolled { server, secret: secret.into() },
        })
    }
}

/// Answers on their way from the register to the socket's thread.
#[derive(Debug)]
pub struct Control {
    answers: Sender<Result<String, String>>,
}

impl Control {
    /// Opens the socket of a data directory whose lock this process holds, on a thread of its own.
    ///
    /// # Errors
    /// A [`Fault`] when it cannot be opened.
    pub fn open(socket: &Path, to_loop: UnboundedSender<Input>) -> Result<Control, Fault> {
        let fault = |source: &io::Error| {
            let doing = format!("could not open the socket {}", socket.display());
            Fault::io(doing, source, "choose another directory with --data")
        };
        match std::fs::remove_file(socket) {
            // Left by a register that was killed: nobody else can be listening, for we hold the lock.
            Ok(()) => {}
            Err(source) if source.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(fault(&source)),
        }
        let listener = UnixListener::bind(socket).map_err(|source| fault(&source))?;
        let (answers, answered) = channel();
        let work = move || {
            for stream in listener.incoming() {
                let served = stream.and_then(|stream| serve(&stream, &to_loop, &answered));
                if let Err(source) = served {
                    tracing::warn!(why = why(&source), "a chore was not heard to its end");
                }
            }
        };
        std::thread::Builder::new().name("control".into()).spawn(work).map_err(|source| fault(&source))?;
        Ok(Control { answers })
    }

    /// Answers the chore that was handed over.
    pub fn answer(&self, said: Result<String, String>) {
        // The thread lives as long as the process; one that is gone has nobody to tell.
        self.answers.send(said).ok();
    }
}

fn serve(
    stream: &UnixStream,
    to_loop: &UnboundedSender<Input>,
    answered: &Receiver<Result<String, String>>,
) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = String::new();
    BufReader::new(stream.take(LINE_BYTES_MAX)).read_line(&mut line)?;
    let chore = serde_json::from_str::<Request>(&line).map_err(|wrong| format!("this is no chore: {wrong}"));
    let said = chore.and_then(Request::chore).and_then(|chore| {
        // An answer that came too late for the one before is not this one's.
        while answered.try_recv().is_ok() {}
        to_loop.send(Input::Chore(chore)).map_err(|_| "the register is closing: try again".to_owned())?;
        answered.recv_timeout(PATIENCE).map_err(|_| "the register did not answer: look at its screen".to_owned())?
    });
    let answer = match said {
        Ok(said) => Answer { done: true, said },
        Err(said) => Answer { done: false, said },
    };
    let mut text = serde_json::to_string(&answer)?;
    text.push('\n');
    let mut stream = stream;
    stream.write_all(text.as_bytes())
}

/// Hands a chore to the register that runs on a data directory: `None` when none does.
///
/// # Errors
/// A [`Fault`] when a register is there and does not answer.
pub fn hand_over(socket: &Path, chore: &Chore) -> Result<Option<Result<String, String>>, Fault> {
    let Ok(mut stream) = UnixStream::connect(socket) else { return Ok(None) };
    let doing = "could not hand this to the running register";
    let fault = |source: io::Error| Fault::io(doing, &source, "close the register and try again");
    stream.set_read_timeout(Some(2 * PATIENCE)).map_err(fault)?;
    stream.set_write_timeout(Some(PATIENCE)).map_err(fault)?;
    let mut text = serde_json::to_string(&Request::of(chore)).map_err(|wrong| fault(wrong.into()))?;
    text.push('\n');
    stream.write_all(text.as_bytes()).map_err(fault)?;
    let mut line = String::new();
    BufReader::new(stream.take(LINE_BYTES_MAX)).read_line(&mut line).map_err(fault)?;
    let answer: Answer = serde_json::from_str(&line).map_err(|wrong| fault(wrong.into()))?;
    Ok(Some(if answer.done { Ok(answer.said) } else { Err(answer.said) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chore_reaches_the_register_and_its_answer_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("control");
        assert_eq!(hand_over(&socket, &Chore::Dismiss { name: "Ana".into() }).unwrap(), None, "nobody runs");
        let (to_loop, mut chores) = tokio::sync::mpsc::unbounded_channel();
        let control = Control::open(&socket, to_loop).unwrap();
        let register = std::thread::spawn(move || {
            let mut heard = Vec::new();
            while let Some(Input::Chore(chore)) = chores.blocking_recv() {
                let said = if heard.is_empty() { Ok("Ana was removed".to_owned()) } else { Err("no".to_owned()) };
                heard.push(chore);
                control.answer(said);
                if heard.len() == 2 {
                    break;
                }
            }
            heard
        });
        let first = Chore::Dismiss { name: "Ana".into() };
        assert_eq!(hand_over(&socket, &first).unwrap(), Some(Ok("Ana was removed".into())));
        let menu = document::menu::read(crate::runtime::demo::MENU).unwrap();
        let second = Chore::ImportMenu(Box::new(menu));
        assert_eq!(hand_over(&socket, &second).unwrap(), Some(Err("no".into())));
        assert_eq!(register.join().unwrap(), [first, second]);
    }

    #[test]
    fn what_is_no_chore_is_answered_with_what_is_wrong() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("control");
        let (to_loop, _chores) = tokio::sync::mpsc::unbounded_channel();
        let _control = Control::open(&socket, to_loop).unwrap();
        // line, what the answer names
        for (line, named) in [
            ("\n", "EOF"),
            ("{}\n", "chore"),
            (r#"{"chore":"burn"}"#, "burn"),
            (r#"{"chore":"import_menu","menu":"{"}"#, "line 1"),
        ] {
            let mut stream = UnixStream::connect(&socket).unwrap();
            stream.write_all(line.as_bytes()).unwrap();
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut said = String::new();
            stream.read_to_string(&mut said).unwrap();
            assert!(said.contains("\"done\":false") && said.contains(named), "{line}: {said}");
        }
    }
}
