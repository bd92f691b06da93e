//! What a run leaves behind on request: JUnit XML for a CI server, a film of each scenario, a picture of each snapshot
//! and of each screen that was not as expected.

use super::cast::Cast;
use super::picture::Picture;
use super::report::Failure;
use super::scenario::Scenario;
use super::svg::svg;
use crate::runtime::{Fault, clock};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// What is wanted of a run besides its sums.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Takes the screens as they are now for the expected ones.
    pub accept: bool,
    /// Where the JUnit XML goes: a file.
    pub junit: Option<PathBuf>,
    /// Where the films go: a folder, a film a scenario.
    pub cast: Option<PathBuf>,
    /// Where the pictures go: a folder, a picture a snapshot or failing screen.
    pub svg: Option<PathBuf>,
}

/// Who watches a scenario while it plays. PINs are masked in all that it sees.
pub trait Witness {
    /// Whether it wants to see every settled screen: they are drawn for nobody else.
    fn watches(&self) -> bool;
    /// A command begins, `at_ms` of virtual time after the first frame.
    fn begins(&mut self, at_ms: i64, line: usize, word: &str);
    /// The settled screen after a command, or at the start.
    fn sees(&mut self, at_ms: i64, picture: &Picture);
    /// The screen that a script takes for a snapshot.
    fn keeps(&mut self, name: &str, picture: &Picture);
}

/// Nobody watches.
impl Witness for () {
    fn watches(&self) -> bool {
        false
    }
    fn begins(&mut self, _at_ms: i64, _line: usize, _word: &str) {}
    fn sees(&mut self, _at_ms: i64, _picture: &Picture) {}
    fn keeps(&mut self, _name: &str, _picture: &Picture) {}
}

/// The reports of one run, as far as they are wanted.
pub(super) struct Reports<'a> {
    wanted: &'a Wanted,
    junit: Report,
    suite: Option<TestSuite>,
    /// The folder that the pictures and films of each script go to: its stem, told apart where two have the same.
    folders: BTreeMap<PathBuf, String>,
    folder: String,
    cast: Option<Cast>,
    began: Instant,
    wrongs: Vec<String>,
}

impl<'a> Reports<'a> {
    pub fn new(wanted: &'a Wanted) -> Reports<'a> {
        Reports {
            wanted,
            junit: Report::new("comanda script"),
            suite: None,
            folders: BTreeMap::new(),
            folder: String::new(),
            cast: None,
            began: clock::instant(),
            wrongs: Vec::new(),
        }
    }

    /// A script begins.
    pub fn script(&mut self, path: &Path) {
        self.end_script();
        self.suite = Some(TestSuite::new(path.display().to_string()));
        let stem = path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy();
        let taken = self.folders.values().filter(|it| **it == stem || it.starts_with(&format!("{stem}~"))).count();
        let name = if taken == 0 { stem.into_owned() } else { format!("{stem}~{}", taken + 1) };
        self.folder = self.folders.entry(path.to_owned()).or_insert(name).clone();
    }

    /// A script does not read.
    pub fn error(&mut self, told: &str) {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_message("the script does not read").set_description(told);
        self.case(TestCase::new("reads", status));
    }

    /// A scenario begins.
    pub fn scenario(&mut self, scenario: &Scenario) {
        self.began = clock::instant();
        let setting = &scenario.setting;
        let unix_s = setting.clock.unix_ms.div_euclid(1000);
        let film = || Cast::new(setting.columns, setting.rows, unix_s, &scenario.name);
        self.cast = self.wanted.cast.as_ref().map(|_| film());
    }

    /// A scenario ended: well, or by a failure.
    pub fn ended(&mut self, scenario: &Scenario, failure: Option<&Failure>) {
        let status = match failure {
            None => TestCaseStatus::success(),
            Some(failure) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                status.set_message(format!("line {}: expected {}", failure.line, failure.expected));
                status.set_description(failure.to_string());
                status
            }
        };
        let mut case = TestCase::new(scenario.name.as_str(), status);
        case.set_classname(self.folder.as_str()).set_time(self.began.elapsed());
        self.case(case);
        if let Some(failure) = failure
            && let Some(picture) = &failure.picture
        {
            let name = format!("line {} failed", failure.line);
            self.picture(&name, picture);
        }
        if let (Some(cast), Some(folder)) = (self.cast.take(), &self.wanted.cast) {
            let name = format!("{} {}", scenario.line, scenario.name);
            let file = folder.join(&self.folder).join(format!("{}.cast", file_name(&name)));
            self.write(&file, &cast.text());
        }
    }

    /// The run is over; says what could not be written.
    pub fn finish(&mut self) -> Vec<String> {
        self.end_script();
        if let Some(file) = &self.wanted.junit {
            match self.junit.to_string() {
                Ok(xml) => self.write(file, &xml),
                Err(wrong) => self.wrongs.push(format!("could not make the JUnit report: {wrong}")),
            }
        }
        std::mem::take(&mut self.wrongs)
    }

    fn case(&mut self, case: TestCase) {
        self.suite.get_or_insert_with(|| TestSuite::new("scripts")).add_test_case(case);
    }

    fn end_script(&mut self) {
        if let Some(suite) = self.suite.take() {
            self.junit.add_test_suite(suite);
        }
    }

    fn picture(&mut self, name: &str, picture: &Picture) {
        if let Some(folder) = &self.wanted.svg {
            let file = folder.join(&self.folder).join(format!("{}.svg", file_name(name)));
            self.write(&file, &svg(picture, &format!("{}: {name}", self.folder)));
        }
    }

    fn write(&mut self, file: &Path, text: &str) {
        let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
        let made = folder.map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(file, text));
        if let Err(source) = made {
            let doing = format!("could not write the report {}", file.display());
            self.wrongs.push(Fault::io(doing, &source, "choose another place").to_string());
        }
    }
}

impl Witness for Reports<'_> {
    fn watches(&self) -> bool {
        self.cast.is_some()
    }

    fn begins(&mut self, at_ms: i64, line: usize, word: &str) {
        self.cast.iter_mut().for_each(|cast| cast.mark(at_ms, &format!("line {line}: {word}")));
    }

    fn sees(&mut self, at_ms: i64, picture: &Picture) {
        self.cast.iter_mut().for_each(|cast| cast.show(at_ms, picture));
    }

    fn keeps(&mut self, name: &str, picture: &Picture) {
        self.picture(name, picture);
    }
}

/// A name that every file system takes: what it may not like becomes `-`.
fn file_name(name: &str) -> String {
    name.chars().map(|it| if it.is_alphanumeric() || " ._+,()".contains(it) { it } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use crate::script::fake::FakeTheatre;
    use crate::script::run::{Summary, run_files};
    use crate::script::{Wanted, exit_code};
    use quick_junit::Report;

    const SCRIPT: &str = "Scenario \"ends well/1\"\nTerminal 30x8\nLogin \"1111\"\nType \"2 Cola\" Enter\n\
        Snapshot \"after\"\nEnd\nScenario \"does not\"\nTerminal 30x8\nKeys 7 Enter\nExpect \"Tea & <cake>\"\nEnd\n";

    #[test]
    fn a_run_leaves_behind_what_was_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("other")).unwrap();
        for script in ["lunch.script", "other/lunch.script"] {
            std::fs::write(at(script), SCRIPT).unwrap();
        }
        std::fs::write(at("wrong.script"), "Kyes\n").unwrap();
        let scripts = [at("lunch.script"), at("other/lunch.script"), at("wrong.script")];
        let wanted = Wanted {
            accept: true,
            junit: Some(at("out/report.xml")),
            cast: Some(at("casts")),
            svg: Some(at("pictures")),
        };
        let mut out = Vec::new();
        let summary = run_files(&scripts, &wanted, &mut FakeTheatre::default(), &mut out);
        assert_eq!(summary, Summary { passed: 2, failed: 2, errors: 1 }, "{}", String::from_utf8_lossy(&out));

        let xml = std::fs::read_to_string(at("out/report.xml")).unwrap();
        let report = Report::deserialize_from_str(&xml).unwrap();
        assert_eq!((report.tests, report.failures, report.errors), (5, 2, 1), "{xml}");
        assert!(xml.contains("Tea &amp; &lt;cake&gt;") && !xml.contains("1111"), "{xml}");
        for (file, holds) in [
            ("casts/lunch/1 ends well-1.cast", "line 4: Type"),
            ("casts/lunch~2/7 does not.cast", "line 9: Keys"),
            ("pictures/lunch/after.svg", "2 Cola"),
            ("pictures/lunch~2/line 10 failed.svg", "</svg>"),
        ] {
            let text = std::fs::read_to_string(at(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
            assert!(text.contains(holds), "{file}: {text}");
        }
        let times: Vec<f64> = std::fs::read_to_string(at("casts/lunch/1 ends well-1.cast"))
            .unwrap()
            .lines()
            .skip(1)
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()[0].as_f64().unwrap())
            .collect();
        assert!(times.is_sorted() && times.last() == Some(&2.4), "5 keys and 7 keys, 200 ms each: {times:?}");
    }

    #[test]
    fn a_report_that_cannot_be_written_is_an_error_of_the_run() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("a.script");
        std::fs::write(&script, SCRIPT).unwrap();
        let wanted = Wanted { accept: true, junit: Some(folder.path().to_owned()), ..Wanted::default() };
        let mut out = Vec::new();
        let summary = run_files(&[script], &wanted, &mut FakeTheatre::default(), &mut out);
        let told = String::from_utf8(out).unwrap();
        assert_eq!((summary.errors, exit_code(&summary)), (1, 2), "{told}");
        assert!(told.contains("could not write the report") && told.contains("it is a directory"), "{told}");
    }
}
