//! `comanda server backup` and `comanda server restore`: the file of the central database.

use super::{Database, Failure, say};
use crate::runtime::central_care;
use std::path::PathBuf;

/// Copies the central database to a new file
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  comanda server backup /media/stick/central-2026-03-14.sqlite

A server that runs on it need not be stopped: the copy is of one moment, and was
looked through before it has its name. It is for this user alone, and holds all
that the books hold. Of a database of another server (postgres://, sqlserver://)
its own tools make backups.")]
pub(super) struct BackupArgs {
    /// The file to write
    file: PathBuf,
}

/// Takes a backup as the central database
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  comanda server restore /media/stick/central-2026-03-14.sqlite

Stop the server first: a database that somebody has open is not replaced. The
one that was there is kept beside the new one. Devices notice, read everything
again and offer all that they hold: what the backup did not have yet comes back
from them (`comanda server restored` is part of this).")]
pub(super) struct RestoreArgs {
    /// The backup
    file: PathBuf,
}

pub(super) fn backup(database: Database, BackupArgs { file }: BackupArgs) -> Result<(), Failure> {
    let central = database.file()?;
    let made = central_care::backup(&central, &file).map_err(refused)?;
    let (orders, documents) = (made.orders, made.documents);
    say(&format!("{} was copied to {}: {orders} orders, {documents} documents", central.display(), file.display()))
}

pub(super) fn restore(database: Database, RestoreArgs { file }: RestoreArgs) -> Result<(), Failure> {
    let central = database.place()?;
    let restored = central_care::restore(&file, &central)?.map_err(refused)?;
    let aside = restored.aside.map_or_else(String::new, |it| format!("; the one before is {}", it.display()));
    let (orders, documents) = (restored.contents.orders, restored.contents.documents);
    say(&format!(
        "{} is now {}: {orders} orders, {documents} documents{aside}.\n\
         Every device reads everything again and offers what it holds, once the server runs.",
        central.display(),
        file.display()
    ))
}

fn refused(fault: crate::server::central::CareFault) -> Failure {
    Failure::Refused(fault.to_string())
}
