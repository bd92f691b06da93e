//! What makes the server faster and is never needed: whatever it says is either right or recognised as wrong, and when
//! it says nothing, the central database is asked.
//!
//! Read in this order: `limits`, `shared` (a cache that several server processes have in common, behind four verbs),
//! `seal` (how what comes from there is known to be ours), `menus` (what a location's menu comes to, in this process
//! and in the shared one), `told` (what processes tell each other). Not here: how Redis is reached (runtime), who asks
//! for menus and who hears what is told (`http`).
//!
//! Three things are not cached, because little or nothing would be gained. **The answer to an order that is submitted
//! again** is the database's: it holds only as long as the database was not put back from a backup, about which the
//! database would have to be asked each time all the same; one that is wrong would lose an order, and a twentieth of
//! the request is all that could be saved. **Whether a device is still let in** is asked of the database with every
//! request, so that a secret that was taken back ends at once everywhere; to remember that it was let in would let it
//! in longer. **Which version of a menu is the newest** is one row of the database: no cache says it quicker, and a
//! wrong one would keep a register from the new prices. `cargo bench --bench comanda -- cache` measures all of it.

pub mod limits;
mod menus;
mod seal;
mod shared;
mod told;

pub(in crate::server) use menus::MenuKey;
pub use shared::{Shared, State};
pub(in crate::server) use told::Told;

use crate::domain::Entropy;
use menus::Menus;
use seal::Seal;
use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a server keeps in mind, and what it shares with others.
pub struct Cache {
    seal: Seal,
    /// Who tells: another at each start, so that nobody hears himself.
    own: String,
    shared: OnceLock<Box<dyn Shared>>,
    menus: Menus,
    counted: Counted,
    /// That something wrong came was told.
    is_wrong_told: AtomicBool,
}

impl fmt::Debug for Cache {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Cache").field("counts", &self.counts()).finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Counted {
    remembered: AtomicU64,
    shared: AtomicU64,
    asked: AtomicU64,
    wrong: AtomicU64,
    told: AtomicU64,
    heard: AtomicU64,
}

/// How often what happened, since the server began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Menus that this process had in mind.
    pub menus_remembered: u64,
    /// Menus that came from the shared cache.
    pub menus_shared: u64,
    /// Menus for which the database was asked.
    pub menus_asked: u64,
    /// What came from the shared cache and was not ours, not whole, or not what it was asked for.
    pub wrong: u64,
    /// Messages to other processes.
    pub told: u64,
    /// Messages from other processes.
    pub heard: u64,
    /// How the shared cache stands; none without one.
    pub shared: Option<State>,
}

fn add(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Cache {
    /// A cache of this process alone. The key is what all servers have that may share one.
    pub(in crate::server) fn new(key: [u8; 32], dice: &mut Entropy) -> Cache {
        Cache {
            seal: Seal::new(key),
            own: format!("{:016x}", u64::from_be_bytes(dice.bytes())),
            shared: OnceLock::new(),
            menus: Menus::default(),
            counted: Counted::default(),
            is_wrong_told: AtomicBool::new(false),
        }
    }

    /// Shares with other processes from now on; whoever was named first stays.
    pub(in crate::server) fn share(&self, shared: Box<dyn Shared>) {
        drop(self.shared.set(shared));
    }

    /// Where the processes that share a cache tell each other something.
    pub fn channel(&self) -> String {
        self.seal.name("told")
    }

    /// How often what happened.
    pub fn counts(&self) -> Counts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            menus_remembered: of(&self.counted.remembered),
            menus_shared: of(&self.counted.shared),
            menus_asked: of(&self.counted.asked),
            wrong: of(&self.counted.wrong),
            told: of(&self.counted.told),
            heard: of(&self.counted.heard),
            shared: self.shared.get().map(|shared| shared.state()),
        }
    }

    /// Notes that something wrong came. The log hears of the first.
    fn note_wrong(&self, what: &str) {
        add(&self.counted.wrong);
        if !self.is_wrong_told.swap(true, Ordering::Relaxed) {
            tracing::warn!(what, "the cache said something wrong, which is not used; the next ones are only counted");
        }
    }
}

#[cfg(test)]
mod tests;
