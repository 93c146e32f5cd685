//! Whether goods may serve a purpose: the one place that decides it.
//!
//! **Invariant.** Only usable, unexpired goods that were not recalled and are not bound to another
//! purpose are available (TRUST I9, I10). The reason given is the first of: recalled, condition,
//! expired, restricted; the order is part of the answer and never changes between calls.

use chrono::NaiveDate;

use super::{Condition, Purpose, Restriction};

/// What decides whether some goods may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fitness {
    /// Their state.
    pub condition: Condition,
    /// Whether their lot was recalled.
    pub recalled: bool,
    /// The last day of use, if they have one.
    pub expires_on: Option<NaiveDate>,
    /// What they are bound to.
    pub restriction: Restriction,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// They may be used.
    Available,
    /// They may not.
    Withheld(Withheld),
}

/// Why goods may not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// Their lot was recalled.
    Recalled,
    /// They are not in usable condition.
    Condition(Condition),
    /// Their last day of use has passed.
    Expired {
        /// The last day of use.
        expires_on: NaiveDate,
    },
    /// They are bound to another purpose.
    Restricted,
}

impl Fitness {
    /// Whether the goods may serve `purpose` on `day`. On the last day of use they still may.
    #[must_use]
    pub fn availability(&self, day: NaiveDate, purpose: &Purpose) -> Availability {
        if self.recalled {
            return Availability::Withheld(Withheld::Recalled);
        }
        match self.condition {
            Condition::Usable => {}
            Condition::Quarantined | Condition::NeedsRepair | Condition::Condemned => {
                return Availability::Withheld(Withheld::Condition(self.condition));
            }
        }
        if let Some(expires_on) = self.expires_on
            && expires_on < day
        {
            return Availability::Withheld(Withheld::Expired { expires_on });
        }
        if !self.restriction.permits(purpose) {
            return Availability::Withheld(Withheld::Restricted);
        }
        Availability::Available
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_reason_is_given() {
        let today: NaiveDate = "2026-11-03".parse().unwrap();
        let yesterday = today.pred_opt();
        let bound = || Restriction::Division("330102".parse().unwrap());
        let check = |condition, recalled, expires_on, restriction, expected: Option<Withheld>| {
            let fitness = Fitness {
                condition,
                recalled,
                expires_on,
                restriction,
            };
            let expected = expected.map_or(Availability::Available, Availability::Withheld);
            let answer = fitness.availability(today, &Purpose::default());
            assert_eq!(answer, expected, "{fitness:?}");
        };
        let (usable, free) = (Condition::Usable, || Restriction::None);
        check(usable, false, None, free(), None);
        check(usable, false, Some(today), free(), None);
        check(
            usable,
            false,
            Some(today),
            bound(),
            Some(Withheld::Restricted),
        );
        let expired = Withheld::Expired {
            expires_on: yesterday.unwrap(),
        };
        check(usable, false, yesterday, bound(), Some(expired));
        for condition in [
            Condition::Quarantined,
            Condition::NeedsRepair,
            Condition::Condemned,
        ] {
            let withheld = Some(Withheld::Condition(condition));
            check(condition, false, yesterday, bound(), withheld);
            check(
                condition,
                true,
                yesterday,
                bound(),
                Some(Withheld::Recalled),
            );
        }
    }
}
