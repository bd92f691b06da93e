//! Carries calls to the server and their answers back, on the register's own thread, beside whatever it waits for: no
//! key waits for the network. It decides nothing: what an answer means, and what is tried again, `sync` knows.
//!
//! Every call is a task of its own and ends: with what came back, or with why nothing did (`trouble`). A redirect is an
//! answer like any other, for a captive portal must be seen as what it is; no proxy is asked but that of the
//! configuration, and none of the environment.

mod trouble;

use super::config::ServerConfig;
use super::{Fault, enrolment};
use crate::app::{Input, Reply};
use crate::sync::limits::REPLY_MS;
use crate::sync::wire::{self, Answer, Site, Trouble};
use crate::sync::{Call, LineTrouble};
use http::{Request, Response, header};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::AbortHandle;

/// How long it may take until there is a connection, in milliseconds.
const CONNECT_MS: u64 = 2_000;
/// After so long without use a connection is not trusted any more, in milliseconds: the line may have changed.
const IDLE_MS: u64 = 20_000;
/// Most connections that are kept without use: one for a probe, and some for what follows a sale.
const IDLE_MAX: usize = 4;

/// Why nothing comes through while the plug is out.
const UNPLUGGED: &str = "the plug is out";
/// Most room that is made for a body before it has come, in bytes.
const ROOM_BYTES: usize = 1024 * 1024;

/// Makes one TLS library everybody's in this process, whoever comes first.
pub fn install_tls() {
    // Somebody was first: then it is installed.
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
}

/// What carries calls.
#[derive(Debug)]
pub struct Carrier {
    /// What speaks HTTP; or why nothing does.
    client: Result<reqwest::Client, Fault>,
    /// What addresses begin with that name no machine.
    base: String,
    to_loop: UnboundedSender<Input>,
    /// Calls under way.
    flights: BTreeMap<u64, AbortHandle>,
    is_unplugged: bool,
}

impl Carrier {
    /// Gets ready to carry calls to a server. Where the machine refuses what that takes ([`Carrier::fault`]) every call
    /// is lost: a register sells all the same.
    pub fn new(server: &ServerConfig, to_loop: UnboundedSender<Input>) -> Carrier {
        let (client, base) = (client(server), server.url.clone());
        Carrier { client, base, to_loop, flights: BTreeMap::new(), is_unplugged: false }
    }

    /// Carries nothing from now on, for this reason.
    pub fn refuse(&mut self, why: Fault) {
        self.client = Err(why);
    }

    /// Why it carries nothing: the certificates that the configuration names, or those of the machine, or a password
    /// cannot be used.
    pub fn fault(&self) -> Option<&Fault> {
        self.client.as_ref().err()
    }

    /// Carries a call; it is answered with [`Input::Replied`], once.
    pub fn carry(&mut self, call: Call) {
        self.flights.retain(|_, flight| !flight.is_finished());
        let Call { id, request, reply_within_ms, answer_bytes_max } = call;
        if self.is_unplugged {
            return self.lose(id, UNPLUGGED);
        }
        let client = match &self.client {
            Ok(client) => client.clone(),
            Err(why) => return self.lose(id, &why.to_string()),
        };
        let request = whole(request, &self.base);
        let to_loop = self.to_loop.clone();
        let flight = tokio::spawn(async move {
            let reply = Reply(exchange(&client, request, reply_within_ms, answer_bytes_max).await);
            // Nobody listens any more only when the register has left.
            to_loop.send(Input::Replied { call: id, reply }).ok();
        });
        self.flights.insert(id, flight.abort_handle());
    }

    /// Pulls the plug, or puts it back: while it is out every call is lost, those under way too.
    pub fn plug(&mut self, is_in: bool) {
        self.is_unplugged = !is_in;
        if is_in {
            return;
        }
        for (call, flight) in std::mem::take(&mut self.flights) {
            if !flight.is_finished() {
                flight.abort();
                self.lose(call, UNPLUGGED);
            }
        }
    }

    fn lose(&self, call: u64, why: &str) {
        let reply = Reply(Err(LineTrouble::Unreachable(why.to_owned())));
        self.to_loop.send(Input::Replied { call, reply }).ok();
    }
}

/// Puts the server's address before what names no machine.
fn whole(mut request: Request<Vec<u8>>, base: &str) -> Request<Vec<u8>> {
    if request.uri().scheme().is_none()
        && let Ok(address) = format!("{base}{}", request.uri()).parse()
    {
        *request.uri_mut() = address;
    }
    request
}

/// Asks a server one thing, and reads what it answers.
pub(super) async fn once(
    server: &ServerConfig,
    asked: &wire::Request,
    site: &Site,
    token: Option<&str>,
) -> Result<Result<Answer, Trouble>, Fault> {
    let written = wire::client::write(asked, site, token);
    let answered = carried(server, written, REPLY_MS, asked.answer_bytes_max()).await?;
    Ok(answered.map_err(|trouble| trouble.of(asked)).and_then(|response| wire::client::read(asked, &response)))
}

/// Carries one request to a server, and its answer back.
pub(super) async fn carried(
    server: &ServerConfig,
    request: Request<Vec<u8>>,
    reply_within_ms: u32,
    answer_bytes_max: usize,
) -> Result<Result<Response<Vec<u8>>, LineTrouble>, Fault> {
    Ok(exchange(&client(server)?, request, reply_within_ms, answer_bytes_max).await)
}

/// What speaks HTTP to a server.
fn client(server: &ServerConfig) -> Result<reqwest::Client, Fault> {
    install_tls();
    let builder = reqwest::Client::builder()
        .user_agent(concat!("comanda/", env!("CARGO_PKG_VERSION")))
        .http1_only()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(Duration::from_millis(CONNECT_MS))
        .pool_idle_timeout(Duration::from_millis(IDLE_MS))
        .pool_max_idle_per_host(IDLE_MAX);
    let builder = match &server.ca_file {
        Some(file) => builder.tls_certs_only(enrolment::authority(file)?),
        // Then nobody's certificates need to be read.
        None if server.is_plain() => builder.tls_certs_only([]),
        None => builder,
    };
    let builder = match server.proxy() {
        Some(proxy) => builder.proxy(enrolment::proxy(proxy)?),
        None => builder,
    };
    builder.build().map_err(|wrong| {
        let remedy = "install the machine's certificates (ca-certificates), or name ca_file under [server]";
        Fault::new("could not get ready to speak to the server", trouble::words(&wrong), remedy)
    })
}

/// Sends a request and reads its whole answer, within the time that somebody waits for it, and up to so many bytes.
async fn exchange(
    client: &reqwest::Client,
    request: Request<Vec<u8>>,
    reply_within_ms: u32,
    answer_bytes_max: usize,
) -> Result<Response<Vec<u8>>, LineTrouble> {
    let limit = Duration::from_millis(u64::from(reply_within_ms));
    let answered = tokio::time::timeout(limit, asked(client, request, answer_bytes_max)).await;
    answered.unwrap_or(Err(LineTrouble::TimedOut))
}

async fn asked(
    client: &reqwest::Client,
    request: Request<Vec<u8>>,
    answer_bytes_max: usize,
) -> Result<Response<Vec<u8>>, LineTrouble> {
    let request = reqwest::Request::try_from(request).map_err(trouble::before)?;
    let mut answer = client.execute(request).await.map_err(trouble::before)?;
    let told = answer.headers().get(header::CONTENT_LENGTH).and_then(|told| told.to_str().ok()?.parse::<usize>().ok());
    if told.is_some_and(|bytes| bytes > answer_bytes_max) {
        return Err(LineTrouble::TooLarge);
    }
    let mut body = Vec::with_capacity(told.unwrap_or(0).min(ROOM_BYTES));
    while let Some(part) = answer.chunk().await.map_err(trouble::within)? {
        if body.len() + part.len() > answer_bytes_max {
            return Err(LineTrouble::TooLarge);
        }
        body.extend_from_slice(&part);
    }
    let mut whole = Response::new(body);
    *whole.status_mut() = answer.status();
    *whole.headers_mut() = std::mem::take(answer.headers_mut());
    Ok(whole)
}
