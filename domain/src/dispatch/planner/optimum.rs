//! The best answer to all needs, proven.
//!
//! **Invariant.** Yardstick by yardstick in the order of [`Yardstick`], and what an earlier one
//! settled no later one touches. Up to the loads nothing joins the items, so each is solved exactly
//! by itself and the sums are exact too. Loads join them; what is found there is improved and
//! bounded (`loads`), and the rest is solved exactly again for the loads that were found.

use std::collections::BTreeMap;

use super::{
    flow::{Arc, Simplex},
    loads::{self, Load, Loads},
    measure::Yardstick,
    network::{ItemNetwork, Meaning},
    scene::{Item, Scene},
    share::Share,
    shelf::Shelf,
};
use crate::kernel::cores;

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
    /// One of them.
    pub(super) simplex: Simplex,
    pub(super) arcs: Vec<Meaning>,
    /// With which load the goods on each arc go, if they go anywhere.
    pub(super) loads: Vec<Option<Load>>,
}

impl Face {
    /// What goes with a load.
    pub(super) fn units(&self, simplex: &Simplex, load: Load) -> i64 {
        let arcs = self.loads.iter().enumerate();
        arcs.filter(|(_, of_arc)| **of_arc == Some(load))
            .map(|(arc, _)| simplex.flow(Arc::number(arc)))
            .sum()
    }
}

pub(super) fn solve(scene: &Scene<'_>, items: &[Item]) -> Optimum {
    let mut items = cores::map(items, |item| solve_item(scene, item));
    let (loads, bound) = loads::merge(scene, &mut items);
    let mut bounds = BTreeMap::from([(Yardstick::Loads, bound)]);
    for (&yardstick, &bound) in items.iter().flat_map(|item| &item.bounds) {
        *bounds.entry(yardstick).or_default() += bound;
    }
    if !scene.standing.is_empty() {
        *bounds.entry(Yardstick::Changed).or_default() += scene.standing.said(None);
    }
    let mut shares: Vec<Share> = cores::map(&items, |item| finish(item, &loads))
        .into_iter()
        .flatten()
        .collect();
    Share::join(&mut shares);
    Optimum { shares, bounds }
}

pub(super) fn solve_item(scene: &Scene<'_>, item: &Item) -> Solved {
    let mut solved = Solved {
        settled: Vec::new(),
        sure: Vec::new(),
        face: None,
        bounds: BTreeMap::new(),
    };
    // What nobody wants, or wants more of than can be counted, is not planned.
    let Some(mut net) = close_to_best(scene, item) else {
        return solved;
    };
    for (stage, bound) in net.judge() {
        if let Some(yardstick) = stage.yardstick() {
            solved.bounds.insert(yardstick, bound);
        }
    }
    // What goes in all is settled: of what the orders say so much gives way as is not sent, and as
    // is sent otherwise.
    if let Some(changed) = solved.bounds.get_mut(&Yardstick::Changed) {
        let number = item.needs.first().map(|&need| scene.item_number(need));
        let said = scene.standing.said(number);
        *changed = if said > 0 {
            *changed + said - net.sent()
        } else {
            0
        };
    }
    solved.settle(&mut net);
    solved
}

/// The item's network, close to where it will end. Whether anything is missing at all is seen
/// fastest with needs in one piece.
fn close_to_best<'a>(scene: &'a Scene<'a>, item: &'a Item) -> Option<ItemNetwork<'a>> {
    let wanted = item.needs.iter().map(|&need| scene.wanted(need));
    let spared = item.shelves.iter().map(Shelf::spared);
    let is_short = |wanted: i64, spared: i64| spared < wanted;
    let is_short = is_short(
        wanted.fold(0, i64::saturating_add),
        spared.fold(0, i64::saturating_add),
    );
    if !is_short {
        let mut net = ItemNetwork::new(scene, item, false)?;
        net.approach();
        if !net.misses_any() {
            return Some(net);
        }
    }
    let mut net = ItemNetwork::new(scene, item, true)?;
    net.approach();
    Some(net)
}

/// Solves what is left for the loads that were chosen.
fn finish(item: &Solved, loads: &Loads) -> Vec<Share> {
    let mut shares = item.settled.clone();
    if let Some(face) = &item.face {
        let mut simplex = face.simplex.clone();
        simplex.minimise(|arc| {
            let load = face.loads[arc.at()];
            i64::from(load.is_some_and(|load| !loads.run(load)))
        });
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
    /// One of the best answers.
    pub(super) fn shares(&self) -> Vec<Share> {
        let mut shares = self.settled.clone();
        if let Some(face) = &self.face {
            let flow = |arc| face.simplex.flow(Arc::number(arc));
            let flows = (0..face.arcs.len()).map(flow);
            shares.extend(sent(face.arcs.iter().copied().zip(flows)));
        }
        Share::join(&mut shares);
        shares
    }

    /// Takes from the network what is settled, and leaves of it what is open.
    fn settle(&mut self, net: &mut ItemNetwork<'_>) {
        let face = net.simplex.face();
        let open: &[Arc] = face.as_ref().map_or(&[], |(_, arcs)| arcs);
        let is_open = |arc: Arc| open.binary_search(&arc).is_ok();
        let all = (0..net.arcs.len()).map(Arc::number);
        let flows = all
            .filter(|&arc| !is_open(arc))
            .map(|arc| (net.arcs[arc.at()], net.simplex.flow(arc)));
        self.settled = sent(flows.clone()).collect();
        let days = flows.map(|(meaning, units)| match meaning {
            Meaning::Leave { days } => i128::from(days) * i128::from(units),
            _ => 0,
        });
        let mut days: i128 = days.sum();
        self.sure = sure(net, is_open);
        self.face = face.map(|(simplex, arcs)| {
            let arcs: Vec<Meaning> = arcs.into_iter().map(|arc| net.arcs[arc.at()]).collect();
            let load = |meaning: &Meaning| match *meaning {
                Meaning::Send { need, depot, .. } => Some(net.scene.load(need, depot)),
                _ => None,
            };
            Face {
                loads: arcs.iter().map(load).collect(),
                arcs,
                simplex,
            }
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
    }
}

/// For each need what it gets in any best answer: what it wants less what may be missing.
fn sure(net: &ItemNetwork<'_>, is_open: impl Fn(Arc) -> bool) -> Vec<(usize, i64)> {
    let mut wanted: BTreeMap<usize, i64> = BTreeMap::new();
    for (number, meaning) in net.arcs.iter().enumerate() {
        let Meaning::Missing { need, units, .. } = *meaning else {
            continue;
        };
        let arc = Arc::number(number);
        let missing = if is_open(arc) {
            units
        } else {
            net.simplex.flow(arc)
        };
        *wanted.entry(need).or_default() += units - missing;
    }
    wanted.into_iter().filter(|(_, sure)| *sure > 0).collect()
}
