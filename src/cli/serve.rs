//! `comanda serve`: the sync server.

use super::{Failure, places, say};
use crate::runtime::serve::{self, Settings};
use crate::runtime::tls::CertificateFiles;
use crate::runtime::{cache, logging};
use clap::builder::TypedValueParser;
use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Runs the sync server until it is told to end.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  comanda serve                                    for this machine alone
  comanda serve --listen 0.0.0.0:7070 --tls-cert server.pem --tls-key server.key
  comanda serve --listen 0.0.0.0:7070 --allow-plain-http    in a network you trust
  comanda serve --data /srv/comanda --central sqlite:/srv/comanda/central.sqlite --log
  comanda serve --data /srv/comanda --cache redis://127.0.0.1:6379
  comanda serve --central postgres://comanda@db/comanda --keys /srv/comanda.keys
  comanda serve --central sqlserver://comanda@db/comanda --keys /srv/comanda.keys
  comanda serve --metrics-listen 127.0.0.1:7071 --log --log-format json

Makes what is missing in the data directory: central.sqlite (the central
database) and server.keys (what tokens are signed with; a file for this user
alone). Says on standard output where it listens, once it does. The log goes to
server.log in the data directory, or to standard error with --log.

Any number of servers may share one database of PostgreSQL, 13 or newer, or of
SQL Server, 2016 or newer, where the program was built with the feature
`postgres` or `sqlserver`: a register may talk to any of them, and one that dies
takes nothing along. Give all of them one file of --keys
(copy the first one's), so that a token of the one holds at the others. The
first to begin makes the tables. The password comes from the file or the systemd
credential comanda.central-password, never from the address. To another machine
TLS is spoken and its certificate verified (?sslrootcert=FILE for an authority
of your own, ?sslmode=disable for none of it).

After the central database was put back from a backup, say `comanda server
restored` before this: devices would not notice otherwise.

Servers of one central database may share a cache: Redis 6 or newer (--cache
redis://HOST:PORT, rediss:// over TLS; the feature `redis`). Then a change is
told from server to server at once and not within a second, a menu is made once
for all of them, and a device that asks too much has asked too much everywhere.
Nothing is kept there alone: where it is away, slow, empty or wrong, the server
asks its database, and nobody waits for it longer than a fifth of a second. What
comes from there is sealed with the newest key of server.keys: give all servers
the same. Its password comes from --cache-password-file or from the systemd
credential comanda.cache-password, never from the address.

/api/v1/health says that it lives, and asks nobody; /api/v1/health/ready says
whether the database answers and the disk has room (200, or 503 and why not).
With --metrics-listen both are there too, and /metrics for Prometheus: counts by
location, none of them of guests, to everybody who comes there without a token.
They are nowhere else, so that no proxy hands them out.

Every answer carries an X-Request-Id, which the log says of what it tells of a
request. Under systemd the journal has the time of each line of text.

SIGTERM and SIGINT end it: /api/v1/health/ready answers 503, all else as ever
for --drain-s seconds; then nothing new is taken, and answers under way are
finished within 5 seconds. A certificate whose files change is shown anew within
half a minute, without a restart.")]
pub(super) struct Args {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7070")]
    listen: SocketAddr,
    #[command(flatten)]
    central: places::Central,
    /// The file of the keys that tokens are signed with; server.keys in the data directory without it
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    #[command(flatten)]
    cache: Cache,
    /// The server's certificate with its chain (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Speaks plain HTTP also where others can read along
    #[arg(long, conflicts_with = "tls_cert")]
    allow_plain_http: bool,
    /// Writes the log to standard error, a line a happening
    #[arg(long)]
    log: bool,
    /// How the log is written
    #[arg(long, value_enum, value_name = "FORM", default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    /// Address and port for those who watch it: /metrics, health, ready; plain HTTP, without a token
    #[arg(long, value_name = "ADDRESS:PORT")]
    metrics_listen: Option<SocketAddr>,
    /// Seconds for which it answers as ever, and says that it is not ready, once it was told to end
    #[arg(long, value_name = "SECONDS", default_value_t = serve::limits::DRAIN_S,
          value_parser = clap::value_parser!(u16).range(..=i64::from(serve::limits::DRAIN_S_MAX)))]
    drain_s: u16,
    /// Most connections at once
    #[arg(long, value_name = "COUNT", default_value_t = serve::limits::CONNECTIONS)]
    connections: usize,
    /// Longest body of a request, in megabytes
    #[arg(long, value_name = "MB", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=16))]
    body_mb: u16,
    /// Requests of one token in a second, in the long run; 0 for no limit
    #[arg(long, value_name = "COUNT", default_value_t = crate::server::http::limits::TOKEN_REQUESTS_PER_S)]
    token_rate: u32,
    /// Requests of one address in a second, in the long run; 0 for no limit
    #[arg(long, value_name = "COUNT", default_value_t = crate::server::http::limits::PEER_REQUESTS_PER_S)]
    address_rate: u32,
}

/// What it shares with other servers.
#[derive(Debug, Clone, clap::Args)]
struct Cache {
    /// A cache that servers of one central database share; all goes on without it
    #[arg(long, value_name = "redis://HOST:PORT", value_parser = CacheAddress)]
    cache: Option<cache::Address>,
    /// The file of the cache's password, for this user alone
    #[arg(long, value_name = "FILE", requires = "cache")]
    cache_password_file: Option<PathBuf>,
}

impl Cache {
    fn named(self) -> Option<cache::Named> {
        let password_file = self.cache_password_file;
        self.cache.map(|address| cache::Named { address, password_file })
    }
}

/// Reads where a cache is. What is wrong with it is told without it: a password may stand in it.
#[derive(Debug, Clone, Copy)]
struct CacheAddress;

impl TypedValueParser for CacheAddress {
    type Value = cache::Address;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _: Option<&clap::Arg>,
        text: &OsStr,
    ) -> Result<cache::Address, clap::Error> {
        let read = text.to_str().ok_or_else(|| "the address of a cache is text".to_owned());
        read.and_then(cache::Address::read).map_err(|why| {
            clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("--cache: {why}\n")).with_cmd(command)
        })
    }
}

/// How the log is written.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum LogFormat {
    /// A line a happening, for somebody who reads it
    Text,
    /// The same as a JSON object a line: time, level, target, message, fields, request_id
    Json,
}

impl From<LogFormat> for logging::Form {
    fn from(format: LogFormat) -> logging::Form {
        match format {
            LogFormat::Text => logging::Form::Text,
            LogFormat::Json => logging::Form::Json,
        }
    }
}

pub(super) fn run(places: places::Flags, args: Args) -> Result<(), Failure> {
    let places = places.of_register()?;
    places.prepare_data()?;
    if args.log {
        logging::start_on_standard_error(args.log_format.into())?;
    } else {
        logging::start_as(&places.data.join("server.log"), args.log_format.into())?;
    }
    // Before anybody is told where it listens: whoever reads that may end it at once.
    let signals = serve::Signals::hear()?;
    let running = serve::start(settings(&places.data, args))?;
    say(&format!("Listening on {}", running.url()))?;
    if let Some(at) = running.metrics() {
        say(&format!("Watched at http://{at}/metrics"))?;
    }
    signals.end(running);
    Ok(())
}

fn settings(data: &std::path::Path, args: Args) -> Settings {
    let mut settings = Settings::of_dir(data);
    settings.listen = args.listen;
    settings.allow_plain_http = args.allow_plain_http;
    settings.tls = args.tls_cert.zip(args.tls_key).map(|(certificate, key)| CertificateFiles { certificate, key });
    if let Some(central) = args.central.named() {
        settings.central = central;
    }
    settings.cache = args.cache.named();
    if let Some(keys) = args.keys {
        settings.keys = keys;
    }
    settings.metrics = args.metrics_listen;
    settings.limits.drain_ms = u64::from(args.drain_s) * 1_000;
    settings.limits.connections = args.connections.max(1);
    settings.limits.requests.body_bytes_max = usize::from(args.body_mb) * 1024 * 1024;
    settings.limits.requests.token_requests_per_s = args.token_rate;
    settings.limits.requests.peer_requests_per_s = args.address_rate;
    settings
}
