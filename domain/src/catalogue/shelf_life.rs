//! How long goods keep.
//!
//! **Invariant.** A shelf life is 1 to 36,500 days and comes from the maker or the owner: no list
//! of storage years was found, so none is built in (RULES 3.18).

use chrono::{Days, NaiveDate};

/// Days from production to the last day of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShelfLife(u32);

/// Why a number of days is not a shelf life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a shelf life is {} to {} days",
    ShelfLife::MIN_DAYS,
    ShelfLife::MAX_DAYS
)]
pub struct ShelfLifeError;

impl ShelfLife {
    /// The shortest shelf life, in days.
    pub const MIN_DAYS: u32 = 1;
    /// The longest shelf life, in days: a hundred years.
    pub const MAX_DAYS: u32 = 36_500;

    /// Checks the bounds.
    ///
    /// # Errors
    /// [`ShelfLifeError`] outside 1..=36,500 days.
    pub fn from_days(days: u32) -> Result<Self, ShelfLifeError> {
        match days {
            Self::MIN_DAYS..=Self::MAX_DAYS => Ok(Self(days)),
            _ => Err(ShelfLifeError),
        }
    }

    /// The number of days.
    #[must_use]
    pub fn days(self) -> u32 {
        self.0
    }

    /// The last day of use of goods made on `produced_on`; `None` past the end of the calendar.
    #[must_use]
    pub fn expires_on(self, produced_on: NaiveDate) -> Option<NaiveDate> {
        produced_on.checked_add_days(Days::new(self.0.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shelf_life_counts_days_from_production() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let life = ShelfLife::from_days(365).unwrap();
        assert_eq!(life.expires_on(day("2023-03-01")), Some(day("2024-02-29")));
        assert_eq!(life.expires_on(NaiveDate::MAX), None);
        assert_eq!(ShelfLife::from_days(0), Err(ShelfLifeError));
        assert_eq!(ShelfLife::from_days(36_501), Err(ShelfLifeError));
    }
}
