//! Who hears that documents changed: feeds that wait for it.
//!
//! A commit in this process wakes them at once. What another process committed is found by looking how each feed for
//! which somebody waits stands, however many wait for it.

use crate::server::central::{Place, Standing};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// Changes that were heard of, by place.
#[derive(Debug, Default)]
pub(super) struct Hints {
    places: Mutex<HashMap<Place, Heard>>,
}

#[derive(Debug)]
struct Heard {
    changes: watch::Sender<u64>,
    /// How the place stood when it was last looked at.
    standing: Option<Standing>,
}

impl Hints {
    fn lock(&self) -> MutexGuard<'_, HashMap<Place, Heard>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Listens to a place from now on.
    pub(super) fn listen(&self, place: &Place) -> watch::Receiver<u64> {
        let mut places = self.lock();
        let heard =
            places.entry(place.clone()).or_insert_with(|| Heard { changes: watch::Sender::new(0), standing: None });
        heard.changes.subscribe()
    }

    /// Wakes whoever waits for changes of a place.
    pub(super) fn wake(&self, place: &Place) {
        if let Some(heard) = self.lock().get(place) {
            heard.changes.send_modify(|count| *count = count.wrapping_add(1));
        }
    }

    /// The places for which somebody waits; what nobody waits for any more is forgotten.
    pub(super) fn awaited(&self) -> Vec<Place> {
        let mut places = self.lock();
        places.retain(|_, heard| heard.changes.receiver_count() > 0);
        places.keys().cloned().collect()
    }

    /// Takes note of how a place stands, and wakes whoever waits when it stood otherwise before. The first look wakes,
    /// too: what was written between listening and it would be missed.
    pub(super) fn looked(&self, place: &Place, standing: Standing) {
        let mut places = self.lock();
        let Some(heard) = places.get_mut(place) else { return };
        if heard.standing.as_ref() != Some(&standing) {
            heard.standing = Some(standing);
            heard.changes.send_modify(|count| *count = count.wrapping_add(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Database;

    #[test]
    fn whoever_waits_hears_of_its_place_alone() {
        let place = |location: &str, database| Place { location_id: location.into(), database };
        let standing = |newest| Standing { incarnation: "a".into(), newest };
        let (here, there) = (place("L1", Database::Orders), place("L2", Database::Orders));
        let hints = Hints::default();
        let (mut ours, mut theirs) = (hints.listen(&here), hints.listen(&there));
        let mut heard = |hints: &Hints, does: &dyn Fn(&Hints)| {
            does(hints);
            let told = (ours.has_changed().unwrap(), theirs.has_changed().unwrap());
            ours.mark_unchanged();
            theirs.mark_unchanged();
            told
        };
        // what happens, whether L1 hears it, whether L2 does
        let rows: [(&dyn Fn(&Hints), bool, bool); 6] = [
            (&|hints| hints.wake(&place("L1", Database::Orders)), true, false),
            (&|hints| hints.wake(&place("L1", Database::Menu)), false, false),
            (&|hints| hints.looked(&place("L2", Database::Orders), standing(1)), false, true),
            (&|hints| hints.looked(&place("L2", Database::Orders), standing(1)), false, false),
            (&|hints| hints.looked(&place("L2", Database::Orders), standing(2)), false, true),
            (&|hints| hints.looked(&place("L3", Database::Orders), standing(2)), false, false),
        ];
        for (nth, (does, l1, l2)) in rows.into_iter().enumerate() {
            assert_eq!(heard(&hints, does), (l1, l2), "row {nth}");
        }
        assert_eq!(hints.awaited().len(), 2);
        drop((ours, theirs));
        assert!(hints.awaited().is_empty());
    }
}
