//! The demonstration's own server: a real one, on a thread of its own and a port of this machine alone, so that one can
//! see what a register and its server do without setting anything up.
//!
//! Its central database lies under the demonstration's data. The first run takes the register's menu over and enrols
//! the register as `comanda enroll` does, with a code that nobody has to type.

use super::config::ServerConfig;
use super::enrolment::{self, NotEnrolled};
use super::opening::Opening;
use super::serve::{self, Running, Settings};
use super::{Fault, central, clock, paths};
use crate::domain::House;
use crate::domain::menu::Menu;
use crate::server::{Replica, Role, Scope, at_once};
use crate::sync::wire::{Problem, Secret};
use std::path::Path;

/// What the directory of its things is called, under the demonstration's data.
const DIR: &str = "server";
/// How long the code may take from one end of this process to the other, in milliseconds.
const CODE_MS: i64 = 60_000;

/// Why it was not started.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// The machine refused.
    #[error(transparent)]
    Machine(#[from] Fault),
    /// The server did not do what an operator asks of it.
    #[error("the demonstration's server was not prepared: {}", .0.detail)]
    Server(Problem),
    /// It did not let the register in.
    #[error(transparent)]
    NotEnrolled(#[from] NotEnrolled),
    /// The register's store was not read.
    #[error(transparent)]
    Store(#[from] crate::store::Fault),
}

/// Starts it, and sets the register up to speak to it.
///
/// # Errors
/// [`NotStarted`]; the register has no server then, and sells without.
pub fn start(opening: &mut Opening) -> Result<Running, NotStarted> {
    let dir = opening.places.data.join(DIR);
    paths::make_dir(&dir, "the directory of the demonstration's server", "choose another with --data")?;
    let settings = Settings::of_dir(&dir);
    let menu = opening.store.reader().menu()?;
    let secret = enrolment::own_secret(&opening.places)?;
    let secret = secret.as_ref().map(|secret| secret.as_str());
    let code = prepare(&central::usual_file(&dir), &opening.config.house, menu.as_ref(), secret)?;
    let running = serve::start(settings)?;
    let server = ServerConfig::comanda(&running.url());
    if let Some(code) = code {
        enrolment::enrol(&opening.places, &opening.config.house, &server, &code, || Ok(()))?;
    }
    opening.config.server = Some(server);
    Ok(running)
}

/// Takes the menu over where the central database has none, and makes a code unless the register has a secret that
/// is taken.
fn prepare(
    file: &Path,
    house: &House,
    menu: Option<&Menu>,
    secret: Option<&str>,
) -> Result<Option<Secret>, NotStarted> {
    let mut dice = clock::entropy()?;
    let replica = Replica::new(central::open_or_make(file)?, crate::server::Settings::default());
    let scope = |role: Role| Scope { location_id: house.location_id.clone(), role };
    // Looked at in it and not by its being there: the run that made it may have ended before the menu was in it.
    let has_menu = at_once(replica.whole_menu(&house.location_id)).map_err(NotStarted::Server)?.is_some();
    if let Some(menu) = menu.filter(|_| !has_menu) {
        let operator = scope(Role::Admin);
        at_once(replica.import_menu(&operator, menu, clock::now(), &mut dice)).map_err(NotStarted::Server)?;
    }
    let name = house.register_id.as_str();
    if secret.is_some_and(|secret| at_once(replica.admit(name, secret)).is_ok()) {
        return Ok(None);
    }
    let register = scope(Role::Register(house.register_id.clone()));
    let invited = at_once(replica.invite(&register, name, CODE_MS, clock::now(), &mut dice));
    Ok(Some(invited.map_err(NotStarted::Server)?.code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::demo;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_database_that_an_earlier_run_left_without_a_menu_gets_it_and_is_for_this_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("central.sqlite");
        let (house, menu) = (demo::house(), demo::menu().unwrap());
        drop(central::open_or_make(&file).unwrap()); // and then that run ended
        assert!(prepare(&file, &house, Some(&menu), None).unwrap().is_some());
        let replica = Replica::new(central::open(&file).unwrap(), crate::server::Settings::default());
        assert!(at_once(replica.whole_menu(&house.location_id)).unwrap().is_some());
        std::fs::remove_file(&file).unwrap();
        prepare(&file, &house, Some(&menu), None).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
