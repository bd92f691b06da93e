//! The schema's history: all migrations that are still to be run, in one transaction with their rows, by one server at
//! a time.

use super::SqlServerLogin;
use super::line::{Line, Patience, Pool, Trouble, pool as pool_of, value};
use super::words;
use crate::server::central::history::{self, Migration, OpenFault, SchemaState, checksum_of, pending};
use crate::server::limits::SQLSERVER_MIGRATION_MS;

// To add one: write its file, add its line; other databases have one of the same number. Never edit one that ran.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, sql: include_str!("migrations/0001_ground.sql") },
    Migration { number: 2, sql: include_str!("migrations/0002_doors.sql") },
    Migration { number: 3, sql: include_str!("migrations/0003_listing.sql") },
    Migration { number: 4, sql: include_str!("migrations/0004_asked_again.sql") },
    Migration { number: 5, sql: include_str!("migrations/0005_towns.sql") },
];

/// What lies in every `master` database, and is nobody's.
const SYSTEM: &[&str] = &["spt_", "MSreplication_"];

/// Why a database was not opened, before it is said which.
pub(super) enum Wrong {
    /// Something went wrong.
    Trouble(Trouble),
    /// Other tables are there, and none of ours.
    NotCentral,
    /// Its history is not this program's.
    History(OpenFault),
}

impl From<Trouble> for Wrong {
    fn from(trouble: Trouble) -> Wrong {
        Wrong::Trouble(trouble)
    }
}

impl Wrong {
    pub(super) fn of(self, login: &SqlServerLogin) -> OpenFault {
        let database = login.address.to_string();
        match self {
            Wrong::History(fault) => fault,
            Wrong::NotCentral => OpenFault::NotCentral(format!("{database} holds tables of something else, and")),
            Wrong::Trouble(Trouble::Taken) => {
                let why = "a table or row is there already that should not be".into();
                OpenFault::Failed { database, why }
            }
            Wrong::Trouble(trouble) => OpenFault::Failed { database, why: trouble.why() },
        }
    }
}

/// Looks how far a database has come, and changes nothing.
pub(super) async fn state(pool: &Pool, database: &str) -> Result<SchemaState, Wrong> {
    let mut line = Line::take(pool).await?;
    let (_, ran) = ran(&mut line).await?;
    history::state(MIGRATIONS, &ran, database).map_err(Wrong::History)
}

/// Runs every migration that the database has not had, and gives it an incarnation if it has none.
pub(super) async fn bring_forward(
    login: &SqlServerLogin,
    pool: &Pool,
    incarnation: &str,
    (database, patience): (&str, Patience),
) -> Result<(), Wrong> {
    if state(pool, database).await?.is_up_to_date() {
        return Ok(());
    }
    // Closed afterwards, which also gives the lock back.
    let pool = pool_of(login, 1, patience.with(SQLSERVER_MIGRATION_MS)).map_err(Trouble::Away)?;
    let mut line = Line::take(&pool).await?;
    if line.number(&words::lock(SQLSERVER_MIGRATION_MS)).await? < 0 {
        let why = format!("another server has been at its tables for {} s", SQLSERVER_MIGRATION_MS / 1000);
        return Err(Trouble::Away(why).into());
    }
    // Another server may have done it meanwhile: only now it is known what is left.
    let (has_history, ran) = ran(&mut line).await?;
    let pending = pending(MIGRATIONS, &ran, database).map_err(Wrong::History)?;
    if ran.is_empty() {
        take_snapshots(&mut line).await?;
    }
    line.begin().await?;
    if !has_history {
        line.run(words::MAKE_HISTORY).await?;
    }
    for migration in pending {
        for batch in batches(migration.sql) {
            line.run(&batch).await?;
        }
        let (number, checksum) = (i64::from(migration.number), checksum_of(migration.sql));
        line.execute(words::ADD_MIGRATION, &[&number, &checksum]).await?;
    }
    line.execute(words::ADD_HOUSE, &[&incarnation]).await?;
    let open = line.number(words::OPEN_TRANSACTIONS).await?;
    if open != 1 {
        let why = format!("a migration left {open} transactions open, and not one: nothing of it is kept");
        return Err(Trouble::Unreadable(why).into());
    }
    line.commit().await?;
    line.run(words::UNLOCK).await?;
    Ok(())
}

/// Parts of a migration that are sent one after the other: between lines that say `GO`.
pub(super) fn batches(sql: &str) -> Vec<String> {
    let lines: Vec<&str> = sql.lines().collect();
    let parts = lines.split(|line| line.trim().eq_ignore_ascii_case("GO"));
    parts.map(|part| part.join("\n")).filter(|part| !part.trim().is_empty()).collect()
}

/// Has SQL Server show readers what was committed last while others write (Babelfish always does). It refuses where we
/// may not, or where others are in the database: then readers wait for writers, which [`waits`] tells.
async fn take_snapshots(line: &mut Line) -> Result<(), Trouble> {
    if !waits(line).await? {
        return Ok(());
    }
    match line.run(words::TAKE_SNAPSHOTS).await {
        Ok(_) | Err(Trouble::Said(_)) => Ok(()),
        Err(trouble) => Err(trouble),
    }
}

/// Whether readers wait for writers in this database.
pub(super) async fn waits(line: &mut Line) -> Result<bool, Trouble> {
    Ok(line.number(words::IS_BABELFISH).await? == 0 && line.number(words::HAS_SNAPSHOTS).await? == 0)
}

/// Whether there is a history, and the migrations in it, each with the checksum of its words.
async fn ran(line: &mut Line) -> Result<(bool, Vec<(u32, String)>), Wrong> {
    let rows = line.run(words::TABLES).await?;
    let names = rows.iter().map(|row| value::<&str>(row, 0)).collect::<Result<Vec<_>, _>>()?;
    let mut names = names.into_iter().filter(|name| !SYSTEM.iter().any(|start| name.starts_with(start))).peekable();
    if names.peek().is_none() {
        return Ok((false, Vec::new()));
    }
    if !names.any(|name| name.eq_ignore_ascii_case("migration")) {
        return Err(Wrong::NotCentral);
    }
    let rows = line.run(words::RAN).await?;
    let read = |row: &tiberius::Row| -> Result<(u32, String), Trouble> {
        let number: i64 = value(row, 0)?;
        Ok((u32::try_from(number).unwrap_or(u32::MAX), value::<&str>(row, 1)?.to_owned()))
    };
    Ok((true, rows.iter().map(read).collect::<Result<_, _>>()?))
}
