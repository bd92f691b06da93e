//! What the configuration says of disk and backups.

use super::Check;
use super::text::BackupText;
use crate::runtime::Fault;
use crate::tui::machine::{BackupPlan, Watch};
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;

/// Longest time from one backup to the next, in minutes: a week.
pub const EVERY_MIN_MAX: u32 = 7 * 24 * 60;
/// Most backups that are kept.
pub const KEEP_MAX: usize = 10_000;
/// Highest limit of a low disk, in MiB: one TiB.
pub const LOW_DISK_MIB_MAX: u64 = 1 << 20;
/// What is low when nothing is said, in bytes.
pub(super) const LOW_DISK_BYTES: u64 = 200 << 20;
/// How often and how many when nothing is said.
const USUAL: (u32, usize) = (60, 48);

/// Where copies of the store go, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupConfig {
    /// The directory.
    pub directory: PathBuf,
    /// From one to the next.
    pub every: Duration,
    /// How many are kept.
    pub keep: usize,
}

impl BackupConfig {
    /// Makes sure that the copies do not go where the store itself lies.
    ///
    /// # Errors
    /// A [`Fault`] that says so.
    pub fn is_apart_from(&self, data: &Path) -> Result<(), Fault> {
        let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if real(&self.directory) != real(data) {
            return Ok(());
        }
        let doing = format!("could not use {} for backups", self.directory.display());
        let why = "it is the data directory, where the store itself lies";
        Err(Fault::new(doing, why, "name another directory under [backup], better on another disk"))
    }

    fn plan(&self) -> BackupPlan {
        let every_ms = i64::try_from(self.every.as_millis()).unwrap_or(i64::MAX / 2);
        BackupPlan { directory: self.directory.display().to_string(), every_ms }
    }
}

impl super::Config {
    /// What a register tells of disk and backups.
    pub fn watch(&self) -> Watch {
        Watch { low_disk_bytes: self.low_disk_bytes, backup: self.backup.as_ref().map(BackupConfig::plan) }
    }
}

impl Check<'_> {
    pub(super) fn low_disk(&mut self, typed: &Option<Spanned<u64>>) -> u64 {
        let Some(typed) = typed else { return LOW_DISK_BYTES };
        self.unless((1..=LOW_DISK_MIB_MAX).contains(typed.get_ref()), typed, || {
            format!("low_disk_mib is 1 to {LOW_DISK_MIB_MAX} MiB")
        });
        typed.get_ref().saturating_mul(1 << 20)
    }

    pub(super) fn backup(&mut self, text: &BackupText, folder: &Path) -> BackupConfig {
        let directory = text.directory.get_ref();
        self.unless(!directory.as_os_str().is_empty(), &text.directory, || "directory must name a directory".into());
        let every_min = text.every_min.as_ref().map_or(USUAL.0, |typed| {
            self.unless((1..=EVERY_MIN_MAX).contains(typed.get_ref()), typed, || {
                format!("every_min is 1 to {EVERY_MIN_MAX} minutes")
            });
            *typed.get_ref()
        });
        let keep = text.keep.as_ref().map_or(USUAL.1, |typed| {
            self.unless((1..=KEEP_MAX).contains(typed.get_ref()), typed, || format!("keep is 1 to {KEEP_MAX} backups"));
            *typed.get_ref()
        });
        let every = Duration::from_secs(u64::from(every_min) * 60);
        BackupConfig { directory: folder.join(directory), every, keep }
    }
}
