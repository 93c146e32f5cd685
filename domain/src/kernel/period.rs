//! From when to when: whole days.
//!
//! **Invariant.** A period's last day is never before its first. Both ends belong to it.

use chrono::NaiveDate;

/// A span of whole days, open at the end if `last` is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    first: NaiveDate,
    last: Option<NaiveDate>,
}

/// Why two days are not a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the last day is before the first")]
pub struct PeriodError;

impl Period {
    /// Checks the order of the days.
    ///
    /// # Errors
    /// [`PeriodError`] when `last` is before `first`.
    pub fn new(first: NaiveDate, last: Option<NaiveDate>) -> Result<Self, PeriodError> {
        match last {
            Some(last) if last < first => Err(PeriodError),
            _ => Ok(Self { first, last }),
        }
    }

    /// Whether `day` lies inside.
    #[must_use]
    pub fn contains(&self, day: NaiveDate) -> bool {
        self.first <= day && self.last.is_none_or(|last| day <= last)
    }

    /// The first day.
    #[must_use]
    pub fn first(&self) -> NaiveDate {
        self.first
    }

    /// The last day, if it is known.
    #[must_use]
    pub fn last(&self) -> Option<NaiveDate> {
        self.last
    }
}
