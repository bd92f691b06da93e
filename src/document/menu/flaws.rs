//! Puts the flaws of a file together and in order, and leaves out what follows from another flaw alone.

use super::walk::{FILE_FIELDS, Found, LISTS};
use crate::domain::menu::Flaw;

/// The flaws of the file's shape, and those of its references that are not at a place of which enough was told already.
pub(super) fn both(of_shape: Found, of_references: Vec<Flaw>) -> Vec<Flaw> {
    let told = |place: &str| {
        let ends = place.char_indices().filter(|&(_, letter)| letter == '.' || letter == '[').map(|(at, _)| at);
        ends.chain([place.len()]).any(|end| of_shape.told.contains(&place[..end]))
    };
    let news = of_references.into_iter().filter(|flaw| !told(&flaw.place)).collect::<Vec<_>>();
    in_order(of_shape.flaws.into_iter().chain(news).collect())
}

/// Sorts flaws by their place in the format: lists, entries and fields as a file has them; what is unknown comes last.
fn in_order(mut flaws: Vec<Flaw>) -> Vec<Flaw> {
    flaws.sort_by_cached_key(|flaw| position(&flaw.place));
    flaws
}

/// `items[12].modifier_group_ids[1]` as ranks: the list's, 12, the field's, 1.
fn position(place: &str) -> Vec<usize> {
    const UNKNOWN: usize = usize::MAX;
    let (list, rest) = place.split_at(place.find(['[', '.']).unwrap_or(place.len()));
    let list_rank = FILE_FIELDS.iter().position(|it| *it == list).unwrap_or(UNKNOWN);
    let fields = LISTS.iter().find(|(it, _)| *it == list).map_or(&[][..], |(_, fields)| fields);
    let rank = |word: &str| match word.parse() {
        Ok(at) => at,
        Err(_) => fields.iter().position(|it| *it == word).unwrap_or(UNKNOWN),
    };
    let words = rest.split(['[', ']', '.']).filter(|word| !word.is_empty());
    std::iter::once(list_rank).chain(words.map(rank)).collect()
}
