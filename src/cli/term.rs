//! The flag of what is drawn on a terminal: what that terminal can show.

use crate::runtime::terminal;
use crate::tui::theme::Mode;
use clap::ValueEnum;

/// What the terminal can show.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Flags {
    /// What the terminal can show; without it TERM and NO_COLOR tell
    #[arg(long, value_name = "WHAT")]
    term: Option<Term>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Term {
    /// Colours and every character (usual)
    Full,
    /// A Linux console: 16 colours, the characters of its font (TERM=linux)
    Vt16,
    /// No colours (NO_COLOR is set)
    Mono,
    /// No colours and plain ASCII, as far as a vt220 goes (TERM=vt220, ansi, dumb ...)
    Ascii,
}

impl Flags {
    /// What was asked for, or what the environment tells.
    pub(super) fn mode(self) -> Mode {
        match self.term {
            Some(Term::Full) => Mode::FULL,
            Some(Term::Vt16) => Mode::VT16,
            Some(Term::Mono) => Mode::MONO,
            Some(Term::Ascii) => Mode::ASCII,
            None => terminal::mode(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_scripts() {
        let names = Term::value_variants().iter().map(|term| (*term, term.to_possible_value().unwrap()));
        let modes: Vec<_> =
            names.map(|(term, name)| (name.get_name().to_owned(), Flags { term: Some(term) }.mode())).collect();
        assert_eq!(modes, Mode::NAMED.map(|(name, mode)| (name.to_owned(), mode)));
    }
}
