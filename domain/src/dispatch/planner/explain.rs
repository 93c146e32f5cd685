//! Says why, from the same facts by which it was decided.
//!
//! **Invariant.** Everything is said of the finished plan: what is left on the shelves is left when
//! all have what they get. Every base unit of the item that is left anywhere is held back by exactly
//! one obstacle, so the figures of a shortfall add up.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{
    Alternative, Choice, Explanation, Obstacle, PassedOver, Quantity, Shortfall, Substitution,
    scene::{Scene, Way},
    shelf::Shelf,
};
use crate::{dispatch::Tier, kernel::cores};

/// A depot as one need sees it.
#[derive(Clone, Copy)]
struct Seen<'a> {
    way: Way<'a>,
    shelf: Option<&'a Shelf>,
}

/// One need and how it was answered: what it gets from which depot.
struct Case<'a> {
    scene: &'a Scene<'a>,
    need: usize,
    given: &'a [(usize, i64)],
    /// What it does not get of the item itself.
    missing: i64,
}

pub(super) fn all(scene: &Scene<'_>) -> (Vec<Shortfall>, Vec<Explanation>) {
    let given = given(scene);
    let got = given
        .iter()
        .map(|given| given.iter().map(|(_, units)| units).sum());
    let got: Vec<i64> = got.collect();
    let answered = scene.answered(&got);
    let case = |need: usize| Case {
        scene,
        need,
        given: &given[need],
        missing: scene.needs[need].quantity.get() - got[need],
    };
    let numbers: Vec<usize> = scene.wholes().collect();
    let said = cores::map(&numbers, |&need| {
        let whole = case(need);
        let missing = scene.needs[need].quantity.get() - answered.in_all[need];
        let mut explanation = whole.explanation(missing);
        for &part in scene.parts_of(need).iter().filter(|part| got[**part] > 0) {
            let stands_for = answered.stands_for[part];
            let substitution = case(part).substitution(stands_for, whole.what_binds().0);
            explanation.substitutions.extend(substitution);
        }
        (whole.shortfall(missing), explanation)
    });
    let mut shortfalls = Vec::new();
    let mut explanations = Vec::with_capacity(said.len());
    for (shortfall, explanation) in said {
        shortfalls.extend(shortfall);
        explanations.push(explanation);
    }
    (shortfalls, explanations)
}

/// For each need what it gets from which depot, by depot.
fn given(scene: &Scene<'_>) -> Vec<Vec<(usize, i64)>> {
    let mut given: Vec<Vec<(usize, i64)>> = vec![Vec::new(); scene.needs.len()];
    for shelf in scene.items.iter().flat_map(|item| &item.shelves) {
        for &(need, units) in shelf.rows.iter().flat_map(|row| &row.given) {
            match given[need].last_mut() {
                Some(last) if last.0 == shelf.depot => last.1 += units,
                _ => given[need].push((shelf.depot, units)),
            }
        }
    }
    given
}

impl<'a> Case<'a> {
    fn seen(&self, depot: usize) -> Seen<'a> {
        Seen {
            way: self.scene.way(self.need, depot),
            shelf: self.scene.item(self.need).shelf(depot),
        }
    }

    /// Depots that hold some, in the order in which the walk would ask.
    fn holders(&self) -> impl Iterator<Item = Seen<'a>> {
        let (scene, need) = (self.scene, self.need);
        let asked = scene.site(need).asked.iter();
        asked
            .filter(move |depot| scene.item(need).shelf(**depot).is_some())
            .map(|&depot| self.seen(depot))
    }

    fn held(&self, seen: Seen<'_>) -> i64 {
        let purpose = &self.scene.site(self.need).purpose;
        seen.shelf.map_or(0, |shelf| shelf.held(purpose))
    }

    /// Why the depot cannot give more than it gives.
    fn obstacle(&self, seen: Seen<'_>) -> Option<Obstacle> {
        let purpose = &self.scene.site(self.need).purpose;
        let Some(shelf) = seen.shelf.filter(|shelf| shelf.at_first(purpose) > 0) else {
            return Some(Obstacle::NoStock);
        };
        let barred = self.scene.barred(self.need, seen.way);
        if barred.is_some() {
            return barred;
        }
        if shelf.held(purpose) > 0 {
            return self.scene.why_it_stays(self.need, shelf);
        }
        let class = |need: usize| self.scene.needs[need].priority;
        let takers = shelf
            .rows_for(purpose)
            .flat_map(|row| row.given.iter().map(|&(need, _)| need));
        let least_urgent = takers.filter(|&need| need != self.need).map(class).max();
        Some(match least_urgent {
            None => Obstacle::NoStock,
            Some(theirs) if theirs < class(self.need) => Obstacle::Taken,
            Some(_) => Obstacle::Shared,
        })
    }

    fn shortfall(&self, missing: i64) -> Option<Shortfall> {
        let missing = Quantity::new(missing).ok()?;
        let (binding, held_back) = self.what_binds();
        Some(Shortfall {
            need: self.scene.needs[self.need].id,
            missing,
            binding,
            held_back,
        })
    }

    /// What goes of a part, and why.
    fn substitution(&self, stands_for: i64, because: Obstacle) -> Option<Substitution> {
        let units = self.given.iter().map(|(_, units)| units).sum();
        Some(Substitution {
            item: self.scene.needs[self.need].item,
            rate: self.scene.rate(self.need)?,
            quantity: Quantity::new(units).ok()?,
            stands_for,
            because,
            choices: self.choices(),
        })
    }

    /// What stands in the way of most, and what lies there and may not be sent.
    fn what_binds(&self) -> (Obstacle, Vec<(Obstacle, i64)>) {
        let mut exhausted = Obstacle::NoStock;
        let mut held_back: BTreeMap<Obstacle, i64> = BTreeMap::new();
        for seen in self.holders() {
            let Some(obstacle) = self.obstacle(seen) else {
                continue;
            };
            match (obstacle, exhausted) {
                (Obstacle::Shared, _) => exhausted = Obstacle::Shared,
                (Obstacle::Taken, Obstacle::NoStock) => exhausted = Obstacle::Taken,
                _ => {}
            }
            let held = self.held(seen);
            if held > 0 {
                let units = held_back.entry(obstacle).or_default();
                *units = units.saturating_add(held);
            }
        }
        let most = held_back
            .iter()
            .max_by_key(|&(&obstacle, &units)| (units, Reverse(obstacle)))
            .map(|(&obstacle, _)| obstacle);
        // Nothing is left anywhere: either there never was any, or others have it.
        let binding = most.unwrap_or(exhausted);
        (binding, held_back.into_iter().collect())
    }

    fn explanation(&self, missing: i64) -> Explanation {
        let need = self.scene.needs[self.need];
        let (passed_over, passed_over_more) = self.passed_over();
        Explanation {
            need: need.id,
            item: need.item,
            site: need.site,
            wanted: need.quantity,
            missing,
            choices: self.choices(),
            substitutions: Vec::new(),
            passed_over,
            passed_over_more,
        }
    }

    fn choices(&self) -> Vec<Choice> {
        let site = self.scene.site(self.need);
        let has_some_left = |depot: &usize| {
            let shelf = self.scene.item(self.need).shelf(*depot);
            shelf.is_some_and(|shelf| shelf.free(&site.purpose) > 0)
        };
        // The first two that have some left: whoever sends is not its own next best.
        let spare: Vec<Seen<'_>> = (site.asked.iter().copied())
            .filter(has_some_left)
            .map(|depot| self.seen(depot))
            .filter(|seen| self.obstacle(*seen).is_none())
            .take(2)
            .collect();
        let mut senders: Vec<(usize, i64)> = self.given.to_vec();
        senders.sort_unstable_by_key(|&(depot, _)| site.place_asked[depot]);
        let choices = senders.into_iter().filter_map(|(depot, units)| {
            let way = self.scene.way(self.need, depot);
            let (leg, quantity) = (*way.leg?, Quantity::new(units).ok()?);
            let next_best = spare.iter().find(|next| next.way.depot != depot);
            let next_best = next_best.and_then(|next| {
                let next_leg = next.way.leg?;
                Some(Alternative {
                    depot: self.scene.depots[next.way.depot].depot,
                    tier: next.way.tier,
                    extra_min: i64::from(next_leg.time_min) - i64::from(leg.time_min),
                    extra_m: i64::from(next_leg.distance_m) - i64::from(leg.distance_m),
                })
            });
            let late = self.scene.late_min(self.need, leg.time_min);
            Some(Choice {
                depot: self.scene.depots[depot].depot,
                tier: way.tier,
                quantity,
                leg,
                late_by_min: (late > 0).then_some(late),
                next_best,
            })
        });
        choices.collect()
    }

    /// Depots that are asked before, or are nearer than, one that sends; all if anything is missing.
    fn could_be_passed_over(&self) -> impl Iterator<Item = usize> {
        let site = self.scene.site(self.need);
        let depots = self.given.iter().map(|&(depot, _)| depot);
        let last_asked = depots.clone().map(|depot| site.place_asked[depot]).max();
        let farthest = depots.map(|depot| site.rank[depot]).max();
        let (asked, near) = if self.missing > 0 {
            (site.asked.len(), 0)
        } else {
            let before = |last: Option<u32>| last.map_or(0, |last| last as usize);
            (before(last_asked), before(farthest))
        };
        let nearer = site.near[..near].iter();
        let nearer = nearer.filter(move |&&depot| site.place_asked[depot] as usize >= asked);
        site.asked[..asked].iter().chain(nearer).copied()
    }

    /// Depots that send nothing although one might ask why: those that the explanation names, and how
    /// many more there are.
    fn passed_over(&self) -> (Vec<PassedOver>, usize) {
        let site = self.scene.site(self.need);
        // What holds none comes last, then the nearer.
        let mut passed_over: Vec<(bool, u32, usize)> = Vec::new();
        for depot in self.could_be_passed_over() {
            let place = self.given.binary_search_by_key(&depot, |given| given.0);
            if place.is_err() {
                let shelf = self.scene.item(self.need).shelf(depot);
                let holds_none = shelf.is_none_or(|shelf| shelf.at_first(&site.purpose) == 0);
                passed_over.push((holds_none, site.rank[depot], depot));
            }
        }
        let named = passed_over.len().min(Explanation::PASSED_OVER_MAX);
        let more = passed_over.len() - named;
        if more > 0 {
            passed_over.select_nth_unstable(named);
            passed_over.truncate(named);
        }
        passed_over.sort_unstable();
        let named = passed_over.into_iter().map(|(_, _, depot)| {
            let seen = self.seen(depot);
            PassedOver {
                depot: self.scene.depots[depot].depot,
                tier: seen.way.tier,
                leg: seen.way.leg.copied(),
                obstacle: self.why_not(seen),
            }
        });
        (named.collect(), more)
    }

    /// Why the depot gives nothing.
    fn why_not(&self, seen: Seen<'_>) -> Obstacle {
        let obstacle = self.obstacle(seen);
        let cannot = !matches!(
            obstacle,
            None | Some(
                Obstacle::Taken
                    | Obstacle::Shared
                    | Obstacle::KeptFloor
                    | Obstacle::HandlingCapacity
                    | Obstacle::Vehicles
            )
        );
        let by_level = self.scene.input.policy.respect_level_rule
            && self.missing == 0
            && self
                .highest()
                .is_some_and(|highest| seen.way.tier > highest);
        match obstacle {
            Some(obstacle) if cannot || !by_level => obstacle,
            _ if by_level => Obstacle::LevelRule,
            _ if self.scene.standing.of_need(self.need).next().is_some() => Obstacle::OrdersStand,
            _ => Obstacle::NoGain,
        }
    }

    /// The highest tier from which it gets anything.
    fn highest(&self) -> Option<Tier> {
        let tiers = self.given.iter();
        tiers
            .map(|&(depot, _)| self.scene.way(self.need, depot).tier)
            .max()
    }
}
