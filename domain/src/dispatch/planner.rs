//! Proposes which depot sends what to which site.
//!
//! **Invariant.** [`plan`] is one pure, total function, and nothing else knows how it decides, so a
//! better algorithm can take its place. Whatever the algorithm: no lot is promised twice, a kept
//! floor is kept, what is allotted and what is missing make up the need, and the order of the input
//! changes nothing.
//!
//! This algorithm walks: the most urgent need first, and for each need the nearest depot first
//! (先近后远、先主后次, RULES §3). It does not look ahead, so it proves no optimum.

mod explain;
mod input;
mod result;
mod sentences;
mod shelf;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

pub use input::{Floor, PlanInput, PlanNeed, PlanSite, Policy, Source, SourceLot};
pub use result::{
    Allocation, Alternative, Choice, Explanation, Obstacle, PassedOver, PlanResult, Shortfall,
};
pub use sentences::{ItemName, Names};

use self::shelf::{Shelves, Wish};
use super::Tier;
use crate::{
    depots::DepotState,
    kernel::{Id, Quantity, kinds},
    routing::{Leg, Reach},
    stock::Purpose,
};

/// A depot as one need sees it.
struct Candidate<'a> {
    depot: Id<kinds::Depot>,
    tier: Tier,
    leg: Option<&'a Leg>,
    /// Why it may not send, whatever it holds.
    barred: Option<Obstacle>,
    given: i64,
}

/// Answers the needs from the sources.
///
/// Needs are served by priority, then needed-by (none is last), then id. For each, depots are
/// asked in the order of tier (under the level rule), travel time, distance and id; inside a depot
/// the lots that expire first leave first, or whole packs of them if the policy prefers that; of
/// lots that expire together those leave first that a donor bound to just this.
#[must_use]
pub fn plan(input: &PlanInput) -> PlanResult {
    let sources = input.sources_by_depot();
    let sites = input.sites_by_id();
    let nowhere = Purpose::default();
    let mut shelves = Shelves::open(input);
    let mut result = PlanResult::default();
    for need in input.needs_in_order() {
        let site = sites.get(&need.site);
        let division = site.map_or("", |site| site.division.as_str());
        let wish = Wish {
            item: need.item,
            purpose: site.map_or(&nowhere, |site| &site.purpose),
        };
        let mut candidates = candidates(input, &sources, need, division);
        let mut missing = need.quantity.get();
        for candidate in &mut candidates {
            let (None, Some(leg)) = (candidate.barred, candidate.leg) else {
                continue;
            };
            let wanted = missing.min(shelves.free(wish, candidate.depot));
            let arrives_at = arrival(input.departs_at, leg);
            for (row, quantity) in shelves.take(wish, candidate.depot, wanted) {
                missing -= quantity.get();
                candidate.given += quantity.get();
                result.allocations.push(Allocation {
                    need: need.id,
                    item: need.item,
                    site: need.site,
                    depot: candidate.depot,
                    zone: row.zone,
                    lot: row.lot,
                    owner: row.owner,
                    quantity,
                    tier: candidate.tier,
                    leg: *leg,
                    arrives_at,
                });
            }
        }
        if let Ok(missing) = Quantity::new(missing) {
            result.shortfalls.push(explain::shortfall(
                need,
                missing,
                wish,
                &candidates,
                &shelves,
            ));
        }
        result.explanations.push(explain::explanation(
            input,
            need,
            wish,
            &candidates,
            &shelves,
        ));
    }
    result
}

fn candidates<'a>(
    input: &'a PlanInput,
    sources: &BTreeMap<Id<kinds::Depot>, &Source>,
    need: &PlanNeed,
    division: &str,
) -> Vec<Candidate<'a>> {
    let mut candidates: Vec<Candidate<'_>> = sources
        .iter()
        .map(|(&depot, source)| {
            let reach = input.matrix.reach(depot, need.site);
            let leg = reach.and_then(Reach::leg);
            Candidate {
                depot,
                tier: Tier::of(
                    source.level,
                    &source.division,
                    division,
                    &input.policy.blocks,
                ),
                leg,
                barred: barred(input, need, source, reach),
                given: 0,
            }
        })
        .collect();
    candidates.sort_by_key(|candidate| {
        let tier = input.policy.respect_level_rule.then_some(candidate.tier);
        (tier, candidate.nearness())
    });
    candidates
}

fn barred(
    input: &PlanInput,
    need: &PlanNeed,
    source: &Source,
    reach: Option<&Reach>,
) -> Option<Obstacle> {
    match source.state {
        DepotState::Closed => return Some(Obstacle::Closed),
        DepotState::Paused => return Some(Obstacle::Paused),
        DepotState::Operating | DepotState::Saturated => {}
    }
    if input.policy.excluded_depots.contains(&source.depot) {
        return Some(Obstacle::Excluded);
    }
    let leg = match reach {
        Some(Reach::Reachable(leg)) => leg,
        Some(Reach::Unreachable { .. }) => return Some(Obstacle::Unreachable),
        None => return Some(Obstacle::PlaceUnknown),
    };
    let too_far = |limit: u32| leg.time_min > limit;
    if input.policy.max_travel_min.is_some_and(too_far) {
        return Some(Obstacle::TooFar);
    }
    let late = late_by_min(input.departs_at, need, leg).is_some();
    (input.policy.refuse_late && late).then_some(Obstacle::TooLate)
}

impl Candidate<'_> {
    /// Time, distance and id; what cannot be reached is farthest.
    fn nearness(&self) -> (u32, u32, Id<kinds::Depot>) {
        let (time, distance) = self
            .leg
            .map_or((u32::MAX, u32::MAX), |leg| (leg.time_min, leg.distance_m));
        (time, distance, self.depot)
    }

    /// Why the depot did not give, or did not give more.
    fn obstacle(&self, wish: Wish<'_>, shelves: &Shelves) -> Option<Obstacle> {
        if shelves.held(wish, self.depot) == 0 {
            let taken_by_others = shelves.at_first(wish, self.depot) - self.given;
            Some(if taken_by_others > 0 {
                Obstacle::Taken
            } else {
                Obstacle::NoStock
            })
        } else if self.barred.is_some() {
            self.barred
        } else {
            (shelves.free(wish, self.depot) == 0).then_some(Obstacle::KeptFloor)
        }
    }
}

fn arrival(departs_at: DateTime<Utc>, leg: &Leg) -> DateTime<Utc> {
    departs_at
        .checked_add_signed(TimeDelta::minutes(i64::from(leg.time_min)))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// Whole minutes, rounded up, by which the goods come after they were needed.
fn late_by_min(departs_at: DateTime<Utc>, need: &PlanNeed, leg: &Leg) -> Option<i64> {
    let late = arrival(departs_at, leg).signed_duration_since(need.needed_by?);
    (late > TimeDelta::zero()).then(|| {
        let whole = late.num_minutes();
        whole + i64::from(late > TimeDelta::minutes(whole))
    })
}
