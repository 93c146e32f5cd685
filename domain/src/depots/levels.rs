//! How much of an item ought to stand in a depot.
//!
//! **Invariant.** The floor is not above the minimum, and the minimum is not above the maximum, as
//! far as they are set.

use crate::kernel::named;

named! {
    /// Where what is there stands to what ought to be there.
    pub enum Standing {
        /// Below the minimum.
        Short = "short",
        /// Neither below the minimum nor above the maximum.
        Within = "within",
        /// Above the maximum.
        Over = "over",
    }
}

/// The levels of one item in one depot, in base units.
///
/// The society sets them: no national rule that we know names figures (RULES 3.10 only says that
/// stores belong at every level).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StockLevels {
    floor: i64,
    minimum: Option<i64>,
    maximum: Option<i64>,
}

/// Why levels are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LevelsError {
    /// Less than nothing, or more than 10^12.
    #[error("a level is from 0 to 1000000000000")]
    OutOfRange,
    /// A plan would leave what refilling does not even aim at.
    #[error("the minimum {minimum} is below the floor {floor}")]
    MinimumBelowFloor {
        /// The minimum.
        minimum: i64,
        /// The floor.
        floor: i64,
    },
    /// No stock could be within.
    #[error("the maximum {maximum} is below {least}")]
    MaximumBelow {
        /// The maximum.
        maximum: i64,
        /// The minimum, or the floor where there is no minimum.
        least: i64,
    },
}

/// The highest level, in base units.
pub const LEVEL_MAX: i64 = 1_000_000_000_000;

impl StockLevels {
    /// Levels that fit together; a level that is `None` asks for nothing.
    ///
    /// # Errors
    /// When they contradict each other or are out of range.
    pub fn new(
        floor: i64,
        minimum: Option<i64>,
        maximum: Option<i64>,
    ) -> Result<Self, LevelsError> {
        let all = [Some(floor), minimum, maximum];
        if !all
            .iter()
            .flatten()
            .all(|level| (0..=LEVEL_MAX).contains(level))
        {
            return Err(LevelsError::OutOfRange);
        }
        if let Some(minimum) = minimum.filter(|minimum| *minimum < floor) {
            return Err(LevelsError::MinimumBelowFloor { minimum, floor });
        }
        let least = minimum.unwrap_or(floor);
        if let Some(maximum) = maximum.filter(|maximum| *maximum < least) {
            return Err(LevelsError::MaximumBelow { maximum, least });
        }
        Ok(Self {
            floor,
            minimum,
            maximum,
        })
    }

    /// What a plan leaves untouched.
    #[must_use]
    pub fn floor(&self) -> i64 {
        self.floor
    }

    /// What refilling aims at, at least.
    #[must_use]
    pub fn minimum(&self) -> Option<i64> {
        self.minimum
    }

    /// What ought to be there at most.
    #[must_use]
    pub fn maximum(&self) -> Option<i64> {
        self.maximum
    }

    /// Where `available` stands, and by how much it is short or over.
    #[must_use]
    pub fn standing(&self, available: i64) -> (Standing, i64) {
        match (self.minimum, self.maximum) {
            (Some(minimum), _) if available < minimum => (Standing::Short, minimum - available),
            (_, Some(maximum)) if available > maximum => (Standing::Over, available - maximum),
            _ => (Standing::Within, 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn levels_that_contradict_each_other_are_none() {
        use LevelsError::{MaximumBelow, MinimumBelowFloor, OutOfRange};
        for (floor, minimum, maximum, expected) in [
            (0, None, None, None),
            (5, Some(5), Some(5), None),
            (5, None, Some(5), None),
            (0, Some(0), None, None),
            (-1, None, None, Some(OutOfRange)),
            (0, Some(LEVEL_MAX + 1), None, Some(OutOfRange)),
            (0, None, Some(-1), Some(OutOfRange)),
            (
                6,
                Some(5),
                None,
                Some(MinimumBelowFloor {
                    minimum: 5,
                    floor: 6,
                }),
            ),
            (
                6,
                None,
                Some(5),
                Some(MaximumBelow {
                    maximum: 5,
                    least: 6,
                }),
            ),
            (
                1,
                Some(6),
                Some(5),
                Some(MaximumBelow {
                    maximum: 5,
                    least: 6,
                }),
            ),
        ] {
            let made = StockLevels::new(floor, minimum, maximum);
            assert_eq!(made.err(), expected, "{floor} {minimum:?} {maximum:?}");
        }
    }

    #[test]
    fn what_is_there_stands_somewhere() {
        for (minimum, maximum, available, expected) in [
            (None, None, 0, (Standing::Within, 0)),
            (Some(10), None, 9, (Standing::Short, 1)),
            (Some(10), None, 10, (Standing::Within, 0)),
            (Some(10), Some(20), 20, (Standing::Within, 0)),
            (Some(10), Some(20), 21, (Standing::Over, 1)),
            (None, Some(20), 50, (Standing::Over, 30)),
        ] {
            let levels = StockLevels::new(0, minimum, maximum).unwrap();
            assert_eq!(
                levels.standing(available),
                expected,
                "{levels:?} {available}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_gap_leads_back_within(minimum in 0..1_000_i64, more in 0..1_000_i64, there in 0..3_000_i64) {
            let levels = StockLevels::new(0, Some(minimum), Some(minimum + more)).unwrap();
            let (standing, gap) = levels.standing(there);
            let mended = match standing {
                Standing::Short => there + gap,
                Standing::Within => there,
                Standing::Over => there - gap,
            };
            prop_assert_eq!(levels.standing(mended), (Standing::Within, 0));
            prop_assert_eq!(gap == 0, standing == Standing::Within);
        }
    }
}
