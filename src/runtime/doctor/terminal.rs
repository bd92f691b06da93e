//! The terminal that the doctor was started in: what it calls itself, how large it is, and whether it shows letters.

use super::finding::Finding;
use crate::runtime::paths::environment;
use crate::runtime::terminal;
use crate::tui::theme::Mode;
use std::io::{self, IsTerminal};

/// What is known of a terminal.
#[derive(Debug, Clone)]
struct Terminal {
    /// What it calls itself.
    term: String,
    /// What it can show, as that tells.
    mode: Mode,
    /// Columns and rows; none where it does not say.
    size: Option<(u16, u16)>,
    /// Whether the environment says that texts are UTF-8.
    is_utf8: bool,
}

/// Looks at it; there may be none, as when somebody else's program asks.
pub(super) fn examine() -> Finding {
    if !io::stdin().is_terminal() || !(io::stdout().is_terminal() || io::stderr().is_terminal()) {
        let says = "there is none here: start the doctor where the register runs to have it looked at";
        return Finding::well("terminal", says).with("is_terminal", false);
    }
    let text = |name| environment(name).map(|text| text.to_string_lossy().into_owned());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(text).unwrap_or_default().to_lowercase();
    // A console is UTF-8 whatever the environment says, unless it was switched off.
    let console = std::fs::read_to_string("/sys/module/vt/parameters/default_utf8").is_ok_and(|it| it.trim() == "1");
    let term = text("TERM").unwrap_or_default();
    let is_utf8 = locale.contains("utf-8") || locale.contains("utf8") || (term.starts_with("linux") && console);
    let size = terminal::size().ok().or_else(|| crossterm::terminal::size().ok());
    judge(&Terminal { mode: terminal::mode(), term, size, is_utf8 })
}

fn judge(terminal: &Terminal) -> Finding {
    let Terminal { term, mode, size, is_utf8 } = terminal;
    let (least_columns, least_rows) = crate::tui::SMALLEST;
    let shown = mode.name().unwrap_or("full");
    let says = |rest: &str| {
        let window = size.map_or("a window of unknown size".to_owned(), |(columns, rows)| format!("{columns}x{rows}"));
        format!("{window}, TERM={term}, drawn as `{shown}`{rest}")
    };
    let finding = match size {
        Some((columns, rows)) if *columns < least_columns || *rows < least_rows => {
            let remedy = format!("make the window at least {least_columns}x{least_rows}, or its letters smaller");
            Finding::broken("terminal", says(": too small"), remedy)
        }
        None => Finding::doubtful("terminal", says(""), "start it in another terminal"),
        Some(_) if term.is_empty() => {
            Finding::doubtful("terminal", says(": it does not say what it is"), "set TERM, or give --term")
        }
        Some(_) if !is_utf8 && *mode != Mode::ASCII => {
            let remedy = "set LANG to a UTF-8 locale (C.UTF-8), or give --term ascii where letters come out wrong";
            Finding::doubtful("terminal", says(": nothing says that it takes UTF-8"), remedy)
        }
        Some(_) => Finding::well("terminal", says("")),
    };
    let (columns, rows) = (size.map(|it| it.0), size.map(|it| it.1));
    let finding = finding.with("is_terminal", true).with("term", term.as_str()).with("mode", shown);
    finding.with("columns", columns).with("rows", rows).with("utf8", *is_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::doctor::Verdict::{Fail, Ok as Well, Warn};

    #[test]
    fn a_terminal_is_judged_by_its_size_and_its_letters() {
        // TERM, size, UTF-8, verdict, part of the sentence
        let rows = [
            ("xterm-256color", Some((100, 30)), true, Well, "100x30, TERM=xterm-256color, drawn as `full`"),
            ("linux", Some((66, 20)), true, Well, "`vt16`"),
            ("xterm", Some((65, 20)), true, Fail, "too small"),
            ("xterm", Some((66, 19)), true, Fail, "too small"),
            ("xterm", Some((80, 24)), false, Warn, "UTF-8"),
            ("vt220", Some((80, 24)), false, Well, "`ascii`"),
            ("", Some((80, 24)), true, Warn, "does not say what it is"),
            ("xterm", None, true, Warn, "unknown size"),
        ];
        for (term, size, is_utf8, verdict, part) in rows {
            let mode = Mode::of_terminal(term, false);
            let found = judge(&Terminal { term: term.into(), mode, size, is_utf8 });
            assert!(found.verdict == verdict && found.says.contains(part), "{term} {size:?}: {found:?}");
        }
    }
}
