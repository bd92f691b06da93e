//! The schema's history: migrations run forward, each in one transaction; what is newer than this program is refused.

use super::fault::{Cause, Doing, Fault};
use rusqlite::Connection;

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub(super) struct Migration {
    /// The schema that it leads to.
    pub(super) number: u32,
    /// What it does, in SQL.
    pub(super) sql: &'static str,
}

// To add one: write its file, add its line. Never edit one that a store may have run.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, sql: include_str!("migrations/0001_ground.sql") },
    Migration { number: 2, sql: include_str!("migrations/0002_kitchen.sql") },
    Migration { number: 3, sql: include_str!("migrations/0003_refunds.sql") },
    Migration { number: 4, sql: include_str!("migrations/0004_stock.sql") },
    Migration { number: 5, sql: include_str!("migrations/0005_steady.sql") },
    Migration { number: 6, sql: include_str!("migrations/0006_together.sql") },
    Migration { number: 7, sql: include_str!("migrations/0007_again.sql") },
    Migration { number: 8, sql: include_str!("migrations/0008_frozen.sql") },
    Migration { number: 9, sql: include_str!("migrations/0009_forgone.sql") },
    Migration { number: 10, sql: include_str!("migrations/0010_shared_stock.sql") },
    Migration { number: 11, sql: include_str!("migrations/0011_customers.sql") },
    Migration { number: 12, sql: include_str!("migrations/0012_sight.sql") },
    Migration { number: 13, sql: include_str!("migrations/0013_pickup.sql") },
];

/// The newest schema that this program knows.
pub(super) fn known() -> u32 {
    MIGRATIONS.last().map_or(0, |migration| migration.number)
}

/// Runs every migration beyond schema `from`, each in a transaction of its own.
pub(super) fn bring_forward(connection: &Connection, migrations: &[Migration], from: u32) -> Result<(), Fault> {
    migrations
        .iter()
        .filter(|migration| migration.number > from)
        .try_for_each(|migration| run(connection, migration))
        .doing("bring the file to this program's schema")
}

fn run(connection: &Connection, migration: &Migration) -> Result<(), Cause> {
    let tx = connection.unchecked_transaction()?;
    tx.execute_batch(migration.sql)?;
    tx.execute_batch(&format!("PRAGMA user_version = {}", migration.number))?;
    Ok(tx.commit()?)
}
