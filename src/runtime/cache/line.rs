//! Redis (6 and newer) as the cache that servers share.
//!
//! One task keeps up one line to it and does all that changes something there; requests only ask over the line while it
//! stands, and wait [`REPLY_MS`] at most. The first that waits in vain takes the line down, so that no other does:
//! until the task has another line that answers, nobody waits at all. So there is no second try: the truth is the
//! second try. The line speaks RESP3, so that what other servers tell comes over it as well, and it is pinged, so that
//! one that froze is mostly found before a request is.

use super::Address;
use crate::runtime::{Fault, clock};
use crate::server::cache::limits::SHARED_BYTES_MAX;
use crate::server::cache::{Shared, State};
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ErrorKind, IntoConnectionInfo, ProtocolVersion, PushInfo,
    PushKind, RedisConnectionInfo, RedisError, Value,
};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;
use zeroize::Zeroizing;

/// How long a connection may take to come up, in milliseconds; no request waits for it.
const CONNECT_MS: u64 = 200;
/// How long an answer may take, in milliseconds.
const REPLY_MS: u64 = 100;
/// How often the line is asked whether it is there, in milliseconds.
const PING_MS: u64 = 1_000;
/// How long nothing is tried after the line broke, in milliseconds; twice as long each time until one lasts.
const PAUSE_MS: u64 = 250;
/// The longest of these pauses, in milliseconds.
const PAUSE_MS_MAX: u64 = 4_000;
/// How many changes wait to be made at most, besides those that keep something.
const WAITING_MAX: usize = 256;
/// How many things wait to be kept at most: each may be large.
const LARGE_WAITING_MAX: usize = 8;
/// Bytes that come with a code before them: see `server::cache::seal`.
const CODE_BYTES: usize = 32;

/// What is to be changed there.
enum Job {
    Keep { name: String, bytes: Vec<u8>, ms: u64 },
    Forget { name: String },
    Tell { message: Vec<u8> },
}

/// The line, as requests and the task that keeps it see it.
#[derive(Default)]
struct Line {
    /// With its number, while it stands.
    connection: Mutex<Option<(u64, MultiplexedConnection)>>,
    broke: Notify,
    /// That it is away was told.
    is_away_told: AtomicBool,
    /// That it refused something was told.
    is_refusal_told: AtomicBool,
    failures: AtomicU64,
    lost: AtomicU64,
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, Option<(u64, MultiplexedConnection)>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stands(&self) -> Option<(u64, MultiplexedConnection)> {
        self.lock().clone()
    }

    /// Takes down the line of this number, unless another one stands already.
    fn take_down(&self, number: u64, why: &str) {
        let mut connection = self.lock();
        if connection.as_ref().is_some_and(|(stands, _)| *stands == number) {
            *connection = None;
            drop(connection);
            self.note_away(why);
            self.broke.notify_one();
        }
    }

    fn note_away(&self, why: &str) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        if !self.is_away_told.swap(true, Ordering::Relaxed) {
            tracing::warn!(why, "the cache is away: the server goes on without it");
        }
    }

    /// Asks over a line. What Redis itself refuses is no reason to take the line down.
    async fn ask(&self, number: u64, connection: &mut MultiplexedConnection, asked: &Cmd) -> Option<Value> {
        match timeout(Duration::from_millis(REPLY_MS), asked.query_async::<Value>(connection)).await {
            Ok(Ok(value)) => Some(value),
            Ok(Err(why)) if is_refusal(&why) => {
                if is_of_another_kind(&why) {
                    return Some(Value::Nil);
                }
                if !self.is_refusal_told.swap(true, Ordering::Relaxed) {
                    tracing::warn!(%why, "the cache refused something; what it refuses next is only counted");
                }
                self.lost.fetch_add(1, Ordering::Relaxed);
                None
            }
            Ok(Err(why)) => {
                self.take_down(number, &why.to_string());
                None
            }
            Err(_) => {
                self.take_down(number, "it did not answer in time");
                None
            }
        }
    }
}

fn is_refusal(why: &RedisError) -> bool {
    matches!(why.kind(), ErrorKind::Server(_) | ErrorKind::Extension)
}

/// There is something under that name that is no text: nobody here kept it.
fn is_of_another_kind(why: &RedisError) -> bool {
    why.code() == Some("WRONGTYPE")
}

/// The cache as requests see it.
struct Redis {
    line: Arc<Line>,
    jobs: mpsc::Sender<Job>,
    large: mpsc::Sender<Job>,
}

impl Redis {
    fn hand_over(&self, to: &mpsc::Sender<Job>, job: Job) {
        // What waits while nobody is there would be told when it is not true any more.
        if self.line.lock().is_none() || to.try_send(job).is_err() {
            self.line.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Shared for Redis {
    fn fetch<'a>(&'a self, name: &'a str) -> Pin<Box<dyn Future<Output = Option<Vec<u8>>> + Send + 'a>> {
        Box::pin(async move {
            let (number, mut connection) = self.line.stands()?;
            // No more than we would keep comes over the line, whatever somebody put there.
            let asked = redis::cmd("GETRANGE").arg(name).arg(0).arg(SHARED_BYTES_MAX + CODE_BYTES - 1).to_owned();
            match self.line.ask(number, &mut connection, &asked).await? {
                Value::BulkString(bytes) if bytes.is_empty() => None,
                Value::BulkString(bytes) => Some(bytes),
                _ => Some(Vec::new()),
            }
        })
    }

    fn keep(&self, name: String, bytes: Vec<u8>, ms: u64) {
        self.hand_over(&self.large, Job::Keep { name, bytes, ms });
    }

    fn forget(&self, name: String) {
        self.hand_over(&self.jobs, Job::Forget { name });
    }

    fn tell(&self, message: Vec<u8>) {
        self.hand_over(&self.jobs, Job::Tell { message });
    }

    fn state(&self) -> State {
        State {
            is_there: self.line.lock().is_some(),
            failures: self.line.failures.load(Ordering::Relaxed),
            lost: self.line.lost.load(Ordering::Relaxed),
        }
    }
}

/// Keeps up the line.
pub struct Keeper {
    client: Client,
    channel: String,
    line: Arc<Line>,
    jobs: mpsc::Receiver<Job>,
    large: mpsc::Receiver<Job>,
    /// How many lines there were.
    count: u64,
}

impl std::fmt::Debug for Keeper {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Keeper").finish_non_exhaustive()
    }
}

/// Gets ready, and reaches nobody yet.
pub(super) fn ready(
    address: &Address,
    password: Option<Zeroizing<String>>,
    channel: String,
) -> Result<(Box<dyn Shared>, Keeper), Fault> {
    let (host, port) = (address.host.clone(), address.port);
    let place = if address.is_tls {
        ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
    } else {
        ConnectionAddr::Tcp(host, port)
    };
    let mut about = RedisConnectionInfo::default()
        .set_protocol(ProtocolVersion::RESP3)
        .set_db(i64::from(address.database))
        .set_skip_set_lib_name();
    if let Some(user) = &address.user {
        about = about.set_username(user);
    }
    if let Some(password) = &password {
        about = about.set_password(&**password);
    }
    let client = place.into_connection_info().and_then(|info| Client::open(info.set_redis_settings(about)));
    let client = client.map_err(|why| {
        Fault::new(format!("could not use the cache {address}"), why.to_string(), "name another one with --cache")
    })?;
    let line = Arc::new(Line::default());
    let (tell_jobs, jobs) = mpsc::channel(WAITING_MAX);
    let (tell_large, large) = mpsc::channel(LARGE_WAITING_MAX);
    let shared = Redis { line: Arc::clone(&line), jobs: tell_jobs, large: tell_large };
    Ok((Box::new(shared), Keeper { client, channel, line, jobs, large, count: 0 }))
}

impl Keeper {
    /// Keeps the line up, and hands over what others tell. Never ends by itself.
    pub(in crate::runtime) async fn keep(mut self, hear: impl Fn(&[u8])) {
        let mut pause_ms = PAUSE_MS;
        loop {
            match self.begin().await {
                Ok((connection, pushes)) => {
                    let begun = clock::instant();
                    self.serve(connection, pushes, &hear).await;
                    // One that breaks again and again is not tried again and again.
                    if begun.elapsed() >= Duration::from_millis(PAUSE_MS_MAX) {
                        pause_ms = PAUSE_MS;
                    }
                }
                Err(why) => self.line.note_away(&why),
            }
            pause(pause_ms).await;
            pause_ms = (2 * pause_ms).min(PAUSE_MS_MAX);
        }
    }

    /// Brings up a line that answers.
    async fn begin(&self) -> Result<(MultiplexedConnection, mpsc::UnboundedReceiver<PushInfo>), String> {
        let (connect, reply) = (Duration::from_millis(CONNECT_MS), Duration::from_millis(REPLY_MS));
        let (pushed, pushes) = mpsc::unbounded_channel();
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(connect))
            .set_response_timeout(Some(reply))
            .set_push_sender(pushed);
        let connecting = self.client.get_multiplexed_async_connection_with_config(&config);
        let connected =
            timeout(connect + reply, connecting).await.map_err(|_| "it did not answer in time".to_owned())?;
        let mut connection = connected.map_err(|why| why.to_string())?;
        connection.subscribe(&self.channel).await.map_err(|why| why.to_string())?;
        redis::cmd("PING").query_async::<Value>(&mut connection).await.map_err(|why| why.to_string())?;
        Ok((connection, pushes))
    }

    /// Serves a line until it breaks.
    async fn serve(
        &mut self,
        mut connection: MultiplexedConnection,
        mut pushes: mpsc::UnboundedReceiver<PushInfo>,
        hear: impl Fn(&[u8]),
    ) {
        self.count += 1;
        let number = self.count;
        // What was handed over to a line that broke is not true any more.
        while self.jobs.try_recv().is_ok() || self.large.try_recv().is_ok() {
            self.line.lost.fetch_add(1, Ordering::Relaxed);
        }
        *self.line.lock() = Some((number, connection.clone()));
        self.line.is_away_told.store(false, Ordering::Relaxed);
        tracing::info!("the cache answers");
        let line = Arc::clone(&self.line);
        let mut pings = tokio::time::interval(Duration::from_millis(PING_MS));
        pings.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while line.stands().is_some_and(|(stands, _)| stands == number) {
            tokio::select! {
                biased;
                () = line.broke.notified() => {}
                push = pushes.recv() => match push {
                    Some(PushInfo { kind: PushKind::Message, data }) => {
                        if let Some(Value::BulkString(message)) = data.into_iter().nth(1) {
                            hear(&message);
                        }
                    }
                    Some(PushInfo { kind: PushKind::Disconnection, .. }) | None => {
                        line.take_down(number, "it ended the connection");
                    }
                    Some(_) => {}
                },
                Some(job) = self.jobs.recv() => {
                    line.ask(number, &mut connection, &self.command(job)).await;
                }
                Some(job) = self.large.recv() => {
                    line.ask(number, &mut connection, &self.command(job)).await;
                }
                _ = pings.tick() => {
                    line.ask(number, &mut connection, &redis::cmd("PING")).await;
                }
            }
        }
    }

    fn command(&self, job: Job) -> Cmd {
        match job {
            Job::Keep { name, bytes, ms } => redis::cmd("SET").arg(name).arg(bytes).arg("PX").arg(ms).to_owned(),
            Job::Forget { name } => redis::cmd("DEL").arg(name).to_owned(),
            Job::Tell { message } => redis::cmd("PUBLISH").arg(&self.channel).arg(message).to_owned(),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the runtime waits, and this is one of its waits")]
async fn pause(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}
