//! Depots near a point.
//!
//! **Invariant.** The box that SQL looks in holds the whole circle, whatever pole or date line it
//! touches; the great circle decides. Distances are whole metres, so that pages are cut the same
//! way every time.

use domain::kernel::Place;
use sea_orm::{ColumnTrait, Condition};

use crate::depots::rows::depot::Column;
use crate::depots::wire::Near;

// The mean radius of `Place::distance_km`, a little smaller so that the box is never too small.
const EARTH_KM: f64 = 6_371.0;

/// The degrees within which every point of a circle lies.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    south: f64,
    north: f64,
    /// West and east; west is greater than east where the span crosses the date line. `None` for
    /// all longitudes.
    longitudes: Option<(f64, f64)>,
}

impl Span {
    fn of(near: &Near) -> Self {
        // A metre more than asked for: rounding must not lose a point on the edge.
        let angle = (near.radius_km + 0.001) / EARTH_KM;
        let reach = angle.to_degrees();
        let (south, north) = (near.place.latitude() - reach, near.place.latitude() + reach);
        let holds_pole = south <= -90.0 || north >= 90.0;
        let longitudes = (!holds_pole).then(|| {
            // Meridians touch the circle not beside its centre but nearer to the pole.
            let sine = angle.sin() / near.place.latitude().to_radians().cos();
            let reach = sine.min(1.0).asin().to_degrees();
            let around = |degrees: f64| (degrees + 540.0).rem_euclid(360.0) - 180.0;
            let centre = near.place.longitude();
            (around(centre - reach), around(centre + reach))
        });
        Self {
            south,
            north,
            longitudes,
        }
    }

    #[cfg(test)]
    fn holds(&self, place: Place) -> bool {
        let longitude = place.longitude();
        (self.south..=self.north).contains(&place.latitude())
            && self.longitudes.is_none_or(|(west, east)| {
                if west <= east {
                    (west..=east).contains(&longitude)
                } else {
                    longitude >= west || longitude <= east
                }
            })
    }
}

/// The rows in the box round the circle.
pub(super) fn in_box(near: &Near) -> Condition {
    let span = Span::of(near);
    let mut condition = Condition::all()
        .add(Column::Latitude.between(span.south, span.north))
        .add(Column::Longitude.is_not_null());
    if let Some((west, east)) = span.longitudes {
        let sides = if west <= east {
            Condition::all()
        } else {
            Condition::any()
        };
        condition = condition.add(
            sides
                .add(Column::Longitude.gte(west))
                .add(Column::Longitude.lte(east)),
        );
    }
    condition
}

/// How far a depot is from the point in whole metres, if it lies in the circle.
pub(super) fn metres(near: &Near, place: Place) -> Option<u32> {
    let km = near.place.distance_km(place);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "half the globe is 20,015,115 m"
    )]
    (km <= near.radius_km).then_some((km * 1_000.0).round() as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn near(longitude: f64, latitude: f64, radius_km: f64) -> Near {
        Near {
            place: Place::new(longitude, latitude).unwrap(),
            radius_km,
        }
    }

    #[test]
    fn a_box_may_cross_the_date_line_and_hold_a_pole() {
        let (west, east) = Span::of(&near(179.9, 0.0, 50.0)).longitudes.unwrap();
        assert!(west > 179.0 && east < -179.0, "{west} {east}");
        assert_eq!(Span::of(&near(0.0, 89.9, 50.0)).longitudes, None);
        assert_eq!(Span::of(&near(120.0, 30.0, 20_100.0)).longitudes, None);
        let (west, east) = Span::of(&near(120.0, 30.0, 100.0)).longitudes.unwrap();
        assert!((118.9..119.0).contains(&west) && (121.0..121.1).contains(&east));
    }

    proptest! {
        #[test]
        fn no_point_of_the_circle_is_outside_the_box(
            longitude in -180.0..180.0_f64,
            latitude in -90.0..90.0_f64,
            radius_km in 0.01..5_000.0_f64,
            bearing in 0.0..std::f64::consts::TAU,
            share in 0.0..1.0_f64,
        ) {
            let near = near(longitude, latitude, radius_km);
            // Walk from the centre along the bearing by a share of the radius.
            let angle = radius_km * share / 6_371.0088;
            let (phi, lambda) = (latitude.to_radians(), longitude.to_radians());
            let sine = phi.sin() * angle.cos() + phi.cos() * angle.sin() * bearing.cos();
            let reached = lambda
                + (bearing.sin() * angle.sin() * phi.cos()).atan2(angle.cos() - phi.sin() * sine);
            let east = (reached.to_degrees() + 540.0).rem_euclid(360.0) - 180.0;
            let place = Place::new(east, sine.clamp(-1.0, 1.0).asin().to_degrees()).unwrap();
            if metres(&near, place).is_some() {
                prop_assert!(Span::of(&near).holds(place), "{near:?} {place:?}");
            }
        }
    }
}
