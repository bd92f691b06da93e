//! Decisions, read one after the other from a fuzzer's bytes.

/// What is left of them.
pub struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    /// All of them.
    pub fn of(data: &'a [u8]) -> Bytes<'a> {
        Bytes(data)
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next one; 0 when none is left.
    pub fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below an end, of which there is one at least.
    pub fn below(&mut self, end: usize) -> usize {
        let wide = if end > 256 { usize::from(self.next()) << 8 } else { 0 };
        (wide | usize::from(self.next())) % end
    }

    /// One of several.
    pub fn one_of<'t, T>(&mut self, all: &'t [T]) -> &'t T {
        &all[self.below(all.len())]
    }
}
