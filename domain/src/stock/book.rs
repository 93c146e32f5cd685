//! The whole ledger in memory.
//!
//! **Invariant.** After every call, refused or not: `0 ≤ reserved ≤ on_hand` on every balance;
//! every balance is what its movements add up to; `reserved` is what the held reservations add up
//! to; a refused call has changed nothing.
//!
//! Tables do the same with guarded updates; this is the rule they are measured against. It knows
//! quantities only: whether goods may serve a purpose is decided by [`super::Fitness`] before.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{BalanceKey, EndError, Movement, Reservation, ReversalError};
use crate::kernel::{Id, Quantity, kinds};

/// What lies on one account of one lot in one condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balance {
    /// Base units that are there.
    pub on_hand: i64,
    /// Base units of them that are promised.
    pub reserved: i64,
}

impl Balance {
    /// Base units that nobody was promised.
    #[must_use]
    pub fn available(self) -> i64 {
        self.on_hand - self.reserved
    }
}

/// The most that one balance can carry, in base units: a thousand of the largest quantities. Far
/// from any real stock, and far enough from the end of `i64` for every sum.
pub const BALANCE_MAX: i64 = 1_000 * Quantity::MAX;

/// More was wanted than is there and free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{requested} are wanted, {available} are available")]
pub struct Insufficient {
    /// The first balance, in lock order, that does not suffice.
    pub key: BalanceKey,
    /// What is left there.
    pub available: i64,
    /// What was wanted from there.
    pub requested: i64,
}

/// Why a movement is not posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// The ledger holds a movement with this id.
    #[error("the movement {movement} is in the ledger already")]
    Repeated {
        /// The id.
        movement: Id<kinds::Movement>,
    },
    /// It would take more than is available.
    #[error(transparent)]
    Insufficient(#[from] Insufficient),
    /// A balance would pass [`BALANCE_MAX`].
    #[error("the balance would be more than {BALANCE_MAX}")]
    TooMuch {
        /// The balance.
        key: BalanceKey,
    },
    /// It reverses a movement that the ledger does not hold.
    #[error("there is no movement {of} to reverse")]
    UnknownMovement {
        /// The id.
        of: Id<kinds::Movement>,
    },
    /// It reverses what cannot be reversed.
    #[error(transparent)]
    Reversal(#[from] ReversalError),
    /// It says that it reverses a movement and does something else.
    #[error("the lines are not the mirror of those of {of}")]
    NotTheMirror {
        /// The movement that it names.
        of: Id<kinds::Movement>,
    },
}

/// Why goods are not reserved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReserveError {
    /// There is a reservation with this id.
    #[error("the reservation {reservation} exists already")]
    Repeated {
        /// The id.
        reservation: Id<kinds::Reservation>,
    },
    /// It has ended before it began.
    #[error("the reservation has ended")]
    Ended,
    /// It would promise more than is available.
    #[error(transparent)]
    Insufficient(#[from] Insufficient),
}

/// Why a reservation does not end this way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReservedError {
    /// There is no such reservation.
    #[error("there is no reservation {reservation}")]
    UnknownReservation {
        /// The id.
        reservation: Id<kinds::Reservation>,
    },
    /// The reservation says no.
    #[error(transparent)]
    End(#[from] EndError),
    /// The ledger says no.
    #[error(transparent)]
    Post(#[from] PostError),
}

/// A ledger, its balances and its reservations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Book {
    // A balance of nothing is not kept, so that two books are equal when their stock is.
    balances: BTreeMap<BalanceKey, Balance>,
    movements: BTreeMap<Id<kinds::Movement>, Movement>,
    reversed_by: BTreeMap<Id<kinds::Movement>, Id<kinds::Movement>>,
    reservations: BTreeMap<Id<kinds::Reservation>, Reservation>,
}

impl Book {
    /// Re-adds a ledger from nothing, in the order of posting.
    ///
    /// # Errors
    /// [`PostError`] of the first movement that cannot have been posted.
    pub fn fold<'a>(movements: impl IntoIterator<Item = &'a Movement>) -> Result<Self, PostError> {
        let mut book = Self::default();
        for movement in movements {
            book.apply(movement)?;
        }
        Ok(book)
    }

    /// Posts a movement from what is available. A reversal must be the exact mirror of what it
    /// names.
    ///
    /// # Errors
    /// [`PostError`] with the first reason found.
    pub fn apply(&mut self, movement: &Movement) -> Result<(), PostError> {
        self.check_new(movement)?;
        self.change(&movement.deltas(), &BTreeMap::new())?;
        self.record(movement);
        Ok(())
    }

    /// Undoes the movement `of` by a new movement `id`, which is returned.
    ///
    /// # Errors
    /// [`PostError`] with the first reason found.
    pub fn reverse(
        &mut self,
        id: Id<kinds::Movement>,
        of: Id<kinds::Movement>,
    ) -> Result<Movement, PostError> {
        let original = self.movements.get(&of);
        let original = original.ok_or(PostError::UnknownMovement { of })?;
        let reversal = original.reversed(id, self.reversed_by.get(&of).copied())?;
        self.apply(&reversal)?;
        Ok(reversal)
    }

    /// Takes up a reservation, all of it or nothing.
    ///
    /// # Errors
    /// [`ReserveError`] with the first reason found.
    pub fn reserve(&mut self, reservation: Reservation) -> Result<(), ReserveError> {
        if self.reservations.contains_key(&reservation.id()) {
            return Err(ReserveError::Repeated {
                reservation: reservation.id(),
            });
        }
        if reservation.state().end().is_some() {
            return Err(ReserveError::Ended);
        }
        self.change(&BTreeMap::new(), &reservation.reserved())?;
        self.reservations.insert(reservation.id(), reservation);
        Ok(())
    }

    /// Posts a movement under a reservation, which ends by it; what was not taken is free.
    ///
    /// # Errors
    /// [`ReservedError`] with the first reason found.
    pub fn post_reservation(
        &mut self,
        id: Id<kinds::Reservation>,
        now: DateTime<Utc>,
        movement: &Movement,
    ) -> Result<(), ReservedError> {
        let held = self.reservation_or_error(id)?;
        let (posted, freed) = (held.post(now, movement)?, freed(held));
        self.check_new(movement)?;
        self.change(&movement.deltas(), &freed)
            .map_err(PostError::from)?;
        self.record(movement);
        self.reservations.insert(id, posted);
        Ok(())
    }

    /// Gives a reservation up.
    ///
    /// # Errors
    /// [`ReservedError`]: unknown, or ended before.
    pub fn release(
        &mut self,
        id: Id<kinds::Reservation>,
        now: DateTime<Utc>,
    ) -> Result<(), ReservedError> {
        let held = self.reservation_or_error(id)?;
        let (released, freed) = (held.release(now)?, freed(held));
        self.let_go(released, &freed)
    }

    /// Ends a reservation whose deadline has come.
    ///
    /// # Errors
    /// [`ReservedError`]: unknown, ended before, or not yet due.
    pub fn expire(
        &mut self,
        id: Id<kinds::Reservation>,
        now: DateTime<Utc>,
    ) -> Result<(), ReservedError> {
        let held = self.reservation_or_error(id)?;
        let (expired, freed) = (held.expire(now)?, freed(held));
        self.let_go(expired, &freed)
    }

    /// What lies on one balance; nothing, if it was never touched.
    #[must_use]
    pub fn balance(&self, key: &BalanceKey) -> Balance {
        self.balances.get(key).copied().unwrap_or_default()
    }

    /// Every balance that is not nothing, in lock order.
    #[must_use]
    pub fn balances(&self) -> &BTreeMap<BalanceKey, Balance> {
        &self.balances
    }

    /// Every movement, by id.
    #[must_use]
    pub fn movements(&self) -> &BTreeMap<Id<kinds::Movement>, Movement> {
        &self.movements
    }

    /// Every reservation, ended or not, by id.
    #[must_use]
    pub fn reservations(&self) -> &BTreeMap<Id<kinds::Reservation>, Reservation> {
        &self.reservations
    }

    /// What came from and went to the outside world, added up from the movements. Together with
    /// the balances it is zero for every lot.
    #[must_use]
    pub fn outside(&self) -> BTreeMap<BalanceKey, i64> {
        let mut outside = BTreeMap::new();
        for movement in self.movements.values() {
            for (key, delta) in movement.outside_deltas() {
                *outside.entry(key).or_insert(0) += delta;
            }
        }
        outside
    }

    fn reservation_or_error(
        &self,
        reservation: Id<kinds::Reservation>,
    ) -> Result<&Reservation, ReservedError> {
        self.reservations
            .get(&reservation)
            .ok_or(ReservedError::UnknownReservation { reservation })
    }

    fn let_go(
        &mut self,
        ended: Reservation,
        freed: &BTreeMap<BalanceKey, i64>,
    ) -> Result<(), ReservedError> {
        self.change(&BTreeMap::new(), freed)
            .map_err(PostError::from)?;
        self.reservations.insert(ended.id(), ended);
        Ok(())
    }

    fn check_new(&self, movement: &Movement) -> Result<(), PostError> {
        if self.movements.contains_key(&movement.id()) {
            return Err(PostError::Repeated {
                movement: movement.id(),
            });
        }
        for (&key, delta) in &movement.deltas() {
            if self.balance(&key).on_hand + delta > BALANCE_MAX {
                return Err(PostError::TooMuch { key });
            }
        }
        let Some(of) = movement.kind().reverses() else {
            return Ok(());
        };
        let original = self.movements.get(&of);
        let original = original.ok_or(PostError::UnknownMovement { of })?;
        let mirror = original.reversed(movement.id(), self.reversed_by.get(&of).copied())?;
        if mirror != *movement {
            return Err(PostError::NotTheMirror { of });
        }
        Ok(())
    }

    fn record(&mut self, movement: &Movement) {
        if let Some(of) = movement.kind().reverses() {
            self.reversed_by.insert(of, movement.id());
        }
        self.movements.insert(movement.id(), movement.clone());
    }

    // The only place that touches balances: first every change is checked, in lock order, then
    // every change is made.
    fn change(
        &mut self,
        on_hand: &BTreeMap<BalanceKey, i64>,
        reserved: &BTreeMap<BalanceKey, i64>,
    ) -> Result<(), Insufficient> {
        let mut after = BTreeMap::new();
        let mut keys: Vec<_> = on_hand.keys().chain(reserved.keys()).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let before = self.balance(&key);
            let delta = |changes: &BTreeMap<_, i64>| changes.get(&key).copied().unwrap_or(0);
            let (more, promised) = (delta(on_hand), delta(reserved));
            let on_hand = before.on_hand + more;
            let reserved = before.reserved + promised;
            if on_hand < reserved {
                return Err(Insufficient {
                    key,
                    available: before.available(),
                    requested: promised - more,
                });
            }
            after.insert(key, Balance { on_hand, reserved });
        }
        for (key, balance) in after {
            if balance == Balance::default() {
                self.balances.remove(&key);
            } else {
                self.balances.insert(key, balance);
            }
        }
        Ok(())
    }
}

fn freed(held: &Reservation) -> BTreeMap<BalanceKey, i64> {
    let mut freed = held.reserved();
    for quantity in freed.values_mut() {
        *quantity = -*quantity;
    }
    freed
}

#[cfg(test)]
mod tests;
