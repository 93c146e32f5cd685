//! What may go for a need in the place of what it wants.
//!
//! **Invariant.** A need lists at most [`Substitutes::MAX`] other items, each once and never its own, in
//! the order in which it prefers them. Goods stand only for the item that a need wants and never for
//! another substitute: nothing is chained. So lists of needs at different places may name each other's
//! items; at one place they may not lead back to where they began ([`leads_back`]), since then the same
//! goods would be wanted there and stand for what they are to be replaced by.

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::{Id, kinds};

/// How many base units of a substitute stand for how many of what is wanted, as it was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SubstituteRate {
    units: i64,
    stand_for: i64,
}

/// An item that may go instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Substitute {
    /// Which item.
    pub item: Id<kinds::Item>,
    /// How much of it stands for how much.
    pub rate: SubstituteRate,
}

/// The substitutes of one need, the preferred first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Substitutes(Vec<Substitute>);

/// Why a rate or a list is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubstituteError {
    /// Neither nothing nor more than anybody would trade.
    #[error("a rate is two whole numbers from 1 to {}", SubstituteRate::MAX)]
    Rate,
    /// More than anybody chooses among.
    #[error("a need names at most {} substitutes", Substitutes::MAX)]
    TooMany,
    /// Nothing stands for itself.
    #[error("an item is no substitute for itself")]
    Itself {
        /// Its place in the list.
        place: usize,
    },
    /// It stands in the list already.
    #[error("the list names this item already")]
    Twice {
        /// The second place.
        place: usize,
    },
}

impl SubstituteRate {
    /// The most that either of the two numbers may be.
    pub const MAX: i64 = 10_000;

    /// So many units stand for so many of what is wanted.
    ///
    /// # Errors
    /// [`SubstituteError::Rate`] outside 1..=10,000.
    pub fn new(units: i64, stand_for: i64) -> Result<Self, SubstituteError> {
        let fits = |number: i64| (1..=Self::MAX).contains(&number);
        if fits(units) && fits(stand_for) {
            Ok(Self { units, stand_for })
        } else {
            Err(SubstituteError::Rate)
        }
    }

    /// The units of the substitute.
    #[must_use]
    pub const fn units(self) -> i64 {
        self.units
    }

    /// For how many units of what is wanted they stand.
    #[must_use]
    pub const fn stand_for(self) -> i64 {
        self.stand_for
    }

    /// For how many whole units so many of the substitute stand.
    #[must_use]
    pub fn worth(self, units: i64) -> i64 {
        let worth = i128::from(units.max(0)) * i128::from(self.stand_for) / i128::from(self.units);
        i64::try_from(worth).unwrap_or(i64::MAX)
    }

    /// How many of the substitute it takes to stand for so many whole units.
    #[must_use]
    pub fn takes(self, wanted: i64) -> i64 {
        let (units, stand_for) = (i128::from(self.units), i128::from(self.stand_for));
        let takes = (i128::from(wanted.max(0)) * units + stand_for - 1) / stand_for;
        i64::try_from(takes).unwrap_or(i64::MAX)
    }

    /// Of two rates the one by which a unit of the substitute stands for more is greater.
    #[must_use]
    pub fn by_worth(self, other: Self) -> std::cmp::Ordering {
        (self.stand_for * other.units).cmp(&(other.stand_for * self.units))
    }
}

impl Substitutes {
    /// The most that a need may name.
    pub const MAX: usize = 5;

    /// Checks the list of a need for `item`.
    ///
    /// # Errors
    /// [`SubstituteError`] if it is too long, names the item itself, or one item twice.
    pub fn new(item: Id<kinds::Item>, list: Vec<Substitute>) -> Result<Self, SubstituteError> {
        if list.len() > Self::MAX {
            return Err(SubstituteError::TooMany);
        }
        let mut seen = BTreeSet::new();
        for (place, substitute) in list.iter().enumerate() {
            if substitute.item == item {
                return Err(SubstituteError::Itself { place });
            }
            if !seen.insert(substitute.item) {
                return Err(SubstituteError::Twice { place });
            }
        }
        Ok(Self(list))
    }

    /// The preferred first.
    pub fn iter(&self) -> impl Iterator<Item = &Substitute> {
        self.0.iter()
    }

    /// Whether nothing may go instead.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How much of an item stands for how much, if it may go instead.
    #[must_use]
    pub fn rate(&self, item: Id<kinds::Item>) -> Option<SubstituteRate> {
        let mut list = self.0.iter();
        list.find(|it| it.item == item).map(|it| it.rate)
    }

    /// For how many units of what is wanted all of these goods stand: each item counts whole units for
    /// itself, and what is no substitute counts for nothing.
    #[must_use]
    pub fn worth(&self, goods: &BTreeMap<Id<kinds::Item>, i64>) -> i64 {
        let worth = |it: &Substitute| it.rate.worth(goods.get(&it.item).copied().unwrap_or(0));
        self.0.iter().map(worth).fold(0, i64::saturating_add)
    }
}

/// What may stand for what at one place: the substitutes of each item, by all needs there together.
pub type StandIns = BTreeMap<Id<kinds::Item>, BTreeSet<Id<kinds::Item>>>;

/// Whether substitutes lead from `substitute`, step by step, back to `item`, for which it is to stand.
#[must_use]
pub fn leads_back(
    item: Id<kinds::Item>,
    substitute: Id<kinds::Item>,
    at_the_place: &StandIns,
) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![substitute];
    while let Some(next) = open.pop() {
        if next == item {
            return true;
        }
        if seen.insert(next)
            && let Some(further) = at_the_place.get(&next)
        {
            open.extend(further);
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn item(number: u128) -> Id<kinds::Item> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn rate(units: i64, stand_for: i64) -> SubstituteRate {
        SubstituteRate::new(units, stand_for).unwrap()
    }

    #[test]
    fn a_rate_is_two_numbers_that_anybody_would_trade_by() {
        for (units, stand_for, fits) in [
            (1, 1, true),
            (10_000, 1, true),
            (0, 1, false),
            (1, 0, false),
            (-2, 1, false),
            (10_001, 1, false),
            (1, 10_001, false),
        ] {
            let rate = SubstituteRate::new(units, stand_for);
            assert_eq!(rate.is_ok(), fits, "{units} for {stand_for}");
        }
    }

    #[test]
    fn goods_stand_for_whole_units() {
        for (units, stand_for, goods, worth) in [
            (2, 1, 0, 0),
            (2, 1, 1, 0),
            (2, 1, 5, 2),
            (1, 2, 3, 6),
            (3, 2, 2, 1),
            (3, 2, 3, 2),
            (1, 10_000, i64::MAX, i64::MAX),
            (2, 1, -4, 0),
        ] {
            assert_eq!(rate(units, stand_for).worth(goods), worth, "{goods}");
        }
        for (units, stand_for, wanted, takes) in [
            (2, 1, 3, 6),
            (1, 2, 5, 3),
            (3, 2, 1, 2),
            (3, 2, 2, 3),
            (2, 1, 0, 0),
        ] {
            assert_eq!(rate(units, stand_for).takes(wanted), takes, "{wanted}");
        }
    }

    #[test]
    fn a_list_names_others_and_each_once() {
        let check = |items: &[u128]| {
            let list = items.iter().map(|&number| Substitute {
                item: item(number),
                rate: rate(1, 1),
            });
            Substitutes::new(item(1), list.collect()).map(|list| list.iter().count())
        };
        assert_eq!(check(&[]), Ok(0));
        assert_eq!(check(&[5, 4, 3]), Ok(3));
        assert_eq!(check(&[2, 1]), Err(SubstituteError::Itself { place: 1 }));
        assert_eq!(check(&[2, 3, 2]), Err(SubstituteError::Twice { place: 2 }));
        assert_eq!(check(&[2, 3, 4, 5, 6, 7]), Err(SubstituteError::TooMany));
    }

    #[test]
    fn a_circle_is_found_however_long() {
        let names = |pairs: &[(u128, u128)]| {
            let mut at_the_place = StandIns::new();
            for &(of, by) in pairs {
                at_the_place.entry(item(of)).or_default().insert(item(by));
            }
            at_the_place
        };
        for (pairs, from, to, expected) in [
            (&[][..], 1, 2, false),
            (&[(1, 2)], 1, 2, false),
            (&[(2, 1)], 1, 2, true),
            (&[(2, 3), (3, 4), (4, 1)], 1, 2, true),
            (&[(2, 3), (3, 2)], 1, 2, false),
        ] {
            let found = leads_back(item(from), item(to), &names(pairs));
            assert_eq!(found, expected, "{pairs:?}");
        }
    }

    proptest! {
        #[test]
        fn what_it_takes_is_worth_it_and_not_one_less(
            units in 1_i64..50, stand_for in 1_i64..50, wanted in 1_i64..10_000,
        ) {
            let rate = rate(units, stand_for);
            let takes = rate.takes(wanted);
            prop_assert!(rate.worth(takes) >= wanted);
            prop_assert!(rate.worth(takes - 1) < wanted);
        }
    }
}
