//! A proxy on real sockets between registers and a server. By dice from a seed it passes exchanges on, delays them,
//! loses requests and replies, cuts replies in the middle, sends requests twice, and refuses connections; and it
//! writes down what it did.
//!
//! It knows as much of HTTP/1.1 as it takes to see where a message ends. Each exchange has a connection of its own to
//! the server. A connection that is broken off is reset, as by a machine that has gone, not closed in good order.

use comanda::runtime::clock;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// How often a connection that waits looks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(50);
/// Longest head of a message, in bytes.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Longest request that is read before it is passed on, in bytes.
const REQUEST_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How a connection ends that brings no whole reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// At once, with a reset.
    Reset,
    /// Silence for so many milliseconds, then a reset.
    Silence(u64),
}

/// What becomes of one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Both ways, as they come.
    Pass,
    /// The request waits for so many milliseconds, then the reply.
    Delay(u64, u64),
    /// The server never hears of it.
    LoseRequest(End),
    /// The server does what was asked, and nobody hears of it.
    LoseReply(End),
    /// Of the reply so many of a thousand bytes arrive.
    CutReply(u64),
    /// The server hears it twice, one after the other, and the second reply is passed on.
    Double,
    /// The server hears it twice at the same time, and one of the replies is passed on.
    DoubleAtOnce,
    /// The connection is reset as soon as the request was read.
    Refuse,
    /// The server never hears of it, and a stranger answers 200 with a page, as a captive portal does.
    Portal,
    /// The server never hears of it, and what answers takes the token no more: 401.
    Unauthorized,
    /// The server never hears of it, and what answers is too busy: 503.
    Busy,
}

/// What strangers answer: status, kind, body.
const PORTAL: (&str, &str, &str) = ("200 OK", "text/html", "<html>Welcome to the guests' Wi-Fi</html>");
const UNAUTHORIZED: (&str, &str, &str) =
    ("401 Unauthorized", "application/json", r#"{"error":"unauthorized","reason":"the token has expired"}"#);
const BUSY: (&str, &str, &str) = ("503 Service Unavailable", "text/plain", "later");

impl Fate {
    fn name(self) -> &'static str {
        match self {
            Fate::Pass => "passed",
            Fate::Delay(..) => "delayed",
            Fate::LoseRequest(_) => "request lost",
            Fate::LoseReply(_) => "reply lost",
            Fate::CutReply(_) => "reply cut",
            Fate::Double => "doubled",
            Fate::DoubleAtOnce => "doubled at once",
            Fate::Refuse => "refused",
            Fate::Portal => "a portal answered",
            Fate::Unauthorized => "401 answered",
            Fate::Busy => "503 answered",
        }
    }
}

/// What the proxy does with whatever comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    /// Everything passes.
    Fair,
    /// Of a thousand exchanges so many have another fate than to pass: first of submissions, then of all else.
    Storm(u64, u64),
}

/// Numbers from a seed (SplitMix64), the same on every machine.
#[derive(Debug)]
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// One exchange and what became of it.
#[derive(Debug, Clone)]
pub struct Exchange {
    at_ms: u128,
    connection: u64,
    /// Method and address.
    pub asked: String,
    pub fate: Fate,
    /// How it went.
    pub outcome: String,
}

struct State {
    weather: Weather,
    dice: Dice,
    /// Fates of the next exchanges whose address holds a text.
    planned: VecDeque<(String, Fate)>,
    log: Vec<Exchange>,
    connections: u64,
    /// Whoever was silent or waits since before the last count breaks off.
    hushed: u64,
    is_closed: bool,
    is_over: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// Servers of one database, which are asked in turn.
    servers: Mutex<VecDeque<SocketAddr>>,
    began: Instant,
}

/// The proxy; it ends when it is dropped.
pub struct Proxy {
    shared: Arc<Shared>,
    /// Where registers find it.
    pub address: SocketAddr,
}

impl Proxy {
    /// Listens on a port of its own, before a server.
    pub fn before(server: SocketAddr, seed: u64) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = State {
            weather: Weather::Fair,
            dice: Dice(seed),
            planned: VecDeque::new(),
            log: Vec::new(),
            connections: 0,
            hushed: 0,
            is_closed: false,
            is_over: false,
        };
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            changed: Condvar::new(),
            servers: Mutex::new([server].into()),
            began: clock::instant(),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || accepting.listen(listener, address));
        Proxy { shared, address }
    }

    /// The address that a register is given.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The server listens elsewhere now.
    pub fn has_server_at(&self, server: SocketAddr) {
        self.has_servers_at(&[server]);
    }

    /// There are several: each exchange is with the next of them.
    pub fn has_servers_at(&self, servers: &[SocketAddr]) {
        *self.shared.servers.lock().unwrap() = servers.iter().copied().collect();
    }

    pub fn has_weather(&self, weather: Weather) {
        self.shared.state().weather = weather;
    }

    /// The next exchange whose method and address hold a text has this fate.
    pub fn plans(&self, text: &str, fate: Fate) {
        self.shared.state().planned.push_back((text.to_owned(), fate));
    }

    /// What was planned and not met is forgotten.
    pub fn forgets_plans(&self) {
        self.shared.state().planned.clear();
    }

    /// Whether every planned fate was met.
    pub fn has_done_as_planned(&self) -> bool {
        self.shared.state().planned.is_empty()
    }

    /// Breaks off whatever is silent, delayed or waits for a reply.
    pub fn hush(&self) {
        self.shared.state().hushed += 1;
        self.shared.changed.notify_all();
    }

    /// Nobody listens on its port: connections are refused by the machine itself.
    pub fn close(&self) {
        self.shared.state().is_closed = true;
        self.wake();
        self.hush();
    }

    /// Listens again.
    pub fn open(&self) {
        self.shared.state().is_closed = false;
        self.shared.changed.notify_all();
    }

    /// All that was asked so far, the oldest first.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.shared.state().log.clone()
    }

    /// How often each fate was met.
    pub fn tally(&self) -> BTreeMap<&'static str, usize> {
        let mut tally = BTreeMap::new();
        for exchange in &self.shared.state().log {
            *tally.entry(exchange.fate.name()).or_default() += 1;
        }
        tally
    }

    /// What it did, a line an exchange; of a long log its end.
    pub fn log(&self, last: usize) -> String {
        let state = self.shared.state();
        let from = state.log.len().saturating_sub(last);
        let mut text = String::new();
        for one in &state.log[from..] {
            let (at, connection) = (one.at_ms, one.connection);
            writeln!(text, "{at:>7} ms  #{connection:<5} {:?} {} -> {}", one.fate, one.asked, one.outcome).unwrap();
        }
        text
    }

    /// Lets the thread that accepts look up.
    fn wake(&self) {
        TcpStream::connect(self.address).ok();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Ok(mut state) = self.shared.state.lock() {
            state.is_over = true;
        }
        self.shared.changed.notify_all();
        self.wake();
    }
}

/// Resets a connection instead of closing it.
fn reset(stream: TcpStream) {
    let socket = tokio::net::TcpSocket::from_std_stream(stream);
    socket.set_zero_linger().ok();
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn listen(self: Arc<Self>, first: TcpListener, address: SocketAddr) {
        let mut listener = Some(first);
        loop {
            {
                let mut state = self.state();
                while state.is_closed && !state.is_over {
                    listener = None;
                    state = self.changed.wait(state).unwrap();
                }
                if state.is_over {
                    return;
                }
            }
            // Its own port again: nobody else is given it while connections of before are still being forgotten.
            let open = listener.get_or_insert_with(|| TcpListener::bind(address).expect("its own port is free"));
            let Ok((client, _)) = open.accept() else { continue };
            if self.state().is_closed {
                reset(client);
                continue;
            }
            let shared = Arc::clone(&self);
            std::thread::spawn(move || {
                let number = {
                    let mut state = shared.state();
                    state.connections += 1;
                    state.connections
                };
                Connection { shared: &shared, number, client: Peer::of(client) }.serve();
            });
        }
    }

    /// Throws the dice for an exchange, and notes it.
    fn begins(&self, asked: &str, connection: u64) -> (usize, Fate) {
        let at_ms = self.began.elapsed().as_millis();
        let mut state = self.state();
        let planned = state.planned.iter().position(|(text, _)| asked.contains(text.as_str()));
        let fate = match planned.and_then(|at| state.planned.remove(at)) {
            Some((_, fate)) => fate,
            None => {
                let weather = state.weather;
                fate(weather, asked, &mut state.dice)
            }
        };
        state.log.push(Exchange { at_ms, connection, asked: asked.to_owned(), fate, outcome: "under way".into() });
        (state.log.len() - 1, fate)
    }

    /// Waits, unless it is hushed; says whether all of the time has passed.
    fn waits(&self, millis: u64, since: u64) -> bool {
        let until = clock::instant() + Duration::from_millis(millis);
        let mut state = self.state();
        loop {
            let left = until.saturating_duration_since(clock::instant());
            if left.is_zero() || state.is_over || state.hushed != since {
                return left.is_zero();
            }
            state = self.changed.wait_timeout(state, left).unwrap().0;
        }
    }

    fn is_wanted(&self, since: u64) -> bool {
        let state = self.state();
        !state.is_over && state.hushed == since
    }
}

fn fate(weather: Weather, asked: &str, dice: &mut Dice) -> Fate {
    let Weather::Storm(submissions, others) = weather else { return Fate::Pass };
    let odds = if asked.contains("/create") { submissions } else { others };
    if dice.below(1000) >= odds {
        return Fate::Pass;
    }
    let end = match dice.below(4) {
        0 => End::Silence(100 + dice.below(900)),
        _ => End::Reset,
    };
    match dice.below(100) {
        0..15 => Fate::Delay(dice.below(150), dice.below(150)),
        15..28 => Fate::LoseRequest(end),
        28..58 => Fate::LoseReply(end),
        58..72 => Fate::CutReply(dice.below(1000)),
        72..82 => Fate::Double,
        82..91 => Fate::DoubleAtOnce,
        91..94 => Fate::Portal,
        94..96 => Fate::Unauthorized,
        96..98 => Fate::Busy,
        _ => Fate::Refuse,
    }
}

/// A stream and what was read of it and not yet used.
struct Peer {
    stream: TcpStream,
    read: Vec<u8>,
}

/// Where the body of a message ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Bytes(usize),
    Chunked,
    UntilClosed,
}

/// What a read came to.
enum Came {
    Some,
    NothingYet,
    Over,
}

impl Peer {
    fn of(stream: TcpStream) -> Peer {
        stream.set_read_timeout(Some(LOOK)).unwrap();
        stream.set_nodelay(true).unwrap();
        Peer { stream, read: Vec::new() }
    }

    fn reads(&mut self) -> Came {
        let mut bytes = [0; 16 * 1024];
        match self.stream.read(&mut bytes) {
            Ok(0) => Came::Over,
            Ok(count) => {
                self.read.extend_from_slice(&bytes[..count]);
                Came::Some
            }
            Err(wrong) if matches!(wrong.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Came::NothingYet,
            Err(_) => Came::Over,
        }
    }

    /// The end of the head, once it is there.
    fn head(&self) -> Option<usize> {
        self.read.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
    }

    /// Whether it has gone, without taking what it may have sent.
    fn has_gone(&self) -> bool {
        self.stream.set_read_timeout(Some(Duration::from_millis(1))).ok();
        let gone = match self.stream.peek(&mut [0]) {
            Ok(count) => count == 0,
            Err(wrong) => !matches!(wrong.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        };
        self.stream.set_read_timeout(Some(LOOK)).ok();
        gone
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    fields.into_iter().find(|(is, _)| is.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn body_of(head: &str, without: Body) -> Body {
    match (header(head, "transfer-encoding"), header(head, "content-length")) {
        (Some(coding), _) if coding.to_ascii_lowercase().contains("chunked") => Body::Chunked,
        (_, Some(length)) => length.parse().map_or(without, Body::Bytes),
        (_, None) => without,
    }
}

/// How many bytes a body has once its end is there. Chunks are counted, not undone.
fn end_of_body(bytes: &[u8], body: Body) -> Option<usize> {
    match body {
        Body::Bytes(count) => (bytes.len() >= count).then_some(count),
        Body::UntilClosed => None,
        Body::Chunked => {
            let mut at = 0;
            loop {
                let line = bytes[at..].windows(2).position(|two| two == b"\r\n")?;
                let size = std::str::from_utf8(&bytes[at..at + line]).ok()?.split(';').next()?.trim();
                let size = usize::from_str_radix(size, 16).ok()?;
                at += line + 2;
                if size == 0 {
                    // No trailers are sent here.
                    return bytes[at..].starts_with(b"\r\n").then_some(at + 2);
                }
                at += size + 2;
                if at > bytes.len() {
                    return None;
                }
            }
        }
    }
}

/// A whole reply, or why there is none.
type Replied = Result<Vec<u8>, &'static str>;

struct Connection<'a> {
    shared: &'a Shared,
    number: u64,
    client: Peer,
}

impl Connection<'_> {
    fn serve(mut self) {
        loop {
            let Some((asked, request)) = self.request() else { return };
            let since = self.shared.state().hushed;
            let (nth, fate) = self.shared.begins(&asked, self.number);
            let (outcome, goes_on) = self.meets(fate, &asked, &request, since);
            self.shared.state().log[nth].outcome = outcome;
            if !goes_on {
                return reset(self.client.stream);
            }
        }
    }

    /// The next request, whole; none when there is none any more.
    fn request(&mut self) -> Option<(String, Vec<u8>)> {
        loop {
            if let Some(head) = self.client.head() {
                let text = String::from_utf8_lossy(&self.client.read[..head]).into_owned();
                if let Some(body) = end_of_body(&self.client.read[head..], body_of(&text, Body::Bytes(0))) {
                    let request: Vec<u8> = self.client.read.drain(..head + body).collect();
                    let mut words = text.split(' ');
                    let asked = format!("{} {}", words.next().unwrap_or("?"), words.next().unwrap_or("?"));
                    return Some((asked, request));
                }
            }
            if self.client.read.len() > REQUEST_BYTES_MAX {
                return None;
            }
            match self.client.reads() {
                Came::Some => {}
                Came::NothingYet => {
                    let state = self.shared.state();
                    if state.is_over || state.is_closed {
                        return None;
                    }
                }
                Came::Over => return None,
            }
        }
    }

    /// Says how it went, and whether the connection goes on.
    fn meets(&mut self, fate: Fate, asked: &str, request: &[u8], since: u64) -> (String, bool) {
        let is_head = asked.starts_with("HEAD ");
        match fate {
            Fate::Pass => self.passes(request, is_head, since),
            Fate::Refuse => ("nothing".into(), false),
            Fate::Portal => self.hands_on(Ok(stranger(PORTAL))),
            Fate::Unauthorized => self.hands_on(Ok(stranger(UNAUTHORIZED))),
            Fate::Busy => self.hands_on(Ok(stranger(BUSY))),
            Fate::LoseRequest(end) => {
                self.ends(end, since);
                ("nothing".into(), false)
            }
            Fate::Delay(before, after) => {
                if !self.shared.waits(before, since) {
                    return ("broken off before it was sent".into(), false);
                }
                let reply = self.ask(request, is_head, since);
                if !self.shared.waits(after, since) {
                    return (format!("{}, broken off", told(&reply)), false);
                }
                self.hands_on(reply)
            }
            Fate::LoseReply(end) => {
                let reply = self.ask(request, is_head, since);
                self.ends(end, since);
                (format!("{}, which nobody hears", told(&reply)), false)
            }
            Fate::CutReply(permille) => {
                let reply = self.ask(request, is_head, since);
                if let Ok(bytes) = &reply {
                    let part = bytes.len() * usize::try_from(permille).unwrap() / 1000;
                    self.client.stream.write_all(&bytes[..part]).ok();
                    return (format!("{}, of which {part} bytes arrive", told(&reply)), false);
                }
                (told(&reply), false)
            }
            Fate::Double => {
                let first = self.ask(request, is_head, since);
                let second = self.ask(request, is_head, since);
                let said = told(&first);
                let (outcome, goes_on) = self.hands_on(second);
                (format!("{said} and {outcome}"), goes_on)
            }
            Fate::DoubleAtOnce => {
                let [one, other] = std::thread::scope(|scope| {
                    let both = [(); 2].map(|()| scope.spawn(|| self.ask(request, is_head, since)));
                    both.map(|one| one.join().unwrap())
                });
                let said = told(&other);
                let (outcome, goes_on) = self.hands_on(one);
                (format!("{said} and {outcome}"), goes_on)
            }
        }
    }

    fn ends(&self, end: End, since: u64) {
        match end {
            End::Reset => {}
            End::Silence(millis) => drop(self.shared.waits(millis, since)),
        }
    }

    fn hands_on(&mut self, reply: Replied) -> (String, bool) {
        let said = told(&reply);
        let Ok(bytes) = reply else { return (said, false) };
        let arrived = self.client.stream.write_all(&bytes).is_ok();
        (if arrived { said } else { format!("{said}, and the client has gone") }, arrived)
    }

    fn send(&self, request: &[u8]) -> Result<Peer, &'static str> {
        let server = {
            let mut servers = self.shared.servers.lock().unwrap();
            servers.rotate_left(1);
            *servers.back().expect("there is one")
        };
        let stream = TcpStream::connect(server).map_err(|_| "the server does not listen")?;
        let mut server = Peer::of(stream);
        server.stream.write_all(request).map_err(|_| "the server does not hear")?;
        Ok(server)
    }

    /// Reads more of the server, unless nobody wants it any more.
    fn more(&self, server: &mut Peer, since: u64) -> Result<bool, &'static str> {
        loop {
            match server.reads() {
                Came::Some => return Ok(true),
                Came::Over => return Ok(false),
                Came::NothingYet if !self.shared.is_wanted(since) => return Err("broken off"),
                Came::NothingYet if self.client.has_gone() => return Err("the client has gone"),
                Came::NothingYet => {}
            }
        }
    }

    /// The head of a reply, and where its body ends.
    fn head(&self, server: &mut Peer, is_head: bool, since: u64) -> Result<(usize, Body), &'static str> {
        loop {
            if let Some(head) = server.head() {
                let text = String::from_utf8_lossy(&server.read[..head]).into_owned();
                let status = text.split(' ').nth(1).unwrap_or_default();
                let is_empty = is_head || status == "204" || status == "304";
                let body = if is_empty { Body::Bytes(0) } else { body_of(&text, Body::UntilClosed) };
                return Ok((head, body));
            }
            if server.read.len() > HEAD_BYTES_MAX {
                return Err("the head of the reply has no end");
            }
            if !self.more(server, since)? {
                return Err("the server broke off");
            }
        }
    }

    /// Asks the server and waits for the whole reply.
    fn ask(&self, request: &[u8], is_head: bool, since: u64) -> Replied {
        let mut server = self.send(request)?;
        let (head, body) = self.head(&mut server, is_head, since)?;
        loop {
            if let Some(end) = end_of_body(&server.read[head..], body) {
                server.read.truncate(head + end);
                return Ok(server.read);
            }
            if !self.more(&mut server, since)? {
                return if body == Body::UntilClosed { Ok(server.read) } else { Err("the server broke off") };
            }
        }
    }

    /// Asks the server and passes on what comes as it comes: a feed may go on for ever.
    fn passes(&mut self, request: &[u8], is_head: bool, since: u64) -> (String, bool) {
        let begun = self.send(request).and_then(|mut server| {
            let (head, body) = self.head(&mut server, is_head, since)?;
            Ok((server, head, body))
        });
        let (mut server, head, body) = match begun {
            Ok(begun) => begun,
            Err(why) => return (why.to_owned(), false),
        };
        let status = told(&Ok(server.read[..head].to_vec()));
        let mut passed = 0;
        loop {
            let end = end_of_body(&server.read[head..], body);
            let until = end.map_or(server.read.len(), |end| head + end);
            if self.client.stream.write_all(&server.read[passed..until]).is_err() {
                return (format!("{status}, and the client has gone"), false);
            }
            passed = until;
            if end.is_some() {
                return (format!("{status}, {passed} bytes"), true);
            }
            match self.more(&mut server, since) {
                Ok(true) => {}
                Ok(false) if body == Body::UntilClosed => return (format!("{status}, {passed} bytes"), false),
                Ok(false) => return (format!("{status}, then the server broke off"), false),
                Err(why) => return (format!("{status}, then {why}"), false),
            }
        }
    }
}

fn stranger((status, kind, body): (&str, &str, &str)) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}", body.len());
    format!("{head}\r\n\r\n{body}").into_bytes()
}

/// The status of a reply, or why there is none.
fn told(reply: &Replied) -> String {
    match reply {
        Ok(bytes) => {
            let line = bytes.split(|byte| *byte == b'\r').next().unwrap_or_default();
            String::from_utf8_lossy(line).split(' ').nth(1).unwrap_or("?").to_owned()
        }
        Err(why) => (*why).to_owned(),
    }
}

/// A server that counts what it hears and answers each request with its own address, in one piece or in chunks.
#[cfg(test)]
fn counting_server() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, heard) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let hears = Arc::clone(&heard);
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let hears: Arc<Mutex<Vec<String>>> = Arc::clone(&hears);
            std::thread::spawn(move || {
                let mut bytes = vec![0; 4096];
                let Ok(count @ 1..) = stream.read(&mut bytes) else { return };
                let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
                let path = text.split(' ').nth(1).unwrap().to_owned();
                hears.lock().unwrap().push(path.clone());
                let reply = if path.contains("chunked") {
                    format!(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{path}\r\n0\r\n\r\n",
                        path.len()
                    )
                } else {
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{path}", path.len())
                };
                stream.write_all(reply.as_bytes()).ok();
            });
        }
    });
    (address, heard)
}

#[test]
fn each_fate_is_what_it_is_called() {
    let silence = End::Silence(20);
    // address, fate, how often the server hears it, what arrives: all of its reply, nothing, or something else
    let rows = [
        ("/a", Fate::Pass, 1, "all"),
        ("/chunked", Fate::Pass, 1, "all"),
        ("/b", Fate::Delay(5, 5), 1, "all"),
        ("/c", Fate::LoseRequest(End::Reset), 0, "nothing"),
        ("/d", Fate::LoseRequest(silence), 0, "nothing"),
        ("/e", Fate::LoseReply(End::Reset), 1, "nothing"),
        ("/f", Fate::LoseReply(silence), 1, "nothing"),
        ("/g", Fate::CutReply(500), 1, "a part"),
        ("/chunked/cut", Fate::CutReply(900), 1, "a part"),
        ("/h", Fate::Double, 2, "all"),
        ("/chunked/double", Fate::DoubleAtOnce, 2, "all"),
        ("/i", Fate::Refuse, 0, "nothing"),
        ("/j", Fate::Portal, 0, "a part"),
        ("/k", Fate::Unauthorized, 0, "a part"),
        ("/l", Fate::Busy, 0, "a part"),
    ];
    let (server, heard) = counting_server();
    let proxy = Proxy::before(server, 1);
    for (path, fate, times, arrives) in rows {
        heard.lock().unwrap().clear();
        proxy.plans(path, fate);
        let mut stream = TcpStream::connect(proxy.address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").unwrap();
        let mut reply = Vec::new();
        let mut bytes = [0; 4096];
        // What passes leaves the connection open: the end of the reply is known by what it says.
        let is_whole = |reply: &[u8]| {
            let text = String::from_utf8_lossy(reply);
            text.ends_with(&format!("\r\n\r\n{path}")) || text.ends_with("0\r\n\r\n")
        };
        while !is_whole(&reply) {
            let Ok(count @ 1..) = stream.read(&mut bytes) else { break };
            reply.extend_from_slice(&bytes[..count]);
            if matches!(fate, Fate::Portal | Fate::Unauthorized | Fate::Busy) {
                break;
            }
        }
        let came = match (is_whole(&reply), reply.is_empty()) {
            (true, _) => "all",
            (false, true) => "nothing",
            (false, false) => "a part",
        };
        assert_eq!((heard.lock().unwrap().len(), came), (times, arrives), "{path} {fate:?}\n{}", proxy.log(20));
    }
    assert!(proxy.has_done_as_planned());
}

#[test]
fn a_closed_proxy_refuses_and_an_opened_one_answers_at_the_same_port() {
    let (server, _) = counting_server();
    let proxy = Proxy::before(server, 1);
    for _ in 0..20 {
        proxy.close();
        // It has closed as soon as nobody is let in; until then whoever comes is reset.
        while TcpStream::connect(proxy.address).is_ok() {}
        proxy.open();
        let mut stream = loop {
            if let Ok(stream) = TcpStream::connect(proxy.address) {
                break stream;
            }
        };
        stream.write_all(b"GET /again HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
        let mut bytes = [0; 256];
        let count = stream.read(&mut bytes).unwrap();
        assert!(String::from_utf8_lossy(&bytes[..count]).starts_with("HTTP/1.1 200"), "{}", proxy.log(20));
    }
}

#[test]
fn equal_seeds_throw_equal_fates() {
    let thrown = |seed| {
        let mut dice = Dice(seed);
        let mut all = Vec::new();
        for nth in 0..2_000 {
            let asked = if nth % 3 == 0 { "POST /api/v1/orders/create" } else { "GET /sync/orders" };
            all.push(fate(Weather::Storm(600, 250), asked, &mut dice));
        }
        all
    };
    assert_eq!(thrown(7), thrown(7));
    assert_ne!(thrown(7), thrown(8));
    let names: std::collections::BTreeSet<&str> = thrown(7).into_iter().map(Fate::name).collect();
    assert_eq!(names.len(), 11, "every fate is thrown: {names:?}");
}
