//! The one place that makes and opens a store.
use super::*;
use crate::domain::id::Entropy;
use std::path::Path;

/// Why a store was not opened. Nothing on disk was touched.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    // Missing, Exists, KeyNeeded, WrongKey, Plain, Encrypted, NotAStore, Damaged, Older, Newer, ReadOnly, Busy, Failed:
    // each one a whole sentence by Display
}

/// The register's file, opened for writing. One process has one.
#[derive(Debug)]
pub struct Store { reader: Reader }

impl Store {
    /// Makes a fresh store; dice make its id and the salt of its PINs.
    pub fn create(path: &Path, key: Option<&Key>, entropy: &mut Entropy) -> Result<Store, OpenFault> { todo!() }
    /// Opens a store that is there, and brings it to this program's schema.
    pub fn open(path: &Path, key: Option<&Key>) -> Result<Store, OpenFault> { todo!() }
    /// Opens the store, or makes it when there is none.
    pub fn open_or_create(path: &Path, key: Option<&Key>, entropy: &mut Entropy) -> Result<Store, OpenFault> { todo!() }
    /// What can be read.
    pub fn reader(&self) -> &Reader { &self.reader }
    /// Runs one transaction: all of it or nothing, rolled back on `Err` and on panic.
    pub fn write<T, E: From<Fault>>(&mut self, durability: Durability, work: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> { todo!() }
}
