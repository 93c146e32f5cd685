//! Finds out whether the rings of a polygon cross.
//!
//! **Invariant.** The work is bounded: edges are swept along the axis on which they overlap least,
//! and past [`PAIRS_MAX`] pairs or [`MEETINGS_MAX`] exact tests a polygon is refused as too
//! entangled. All polygons of one area draw on one [`Budget`], so that many of them cost no more
//! than the worst one. The geometry library's own validity check compares every edge with every other,
//! which for 10,000 points is 100 million exact tests; it is the oracle of the tests instead.

use std::collections::BTreeMap;

use geo::{Coord, LineString};

use super::{PolygonError, edges};
use crate::incidents::area::edge::{Edge, Meeting};

/// The most pairs of edges whose boxes are compared: 3,000 edges that all lie over each other stay
/// below it, and so does any coast or county of 10,000 points.
const PAIRS_MAX: usize = 5_000_000;
/// The most pairs of edges whose boxes overlap and that are tested exactly.
const MEETINGS_MAX: usize = 2_000_000;

/// How many tests are left for the polygons of one area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pairs: usize,
    meetings: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            pairs: PAIRS_MAX,
            meetings: MEETINGS_MAX,
        }
    }
}

pub(super) fn check(rings: &[LineString], budget: &mut Budget) -> Result<(), PolygonError> {
    for (ring, points) in rings.iter().enumerate() {
        if points.0.iter().skip(2).all(|&point| on_line(points, point)) {
            return Err(PolygonError::ZeroArea { ring });
        }
    }
    let ring_lengths: Vec<usize> = rings.iter().map(|ring| ring.lines().len()).collect();
    let mut swept: Vec<Edge> = rings
        .iter()
        .enumerate()
        .flat_map(|(ring, points)| edges(ring, points))
        .collect();
    if overlap(&swept, Edge::south, Edge::north) < overlap(&swept, Edge::west, Edge::east) {
        // Swept northwards instead: the mirror image crosses where the original does.
        for edge in &mut swept {
            (edge.start, edge.end) = (mirrored(edge.start), mirrored(edge.end));
        }
        sweep(swept, &ring_lengths, budget).map_err(PolygonError::mirrored)
    } else {
        sweep(swept, &ring_lengths, budget)
    }
}

fn sweep(
    mut swept: Vec<Edge>,
    ring_lengths: &[usize],
    budget: &mut Budget,
) -> Result<(), PolygonError> {
    swept.sort_by(|one, other| one.west().total_cmp(&other.west()));
    let mut touches: BTreeMap<(usize, usize), Coord> = BTreeMap::new();
    let mut active: Vec<Edge> = Vec::new();
    for edge in swept {
        active.retain(|other| other.east() >= edge.west());
        budget.pairs = spend(budget.pairs, active.len())?;
        let (south, north) = (edge.south(), edge.north());
        for other in &active {
            if other.south() > north || other.north() < south {
                continue;
            }
            budget.meetings = spend(budget.meetings, 1)?;
            check_pair(&edge, other, ring_lengths, &mut touches)?;
        }
        active.push(edge);
    }
    Ok(())
}

fn spend(left: usize, tests: usize) -> Result<usize, PolygonError> {
    left.checked_sub(tests).ok_or(PolygonError::TooEntangled)
}

fn check_pair(
    edge: &Edge,
    other: &Edge,
    ring_lengths: &[usize],
    touches: &mut BTreeMap<(usize, usize), Coord>,
) -> Result<(), PolygonError> {
    if edge.ring == other.ring {
        let length = ring_lengths[edge.ring];
        let follows = |next: &Edge, last: &Edge| next.index == (last.index + 1) % length;
        let wrong = if follows(edge, other) {
            other.folds_into(edge)
        } else if follows(other, edge) {
            edge.folds_into(other)
        } else {
            edge.meet(other) != Meeting::Apart
        };
        return if wrong {
            Err(PolygonError::SelfCrossing {
                ring: edge.ring,
                longitude: edge.start.x,
                latitude: edge.start.y,
            })
        } else {
            Ok(())
        };
    }
    let rings = (edge.ring.min(other.ring), edge.ring.max(other.ring));
    let crossed = |at: Coord| PolygonError::RingsCross {
        ring: rings.0,
        other: rings.1,
        longitude: at.x,
        latitude: at.y,
    };
    match edge.meet(other) {
        Meeting::Apart => Ok(()),
        Meeting::Cross => Err(crossed(edge.start)),
        // Two closed lines cross an even number of times, so at a single common point they only
        // touch. At two common points they cross, or cut the polygon into pieces.
        Meeting::Touch(at) if *touches.entry(rings).or_insert(at) == at => Ok(()),
        Meeting::Touch(at) => Err(crossed(at)),
    }
}

fn on_line(points: &LineString, point: Coord) -> bool {
    use geo::{Kernel, Orientation, kernels::RobustKernel};
    RobustKernel::orient2d(points.0[0], points.0[1], point) == Orientation::Collinear
}

// How many edges lie over a point of the axis, on average.
fn overlap(swept: &[Edge], low: impl Fn(&Edge) -> f64, high: impl Fn(&Edge) -> f64) -> f64 {
    let lengths: f64 = swept.iter().map(|edge| high(edge) - low(edge)).sum();
    let first = swept.iter().map(&low).fold(f64::INFINITY, f64::min);
    let last = swept.iter().map(&high).fold(f64::NEG_INFINITY, f64::max);
    lengths / (last - first).max(f64::MIN_POSITIVE)
}

fn mirrored(coord: Coord) -> Coord {
    Coord {
        x: coord.y,
        y: coord.x,
    }
}

impl PolygonError {
    fn mirrored(self) -> Self {
        match self {
            Self::SelfCrossing {
                ring,
                longitude,
                latitude,
            } => Self::SelfCrossing {
                ring,
                longitude: latitude,
                latitude: longitude,
            },
            Self::RingsCross {
                ring,
                other,
                longitude,
                latitude,
            } => Self::RingsCross {
                ring,
                other,
                longitude: latitude,
                latitude: longitude,
            },
            other => other,
        }
    }
}
