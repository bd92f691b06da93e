//! How many feeds each device holds open: so many and no more, so that one that forgets its feeds costs the others
//! nothing.

use super::limits::FEEDS_OF_ONE_MAX;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The feeds that are held, by who holds them.
#[derive(Debug, Clone, Default)]
pub(super) struct Seats {
    taken: Arc<Mutex<HashMap<String, usize>>>,
}

/// A feed's seat: free again when it is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    who: String,
    seats: Seats,
}

impl Seats {
    /// Takes a seat; none where all of somebody's are taken.
    pub(super) fn take(&self, who: &str) -> Option<Seat> {
        let mut taken = self.lock();
        let count = taken.entry(who.to_owned()).or_default();
        if *count >= FEEDS_OF_ONE_MAX {
            return None;
        }
        *count += 1;
        Some(Seat { who: who.to_owned(), seats: self.clone() })
    }

    /// How many are taken, by all together.
    pub(super) fn count(&self) -> usize {
        self.lock().values().sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.lock();
        let Some(count) = taken.get_mut(&self.who) else { return };
        *count -= 1;
        if *count == 0 {
            taken.remove(&self.who);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_all_of_his_seats_gets_one_when_one_is_free_and_others_do_not_wait() {
        let seats = Seats::default();
        let mut held: Vec<Seat> = (0..FEEDS_OF_ONE_MAX).map(|_| seats.take("T1").unwrap()).collect();
        assert!(seats.take("T1").is_none());
        assert!(seats.take("T2").is_some());
        assert_eq!(seats.count(), FEEDS_OF_ONE_MAX);
        held.pop();
        held.push(seats.take("T1").unwrap());
        assert!(seats.take("T1").is_none());
        drop(held);
        assert!(seats.lock().is_empty(), "who holds none is not remembered");
    }
}
