//! Chance that can be had again: the same seed throws the same dice on every machine.

/// SplitMix64 (Steele, Lea and Flood 2014).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The dice of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From 0 to `below - 1`. The lower numbers are likelier by less than one in 2^32.
    pub fn below(&mut self, below: u32) -> u32 {
        u32::try_from(self.bits() % u64::from(below)).unwrap_or(0)
    }

    /// From 1 to `most`.
    pub fn upto(&mut self, most: u32) -> i64 {
        i64::from(self.below(most)) + 1
    }

    /// True once in so many times.
    pub fn one_in(&mut self, many: u32) -> bool {
        self.below(many) == 0
    }

    /// One of the list, unless it is empty.
    pub fn of<T: Clone>(&mut self, list: &[T]) -> Option<T> {
        let length = u32::try_from(list.len()).unwrap_or(0);
        let position = self.below(length.max(1));
        list.get(position as usize).cloned()
    }
}

/// A number that the environment may set, or the usual one.
///
/// # Panics
/// When it is set to something else.
#[must_use]
pub fn setting<T: std::str::FromStr>(name: &str, usual: T) -> T {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is no number: {text}")),
        Err(_) => usual,
    }
}
