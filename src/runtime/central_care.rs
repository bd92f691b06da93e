//! Backups of the central database, beside a server that runs: at a pace that lets it answer.

use super::clock;
use crate::runtime::Fault;
use crate::server::SqliteCentral;
use crate::server::central::{CareFault, Contents, Restored};
use std::path::Path;
use std::time::Duration;

/// How long the copying pauses after some pages, so that the server comes first also where there is one processor.
const PAUSE: Duration = Duration::from_millis(2);

/// Copies a central database into a new file.
///
/// # Errors
/// [`CareFault`]; then there is no copy.
pub fn backup(central: &Path, to: &Path) -> Result<Contents, CareFault> {
    SqliteCentral::backup(central, to, &mut || {
        pause();
        true
    })
}

/// Puts a backup in the place of a central database that nobody has open.
///
/// # Errors
/// A [`Fault`] when there are no dice for the new beginning; else why the database or the backup refused.
pub fn restore(backup: &Path, central: &Path) -> Result<Result<Restored, CareFault>, Fault> {
    Ok(SqliteCentral::restore(backup, central, &mut clock::entropy()?))
}

#[expect(clippy::disallowed_methods, reason = "the runtime waits, and this is one of its waits")]
fn pause() {
    std::thread::sleep(PAUSE);
}
