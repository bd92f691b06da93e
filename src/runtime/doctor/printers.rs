//! The printers, each as it is configured: whether it can be reached, what it says of paper and cover (DLE EOT), and
//! what waits for it or was given up. Nothing is printed; all are asked at once, so that dead ones cost one wait.

use super::finding::Finding;
use crate::runtime::config::{Address, PrinterConfig};
use crate::runtime::printers::Patience;
use crate::store::Reader;
use std::path::Path;

/// What is known of a printer.
#[derive(Debug, Clone)]
struct Known {
    /// How it is reached, as the configuration says.
    address: String,
    /// What it says of itself, or why it cannot print.
    answers: Result<&'static str, String>,
    /// Jobs that wait, and that were given up; none where the store does not say.
    jobs: Option<(u32, u32)>,
    /// Who prints its tickets meanwhile.
    substitute: Option<String>,
}

/// Asks all of them. `is_open` says that a register prints meanwhile.
pub(super) fn examine(
    printers: &[PrinterConfig],
    paper: &Path,
    reader: Option<&Reader>,
    is_open: bool,
) -> Vec<Finding> {
    let asked: Vec<Result<&'static str, String>> = std::thread::scope(|threads| {
        let all: Vec<_> =
            printers.iter().map(|printer| threads.spawn(move || printer.device(paper).look(Patience::USUAL))).collect();
        let failed = || Err("its driver failed".to_owned());
        all.into_iter().map(|thread| thread.join().unwrap_or_else(|_| failed())).collect()
    });
    let jobs = |name: &str| Some((reader?.spool_waiting(name).ok()?, reader?.spool_failed(name).ok()?));
    let known = printers.iter().zip(asked).map(|(printer, answers)| {
        let address = match &printer.address {
            Address::File => format!("file {}", paper.display()),
            Address::Tcp { host, port } => format!("tcp:{host}:{port}"),
            Address::Character(path) => format!("dev:{}", path.display()),
        };
        let known = Known { address, answers, jobs: jobs(printer.name()), substitute: printer.substitute.clone() };
        judge(printer.name(), &known, is_open)
    });
    known.collect()
}

fn judge(name: &str, known: &Known, is_open: bool) -> Finding {
    let Known { address, answers, jobs, substitute } = known;
    let (waiting, failed) = (jobs.map(|it| it.0), jobs.map(|it| it.1));
    let queue = match jobs {
        Some((waiting @ 1.., 0)) => format!("; {waiting} jobs wait"),
        Some((waiting, failed @ 1..)) => format!("; {waiting} jobs wait, {failed} were given up"),
        Some((0, 0)) | None => String::new(),
    };
    let finding = match answers {
        Ok(says) if failed.unwrap_or(0) == 0 => Finding::well("printer", format!("{address}: {says}{queue}")),
        Ok(says) => {
            let remedy = "look at them on the printers screen (F10): print them again, or put them aside";
            Finding::doubtful("printer", format!("{address}: {says}{queue}"), remedy)
        }
        Err(why) => {
            let busy = if is_open { "; a register that is open may be printing on it right now" } else { "" };
            let stands_in = substitute.as_ref().map(|it| format!(" ({it} prints its tickets meanwhile)"));
            let remedy = format!(
                "look at its power, cable, paper and cover, and at its `device` in the configuration{}",
                stands_in.unwrap_or_default()
            );
            Finding::broken("printer", format!("{address}: {why}{queue}{busy}"), remedy)
        }
    };
    let finding = finding.of(name).with("address", address.as_str()).with("waiting", waiting).with("failed", failed);
    finding.with("answers", answers.as_ref().ok().copied())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::House;
    use crate::printing::Drawer;
    use crate::runtime::config::Config;
    use crate::runtime::doctor::Verdict::{Fail, Ok as Well, Warn};
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[test]
    fn a_printer_is_judged_by_its_answer_and_its_jobs() {
        let known = |answers: Result<&'static str, &str>, jobs| Known {
            address: "tcp:10.0.0.9:9100".into(),
            answers: answers.map_err(str::to_owned),
            jobs,
            substitute: Some("bar".into()),
        };
        // what it answers, jobs, verdict, part of what is said
        let rows = [
            (Ok("it is ready"), Some((0, 0)), Well, "it is ready"),
            (Ok("it is ready"), Some((2, 0)), Well, "2 jobs wait"),
            (Ok("it is ready"), Some((0, 1)), Warn, "1 were given up"),
            (Ok("it is ready"), None, Well, "tcp:10.0.0.9:9100"),
            (Err("no paper"), Some((3, 0)), Fail, "no paper; 3 jobs wait"),
        ];
        for (answers, jobs, verdict, part) in rows {
            let found = judge("kitchen", &known(answers, jobs), false);
            assert!(found.verdict == verdict && found.says.contains(part), "{found:?}");
        }
        let found = judge("kitchen", &known(Err("no answer in time"), None), true);
        assert!(found.says.contains("may be printing") && found.remedy.unwrap().contains("bar prints its tickets"));
    }

    #[test]
    fn printers_on_the_line_are_asked_and_dead_ones_told() {
        let dir = tempfile::tempdir().unwrap();
        let usual = Config::usual(House::named("Trattoria", "L1", "T1")).printers.swap_remove(0);
        let at = |name: &str, address: Address| {
            let mut printer = usual.clone();
            (printer.address, printer.printer.name, printer.printer.drawer) = (address, name.into(), Drawer::None);
            printer
        };
        let listening = || TcpListener::bind("127.0.0.1:0").unwrap();
        let (ready, no_paper, dead) = (listening(), listening(), listening());
        let port = |it: &TcpListener| it.local_addr().unwrap().port();
        let tcp = |port| Address::Tcp { host: "127.0.0.1".into(), port };
        let printers = [
            at("ready", tcp(port(&ready))),
            at("empty", tcp(port(&no_paper))),
            at("dead", tcp(port(&dead))),
            at("gone", Address::Character(dir.path().join("lp0"))),
            at("full", Address::Character("/dev/full".into())),
            at("files", Address::File),
        ];
        drop(dead);
        let answering = |listener: TcpListener, answer: u8| {
            std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let mut question = [0; 3];
                while stream.read_exact(&mut question).is_ok() {
                    stream.write_all(&[answer]).unwrap();
                }
            })
        };
        // 0x12: all is well; 0x72: the paper has ended (Epson ESC/POS, DLE EOT 4).
        let threads = [answering(ready, 0x12), answering(no_paper, 0x72)];
        let found = examine(&printers, &dir.path().join("paper"), None, false);
        let verdicts: Vec<_> = found.iter().map(|it| (it.of.as_deref().unwrap(), it.verdict)).collect();
        let right = [("ready", Well), ("empty", Fail), ("dead", Fail), ("gone", Fail), ("full", Well), ("files", Well)];
        assert_eq!(verdicts, right, "{found:#?}");
        assert!(found[0].says.contains("paper and cover"), "{:?}", found[0]);
        assert!(found[2].says.contains("connection refused") && found[3].says.contains("does not exist"));
        assert!(!dir.path().join("paper").exists(), "nothing is made");
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
}
