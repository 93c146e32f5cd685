//! What rules of fair use leave of an owner's goods.
//!
//! **Invariant.** No plan takes more of an owner's goods than is left of them, nearest first neither,
//! and one that would take no more anyhow is not changed. What is said to be proven is.
//!
//! An owner's goods lie in many depots, and which of them are left alone decides what the others cost;
//! that is not searched for. It is planned as if nothing were limited. Where that takes too much of some
//! goods, it is asked which of them would go if the least urgent wanted so much less; as much as is left
//! stays in reach where orders send already and where that plan takes it, and it is planned again with
//! that, until no limit is passed.
//! Whatever is proven of all plans is proven of those that keep to the limits: so bounds of the first
//! plan stand as long as the last is as good by all yardsticks before, and no further.

use std::collections::{BTreeMap, BTreeSet};

use super::{Allocation, Change, Explanation, Measure, Obstacle, PlanInput, PlanResult};
use crate::kernel::{Id, Quantity, kinds};

/// Goods of one owner of which whoever plans may have so much for all needs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FairLimit {
    /// Whose goods.
    pub owner: Id<kinds::Organisation>,
    /// Of what.
    pub item: Id<kinds::Item>,
    /// How much of them, in base units; nothing below zero.
    pub left: i64,
}

/// A limit that a plan would have passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited {
    /// The limit.
    pub limit: FairLimit,
    /// How much the plan would have taken without it.
    pub without: i64,
}

type Goods = (Id<kinds::Organisation>, Id<kinds::Item>);
type Row = (Id<kinds::Depot>, Id<kinds::Zone>, Id<kinds::Lot>);

/// Plans within the limits of the input.
pub(super) fn within(input: &PlanInput, plan: impl Fn(&PlanInput) -> PlanResult) -> PlanResult {
    let free = plan(input);
    let mut passed = passed(input, &free);
    if passed.is_empty() {
        return free;
    }
    let (mut narrowed, mut cut) = (input.clone(), Cut::default());
    let (mut result, mut all) = (free.clone(), Vec::new());
    // Of goods that were cut no plan takes more than is left, so that each round settles others.
    while !passed.is_empty() {
        let frugal = plan(&wanting_less(&narrowed, &result, &passed));
        cut.narrow(&mut narrowed, &[&frugal, &result], &passed);
        all.append(&mut passed);
        result = plan(&narrowed);
        passed = self::passed(input, &result);
    }
    keep_what_is_proven(&mut result.measures, &free.measures);
    cut.explain(&mut result, &free);
    all.sort_by_key(|it| (it.limit.owner, it.limit.item));
    result.limited = all;
    // What orders send was measured whole.
    result.keeping = free.keeping;
    result
}

/// The limits that a plan passes, by owner and item. Of two for the same goods the smaller counts.
fn passed(input: &PlanInput, result: &PlanResult) -> Vec<Limited> {
    let mut limits: BTreeMap<Goods, i64> = BTreeMap::new();
    for it in &input.limits {
        let left = limits.entry((it.owner, it.item)).or_insert(i64::MAX);
        *left = it.left.max(0).min(*left);
    }
    let taken = sums(result, goods);
    let passed = limits.into_iter().filter_map(|(goods, left)| {
        let without = taken.get(&goods).copied().unwrap_or(0);
        let (owner, item) = goods;
        let limit = FairLimit { owner, item, left };
        (without > left).then_some(Limited { limit, without })
    });
    passed.collect()
}

/// The input as if those who are served last with goods of which a plan takes too much wanted so much
/// less.
fn wanting_less(input: &PlanInput, plan: &PlanResult, passed: &[Limited]) -> PlanInput {
    let over = passed
        .iter()
        .map(|it| (it.limit, it.without - it.limit.left));
    let mut over: BTreeMap<Goods, i64> = over
        .map(|(it, units)| ((it.owner, it.item), units))
        .collect();
    let mut less: BTreeMap<Id<kinds::Need>, i64> = BTreeMap::new();
    // Allocations stand in the order in which needs are served.
    for it in plan.allocations.iter().rev().filter(|it| it.rate.is_none()) {
        if let Some(over) = over.get_mut(&goods(it)) {
            let units = it.quantity.get().min(*over);
            *over -= units;
            *less.entry(it.need).or_default() += units;
        }
    }
    let mut input = input.clone();
    input.needs.retain_mut(|need| {
        let less = less.get(&need.id).copied().unwrap_or(0);
        let left = need.quantity.get() - less;
        is_left(&mut need.quantity, left)
    });
    input
}

/// Sets a quantity to what is left of it, if anything is.
fn is_left(quantity: &mut Quantity, left: i64) -> bool {
    Quantity::new(left).map(|left| *quantity = left).is_ok()
}

fn goods(allocation: &Allocation) -> Goods {
    (allocation.owner, allocation.item)
}

/// How much goes, by whatever is asked of each allocation.
fn sums<K: Ord>(plan: &PlanResult, key: impl Fn(&Allocation) -> K) -> BTreeMap<K, i64> {
    let mut sums = BTreeMap::new();
    for allocation in &plan.allocations {
        *sums.entry(key(allocation)).or_default() += allocation.quantity.get();
    }
    sums
}

/// How much of an item in a depot is out of reach.
#[derive(Debug, Default)]
struct Cut(BTreeMap<(Id<kinds::Item>, Id<kinds::Depot>), i64>);

impl Cut {
    /// Leaves of the goods whose limits a plan passes what is left: where the plan, which is the last of
    /// `plans`, takes what orders send already, then where the plans take any, one after the other.
    fn narrow(&mut self, input: &mut PlanInput, plans: &[&PlanResult], passed: &[Limited]) {
        let left = passed.iter().map(|it| it.limit);
        let mut left: BTreeMap<Goods, i64> =
            left.map(|it| ((it.owner, it.item), it.left)).collect();
        let limited: BTreeSet<Goods> = left.keys().copied().collect();
        let mut stays: BTreeMap<Row, i64> = BTreeMap::new();
        let mut keep = |plan: &PlanResult, units: fn(&Allocation) -> i64| {
            let mut used: BTreeMap<Row, i64> = BTreeMap::new();
            for it in &plan.allocations {
                let Some(left) = left.get_mut(&goods(it)) else {
                    continue;
                };
                let row = (it.depot, it.zone, it.lot);
                let used = used.entry(row).or_default();
                *used += units(it);
                let stays = stays.entry(row).or_default();
                let more = (*used - *stays).clamp(0, *left);
                *stays += more;
                *left -= more;
            }
        };
        if let Some(last) = plans.last() {
            keep(last, |it| it.kept);
        }
        for plan in plans {
            keep(plan, |it| it.quantity.get());
        }
        let mut gone: BTreeMap<Row, (Id<kinds::Item>, i64)> = BTreeMap::new();
        for source in &mut input.sources {
            let depot = source.depot;
            source.lots.retain_mut(|lot| {
                if !limited.contains(&(lot.owner, lot.item)) {
                    return true;
                }
                let (row, there) = ((depot, lot.zone, lot.lot), lot.available.get());
                let stays = stays.get(&row).copied().unwrap_or(0).min(there);
                // Of what is listed twice the smaller entry is what there is.
                let gone = gone.entry(row).or_insert((lot.item, there - stays));
                gone.1 = gone.1.min(there - stays);
                is_left(&mut lot.available, stays)
            });
        }
        for ((depot, ..), (item, units)) in gone {
            *self.0.entry((item, depot)).or_default() += units;
            // What is out of reach stays, and so it keeps the floor as well as anything.
            input.floors.retain_mut(|floor| {
                let rest = floor.quantity.get() - units;
                (floor.item, floor.depot) != (item, depot) || is_left(&mut floor.quantity, rest)
            });
        }
    }

    fn is_cut(&self, item: Id<kinds::Item>, depot: Id<kinds::Depot>) -> bool {
        self.0.get(&(item, depot)).is_some_and(|units| *units > 0)
    }

    /// Says where limits stand in the way: of what is missing by as much as would be sent without
    /// them, and of what does not go from where goods are out of reach.
    fn explain(&self, result: &mut PlanResult, free: &PlanResult) {
        let (with, without) = (answered(result), answered(free));
        for shortfall in &mut result.shortfalls {
            let units = |of: &BTreeMap<_, i64>| of.get(&shortfall.need).copied().unwrap_or(0);
            let lost = units(&without) - units(&with);
            if lost <= 0 {
                continue;
            }
            let held_back = &mut shortfall.held_back;
            // What stood in the way before still does, though it is out of reach by now.
            let before = free.shortfalls.iter().find(|it| it.need == shortfall.need);
            for &(obstacle, units) in before.iter().flat_map(|it| &it.held_back) {
                if held_back.iter().all(|(known, _)| *known != obstacle) {
                    held_back.push((obstacle, units));
                }
            }
            held_back.push((Obstacle::FairUse, lost));
            let most = held_back.iter().max_by_key(|(_, units)| *units);
            shortfall.binding = most.map_or(Obstacle::FairUse, |(obstacle, _)| *obstacle);
        }
        for explanation in &mut result.explanations {
            self.explain_need(explanation);
        }
        for change in &mut result.changes {
            let Change { said, reason, .. } = change;
            if reason.is_some_and(is_there_none) && self.is_cut(said.item, said.depot) {
                *reason = Some(Obstacle::FairUse);
            }
        }
    }

    fn explain_need(&self, explanation: &mut Explanation) {
        let item = explanation.item;
        for passed_over in &mut explanation.passed_over {
            if is_there_none(passed_over.obstacle) && self.is_cut(item, passed_over.depot) {
                passed_over.obstacle = Obstacle::FairUse;
            }
        }
        let any_cut = self
            .0
            .iter()
            .any(|((of, _), units)| *of == item && *units > 0);
        for instead in &mut explanation.substitutions {
            if is_there_none(instead.because) && any_cut {
                instead.because = Obstacle::FairUse;
            }
        }
    }
}

/// Whether it says that goods are not there which may only be out of reach.
fn is_there_none(obstacle: Obstacle) -> bool {
    matches!(
        obstacle,
        Obstacle::NoStock | Obstacle::Taken | Obstacle::Shared
    )
}

/// For how many units of each need goods go, those that stand for it included.
fn answered(plan: &PlanResult) -> BTreeMap<Id<kinds::Need>, i64> {
    let mut rates = BTreeMap::new();
    for it in &plan.allocations {
        rates.insert((it.need, it.item), it.rate);
    }
    let mut answered: BTreeMap<Id<kinds::Need>, i64> = BTreeMap::new();
    for (key, units) in sums(plan, |it| (it.need, it.item)) {
        let rate = rates.get(&key).copied().flatten();
        *answered.entry(key.0).or_default() += rate.map_or(units, |rate| rate.worth(units));
    }
    answered
}

fn keep_what_is_proven(measures: &mut [Measure], free: &[Measure]) {
    let mut as_good = true;
    for measure in measures {
        let same = free.iter().find(|it| it.yardstick == measure.yardstick);
        measure.bound = same.filter(|_| as_good).and_then(|it| it.bound);
        as_good &= same.is_some_and(|it| it.value == measure.value);
    }
}
