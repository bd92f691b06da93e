//! The clock, whether something keeps it right, and the time zone.
//!
//! Whether it is kept right the kernel says (adjtimex(2)): whoever sets it by the network tells the kernel so.
#![expect(unsafe_code, reason = "the kernel's own structure of its clock is C's; it is only read")]

use super::finding::Finding;
use super::limits::{CLOCK_APART_MS, CLOCK_WRONG_MS};
use crate::domain::Timestamp;
use crate::runtime::{paths, why};
use crate::tui::machine::{ClockDoubt, Machine, Watch};
use std::io;
use std::path::Path;

/// What is known of the clock.
#[derive(Debug, Clone)]
pub(super) struct Clock {
    /// What it says.
    pub(super) now: Timestamp,
    /// Whether something keeps it right, or why nobody can tell.
    pub(super) is_kept: Result<bool, String>,
    /// The last row of the journal: the clock stood there already.
    pub(super) journal: Option<Timestamp>,
    /// By how much it is ahead of the server's, in milliseconds.
    pub(super) ahead_ms: Option<i64>,
}

/// Asks the kernel whether something keeps its clock right.
pub(super) fn is_kept() -> Result<bool, String> {
    // SAFETY: a timex of zeros is one, with no mode set: then the call only fills it.
    let (state, code) = unsafe {
        let mut state: libc::timex = std::mem::zeroed();
        let code = libc::adjtimex(&raw mut state);
        (state, code)
    };
    if code < 0 {
        return Err(why(&io::Error::last_os_error()));
    }
    Ok(code != libc::TIME_ERROR && state.status & libc::STA_UNSYNC == 0)
}

/// Judges the clock.
pub(super) fn judge(clock: &Clock) -> Finding {
    let Clock { now, is_kept, journal, ahead_ms } = clock;
    let mut machine = Machine::new(Watch::default(), *now);
    machine.look_at_clock(*now, *journal);
    let says = now.date_and_clock();
    let set = "set it (`timedatectl set-time`), and let the network keep it right (`timedatectl set-ntp true`)";
    let keep = "let the network keep it right: `timedatectl set-ntp true`";
    let apart = ahead_ms.map(|ms| format!("{} {} the server's", span(ms), if ms < 0 { "behind" } else { "ahead of" }));
    let finding = match (&machine.clock, ahead_ms) {
        (Some(ClockDoubt::BeforeProgram), _) => {
            Finding::broken("clock", format!("it says {says}, which is before this program was made"), set)
        }
        (Some(ClockDoubt::BehindJournal(at)), _) => {
            let journal = at.date_and_clock();
            Finding::broken("clock", format!("it says {says}, and the journal has been at {journal} already"), set)
        }
        (Some(ClockDoubt::LeaptAhead(from)), _) => {
            Finding::broken("clock", format!("it leapt from {} to {says}", from.date_and_clock()), set)
        }
        (None, Some(ms)) if ms.abs() > CLOCK_WRONG_MS => {
            Finding::broken("clock", format!("it says {says}, {}", apart.unwrap_or_default()), set)
        }
        (None, Some(ms)) if ms.abs() > CLOCK_APART_MS => {
            Finding::doubtful("clock", format!("it says {says}, {}", apart.unwrap_or_default()), keep)
        }
        (None, _) => {
            let beside = apart.map_or_else(String::new, |apart| format!(", {apart}"));
            match is_kept {
                Ok(true) => Finding::well("clock", format!("it says {says}{beside}, and is kept right")),
                Ok(false) => {
                    Finding::doubtful("clock", format!("it says {says}{beside}; nothing keeps it right"), keep)
                }
                Err(why) => {
                    let says = format!("it says {says}{beside}; the kernel does not tell whether it is kept: {why}");
                    Finding::doubtful("clock", says, keep)
                }
            }
        }
    };
    finding.with("now", now.rfc3339()).with("kept", is_kept.clone().ok()).with("ahead_of_server_ms", *ahead_ms)
}

/// A time in the unit that says enough.
fn span(ms: i64) -> String {
    let ms = ms.unsigned_abs();
    match ms / 1_000 {
        0..100 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        seconds @ 100..6_000 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}

/// Reads which zone the machine is in: TZ, else where `/etc/localtime` leads.
pub(super) fn zone_name() -> Option<String> {
    let named = paths::environment("TZ").map(|name| name.to_string_lossy().trim_start_matches(':').to_owned());
    named.or_else(|| {
        let file = std::fs::canonicalize("/etc/localtime").ok()?;
        let name = file.to_str()?.split_once("/zoneinfo/")?.1.to_owned();
        Some(name)
    })
}

/// Judges the zone.
pub(super) fn judge_zone(name: Option<&str>, offset_min: i16) -> Finding {
    let bare = name.map(|name| Path::new(name).file_name().unwrap_or_default().to_string_lossy().into_owned());
    let is_nowhere = bare.as_deref().is_none_or(|it| ["UTC", "UCT", "Zulu", "Universal", "Etc", "GMT"].contains(&it));
    let sign = if offset_min < 0 { '-' } else { '+' };
    let offset = format!("{sign}{:02}:{:02}", offset_min.abs() / 60, offset_min.abs() % 60);
    let finding = if is_nowhere {
        let says = format!("it is {}, UTC{offset}, where no restaurant is", name.unwrap_or("not set"));
        let remedy = "say where the restaurant is: `timedatectl set-timezone Europe/Madrid`; business days go by it";
        Finding::doubtful("zone", says, remedy)
    } else {
        Finding::well("zone", format!("{}, UTC{offset} now", name.unwrap_or_default()))
    };
    finding.with("name", name).with("offset_min", offset_min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::doctor::Verdict::{self, Fail, Ok as Well, Warn};

    const NOON: i64 = 1_795_953_600_000;

    #[test]
    fn a_clock_is_judged_by_all_that_is_known_of_it() {
        let ms = |minutes: i64| minutes * 60_000;
        // minutes from noon, kept, the journal's minutes from noon, ahead of the server's, verdict, part of the words
        type Row = (i64, Result<bool, String>, Option<i64>, Option<i64>, Verdict, &'static str);
        let rows: [Row; 11] = [
            (0, Ok(true), Some(0), Some(200), Well, "0.2 s ahead of the server's, and is kept right"),
            (0, Ok(true), None, None, Well, "and is kept right"),
            (0, Ok(true), None, Some(-29_950), Well, "29.9 s behind the server's"),
            (0, Ok(false), None, None, Warn, "nothing keeps it right"),
            (0, Err("permission denied".into()), None, None, Warn, "does not tell"),
            (0, Ok(true), None, Some(-31_000), Warn, "31.0 s behind the server's"),
            (0, Ok(true), None, Some(ms(11)), Fail, "11 min ahead of the server's"),
            (0, Ok(true), None, Some(-ms(60 * 26)), Fail, "26 h behind the server's"),
            (0, Ok(true), Some(4), None, Well, ""),
            (0, Ok(true), Some(6), Some(0), Fail, "the journal has been at"),
            (-NOON / 60_000, Ok(true), None, None, Fail, "before this program was made"),
        ];
        for (minutes, is_kept, journal, ahead_ms, verdict, part) in rows {
            let at = |minutes| Timestamp::utc(NOON + ms(minutes));
            let clock = Clock { now: at(minutes), is_kept, journal: journal.map(at), ahead_ms };
            let found = judge(&clock);
            assert!(found.verdict == verdict && found.says.contains(part), "{clock:?}: {found:?}");
            assert_eq!(found.remedy.is_some(), verdict != Well, "{found:?}");
        }
    }

    #[test]
    fn a_zone_is_a_place() {
        // name, offset, verdict
        let rows = [
            (Some("Europe/Madrid"), 120, Well),
            (Some("America/Argentina/Buenos_Aires"), -180, Well),
            (Some("Europe/London"), 0, Well),
            (Some("Etc/UTC"), 0, Warn),
            (Some("UTC"), 0, Warn),
            (None, 0, Warn),
        ];
        for (name, offset_min, verdict) in rows {
            let found = judge_zone(name, offset_min);
            assert_eq!(found.verdict, verdict, "{found:?}");
        }
        assert!(judge_zone(Some("America/St_Johns"), -150).says.contains("UTC-02:30"));
        assert!(is_kept().is_ok() || is_kept().is_err(), "it is asked without harm");
    }
}
