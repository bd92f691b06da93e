//! The same rules for every central database: written once, and tried on each. Decisions have theirs where they are
//! made (`replica`, `couch`, `auth`), by the same macro; here stand those of the database itself.

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
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
}

thread_local! {
    /// On which of them the test of this thread is.
    static KIND: Cell<Kind> = const { Cell::new(Kind::Sqlite) };
}

/// Tries a rule on one of them.
pub(crate) fn on(kind: Kind, rule: fn()) {
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
    }
}

/// Where a database of the kind that this test is about lasts, however often it is opened, and by how many at once.
pub(crate) enum Lasting {
    Sqlite(tempfile::TempDir),
    #[cfg(feature = "postgres")]
    Postgres(super::Login),
}

impl Lasting {
    pub(crate) fn new() -> Lasting {
        match KIND.get() {
            Kind::Sqlite => Lasting::Sqlite(tempfile::tempdir().unwrap()),
            #[cfg(feature = "postgres")]
            Kind::Postgres => Lasting::Postgres(postgres::login(&postgres::fresh_database())),
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
        }
    }
}

/// Writes so many local documents of L1, as one statement: to commit each takes too long.
pub(crate) fn fill_locals(central: &CentralDatabase, count: u32) {
    central.spoil(&format!(
        "WITH RECURSIVE counted (nth) AS (SELECT 1 UNION ALL SELECT nth + 1 FROM counted WHERE nth < {count})
         INSERT INTO local_document (location_id, database_name, local_id, body)
         SELECT 'L1', 'customers', CAST(nth AS text), '{{}}' FROM counted"
    ));
}
