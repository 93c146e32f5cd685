//! Where: polygons, circles and codes.
//!
//! **Invariant.** All areas of a document together keep the limits of an affected area, and share one
//! budget of tests.

use crate::{
    alerts::{AlertArea, AlertPart, geocode},
    incidents::{AffectedArea, AreaError, Budget, Circle, Polygon},
    kernel::{Crs, Place},
};

use super::{
    FaultKind, LINE_MAX, NAME_MAX, REPEATABLE,
    element::{Element, Faults},
};

const AREAS_MAX: usize = 1_000;

const OF_AREA: &[&str] = &[
    "areaDesc", "polygon", "circle", "geocode", "altitude", "ceiling",
];
const OF_GEOCODE: &[&str] = &["valueName", "value"];

/// What is left for the rest of a document.
#[derive(Debug, Default)]
pub(super) struct Budgets {
    tests: Budget,
    areas: usize,
    polygons: usize,
    points: usize,
    circles: usize,
    codes: usize,
}

pub(super) fn areas(
    info: &Element<'_>,
    budgets: &mut Budgets,
    faults: &mut Faults,
) -> Option<Vec<AlertArea>> {
    let found = info.all("area");
    budgets.areas += found.len();
    if budgets.areas > AREAS_MAX {
        info.below("area")
            .fault(FaultKind::TooMany { max: AREAS_MAX }, faults);
        return None;
    }
    let read: Vec<_> = found.iter().map(|at| area(at, budgets, faults)).collect();
    read.into_iter().collect()
}

fn area(at: &Element<'_>, budgets: &mut Budgets, faults: &mut Faults) -> Option<AlertArea> {
    at.check(OF_AREA, REPEATABLE, faults);
    let description = at
        .required("areaDesc", faults)
        .and_then(|it| it.line(LINE_MAX, faults));
    let (polygons, circles, codes) = (at.all("polygon"), at.all("circle"), at.all("geocode"));
    budgets.polygons += polygons.len();
    budgets.circles += circles.len();
    budgets.codes += codes.len();
    budgets.points += polygons
        .iter()
        .map(|it| it.text().split_whitespace().count())
        .sum::<usize>();
    if let Err(error) = budgets.check() {
        at.fault(FaultKind::Area(error), faults);
        return None;
    }
    let mut parts = Vec::new();
    parts.extend(codes.iter().map(|it| code(it, faults)));
    parts.extend(
        polygons
            .iter()
            .map(|it| polygon(it, &mut budgets.tests, faults)),
    );
    parts.extend(circles.iter().map(|it| circle(it, faults)));
    Some(AlertArea {
        description: description?,
        parts: parts.into_iter().collect::<Option<_>>()?,
    })
}

impl Budgets {
    fn check(&self) -> Result<(), AreaError> {
        if self.codes > AffectedArea::DIVISIONS_MAX {
            return Err(AreaError::TooManyDivisions);
        }
        if self.circles > AffectedArea::CIRCLES_MAX {
            return Err(AreaError::TooManyCircles);
        }
        AffectedArea::check_size(self.polygons, self.points)
    }
}

fn code(at: &Element<'_>, faults: &mut Faults) -> Option<AlertPart> {
    at.check(OF_GEOCODE, &[], faults);
    let name = at
        .required("valueName", faults)
        .and_then(|it| it.line(NAME_MAX, faults));
    let value = at
        .required("value", faults)
        .and_then(|it| it.line(NAME_MAX, faults));
    Some(geocode::part(&name?, &value?))
}

fn polygon(at: &Element<'_>, tests: &mut Budget, faults: &mut Faults) -> Option<AlertPart> {
    let ring: Option<Vec<_>> = at.text().split_whitespace().map(pair).collect();
    let Some(ring) = ring else {
        at.fault(FaultKind::Pairs, faults);
        return None;
    };
    match Polygon::within(tests, &[ring], Crs::Wgs84) {
        Ok(polygon) => Some(AlertPart::Polygon(polygon)),
        Err(error) => {
            at.fault(FaultKind::Polygon(error), faults);
            None
        }
    }
}

fn circle(at: &Element<'_>, faults: &mut Faults) -> Option<AlertPart> {
    let words: Vec<_> = at.text().split_whitespace().collect();
    let read = match words[..] {
        [centre, radius] => pair(centre).zip(number(radius)),
        _ => None,
    };
    let Some(([longitude, latitude], radius_km)) = read else {
        at.fault(FaultKind::CentreAndRadius, faults);
        return None;
    };
    let made = Place::new(longitude, latitude)
        .map_err(FaultKind::Place)
        .and_then(|centre| Circle::new(centre, radius_km).map_err(FaultKind::Circle));
    match made {
        Ok(circle) => Some(AlertPart::Circle(circle)),
        Err(kind) => {
            at.fault(kind, faults);
            None
        }
    }
}

// CAP writes the latitude first; we write it last.
fn pair(word: &str) -> Option<[f64; 2]> {
    let (latitude, longitude) = word.split_once(',')?;
    Some([number(longitude)?, number(latitude)?])
}

// Digits only: `inf` and `nan` are numbers to the parser, and no places.
fn number(word: &str) -> Option<f64> {
    let is_plain = word
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
    word.parse().ok().filter(|_| is_plain)
}
