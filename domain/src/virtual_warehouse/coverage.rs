//! Coverage: for how many people, and for how many days, there is enough.
//!
//! **Invariant.** More stock never covers fewer people or days. Whoever is said to be covered has
//! enough of it: one person or one day more would not.

/// How far stock reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cover {
    /// How much is wanted for all people and days.
    pub wanted: i64,
    /// What is missing of it.
    pub gap: i64,
    /// How many of the people have enough for all days.
    pub people: u64,
    /// For how many of the days all people have enough. What is not counted by days, such as a
    /// blanket for each, is enough for all days or for none.
    pub days: u32,
}

impl Cover {
    /// How far `there` reaches for `people` and `days`. `wants` tells how much so many people want
    /// for so many days, and never less for more of either; where it knows no answer, nothing is
    /// enough.
    #[must_use]
    pub fn of(there: i64, people: u64, days: u32, wants: impl Fn(u64, u32) -> Option<i64>) -> Self {
        let wanted = wants(people, days).unwrap_or(i64::MAX);
        let enough = |people, days| wants(people, days).is_some_and(|wanted| wanted <= there);
        let covered_days = most(days.into(), |days| {
            u32::try_from(days).is_ok_and(|days| enough(people, days))
        });
        Self {
            wanted,
            gap: wanted.saturating_sub(there).max(0),
            people: most(people, |people| enough(people, days)),
            days: u32::try_from(covered_days).unwrap_or(days),
        }
    }

    /// How much of what is wanted is missing, in thousandths.
    #[must_use]
    pub fn gap_permille(&self) -> u32 {
        if self.wanted <= 0 {
            return 0;
        }
        let share = i128::from(self.gap) * 1_000 / i128::from(self.wanted);
        u32::try_from(share).unwrap_or(1_000)
    }
}

// The most, up to `limit`, for which there is enough. What is enough for more is enough for less.
fn most(limit: u64, is_enough: impl Fn(u64) -> bool) -> u64 {
    let (mut enough, mut too_many) = (0, limit);
    if is_enough(limit) {
        return limit;
    }
    while enough + 1 < too_many {
        let middle = enough + (too_many - enough) / 2;
        if is_enough(middle) {
            enough = middle;
        } else {
            too_many = middle;
        }
    }
    enough
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // Three litres a person and day.
    fn water(people: u64, days: u32) -> Option<i64> {
        i64::try_from(people)
            .ok()?
            .checked_mul(3)?
            .checked_mul(days.into())
    }

    // A blanket each.
    fn blankets(people: u64, _days: u32) -> Option<i64> {
        i64::try_from(people).ok()
    }

    #[test]
    fn stock_reaches_so_far() {
        let check = |there, people, days, wants: fn(u64, u32) -> Option<i64>, expected| {
            let cover = Cover::of(there, people, days, wants);
            let found = (cover.wanted, cover.gap, cover.people, cover.days);
            assert_eq!(found, expected, "{there} for {people} × {days}");
        };
        check(2_100, 100, 7, water, (2_100, 0, 100, 7));
        check(2_099, 100, 7, water, (2_100, 1, 99, 6));
        check(0, 100, 7, water, (2_100, 2_100, 0, 0));
        check(50, 100, 7, blankets, (100, 50, 50, 0));
        check(100, 100, 7, blankets, (100, 0, 100, 7));
        check(5, 0, 7, water, (0, 0, 0, 7));
        check(
            i64::MAX,
            u64::MAX,
            7,
            water,
            (i64::MAX, 0, u64::MAX / 2 / 21, 0),
        );
    }

    #[test]
    fn gaps_are_compared_by_their_share() {
        assert_eq!(Cover::of(1, 3, 1, blankets).gap_permille(), 666);
        assert_eq!(Cover::of(0, 3, 1, blankets).gap_permille(), 1_000);
        assert_eq!(Cover::of(0, 0, 1, blankets).gap_permille(), 0);
    }

    proptest! {
        #[test]
        fn who_is_covered_has_enough_and_one_more_has_not(
            there in 0_i64..20_000,
            people in 0_u64..500,
            days in 0_u32..30,
        ) {
            let cover = Cover::of(there, people, days, water);
            let enough = |people, days| water(people, days).unwrap() <= there;
            prop_assert!(enough(cover.people, days) && enough(people, cover.days));
            prop_assert!(cover.people == people || !enough(cover.people + 1, days));
            prop_assert!(cover.days == days || !enough(people, cover.days + 1));
            let more = Cover::of(there + 1, people, days, water);
            prop_assert!(more.people >= cover.people && more.days >= cover.days);
            prop_assert!(more.gap <= cover.gap);
        }
    }
}
