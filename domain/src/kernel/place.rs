//! Where: a point on the WGS-84 ellipsoid.
//!
//! **Invariant.** Longitude comes before latitude, both are finite and in range, and the datum is
//! WGS-84: input in another datum is converted where it comes in (see [`Crs`]).

use geo::{Distance, Haversine, Point};

use super::{Crs, named};

/// A point: longitude and latitude in degrees, WGS-84.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    longitude: f64,
    latitude: f64,
}

named! {
    /// How a place came to be known.
    pub enum PlaceOrigin {
        /// Somebody gave it.
        Given = "given",
        /// It is the centre of a division: right to within some ten kilometres.
        Division = "division",
    }
}

/// Why two numbers are not a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// Longitude is not a number from -180 to 180.
    #[error("a longitude is a number from -180 to 180")]
    Longitude,
    /// Latitude is not a number from -90 to 90.
    #[error("a latitude is a number from -90 to 90")]
    Latitude,
    /// The latitude is out of range and the two would be in range the other way round.
    #[error("longitude and latitude look swapped")]
    Swapped,
}

impl Place {
    /// Checks a WGS-84 point.
    ///
    /// # Errors
    /// [`PlaceError`] for what is not finite or out of range.
    pub fn new(longitude: f64, latitude: f64) -> Result<Self, PlaceError> {
        let fits = |degrees: f64, limit: f64| degrees.is_finite() && degrees.abs() <= limit;
        if fits(longitude, 90.0) && !fits(latitude, 90.0) && fits(latitude, 180.0) {
            return Err(PlaceError::Swapped);
        }
        if !fits(longitude, 180.0) {
            return Err(PlaceError::Longitude);
        }
        if !fits(latitude, 90.0) {
            return Err(PlaceError::Latitude);
        }
        Ok(Self {
            longitude,
            latitude,
        })
    }

    /// Checks a point given in `crs` and converts it to WGS-84.
    ///
    /// # Errors
    /// [`PlaceError`] for what is not finite or out of range.
    pub fn from_crs(longitude: f64, latitude: f64, crs: Crs) -> Result<Self, PlaceError> {
        let given = Self::new(longitude, latitude)?;
        let (longitude, latitude) = crs.to_wgs84(given.longitude, given.latitude);
        Self::new(longitude, latitude)
    }

    /// Degrees east.
    #[must_use]
    pub fn longitude(self) -> f64 {
        self.longitude
    }

    /// Degrees north.
    #[must_use]
    pub fn latitude(self) -> f64 {
        self.latitude
    }

    /// The great-circle distance in kilometres on the mean sphere.
    #[must_use]
    pub fn distance_km(self, other: Self) -> f64 {
        Haversine.distance(self.point(), other.point()) / 1_000.0
    }

    /// The point as the geometry library sees it.
    #[must_use]
    pub fn point(self) -> Point {
        Point::new(self.longitude, self.latitude)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_place_is_refused() {
        for (longitude, latitude, why) in [
            (181.0, 0.0, PlaceError::Longitude),
            (120.0, 91.0, PlaceError::Latitude),
            (f64::NAN, 0.0, PlaceError::Longitude),
            (120.0, f64::NAN, PlaceError::Latitude),
            (120.0, f64::INFINITY, PlaceError::Latitude),
            (30.25, 120.17, PlaceError::Swapped),
        ] {
            assert_eq!(
                Place::new(longitude, latitude),
                Err(why),
                "{longitude} {latitude}"
            );
        }
    }

    #[test]
    fn hangzhou_to_wenzhou_is_about_250_km_as_the_crow_flies() {
        let hangzhou = Place::new(120.16, 30.25).unwrap();
        let wenzhou = Place::new(120.70, 28.00).unwrap();
        let km = hangzhou.distance_km(wenzhou);
        assert!((245.0..260.0).contains(&km), "{km}");
        assert!((km - wenzhou.distance_km(hangzhou)).abs() < 1e-9);
    }
}
