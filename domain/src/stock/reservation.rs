//! Reservations: holds with a deadline.
//!
//! **Invariant.** A reservation ends exactly once: posted (whole or in part), released or expired.
//! Whatever the end, all that it held is free again; what was posted has then left the balance.
//! It cannot be posted at or after its deadline, whether or not anyone has swept it up yet.
//! What a late fact took out of it is not held any more: it goes on with the rest, and says so.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{Account, BalanceKey, Condition, LINES_MAX, Movement, Outside};
use crate::kernel::{Id, Quantity, kinds, named};

mod errors;

pub use errors::{EndError, ReservationError};

/// A quantity of one lot in one condition in one zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hold {
    /// In which zone.
    pub zone: Id<kinds::Zone>,
    /// Of which lot.
    pub lot: Id<kinds::Lot>,
    /// In which condition.
    pub condition: Condition,
    /// How much, in base units.
    pub quantity: Quantity,
}

impl Hold {
    /// The balance it lies on, in `depot`.
    #[must_use]
    pub fn key(&self, depot: Id<kinds::Depot>) -> BalanceKey {
        BalanceKey {
            account: Account::Zone {
                depot,
                zone: self.zone,
            },
            lot: self.lot,
            condition: self.condition,
        }
    }
}

/// Where a reservation is in its life. Everything but `Held` and `Shorted` is an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReservationState {
    /// It holds goods.
    Held {
        /// From this instant on it can only end without a posting.
        deadline: DateTime<Utc>,
    },
    /// It holds less than was promised: goods had left already when the book still promised them.
    Shorted {
        /// From this instant on it can only end without a posting.
        deadline: DateTime<Utc>,
        /// How much is gone of each hold, in the order of the holds: zero to all of it, and not
        /// zero of all.
        short: Vec<i64>,
    },
    /// A movement took all or a part; the rest is free.
    Posted {
        /// When.
        at: DateTime<Utc>,
        /// The movement.
        movement: Id<kinds::Movement>,
        /// How much it took of each hold, in the order of the holds: zero to all of it.
        taken: Vec<i64>,
    },
    /// It was given up.
    Released {
        /// When.
        at: DateTime<Utc>,
    },
    /// Its deadline passed.
    Expired {
        /// When that was noticed.
        at: DateTime<Utc>,
    },
}

named! {
    /// How a reservation ended.
    pub enum End {
        /// A movement took all or a part of it.
        Posted = "posted",
        /// It was given up.
        Released = "released",
        /// Its deadline passed.
        Expired = "expired",
    }
}

impl ReservationState {
    /// How it ended; `None` while it holds.
    #[must_use]
    pub fn end(&self) -> Option<End> {
        match self {
            Self::Held { .. } | Self::Shorted { .. } => None,
            Self::Posted { .. } => Some(End::Posted),
            Self::Released { .. } => Some(End::Released),
            Self::Expired { .. } => Some(End::Expired),
        }
    }
}

/// A hold on goods of one depot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reservation {
    id: Id<kinds::Reservation>,
    depot: Id<kinds::Depot>,
    holds: Vec<Hold>,
    state: ReservationState,
}

impl Reservation {
    /// A new hold from `now` until `deadline`.
    ///
    /// # Errors
    /// [`ReservationError`] with the first reason found.
    pub fn hold(
        id: Id<kinds::Reservation>,
        depot: Id<kinds::Depot>,
        holds: Vec<Hold>,
        now: DateTime<Utc>,
        deadline: DateTime<Utc>,
    ) -> Result<Self, ReservationError> {
        if deadline <= now {
            return Err(ReservationError::DeadlinePassed { deadline });
        }
        Self::from_parts(id, depot, holds, ReservationState::Held { deadline })
    }

    /// Reads back what tables keep.
    ///
    /// # Errors
    /// [`ReservationError`] for lines that no reservation has.
    pub fn from_parts(
        id: Id<kinds::Reservation>,
        depot: Id<kinds::Depot>,
        holds: Vec<Hold>,
        state: ReservationState,
    ) -> Result<Self, ReservationError> {
        match holds.len() {
            0 => return Err(ReservationError::NoLines),
            1..=LINES_MAX => {}
            _ => return Err(ReservationError::TooManyLines),
        }
        if let ReservationState::Shorted { short, .. } = &state {
            let fits = short.len() == holds.len() && short.iter().any(|&gone| gone > 0);
            let within = |(gone, hold): (&i64, &Hold)| (0..=hold.quantity.get()).contains(gone);
            if !fits || !short.iter().zip(&holds).all(within) {
                return Err(ReservationError::NotShort);
            }
        }
        let mut keys = BTreeMap::new();
        for (line, hold) in holds.iter().enumerate() {
            if keys.insert(hold.key(depot), line).is_some() {
                return Err(ReservationError::Repeated { line });
            }
        }
        Ok(Self {
            id,
            depot,
            holds,
            state,
        })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> Id<kinds::Reservation> {
        self.id
    }

    /// The depot that holds.
    #[must_use]
    pub fn depot(&self) -> Id<kinds::Depot> {
        self.depot
    }

    /// What it was taken up for.
    #[must_use]
    pub fn holds(&self) -> &[Hold] {
        &self.holds
    }

    /// Where it is in its life.
    #[must_use]
    pub fn state(&self) -> &ReservationState {
        &self.state
    }

    /// What it still holds, or held to its end as far as its state tells.
    #[must_use]
    pub fn left(&self) -> Vec<Hold> {
        let short = match &self.state {
            ReservationState::Shorted { short, .. } => short.as_slice(),
            _ => &[],
        };
        let gone = short.iter().copied().chain(std::iter::repeat(0));
        let holds = self.holds.iter().zip(gone);
        holds
            .filter_map(|(hold, gone)| {
                let quantity = Quantity::new(hold.quantity.get() - gone).ok()?;
                Some(Hold { quantity, ..*hold })
            })
            .collect()
    }

    /// How much it adds to `reserved` of each balance while it holds, and frees when it ends; in
    /// lock order. Ask before it ends: an end does not tell what was short.
    #[must_use]
    pub fn reserved(&self) -> BTreeMap<BalanceKey, i64> {
        let left = self.left();
        let left = left.iter();
        left.map(|hold| (hold.key(self.depot), hold.quantity.get()))
            .collect()
    }

    /// Takes out of it what is gone of one balance, at most what it holds of it.
    ///
    /// # Errors
    /// [`EndError::Ended`], or [`EndError::NotReserved`] and [`EndError::MoreThanReserved`] for
    /// what it does not hold.
    pub fn shorten(&self, key: &BalanceKey, gone: Quantity) -> Result<Self, EndError> {
        let deadline = self.deadline()?;
        let line = self
            .holds
            .iter()
            .position(|hold| hold.key(self.depot) == *key)
            .ok_or(EndError::NotReserved { key: *key })?;
        let mut short = match &self.state {
            ReservationState::Shorted { short, .. } => short.clone(),
            _ => vec![0; self.holds.len()],
        };
        let reserved = self.holds[line].quantity.get() - short[line];
        if reserved < gone.get() {
            return Err(EndError::MoreThanReserved {
                key: *key,
                reserved,
                requested: gone.get(),
            });
        }
        short[line] += gone.get();
        Ok(self.ended(ReservationState::Shorted { deadline, short }))
    }

    /// Ends it by a movement that takes all or a part of what is held; the rest is free.
    ///
    /// # Errors
    /// [`EndError`]; the reservation is then unchanged.
    pub fn post(&self, now: DateTime<Utc>, movement: &Movement) -> Result<Self, EndError> {
        let deadline = self.deadline()?;
        if deadline <= now {
            return Err(EndError::DeadlinePassed { deadline });
        }
        let drawn = drawn(movement)?;
        let held = self.reserved();
        for (&key, &requested) in &drawn {
            match held.get(&key) {
                None => return Err(EndError::NotReserved { key }),
                Some(&reserved) if reserved < requested => {
                    return Err(EndError::MoreThanReserved {
                        key,
                        reserved,
                        requested,
                    });
                }
                Some(_) => {}
            }
        }
        let taken = |hold: &Hold| drawn.get(&hold.key(self.depot)).copied().unwrap_or(0);
        Ok(self.ended(ReservationState::Posted {
            at: now,
            movement: movement.id(),
            taken: self.holds.iter().map(taken).collect(),
        }))
    }

    /// Ends it because it is not needed any more, before or after the deadline.
    ///
    /// # Errors
    /// [`EndError::Ended`].
    pub fn release(&self, now: DateTime<Utc>) -> Result<Self, EndError> {
        self.deadline()?;
        Ok(self.ended(ReservationState::Released { at: now }))
    }

    /// Ends it at or after its deadline.
    ///
    /// # Errors
    /// [`EndError::Ended`] or [`EndError::NotYet`].
    pub fn expire(&self, now: DateTime<Utc>) -> Result<Self, EndError> {
        let deadline = self.deadline()?;
        if now < deadline {
            return Err(EndError::NotYet { deadline });
        }
        Ok(self.ended(ReservationState::Expired { at: now }))
    }

    fn deadline(&self) -> Result<DateTime<Utc>, EndError> {
        let end = match self.state {
            ReservationState::Held { deadline } | ReservationState::Shorted { deadline, .. } => {
                return Ok(deadline);
            }
            ReservationState::Posted { .. } => End::Posted,
            ReservationState::Released { .. } => End::Released,
            ReservationState::Expired { .. } => End::Expired,
        };
        Err(EndError::Ended { end })
    }

    fn ended(&self, state: ReservationState) -> Self {
        Self {
            state,
            ..self.clone()
        }
    }
}

// What a movement takes out of zones, where it does nothing else.
fn drawn(movement: &Movement) -> Result<BTreeMap<BalanceKey, i64>, EndError> {
    let mut drawn = BTreeMap::new();
    for (line, taken) in movement.lines().iter().enumerate() {
        let outward = match (taken.from, taken.to) {
            (Account::Zone { .. }, Account::Road { .. }) => true,
            (Account::Zone { .. }, Account::Outside { side, .. }) => {
                matches!(side, Outside::Recipient | Outside::Loss)
            }
            _ => false,
        };
        // The reversal of an arrival also goes from a zone onto the road, but keeps no promise.
        if !outward || movement.kind().reverses().is_some() {
            return Err(EndError::NotOutward { line });
        }
        let key = BalanceKey {
            account: taken.from,
            lot: taken.lot,
            condition: taken.condition,
        };
        *drawn.entry(key).or_insert(0) += taken.quantity.get();
    }
    Ok(drawn)
}

#[cfg(test)]
mod tests;
