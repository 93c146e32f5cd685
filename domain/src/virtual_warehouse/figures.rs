//! From goods to figures.
//!
//! **Invariant.** `on_hand = reserved + available + at_shut_depots + restricted + expiring_before_arrival +
//! expiring + expired + recalled + not_usable`, for one row of goods and for every sum of them. Goods in another condition and
//! goods on the road are never part of `on_hand`.

use std::{collections::BTreeMap, ops::Add};

use chrono::NaiveDate;

use crate::stock::{Availability, Condition, Fitness, Purpose, Withheld};

/// Goods of one kind of fitness in one place, as the ledger has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Goods {
    /// Condition, recall, last day of use and restriction.
    pub fitness: Fitness,
    /// Base units in the zones of a depot.
    pub on_hand: i64,
    /// Base units of them that are promised.
    pub reserved: i64,
    /// Base units that the depot sent and that have not arrived.
    pub on_road: i64,
    /// Whether the depot lets nothing out.
    pub is_shut: bool,
    /// The day on which they could be where they are wanted, if somebody asked for how long it takes.
    pub arrives_on: Option<NaiveDate>,
}

/// What is asked of the virtual warehouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The condition that is asked for.
    pub condition: Condition,
    /// The day of asking.
    pub day: NaiveDate,
    /// Goods must still be in date on this day. A day that has passed asks for nothing more than
    /// today does.
    pub usable_until: Option<NaiveDate>,
    /// What the goods are wanted for.
    pub purpose: Purpose,
}

/// How much there is, in base units, kept apart by what may be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// In the depots, in the condition that was asked for.
    pub on_hand: i64,
    /// Of these: promised to somebody.
    pub reserved: i64,
    /// Of these: free, usable, in date until the day asked for, not recalled, not bound to another
    /// purpose, in a depot that lets goods out.
    pub available: i64,
    /// Of these: fit and free as well, but in a depot that lets nothing out.
    pub at_shut_depots: i64,
    /// Of these: free and fit, but bound to another purpose.
    pub restricted: i64,
    /// Of these: free and in date today, but not any more when they would arrive.
    pub expiring_before_arrival: i64,
    /// Of these: free and in date when they would arrive, but not until the day asked for.
    pub expiring: i64,
    /// Of these: free and past their last day of use.
    pub expired: i64,
    /// Of these: free and of a recalled lot.
    pub recalled: i64,
    /// Of these: free and not to be issued in this condition. Nothing, unless a condition other
    /// than usable was asked for.
    pub not_usable: i64,
    /// Beside these: in the depots, in another condition.
    pub other_conditions: i64,
    /// Beside these: sent by the depots and not arrived, in whatever condition.
    pub on_road: i64,
}

impl Figures {
    /// The figures of one row of goods.
    #[must_use]
    pub fn of(goods: &Goods, question: &Question) -> Self {
        let beside = Self {
            on_road: goods.on_road,
            ..Self::default()
        };
        if goods.fitness.condition != question.condition {
            return Self {
                other_conditions: goods.on_hand,
                ..beside
            };
        }
        let counted = Self {
            on_hand: goods.on_hand,
            reserved: goods.reserved,
            ..beside
        };
        let free = goods.on_hand - goods.reserved;
        let arrives_on = goods.arrives_on.unwrap_or(question.day);
        let horizon = question.horizon().max(arrives_on);
        match goods.fitness.availability(horizon, &question.purpose) {
            Availability::Available if goods.is_shut => Self {
                at_shut_depots: free,
                ..counted
            },
            Availability::Available => Self {
                available: free,
                ..counted
            },
            Availability::Withheld(Withheld::Restricted) => Self {
                restricted: free,
                ..counted
            },
            Availability::Withheld(Withheld::Expired { expires_on }) => {
                counted.past(expires_on, free, question.day, arrives_on)
            }
            Availability::Withheld(Withheld::Recalled) => Self {
                recalled: free,
                ..counted
            },
            Availability::Withheld(Withheld::Condition(_)) => Self {
                not_usable: free,
                ..counted
            },
        }
    }
}

impl Figures {
    // With what is not in date as long as it was asked for.
    fn past(self, last: NaiveDate, free: i64, today: NaiveDate, arrives_on: NaiveDate) -> Self {
        let mut figures = self;
        if last < today {
            figures.expired = free;
        } else if last < arrives_on {
            figures.expiring_before_arrival = free;
        } else {
            figures.expiring = free;
        }
        figures
    }
}

impl Question {
    // The day on which goods must still be in date.
    fn horizon(&self) -> NaiveDate {
        self.usable_until.map_or(self.day, |day| day.max(self.day))
    }
}

impl Add for Figures {
    type Output = Self;

    /// A sum stays at the end of `i64` rather than wrap: that is nine thousand of the fullest
    /// balances ([`crate::stock::BALANCE_MAX`]), more than there is of anything.
    fn add(self, other: Self) -> Self {
        let sum = |figure: fn(&Self) -> i64| figure(&self).saturating_add(figure(&other));
        Self {
            on_hand: sum(|it| it.on_hand),
            reserved: sum(|it| it.reserved),
            available: sum(|it| it.available),
            at_shut_depots: sum(|it| it.at_shut_depots),
            restricted: sum(|it| it.restricted),
            expiring_before_arrival: sum(|it| it.expiring_before_arrival),
            expiring: sum(|it| it.expiring),
            expired: sum(|it| it.expired),
            recalled: sum(|it| it.recalled),
            not_usable: sum(|it| it.not_usable),
            other_conditions: sum(|it| it.other_conditions),
            on_road: sum(|it| it.on_road),
        }
    }
}

/// Adds up the goods of each key.
#[must_use]
pub fn pool<K: Ord>(
    goods: impl IntoIterator<Item = (K, Goods)>,
    question: &Question,
) -> BTreeMap<K, Figures> {
    let mut pooled: BTreeMap<K, Figures> = BTreeMap::new();
    for (key, goods) in goods {
        let figures = pooled.entry(key).or_default();
        *figures = *figures + Figures::of(&goods, question);
    }
    pooled
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stock::Restriction;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn question() -> Question {
        Question {
            condition: Condition::Usable,
            day: day("2026-11-23"),
            usable_until: None,
            purpose: Purpose::default(),
        }
    }

    fn goods() -> Goods {
        Goods {
            fitness: Fitness {
                condition: Condition::Usable,
                recalled: false,
                expires_on: None,
                restriction: Restriction::None,
            },
            on_hand: 10,
            reserved: 3,
            on_road: 2,
            is_shut: false,
            arrives_on: None,
        }
    }

    #[test]
    fn free_goods_stand_in_the_one_figure_that_says_what_may_be_done() {
        let counted = Figures {
            on_hand: 10,
            reserved: 3,
            on_road: 2,
            ..Figures::default()
        };
        let check = |change: fn(&mut Goods), ask: fn(&mut Question), expected: Figures| {
            let (mut goods, mut question) = (goods(), question());
            change(&mut goods);
            ask(&mut question);
            assert_eq!(Figures::of(&goods, &question), expected, "{goods:?}");
        };
        let available = Figures {
            available: 7,
            ..counted
        };
        let on_way = Figures {
            expiring_before_arrival: 7,
            ..counted
        };
        let later = Figures {
            expiring: 7,
            ..counted
        };
        let expires = |goods: &mut Goods| goods.fitness.expires_on = Some(day("2026-12-31"));
        let bind = |goods: &mut Goods| {
            goods.fitness.restriction = Restriction::Division("330100".parse().unwrap());
        };
        check(|_| {}, |_| {}, available);
        check(expires, |_| {}, available);
        check(
            expires,
            |question| question.usable_until = Some(day("2026-12-31")),
            available,
        );
        check(
            expires,
            |question| question.usable_until = Some(day("2027-01-01")),
            Figures {
                expiring: 7,
                ..counted
            },
        );
        // What would be out of date on arrival is told before what would be later.
        for (arrives, until, expected) in [
            ("2026-12-31", None, available),
            ("2027-01-01", None, on_way),
            ("2027-01-01", Some("2027-06-01"), on_way),
            ("2026-12-30", Some("2027-06-01"), later),
        ] {
            let (mut goods, mut question) = (goods(), question());
            expires(&mut goods);
            goods.arrives_on = Some(day(arrives));
            question.usable_until = until.map(day);
            assert_eq!(Figures::of(&goods, &question), expected, "{arrives}");
        }
        // A horizon that has passed does not bring expired goods back.
        check(
            |goods| goods.fitness.expires_on = Some(day("2026-11-22")),
            |question| question.usable_until = Some(day("2026-11-01")),
            Figures {
                expired: 7,
                ..counted
            },
        );
        check(
            bind,
            |_| {},
            Figures {
                restricted: 7,
                ..counted
            },
        );
        check(
            bind,
            |question| question.purpose.division = Some("330106".parse().unwrap()),
            available,
        );
        check(
            |goods| goods.is_shut = true,
            |_| {},
            Figures {
                at_shut_depots: 7,
                ..counted
            },
        );
        check(
            |goods| (goods.is_shut, goods.fitness.recalled) = (true, true),
            |_| {},
            Figures {
                recalled: 7,
                ..counted
            },
        );
        check(
            |goods| goods.fitness.recalled = true,
            |_| {},
            Figures {
                recalled: 7,
                ..counted
            },
        );
        check(
            |goods| goods.fitness.condition = Condition::NeedsRepair,
            |_| {},
            Figures {
                other_conditions: 10,
                on_road: 2,
                ..Figures::default()
            },
        );
        check(
            |goods| goods.fitness.condition = Condition::NeedsRepair,
            |question| question.condition = Condition::NeedsRepair,
            Figures {
                not_usable: 7,
                ..counted
            },
        );
    }

    #[test]
    fn a_sum_never_wraps() {
        let most = Figures {
            on_hand: i64::MAX,
            ..Figures::default()
        };
        assert_eq!((most + most).on_hand, i64::MAX);
    }

    fn restrictions() -> impl Strategy<Value = Restriction> {
        prop_oneof![
            Just(Restriction::None),
            Just(Restriction::Division("330100".parse().unwrap())),
            Just(Restriction::Division("340000".parse().unwrap())),
        ]
    }

    fn any_goods() -> impl Strategy<Value = Goods> {
        (
            proptest::sample::select(Condition::ALL),
            any::<bool>(),
            proptest::option::of(-400_i64..400),
            restrictions(),
            (0_i64..1_000, 0_i64..1_000, 0_i64..50, any::<bool>()),
            proptest::option::of(0_i64..8),
        )
            .prop_map(
                |(condition, recalled, life, restriction, amounts, way)| Goods {
                    fitness: Fitness {
                        condition,
                        recalled,
                        expires_on: life
                            .map(|days| day("2026-11-23") + chrono::TimeDelta::days(days)),
                        restriction,
                    },
                    on_hand: amounts.0.max(amounts.1),
                    reserved: amounts.0.min(amounts.1),
                    on_road: amounts.2,
                    is_shut: amounts.3,
                    arrives_on: way.map(|days| day("2026-11-23") + chrono::TimeDelta::days(days)),
                },
            )
    }

    fn any_question() -> impl Strategy<Value = Question> {
        (
            proptest::sample::select(Condition::ALL),
            proptest::option::of(-400_i64..400),
            any::<bool>(),
        )
            .prop_map(|(condition, horizon, in_hangzhou)| Question {
                condition,
                usable_until: horizon.map(|days| day("2026-11-23") + chrono::TimeDelta::days(days)),
                purpose: Purpose {
                    division: in_hangzhou.then(|| "330106".parse().unwrap()),
                    ..Purpose::default()
                },
                ..question()
            })
    }

    fn total<K: Ord>(figures: &BTreeMap<K, Figures>) -> Figures {
        figures
            .values()
            .fold(Figures::default(), |sum, figures| sum + *figures)
    }

    proptest! {
        #[test]
        fn the_total_is_that_of_the_depots_and_that_of_the_lots(
            rows in proptest::collection::vec(((0_u8..3, 0_u8..4, 0_u8..6), any_goods()), 0..40),
            question in any_question(),
        ) {
            type Place = (u8, u8, u8);
            let keyed = |key: fn(Place) -> Place| {
                pool(rows.iter().map(|(place, goods)| (key(*place), goods.clone())), &question)
            };
            let items = keyed(|(item, _, _)| (item, 0, 0));
            let depots = keyed(|(item, depot, _)| (item, depot, 0));
            let lots = keyed(|whole| whole);
            for (&(item, ..), figures) in &items {
                let of_item = |finer: &BTreeMap<(u8, u8, u8), Figures>| {
                    total(&finer.iter().filter(|(key, _)| key.0 == item).map(|(key, it)| (*key, *it)).collect())
                };
                prop_assert_eq!(of_item(&depots), *figures);
                prop_assert_eq!(of_item(&lots), *figures);
            }
            prop_assert_eq!(total(&items), total(&lots));
        }

        #[test]
        fn every_piece_on_hand_stands_in_one_figure(
            rows in proptest::collection::vec(any_goods(), 0..40),
            question in any_question(),
        ) {
            let sum = total(&pool(rows.iter().map(|goods| ((), goods.clone())), &question));
            let there: i64 = rows.iter().map(|goods| goods.on_hand).sum();
            let parts = sum.reserved + sum.available + sum.at_shut_depots + sum.restricted
                + sum.expiring_before_arrival + sum.expiring + sum.expired + sum.recalled + sum.not_usable;
            prop_assert_eq!(sum.on_hand, parts);
            prop_assert_eq!(sum.on_hand + sum.other_conditions, there);
            if question.condition != Condition::Usable {
                prop_assert_eq!(sum.available, 0);
            }
        }

        #[test]
        fn a_later_horizon_and_a_vaguer_purpose_never_find_more(
            rows in proptest::collection::vec(any_goods(), 0..40),
            question in any_question(),
        ) {
            let available = |question: &Question| {
                total(&pool(rows.iter().map(|goods| ((), goods.clone())), question)).available
            };
            let stricter = Question {
                usable_until: Some(question.horizon() + chrono::TimeDelta::days(30)),
                ..question.clone()
            };
            let vaguer = Question { purpose: Purpose::default(), ..question.clone() };
            prop_assert!(available(&stricter) <= available(&question));
            prop_assert!(available(&vaguer) <= available(&question));
        }
    }
}
