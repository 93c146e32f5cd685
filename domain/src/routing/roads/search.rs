//! The best ways between everywhere and one node.
//!
//! **Invariant.** Dijkstra's search: a node is settled once, at its least cost. Of ways that cost
//! the same the one that sails least is taken, and then that of the lower edge, so that the way that
//! is drawn is the same on every machine, and cost and ferries are the same from whichever end the
//! search began.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{
    Cut, RoadGraph,
    hops::{Cost, Hop, Side},
};
use crate::routing::LegMode;

pub(super) const UNREACHED: Cost = Cost::MAX;

/// What a search found.
#[derive(Debug)]
pub(super) struct Ways {
    cost: Vec<Cost>,
    next: Vec<Step>,
    /// By what the way of each node leads; empty on a map without ferries.
    mode: Vec<LegMode>,
}

/// The edge by which a way goes on from a node, towards the node where the search began, and where
/// it leads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) edge: u32,
    pub(super) to: u32,
}

const NOWHERE: Step = Step {
    edge: u32::MAX,
    to: u32::MAX,
};

/// What the best way between two nodes costs, and by what it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trip {
    cost: Cost,
    pub(super) mode: LegMode,
}

impl Trip {
    pub(super) fn time_ms(self) -> u64 {
        self.cost >> 32
    }

    pub(super) fn distance_dm(self) -> u64 {
        self.cost & u64::from(u32::MAX)
    }
}

/// Nodes that a search must settle before it may end.
#[derive(Debug)]
pub(super) struct Wanted {
    is: Vec<bool>,
    count: usize,
}

impl Wanted {
    pub(super) fn new(nodes: usize, wanted: impl Iterator<Item = u32>) -> Self {
        let (mut is, mut count) = (vec![false; nodes], 0);
        for node in wanted {
            let known = &mut is[node as usize];
            count += usize::from(!*known);
            *known = true;
        }
        Self { is, count }
    }
}

impl RoadGraph {
    /// The best ways that have `root` at that side.
    pub(super) fn search(&self, root: u32, side: Side, cut: &Cut, wanted: &Wanted) -> Ways {
        let sailed = if self.ferries.is_empty() {
            0
        } else {
            self.nodes.len()
        };
        let mut ways = Ways {
            cost: vec![UNREACHED; self.nodes.len()],
            next: vec![NOWHERE; self.nodes.len()],
            mode: vec![LegMode::Road; sailed],
        };
        let hops = match side {
            Side::Start => &self.departures,
            Side::End => &self.arrivals,
        };
        let mut left = wanted.count;
        let mut waiting = BinaryHeap::new();
        ways.cost[root as usize] = 0;
        waiting.push(Reverse((0, root)));
        while let Some(Reverse((cost, node))) = waiting.pop() {
            if cost > ways.cost[node as usize] {
                continue;
            }
            left -= usize::from(wanted.is[node as usize]);
            if left == 0 {
                break;
            }
            for hop in hops.at(node) {
                let by_here = cost.saturating_add(hop.cost);
                if by_here > ways.cost[hop.other as usize] || cut.closes(hop.edge) {
                    continue;
                }
                if ways.improve(hop, node, by_here, self.mode_by(hop, node, &ways)) {
                    waiting.push(Reverse((by_here, hop.other)));
                }
            }
        }
        // What was not settled when the last wanted node was is no answer.
        ways
    }

    // By what a way leads that goes on from a node: the smallest ferry that is known counts.
    fn mode_by(&self, hop: &Hop, node: u32, ways: &Ways) -> LegMode {
        let on = ways.mode(node);
        if ways.mode.is_empty() {
            return on;
        }
        let ferry = self.edges[hop.edge as usize].ferry;
        let Some(ferry) = ferry.and_then(|number| self.ferries.get(usize::from(number))) else {
            return on;
        };
        let before = match on {
            LegMode::Road => None,
            LegMode::Ferry { tonnes_per_day } => tonnes_per_day,
        };
        let both = [before, ferry.tonnes_per_day].into_iter().flatten();
        LegMode::Ferry {
            tonnes_per_day: both.min(),
        }
    }
}

// Not to sail is best, and then a ferry of which nobody knows that it is small.
fn sails_less(mode: LegMode) -> (bool, Reverse<u32>) {
    match mode {
        LegMode::Road => (false, Reverse(u32::MAX)),
        LegMode::Ferry { tonnes_per_day } => (true, Reverse(tonnes_per_day.unwrap_or(u32::MAX))),
    }
}

impl Ways {
    /// Takes a way that costs no more than the best known; whether it costs less.
    fn improve(&mut self, hop: &Hop, to: u32, cost: Cost, mode: LegMode) -> bool {
        let other = hop.other as usize;
        let step = Step { edge: hop.edge, to };
        let is_better = cost < self.cost[other];
        // Every edge takes time, so two ways that cost the same never lead through each other.
        let is_preferred = || {
            let rank = |mode, step: Step| (sails_less(mode), step.edge);
            cost != UNREACHED && rank(mode, step) < rank(self.mode(hop.other), self.next[other])
        };
        if is_better || is_preferred() {
            self.cost[other] = cost;
            self.next[other] = step;
            if let Some(known) = self.mode.get_mut(other) {
                *known = mode;
            }
        }
        is_better
    }

    fn mode(&self, node: u32) -> LegMode {
        self.mode.get(node as usize).copied().unwrap_or_default()
    }

    /// The best way between the node and where the search began.
    pub(super) fn trip(&self, node: u32) -> Option<Trip> {
        let cost = self.cost[node as usize];
        let mode = self.mode(node);
        (cost != UNREACHED).then_some(Trip { cost, mode })
    }

    /// The steps from the node to where the search began.
    pub(super) fn steps(&self, node: u32) -> impl Iterator<Item = Step> {
        let mut at = node;
        std::iter::from_fn(move || {
            let step = self.next[at as usize];
            (step.to != u32::MAX).then(|| {
                at = step.to;
                step
            })
        })
    }
}
