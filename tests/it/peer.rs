//! A peer on a real socket that says exactly what it is told to, byte for byte: good answers, and whatever else comes
//! back on a bad evening.

use rustls::pki_types::PrivateKeyDer;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Method and path.
    pub line: String,
    /// Head fields, in lower case, one a line.
    pub head: String,
    pub body: String,
}

/// What is done about it.
pub enum Play {
    /// These bytes, and the next request is read.
    Say(Vec<u8>),
    /// These bytes, and it hangs up.
    Cut(Vec<u8>),
    /// These bytes, and then nothing until the other side hangs up.
    Hold(Vec<u8>),
    /// These bytes, then so many more.
    Pour(Vec<u8>, usize),
}

/// An answer as HTTP has it.
pub fn answer(status: &str, kind: &str, body: &str) -> Play {
    let length = body.len();
    let date = "Date: Sun, 15 Nov 2026 12:00:00 GMT";
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{date}\r\nContent-Length: {length}\r\n\r\n");
    Play::Say(format!("{head}{body}").into_bytes())
}

/// What our server says of its health.
pub fn healthy() -> Play {
    answer("200 OK", "application/json", r#"{"server":"comanda","version":"1","now":"2026-11-15T12:00:00Z"}"#)
}

/// Another number each time: two authorities of one name would be taken for one that has another key.
fn count() -> usize {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// A certificate, its key, and who vouches for it.
pub struct Certificate {
    pub authority: String,
    server: Arc<rustls::ServerConfig>,
}

impl Certificate {
    /// For a machine's name, from an authority of its own.
    pub fn of(name: &str) -> Certificate {
        comanda::runtime::carrier::install_tls();
        let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(rcgen::DnType::CommonName, format!("authority {}", count()));
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let authority = rcgen::CertifiedIssuer::self_signed(params, rcgen::KeyPair::generate().unwrap()).unwrap();
        let key = rcgen::KeyPair::generate().unwrap();
        let leaf = rcgen::CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let server = rustls::ServerConfig::builder().with_no_client_auth();
        let server = server.with_single_cert(vec![leaf.der().clone()], key).unwrap();
        Certificate { authority: authority.pem(), server: Arc::new(server) }
    }
}

/// A peer that listens until it is dropped.
pub struct Peer {
    address: SocketAddr,
    scheme: &'static str,
    asked: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<AtomicUsize>,
}

impl Peer {
    /// Listens, and does what `script` says about each request.
    pub fn start(script: impl Fn(&Asked) -> Play + Send + Sync + 'static) -> Peer {
        Peer::listen(None, script)
    }

    /// The same behind TLS.
    pub fn with(certificate: &Certificate, script: impl Fn(&Asked) -> Play + Send + Sync + 'static) -> Peer {
        Peer::listen(Some(Arc::clone(&certificate.server)), script)
    }

    fn listen(tls: Option<Arc<rustls::ServerConfig>>, script: impl Fn(&Asked) -> Play + Send + Sync + 'static) -> Peer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (heard, counted) = (Arc::clone(&asked), Arc::clone(&connections));
        let (scheme, script) = (if tls.is_some() { "https" } else { "http" }, Arc::new(script));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                counted.fetch_add(1, Ordering::Relaxed);
                let (tls, script, heard) = (tls.clone(), Arc::clone(&script), Arc::clone(&heard));
                std::thread::spawn(move || match tls {
                    None => serve(stream, &*script, &heard),
                    Some(config) => {
                        let session = rustls::ServerConnection::new(config).unwrap();
                        serve(rustls::StreamOwned::new(session, stream), &*script, &heard);
                    }
                });
            }
        });
        Peer { address, scheme, asked, connections }
    }

    /// Where it is, by the name that certificates for this machine have.
    pub fn url(&self) -> String {
        format!("{}://localhost:{}", self.scheme, self.address.port())
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

/// A port on which nobody listens.
pub fn nobody() -> String {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    format!("http://{address}")
}

/// Answers one connection; whoever hangs up ends it.
fn serve(stream: impl Read + Write, script: &dyn Fn(&Asked) -> Play, heard: &Mutex<Vec<Asked>>) {
    let mut stream = BufReader::new(stream);
    while let Some(asked) = read(&mut stream) {
        heard.lock().unwrap().push(asked.clone());
        let (bytes, more, goes_on) = match script(&asked) {
            Play::Say(bytes) => (bytes, 0, true),
            Play::Cut(bytes) => (bytes, 0, false),
            Play::Pour(bytes, more) => (bytes, more, false),
            Play::Hold(bytes) => {
                let there = stream.get_mut().write_all(&bytes).and_then(|()| stream.get_mut().flush());
                // Until the other side hangs up.
                drop(there.and_then(|()| stream.read(&mut [0; 1])));
                return;
            }
        };
        let mut left = more;
        let out = stream.get_mut();
        let mut said = out.write_all(&bytes);
        while left > 0 && said.is_ok() {
            let part = left.min(64 * 1024);
            said = out.write_all(&vec![b' '; part]);
            left -= part;
        }
        if said.and_then(|()| out.flush()).is_err() || !goes_on {
            return;
        }
    }
}

fn read(stream: &mut BufReader<impl Read>) -> Option<Asked> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|count| *count > 0)?;
    let mut head = String::new();
    loop {
        let mut field = String::new();
        stream.read_line(&mut field).ok().filter(|count| *count > 0)?;
        if field.trim().is_empty() {
            break;
        }
        head.push_str(&field.to_lowercase());
    }
    let length = head.lines().find_map(|field| field.strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    let line = line.rsplit_once(' ').map_or(line.clone(), |(line, _)| line.to_owned());
    Some(Asked { line, head, body: String::from_utf8(body).ok()? })
}
