//! How long ago, how long after, and how long still.
//!
//! **Invariant.** Whole days alone; the day on which something happened is no day after it.

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

/// How many days from Monday to Friday lie after `from`, up to `to` and with it. Public holidays are
/// not known here, so that a paper may seem late and never seems in time when it was late.
#[must_use]
pub fn working_days(from: NaiveDate, to: NaiveDate) -> u32 {
    let days = u32::try_from((to - from).num_days()).unwrap_or(0);
    let rest = from
        .iter_days()
        .skip(1)
        .take((days % 7) as usize)
        .filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun))
        .count();
    days / 7 * 5 + u32::try_from(rest).unwrap_or(0)
}

/// Whether donated goods came in with enough life left: more than six months, or more than three
/// where they live for six at most (Deyang Red Cross 2023, RULES 4.2).
#[must_use]
pub fn has_enough_life(
    entered_on: NaiveDate,
    produced_on: Option<NaiveDate>,
    expires_on: NaiveDate,
) -> bool {
    let beyond = |from: NaiveDate, months: u32| {
        from.checked_add_months(Months::new(months))
            .is_none_or(|day| expires_on > day)
    };
    let short_lived = produced_on.is_some_and(|produced| !beyond(produced, 6));
    beyond(entered_on, if short_lived { 3 } else { 6 })
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn weekends_are_no_working_days() {
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
            assert_eq!(working_days(day(from), day(to)), expected, "{from} {to}");
        }
    }

    #[test]
    fn six_months_or_three() {
        for (entered, produced, expires, expected) in [
            ("2026-01-01", None, "2026-07-01", false),
            ("2026-01-01", None, "2026-07-02", true),
            ("2026-01-01", Some("2025-12-01"), "2026-06-01", true),
            ("2026-01-01", Some("2025-12-01"), "2026-06-02", false),
            ("2026-01-01", Some("2025-10-01"), "2026-04-01", false),
        ] {
            let enough = has_enough_life(day(entered), produced.map(day), day(expires));
            assert_eq!(enough, expected, "{entered} {produced:?} {expires}");
        }
    }
}
