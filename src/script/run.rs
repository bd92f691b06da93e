//! Runs script files, tells how each scenario went, and sums up.

use super::limits::{FILE_BYTES_MAX, FILES_MAX, FOLDERS_DEEP_MAX};
use super::parse::parse;
use super::play::play;
use super::reports::{Reports, Wanted};
use super::snapshot::FileSnapshots;
use super::stage::Theatre;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// What a run came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// Scenarios that went well.
    pub passed: usize,
    /// Scenarios that did not.
    pub failed: usize,
    /// Mistakes in scripts, and files that could not be read or hold no scenario. Such files are not played.
    pub errors: usize,
}

/// Plays all scenarios of all scripts. Folders are searched for `*.script`, in the order of their names.
///
/// Each scenario gets a line, each failure a report, and the last line is `N passed, N failed`. A report that nobody
/// takes (`out` fails) does not stop the run; one that cannot be written is an error.
pub fn run_files(files: &[PathBuf], wanted: &Wanted, theatre: &mut dyn Theatre, out: &mut dyn Write) -> Summary {
    let reports = Reports::new(wanted);
    let mut run = Run { accept: wanted.accept, theatre, out, summary: Summary::default(), reports };
    for file in files {
        let mut found = Vec::new();
        match search(file, 0, &mut found) {
            Ok(()) if found.is_empty() => run.error(&format!("{}: there is no *.script in it", file.display())),
            Ok(()) => found.iter().for_each(|script| run.script(script)),
            Err(error) => run.error(&format!("{}: cannot be read: {error}", file.display())),
        }
    }
    for wrong in run.reports.finish() {
        run.summary.errors += 1;
        run.line(&wrong);
    }
    let Summary { passed, failed, errors } = run.summary;
    if errors > 0 {
        run.line(&format!("{errors} {} in scripts", if errors == 1 { "error" } else { "errors" }));
    }
    run.line(&format!("{passed} passed, {failed} failed"));
    run.summary
}

/// The exit code of a run: 0 all went well, 1 a scenario failed, 2 a script could not be played or there was none. When
/// both happened it is 2, since the run says nothing about the rest.
pub fn exit_code(summary: &Summary) -> u8 {
    match summary {
        Summary { errors: 1.., .. } | Summary { passed: 0, failed: 0, .. } => 2,
        Summary { failed: 1.., .. } => 1,
        Summary { failed: 0, .. } => 0,
    }
}

struct Run<'a> {
    accept: bool,
    theatre: &'a mut dyn Theatre,
    out: &'a mut dyn Write,
    summary: Summary,
    reports: Reports<'a>,
}

impl Run<'_> {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{text}");
    }

    fn error(&mut self, text: &str) {
        self.summary.errors += 1;
        self.reports.error(text);
        self.line(text);
    }

    fn script(&mut self, path: &Path) {
        self.reports.script(path);
        let file = path.display().to_string();
        let scenarios = match read(path).map(|text| parse(&text, &file)) {
            Err(error) => return self.error(&format!("{file}: cannot be read: {error}")),
            Ok(Err(errors)) => return errors.iter().for_each(|error| self.error(&error.to_string())),
            Ok(Ok(scenarios)) => scenarios,
        };
        if scenarios.is_empty() {
            return self.error(&format!("{file}: there is no scenario in it; write Scenario \"name\" and End"));
        }
        let mut snapshots = FileSnapshots::of(path, self.accept);
        for scenario in &scenarios {
            let named = format!("{file}:{}: {}", scenario.line, scenario.name);
            self.reports.scenario(scenario);
            let played = play(scenario, self.theatre, &mut snapshots, &mut self.reports);
            self.reports.ended(scenario, played.as_ref().err().map(AsRef::as_ref));
            match played {
                Ok(_) => {
                    self.summary.passed += 1;
                    self.line(&format!("passed {named}"));
                }
                Err(failure) => {
                    self.summary.failed += 1;
                    self.line(&format!("FAILED {named}\n{failure}\n"));
                }
            }
        }
    }
}

/// Reads a script of bounded size.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let most = FILE_BYTES_MAX;
    std::fs::File::open(path)?.take(most + 1).read_to_string(&mut text)?;
    if u64::try_from(text.len()).is_ok_and(|length| length <= most) {
        return Ok(text);
    }
    Err(io::Error::other(format!("it is larger than {most} bytes; make several scripts of it")))
}

/// Finds the scripts of a folder and the folders in it; a file is itself.
fn search(path: &Path, deep: usize, found: &mut Vec<PathBuf>) -> io::Result<()> {
    if !std::fs::metadata(path)?.is_dir() {
        if found.len() >= FILES_MAX {
            return Err(io::Error::other(format!("there are more than {FILES_MAX} scripts; name fewer folders")));
        }
        found.push(path.to_owned());
        return Ok(());
    }
    if deep >= FOLDERS_DEEP_MAX {
        return Err(io::Error::other(format!("{} lies too deep; is there a folder in itself?", path.display())));
    }
    let mut entries = std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() || entry.extension().is_some_and(|it| it == "script") {
            search(&entry, deep + 1, found)?;
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
