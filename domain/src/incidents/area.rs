//! Where an incident struck: any mix of division codes, polygons and circles.
//!
//! **Invariant.** An area has at least one part, at most [`AffectedArea::POINTS_MAX`] points in all,
//! and every shape in it was checked when it came in. A division is named, not drawn: Chinese
//! alerts usually carry only codes, and which ground a code covers is known to the divisions, not
//! here. So the questions about places are answered by the shapes, and [`AffectedArea::names`]
//! answers for codes.

mod bounding_box;
mod circle;
mod edge;
mod polygon;

pub use bounding_box::BoundingBox;
pub use circle::{Circle, CircleError};
pub use polygon::{Budget, Polygon, PolygonError};

use crate::kernel::Place;

use edge::Edge;

/// One part of an affected area.
#[derive(Debug, Clone, PartialEq)]
pub enum AreaPart {
    /// All of an administrative division, by its code of 6, 9 or 12 digits.
    Division(String),
    /// A drawn shape.
    Polygon(Polygon),
    /// Everything within a radius.
    Circle(Circle),
}

/// Where an incident struck.
#[derive(Debug, Clone, PartialEq)]
pub struct AffectedArea {
    parts: Vec<AreaPart>,
}

/// Why parts are not an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AreaError {
    /// There is no part.
    #[error("an affected area has at least one division, polygon or circle")]
    Empty,
    /// More codes than China has counties.
    #[error(
        "an affected area names at most {} divisions",
        AffectedArea::DIVISIONS_MAX
    )]
    TooManyDivisions,
    /// Too many drawn shapes.
    #[error("an affected area has at most {} polygons", AffectedArea::POLYGONS_MAX)]
    TooManyPolygons,
    /// Too many circles.
    #[error("an affected area has at most {} circles", AffectedArea::CIRCLES_MAX)]
    TooManyCircles,
    /// Too many points in all polygons together.
    #[error(
        "the polygons of an affected area have at most {} points together",
        AffectedArea::POINTS_MAX
    )]
    TooManyPoints,
    /// A code is not 6, 9 or 12 digits.
    #[error("part {index}: a division code has 6, 9 or 12 digits")]
    DivisionCode {
        /// The position of the part, from 0.
        index: usize,
    },
}

impl AffectedArea {
    /// The most division codes of one area.
    pub const DIVISIONS_MAX: usize = 4_000;
    /// The most polygons of one area.
    pub const POLYGONS_MAX: usize = 100;
    /// The most circles of one area.
    pub const CIRCLES_MAX: usize = 100;
    /// The most points of all polygons of one area.
    pub const POINTS_MAX: usize = 10_000;

    /// Checks the limits and the form of the codes.
    ///
    /// # Errors
    /// [`AreaError`] for no part, too many, or a text that is not a division code.
    pub fn new(parts: Vec<AreaPart>) -> Result<Self, AreaError> {
        let (mut divisions, mut polygons, mut circles, mut points) = (0, 0, 0, 0);
        for (index, part) in parts.iter().enumerate() {
            match part {
                AreaPart::Division(code) if !is_division_code(code) => {
                    return Err(AreaError::DivisionCode { index });
                }
                AreaPart::Division(_) => divisions += 1,
                AreaPart::Polygon(polygon) => {
                    polygons += 1;
                    points += polygon.points();
                }
                AreaPart::Circle(_) => circles += 1,
            }
        }
        if parts.is_empty() {
            Err(AreaError::Empty)
        } else if divisions > Self::DIVISIONS_MAX {
            Err(AreaError::TooManyDivisions)
        } else if circles > Self::CIRCLES_MAX {
            Err(AreaError::TooManyCircles)
        } else {
            Self::check_size(polygons, points)?;
            Ok(Self { parts })
        }
    }

    /// An area whose parts were checked when they came in, or are known outlines: the limits on
    /// what people draw do not count for it.
    #[must_use]
    pub fn kept(parts: Vec<AreaPart>) -> Self {
        Self { parts }
    }

    /// Whether drawn parts of so many polygons and points may be looked at.
    ///
    /// # Errors
    /// [`AreaError::TooManyPolygons`] and [`AreaError::TooManyPoints`].
    pub fn check_size(polygons: usize, points: usize) -> Result<(), AreaError> {
        if polygons > Self::POLYGONS_MAX {
            Err(AreaError::TooManyPolygons)
        } else if points > Self::POINTS_MAX {
            Err(AreaError::TooManyPoints)
        } else {
            Ok(())
        }
    }

    /// The parts, as they were given.
    #[must_use]
    pub fn parts(&self) -> &[AreaPart] {
        &self.parts
    }

    /// Whether the division of this code lies inside a division that the area names. Codes are
    /// read by their levels: `330000` names all of Zhejiang, `330106` Xihu district and its
    /// townships.
    #[must_use]
    pub fn names(&self, code: &str) -> bool {
        self.parts.iter().any(|part| match part {
            AreaPart::Division(named) => code.starts_with(significant(named)),
            AreaPart::Polygon(_) | AreaPart::Circle(_) => false,
        })
    }

    /// Whether a drawn part covers the place; a place on the line is covered.
    #[must_use]
    pub fn covers(&self, place: Place) -> bool {
        self.parts.iter().any(|part| match part {
            AreaPart::Division(_) => false,
            AreaPart::Polygon(polygon) => polygon.covers(place),
            AreaPart::Circle(circle) => circle.covers(place),
        })
    }

    /// Whether the straight line between two places touches a drawn part. Lines are straight in
    /// longitude and latitude, as the edges of polygons are (RFC 7946).
    #[must_use]
    pub fn crosses(&self, from: Place, to: Place) -> bool {
        let (start, end) = (from.point().0, to.point().0);
        self.parts.iter().any(|part| match part {
            AreaPart::Division(_) => false,
            AreaPart::Polygon(polygon) => polygon.crosses(start, end),
            AreaPart::Circle(circle) => {
                let edge = Edge {
                    ring: 0,
                    index: 0,
                    start,
                    end,
                };
                edge.distance_km(circle.centre()) <= circle.radius_km()
            }
        })
    }

    /// Kilometres from the place to the nearest drawn part, 0 inside, `None` if none is drawn.
    #[must_use]
    pub fn distance_km(&self, place: Place) -> Option<f64> {
        self.parts
            .iter()
            .filter_map(|part| match part {
                AreaPart::Division(_) => None,
                AreaPart::Polygon(polygon) => Some(polygon.distance_km(place)),
                AreaPart::Circle(circle) => Some(circle.distance_km(place)),
            })
            .min_by(f64::total_cmp)
    }

    /// Boxes that together hold every drawn part, so that a query can look there first: none if
    /// nothing is drawn, two if the area reaches over the antimeridian, otherwise one.
    #[must_use]
    pub fn bounding_boxes(&self) -> Vec<BoundingBox> {
        let boxes: Vec<BoundingBox> = self
            .parts
            .iter()
            .flat_map(|part| match part {
                AreaPart::Division(_) => Vec::new(),
                AreaPart::Polygon(polygon) => vec![polygon.bounding_box()],
                AreaPart::Circle(circle) => circle.bounding_boxes(),
            })
            .collect();
        BoundingBox::merge(&boxes)
    }
}

// A code's zeros at the end stand for "all of it": pairs down to the county, threes below it.
fn significant(code: &str) -> &str {
    let mut kept = code;
    while kept.len() > 6 {
        match kept.strip_suffix("000") {
            Some(shorter) => kept = shorter,
            None => return kept,
        }
    }
    while kept.len() > 2 {
        match kept.strip_suffix("00") {
            Some(shorter) => kept = shorter,
            None => return kept,
        }
    }
    kept
}

fn is_division_code(code: &str) -> bool {
    matches!(code.len(), 6 | 9 | 12) && code.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::Crs;

    fn square(west: f64, south: f64, side: f64) -> AreaPart {
        let (east, north) = (west + side, south + side);
        let ring = vec![
            [west, south],
            [east, south],
            [east, north],
            [west, north],
            [west, south],
        ];
        AreaPart::Polygon(Polygon::new(&[ring], Crs::Wgs84).unwrap())
    }

    fn circle(longitude: f64, latitude: f64, radius_km: f64) -> AreaPart {
        let centre = Place::new(longitude, latitude).unwrap();
        AreaPart::Circle(Circle::new(centre, radius_km).unwrap())
    }

    #[test]
    fn a_code_names_what_lies_under_it() {
        let names = |named: &str, code: &str| {
            AffectedArea::new(vec![AreaPart::Division(named.to_owned())])
                .unwrap()
                .names(code)
        };
        for (named, code, expected) in [
            ("330000", "330000", true),
            ("330000", "330106", true),
            ("330000", "330106001000", true),
            ("330000", "340000", false),
            ("330100", "330106", true),
            ("330100", "330206", false),
            ("330106", "330106001", true),
            ("330106", "330100", false),
            ("330106000", "330106", true),
            ("330106001000", "330106001", true),
            ("330106001", "330106002", false),
            ("330106", "", false),
        ] {
            assert_eq!(names(named, code), expected, "{named} {code}");
        }
    }

    #[test]
    fn limits_have_an_answer() {
        let check = |parts: Vec<AreaPart>, why| {
            assert_eq!(AffectedArea::new(parts).map(|_| ()), Err(why));
        };
        check(vec![], AreaError::Empty);
        for code in ["33010", "3301060", "33010a", "３３０１０６", ""] {
            check(
                vec![
                    circle(120.0, 30.0, 1.0),
                    AreaPart::Division(code.to_owned()),
                ],
                AreaError::DivisionCode { index: 1 },
            );
        }
        check(
            vec![AreaPart::Division("330106".to_owned()); 4_001],
            AreaError::TooManyDivisions,
        );
        check(
            vec![square(120.0, 30.0, 1.0); 101],
            AreaError::TooManyPolygons,
        );
        check(
            vec![circle(120.0, 30.0, 1.0); 101],
            AreaError::TooManyCircles,
        );
        assert_eq!(AffectedArea::check_size(100, 10_000), Ok(()));
        let much = AffectedArea::check_size(1, 10_001);
        assert_eq!(much, Err(AreaError::TooManyPoints));
    }

    #[test]
    fn the_nearest_part_decides() {
        let area = AffectedArea::new(vec![
            AreaPart::Division("330000".to_owned()),
            square(120.0, 30.0, 1.0),
            circle(125.0, 30.0, 10.0),
        ])
        .unwrap();
        let place = |longitude, latitude| Place::new(longitude, latitude).unwrap();
        assert!(area.covers(place(120.5, 30.5)));
        assert!(area.covers(place(120.0, 30.5)));
        assert!(area.covers(place(125.05, 30.0)));
        assert!(!area.covers(place(123.0, 30.0)));
        assert_eq!(area.distance_km(place(120.5, 30.5)), Some(0.0));
        let km = area.distance_km(place(124.0, 30.0)).unwrap();
        assert!((86.2..86.4).contains(&km), "{km}");
        assert_eq!(area.bounding_boxes().len(), 1);

        let named = AffectedArea::new(vec![AreaPart::Division("330000".to_owned())]).unwrap();
        assert_eq!(named.distance_km(place(120.0, 30.0)), None);
        assert!(named.bounding_boxes().is_empty());
    }

    #[test]
    fn a_line_crosses_what_it_touches() {
        let place = |longitude, latitude| Place::new(longitude, latitude).unwrap();
        let drawn = [square(120.0, 30.0, 1.0), circle(125.0, 30.0, 10.0)];
        let area = AffectedArea::new(drawn.to_vec()).unwrap();
        for (from, to, expected) in [
            // Through, into, inside, along the edge, past a corner, and away from it.
            ((119.0, 30.5), (122.0, 30.5), true),
            ((119.0, 30.5), (120.5, 30.5), true),
            ((120.4, 30.5), (120.5, 30.5), true),
            ((119.0, 31.0), (122.0, 31.0), true),
            ((119.0, 31.1), (122.0, 31.1), false),
            ((120.0, 29.0), (122.0, 30.9), false),
            ((125.0, 29.0), (125.0, 31.0), true),
            ((125.2, 29.0), (125.2, 31.0), false),
            ((125.05, 30.0), (125.05, 30.0), true),
        ] {
            let (from, to) = (place(from.0, from.1), place(to.0, to.1));
            assert_eq!(area.crosses(from, to), expected, "{from:?} {to:?}");
            assert_eq!(area.crosses(to, from), expected, "{to:?} {from:?}");
        }
        let named = AffectedArea::new(vec![AreaPart::Division("330000".to_owned())]).unwrap();
        assert!(!named.crosses(place(119.0, 30.5), place(122.0, 30.5)));
    }

    #[test]
    fn an_area_over_the_antimeridian_has_two_boxes() {
        let area = AffectedArea::new(vec![circle(179.9, 10.0, 100.0), square(170.0, 5.0, 1.0)]);
        let boxes = area.unwrap().bounding_boxes();
        assert_eq!(boxes.len(), 2);
        assert!(boxes[0].east < boxes[1].west, "{boxes:?}");
    }

    proptest! {
        #[test]
        fn what_is_covered_lies_in_a_box_and_at_no_distance(
            (x, y) in (-180.0_f64..180.0, -90.0_f64..90.0),
            (dx, dy) in (-3.0_f64..3.0, -3.0_f64..3.0),
            radius_km in 0.01_f64..2_000.0,
        ) {
            let area = AffectedArea::new(vec![circle(x, y, radius_km)]).unwrap();
            let near = Place::new(
                (x + dx + 540.0).rem_euclid(360.0) - 180.0,
                (y + dy).clamp(-90.0, 90.0),
            ).unwrap();
            let covered = area.covers(near);
            let boxed = area.bounding_boxes().iter().any(|bounds| bounds.contains(near));
            prop_assert!(!covered || boxed);
            prop_assert_eq!(covered, area.distance_km(near) == Some(0.0));
        }
    }
}
