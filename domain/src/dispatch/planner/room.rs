//! What all items share: what a depot's people can hand out in the hours of the plan, and what the
//! vehicles can carry.
//!
//! **Invariant.** A pool is what may leave together, by volume or by weight; what leaves a depot
//! takes from each pool of the depot. An item of which nobody knows how much it takes, takes nothing
//! and is [`Room::unmeasured`]. Where nothing is said, there are no pools and nothing is joined.

use super::{Obstacle, PlanInput, Size, Source, Vehicles, share::Share};
use crate::kernel::{Id, kinds};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dimension {
    Volume,
    Weight,
}

/// What may leave together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pool {
    /// What stands in the way once it is empty.
    obstacle: Obstacle,
    dimension: Dimension,
    /// Whether several depots take from it.
    is_shared: bool,
    pub(super) total: i64,
    left: i64,
}

/// All pools, and how much items take of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Room {
    pub(super) pools: Vec<Pool>,
    /// From which pools each depot takes.
    of_depot: Vec<Vec<usize>>,
    sizes: Vec<Size>,
    /// Items of which it is not known how much they take of some pool.
    pub(super) unmeasured: Vec<Id<kinds::Item>>,
}

impl Room {
    pub(super) fn of(input: &PlanInput, depots: &[&Source], items: &[Id<kinds::Item>]) -> Self {
        let known = |item| input.sizes.get(item).copied().unwrap_or_default();
        let mut room = Self {
            of_depot: vec![Vec::new(); depots.len()],
            sizes: items.iter().map(known).collect(),
            ..Self::default()
        };
        for (depot, source) in depots.iter().enumerate() {
            room.add_handling(input, depot, source.depot);
        }
        let mut without_own: Vec<usize> = Vec::new();
        for (depot, source) in depots.iter().enumerate() {
            let of_depot = |it: &&Vehicles| it.depot == Some(source.depot);
            let own: Vec<&Vehicles> = input.policy.vehicles.iter().filter(of_depot).collect();
            if own.is_empty() {
                without_own.push(depot);
            }
            room.add_vehicles(&own, &[depot]);
        }
        let vehicles = input.policy.vehicles.iter();
        let common: Vec<&Vehicles> = vehicles.filter(|it| it.depot.is_none()).collect();
        room.add_vehicles(&common, &without_own);
        let is_unmeasured = |item: &usize| {
            let mut pools = room.pools.iter();
            pools.any(|pool| pool.of(room.sizes[*item]).is_none())
        };
        let unmeasured = (0..items.len()).filter(is_unmeasured);
        room.unmeasured = unmeasured.map(|item| items[item]).collect();
        room
    }

    /// Of two entries for one depot the smaller capacity counts.
    fn add_handling(&mut self, input: &PlanInput, depot: usize, id: Id<kinds::Depot>) {
        let entries = input.sources.iter().filter(|source| source.depot == id);
        let per_hour = entries.filter_map(|source| source.handling_ml_per_h).min();
        if let (Some(per_hour), Some(hours)) = (per_hour, input.policy.horizon_h) {
            let total = per_hour.saturating_mul(i64::from(hours));
            let pool = Pool::new(Obstacle::HandlingCapacity, Dimension::Volume, total);
            self.add(pool, &[depot]);
        }
    }

    /// By what every vehicle is limited by: of one that takes any volume nobody counts the volume.
    fn add_vehicles(&mut self, vehicles: &[&Vehicles], depots: &[usize]) {
        if vehicles.is_empty() || depots.is_empty() {
            return;
        }
        for dimension in [Dimension::Volume, Dimension::Weight] {
            let of_one = |it: &&Vehicles| match dimension {
                Dimension::Volume => it.volume_ml,
                Dimension::Weight => it.payload_g,
            };
            let of_kind = |it: &&Vehicles| {
                let times = i64::from(it.count).saturating_mul(i64::from(it.trips));
                of_one(it).map(|one| one.saturating_mul(times))
            };
            let all: Option<Vec<i64>> = vehicles.iter().map(of_kind).collect();
            if let Some(all) = all {
                let total = all.into_iter().fold(0, i64::saturating_add);
                self.add(Pool::new(Obstacle::Vehicles, dimension, total), depots);
            }
        }
    }

    fn add(&mut self, pool: Pool, depots: &[usize]) {
        for &depot in depots {
            self.of_depot[depot].push(self.pools.len());
        }
        let is_shared = depots.len() > 1;
        self.pools.push(Pool { is_shared, ..pool });
    }

    /// Whether nothing is said, so that nothing joins the items.
    pub(super) fn is_endless(&self) -> bool {
        self.pools.is_empty()
    }

    /// What one unit of an item takes by volume and by weight.
    pub(super) fn size(&self, item: usize) -> (i64, i64) {
        let Size {
            volume_ml,
            weight_g,
        } = self.sizes[item];
        (volume_ml.unwrap_or(0), weight_g.unwrap_or(0))
    }

    /// Which pools one unit of an item from a depot takes from, and how much.
    pub(super) fn taken(&self, item: usize, depot: usize) -> impl Iterator<Item = (usize, i64)> {
        let pools = self.of_depot[depot].iter();
        pools.filter_map(move |&pool| {
            let one = self.pools[pool].of(self.sizes[item])?;
            (one > 0).then_some((pool, one))
        })
    }

    /// How much more of an item may leave a depot.
    pub(super) fn units(&self, item: usize, depot: usize) -> i64 {
        let fits = |(pool, one): (usize, i64)| self.pools[pool].left / one;
        self.taken(item, depot).map(fits).min().unwrap_or(i64::MAX)
    }

    /// How much more of it may go by what several depots share, and whether the depot is one of them.
    pub(super) fn shared(&self, item: usize, depot: usize) -> Option<i64> {
        let shared = self.taken(item, depot);
        let shared = shared.filter(|&(pool, _)| self.pools[pool].is_shared);
        shared.map(|(pool, one)| self.pools[pool].left / one).min()
    }

    /// Takes what is given.
    pub(super) fn take(&mut self, item: usize, depot: usize, units: i64) {
        let taken: Vec<(usize, i64)> = self.taken(item, depot).collect();
        for (pool, one) in taken {
            let left = &mut self.pools[pool].left;
            *left = left.saturating_sub(one.saturating_mul(units));
        }
    }

    /// Takes shares, or gives them back.
    pub(super) fn take_all<'a>(
        &mut self,
        item: usize,
        shares: impl IntoIterator<Item = &'a Share>,
        sign: i64,
    ) {
        for share in shares {
            self.take(item, share.depot, sign * share.units);
        }
    }

    /// How much more a pool gave than it had.
    pub(super) fn overdrawn(&self, pool: usize) -> i64 {
        -self.pools[pool].left
    }

    /// What an item from a depot finds empty first.
    pub(super) fn full_first(&self, item: usize, depot: usize) -> Option<Obstacle> {
        let taken = self.taken(item, depot);
        let least = taken.min_by_key(|&(pool, one)| self.pools[pool].left / one);
        least.map(|(pool, _)| self.pools[pool].obstacle)
    }
}

impl Pool {
    fn new(obstacle: Obstacle, dimension: Dimension, total: i64) -> Self {
        let total = total.max(0);
        Self {
            obstacle,
            dimension,
            is_shared: false,
            total,
            left: total,
        }
    }

    /// What one unit takes, if that is known.
    fn of(&self, size: Size) -> Option<i64> {
        match self.dimension {
            Dimension::Volume => size.volume_ml,
            Dimension::Weight => size.weight_g,
        }
    }
}
