//! The reach curve: how much can be somewhere after so many minutes.
//!
//! **Invariant.** A curve only rises. Its steps add up to its total, whatever the order in which
//! arrivals were given. What depots hold and what suppliers promised are two curves, never one. What
//! would arrive out of date does not arrive.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use crate::kernel::{Id, kinds};

/// Where goods come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A depot that holds them.
    Depot(Id<kinds::Depot>),
    /// A supplier that promised them.
    Agreement(Id<kinds::Agreement>),
}

/// What one origin could send of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Where it is.
    pub origin: Origin,
    /// What it is.
    pub item: Id<kinds::Item>,
    /// What stands ready to leave, and when; what is still on its way there comes later.
    pub ready: Vec<Ready>,
    /// What of it stays where it is.
    pub kept: i64,
}

/// Goods that stand ready to leave at one moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ready {
    /// Minutes from now.
    pub at_min: u32,
    /// How much, by the last day of use; `None` keeps for ever.
    pub lots: Vec<(Option<NaiveDate>, i64)>,
}

impl Ready {
    fn usable_on(&self, day: NaiveDate) -> i64 {
        let in_date = |lot: &&(Option<NaiveDate>, i64)| lot.0.is_none_or(|last| day <= last);
        let usable = self.lots.iter().filter(in_date);
        usable.fold(0_i64, |sum, (_, free)| sum.saturating_add(*free))
    }
}

impl Holding {
    /// What an origin has now, ready after so many minutes.
    #[must_use]
    pub fn now(
        origin: Origin,
        item: Id<kinds::Item>,
        lots: Vec<(Option<NaiveDate>, i64)>,
        at_min: u32,
    ) -> Self {
        Self {
            origin,
            item,
            ready: vec![Ready { at_min, lots }],
            kept: 0,
        }
    }

    /// How much of it can be sent that is in date on `day`. What is kept is taken from that, too,
    /// so that no floor is met with goods that go out of date first.
    #[must_use]
    pub fn free_on(&self, day: NaiveDate) -> i64 {
        let usable = self.ready.iter().map(|ready| ready.usable_on(day));
        let usable = usable.fold(0_i64, i64::saturating_add);
        usable.saturating_sub(self.kept).max(0)
    }

    // What can be sent when, `minutes` away: what is kept is kept of what is ready first.
    fn arrivals(&self, minutes: u32, now: NaiveDateTime) -> Vec<Arrival> {
        let mut kept = self.kept;
        let mut ready: Vec<_> = self.ready.iter().collect();
        ready.sort();
        let arrivals = ready.into_iter().filter_map(|ready| {
            let at_min = minutes.saturating_add(ready.at_min);
            // Beyond the calendar nothing is in date.
            let day = now.checked_add_signed(TimeDelta::minutes(at_min.into()))?;
            let usable = ready.usable_on(day.date());
            let stays = usable.min(kept);
            kept -= stays;
            Some(Arrival {
                at_min,
                origin: self.origin,
                quantity: usable - stays,
            })
        });
        arrivals.collect()
    }
}

/// Goods that can be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Minutes from now.
    pub at_min: u32,
    /// Where they come from.
    pub origin: Origin,
    /// How much, in base units.
    pub quantity: i64,
}

/// What becomes possible at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Minutes from now.
    pub at_min: u32,
    /// How much more can be there.
    pub added: i64,
    /// How much can be there by then.
    pub total: i64,
    /// Who makes the step, and with how much.
    pub from: Vec<(Origin, i64)>,
}

/// How much of one item can be in one place, against time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Curve {
    own: Vec<Step>,
    agreement: Vec<Step>,
}

/// Which goods count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// What depots hold.
    Own,
    /// That, and what suppliers promised.
    WithAgreements,
}

impl Curve {
    /// The curve of arrivals, in any order. What is nothing makes no step.
    #[must_use]
    pub fn of(arrivals: impl IntoIterator<Item = Arrival>) -> Self {
        let (mut own, mut agreement) = (BTreeMap::new(), BTreeMap::new());
        for arrival in arrivals.into_iter().filter(|arrival| arrival.quantity > 0) {
            let side: &mut BTreeMap<u32, BTreeMap<Origin, i64>> = match arrival.origin {
                Origin::Depot(_) => &mut own,
                Origin::Agreement(_) => &mut agreement,
            };
            let from = side.entry(arrival.at_min).or_default();
            let sum = from.entry(arrival.origin).or_default();
            *sum = sum.saturating_add(arrival.quantity);
        }
        Self {
            own: steps(own),
            agreement: steps(agreement),
        }
    }

    /// What depots can bring, step by step.
    #[must_use]
    pub fn own(&self) -> &[Step] {
        &self.own
    }

    /// What suppliers promised to bring, step by step.
    #[must_use]
    pub fn agreement(&self) -> &[Step] {
        &self.agreement
    }

    /// How much can be there after so many minutes: from depots, and from suppliers.
    #[must_use]
    pub fn within(&self, minutes: u32) -> (i64, i64) {
        (until(&self.own, minutes), until(&self.agreement, minutes))
    }

    /// After how many minutes so much can be there; `None` if never. Nothing is there at once.
    #[must_use]
    pub fn time_for(&self, quantity: i64, counting: Counting) -> Option<u32> {
        if quantity <= 0 {
            return Some(0);
        }
        let sides = match counting {
            Counting::Own => [&self.own[..], &[]],
            Counting::WithAgreements => [&self.own[..], &self.agreement[..]],
        };
        let mut times: Vec<_> = sides.iter().flat_map(|side| side.iter()).collect();
        times.sort_by_key(|step| step.at_min);
        let mut there = 0_i64;
        times.into_iter().find_map(|step| {
            there = there.saturating_add(step.added);
            (there >= quantity).then_some(step.at_min)
        })
    }
}

fn steps(arrivals: BTreeMap<u32, BTreeMap<Origin, i64>>) -> Vec<Step> {
    let mut total = 0_i64;
    arrivals
        .into_iter()
        .map(|(at_min, from)| {
            let added = from
                .values()
                .fold(0_i64, |sum, more| sum.saturating_add(*more));
            total = total.saturating_add(added);
            Step {
                at_min,
                added,
                total,
                from: from.into_iter().collect(),
            }
        })
        .collect()
}

fn until(steps: &[Step], minutes: u32) -> i64 {
    let reached = steps.partition_point(|step| step.at_min <= minutes);
    reached.checked_sub(1).map_or(0, |last| steps[last].total)
}

/// The curves of one place, by item. `travel` tells the minutes from an origin, if there is a way;
/// `now` is the time at the depots, by which days of use are judged.
#[must_use]
pub fn curves<'a>(
    holdings: impl IntoIterator<Item = &'a Holding>,
    travel: impl Fn(Origin) -> Option<u32>,
    now: NaiveDateTime,
) -> BTreeMap<Id<kinds::Item>, Curve> {
    let mut arrivals: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for holding in holdings {
        let Some(minutes) = travel(holding.origin) else {
            continue;
        };
        let of_item = arrivals.entry(holding.item).or_default();
        of_item.extend(holding.arrivals(minutes, now));
    }
    arrivals
        .into_iter()
        .map(|(item, arrivals)| (item, Curve::of(arrivals)))
        .collect()
}

/// After how many minutes all needs can be met; `None` if ever one cannot. Needs of one item add up.
#[must_use]
pub fn everything(
    needs: &[(Id<kinds::Item>, i64)],
    curves: &BTreeMap<Id<kinds::Item>, Curve>,
    counting: Counting,
) -> Option<u32> {
    let mut sums: BTreeMap<_, i64> = BTreeMap::new();
    for (item, quantity) in needs {
        let sum = sums.entry(*item).or_default();
        *sum = sum.saturating_add((*quantity).max(0));
    }
    let nothing = Curve::default();
    let times = sums.into_iter().map(|(item, quantity)| {
        let curve = curves.get(&item).unwrap_or(&nothing);
        curve.time_for(quantity, counting)
    });
    times
        .collect::<Option<Vec<_>>>()
        .map(|times| times.into_iter().max().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn depot(number: u128) -> Origin {
        Origin::Depot(Id::from_uuid(Uuid::from_u128(number)))
    }

    fn agreement(number: u128) -> Origin {
        Origin::Agreement(Id::from_uuid(Uuid::from_u128(number)))
    }

    fn item(number: u128) -> Id<kinds::Item> {
        Id::from_uuid(Uuid::from_u128(number))
    }

    fn arrival(at_min: u32, origin: Origin, quantity: i64) -> Arrival {
        Arrival {
            at_min,
            origin,
            quantity,
        }
    }

    fn curve() -> Curve {
        Curve::of([
            arrival(240, agreement(9), 500),
            arrival(90, depot(2), 30),
            arrival(45, depot(1), 100),
            arrival(90, depot(3), 20),
            arrival(90, depot(2), 5),
            arrival(300, depot(4), 0),
        ])
    }

    #[test]
    fn steps_say_who_makes_them() {
        let curve = curve();
        let own = [
            Step {
                at_min: 45,
                added: 100,
                total: 100,
                from: vec![(depot(1), 100)],
            },
            Step {
                at_min: 90,
                added: 55,
                total: 155,
                from: vec![(depot(2), 35), (depot(3), 20)],
            },
        ];
        assert_eq!(curve.own(), own);
        assert_eq!(curve.agreement().len(), 1);
        for (minutes, expected) in [
            (0, (0, 0)),
            (44, (0, 0)),
            (45, (100, 0)),
            (89, (100, 0)),
            (90, (155, 0)),
            (240, (155, 500)),
            (u32::MAX, (155, 500)),
        ] {
            assert_eq!(curve.within(minutes), expected, "{minutes}");
        }
    }

    #[test]
    fn how_long_until_so_much_is_there() {
        use Counting::{Own, WithAgreements};
        let curve = curve();
        for (quantity, counting, expected) in [
            (0, Own, Some(0)),
            (1, Own, Some(45)),
            (100, Own, Some(45)),
            (101, Own, Some(90)),
            (155, WithAgreements, Some(90)),
            (156, Own, None),
            (156, WithAgreements, Some(240)),
            (655, WithAgreements, Some(240)),
            (656, WithAgreements, None),
        ] {
            assert_eq!(curve.time_for(quantity, counting), expected, "{quantity}");
        }
        let curves = BTreeMap::from([(item(1), curve)]);
        for (needs, counting, expected) in [
            (vec![], Own, Some(0)),
            (vec![(item(1), 100)], Own, Some(45)),
            (vec![(item(1), 100), (item(1), 50)], Own, Some(90)),
            (vec![(item(1), 100), (item(2), 1)], WithAgreements, None),
            (
                vec![(item(1), 200), (item(2), 0)],
                WithAgreements,
                Some(240),
            ),
        ] {
            assert_eq!(everything(&needs, &curves, counting), expected, "{needs:?}");
        }
    }

    #[test]
    fn what_would_arrive_out_of_date_stays() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let now = day("2026-11-26").and_hms_opt(22, 0, 0).unwrap();
        let holding = |ready_min| {
            let lots = vec![
                (None, 10),
                (Some(day("2026-11-26")), 4),
                (Some(day("2026-11-27")), 2),
            ];
            Holding {
                kept: 3,
                ..Holding::now(depot(1), item(1), lots, ready_min)
            }
        };
        let check = |minutes, ready_min, expected: Option<(u32, i64)>| {
            let holding = holding(ready_min);
            let curves = curves([&holding], |_| minutes, now);
            let step = curves.get(&item(1)).and_then(|curve| curve.own().first());
            assert_eq!(step.map(|step| (step.at_min, step.total)), expected);
        };
        check(Some(119), 0, Some((119, 13)));
        check(Some(100), 20, Some((120, 9)));
        check(Some(26 * 60), 0, Some((26 * 60, 7)));
        check(None, 0, None);
        check(Some(u32::MAX), u32::MAX, Some((u32::MAX, 7)));
        assert_eq!(
            Holding {
                kept: 99,
                ..holding(0)
            }
            .free_on(day("2026-11-26")),
            0
        );
    }

    #[test]
    fn what_is_on_its_way_to_a_depot_comes_when_it_has_been_there() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let now = day("2026-11-26").and_hms_opt(8, 0, 0).unwrap();
        // Ten on the shelf, and 5 and 20 that are due; the first of the latter keep only today.
        let holding = |kept| Holding {
            kept,
            ready: vec![
                Ready {
                    at_min: 300,
                    lots: vec![(None, 20)],
                },
                Ready {
                    at_min: 120,
                    lots: vec![(Some(day("2026-11-26")), 5)],
                },
                Ready {
                    at_min: 0,
                    lots: vec![(None, 10)],
                },
            ],
            ..Holding::now(depot(1), item(1), vec![], 0)
        };
        let steps = |kept, minutes| {
            let holding = holding(kept);
            let curves = curves([&holding], |_| Some(minutes), now);
            let own = curves[&item(1)].own().iter();
            own.map(|step| (step.at_min, step.added))
                .collect::<Vec<_>>()
        };
        assert_eq!(steps(0, 60), [(60, 10), (180, 5), (360, 20)]);
        // A floor is kept of what is there first, and then of what comes.
        assert_eq!(steps(4, 60), [(60, 6), (180, 5), (360, 20)]);
        assert_eq!(steps(12, 60), [(180, 3), (360, 20)]);
        assert_eq!(steps(99, 60), []);
        // Out of date on arrival, and no floor is met with it.
        assert_eq!(steps(12, 1_000), [(1_300, 18)]);
    }

    fn any_arrivals() -> impl Strategy<Value = Vec<Arrival>> {
        let one = (0_u32..500, 0_u128..6, any::<bool>(), 0_i64..1_000);
        let one = one.prop_map(|(at_min, number, own, quantity)| {
            let origin = if own {
                depot(number)
            } else {
                agreement(number)
            };
            arrival(at_min, origin, quantity)
        });
        proptest::collection::vec(one, 0..30)
    }

    proptest! {
        #[test]
        fn a_curve_rises_to_the_sum_of_its_steps_in_any_order(
            (arrivals, shuffled) in any_arrivals()
                .prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        ) {
            let curve = Curve::of(arrivals.clone());
            prop_assert_eq!(&curve, &Curve::of(shuffled));
            for (steps, is_own) in [(curve.own(), true), (curve.agreement(), false)] {
                let of_side = arrivals.iter().filter(|arrival| {
                    matches!(arrival.origin, Origin::Depot(_)) == is_own
                });
                let all: i64 = of_side.map(|arrival| arrival.quantity).sum();
                prop_assert_eq!(steps.last().map_or(0, |step| step.total), all);
                prop_assert_eq!(steps.iter().map(|step| step.added).sum::<i64>(), all);
                for step in steps {
                    prop_assert!(step.added > 0);
                    let from: i64 = step.from.iter().map(|(_, quantity)| quantity).sum();
                    prop_assert_eq!(from, step.added);
                }
                for pair in steps.windows(2) {
                    prop_assert!(pair[0].at_min < pair[1].at_min);
                    prop_assert_eq!(pair[0].total + pair[1].added, pair[1].total);
                }
            }
            for minutes in (0..520).step_by(40) {
                let (own, promised) = curve.within(minutes);
                let (later, promised_later) = curve.within(minutes + 40);
                prop_assert!(own <= later && promised <= promised_later);
            }
        }

        #[test]
        fn what_is_there_in_time_is_enough_and_a_minute_before_it_was_not(
            arrivals in any_arrivals(),
            quantity in 1_i64..8_000,
        ) {
            let curve = Curve::of(arrivals);
            for counting in [Counting::Own, Counting::WithAgreements] {
                let there = |minutes| {
                    let (own, promised) = curve.within(minutes);
                    own + if counting == Counting::Own { 0 } else { promised }
                };
                match curve.time_for(quantity, counting) {
                    None => prop_assert!(there(u32::MAX) < quantity),
                    Some(minutes) => {
                        prop_assert!(there(minutes) >= quantity);
                        prop_assert!(minutes == 0 || there(minutes - 1) < quantity);
                    }
                }
            }
        }
    }
}
