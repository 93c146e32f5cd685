//! What must be done in a depot by a day: to put goods on record, to restack and test them, to check
//! for fire.
//!
//! **Invariant.** No period stands in code: each is a [`DutyPeriod`] that is given. A day counts as a
//! working day by a [`WorkCalendar`], which says of which years it knows the public holidays.

mod calendar;
mod duty;

pub use calendar::{WorkCalendar, WorkYear, WorkYearError, months_begun};
pub use duty::{DutyKind, DutyPeriod, DutyPeriodError, DutyStanding, PeriodUnit, TestOutcome};
