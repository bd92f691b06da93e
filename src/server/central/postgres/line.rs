//! Connections to PostgreSQL: a few that are kept, what is asked over one, and what went wrong there.
//!
//! Whoever asks has a connection for itself. One that is given up in the middle of something (a time limit, a request
//! that nobody waits for any more) is closed: nobody knows what it would answer next, and the server takes back what it
//! did not commit.

use super::Login;
use super::tls::Tls;
use crate::server::central::{CentralTls, Fault};
use crate::server::limits::{
    BUSY_MS, POSTGRES_CONNECT_MS, POSTGRES_CONNECTIONS, POSTGRES_IDLE_TRANSACTION_MS, POSTGRES_KEEPALIVE_S,
    POSTGRES_STATEMENT_MS, POSTGRES_TURN_MS,
};
use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime};
use std::time::Duration;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls, Row};

/// What stands for the question marks of a statement.
pub(super) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

/// The connections that are kept.
pub(super) fn pool(login: &Login) -> Result<Pool, String> {
    let config = config(login);
    let kept = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match (&login.address.tls, &login.tls) {
        (CentralTls::No, _) => Manager::from_config(config, NoTls, kept),
        (CentralTls::Verified { .. }, Some(tls)) => Manager::from_config(config, Tls(tls.clone()), kept),
        (CentralTls::Verified { .. }, None) => return Err("nobody said whose certificates are trusted".into()),
    };
    Pool::builder(manager)
        .max_size(POSTGRES_CONNECTIONS)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(Duration::from_millis(POSTGRES_TURN_MS)))
        .create_timeout(Some(Duration::from_millis(2 * POSTGRES_CONNECT_MS)))
        .build()
        .map_err(|error| error.to_string())
}

fn config(login: &Login) -> Config {
    let address = &login.address;
    let mut config = Config::new();
    if let Some(user) = &address.user {
        config.user(user);
    }
    if let Some(password) = &login.password {
        config.password(password);
    }
    let keepalive = Duration::from_secs(POSTGRES_KEEPALIVE_S);
    config
        .host(&address.host)
        .port(address.port)
        .dbname(&address.database)
        .application_name("comanda")
        .ssl_mode(match address.tls {
            CentralTls::No => SslMode::Disable,
            CentralTls::Verified { .. } => SslMode::Require,
        })
        .connect_timeout(Duration::from_millis(POSTGRES_CONNECT_MS))
        // What went to a machine that is gone is noticed within this, not within minutes.
        .tcp_user_timeout(keepalive)
        .keepalives_idle(keepalive)
        // What the database itself ends: a statement that takes too long, one that waits for somebody's lock, and what
        // a server holds that froze in the middle of a commit.
        .options(format!(
            "-c statement_timeout={POSTGRES_STATEMENT_MS} -c lock_timeout={BUSY_MS} \
             -c idle_in_transaction_session_timeout={POSTGRES_IDLE_TRANSACTION_MS} \
             -c default_transaction_isolation=read\\ committed"
        ));
    config
}

/// Why something was not read or written.
#[derive(Debug)]
pub(in crate::server::central) enum Trouble {
    /// The database said no to a statement.
    Said(tokio_postgres::Error),
    /// Another transaction was in the way: the same may be tried again.
    Again(tokio_postgres::Error),
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
        let (why, is_unknown) = match self {
            Trouble::Said(error) | Trouble::Again(error) => (words(&error), false),
            Trouble::Taken => ("another has that name already".into(), false),
            Trouble::Lost(why) => (why, true),
            Trouble::Away(why) | Trouble::Unreadable(why) => (why, false),
        };
        Fault { doing, why, is_unknown }
    }
}

/// What an error says with what lies behind it: its own words are few.
pub(super) fn words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut behind = error.source();
    while let Some(source) = behind {
        words.push_str(": ");
        words.push_str(&source.to_string());
        behind = source.source();
    }
    words
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Trouble {
        let Some(code) = error.code().cloned() else {
            // No answer of the database: the line broke, or an answer is not what was asked for.
            let is_ours = error.to_string().starts_with("error serializing")
                || error.to_string().starts_with("error deserializing");
            return if is_ours { Trouble::Said(error) } else { Trouble::Lost(words(&error)) };
        };
        let again = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
        // The database ended the connection (57P01 to 57P03), or took too long (57014, 55P03, 25P03).
        let lost = [
            SqlState::ADMIN_SHUTDOWN,
            SqlState::CRASH_SHUTDOWN,
            SqlState::CANNOT_CONNECT_NOW,
            SqlState::QUERY_CANCELED,
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        ];
        match code {
            SqlState::UNIQUE_VIOLATION => Trouble::Taken,
            code if again.contains(&code) => Trouble::Again(error),
            code if lost.contains(&code) => Trouble::Lost(words(&error)),
            _ => Trouble::Said(error),
        }
    }
}

/// A connection in use.
pub(super) struct Line {
    object: Option<Object>,
    /// Nothing is under way, and no transaction open.
    is_at_rest: bool,
}

impl Line {
    /// One of those that are kept, or a new one.
    pub(super) async fn take(pool: &Pool) -> Result<Line, Trouble> {
        let object = pool.get().await.map_err(|error| {
            Trouble::Away(match error {
                PoolError::Backend(error) => words(&error),
                PoolError::Timeout(_) => "it did not answer in time".into(),
                PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => error.to_string(),
            })
        })?;
        Ok(Line { object: Some(object), is_at_rest: true })
    }

    fn object(&self) -> &Object {
        self.object.as_ref().expect("it is taken away when the line is dropped, and not before")
    }

    /// What a statement answers.
    pub(super) async fn rows(&mut self, sql: &str, values: Values<'_>) -> Result<Vec<Row>, Trouble> {
        let was_at_rest = std::mem::replace(&mut self.is_at_rest, false);
        let statement = self.object().prepare_cached(sql).await?;
        let rows = self.object().query(&statement, values).await?;
        self.is_at_rest = was_at_rest;
        Ok(rows)
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
        let was_at_rest = std::mem::replace(&mut self.is_at_rest, false);
        let statement = self.object().prepare_cached(sql).await?;
        let count = self.object().execute(&statement, values).await?;
        self.is_at_rest = was_at_rest;
        Ok(count)
    }

    /// Runs statements that take no values.
    pub(super) async fn run(&mut self, sql: &str) -> Result<(), Trouble> {
        let was_at_rest = std::mem::replace(&mut self.is_at_rest, false);
        self.object().batch_execute(sql).await?;
        self.is_at_rest = was_at_rest;
        Ok(())
    }

    /// Begins a transaction.
    pub(super) async fn begin(&mut self) -> Result<(), Trouble> {
        self.is_at_rest = false;
        self.run("BEGIN").await
    }

    /// Keeps what the transaction did.
    pub(super) async fn commit(&mut self) -> Result<(), Trouble> {
        // Whatever goes wrong from here on: nobody knows whether it was kept.
        let unknown = |trouble: Trouble| match trouble {
            Trouble::Said(error) | Trouble::Again(error) => Trouble::Lost(words(&error)),
            trouble @ (Trouble::Taken | Trouble::Lost(_) | Trouble::Away(_) | Trouble::Unreadable(_)) => trouble,
        };
        self.run("COMMIT").await.map_err(unknown)?;
        self.is_at_rest = true;
        Ok(())
    }

    /// Takes back what the transaction did.
    pub(super) async fn roll_back(&mut self) -> Result<(), Trouble> {
        self.run("ROLLBACK").await?;
        self.is_at_rest = true;
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
