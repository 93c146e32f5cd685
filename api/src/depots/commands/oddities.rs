//! What is odd about a depot but real.
//!
//! **Invariant.** A warning refuses nothing: it says what to check, in both languages.

use domain::{
    kernel::Place,
    organisations::{Body, DivisionLevel, Level},
};

use crate::{depots::wire::Warning, organisations::Centre};

// How far from its division's centre a depot may well stand. Of 2,722 county centres in
// `api/data/divisions`, 99 in 100 lie within 276 km of their city's and all of them within
// 1,150 km of their province's.
fn usual_reach_km(level: DivisionLevel) -> f64 {
    match level {
        DivisionLevel::Province => 1_200.0,
        DivisionLevel::City => 300.0,
        DivisionLevel::County | DivisionLevel::Township | DivisionLevel::Village => 100.0,
    }
}

pub(super) fn far_from_division(place: Option<Place>, centre: Option<Centre>) -> Option<Warning> {
    let Centre {
        of: division,
        place: centre,
    } = centre?;
    let km = place?.distance_km(centre);
    let usual = usual_reach_km(division.level());
    (km > usual).then(|| Warning {
        code: "far-from-division".to_owned(),
        pointer: "/place".to_owned(),
        message_zh: format!(
            "该位置距行政区划 {division} 的中心 {km:.0} 公里（通常不超过 {usual:.0} 公里），请核对坐标、坐标系与区划"
        ),
        message_en: format!(
            "the place is {km:.0} km from the centre of division {division} (usually within {usual:.0} km): check coordinates, datum and division"
        ),
    })
}

// National depots are often kept by a province, so this is odd only where it was not meant.
pub(super) fn above_custodian(level: Level, custodian: Body) -> Option<Warning> {
    let own = custodian.level()?;
    level.is_above(own).then(|| Warning {
        code: "level-above-organisation".to_owned(),
        pointer: "/level".to_owned(),
        message_zh: format!("储备库级别（{level}）高于代储单位级别（{own}），请核对"),
        message_en: format!("the depot's level ({level}) is above its custodian's ({own})"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_far_from_its_division_is_told() {
        let hangzhou = Place::new(120.15, 30.27).unwrap();
        let check = |code: &str, longitude: f64, latitude: f64, expected: bool| {
            let place = Place::new(longitude, latitude).ok();
            let centre = Centre {
                of: code.parse().unwrap(),
                place: hangzhou,
            };
            let warning = far_from_division(place, Some(centre));
            assert_eq!(warning.is_some(), expected, "{code} {longitude} {latitude}");
        };
        // Ningbo is 140 km away, Wenzhou 250 km, Beijing 1,120 km.
        check("330102", 121.55, 29.87, true);
        check("330100", 121.55, 29.87, false);
        check("330000", 120.67, 28.00, false);
        check("330100", 116.40, 39.90, true);
        check("330102", 120.20, 30.30, false);
        assert_eq!(far_from_division(Some(hangzhou), None), None);
    }

    #[test]
    fn a_depot_above_its_custodian_is_told() {
        let check = |level, custodian, expected: bool| {
            let warning = above_custodian(level, custodian);
            assert_eq!(warning.is_some(), expected, "{level} {custodian}");
        };
        check(Level::National, Body::Society(Level::Provincial), true);
        check(Level::County, Body::Society(Level::Provincial), false);
        check(Level::County, Body::Society(Level::County), false);
        check(Level::National, Body::Partner, false);
    }
}
