//! The printer on the network: connect, ask how it is, send, wait for its proof, and close so that the tail arrives.
//!
//! Every step has a limit. A printer that does not answer a status question still prints: status is advice. What
//! answers "no paper", "cover open" or "offline" before the first byte is not sent any.
//!
//! How long is waited after the last byte:
//! - a printer with a proof: until the proof comes, 10 s and 5 ms a byte at most ([`Outcome::Unconfirmed`] then, or
//!   [`Outcome::Broken`] when it says that it cannot print);
//! - one without, that answered a status question before the job: until it answers another one behind the job. It
//!   reads its connection in order, so that it has taken all bytes by then: a few
//!   milliseconds where its memory holds the job;
//! - one that answers nothing: until it closes, half a second at most;
//! - after a drawer's kick: not at all.
//!
//! Then what it has said is read: closing on unread bytes would make the kernel break the connection off, and the
//! printer throw the tail away. Bytes still on their way are sent by the kernel after the close.

use crate::printing::spooler::{Outcome, Trouble};
use crate::printing::{Awaits, Load};
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
    /// The proof that a job is on paper.
    pub proof: Duration,
    /// What each byte of the job adds to that.
    pub proof_per_byte: Duration,
    /// The answer of a printer without proof that it has taken all.
    pub taken: Duration,
    /// The goodbye of a printer that answers nothing.
    pub goodbye: Duration,
}

impl Patience {
    /// What suits a kitchen.
    pub const USUAL: Patience = Patience {
        connect: Duration::from_secs(2),
        status: Duration::from_millis(300),
        write: Duration::from_secs(5),
        proof: Duration::from_secs(10),
        proof_per_byte: Duration::from_millis(5),
        taken: Duration::from_secs(5),
        goodbye: Duration::from_millis(500),
    };
}

/// `DLE EOT 4`: how the paper is (Epson ESC/POS reference, real-time status).
const ASK_PAPER: [u8; 3] = [0x10, 0x04, 4];
/// `DLE EOT 2`: why it is offline.
const ASK_OFFLINE: [u8; 3] = [0x10, 0x04, 2];
/// `DLE EOT 1`: whether it is offline.
const ASK_ONLINE: [u8; 3] = [0x10, 0x04, 1];
/// Both paper-end sensors' bits.
const PAPER_END: u8 = 0x60;
/// Bit 2 of the offline cause.
const COVER_OPEN: u8 = 0x04;
/// Bit 5 of the offline cause.
const STOPPED_FOR_PAPER: u8 = 0x20;
/// Bit 6 of the offline cause.
const ERROR: u8 = 0x40;
/// Bit 3 of the printer's status.
const OFFLINE: u8 = 0x08;

/// What a printer says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    /// Nothing at all.
    Nothing,
    /// That it can print.
    Ready,
    /// That it cannot.
    Cannot(Trouble),
}

/// Asks a printer how it is, without printing, and answers with what it says; or with why it cannot be reached or
/// cannot print.
pub(super) fn probe(host: &str, port: u16, patience: Patience) -> Result<&'static str, String> {
    let mut stream = connect(host, port, patience)?;
    match how_it_is(&mut stream, patience) {
        Ok(Says::Nothing) => {
            leave(&mut stream);
            Ok("takes the connection, and does not say how it is")
        }
        Ok(Says::Ready) => {
            leave(&mut stream);
            Ok("says that paper and cover are well")
        }
        Ok(Says::Cannot(trouble)) => Err(trouble.words().to_owned()),
        Err(source) => Err(format!("{host}:{port}: {}", why(&source))),
    }
}

/// Sends one job and waits for its proof.
pub(super) fn print(host: &str, port: u16, patience: Patience, load: &Load) -> Outcome {
    let mut stream = match connect(host, port, patience) {
        Ok(stream) => stream,
        Err(told) => return Outcome::NotStarted(told),
    };
    let answers = match how_it_is(&mut stream, patience) {
        Ok(Says::Nothing) => false,
        Ok(Says::Ready) => true,
        Ok(Says::Cannot(trouble)) => return Outcome::NotStarted(trouble.words().to_owned()),
        Err(source) => return Outcome::NotStarted(format!("{host}:{port}: {}", why(&source))),
    };
    let bytes = &load.bytes;
    let mut sent = 0;
    while sent < bytes.len() {
        match stream.write(&bytes[sent..]) {
            Ok(0) => return cut_off(sent, bytes.len(), "it takes no more"),
            Ok(more) => sent += more,
            Err(source) if source.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => return cut_off(sent, bytes.len(), &why(&source)),
        }
    }
    let waited = match load.awaits {
        Awaits::Nothing => {
            leave(&mut stream);
            Ok(Outcome::Unconfirmed)
        }
        Awaits::Taken if answers => taken(&mut stream, patience).map(|()| Outcome::Unconfirmed),
        Awaits::Taken => goodbye(&mut stream, patience).map(|()| Outcome::Unconfirmed),
        Awaits::Sensor | Awaits::Completion(_) => proof(&mut stream, load, patience),
    };
    waited.unwrap_or_else(|source| Outcome::Broken(format!("{host}:{port}: {} before the end was taken", why(&source))))
}

pub(super) fn cut_off(sent: usize, of: usize, why: &str) -> Outcome {
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

/// Asks for paper, cover and button.
fn how_it_is(stream: &mut TcpStream, patience: Patience) -> io::Result<Says> {
    let Some(paper) = ask(stream, ASK_PAPER, patience.status)? else { return Ok(Says::Nothing) };
    if paper & PAPER_END != 0 {
        return Ok(Says::Cannot(Trouble::PaperOut));
    }
    let Some(cause) = ask(stream, ASK_OFFLINE, patience.status)? else { return Ok(Says::Ready) };
    if cause & COVER_OPEN != 0 {
        return Ok(Says::Cannot(Trouble::CoverOpen));
    }
    if cause & STOPPED_FOR_PAPER != 0 {
        return Ok(Says::Cannot(Trouble::PaperOut));
    }
    if cause & ERROR != 0 {
        return Ok(Says::Cannot(Trouble::Error));
    }
    let Some(now) = ask(stream, ASK_ONLINE, patience.status)? else { return Ok(Says::Ready) };
    Ok(if now & OFFLINE != 0 { Says::Cannot(Trouble::Offline) } else { Says::Ready })
}

/// Puts one status question; `None` when no answer of the right form came in time.
fn ask(stream: &mut TcpStream, question: [u8; 3], limit: Duration) -> io::Result<Option<u8>> {
    stream.write_all(&question)?;
    let deadline = clock::instant() + limit;
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

/// Waits for the proof that the job is on paper.
fn proof(stream: &mut TcpStream, load: &Load, patience: Patience) -> io::Result<Outcome> {
    let bytes = u32::try_from(load.bytes.len()).unwrap_or(u32::MAX);
    let deadline = clock::instant() + patience.proof + patience.proof_per_byte.saturating_mul(bytes);
    let mut heard = Vec::new();
    let mut more = [0_u8; 256];
    while let Some(left) = left_until(deadline) {
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut more) {
            Ok(0) => return Err(io::ErrorKind::ConnectionReset.into()),
            Ok(count) => heard.extend_from_slice(&more[..count]),
            Err(source) if is_silence(&source) => {}
            Err(source) => return Err(source),
        }
        if load.awaits.is_in(&heard) {
            leave(stream);
            return Ok(Outcome::Printed);
        }
    }
    // Without proof it may still be printing, or may have stopped in the middle: then it says so.
    let says = how_it_is(stream, patience)?;
    leave(stream);
    Ok(match says {
        Says::Nothing | Says::Ready => Outcome::Unconfirmed,
        Says::Cannot(trouble) => Outcome::Broken(trouble.words().to_owned()),
    })
}

/// Waits until a printer that answers has taken all bytes, which is when it answers once more.
fn taken(stream: &mut TcpStream, patience: Patience) -> io::Result<()> {
    ask(stream, ASK_PAPER, patience.taken)?;
    leave(stream);
    Ok(())
}

/// Closes without waiting: says that no more will come, and reads what is there.
fn leave(stream: &mut TcpStream) {
    let mut rest = [0_u8; 256];
    // Whatever fails here, the connection is closed next.
    if stream.shutdown(Shutdown::Write).and_then(|()| stream.set_nonblocking(true)).is_ok() {
        while let Ok(1..) = stream.read(&mut rest) {}
    }
}

/// Says that no more will come and waits a little for the other side to close.
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
        proof: Duration::from_millis(200),
        proof_per_byte: Duration::ZERO,
        taken: Duration::from_millis(200),
        goodbye: Duration::from_millis(200),
    };

    /// A job that ends with `question`, which the printer is awaited to answer.
    fn asking(question: &[u8], awaits: Awaits) -> Load {
        Load { bytes: [b"job", question].concat(), awaits }
    }

    fn job(bytes: &[u8]) -> Load {
        Load { bytes: bytes.to_vec(), awaits: Awaits::Taken }
    }

    /// A printer on a port of this machine that does `what` with the one connection it gets.
    fn printer<T: Send + 'static>(what: impl FnOnce(TcpStream) -> T + Send + 'static) -> (u16, JoinHandle<T>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        (port, std::thread::spawn(move || what(listener.accept().unwrap().0)))
    }

    /// Answers status questions and keeps everything else until the other side says goodbye.
    fn answering(stream: &mut TcpStream, paper: u8, offline: u8, now: u8) -> Vec<u8> {
        let mut kept = Vec::new();
        let mut byte = [0_u8];
        while stream.read(&mut byte).unwrap() == 1 {
            kept.push(byte[0]);
            for (question, answer) in [(ASK_PAPER, paper), (ASK_OFFLINE, offline), (ASK_ONLINE, now)] {
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
        let (port, kept) = printer(|mut stream| answering(&mut stream, 0x12, 0x12, 0x16));
        let bytes: Vec<u8> = (0..200_000_u32).map(|it| b' ' + u8::try_from(it % 90).unwrap()).collect();
        assert_eq!(print("127.0.0.1", port, Patience::USUAL, &job(&bytes)), Outcome::Unconfirmed);
        assert!(kept.join().unwrap() == bytes);
    }

    #[test]
    fn what_says_that_it_cannot_print_gets_no_byte() {
        // paper, offline cause, status, what keeps it from printing
        let rows = [
            (0x72, 0x12, 0x12, Trouble::PaperOut),
            (0x12, 0x16, 0x1a, Trouble::CoverOpen),
            (0x12, 0x32, 0x1a, Trouble::PaperOut),
            (0x12, 0x52, 0x1a, Trouble::Error),
            (0x12, 0x12, 0x1a, Trouble::Offline),
        ];
        for (paper, offline, now, trouble) in rows {
            let (port, kept) = printer(move |mut stream| answering(&mut stream, paper, offline, now));
            let outcome = print("127.0.0.1", port, Patience::USUAL, &job(b"job"));
            assert_eq!(outcome, Outcome::NotStarted(trouble.words().into()));
            assert_eq!(kept.join().unwrap(), b"");
            let (port, kept) = printer(move |mut stream| answering(&mut stream, paper, offline, now));
            assert_eq!(probe("127.0.0.1", port, Patience::USUAL), Err(trouble.words().into()));
            kept.join().unwrap();
        }
    }

    #[test]
    fn a_printer_that_answers_nothing_still_prints() {
        let (port, kept) = printer(|mut stream| {
            let mut kept = Vec::new();
            stream.read_to_end(&mut kept).unwrap();
            kept
        });
        assert_eq!(print("localhost", port, SHORT, &job(b"job")), Outcome::Unconfirmed);
        assert_eq!(kept.join().unwrap(), b"\x10\x04\x04job");
    }

    #[test]
    fn the_proof_of_paper_ends_the_wait_and_its_absence_does_too() {
        let completion = Awaits::Completion(*b"abcd");
        // what the printer says when it has the job, what is awaited, outcome
        let rows: [(&'static [u8], Awaits, Outcome); 5] = [
            (b"\x37\x22abcd\x00", completion, Outcome::Printed),
            (b"\x37\x22abce\x00", completion, Outcome::Unconfirmed),
            (b"", completion, Outcome::Unconfirmed),
            (b"\x00", Awaits::Sensor, Outcome::Printed),
            (b"\x12", Awaits::Sensor, Outcome::Unconfirmed),
        ];
        for (says, awaits, outcome) in rows {
            let (port, done) = printer(move |mut stream| {
                stream.read_exact(&mut [0; 3 + 3 + 1]).unwrap();
                stream.write_all(says).unwrap();
                stream.read_to_end(&mut Vec::new()).ok();
            });
            assert_eq!(print("127.0.0.1", port, SHORT, &asking(b"?", awaits)), outcome, "{says:?}");
            done.join().unwrap();
        }
    }

    #[test]
    fn nobody_waits_after_a_kick() {
        let (release, held) = channel::<()>();
        let (port, done) = printer(move |mut stream| {
            // It answers its status, takes the kick, and does not close.
            for _ in 0..3 {
                stream.read_exact(&mut [0; 3]).unwrap();
                stream.write_all(&[0x12]).unwrap();
            }
            let mut kick = [0; 3];
            stream.read_exact(&mut kick).unwrap();
            held.recv().unwrap();
            kick
        });
        let kick = Load { bytes: b"job".to_vec(), awaits: Awaits::Nothing };
        assert_eq!(print("127.0.0.1", port, Patience::USUAL, &kick), Outcome::Unconfirmed);
        release.send(()).unwrap();
        assert_eq!(&done.join().unwrap(), b"job");
    }

    #[test]
    fn a_printer_that_hangs_up_before_its_proof_or_stops_for_paper_breaks_the_job() {
        let (port, gone) = printer(|mut stream| stream.read_exact(&mut [0; 3 + 3 + 1]).unwrap());
        let outcome = print("127.0.0.1", port, SHORT, &asking(b"?", Awaits::Sensor));
        assert!(matches!(&outcome, Outcome::Broken(told) if told.contains("hung up")), "{outcome:?}");
        gone.join().unwrap();
        let (port, stopped) = printer(|mut stream| {
            stream.read_exact(&mut [0; 3 + 3 + 1]).unwrap();
            answering(&mut stream, 0x72, 0x12, 0x12)
        });
        let outcome = print("127.0.0.1", port, SHORT, &asking(b"?", Awaits::Sensor));
        assert_eq!(outcome, Outcome::Broken(Trouble::PaperOut.words().into()));
        stopped.join().unwrap();
    }

    #[test]
    fn a_printer_that_hangs_up_at_once_has_started_nothing() {
        let (port, gone) = printer(drop);
        let outcome = print("127.0.0.1", port, Patience::USUAL, &job(b"job"));
        assert!(matches!(&outcome, Outcome::NotStarted(told) if told.contains("hung up")), "{outcome:?}");
        gone.join().unwrap();
    }

    #[test]
    fn nobody_at_the_port_means_nothing_started() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let outcome = print("127.0.0.1", port, SHORT, &job(b"job"));
        assert!(matches!(&outcome, Outcome::NotStarted(told) if told.contains("refused")), "{outcome:?}");
        let outcome = print("no-such-host.invalid", 9100, SHORT, &job(b"job"));
        assert!(matches!(&outcome, Outcome::NotStarted(told) if told.contains("no-such-host")), "{outcome:?}");
    }

    #[test]
    fn a_printer_that_stops_reading_or_dies_breaks_the_job() {
        let big = job(&vec![b'x'; 64 * 1024 * 1024]);
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
