//! Prices on what all items share.
//!
//! **Invariant.** At any prices each item answers for itself, and what all answers cost together,
//! less what the shared is worth at these prices, is a bound: no plan that takes no more than there
//! is can undercut it. Prices are searched for with rounded figures; the bound is computed from whole
//! numbers, and where something had to be rounded, it was rounded down.
//!
//! What an earlier yardstick came to is shared like the rest: no plan as good takes more of it. So a
//! bound by a later one holds for all plans that are as good before.
//!
//! Method: Lagrangean relaxation with steps along a smoothed subgradient towards the best plan known
//! (B. T. Polyak, *Minimization of unsmooth functionals*, 1969; F. Barahona, R. Anbil, *The volume
//! algorithm*, 2000).

use std::sync::{Mutex, PoisonError};

use super::tariff::{COST_MAX, Tariff};
use crate::{
    dispatch::planner::{
        measure::Yardstick,
        network::{ItemNetwork, Meaning},
        scene::{Item, Scene},
        share::Share,
    },
    kernel::cores,
};

/// In how many parts a unit of cost is cut.
const PARTS: i64 = 1 << 10;
/// How many rounds without a better bound are borne before steps get shorter.
const PATIENCE: usize = 3;
/// How much of the last direction stays in the next.
const MOMENTUM: f64 = 0.4;
const STEP_MIN: f64 = 1e-3;

/// Every item by itself, able to take what all share as if it were alone.
pub(super) struct Relaxed<'a> {
    scene: &'a Scene<'a>,
    nets: Vec<(usize, Mutex<ItemNetwork<'a>>)>,
}

/// What is shared.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shared {
    Pool(usize),
    /// What a yardstick came to.
    Reached(Yardstick, i128),
}

/// A search for the prices that prove most.
pub(super) struct Search<'r, 'a> {
    relaxed: &'r Relaxed<'a>,
    /// What is to be small.
    aim: Vec<(Yardstick, i64)>,
    shared: Vec<Shared>,
    /// What all of each shared thing costs.
    pub(super) prices: Vec<f64>,
    /// What is proven, in parts.
    proven: i128,
}

/// What items do at some prices.
struct Answers {
    bound: i128,
    /// How much is taken of each shared thing, where 1 is all of it.
    taken: Vec<f64>,
}

/// Prices in whole numbers.
pub(super) struct Costs<'a> {
    scene: &'a Scene<'a>,
    tariff: Tariff,
    /// What all of each pool costs.
    pools: Vec<i64>,
}

impl<'a> Relaxed<'a> {
    pub(super) fn new(scene: &'a Scene<'a>, items: &'a [Item]) -> Self {
        let numbers: Vec<usize> = (0..items.len()).collect();
        let nets = cores::map(&numbers, |&number| {
            let net = ItemNetwork::new(scene, &items[number], true)?;
            Some((number, Mutex::new(net)))
        });
        Self {
            scene,
            nets: nets.into_iter().flatten().collect(),
        }
    }

    /// What each item would have at the prices.
    pub(super) fn shares(&self, costs: &Costs<'_>) -> Vec<(usize, Vec<Share>)> {
        cores::map(&self.nets, |(item, net)| {
            let mut net = net.lock().unwrap_or_else(PoisonError::into_inner);
            costs.answer(*item, &mut net);
            (*item, net.shares())
        })
    }

    fn arcs(&self) -> usize {
        let lock = |net: &Mutex<ItemNetwork<'_>>| {
            net.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .arcs
                .len()
        };
        self.nets.iter().map(|(_, net)| lock(net)).sum()
    }
}

impl Costs<'_> {
    /// Moves an item to what is best for it at these prices.
    pub(super) fn answer(&self, item: usize, net: &mut ItemNetwork<'_>) {
        let depots = 0..self.scene.depots.len();
        let tolls: Vec<i64> = depots.map(|depot| self.toll(item, depot)).collect();
        net.respond(|meaning| {
            let toll = match *meaning {
                Meaning::Send { depot, .. } => tolls[depot],
                _ => 0,
            };
            self.tariff.cost(meaning).saturating_add(toll)
        });
    }

    fn toll(&self, item: usize, depot: usize) -> i64 {
        let room = &self.scene.room;
        let taken = room.taken(item, depot);
        let tolls = taken.map(|(pool, one)| {
            let total = i128::from(room.pools[pool].total.max(1));
            let toll = i128::from(self.pools[pool]) * i128::from(one) / total;
            i64::try_from(toll).unwrap_or(i64::MAX)
        });
        tolls.fold(0, i64::saturating_add).min(COST_MAX)
    }
}

impl<'r, 'a> Search<'r, 'a> {
    /// Starts at the prices given for what is shared; what is not named costs nothing yet.
    pub(super) fn new(
        relaxed: &'r Relaxed<'a>,
        aim: Vec<(Yardstick, i64)>,
        shared: Vec<Shared>,
        prices: Vec<f64>,
    ) -> Self {
        Self {
            relaxed,
            aim,
            shared,
            prices,
            proven: 0,
        }
    }

    /// What nothing can undercut.
    pub(super) fn proven(&self) -> i128 {
        // Values are whole, so what is above one is at the next.
        self.proven.div_euclid(PARTS.into()) + i128::from(self.proven.rem_euclid(PARTS.into()) > 0)
    }

    /// Looks for better prices, in so many rounds at most, if the best plan known costs so much.
    pub(super) fn run(&mut self, rounds: usize, known: i128) {
        let target = known.saturating_mul(PARTS.into());
        let (mut step, mut stale) = (1.0, 0);
        let mut prices = self.prices.clone();
        let mut direction = vec![0.0; prices.len()];
        for _ in 0..rounds {
            let answers = self.answers(&prices);
            if answers.bound > self.proven || self.proven == 0 {
                (self.proven, stale) = (answers.bound, 0);
                self.prices.clone_from(&prices);
            } else {
                stale += 1;
            }
            if self.proven > target - i128::from(PARTS) || step < STEP_MIN {
                return;
            }
            if stale > PATIENCE {
                (step, stale) = (step / 2.0, 0);
                prices.clone_from(&self.prices);
                direction.fill(0.0);
            }
            for (at, old) in direction.iter_mut().enumerate() {
                let excess = answers.taken[at] - 1.0;
                let is_idle = prices[at] <= 0.0 && excess < 0.0;
                *old = if is_idle {
                    0.0
                } else {
                    MOMENTUM * *old + excess
                };
            }
            let length: f64 = direction.iter().map(|part| part * part).sum();
            if length < 1e-12 {
                return;
            }
            let far = step * (1.0 - MOMENTUM) * (target - answers.bound).max(1) as f64 / length;
            for (price, part) in prices.iter_mut().zip(&direction) {
                *price = (*price + far * part).max(0.0);
            }
        }
    }

    pub(super) fn costs(&self, prices: &[f64]) -> Costs<'a> {
        let scene = self.relaxed.scene;
        let mut costs = Costs {
            scene,
            tariff: Tariff::default(),
            pools: vec![0; scene.room.pools.len()],
        };
        for &(yardstick, weight) in &self.aim {
            costs.tariff.add(yardstick, weight.saturating_mul(PARTS));
        }
        for (shared, price) in self.shared.iter().zip(prices) {
            match *shared {
                Shared::Pool(pool) => costs.pools[pool] = whole(*price),
                Shared::Reached(yardstick, reached) => {
                    costs.tariff.add(yardstick, whole(price / reached as f64));
                }
            }
        }
        costs
    }

    fn answers(&self, prices: &[f64]) -> Answers {
        let costs = self.costs(prices);
        let reached: Vec<Tariff> = (self.shared.iter())
            .map(|shared| match shared {
                Shared::Pool(_) => Tariff::default(),
                Shared::Reached(yardstick, _) => Tariff::of(*yardstick),
            })
            .collect();
        let of_items = cores::map(&self.relaxed.nets, |(item, net)| {
            let mut net = net.lock().unwrap_or_else(PoisonError::into_inner);
            costs.answer(*item, &mut net);
            self.taken_by(*item, &net, &costs, &reached)
        });
        let mut taken = vec![0_i128; self.shared.len()];
        let mut bound = 0;
        for (cost, of_item) in of_items {
            bound += cost;
            for (sum, one) in taken.iter_mut().zip(of_item) {
                *sum += one;
            }
        }
        let shares = self.shared.iter().zip(&taken).zip(prices);
        let shares = shares.map(|((shared, &taken), price)| match *shared {
            Shared::Pool(pool) => {
                bound -= i128::from(costs.pools[pool]);
                taken as f64 / self.relaxed.scene.room.pools[pool].total.max(1) as f64
            }
            Shared::Reached(_, reached) => {
                bound -= i128::from(whole(price / reached as f64)) * reached;
                taken as f64 / reached as f64
            }
        });
        let taken = shares.collect();
        Answers { bound, taken }
    }

    /// What an item's answer costs, and what it takes of all that is shared.
    fn taken_by(
        &self,
        item: usize,
        net: &ItemNetwork<'_>,
        costs: &Costs<'_>,
        reached: &[Tariff],
    ) -> (i128, Vec<i128>) {
        let scene = self.relaxed.scene;
        let mut of_pools = vec![0_i128; scene.room.pools.len()];
        let mut of_depots = vec![0_i128; scene.depots.len()];
        let mut taken = vec![0_i128; self.shared.len()];
        let mut cost = 0;
        for (meaning, units) in net.flows() {
            let units = i128::from(units);
            cost += units * i128::from(costs.tariff.cost(meaning));
            if let Meaning::Send { depot, .. } = *meaning {
                of_depots[depot] += units;
            }
            for (sum, tariff) in taken.iter_mut().zip(reached) {
                *sum += units * i128::from(tariff.cost(meaning));
            }
        }
        for (depot, &units) in of_depots
            .iter()
            .enumerate()
            .filter(|(_, units)| **units > 0)
        {
            cost += units * i128::from(costs.toll(item, depot));
            for (pool, one) in scene.room.taken(item, depot) {
                of_pools[pool] += units * i128::from(one);
            }
        }
        for (sum, shared) in taken.iter_mut().zip(&self.shared) {
            if let Shared::Pool(pool) = *shared {
                *sum = of_pools[pool];
            }
        }
        (cost, taken)
    }

    /// How many rounds a fixed amount of work is: of work and not of time, so that the same input has
    /// the same answer on every machine.
    pub(super) fn rounds(&self, work: usize) -> usize {
        (work / self.relaxed.arcs().max(1)).clamp(4, 60)
    }
}

/// Rounded down, and no more than can be counted with.
fn whole(price: f64) -> i64 {
    const MOST: f64 = (1_i64 << 50) as f64;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "clamped to what a whole number holds; rounding down is meant"
    )]
    let whole = price.clamp(0.0, MOST) as i64;
    whole
}
