//! Opening a register: configuration, data directory, lock, key and store, in this order, and every reason not to.

use super::config::{self, Config, ConfigError};
use super::key_file::KeySource;
use super::lock::Lock;
use super::paths::Places;
use super::{Fault, clock, first_menu};
use crate::app::chores::{self, Chore, Undone};
use crate::store::{self, Key, OpenFault, Reader, Store};

/// A register's store, open for writing, with all that belongs to it.
#[derive(Debug)]
pub struct Opening {
    /// Where its things are.
    pub places: Places,
    /// What its configuration says.
    pub config: Config,
    /// The key of its store, for further connections.
    pub key: Key,
    /// The store.
    pub store: Store,
    /// Held for as long as the store may be written.
    pub lock: Lock,
    /// It is the demonstration.
    pub demo: bool,
}

/// Why a register did not open.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// The machine refused.
    #[error(transparent)]
    Machine(#[from] Fault),
    /// The configuration is missing or wrong.
    #[error(transparent)]
    Configuration(#[from] ConfigError),
    /// The store refused.
    #[error(transparent)]
    Store(#[from] OpenFault),
    /// The store opened and could not be read or written.
    #[error(transparent)]
    Work(#[from] store::Fault),
    /// There is nothing to sell.
    #[error(
        "this register has no menu: import one with `comanda menu import FILE`, or enrol it at a server that has one"
    )]
    NoMenu,
    /// What its server hands out could not be taken.
    #[error(transparent)]
    NotTaken(#[from] Undone),
    /// There is nobody to sell it.
    #[error("this register has no staff: add somebody with `comanda staff add NAME --role manager`")]
    NoStaff,
    /// What the program carries for its demonstration does not read.
    #[error("the demonstration that this program carries does not read ({0}): install Comanda again")]
    Demonstration(String),
}

/// The key of the store that a configuration belongs to.
///
/// # Errors
/// A [`Fault`] when it cannot be read or is not kept safe.
pub fn key_of(places: &Places, config: &Config) -> Result<Key, Fault> {
    KeySource::found(config.key_file.clone().unwrap_or_else(|| places.usual_key_file())).read()
}

/// Opens the store for writing; `what` is what the lock says to others.
///
/// # Errors
/// [`NotOpened`]; nothing was changed then.
pub fn for_writing(places: Places, what: &str) -> Result<Opening, NotOpened> {
    let config = config::load(&places.config)?;
    if let Some(backup) = &config.backup {
        backup.is_apart_from(&places.data)?;
    }
    let key = key_of(&places, &config)?;
    let file = places.store_file();
    if matches!(file.try_exists(), Ok(false)) {
        // Told before a directory and a lock are made for nothing.
        return Err(OpenFault::Missing(file).into());
    }
    places.prepare_data()?;
    let lock = Lock::take(&places.data, what)?;
    let store = Store::open(&file, Some(&key))?;
    Ok(Opening { places, config, key, store, lock, demo: false })
}

/// Opens the store for selling: there must be somebody to sell, and a menu, or a server that has one.
///
/// # Errors
/// [`NotOpened`]; nothing was changed then.
pub fn for_selling(places: Places) -> Result<Opening, NotOpened> {
    let mut opening = for_writing(places, "register")?;
    if opening.store.reader().menu_version()?.is_none() {
        let menu = first_menu::fetch(&opening.places, &opening.config)?.ok_or(NotOpened::NoMenu)?;
        let chore = Chore::ImportMenu(Box::new(menu));
        chores::carry_out(&mut opening.store, &chore, clock::now(), &mut clock::entropy()?)?;
    }
    if opening.store.reader().staff()?.is_empty() {
        return Err(NotOpened::NoStaff);
    }
    Ok(opening)
}

/// Opens the store for reading alone; a register may be writing it.
///
/// # Errors
/// [`NotOpened`]; nothing was changed then.
pub fn for_reading(places: &Places) -> Result<(Config, Reader), NotOpened> {
    let config = config::load(&places.config)?;
    let key = key_of(places, &config)?;
    let reader = Reader::open(&places.store_file(), Some(&key))?;
    Ok((config, reader))
}
