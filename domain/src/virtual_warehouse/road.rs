//! What is on the road, by when it is due.
//!
//! **Invariant.** `overdue + unknown + the due + later` is what was added, whatever its order. What
//! nobody gave a time for is never taken to be on time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// As many due times are told apart at most; what is due after them is one figure.
pub const DUE_TIMES_MAX: usize = 24;

/// Goods on the road.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Road {
    /// Due by now and not signed for.
    pub overdue: i64,
    /// Called back, or nobody said when they are due.
    pub unknown: i64,
    due: BTreeMap<DateTime<Utc>, i64>,
}

impl Road {
    /// Adds so much that is due then.
    pub fn add(&mut self, due_at: Option<DateTime<Utc>>, quantity: i64, now: DateTime<Utc>) {
        let sum = match due_at {
            None => &mut self.unknown,
            Some(due_at) if due_at <= now => &mut self.overdue,
            Some(due_at) => self.due.entry(due_at).or_default(),
        };
        *sum = sum.saturating_add(quantity);
    }

    /// The first moments at which something is due, with how much.
    pub fn due(&self) -> impl Iterator<Item = (DateTime<Utc>, i64)> {
        let first = self.due.iter().take(DUE_TIMES_MAX);
        first.map(|(due_at, quantity)| (*due_at, *quantity))
    }

    /// What is due after the last of them.
    #[must_use]
    pub fn later(&self) -> i64 {
        let rest = self.due.values().skip(DUE_TIMES_MAX);
        rest.fold(0_i64, |sum, more| sum.saturating_add(*more))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn at(minutes: i64) -> DateTime<Utc> {
        NOW + TimeDelta::minutes(minutes)
    }

    #[test]
    fn what_is_due_by_now_is_overdue_and_what_nobody_knows_is_unknown() {
        let mut road = Road::default();
        for (due_at, quantity) in [
            (Some(60), 3),
            (None, 7),
            (Some(0), 1),
            (Some(-5), 2),
            (Some(1), 4),
            (Some(60), 5),
        ] {
            road.add(due_at.map(at), quantity, NOW);
        }
        assert_eq!((road.overdue, road.unknown, road.later()), (3, 7, 0));
        assert_eq!(road.due().collect::<Vec<_>>(), [(at(1), 4), (at(60), 8)]);
    }

    proptest! {
        #[test]
        fn nothing_on_the_road_is_left_out(
            rows in proptest::collection::vec((proptest::option::of(-20_i64..80), 0_i64..50), 0..90),
        ) {
            let mut road = Road::default();
            for (due_at, quantity) in &rows {
                road.add(due_at.map(at), *quantity, NOW);
            }
            let due: Vec<_> = road.due().collect();
            prop_assert!(due.len() <= DUE_TIMES_MAX);
            prop_assert!(due.windows(2).all(|pair| pair[0].0 < pair[1].0));
            let shown: i64 = due.iter().map(|(_, quantity)| quantity).sum();
            let all: i64 = rows.iter().map(|(_, quantity)| quantity).sum();
            prop_assert_eq!(road.overdue + road.unknown + shown + road.later(), all);
        }
    }
}
