//! What a terminal can show, and the styles that are drawn on it. Every pair of colours reaches 4.5:1 on the Linux
//! console and in xterm, and none of them carries meaning alone: without colours, words and reversed rows still tell.

use super::glyphs::Glyphs;
use ratatui::style::{Color, Modifier, Style};

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mode {
    /// Which characters.
    pub glyphs: Glyphs,
    /// Whether it has colours, and they are wanted.
    pub colours: bool,
}

impl Mode {
    /// Colours and every character.
    pub const FULL: Mode = Mode { glyphs: Glyphs::Any, colours: true };
    /// A Linux console.
    pub const VT16: Mode = Mode { glyphs: Glyphs::Console, colours: true };
    /// No colours.
    pub const MONO: Mode = Mode { glyphs: Glyphs::Any, colours: false };
    /// No colours, and ASCII alone: what a vt220 shows.
    pub const ASCII: Mode = Mode { glyphs: Glyphs::Ascii, colours: false };

    /// The modes that can be asked for, by name.
    pub const NAMED: [(&str, Mode); 4] =
        [("full", Mode::FULL), ("vt16", Mode::VT16), ("mono", Mode::MONO), ("ascii", Mode::ASCII)];

    /// The mode of a name.
    pub fn named(name: &str) -> Option<Mode> {
        Mode::NAMED.into_iter().find(|(known, _)| *known == name).map(|(_, mode)| mode)
    }

    /// Its name; `None` of one that nobody can ask for.
    pub fn name(self) -> Option<&'static str> {
        Mode::NAMED.into_iter().find(|(_, known)| *known == self).map(|(name, _)| name)
    }

    /// What a terminal can show that calls itself `term` (the variable TERM), with or without NO_COLOR.
    ///
    /// A real vt220 takes no UTF-8, so terminals of its kind, and those that say nothing of themselves, get ASCII.
    /// `screen.linux` is a console behind screen or tmux, and `-m` or `-mono` at the end means no colours.
    pub fn of_terminal(term: &str, no_color: bool) -> Mode {
        let is_vt = |name: &str| name.strip_prefix("vt").is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()));
        let is_plain = term.is_empty() || is_vt(term) || PLAIN.iter().any(|name| term.starts_with(name));
        let mode = match term.split('.').any(|part| part.starts_with("linux")) {
            true => Mode::VT16,
            false if is_plain => Mode::ASCII,
            false => Mode::FULL,
        };
        let has_none = no_color || term.ends_with("-m") || term.ends_with("-mono");
        Mode { colours: mode.colours && !has_none, ..mode }
    }
}

/// How terminals call themselves that know ASCII at best.
const PLAIN: &[&str] = &["dumb", "unknown", "network", "ansi", "pcansi", "cons25", "wy", "tvi", "adm", "hp", "ibm"];

/// The styles of every screen. Only colours that a console shows as they are: 16 in front, 8 behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
    /// What it is drawn on.
    pub mode: Mode,
    /// Where the next letter comes, in a row to type in.
    pub cursor: &'static str,
    /// Text.
    pub plain: Style,
    /// Text that matters.
    pub strong: Style,
    /// Frames and hints.
    pub faint: Style,
    /// A key to press or tap.
    pub key: Style,
    /// The letter that addresses it.
    pub address: Style,
    /// What is chosen.
    pub chosen: Style,
    /// What cannot be had.
    pub gone: Style,
    /// Good: black on green.
    pub good: Style,
    /// Under way: white on blue.
    pub busy: Style,
    /// Look here: black on the console's white (grey).
    pub quiet: Style,
    /// Hurry: bright yellow on black, as a console's yellow behind black does not reach 4.5:1.
    pub warn: Style,
    /// Wrong: white on red.
    pub wrong: Style,
}

impl Theme {
    /// For terminals that show everything.
    pub fn full() -> Theme {
        Theme::of(Mode::FULL)
    }

    /// For a terminal.
    pub fn of(mode: Mode) -> Theme {
        let cursor = if mode.glyphs == Glyphs::Ascii { "_" } else { "█" };
        match mode.colours {
            true => Theme::coloured(mode, cursor),
            false => Theme::colourless(mode, cursor),
        }
    }

    fn coloured(mode: Mode, cursor: &'static str) -> Theme {
        let pair = |front, back| Style::reset().fg(front).bg(back);
        Theme {
            mode,
            cursor,
            plain: pair(Color::Gray, Color::Black),
            strong: pair(Color::White, Color::Black).add_modifier(Modifier::BOLD),
            faint: pair(Color::Gray, Color::Black),
            key: pair(Color::Black, Color::Cyan),
            address: pair(Color::White, Color::Blue).add_modifier(Modifier::BOLD),
            chosen: pair(Color::Black, Color::Gray),
            gone: pair(Color::Gray, Color::Black),
            good: pair(Color::Black, Color::Green),
            busy: pair(Color::White, Color::Blue),
            quiet: pair(Color::Black, Color::Gray),
            warn: pair(Color::LightYellow, Color::Black).add_modifier(Modifier::BOLD),
            wrong: pair(Color::White, Color::Red),
        }
    }

    /// Bold and reversed, and nothing else: consoles show underlined and dim text in colours.
    fn colourless(mode: Mode, cursor: &'static str) -> Theme {
        let plain = Style::reset();
        let strong = plain.add_modifier(Modifier::BOLD);
        let reversed = plain.add_modifier(Modifier::REVERSED);
        Theme {
            mode,
            cursor,
            plain,
            strong,
            faint: plain,
            key: plain,
            address: reversed,
            chosen: reversed,
            gone: plain,
            good: reversed,
            busy: reversed,
            quiet: reversed,
            warn: strong,
            wrong: strong.add_modifier(Modifier::REVERSED),
        }
    }

    /// A style for what has just come: front and back change places, as far as the terminal can show it.
    ///
    /// A console has no bright backgrounds, so what stands light on dark becomes black on grey.
    pub fn flashed(&self, style: Style) -> Style {
        match (self.mode.colours, style.fg, style.bg) {
            (false, ..) if style.add_modifier.contains(Modifier::REVERSED) => style.remove_modifier(Modifier::REVERSED),
            (false, ..) => style.add_modifier(Modifier::REVERSED),
            (true, Some(Color::Black), Some(back)) => style.fg(back).bg(Color::Black),
            (true, ..) => style.fg(Color::Black).bg(Color::Gray).remove_modifier(Modifier::BOLD),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_what_it_can_show() {
        const CONSOLE_MONO: Mode = Mode { glyphs: Glyphs::Console, colours: false };
        // TERM, without NO_COLOR, with it
        let rows = [
            ("xterm-256color", Mode::FULL, Mode::MONO),
            ("xterm", Mode::FULL, Mode::MONO),
            ("foot", Mode::FULL, Mode::MONO),
            ("screen", Mode::FULL, Mode::MONO),
            ("tmux-256color", Mode::FULL, Mode::MONO),
            ("vte-256color", Mode::FULL, Mode::MONO),
            ("something-new", Mode::FULL, Mode::MONO),
            ("xterm-mono", Mode::MONO, Mode::MONO),
            ("linux", Mode::VT16, CONSOLE_MONO),
            ("linux-16color", Mode::VT16, CONSOLE_MONO),
            ("screen.linux", Mode::VT16, CONSOLE_MONO),
            ("linux-m", CONSOLE_MONO, CONSOLE_MONO),
            ("vt100", Mode::ASCII, Mode::ASCII),
            ("vt220", Mode::ASCII, Mode::ASCII),
            ("vt320-w", Mode::ASCII, Mode::ASCII),
            ("ansi", Mode::ASCII, Mode::ASCII),
            ("wy60", Mode::ASCII, Mode::ASCII),
            ("dumb", Mode::ASCII, Mode::ASCII),
            ("", Mode::ASCII, Mode::ASCII),
        ];
        for (term, usual, without_colours) in rows {
            assert_eq!(Mode::of_terminal(term, false), usual, "{term:?}");
            assert_eq!(Mode::of_terminal(term, true), without_colours, "{term:?}");
        }
        for (name, mode) in Mode::NAMED {
            assert_eq!(Mode::named(name), Some(mode));
        }
        assert_eq!(Mode::named("vt220"), None);
    }

    #[test]
    fn what_must_be_told_apart_is_told_apart_without_colours_too() {
        for (name, mode) in Mode::NAMED {
            let theme = Theme::of(mode);
            let apart = [
                (theme.plain, theme.strong),
                (theme.plain, theme.chosen),
                (theme.key, theme.chosen),
                (theme.strong, theme.chosen),
                (theme.key, theme.address),
                (theme.plain, theme.quiet),
                (theme.plain, theme.busy),
                (theme.plain, theme.wrong),
                (theme.quiet, theme.wrong),
                (theme.busy, theme.wrong),
                (theme.good, theme.wrong),
                (theme.plain, theme.warn),
            ];
            for (one, other) in apart {
                assert_ne!(one, other, "{name}");
            }
            for style in
                [theme.plain, theme.strong, theme.key, theme.quiet, theme.busy, theme.good, theme.wrong, theme.warn]
            {
                assert_ne!(theme.flashed(style), style, "{name}: what is new must flash");
            }
        }
    }
}
