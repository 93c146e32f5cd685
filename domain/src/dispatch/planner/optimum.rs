//! The best answer to all needs, proven.
//!
//! **Invariant.** Yardstick by yardstick in the order of [`Yardstick`], and what an earlier one
//! settled no later one touches. Up to the loads nothing joins the items, so each is solved exactly
//! by itself and the sums are exact too. Loads join them; what is found there is improved and
//! bounded (`loads`), and the rest is solved exactly again for the loads that were found.

use std::collections::BTreeMap;

use super::{
    flow::{Arc, Simplex},
    loads,
    measure::Yardstick,
    network::{ItemNetwork, Meaning},
    scene::{Item, Scene},
    share::Share,
};
use crate::{dispatch::Tier, kernel::cores};

/// What was found, and what nothing can undercut.
pub(super) struct Optimum {
    pub(super) shares: Vec<Share>,
    pub(super) bounds: BTreeMap<Yardstick, i128>,
}

/// An item after the yardsticks that concern it alone.
pub(super) struct Solved {
    /// What every best answer sends.
    pub(super) settled: Vec<Share>,
    /// What every best answer gives to a need at least, from wherever.
    pub(super) sure: Vec<(usize, i64)>,
    /// What is left open, if anything.
    pub(super) face: Option<Face>,
    bounds: BTreeMap<Yardstick, i128>,
}

/// All answers for an item that are equally good so far.
pub(super) struct Face {
    /// One of them, to begin from.
    pub(super) simplex: Simplex,
    pub(super) arcs: Vec<Meaning>,
    /// The arcs of the one that is chosen, with what they carry.
    pub(super) flow: Vec<i64>,
}

pub(super) fn solve(scene: &Scene<'_>) -> Optimum {
    let mut items = cores::map(&scene.items, |item| solve_item(scene, item));
    let (loads, bound) = loads::merge(scene, &mut items);
    let mut bounds = BTreeMap::from([(Yardstick::Loads, bound)]);
    for (&yardstick, &bound) in items.iter().flat_map(|item| &item.bounds) {
        *bounds.entry(yardstick).or_default() += bound;
    }
    let mut shares: Vec<Share> = cores::map(&items, |item| finish(item, &loads))
        .into_iter()
        .flatten()
        .collect();
    shares.sort_unstable();
    // A need that gets goods of one depot from two heaps gets them from that depot once.
    shares.dedup_by(|one, kept| {
        let same = (one.need, one.depot) == (kept.need, kept.depot);
        if same {
            kept.units += one.units;
        }
        same
    });
    Optimum { shares, bounds }
}

fn solve_item(scene: &Scene<'_>, item: &Item) -> Solved {
    let mut net = ItemNetwork::new(scene, item);
    let network = std::mem::take(&mut net.network);
    let mut solved = Solved {
        settled: Vec::new(),
        sure: Vec::new(),
        face: None,
        bounds: BTreeMap::new(),
    };
    let Ok(mut simplex) = Simplex::start(network) else {
        // Everything may be missing, so there is a flow; more units than can be counted are not
        // planned.
        return solved;
    };
    simplex.approach(|arc| weight(net.meaning(arc)));
    // What shelves can give to needs, part by part, is a polymatroid, and on one of those any costs
    // in the order of importance find the answer that is best class by class, minimum by minimum and
    // tenth by tenth.
    simplex.minimise(|arc| match net.meaning(arc) {
        Meaning::Missing { rank, .. } => rank,
        _ => 0,
    });
    let mut minimise = |yardstick, toll: &dyn Fn(Meaning) -> i64| {
        let tier = simplex.minimise(|arc| toll(net.meaning(arc)));
        solved.bounds.insert(yardstick, tier.bound);
    };
    if scene.input.policy.respect_level_rule {
        // The highest level is asked for as little as possible, then the one below it.
        for &asked in Tier::ALL.iter().rev() {
            let Some(yardstick) = Yardstick::asked(asked) else {
                continue;
            };
            minimise(yardstick, &|meaning| match meaning {
                Meaning::Send { tier, .. } => i64::from(tier == asked),
                _ => 0,
            });
        }
    }
    minimise(Yardstick::Late, &|meaning| match meaning {
        Meaning::Send { late_min, .. } => late_min,
        _ => 0,
    });
    minimise(Yardstick::Travel, &|meaning| match meaning {
        Meaning::Send { time_min, .. } => i64::from(time_min),
        _ => 0,
    });
    solved.settle(&simplex, &net);
    solved
}

/// All yardsticks of an item in one figure, near enough for most items. There are some sixty ranks
/// and at most some thousand nodes on a path, so no sum leaves `i64`.
fn weight(meaning: Meaning) -> i64 {
    const MINUTES_MAX: i64 = 1_000_000;
    match meaning {
        Meaning::Missing { rank, .. } => rank * 1_000_000_000_000,
        Meaning::Leave { .. } | Meaning::Spared => 0,
        Meaning::Send {
            tier,
            late_min,
            time_min,
            ..
        } => {
            let asked = match tier {
                Tier::County => 0,
                Tier::City => 100_000_000,
                Tier::Province => 1_000_000_000,
                Tier::Block => 10_000_000_000,
                Tier::Nation => 100_000_000_000,
            };
            asked + 10_000 * late_min.min(MINUTES_MAX) + i64::from(time_min).min(MINUTES_MAX)
        }
    }
}

/// Solves what is left for the loads that were chosen.
fn finish(item: &Solved, loads: &loads::Loads) -> Vec<Share> {
    let mut shares = item.settled.clone();
    if let Some(face) = &item.face {
        let mut simplex = face.simplex.clone();
        simplex.minimise(|arc| i64::from(!loads.allow(face.arcs[arc.at()])));
        simplex.minimise(|arc| match face.arcs[arc.at()] {
            Meaning::Leave { days } => i64::from(days),
            _ => 0,
        });
        simplex.minimise(|arc| match face.arcs[arc.at()] {
            Meaning::Send { distance_m, .. } => i64::from(distance_m),
            _ => 0,
        });
        let flow = (0..face.arcs.len()).map(|arc| simplex.flow(Arc::number(arc)));
        shares.extend(sent(face.arcs.iter().copied().zip(flow)));
    }
    shares
}

/// What goes from depots to needs.
fn sent(flows: impl Iterator<Item = (Meaning, i64)>) -> impl Iterator<Item = Share> {
    flows.filter_map(|(meaning, units)| match meaning {
        Meaning::Send { need, depot, .. } if units > 0 => Some(Share { need, depot, units }),
        _ => None,
    })
}

impl Solved {
    /// Takes from the simplex what is settled, and leaves of it what is open.
    fn settle(&mut self, simplex: &Simplex, net: &ItemNetwork) {
        let face = simplex.face();
        let has_face = face.is_some();
        let all = (0..net.arcs.len()).map(Arc::number);
        let is_settled = |arc: &Arc| !has_face || !simplex.is_open(*arc);
        let settled: Vec<Arc> = all.filter(is_settled).collect();
        let flows = settled
            .iter()
            .map(|&arc| (net.meaning(arc), simplex.flow(arc)));
        self.settled = sent(flows.clone()).collect();
        let days = flows.map(|(meaning, units)| match meaning {
            Meaning::Leave { days } => i128::from(days) * i128::from(units),
            _ => 0,
        });
        let mut days: i128 = days.sum();
        self.face = face.and_then(|(network, arcs)| {
            let simplex = Simplex::start(network).ok()?;
            let arcs: Vec<Meaning> = arcs.into_iter().map(|arc| net.meaning(arc)).collect();
            let flow = (0..arcs.len()).map(|arc| simplex.flow(Arc::number(arc)));
            let flow = flow.collect();
            Some(Face {
                simplex,
                arcs,
                flow,
            })
        });
        if let Some(face) = &self.face {
            let mut freshest = face.simplex.clone();
            let tier = freshest.minimise(|arc| match face.arcs[arc.at()] {
                Meaning::Leave { days } => i64::from(days),
                _ => 0,
            });
            days += tier.bound;
        }
        self.bounds.insert(Yardstick::Freshness, days);
        self.sure = sure(simplex, net, has_face);
    }
}

/// For each need what it gets in any best answer: what it wants less what may be missing.
fn sure(simplex: &Simplex, net: &ItemNetwork, has_face: bool) -> Vec<(usize, i64)> {
    let mut wanted: BTreeMap<usize, i64> = BTreeMap::new();
    for (number, meaning) in net.arcs.iter().enumerate() {
        let Meaning::Missing { need, .. } = *meaning else {
            continue;
        };
        let arc = Arc::number(number);
        let capacity = simplex.capacity(arc);
        let missing = if has_face && simplex.is_open(arc) {
            capacity
        } else {
            simplex.flow(arc)
        };
        *wanted.entry(need).or_default() += capacity - missing;
    }
    wanted.into_iter().filter(|(_, sure)| *sure > 0).collect()
}
