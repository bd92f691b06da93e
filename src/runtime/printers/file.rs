//! The printer that is two files: the bytes as a printer would get them, and the text that would be on its paper.

use crate::printing::Paper;
use crate::printing::spooler::Outcome;
use crate::runtime::{paths, why};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Characters in the line that heads a job's text.
const HEADING_CHARS: usize = 42;

/// Appends one job to `DIR/NAME.bin` and `DIR/NAME.txt` and syncs both.
///
/// What could not be written whole is taken back, so that nothing of the job is there ([`Outcome::NotStarted`]); only
/// when taking back fails too is it [`Outcome::Broken`].
pub(super) fn print(dir: &Path, name: &str, columns: usize, job: i64, bytes: &[u8]) -> Outcome {
    if let Err(fault) = paths::make_dir(dir, "the paper directory", "choose another data directory with --data") {
        return Outcome::NotStarted(fault.to_string());
    }
    let (mut raw, mut text) = match (open(dir, name, "bin"), open(dir, name, "txt")) {
        (Ok(raw), Ok(text)) => (raw, text),
        (Err(told), _) | (_, Err(told)) => return Outcome::NotStarted(told),
    };
    let heading = format!("--- job {job} ");
    let readable = format!("{heading:-<HEADING_CHARS$}\n{}", readable(columns, bytes));
    match raw.append(bytes).and_then(|()| text.append(readable.as_bytes())) {
        Ok(()) => Outcome::Printed,
        Err(told) => match raw.take_back().and_then(|()| text.take_back()) {
            Ok(()) => Outcome::NotStarted(told),
            Err(left) => Outcome::Broken(format!("{told}; {left}")),
        },
    }
}

/// What a job leaves: the text of its paper, its drawer kicks, and what no printer would understand.
fn readable(columns: usize, bytes: &[u8]) -> String {
    let mut paper = Paper::new(columns);
    let understood = paper.feed(bytes);
    let mut text = paper.text();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for _ in 0..paper.kicks() {
        text.push_str("[the drawer opens]\n");
    }
    if let Err(unknown) = understood {
        text.push_str(&format!("[not understood: {unknown}]\n"));
    }
    text
}

/// A file with the length that it had before the job.
struct Sheet {
    file: File,
    path: String,
    length_before: u64,
}

fn open(dir: &Path, name: &str, ending: &str) -> Result<Sheet, String> {
    let path = dir.join(format!("{name}.{ending}"));
    let told = |source: io::Error| format!("could not open {}: {}", path.display(), why(&source));
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path).map_err(told)?;
    let length_before = file.metadata().map_err(told)?.len();
    Ok(Sheet { file, path: path.display().to_string(), length_before })
}

impl Sheet {
    fn append(&mut self, bytes: &[u8]) -> Result<(), String> {
        let written = self.file.write_all(bytes).and_then(|()| self.file.sync_all());
        written.map_err(|source| format!("could not write {}: {}", self.path, why(&source)))
    }

    fn take_back(&mut self) -> Result<(), String> {
        let cut = self.file.set_len(self.length_before).and_then(|()| self.file.sync_all());
        cut.map_err(|source| format!("could not take back what was written to {}: {}", self.path, why(&source)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_text_lie_side_by_side_each_job_under_its_heading() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("paper");
        assert_eq!(print(&dir, "bar", 42, 12, b"\x1b@2x Cola\n"), Outcome::Printed);
        assert_eq!(print(&dir, "bar", 42, 13, b"\x1b@1x Beer\n"), Outcome::Printed);
        assert_eq!(std::fs::read(dir.join("bar.bin")).unwrap(), b"\x1b@2x Cola\n\x1b@1x Beer\n");
        let text = std::fs::read_to_string(dir.join("bar.txt")).unwrap();
        let heading = |job| format!("{:-<42}", format!("--- job {job} "));
        assert_eq!(text, format!("{}\n2x Cola\n{}\n1x Beer\n", heading(12), heading(13)));
    }

    #[test]
    fn a_disk_that_takes_nothing_has_started_nothing() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("paper"), "a file in its place").unwrap();
        let outcome = print(&dir.path().join("paper"), "bar", 42, 1, b"x");
        assert!(matches!(&outcome, Outcome::NotStarted(told) if told.contains("paper")), "{outcome:?}");
        let outcome = print(&dir.path().join("none"), "no/such", 42, 1, b"x");
        assert!(matches!(&outcome, Outcome::NotStarted(told) if told.contains("does not exist")), "{outcome:?}");
    }

    #[test]
    fn a_job_that_was_written_in_part_is_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(print(dir.path(), "bar", 42, 1, b"first\n"), Outcome::Printed);
        // /dev/full takes no byte, as a disk without space does; it stands where the text would go.
        std::fs::remove_file(dir.path().join("bar.txt")).unwrap();
        std::os::unix::fs::symlink("/dev/full", dir.path().join("bar.txt")).unwrap();
        let outcome = print(dir.path(), "bar", 42, 2, b"second\n");
        let (Outcome::Broken(told) | Outcome::NotStarted(told)) = &outcome else { panic!("{outcome:?}") };
        assert!(told.contains("no space is left"), "{told}");
        assert_eq!(std::fs::read(dir.path().join("bar.bin")).unwrap(), b"first\n");
    }
}
