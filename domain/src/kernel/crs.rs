//! The datums in which Chinese coordinates come, and the way back to WGS-84.
//!
//! **Invariant.** Tables hold WGS-84 only. GCJ-02 (Amap, Tencent) shifts points in mainland China
//! by 100 to 700 m, BD-09 (Baidu) shifts them further; mixing them moves a depot to the next
//! street. The shift formula is the publicly known one; the inverse is found by iteration to
//! better than a centimetre.

use std::f64::consts::PI;

/// The datum in which a coordinate was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Crs {
    /// GPS and this project's tables; CGCS2000 is the same within centimetres.
    #[default]
    Wgs84,
    /// Amap, Tencent and most Chinese web maps.
    Gcj02,
    /// Baidu maps.
    Bd09,
}

const SEMI_MAJOR_AXIS_M: f64 = 6_378_245.0;
const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;
const BD_FACTOR: f64 = PI * 3_000.0 / 180.0;
const INVERSE_ROUNDS_MAX: u32 = 20;

impl Crs {
    /// Every datum.
    pub const ALL: [Self; 3] = [Self::Wgs84, Self::Gcj02, Self::Bd09];

    /// Its name on the wire.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wgs84 => "wgs84",
            Self::Gcj02 => "gcj02",
            Self::Bd09 => "bd09",
        }
    }

    pub(super) fn to_wgs84(self, longitude: f64, latitude: f64) -> (f64, f64) {
        match self {
            Self::Wgs84 => (longitude, latitude),
            Self::Gcj02 => gcj02_to_wgs84(longitude, latitude),
            Self::Bd09 => {
                let (longitude, latitude) = bd09_to_gcj02(longitude, latitude);
                gcj02_to_wgs84(longitude, latitude)
            }
        }
    }
}

// The formula applies to a box round mainland China only; outside it the datums agree.
fn in_shifted_box(longitude: f64, latitude: f64) -> bool {
    (72.004..=137.8347).contains(&longitude) && (0.8293..=55.8271).contains(&latitude)
}

fn wgs84_to_gcj02(longitude: f64, latitude: f64) -> (f64, f64) {
    if !in_shifted_box(longitude, latitude) {
        return (longitude, latitude);
    }
    let (x, y) = (longitude - 105.0, latitude - 35.0);
    let ripple = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let shift_y = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + ripple
        + (20.0 * (y * PI).sin() + 40.0 * (y / 3.0 * PI).sin()) * 2.0 / 3.0
        + (160.0 * (y / 12.0 * PI).sin() + 320.0 * (y * PI / 30.0).sin()) * 2.0 / 3.0;
    let shift_x = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + ripple
        + (20.0 * (x * PI).sin() + 40.0 * (x / 3.0 * PI).sin()) * 2.0 / 3.0
        + (150.0 * (x / 12.0 * PI).sin() + 300.0 * (x / 30.0 * PI).sin()) * 2.0 / 3.0;
    let radians = latitude.to_radians();
    let magic = 1.0 - ECCENTRICITY_SQUARED * radians.sin().powi(2);
    let root = magic.sqrt();
    let meridian_m = SEMI_MAJOR_AXIS_M * (1.0 - ECCENTRICITY_SQUARED) / (magic * root);
    let parallel_m = SEMI_MAJOR_AXIS_M / root * radians.cos();
    (
        longitude + (shift_x / parallel_m).to_degrees(),
        latitude + (shift_y / meridian_m).to_degrees(),
    )
}

fn gcj02_to_wgs84(longitude: f64, latitude: f64) -> (f64, f64) {
    let (mut x, mut y) = (longitude, latitude);
    for _ in 0..INVERSE_ROUNDS_MAX {
        let (shifted_x, shifted_y) = wgs84_to_gcj02(x, y);
        let (error_x, error_y) = (shifted_x - longitude, shifted_y - latitude);
        (x, y) = (x - error_x, y - error_y);
        if error_x.abs() < 1e-9 && error_y.abs() < 1e-9 {
            break;
        }
    }
    (x, y)
}

fn bd09_to_gcj02(longitude: f64, latitude: f64) -> (f64, f64) {
    let (x, y) = (longitude - 0.0065, latitude - 0.006);
    let radius = x.hypot(y) - 0.000_02 * (y * BD_FACTOR).sin();
    let angle = y.atan2(x) - 0.000_003 * (x * BD_FACTOR).cos();
    (radius * angle.cos(), radius * angle.sin())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tiananmen_shifts_as_the_maps_do() {
        let (longitude, latitude) = wgs84_to_gcj02(116.391_265, 39.907_339);
        assert!((longitude - 116.397_5).abs() < 2e-4, "{longitude}");
        assert!((latitude - 39.908_74).abs() < 2e-4, "{latitude}");
    }

    proptest! {
        #[test]
        fn there_and_back_is_the_same_point(x in 73.5_f64..135.0, y in 18.0_f64..53.5) {
            let (there_x, there_y) = wgs84_to_gcj02(x, y);
            let (back_x, back_y) = gcj02_to_wgs84(there_x, there_y);
            prop_assert!((back_x - x).abs() < 1e-7 && (back_y - y).abs() < 1e-7);
        }
    }
}
