//! The schema's history: all migrations that are still to be run, in one transaction with their rows, by one server at
//! a time.

use super::PostgresAddress;
use super::line::{Line, Trouble, words};
use crate::server::central::history::{self, Migration, OpenFault, SchemaState, checksum_of, pending};
use crate::server::limits::POSTGRES_MIGRATION_MS;
use deadpool_postgres::Pool;

// To add one: write its file, add its line; other databases have one of the same number. Never edit one that ran.
const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, sql: include_str!("migrations/0001_ground.sql") },
    Migration { number: 2, sql: include_str!("migrations/0002_doors.sql") },
    Migration { number: 3, sql: include_str!("migrations/0003_listing.sql") },
    Migration { number: 4, sql: include_str!("migrations/0004_asked_again.sql") },
    Migration { number: 5, sql: include_str!("migrations/0005_towns.sql") },
];

/// The lock that whoever migrates has, until its transaction ends: "Comanda" as a number.
const LOCK: i64 = 0x0043_6f6d_616e_6461;

/// Why a database was not opened, before it is said which.
pub(super) enum Wrong {
    /// Something went wrong.
    Trouble(Trouble),
    /// Other tables are there, and none of ours.
    NotCentral,
    /// It stores texts otherwise than we do.
    Encoding(String),
    /// Its history is not this program's.
    History(OpenFault),
}

impl From<Trouble> for Wrong {
    fn from(trouble: Trouble) -> Wrong {
        Wrong::Trouble(trouble)
    }
}

impl Wrong {
    pub(super) fn of(self, address: &PostgresAddress) -> OpenFault {
        let database = address.to_string();
        match self {
            Wrong::History(fault) => fault,
            Wrong::NotCentral => OpenFault::NotCentral(format!("{database} holds tables of something else, and")),
            Wrong::Encoding(encoding) => {
                let why = format!("its encoding is {encoding}: make it anew with ENCODING 'UTF8' TEMPLATE template0");
                OpenFault::Failed { database, why }
            }
            Wrong::Trouble(trouble) => {
                let why = match trouble {
                    Trouble::Said(error) | Trouble::Again(error) => words(&error),
                    Trouble::Taken => "a table or row is there already that should not be".into(),
                    Trouble::Lost(why) | Trouble::Away(why) | Trouble::Unreadable(why) => why,
                };
                OpenFault::Failed { database, why }
            }
        }
    }
}

/// Looks how far a database has come, and changes nothing.
pub(super) async fn state(pool: &Pool, database: &str) -> Result<SchemaState, Wrong> {
    let mut line = Line::take(pool).await?;
    let ran = ran(&mut line).await?;
    history::state(MIGRATIONS, &ran, database).map_err(Wrong::History)
}

/// Runs every migration that the database has not had, and gives it an incarnation if it has none.
pub(super) async fn bring_forward(pool: &Pool, incarnation: &str, database: &str) -> Result<(), Wrong> {
    if state(pool, database).await?.is_up_to_date() {
        return Ok(());
    }
    let mut line = Line::take(pool).await?;
    line.begin().await?;
    let patience = format!("SET LOCAL lock_timeout = {POSTGRES_MIGRATION_MS}");
    line.run(&patience).await?;
    line.run(&patience.replace("lock_timeout", "statement_timeout")).await?;
    line.rows("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    // Another server may have done it meanwhile: only now it is known what is left.
    let ran = ran(&mut line).await?;
    let pending = pending(MIGRATIONS, &ran, database).map_err(Wrong::History)?;
    line.run("CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY, checksum TEXT NOT NULL)").await?;
    for migration in pending {
        line.run(migration.sql).await?;
        let (number, checksum) = (i64::from(migration.number), checksum_of(migration.sql));
        line.execute("INSERT INTO migration (number, checksum) VALUES ($1, $2)", &[&number, &checksum]).await?;
    }
    let sql = "INSERT INTO house (only_row, incarnation) VALUES (1, $1) ON CONFLICT (only_row) DO NOTHING";
    line.execute(sql, &[&incarnation]).await?;
    Ok(line.commit().await?)
}

/// The migrations that ran, each with the checksum of its words; none in a database without tables.
async fn ran(line: &mut Line) -> Result<Vec<(u32, String)>, Wrong> {
    let encoding: String = line.one("SELECT current_setting('server_encoding')", &[]).await?.get(0);
    if encoding != "UTF8" {
        return Err(Wrong::Encoding(encoding));
    }
    let sql = "SELECT COUNT(*) FILTER (WHERE tablename = 'migration'), COUNT(*) FROM pg_tables
               WHERE schemaname = current_schema()";
    let row = line.one(sql, &[]).await?;
    match (row.get::<_, i64>(0), row.get::<_, i64>(1)) {
        (0, 0) => return Ok(Vec::new()),
        (0, _) => return Err(Wrong::NotCentral),
        (_, _) => {}
    }
    let rows = line.rows("SELECT number, checksum FROM migration ORDER BY number", &[]).await?;
    let read = |row: &tokio_postgres::Row| -> Result<(u32, String), Trouble> {
        let number: i64 = row.try_get(0)?;
        Ok((u32::try_from(number).unwrap_or(u32::MAX), row.try_get(1)?))
    };
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}
