//! Fewer loads: what goes from one depot to one site goes together, whatever the items.
//!
//! **Invariant.** Only what the yardsticks before left open is moved, so none of them gets worse;
//! and the bound counts only loads that every best answer has.
//!
//! To find the fewest is hard (a set cover hides in it). So all loads that some best answer has run
//! at first, and one after the other is tried, those first that the fewest items could use: can all
//! that it carries go with the others? Each item stands where the last question left it, and what it
//! has to answer is seldom more than a few pivots away.

mod bound;

use super::{flow::Arc, optimum::Solved, scene::Scene};
use crate::kernel::cores;

/// How many arcs may be looked at in all: a limit of work and not of time, so that the same input
/// has the same answer on every machine.
const WORK_MAX: usize = 100_000_000;

/// What it costs to use a load that does not run, where one that is to be spared costs 1. No circle
/// of arcs is so long that it would be worth it.
const NOT_RUNNING: i64 = 1 << 32;

/// A depot and a site, as one number.
pub(super) type Load = u32;

/// The loads that run.
pub(super) struct Loads(Vec<bool>);

impl Loads {
    pub(super) fn run(&self, load: Load) -> bool {
        self.0[load as usize]
    }
}

/// Chooses the loads and says how many there are in any answer that is as good.
pub(super) fn merge(scene: &Scene<'_>, items: &mut [Solved]) -> (Loads, i128) {
    let mut forced = vec![false; scene.loads()];
    let needed = cores::map(items, needed_by);
    let settled = items.iter().flat_map(|item| &item.settled);
    let settled = settled.map(|share| scene.load(share.need, share.depot));
    for load in settled.chain(needed.into_iter().flatten()) {
        forced[load as usize] = true;
    }
    let mut merger = Merger {
        users: users(items, forced.len()),
        loads: Loads(forced.clone()),
        forced,
        work: 0,
    };
    for (load, users) in merger.users.iter().enumerate() {
        merger.loads.0[load] |= !users.is_empty();
    }
    // What runs empty after all was tried runs no more; what is left is tried again until nothing
    // can be spared.
    while merger.spare(items) {
        merger.stop_empty(items);
    }
    merger.stop_empty(items);
    let bound = bound::fewest(items, &merger.forced);
    (merger.loads, bound)
}

struct Merger {
    /// Which items could use each load.
    users: Vec<Vec<u32>>,
    loads: Loads,
    /// Loads that every best answer has.
    forced: Vec<bool>,
    work: usize,
}

/// Which items could use each load.
fn users(items: &[Solved], loads: usize) -> Vec<Vec<u32>> {
    let mut users: Vec<Vec<u32>> = vec![Vec::new(); loads];
    for (number, item) in (0..).zip(items) {
        for &load in item
            .face
            .iter()
            .flat_map(|face| face.loads.iter().flatten())
        {
            let users = &mut users[load as usize];
            if users.last() != Some(&number) {
                users.push(number);
            }
        }
    }
    users
}

/// The loads that an item cannot do without in any best answer.
fn needed_by(item: &Solved) -> Vec<Load> {
    let Some(face) = &item.face else {
        return Vec::new();
    };
    let mut simplex = face.simplex.clone();
    let mut in_use: Vec<Load> = (face.loads.iter().enumerate())
        .filter(|(arc, _)| simplex.flow(Arc::number(*arc)) > 0)
        .filter_map(|(_, load)| *load)
        .collect();
    in_use.sort_unstable();
    in_use.dedup();
    in_use.retain(|&load| {
        let uses = |simplex: &_| face.units(simplex, load) > 0;
        if uses(&simplex) {
            simplex.approach(|arc| i64::from(face.loads[arc.at()] == Some(load)));
        }
        uses(&simplex)
    });
    in_use
}

impl Merger {
    /// Tries to spare each load that runs and may be spared; says whether any was.
    fn spare(&mut self, items: &mut [Solved]) -> bool {
        let mut candidates: Vec<Load> = (0..)
            .zip(&self.loads.0)
            .zip(&self.forced)
            .filter(|((_, runs), forced)| **runs && !**forced)
            .map(|((load, _), _)| load)
            .collect();
        candidates.sort_by_cached_key(|&load| {
            let users = &self.users[load as usize];
            (users.len(), self.units(items, load), load)
        });
        let mut any = false;
        for load in candidates {
            if self.work > WORK_MAX {
                return false;
            }
            any |= self.spare_one(items, load);
        }
        any
    }

    /// Moves all that a load carries to others that run, if they can carry it. Where they cannot,
    /// what was moved is as good where it is now.
    fn spare_one(&mut self, items: &mut [Solved], load: Load) -> bool {
        for &item in &self.users[load as usize] {
            let Some(face) = &mut items[item as usize].face else {
                continue;
            };
            self.work += face.arcs.len();
            if face.units(&face.simplex, load) == 0 {
                continue;
            }
            let (of_arc, loads) = (&face.loads, &self.loads);
            face.simplex.approach(|arc| match of_arc[arc.at()] {
                Some(other) if other == load => 1,
                Some(other) if !loads.run(other) => NOT_RUNNING,
                _ => 0,
            });
            if face.units(&face.simplex, load) > 0 {
                return false;
            }
        }
        self.loads.0[load as usize] = false;
        true
    }

    fn stop_empty(&mut self, items: &[Solved]) {
        for load in (0..).take(self.forced.len()) {
            if self.loads.run(load) && !self.forced[load as usize] {
                self.loads.0[load as usize] = self.units(items, load) > 0;
            }
        }
    }

    /// What is left open and goes with a load.
    fn units(&self, items: &[Solved], load: Load) -> i64 {
        let users = self.users[load as usize].iter();
        let faces = users.filter_map(|&item| items[item as usize].face.as_ref());
        faces.map(|face| face.units(&face.simplex, load)).sum()
    }
}
