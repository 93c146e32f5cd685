//! A box of longitudes and latitudes that holds a shape.
//!
//! **Invariant.** A box never wraps round: `west <= east` and `south <= north`. What crosses the
//! antimeridian has two.

use crate::kernel::Place;

/// A box in degrees, WGS-84; its edges belong to it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoundingBox {
    /// The least longitude.
    pub west: f64,
    /// The least latitude.
    pub south: f64,
    /// The greatest longitude.
    pub east: f64,
    /// The greatest latitude.
    pub north: f64,
}

impl BoundingBox {
    /// The box round one place.
    #[must_use]
    pub fn round(place: Place) -> Self {
        let (longitude, latitude) = (place.longitude(), place.latitude());
        Self {
            west: longitude,
            south: latitude,
            east: longitude,
            north: latitude,
        }
    }

    /// Whether the place lies in the box.
    #[must_use]
    pub fn contains(&self, place: Place) -> bool {
        (self.west..=self.east).contains(&place.longitude())
            && (self.south..=self.north).contains(&place.latitude())
    }

    /// Whether the boxes have a point in common.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.west <= other.east
            && other.west <= self.east
            && self.south <= other.north
            && other.south <= self.north
    }

    /// The smallest box round both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            west: self.west.min(other.west),
            south: self.south.min(other.south),
            east: self.east.max(other.east),
            north: self.north.max(other.north),
        }
    }

    /// The fewest boxes, at most two and from west to east, that hold all of `boxes`: one, unless
    /// something touches the antimeridian from both sides.
    pub(super) fn merge(boxes: &[Self]) -> Vec<Self> {
        let touches_east = boxes.iter().any(|bounds| bounds.east >= 180.0);
        let touches_west = boxes.iter().any(|bounds| bounds.west <= -180.0);
        let union = |part: &mut dyn Iterator<Item = &Self>| part.copied().reduce(Self::and);
        if touches_east && touches_west {
            let is_west = |bounds: &&Self| bounds.west + bounds.east < 0.0;
            let west = union(&mut boxes.iter().filter(is_west));
            let east = union(&mut boxes.iter().filter(|bounds| !is_west(bounds)));
            match (west, east) {
                (Some(west), Some(east)) if west.east >= east.west => vec![west.and(east)],
                (west, east) => west.into_iter().chain(east).collect(),
            }
        } else {
            union(&mut boxes.iter()).into_iter().collect()
        }
    }
}
