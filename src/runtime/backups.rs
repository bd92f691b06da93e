//! Backups by themselves: copies of the store into a second directory, on a thread of their own, while the register
//! sells. A copy is of one moment, is complete before it has its name, and was checked before an older one goes.
//!
//! Names sort by time and say whose they are: `L1-T1-20260314T123000Z-e1.db` is register T1 of location L1 in its first
//! epoch. Where the clock stands wrong, the journal's last row and the newest name keep the order.

use super::config::BackupConfig;
use super::{Fault, clock, disk, why};
use crate::domain::{House, Timestamp};
use crate::store::care::{self, CareFault};
use crate::store::{Key, Reader};
use crate::tui::machine::{Report, size};
use rustix::fs::{Access, access};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How long until a backup that failed is tried again.
const RETRY: Duration = Duration::from_secs(60);
/// How long the copying pauses after a few pages, so that keys come first also where there is one processor.
const PAUSE: Duration = Duration::from_millis(2);
/// How long leaving waits for a copy to be given up.
const LEAVE: Duration = Duration::from_millis(2_000);
/// What a copy takes for itself while it is made, in bytes: what SQLite keeps beside it.
const SPARE_BYTES: u64 = 256 << 10;
/// How a backup writes its instant.
const INSTANT: &str = "%Y%m%dT%H%M%SZ";

/// What is copied, and where to.
#[derive(Debug)]
pub struct Backups {
    /// Where copies go, and how often.
    pub config: BackupConfig,
    /// The store.
    pub store: PathBuf,
    /// Its key.
    pub key: Key,
    /// What its copies' names begin with: location and register.
    prefix: String,
}

/// The thread that makes backups.
#[derive(Debug)]
pub struct BackupThread {
    nudge: Sender<()>,
    ended: Receiver<()>,
}

impl Backups {
    /// Copies of this house's register.
    pub fn of(house: &House, config: BackupConfig, store: PathBuf, key: Key) -> Backups {
        let prefix = format!("{}-{}-", house.location_id, house.register_id);
        Backups { config, store, key, prefix }
    }

    /// Starts to make backups: at once when one is overdue, then after each interval. `tell` hears of each.
    ///
    /// # Errors
    /// A [`Fault`] when there is no thread to be had.
    pub fn spawn(self, tell: impl Fn(Report) + Send + 'static) -> Result<BackupThread, Fault> {
        let (nudge, nudges) = channel::<()>();
        let (ends, ended) = channel::<()>();
        let work = move || {
            let _ends_with_the_thread = ends;
            self.work(&nudges, &tell);
        };
        let spawned = std::thread::Builder::new().name("backups".into()).spawn(work);
        let doing = "could not start the thread of backups";
        spawned.map_err(|source| Fault::io(doing, &source, "close other programs"))?;
        Ok(BackupThread { nudge, ended })
    }

    fn work(&self, nudges: &Receiver<()>, tell: &dyn Fn(Report)) {
        let mut wait = self.look_back(tell);
        let mut told = None;
        loop {
            match nudges.recv_timeout(wait) {
                Err(RecvTimeoutError::Disconnected) => return,
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            }
            match self.make(nudges) {
                Ok(Some(report)) => {
                    tracing::info!(?report, "backed up");
                    (told, wait) = (None, self.config.every);
                    tell(report);
                }
                // The register leaves.
                Ok(None) => return,
                Err(why) => {
                    if told.as_ref() != Some(&why) {
                        tracing::warn!(why, "no backup; it is tried again every minute");
                    }
                    told = Some(why.clone());
                    wait = RETRY.min(self.config.every);
                    tell(Report::NoBackup { why });
                }
            }
        }
    }

    /// Tells of the newest backup that lies there already, and says how long until the next is due.
    fn look_back(&self, tell: &dyn Fn(Report)) -> Duration {
        let now = clock::now();
        let Some((at, file)) = self.found().ok().and_then(|mut all| all.pop()) else { return Duration::ZERO };
        let age_ms = now.millis_since(at);
        let at = Timestamp { offset_min: now.offset_min, ..at };
        tell(Report::BackedUp { at, file, same_disk: self.is_on_the_stores_disk() });
        // A backup from the future says that a clock stood wrong: nobody knows how old it is.
        match u64::try_from(age_ms) {
            Ok(age_ms) => self.config.every.saturating_sub(Duration::from_millis(age_ms)),
            Err(_) => Duration::ZERO,
        }
    }

    /// Every backup of this register in the directory, the oldest first.
    fn found(&self) -> io::Result<Vec<(Timestamp, String)>> {
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.config.directory)? {
            let name = entry?.file_name().into_string().unwrap_or_default();
            all.extend(self.instant_of(&name).map(|at| (at, name)));
        }
        all.sort();
        Ok(all)
    }

    /// When the newest was made, and whether it lies on the store's disk; none when there is none.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn newest(&self) -> io::Result<Option<(Timestamp, bool)>> {
        Ok(self.found()?.pop().map(|(at, _)| (at, self.is_on_the_stores_disk())))
    }

    fn name(&self, at: Timestamp, epoch: u32) -> String {
        let instant = Timestamp::utc(at.unix_ms).local().format(INSTANT);
        format!("{}{instant}-e{epoch}.db", self.prefix)
    }

    /// When the backup of that name was made; none when it is none of this register's.
    fn instant_of(&self, name: &str) -> Option<Timestamp> {
        let (instant, epoch) = name.strip_prefix(&self.prefix)?.strip_suffix(".db")?.split_once("-e")?;
        let read = chrono::NaiveDateTime::parse_from_str(instant, INSTANT).ok()?;
        let at = Timestamp::utc(read.and_utc().timestamp_millis());
        (self.name(at, epoch.parse().ok()?) == name).then_some(at)
    }

    fn is_on_the_stores_disk(&self) -> bool {
        let disk = |path| fs::metadata(path).ok().map(|about| about.dev());
        disk(&self.config.directory) == disk(&self.store)
    }

    /// Makes one backup and drops those beyond the number that is kept; none when it was given up because the register
    /// leaves, else why there is none.
    fn make(&self, nudges: &Receiver<()>) -> Result<Option<Report>, String> {
        let directory = &self.config.directory;
        fs::read_dir(directory).map_err(|source| why(&source))?;
        access(directory, Access::WRITE_OK | Access::EXEC_OK).map_err(|source| why(&source.into()))?;
        self.sweep().map_err(|source| why(&source))?;
        self.has_room()?;
        let reader = Reader::open(&self.store, Some(&self.key)).map_err(|fault| fault.to_string())?;
        let epoch = reader.epoch().map_err(|fault| fault.to_string())?;
        let last = reader.journal(1).map_err(|fault| fault.to_string())?.pop().map(|row| row.at);
        drop(reader);
        let newest = self.found().map_err(|source| why(&source))?.pop();
        let after = newest.map(|(at, _)| at.plus_millis(1_000));
        let at = [last, after].into_iter().flatten().fold(clock::now(), Timestamp::max);
        let file = self.name(at, epoch);
        let mut leaves = false;
        let mut between = || {
            leaves = nudges.recv_timeout(PAUSE) == Err(RecvTimeoutError::Disconnected);
            !leaves
        };
        let made = care::backup_at_pace(&self.store, Some(&self.key), &directory.join(&file), &mut between);
        match made {
            Err(_) if leaves => return Ok(None),
            made => made.map_err(|fault| reason(&fault))?,
        }
        self.prune(&file);
        Ok(Some(Report::BackedUp { at: clock::now(), file, same_disk: self.is_on_the_stores_disk() }))
    }

    /// Makes sure that a copy has room: a full disk says so late, and in words of its own.
    fn has_room(&self) -> Result<(), String> {
        let log = super::paths::beside(&self.store, "-wal");
        let bytes = |path| fs::metadata(path).map_or(0, |about| about.len());
        let takes = bytes(&self.store) + bytes(&log) + SPARE_BYTES;
        let free = disk::free(&self.config.directory)?;
        if takes <= free {
            return Ok(());
        }
        let (takes, free) = (size(takes), size(free));
        Err(format!("it is full: a copy takes {takes}, and {free} are free: make room, or set a lower keep"))
    }

    /// Takes away what a backup left that was cut off in the middle.
    fn sweep(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.config.directory)? {
            let entry = entry?;
            let name = entry.file_name().into_string().unwrap_or_default();
            let whole = name.split_once(".part").map(|(whole, _)| whole);
            if whole.is_some_and(|whole| self.instant_of(whole).is_some()) {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Drops the oldest beyond the number that is kept, never the one that was just made.
    fn prune(&self, made: &str) {
        let all = self.found().unwrap_or_else(|fault| {
            tracing::warn!(%fault, "could not look for old backups");
            Vec::new()
        });
        let beyond = all.len().saturating_sub(self.config.keep);
        for (_, old) in all.iter().take(beyond).filter(|(_, name)| name != made) {
            if let Err(fault) = fs::remove_file(self.config.directory.join(old)) {
                tracing::warn!(%fault, old, "an old backup stays");
            }
        }
    }
}

/// Why a copy failed, without what the screen says anyway.
fn reason(fault: &CareFault) -> String {
    match fault {
        CareFault::Failed { source, .. } => source.to_string(),
        CareFault::Open(_) | CareFault::Taken(_) | CareFault::Unsound { .. } => fault.to_string(),
    }
}

impl BackupThread {
    /// Makes one now.
    pub fn nudge(&self) {
        if self.nudge.send(()).is_err() {
            tracing::error!("the thread of backups has ended");
        }
    }

    /// Gives up what is under way, and waits for that a little.
    pub fn finish(self) {
        drop(self.nudge);
        if self.ended.recv_timeout(LEAVE) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("left while a backup was under way; what there is of it is taken away at the next");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Entropy;
    use crate::store::Store;

    const NOON: i64 = 1_773_491_400_000;

    /// A store and a directory for its backups.
    fn house(keep: usize) -> (tempfile::TempDir, Backups) {
        let dir = tempfile::tempdir().unwrap();
        let (store, key) = (dir.path().join("store.db"), Key::new([7; 32]));
        drop(Store::create(&store, Some(&key), &mut Entropy::new(|bytes| bytes.fill(1))).unwrap());
        let directory = dir.path().join("stick");
        let config = BackupConfig { directory, every: Duration::from_secs(60), keep };
        let backups = Backups::of(&House::named("Trattoria", "L1", "T1"), config, store, key);
        (dir, backups)
    }

    fn names(backups: &Backups) -> Vec<String> {
        let all = fs::read_dir(&backups.config.directory).unwrap();
        let mut names: Vec<String> = all.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_name_says_whose_it_is_and_when_and_no_other_name_does() {
        let (_dir, backups) = house(3);
        let name = backups.name(Timestamp { unix_ms: NOON, offset_min: 60 }, 2);
        assert_eq!(name, "L1-T1-20260314T123000Z-e2.db");
        assert_eq!(backups.instant_of(&name), Some(Timestamp::utc(NOON)));
        for other in [
            "L1-T2-20260314T123000Z-e2.db",
            "L1-T1-T2-20260314T123000Z-e2.db",
            "L1-T1-20260314T123000Z-e2.db.part",
            "L1-T1-20260314T123000Z-e02.db",
            "L1-T1-20260314T123000Z.db",
            "L1-T1-yesterday-e2.db",
            "L1-T1-é-e2.db",
            "store.db",
            "",
        ] {
            assert_eq!(backups.instant_of(other), None, "{other}");
        }
    }

    #[test]
    fn the_newest_are_kept_and_nothing_else_is_touched() {
        let (_dir, backups) = house(2);
        let (_nudge, nudges) = channel();
        assert_eq!(backups.make(&nudges), Err("it does not exist".to_owned()));
        fs::create_dir(&backups.config.directory).unwrap();
        let lay = |name: &str| fs::write(backups.config.directory.join(name), "x").unwrap();
        let (old, half) = (backups.name(Timestamp::utc(NOON), 1), "L1-T1-20260314T123000Z-e1.db.part-journal");
        // One that was made when the clock stood in the far future still is not the newest for ever.
        let future = backups.name(Timestamp::utc(4_000_000_000_000), 1);
        ["holiday.jpg", "L1-T2-20260314T123000Z-e1.db", half, &old, &future].into_iter().for_each(lay);
        let mut made = Vec::new();
        for _ in 0..3 {
            match backups.make(&nudges) {
                Ok(Some(Report::BackedUp { file, same_disk: true, .. })) => made.push(file),
                other => panic!("{other:?}"),
            }
        }
        assert!(made.is_sorted() && made[0] > future, "{made:?}");
        let mut left = vec!["L1-T2-20260314T123000Z-e1.db", "holiday.jpg", &made[1], &made[2]];
        left.sort();
        assert_eq!(names(&backups), left);
        assert!(care::check(&backups.config.directory.join(&made[2]), Some(&backups.key)).unwrap().is_sound());
        assert_eq!(backups.look_back(&|_| {}), Duration::ZERO, "nobody knows how old one from the future is");
    }

    #[test]
    fn a_register_that_leaves_leaves_no_half_backup() {
        let (_dir, backups) = house(2);
        fs::create_dir(&backups.config.directory).unwrap();
        let store = grown(&backups);
        let (nudge, nudges) = channel();
        drop(nudge);
        assert_eq!(backups.make(&nudges), Ok(None));
        assert_eq!(names(&backups), [] as [&str; 0]);
        drop(store);
    }

    /// A store of more pages than are copied at once.
    fn grown(backups: &Backups) -> Store {
        let mut store = Store::open(&backups.store, Some(&backups.key)).unwrap();
        let menu = crate::runtime::demo::menu().unwrap();
        for _ in 0..20 {
            store.write(crate::store::Durability::Draft, |tx| tx.put_menu(&menu, Timestamp::utc(NOON))).unwrap();
        }
        store
    }
}
