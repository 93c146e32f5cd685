//! What a supplier promised, and what of it may still be called off.
//!
//! **Invariant.** `0 ≤ called ≤ quantity` for every item. What is called off later, at the agreed
//! place, is never more than what is left.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use crate::kernel::{Id, Period, Quantity, kinds::Item, named};

/// How long before its end an agreement is due for renewal: a year, as goods are.
pub const RENEWAL_DAYS: u16 = 365;
/// The longest response time, in hours: a year.
pub const RESPONSE_HOURS_MAX: u32 = 8_760;

named! {
    /// Where an agreement stands on a day.
    pub enum Standing {
        /// Its term has not begun.
        Upcoming = "upcoming",
        /// 有效
        InForce = "in_force",
        /// Its term is over.
        Expired = "expired",
        /// 终止: somebody ended it before its time.
        Ended = "ended",
    }
}

/// An item of an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreed {
    /// How much was agreed, over the whole term.
    pub quantity: Quantity,
    /// How much of it was called off and not given up.
    pub called: i64,
    /// Hours from the call to the goods standing ready to leave.
    pub response_h: u32,
}

impl Agreed {
    /// What may still be called off.
    #[must_use]
    pub fn left(&self) -> i64 {
        self.quantity.get() - self.called
    }
}

/// An agreement as its promises are judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// From when to when it holds; both days belong to it.
    pub term: Period,
    /// Whether somebody ended it before its time.
    pub is_ended: bool,
    /// What was agreed.
    pub items: BTreeMap<Id<Item>, Agreed>,
}

/// Why something cannot be called off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallOffRefused {
    /// The agreement promises nothing on this day.
    #[error("the agreement is {} and promises nothing", .0.name())]
    NotInForce(Standing),
    /// The item is not part of it.
    #[error("the item is not part of the agreement")]
    NotAgreed {
        /// Which line asked for it.
        line: usize,
    },
    /// Less is left of it.
    #[error("{left} is left of what was agreed")]
    TooMuch {
        /// Which line asked for it.
        line: usize,
        /// How much may still be called off, before this line.
        left: i64,
    },
}

impl Agreement {
    /// Where it stands on `day`.
    #[must_use]
    pub fn standing(&self, day: NaiveDate) -> Standing {
        if self.is_ended {
            Standing::Ended
        } else if day < self.term.first() {
            Standing::Upcoming
        } else if self.term.contains(day) {
            Standing::InForce
        } else {
            Standing::Expired
        }
    }

    /// Whether it ends within a year of `day` and nobody ended it before.
    #[must_use]
    pub fn is_due_for_renewal(&self, day: NaiveDate) -> bool {
        let limit = day.checked_add_days(Days::new(RENEWAL_DAYS.into()));
        let ends_by = |last: NaiveDate| limit.is_none_or(|limit| last <= limit);
        !self.is_ended && self.term.last().is_some_and(ends_by)
    }

    /// How much of an item it promises on `day`.
    #[must_use]
    pub fn promised(&self, item: Id<Item>, day: NaiveDate) -> i64 {
        match self.standing(day) {
            Standing::InForce => self.items.get(&item).map_or(0, Agreed::left),
            Standing::Upcoming | Standing::Expired | Standing::Ended => 0,
        }
    }

    /// Calls goods off on `day`: all lines or none. An item may stand in several lines.
    ///
    /// # Errors
    /// Every reason why not: one for the whole agreement, or one for each line.
    pub fn call_off(
        &self,
        day: NaiveDate,
        lines: &[(Id<Item>, Quantity)],
    ) -> Result<Self, Vec<CallOffRefused>> {
        let standing = self.standing(day);
        if standing != Standing::InForce {
            return Err(vec![CallOffRefused::NotInForce(standing)]);
        }
        let mut next = self.clone();
        let mut refused = Vec::new();
        for (line, (item, quantity)) in lines.iter().enumerate() {
            match next.items.get_mut(item) {
                None => refused.push(CallOffRefused::NotAgreed { line }),
                Some(agreed) if agreed.left() < quantity.get() => {
                    let left = agreed.left();
                    refused.push(CallOffRefused::TooMuch { line, left });
                }
                Some(agreed) => agreed.called += quantity.get(),
            }
        }
        if refused.is_empty() {
            Ok(next)
        } else {
            Err(refused)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn item(number: u128) -> Id<Item> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn quantity(number: i64) -> Quantity {
        Quantity::new(number).unwrap()
    }

    fn agreement() -> Agreement {
        let agreed = Agreed {
            quantity: quantity(100),
            called: 30,
            response_h: 4,
        };
        Agreement {
            term: Period::new(day("2026-01-01"), Some(day("2026-12-31"))).unwrap(),
            is_ended: false,
            items: BTreeMap::from([(item(1), agreed)]),
        }
    }

    #[test]
    fn only_an_agreement_in_force_promises() {
        let check = |on, is_ended, standing: Standing, promised, due| {
            let agreement = Agreement {
                is_ended,
                ..agreement()
            };
            let on = day(on);
            assert_eq!(agreement.standing(on), standing, "{on}");
            assert_eq!(agreement.promised(item(1), on), promised, "{on}");
            assert_eq!(agreement.promised(item(2), on), 0, "{on}");
            assert_eq!(agreement.is_due_for_renewal(on), due, "{on}");
        };
        check("2025-12-30", false, Standing::Upcoming, 0, false);
        check("2025-12-31", false, Standing::Upcoming, 0, true);
        check("2026-01-01", false, Standing::InForce, 70, true);
        check("2026-12-31", false, Standing::InForce, 70, true);
        check("2027-01-01", false, Standing::Expired, 0, true);
        check("2026-06-01", true, Standing::Ended, 0, false);
        let endless = Agreement {
            term: Period::new(day("2026-01-01"), None).unwrap(),
            ..agreement()
        };
        assert!(!endless.is_due_for_renewal(day("2026-06-01")));
    }

    #[test]
    fn a_call_off_tells_all_that_is_wrong() {
        let check = |on, lines: &[(u128, i64)], expected: Result<i64, Vec<CallOffRefused>>| {
            let lines: Vec<_> = lines
                .iter()
                .map(|(number, asked)| (item(*number), quantity(*asked)))
                .collect();
            let answer = agreement().call_off(day(on), &lines);
            let called = answer.map(|next| next.items[&item(1)].called);
            assert_eq!(called, expected, "{on} {lines:?}");
        };
        use CallOffRefused::{NotAgreed, NotInForce, TooMuch};
        check("2026-05-01", &[(1, 70)], Ok(100));
        check("2026-05-01", &[(1, 40), (1, 30)], Ok(100));
        check(
            "2026-05-01",
            &[(1, 71)],
            Err(vec![TooMuch { line: 0, left: 70 }]),
        );
        check(
            "2026-05-01",
            &[(2, 1), (1, 40), (1, 31)],
            Err(vec![NotAgreed { line: 0 }, TooMuch { line: 2, left: 30 }]),
        );
        check(
            "2027-01-01",
            &[(1, 1), (2, 1)],
            Err(vec![NotInForce(Standing::Expired)]),
        );
    }

    proptest! {
        #[test]
        fn never_more_is_called_off_than_was_agreed(
            asked in proptest::collection::vec((1_u128..3, 1_i64..60), 0..20),
        ) {
            let mut agreement = agreement();
            let mut taken = 30;
            for (number, wanted) in asked {
                if let Ok(next) =
                    agreement.call_off(day("2026-05-01"), &[(item(number), quantity(wanted))])
                {
                    agreement = next;
                    taken += wanted;
                }
                prop_assert_eq!(agreement.items[&item(1)].called, taken);
                prop_assert!(taken <= 100);
            }
        }
    }
}
