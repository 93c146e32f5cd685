//! An affected area as a value, for those who measure how far something is from it.

use domain::{
    incidents::{AffectedArea, AreaPart, Circle, Polygon},
    kernel::{Crs, Id, Place, kinds},
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    incidents::rows,
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

/// The affected area of an incident that the caller sees: two statements.
pub(crate) async fn affected_area(
    db: &impl ConnectionTrait,
    scope: &Scope,
    incident: Id<kinds::Incident>,
) -> Result<AffectedArea, Problem> {
    use rows::area::{Column, Entity};
    super::incident(db, scope, incident).await?;
    let rows = visible::<Entity>(scope)
        .filter(Column::IncidentId.eq(incident.uuid()))
        .order_by_asc(Column::Part)
        .all(db)
        .await?;
    let mut parts = Vec::with_capacity(rows.len());
    for row in rows {
        match row.kind.as_str() {
            "division" => parts.extend(row.division_code.map(AreaPart::Division)),
            "circle" => {
                let drawn: Drawn = kept(row.geometry.as_deref())?;
                let centre =
                    Place::new(drawn.longitude, drawn.latitude).map_err(Problem::internal)?;
                let circle = Circle::new(centre, drawn.radius_km).map_err(Problem::internal)?;
                parts.push(AreaPart::Circle(circle));
            }
            _ => {
                let polygons = match kept(row.geometry.as_deref())? {
                    Shape::Polygon(rings) => vec![rings],
                    Shape::MultiPolygon(polygons) => polygons,
                };
                for rings in polygons {
                    let polygon = Polygon::new(&rings, Crs::Wgs84).map_err(Problem::internal)?;
                    parts.push(AreaPart::Polygon(polygon));
                }
            }
        }
    }
    AffectedArea::new(parts).map_err(Problem::internal)
}

fn kept<T: DeserializeOwned>(geometry: Option<&str>) -> Result<T, Problem> {
    serde_json::from_str(geometry.unwrap_or_default()).map_err(Problem::internal)
}
