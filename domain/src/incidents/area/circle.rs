//! Everything within a radius of a place.
//!
//! **Invariant.** The radius is 0.01 to 2,000 km, measured on the great circle.

use geo::HaversineMeasure;

use super::BoundingBox;
use crate::kernel::Place;

/// A circle on the ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Circle {
    centre: Place,
    radius_km: f64,
}

/// A radius is 0.01 to 2,000 km.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a radius is {} to {} km",
    Circle::RADIUS_KM_MIN,
    Circle::RADIUS_KM_MAX
)]
pub struct CircleError;

impl Circle {
    /// Ten metres.
    pub const RADIUS_KM_MIN: f64 = 0.01;
    /// Larger than any province.
    pub const RADIUS_KM_MAX: f64 = 2_000.0;

    /// Checks the radius.
    ///
    /// # Errors
    /// [`CircleError`] outside 0.01..=2,000 km and for what is not a number.
    pub fn new(centre: Place, radius_km: f64) -> Result<Self, CircleError> {
        if (Self::RADIUS_KM_MIN..=Self::RADIUS_KM_MAX).contains(&radius_km) {
            Ok(Self { centre, radius_km })
        } else {
            Err(CircleError)
        }
    }

    /// The middle.
    #[must_use]
    pub fn centre(&self) -> Place {
        self.centre
    }

    /// The radius in kilometres.
    #[must_use]
    pub fn radius_km(&self) -> f64 {
        self.radius_km
    }

    pub(super) fn covers(&self, place: Place) -> bool {
        self.distance_km(place) <= 0.0
    }

    pub(super) fn distance_km(&self, place: Place) -> f64 {
        (self.centre.distance_km(place) - self.radius_km).max(0.0)
    }

    /// One box, or two where the circle crosses the antimeridian, that hold every point of it.
    #[must_use]
    pub fn bounding_boxes(&self) -> Vec<BoundingBox> {
        // A hair wider than exact, so that rounding never leaves a covered point outside.
        const HAIR_DEGREES: f64 = 1e-6;
        let earth_km = HaversineMeasure::GRS80_MEAN_RADIUS.radius() / 1_000.0;
        let angle = self.radius_km / earth_km;
        let (latitude, reach) = (self.centre.latitude(), angle.to_degrees() + HAIR_DEGREES);
        let (south, north) = ((latitude - reach).max(-90.0), (latitude + reach).min(90.0));
        let bounds = |west, east| BoundingBox {
            west,
            south,
            east,
            north,
        };
        if south <= -90.0 || north >= 90.0 {
            return vec![bounds(-180.0, 180.0)];
        }
        let half = (angle.sin() / latitude.to_radians().cos())
            .min(1.0)
            .asin()
            .to_degrees()
            + HAIR_DEGREES;
        let (west, east) = (
            self.centre.longitude() - half,
            self.centre.longitude() + half,
        );
        if west < -180.0 {
            vec![bounds(-180.0, east), bounds(west + 360.0, 180.0)]
        } else if east > 180.0 {
            vec![bounds(-180.0, east - 360.0), bounds(west, 180.0)]
        } else {
            vec![bounds(west, east)]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_radius_has_bounds() {
        let centre = Place::new(120.0, 30.0).unwrap();
        for (radius_km, fits) in [
            (0.0, false),
            (-1.0, false),
            (0.009, false),
            (0.01, true),
            (2_000.0, true),
            (2_000.1, false),
            (f64::NAN, false),
            (f64::INFINITY, false),
        ] {
            assert_eq!(Circle::new(centre, radius_km).is_ok(), fits, "{radius_km}");
        }
    }
}
