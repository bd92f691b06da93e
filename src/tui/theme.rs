//! Colours. Every pair reaches 4.5:1 on the Linux console and in xterm, and none of them carries meaning alone.

use ratatui::style::{Color, Modifier, Style};

/// The styles of every screen. Only colours that a console shows as they are: 16 in front, 8 behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theme {
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
    /// For terminals that know colours.
    pub fn full() -> Theme {
        let pair = |front, back| Style::reset().fg(front).bg(back);
        Theme {
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
}
