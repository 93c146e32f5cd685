//! Affected areas on the wire.
//!
//! **Invariant.** All polygons of an area together are counted before any is looked at, and share
//! one budget of tests. What was given in another datum than WGS-84 is converted, and the original
//! kept beside it.

mod geometry;

use domain::{
    incidents::{AffectedArea, AreaError, AreaPart, Budget, Circle, CircleError},
    kernel::{Crs, Id, Place, PlaceError, kinds},
    organisations::DivisionCode,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::{
    incidents::commands::{Area, PartRow, Where},
    problem::{Fault, Faults},
};

use geometry::GeometryBody;

/// One part of an affected area: a division by its code, a polygon or a circle.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AreaPartBody {
    /// `division` takes `code`; `polygon` takes `geometry`; `circle` takes `longitude`, `latitude`
    /// and `radius_km`.
    #[schema(max_length = 16, pattern = "^(division|polygon|circle)$")]
    kind: String,
    /// The code of the division.
    #[schema(max_length = 12, pattern = "^([0-9]{6}|[0-9]{9}|[0-9]{12})$")]
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    geometry: Option<GeometryBody>,
    /// Degrees east of the centre.
    #[schema(minimum = -180, maximum = 180)]
    #[serde(skip_serializing_if = "Option::is_none")]
    longitude: Option<f64>,
    /// Degrees north of the centre.
    #[schema(minimum = -180, maximum = 180)]
    #[serde(skip_serializing_if = "Option::is_none")]
    latitude: Option<f64>,
    /// 0.01 to 2,000.
    #[schema(minimum = 0, maximum = 2000)]
    #[serde(skip_serializing_if = "Option::is_none")]
    radius_km: Option<f64>,
    /// The datum of the shape: `wgs84` if absent.
    #[schema(max_length = 8, pattern = "^(wgs84|gcj02|bd09)$")]
    #[serde(skip_serializing_if = "Option::is_none")]
    crs: Option<String>,
}

/// The datum of this name; WGS-84 when none is named.
pub(super) fn crs(name: Option<&str>) -> Crs {
    Crs::ALL
        .into_iter()
        .find(|crs| Some(crs.name()) == name)
        .unwrap_or_default()
}

/// Checks all parts; every fault is noted at its place below `pointer`.
pub(crate) fn parse(faults: &mut Faults, pointer: &str, parts: &[AreaPartBody]) -> Option<Area> {
    let sizes = parts.iter().filter_map(|part| part.geometry.as_ref());
    let (polygons, points) = sizes
        .map(GeometryBody::size)
        .fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
    let size = AffectedArea::check_size(polygons, points).map_err(area_fault);
    faults.take(pointer, size)?;
    let mut budget = Budget::default();
    let mut shapes = Vec::new();
    let mut rows = Vec::new();
    let mut whole = true;
    for (index, part) in parts.iter().enumerate() {
        let at = format!("{pointer}/{index}");
        let strangers = part.strangers(faults, &at);
        match part.parse(faults, &at, &mut budget) {
            Some((found, row)) if !strangers => {
                shapes.extend(found);
                rows.push(row);
            }
            _ => whole = false,
        }
    }
    if !whole {
        return None;
    }
    let area = AffectedArea::new(shapes).map_err(area_fault);
    faults.take(pointer, area).map(|_| Area { rows })
}

/// Where it is: drawn in the field `pointer`, or as an alert says; one of both has to be there.
pub(crate) fn parse_where(
    faults: &mut Faults,
    pointer: &str,
    drawn: Option<&[AreaPartBody]>,
    alert: Option<Id<kinds::Alert>>,
) -> Option<Where> {
    let name = pointer.trim_start_matches('/');
    match (drawn, alert) {
        (Some(parts), None) => parse(faults, pointer, parts).map(Where::Drawn),
        (None, Some(alert)) => Some(Where::OfAlert(alert)),
        (None, None) => {
            let zh = format!("{name} 与 alert_id 须给其一");
            let en = format!("give `{name}` or `alert_id`");
            faults.note(pointer, "required", zh, en);
            None
        }
        (Some(_), Some(_)) => {
            let zh = format!("{name} 与 alert_id 只能给其一");
            let en = format!("give `{name}` or `alert_id`, not both");
            faults.note("/alert_id", "unknown", zh, en);
            None
        }
    }
}

impl AreaPartBody {
    // Whether a member is there that a part of this kind does not have.
    fn strangers(&self, faults: &mut Faults, at: &str) -> bool {
        let (division, polygon, circle) = (
            self.kind == "division",
            self.kind == "polygon",
            self.kind == "circle",
        );
        let mut found = false;
        for (name, given, fits) in [
            ("code", self.code.is_some(), division),
            ("geometry", self.geometry.is_some(), polygon),
            ("longitude", self.longitude.is_some(), circle),
            ("latitude", self.latitude.is_some(), circle),
            ("radius_km", self.radius_km.is_some(), circle),
            ("crs", self.crs.is_some(), polygon || circle),
        ] {
            if given && !fits {
                found = true;
                faults.note(
                    format!("{at}/{name}"),
                    "unknown",
                    format!("{} 类型没有这个字段", self.kind),
                    format!("a part of kind {} has no such field", self.kind),
                );
            }
        }
        found
    }

    fn parse(
        &self,
        faults: &mut Faults,
        at: &str,
        budget: &mut Budget,
    ) -> Option<(Vec<AreaPart>, PartRow)> {
        let crs = crs(self.crs.as_deref());
        let given = || (crs != Crs::Wgs84).then(|| json!(self).to_string());
        match self.kind.as_str() {
            "division" => {
                let code = required(faults, format!("{at}/code"), self.code.as_deref())?;
                let code = faults.take(format!("{at}/code"), code.parse::<DivisionCode>())?;
                let row = PartRow {
                    kind: "division",
                    division: Some(code),
                    geometry: None,
                    given: None,
                };
                Some((vec![AreaPart::Division(code.as_str().to_owned())], row))
            }
            "polygon" => {
                let at = format!("{at}/geometry");
                let geometry = required(faults, at.clone(), self.geometry.as_ref())?;
                let polygons = geometry.parse(faults, &format!("{at}/coordinates"), crs, budget)?;
                let row = PartRow {
                    kind: "polygon",
                    division: None,
                    geometry: Some(geometry.normal(&polygons).to_string()),
                    given: given(),
                };
                Some((polygons.into_iter().map(AreaPart::Polygon).collect(), row))
            }
            _ => {
                let longitude = required(faults, format!("{at}/longitude"), self.longitude);
                let latitude = required(faults, format!("{at}/latitude"), self.latitude);
                let radius_km = required(faults, format!("{at}/radius_km"), self.radius_km);
                let (longitude, latitude, radius_km) = (longitude?, latitude?, radius_km?);
                let centre = place(faults, at, longitude, latitude, crs)?;
                let circle = Circle::new(centre, radius_km).map_err(circle_fault);
                let circle = faults.take(format!("{at}/radius_km"), circle)?;
                let drawn = json!({
                    "longitude": centre.longitude(),
                    "latitude": centre.latitude(),
                    "radius_km": radius_km,
                });
                let row = PartRow {
                    kind: "circle",
                    division: None,
                    geometry: Some(drawn.to_string()),
                    given: given(),
                };
                Some((vec![AreaPart::Circle(circle)], row))
            }
        }
    }
}

/// A point, whose fault is told at the number that is wrong.
pub(super) fn place(
    faults: &mut Faults,
    at: &str,
    longitude: f64,
    latitude: f64,
    crs: Crs,
) -> Option<Place> {
    let place = Place::from_crs(longitude, latitude, crs);
    let member = match place {
        Err(PlaceError::Longitude) => "longitude",
        Ok(_) | Err(PlaceError::Latitude | PlaceError::Swapped) => "latitude",
    };
    faults.take(format!("{at}/{member}"), place)
}

/// Notes a member that the kind of the thing asks for and that is absent.
pub(super) fn required<T>(faults: &mut Faults, at: String, value: Option<T>) -> Option<T> {
    if value.is_none() {
        faults.note(at, "required", "必填", "this field is required");
    }
    value
}

fn area_fault(error: AreaError) -> Fault {
    let zh = match error {
        AreaError::Empty => "受灾区域至少有一个区划、多边形或圆".to_owned(),
        AreaError::TooManyDivisions => format!("最多 {} 个区划", AffectedArea::DIVISIONS_MAX),
        AreaError::TooManyPolygons => format!("最多 {} 个多边形", AffectedArea::POLYGONS_MAX),
        AreaError::TooManyCircles => format!("最多 {} 个圆", AffectedArea::CIRCLES_MAX),
        AreaError::TooManyPoints => format!("所有多边形合计最多 {} 个点", AffectedArea::POINTS_MAX),
        AreaError::DivisionCode { .. } => "行政区划代码须为 6、9 或 12 位数字".to_owned(),
    };
    Fault::new("length", zh, error.to_string())
}

fn circle_fault(error: CircleError) -> Fault {
    Fault::new(
        "out-of-range",
        "半径须在 0.01 到 2000 公里之间",
        error.to_string(),
    )
}
