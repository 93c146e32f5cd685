//! A duty: what, by when, and how it stands.
//!
//! **Invariant.** A kind of duty is counted in one unit. What was done on the day that it was due was
//! done in time.

use chrono::{Days, Months, NaiveDate};

use super::WorkCalendar;
use crate::kernel::named;

named! {
    /// What must be done.
    pub enum DutyKind {
        /// 入库验收: goods that came are on record.
        Acceptance = "acceptance",
        /// 出库单证: what left is on record.
        IssuePapers = "issue_papers",
        /// 补办调令: an oral order has its paper.
        OralOrder = "oral_order",
        /// 倒垛: goods that lay for long are restacked.
        Restack = "restack",
        /// 抽检: goods that lay for long are tested.
        QualityTest = "quality_test",
        /// 消防检查
        FireCheck = "fire_check",
        /// 消防培训
        FireTraining = "fire_training",
        /// 消防演练
        FireDrill = "fire_drill",
        /// 捐赠公示: gifts for an emergency stand in a published statement.
        Disclosure = "disclosure",
    }
}

named! {
    /// In what a period is counted.
    pub enum PeriodUnit {
        /// Days as the calendar has them.
        Day = "day",
        /// Days on which offices work.
        WorkingDay = "working_day",
        /// Months.
        Month = "month",
        /// Hours.
        Hour = "hour",
    }
}

named! {
    /// How a duty stands.
    pub enum DutyStanding {
        /// It is not done, and there is time.
        Open = "open",
        /// It is not done, and should be.
        Overdue = "overdue",
        /// It was done in time.
        Done = "done",
        /// It was done too late.
        DoneLate = "done_late",
    }
}

named! {
    /// What came of a test.
    pub enum TestOutcome {
        /// 合格
        Passed = "passed",
        /// 不合格
        Failed = "failed",
    }
}

impl DutyKind {
    /// In what its period is counted.
    #[must_use]
    pub const fn unit(self) -> PeriodUnit {
        match self {
            Self::Acceptance | Self::IssuePapers => PeriodUnit::WorkingDay,
            Self::Disclosure => PeriodUnit::Day,
            Self::OralOrder => PeriodUnit::Hour,
            Self::Restack
            | Self::QualityTest
            | Self::FireCheck
            | Self::FireTraining
            | Self::FireDrill => PeriodUnit::Month,
        }
    }

    /// Whether it is done to lots, each of which has its own day.
    #[must_use]
    pub const fn is_of_lots(self) -> bool {
        matches!(self, Self::Restack | Self::QualityTest)
    }

    /// Whether it is for the depot as a whole, against fire.
    #[must_use]
    pub const fn is_of_depot(self) -> bool {
        matches!(self, Self::FireCheck | Self::FireTraining | Self::FireDrill)
    }

    /// Whether somebody must say that it was done; the book knows the others by itself.
    #[must_use]
    pub const fn is_recorded(self) -> bool {
        self.is_of_lots() || self.is_of_depot()
    }

    /// Whether its period can be changed; what an oral order owes stands in the order.
    #[must_use]
    pub const fn has_period(self) -> bool {
        !matches!(self, Self::OralOrder)
    }
}

/// How long there is for a duty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DutyPeriod {
    kind: DutyKind,
    amount: u32,
}

/// Why something is no period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DutyPeriodError {
    /// Shorter or longer than any rule.
    #[error("a period has 1 to {} units", DutyPeriod::AMOUNT_MAX)]
    Amount,
    /// What an oral order owes stands in the order.
    #[error("the time to paper an oral order stands in the order")]
    InTheOrder,
}

impl DutyPeriod {
    /// Ten years, where it is months.
    pub const AMOUNT_MAX: u32 = 120;

    /// Checks the bounds.
    ///
    /// # Errors
    /// [`DutyPeriodError`] outside 1..=120 units, and for a kind whose time stands elsewhere.
    pub const fn new(kind: DutyKind, amount: u32) -> Result<Self, DutyPeriodError> {
        if !kind.has_period() {
            return Err(DutyPeriodError::InTheOrder);
        }
        match amount {
            1..=Self::AMOUNT_MAX => Ok(Self { kind, amount }),
            _ => Err(DutyPeriodError::Amount),
        }
    }

    /// For what.
    #[must_use]
    pub const fn kind(self) -> DutyKind {
        self.kind
    }

    /// How many units.
    #[must_use]
    pub const fn amount(self) -> u32 {
        self.amount
    }

    /// The last day on which it is in time, counted from `since`.
    #[must_use]
    pub fn due_on(self, since: NaiveDate, calendar: &WorkCalendar) -> NaiveDate {
        match self.kind.unit() {
            PeriodUnit::Day => since
                .checked_add_days(Days::new(self.amount.into()))
                .unwrap_or(NaiveDate::MAX),
            PeriodUnit::WorkingDay => calendar.after(since, self.amount),
            PeriodUnit::Month => since
                .checked_add_months(Months::new(self.amount))
                .unwrap_or(NaiveDate::MAX),
            // No kind with a period is counted in hours.
            PeriodUnit::Hour => since,
        }
    }
}

impl DutyStanding {
    /// How a duty stands that was or was not done, in time or not.
    #[must_use]
    pub const fn of(is_done: bool, is_late: bool) -> Self {
        match (is_done, is_late) {
            (false, false) => Self::Open,
            (false, true) => Self::Overdue,
            (true, false) => Self::Done,
            (true, true) => Self::DoneLate,
        }
    }

    /// Whether it was done.
    #[must_use]
    pub const fn is_done(self) -> bool {
        matches!(self, Self::Done | Self::DoneLate)
    }

    /// Whether its time passed before it was done.
    #[must_use]
    pub const fn is_late(self) -> bool {
        matches!(self, Self::Overdue | Self::DoneLate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn periods_run_from_a_day_to_a_day() {
        let calendar = WorkCalendar::default();
        for (kind, amount, since, due) in [
            // The 26th of November 2026 is a Thursday.
            (DutyKind::Acceptance, 5, "2026-11-26", "2026-12-03"),
            (DutyKind::IssuePapers, 2, "2026-11-27", "2026-12-01"),
            (DutyKind::Restack, 12, "2024-02-29", "2025-02-28"),
            (DutyKind::FireCheck, 1, "2026-01-31", "2026-02-28"),
            (DutyKind::QualityTest, 36, "2026-05-05", "2029-05-05"),
            // The law counts days, and not those on which offices work.
            (DutyKind::Disclosure, 5, "2026-11-27", "2026-12-02"),
        ] {
            let period = DutyPeriod::new(kind, amount).unwrap();
            assert_eq!(period.due_on(day(since), &calendar), day(due), "{kind}");
        }
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for (kind, amount, error) in [
            (DutyKind::Restack, 0, DutyPeriodError::Amount),
            (DutyKind::Restack, 121, DutyPeriodError::Amount),
            (DutyKind::OralOrder, 48, DutyPeriodError::InTheOrder),
        ] {
            assert_eq!(DutyPeriod::new(kind, amount), Err(error));
        }
    }

    #[test]
    fn every_standing_says_what_it_was_made_of() {
        for is_done in [false, true] {
            for is_late in [false, true] {
                let standing = DutyStanding::of(is_done, is_late);
                assert_eq!((standing.is_done(), standing.is_late()), (is_done, is_late));
            }
        }
    }
}
