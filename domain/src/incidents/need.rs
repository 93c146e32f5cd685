//! How much of what a site waits for, and where that figure came from.
//!
//! **Invariant.** A need says for ever whether a person stated it or a standard computed it, and
//! from which people and days. Whether it is met is never written down: it follows from what was
//! handed over and whether it was withdrawn.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::kernel::{Id, Quantity, kinds};

/// How urgent a need is: 1 is first, 3 is last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Priority(u8);

/// A priority is 1, 2 or 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a priority is 1 (first), 2 or 3 (last)")]
pub struct PriorityError;

/// More would be guaranteed than is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("of {} needed, {} cannot be guaranteed", needed.get(), asked.get())]
pub struct MinimumError {
    /// How much was to be guaranteed.
    pub asked: Quantity,
    /// How much is needed.
    pub needed: Quantity,
}

/// How much of a need comes before the rest of any need of its priority: never more than is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuaranteedMinimum(Quantity);

impl GuaranteedMinimum {
    /// Checks the bound.
    ///
    /// # Errors
    /// [`MinimumError`] if it is more than what is needed.
    pub fn new(asked: Quantity, needed: Quantity) -> Result<Self, MinimumError> {
        if asked > needed {
            return Err(MinimumError { asked, needed });
        }
        Ok(Self(asked))
    }

    /// What of it is still to come when so much of the need is answered: what is answered fills the
    /// minimum first.
    #[must_use]
    pub fn after(self, answered: i64) -> Option<Quantity> {
        Quantity::new(self.0.get().saturating_sub(answered.max(0))).ok()
    }
}

impl Priority {
    /// Life depends on it.
    pub const FIRST: Self = Self(1);
    /// The ordinary case.
    pub const SECOND: Self = Self(2);
    /// Can wait.
    pub const LAST: Self = Self(3);

    /// Checks the bounds.
    ///
    /// # Errors
    /// [`PriorityError`] outside 1..=3.
    pub const fn new(number: u8) -> Result<Self, PriorityError> {
        match number {
            1..=3 => Ok(Self(number)),
            _ => Err(PriorityError),
        }
    }

    /// The number, 1 to 3.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where the figure of a need came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A person said so.
    Stated,
    /// A standard said so.
    Computed {
        /// The id of the standard that was applied.
        standard: String,
        /// For how many people.
        people: u64,
        /// For how many days.
        days: u32,
    },
}

/// Goods that a site waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Its id.
    pub id: Id<kinds::Need>,
    /// What is wanted.
    pub item: Id<kinds::Item>,
    /// How much of it, in base units.
    pub quantity: Quantity,
    /// How much of it comes first, if that was said.
    pub minimum: Option<GuaranteedMinimum>,
    /// Where.
    pub site: Id<kinds::Site>,
    /// How urgently.
    pub priority: Priority,
    /// By when, if it was said.
    pub needed_by: Option<DateTime<Utc>>,
    /// Where the figure came from.
    pub origin: Origin,
    /// When it was taken back, if it was.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// Where a need stands, as the facts say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NeedState {
    /// Something is still missing.
    Open {
        /// Base units not yet handed over in usable condition.
        missing: Quantity,
    },
    /// Everything was handed over in usable condition.
    Met,
    /// It was taken back before it was met.
    Withdrawn,
}

impl NeedState {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Met => "met",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl Need {
    /// Where the need stands when `received_usable` base units have been handed over for it.
    /// What is met stays met, even if somebody withdrew it afterwards.
    #[must_use]
    pub fn state(&self, received_usable: i64) -> NeedState {
        match Quantity::new(self.quantity.get().saturating_sub(received_usable.max(0))) {
            Err(_) => NeedState::Met,
            Ok(_) if self.withdrawn_at.is_some() => NeedState::Withdrawn,
            Ok(missing) => NeedState::Open { missing },
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_state_follows_from_facts() {
        let need = |withdrawn: bool| Need {
            id: Id::from_uuid(Uuid::from_u128(1)),
            item: Id::from_uuid(Uuid::from_u128(2)),
            quantity: Quantity::new(10).unwrap(),
            minimum: None,
            site: Id::from_uuid(Uuid::from_u128(3)),
            priority: Priority::FIRST,
            needed_by: None,
            origin: Origin::Stated,
            withdrawn_at: withdrawn.then_some(DateTime::UNIX_EPOCH),
        };
        for (withdrawn, received, expected) in [
            (false, 0, "open 10"),
            (false, -3, "open 10"),
            (false, 9, "open 1"),
            (false, 10, "met"),
            (false, 11, "met"),
            (true, 9, "withdrawn"),
            (true, 10, "met"),
        ] {
            let state = need(withdrawn).state(received);
            let text = match state {
                NeedState::Open { missing } => format!("open {}", missing.get()),
                NeedState::Met | NeedState::Withdrawn => state.name().to_owned(),
            };
            assert_eq!(text, expected, "{withdrawn} {received}");
        }
    }

    #[test]
    fn a_minimum_is_a_part_of_the_need_and_is_filled_first() {
        let quantity = |units: i64| Quantity::new(units).unwrap();
        for (asked, needed, fits) in [(1, 1, true), (9, 10, true), (10, 10, true), (11, 10, false)]
        {
            let minimum = GuaranteedMinimum::new(quantity(asked), quantity(needed));
            assert_eq!(minimum.is_ok(), fits, "{asked} of {needed}");
        }
        let error = GuaranteedMinimum::new(quantity(11), quantity(10)).unwrap_err();
        assert_eq!(error.to_string(), "of 10 needed, 11 cannot be guaranteed");
        let minimum = GuaranteedMinimum::new(quantity(6), quantity(10)).unwrap();
        for (answered, left) in [
            (-3, Some(6)),
            (0, Some(6)),
            (5, Some(1)),
            (6, None),
            (9, None),
        ] {
            assert_eq!(
                minimum.after(answered).map(Quantity::get),
                left,
                "{answered}"
            );
        }
    }

    #[test]
    fn a_priority_is_one_to_three() {
        for (number, fits) in [(0, false), (1, true), (3, true), (4, false)] {
            assert_eq!(Priority::new(number).is_ok(), fits, "{number}");
        }
        assert!(Priority::FIRST < Priority::LAST);
    }
}
