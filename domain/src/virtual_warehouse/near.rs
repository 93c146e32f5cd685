//! How far a depot is from where goods are wanted.
//!
//! **Invariant.** The great circle decides. The boxes only say where to look: whatever lies within
//! the radius lies in one of them.

use crate::{
    incidents::{AffectedArea, AreaPart, BoundingBox},
    kernel::Place,
    organisations::DivisionCode,
};

/// The least radius, in kilometres.
pub const RADIUS_KM_MIN: f64 = 0.01;
/// The greatest radius, in kilometres: larger than any province.
pub const RADIUS_KM_MAX: f64 = 2_000.0;

/// Where goods are wanted, and from how far away.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    points: Vec<Place>,
    area: Option<AffectedArea>,
    radius_km: Option<f64>,
}

/// Why something is not a place to be near to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NearError {
    /// The radius is out of range or not a number.
    #[error("a radius is a number from {RADIUS_KM_MIN} to {RADIUS_KM_MAX} km")]
    Radius,
    /// Nothing of it has a known place: an area of divisions without centres.
    #[error("it is not known where this is")]
    Nowhere,
}

impl Near {
    /// Near to a point such as a site.
    ///
    /// # Errors
    /// [`NearError::Radius`].
    pub fn point(place: Place, radius_km: Option<f64>) -> Result<Self, NearError> {
        Self::checked(vec![place], None, radius_km)
    }

    /// Near to an affected area. `centres` are points inside the divisions that it names, which
    /// stand for ground that nobody drew.
    ///
    /// # Errors
    /// [`NearError`].
    pub fn area(
        area: AffectedArea,
        centres: Vec<Place>,
        radius_km: Option<f64>,
    ) -> Result<Self, NearError> {
        if centres.is_empty() && area.bounding_boxes().is_empty() {
            return Err(NearError::Nowhere);
        }
        Self::checked(centres, Some(area), radius_km)
    }

    fn checked(
        points: Vec<Place>,
        area: Option<AffectedArea>,
        radius_km: Option<f64>,
    ) -> Result<Self, NearError> {
        match radius_km {
            Some(radius) if !(RADIUS_KM_MIN..=RADIUS_KM_MAX).contains(&radius) => {
                Err(NearError::Radius)
            }
            _ => Ok(Self {
                points,
                area,
                radius_km,
            }),
        }
    }

    /// Kilometres from a depot: 0 inside the area, `None` where the depot's place is not known.
    #[must_use]
    pub fn distance_km(
        &self,
        place: Option<Place>,
        division: Option<&DivisionCode>,
    ) -> Option<f64> {
        let inside = |area: &AffectedArea| division.is_some_and(|code| area.names(code.as_str()));
        if self.area.as_ref().is_some_and(inside) {
            return Some(0.0);
        }
        let place = place?;
        let to_points = self.points.iter().map(|point| place.distance_km(*point));
        let to_area = self.area.as_ref().and_then(|area| area.distance_km(place));
        to_points.chain(to_area).min_by(f64::total_cmp)
    }

    /// Whether a depot at this distance is near enough. Without a radius everything is, even what
    /// has no known place.
    #[must_use]
    pub fn reaches(&self, distance_km: Option<f64>) -> bool {
        match (self.radius_km, distance_km) {
            (None, _) => true,
            (Some(radius), Some(distance)) => distance <= radius,
            (Some(_), None) => false,
        }
    }

    /// Where to look: `None` for everywhere, which is without a radius and where the area names
    /// divisions, for a depot may be inside by its code and have no known place.
    #[must_use]
    pub fn boxes(&self) -> Option<Vec<BoundingBox>> {
        let radius_km = self.radius_km?;
        let is_named = |area: &AffectedArea| {
            let named = |part: &AreaPart| matches!(part, AreaPart::Division(_));
            area.parts().iter().any(named)
        };
        if self.area.as_ref().is_some_and(is_named) {
            return None;
        }
        let of_points = self.points.iter().map(|place| BoundingBox {
            west: place.longitude(),
            south: place.latitude(),
            east: place.longitude(),
            north: place.latitude(),
        });
        let of_area = self.area.iter().flat_map(AffectedArea::bounding_boxes);
        // Many small boxes make a query no faster, so that one stands for all.
        let whole = of_points.chain(of_area).reduce(BoundingBox::and)?;
        Some(widened(whole, radius_km))
    }
}

// Everything within a radius of a box: one box, or two where the antimeridian is near.
fn widened(bounds: BoundingBox, radius_km: f64) -> Vec<BoundingBox> {
    // A degree of latitude on the mean sphere, and a little less so that rounding leaves nothing out.
    const KM_PER_DEGREE: f64 = 111.0;
    let reach = radius_km / KM_PER_DEGREE;
    let (south, north) = (bounds.south - reach, bounds.north + reach);
    let high = south.abs().max(north.abs());
    let everywhere = |west, east| BoundingBox {
        west,
        south: south.max(-90.0),
        east,
        north: north.min(90.0),
    };
    // Meridians draw together towards the poles: a degree there is as short as its parallel.
    let half = (reach.to_radians().sin() / high.min(90.0).to_radians().cos()).min(1.0);
    let (west, east) = (
        bounds.west - half.asin().to_degrees() - 1e-6,
        bounds.east + half.asin().to_degrees() + 1e-6,
    );
    if high >= 90.0 || half >= 1.0 || east - west >= 360.0 {
        vec![everywhere(-180.0, 180.0)]
    } else if west < -180.0 {
        vec![everywhere(-180.0, east), everywhere(west + 360.0, 180.0)]
    } else if east > 180.0 {
        vec![everywhere(-180.0, east - 360.0), everywhere(west, 180.0)]
    } else {
        vec![everywhere(west, east)]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::incidents::Circle;

    fn place(longitude: f64, latitude: f64) -> Place {
        Place::new(longitude, latitude).unwrap()
    }

    #[test]
    fn a_radius_has_bounds() {
        for (radius, fits) in [
            (0.01, true),
            (2_000.0, true),
            (0.0, false),
            (-1.0, false),
            (2_000.1, false),
            (f64::NAN, false),
        ] {
            let near = Near::point(place(120.0, 30.0), Some(radius));
            assert_eq!(near.is_ok(), fits, "{radius}");
        }
    }

    #[test]
    fn the_nearest_of_point_shape_and_named_division_counts() {
        let area = AffectedArea::new(vec![
            AreaPart::Division("330100".to_owned()),
            AreaPart::Circle(Circle::new(place(125.0, 30.0), 10.0).unwrap()),
        ])
        .unwrap();
        let near = Near::area(area, vec![place(120.0, 30.0)], Some(50.0)).unwrap();
        let check = |at: Option<Place>, division: Option<&str>, expected: Option<(f64, f64)>| {
            let division = division.map(|code| code.parse().unwrap());
            let found = near.distance_km(at, division.as_ref());
            match (found, expected) {
                (Some(km), Some((least, most))) => assert!((least..=most).contains(&km), "{km}"),
                (None, None) => {}
                _ => panic!("{found:?} {expected:?}"),
            }
        };
        // Inside by its code, however far its point lies, and even without one.
        check(Some(place(110.0, 30.0)), Some("330106"), Some((0.0, 0.0)));
        check(None, Some("330106001"), Some((0.0, 0.0)));
        check(None, Some("330200"), None);
        check(None, None, None);
        check(Some(place(125.05, 30.0)), None, Some((0.0, 0.0)));
        check(Some(place(124.0, 30.0)), None, Some((86.0, 87.0)));
        check(Some(place(120.0, 31.0)), None, Some((111.0, 111.5)));
        assert!(near.reaches(Some(50.0)) && !near.reaches(Some(50.1)) && !near.reaches(None));
    }

    #[test]
    fn what_lies_nowhere_is_refused_and_no_radius_reaches_everything() {
        let named = || AffectedArea::new(vec![AreaPart::Division("330100".to_owned())]).unwrap();
        assert_eq!(Near::area(named(), vec![], None), Err(NearError::Nowhere));
        let near = Near::area(named(), vec![place(120.0, 30.0)], None).unwrap();
        assert!(near.reaches(None) && near.reaches(Some(20_000.0)));
        assert_eq!(near.boxes(), None);
        let near = Near::area(named(), vec![place(120.0, 30.0)], Some(50.0)).unwrap();
        assert_eq!(near.boxes(), None);
    }

    proptest! {
        #[test]
        fn what_is_within_the_radius_is_within_a_box(
            (x, y) in (-180.0_f64..=180.0, -90.0_f64..=90.0),
            (dx, dy) in (-30.0_f64..30.0, -20.0_f64..20.0),
            (circle_dx, circle_km) in (-5.0_f64..5.0, 1.0_f64..300.0),
            radius_km in RADIUS_KM_MIN..=RADIUS_KM_MAX,
        ) {
            let turned = |degrees: f64| (degrees + 540.0).rem_euclid(360.0) - 180.0;
            let depot = place(turned(x + dx), (y + dy).clamp(-90.0, 90.0));
            let circle = Circle::new(place(turned(x + circle_dx), y), circle_km).unwrap();
            let area = AffectedArea::new(vec![AreaPart::Circle(circle)]).unwrap();
            for near in [
                Near::point(place(x, y), Some(radius_km)).unwrap(),
                Near::area(area, vec![place(x, y)], Some(radius_km)).unwrap(),
            ] {
                if near.reaches(near.distance_km(Some(depot), None)) {
                    let boxes = near.boxes().unwrap();
                    prop_assert!(boxes.iter().any(|bounds| bounds.contains(depot)), "{boxes:?}");
                }
            }
        }
    }
}
