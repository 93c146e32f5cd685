//! How long ago, how long after, and on which days offices work.
//!
//! **Invariant.** Whole days alone; the day on which something happened is no day after it. Public
//! holidays are those of the years that were loaded; in other years offices work from Monday to
//! Friday, and [`WorkCalendar::unknown`] names these years, so that an answer can say so.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate, Weekday};

/// How many months have begun between two days: one month to the day is 1, a day more is 2.
#[must_use]
pub fn months_begun(from: NaiveDate, to: NaiveDate) -> u32 {
    let whole =
        (to.year() - from.year()) * 12 + to.month0().cast_signed() - from.month0().cast_signed();
    let whole = u32::try_from(whole).unwrap_or(0);
    // The last day of a short month may come before the day of the month does.
    let reached = |months: u32| {
        from.checked_add_months(Months::new(months))
            .is_none_or(|day| day >= to)
    };
    if to <= from {
        0
    } else if reached(whole) {
        whole.max(1)
    } else {
        whole + 1
    }
}

/// The days of one year that are not what their weekday says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkYear {
    year: i32,
    // Whether offices work on the day.
    days: BTreeMap<NaiveDate, bool>,
}

/// Why days are no year's holidays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WorkYearError {
    /// A day lies in another year.
    #[error("{day} is no day of {year}")]
    OtherYear {
        /// The day.
        day: NaiveDate,
        /// The year.
        year: i32,
    },
    /// A day stands there twice.
    #[error("{day} stands there twice")]
    Twice {
        /// The day.
        day: NaiveDate,
    },
    /// Offices work on the day anyway.
    #[error("{day} is a weekday: offices work anyway")]
    Weekday {
        /// The day.
        day: NaiveDate,
    },
}

impl WorkYear {
    /// Takes the days on which offices rest (`false`), weekends among holidays included, and the
    /// weekend days on which they work (`true`), as a notice names them.
    ///
    /// # Errors
    /// [`WorkYearError`] for the first day that cannot be.
    pub fn new(
        year: i32,
        days: impl IntoIterator<Item = (NaiveDate, bool)>,
    ) -> Result<Self, WorkYearError> {
        let mut known = BTreeMap::new();
        for (day, works) in days {
            if day.year() != year {
                return Err(WorkYearError::OtherYear { day, year });
            }
            if works && is_weekday(day) {
                return Err(WorkYearError::Weekday { day });
            }
            if known.insert(day, works).is_some() {
                return Err(WorkYearError::Twice { day });
            }
        }
        Ok(Self { year, days: known })
    }

    /// Which year.
    #[must_use]
    pub const fn year(&self) -> i32 {
        self.year
    }
}

fn is_weekday(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// The years of which public holidays are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkCalendar {
    years: BTreeMap<i32, WorkYear>,
}

impl FromIterator<WorkYear> for WorkCalendar {
    /// Of two of the same year the later one is meant.
    fn from_iter<I: IntoIterator<Item = WorkYear>>(years: I) -> Self {
        Self {
            years: years.into_iter().map(|year| (year.year, year)).collect(),
        }
    }
}

impl WorkCalendar {
    /// Whether offices work on the day.
    #[must_use]
    pub fn works(&self, day: NaiveDate) -> bool {
        let known = self.years.get(&day.year());
        let known = known.and_then(|year| year.days.get(&day));
        known.copied().unwrap_or_else(|| is_weekday(day))
    }

    /// How many working days lie after `from`, up to `to` and with it.
    #[must_use]
    pub fn working_days(&self, from: NaiveDate, to: NaiveDate) -> u32 {
        let days = usize::try_from((to - from).num_days()).unwrap_or(0);
        let after = from.iter_days().skip(1).take(days);
        let worked = after.filter(|day| self.works(*day)).count();
        u32::try_from(worked).unwrap_or(u32::MAX)
    }

    /// The working day that is the `count`th after `from`; `from` itself for none.
    #[must_use]
    pub fn after(&self, from: NaiveDate, count: u32) -> NaiveDate {
        let mut left = count;
        let mut last = from;
        for day in from.iter_days().skip(1) {
            if left == 0 {
                break;
            }
            last = day;
            left -= u32::from(self.works(day));
        }
        last
    }

    /// The years between two days, theirs included, of which no holidays are known.
    #[must_use]
    pub fn unknown(&self, from: NaiveDate, to: NaiveDate) -> Vec<i32> {
        (from.year()..=to.year())
            .filter(|year| !self.years.contains_key(year))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_to_the_day_is_one() {
        for (from, to, expected) in [
            ("2026-10-26", "2026-10-26", 0),
            ("2026-10-26", "2026-10-20", 0),
            ("2026-10-26", "2026-10-27", 1),
            ("2026-10-26", "2026-11-26", 1),
            ("2026-10-26", "2026-11-27", 2),
            ("2026-01-31", "2026-02-28", 1),
            ("2026-01-31", "2026-03-01", 2),
            ("2025-11-26", "2026-11-26", 12),
            ("2025-11-25", "2026-11-26", 13),
        ] {
            assert_eq!(months_begun(day(from), day(to)), expected, "{from} {to}");
        }
    }

    // National Day 2026: offices rest from the 1st to the 7th of October and work on Sunday the 20th
    // of September and on Saturday the 10th of October.
    fn national_day() -> WorkCalendar {
        let rest = (1..=7).map(|number| (day(&format!("2026-10-0{number}")), false));
        let work = ["2026-09-20", "2026-10-10"].map(|text| (day(text), true));
        let year = WorkYear::new(2026, rest.chain(work)).unwrap();
        WorkCalendar::from_iter([year])
    }

    #[test]
    fn weekends_are_no_working_days() {
        let calendar = WorkCalendar::default();
        // The 27th of November 2026 is a Friday.
        for (from, to, expected) in [
            ("2026-11-27", "2026-11-27", 0),
            ("2026-11-27", "2026-11-26", 0),
            ("2026-11-27", "2026-11-29", 0),
            ("2026-11-27", "2026-11-30", 1),
            ("2026-11-26", "2026-11-27", 1),
            ("2026-11-20", "2026-11-27", 5),
            ("2026-11-28", "2026-12-05", 5),
            ("2026-11-16", "2026-11-27", 9),
        ] {
            let days = calendar.working_days(day(from), day(to));
            assert_eq!(days, expected, "{from} {to}");
        }
        assert_eq!(
            calendar.unknown(day("2025-12-30"), day("2027-01-02")),
            [2025, 2026, 2027]
        );
    }

    #[test]
    fn holidays_move_the_day() {
        let calendar = national_day();
        for (from, count, expected) in [
            ("2026-09-30", 0, "2026-09-30"),
            ("2026-09-30", 1, "2026-10-08"),
            ("2026-09-30", 3, "2026-10-10"),
            ("2026-09-30", 4, "2026-10-12"),
            ("2026-09-18", 1, "2026-09-20"),
            ("2026-10-03", 1, "2026-10-08"),
        ] {
            let after = calendar.after(day(from), count);
            assert_eq!(after, day(expected), "{from} {count}");
        }
        // The same without the notice.
        let plain = WorkCalendar::default();
        assert_eq!(plain.after(day("2026-09-30"), 1), day("2026-10-01"));
        assert_eq!(
            calendar.unknown(day("2026-09-30"), day("2027-01-04")),
            [2027]
        );
    }

    #[test]
    fn what_is_no_holiday_of_the_year_is_refused() {
        let (monday, other) = (day("2026-11-23"), day("2025-10-01"));
        assert_eq!(
            WorkYear::new(2026, [(other, false)]),
            Err(WorkYearError::OtherYear {
                day: other,
                year: 2026
            })
        );
        assert_eq!(
            WorkYear::new(2026, [(monday, true)]),
            Err(WorkYearError::Weekday { day: monday })
        );
        assert_eq!(
            WorkYear::new(2026, [(monday, false), (monday, false)]),
            Err(WorkYearError::Twice { day: monday })
        );
    }

    proptest! {
        #[test]
        fn the_day_after_so_many_is_so_many_away(offset in 0_u64..400, count in 1_u32..60) {
            let calendar = national_day();
            let from = day("2026-01-01") + chrono::Days::new(offset);
            let due = calendar.after(from, count);
            prop_assert!(calendar.works(due));
            prop_assert_eq!(calendar.working_days(from, due), count);
            prop_assert!(calendar.after(from, count + 1) > due);
        }
    }
}
