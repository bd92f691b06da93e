//! Screens that are kept beside a script and compared with later ones. PINs are masked before they come here.

use super::picture::Picture;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use unicode_width::UnicodeWidthStr;

/// Where the player takes a screen that a script names.
pub trait Snapshots {
    /// Compares a screen with the one that is kept under this name.
    ///
    /// # Errors
    /// How they differ, as a text for the tester.
    fn compare(&mut self, name: &str, picture: &Picture) -> Result<(), String>;
}

/// Snapshots as text files: `snapshots/<script's stem>/<name>.txt` in the script's folder.
#[derive(Debug)]
pub struct FileSnapshots {
    folder: PathBuf,
    accept: bool,
    written: BTreeSet<String>,
}

impl FileSnapshots {
    /// The snapshots of a script. With `accept`, a screen that differs takes the place of the one that is kept; within
    /// one run the first screen of a name counts, and later ones are compared with it.
    pub fn of(script: &Path, accept: bool) -> FileSnapshots {
        let stem = script.file_stem().unwrap_or(script.as_os_str());
        let folder = script.parent().unwrap_or(Path::new("")).join("snapshots").join(stem);
        FileSnapshots { folder, accept, written: BTreeSet::new() }
    }

    fn keep(&mut self, name: &str, path: &Path, lines: &[String]) -> Result<(), String> {
        let write = || -> io::Result<()> {
            std::fs::create_dir_all(&self.folder)?;
            std::fs::write(path, lines.join("\n") + "\n")
        };
        write().map_err(|error| format!("{} could not be written: {error}", path.display()))?;
        self.written.insert(name.to_owned());
        Ok(())
    }
}

impl Snapshots for FileSnapshots {
    fn compare(&mut self, name: &str, picture: &Picture) -> Result<(), String> {
        let path = self.folder.join(format!("{name}.txt"));
        let lines = picture.lines();
        let may_write = self.accept && !self.written.contains(name);
        let kept = match std::fs::read_to_string(&path) {
            Ok(kept) => kept,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if may_write {
                    return self.keep(name, &path, &lines);
                }
                let path = path.display();
                return Err(format!("there is no {path}; look at the screen, and when it is right run with --accept"));
            }
            Err(error) if may_write && error.kind() == io::ErrorKind::InvalidData => String::new(),
            Err(error) => return Err(format!("{} could not be read: {error}", path.display())),
        };
        let golden: Vec<&str> = kept.lines().collect();
        if golden == lines {
            return Ok(());
        }
        if may_write {
            return self.keep(name, &path, &lines);
        }
        Err(difference(&path, &golden, &lines))
    }
}

/// Both screens, row by row; rows that differ are marked: `-` is kept, `+` is now.
fn difference(path: &Path, golden: &[&str], now: &[String]) -> String {
    let width = golden.iter().map(|line| line.width()).chain(now.iter().map(|line| line.width())).max().unwrap_or(0);
    let mut out = format!(
        "{} differs in the marked rows (- is kept, + is now); when the screen is right run with --accept\n",
        path.display()
    );
    let mut row = |mark: char, at: usize, line: &str| {
        let blanks = " ".repeat(width.saturating_sub(line.width()));
        // Writing into a String cannot fail.
        let _ = writeln!(out, "{mark} {:>3}|{line}{blanks}|", at + 1);
    };
    for at in 0..golden.len().max(now.len()) {
        match (golden.get(at).copied(), now.get(at).map(String::as_str)) {
            (Some(kept), Some(here)) if kept == here => row(' ', at, here),
            (kept, here) => {
                kept.into_iter().for_each(|line| row('-', at, line));
                here.into_iter().for_each(|line| row('+', at, line));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_is_kept_on_request_and_then_compared() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("lunch.script");
        let one = Picture::of_lines(10, 3, &["1 Cola", "", "5.00"]);
        let other = Picture::of_lines(10, 3, &["1 Cola", "", "6.00"]);
        let golden = folder.path().join("snapshots/lunch/the end.txt");

        let missing = FileSnapshots::of(&script, false).compare("the end", &one).unwrap_err();
        assert!(
            missing.contains("the end.txt; look at the screen, and when it is right run with --accept"),
            "{missing}"
        );
        assert!(!golden.exists());

        let mut accepting = FileSnapshots::of(&script, true);
        accepting.compare("the end", &one).unwrap();
        assert_eq!(std::fs::read_to_string(&golden).unwrap(), "1 Cola\n\n5.00\n");
        assert!(accepting.compare("the end", &other).is_err(), "within a run the first screen counts");

        let mut comparing = FileSnapshots::of(&script, false);
        comparing.compare("the end", &one).unwrap();
        let differs = comparing.compare("the end", &other).unwrap_err();
        let (_, rows) = differs.split_once('\n').unwrap();
        assert_eq!(rows, "    1|1 Cola|\n    2|      |\n-   3|5.00  |\n+   3|6.00  |\n");

        FileSnapshots::of(&script, true).compare("the end", &other).unwrap();
        FileSnapshots::of(&script, false).compare("the end", &other).unwrap();
    }
}
