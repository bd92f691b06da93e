//! The manual: what help says of a screen, the same in the register and on the command line.

use super::FootKey;

/// Narrowest column of keys, in characters.
const KEYS_CHARS_MIN: usize = 10;
/// Narrowest text that is written, in characters.
const TEXT_CHARS_MIN: usize = 20;

/// What help says of one screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The screen's name.
    pub name: &'static str,
    /// What somebody should know who sees it for the first time.
    pub says: &'static [&'static str],
    /// Its keys, and what they do.
    pub keys: Vec<(String, String)>,
}

impl Page {
    /// From what a screen says of itself, the feet that it can have, and its keys that stand at no foot.
    pub(super) fn new(
        name: &'static str,
        says: &'static [&'static str],
        feet: impl IntoIterator<Item = Vec<FootKey>>,
        more: &[(&str, &str)],
    ) -> Page {
        let mut keys: Vec<(String, String)> = Vec::new();
        for (key, does) in feet.into_iter().flatten() {
            let key = key.to_string();
            match keys.iter_mut().find(|(known, _)| *known == key) {
                Some((_, known)) if known.split(" / ").any(|it| it == does) => {}
                Some((_, known)) => known.push_str(&format!(" / {does}")),
                None => keys.push((key, does.to_owned())),
            }
        }
        keys.extend(more.iter().map(|&(key, does)| (key.to_owned(), does.to_owned())));
        Page { name, says, keys }
    }

    /// As lines of so many characters.
    pub fn lines(&self, width: usize) -> Vec<String> {
        let mut lines = vec![format!("The screen `{}`", self.name), String::new()];
        lines.extend(paragraphs(self.says).iter().flat_map(|text| hanging("  ", text, width)));
        if !self.says.is_empty() {
            lines.push(String::new());
        }
        let longest = self.keys.iter().map(|(key, _)| key.chars().count()).max().unwrap_or(0);
        let column = longest.max(KEYS_CHARS_MIN);
        for (key, does) in &self.keys {
            lines.extend(hanging(&format!("  {key:<column$} "), does, width));
        }
        lines
    }
}

/// Several pages, one below the other.
pub fn lines(pages: &[Page], width: usize) -> Vec<String> {
    let parted = |(nth, page): (usize, &Page)| {
        let between = (nth > 0).then(String::new);
        between.into_iter().chain(page.lines(width)).collect::<Vec<_>>()
    };
    pages.iter().enumerate().flat_map(parted).collect()
}

/// What was broken into several lines only to be written in the source is one: a sentence ends with its stop.
fn paragraphs(lines: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for line in lines {
        match all.last_mut().filter(|last| !last.ends_with('.')) {
            Some(last) => {
                last.push(' ');
                last.push_str(line);
            }
            None => all.push((*line).to_owned()),
        }
    }
    all
}

/// Breaks a text between words; it stands to the right of its head.
fn hanging(head: &str, text: &str, width: usize) -> Vec<String> {
    let indent = head.chars().count();
    let room = width.saturating_sub(indent).max(TEXT_CHARS_MIN);
    let mut rows = vec![String::new()];
    for word in text.split_whitespace() {
        let row = rows.last_mut().expect("there is always a row");
        if row.is_empty() {
            row.push_str(word);
        } else if row.chars().count() + 1 + word.chars().count() > room {
            rows.push(word.to_owned());
        } else {
            row.push(' ');
            row.push_str(word);
        }
    }
    let head_or_blank = |nth| if nth == 0 { head.to_owned() } else { " ".repeat(indent) };
    rows.into_iter().enumerate().map(|(nth, row)| format!("{}{row}", head_or_blank(nth))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::keys::Key;

    #[test]
    fn a_page_has_every_key_of_every_foot_once_and_fits_its_width() {
        let feet =
            [vec![(Key::Enter, "Recall"), (Key::Esc, "Back")], vec![(Key::Enter, "Receipt"), (Key::Esc, "Back")]];
        let page = Page::new(
            "orders",
            &["Up and Down choose an order", "of the list.", "Enter."],
            feet,
            &[("Home", "the first one")],
        );
        let want = [
            "The screen `orders`",
            "",
            "  Up and Down choose an order",
            "  of the list.",
            "  Enter.",
            "",
            "  Enter      Recall / Receipt",
            "  Esc        Back",
            "  Home       the first one",
        ];
        assert_eq!(page.lines(30), want);
        assert_eq!(lines(&[page.clone(), page], 30).len(), 2 * want.len() + 1);
    }
}
