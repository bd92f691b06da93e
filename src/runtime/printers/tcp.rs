//! The printer on the network: connect, ask how it is, send, and close so that the tail arrives.
//!
//! Every step has a limit. A printer that does not answer a status question still prints: status is advice. What
//! answers "no paper" or "cover open" before the first byte is not sent any.

use crate::printing::spooler::Outcome;
use crate::runtime::{clock, why};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long each step may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Finding the host and connecting, together.
    pub connect: Duration,
    /// The answer to a status question.
    pub status: Duration,
    /// A write that moves no byte.
    pub write: Duration,
    /// The other side's goodbye after the last byte.
    pub goodbye: Duration,
}

impl Patience {
    /// What suits a kitchen.
    pub const USUAL: Patience = Patience {
        connect: Duration::from_secs(2),
        status: Duration::from_millis(300),
        write: Duration::from_secs(5),
        goodbye: Duration::from_secs(5),
    };
}

/// `DLE EOT 4`: how the paper is (Epson ESC/POS reference, real-time status).
const ASK_PAPER: [u8; 3] = [0x10, 0x04, 4];
/// `DLE EOT 2`: why it is offline.
const ASK_OFFLINE: [u8; 3] = [0x10, 0x04, 2];
/// Both paper-end sensors' bits.
const PAPER_END: u8 = 0x60;
/// Bit 2 of the offline cause.
const COVER_OPEN: u8 = 0x04;
/// Bit 6 of the offline cause.
const ERROR: u8 = 0x40;

/// Sends one job. At best [`Outcome::Unconfirmed`]: the bytes left, and nothing proves that they became paper.
pub(super) fn print(host: &str, port: u16, patience: Patience, bytes: &[u8]) -> Outcome {
    let mut stream = match connect(host, port, patience) {
        Ok(stream) => stream,
        Err(told) => return Outcome::NotStarted(told),
    };
    match not_ready(&mut stream, patience) {
        Ok(None) => {}
        Ok(Some(told)) => return Outcome::NotStarted(told.to_owned()),
        Err(source) => return Outcome::NotStarted(format!("{host}:{port}: {}", why(&source))),
    }
    let mut sent = 0;
    while sent < bytes.len() {
        match stream.write(&bytes[sent..]) {
            Ok(0) => return cut_off(sent, bytes.len(), "it takes no more"),
            Ok(more) => sent += more,
            Err(source) if source.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => return cut_off(sent, bytes.len(), &why(&source)),
        }
    }
    match goodbye(&mut stream, patience) {
        Ok(()) => Outcome::Unconfirmed,
        Err(source) => Outcome::Broken(format!("{host}:{port}: {} before the end was taken", why(&source))),
    }
}

fn cut_off(sent: usize, of: usize, why: &str) -> Outcome {
    match sent {
        0 => Outcome::NotStarted(format!("the printer took no byte: {why}")),
        _ => Outcome::Broken(format!("{why} after {sent} of {of} bytes")),
    }
}

fn connect(host: &str, port: u16, patience: Patience) -> Result<TcpStream, String> {
    let deadline = clock::instant() + patience.connect;
    let told = |source: &io::Error| format!("could not connect to {host}:{port}: {}", why(source));
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in resolve(host, port, deadline)? {
        let Some(left) = left_until(deadline) else { break };
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => {
                let prepared = stream.set_write_timeout(Some(patience.write)).and_then(|()| stream.set_nodelay(true));
                return prepared.map(|()| stream).map_err(|source| told(&source));
            }
            Err(source) => last = source,
        }
    }
    Err(told(&last))
}

/// Time left until a deadline; `None` when it has passed (a zero wait means "for ever" to a socket).
fn left_until(deadline: Instant) -> Option<Duration> {
    Some(deadline.saturating_duration_since(clock::instant())).filter(|left| !left.is_zero())
}

/// Finds the addresses of a host. The system's resolver knows no limit, so it is waited for on another thread.
fn resolve(host: &str, port: u16, deadline: Instant) -> Result<Vec<SocketAddr>, String> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (found, answer) = channel();
    let name = host.to_owned();
    let ask = move || {
        // Nobody listens any more when the answer comes too late; that is what the limit is for.
        found.send((name.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>)).ok();
    };
    let started = std::thread::Builder::new().name(format!("find {host}")).spawn(ask);
    started.map_err(|source| format!("could not look up {host}: {}", why(&source)))?;
    match answer.recv_timeout(left_until(deadline).unwrap_or_default()) {
        Ok(Ok(addresses)) => Ok(addresses),
        Ok(Err(source)) => Err(format!("could not find the host {host}: {}", why(&source))),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            Err(format!("could not find the host {host}: no answer in time"))
        }
    }
}

/// Asks for paper and cover; a sentence when the printer says that it cannot print.
fn not_ready(stream: &mut TcpStream, patience: Patience) -> io::Result<Option<&'static str>> {
    let Some(paper) = ask(stream, ASK_PAPER, patience)? else { return Ok(None) };
    if paper & PAPER_END != 0 {
        return Ok(Some("out of paper"));
    }
    let Some(offline) = ask(stream, ASK_OFFLINE, patience)? else { return Ok(None) };
    Ok(if offline & COVER_OPEN != 0 {
        Some("its cover is open")
    } else if offline & PAPER_END & !ERROR != 0 {
        Some("out of paper")
    } else if offline & ERROR != 0 {
        Some("the printer reports an error: look at its lamps")
    } else {
        None
    })
}

/// Puts one status question; `None` when no answer of the right form came in time.
fn ask(stream: &mut TcpStream, question: [u8; 3], patience: Patience) -> io::Result<Option<u8>> {
    stream.write_all(&question)?;
    let deadline = clock::instant() + patience.status;
    let mut answer = [0_u8; 1];
    while let Some(left) = left_until(deadline) {
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut answer) {
            // The fixed bits of every real-time status: 0xx1xx10.
            Ok(1) if answer[0] & 0x93 == 0x12 => return Ok(Some(answer[0])),
            // A printer that serves somebody else takes the connection and closes it.
            Ok(0) => return Err(io::ErrorKind::ConnectionReset.into()),
            Ok(_) => {}
            Err(source) if is_silence(&source) => {}
            Err(source) => return Err(source),
        }
    }
    Ok(None)
}

fn is_silence(source: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(source.kind(), WouldBlock | TimedOut | Interrupted)
}

/// Says that no more will come and waits for the other side to close: closing at once would lose the tail.
fn goodbye(stream: &mut TcpStream, patience: Patience) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    let deadline = clock::instant() + patience.goodbye;
    let mut rest = [0_u8; 256];
    while let Some(left) = left_until(deadline) {
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut rest) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(source) if is_silence(&source) => {}
            Err(source) => return Err(source),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread::JoinHandle;

    const SHORT: Patience = Patience {
        connect: Duration::from_millis(500),
        status: Duration::from_millis(50),
        write: Duration::from_millis(200),
        goodbye: Duration::from_millis(200),
    };

    /// A printer on a port of this machine that does `what` with the one connection it gets.
    fn printer<T: Send + 'static>(what: impl FnOnce(TcpStream) -> T + Send + 'static) -> (u16, JoinHandle<T>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        (port, std::thread::spawn(move || what(listener.accept().unwrap().0)))
    }

    /// Answers status questions and keeps everything else until the other side says goodbye.
    fn answering(stream: &mut TcpStream, paper: u8, offline: u8) -> Vec<u8> {
        let mut kept = Vec::new();
        let mut byte = [0_u8];
        while stream.read(&mut byte).unwrap() == 1 {
            kept.push(byte[0]);
            for (question, answer) in [(ASK_PAPER, paper), (ASK_OFFLINE, offline)] {
                if kept.ends_with(&question) {
                    kept.truncate(kept.len() - 3);
                    stream.write_all(&[answer]).unwrap();
                }
            }
        }
        kept
    }

    #[test]
    fn a_good_printer_gets_every_byte_and_the_outcome_stays_unconfirmed() {
        let (port, kept) = printer(|mut stream| answering(&mut stream, 0x12, 0x12));
        let job: Vec<u8> = (0..200_000_u32).map(|it| b' ' + u8::try_from(it % 90).unwrap()).collect();
        assert_eq!(print("127.0.0.1", port, Patience::USUAL, &job), Outcome::Unconfirmed);
        assert!(kept.join().unwrap() == job);
    }

    #[test]
    fn what_says_that_it_cannot_print_gets_no_byte() {
        // paper, offline cause, part of the sentence
        let rows = [(0x72, 0x12, "out of paper"), (0x12, 0x16, "cover"), (0x12, 0x32, "paper"), (0x12, 0x52, "lamps")];
        for (paper, offline, part) in rows {
            let (port, kept) = printer(move |mut stream| answering(&mut stream, paper, offline));
            let outcome = print("127.0.0.1", port, Patience::USUAL, b"job");
            assert!(matches!(&outcome, Outcome::NotStarted(told) if told.contains(part)), "{outcome:?}");
            assert_eq!(kept.join().unwrap(), b"");
        }
    }

    #[test]
    fn a_printer_that_answers_nothing_still_prints() {
        let (port, kept) = printer(|mut stream| {
            let mut kept = Vec::new();
            stream.read_to_end(&mut kept).unwrap();
            kept
        });
        assert_eq!(print("localhost", port, SHORT, b"job"), Outcome::Unconfirmed);
        assert_eq!(kept.join().unwrap(), b"\x10\x04\x04job");
    }

    #[test]
    fn a_printer_that_hangs_up_at_once_has_started_nothing() {
        let (port, gone) = printer(drop);
        let outcome = print("127.0.0.1", port, Patience::USUAL, b"job");
        assert!(matches!(&outcome, Outcome::NotStarted(told) if told.contains("hung up")), "{outcome:?}");
        gone.join().unwrap();
    }

    #[test]
    fn nobody_at_the_port_means_nothing_started() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let outcome = print("127.0.0.1", port, SHORT, b"job");
        assert!(matches!(&outcome, Outcome::NotStarted(told) if told.contains("refused")), "{outcome:?}");
        let outcome = print("no-such-host.invalid", 9100, SHORT, b"job");
        assert!(matches!(&outcome, Outcome::NotStarted(told) if told.contains("no-such-host")), "{outcome:?}");
    }

    #[test]
    fn a_printer_that_stops_reading_or_dies_breaks_the_job() {
        let big = vec![b'x'; 64 * 1024 * 1024];
        let (release, held) = channel::<()>();
        let (port, hangs) = printer(move |stream| held.recv().map(|()| drop(stream)).unwrap());
        let outcome = print("127.0.0.1", port, SHORT, &big);
        assert!(matches!(&outcome, Outcome::Broken(told) if told.contains("no answer in time after")), "{outcome:?}");
        release.send(()).unwrap();
        hangs.join().unwrap();
        let (port, dies) = printer(|mut stream| stream.read_exact(&mut [0; 100]).unwrap());
        let outcome = print("127.0.0.1", port, SHORT, &big);
        assert!(matches!(&outcome, Outcome::Broken(told) if told.contains("hung up after")), "{outcome:?}");
        dies.join().unwrap();
    }
}
