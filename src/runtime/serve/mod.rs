//! `comanda serve`: the server on a socket, on threads of its own, beside whatever else this process does.
//!
//! Read in this order: `limits`, `keys` (what tokens are signed with), `listening` (accepting connections),
//! `connection` (one of them), `stall` (clients that read nothing), `descriptors` (how many there may be), `machine`
//! (what the machine says of it). Not here: what is answered (`server::http`), TLS itself (`runtime::tls`).

mod connection;
mod descriptors;
mod keys;
pub mod limits;
mod listening;
mod machine;
mod stall;

use super::supervisor::Supervisor;
use super::tls::{CertificateFiles, Identity};
use super::{Fault, cache, carrier, central, clock};
use crate::server::cache::Cache;
use crate::server::central::CentralAddress;
use crate::server::http::{Door, alone, operations, router};
use crate::server::{CentralDatabase, Replica, http};
use connection::Shared;
use limits::{CERTIFICATE_LOOK_MS, CONNECTIONS, DRAIN_S, IDLE_MS, STALL_MS, STOP_MS, WATCHING_CONNECTIONS};
use listening::Leaving;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_rustls::TlsAcceptor;

/// What a server is started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where it listens; port 0 for one that is free.
    pub listen: SocketAddr,
    /// The central database; a file is made if it is not there.
    pub central: central::Named,
    /// The file of its signing keys, made if it is not there.
    pub keys: PathBuf,
    /// The cache that it shares with other servers, if it does.
    pub cache: Option<cache::Named>,
    /// Its certificate; plain HTTP without.
    pub tls: Option<CertificateFiles>,
    /// Plain HTTP is spoken also where others can listen.
    pub allow_plain_http: bool,
    /// Where those listen who watch it: `/metrics`, and whether it lives and is ready; nowhere without.
    pub metrics: Option<SocketAddr>,
    /// How much it takes.
    pub limits: Limits,
}

/// What an operator may set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Most connections at once; fewer where the limit of open files is lower.
    pub connections: usize,
    /// How long a connection may take to bring the head of a request, or be idle, in milliseconds.
    pub idle_ms: u64,
    /// How long a client may read nothing of what is sent, in milliseconds.
    pub stall_ms: u64,
    /// How long it answers as ever after it was told to stop, and says that it is not ready, in milliseconds.
    pub drain_ms: u64,
    /// Those of requests.
    pub requests: http::Limits,
}

impl Default for Limits {
    fn default() -> Limits {
        let requests = http::Limits::default();
        let drain_ms = u64::from(DRAIN_S) * 1_000;
        Limits { connections: CONNECTIONS, idle_ms: IDLE_MS, stall_ms: STALL_MS, drain_ms, requests }
    }
}

impl Settings {
    /// A server on a free port of this machine alone, whose things are in a directory.
    pub fn of_dir(dir: &Path) -> Settings {
        Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            central: central::Named::file(central::usual_file(dir)),
            keys: dir.join("server.keys"),
            cache: None,
            tls: None,
            allow_plain_http: false,
            metrics: None,
            limits: Limits::default(),
        }
    }
}

/// Whether a server goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    No,
    /// Answers under way are finished.
    Gracefully,
    /// Nothing is finished.
    AtOnce,
}

/// Waits until the server does not go on.
async fn stopped(stop: &mut watch::Receiver<Stop>) {
    // An error says that nobody is left who could say so: the same.
    stop.wait_for(|stop| *stop != Stop::No).await.ok();
}

/// A server that runs. Whoever drops it stops it at once.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    metrics: Option<SocketAddr>,
    is_tls: bool,
    cache: Arc<Cache>,
    stop: watch::Sender<Stop>,
    asks: mpsc::Sender<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Where it listens, with the real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where those listen who watch it, with the real port.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// Where it listens, for a client: `http://127.0.0.1:7070`.
    pub fn url(&self) -> String {
        let scheme = if self.is_tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// What it keeps in mind, and how often that was of use.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Accepts nothing more, lets answers under way finish within some seconds, and returns when it has ended.
    pub fn stop(mut self) {
        self.end(Stop::Gracefully);
    }

    /// Ends in the middle of whatever it does, as if its line were pulled; what was committed stays.
    pub fn cut(mut self) {
        self.end(Stop::AtOnce);
    }

    /// Tells a supervisor that this server lives, as often as it wants to hear it: each time the central database was
    /// asked before, by the threads that also answer requests.
    async fn reports_to(&self, supervisor: &mut Supervisor) -> Infallible {
        loop {
            supervisor.wants_to_hear().await;
            let (answer, answered) = oneshot::channel();
            let lives = self.asks.send(answer).await.is_ok() && answered.await.is_ok();
            supervisor.answer(lives);
        }
    }

    fn end(&mut self, stop: Stop) {
        self.stop.send_replace(stop);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the server's thread panicked");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end(Stop::AtOnce);
    }
}

/// Starts a server, and returns when it listens.
///
/// # Errors
/// A [`Fault`] when the address, the database, the keys, the certificate or the cache's password cannot be used, or
/// when plain HTTP would be spoken where others can listen. A cache that is away is none.
pub fn start(settings: Settings) -> Result<Running, Fault> {
    carrier::install_tls();
    let Settings { listen, central: named, keys, cache, tls, allow_plain_http, metrics, limits } = settings;
    if tls.is_none() && !allow_plain_http && !listen.ip().to_canonical().is_loopback() {
        let why = "plain HTTP can be read and changed by anybody between";
        let remedy = "give a certificate (--tls-cert, --tls-key), or say --allow-plain-http in a network you trust";
        return Err(Fault::new(format!("the server does not listen on {listen}"), why, remedy));
    }
    let identity = tls.map(Identity::read).transpose()?;
    let keys = keys::open(&keys)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("comanda-serve").build();
    let runtime = runtime.map_err(|source| Fault::io("could not start the server's threads", &source, "try again"))?;
    // On a thread of its own: whoever starts a server may be waiting inside another runtime.
    let opening = std::thread::scope(|threads| threads.spawn(|| runtime.block_on(named.open_or_make())).join());
    let central = match opening.expect("whoever opens a database says what is wrong and does not panic") {
        Ok(central) => central,
        Err(fault) => {
            runtime.shutdown_background();
            return Err(fault);
        }
    };
    let replica = Replica::new(central, crate::server::Settings::default());
    let dice = || clock::entropy().expect("the kernel gave random bytes before, and does not stop giving them");
    let (alone, large) = alone();
    let door = Door::new(replica, keys, Box::new(clock::now), Box::new(dice), alone, limits.requests.clone());
    let thread = std::thread::Builder::new().name("comanda-large".into()).spawn(|| large.work());
    thread.map_err(|source| Fault::io("could not start the thread for large requests", &source, "try again"))?;
    let machine = machine::of(directory_of(&named), clock::now().unix_ms);
    let door = door.over_tls(identity.is_some()).on(machine);
    let (door, keeper) = match cache {
        None => (door, None),
        Some(named) => {
            let (shared, keeper) = named.ready(door.cache().channel())?;
            (door.sharing(shared), Some(keeper))
        }
    };
    let cache = Arc::clone(door.cache());
    let (listener, watching) = {
        let _inside = runtime.enter();
        (listening::listen(listen)?, metrics.map(listening::listen).transpose()?)
    };
    let address = address_of(&listener)?;
    let metrics = watching.as_ref().map(address_of).transpose()?;
    let listeners = Listeners { listener, watching };
    let (stop, stopping) = watch::channel(Stop::No);
    let (asks, asked) = mpsc::channel(1);
    let is_tls = identity.is_some();
    let work = move || run(runtime, listeners, (Arc::new(door), keeper), identity, limits, (stopping, asked));
    let thread = std::thread::Builder::new().name("comanda-serve".into()).spawn(work);
    let thread = thread.map_err(|source| Fault::io("could not start the server's thread", &source, "try again"))?;
    tracing::info!(%address, tls = is_tls, central = %named.address, "the server listens");
    if let Some(at) = metrics {
        tracing::info!(%at, "whoever watches the server is answered there");
    }
    Ok(Running { address, metrics, is_tls, cache, stop, asks, thread: Some(thread) })
}

fn address_of(listener: &TcpListener) -> Result<SocketAddr, Fault> {
    let address = listener.local_addr();
    address.map_err(|source| Fault::io("could not look where the server listens", &source, "try again"))
}

/// The directory of a database that is a file: the name of one without a directory lies in this one.
fn directory_of(named: &central::Named) -> Option<PathBuf> {
    match &named.address {
        CentralAddress::Sqlite(file) => {
            let directory = file.parent()?;
            Some(if directory.as_os_str().is_empty() { PathBuf::from(".") } else { directory.to_owned() })
        }
        CentralAddress::Postgres(_) | CentralAddress::SqlServer(_) => None,
    }
}

/// Its sockets: for its clients, and for those who watch it.
struct Listeners {
    listener: TcpListener,
    watching: Option<TcpListener>,
}

/// What a stop means to whom.
struct Stops<'a>(Option<&'a Door<CentralDatabase>>);

impl listening::Door for Stops<'_> {
    fn leave(&self) {
        if let Some(door) = self.0 {
            door.leave();
        }
    }

    fn close(&self) {
        if let Some(door) = self.0 {
            door.close();
        }
    }
}

/// How many signing keys a file holds, for whoever looks whether a server could start; none when there is no file yet.
///
/// # Errors
/// A [`Fault`] when it cannot be used.
pub(super) fn look_at_keys(file: &Path) -> Result<Option<usize>, Fault> {
    if matches!(file.try_exists(), Ok(false)) { Ok(None) } else { keys::count(file).map(Some) }
}

/// Serves until it is told to stop.
fn run(
    runtime: Runtime,
    listeners: Listeners,
    (door, keeper): (Arc<Door<CentralDatabase>>, Option<cache::Keeper>),
    identity: Option<Arc<Identity>>,
    limits: Limits,
    (stopping, asked): (watch::Receiver<Stop>, mpsc::Receiver<oneshot::Sender<()>>),
) {
    runtime.block_on(async {
        let tls = identity.as_ref().map(|identity| TlsAcceptor::from(identity.config()));
        let leaving = Leaving { drain_ms: limits.drain_ms, finish_ms: STOP_MS };
        let metrics = Some(Arc::clone(door.metrics()));
        let watched = Limits { connections: WATCHING_CONNECTIONS, ..limits.clone() };
        let shared = Arc::new(Shared { router: router(Arc::clone(&door)), tls, limits, metrics });
        let (stop_watching, stopped_watching) = watch::channel(Stop::No);
        let watching = listeners.watching.map(|listener| {
            let router = operations(Arc::clone(&door));
            let shared = Arc::new(Shared { router, tls: None, limits: watched, metrics: None });
            // They are answered until the server has stopped.
            let at_once = Leaving { drain_ms: 0, finish_ms: 0 };
            tokio::spawn(listening::accept(listener, shared, stopped_watching, at_once, Stops(None)))
        });
        let looking = Arc::clone(&door);
        let around = tokio::spawn(async move { looking.look_around().await });
        let sharing = keeper.map(|keeper| {
            let (hearing, counting) = (Arc::clone(&door), Arc::clone(&door));
            let keeping = tokio::spawn(async move { keeper.keep(|message| hearing.hear(message)).await });
            [keeping, tokio::spawn(async move { counting.tell_counts().await })]
        });
        let asking = tokio::spawn(answer_asks(Arc::clone(&door), asked));
        let certificate = identity.map(|identity| tokio::spawn(watch_certificate(identity)));
        listening::accept(listeners.listener, shared, stopping, leaving, Stops(Some(&door))).await;
        stop_watching.send_replace(Stop::AtOnce);
        if let Some(watching) = watching
            && watching.await.is_err()
        {
            tracing::error!("those who watch the server were not answered to its end");
        }
        around.abort();
        sharing.iter().flatten().for_each(|task| task.abort());
        asking.abort();
        if let Some(certificate) = certificate {
            certificate.abort();
        }
    });
    // Not longer: a thread that is with the database ends with the process, and what it did not commit is not there.
    runtime.shutdown_timeout(Duration::from_millis(limits::CUT_MS));
    tracing::info!("the server has stopped");
}

/// Answers, each time somebody asks, once the central database has.
async fn answer_asks(door: Arc<Door<CentralDatabase>>, mut asked: mpsc::Receiver<oneshot::Sender<()>>) {
    while let Some(answer) = asked.recv().await {
        door.ask_central().await;
        // Who asked may have been told to stop meanwhile.
        answer.send(()).ok();
    }
}

/// Shows a new certificate when its files changed; a bad one is told, and the old one stays.
async fn watch_certificate(identity: Arc<Identity>) {
    let mut every = tokio::time::interval(Duration::from_millis(CERTIFICATE_LOOK_MS));
    loop {
        every.tick().await;
        match identity.look() {
            Ok(true) => tracing::info!("a new certificate is shown"),
            Ok(false) => {}
            Err(fault) => tracing::error!(%fault, "the certificate's files changed and cannot be used"),
        }
    }
}

/// What tells the process to end: SIGTERM and SIGINT, heard from when this was made.
#[derive(Debug)]
pub struct Signals {
    runtime: Runtime,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Begins to hear them: they do not end the process by themselves any more.
    ///
    /// # Errors
    /// A [`Fault`] when they cannot be heard.
    pub fn hear() -> Result<Signals, Fault> {
        let fault = |source| Fault::io("could not listen for signals", &source, "close other programs");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(fault)?;
        let hear = |kind| {
            let _inside = runtime.enter();
            signal(kind).map_err(fault)
        };
        let (terminate, interrupt) = (hear(SignalKind::terminate())?, hear(SignalKind::interrupt())?);
        Ok(Signals { runtime, terminate, interrupt })
    }

    /// Waits for one of them, and returns when the server has stopped.
    pub fn end(mut self, running: Running) {
        let mut supervisor = Supervisor::found();
        let name = self.runtime.block_on(async {
            supervisor.ready();
            tokio::select! {
                _ = self.terminate.recv() => "SIGTERM",
                _ = self.interrupt.recv() => "SIGINT",
                never = running.reports_to(&mut supervisor) => match never {},
            }
        });
        supervisor.leaves();
        tracing::info!(signal = name, "the server stops");
        running.stop();
    }
}
