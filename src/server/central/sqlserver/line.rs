//! Connections to SQL Server: a few that are kept, what is asked over one, and what went wrong there.
//!
//! Whoever asks has a connection for itself. One that is given up in the middle of something (a time limit, a request
//! that nobody waits for any more) is closed: nobody knows what it would answer next, and the server takes back what it
//! did not commit. One that is kept is looked after before it is used again: what was lost meanwhile is noticed before
//! anything is written over it.

use super::{SqlServerLogin, words};
use crate::server::central::{CentralTls, Fault};
use crate::server::limits::{
    BUSY_MS, SQLSERVER_ANSWER_MS, SQLSERVER_CONNECT_MS, SQLSERVER_REST_MS, SQLSERVER_STATEMENT_MS, SQLSERVER_TURN_MS,
};
use deadpool::Runtime;
use deadpool::managed::{self, Metrics, Object, PoolError, RecycleError, RecycleResult, TimeoutType};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;
use tiberius::error::{Error, IoErrorKind};
use tiberius::{AuthMethod, Client, ColumnData, Config, EncryptionLevel, FromSql, Row, ToSql};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

/// What stands for `@P1`, `@P2` and so on in a statement.
pub(super) type Values<'a> = &'a [&'a dyn ToSql];
/// A connection as the driver has it.
type Wire = Client<Compat<TcpStream>>;
/// The connections that are kept.
pub(super) type Pool = managed::Pool<Manager>;

/// Makes connections.
pub(super) struct Manager {
    config: Config,
    at: (String, u16),
    user: String,
    is_guarded: bool,
    patience: Patience,
}

/// How long what may take, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Until something answers there, and then again until it lets us in.
    pub connect: u64,
    /// Until a connection is free.
    pub turn: u64,
    /// Until a kept connection says that it stands.
    pub rest: u64,
    /// Silence in the middle of an answer.
    pub silence: u64,
    /// All that is asked for one verb.
    pub answer: u64,
    /// Another's lock.
    pub lock: u64,
}

impl Patience {
    /// That of a server.
    pub(super) const USUAL: Patience = Patience {
        connect: SQLSERVER_CONNECT_MS,
        turn: SQLSERVER_TURN_MS,
        rest: SQLSERVER_REST_MS,
        silence: SQLSERVER_STATEMENT_MS,
        answer: SQLSERVER_ANSWER_MS,
        lock: BUSY_MS,
    };

    /// That of who waits for locks so long.
    pub(super) fn with(self, lock: u64) -> Patience {
        Patience { silence: self.silence + lock, lock, ..self }
    }
}

/// So many connections of a server.
pub(super) fn pool(login: &SqlServerLogin, most: usize, patience: Patience) -> Result<Pool, String> {
    pool_at(login, (login.address.host.clone(), login.address.port), most, patience)
}

/// The same, of a server that is reached elsewhere.
pub(super) fn pool_at(
    login: &SqlServerLogin,
    at: (String, u16),
    most: usize,
    patience: Patience,
) -> Result<Pool, String> {
    let address = &login.address;
    let mut config = Config::new();
    config.host(&address.host);
    config.port(address.port);
    config.database(&address.database);
    config.application_name("comanda");
    config.authentication(AuthMethod::sql_server(&address.user, login.password.as_deref().unwrap_or_default()));
    config.handshake_timeout(Some(Duration::from_millis(patience.connect)));
    config.command_timeout(Some(Duration::from_millis(patience.silence)));
    let is_guarded = match &address.tls {
        CentralTls::No => {
            config.encryption(EncryptionLevel::NotSupported);
            false
        }
        CentralTls::Verified { authorities } => {
            config.encryption(EncryptionLevel::On);
            match (authorities, &login.authorities) {
                (Some(_), None) => return Err("nobody read the certificates that are trusted".into()),
                (_, Some(pem)) => config.trust_cert_ca_bundle(pem.clone()),
                (None, None) => {}
            }
            true
        }
    };
    let manager = Manager { config, at, user: address.user.clone(), is_guarded, patience };
    Pool::builder(manager)
        .max_size(most)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(Duration::from_millis(patience.turn)))
        .create_timeout(Some(Duration::from_millis(3 * patience.connect)))
        .recycle_timeout(Some(Duration::from_millis(patience.rest)))
        .build()
        .map_err(|error| error.to_string())
}

impl managed::Manager for Manager {
    type Type = Wire;
    type Error = Trouble;

    async fn create(&self) -> Result<Wire, Trouble> {
        let away = |why: String| Trouble::Away(why);
        let connecting = TcpStream::connect((self.at.0.as_str(), self.at.1));
        let stream = timeout(Duration::from_millis(self.patience.connect), connecting).await;
        let stream = stream.map_err(|_| away("nothing answers there in time".into()))?;
        let stream = stream.map_err(|error| away(error.to_string()))?;
        stream.set_nodelay(true).map_err(|error| away(error.to_string()))?;
        // What the driver has in its hands is large: on the heap, where the stack of a thread is no bound to it.
        let wire = Box::pin(Client::connect(self.config.clone(), stream.compat_write())).await;
        let mut wire = wire.map_err(|error| away(self.refused(&error)))?;
        let ready =
            Box::pin(async { wire.simple_query(words::set_up(self.patience.lock)).await?.into_results().await });
        let ready = ready.await;
        ready.map_err(|error| away(told(&error)))?;
        Ok(wire)
    }

    async fn recycle(&self, wire: &mut Wire, _: &Metrics) -> RecycleResult<Trouble> {
        let rests = Box::pin(async { wire.simple_query(words::REST).await?.into_results().await }).await;
        rests.map(|_| ()).map_err(|error| RecycleError::Backend(error.into()))
    }
}

impl Manager {
    /// Why nobody was let in, and what to do about it.
    fn refused(&self, error: &Error) -> String {
        let told = told(error);
        match error {
            Error::Server(said) if said.code() == 18456 => format!(
                "{told}: it does not let {} in with this password; look at the user in the address and at the password \
                 file",
                self.user
            ),
            Error::Server(said) if said.code() == 4060 => {
                format!("{told}: make the database, or let {} use it", self.user)
            }
            Error::Protocol(_) if self.is_guarded && told.contains("encryption level") => {
                "it speaks no TLS: give it a certificate, or say ?sslmode=disable where the way there is safe".into()
            }
            Error::Tls(_) if !self.is_guarded => {
                format!("{told}; it asks for TLS: name the authority of its certificate as sslrootcert")
            }
            Error::Routing { host, port } => format!("it sends its clients on to {host}:{port}: name that"),
            _ => told,
        }
    }
}

/// Why something was not read or written.
#[derive(Debug)]
pub(in crate::server::central) enum Trouble {
    /// The database said no to a statement.
    Said(String),
    /// We did not ask it: it could not keep what it was to be given.
    Refused(String),
    /// Another transaction was in the way: the same may be tried again.
    Again(String),
    /// It is there already: a unique index has it.
    Taken,
    /// The line to the database is gone, or it was too slow: nobody knows what it did.
    Lost(String),
    /// There is no connection to be had, so nothing was done.
    Away(String),
    /// Something in the database does not read as what it should be.
    Unreadable(String),
}

impl Trouble {
    pub(super) fn doing(self, doing: &'static str) -> Fault {
        let is_unknown = matches!(self, Trouble::Lost(_));
        Fault { doing, why: self.why(), is_unknown }
    }

    pub(super) fn why(self) -> String {
        match self {
            Trouble::Taken => "another has that name already".into(),
            Trouble::Said(why)
            | Trouble::Refused(why)
            | Trouble::Again(why)
            | Trouble::Lost(why)
            | Trouble::Away(why)
            | Trouble::Unreadable(why) => why,
        }
    }
}

/// What the driver says, without its advice to programmers.
fn told(error: &Error) -> String {
    match error {
        Error::Server(said) => format!("{} (error {})", said.message(), said.code()),
        Error::Io { kind: IoErrorKind::TimedOut, .. } => "it did not answer in time".into(),
        Error::Io { message, .. } => message.clone(),
        Error::Tls(why) => why.split(" To connect anyway").next().unwrap_or_default().to_owned(),
        _ => error.to_string(),
    }
}

/// Unique indexes and constraints: SQL Server and Babelfish do not agree on which of the two it is.
const TAKEN: [u32; 2] = [2601, 2627];
/// A deadlock, and a row that another changed.
const AGAIN: [u32; 2] = [1205, 3960];
/// A lock that was not had in time, a session that was ended, a server that goes.
const LOST: [u32; 3] = [1222, 596, 6005];
/// What Babelfish says of all for which SQL Server has a number and it has none.
const BABELFISH: u32 = 33_557_097;
/// From this severity on the server closes the connection.
const FATAL: u8 = 20;

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        let told = told(&error);
        let Error::Server(said) = &error else {
            return match error {
                Error::Conversion(_) => Trouble::Unreadable(told),
                _ => Trouble::Lost(told),
            };
        };
        let is_timeout = said.code() == BABELFISH && said.message().contains("timeout");
        match said.code() {
            _ if said.class() >= FATAL || is_timeout => Trouble::Lost(told),
            code if TAKEN.contains(&code) => Trouble::Taken,
            code if AGAIN.contains(&code) => Trouble::Again(told),
            code if LOST.contains(&code) => Trouble::Lost(told),
            _ => Trouble::Said(told),
        }
    }
}

/// A value of a row that is there.
pub(super) fn value<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, Trouble> {
    row.try_get(column)?.ok_or_else(|| Trouble::Unreadable(format!("column {column} of a row is empty")))
}

fn is_absent(value: &dyn ToSql) -> bool {
    matches!(value.to_sql(), ColumnData::String(None))
}

/// A statement and its values as they are sent: a text that is not there is said in the statement, for the driver sends
/// it without a type, which Babelfish takes from nobody. In its place stands a number that nobody asks for.
pub(super) fn sent<'a>(sql: &'a str, values: Values<'a>) -> (Cow<'a, str>, Cow<'a, [&'a dyn ToSql]>) {
    if !values.iter().any(|value| is_absent(*value)) {
        return (sql.into(), values.into());
    }
    let mut parts = sql.split("@P");
    let mut said = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.find(|it: char| !it.is_ascii_digit()).unwrap_or(part.len());
        let nth = part[..digits].parse::<usize>().ok().and_then(|it| it.checked_sub(1));
        match nth.and_then(|nth| values.get(nth)) {
            Some(value) if is_absent(*value) => said.push_str("NULL"),
            Some(_) | None => said.extend(["@P", &part[..digits]]),
        }
        said.push_str(&part[digits..]);
    }
    let values = values.iter().map(|value| if is_absent(*value) { &None::<i64> as &dyn ToSql } else { *value });
    (said.into(), values.collect::<Vec<_>>().into())
}

/// Most values of one statement that adds rows: with more of them Babelfish is slower by the row.
const VALUES: usize = 256;
/// Longest text, in bytes, that the driver sends as NVARCHAR(4000); all beyond are NVARCHAR(MAX).
const SHORT_BYTES: usize = 4_000;

/// Which of a row's texts are not there; none where one of them is long. Rows alike are said by one statement, however
/// often, so that the server knows it again.
fn kind(row: &[&dyn ToSql]) -> Option<u64> {
    row.iter().enumerate().try_fold(0, |kind, (nth, value)| match value.to_sql() {
        ColumnData::String(None) => Some(kind | 1 << nth),
        ColumnData::String(Some(text)) if text.len() > SHORT_BYTES => None,
        _ => Some(kind),
    })
}

/// A connection in use.
pub(super) struct Line {
    object: Option<Object<Manager>>,
    /// Nothing is under way, and no transaction open.
    is_at_rest: bool,
    in_transaction: bool,
}

impl Line {
    /// One of those that are kept, or a new one.
    pub(super) async fn take(pool: &Pool) -> Result<Line, Trouble> {
        let object = Box::pin(pool.get()).await.map_err(|error| match error {
            PoolError::Backend(trouble) => Trouble::Away(trouble.why()),
            PoolError::Timeout(TimeoutType::Wait) => Trouble::Away("all connections to it are in use".into()),
            PoolError::Timeout(_) => Trouble::Away("it did not answer in time".into()),
            PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => {
                Trouble::Away("its connections were closed".into())
            }
        })?;
        Ok(Line { object: Some(object), is_at_rest: true, in_transaction: false })
    }

    fn wire(&mut self) -> &mut Wire {
        self.object.as_mut().expect("it is taken away when the line is dropped, and not before")
    }

    /// Keeps the line where the server answered, and takes a transaction back of which it refused a part.
    async fn after<T>(&mut self, answered: Result<T, Error>) -> Result<T, Trouble> {
        let trouble = match answered {
            Ok(answer) => {
                self.is_at_rest = !self.in_transaction;
                return Ok(answer);
            }
            Err(error) => Trouble::from(error),
        };
        if matches!(trouble, Trouble::Said(_) | Trouble::Again(_) | Trouble::Taken) {
            // Where that does not work either, the line is closed, which does the same.
            self.roll_back().await.ok();
        }
        Err(trouble)
    }

    /// What a statement answers.
    pub(super) async fn rows(&mut self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, Trouble> {
        self.is_at_rest = false;
        let (sql, values) = sent(sql, values);
        let answered = Box::pin(async { self.wire().query(sql, &values).await?.into_first_result().await }).await;
        self.after(answered).await
    }

    /// The first row that it answers.
    pub(super) async fn row(&mut self, sql: &str, values: Values<'_>) -> Result<Option<Row>, Trouble> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// The one row that it always answers.
    pub(super) async fn one(&mut self, sql: &str, values: Values<'_>) -> Result<Row, Trouble> {
        self.row(sql, values).await?.ok_or_else(|| Trouble::Unreadable("a row that is always there is missing".into()))
    }

    /// Does something, and answers of how many rows.
    pub(super) async fn execute(&mut self, sql: &str, values: Values<'_>) -> Result<u64, Trouble> {
        self.is_at_rest = false;
        let (sql, values) = sent(sql, values);
        let answered = Box::pin(self.wire().execute(sql, &values)).await;
        Ok(self.after(answered).await?.total())
    }

    /// Adds rows by a statement that adds one: many that are alike at once, and each with a long text by itself. The
    /// first values are those of all rows.
    pub(super) async fn add<const N: usize>(
        &mut self,
        sql: &str,
        shared: Values<'_>,
        rows: &[[&dyn ToSql; N]],
    ) -> Result<(), Trouble> {
        let mut alike: BTreeMap<Option<u64>, Vec<&[&dyn ToSql; N]>> = BTreeMap::new();
        for row in rows {
            alike.entry(kind(row)).or_default().push(row);
        }
        for (kind, rows) in alike {
            let mut rest = rows.as_slice();
            while !rest.is_empty() {
                let most = if kind.is_some() { rest.len().min(VALUES / N).max(1) } else { 1 };
                // So many at once that there are few such statements.
                let (some, others) = rest.split_at(1 << most.ilog2());
                let values: Vec<&dyn ToSql> = shared.iter().chain(some.iter().flat_map(|row| *row)).copied().collect();
                self.execute(&words::for_many(sql, shared.len(), some.len()), &values).await?;
                rest = others;
            }
        }
        Ok(())
    }

    /// Runs statements that take no values, and answers with the rows of the last that has some. All of it is read: an
    /// error may come behind rows.
    pub(super) async fn run(&mut self, sql: &str) -> Result<Vec<Row>, Trouble> {
        self.is_at_rest = false;
        let answered = Box::pin(async { self.wire().simple_query(sql).await?.into_results().await }).await;
        Ok(self.after(answered).await?.pop().unwrap_or_default())
    }

    /// The one number that such statements answer.
    pub(super) async fn number(&mut self, sql: &str) -> Result<i64, Trouble> {
        let rows = self.run(sql).await?;
        let row = rows.first().ok_or_else(|| Trouble::Unreadable("a row that is always there is missing".into()))?;
        value(row, 0)
    }

    /// Begins a transaction.
    pub(super) async fn begin(&mut self) -> Result<(), Trouble> {
        self.is_at_rest = false;
        Box::pin(self.wire().begin_transaction()).await?;
        self.in_transaction = true;
        Ok(())
    }

    /// Keeps what the transaction did. Whatever goes wrong from here on: nobody knows whether it was kept.
    pub(super) async fn commit(&mut self) -> Result<(), Trouble> {
        self.is_at_rest = false;
        Box::pin(self.wire().commit_transaction()).await.map_err(|error| Trouble::Lost(told(&error)))?;
        (self.in_transaction, self.is_at_rest) = (false, true);
        Ok(())
    }

    /// Takes back what the transaction did; one that is over already stays so.
    pub(super) async fn roll_back(&mut self) -> Result<(), Trouble> {
        self.is_at_rest = false;
        Box::pin(async { self.wire().simple_query(words::REST).await?.into_results().await }).await?;
        (self.in_transaction, self.is_at_rest) = (false, true);
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let (false, Some(object)) = (self.is_at_rest, self.object.take()) {
            drop(Object::take(object));
        }
    }
}
