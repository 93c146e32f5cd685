//! Points on the wire.
//!
//! **Invariant.** Input says its datum or is WGS-84. What was converted keeps the original beside
//! it, so that a wrong datum can be found and put right.

use domain::{
    incidents::{BoundingBox, Circle, CircleError},
    kernel::{Crs, Place, PlaceError},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    depots::commands::GivenPlace,
    problem::{Fault, Faults, FieldFault, Problem},
};

use super::DepotFilter;

/// A point, longitude first.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceBody {
    /// Degrees east.
    #[schema(minimum = -180, maximum = 180, examples(120.1551))]
    longitude: f64,
    /// Degrees north, -90 to 90. The bounds here are wider, so that coordinates given the wrong way
    /// round are told as such.
    #[schema(minimum = -180, maximum = 180, examples(30.2741))]
    latitude: f64,
    /// The datum: `wgs84` if absent, `gcj02` (Amap, Tencent), `bd09` (Baidu).
    #[schema(max_length = 8, pattern = "^(wgs84|gcj02|bd09)$", default = "wgs84")]
    crs: Option<String>,
}

impl PlaceBody {
    pub(crate) fn parse(&self, faults: &mut Faults, pointer: &str) -> Option<GivenPlace> {
        let crs = datum(self.crs.as_deref());
        let place = match Place::from_crs(self.longitude, self.latitude, crs) {
            Ok(place) => place,
            Err(error) => {
                let member = member(error).map_or(String::new(), |name| format!("/{name}"));
                let fault: Result<(), Fault> = Err(error.into());
                faults.take(format!("{pointer}{member}"), fault);
                return None;
            }
        };
        let given = (crs != Crs::Wgs84).then_some((crs, self.longitude, self.latitude));
        Some(GivenPlace { place, given })
    }
}

// The contract lets only these names pass.
fn datum(name: Option<&str>) -> Crs {
    Crs::ALL
        .into_iter()
        .find(|crs| Some(crs.name()) == name)
        .unwrap_or_default()
}

// Which of the two numbers is at fault; both, when they are swapped.
fn member(error: PlaceError) -> Option<&'static str> {
    match error {
        PlaceError::Longitude => Some("longitude"),
        PlaceError::Latitude => Some("latitude"),
        PlaceError::Swapped => None,
    }
}

/// A point and how far round it to look.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Near {
    pub(crate) circle: Circle,
}

impl Near {
    /// Reads the three parameters, which come together or not at all.
    pub(crate) fn parse(filter: &DepotFilter) -> Result<Option<Self>, Problem> {
        let parameters = [
            ("longitude", filter.longitude),
            ("latitude", filter.latitude),
            ("radius_km", filter.radius_km),
        ];
        if let [Some(longitude), Some(latitude), Some(radius_km)] =
            parameters.map(|(_, value)| value)
        {
            let place = Place::from_crs(longitude, latitude, datum(filter.crs.as_deref()))
                .map_err(|error| refused([member(error).unwrap_or("latitude")], &error.into()))?;
            let circle = Circle::new(place, radius_km)
                .map_err(|error| refused(["radius_km"], &radius_fault(error)))?;
            return Ok(Some(Self { circle }));
        }
        if parameters.iter().all(|(_, value)| value.is_none()) && filter.crs.is_none() {
            return Ok(None);
        }
        let missing = parameters
            .iter()
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| *name);
        let fault = Fault::new(
            "required",
            "longitude、latitude、radius_km 须同时给出",
            "longitude, latitude and radius_km come together",
        );
        Err(refused(missing, &fault))
    }

    /// Boxes that hold the whole circle.
    pub(crate) fn boxes(&self) -> Vec<BoundingBox> {
        self.circle.bounding_boxes()
    }
}

fn radius_fault(error: CircleError) -> Fault {
    Fault::new(
        "out-of-range",
        "半径须为 0.01 到 2000 公里",
        error.to_string(),
    )
}

fn refused(names: impl IntoIterator<Item = &'static str>, fault: &Fault) -> Problem {
    let faults = names.into_iter().map(|name| FieldFault {
        pointer: name.to_owned(),
        code: fault.code,
        message: fault.message.clone(),
    });
    Problem::invalid(faults.collect()).of_query()
}

/// A point, longitude first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct PlaceView {
    /// Degrees east.
    #[schema(minimum = -180, maximum = 180)]
    pub(crate) longitude: f64,
    /// Degrees north.
    #[schema(minimum = -90, maximum = 90)]
    pub(crate) latitude: f64,
    /// The datum.
    #[schema(max_length = 8)]
    pub(crate) crs: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(longitude: f64, latitude: f64, crs: &str, expected: &[(&str, &str)]) {
        let body = json!({ "longitude": longitude, "latitude": latitude, "crs": crs });
        let body: PlaceBody = serde_json::from_value(body).unwrap();
        let mut faults = Faults::default();
        let place = body.parse(&mut faults, "/place");
        let found = faults.finish(place).err().map_or(Vec::new(), |p| p.faults);
        let found: Vec<_> = found
            .iter()
            .map(|fault| (fault.pointer.as_str(), fault.code))
            .collect();
        assert_eq!(found, expected, "{longitude} {latitude}");
    }

    #[test]
    fn a_fault_is_told_at_the_number_that_has_it() {
        check(120.2, 30.3, "wgs84", &[]);
        check(120.2, 30.3, "gcj02", &[]);
        check(30.3, 120.2, "wgs84", &[("/place", "swapped")]);
        check(120.2, 91.0, "bd09", &[("/place/latitude", "out-of-range")]);
    }

    #[test]
    fn what_was_converted_keeps_how_it_was_given() {
        let parse = |crs: &str| {
            let body = json!({ "longitude": 120.2, "latitude": 30.3, "crs": crs });
            let body: PlaceBody = serde_json::from_value(body).unwrap();
            body.parse(&mut Faults::default(), "").unwrap()
        };
        let wgs84 = parse("wgs84");
        assert_eq!(wgs84.given, None);
        for (name, crs) in [("gcj02", Crs::Gcj02), ("bd09", Crs::Bd09)] {
            let found = parse(name);
            assert_eq!(found.given, Some((crs, 120.2, 30.3)));
            let moved_m = found.place.distance_km(wgs84.place) * 1_000.0;
            assert!((100.0..1_500.0).contains(&moved_m), "{name}: {moved_m}");
        }
    }

    #[test]
    fn a_circle_is_three_numbers_or_none() {
        let read = |parameters: serde_json::Value| {
            let filter: DepotFilter = serde_json::from_value(parameters).unwrap();
            Near::parse(&filter).map_err(|problem| {
                let faults = problem.faults.into_iter();
                faults.map(|fault| fault.pointer).collect::<Vec<_>>()
            })
        };
        assert_eq!(read(json!({})), Ok(None));
        let whole = json!({ "longitude": 120.2, "latitude": 30.3, "radius_km": 50 });
        assert!(read(whole).unwrap().is_some());
        let part = json!({ "longitude": 120.2 });
        assert_eq!(read(part).unwrap_err(), ["latitude", "radius_km"]);
        let far = json!({ "longitude": 120.2, "latitude": 99, "radius_km": 50 });
        assert_eq!(read(far).unwrap_err(), ["latitude"]);
        let wide = json!({ "longitude": 120.2, "latitude": 30.3, "radius_km": 2001 });
        assert_eq!(read(wide).unwrap_err(), ["radius_km"]);
        assert!(read(json!({ "crs": "bd09" })).is_err());
    }
}
