//! Nothing of one location is told to another: whatever goes over the wire is read for ids and names that are another
//! house's.

use super::guests::NAMES;
use super::register::menu_text;
use crate::domain::LocationId;
use std::collections::{BTreeMap, BTreeSet};

/// How long an id is, as it is written: 8-4-4-4-12 digits.
const ID_BYTES: usize = 36;

/// Whose ids are whose.
#[derive(Debug, Default)]
pub struct Borders {
    locations: BTreeSet<LocationId>,
    owners: BTreeMap<Vec<u8>, LocationId>,
}

impl Borders {
    /// Between these. Around one alone there is none.
    pub fn between(locations: BTreeSet<LocationId>) -> Borders {
        let mut borders = Borders { locations, owners: BTreeMap::new() };
        if borders.locations.len() > 1 {
            // What all of them sell is nobody's.
            let menu = menu_text();
            borders.owners.extend(ids(menu.as_bytes()).map(|id| (id.to_vec(), LocationId::from(""))));
        }
        borders
    }

    /// A location hands documents over: what is in them is its own from then on. Says what is another's.
    pub fn hands_over(&mut self, location_id: &LocationId, documents: &[u8]) -> Option<String> {
        if self.locations.len() < 2 {
            return None;
        }
        for id in ids(documents) {
            self.owners.entry(id.to_vec()).or_insert_with(|| location_id.clone());
        }
        self.strays(location_id, documents).map(|what| format!("hands over what is another's: {what}"))
    }

    /// A location is told something. Says what of it is another's.
    pub fn tells(&self, location_id: &LocationId, answer: &[u8]) -> Option<String> {
        if self.locations.len() < 2 {
            return None;
        }
        self.strays(location_id, answer).map(|what| format!("is told what is another's: {what}"))
    }

    /// Whether an id is another location's.
    pub fn is_foreign(&self, location_id: &LocationId, doc_id: &str) -> bool {
        ids(doc_id.as_bytes()).any(|id| self.is_of_another(location_id, id))
    }

    fn is_of_another(&self, location_id: &LocationId, id: &[u8]) -> bool {
        self.owners.get(id).is_some_and(|owner| owner != location_id && !owner.as_str().is_empty())
    }

    fn strays(&self, location_id: &LocationId, told: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(told);
        let others = self.locations.iter().filter(|other| *other != location_id);
        for other in others {
            let named = format!("\"{other}\"");
            let names = NAMES.iter().filter(|(of, _)| *of == other.as_str()).flat_map(|(_, names)| *names);
            let words = names.copied().chain([named.as_str()]);
            if let Some(word) = words.into_iter().find(|word| text.contains(word)) {
                return Some(format!("{word} of {other}"));
            }
        }
        let stray = ids(told).find(|id| self.is_of_another(location_id, id))?;
        Some(format!("{} of {}", String::from_utf8_lossy(stray), self.owners[stray]))
    }
}

/// Everything in some bytes that has the form of an id.
fn ids(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    // Most bytes are no dash: so few are looked at twice.
    let dashes = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'-').map(|(at, _)| at);
    dashes.filter_map(|dash| {
        let id = bytes.get(dash.checked_sub(8)?..dash + ID_BYTES - 8)?;
        let is_id = |(at, byte): (usize, &u8)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        };
        id.iter().enumerate().all(is_id).then_some(id)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_hands_over_another_is_not_told() {
        let (one, two) = (LocationId::from("L1"), LocationId::from("L2"));
        let mut borders = Borders::between(BTreeSet::from([one.clone(), two.clone()]));
        let (ours, theirs) =
            ("order_01890a5d-ac96-774b-bcce-b302099a8057", "order_01890a5d-ac96-774b-bcce-b302099a8058");
        assert_eq!(borders.hands_over(&one, ours.as_bytes()), None);
        assert_eq!(borders.hands_over(&two, theirs.as_bytes()), None);
        // who is told, what, whether it is another's
        let name = NAMES[1].1[0];
        let rows = [
            (&one, ours.to_owned(), false),
            (&one, format!("{{\"_id\":\"{theirs}\"}}"), true),
            (&two, format!("{{\"_id\":\"{ours}\"}}"), true),
            (&two, "{\"_id\":\"order_01890a5d-ac96-774b-bcce-b302099a8059\"}".to_owned(), false),
            (&one, "{\"location_id\":\"L2\"}".to_owned(), true),
            (&one, "{\"location_id\":\"L1\"}".to_owned(), false),
            (&one, format!("{{\"customer_name\":\"{name}\"}}"), true),
            (&two, format!("{{\"customer_name\":\"{name}\"}}"), false),
        ];
        for (location_id, told, is_stray) in rows {
            assert_eq!(borders.tells(location_id, told.as_bytes()).is_some(), is_stray, "{told}");
        }
        assert!(borders.is_foreign(&one, theirs) && !borders.is_foreign(&two, theirs));
    }
}
