//! The best trips between some nodes and others.
//!
//! **Invariant.** One search for each node of the side that has fewer, on all cores. Which side it
//! was changes nothing but the time.

use super::{
    Cut, RoadGraph,
    hops::Side,
    search::{Trip, Wanted},
};
use crate::kernel::cores;

/// What was found between each start and each end.
#[derive(Debug)]
pub(super) struct Table {
    starts: Vec<u32>,
    ends: Vec<u32>,
    /// The side from which was searched, and so the order of `found`.
    side: Side,
    found: Vec<Vec<Option<Trip>>>,
}

impl RoadGraph {
    pub(super) fn table(&self, starts: Vec<u32>, ends: Vec<u32>, cut: &Cut) -> Table {
        let (starts, ends) = (once_each(starts), once_each(ends));
        let side = if starts.len() < ends.len() {
            Side::Start
        } else {
            Side::End
        };
        self.table_from(side, starts, ends, cut)
    }

    pub(super) fn table_from(
        &self,
        side: Side,
        starts: Vec<u32>,
        ends: Vec<u32>,
        cut: &Cut,
    ) -> Table {
        let (roots, others) = match side {
            Side::Start => (&starts, &ends),
            Side::End => (&ends, &starts),
        };
        let wanted = Wanted::new(self.nodes.len(), others.iter().copied());
        let found = cores::map(roots, |root| {
            let ways = self.search(*root, side, cut, &wanted);
            others.iter().map(|other| ways.trip(*other)).collect()
        });
        Table {
            starts,
            ends,
            side,
            found,
        }
    }
}

fn once_each(mut nodes: Vec<u32>) -> Vec<u32> {
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

impl Table {
    /// The best trip from a start to an end that were asked for.
    pub(super) fn trip(&self, start: u32, end: u32) -> Option<Trip> {
        let start = self.starts.binary_search(&start).ok()?;
        let end = self.ends.binary_search(&end).ok()?;
        match self.side {
            Side::Start => self.found[start][end],
            Side::End => self.found[end][start],
        }
    }
}
