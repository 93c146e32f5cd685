//! Proposes which depot sends what to which site.
//!
//! **Invariant.** [`plan`] is one pure, total function, and nothing else knows how it decides, so a
//! better algorithm can take its place. Whatever the algorithm: no lot is promised twice, a kept
//! floor is kept, what is allotted and what is missing make up the need, and the order of the input
//! changes nothing.
//!
//! The rooms, in the order in which a plan passes through them: `scene` looks the input up, `walk`
//! or `optimum` decides who gets how much from which depot (`network` says what a network means,
//! `flow` solves it, `loads` joins what can travel together, `coupled` decides where `room` is short), `share` takes it from the shelves,
//! `measure` counts how good it is, `explain` says why and `sentences` say it in words. Where orders
//! stand already, `standing` looks them up, `keep` takes from the shelves what they name, and
//! `difference` says what becomes of them. Where something else may go than what is wanted, `substitutes`
//! says how much, and `parts` what that comes to. `fair` plans within what rules of fair use leave.

mod coupled;
mod difference;
mod explain;
mod fair;
pub(in crate::dispatch) mod flow;
mod input;
mod keep;
mod loads;
mod measure;
mod network;
mod optimum;
mod parts;
mod result;
mod room;
mod scene;
mod seek;
mod sentences;
mod share;
mod shelf;
mod standing;
mod substitutes;
mod walk;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use difference::{Change, Outcome};
pub use fair::{FairLimit, Limited};
pub use input::{
    Floor, Method, PlanInput, PlanNeed, PlanSite, Policy, Size, Source, SourceLot, StandingLine,
    Vehicles,
};
pub use measure::{Measure, Yardstick};
pub use result::{
    Allocation, Alternative, Choice, Explanation, Obstacle, PassedOver, PlanResult, Shortfall,
    Substitution,
};
pub use sentences::{ItemName, Names};

use self::{measure::Values, scene::Scene, share::Share};
use crate::kernel::Quantity;

/// Answers the needs from the sources.
///
/// By [`Method::Optimum`] the answer is the best by the yardsticks of [`Yardstick`] in their order,
/// with a proof or with how far from the best it may be, and never worse than by
/// [`Method::NearestFirst`], nor than keeping the orders that stand. Of the goods in a depot those that expire first leave first, or whole
/// packs of them if the policy prefers that; of those that expire together those that a donor bound
/// to just this.
///
/// Of an owner's goods it takes no more than [`PlanInput::limits`] leave. Where these stand in the way,
/// it is compared with nothing that keeps to them; see `fair` for what is proven then.
#[must_use]
pub fn plan(input: &PlanInput) -> PlanResult {
    fair::within(input, without_limits)
}

fn without_limits(input: &PlanInput) -> PlanResult {
    if (input.needs.iter()).any(|need| !need.substitutes.is_empty()) {
        return substitutes::plan(input);
    }
    let scene = Scene::new(input);
    let walked = walk::shares(&scene);
    let nearest_first = Values::of(&scene, &walked);
    let kept = scene.standing.kept_as_they_are(&scene);
    let keeping = if scene.standing.is_empty() {
        Values::default()
    } else {
        Values::of(&scene, &kept)
    };
    let (shares, bounds) = match input.policy.method {
        Method::NearestFirst => (walked, BTreeMap::new()),
        Method::Optimum => {
            let alone = best(&scene, walked.clone(), &nearest_first);
            if scene.has_room(&alone.0) {
                alone
            } else {
                let known = if scene.standing.is_empty() {
                    vec![walked]
                } else {
                    vec![walked, kept]
                };
                coupled::solve(&scene, known)
            }
        }
    };
    finish(
        scene,
        Decided {
            shares,
            bounds,
            nearest_first,
            keeping,
        },
    )
}

/// What was decided, and beside what.
struct Decided {
    shares: Vec<Share>,
    bounds: BTreeMap<Yardstick, i128>,
    nearest_first: Values,
    keeping: Values,
}

/// Takes what was decided from the shelves, measures it and says why.
fn finish(mut scene: Scene<'_>, decided: Decided) -> PlanResult {
    let Decided {
        shares,
        bounds,
        nearest_first,
        keeping,
    } = decided;
    let mut values = Values::of(&scene, &shares);
    share::give(&mut scene, &shares);
    scene.take_room(&shares);
    values.add_freshness(&scene);
    let (shortfalls, explanations) = explain::all(&scene);
    PlanResult {
        allocations: allocations(&scene),
        shortfalls,
        explanations,
        measures: values.measures(&bounds),
        nearest_first: nearest_first.measures(&BTreeMap::new()),
        changes: difference::changes(&scene),
        keeping: keeping.measures(&BTreeMap::new()),
        unmeasured: scene.room.unmeasured.clone(),
        limited: Vec::new(),
    }
}

/// The optimum if nothing were shared, or nearest first where that happens to need fewer loads and is as good before; and
/// what is proven.
fn best(
    scene: &Scene<'_>,
    walked: Vec<Share>,
    nearest_first: &Values,
) -> (Vec<Share>, BTreeMap<Yardstick, i128>) {
    let optimum = optimum::solve(scene, &scene.items);
    let values = Values::of(scene, &optimum.shares);
    let mut bounds = optimum.bounds;
    // Who misses what is exact: see `optimum::solve_item`.
    bounds.extend(values.of_classes());
    let shares = if nearest_first.better_than(&values, Yardstick::Loads) {
        walked
    } else {
        optimum.shares
    };
    (shares, bounds)
}

/// One for each row that gives to a need, by need, what it wants itself before what goes instead, then
/// in the order in which the depots are asked and the goods leave.
fn allocations(scene: &Scene<'_>) -> Vec<Allocation> {
    let mut given = Vec::new();
    for shelf in scene.items.iter().flat_map(|item| &item.shelves) {
        for row in &shelf.rows {
            given.extend(row.given.iter().map(|&(need, units)| {
                let way = scene.way(need, shelf.depot);
                let kept = row.kept.iter().filter(|kept| kept.0 == need);
                let kept: i64 = kept.map(|(_, units)| units).sum();
                let tier = scene.input.policy.respect_level_rule.then_some(way.tier);
                let key = (scene.whole(need), need, tier, way.nearness());
                (key, way, row, units, kept)
            }));
        }
    }
    // Rows of a shelf stay in the order in which they leave.
    given.sort_by_key(|it| it.0);
    given
        .into_iter()
        .filter_map(|((whole, number, ..), way, row, units, kept)| {
            let (need, leg) = (scene.needs[number], way.leg?);
            Some(Allocation {
                need: scene.needs[whole].id,
                item: need.item,
                rate: scene.rate(number),
                site: need.site,
                depot: scene.depots[way.depot].depot,
                zone: row.zone,
                lot: row.lot,
                owner: row.owner,
                quantity: Quantity::new(units).ok()?,
                kept,
                tier: way.tier,
                leg: *leg,
                arrives_at: scene.arrival(leg),
            })
        })
        .collect()
}
