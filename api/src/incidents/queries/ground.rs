//! An affected area as a value, for those who measure how far something is from it.
//!
//! **Invariant.** What is kept was checked when it came in and is not checked again.

use domain::{
    incidents::{AffectedArea, AreaPart, Circle, Polygon, PolygonError},
    kernel::{Id, Place, kinds},
    organisations::DivisionCode,
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    incidents::rows,
    organisations,
    problem::Problem,
    scope::{Scope, visible},
};

// A circle as it is kept.
#[derive(Deserialize)]
struct Drawn {
    longitude: f64,
    latitude: f64,
    radius_km: f64,
}

// A polygon or several, as they are kept: rings of longitude and latitude, WGS-84.
#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Shape {
    Polygon(Vec<Vec<[f64; 2]>>),
    MultiPolygon(Vec<Vec<Vec<[f64; 2]>>>),
}

/// An affected area, as far as it is known where it lies.
#[derive(Debug)]
pub(crate) struct Ground {
    /// The parts as they were given, and the outlines of the divisions among them.
    pub(crate) area: AffectedArea,
    /// Points inside the divisions whose outline is not known, or inside the nearest one round
    /// them.
    pub(crate) centres: Vec<Place>,
}

/// One part of an area as a table keeps it.
#[derive(Debug)]
pub(crate) struct KeptPart {
    /// `division`, `polygon` or `circle`.
    pub(crate) kind: String,
    pub(crate) division_code: Option<String>,
    /// GeoJSON of a polygon, centre and radius of a circle.
    pub(crate) geometry: Option<String>,
}

impl From<rows::area::Model> for KeptPart {
    fn from(row: rows::area::Model) -> Self {
        Self {
            kind: row.kind,
            division_code: row.division_code,
            geometry: row.geometry,
        }
    }
}

/// The ground of an incident that the caller sees: four statements, or a few more for thousands of
/// divisions.
pub(crate) async fn affected_ground(
    db: &impl ConnectionTrait,
    scope: &Scope,
    incident: Id<kinds::Incident>,
) -> Result<Ground, Problem> {
    use rows::area::{Column, Entity};
    super::incident(db, scope, incident).await?;
    let rows = visible::<Entity>(scope)
        .filter(Column::IncidentId.eq(incident.uuid()))
        .order_by_asc(Column::Part)
        .all(db)
        .await?;
    ground(db, rows.into_iter().map(KeptPart::from)).await
}

/// The ground of kept parts: two statements, or a few more for thousands of divisions.
pub(crate) async fn ground(
    db: &impl ConnectionTrait,
    kept_parts: impl IntoIterator<Item = KeptPart>,
) -> Result<Ground, Problem> {
    let mut parts = Vec::new();
    let mut named: Vec<DivisionCode> = Vec::new();
    for row in kept_parts {
        match row.kind.as_str() {
            "division" => {
                let code = row.division_code.unwrap_or_default();
                named.push(code.parse().map_err(Problem::internal)?);
                parts.push(AreaPart::Division(code));
            }
            "circle" => {
                let drawn: Drawn = kept(row.geometry.as_deref())?;
                let centre =
                    Place::new(drawn.longitude, drawn.latitude).map_err(Problem::internal)?;
                let circle = Circle::new(centre, drawn.radius_km).map_err(Problem::internal)?;
                parts.push(AreaPart::Circle(circle));
            }
            _ => {
                let shape: Shape = kept(row.geometry.as_deref())?;
                let polygons = shape.polygons().map_err(Problem::internal)?;
                parts.extend(polygons.into_iter().map(AreaPart::Polygon));
            }
        }
    }
    let mut undrawn = Vec::new();
    let outlines = organisations::boundaries_by_code(db, &named).await?;
    for code in named {
        let outline = outlines.get(&code).and_then(|(outline, _)| {
            // An outline that nobody can read is as one that is not known.
            let shape = Shape::deserialize(outline).ok()?;
            shape.polygons().ok()
        });
        match outline {
            Some(polygons) => parts.extend(polygons.into_iter().map(AreaPart::Polygon)),
            None => undrawn.push(code),
        }
    }
    let centres = organisations::centres(db, &undrawn).await?;
    Ok(Ground {
        area: AffectedArea::kept(parts),
        centres: centres.into_values().map(|centre| centre.place).collect(),
    })
}

impl Shape {
    fn polygons(self) -> Result<Vec<Polygon>, PolygonError> {
        let polygons = match self {
            Self::Polygon(rings) => vec![rings],
            Self::MultiPolygon(polygons) => polygons,
        };
        polygons.into_iter().map(Polygon::kept).collect()
    }
}

fn kept<T: DeserializeOwned>(geometry: Option<&str>) -> Result<T, Problem> {
    serde_json::from_str(geometry.unwrap_or_default()).map_err(Problem::internal)
}
