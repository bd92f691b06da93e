//! The schema's history: migrations run forward, each with its row in one transaction, so that the file says by which
//! words it came to be.

use crate::server::central::history::{self, Migration, OpenFault, SchemaState, checksum_of, newest, pending};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};

// To add one: write its file, add its line; other databases have one of the same number. Never edit one that ran.
const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, sql: include_str!("migrations/0001_ground.sql") },
    Migration { number: 2, sql: include_str!("migrations/0002_doors.sql") },
    Migration { number: 3, sql: include_str!("migrations/0003_listing.sql") },
    Migration { number: 4, sql: include_str!("migrations/0004_asked_again.sql") },
    Migration { number: 5, sql: include_str!("migrations/0005_towns.sql") },
];

/// The newest schema that this program knows.
pub(super) fn known() -> u32 {
    newest(MIGRATIONS)
}

/// Runs every migration that the file has not had. Of several servers that begin at once, one does it.
pub(super) fn bring_forward(connection: &mut Connection, database: &str) -> Result<(), OpenFault> {
    let failed = |error: rusqlite::Error| OpenFault::Failed { database: database.into(), why: error.to_string() };
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    tx.execute_batch(
        "CREATE TABLE IF NOT EXISTS migration (number INTEGER PRIMARY KEY, checksum TEXT NOT NULL) STRICT",
    )
    .map_err(failed)?;
    for migration in pending(MIGRATIONS, &ran(&tx).map_err(failed)?, database)? {
        tx.execute_batch(migration.sql).map_err(failed)?;
        let row = (migration.number, checksum_of(migration.sql));
        tx.execute("INSERT INTO migration (number, checksum) VALUES (?1, ?2)", row).map_err(failed)?;
    }
    tx.commit().map_err(failed)
}

/// Looks how far a file has come, and changes nothing.
pub(super) fn state(connection: &Connection, database: &str) -> Result<SchemaState, OpenFault> {
    let failed = |error: rusqlite::Error| OpenFault::Failed { database: database.into(), why: error.to_string() };
    let sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migration'";
    let is_begun = connection.query_row(sql, [], |_| Ok(())).optional().map_err(failed)?.is_some();
    let ran = if is_begun { ran(connection).map_err(failed)? } else { Vec::new() };
    history::state(MIGRATIONS, &ran, database)
}

fn ran(connection: &Connection) -> Result<Vec<(u32, String)>, rusqlite::Error> {
    let mut statement = connection.prepare("SELECT number, checksum FROM migration ORDER BY number")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

#[cfg(test)]
mod tests {
    use super::super::SqliteCentral;
    use super::*;
    use crate::domain::Entropy;
    use std::path::Path;

    fn open(path: &Path) -> Result<SqliteCentral, OpenFault> {
        SqliteCentral::open(path, &mut Entropy::new(|bytes| bytes.fill(7)))
    }

    #[test]
    fn documents_that_were_there_before_are_counted() {
        let file = Connection::open_in_memory().unwrap();
        for migration in MIGRATIONS.iter().filter(|it| it.number < 3) {
            file.execute_batch(migration.sql).unwrap();
        }
        file.execute_batch(
            "INSERT INTO feed (location_id, database_name, seq) VALUES ('L1', 'orders', 3), ('L1', 'menu', 1);
             INSERT INTO document (location_id, database_name, doc_id, seq, deleted, tree)
             VALUES ('L1', 'orders', 'a', 1, 0, '[]'), ('L1', 'orders', 'b', 2, 0, '[]'),
                    ('L1', 'orders', 'c', 3, 1, '[]'), ('L1', 'menu', 'd', 1, 0, '[]');",
        )
        .unwrap();
        file.execute_batch(MIGRATIONS[2].sql).unwrap();
        let mut statement = file.prepare("SELECT standing, gone FROM feed ORDER BY database_name").unwrap();
        let read = |row: &rusqlite::Row| Ok((row.get(0)?, row.get(1)?));
        let counted: Vec<(i64, i64)> = statement.query_map([], read).unwrap().map(Result::unwrap).collect();
        assert_eq!(counted, [(1, 0), (2, 1)]);
    }

    #[test]
    fn a_file_that_is_not_ours_or_not_of_this_program_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("central.sqlite");
        open(&path).unwrap();
        open(&path).unwrap();
        // what somebody did to the file, part of what is said
        let rows = [
            ("UPDATE migration SET checksum = 'x'", "by other words"),
            ("INSERT INTO migration (number, checksum) VALUES (999, 'x')", "was made by a newer Comanda: schema 999"),
            ("PRAGMA application_id = 5", "is no central database of Comanda"),
        ];
        for (nth, (sql, part)) in rows.into_iter().enumerate() {
            let path = folder.path().join(format!("{nth}.sqlite"));
            open(&path).unwrap();
            Connection::open(&path).unwrap().execute_batch(sql).unwrap();
            let said = open(&path).unwrap_err().to_string();
            assert!(said.contains(part), "{said}");
        }
        std::fs::write(folder.path().join("text"), "no database at all, but a text that is long enough").unwrap();
        assert!(open(&folder.path().join("text")).is_err());
    }
}
