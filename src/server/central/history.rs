//! How a schema came to be, the same on every database: migrations are numbered alike, each ran by certain words, and
//! what is not there yet is run. Not here: running one.

use sha2::{Digest, Sha256};

/// One step of a schema, in the words of one database.
pub(super) struct Migration {
    pub number: u32,
    pub sql: &'static str,
}

/// How far a database has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemaState {
    /// The last migration that it had; 0 for one that has none yet.
    pub found: u32,
    /// The last one that this program knows.
    pub known: u32,
}

impl SchemaState {
    /// Nothing is left to be run.
    pub fn is_up_to_date(self) -> bool {
        self.found == self.known
    }
}

/// Why a central database was not opened. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// It is something else.
    #[error("{0} is no central database of Comanda: name the right one")]
    NotCentral(String),
    /// A schema that this program does not know yet.
    #[error("{database} was made by a newer Comanda: schema {found}, this one knows {known}; update the program")]
    Newer {
        /// Which database.
        database: String,
        /// Its schema.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// A migration in it has other words than this program's of the same number.
    #[error(
        "{database} was brought to schema {number} by other words than this program has: restore it from a backup, or \
         open it with the program that made it"
    )]
    Edited {
        /// Which database.
        database: String,
        /// Which migration.
        number: u32,
    },
    /// Something went wrong.
    #[error("the central database {database} could not be opened: {why}")]
    Failed {
        /// Which database.
        database: String,
        /// What it said.
        why: String,
    },
}

/// The migrations that are still to be run on a database that had these, each with the checksum of its words.
pub(super) fn pending<'a>(
    migrations: &'a [Migration],
    ran: &[(u32, String)],
    database: &str,
) -> Result<&'a [Migration], OpenFault> {
    let known = newest(migrations);
    for (number, checksum) in ran {
        match migrations.iter().find(|migration| migration.number == *number) {
            None => return Err(OpenFault::Newer { database: database.into(), found: *number, known }),
            Some(migration) if checksum_of(migration.sql) != *checksum => {
                return Err(OpenFault::Edited { database: database.into(), number: *number });
            }
            Some(_) => {}
        }
    }
    let last = ran.last().map_or(0, |it| it.0);
    let first = migrations.iter().position(|it| it.number > last).unwrap_or(migrations.len());
    Ok(&migrations[first..])
}

/// How far a database has come that had these.
pub(super) fn state(migrations: &[Migration], ran: &[(u32, String)], database: &str) -> Result<SchemaState, OpenFault> {
    pending(migrations, ran, database)?;
    Ok(SchemaState { found: ran.last().map_or(0, |it| it.0), known: newest(migrations) })
}

/// The number of the last migration.
pub(super) fn newest(migrations: &[Migration]) -> u32 {
    migrations.last().map_or(0, |migration| migration.number)
}

/// How the words of a migration are known again.
pub(super) fn checksum_of(sql: &str) -> String {
    Sha256::digest(sql).iter().map(|byte| format!("{byte:02x}")).collect()
}
