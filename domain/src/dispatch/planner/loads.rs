//! Fewer loads: what goes from one depot to one site goes together, whatever the items.
//!
//! **Invariant.** Only what the yardsticks before left open is moved, so none of them gets worse;
//! and the bound counts only loads that every best answer has.
//!
//! To find the fewest is hard (a set cover hides in it). So all loads that some best answer has run
//! at first, and one after the other is tried, those first that the fewest items could use: can all
//! that it carries go with the others? That it cannot is often proven by the same question asked of
//! one item alone.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    flow::Arc,
    network::Meaning,
    optimum::{Face, Solved},
    scene::Scene,
};

/// How many arcs may be looked at in all: a limit of work and not of time, so that the same input
/// has the same answer on every machine.
const WORK_MAX: usize = 20_000_000;

/// A depot and a site.
type Load = (usize, usize);

/// The loads that run.
pub(super) struct Loads {
    running: BTreeSet<Load>,
    site_of_need: Vec<usize>,
}

impl Loads {
    /// Whether goods may take an arc without a load of their own.
    pub(super) fn allow(&self, meaning: Meaning) -> bool {
        self.load(meaning)
            .is_none_or(|load| self.running.contains(&load))
    }

    fn load(&self, meaning: Meaning) -> Option<Load> {
        match meaning {
            Meaning::Send { need, depot, .. } => Some((self.site_of_need[need], depot)),
            _ => None,
        }
    }
}

/// Chooses the loads and says how many there are in any answer that is as good.
pub(super) fn merge(scene: &Scene<'_>, items: &mut [Solved]) -> (Loads, i128) {
    let site_of_need = (0..scene.needs.len()).map(|need| scene.site_number(need));
    let mut merger = Merger {
        loads: Loads {
            running: BTreeSet::new(),
            site_of_need: site_of_need.collect(),
        },
        forced: BTreeSet::new(),
        work: 0,
    };
    let shares = items.iter().flat_map(|item| &item.settled);
    merger.forced = shares
        .map(|share| (scene.site_number(share.need), share.depot))
        .collect();
    let possible = merger.uses(items, |_| true);
    merger.loads.running = merger.forced.iter().copied().collect();
    merger.loads.running.extend(possible.into_keys());
    merger.spare(items);
    // What runs empty runs no more; what is left is tried again until nothing can be spared.
    loop {
        let in_use = merger.uses(items, |units| units > 0);
        merger.loads.running = merger.forced.iter().copied().collect();
        merger.loads.running.extend(in_use.into_keys());
        if !merger.spare(items) {
            break;
        }
    }
    let bound = merger.bound(items);
    (merger.loads, bound)
}

/// Which items use a load, and for how many units.
#[derive(Default)]
struct Use {
    units: i64,
    items: Vec<usize>,
}

struct Merger {
    loads: Loads,
    /// Loads that every best answer has.
    forced: BTreeSet<Load>,
    work: usize,
}

impl Merger {
    /// The fewest units that must go with certain loads, and how.
    fn avoid(&mut self, face: &Face, avoided: impl Fn(&Loads, Load) -> bool) -> (i128, Vec<i64>) {
        self.work += face.arcs.len();
        let mut simplex = face.simplex.clone();
        let tier = simplex.minimise(|arc| {
            let load = self.loads.load(face.arcs[arc.at()]);
            i64::from(load.is_some_and(|load| avoided(&self.loads, load)))
        });
        let flow = (0..face.arcs.len()).map(|arc| simplex.flow(Arc::number(arc)));
        (tier.value, flow.collect())
    }

    /// Tries to spare each load that runs and may be spared; says whether any was.
    fn spare(&mut self, items: &mut [Solved]) -> bool {
        let uses = self.uses(items, |_| true).into_iter();
        let mut candidates: Vec<(Load, Use)> = uses
            .filter(|(load, _)| self.loads.running.contains(load) && !self.forced.contains(load))
            .collect();
        candidates.sort_by_key(|(load, used)| (used.items.len(), used.units, *load));
        let mut any = false;
        for (load, used) in candidates {
            if self.work > WORK_MAX {
                return false;
            }
            any |= self.spare_one(items, load, &used.items);
        }
        any
    }

    /// What is left open and goes, or could go, with which load.
    fn uses(&self, items: &[Solved], counts: impl Fn(i64) -> bool) -> BTreeMap<Load, Use> {
        let mut uses: BTreeMap<Load, Use> = BTreeMap::new();
        for (item, face) in items.iter().enumerate() {
            let Some(face) = &face.face else { continue };
            for (&meaning, &units) in face.arcs.iter().zip(&face.flow) {
                let Some(load) = self.loads.load(meaning).filter(|_| counts(units)) else {
                    continue;
                };
                let used = uses.entry(load).or_default();
                used.units += units;
                if used.items.last() != Some(&item) {
                    used.items.push(item);
                }
            }
        }
        uses
    }

    fn spare_one(&mut self, items: &mut [Solved], load: Load, users: &[usize]) -> bool {
        let mut moved = Vec::new();
        for &item in users {
            let Some(face) = items[item]
                .face
                .as_ref()
                .filter(|face| self.carries(face, load))
            else {
                continue;
            };
            let (needed, _) = self.avoid(face, |_, other| other == load);
            if needed > 0 {
                self.forced.insert(load);
                return false;
            }
            let (left, flow) = self.avoid(face, |loads, other| {
                other == load || !loads.running.contains(&other)
            });
            if left > 0 {
                return false;
            }
            moved.push((item, flow));
        }
        for (item, flow) in moved {
            if let Some(face) = &mut items[item].face {
                face.flow = flow;
            }
        }
        self.loads.running.remove(&load);
        true
    }

    fn carries(&self, face: &Face, load: Load) -> bool {
        let flows = face.arcs.iter().zip(&face.flow);
        flows
            .into_iter()
            .any(|(&meaning, &units)| units > 0 && self.loads.load(meaning) == Some(load))
    }

    /// For each site the loads that are forced, and as many more as some need there must have
    /// because those and the largest others cannot carry what it is sure to get.
    fn bound(&self, items: &[Solved]) -> i128 {
        let mut more: BTreeMap<usize, usize> = BTreeMap::new();
        for item in items {
            let mut room: BTreeMap<usize, (i64, BTreeMap<usize, i64>)> = BTreeMap::new();
            for share in &item.settled {
                room.entry(share.need).or_default().0 += share.units;
            }
            for (arc, &meaning) in item
                .face
                .iter()
                .flat_map(|face| face.arcs.iter().enumerate())
            {
                let Meaning::Send { need, depot, .. } = meaning else {
                    continue;
                };
                let face = item.face.as_ref();
                let units = face.map_or(0, |face| face.simplex.capacity(Arc::number(arc)));
                let (certain, others) = room.entry(need).or_default();
                let site = self.loads.site_of_need[need];
                if self.forced.contains(&(site, depot)) {
                    *certain = certain.saturating_add(units);
                } else {
                    let other = others.entry(depot).or_default();
                    *other = other.saturating_add(units);
                }
            }
            for &(need, sure) in &item.sure {
                let Some((certain, others)) = room.remove(&need) else {
                    continue;
                };
                let mut others: Vec<i64> = others.into_values().collect();
                others.sort_unstable_by(|one, other| other.cmp(one));
                let mut rest = sure - certain;
                let needed = others
                    .iter()
                    .take_while(|&&units| {
                        let is_needed = rest > 0;
                        rest = rest.saturating_sub(units);
                        is_needed
                    })
                    .count();
                let site = self.loads.site_of_need[need];
                let entry = more.entry(site).or_default();
                *entry = (*entry).max(needed);
            }
        }
        (self.forced.len() + more.values().sum::<usize>()) as i128
    }
}
