//! The register's store and its backups. Both are only read, whoever has them open.

use super::finding::Finding;
use super::limits::{BACKUP_OLD_MS, LOG_LONG_BYTES, LOOKED_THROUGH_BYTES};
use crate::domain::{House, Timestamp};
use crate::runtime::backups::Backups;
use crate::runtime::config::BackupConfig;
use crate::runtime::why;
use crate::store::care::{self, Glance};
use crate::store::{Key, OpenFault};
use crate::tui::display::Face;
use crate::tui::machine::size;
use std::path::Path;

/// What was found, and what the journal said last.
pub(super) struct Found {
    pub(super) finding: Finding,
    pub(super) journal: Option<Timestamp>,
}

/// Looks at a store.
pub(super) fn examine(path: &Path, key: Option<&Key>, face: Option<Face>) -> Found {
    let bytes = path.metadata().map_or(0, |about| about.len());
    let glance = care::glance(path, key, bytes <= LOOKED_THROUGH_BYTES);
    let journal = glance.as_ref().ok().and_then(|glance| glance.journal.as_ref().map(|(_, at)| *at));
    Found { finding: judge(glance, face), journal }
}

fn judge(glance: Result<Glance, OpenFault>, face: Option<Face>) -> Finding {
    let glance = match (glance, face) {
        (Ok(glance), _) => glance,
        (Err(OpenFault::Missing(path)), Some(face)) => {
            let says = format!("there is none at {} yet", path.display());
            let makes = format!("`comanda {} --server` makes it, and the server fills it", face.code());
            return Finding::doubtful("store", says, makes);
        }
        (Err(fault), _) => {
            let remedy = match &fault {
                OpenFault::Missing(_) => "make one with `comanda init`, or name the right directory with --data",
                OpenFault::Damaged { .. } | OpenFault::WrongKey(_) | OpenFault::NotAStore(_) => {
                    "stop selling on it, and run `comanda store restore` with the latest backup"
                }
                OpenFault::ReadOnly { .. } => "give this user the directory and the files in it",
                OpenFault::Busy(_) => "end the other program",
                OpenFault::KeyNeeded => "mend the key first",
                OpenFault::Newer { .. } | OpenFault::Plain(_) | OpenFault::Encrypted(_) => {
                    "use the program that made it"
                }
                OpenFault::Exists(_)
                | OpenFault::Older { .. }
                | OpenFault::NoRoom { .. }
                | OpenFault::Failed { .. } => "run `comanda store check`, which says more",
            };
            return Finding::broken("store", fault.to_string(), remedy);
        }
    };
    let Glance { schema, known_schema, epoch, documents, unsent, journal, log_bytes, bytes, flaws, is_whole } = glance;
    let rows = journal.as_ref().map_or(0, |(seq, _)| *seq);
    let says = format!("{}, {documents} documents, {rows} rows in its journal, schema {schema}", size(bytes));
    let finding = if let Some(flaw) = flaws.first() {
        let remedy = "stop selling on it, and run `comanda store restore` with the latest backup";
        Finding::broken("store", format!("{says}: {flaw}"), remedy)
    } else if schema < known_schema {
        let remedy = "start the register once: it brings the store forward, and keeps a copy of it";
        Finding::doubtful("store", format!("{says}; this program has schema {known_schema}"), remedy)
    } else if log_bytes > LOG_LONG_BYTES {
        let remedy = "close the register and open it again; if its log stays long, some program holds the store open";
        Finding::doubtful("store", format!("{says}; its log has grown to {}", size(log_bytes)), remedy)
    } else if !is_whole {
        let says = format!("{says}; it is large, only its head was read: `comanda store check` reads all");
        Finding::well("store", says)
    } else {
        Finding::well("store", format!("{says}; it is sound"))
    };
    let finding = finding.with("schema", schema).with("epoch", epoch).with("documents", documents);
    let finding = finding.with("unsent", unsent).with("journal_rows", rows).with("bytes", bytes);
    finding.with("log_bytes", log_bytes).with("looked_through", is_whole)
}

/// Looks at the newest backup.
pub(super) fn backups(
    house: &House,
    config: Option<&BackupConfig>,
    (store, key): (&Path, &Key),
    (now, is_open): (Timestamp, bool),
) -> Finding {
    let Some(config) = config else {
        let remedy = "name a directory on another disk under [backup] in the configuration";
        return Finding::doubtful("backup", "no backups are made", remedy);
    };
    let directory = config.directory.display().to_string();
    let data = store.parent().unwrap_or(Path::new(""));
    if let Err(fault) = config.is_apart_from(data) {
        return Finding::refused("backup", &fault);
    }
    let newest = Backups::of(house, config.clone(), store.to_owned(), key.clone()).newest();
    let every_ms = i64::try_from(config.every.as_millis()).unwrap_or(i64::MAX / 2);
    let newest = newest.map_err(|source| why(&source));
    let same_disk = newest.as_ref().ok().and_then(|it| it.as_ref()).is_some_and(|(_, same_disk)| *same_disk);
    judge_backups(newest.map(|it| it.map(|(at, _)| at)), every_ms, (now, is_open), (&directory, same_disk))
}

fn judge_backups(
    newest: Result<Option<Timestamp>, String>,
    every_ms: i64,
    (now, is_open): (Timestamp, bool),
    (directory, same_disk): (&str, bool),
) -> Finding {
    let mount = "see that the disk is there and mounted, and that this user may write on it";
    let finding = match newest {
        Err(why) => Finding::broken("backup", format!("nothing is backed up to {directory}: {why}"), mount),
        Ok(None) => Finding::doubtful(
            "backup",
            format!("there is none in {directory} yet"),
            "the open register makes the first",
        ),
        Ok(Some(at)) => {
            let age_ms = now.millis_since(at).max(0);
            let says = format!("the last one was made {}, in {directory}", at.date_and_clock());
            // While the register is closed nothing changes that would have to be saved.
            let old_ms = if is_open { 2 * every_ms } else { BACKUP_OLD_MS.max(2 * every_ms) };
            let finding = if age_ms > old_ms {
                Finding::doubtful("backup", format!("{says}: that is long ago"), mount)
            } else if same_disk {
                let remedy = "name a directory on another disk under [backup]: one disk dies with all that is on it";
                Finding::doubtful("backup", format!("{says}, on the disk of the store"), remedy)
            } else {
                Finding::well("backup", says)
            };
            finding.with("age_s", age_ms / 1_000)
        }
    };
    finding.with("directory", directory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::doctor::Verdict::{Fail, Ok as Well, Warn};
    use crate::store::care::Problem;

    #[test]
    fn a_store_is_judged_by_a_glance() {
        let well = || Glance {
            schema: 9,
            known_schema: 9,
            epoch: 1,
            documents: 3,
            unsent: 0,
            journal: Some((5, Timestamp::utc(0))),
            log_bytes: 0,
            bytes: 1 << 20,
            flaws: Vec::new(),
            is_whole: true,
        };
        let missing = || OpenFault::Missing("/x/store.db".into());
        let flaws = vec![Problem::Structure("row 3 is missing from index x".into())];
        // what was seen, at which screen, verdict, part of what is said
        let rows = [
            (Ok(well()), None, Well, "1M, 3 documents, 5 rows in its journal, schema 9; it is sound"),
            (Ok(Glance { schema: 8, ..well() }), None, Warn, "this program has schema 9"),
            (Ok(Glance { log_bytes: LOG_LONG_BYTES + 1, ..well() }), None, Warn, "its log has grown to 64M"),
            (Ok(Glance { is_whole: false, ..well() }), None, Well, "comanda store check"),
            (Ok(Glance { flaws, ..well() }), None, Fail, "its structure is damaged"),
            (Ok(Glance { journal: None, ..well() }), None, Well, "0 rows in its journal"),
            (Err(missing()), None, Fail, "there is no store at /x/store.db"),
            (Err(missing()), Some(Face::Kitchen), Warn, "yet"),
            (Err(OpenFault::KeyNeeded), None, Fail, "no key"),
        ];
        for (glance, face, verdict, part) in rows {
            let found = judge(glance, face);
            assert!(found.verdict == verdict && found.says.contains(part), "{found:?}");
        }
    }

    #[test]
    fn a_backup_is_as_old_as_it_may_be() {
        let now = Timestamp::utc(1_795_953_600_000);
        let hour = 3_600_000;
        let ago = |hours: i64| Ok(Some(now.plus_millis(-hours * hour)));
        // the newest, whether the register is open, whether on its disk, verdict; they are made each hour
        let rows = [
            (ago(1), true, false, Well),
            (ago(3), true, false, Warn),
            (ago(3), false, false, Well),
            (ago(24 * 8), false, false, Warn),
            (ago(1), true, true, Warn),
            (ago(-5), true, false, Well),
            (Ok(None), true, false, Warn),
            (Err("it does not exist".to_owned()), false, false, Fail),
        ];
        for (newest, is_open, same_disk, verdict) in rows {
            let told = format!("{newest:?} {is_open} {same_disk}");
            let found = judge_backups(newest, hour, (now, is_open), ("/media/stick", same_disk));
            assert_eq!(found.verdict, verdict, "{told}: {found:?}");
        }
    }
}
