//! How the machine below a register stands: its disk, its backup, its clock. The runtime looks, the app keeps, screens
//! show.

use crate::domain::Timestamp;
use serde::{Deserialize, Serialize};

/// The day on which this version was finished, as Unix milliseconds: a clock that stands before it stands wrong.
const FINISHED_UNIX_MS: i64 = 1_763_769_600_000;
/// How far the clock may stand behind the journal's last row before it is doubted, in milliseconds.
const BEHIND_MS: i64 = 5 * 60_000;
/// How far a running clock may leap ahead before it is doubted, in milliseconds.
const AHEAD_MS: i64 = 24 * 60 * 60_000;

/// What the machine says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Report {
    /// So many bytes are free where the store lies, or why nobody can tell.
    DiskFree(Result<u64, String>),
    /// A backup was found, or made just now.
    BackedUp {
        /// When.
        at: Timestamp,
        /// Into which file.
        file: String,
        /// It lies on the disk that the store lies on.
        same_disk: bool,
    },
    /// A backup was due and could not be made.
    NoBackup {
        /// Why.
        why: String,
    },
}

/// What a register is told of its machine when it opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// Fewer free bytes than this are told.
    pub low_disk_bytes: u64,
    /// Where backups go and how often, if they are set up.
    pub backup: Option<BackupPlan>,
}

impl Default for Watch {
    /// 200 MiB, and no backups.
    fn default() -> Watch {
        Watch { low_disk_bytes: 200 << 20, backup: None }
    }
}

/// Where backups go and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupPlan {
    /// The directory.
    pub directory: String,
    /// How long from one to the next, in milliseconds.
    pub every_ms: i64,
}

/// Why the clock is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockDoubt {
    /// It stands before the day on which this program was finished.
    BeforeProgram,
    /// It stands before what the journal says happened already.
    BehindJournal(Timestamp),
    /// It leapt ahead by more than a day while the register ran.
    LeaptAhead(Timestamp),
}

/// The last backup, as far as this register knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastBackup {
    /// When.
    pub at: Timestamp,
    /// Into which file.
    pub file: String,
    /// It lies on the disk that the store lies on.
    pub same_disk: bool,
}

/// How the machine stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// What it is measured by.
    pub watch: Watch,
    /// Free bytes where the store lies, or why nobody can tell; none before the first look.
    pub free: Option<Result<u64, String>>,
    /// The last backup.
    pub last_backup: Option<LastBackup>,
    /// Why the backup that was due could not be made.
    pub no_backup: Option<String>,
    /// Why the clock is not believed.
    pub clock: Option<ClockDoubt>,
    opened_at: Timestamp,
    seen_at: Timestamp,
    leapt_from: Option<Timestamp>,
}

impl Machine {
    /// A machine that nobody looked at yet.
    pub fn new(watch: Watch, now: Timestamp) -> Machine {
        Machine {
            watch,
            free: None,
            last_backup: None,
            no_backup: None,
            clock: None,
            opened_at: now,
            seen_at: now,
            leapt_from: None,
        }
    }

    /// Takes note of what the machine says.
    pub fn take(&mut self, report: Report) {
        match report {
            Report::DiskFree(free) => self.free = Some(free),
            Report::BackedUp { at, file, same_disk } => {
                self.last_backup = Some(LastBackup { at, file, same_disk });
                self.no_backup = None;
            }
            Report::NoBackup { why } => self.no_backup = Some(why),
        }
    }

    /// Compares the clock with what it said before and with the journal's last row. Called with everything that
    /// happens, at least once a minute.
    pub fn look_at_clock(&mut self, now: Timestamp, journal: Option<Timestamp>) {
        if now.millis_since(self.seen_at) > AHEAD_MS {
            self.leapt_from.get_or_insert(self.seen_at);
        }
        self.leapt_from = self.leapt_from.filter(|from| now.millis_since(*from) > AHEAD_MS);
        self.seen_at = now;
        let behind = journal.filter(|journal| journal.millis_since(now) > BEHIND_MS);
        self.clock = if now.unix_ms < FINISHED_UNIX_MS {
            Some(ClockDoubt::BeforeProgram)
        } else {
            behind.map(ClockDoubt::BehindJournal).or(self.leapt_from.map(ClockDoubt::LeaptAhead))
        };
    }

    /// Somebody looked at the clock after it leapt, and it is right.
    pub fn trust_clock(&mut self) {
        self.leapt_from = None;
        self.clock = self.clock.filter(|doubt| !matches!(doubt, ClockDoubt::LeaptAhead(_)));
    }

    /// What the status bar says of the disk, when it says something.
    pub fn disk_alarm(&self) -> Option<String> {
        match &self.free {
            Some(Ok(free)) if *free < self.watch.low_disk_bytes => Some(format!("DISK {}", size(*free))),
            Some(Err(_)) => Some("DISK?".to_owned()),
            Some(Ok(_)) | None => None,
        }
    }

    /// Whether the backup is not as it should be: it failed, or the last one is older than two intervals.
    pub fn backup_alarm(&self, now: Timestamp) -> bool {
        let Some(plan) = &self.watch.backup else { return false };
        let last = self.last_backup.as_ref().map_or(self.opened_at, |last| last.at);
        self.no_backup.is_some() || now.millis_since(last) > 2 * plan.every_ms
    }

    /// Everything that is wrong, as the words of the status bar; the clock's word stands where the clock would.
    pub fn alarms(&self, now: Timestamp) -> Vec<String> {
        self.disk_alarm().into_iter().chain(self.backup_alarm(now).then(|| "BACKUP!".to_owned())).collect()
    }
}

/// A number of bytes in the units that people buy disks by: `900K`, `150M`, `2.5G`.
pub fn size(bytes: u64) -> String {
    match bytes >> 20 {
        0 => format!("{}K", bytes >> 10),
        mib if mib < 1024 => format!("{mib}M"),
        mib => format!("{}.{}G", mib / 1024, mib % 1024 * 10 / 1024),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_773_491_400_000;
    const MINUTE: i64 = 60_000;

    #[test]
    fn a_clock_is_doubted_that_cannot_be_right() {
        // what the clock says, one look after another, in minutes from noon; the journal's last row; the doubt
        let (day, noon) = (24 * 60, Timestamp::utc(NOON));
        let rows: [(&[i64], i64, Option<ClockDoubt>); 8] = [
            (&[0, 1, 2], 0, None),
            (&[0, 23 * 60], 0, None),
            (&[0, day + 1], 0, Some(ClockDoubt::LeaptAhead(noon))),
            (&[0, day + 1, day + 2], 0, Some(ClockDoubt::LeaptAhead(noon))),
            (&[0, day + 1, 3], 0, None),
            (&[0, 1], 5, None),
            (&[0, 1], 7, Some(ClockDoubt::BehindJournal(noon.plus_millis(7 * MINUTE)))),
            (&[-NOON / MINUTE], 0, Some(ClockDoubt::BeforeProgram)),
        ];
        for (looks, journal, doubt) in rows {
            let mut machine = Machine::new(Watch::default(), noon);
            for look in looks {
                let now = noon.plus_millis(look * MINUTE);
                machine.look_at_clock(now, Some(noon.plus_millis(journal * MINUTE)));
            }
            assert_eq!(machine.clock, doubt, "{looks:?}, journal {journal}");
        }
        let mut machine = Machine::new(Watch::default(), noon);
        machine.look_at_clock(noon.plus_millis(2 * AHEAD_MS), None);
        machine.trust_clock();
        machine.look_at_clock(noon.plus_millis(2 * AHEAD_MS + MINUTE), None);
        assert_eq!(machine.clock, None, "who looked at it is believed");
    }

    #[test]
    fn what_is_wrong_is_said_and_nothing_else() {
        let now = Timestamp::utc(NOON);
        let plan = BackupPlan { directory: "/media/stick".into(), every_ms: 60 * MINUTE };
        let watch = Watch { low_disk_bytes: 200 << 20, backup: Some(plan) };
        let made =
            |ago: i64| Report::BackedUp { at: now.plus_millis(-ago * MINUTE), file: "a.db".into(), same_disk: false };
        let failed = || Report::NoBackup { why: "it does not exist".into() };
        // what the machine said, what the bar says
        let rows: [(Vec<Report>, &str); 9] = [
            (vec![], ""),
            (vec![Report::DiskFree(Ok(200 << 20))], ""),
            (vec![Report::DiskFree(Ok((200 << 20) - 1))], "DISK 199M"),
            (vec![Report::DiskFree(Err("it does not exist".into()))], "DISK?"),
            (vec![made(119)], ""),
            (vec![made(121)], "BACKUP!"),
            (vec![made(10), failed()], "BACKUP!"),
            (vec![failed(), made(0)], ""),
            (vec![Report::DiskFree(Ok(0)), failed()], "DISK 0K BACKUP!"),
        ];
        for (reports, says) in rows {
            let mut machine = Machine::new(watch.clone(), now);
            let told = format!("{reports:?}");
            reports.into_iter().for_each(|report| machine.take(report));
            assert_eq!(machine.alarms(now).join(" "), says, "{told}");
        }
        assert_eq!([size(3 << 30), size((5 << 29) + 1)], ["3.0G", "2.5G"]);
    }
}
