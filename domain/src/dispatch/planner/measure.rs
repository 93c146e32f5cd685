//! How good a plan is, yardstick by yardstick.
//!
//! **Invariant.** Values are counted from what is given to whom and not taken from the solver, the
//! same way for every method, and yardsticks stand in the order in which they decide: what is better
//! by an earlier one is better.

use std::collections::BTreeMap;

use super::{
    network::{TENTHS, tenth},
    scene::Scene,
    share::Share,
};
use crate::{dispatch::Tier, incidents::Priority};

/// What a plan is judged by, in the order in which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Yardstick {
    /// Units that needs of a class miss.
    Missing(Priority),
    /// Units that something else stands for than what was wanted.
    Substituted,
    /// Of what is missing, units below guaranteed minima.
    BelowMinimum(Priority),
    /// How unevenly needs of a class for the same item are served: each missing unit counts as many
    /// times as tenths of its need are missing down to it, so ten first tenths missing weigh less
    /// than one whole need.
    Uneven(Priority),
    /// Units asked from the nation: the highest level is asked for as little as possible.
    AskedNation,
    /// Units asked from other provinces of the block.
    AskedBlock,
    /// Units asked from the province.
    AskedProvince,
    /// Units asked from the city.
    AskedCity,
    /// Unit-minutes by which goods come after they are needed.
    Late,
    /// Units of standing orders that are not sent from where to where they say.
    Changed,
    /// Unit-minutes on the road.
    Travel,
    /// Pairs of a depot and a site between which anything goes.
    Loads,
    /// Unit-days for which the goods that leave would still be good.
    Freshness,
    /// Unit-metres on the road; it only decides between plans that are equal otherwise.
    Distance,
}

/// A yardstick, what the plan comes to by it, and what no plan can undercut that is as good by the
/// yardsticks before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measure {
    /// By what.
    pub yardstick: Yardstick,
    /// How much: the less, the better.
    pub value: i128,
    /// The proven bound, if there is one.
    pub bound: Option<i128>,
}

impl Yardstick {
    /// Units asked from a level; the own county is not asked.
    pub(super) const fn asked(tier: Tier) -> Option<Self> {
        match tier {
            Tier::County => None,
            Tier::City => Some(Self::AskedCity),
            Tier::Province => Some(Self::AskedProvince),
            Tier::Block => Some(Self::AskedBlock),
            Tier::Nation => Some(Self::AskedNation),
        }
    }

    /// The class that it concerns, if it concerns one.
    #[must_use]
    pub const fn class(self) -> Option<Priority> {
        match self {
            Self::Missing(class) | Self::BelowMinimum(class) | Self::Uneven(class) => Some(class),
            _ => None,
        }
    }

    /// Its name on the wire; those of a class share one.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing(_) => "missing",
            Self::Substituted => "substituted",
            Self::BelowMinimum(_) => "below_minimum",
            Self::Uneven(_) => "uneven",
            Self::AskedNation => "asked_nation",
            Self::AskedBlock => "asked_block",
            Self::AskedProvince => "asked_province",
            Self::AskedCity => "asked_city",
            Self::Late => "late",
            Self::Changed => "changed",
            Self::Travel => "travel",
            Self::Loads => "loads",
            Self::Freshness => "freshness",
            Self::Distance => "distance",
        }
    }
}

impl Measure {
    /// Whether nothing better is possible.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.bound == Some(self.value)
    }
}

/// What a plan comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Values(BTreeMap<Yardstick, i128>);

impl Values {
    /// Counts what is given to whom. Only the freshness needs the lots.
    pub(super) fn of(scene: &Scene<'_>, shares: &[Share]) -> Self {
        let mut values = Self::default();
        let mut got = vec![0_i64; scene.needs.len()];
        let mut loads: Vec<(usize, usize)> = Vec::with_capacity(shares.len());
        let mut kept = 0;
        for share in shares {
            let could = scene.standing.could(share.need, share.depot);
            kept += i128::from(share.units.min(could));
            got[share.need] += share.units;
            loads.push((scene.site_number(share.need), share.depot));
            values.add_way(scene, share);
        }
        loads.sort_unstable();
        loads.dedup();
        values.add(Yardstick::Loads, loads.len() as i128);
        if !scene.standing.is_empty() {
            values.add(Yardstick::Changed, scene.standing.said_in_all() - kept);
        }
        let answered = scene.answered(&got);
        for need in scene.wholes() {
            values.add_missing(scene, need, answered.in_all[need]);
        }
        if scene.has_parts() {
            let units = answered.stands_for.iter().map(|units| i128::from(*units));
            values.add(Yardstick::Substituted, units.sum());
        }
        values
    }

    /// How fresh the goods are that leave the shelves of a scene whose goods are given.
    pub(super) fn add_freshness(&mut self, scene: &Scene<'_>) {
        let shelves = scene.items.iter().flat_map(|item| &item.shelves);
        for row in shelves.flat_map(|shelf| &shelf.rows) {
            let units = i128::from(row.at_first - row.left);
            if units > 0 {
                let days = row.days_left(scene.input.departs_at);
                self.add(Yardstick::Freshness, units * i128::from(days));
            }
        }
    }

    /// The values of the yardsticks that say who misses what.
    pub(super) fn of_classes(&self) -> impl Iterator<Item = (Yardstick, i128)> {
        let all = self.0.iter().map(|(&yardstick, &value)| (yardstick, value));
        all.filter(|(yardstick, _)| yardstick.class().is_some())
    }

    pub(super) fn get(&self, yardstick: Yardstick) -> i128 {
        self.0.get(&yardstick).copied().unwrap_or(0)
    }

    /// All by which it was counted, in order.
    pub(super) fn yardsticks(&self) -> impl Iterator<Item = Yardstick> {
        self.0.keys().copied()
    }

    /// Whether a plan is better than another by one of the yardsticks up to `last`.
    pub(super) fn better_than(&self, other: &Self, last: Yardstick) -> bool {
        let up_to = self
            .0
            .keys()
            .chain(other.0.keys())
            .filter(|it| **it <= last);
        let mut yardsticks: Vec<Yardstick> = up_to.copied().collect();
        yardsticks.sort_unstable();
        yardsticks
            .into_iter()
            .find(|it| self.get(*it) != other.get(*it))
            .is_some_and(|it| self.get(it) < other.get(it))
    }

    /// Every yardstick with its value and what is proven of it.
    pub(super) fn measures(&self, bounds: &BTreeMap<Yardstick, i128>) -> Vec<Measure> {
        let measure = |(&yardstick, &value)| Measure {
            yardstick,
            value,
            bound: bounds.get(&yardstick).copied(),
        };
        self.0.iter().map(measure).collect()
    }

    fn add(&mut self, yardstick: Yardstick, value: i128) {
        *self.0.entry(yardstick).or_default() += value;
    }

    fn add_way(&mut self, scene: &Scene<'_>, share: &Share) {
        let way = scene.way(share.need, share.depot);
        if way.leg.is_none() {
            return;
        }
        let units = i128::from(share.units);
        let asked = Yardstick::asked(way.tier);
        if let Some(asked) = asked.filter(|_| scene.input.policy.respect_level_rule) {
            self.add(asked, units);
        }
        let late = scene.late_min(share.need, way.time_min);
        self.add(Yardstick::Late, units * i128::from(late));
        self.add(Yardstick::Travel, units * i128::from(way.time_min));
        self.add(Yardstick::Distance, units * i128::from(way.distance_m));
    }

    fn add_missing(&mut self, scene: &Scene<'_>, number: usize, answered: i64) {
        let need = scene.needs[number];
        let (class, wanted) = (need.priority, need.quantity.get());
        let missing = i128::from(wanted - answered);
        self.add(Yardstick::Missing(class), missing);
        if let Some(minimum) = need.minimum {
            let below = minimum.get().min(wanted) - answered;
            self.add(Yardstick::BelowMinimum(class), i128::from(below.max(0)));
        }
        if scene.input.policy.fair && scene.shares_its_class(number) {
            let uneven: i128 = (1..=TENTHS)
                .map(|part| {
                    let (from, to) = (tenth(wanted, part - 1, TENTHS), tenth(wanted, part, TENTHS));
                    let missing = to - from.max(answered).min(to);
                    i128::from(missing) * i128::from(TENTHS + 1 - part)
                })
                .sum();
            self.add(Yardstick::Uneven(class), uneven);
        }
    }
}
