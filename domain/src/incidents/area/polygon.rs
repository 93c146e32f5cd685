//! A drawn shape, with holes if it has any.
//!
//! **Invariant.** A polygon's rings are closed, do not cross or touch themselves, share at most one
//! point with each other, hold some ground and lie the right way round (RFC 7946: outside
//! anticlockwise, holes clockwise); its holes lie inside and beside each other; it spans at most
//! half the globe. Everything after this may trust it. Checking 10,000 points takes a bounded
//! number of steps whatever their order: see [`crossing`].

mod crossing;

pub use crossing::Budget;

use geo::{
    Coord, CoordinatePosition, Intersects, LineString, coordinate_position::CoordPos,
    coordinate_position::coord_pos_relative_to_ring,
};

use super::{BoundingBox, edge::Edge};
use crate::kernel::{Crs, Place, PlaceError};

/// A shape on the ground: an outer ring and holes.
#[derive(Debug, Clone, PartialEq)]
pub struct Polygon {
    geometry: geo::Polygon,
    bounds: BoundingBox,
}

/// Why rings are not a polygon. `ring` 0 is the outer ring, the holes follow.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PolygonError {
    /// No ring at all.
    #[error("a polygon has an outer ring")]
    NoRing,
    /// More than the limit.
    #[error(
        "a polygon has at most {} points, this one has {points}",
        Polygon::POINTS_MAX
    )]
    TooManyPoints {
        /// How many there are.
        points: usize,
    },
    /// More than the limit.
    #[error(
        "a polygon has at most {} holes, this one has {holes}",
        Polygon::HOLES_MAX
    )]
    TooManyHoles {
        /// How many there are.
        holes: usize,
    },
    /// A point is not a place.
    #[error("ring {ring}, point {index}: {error}")]
    Point {
        /// The ring.
        ring: usize,
        /// The position of the point in it, from 0.
        index: usize,
        /// What is wrong with it.
        error: PlaceError,
    },
    /// RFC 7946: the last point repeats the first.
    #[error("ring {ring} is not closed: its last point must repeat its first")]
    NotClosed {
        /// The ring.
        ring: usize,
    },
    /// RFC 7946: four or more points, three of them different.
    #[error("ring {ring} has fewer than three different points and the closing one")]
    TooFewPoints {
        /// The ring.
        ring: usize,
    },
    /// The ring holds less than about a square metre.
    #[error("ring {ring} encloses no ground")]
    ZeroArea {
        /// The ring.
        ring: usize,
    },
    /// The ring crosses, touches or runs back over itself.
    #[error("ring {ring} crosses or touches itself near {longitude}, {latitude}")]
    SelfCrossing {
        /// The ring.
        ring: usize,
        /// Degrees east of a point near the crossing.
        longitude: f64,
        /// Degrees north of a point near the crossing.
        latitude: f64,
    },
    /// Two rings cross, run along each other or touch at more than one point.
    #[error("rings {ring} and {other} cross near {longitude}, {latitude}")]
    RingsCross {
        /// One ring.
        ring: usize,
        /// The other.
        other: usize,
        /// Degrees east of a point near the crossing.
        longitude: f64,
        /// Degrees north of a point near the crossing.
        latitude: f64,
    },
    /// A hole lies outside the outer ring.
    #[error("hole {ring} lies outside the outer ring")]
    HoleOutside {
        /// The hole.
        ring: usize,
    },
    /// A hole lies inside another hole.
    #[error("hole {ring} lies inside hole {other}")]
    HoleInHole {
        /// The inner one.
        ring: usize,
        /// The one round it.
        other: usize,
    },
    /// It would be read as lying on the far side of the globe.
    #[error(
        "the polygon spans {} degrees of longitude: cut it in two at the antimeridian",
        span_degrees
    )]
    Antimeridian {
        /// Whole degrees between its westernmost and easternmost points.
        span_degrees: u16,
    },
    /// Its edges overlap so much that checking it would take too long.
    #[error("the polygon's edges are too entangled to check: draw it with fewer long edges")]
    TooEntangled,
}

impl Polygon {
    /// The most points of one polygon, all rings together.
    pub const POINTS_MAX: usize = 10_000;
    /// The most holes of one polygon.
    pub const HOLES_MAX: usize = 500;
    // In square degrees: about a square metre on the equator.
    const AREA_MIN: f64 = 1e-10;

    /// Checks rings of `[longitude, latitude]`, the outer one first, given in `crs`, and lays them
    /// the right way round. A point given twice in a row is read once.
    ///
    /// # Errors
    /// [`PolygonError`] names the first ring, point or crossing that breaks the invariant.
    pub fn new(rings: &[Vec<[f64; 2]>], crs: Crs) -> Result<Self, PolygonError> {
        Self::within(&mut Budget::default(), rings, crs)
    }

    /// As [`new`](Self::new), for one of several polygons of an area: they share the budget.
    ///
    /// # Errors
    /// [`PolygonError`], also where the polygons before left too little of the budget.
    pub fn within(
        budget: &mut Budget,
        rings: &[Vec<[f64; 2]>],
        crs: Crs,
    ) -> Result<Self, PolygonError> {
        let points = rings.iter().map(Vec::len).sum();
        if points > Self::POINTS_MAX {
            return Err(PolygonError::TooManyPoints { points });
        }
        let holes = rings.len().checked_sub(1).ok_or(PolygonError::NoRing)?;
        if holes > Self::HOLES_MAX {
            return Err(PolygonError::TooManyHoles { holes });
        }
        let rings = rings
            .iter()
            .enumerate()
            .map(|(ring, points)| read_ring(ring, points, crs))
            .collect::<Result<Vec<_>, _>>()?;
        let bounds = check_span(&rings)?;
        crossing::check(&rings, budget)?;
        let rings = rings
            .into_iter()
            .enumerate()
            .map(|(ring, points)| lay(ring, points))
            .collect::<Result<Vec<_>, _>>()?;
        check_holes(&rings)?;
        let mut rings = rings.into_iter();
        let outer = rings.next().ok_or(PolygonError::NoRing)?;
        Ok(Self {
            geometry: geo::Polygon::new(outer, rings.collect()),
            bounds,
        })
    }

    /// Rings that were checked when they came in, as they are kept: WGS-84, closed, the right way
    /// round. Looking at them costs one step for each point.
    ///
    /// # Errors
    /// [`PolygonError`] for what cannot have been checked.
    pub fn kept(rings: Vec<Vec<[f64; 2]>>) -> Result<Self, PolygonError> {
        let line = |ring: Vec<[f64; 2]>| ring.into_iter().map(Coord::from).collect();
        let rings: Vec<LineString> = rings.into_iter().map(line).collect();
        let bounds = check_span(&rings)?;
        let mut rings = rings.into_iter();
        let outer = rings.next().ok_or(PolygonError::NoRing)?;
        Ok(Self {
            geometry: geo::Polygon::new(outer, rings.collect()),
            bounds,
        })
    }

    /// The shape as the geometry library sees it, the right way round.
    #[must_use]
    pub fn geometry(&self) -> &geo::Polygon {
        &self.geometry
    }

    /// The box round it.
    #[must_use]
    pub fn bounding_box(&self) -> BoundingBox {
        self.bounds
    }

    pub(super) fn points(&self) -> usize {
        self.rings().map(|ring| ring.0.len()).sum()
    }

    pub(super) fn covers(&self, place: Place) -> bool {
        self.bounds.contains(place)
            && self.geometry.coordinate_position(&place.point().0) != CoordPos::Outside
    }

    pub(super) fn crosses(&self, start: Coord, end: Coord) -> bool {
        self.geometry.intersects(&geo::Line::new(start, end))
    }

    pub(super) fn distance_km(&self, place: Place) -> f64 {
        if self.covers(place) {
            return 0.0;
        }
        self.rings()
            .enumerate()
            .flat_map(|(ring, points)| edges(ring, points))
            .map(|edge| edge.distance_km(place))
            .fold(f64::INFINITY, f64::min)
    }

    fn rings(&self) -> impl Iterator<Item = &LineString> {
        std::iter::once(self.geometry.exterior()).chain(self.geometry.interiors())
    }
}

fn edges(ring: usize, points: &LineString) -> impl Iterator<Item = Edge> {
    points.lines().enumerate().map(move |(index, line)| Edge {
        ring,
        index,
        start: line.start,
        end: line.end,
    })
}

fn read_ring(ring: usize, points: &[[f64; 2]], crs: Crs) -> Result<LineString, PolygonError> {
    let mut coords: Vec<Coord> = Vec::with_capacity(points.len());
    for (index, &[longitude, latitude]) in points.iter().enumerate() {
        let place = Place::from_crs(longitude, latitude, crs)
            .map_err(|error| PolygonError::Point { ring, index, error })?;
        let coord = place.point().0;
        if coords.last() != Some(&coord) {
            coords.push(coord);
        }
    }
    // A closing point that was dropped as a repetition leaves a ring of a single point.
    if coords.len() > 1 && coords.first() != coords.last() {
        return Err(PolygonError::NotClosed { ring });
    }
    if coords.len() < 4 {
        return Err(PolygonError::TooFewPoints { ring });
    }
    Ok(LineString::new(coords))
}

fn check_span(rings: &[LineString]) -> Result<BoundingBox, PolygonError> {
    let point_box = |coord: &Coord| BoundingBox {
        west: coord.x,
        south: coord.y,
        east: coord.x,
        north: coord.y,
    };
    let bounds = rings
        .iter()
        .flat_map(|ring| &ring.0)
        .map(point_box)
        .reduce(BoundingBox::and)
        .ok_or(PolygonError::NoRing)?;
    let span = bounds.east - bounds.west;
    if span > 180.0 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the span of two longitudes is 180 to 360"
        )]
        let span_degrees = span.ceil() as u16;
        return Err(PolygonError::Antimeridian { span_degrees });
    }
    Ok(bounds)
}

/// Lays the outer ring anticlockwise and a hole clockwise.
fn lay(ring: usize, mut points: LineString) -> Result<LineString, PolygonError> {
    let area = signed_area(&points);
    if area.abs() < Polygon::AREA_MIN {
        return Err(PolygonError::ZeroArea { ring });
    }
    if (area > 0.0) != (ring == 0) {
        points.0.reverse();
    }
    Ok(points)
}

// Measured from the first point, because far from zero the products would swallow small rings.
fn signed_area(points: &LineString) -> f64 {
    let Some(origin) = points.0.first() else {
        return 0.0;
    };
    points
        .lines()
        .map(|line| {
            let (start, end) = (line.start - *origin, line.end - *origin);
            start.x * end.y - end.x * start.y
        })
        .sum::<f64>()
        / 2.0
}

/// The rings share at most one point, so any other point of a hole tells where all of it lies.
fn check_holes(rings: &[LineString]) -> Result<(), PolygonError> {
    let inside = |inner: &LineString, outer: &LineString| {
        inner
            .0
            .iter()
            .map(|&point| coord_pos_relative_to_ring(point, outer))
            .find(|&position| position != CoordPos::OnBoundary)
            .is_some_and(|position| position == CoordPos::Inside)
    };
    let Some((outer, holes)) = rings.split_first() else {
        return Ok(());
    };
    let bounds: Vec<BoundingBox> = holes
        .iter()
        .map(|hole| check_span(std::slice::from_ref(hole)))
        .collect::<Result<_, _>>()?;
    for (index, hole) in holes.iter().enumerate() {
        if !inside(hole, outer) {
            return Err(PolygonError::HoleOutside { ring: index + 1 });
        }
        for (other, other_hole) in holes.iter().enumerate() {
            let (within, round) = (bounds[index], bounds[other]);
            let fits = round.west <= within.west
                && within.east <= round.east
                && round.south <= within.south
                && within.north <= round.north;
            if other != index && fits && inside(hole, other_hole) {
                return Err(PolygonError::HoleInHole {
                    ring: index + 1,
                    other: other + 1,
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
