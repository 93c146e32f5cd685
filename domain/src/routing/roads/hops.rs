//! Edges as their ends see them.
//!
//! **Invariant.** Every way that an edge may be driven stands once at the node where it leaves and
//! once at the node where it arrives, with one cost; the order is that of the edges.

use super::{Ferry, RoadEdge};

/// Thousandths of a second, and in the lower half tenths of a metre: the sooner way is the better
/// one, and of two that take as long the shorter.
pub(super) type Cost = u64;

/// At which end of ways a node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Start,
    End,
}

/// An edge as one of its ends sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hop {
    pub(super) cost: Cost,
    /// The node at the other end.
    pub(super) other: u32,
    pub(super) edge: u32,
}

/// The hops of all nodes.
#[derive(Debug, Clone)]
pub(super) struct Hops {
    /// For each node where its hops begin in `hops`; one more stands at the end.
    pub(super) first: Vec<u32>,
    pub(super) hops: Vec<Hop>,
}

impl Hops {
    /// The ways out of each node, or those into it.
    pub(super) fn new(side: Side, nodes: usize, edges: &[RoadEdge], ferries: &[Ferry]) -> Self {
        let ends = |edge: &RoadEdge| {
            let along = match side {
                Side::Start => (edge.from, edge.to),
                Side::End => (edge.to, edge.from),
            };
            let back = edge.both_ways.then_some((along.1, along.0));
            std::iter::once(along).chain(back)
        };
        let mut first = vec![0_u32; nodes + 1];
        for (here, _) in edges.iter().flat_map(ends) {
            first[here as usize + 1] += 1;
        }
        for node in 0..nodes {
            first[node + 1] += first[node];
        }
        let mut free = first.clone();
        let empty = Hop {
            cost: Cost::MAX,
            other: 0,
            edge: 0,
        };
        let mut hops = vec![empty; first[nodes] as usize];
        for (number, edge) in (0_u32..).zip(edges) {
            let ferry = edge.ferry.and_then(|ferry| ferries.get(usize::from(ferry)));
            let percent = ferry.map_or(100, |ferry| u64::from(ferry.timetable_percent));
            let time = (u64::from(edge.time_ms) * percent / 100).min(u64::from(u32::MAX));
            for (here, other) in ends(edge) {
                let place = &mut free[here as usize];
                hops[*place as usize] = Hop {
                    cost: time << 32 | u64::from(edge.distance_dm),
                    other,
                    edge: number,
                };
                *place += 1;
            }
        }
        Self { first, hops }
    }

    pub(super) fn at(&self, node: u32) -> &[Hop] {
        let at = node as usize;
        let (start, end) = (self.first[at] as usize, self.first[at + 1] as usize);
        &self.hops[start..end]
    }
}
