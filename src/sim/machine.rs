//! A box of the house, whatever program runs on it: its name, its disk, its clock, and its way to the server. It can be
//! killed, lose its power, have its clock set, and be asleep for weeks.

use super::central::secret;
use super::dice::Dice;
use super::disk::{self, Lost};
use super::network::Way;
use crate::domain::{LocationId, Timestamp};
use crate::store::{Fault, Store};
use crate::sync::LineSettings;
use crate::sync::wire::Site;
use std::fs;
use std::path::{Path, PathBuf};

/// When every evening begins: a Saturday, 18:30 in Brussels.
pub const OPENS: Timestamp = Timestamp { unix_ms: 1_773_509_400_000, offset_min: 60 };

/// How a box died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// `kill -9`.
    Killed,
    /// The power was cut.
    PowerCut,
}

/// A box.
pub struct Machine {
    /// Where it stands.
    pub location_id: LocationId,
    /// What the device is called there: `T1`.
    pub name: String,
    /// What it is called in a trace: with its location, where there are several.
    pub title: String,
    /// How often it has started: what was meant for an earlier life is none of this one's.
    pub life: u32,
    /// By how much its clock is wrong, in milliseconds.
    pub clock_off_ms: i64,
    /// By how much the calendar has leapt, in milliseconds.
    pub calendar_ms: i64,
    /// Which of its alarms is set.
    pub alarm: u64,
    /// How the way to the server is.
    pub way: Way,
    /// How many calls it made.
    pub calls: u64,
    /// How often its power was cut.
    pub boots: u32,
    /// Its dice.
    pub dice: Dice,
    folder: PathBuf,
}

impl Machine {
    /// A box with an empty directory below `folder`. `is_alone` is whether its location is the only one.
    ///
    /// # Errors
    /// A sentence, when its directory cannot be made.
    pub fn new(
        location_id: &LocationId,
        name: &str,
        is_alone: bool,
        folder: &Path,
        dice: &mut Dice,
    ) -> Result<Machine, String> {
        let title = if is_alone { name.to_owned() } else { format!("{location_id}.{name}") };
        let machine = Machine {
            location_id: location_id.clone(),
            folder: folder.join(&title),
            name: name.to_owned(),
            title,
            life: 0,
            clock_off_ms: 0,
            calendar_ms: 0,
            alarm: 0,
            way: Way::Clear,
            calls: 0,
            boots: 0,
            dice: dice.fork(),
        };
        machine.make_directory()?;
        Ok(machine)
    }

    /// Lays down the store with which it begins.
    ///
    /// # Errors
    /// A sentence, when it cannot be written.
    pub fn lays_down(&self, store: &[u8]) -> Result<(), String> {
        fs::write(self.store_file(), store).map_err(|source| format!("the store was not laid down: {source}"))
    }

    /// Where it keeps its store in this life.
    pub fn directory(&self) -> PathBuf {
        self.folder.join(self.life.to_string())
    }

    /// Its store.
    pub fn store_file(&self) -> PathBuf {
        self.directory().join("store.db")
    }

    /// What its clock says.
    pub fn clock(&self, at_ms: i64) -> Timestamp {
        OPENS.plus_millis(at_ms + self.calendar_ms + self.clock_off_ms)
    }

    /// How often its disk has refused since it was mended last.
    pub fn refusals(&self) -> u32 {
        disk::refusals(&self.directory())
    }

    /// Dies, and leaves on disk what such a death leaves; `forget` lets the program go, whose store is closed only when
    /// its files were copied: closing tidies the files that were copied, never the copies.
    ///
    /// # Errors
    /// A sentence, when its files cannot be copied.
    pub fn die(&mut self, death: Death, forget: impl FnOnce()) -> Result<Lost, String> {
        let (old, old_directory) = (self.store_file(), self.directory());
        self.life += 1;
        self.make_directory()?;
        let copied = match death {
            Death::Killed => disk::copy_as_is(&old, &self.store_file()).map(|()| Lost::default()),
            Death::PowerCut => {
                self.boots += 1;
                disk::copy_after_power_cut(&old, &self.store_file(), &mut self.dice)
            }
        };
        forget();
        disk::forget(&old_directory);
        fs::remove_dir_all(&old_directory).map_err(|source| format!("an old life was not cleared away: {source}"))?;
        copied.map_err(|source| format!("its files were not copied: {source}"))
    }

    fn make_directory(&self) -> Result<(), String> {
        let directory = self.directory();
        fs::create_dir_all(&directory).map_err(|source| format!("no directory was made: {source}"))?;
        disk::watch(&directory);
        Ok(())
    }

    /// What the line of its program is opened with.
    ///
    /// # Errors
    /// A sentence, when its store cannot be read.
    pub fn line(&self, store: &Store) -> Result<LineSettings, String> {
        let read = |fault: Fault| fault.to_string();
        Ok(LineSettings {
            site: Site::comanda("").map_err(|bad| bad.to_string())?,
            register_id: self.name.as_str().into(),
            location_id: self.location_id.clone(),
            secret: Some(secret(&self.location_id, &self.name)),
            store_id: store.reader().store_id().map_err(read)?,
            epoch: store.reader().epoch().map_err(read)?,
        })
    }
}
