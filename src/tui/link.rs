//! How this register stands to its server, in one of four sentences and colours; what it says is always true.

use super::glyphs::Glyphs;
use super::theme::Theme;
use crate::domain::Timestamp;
use ratatui::style::Style;

/// How this register stands to its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// No server is configured.
    LocalOnly,
    /// Nothing is unsent, and the last exchange was good.
    Synced,
    /// Something is unsent, and there is a line.
    Syncing,
    /// There is no line. This outranks an error.
    Offline,
    /// There is a line, and something has failed for a while or wants a manager. This outranks syncing.
    Failing,
}

/// All that is told of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkStatus {
    /// How it stands.
    pub link: Link,
    /// How many documents no server has.
    pub unsent: u32,
    /// Since when the oldest of them waits.
    pub oldest_unsent: Option<Timestamp>,
    /// How many want a manager: in Review, or rejected.
    pub review: u32,
    /// When a lane last did what it set out to do.
    pub last_success: Option<Timestamp>,
}

/// A part of the line that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailingLane {
    /// Which: `orders`, `push customers`.
    pub lane: String,
    /// Since when.
    pub since: Timestamp,
    /// Why, the last time.
    pub why: String,
}

/// What the sync screen says of the line beyond what the status bar says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineReport {
    /// Where the server is; none when none is set up.
    pub server: Option<String>,
    /// Since when there is a link, or none; unknown before the server was heard, or missed, for the first time.
    pub since: Option<Timestamp>,
    /// What fails.
    pub failing: Vec<FailingLane>,
}

/// How much of it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// The sentence and the ages.
    Whole,
    /// The sentence.
    Sentence,
    /// A word.
    Word,
}

impl LinkStatus {
    /// Of a register without a server.
    pub fn local_only() -> LinkStatus {
        LinkStatus { link: Link::LocalOnly, unsent: 0, oldest_unsent: None, review: 0, last_success: None }
    }

    pub(super) fn words(&self, told: Told, now: Timestamp, theme: &Theme) -> String {
        let unsent = self.unsent;
        let sign = match (self.link, theme.mode.glyphs) {
            (Link::LocalOnly, _) => return format!(" Local only · {unsent} unsent "),
            (Link::Synced, Glyphs::Any) => "✓",
            (Link::Synced, Glyphs::Console | Glyphs::Ascii) => "OK",
            (Link::Syncing, _) => "⟳",
            (Link::Offline, _) => "⚠",
            (Link::Failing, _) => "✗",
        };
        let review = match (self.review, told) {
            (0, _) => String::new(),
            (many, Told::Word) => format!("{many} review"),
            (many, _) => format!("{many} need review"),
        };
        let beside = if review.is_empty() { String::new() } else { format!(", {review}") };
        // What waits is said of an error too, as long as anything does.
        let waits = match (unsent, review.as_str()) {
            (0, "") => String::new(),
            (0, _) => format!(" ({review})"),
            _ => format!(" ({unsent}{beside})"),
        };
        let says = match (self.link, told) {
            (Link::LocalOnly, _) => String::new(),
            (Link::Synced, Told::Word) => "Synced".to_owned(),
            (Link::Synced, _) => "All changes synced".to_owned(),
            (Link::Syncing, _) => format!("Syncing... ({unsent}{beside})"),
            (Link::Offline, Told::Word) => format!("Offline ({unsent}{beside})"),
            (Link::Offline, _) => format!("Offline - changes will sync when online ({unsent}{beside})"),
            (Link::Failing, Told::Word) => format!("Sync error{waits}"),
            (Link::Failing, _) => format!("Sync error - please check connection{waits}"),
        };
        let ages = if told == Told::Whole { self.ages(now) } else { String::new() };
        format!(" {sign} {says}{ages} ")
    }

    fn ages(&self, now: Timestamp) -> String {
        let mut ages = String::new();
        if let Some(oldest) = self.oldest_unsent {
            ages.push_str(&format!(" · oldest {}", age(now, oldest)));
        }
        if let Some(last) = self.last_success {
            ages.push_str(&format!(" · last {}", age(now, last)));
        }
        ages
    }

    pub(super) fn style(&self, theme: &Theme) -> Style {
        match self.link {
            Link::LocalOnly => theme.quiet,
            Link::Synced => theme.good,
            Link::Syncing => theme.busy,
            Link::Offline => theme.warn,
            Link::Failing => theme.wrong,
        }
    }
}

/// An age to the minute, so that nothing has to be drawn every second: `<1m`, `12m`, `3h`, `2d`.
pub(super) fn age(now: Timestamp, then: Timestamp) -> String {
    match now.millis_since(then).max(0) / 60_000 {
        0 => "<1m".to_owned(),
        minutes @ 1..=59 => format!("{minutes}m"),
        minutes @ 60..=1_439 => format!("{}h", minutes / 60),
        minutes => format!("{}d", minutes / 1_440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Mode;

    #[test]
    fn the_link_is_told_in_the_words_of_the_house() {
        use Link::{Failing, LocalOnly, Offline, Synced, Syncing};
        let now = Timestamp::utc(200_000_000);
        let ago = |minutes: i64| Some(now.plus_millis(-minutes * 60_000));
        // link, unsent, minutes since the oldest, since the last success, in review; all, the sentence, a word
        let rows = [
            (LocalOnly, 3, Some(1), None, 0, [" Local only · 3 unsent "; 3]),
            (
                Synced,
                0,
                None,
                Some(0),
                0,
                [" ✓ All changes synced · last <1m ", " ✓ All changes synced ", " ✓ Synced "],
            ),
            (
                Syncing,
                3,
                Some(59),
                Some(61),
                0,
                [" ⟳ Syncing... (3) · oldest 59m · last 1h ", " ⟳ Syncing... (3) ", " ⟳ Syncing... (3) "],
            ),
            (
                Offline,
                2,
                Some(1500),
                None,
                0,
                [
                    " ⚠ Offline - changes will sync when online (2) · oldest 1d ",
                    " ⚠ Offline - changes will sync when online (2) ",
                    " ⚠ Offline (2) ",
                ],
            ),
            (
                Offline,
                2,
                None,
                None,
                1,
                [
                    " ⚠ Offline - changes will sync when online (2, 1 need review) ",
                    " ⚠ Offline - changes will sync when online (2, 1 need review) ",
                    " ⚠ Offline (2, 1 review) ",
                ],
            ),
            (
                Failing,
                1,
                None,
                None,
                4,
                [
                    " ✗ Sync error - please check connection (1, 4 need review) ",
                    " ✗ Sync error - please check connection (1, 4 need review) ",
                    " ✗ Sync error (1, 4 review) ",
                ],
            ),
            (
                Failing,
                0,
                None,
                None,
                4,
                [
                    " ✗ Sync error - please check connection (4 need review) ",
                    " ✗ Sync error - please check connection (4 need review) ",
                    " ✗ Sync error (4 review) ",
                ],
            ),
            (
                Failing,
                37,
                Some(5),
                None,
                0,
                [
                    " ✗ Sync error - please check connection (37) · oldest 5m ",
                    " ✗ Sync error - please check connection (37) ",
                    " ✗ Sync error (37) ",
                ],
            ),
            (
                Failing,
                0,
                None,
                None,
                0,
                [
                    " ✗ Sync error - please check connection ",
                    " ✗ Sync error - please check connection ",
                    " ✗ Sync error ",
                ],
            ),
        ];
        for (link, unsent, oldest, last, review, told) in rows {
            let (oldest_unsent, last_success) = (oldest.and_then(ago), last.and_then(ago));
            let status = LinkStatus { link, unsent, oldest_unsent, review, last_success };
            let words = |length| status.words(length, now, &Theme::full());
            assert_eq!([words(Told::Whole), words(Told::Sentence), words(Told::Word)], told);
        }
        let status = LinkStatus { link: Synced, ..LinkStatus::local_only() };
        assert_eq!(status.words(Told::Word, now, &Theme::of(Mode::VT16)), " OK Synced ");
    }
}
