//! Says why, from the same facts by which it was decided.
//!
//! **Invariant.** Every base unit of the item that is left anywhere is held back by exactly one
//! obstacle, so the figures of a shortfall add up.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use super::{
    Alternative, Candidate, Choice, Explanation, Obstacle, PassedOver, PlanInput, PlanNeed,
    Quantity, Shortfall, Wish, late_by_min, shelf::Shelves,
};

pub(super) fn shortfall(
    need: &PlanNeed,
    missing: Quantity,
    wish: Wish<'_>,
    candidates: &[Candidate<'_>],
    shelves: &Shelves,
) -> Shortfall {
    let mut seen = BTreeSet::new();
    let mut held_back: BTreeMap<Obstacle, i64> = BTreeMap::new();
    for candidate in candidates {
        let Some(obstacle) = candidate.obstacle(wish, shelves) else {
            continue;
        };
        seen.insert(obstacle);
        let held = shelves.held(wish, candidate.depot);
        if held > 0 {
            let units = held_back.entry(obstacle).or_default();
            *units = units.saturating_add(held);
        }
    }
    let most = held_back
        .iter()
        .max_by_key(|&(&obstacle, &units)| (units, Reverse(obstacle)))
        .map(|(&obstacle, _)| obstacle);
    // Nothing is left anywhere: either there never was any, or it is promised already.
    let exhausted = if seen.contains(&Obstacle::Taken) {
        Obstacle::Taken
    } else {
        Obstacle::NoStock
    };
    Shortfall {
        need: need.id,
        missing,
        binding: most.unwrap_or(exhausted),
        held_back: held_back.into_iter().collect(),
    }
}

pub(super) fn explanation(
    input: &PlanInput,
    need: &PlanNeed,
    wish: Wish<'_>,
    candidates: &[Candidate<'_>],
    shelves: &Shelves,
) -> Explanation {
    let choices = choices(input, need, wish, candidates, shelves);
    let given: i64 = choices.iter().map(|choice| choice.quantity.get()).sum();
    let missing = need.quantity.get() - given;
    let mut passed_over = passed_over(wish, candidates, shelves, missing);
    let passed_over_more = passed_over
        .len()
        .saturating_sub(Explanation::PASSED_OVER_MAX);
    passed_over.truncate(Explanation::PASSED_OVER_MAX);
    Explanation {
        need: need.id,
        item: need.item,
        site: need.site,
        wanted: need.quantity,
        missing,
        choices,
        passed_over,
        passed_over_more,
    }
}

fn choices(
    input: &PlanInput,
    need: &PlanNeed,
    wish: Wish<'_>,
    candidates: &[Candidate<'_>],
    shelves: &Shelves,
) -> Vec<Choice> {
    // The first that could have sent and did not is next best for everyone asked before it.
    let next_best = candidates
        .iter()
        .enumerate()
        .find(|(_, candidate)| candidate.given == 0 && candidate.obstacle(wish, shelves).is_none());
    candidates
        .iter()
        .enumerate()
        .filter_map(|(position, candidate)| {
            let (leg, quantity) = (*candidate.leg?, Quantity::new(candidate.given).ok()?);
            let next_best = next_best
                .filter(|&(next, _)| next > position)
                .and_then(|(_, next)| {
                    let next_leg = next.leg?;
                    Some(Alternative {
                        depot: next.depot,
                        tier: next.tier,
                        extra_min: i64::from(next_leg.time_min) - i64::from(leg.time_min),
                        extra_m: i64::from(next_leg.distance_m) - i64::from(leg.distance_m),
                    })
                });
            Some(Choice {
                depot: candidate.depot,
                tier: candidate.tier,
                quantity,
                leg,
                late_by_min: late_by_min(input.departs_at, need, &leg),
                next_best,
            })
        })
        .collect()
}

fn passed_over(
    wish: Wish<'_>,
    candidates: &[Candidate<'_>],
    shelves: &Shelves,
    missing: i64,
) -> Vec<PassedOver> {
    let last_used = candidates.iter().rposition(|candidate| candidate.given > 0);
    let farthest = candidates
        .iter()
        .filter(|candidate| candidate.given > 0)
        .map(Candidate::nearness)
        .max();
    let mut passed_over: Vec<(_, PassedOver)> = candidates
        .iter()
        .enumerate()
        .filter(|(position, candidate)| {
            let asked_before = last_used.is_some_and(|last| *position < last);
            let nearer = farthest.is_some_and(|farthest| candidate.nearness() < farthest);
            candidate.given == 0 && (missing > 0 || asked_before || nearer)
        })
        .map(|(_, candidate)| {
            let obstacle = candidate
                .obstacle(wish, shelves)
                .unwrap_or(Obstacle::LevelRule);
            let rank = (obstacle == Obstacle::NoStock, candidate.nearness());
            let passed_over = PassedOver {
                depot: candidate.depot,
                tier: candidate.tier,
                leg: candidate.leg.copied(),
                obstacle,
            };
            (rank, passed_over)
        })
        .collect();
    passed_over.sort_by_key(|(rank, _)| *rank);
    passed_over
        .into_iter()
        .map(|(_, passed_over)| passed_over)
        .collect()
}
