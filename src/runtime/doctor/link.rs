//! The way to the server, step by step: its name, a connection, what answers there; and whether this device is let in.

use super::finding::Finding;
use super::limits::{ANSWER_MS, ANSWER_SLOW_MS, CONNECT_MS, NAME_MS};
use crate::document::Database;
use crate::domain::{House, Timestamp};
use crate::runtime::config::{ServerConfig, ServerKind};
use crate::runtime::paths::Places;
use crate::runtime::{Fault, carrier, clock, enrolment, why};
use crate::sync::LineTrouble;
#[cfg(feature = "server")]
use crate::sync::limits::ANSWER_SHORT_BYTES_MAX;
use crate::sync::wire::{Answer, Health, Request, Site, Trouble, client};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc::channel;
use std::time::Duration;

/// What was found, and by how much this clock is ahead of the server's, in milliseconds.
pub(super) struct Found {
    pub(super) all: Vec<Finding>,
    pub(super) ahead_ms: Option<i64>,
}

/// Goes the way to the server that the configuration names, and shows it who this is.
pub(super) fn examine(places: &Places, house: &House, server: Option<&ServerConfig>) -> Found {
    let Some(server) = server else {
        let says = "no server is configured: this register sells for itself";
        return Found { all: vec![Finding::well("link", says)], ahead_ms: None };
    };
    let (link, ahead_ms) = link(server);
    let is_there = ahead_ms.is_some();
    let token = token(places, house, server, is_there);
    Found { all: vec![link.with("url", server.url.as_str()), token], ahead_ms }
}

/// A question, with the answer that came to it.
fn ask(server: &ServerConfig, request: &Request, token: Option<&str>) -> Result<Result<Answer, Trouble>, Fault> {
    let doing = "could not ask the server";
    let site: Site = server.site().map_err(|bad| Fault::new(doing, bad.to_string(), "correct url under [server]"))?;
    let answered = carried(server, client::write(request, &site, token), request.answer_bytes_max())?;
    Ok(answered.map_err(|trouble| trouble.of(request)).and_then(|response| client::read(request, &response)))
}

/// Carries one request there, and its answer back.
fn carried(
    server: &ServerConfig,
    request: http::Request<Vec<u8>>,
    answer_bytes_max: usize,
) -> Result<Result<http::Response<Vec<u8>>, LineTrouble>, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| Fault::io("could not ask the server", &source, "close other programs"))?;
    let answered = runtime.block_on(carrier::carried(server, request, ANSWER_MS, answer_bytes_max));
    runtime.shutdown_background();
    answered
}

/// The same for whoever looks at a server's own box: whether it is there, and ready.
#[cfg(feature = "server")]
pub(super) fn to_server(url: &str, ca_file: Option<&std::path::Path>) -> (Finding, Option<i64>) {
    if let Some(flaw) = crate::runtime::config::url_flaw(url, true) {
        return (Finding::broken("link", flaw, "correct --url"), None);
    }
    let server = ServerConfig { ca_file: ca_file.map(Into::into), ..ServerConfig::comanda(url.trim_end_matches('/')) };
    let (finding, ahead_ms) = link(&server);
    if ahead_ms.is_none() {
        return (finding, None);
    }
    let ready = http::Request::get(format!("{}/api/v1/health/ready", server.url)).body(Vec::new()).unwrap_or_default();
    let answered = match carried(&server, ready, ANSWER_SHORT_BYTES_MAX) {
        Ok(Ok(answered)) => answered,
        Ok(Err(trouble)) => {
            let says =
                format!("the server lives, and does not say whether it is ready: {}", trouble.of(&Request::Health));
            return (Finding::broken("link", says, "look at its log"), ahead_ms);
        }
        Err(fault) => return (Finding::refused("link", &fault), ahead_ms),
    };
    let said: serde_json::Value = serde_json::from_slice(answered.body()).unwrap_or_default();
    if answered.status() == http::StatusCode::OK && said["ready"] == true {
        return (Finding { says: format!("{}; it is ready", finding.says), ..finding }, ahead_ms);
    }
    let reasons: Vec<&str> = said["reasons"].as_array().into_iter().flatten().filter_map(|it| it.as_str()).collect();
    let says = format!("the server lives, and is not ready: {}", reasons.join(", "));
    (Finding::broken("link", says, "look at its log, its disk and its database"), ahead_ms)
}

fn link(server: &ServerConfig) -> (Finding, Option<i64>) {
    let look = "look at the cable or the Wi-Fi, at the router, and at url under [server]";
    let (target, what) = match server.proxy() {
        Some(proxy) => (proxy.url.as_str(), "the proxy "),
        None => (server.url.as_str(), ""),
    };
    let Some((host, port)) = host_and_port(target) else {
        let says = format!("{target} is no address");
        return (Finding::broken("link", says, "correct url under [server]"), None);
    };
    let addresses = match found(&host, port) {
        Ok(addresses) => addresses,
        Err(why) => return (Finding::broken("link", format!("{what}{host}: {why}"), look), None),
    };
    let began = clock::instant();
    if let Err(why) = connected(&addresses) {
        let says = format!("{what}{host} is found ({}), and port {port} is not reached: {why}", addresses[0].ip());
        return (Finding::broken("link", says, "see whether the server runs and no firewall is between"), None);
    }
    let connect_ms = ms_since(began);
    let (began, before) = (clock::instant(), clock::now());
    let answered = match ask(server, &Request::Health, None) {
        Ok(answered) => answered,
        Err(fault) => return (Finding::refused("link", &fault), None),
    };
    let answer_ms = ms_since(began);
    let finding = match answered {
        Ok(Answer::Healthy(health)) => {
            let ahead_ms = ahead_ms(before, answer_ms, health.now);
            let finding =
                judge(server, &health, answer_ms).with("server", health.server).with("version", health.version);
            return (finding.with("connect_ms", connect_ms).with("answer_ms", answer_ms), Some(ahead_ms));
        }
        Ok(_) => Finding::broken("link", "something else answers than a server of registers", look),
        Err(Trouble::Line(why)) => Finding::broken("link", format!("it is reached, and does not answer: {why}"), look),
        Err(trouble @ Trouble::Busy { .. }) => {
            let remedy = "look at the server: `comanda doctor --server` there says more";
            Finding::broken("link", trouble.to_string(), remedy)
        }
        Err(trouble) => Finding::broken("link", trouble.to_string(), look),
    };
    (finding.with("connect_ms", connect_ms), None)
}

/// By how much a clock that said this before an answer of so many milliseconds is ahead of what the answer says.
fn ahead_ms(before: Timestamp, answer_ms: u64, server: Timestamp) -> i64 {
    before.plus_millis(i64::try_from(answer_ms / 2).unwrap_or(0)).millis_since(server)
}

fn judge(server: &ServerConfig, health: &Health, answer_ms: u64) -> Finding {
    let wanted = match &server.kind {
        ServerKind::Comanda => "comanda",
        ServerKind::Couch { .. } => "couchdb",
    };
    let Health { server: is, version, .. } = health;
    let says = format!("{} answers in {answer_ms} ms: {is} {version}", server.url);
    let is_near = server.url.parse::<http::Uri>().is_ok_and(|url| url.host().is_some_and(is_this_machine));
    if is != wanted {
        let remedy = format!("write kind = \"{is}\" under [server], or correct url there");
        Finding::broken("link", format!("{says}, and not {wanted}"), remedy)
    } else if answer_ms > ANSWER_SLOW_MS {
        Finding::doubtful("link", says, "the line is slow: see who else uses it")
    } else if server.is_plain() && !is_near {
        let remedy = "give the server a certificate (`comanda serve --tls-cert`), and write https:// in url";
        Finding::doubtful("link", format!("{says}; nothing is encrypted"), remedy)
    } else {
        Finding::well("link", says)
    }
}

fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
}

fn host_and_port(url: &str) -> Option<(String, u16)> {
    let url = url.parse::<http::Uri>().ok()?;
    let usual = if url.scheme() == Some(&http::uri::Scheme::HTTPS) { 443 } else { 80 };
    let host = url.host()?.trim_start_matches('[').trim_end_matches(']').to_owned();
    Some((host, url.port_u16().unwrap_or(usual)))
}

/// Finds a machine by its name. The system's resolver knows no limit, so it is waited for on another thread.
fn found(host: &str, port: u16) -> Result<Vec<SocketAddr>, String> {
    let (says, hears) = channel();
    let name = host.to_owned();
    let ask = move || {
        // Nobody listens any more when the answer comes too late; that is what the limit is for.
        says.send((name.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>)).ok();
    };
    std::thread::Builder::new().name("find".into()).spawn(ask).map_err(|source| why(&source))?;
    match hears.recv_timeout(Duration::from_millis(NAME_MS)) {
        Ok(Ok(all)) if !all.is_empty() => Ok(all),
        Ok(Ok(_)) => Err("the name has no address".into()),
        Ok(Err(_)) => Err("the name is not known here: is there a network, and a name server?".into()),
        Err(_) => Err("no name server answers in time".into()),
    }
}

fn connected(addresses: &[SocketAddr]) -> Result<(), String> {
    let mut last = "it has no address".to_owned();
    for address in addresses {
        match TcpStream::connect_timeout(address, Duration::from_millis(CONNECT_MS)) {
            Ok(_) => return Ok(()),
            Err(source) => last = why(&source),
        }
    }
    Err(last)
}

fn ms_since(began: std::time::Instant) -> u64 {
    u64::try_from((clock::instant() - began).as_millis()).unwrap_or(u64::MAX)
}

/// Looks whether there is a secret, and shows it to the server.
fn token(places: &Places, house: &House, server: &ServerConfig, is_there: bool) -> Finding {
    let secret = match enrolment::secret_for(places, server) {
        Ok(secret) => secret,
        Err(fault) => return Finding::refused("token", &fault),
    };
    let name = house.register_id.to_string();
    let request = match (&server.kind, &secret) {
        (ServerKind::Comanda, None) => {
            let remedy =
                "ask the server's operator for a code (`comanda server enroll`), and type it: `comanda enroll`";
            return Finding::broken("token", "this device is not enrolled at its server", remedy);
        }
        (ServerKind::Comanda, Some(secret)) => {
            Request::Token { register_id: name.clone(), secret: secret.as_str().into() }
        }
        (ServerKind::Couch { .. }, _) => Request::Information { database: Database::Orders },
    };
    if !is_there {
        let says = "there is a secret; whether it is taken shows once the server answers";
        return Finding::doubtful("token", says, "mend the link first").with("is_accepted", None::<bool>);
    }
    let password = secret.as_ref().filter(|_| matches!(server.kind, ServerKind::Couch { .. }));
    let answered = ask(server, &request, password.map(|it| it.as_str()));
    match answered {
        Err(fault) => Finding::refused("token", &fault),
        Ok(Ok(_)) => Finding::well("token", format!("the server lets {name} in")).with("is_accepted", true),
        Ok(Err(Trouble::Unauthorized(says))) => {
            let remedy = match &server.kind {
                ServerKind::Comanda => "enrol this device again: `comanda enroll`",
                ServerKind::Couch { .. } => "correct user and password_file under [server]",
            };
            Finding::broken("token", format!("the server does not let {name} in: {says}"), remedy)
                .with("is_accepted", false)
        }
        Ok(Err(trouble)) => {
            let remedy = "try again in a minute; if it stays, look at the server's log";
            Finding::doubtful("token", format!("the server did not say whether {name} is let in: {trouble}"), remedy)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::doctor::Verdict::{Fail, Ok as Well, Warn};
    use std::net::TcpListener;

    #[test]
    fn what_answers_is_judged() {
        let health = |server: &str| Health {
            server: server.into(),
            version: "0.1.0".into(),
            now: Timestamp::utc(1_795_953_600_000),
        };
        // the address, who answers, in how many ms, verdict
        let rows = [
            ("https://pos.example", "comanda", 30, Well),
            ("http://127.0.0.1:7070", "comanda", 30, Well),
            ("http://[::1]:7070", "comanda", 30, Well),
            ("http://10.0.0.2:7070", "comanda", 30, Warn),
            ("https://pos.example", "couchdb", 30, Fail),
            ("https://pos.example", "comanda", ANSWER_SLOW_MS + 1, Warn),
        ];
        for (url, server, ms, verdict) in rows {
            assert_eq!(judge(&ServerConfig::comanda(url), &health(server), ms).verdict, verdict, "{url} {server}");
        }
        let at = |ms: i64| Timestamp::utc(1_795_953_600_000 + ms);
        assert_eq!((ahead_ms(at(0), 200, at(100)), ahead_ms(at(0), 200, at(-900))), (0, 1_000));
        // url, host and port
        let rows = [
            ("https://pos.example", Some(("pos.example", 443))),
            ("http://pos.example/base", Some(("pos.example", 80))),
            ("http://[::1]:7070", Some(("::1", 7070))),
            ("nonsense", None),
        ];
        for (url, right) in rows {
            let found = host_and_port(url);
            let found = found.as_ref().map(|(host, port)| (host.as_str(), *port));
            assert_eq!(found.filter(|_| url.contains("://")), right, "{url}");
        }
    }

    #[test]
    fn a_way_that_ends_somewhere_is_told_where() {
        let closed = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = closed.local_addr().unwrap().port();
        drop(closed);
        // A listener that takes connections and says what is no HTTP.
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        let other_port = other.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in other.incoming().flatten() {
                std::io::Write::write_all(&mut &stream, b"SSH-2.0-OpenSSH\r\n").ok();
            }
        });
        // the address, part of what is said
        let rows = [
            (format!("http://127.0.0.1:{port}"), "is not reached: connection refused"),
            (format!("http://127.0.0.1:{other_port}"), "does not answer"),
            ("http://no-such-host.invalid:7070".to_owned(), "no-such-host.invalid"),
        ];
        for (url, part) in rows {
            let (found, ahead) = link(&ServerConfig::comanda(&url));
            assert!(found.verdict == Fail && found.says.contains(part) && ahead.is_none(), "{url}: {found:?}");
        }
    }
}
