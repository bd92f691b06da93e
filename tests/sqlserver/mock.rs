//! A server that speaks TDS as SQL Server does (MS-TDS), on a free port of this machine, and knows no SQL: it answers
//! what its test says, and else something that fits. It can hang, cut the line or say no at every stage, and counts who
//! comes.

use super::stand_in::{Answer, Door, Session};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a packet's head.
const HEAD: usize = 8;
/// Bytes of a packet: what servers and clients agree on when nobody says otherwise.
const PACKET: usize = 4096;

/// What a client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Prelogin,
    Login,
    Batch,
    Call,
    Begin,
    Commit,
}

/// What a client said.
#[derive(Debug, Clone)]
pub struct Asked {
    pub stage: Stage,
    /// Of statements their text, and their values somewhere behind it; of a login user, password and database.
    pub text: String,
}

/// A value of a row.
#[derive(Debug, Clone)]
pub enum Cell {
    Number(i64),
    Text(String),
    NoNumber,
    NoText,
}

/// What the server does about it.
#[derive(Debug, Clone)]
pub enum Told {
    /// What fits.
    Usual,
    /// These rows.
    Rows(Vec<Vec<Cell>>),
    /// These rows, and then an error: its number and what it says.
    RowsThenError(Vec<Vec<Cell>>, u32, &'static str),
    /// An error: its number and what it says. A transaction is taken back.
    Error(u32, &'static str),
    /// Nothing, until the client goes.
    Hang,
    /// It closes the line.
    Cut,
    /// It does what it was told, and closes the line in the middle of the answer.
    Half,
}

type Rule = Box<dyn Fn(&Asked) -> Told + Send + Sync>;

/// How far its database has come: numbers and checksums of migrations. None: it has no tables.
type History = Vec<(i64, String)>;

struct House {
    rule: Mutex<Rule>,
    history: Mutex<History>,
    said: Mutex<Vec<Asked>>,
    came: AtomicUsize,
    here: AtomicUsize,
    tls: Option<Arc<ServerConfig>>,
    /// Where its databases are, if there are any.
    databases: Option<PathBuf>,
    door: Door,
    sockets: Mutex<Vec<TcpStream>>,
    is_gone: AtomicBool,
}

/// A server that runs until it is dropped.
pub struct Mock {
    pub port: u16,
    house: Arc<House>,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Mock {
    /// One whose database has run these migrations.
    pub fn start(history: History) -> Mock {
        Mock::begin(0, history, None, None)
    }

    /// One that lets nobody in without TLS, and shows this certificate, with this key of PKCS #8.
    pub fn guarded(history: History, certificate: &[u8], key: Vec<u8>) -> Mock {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.expect("there are versions").with_no_client_auth();
        let chain = vec![CertificateDer::from(certificate.to_vec())];
        let config = config.with_single_cert(chain, PrivateKeyDer::Pkcs8(key.into()));
        let mut config = config.expect("the key is the certificate's");
        // What comes behind the handshake would come inside of packets still.
        config.send_tls13_tickets = 0;
        Mock::begin(0, history, Some(Arc::new(config)), None)
    }

    /// One on a port where another was.
    pub fn on(port: u16, history: History) -> Mock {
        Mock::begin(port, history, None, None)
    }

    /// One that keeps what it is told, each database in a file of this directory.
    pub fn over(directory: &Path) -> Mock {
        Mock::begin(0, Vec::new(), None, Some(directory.to_owned()))
    }

    fn begin(port: u16, history: History, tls: Option<Arc<ServerConfig>>, databases: Option<PathBuf>) -> Mock {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let house = Arc::new(House {
            rule: Mutex::new(Box::new(|_| Told::Usual)),
            history: Mutex::new(history),
            said: Mutex::default(),
            came: AtomicUsize::new(0),
            here: AtomicUsize::new(0),
            tls,
            databases,
            door: Door::default(),
            sockets: Mutex::default(),
            is_gone: AtomicBool::new(false),
        });
        let open = Arc::clone(&house);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if open.is_gone.load(Ordering::SeqCst) {
                    return;
                }
                let house = Arc::clone(&open);
                lock(&house.sockets).push(stream.try_clone().expect("a descriptor"));
                house.came.fetch_add(1, Ordering::SeqCst);
                house.here.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    let _closes = Closes(stream.try_clone().ok());
                    // A line that breaks is what half of these tests are about.
                    house.serve(stream).ok();
                    house.here.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Mock { port, house }
    }

    /// From now on it answers so.
    pub fn answers(&self, rule: impl Fn(&Asked) -> Told + Send + Sync + 'static) {
        *lock(&self.house.rule) = Box::new(rule);
    }

    /// From now on this is how far its database has come.
    pub fn has(&self, history: History) {
        *lock(&self.house.history) = history;
    }

    /// What was said to it, in this order.
    pub fn said(&self) -> Vec<Asked> {
        lock(&self.house.said).clone()
    }

    /// How many connections there ever were.
    pub fn came(&self) -> usize {
        self.house.came.load(Ordering::SeqCst)
    }

    /// How many there are.
    pub fn here(&self) -> usize {
        self.house.here.load(Ordering::SeqCst)
    }

    /// Closes every line.
    pub fn cuts_all(&self) {
        for socket in lock(&self.house.sockets).drain(..) {
            socket.shutdown(Shutdown::Both).ok();
        }
    }
}

/// Closes a line also where a thread ended because it did not know what to answer.
struct Closes(Option<TcpStream>);

impl Drop for Closes {
    fn drop(&mut self) {
        if let Some(socket) = &self.0 {
            socket.shutdown(Shutdown::Both).ok();
        }
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        self.house.is_gone.store(true, Ordering::SeqCst);
        self.cuts_all();
        // Whoever waits for the next connection gets one and looks up.
        TcpStream::connect(("127.0.0.1", self.port)).ok();
    }
}

/// A line, in TLS once that has begun.
enum Wire {
    Plain(TcpStream),
    Guarded(Box<StreamOwned<ServerConnection, Wrapped>>),
}

impl Wire {
    /// Begins TLS.
    fn guarded(self, tls: &Arc<ServerConfig>) -> io::Result<Wire> {
        let Wire::Plain(socket) = self else { return Ok(self) };
        let mut begins = Wrapped { socket, begins: true, unread: Vec::new() };
        let mut session = ServerConnection::new(Arc::clone(tls)).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut begins)?;
        }
        begins.begins = false;
        Ok(Wire::Guarded(Box::new(StreamOwned::new(session, begins))))
    }

    fn io(&mut self) -> &mut dyn Both {
        match self {
            Wire::Plain(stream) => stream,
            Wire::Guarded(stream) => stream.as_mut(),
        }
    }
}

trait Both: Read + Write {}
impl<T: Read + Write> Both for T {}

/// A socket on which TLS begins inside of packets, and goes on without them.
struct Wrapped {
    socket: TcpStream,
    begins: bool,
    unread: Vec<u8>,
}

impl Read for Wrapped {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if !self.begins {
            return self.socket.read(room);
        }
        if self.unread.is_empty() {
            let (_, payload) = packet(&mut self.socket)?;
            self.unread = payload;
        }
        let count = room.len().min(self.unread.len());
        room[..count].copy_from_slice(&self.unread[..count]);
        self.unread.drain(..count);
        Ok(count)
    }
}

impl Write for Wrapped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.begins { send(&mut self.socket, 0x12, bytes).map(|()| bytes.len()) } else { self.socket.write(bytes) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

/// One packet: its head, and what is in it.
fn packet(from: &mut dyn Both) -> io::Result<([u8; HEAD], Vec<u8>)> {
    let mut head = [0; HEAD];
    from.read_exact(&mut head)?;
    let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
    let mut payload = vec![0; length.saturating_sub(HEAD)];
    from.read_exact(&mut payload)?;
    Ok((head, payload))
}

/// One message, of however many packets: its kind, and what is in it.
fn message(from: &mut dyn Both) -> io::Result<(u8, Vec<u8>)> {
    let mut whole = Vec::new();
    loop {
        let (head, payload) = packet(from)?;
        whole.extend(payload);
        if head[1] & 1 != 0 {
            return Ok((head[0], whole));
        }
    }
}

fn send(to: &mut dyn Both, kind: u8, payload: &[u8]) -> io::Result<()> {
    let pieces: Vec<&[u8]> = payload.chunks(PACKET - HEAD).collect();
    for (nth, piece) in pieces.iter().enumerate() {
        let is_last = nth + 1 == pieces.len();
        let length = u16::try_from(piece.len() + HEAD).expect("a packet is short").to_be_bytes();
        to.write_all(&[&[kind, u8::from(is_last), length[0], length[1], 0, 0, 1, 0], *piece].concat())?;
    }
    to.flush()
}

impl House {
    fn serve(&self, socket: TcpStream) -> io::Result<()> {
        let mut in_transaction = false;
        let mut session: Option<Session<'_>> = None;
        let mut wire = Wire::Plain(socket);
        loop {
            let (kind, payload) = message(wire.io())?;
            // What stands in for SQL Server reads for itself.
            let text = if session.is_some() { String::new() } else { text_of(kind, &payload) };
            let asked = Asked { stage: stage(kind, &payload), text };
            if self.databases.is_none() {
                lock(&self.said).push(asked.clone());
            }
            let told = (lock(&self.rule))(&asked);
            if asked.stage == Stage::Prelogin {
                match told {
                    Told::Hang => return wire.io().read_to_end(&mut Vec::new()).map(|_| ()),
                    Told::Cut => return Ok(()),
                    _ => {}
                }
                // ENCRYPT_NOT_SUP, or ENCRYPT_REQ.
                send(wire.io(), 0x04, &prelogin(if self.tls.is_some() { 3 } else { 2 }))?;
                if let Some(tls) = &self.tls {
                    wire = wire.guarded(tls)?;
                }
                continue;
            }
            if let (Some(session), Told::Usual) = (session.as_mut(), &told) {
                let was_open = session.is_open();
                let answer = session.answer(&asked, payload.get(head_of(&payload)..).unwrap_or_default());
                let is_open = session.is_open();
                send(wire.io(), 0x04, &told_by(&asked, answer, (was_open, is_open)))?;
                continue;
            }
            if let (Stage::Login, Some(directory)) = (asked.stage, &self.databases) {
                let database = asked.text.rsplit(' ').next().unwrap_or_default();
                session = Some(Session::open(directory, database, &self.door));
            }
            let was_open = in_transaction;
            match asked.stage {
                Stage::Begin => in_transaction = true,
                Stage::Commit => in_transaction = false,
                _ => {}
            }
            let ends = |rows: Vec<Vec<Cell>>| [table(&rows), done(asked.stage, 0, rows.len())].concat();
            let answer = match &told {
                Told::Hang => return wire.io().read_to_end(&mut Vec::new()).map(|_| ()),
                Told::Cut => return Ok(()),
                Told::Rows(rows) => ends(rows.clone()),
                Told::Error(number, said) => {
                    in_transaction = false;
                    let over = if was_open { changed(10) } else { Vec::new() };
                    [error(*number, said), over, done(asked.stage, 2, 0)].concat()
                }
                Told::RowsThenError(rows, number, said) => {
                    [table(rows), done_in(asked.stage, rows.len()), error(*number, said), done(asked.stage, 2, 0)]
                        .concat()
                }
                Told::Usual | Told::Half => {
                    let taken_back = was_open && asked.text.contains("ROLLBACK");
                    in_transaction &= !taken_back;
                    let over = if taken_back { changed(10) } else { Vec::new() };
                    [over, self.usual(&asked, ends)].concat()
                }
            };
            if matches!(told, Told::Half) {
                // As many bytes as it has, of which half are sent.
                let length = u16::try_from(answer.len() + HEAD).unwrap_or(u16::MAX).to_be_bytes();
                let whole = [&[0x04, 1, length[0], length[1], 0, 0, 1, 0], answer.as_slice()].concat();
                wire.io().write_all(&whole[..whole.len() / 2])?;
                return wire.io().flush();
            }
            send(wire.io(), 0x04, &answer)?;
        }
    }

    /// What fits what was said.
    fn usual(&self, asked: &Asked, ends: impl Fn(Vec<Vec<Cell>>) -> Vec<u8>) -> Vec<u8> {
        let says = |part: &str| asked.text.contains(part);
        let number = |number: i64| ends(vec![vec![Cell::Number(number)]]);
        let history = lock(&self.history).clone();
        match asked.stage {
            Stage::Prelogin => Vec::new(),
            Stage::Login => [acknowledged(), done(asked.stage, 0, 0)].concat(),
            Stage::Begin => [changed(8), done(asked.stage, 0, 0)].concat(),
            Stage::Commit => [changed(9), done(asked.stage, 0, 0)].concat(),
            Stage::Batch | Stage::Call if says("INFORMATION_SCHEMA") => {
                let names: &[&str] = if history.is_empty() { &[] } else { &["document", "migration"] };
                ends(names.iter().map(|name| vec![Cell::Text((*name).into())]).collect())
            }
            Stage::Batch | Stage::Call if says("FROM migration") => {
                ends(history.into_iter().map(|(nth, sum)| vec![Cell::Number(nth), Cell::Text(sum)]).collect())
            }
            Stage::Batch | Stage::Call if says("house.incarnation") => {
                ends(vec![vec![Cell::Text("abc".into()), Cell::Number(5)]])
            }
            Stage::Batch | Stage::Call if says("SERVERPROPERTY") || says("sp_getapplock") => number(0),
            Stage::Batch | Stage::Call
                if says("@@TRANCOUNT") || says("is_read_committed_snapshot_on") || says("SELECT seq FROM feed") =>
            {
                number(1)
            }
            Stage::Batch | Stage::Call if reads(&asked.text) => ends(Vec::new()),
            Stage::Batch | Stage::Call => done(asked.stage, 0, 1),
        }
    }
}

/// What stands in for SQL Server, as SQL Server would tell it; and whether a transaction was open, and is.
fn told_by(asked: &Asked, answer: Answer, open: (bool, bool)) -> Vec<u8> {
    let change = match (open, asked.stage) {
        ((false, true), _) => changed(8),
        ((true, false), Stage::Commit) => changed(9),
        ((true, false), _) => changed(10),
        _ => Vec::new(),
    };
    match answer {
        Answer::Rows(rows) => [change, table(&rows), done(asked.stage, 0, rows.len())].concat(),
        Answer::Count(count) => [change, done(asked.stage, 0, count)].concat(),
        Answer::Error(number, said) => {
            let said: String = said.chars().take(400).collect();
            [error(number, &said), change, done(asked.stage, 2, 0)].concat()
        }
    }
}

/// Whether the first statement of a text reads.
fn reads(text: &str) -> bool {
    let at = |word: &str| text.find(word).unwrap_or(usize::MAX);
    let writes = ["INSERT ", "UPDATE ", "DELETE ", "CREATE ", "ALTER ", "SET ", "EXEC "].map(at);
    at("SELECT ") < writes.into_iter().min().unwrap_or(usize::MAX)
}

fn stage(kind: u8, payload: &[u8]) -> Stage {
    match kind {
        0x12 => Stage::Prelogin,
        0x10 => Stage::Login,
        0x03 => Stage::Call,
        0x0e => match payload.get(head_of(payload)) {
            Some(7) => Stage::Commit,
            Some(8) => Stage::Batch,
            _ => Stage::Begin,
        },
        _ => Stage::Batch,
    }
}

/// How many bytes the headers before a request have.
fn head_of(payload: &[u8]) -> usize {
    let length = payload.get(..4).map_or(0, |it| u32::from_le_bytes(it.try_into().expect("four bytes")));
    usize::try_from(length).unwrap_or(0)
}

fn letters(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes.chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]])).collect();
    String::from_utf16_lossy(&units)
}

fn text_of(kind: u8, payload: &[u8]) -> String {
    match kind {
        0x12 => String::new(),
        0x10 => {
            let field = |at: usize| {
                let word = |at: usize| usize::from(u16::from_le_bytes([payload[at], payload[at + 1]]));
                payload[word(at)..word(at) + 2 * word(at + 2)].to_vec()
            };
            let password: Vec<u8> = field(44).into_iter().map(|byte| (byte ^ 0xa5).rotate_left(4)).collect();
            format!("{} {} {}", letters(&field(40)), letters(&password), letters(&field(68)))
        }
        0x0e if payload.get(head_of(payload)) == Some(&8) => "ROLLBACK".into(),
        // Texts begin at even bytes, or at odd ones.
        _ => {
            let rest = payload.get(head_of(payload)..).unwrap_or_default();
            letters(rest) + &letters(rest.get(1..).unwrap_or_default())
        }
    }
}

fn prelogin(encryption: u8) -> Vec<u8> {
    // Version, encryption, no instance, no thread, no MARS: where each is, and how long.
    let mut bytes = vec![0, 0, 26, 0, 6, 1, 0, 32, 0, 1, 2, 0, 33, 0, 1, 3, 0, 34, 0, 0, 4, 0, 34, 0, 1, 0xff];
    bytes.extend([16, 0, 16, 0, 0, 0, encryption, 0, 0]);
    bytes
}

/// A text with the count of its letters before it, in one byte or two.
fn counted(text: &str, bytes: usize) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let count = u16::try_from(units.len()).expect("a short text").to_le_bytes();
    count[..bytes].iter().copied().chain(units.into_iter().flat_map(u16::to_le_bytes)).collect()
}

/// A token with the count of its bytes behind its kind.
fn token(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).expect("a short token").to_le_bytes();
    [&[kind], &length[..], body].concat()
}

fn acknowledged() -> Vec<u8> {
    let mut body = vec![1, 0x74, 0, 0, 4];
    body.extend(counted("Mock", 1));
    body.extend([16, 0, 0, 0]);
    token(0xad, &body)
}

/// A transaction begins (8), is kept (9) or taken back (10).
fn changed(what: u8) -> Vec<u8> {
    let name = [8, 1, 0, 0, 0, 0, 0, 0, 0];
    let body = if what == 8 { [&[what], &name[..], &[0]].concat() } else { [&[what, 0], &name[..]].concat() };
    token(0xe3, &body)
}

fn error(number: u32, said: &str) -> Vec<u8> {
    let mut body = number.to_le_bytes().to_vec();
    body.extend([1, 16]);
    body.extend(counted(said, 2));
    body.extend(counted("mock", 1));
    body.extend(counted("", 1));
    body.extend(1_u32.to_le_bytes());
    token(0xaa, &body)
}

fn ended(kind: u8, status: u16, count: usize) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend(status.to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend((count as u64).to_le_bytes());
    bytes
}

/// The end of an answer, of a statement of a batch or of a call of a procedure; 2 in the status says that it failed.
fn done(stage: Stage, status: u16, count: usize) -> Vec<u8> {
    match stage {
        Stage::Call => {
            let counted = if status == 0 { ended(0xff, 0x11, count) } else { Vec::new() };
            [counted, vec![0x79, 0, 0, 0, 0], ended(0xfe, status, 0)].concat()
        }
        _ => ended(0xfd, status | 0x10, count),
    }
}

/// The end of a statement of which more comes.
fn done_in(stage: Stage, count: usize) -> Vec<u8> {
    ended(if stage == Stage::Call { 0xff } else { 0xfd }, 0x11, count)
}

/// Rows with their columns: numbers are BIGINT, texts NVARCHAR(MAX); without a row one column of numbers.
fn table(rows: &[Vec<Cell>]) -> Vec<u8> {
    let no_row = vec![Cell::Number(0)];
    let columns = rows.first().unwrap_or(&no_row);
    let mut bytes = vec![0x81];
    bytes.extend(u16::try_from(columns.len()).expect("few columns").to_le_bytes());
    let is_text = |nth: usize| rows.iter().any(|row| matches!(row[nth], Cell::Text(_) | Cell::NoText));
    let texts: Vec<bool> = (0..columns.len()).map(is_text).collect();
    for is_text in &texts {
        bytes.extend([0, 0, 0, 0, 1, 0]);
        if *is_text {
            bytes.extend([0xe7, 0xff, 0xff, 9, 4, 0xd0, 0, 0x34]);
        } else {
            bytes.extend([0x26, 8]);
        }
        bytes.extend(counted("x", 1));
    }
    for row in rows {
        bytes.push(0xd1);
        for cell in row {
            match cell {
                Cell::NoText => bytes.extend([0xff; 8]),
                Cell::NoNumber => bytes.push(0),
                Cell::Number(number) => {
                    bytes.push(8);
                    bytes.extend(number.to_le_bytes());
                }
                Cell::Text(text) => {
                    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
                    bytes.extend((units.len() as u64).to_le_bytes());
                    if !units.is_empty() {
                        bytes.extend(u32::try_from(units.len()).expect("no text is that long").to_le_bytes());
                        bytes.extend(units);
                    }
                    bytes.extend([0; 4]);
                }
            }
        }
    }
    bytes
}
