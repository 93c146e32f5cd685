//! Mutual aid: who could lend what to whom in time.
//!
//! **Invariant.** Nobody lends what lies below their own minimum or floor, to themselves, or later
//! than in time. What is proposed of a lender's surplus adds up to no more than the surplus, and
//! what is proposed to a depot to no more than it lacks.

use std::collections::BTreeMap;

use crate::kernel::{
    Id,
    kinds::{Depot, Item, Organisation},
};

/// What a depot has beyond what it keeps for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surplus {
    /// Where it lies.
    pub depot: Id<Depot>,
    /// Who keeps it.
    pub organisation: Id<Organisation>,
    /// What it is.
    pub item: Id<Item>,
    /// How much, in base units.
    pub spare: i64,
}

/// What a depot lacks of its minimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortfall {
    /// Where it is missing.
    pub depot: Id<Depot>,
    /// Who keeps the depot.
    pub organisation: Id<Organisation>,
    /// What is missing.
    pub item: Id<Item>,
    /// How much, in base units.
    pub missing: i64,
}

/// What one could lend another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loan {
    /// Who could lend.
    pub from: Id<Depot>,
    /// Who lacks it.
    pub to: Id<Depot>,
    /// What.
    pub item: Id<Item>,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// As much as the one could spare and the other lacks.
    pub possible: i64,
    /// How much of it to lend when each lack is met by the nearest first, the largest lack first.
    pub proposed: i64,
}

/// Every loan that would be there in time, by item and borrower, the nearest lender first. `travel`
/// tells the minutes from one depot to another, if there is a way.
#[must_use]
pub fn loans(
    surpluses: &[Surplus],
    shortfalls: &[Shortfall],
    travel: impl Fn(Id<Depot>, Id<Depot>) -> Option<u32>,
    within_min: u32,
) -> Vec<Loan> {
    let spare: BTreeMap<_, _> = surpluses
        .iter()
        .filter(|surplus| surplus.spare > 0)
        .map(|it| ((it.item, it.depot), (it.organisation, it.spare)))
        .collect();
    let mut left = spare.clone();
    let mut lacks: Vec<_> = shortfalls.iter().filter(|lack| lack.missing > 0).collect();
    lacks.sort_by_key(|lack| (lack.item, std::cmp::Reverse(lack.missing), lack.depot));
    let mut loans = Vec::new();
    for lack in lacks {
        let first = (lack.item, Id::from_uuid(uuid::Uuid::nil()));
        let last = (lack.item, Id::from_uuid(uuid::Uuid::max()));
        let lenders = spare.range(first..=last);
        let mut lenders: Vec<_> = lenders
            .filter(|(_, (organisation, _))| *organisation != lack.organisation)
            .filter_map(|((_, depot), (_, spare))| {
                let minutes = travel(*depot, lack.depot)?;
                (minutes <= within_min).then_some((minutes, *depot, *spare))
            })
            .collect();
        lenders.sort_unstable_by_key(|(minutes, depot, _)| (*minutes, *depot));
        let mut missing = lack.missing;
        for (minutes, from, spare) in lenders {
            let rest = left.get_mut(&(lack.item, from)).map(|(_, rest)| rest);
            let proposed = rest.map_or(0, |rest| {
                let proposed = missing.min(*rest);
                *rest -= proposed;
                proposed
            });
            missing -= proposed;
            loans.push(Loan {
                from,
                to: lack.depot,
                item: lack.item,
                minutes,
                possible: spare.min(lack.missing),
                proposed,
            });
        }
    }
    loans
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id<K: crate::kernel::Kind>(number: u128) -> Id<K> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    // Depots of one number differ by ten minutes for each.
    fn apart(from: Id<Depot>, to: Id<Depot>) -> Option<u32> {
        let (from, to) = (from.uuid().as_u128(), to.uuid().as_u128());
        if from == 13 {
            return None;
        }
        u32::try_from(from.abs_diff(to) * 10).ok()
    }

    fn surplus(depot: u128, organisation: u128, item: u128, spare: i64) -> Surplus {
        Surplus {
            depot: id(depot),
            organisation: id(organisation),
            item: id(item),
            spare,
        }
    }

    fn lack(depot: u128, organisation: u128, item: u128, missing: i64) -> Shortfall {
        Shortfall {
            depot: id(depot),
            organisation: id(organisation),
            item: id(item),
            missing,
        }
    }

    #[test]
    fn the_nearest_lends_first_and_nothing_twice() {
        let surpluses = [
            surplus(1, 1, 7, 50),
            surplus(2, 2, 7, 30),
            // Of the borrower's own society, of another item, too far, and without a way.
            surplus(3, 9, 7, 99),
            surplus(4, 4, 8, 99),
            surplus(40, 5, 7, 99),
            surplus(13, 6, 7, 99),
        ];
        let shortfalls = [lack(5, 9, 7, 20), lack(6, 9, 7, 40)];
        let found: Vec<_> = loans(&surpluses, &shortfalls, apart, 60)
            .into_iter()
            .map(|loan| {
                let (from, to) = (loan.from.uuid().as_u128(), loan.to.uuid().as_u128());
                (from, to, loan.minutes, loan.possible, loan.proposed)
            })
            .collect();
        assert_eq!(
            found,
            [
                (2, 6, 40, 30, 30),
                (1, 6, 50, 40, 10),
                (2, 5, 30, 20, 0),
                (1, 5, 40, 20, 20),
            ]
        );
    }

    proptest! {
        #[test]
        fn what_is_proposed_is_there_and_is_lacking(
            surpluses in proptest::collection::vec((1_u128..12, 1_u128..4, -5_i64..50), 0..12),
            shortfalls in proptest::collection::vec((1_u128..12, 1_u128..4, -5_i64..50), 0..12),
        ) {
            // A depot is of one society and has one surplus and one lack of an item.
            let once = |list: &[(u128, u128, i64)]| -> BTreeMap<(u128, u128), i64> {
                list.iter().map(|&(depot, item, amount)| ((depot, item), amount)).collect()
            };
            let surpluses: Vec<_> = once(&surpluses).into_iter()
                .map(|((depot, item), amount)| surplus(depot, depot % 4, item, amount)).collect();
            let shortfalls: Vec<_> = once(&shortfalls).into_iter()
                .map(|((depot, item), amount)| lack(depot, depot % 4, item, amount)).collect();
            let found = loans(&surpluses, &shortfalls, apart, 70);
            for surplus in &surpluses {
                let of = found.iter()
                    .filter(|loan| loan.from == surplus.depot && loan.item == surplus.item);
                let sum: i64 = of.map(|loan| loan.proposed).sum();
                prop_assert!(sum <= surplus.spare.max(0));
            }
            for lack in &shortfalls {
                let of = found.iter().filter(|loan| loan.to == lack.depot && loan.item == lack.item);
                let sum: i64 = of.map(|loan| loan.proposed).sum();
                prop_assert!(sum <= lack.missing.max(0));
            }
            for loan in &found {
                prop_assert!((0..=loan.possible).contains(&loan.proposed) && loan.minutes <= 70);
                let society = |depot: Id<Depot>| depot.uuid().as_u128() % 4;
                prop_assert_ne!(society(loan.from), society(loan.to));
            }
        }
    }
}
