//! How calls travel on real sockets: what comes back of good answers, cut ones, slow ones, endless ones, strangers' and
//! those of machines that are not who they say they are.

use crate::peer::{Asked, Certificate, Peer, Play, answer, nobody};
use comanda::app::{Input, Reply};
use comanda::runtime::carrier::Carrier;
use comanda::runtime::config::{ProxyConfig, ServerConfig};
use comanda::sync::{Call, LineTrouble};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Longer than anything takes that does not hang, in milliseconds.
const PATIENCE_MS: u32 = 20_000;

/// Longest answer that these calls read, in bytes.
const MOST: usize = 100_000;

/// A carrier, and what it hands to the loop.
struct Line {
    carrier: Carrier,
    replies: UnboundedReceiver<Input>,
}

impl Line {
    fn to(server: &ServerConfig) -> Line {
        let (to_loop, replies) = unbounded_channel();
        Line { carrier: Carrier::new(server, to_loop), replies }
    }

    fn calls(&mut self, id: u64, url: &str, reply_within_ms: u32) {
        let request = http::Request::get(format!("{url}/api/v1/health?a=b%2Fc")).header("authorization", "Bearer hush");
        let request = request.body(Vec::new()).unwrap();
        self.carrier.carry(Call { id, request, reply_within_ms, answer_bytes_max: MOST });
    }

    async fn hears(&mut self) -> (u64, Result<(u16, String), LineTrouble>) {
        let Some(Input::Replied { call, reply: Reply(reply) }) = self.replies.recv().await else {
            panic!("it is a reply")
        };
        let read = |answer: http::Response<Vec<u8>>| {
            (answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned())
        };
        (call, reply.map(read))
    }

    async fn asks(&mut self, url: &str, reply_within_ms: u32) -> Result<(u16, String), LineTrouble> {
        self.calls(1, url, reply_within_ms);
        self.hears().await.1
    }
}

fn wait<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// `{"a":1}` in gzip (RFC 1952).
const ZIPPED: &[u8] =
    &[31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 171, 86, 74, 84, 178, 50, 172, 5, 0, 175, 172, 27, 86, 7, 0, 0, 0];

fn zipped(bytes: &[u8], length: usize) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), bytes].concat()
}

/// What a peer does, and what the register makes of it: status and body, or a part of what is told.
#[test]
fn an_answer_comes_whole_or_is_told_as_what_it_was() {
    let raw = |text: &str| text.as_bytes().to_vec();
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let rows: Vec<(Box<dyn Fn() -> Play + Send + Sync>, u32, Result<(u16, &str), &str>)> = vec![
        (Box::new(|| answer("200 OK", "application/json", "{}")), PATIENCE_MS, Ok((200, "{}"))),
        (Box::new(move || Play::Say(raw(&format!("{chunked}2\r\n{{}}\r\n0\r\n\r\n")))), PATIENCE_MS, Ok((200, "{}"))),
        (Box::new(|| Play::Say(zipped(ZIPPED, ZIPPED.len()))), PATIENCE_MS, Ok((200, "{\"a\":1}"))),
        (Box::new(|| answer("401 Unauthorized", "text/plain", "no")), PATIENCE_MS, Ok((401, "no"))),
        // A captive portal: nobody goes where it sends one.
        (
            Box::new(move || {
                Play::Say(raw("HTTP/1.1 302 Found\r\nLocation: http://portal/\r\nContent-Length: 0\r\n\r\n"))
            }),
            PATIENCE_MS,
            Ok((302, "")),
        ),
        (Box::new(|| answer("200 OK", "text/html", "<html>")), PATIENCE_MS, Ok((200, "<html>"))),
        // Cut, never short.
        (
            Box::new(move || Play::Cut(raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}"))),
            PATIENCE_MS,
            Err("CutOff"),
        ),
        (Box::new(move || Play::Cut(raw(&format!("{chunked}2\r\n{{}}\r\n")))), PATIENCE_MS, Err("CutOff")),
        (Box::new(|| Play::Say(zipped(&ZIPPED[..20], 20))), PATIENCE_MS, Err("CutOff")),
        (Box::new(|| Play::Cut(zipped(&ZIPPED[..20], ZIPPED.len()))), PATIENCE_MS, Err("CutOff")),
        (Box::new(|| Play::Cut(Vec::new())), PATIENCE_MS, Err("Unreachable")),
        (Box::new(move || Play::Cut(raw("SSH-2.0-OpenSSH_9.2\r\n"))), PATIENCE_MS, Err("Unreachable")),
        // Late.
        (Box::new(|| Play::Hold(Vec::new())), 200, Err("TimedOut")),
        (Box::new(move || Play::Hold(raw("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}"))), 200, Err("TimedOut")),
        // Too long: told by its head, or found out.
        (
            Box::new(|| Play::Hold(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", MOST + 1).into())),
            PATIENCE_MS,
            Err("TooLarge"),
        ),
        (
            Box::new(move || Play::Pour(raw(&format!("{chunked}{:x}\r\n", MOST + 1)), MOST + 1)),
            PATIENCE_MS,
            Err("TooLarge"),
        ),
    ];
    for (nth, (play, reply_within_ms, expected)) in rows.into_iter().enumerate() {
        let peer = Peer::start(move |_| play());
        let got = wait(Line::to(&ServerConfig::comanda(&peer.url())).asks(&peer.url(), reply_within_ms));
        match expected {
            Ok((status, body)) => assert_eq!(got, Ok((status, body.to_owned())), "row {nth}"),
            Err(part) => {
                let told = format!("{:?}", got.unwrap_err());
                assert!(told.starts_with(part), "row {nth}: {told}");
                assert!(!told.contains("hush") && !told.contains("localhost"), "row {nth}: {told}");
            }
        }
        let asked = &peer.asked()[0];
        assert_eq!(asked.line, "GET /api/v1/health?a=b%2Fc");
        assert!(asked.head.contains("authorization: bearer hush") && asked.head.contains("user-agent: comanda/"));
    }
}

#[test]
fn where_nobody_is_it_is_told_at_once() {
    let url = nobody();
    let got = wait(Line::to(&ServerConfig::comanda(&url)).asks(&url, PATIENCE_MS));
    assert_eq!(got, Err(LineTrouble::Unreachable("connection refused".to_owned())));
    let url = "http://no-such-machine.invalid";
    let told = wait(Line::to(&ServerConfig::comanda(url)).asks(url, PATIENCE_MS)).unwrap_err();
    let says = "the name of the server is not known here: is there a network?";
    assert!(
        told == LineTrouble::Unreachable(says.to_owned())
            || told == LineTrouble::Unreachable("no connection in time".to_owned()),
        "{told:?}"
    );
}

#[test]
fn one_connection_serves_call_after_call() {
    let peer = Peer::start(|_| answer("200 OK", "application/json", "{}"));
    let mut line = Line::to(&ServerConfig::comanda(&peer.url()));
    wait(async {
        for _ in 0..5 {
            line.asks(&peer.url(), PATIENCE_MS).await.unwrap();
        }
    });
    assert_eq!((peer.connections(), peer.asked().len()), (1, 5));
}

#[test]
fn a_pulled_plug_loses_every_call_at_once_and_one_that_is_back_carries_again() {
    let peer = Peer::start(|asked: &Asked| match asked.head.contains("x-slow") {
        true => Play::Hold(Vec::new()),
        false => answer("200 OK", "application/json", "{}"),
    });
    let mut line = Line::to(&ServerConfig::comanda(&peer.url()));
    let is_lost = |told: &Result<(u16, String), LineTrouble>| matches!(told, Err(LineTrouble::Unreachable(_)));
    wait(async {
        let slow = http::Request::get(format!("{}/", peer.url())).header("x-slow", "1").body(Vec::new()).unwrap();
        let slow = Call { id: 7, request: slow, reply_within_ms: PATIENCE_MS, answer_bytes_max: MOST };
        line.carrier.carry(slow);
        line.calls(8, &peer.url(), PATIENCE_MS);
        let (call, reply) = line.hears().await;
        assert_eq!((call, reply.is_ok()), (8, true));
        line.carrier.plug(false);
        let (call, reply) = line.hears().await;
        assert!(call == 7 && is_lost(&reply), "{call}: {reply:?}");
        let before = peer.asked().len();
        line.calls(9, &peer.url(), PATIENCE_MS);
        let (call, reply) = line.hears().await;
        assert!(call == 9 && is_lost(&reply), "{call}: {reply:?}");
        assert_eq!(peer.asked().len(), before, "nothing left the machine");
        line.carrier.plug(true);
        assert_eq!(line.asks(&peer.url(), PATIENCE_MS).await, Ok((200, "{}".to_owned())));
    });
}

#[test]
fn a_server_is_believed_when_the_authority_that_is_named_vouches_for_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let (good, foreign, other) =
        (Certificate::of("localhost"), Certificate::of("localhost"), Certificate::of("pos.example"));
    let written = |name: &str, certificate: &Certificate| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, &certificate.authority).unwrap();
        path
    };
    let authority = written("ca.pem", &good);
    // the server's certificate, whom the register trusts, what is told ("" = it is believed)
    let rows = [
        (&good, Some(authority.clone()), ""),
        (&foreign, Some(authority), "nobody vouches for it whom this register trusts"),
        (&other, Some(written("other.pem", &other)), "it is another machine's"),
        (&good, None, "nobody vouches for it whom this register trusts"),
    ];
    for (certificate, ca_file, says) in rows {
        let peer = Peer::with(certificate, |_| answer("200 OK", "application/json", "{}"));
        let server = ServerConfig { ca_file, ..ServerConfig::comanda(&peer.url()) };
        match wait(Line::to(&server).asks(&peer.url(), PATIENCE_MS)) {
            Ok((status, _)) => assert_eq!((status, says), (200, "")),
            Err(told) => {
                let told = format!("{told:?}");
                let start = "Unreachable(\"the server's certificate is not accepted: ";
                assert!(!says.is_empty() && told.starts_with(start) && told.contains(says), "{says}: {told}");
                assert!(peer.asked().is_empty(), "it was asked nothing");
            }
        }
    }
    let none = folder.path().join("none.pem");
    std::fs::write(&none, "no certificate").unwrap();
    // the file, what is told
    for (ca_file, says) in [(none, "there is none in it"), (folder.path().join("gone.pem"), "it does not exist")] {
        let server = ServerConfig { ca_file: Some(ca_file), ..ServerConfig::comanda("https://localhost") };
        let told = wait(Line::to(&server).asks("https://localhost", PATIENCE_MS));
        let Err(LineTrouble::Unreachable(told)) = told else { panic!("nothing was carried: {told:?}") };
        assert!(told.contains(says) && told.contains("ca_file"), "{told}");
    }
}

/// A proxy for tunnels: it leads every one to the same place, whatever name is asked for, and notes how it was asked.
fn tunnels(to: String) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut near in listener.incoming().map_while(Result::ok) {
            let mut head = String::new();
            let mut lines = BufReader::new(near.try_clone().unwrap());
            while !head.ends_with("\r\n\r\n") && lines.read_line(&mut head).unwrap() > 0 {}
            let knows = head.to_lowercase().contains("proxy-authorization: basic dglsbdpodxno");
            heard.lock().unwrap().push(head.lines().next().unwrap().to_owned());
            if !knows {
                near.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n").unwrap();
                continue;
            }
            let far = TcpStream::connect(to.strip_prefix("https://").unwrap()).unwrap();
            near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
            for (mut from, mut into) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
                std::thread::spawn(move || {
                    std::io::copy(&mut from, &mut into).map(|_| into.shutdown(std::net::Shutdown::Write))
                });
            }
        }
    });
    (url, asked)
}

/// A file of this user's alone.
fn keeps(folder: &Path, name: &str, text: &str, mode: u32) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    path
}

#[test]
fn what_is_encrypted_goes_through_the_proxy_in_a_tunnel_and_only_for_who_may_use_it() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Certificate::of("pos.example");
    let peer = Peer::with(&certificate, |_| answer("200 OK", "application/json", "{}"));
    let (url, asked) = tunnels(peer.url());
    let ca_file = Some(keeps(folder.path(), "ca.pem", &certificate.authority, 0o600));
    let through = |login| ServerConfig {
        ca_file: ca_file.clone(),
        proxy: Some(ProxyConfig { url: url.clone(), login }),
        ..ServerConfig::comanda("https://pos.example")
    };
    let login = |word: &str, mode| Some(("till".to_owned(), keeps(folder.path(), word, word, mode)));
    let asks = |server: &ServerConfig| wait(Line::to(server).asks("https://pos.example", PATIENCE_MS));
    assert_eq!(asks(&through(login("hush", 0o600))), Ok((200, "{}".to_owned())));
    assert_eq!(*asked.lock().unwrap(), ["CONNECT pos.example:443 HTTP/1.1"]);
    let head = &peer.asked()[0].head;
    assert!(head.contains("host: pos.example") && !head.contains("proxy-"), "{head}");
    for stranger in [None, login("wrong", 0o600)] {
        let told = asks(&through(stranger));
        let says = "the proxy wants a name and a password: write proxy_user and proxy_password_file under [server]";
        assert_eq!(told, Err(LineTrouble::Unreachable(says.to_owned())));
    }
    assert_eq!(peer.asked().len(), 1);
    let told = Carrier::new(&through(login("open", 0o644)), unbounded_channel().0).fault().unwrap().to_string();
    assert!(told.contains("its mode is 0644, so others can read it"), "{told}");
}

#[test]
fn a_proxy_is_asked_for_the_whole_address_and_never_for_this_machine() {
    let peer = Peer::start(|_| answer("200 OK", "application/json", "{}"));
    let through = |url: &str| ServerConfig {
        proxy: Some(ProxyConfig { url: peer.url(), login: None }),
        ..ServerConfig::comanda(url)
    };
    let far = "http://pos.example/shop";
    assert_eq!(wait(Line::to(&through(far)).asks(far, PATIENCE_MS)), Ok((200, "{}".to_owned())));
    assert_eq!(peer.asked()[0].line, "GET http://pos.example/shop/api/v1/health?a=b%2Fc");
    let here = nobody();
    let told = wait(Line::to(&through(&here)).asks(&here, PATIENCE_MS));
    assert_eq!(told, Err(LineTrouble::Unreachable("connection refused".to_owned())));
    assert_eq!(peer.asked().len(), 1);
}
