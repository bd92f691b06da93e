//! The real server that `COMANDA_TEST_SQLSERVER` names: `sqlserver://USER:PASSWORD@HOST:PORT/DATABASE`, with what else
//! an address of Comanda has behind it. The password may come from the file that `COMANDA_TEST_SQLSERVER_PASSWORD_FILE`
//! names instead. Where its user makes databases, each test has one for itself, called `comanda_test_` and numbers, and
//! those of test processes that are gone are dropped; else all tests have the named one, by turns. Before a test has
//! it, Comanda's tables in it are dropped.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tiberius::error::Error;
use tiberius::{AuthMethod, Config, EncryptionLevel};
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

/// How a test knows that a database is one of theirs.
const PREFIX: &str = "comanda_test_";
/// Most databases that a process makes, and most tests that are in some at once: a server lets in so many at once.
const MOST: usize = 4;
/// How often a database is dropped in which somebody still is.
const DROPS: u32 = 10;
/// What every `master` database has.
const SYSTEM: &[&str] = &["spt_", "MSreplication_"];

type Client = tiberius::Client<Compat<tokio::net::TcpStream>>;

/// A real server.
#[derive(Debug, Clone)]
pub struct Real {
    pub user: String,
    pub password: String,
    pub host: String,
    pub port: u16,
    /// The database where databases are made from, and where tests are if none can be made.
    database: String,
    /// What stands behind the `?`, with it.
    rest: String,
    turns: Arc<Turns>,
}

/// The databases in which tests are, by turns.
#[derive(Debug, Default)]
struct Turns {
    all: Mutex<Databases>,
    is_idle: Condvar,
}

#[derive(Debug, Default)]
struct Databases {
    idle: Vec<String>,
    count: usize,
    is_all: bool,
}

/// The database that the test of a thread is in, until its thread ends.
#[derive(Debug)]
struct Held(Option<(Arc<Turns>, String)>);

impl Drop for Held {
    fn drop(&mut self) {
        if let Some((turns, name)) = self.0.take() {
            turns.all.lock().unwrap_or_else(PoisonError::into_inner).idle.push(name);
            turns.is_idle.notify_one();
        }
    }
}

thread_local! {
    static HELD: RefCell<Held> = const { RefCell::new(Held(None)) };
}

impl Real {
    /// The server that is named; none says so on standard error.
    #[allow(clippy::disallowed_methods, reason = "a test may look at the environment")]
    pub fn named() -> Option<&'static Real> {
        static REAL: OnceLock<Option<Real>> = OnceLock::new();
        let real = REAL.get_or_init(|| {
            let named = std::env::var("COMANDA_TEST_SQLSERVER").ok().filter(|it| !it.is_empty())?;
            let file = std::env::var("COMANDA_TEST_SQLSERVER_PASSWORD_FILE").ok();
            let password = file.map(|file| std::fs::read_to_string(file).expect("the password file can be read"));
            Some(Real::at(&named, password.as_deref().map(|text| text.lines().next().unwrap_or_default())))
        });
        if real.is_none() {
            eprintln!("NOT RUN on SQL Server: COMANDA_TEST_SQLSERVER names none");
        }
        real.as_ref()
    }

    /// The server at an address, which has left nothing there of what is over.
    pub fn at(address: &str, password: Option<&str>) -> Real {
        let mut real = Real::read(address, password);
        real.finds_its_way();
        real.sweep();
        real
    }

    fn read(text: &str, password: Option<&str>) -> Real {
        let form = "COMANDA_TEST_SQLSERVER is sqlserver://USER:PASSWORD@HOST:PORT/DATABASE";
        let rest = text.strip_prefix("sqlserver://").expect(form);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.rsplit_once('/').expect(form);
        let (who, at) = authority.rsplit_once('@').expect(form);
        let (user, own) = who.split_once(':').unwrap_or((who, ""));
        let (host, port) = at.rsplit_once(':').map_or((at, 1433), |(host, port)| (host, port.parse().expect(form)));
        Real {
            user: plain(user),
            password: password.map_or_else(|| plain(own), str::to_owned),
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            database: database.to_owned(),
            rest: if query.is_empty() { String::new() } else { format!("?{query}") },
            turns: Arc::default(),
        }
    }

    /// How one of its databases is named to Comanda.
    pub fn address(&self, database: &str) -> String {
        self.address_at(&self.host, self.port, database)
    }

    /// The same, reached elsewhere.
    pub fn address_at(&self, host: &str, port: u16, database: &str) -> String {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        format!("sqlserver://{}@{host}:{port}/{database}{}", self.user, self.rest)
    }

    /// Where the address says nothing of TLS and the server is none that an authority knows: nothing is verified.
    fn finds_its_way(&mut self) {
        let Err(verified) = self.try_ask(&self.database, "SELECT 1") else { return };
        if !self.rest.is_empty() {
            panic!("{}: {verified}", self.address(&self.database));
        }
        self.rest = "?sslmode=disable".into();
        match self.try_ask(&self.database, "SELECT 1") {
            Ok(_) => eprintln!("SQL Server: {verified}; so the tests ask {}", self.address(&self.database)),
            Err(plain) => panic!(
                "{}: {verified}; and without TLS: {plain} (a certificate of its own is named behind the address, as \
                 ?sslrootcert=FILE)",
                self.address(&self.database)
            ),
        }
    }

    /// The name of a database without anything in it: the one that this thread's test is in from now on.
    pub fn fresh_database(&self) -> String {
        let held = HELD.with_borrow(|held| held.0.as_ref().map(|it| it.1.clone()));
        let name = held.unwrap_or_else(|| {
            let name = self.takes_turn();
            HELD.with_borrow_mut(|held| held.0 = Some((Arc::clone(&self.turns), name.clone())));
            name
        });
        self.clear(&name);
        name
    }

    /// A database in which nobody is, or a new one.
    fn takes_turn(&self) -> String {
        let mut all = self.turns.all.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(name) = all.idle.pop() {
                return name;
            }
            if all.is_all {
                all = self.turns.is_idle.wait(all).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let name = format!("{PREFIX}{}_{}", std::process::id(), all.count);
            let made = self.try_ask(&self.database, &format!("CREATE DATABASE {name}"));
            let name = match made {
                Ok(_) => name,
                Err(why) if all.count == 0 => {
                    eprintln!(
                        "SQL Server: {} makes no database ({why}); all tests are in {}",
                        self.user, self.database
                    );
                    self.database.clone()
                }
                Err(why) => {
                    eprintln!("SQL Server: no more than {} databases ({why})", all.count);
                    all.is_all = true;
                    continue;
                }
            };
            all.count += 1;
            all.is_all = all.count == MOST || name == self.database;
            return name;
        }
    }

    /// Drops Comanda's tables, where there are no others.
    fn clear(&self, database: &str) {
        let (real, name) = (self.clone(), database.to_owned());
        let cleared = apart(async move {
            let mut client = real.client(&name).await?;
            let there = "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_TYPE = 'BASE TABLE'";
            let there = ask(&mut client, there).await?;
            let there = there.lines().filter(|table| !SYSTEM.iter().any(|start| table.starts_with(start)));
            let ours = tables();
            let (ours, others): (Vec<&str>, Vec<&str>) = there.partition(|table| ours.contains(*table));
            if others.is_empty() && !ours.is_empty() {
                let drops: Vec<String> = ours.iter().map(|table| format!("DROP TABLE [{table}]")).collect();
                ask(&mut client, &format!("SET LOCK_TIMEOUT 30000; {}", drops.join("; "))).await?;
            }
            Ok(others.join(", "))
        });
        let others = cleared.unwrap_or_else(|why| panic!("{database} cannot be cleared: {why}"));
        assert!(
            others.is_empty(),
            "{database} has tables that are not Comanda's ({others}): COMANDA_TEST_SQLSERVER names a database for tests"
        );
    }

    /// Drops databases of test processes that are gone.
    #[allow(clippy::disallowed_methods, reason = "a server does not say when the last has left a database")]
    fn sweep(&self) {
        let names = self.ask(&self.database, "SELECT name FROM sys.databases");
        for name in names.lines() {
            let Some((process, _)) = name.strip_prefix(PREFIX).and_then(|it| it.split_once('_')) else { continue };
            // One of this number was of another machine, or of another time.
            let is_own = process == std::process::id().to_string();
            if !is_own && std::path::Path::new("/proc").join(process).exists() {
                continue;
            }
            let (real, drop) = (self.clone(), format!("DROP DATABASE {name}"));
            let dropped = apart(async move {
                let mut client = real.client(&real.database).await?;
                for _ in 0..DROPS {
                    if ask(&mut client, &drop).await.is_ok() {
                        return Ok(());
                    }
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
                ask(&mut client, &drop).await.map(|_| ())
            });
            if let Err(why) = dropped {
                eprintln!("{name} is left: {why}");
            }
        }
    }

    /// Asks one of its databases something: one line for each row, what is between its columns is `|`.
    pub fn ask(&self, database: &str, sql: &str) -> String {
        self.try_ask(database, sql).unwrap_or_else(|why| panic!("{sql}: {why}"))
    }

    fn try_ask(&self, database: &str, sql: &str) -> Result<String, String> {
        let (real, database, sql) = (self.clone(), database.to_owned(), sql.to_owned());
        apart(async move { ask(&mut real.client(&database).await?, &sql).await })
    }

    async fn client(&self, database: &str) -> Result<Client, Error> {
        let mut config = Config::new();
        config.host(&self.host);
        config.port(self.port);
        config.database(database);
        config.authentication(AuthMethod::sql_server(&self.user, &self.password));
        config.command_timeout(Some(Duration::from_secs(120)));
        // The test itself asks; how Comanda's way there is guarded is Comanda's, and where it says nothing of that,
        // it is what Comanda makes of it.
        let is_here = self.host == "localhost"
            || self.host.parse::<std::net::IpAddr>().is_ok_and(|it| it.to_canonical().is_loopback());
        if self.rest.contains("sslrootcert") || self.rest.contains("verify-full") {
            config.encryption(EncryptionLevel::On);
            config.trust_cert();
        } else if self.rest.is_empty() && !is_here {
            config.encryption(EncryptionLevel::On);
        } else {
            config.encryption(EncryptionLevel::NotSupported);
        }
        let stream = tokio::net::TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        Client::connect(config, stream.compat_write()).await
    }
}

/// Waits for something on a thread of its own, for whoever asks may be in the middle of a runtime.
fn apart<T: Send + 'static>(work: impl Future<Output = Result<T, Error>> + Send + 'static) -> Result<T, String> {
    let working = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(work).map_err(|why| why.to_string())
    });
    working.join().expect("it ends")
}

async fn ask(client: &mut Client, sql: &str) -> Result<String, Error> {
    let rows = client.simple_query(sql).await?.into_results().await?.pop().unwrap_or_default();
    let cell = |data: &tiberius::ColumnData<'static>| match data {
        tiberius::ColumnData::String(text) => text.as_deref().unwrap_or("NULL").to_owned(),
        tiberius::ColumnData::I64(number) => number.map_or_else(|| "NULL".into(), |it| it.to_string()),
        tiberius::ColumnData::I32(number) => number.map_or_else(|| "NULL".into(), |it| it.to_string()),
        other => format!("{other:?}"),
    };
    let line = |row: &tiberius::Row| row.cells().map(|(_, data)| cell(data)).collect::<Vec<_>>().join("|");
    Ok(rows.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// The tables that migrations make.
fn tables() -> BTreeSet<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/server/central/sqlserver/migrations");
    let files = std::fs::read_dir(folder).expect("migrations").map(|file| file.expect("a migration").path());
    let texts = files.map(|file| std::fs::read_to_string(file).expect("a migration"));
    let mut tables = BTreeSet::from(["migration".to_owned()]);
    for text in texts {
        let named = text.split("CREATE TABLE ").skip(1).filter_map(|it| it.split([' ', '(']).next());
        tables.extend(named.map(str::to_owned));
    }
    tables
}

/// Reads `%40` and its like.
fn plain(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits: Vec<u8> = rest.by_ref().take(2).collect();
        let digits = std::str::from_utf8(&digits).expect("two digits stand behind a %");
        bytes.push(u8::from_str_radix(digits, 16).expect("two digits stand behind a %"));
    }
    String::from_utf8(bytes).expect("it is a text")
}

/// A way to a server that cuts lines in the middle of what is said.
pub struct Cutter {
    pub port: u16,
    state: Arc<Cutting>,
}

struct Cutting {
    to: SocketAddr,
    lines: Mutex<Vec<TcpStream>>,
    /// Of so many pieces that a client sends, all lines are cut behind one; 0 cuts none.
    every: AtomicUsize,
    pieces: AtomicUsize,
    cuts: AtomicUsize,
    is_gone: AtomicBool,
}

impl Cutter {
    /// One before a server.
    pub fn before(host: &str, port: u16) -> Cutter {
        let to = (host, port).to_socket_addrs().ok().and_then(|mut all| all.next()).expect("the server has an address");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let state = Arc::new(Cutting {
            to,
            lines: Mutex::default(),
            every: AtomicUsize::new(0),
            pieces: AtomicUsize::new(0),
            cuts: AtomicUsize::new(0),
            is_gone: AtomicBool::new(false),
        });
        let open = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if open.is_gone.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(server) = TcpStream::connect(open.to) else { continue };
                for (from, to, is_client) in [(&client, &server, true), (&server, &client, false)] {
                    let (mut from, mut to) = (from.try_clone().expect("a socket"), to.try_clone().expect("a socket"));
                    let state = Arc::clone(&open);
                    state
                        .lines
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(from.try_clone().expect("a socket"));
                    std::thread::spawn(move || {
                        let mut bytes = [0; 8_192];
                        while let Ok(count @ 1..) = from.read(&mut bytes) {
                            if to.write_all(&bytes[..count]).is_err() {
                                break;
                            }
                            if is_client {
                                state.count();
                            }
                        }
                        from.shutdown(Shutdown::Both).ok();
                        to.shutdown(Shutdown::Both).ok();
                    });
                }
            }
        });
        Cutter { port, state }
    }

    /// From now on all lines are cut behind every such piece.
    pub fn cuts_every(&self, pieces: usize) {
        self.state.every.store(pieces, Ordering::SeqCst);
    }

    /// How often all lines were cut.
    pub fn cuts(&self) -> usize {
        self.state.cuts.load(Ordering::SeqCst)
    }
}

impl Cutting {
    fn count(&self) {
        let (every, nth) = (self.every.load(Ordering::SeqCst), self.pieces.fetch_add(1, Ordering::SeqCst) + 1);
        if every == 0 || nth % every != 0 {
            return;
        }
        self.cuts.fetch_add(1, Ordering::SeqCst);
        for line in self.lines.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            line.shutdown(Shutdown::Both).ok();
        }
    }
}

impl Drop for Cutter {
    fn drop(&mut self) {
        self.state.is_gone.store(true, Ordering::SeqCst);
        TcpStream::connect(("127.0.0.1", self.port)).ok();
    }
}
