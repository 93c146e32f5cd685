//! The node where somebody gets on the road.
//!
//! **Invariant.** The nearest node within reach, by the great circle; a scrap of road that leads
//! nowhere is passed over where a real road is hardly further.

use super::RoadGraph;
use crate::{incidents::BoundingBox, kernel::Place};

/// Fewer nodes than this are a car park or a piece that the network was cut from.
const SCRAP_NODES: u32 = 8;
/// How much further than a scrap a real road may be to be taken instead.
const BEYOND_SCRAP_KM: f64 = 2.0;
/// Where the search begins; it doubles from there.
const FIRST_LOOK_KM: f64 = 1.0;
const KM_PER_DEGREE: f64 = 111.195;

/// Nodes by the cell of longitudes and latitudes that they lie in.
#[derive(Debug, Clone)]
pub(super) struct Grid {
    west: f64,
    south: f64,
    side: f64,
    columns: usize,
    rows: usize,
    first: Vec<u32>,
    nodes: Vec<u32>,
}

/// Where somebody gets on the road.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Access {
    pub(super) node: u32,
    pub(super) km: f64,
}

impl Grid {
    pub(super) fn new(places: &[Place], bounds: BoundingBox) -> Self {
        let (width, height) = (bounds.east - bounds.west, bounds.north - bounds.south);
        // About four nodes to a cell, and never more cells than nodes. No side is so small that
        // a long thin network would need many.
        let count = places.len().max(1);
        #[expect(clippy::cast_precision_loss, reason = "graphs have at most 2^30 nodes")]
        let cells = count as f64 / 4.0;
        let side = (width * height / cells)
            .sqrt()
            .max(width.max(height) / cells)
            .max(0.001);
        let mut grid = Self {
            west: bounds.west,
            south: bounds.south,
            side,
            columns: steps(width, side) + 1,
            rows: steps(height, side) + 1,
            first: Vec::new(),
            nodes: Vec::new(),
        };
        let cells: Vec<usize> = places.iter().map(|place| grid.cell(*place)).collect();
        let mut first = vec![0_u32; grid.columns * grid.rows + 1];
        for cell in &cells {
            first[cell + 1] += 1;
        }
        for cell in 0..first.len() - 1 {
            first[cell + 1] += first[cell];
        }
        let mut free = first.clone();
        grid.nodes = vec![0; places.len()];
        for (node, cell) in (0_u32..).zip(cells) {
            grid.nodes[free[cell] as usize] = node;
            free[cell] += 1;
        }
        grid.first = first;
        grid
    }

    fn column(&self, longitude: f64) -> usize {
        steps(longitude - self.west, self.side).min(self.columns - 1)
    }

    fn row(&self, latitude: f64) -> usize {
        steps(latitude - self.south, self.side).min(self.rows - 1)
    }

    fn cell(&self, place: Place) -> usize {
        self.row(place.latitude()) * self.columns + self.column(place.longitude())
    }

    /// The nodes of all cells that a box of so many kilometres round the place touches.
    fn around(&self, place: Place, km: f64) -> impl Iterator<Item = u32> {
        let (x, y) = (place.longitude(), place.latitude());
        let high = km / KM_PER_DEGREE;
        let shrink = (y.abs() + high).min(89.9).to_radians().cos();
        let wide = high / shrink;
        let columns = self.column(x - wide)..=self.column(x + wide);
        (self.row(y - high)..=self.row(y + high)).flat_map(move |row| {
            let (start, end) = (
                self.first[row * self.columns + columns.start()] as usize,
                self.first[row * self.columns + columns.end() + 1] as usize,
            );
            self.nodes[start..end].iter().copied()
        })
    }
}

// Whole sides in a length; none in one that is negative or no number.
fn steps(length: f64, side: f64) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "floats saturate, and cells are cut off at the edge of the grid"
    )]
    let steps = (length / side).floor() as usize;
    steps
}

impl RoadGraph {
    /// Where somebody at the place gets on the road: `None` if that is further than the reach.
    pub(super) fn access(&self, place: Place) -> Option<Access> {
        let any = self.nearest(place, self.reach_km, |_| true)?;
        if self.is_road(any.node) {
            return Some(any);
        }
        let further = (any.km + BEYOND_SCRAP_KM).min(self.reach_km);
        let real = self.nearest(place, further, |node| self.is_road(node));
        real.or(Some(any))
    }

    fn is_road(&self, node: u32) -> bool {
        self.company[node as usize] >= SCRAP_NODES
    }

    pub(super) fn nearest(
        &self,
        place: Place,
        most: f64,
        wanted: impl Fn(u32) -> bool,
    ) -> Option<Access> {
        let mut look = FIRST_LOOK_KM.min(most);
        loop {
            let found = self
                .grid
                .around(place, look)
                .filter(|node| wanted(*node))
                .map(|node| Access {
                    node,
                    km: place.distance_km(self.places[node as usize]),
                })
                .filter(|access| access.km <= look)
                .min_by(|one, other| one.km.total_cmp(&other.km).then(one.node.cmp(&other.node)));
            if found.is_some() || look >= most {
                return found;
            }
            look = (2.0 * look).min(most);
        }
    }
}
