//! The source that is always there: the great circle, stretched by a detour and driven at a speed.
//!
//! **Invariant.** Detour and speed are plausible for lorries on roads. The defaults are stated
//! assumptions, never a measurement of the road that will be driven.

use crate::kernel::Place;

/// How a straight line becomes a road.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GreatCircle {
    detour_factor: f64,
    speed_kmh: f64,
}

/// Why two numbers do not turn a straight line into a road.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GreatCircleError {
    /// A road is never shorter than the straight line, and three times as long is no road.
    #[error("a detour factor is a number from 1 to 3")]
    Detour,
    /// Slower than walking or faster than the law.
    #[error("a speed is a number from 1 to 150 km/h")]
    Speed,
}

impl Default for GreatCircle {
    /// A cautious guess: 1.3 times the straight line at 50 km/h.
    ///
    /// On the trunk roads of Zhejiang (OpenStreetMap, by way of `scgraph-data` 2.0.0) the shortest
    /// way between two of 85 county centres more than 10 km apart is 1.19 times the straight line
    /// in the middle case, 1.26 times in three cases of four and 1.35 times in nine of ten.
    /// Hangzhou to Wenzhou takes routing engines 3.7 to 4.3 h for 276 to 278 km, which is 64 to
    /// 75 km/h on an open motorway; loading, minor roads and bad weather are why 50 is assumed.
    fn default() -> Self {
        Self {
            detour_factor: 1.3,
            speed_kmh: 50.0,
        }
    }
}

impl GreatCircle {
    /// Checks both numbers.
    ///
    /// # Errors
    /// [`GreatCircleError`] for a detour outside 1..=3 and a speed outside 1..=150 km/h.
    pub fn new(detour_factor: f64, speed_kmh: f64) -> Result<Self, GreatCircleError> {
        if !(1.0..=3.0).contains(&detour_factor) {
            Err(GreatCircleError::Detour)
        } else if !(1.0..=150.0).contains(&speed_kmh) {
            Err(GreatCircleError::Speed)
        } else {
            Ok(Self {
                detour_factor,
                speed_kmh,
            })
        }
    }

    /// How many times the straight line the road is long.
    #[must_use]
    pub fn detour_factor(&self) -> f64 {
        self.detour_factor
    }

    /// Kilometres in an hour.
    #[must_use]
    pub fn speed_kmh(&self) -> f64 {
        self.speed_kmh
    }

    /// Metres, to the nearest hundred, and whole minutes rounded up.
    #[must_use]
    pub fn travel(&self, from: Place, to: Place) -> (u32, u32) {
        let km = from.distance_km(to) * self.detour_factor;
        let minutes = km / self.speed_kmh * 60.0;
        (Self::whole_metres(km), Self::whole_minutes(minutes))
    }

    /// Metres as a leg tells them: to the nearest hundred.
    #[must_use]
    pub fn whole_metres(km: f64) -> u32 {
        whole((km * 10.0).round()).saturating_mul(100)
    }

    /// Minutes as a leg tells them: whole ones, rounded up.
    #[must_use]
    pub fn whole_minutes(minutes: f64) -> u32 {
        whole(minutes.ceil())
    }
}

// Half the globe three times over at walking pace: 60,045 km and 3,602,721 minutes.
fn whole(number: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "floats saturate, and no way is that long"
    )]
    let whole = number as u32;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plausible_roads_are_assumed() {
        for (detour, speed, expected) in [
            (1.0, 1.0, Ok(())),
            (3.0, 150.0, Ok(())),
            (0.99, 50.0, Err(GreatCircleError::Detour)),
            (3.01, 50.0, Err(GreatCircleError::Detour)),
            (f64::NAN, 50.0, Err(GreatCircleError::Detour)),
            (1.3, 0.9, Err(GreatCircleError::Speed)),
            (1.3, 151.0, Err(GreatCircleError::Speed)),
            (1.3, f64::INFINITY, Err(GreatCircleError::Speed)),
        ] {
            assert_eq!(GreatCircle::new(detour, speed).map(|_| ()), expected);
        }
        let default = GreatCircle::default();
        assert_eq!(
            GreatCircle::new(default.detour_factor(), default.speed_kmh()),
            Ok(default)
        );
    }

    #[test]
    fn distances_and_times_are_rounded_in_one_way() {
        let place = |longitude, latitude| Place::new(longitude, latitude).unwrap();
        let (here, there) = (place(120.0, 30.0), place(120.0, 31.0));
        let check = |detour, speed, to, expected| {
            let source = GreatCircle::new(detour, speed).unwrap();
            assert_eq!(source.travel(here, to), expected, "{detour} {speed}");
            assert_eq!(source.travel(to, here), expected, "{detour} {speed}");
        };
        // A degree of latitude is 111.195 km.
        check(1.0, 60.0, there, (111_200, 112));
        check(2.0, 60.0, there, (222_400, 223));
        check(1.3, 50.0, here, (0, 0));
        check(1.3, 50.0, place(120.0, 30.000_1), (0, 1));
        // The longest way that can be asked for stays a number.
        check(3.0, 1.0, place(-60.0, -30.0), (60_045_300, 3_602_721));
    }
}
