//! The same rules for every central database: written once, and tried on each. Decisions have theirs where they are
//! made (`replica`, `couch`, `auth`), by the same macro; here stand those of the database itself.

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "sqlserver")]
pub(crate) mod sqlserver;
mod story;

use super::{CentralDatabase, SqliteCentral};
use crate::domain::Entropy;
use std::cell::Cell;
use std::sync::OnceLock;
use tokio::runtime::Runtime;

/// A central database on which rules are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
    #[cfg(feature = "sqlserver")]
    SqlServer,
}

thread_local! {
    /// On which of them the test of this thread is.
    static KIND: Cell<Kind> = const { Cell::new(Kind::Sqlite) };
}

/// Tries a rule on one of them. SQL Server is no part of any system's packages: where none is named, what stands
/// in for it is asked, which is said.
pub(crate) fn on(kind: Kind, rule: fn()) {
    #[cfg(feature = "sqlserver")]
    if kind == Kind::SqlServer && sqlserver::is_too_much() {
        return;
    }
    KIND.set(kind);
    rule();
}

// To add a database: its module here.
/// Makes a test of each of these rules for each central database.
macro_rules! on_each_central {
    ($($(#[$when:meta])* $rule:ident),+ $(,)?) => {
        mod on_sqlite {
            $($(#[$when])*
            #[test]
            fn $rule() {
                use crate::server::central::conformance::{Kind, on};
                on(Kind::Sqlite, super::$rule);
            })+
        }
        #[cfg(feature = "postgres")]
        mod on_postgres {
            $($(#[$when])*
            #[test]
            fn $rule() {
                use crate::server::central::conformance::{Kind, on};
                on(Kind::Postgres, super::$rule);
            })+
        }
        #[cfg(feature = "sqlserver")]
        mod on_sqlserver {
            $($(#[$when])*
            #[test]
            fn $rule() {
                use crate::server::central::conformance::{Kind, on};
                on(Kind::SqlServer, super::$rule);
            })+
        }
    };
}
pub(crate) use on_each_central;

/// Waits for what a database answers.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads")
    });
    runtime.block_on(future)
}

/// A database without anything in it, of the kind that this test is about.
pub(crate) fn fresh(dice: &mut Entropy) -> CentralDatabase {
    match KIND.get() {
        Kind::Sqlite => CentralDatabase::Sqlite(SqliteCentral::in_memory(dice).unwrap()),
        #[cfg(feature = "postgres")]
        Kind::Postgres => Lasting::new().open(dice),
        #[cfg(feature = "sqlserver")]
        Kind::SqlServer => Lasting::new().open(dice),
    }
}

/// Where a database of the kind that this test is about lasts, however often it is opened, and by how many at once.
pub(crate) enum Lasting {
    Sqlite(tempfile::TempDir),
    #[cfg(feature = "postgres")]
    Postgres(super::Login),
    #[cfg(feature = "sqlserver")]
    SqlServer(super::SqlServerLogin),
}

impl Lasting {
    pub(crate) fn new() -> Lasting {
        match KIND.get() {
            Kind::Sqlite => Lasting::Sqlite(tempfile::tempdir().unwrap()),
            #[cfg(feature = "postgres")]
            Kind::Postgres => Lasting::Postgres(postgres::login(&postgres::fresh_database())),
            #[cfg(feature = "sqlserver")]
            Kind::SqlServer => Lasting::SqlServer(sqlserver::fresh_login()),
        }
    }

    pub(crate) fn open(&self, dice: &mut Entropy) -> CentralDatabase {
        match self {
            Lasting::Sqlite(folder) => {
                CentralDatabase::Sqlite(SqliteCentral::open(&folder.path().join("central.sqlite"), dice).unwrap())
            }
            #[cfg(feature = "postgres")]
            Lasting::Postgres(login) => {
                CentralDatabase::Postgres(wait(super::PostgresCentral::open(login, dice)).unwrap())
            }
            #[cfg(feature = "sqlserver")]
            Lasting::SqlServer(login) => {
                CentralDatabase::SqlServer(wait(super::SqlServerCentral::open(login, dice)).unwrap())
            }
        }
    }
}

/// Writes so many local documents of L1, a thousand in each statement: to commit each takes too long.
pub(crate) fn fill_locals(central: &CentralDatabase, count: u32) {
    let numbers: Vec<u32> = (1..=count).collect();
    for some in numbers.chunks(1_000) {
        let rows: Vec<String> = some.iter().map(|nth| format!("('L1', 'customers', '{nth}', '{{}}')")).collect();
        let rows = rows.join(", ");
        central
            .spoil(&format!("INSERT INTO local_document (location_id, database_name, local_id, body) VALUES {rows}"));
    }
}
