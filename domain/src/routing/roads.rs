//! Roads as a graph: junctions, and what can be driven between them.
//!
//! **Invariant.** Every edge joins two nodes that exist and takes some time, all figures are whole
//! numbers, and nothing changes after the graph is made: what is closed today is a [`Cut`] beside
//! it. So many questions are answered at once, and the same question has the same answer for ever.

mod components;
mod hops;
mod nearest;
mod search;
mod table;
mod ways;

#[cfg(test)]
mod laws;

pub use ways::{ACCESS, Cut};

use crate::{incidents::BoundingBox, kernel::Place};

use hops::{Hops, Side};
use nearest::Grid;

/// A junction, or a bend: ten-millionths of a degree, as OpenStreetMap counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoadNode {
    /// East.
    pub longitude_e7: i32,
    /// North.
    pub latitude_e7: i32,
}

impl RoadNode {
    /// Where it is; a node of a graph is always somewhere.
    #[must_use]
    pub fn place(self) -> Option<Place> {
        let degrees = |e7: i32| f64::from(e7) / 1e7;
        Place::new(degrees(self.longitude_e7), degrees(self.latitude_e7)).ok()
    }
}

/// What is driven, or sailed, from one node to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoadEdge {
    /// The node where it starts.
    pub from: u32,
    /// The node where it ends.
    pub to: u32,
    /// How long it takes, in thousandths of a second; of a ferry, how long it sails.
    pub time_ms: u32,
    /// How long it is, in tenths of a metre.
    pub distance_dm: u32,
    /// Whether it may be driven from its end to its start as well.
    pub both_ways: bool,
    /// The ferry that carries it, by its number.
    pub ferry: Option<u16>,
}

/// A ferry that carries lorries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ferry {
    /// What it is called.
    pub name: String,
    /// How many hundredths of its sailing time a crossing takes, waiting at the quay included.
    pub timetable_percent: u32,
    /// How much it carries in a day, if that is known.
    pub tonnes_per_day: Option<u32>,
}

/// Why nodes and edges are no graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RoadGraphError {
    /// There is no road.
    #[error("there is no road in it")]
    Empty,
    /// More than can be numbered.
    #[error("it has more than {} nodes or edges", RoadGraph::SIZE_MAX)]
    TooLarge,
    /// A node is nowhere on earth.
    #[error("node {node} is nowhere on earth")]
    Nowhere {
        /// Its number, from 0.
        node: usize,
    },
    /// An edge ends where there is no node, or takes no time.
    #[error("edge {edge} joins no two nodes, or takes no time")]
    Edge {
        /// Its number, from 0.
        edge: usize,
    },
    /// An edge is carried by a ferry that is not there, or one that sails faster than it does.
    #[error("edge {edge} has no such ferry, or one with a timetable of less than 100 %")]
    Ferry {
        /// The number of the edge, from 0.
        edge: usize,
    },
    /// The reach is not a distance.
    #[error("the reach is a number from 0.1 to 50 km")]
    Reach,
}

/// A road network.
#[derive(Debug, Clone)]
pub struct RoadGraph {
    nodes: Vec<RoadNode>,
    places: Vec<Place>,
    edges: Vec<RoadEdge>,
    ferries: Vec<Ferry>,
    reach_km: f64,
    /// The ways into each node, for searches from where goods are needed.
    arrivals: Hops,
    /// The ways out of each node, for searches from where goods are.
    departures: Hops,
    /// How many nodes can be reached from each node and back again.
    company: Vec<u32>,
    /// The set of such nodes that each belongs to.
    component: Vec<u32>,
    grid: Grid,
    bounds: BoundingBox,
}

impl RoadGraph {
    /// More nodes or edges than all of China has cannot be numbered.
    pub const SIZE_MAX: usize = 1 << 30;

    /// Checks nodes and edges and prepares them for questions. A place that is further than
    /// `reach_km` from any road is not joined with the network.
    ///
    /// # Errors
    /// [`RoadGraphError`] for the first thing that does not fit.
    pub fn new(
        nodes: Vec<RoadNode>,
        edges: Vec<RoadEdge>,
        ferries: Vec<Ferry>,
        reach_km: f64,
    ) -> Result<Self, RoadGraphError> {
        if nodes.len() > Self::SIZE_MAX || edges.len() > Self::SIZE_MAX {
            return Err(RoadGraphError::TooLarge);
        }
        if !(0.1..=50.0).contains(&reach_km) {
            return Err(RoadGraphError::Reach);
        }
        let places: Vec<Place> = (nodes.iter().enumerate())
            .map(|(node, it)| it.place().ok_or(RoadGraphError::Nowhere { node }))
            .collect::<Result<_, _>>()?;
        for (edge, it) in edges.iter().enumerate() {
            let known = |node: u32| (node as usize) < nodes.len();
            if !known(it.from) || !known(it.to) || it.time_ms == 0 {
                return Err(RoadGraphError::Edge { edge });
            }
            let ferry = it.ferry.map(|number| ferries.get(usize::from(number)));
            if ferry.is_some_and(|ferry| ferry.is_none_or(|it| it.timetable_percent < 100)) {
                return Err(RoadGraphError::Ferry { edge });
            }
        }
        let bounds = (places.iter().copied().map(BoundingBox::round))
            .reduce(BoundingBox::and)
            .filter(|_| !edges.is_empty())
            .ok_or(RoadGraphError::Empty)?;
        let hops = |side| Hops::new(side, nodes.len(), &edges, &ferries);
        let (arrivals, departures) = (hops(Side::End), hops(Side::Start));
        let (component, company) = components::strong(&arrivals);
        Ok(Self {
            grid: Grid::new(&places, bounds),
            nodes,
            places,
            edges,
            ferries,
            reach_km,
            arrivals,
            departures,
            company,
            component,
            bounds,
        })
    }

    /// The nodes, in the order of their numbers.
    #[must_use]
    pub fn nodes(&self) -> &[RoadNode] {
        &self.nodes
    }

    /// The edges, in the order of their numbers.
    #[must_use]
    pub fn edges(&self) -> &[RoadEdge] {
        &self.edges
    }

    /// The ferries, in the order of their numbers.
    #[must_use]
    pub fn ferries(&self) -> &[Ferry] {
        &self.ferries
    }

    /// How far a place may be from the nearest road, in kilometres.
    #[must_use]
    pub fn reach_km(&self) -> f64 {
        self.reach_km
    }

    /// The box that holds every node.
    #[must_use]
    pub fn bounds(&self) -> BoundingBox {
        self.bounds
    }

    /// How many nodes can all be reached from one another, at most.
    #[must_use]
    pub fn largest_component(&self) -> u32 {
        self.company.iter().copied().max().unwrap_or(0)
    }
}
