//! The best answer found where items share what depots can hand out and vehicles can carry, and what
//! is proven of it.
//!
//! **Invariant.** No pool gives more than it has, and no plan is worse than those that were known
//! before. Every bound is one for all plans that keep to the pools and are as good by the yardsticks
//! before; where nothing is proven, nothing is said.
//!
//! Prices on what is shared (`prices`) lead each item to leave to others what they need more; what
//! they come to take together is made to fit (`repair`), and each item is then solved again with what
//! the others leave it, by all yardsticks in their order. How the prices weigh yardsticks against each
//! other is only a guide, so they are weighed and not strictly ordered there.

mod prices;
mod repair;
mod tariff;

use std::collections::BTreeMap;

use self::{
    prices::{Relaxed, Search, Shared},
    repair::{ByItem, by_item, fill, kept_to, limited, polish},
};
use super::{
    measure::{Values, Yardstick},
    optimum,
    scene::{Item, Scene},
    share::Share,
};
use crate::{dispatch::Tier, kernel::cores};

/// How many arcs may be looked at in all to find a plan, and for each bound.
const WORK_MAX: usize = 20_000_000;
/// How often prices are made a plan of.
const PASSES: usize = 3;

/// A plan and what it comes to.
#[derive(Clone)]
struct Plan {
    shares: Vec<Share>,
    values: Values,
}

/// Starts from plans that are known, and from none, and says what is proven of the one that is found.
pub(super) fn solve(
    scene: &Scene<'_>,
    known: Vec<Vec<Share>>,
) -> (Vec<Share>, BTreeMap<Yardstick, i128>) {
    let numbers: Vec<usize> = (0..scene.items.len()).collect();
    let items: Vec<Item> = cores::map(&numbers, |&item| limited(scene, item, &scene.room));
    let relaxed = Relaxed::new(scene, &items);
    let mut best = Plan::of(scene, Vec::new()).polished(scene);
    for shares in known {
        let known = Plan::of(scene, shares);
        let polished = known.polished(scene);
        best = known.better(polished).better(best);
    }
    let pools = 0..scene.room.pools.len();
    let pools: Vec<Shared> = pools.map(Shared::Pool).collect();
    let aim = compromise(scene, &best.values);
    let start = vec![0.0; pools.len()];
    let mut search = Search::new(&relaxed, aim.clone(), pools, start);
    for pass in 0..PASSES {
        let cost = aim
            .iter()
            .map(|&(it, weight)| best.values.get(it) * i128::from(weight));
        // What the first search found the others only make finer.
        let rounds = search.rounds(WORK_MAX) / if pass == 0 { 1 } else { PASSES };
        search.run(rounds, cost.sum());
        let filled = fill(scene, &relaxed, &search.costs(&search.prices));
        let filled = Plan::of(scene, filled.concat());
        best = best.better(filled.polished(scene));
    }
    let best = pursued(scene, &relaxed, best, &aim, &search.prices).joined(scene);
    let bounds = bounds(&relaxed, &best.values, &aim, &search.prices);
    (best.shares, bounds)
}

/// A plan that misses less, if the search for what must be missing leads to one: the compromise has
/// other things in mind too.
fn pursued(
    scene: &Scene<'_>,
    relaxed: &Relaxed<'_>,
    best: Plan,
    aim: &[(Yardstick, i64)],
    prices: &[f64],
) -> Plan {
    let mut best = best;
    for (place, &own) in aim.iter().enumerate() {
        if !matches!(own.0, Yardstick::Missing(_)) || best.values.get(own.0) == 0 {
            continue;
        }
        let search = search(relaxed, &best.values, &aim[..place], own, prices);
        if search.proven() < best.values.get(own.0) {
            let filled = fill(scene, relaxed, &search.costs(&search.prices));
            let filled = Plan::of(scene, filled.concat()).polished(scene);
            best = best.better(filled.polished(scene));
        }
    }
    best
}

impl Plan {
    fn of(scene: &Scene<'_>, mut shares: Vec<Share>) -> Self {
        shares.sort_unstable();
        let values = Values::of(scene, &shares);
        Self { shares, values }
    }

    /// The first unless the other is better.
    fn better(self, other: Self) -> Self {
        if other.values.better_than(&self.values, Yardstick::Loads) {
            other
        } else {
            self
        }
    }

    /// The better of two plans in which each item tried again.
    fn polished(&self, scene: &Scene<'_>) -> Self {
        let shares: ByItem = by_item(scene, &self.shares);
        let polished = cores::map(&[true, false], |&smallest_first| {
            let mut shares = shares.clone();
            polish(scene, &mut shares, smallest_first);
            Self::of(scene, shares.concat())
        });
        let of_both = polished.into_iter().reduce(Self::better);
        of_both.unwrap_or_else(|| self.clone())
    }

    /// With fewer loads, if that goes without taking more from anywhere.
    fn joined(self, scene: &Scene<'_>) -> Self {
        let by_item = by_item(scene, &self.shares);
        let numbers: Vec<usize> = (0..by_item.len()).collect();
        let items = cores::map(&numbers, |&item| kept_to(scene, item, &by_item[item]));
        let joined = optimum::solve(scene, &items).shares;
        self.better(Self::of(scene, joined))
    }
}

/// The yardsticks for which prices are searched, those by which the plan came to nothing included.
fn priced(scene: &Scene<'_>, values: &Values) -> Vec<Yardstick> {
    let asked = Tier::ALL.iter().filter_map(|tier| Yardstick::asked(*tier));
    let asked = asked.filter(|_| scene.input.policy.respect_level_rule);
    let mut priced: Vec<Yardstick> = values.yardsticks().chain(asked).collect();
    let has_price = |it: Yardstick| !matches!(it, Yardstick::Changed | Yardstick::Substituted);
    priced.retain(|it| *it < Yardstick::Loads && has_price(*it));
    priced.sort_unstable();
    priced.dedup();
    priced
}

/// What a unit of each yardstick weighs against a minute on the road.
fn compromise(scene: &Scene<'_>, values: &Values) -> Vec<(Yardstick, i64)> {
    let weight = |yardstick: Yardstick| {
        let class = yardstick.class().map_or(0, |class| u32::from(class.get()));
        let missing = 320_000 >> (2 * class);
        match yardstick {
            Yardstick::Missing(_) => missing,
            Yardstick::BelowMinimum(_) => missing / 2,
            Yardstick::Uneven(_) => missing / 100,
            Yardstick::AskedNation => 2_000,
            Yardstick::AskedBlock => 1_000,
            Yardstick::AskedProvince => 500,
            Yardstick::AskedCity => 200,
            Yardstick::Late => 4,
            _ => 1,
        }
    };
    let priced = priced(scene, values).into_iter();
    priced.map(|it| (it, weight(it))).collect()
}

/// What no plan can undercut that is as good by the yardsticks before.
fn bounds(
    relaxed: &Relaxed<'_>,
    values: &Values,
    aim: &[(Yardstick, i64)],
    prices: &[f64],
) -> BTreeMap<Yardstick, i128> {
    let mut bounds = BTreeMap::new();
    for (place, &own) in aim.iter().enumerate() {
        let proven = if values.get(own.0) == 0 {
            0
        } else {
            let search = search(relaxed, values, &aim[..place], own, prices);
            search.proven().max(0)
        };
        bounds.insert(own.0, proven);
    }
    bounds
}

/// The search for what no plan can undercut by a yardstick.
fn search<'r, 'a>(
    relaxed: &'r Relaxed<'a>,
    values: &Values,
    before: &[(Yardstick, i64)],
    own: (Yardstick, i64),
    prices: &[f64],
) -> Search<'r, 'a> {
    let pools = (0..prices.len()).map(Shared::Pool);
    let mut shared: Vec<Shared> = pools.collect();
    let per_own = 1_024.0 / own.1 as f64;
    let mut start: Vec<f64> = prices
        .iter()
        .map(|price| price * per_own / 1_024.0)
        .collect();
    let mut aim = vec![(own.0, 1)];
    for &(yardstick, weight) in before {
        let reached = values.get(yardstick);
        if reached == 0 {
            // Nobody as good has any of it, whatever it costs.
            aim.push((yardstick, 16 * (weight / own.1).max(1)));
        } else {
            shared.push(Shared::Reached(yardstick, reached));
            start.push(weight as f64 * per_own * reached as f64);
        }
    }
    let mut search = Search::new(relaxed, aim, shared, start);
    search.run(search.rounds(WORK_MAX), values.get(own.0));
    search
}
