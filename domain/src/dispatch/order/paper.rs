//! The paper that an oral order owes: 先电话、后补单.
//!
//! **Invariant.** A paper is due a fixed time after the word was given, by the server's clock, and
//! the due time never moves.

use chrono::{DateTime, TimeDelta, Utc};

/// How long an oral order may go without paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaperDeadline {
    hours: u16,
}

/// A deadline is 1 to 168 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a papering deadline is 1 to {} hours", PaperDeadline::HOURS_MAX)]
pub struct PaperDeadlineError;

impl Default for PaperDeadline {
    /// 48 hours: Zoucheng's rule (RULES §3 \[G11\]), a yardstick and not a rule of the Red Cross.
    fn default() -> Self {
        Self { hours: 48 }
    }
}

impl PaperDeadline {
    /// A week.
    pub const HOURS_MAX: u16 = 168;

    /// Checks the bounds.
    ///
    /// # Errors
    /// [`PaperDeadlineError`] outside 1..=168 hours.
    pub const fn from_hours(hours: u16) -> Result<Self, PaperDeadlineError> {
        match hours {
            1..=Self::HOURS_MAX => Ok(Self { hours }),
            _ => Err(PaperDeadlineError),
        }
    }

    /// Hours.
    #[must_use]
    pub const fn hours(self) -> u16 {
        self.hours
    }
}

/// A paper that is or was owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paper {
    /// By when it must be there.
    pub due: DateTime<Utc>,
    /// When it came, if it did.
    pub papered_at: Option<DateTime<Utc>>,
}

impl Paper {
    /// The paper owed for a word given at `ordered_at`.
    #[must_use]
    pub fn owed(ordered_at: DateTime<Utc>, deadline: PaperDeadline) -> Self {
        Self {
            due: ordered_at
                .checked_add_signed(TimeDelta::hours(i64::from(deadline.hours)))
                .unwrap_or(DateTime::<Utc>::MAX_UTC),
            papered_at: None,
        }
    }

    /// Whether it is missing although its time has passed.
    #[must_use]
    pub fn is_overdue(&self, now: DateTime<Utc>) -> bool {
        self.papered_at.is_none() && now > self.due
    }

    /// Whether it came after its time.
    #[must_use]
    pub fn came_late(&self) -> bool {
        self.papered_at.is_some_and(|at| at > self.due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_is_overdue_after_48_hours_and_not_at_them() {
        let noon = DateTime::UNIX_EPOCH;
        let due = noon + TimeDelta::hours(48);
        let owed = Paper::owed(noon, PaperDeadline::default());
        assert_eq!(owed.due, due);
        let second = TimeDelta::seconds(1);
        for (papered_at, now, overdue, late) in [
            (None, due, false, false),
            (None, due + second, true, false),
            (Some(due), due + second, false, false),
            (Some(due + second), due + second, false, true),
        ] {
            let paper = Paper { papered_at, ..owed };
            assert_eq!(paper.is_overdue(now), overdue, "{papered_at:?} {now}");
            assert_eq!(paper.came_late(), late, "{papered_at:?} {now}");
        }
    }

    #[test]
    fn a_deadline_is_an_hour_to_a_week() {
        for (hours, fits) in [(0, false), (1, true), (168, true), (169, false)] {
            assert_eq!(PaperDeadline::from_hours(hours).is_ok(), fits, "{hours}");
        }
    }
}
