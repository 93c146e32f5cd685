//! What suppliers bring straight to a site, and which needs it answers.
//!
//! **Invariant.** What comes is given to needs of its item at its site, the most urgent first: never more
//! than comes, and to none more than it misses. What has come counts before what is only called off. What
//! nobody there needs answers nothing.

use std::{cmp::Reverse, collections::BTreeMap};

use chrono::{DateTime, Utc};

use crate::{
    agreements::Direct,
    incidents::Priority,
    kernel::{Id, kinds},
};

/// A need of one item at one site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing {
    /// Which need.
    pub need: Id<kinds::Need>,
    /// How urgent it is.
    pub priority: Priority,
    /// When the goods are needed; at no time in particular, if absent.
    pub needed_by: Option<DateTime<Utc>>,
    /// What no order answers.
    pub quantity: i64,
}

/// What of it answers which need.
#[must_use]
pub fn answered(needs: &[Missing], direct: Direct) -> BTreeMap<Id<kinds::Need>, Direct> {
    let mut needs: Vec<_> = needs.iter().filter(|need| need.quantity > 0).collect();
    // What is needed at a time comes before what is not.
    needs.sort_by_key(|need| {
        let whenever = Reverse(need.needed_by.is_some());
        (need.priority, whenever, need.needed_by, need.need)
    });
    let mut left = direct;
    let mut answers = BTreeMap::new();
    for need in needs {
        let brought = need.quantity.min(left.brought);
        let called_off = (need.quantity - brought).min(left.called_off);
        left.brought -= brought;
        left.called_off -= called_off;
        if brought + called_off > 0 {
            answers.insert(
                need.need,
                Direct {
                    brought,
                    called_off,
                },
            );
        }
    }
    answers
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn need(number: u128, priority: u8, needed_by: Option<i64>, quantity: i64) -> Missing {
        Missing {
            need: Id::from_uuid(Uuid::from_u128(number)),
            priority: Priority::new(priority).unwrap(),
            needed_by: needed_by.map(|seconds| DateTime::from_timestamp(seconds, 0).unwrap()),
            quantity,
        }
    }

    fn told(needs: &[Missing], brought: i64, called_off: i64) -> Vec<(u128, i64, i64)> {
        let direct = Direct {
            brought,
            called_off,
        };
        let answers = answered(needs, direct).into_iter();
        answers
            .map(|(need, it)| (need.uuid().as_u128(), it.brought, it.called_off))
            .collect()
    }

    #[test]
    fn the_most_urgent_need_is_answered_first_and_by_what_has_come() {
        let needs = [
            need(1, 2, Some(10), 50),
            need(2, 1, None, 30),
            need(3, 1, Some(99), 20),
            need(4, 1, Some(98), 0),
        ];
        for (brought, called_off, expected) in [
            (0, 0, vec![]),
            (15, 0, vec![(3, 15, 0)]),
            (15, 10, vec![(2, 0, 5), (3, 15, 5)]),
            (40, 30, vec![(1, 0, 20), (2, 20, 10), (3, 20, 0)]),
            (500, 500, vec![(1, 50, 0), (2, 30, 0), (3, 20, 0)]),
        ] {
            assert_eq!(
                told(&needs, brought, called_off),
                expected,
                "{brought} {called_off}"
            );
        }
        assert_eq!(told(&[], 10, 10), vec![]);
    }

    proptest! {
        #[test]
        fn nothing_is_given_twice_and_nothing_is_held_back(
            parts in proptest::collection::vec((1_u8..4, proptest::option::of(0_i64..5), -5_i64..60), 0..8),
            brought in 0_i64..150,
            called_off in 0_i64..150,
        ) {
            let needs: Vec<_> = parts.iter().zip(1..).map(|((priority, by, missing), number)| {
                need(number, *priority, *by, *missing)
            }).collect();
            let answers = answered(&needs, Direct { brought, called_off });
            let missing: i64 = needs.iter().map(|need| need.quantity.max(0)).sum();
            let given: i64 = answers.values().map(|it| it.brought + it.called_off).sum();
            prop_assert_eq!(given, missing.min(brought + called_off));
            prop_assert_eq!(answers.values().map(|it| it.brought).sum::<i64>(), missing.min(brought));
            for need in &needs {
                let answer = answers.get(&need.need).copied().unwrap_or_default();
                prop_assert!(answer.brought + answer.called_off <= need.quantity.max(0));
                // Nobody less urgent has anything while this one misses some.
                if answer.brought + answer.called_off < need.quantity {
                    let later = needs.iter().filter(|it| it.priority > need.priority);
                    prop_assert!(later.into_iter().all(|it| !answers.contains_key(&it.need)));
                }
            }
        }
    }
}
