//! Goods that have left already, and a book that did not know.
//!
//! **Invariant.** A late fact wins over the book, and nothing goes negative: what the book misses is
//! found first, and what it had promised of the goods is taken out of the promises, the youngest
//! first, no more than has to be. Whether the goods might leave at all is asked elsewhere, and the
//! answer is the same as for any other issue.

use std::collections::BTreeMap;

use super::{Balance, BalanceKey, EndError, Line, Reservation, Signature, difference_lines};
use crate::kernel::{Id, Quantity, kinds, named};

/// What a reservation lost to a late fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    /// Whose goods are gone.
    pub reservation: Id<kinds::Reservation>,
    /// From which balance.
    pub key: BalanceKey,
    /// How much.
    pub quantity: Quantity,
}

/// What the book gives way by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Concession {
    /// What is found first, in the order of locks: the lines of a count difference.
    pub found: Vec<Line>,
    /// What promises lose, in the order of locks.
    pub shortages: Vec<Shortage>,
    /// The reservations that lost something, as they go on.
    pub shorted: Vec<Reservation>,
}

impl Concession {
    /// Whether the book had it right, so that nobody has to look.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.found.is_empty() && self.shortages.is_empty()
    }
}

named! {
    /// The names of the states of a late fact.
    pub enum LateFactStateName {
        /// 待核
        NeedsReview = "needs_review",
        /// 已核
        Reviewed = "reviewed",
    }
}

/// Whether somebody has looked why the book was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LateFactState {
    /// Nobody has.
    NeedsReview,
    /// Somebody has.
    Reviewed {
        /// Who.
        reviewed: Signature,
        /// What they found.
        note: String,
    },
}

/// Why a late fact is not reviewed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// Somebody did already.
    #[error("it was reviewed by {by} already")]
    Already {
        /// Who.
        by: String,
    },
    /// Whoever reported it does not review it.
    #[error("whoever reported it does not review it")]
    OwnReport,
}

impl LateFactState {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(&self) -> LateFactStateName {
        match self {
            Self::NeedsReview => LateFactStateName::NeedsReview,
            Self::Reviewed { .. } => LateFactStateName::Reviewed,
        }
    }

    /// Notes what somebody found who did not report it.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub fn review(
        &self,
        reported_by: &str,
        reviewed: Signature,
        note: String,
    ) -> Result<Self, ReviewError> {
        match self {
            Self::Reviewed { reviewed, .. } => Err(ReviewError::Already {
                by: reviewed.by.clone(),
            }),
            Self::NeedsReview if reported_by == reviewed.by => Err(ReviewError::OwnReport),
            Self::NeedsReview => Ok(Self::Reviewed { reviewed, note }),
        }
    }
}

/// Why the book cannot give way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConcessionError {
    /// More is reserved than the reservations that were named hold.
    #[error("a reservation of these goods was not named")]
    PromiseNotNamed {
        /// Of which balance.
        key: BalanceKey,
    },
    /// A reservation that was named does not lose what it holds.
    #[error(transparent)]
    Reservation(#[from] EndError),
}

/// What has to give way so that `taken` can have left: base units by balance. `book` is what lies
/// there; `promises` are all reservations that hold any of it, the oldest first.
///
/// # Errors
/// [`ConcessionError`] where `promises` are not all.
pub fn concede(
    taken: &BTreeMap<BalanceKey, i64>,
    book: &BTreeMap<BalanceKey, Balance>,
    promises: &[Reservation],
) -> Result<Concession, ConcessionError> {
    let mut concession = Concession::default();
    let mut promises: Vec<_> = promises.iter().map(|held| (held.clone(), false)).collect();
    for (&key, &taken) in taken {
        let Balance { on_hand, reserved } = book.get(&key).copied().unwrap_or_default();
        let missing = (taken - on_hand).max(0);
        concession.found.extend(difference_lines(&key, missing));
        let mut gone = (reserved - (on_hand + missing - taken)).max(0);
        for (held, is_short) in promises.iter_mut().rev() {
            let there = held.reserved().get(&key).copied().unwrap_or(0);
            let Ok(quantity) = Quantity::new(gone.min(there)) else {
                continue;
            };
            *held = held.shorten(&key, quantity)?;
            *is_short = true;
            gone -= quantity.get();
            concession.shortages.push(Shortage {
                reservation: held.id(),
                key,
                quantity,
            });
        }
        if gone > 0 {
            return Err(ConcessionError::PromiseNotNamed { key });
        }
    }
    let shorted = promises.into_iter().filter(|(_, is_short)| *is_short);
    concession.shorted = shorted.map(|(held, _)| held).collect();
    Ok(concession)
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::stock::{Condition, Hold};

    fn id<K: crate::kernel::Kind>(number: u128) -> Id<K> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn hold(zone: u128, quantity: i64) -> Hold {
        Hold {
            zone: id(zone),
            lot: id(1),
            condition: Condition::Usable,
            quantity: Quantity::new(quantity).unwrap(),
        }
    }

    fn key(zone: u128) -> BalanceKey {
        hold(zone, 1).key(id(1))
    }

    // Reservations 1, 2, … of one zone, the oldest first.
    fn promises(held: &[i64]) -> Vec<Reservation> {
        let numbered = held.iter().zip(1..);
        let numbered = numbered.map(|(&quantity, number)| {
            let holds = vec![hold(1, quantity)];
            Reservation::hold(id(number), id(1), holds, at(0), at(100)).unwrap()
        });
        numbered.collect()
    }

    fn of_one(on_hand: i64, held: &[i64], taken: i64) -> Result<Concession, ConcessionError> {
        let reserved = held.iter().sum();
        let book = BTreeMap::from([(key(1), Balance { on_hand, reserved })]);
        concede(&BTreeMap::from([(key(1), taken)]), &book, &promises(held))
    }

    fn sums(concession: &Concession) -> (i64, Vec<(Id<kinds::Reservation>, i64)>) {
        let found = concession.found.iter().map(|line| line.quantity.get());
        let shortages = concession.shortages.iter();
        let shortages = shortages.map(|short| (short.reservation, short.quantity.get()));
        (found.sum(), shortages.collect())
    }

    #[test]
    fn the_book_gives_way_as_far_as_it_must() {
        // On hand, held by the oldest to the youngest, taken; found, and what the youngest lose.
        let check = |on_hand, held: &[i64], taken, found, lost: &[(u128, i64)]| {
            let lost: Vec<_> = lost.iter().map(|&(held, gone)| (id(held), gone)).collect();
            let concession = of_one(on_hand, held, taken).unwrap();
            assert_eq!(
                sums(&concession),
                (found, lost),
                "{on_hand} {held:?} {taken}"
            );
        };
        check(10, &[], 10, 0, &[]);
        check(10, &[4], 6, 0, &[]);
        check(10, &[4], 7, 0, &[(1, 1)]);
        check(10, &[4, 3, 2], 5, 0, &[(3, 2), (2, 2)]);
        check(10, &[4], 12, 2, &[(1, 4)]);
        check(0, &[], 12, 12, &[]);
        check(10, &[4, 6], 10, 0, &[(2, 6), (1, 4)]);
    }

    #[test]
    fn a_reservation_goes_on_with_the_rest() {
        let concession = of_one(10, &[4, 5], 3).unwrap();
        let [shorted] = &concession.shorted[..] else {
            panic!("{concession:?}");
        };
        assert_eq!(shorted.id(), id(2));
        assert_eq!(shorted.left(), [hold(1, 3)]);
        assert_eq!(shorted.holds(), [hold(1, 5)]);
        assert_eq!(shorted.state().end(), None);
    }

    #[test]
    fn one_that_is_not_named_is_noticed() {
        let book = Balance {
            on_hand: 10,
            reserved: 9,
        };
        let answer = concede(
            &BTreeMap::from([(key(1), 8)]),
            &BTreeMap::from([(key(1), book)]),
            &promises(&[4]),
        );
        assert_eq!(
            answer,
            Err(ConcessionError::PromiseNotNamed { key: key(1) })
        );
    }

    #[test]
    fn it_is_reviewed_once_and_by_somebody_else() {
        let by = |who: &str| Signature {
            by: who.to_owned(),
            at: at(5),
        };
        let open = LateFactState::NeedsReview;
        let own = open.review("a", by("a"), "n".to_owned());
        assert_eq!(own, Err(ReviewError::OwnReport));
        let reviewed = open.review("a", by("b"), "n".to_owned()).unwrap();
        assert_eq!(reviewed.name(), LateFactStateName::Reviewed);
        let again = reviewed.review("a", by("c"), "n".to_owned());
        assert_eq!(again, Err(ReviewError::Already { by: "b".to_owned() }));
    }

    proptest! {
        #[test]
        fn nothing_goes_negative_and_nothing_is_given_up_needlessly(
            free in 0..50_i64,
            held in proptest::collection::vec(1..20_i64, 0..6),
            taken in 1..200_i64,
        ) {
            let reserved: i64 = held.iter().sum();
            let on_hand = reserved + free;
            let concession = of_one(on_hand, &held, taken).unwrap();
            let (found, lost) = sums(&concession);
            let gone: i64 = lost.iter().map(|(_, gone)| gone).sum();
            let after = on_hand + found - taken;
            prop_assert!(after >= 0);
            prop_assert!(reserved - gone <= after);
            // Not a piece more than has to be.
            prop_assert!(found == 0 || after == 0);
            prop_assert!(gone == 0 || reserved - gone == after);
            // Older promises are whole while a younger one holds anything.
            let mut rest = promises(&held);
            for shorted in &concession.shorted {
                let place = rest.iter().position(|known| known.id() == shorted.id()).unwrap();
                rest[place] = shorted.clone();
            }
            let left: Vec<i64> = rest.iter().map(|it| it.reserved().values().sum()).collect();
            prop_assert_eq!(left.iter().sum::<i64>(), reserved - gone);
            for (place, left_here) in left.iter().enumerate() {
                let younger = &left[place + 1..];
                prop_assert!(*left_here == held[place] || younger.iter().all(|it| *it == 0));
            }
        }
    }
}
