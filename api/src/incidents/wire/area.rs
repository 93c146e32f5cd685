//! Affected areas on the wire.
//!
//! **Invariant.** What is wrong with a shape is told at the ring or point that is wrong. What was
//! given in another datum than WGS-84 is converted, and the original kept beside it.

use domain::{
    incidents::{AffectedArea, AreaError, AreaPart, Circle, CircleError, Polygon, PolygonError},
    kernel::{Crs, Place},
    organisations::DivisionCode,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    incidents::commands::{Area, PartRow},
    problem::{Fault, Faults},
};

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

/// A GeoJSON Polygon or MultiPolygon (RFC 7946).
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GeometryBody {
    #[schema(max_length = 16, pattern = "^(Polygon|MultiPolygon)$")]
    r#type: String,
    /// Rings of `[longitude, latitude]`, closed; of a MultiPolygon, polygons of rings.
    #[schema(value_type = Vec<Object>, max_items = 10000)]
    coordinates: Value,
}

/// The datum of this name; WGS-84 when none is named.
pub(super) fn crs(name: Option<&str>) -> Crs {
    Crs::ALL
        .into_iter()
        .find(|crs| Some(crs.name()) == name)
        .unwrap_or_default()
}

/// Checks all parts; every fault is noted at its place below `pointer`.
pub(super) fn parse(faults: &mut Faults, pointer: &str, parts: &[AreaPartBody]) -> Option<Area> {
    let mut shapes = Vec::new();
    let mut rows = Vec::new();
    let mut whole = true;
    for (index, part) in parts.iter().enumerate() {
        let at = format!("{pointer}/{index}");
        let strangers = part.strangers(faults, &at);
        match part.parse(faults, &at) {
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

    fn parse(&self, faults: &mut Faults, at: &str) -> Option<(Vec<AreaPart>, PartRow)> {
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
                let polygons = geometry.parse(faults, &format!("{at}/coordinates"), crs)?;
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
                let centre = Place::from_crs(longitude, latitude, crs);
                let centre = faults.take(format!("{at}/latitude"), centre)?;
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

impl GeometryBody {
    fn parse(&self, faults: &mut Faults, at: &str, crs: Crs) -> Option<Vec<Polygon>> {
        if self.r#type == "Polygon" {
            return polygon(faults, at, &self.coordinates, crs).map(|polygon| vec![polygon]);
        }
        let parts = array(faults, at, &self.coordinates)?;
        if parts.is_empty() {
            faults.note(at, "length", "至少 1 个多边形", "at least one polygon");
            return None;
        }
        if parts.len() > AffectedArea::POLYGONS_MAX {
            let fault = area_fault(AreaError::TooManyPolygons);
            return faults.take(at, Err(fault));
        }
        let polygons: Vec<_> = parts
            .iter()
            .enumerate()
            .map(|(index, part)| polygon(faults, &format!("{at}/{index}"), part, crs))
            .collect();
        polygons.into_iter().collect()
    }

    // The shape as it is kept: WGS-84, rings the right way round.
    fn normal(&self, polygons: &[Polygon]) -> Value {
        let mut coordinates: Vec<Value> = polygons.iter().map(rings).collect();
        if self.r#type == "Polygon" {
            json!({ "type": "Polygon", "coordinates": coordinates.pop() })
        } else {
            json!({ "type": "MultiPolygon", "coordinates": coordinates })
        }
    }
}

fn rings(polygon: &Polygon) -> Value {
    let geometry = polygon.geometry();
    std::iter::once(geometry.exterior())
        .chain(geometry.interiors())
        .map(|ring| {
            ring.coords()
                .map(|coord| json!([coord.x, coord.y]))
                .collect::<Value>()
        })
        .collect()
}

fn polygon(faults: &mut Faults, at: &str, rings: &Value, crs: Crs) -> Option<Polygon> {
    let mut read = Vec::new();
    for (ring, points) in array(faults, at, rings)?.iter().enumerate() {
        let at = format!("{at}/{ring}");
        let mut line = Vec::new();
        for (index, point) in array(faults, &at, points)?.iter().enumerate() {
            let Some(position) = position(point) else {
                faults.note(
                    format!("{at}/{index}"),
                    "type",
                    "坐标须为 [经度, 纬度] 两个数",
                    "a position is [longitude, latitude], two numbers",
                );
                return None;
            };
            line.push(position);
        }
        read.push(line);
    }
    match Polygon::new(&read, crs) {
        Ok(polygon) => Some(polygon),
        Err(error) => {
            let (below, fault) = polygon_fault(&error);
            faults.take(format!("{at}{below}"), Err(fault))
        }
    }
}

// A third number is a height, which RFC 7946 allows and nothing here needs.
fn position(value: &Value) -> Option<[f64; 2]> {
    match value.as_array()?.as_slice() {
        [longitude, latitude] | [longitude, latitude, _] => {
            Some([longitude.as_f64()?, latitude.as_f64()?])
        }
        _ => None,
    }
}

fn array<'a>(faults: &mut Faults, at: &str, value: &'a Value) -> Option<&'a Vec<Value>> {
    let array = value.as_array();
    if array.is_none() {
        faults.note(at, "type", "须为数组", "an array is wanted here");
    }
    array
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

// What is wrong with a polygon, and where below its coordinates.
fn polygon_fault(error: &PolygonError) -> (String, Fault) {
    use PolygonError as E;
    let at = |ring: &usize| format!("/{ring}");
    let (below, code, zh) = match error {
        E::NoRing => (String::new(), "length", "多边形须有外环".to_owned()),
        E::TooManyPoints { points } => {
            let max = Polygon::POINTS_MAX;
            let zh = format!("一个多边形最多 {max} 个点，这里有 {points} 个");
            (String::new(), "length", zh)
        }
        E::TooManyHoles { .. } => {
            let zh = format!("一个多边形最多 {} 个洞", Polygon::HOLES_MAX);
            (String::new(), "length", zh)
        }
        E::Point { ring, index, error } => {
            let fault = Fault::from(*error);
            let zh = fault.message.zh.into_owned();
            (format!("/{ring}/{index}"), fault.code, zh)
        }
        E::NotClosed { ring } => {
            let zh = "环未闭合：最后一点须与第一点相同".to_owned();
            (at(ring), "not-closed", zh)
        }
        E::TooFewPoints { ring } => {
            let zh = "环至少有三个不同的点，并以第一点收尾".to_owned();
            (at(ring), "length", zh)
        }
        E::ZeroArea { ring } => (at(ring), "no-area", "环没有围住任何面积".to_owned()),
        E::SelfCrossing {
            ring,
            longitude,
            latitude,
        } => {
            let zh = format!("环在 {longitude}, {latitude} 附近与自身相交");
            (at(ring), "self-crossing", zh)
        }
        E::RingsCross {
            ring,
            other,
            longitude,
            latitude,
        } => {
            let zh = format!("与第 {other} 环在 {longitude}, {latitude} 附近相交");
            (at(ring), "crossing", zh)
        }
        E::HoleOutside { ring } => (at(ring), "hole", "洞在外环之外".to_owned()),
        E::HoleInHole { ring, other } => (at(ring), "hole", format!("洞在第 {other} 环的洞之内")),
        E::Antimeridian { span_degrees } => {
            let zh = format!("跨经度 {span_degrees} 度：请在 180 度经线处分成两个多边形");
            (String::new(), "antimeridian", zh)
        }
        E::TooEntangled => {
            let zh = "边过于交错，无法检查：请减少长边".to_owned();
            (String::new(), "entangled", zh)
        }
    };
    (below, Fault::new(code, zh, error.to_string()))
}
