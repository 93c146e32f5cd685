//! Roads that are closed for a time.
//!
//! **Invariant.** A closure is in force from its beginning until its end or until somebody lifts it,
//! whichever is first; it is lifted once, and not after it is over.

use chrono::{DateTime, Utc};

use crate::kernel::named;

named! {
    /// Where a closure stands at a moment.
    pub enum ClosureState {
        /// It begins later.
        Planned = "planned",
        /// Roads are closed.
        InForce = "in_force",
        /// Its time has passed.
        Over = "over",
        /// Somebody said that roads are open again.
        Lifted = "lifted",
    }
}

/// When roads are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosureTime {
    from: DateTime<Utc>,
    until: Option<DateTime<Utc>>,
}

/// A closure ends after it begins, and not before it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a closure ends after it begins, and not in the past")]
pub struct ClosureTimeError;

/// What is over or lifted cannot be lifted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the closure does not stand any more: it is {}", .0.name())]
pub struct NotStanding(pub ClosureState);

impl ClosureTime {
    /// Checks the time of a closure that is drawn at `now`; without an end it stands until it is
    /// lifted.
    ///
    /// # Errors
    /// [`ClosureTimeError`] for an end that is not after the beginning and after now.
    pub fn new(
        from: DateTime<Utc>,
        until: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Self, ClosureTimeError> {
        if until.is_some_and(|until| until <= from || until <= now) {
            return Err(ClosureTimeError);
        }
        Ok(Self { from, until })
    }

    /// One that was checked when it was drawn.
    #[must_use]
    pub const fn kept(from: DateTime<Utc>, until: Option<DateTime<Utc>>) -> Self {
        Self { from, until }
    }

    /// Where the closure stands, if nobody lifts it.
    #[must_use]
    pub fn state(&self, is_lifted: bool, now: DateTime<Utc>) -> ClosureState {
        if is_lifted {
            ClosureState::Lifted
        } else if self.until.is_some_and(|until| until <= now) {
            ClosureState::Over
        } else if now < self.from {
            ClosureState::Planned
        } else {
            ClosureState::InForce
        }
    }
}

impl ClosureState {
    /// Whether it may be lifted.
    ///
    /// # Errors
    /// [`NotStanding`] when it is lifted or over.
    pub const fn lift(self) -> Result<(), NotStanding> {
        match self {
            Self::Planned | Self::InForce => Ok(()),
            Self::Over | Self::Lifted => Err(NotStanding(self)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minute * 60, 0).unwrap()
    }

    #[test]
    fn a_closure_stands_from_its_beginning_to_its_end() {
        use ClosureState::{InForce, Lifted, Over, Planned};
        for (until, lifted, now, expected) in [
            (Some(20), false, 9, Planned),
            (Some(20), false, 10, InForce),
            (Some(20), false, 19, InForce),
            (Some(20), false, 20, Over),
            (None, false, 9_999, InForce),
            (Some(20), true, 15, Lifted),
            (Some(20), true, 25, Lifted),
        ] {
            let time = ClosureTime::kept(at(10), until.map(at));
            let state = time.state(lifted, at(now));
            assert_eq!(state, expected, "{until:?} {lifted} {now}");
            let standing = matches!(state, Planned | InForce);
            assert_eq!(state.lift().is_ok(), standing, "{state}");
        }
    }

    #[test]
    fn a_closure_ends_after_it_begins_and_not_in_the_past() {
        for (from, until, now, fits) in [
            (10, None, 50, true),
            (10, Some(60), 50, true),
            (60, Some(70), 50, true),
            (10, Some(10), 5, false),
            (10, Some(9), 5, false),
            (10, Some(50), 50, false),
        ] {
            let time = ClosureTime::new(at(from), until.map(at), at(now));
            assert_eq!(time.is_ok(), fits, "{from} {until:?} {now}");
        }
    }
}
