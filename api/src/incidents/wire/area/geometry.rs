//! Polygons on the wire, as GeoJSON.
//!
//! **Invariant.** What is wrong with a shape is told at the ring or point that is wrong. How much
//! there is of it is known before any of it is looked at.

use domain::{
    incidents::{Budget, Polygon, PolygonError},
    kernel::Crs,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{
    ToSchema,
    openapi::schema::{Array, ArrayBuilder, ObjectBuilder, OneOfBuilder, Type},
};

use crate::problem::{Fault, Faults};

/// A GeoJSON Polygon or MultiPolygon (RFC 7946).
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::incidents) struct GeometryBody {
    #[schema(max_length = 16, pattern = "^(Polygon|MultiPolygon)$")]
    r#type: String,
    /// Rings of `[longitude, latitude]`, closed; of a MultiPolygon, polygons of rings.
    #[schema(schema_with = coordinates)]
    coordinates: Value,
}

// The numbers of a Polygon lie three lists deep, those of a MultiPolygon four. One schema for both
// tells a fault at its number; a choice of two would only say that neither fits.
fn coordinates() -> Array {
    const RINGS_MAX: usize = Polygon::HOLES_MAX + 1;
    let list = |least, most| {
        ArrayBuilder::new()
            .min_items(Some(least))
            .max_items(Some(most))
    };
    // A third number is a height in metres. What is no longitude or latitude is told by name later.
    let number = || {
        ObjectBuilder::new()
            .schema_type(Type::Number)
            .minimum(Some(-12_000))
            .maximum(Some(10_000))
    };
    let number_or_position = OneOfBuilder::new()
        .item(number())
        .item(list(2, 3).items(number()));
    let points = list(2, Polygon::POINTS_MAX).items(number_or_position);
    let rings = list(1, Polygon::POINTS_MAX).items(points);
    list(1, RINGS_MAX)
        .items(rings)
        .description(Some(
            "Rings of `[longitude, latitude]`, closed; of a MultiPolygon, polygons of rings. At most \
             100 polygons and 10,000 points in all of an area.",
        ))
        .build()
}

impl GeometryBody {
    /// How many polygons and points there are, counted before any of them is looked at.
    pub(super) fn size(&self) -> (usize, usize) {
        let length = |value: &Value| value.as_array().map_or(0, Vec::len);
        let points = |rings: &Value| -> usize {
            let rings = rings.as_array().into_iter().flatten();
            rings.map(length).sum()
        };
        if self.r#type == "Polygon" {
            return (1, points(&self.coordinates));
        }
        let polygons = self.coordinates.as_array().into_iter().flatten();
        (length(&self.coordinates), polygons.map(points).sum())
    }

    pub(super) fn parse(
        &self,
        faults: &mut Faults,
        at: &str,
        crs: Crs,
        budget: &mut Budget,
    ) -> Option<Vec<Polygon>> {
        if self.r#type == "Polygon" {
            let polygon = polygon(faults, at, &self.coordinates, crs, budget);
            return polygon.map(|polygon| vec![polygon]);
        }
        let parts = array(faults, at, &self.coordinates)?;
        let polygons: Vec<_> = parts
            .iter()
            .enumerate()
            .map(|(index, part)| polygon(faults, &format!("{at}/{index}"), part, crs, budget))
            .collect();
        polygons.into_iter().collect()
    }

    // The shape as it is kept: WGS-84, rings the right way round.
    pub(super) fn normal(&self, polygons: &[Polygon]) -> Value {
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

fn polygon(
    faults: &mut Faults,
    at: &str,
    rings: &Value,
    crs: Crs,
    budget: &mut Budget,
) -> Option<Polygon> {
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
    match Polygon::within(budget, &read, crs) {
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
