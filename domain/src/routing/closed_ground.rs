//! Ground where roads are closed.
//!
//! **Invariant.** What stands in it is closed at the moment that is asked about: who says so, why
//! and until when is known elsewhere. Only what is drawn can be crossed; the division of a code has
//! to be brought as its outline.

use geo::{Destination, Haversine};

use crate::{
    incidents::{AffectedArea, AreaPart, BoundingBox, Circle},
    kernel::Place,
};

/// How many times as long a way is taken to be that a straight line says leads over closed ground:
/// nobody has looked at the roads round it.
pub const AROUND: u32 = 2;

/// Corners of a ring that stands for a circle.
const CORNERS: u32 = 24;

/// All that is closed at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClosedGround {
    areas: Vec<(AffectedArea, Vec<BoundingBox>)>,
}

impl ClosedGround {
    /// Takes the areas as they were drawn.
    #[must_use]
    pub fn new(areas: impl IntoIterator<Item = AffectedArea>) -> Self {
        let boxed = |area: AffectedArea| {
            let boxes = area.bounding_boxes();
            (area, boxes)
        };
        Self {
            areas: areas.into_iter().map(boxed).collect(),
        }
    }

    /// Takes each part for an area of its own, so that a line is compared only with those in whose
    /// boxes it lies.
    #[must_use]
    pub fn of_parts(parts: &[AreaPart]) -> Self {
        let drawn = parts
            .iter()
            .filter(|part| !matches!(part, AreaPart::Division(_)));
        Self::new(drawn.map(|part| AffectedArea::kept(vec![part.clone()])))
    }

    /// Whether nothing is closed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    /// Whether the place lies on closed ground.
    #[must_use]
    pub fn covers(&self, place: Place) -> bool {
        self.areas.iter().any(|(area, _)| area.covers(place))
    }

    /// Whether the straight line between two places touches closed ground.
    #[must_use]
    pub fn crosses(&self, from: Place, to: Place) -> bool {
        let line = BoundingBox::round(from).and(BoundingBox::round(to));
        self.areas.iter().any(|(area, boxes)| {
            boxes.iter().any(|bounds| bounds.meets(&line)) && area.crosses(from, to)
        })
    }

    /// The outer rings of all shapes, closed, as longitude and latitude: what is handed to those
    /// who route for us. A ring round a circle lies outside it, and holes are closed with the rest.
    #[must_use]
    pub fn rings(&self) -> Vec<Vec<[f64; 2]>> {
        let parts = self.areas.iter().flat_map(|(area, _)| area.parts());
        parts
            .filter_map(|part| match part {
                AreaPart::Division(_) => None,
                AreaPart::Polygon(polygon) => {
                    let ring = polygon.geometry().exterior();
                    Some(ring.coords().map(|coord| [coord.x, coord.y]).collect())
                }
                AreaPart::Circle(circle) => Some(ring_round(circle)),
            })
            .collect()
    }
}

fn ring_round(circle: &Circle) -> Vec<[f64; 2]> {
    let step = 360.0 / f64::from(CORNERS);
    let corner_m = circle.radius_km() * 1_000.0 / (step / 2.0).to_radians().cos();
    (0..=CORNERS)
        .map(|corner| {
            // The last one is the first again, to the bit. RFC 7946 turns anticlockwise.
            let bearing = -step * f64::from(corner % CORNERS);
            let point = Haversine.destination(circle.centre().point(), bearing, corner_m);
            [point.x(), point.y()]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_lies_round_its_circle() {
        let centre = Place::new(120.0, 30.0).unwrap();
        let circle = Circle::new(centre, 20.0).unwrap();
        let area = AffectedArea::new(vec![AreaPart::Circle(circle)]).unwrap();
        let ground = ClosedGround::new([area]);
        assert!(!ground.is_empty() && ground.covers(centre));
        let rings = ground.rings();
        assert_eq!(rings.len(), 1);
        assert_eq!(rings[0].first(), rings[0].last());
        for pair in rings[0].windows(2) {
            let middle = Place::new(
                f64::midpoint(pair[0][0], pair[1][0]),
                f64::midpoint(pair[0][1], pair[1][1]),
            );
            let km = centre.distance_km(middle.unwrap());
            assert!((19.99..20.1).contains(&km), "{km}");
        }
    }

    #[test]
    fn nothing_closed_is_crossed_by_nothing() {
        let place = |longitude| Place::new(longitude, 30.0).unwrap();
        let ground = ClosedGround::default();
        assert!(ground.is_empty() && ground.rings().is_empty());
        assert!(!ground.crosses(place(119.0), place(121.0)) && !ground.covers(place(120.0)));
    }
}
