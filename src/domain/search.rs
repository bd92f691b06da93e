//! Finds items by the few letters that a cashier types: `ctm`, `chti`, `brul`, `capu`, `102`.
//!
//! An index is made once per menu, so that a key costs little. Not here: how many are shown, and what Enter takes.

mod fold;

use super::menu::Menu;
use fold::words;
use std::collections::BTreeSet;

/// The names of a menu's items, folded once.
#[derive(Debug, Clone)]
pub struct SearchIndex {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    words: Vec<Vec<char>>,
    /// The words with a space between.
    name: Vec<char>,
    /// The words run together.
    run: Vec<char>,
    plu: Vec<char>,
    available: bool,
}

/// How well an item suits what was typed. The first is the best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// It is the item's name, or its number.
    Exact,
    /// Its name begins so.
    Beginning,
    /// Its number begins so.
    Number,
    /// Words of its name begin with the typed words, in order.
    WordsInOrder,
    /// The first letters of its first words.
    Initials,
    /// Pieces of the beginnings of its first words.
    Pieces,
    /// A later word begins so.
    LaterWord,
    /// Pieces of the beginnings of some of its words, in order.
    LaterPieces,
    /// The typed words begin words of its name, in any order.
    WordsInDisorder,
    /// It holds what was typed.
    Within,
    /// It begins so but for one slip of the fingers, and enough was typed to be sure.
    Slip,
    /// It holds the letters in that order, from the first letter of a word on.
    Scattered,
    /// One slip in three letters.
    ShortSlip,
}

impl SearchIndex {
    /// Folds the names of a menu.
    pub fn new(menu: &Menu) -> SearchIndex {
        let fold = |item: &super::menu::Item| {
            let words = words(&item.name);
            let (name, run) = (words.join(&' '), words.concat());
            Entry { words, name, run, plu: item.plu.chars().collect(), available: item.available }
        };
        SearchIndex { entries: menu.items().iter().map(fold).collect() }
    }

    /// The items that suit what was typed, best first, at most `most`, as indices into [`Menu::items`].
    ///
    /// Within a rank: what is sold out comes last, then the closer match, the shorter name, the menu's order.
    pub fn find(&self, typed: &str, most: usize) -> Vec<usize> {
        let typed = Typed::read(typed);
        if typed.words.is_empty() {
            return Vec::new();
        }
        let key = |(at, entry): (usize, &Entry)| {
            let (rank, distance) = entry.rank(&typed)?;
            Some((rank, !entry.available, distance, entry.name.len(), at))
        };
        let mut found: Vec<_> = self.entries.iter().enumerate().filter_map(key).collect();
        found.sort_unstable();
        found.into_iter().take(most).map(|(.., at)| at).collect()
    }
}

/// The words of a text as a search compares them: small letters without accents, digits, nothing else.
pub fn folded(text: &str) -> Vec<String> {
    words(text).into_iter().map(String::from_iter).collect()
}

/// What was typed, folded like a name.
struct Typed {
    words: Vec<Vec<char>>,
    name: Vec<char>,
    run: Vec<char>,
}

impl Typed {
    fn read(typed: &str) -> Typed {
        let short: String = typed.chars().take(TYPED_MAX).collect();
        let words = words(&short);
        Typed { name: words.join(&' '), run: words.concat(), words }
    }
}

/// Letters that are looked at; nobody types more to find an item.
const TYPED_MAX: usize = 60;
/// From so many letters on a slip is forgiven readily.
const SLIP_LETTERS: usize = 4;
/// From so many letters on a slip is forgiven when nothing else was found.
const SHORT_SLIP_LETTERS: usize = 3;

impl Entry {
    /// How well it suits, and how far it is off within that rank; `None` when it does not suit at all.
    fn rank(&self, typed: &Typed) -> Option<(Rank, usize)> {
        let several = typed.words.len() > 1;
        if self.name == typed.name || self.plu == typed.run {
            return Some((Rank::Exact, 0));
        }
        if self.name.starts_with(&typed.name) {
            return Some((Rank::Beginning, 0));
        }
        if self.plu.starts_with(&typed.run) {
            return Some((Rank::Number, 0));
        }
        if several && let Some(distance) = self.in_order(&typed.words, |word, typed| word.starts_with(typed)) {
            return Some((Rank::WordsInOrder, distance));
        }
        match self.pieces(&typed.run) {
            Some(0) if self.has_initials(&typed.run) => return Some((Rank::Initials, 0)),
            Some(0) => return Some((Rank::Pieces, 0)),
            Some(_) | None => {}
        }
        if let Some(at) = self.words.iter().position(|word| word.starts_with(&typed.name)) {
            return Some((Rank::LaterWord, at));
        }
        if let Some(distance) = self.pieces(&typed.run) {
            return Some((Rank::LaterPieces, distance));
        }
        if several && typed.words.iter().all(|typed| self.words.iter().any(|word| word.starts_with(typed))) {
            return Some((Rank::WordsInDisorder, 0));
        }
        if let Some(at) = place_within(&self.run, &typed.run) {
            return Some((Rank::Within, at));
        }
        let slip = |word: &[char], typed: &[char]| {
            word.starts_with(typed) || typed.len() >= SLIP_LETTERS && begins_but_for_a_slip(word, typed)
        };
        if let Some(distance) = self.in_order(&typed.words, slip) {
            return Some((Rank::Slip, distance));
        }
        if let Some(distance) = self.scattered(&typed.run) {
            return Some((Rank::Scattered, distance));
        }
        let short = typed.name.len() == SHORT_SLIP_LETTERS;
        let slipped = |word: &Vec<char>| word[0] == typed.name[0] && begins_but_for_a_slip(word, &typed.name);
        let at = short.then(|| self.words.iter().position(slipped))??;
        Some((Rank::ShortSlip, at))
    }

    /// Finds a word of the name for each typed word, in order; says how many words were passed over.
    fn in_order(&self, typed: &[Vec<char>], suits: impl Fn(&[char], &[char]) -> bool) -> Option<usize> {
        let mut next = 0;
        for word in typed {
            next += 1 + self.words[next..].iter().position(|it| suits(it, word))?;
        }
        Some(next - typed.len())
    }

    fn has_initials(&self, typed: &[char]) -> bool {
        typed.len() > 1
            && typed.len() <= self.words.len()
            && typed.iter().zip(&self.words).all(|(it, word)| *it == word[0])
    }

    /// Cuts what was typed into beginnings of two or more words, in order; says how many words were passed over.
    fn pieces(&self, typed: &[char]) -> Option<usize> {
        const NEVER: usize = usize::MAX;
        // For every count of typed letters: the fewest words passed over to use them up in the words so far.
        let mut fewest = vec![NEVER; typed.len() + 1];
        fewest[0] = 0;
        let mut best = NEVER;
        for word in &self.words {
            let mut next = vec![NEVER; typed.len() + 1];
            for (used, &passed) in fewest.iter().enumerate().filter(|(_, passed)| **passed != NEVER) {
                next[used] = next[used].min(passed + 1);
                let rest = &typed[used..];
                let alike = word.iter().zip(rest).take_while(|(a, b)| a == b).count();
                for letters in 1..=alike {
                    next[used + letters] = next[used + letters].min(passed);
                }
            }
            best = best.min(next[typed.len()]);
            next[typed.len()] = NEVER;
            fewest = next;
        }
        (best != NEVER).then_some(best)
    }

    /// Finds the letters in order, the first at the beginning of a word; says how many letters lie between.
    fn scattered(&self, typed: &[char]) -> Option<usize> {
        let from = |start: usize| {
            let mut at = start;
            for letter in typed {
                at += 1 + self.name[at..].iter().position(|it| it == letter)?;
            }
            Some(at - start - typed.len())
        };
        let begins = |at: &usize| (*at == 0 || self.name[at - 1] == ' ') && self.name[*at] == typed[0];
        (0..self.name.len()).filter(begins).filter_map(from).min()
    }
}

/// Where `part` stands in `whole`.
fn place_within(whole: &[char], part: &[char]) -> Option<usize> {
    whole.windows(part.len().max(1)).position(|window| window == part)
}

/// Whether a word begins with what was typed but for one letter too many, too few, wrong, or swapped with the next.
fn begins_but_for_a_slip(word: &[char], typed: &[char]) -> bool {
    let same = word.iter().zip(typed).take_while(|(a, b)| a == b).count();
    let (word, typed) = (&word[same..], &typed[same..]);
    if typed.is_empty() {
        return true;
    }
    let too_many = word.starts_with(&typed[1..]);
    let Some((first, after)) = word.split_first() else { return too_many };
    let too_few = after.starts_with(typed);
    let wrong = after.starts_with(&typed[1..]);
    let swapped = match (typed, after) {
        ([one, other, typed @ ..], [second, word @ ..]) => (one, other) == (second, first) && word.starts_with(typed),
        _ => false,
    };
    too_many || too_few || wrong || swapped
}

/// The three-letter abbreviations that a cashier would think of for a name.
///
/// The first three letters of a word; one or two letters each of the beginnings of two or three words in order. A
/// name of fewer letters is its own.
pub fn abbreviations(name: &str) -> Vec<String> {
    let words = words(name);
    let letters = words.concat();
    if letters.len() <= 3 {
        return vec![letters.into_iter().collect()];
    }
    let mut all = BTreeSet::new();
    let mut add = |pieces: &[(&Vec<char>, usize)]| {
        if pieces.iter().all(|(word, letters)| word.len() >= *letters) {
            let text: String = pieces.iter().flat_map(|(word, letters)| &word[..*letters]).collect();
            all.insert(text);
        }
    };
    for (i, first) in words.iter().enumerate() {
        add(&[(first, 3)]);
        for (j, second) in words.iter().enumerate().skip(i + 1) {
            add(&[(first, 2), (second, 1)]);
            add(&[(first, 1), (second, 2)]);
            for third in &words[j + 1..] {
                add(&[(first, 1), (second, 1), (third, 1)]);
            }
        }
    }
    all.into_iter().collect()
}

#[cfg(test)]
mod tests;
