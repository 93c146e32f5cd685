//! Plans in which something else may go than what was wanted.
//!
//! **Invariant.** It is decided first how much of each need substitutes are to answer (`split`), and then
//! each item is planned as ever, for needs of its own and for the parts of others that it is to stand
//! for. No plan is worse than nearest first (`by_hand`), than the orders that stand, or, by what is
//! missing, than one without substitutes. What is proven (`bounds`) is proven of all plans with whatever
//! substitutes; where that is not known, nothing is said.

mod bounds;
mod by_hand;
mod pipes;
mod split;

use std::collections::BTreeMap;

use super::{
    Decided, Method, PlanInput, PlanNeed, PlanResult, StandingLine, coupled, finish,
    measure::{Values, Yardstick},
    optimum,
    scene::{Scene, places},
    share::Share,
};
use crate::{
    incidents::SubstituteRate,
    kernel::{Id, Quantity, kinds},
};
use uuid::Uuid;

/// An input with every part that any need may have, each as a need of its own.
struct Wide {
    input: PlanInput,
    /// The whole of each part, and its rate.
    wholes: BTreeMap<Id<kinds::Need>, (Id<kinds::Need>, SubstituteRate)>,
}

/// A plan and what is proven of those without substitutes.
struct Found {
    shares: Vec<Share>,
    values: Values,
}

pub(super) fn plan(input: &PlanInput) -> PlanResult {
    let wide = Wide::of(input);
    let mut scene = wide.scene();
    let walked = by_hand::shares(&scene, &vec![0; scene.needs.len()]);
    let walked = Found::of(&scene, by_hand::without_vain(&scene, walked));
    let kept = (!scene.standing.is_empty()).then(|| {
        scene.want(as_ordered(&scene));
        let kept = scene.standing.kept_as_they_are(&scene);
        Found::of(&scene, by_hand::without_vain(&scene, kept))
    });
    let nearest_first = walked.values.clone();
    let keeping = kept.as_ref().map(|kept| kept.values.clone());
    let (shares, bounds) = match input.policy.method {
        Method::NearestFirst => (walked.shares, BTreeMap::new()),
        Method::Optimum => best(&wide, &mut scene, walked, kept),
    };
    let decided = Decided {
        shares,
        bounds,
        nearest_first,
        keeping: keeping.unwrap_or_default(),
    };
    let mut result = finish(scene, decided);
    for change in &mut result.changes {
        if let Some((whole, _)) = wide.wholes.get(&change.said.need) {
            change.said.need = *whole;
        }
    }
    // Of what nobody wants and what stands for nothing nobody has to know how much room it takes.
    let allocations = result.allocations.iter().map(|it| it.item);
    let concerned = allocations.chain(input.needs.iter().map(|it| it.item));
    let concerned: std::collections::BTreeSet<_> = concerned.collect();
    result.unmeasured.retain(|item| concerned.contains(item));
    result
}

/// The best plan that is found, and what is proven.
fn best(
    wide: &Wide,
    scene: &mut Scene<'_>,
    walked: Found,
    kept: Option<Found>,
) -> (Vec<Share>, BTreeMap<Yardstick, i128>) {
    let known: Vec<Vec<Share>> = std::iter::once(&walked)
        .chain(&kept)
        .map(|known| known.shares.clone())
        .collect();
    let without = without_substitutes(scene);
    let split = split::split(scene);
    let substitutes_go = split != without;
    scene.want(split);
    let (mut found, mut proven, joined) = solved(scene, known.clone());
    if joined {
        let with_more = with_what_is_left(wide, scene, &found);
        found = found.better(with_more);
        if substitutes_go {
            // Where people and vehicles are short, what seemed to be there may not be able to leave.
            scene.want(without);
            let (alone, of_alone, _) = solved(scene, known);
            proven = of_alone;
            let with_more = with_what_is_left(wide, scene, &alone);
            found = found.better(alone).better(with_more);
        }
    }
    let alone = (!joined).then(|| found.shares.clone());
    for known in std::iter::once(walked).chain(kept) {
        found = found.better(known);
    }
    let mut bounds = bounds::of(scene, &found.values, alone.as_deref());
    let substituted = found.values.get(Yardstick::Substituted);
    if substituted == 0 && (joined || !substitutes_go) {
        // Whoever is as good by that sends no substitutes either.
        proven.retain(|it, _| *it > Yardstick::Substituted);
        bounds.extend(proven);
    }
    let settled = found.values.yardsticks();
    let nothing = settled.filter(|it| *it < Yardstick::Loads && found.values.get(*it) == 0);
    bounds.extend(nothing.map(|it| (it, 0)));
    (found.shares, bounds)
}

/// A plan for what the scene wants now, what is proven of it for just that, and whether what all items
/// share was short.
fn solved(scene: &Scene<'_>, known: Vec<Vec<Share>>) -> (Found, BTreeMap<Yardstick, i128>, bool) {
    let optimum = optimum::solve(scene, &scene.items);
    let joined = !scene.has_room(&optimum.shares);
    let (shares, bounds) = if joined {
        coupled::solve(scene, known)
    } else {
        let mut bounds = optimum.bounds;
        // Who misses what is exact: see `optimum::solve_item`.
        bounds.extend(Values::of(scene, &optimum.shares).of_classes());
        (optimum.shares, bounds)
    };
    let found = Found::of(scene, by_hand::without_vain(scene, shares));
    (found, bounds, joined)
}

/// A plan, and by hand what it leaves.
fn with_what_is_left(wide: &Wide, scene: &Scene<'_>, found: &Found) -> Found {
    let mut after = wide.scene();
    super::share::give(&mut after, &found.shares);
    after.take_room(&found.shares);
    let mut has = vec![0; after.needs.len()];
    for share in &found.shares {
        has[share.need] += share.units;
    }
    let mut shares = by_hand::shares(&after, &has);
    shares.extend(&found.shares);
    Share::join(&mut shares);
    Found::of(scene, by_hand::without_vain(scene, shares))
}

/// What was asked for, and nothing instead.
fn without_substitutes(scene: &Scene<'_>) -> Vec<i64> {
    let wanted = |need: usize| match scene.rate(need) {
        None => scene.needs[need].quantity.get(),
        Some(_) => 0,
    };
    (0..scene.needs.len()).map(wanted).collect()
}

/// As much from substitutes as orders stand for, and of the items themselves the rest.
fn as_ordered(scene: &Scene<'_>) -> Vec<i64> {
    let mut wanted: Vec<i64> = vec![0; scene.needs.len()];
    for (part, _) in wanted.clone().iter().enumerate() {
        if scene.rate(part).is_some() {
            wanted[part] = scene.standing.of_need(part).map(|(_, units)| units).sum();
        }
    }
    let answered = scene.answered(&wanted);
    for whole in scene.wholes() {
        wanted[whole] = scene.needs[whole].quantity.get() - answered.in_all[whole];
    }
    wanted
}

impl Found {
    fn of(scene: &Scene<'_>, shares: Vec<Share>) -> Self {
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
}

impl Wide {
    fn of(input: &PlanInput) -> Self {
        let needs = input.needs_in_order();
        let many: usize = needs.iter().map(|it| it.substitutes.iter().count()).sum();
        let taken: std::collections::BTreeSet<_> = needs.iter().map(|need| need.id).collect();
        let ids = (0..=u128::MAX)
            .rev()
            .map(|number| Id::from_uuid(Uuid::from_u128(number)));
        let mut ids: Vec<Id<kinds::Need>> =
            ids.filter(|id| !taken.contains(id)).take(many).collect();
        // Ids grow with what comes later, and parts stand after their wholes.
        let (mut parts, mut wholes) = (Vec::new(), BTreeMap::new());
        for need in &needs {
            for substitute in need.substitutes.iter() {
                let most = substitute
                    .rate
                    .takes(need.quantity.get())
                    .min(Quantity::MAX);
                let (Some(id), Ok(quantity)) = (ids.pop(), Quantity::new(most)) else {
                    continue;
                };
                wholes.insert(id, (need.id, substitute.rate));
                parts.push(PlanNeed {
                    id,
                    item: substitute.item,
                    quantity,
                    minimum: None,
                    substitutes: Default::default(),
                    ..(*need).clone()
                });
            }
        }
        let mut part_of: BTreeMap<_, Id<kinds::Need>> = BTreeMap::new();
        for part in &parts {
            if let Some((whole, _)) = wholes.get(&part.id) {
                part_of.insert((*whole, part.item), part.id);
            }
        }
        let lines = input.standing.iter().map(|line| StandingLine {
            need: (part_of.get(&(line.need, line.item)).copied()).unwrap_or(line.need),
            ..*line
        });
        let standing = lines.collect();
        let needs = needs.into_iter().cloned().chain(parts).collect();
        let input = PlanInput {
            needs,
            standing,
            ..input.clone()
        };
        Self { input, wholes }
    }

    fn scene(&self) -> Scene<'_> {
        let mut scene = Scene::new(&self.input);
        let place = places(scene.needs.iter().map(|need| need.id));
        let roles = scene
            .needs
            .iter()
            .map(|need| match self.wholes.get(&need.id) {
                Some((whole, rate)) => (place[whole], Some(*rate)),
                None => (place[&need.id], None),
            });
        let roles = roles.collect();
        scene.join_parts(roles);
        scene
    }
}
