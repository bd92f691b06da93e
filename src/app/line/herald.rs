//! What the cashier is told of the line: each thing once, long enough to be read, whatever else there is to say.
//!
//! A key takes a notice away; what was told a moment ago comes back behind it. What the cashier was told of their own
//! doing keeps its place for a moment too.

use crate::domain::Timestamp;
use crate::tui::Notice;
use std::collections::VecDeque;

/// For how long a notice keeps its place, in milliseconds.
const STAYS_MS: i64 = 5_000;
/// Most things that wait to be told; those that come later are on the screens that list them.
const WAITING_MAX: usize = 4;

/// One thing to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// What.
    pub text: String,
    /// It says how the link stands: only the latest does.
    pub of_link: bool,
}

/// What waits to be told, and what was told last.
#[derive(Debug, Default)]
pub(super) struct Herald {
    waiting: VecDeque<Word>,
    told: Option<(Word, Timestamp)>,
    /// What somebody else said, behind which something waits, and since when.
    behind: Option<(String, Timestamp)>,
}

impl Herald {
    /// Takes something that is to be told.
    pub fn hears(&mut self, word: Word) {
        self.waiting.retain(|it| it.text != word.text && !(it.of_link && word.of_link));
        if self.waiting.len() < WAITING_MAX {
            self.waiting.push_back(word);
        }
    }

    /// When it must be looked at again.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        let behind = self.behind.as_ref().map(|(_, since)| *since);
        let since = behind.or(self.told.as_ref().map(|(_, since)| *since))?;
        (!self.waiting.is_empty()).then(|| since.plus_millis(STAYS_MS))
    }

    /// Tells what may be told now.
    pub fn tell(&mut self, notice: &mut Option<Notice>, now: Timestamp) {
        let stays = |since: &Timestamp| (0..STAYS_MS).contains(&now.millis_since(*since));
        if let Some((word, since)) = self.told.take() {
            match notice {
                None if stays(&since) => {
                    *notice = Some(said(&word));
                    self.told = Some((word, since));
                }
                Some(shown) if shown.text == word.text => self.told = Some((word, since)),
                // Something else took its place before anybody could read it.
                Some(_) if stays(&since) && !self.is_outdated(&word) => self.waiting.push_front(word),
                Some(_) | None => {}
            }
        }
        if self.waiting.is_empty() {
            self.behind = None;
            return;
        }
        let is_free = match (&*notice, &self.told) {
            (None, _) => true,
            (Some(_), Some((told, since))) => !stays(since) || self.is_outdated(told),
            (Some(shown), None) => {
                let (text, since) = self.behind.get_or_insert_with(|| (shown.text.clone(), now));
                if *text != shown.text {
                    (*text, *since) = (shown.text.clone(), now);
                }
                !stays(since)
            }
        };
        if is_free && let Some(word) = self.waiting.pop_front() {
            *notice = Some(said(&word));
            self.told = Some((word, now));
            self.behind = None;
        }
    }

    /// Whether something newer waits about the same.
    fn is_outdated(&self, word: &Word) -> bool {
        word.of_link && self.waiting.iter().any(|it| it.of_link)
    }
}

fn said(word: &Word) -> Notice {
    Notice::says(word.text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_told_once_and_long_enough_to_be_read() {
        // what happens, each at its millisecond: `lost`, `back` and `menu` are heard, `key` takes the notice away,
        // `own` and `change` are said by somebody else; what stands there afterwards
        let rows: [(&str, &[(i64, &str)], &str); 14] = [
            ("told at once", &[(0, "lost")], "lost"),
            ("a key does not take it away", &[(0, "lost"), (900, "key")], "lost"),
            ("later it does", &[(0, "lost"), (5_000, "key")], ""),
            ("without a key it stays", &[(0, "lost"), (90_000, "")], "lost"),
            ("what stands there keeps its place", &[(0, "own"), (100, "lost"), (4_000, "")], "own"),
            ("for a moment", &[(0, "own"), (100, "lost"), (5_100, "")], "lost"),
            ("so does what is said after it", &[(0, "own"), (100, "lost"), (4_900, "change"), (5_200, "")], "change"),
            ("for its own moment", &[(0, "own"), (100, "lost"), (4_900, "change"), (9_900, "")], "lost"),
            ("or until a key", &[(0, "own"), (100, "lost"), (700, "key")], "lost"),
            ("what took its place gives it back", &[(0, "lost"), (300, "own"), (5_300, "")], "lost"),
            ("but not what was read", &[(0, "lost"), (6_000, "own"), (20_000, "")], "own"),
            ("the link's latest alone", &[(0, "lost"), (50, "back")], "back"),
            ("one after the other", &[(0, "lost"), (50, "menu"), (1_000, "")], "lost"),
            ("the other", &[(0, "lost"), (50, "menu"), (5_000, "")], "menu"),
        ];
        for (rule, steps, stands) in rows {
            let (mut herald, mut notice) = (Herald::default(), None);
            for (at, what) in steps {
                match *what {
                    "key" => notice = None,
                    "own" | "change" => notice = Some(Notice::refuses(*what)),
                    "" => {}
                    heard => herald.hears(Word { text: heard.into(), of_link: heard != "menu" }),
                }
                herald.tell(&mut notice, Timestamp::utc(*at));
            }
            assert_eq!(notice.map(|it| it.text).unwrap_or_default(), stands, "{rule}");
        }
    }

    #[test]
    fn it_wakes_when_something_that_waits_may_be_told() {
        let (mut herald, mut notice) = (Herald::default(), None);
        assert_eq!(herald.wakes_at(), None);
        for text in ["one", "two"] {
            herald.hears(Word { text: text.into(), of_link: false });
        }
        herald.tell(&mut notice, Timestamp::utc(7));
        assert_eq!(herald.wakes_at(), Some(Timestamp::utc(5_007)));
        herald.tell(&mut notice, Timestamp::utc(5_007));
        assert_eq!((herald.wakes_at(), notice.map(|it| it.text)), (None, Some("two".into())));
    }
}
