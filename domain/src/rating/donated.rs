//! Whether donated goods came in with enough life left.
//!
//! **Invariant.** Whole days alone.

use chrono::{Months, NaiveDate};

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
