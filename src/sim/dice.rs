//! The one source of chance of an evening: everything that happens by chance asks it, in one order.

use crate::domain::id::Entropy;

/// Dice that fall the same way for the same seed, everywhere (splitmix64).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice of a seed. Neighbouring seeds have nothing in common.
    pub fn new(seed: u64) -> Dice {
        let mut dice = Dice(seed ^ 0x5bd1_e995_97f4_a7c5);
        dice.throw();
        dice
    }

    /// Any number.
    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; of nothing, 0.
    pub fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.throw() % end }
    }

    /// A place in a list of that length.
    pub fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// A number from `least` to `most`, both included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let span = u64::try_from(most.saturating_sub(least)).unwrap_or(0);
        least + i64::try_from(self.below(span.saturating_add(1))).unwrap_or(0)
    }

    /// Whether what happens so many times in a thousand happens now.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// One of a list.
    ///
    /// # Panics
    /// When the list is empty.
    pub fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.place(list.len())]
    }

    /// One of a list in which each has its weight.
    ///
    /// # Panics
    /// When no weight is greater than zero.
    pub fn weighted<T: Copy>(&mut self, list: &[(u64, T)]) -> T {
        let mut fallen = self.below(list.iter().map(|(weight, _)| weight).sum());
        for (weight, it) in list {
            if fallen < *weight {
                return *it;
            }
            fallen -= weight;
        }
        unreachable!("what falls below the sum of the weights falls on one of them")
    }

    /// Dice of their own for somebody: how often they throw changes nothing for others.
    pub fn fork(&mut self) -> Dice {
        Dice::new(self.throw())
    }

    /// The same as the domain wants them.
    pub fn entropy(&mut self) -> Entropy {
        let mut own = self.fork();
        Entropy::new(move |bytes| {
            for byte in bytes {
                *byte = (own.throw() >> 56) as u8;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_seeds_fall_equally_and_each_weight_has_its_share() {
        let throws = |seed| {
            std::iter::repeat_with(move || seed).take(1).flat_map(|seed| {
                let mut dice = Dice::new(seed);
                (0..50).map(move |_| dice.below(1000)).collect::<Vec<_>>()
            })
        };
        assert!(throws(1).eq(throws(1)) && throws(1).ne(throws(2)));
        let mut dice = Dice::new(7);
        let often = (0..1000).filter(|_| dice.weighted(&[(3, true), (1, false), (0, false)])).count();
        assert!((650..850).contains(&often), "{often}");
        assert!((0..200).all(|_| (-2..=2).contains(&dice.between(-2, 2))));
        assert_eq!(dice.below(0), 0);
    }
}
