//! The best ways from everywhere to one node.
//!
//! **Invariant.** Dijkstra's search over arrivals: a node is settled once, at its least cost, and
//! where two ways cost the same the one of the lower edge is taken, so that the way that is drawn
//! is the same on every machine.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{Arrival, Cost, Cut, RoadGraph, UNREACHED};

/// What a search found.
#[derive(Debug)]
pub(super) struct Ways {
    cost: Vec<Cost>,
    next: Vec<Step>,
}

/// The edge that is taken from a node, and where it leads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    pub(super) edge: u32,
    pub(super) to: u32,
}

const NOWHERE: Step = Step {
    edge: u32::MAX,
    to: u32::MAX,
};

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
    pub(super) fn ways_to(&self, goal: u32, cut: &Cut, wanted: &Wanted) -> Ways {
        let mut ways = Ways {
            cost: vec![UNREACHED; self.nodes.len()],
            next: vec![NOWHERE; self.nodes.len()],
        };
        let mut left = wanted.count;
        let mut waiting = BinaryHeap::new();
        ways.cost[goal as usize] = 0;
        waiting.push(Reverse((0, goal)));
        while let Some(Reverse((cost, node))) = waiting.pop() {
            if cost > ways.cost[node as usize] {
                continue;
            }
            left -= usize::from(wanted.is[node as usize]);
            if left == 0 {
                break;
            }
            for arrival in self.arrivals_at(node) {
                if cut.closes(arrival.edge) {
                    continue;
                }
                let by_here = cost.saturating_add(arrival.cost);
                if ways.improve(arrival, node, by_here) {
                    waiting.push(Reverse((by_here, arrival.from)));
                }
            }
        }
        // What was not settled when the last wanted node was is no answer.
        ways
    }
}

impl Ways {
    fn improve(&mut self, arrival: &Arrival, to: u32, cost: Cost) -> bool {
        let from = arrival.from as usize;
        let step = Step {
            edge: arrival.edge,
            to,
        };
        if cost < self.cost[from] {
            self.cost[from] = cost;
            self.next[from] = step;
            return true;
        }
        // Every edge takes time, so two ways that cost the same never lead through each other.
        if cost == self.cost[from] && cost != UNREACHED && step.edge < self.next[from].edge {
            self.next[from] = step;
        }
        false
    }

    /// Thousandths of a second and tenths of a metre from the node to the goal.
    pub(super) fn from(&self, node: u32) -> Option<(u64, u64)> {
        let cost = self.cost[node as usize];
        (cost != UNREACHED).then_some((cost >> 32, cost & u64::from(u32::MAX)))
    }

    /// The steps from the node to the goal.
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
