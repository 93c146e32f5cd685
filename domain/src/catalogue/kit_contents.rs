//! What a kit holds: a version of its list of contents, and whom it serves.
//!
//! **Invariant.** A list is never empty, names an item once, and does not name the kit itself.
//! A version is never changed: contents differ by disaster and by year (RULES 4.3), and a kit that
//! was assembled stays what it was.

use std::collections::{BTreeMap, BTreeSet};

use crate::kernel::{Id, Quantity, QuantityError, kinds};

/// The most items on one list.
pub const CONTENTS_MAX: usize = 200;

/// One version of a kit's contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KitContents {
    kit: Id<kinds::Item>,
    per_kit: BTreeMap<Id<kinds::Item>, Quantity>,
    people: Option<u32>,
    days: Option<u32>,
}

/// Why something is not a list of contents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KitError {
    /// No item at all.
    #[error("a kit holds at least one item")]
    Empty,
    /// More items than a list may have.
    #[error("a kit holds at most {CONTENTS_MAX} different items")]
    TooMany,
    /// An item is on the list twice.
    #[error("the item {item} is on the list twice")]
    Repeated {
        /// The item.
        item: Id<kinds::Item>,
    },
    /// The kit is on its own list.
    #[error("a kit does not hold itself")]
    Itself,
    /// The people served are not 1 to 10,000.
    #[error("a kit serves 1 to {} people", KitContents::PEOPLE_MAX)]
    People,
    /// The days served are not 1 to 3,650.
    #[error("a kit serves for 1 to {} days", KitContents::DAYS_MAX)]
    Days,
}

impl KitContents {
    /// The most people that one kit may be said to serve.
    pub const PEOPLE_MAX: u32 = 10_000;
    /// The most days that one kit may be said to serve.
    pub const DAYS_MAX: u32 = 3_650;

    /// Checks a list of `(item, quantity in one kit)`, and for how many people and days one kit
    /// serves where that is known.
    ///
    /// # Errors
    /// [`KitError`] with the first reason found.
    pub fn new(
        kit: Id<kinds::Item>,
        contents: &[(Id<kinds::Item>, Quantity)],
        people: Option<u32>,
        days: Option<u32>,
    ) -> Result<Self, KitError> {
        match contents.len() {
            0 => return Err(KitError::Empty),
            1..=CONTENTS_MAX => {}
            _ => return Err(KitError::TooMany),
        }
        let mut per_kit = BTreeMap::new();
        for &(item, quantity) in contents {
            if item == kit {
                return Err(KitError::Itself);
            }
            if per_kit.insert(item, quantity).is_some() {
                return Err(KitError::Repeated { item });
            }
        }
        if people.is_some_and(|people| !(1..=Self::PEOPLE_MAX).contains(&people)) {
            return Err(KitError::People);
        }
        if days.is_some_and(|days| !(1..=Self::DAYS_MAX).contains(&days)) {
            return Err(KitError::Days);
        }
        Ok(Self {
            kit,
            per_kit,
            people,
            days,
        })
    }

    /// The kit.
    #[must_use]
    pub fn kit(&self) -> Id<kinds::Item> {
        self.kit
    }

    /// What one kit holds, in the order of ids.
    #[must_use]
    pub fn per_kit(&self) -> &BTreeMap<Id<kinds::Item>, Quantity> {
        &self.per_kit
    }

    /// How many people one kit serves, if it is known.
    #[must_use]
    pub fn people(&self) -> Option<u32> {
        self.people
    }

    /// For how many days, if it is known.
    #[must_use]
    pub fn days(&self) -> Option<u32> {
        self.days
    }

    /// What `kits` of them hold together, exactly.
    ///
    /// # Errors
    /// [`QuantityError::TooLarge`] when one item passes 10^12 base units.
    pub fn of_kits(
        &self,
        kits: Quantity,
    ) -> Result<BTreeMap<Id<kinds::Item>, Quantity>, QuantityError> {
        self.per_kit
            .iter()
            .map(|(&item, quantity)| {
                let together = quantity.get().saturating_mul(kits.get());
                Ok((item, Quantity::new(together)?))
            })
            .collect()
    }
}

/// Whether `contents` would lead back to its own kit through the kits it holds, so that one kit
/// could never be assembled. `current` is the list in force of every other kit.
#[must_use]
pub fn nests_itself(
    contents: &KitContents,
    current: &BTreeMap<Id<kinds::Item>, KitContents>,
) -> bool {
    let mut seen = BTreeSet::new();
    let mut open: Vec<_> = contents.per_kit.keys().copied().collect();
    while let Some(item) = open.pop() {
        if item == contents.kit {
            return true;
        }
        if seen.insert(item)
            && let Some(inner) = current.get(&item)
        {
            open.extend(inner.per_kit.keys());
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn item(number: u128) -> Id<kinds::Item> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn contents(kit: u128, items: &[(u128, i64)]) -> Result<KitContents, KitError> {
        let items: Vec<_> = items
            .iter()
            .map(|&(number, quantity)| (item(number), Quantity::new(quantity).unwrap()))
            .collect();
        KitContents::new(item(kit), &items, None, None)
    }

    #[test]
    fn a_list_is_not_empty_names_items_once_and_never_itself() {
        let check = |items: &[(u128, i64)], expected: Option<KitError>| {
            assert_eq!(contents(1, items).err(), expected, "{items:?}");
        };
        check(&[(2, 1), (3, 4)], None);
        check(&[], Some(KitError::Empty));
        check(&[(2, 1), (1, 1)], Some(KitError::Itself));
        check(
            &[(2, 1), (2, 3)],
            Some(KitError::Repeated { item: item(2) }),
        );
        let many: Vec<_> = (2..203).map(|number| (number, 1)).collect();
        check(&many, Some(KitError::TooMany));
        check(&many[1..], None);
    }

    #[test]
    fn people_and_days_are_known_or_not_but_never_nought() {
        let check = |people, days, expected: Option<KitError>| {
            let items = [(item(2), Quantity::new(1).unwrap())];
            let answer = KitContents::new(item(1), &items, people, days);
            assert_eq!(answer.err(), expected, "{people:?} {days:?}");
        };
        check(Some(4), Some(14), None);
        check(Some(5), None, None);
        check(Some(0), None, Some(KitError::People));
        check(Some(10_001), None, Some(KitError::People));
        check(None, Some(0), Some(KitError::Days));
        check(None, Some(3_651), Some(KitError::Days));
    }

    #[test]
    fn kits_multiply_exactly() {
        let kit = contents(1, &[(2, 3), (3, 1_000)]).unwrap();
        let together = kit.of_kits(Quantity::new(2_000).unwrap()).unwrap();
        let counts: Vec<_> = together.values().map(|quantity| quantity.get()).collect();
        assert_eq!(counts, [6_000, 2_000_000]);
        assert_eq!(
            kit.of_kits(Quantity::new(Quantity::MAX).unwrap()),
            Err(QuantityError::TooLarge)
        );
    }

    #[test]
    fn a_kit_inside_a_kit_inside_itself_is_found() {
        let current: BTreeMap<_, _> = [(2, [(3, 1)]), (3, [(4, 1)]), (5, [(6, 1)]), (6, [(5, 1)])]
            .into_iter()
            .map(|(kit, items)| (item(kit), contents(kit, &items).unwrap()))
            .collect();
        let check = |kit, items: &[(u128, i64)], expected| {
            let answer = nests_itself(&contents(kit, items).unwrap(), &current);
            assert_eq!(answer, expected, "{kit} {items:?}");
        };
        check(1, &[(2, 1)], false);
        check(4, &[(2, 1)], true);
        check(3, &[(2, 1)], true);
        // Others going round in circles is not this kit's fault, and must not hang the search.
        check(1, &[(5, 1)], false);
    }
}
