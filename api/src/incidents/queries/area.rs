//! An affected area as a GeoJSON feature collection.

use domain::{
    kernel::{Id, kinds},
    organisations::DivisionCode,
};
use sea_orm::{ColumnTrait, ConnectionTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use crate::{
    incidents::{queries::KeptPart, rows},
    organisations,
    problem::Problem,
    scope::{Scope, visible},
};

/// The affected area of an incident: see [`features`]. Four statements.
pub(crate) async fn area(
    db: &impl ConnectionTrait,
    scope: &Scope,
    incident: Id<kinds::Incident>,
) -> Result<Value, Problem> {
    use rows::area::{Column, Entity};
    super::incident(db, scope, incident).await?;
    let parts = visible::<Entity>(scope)
        .filter(Column::IncidentId.eq(incident.uuid()))
        .order_by_asc(Column::Part)
        .all(db)
        .await?;
    features(db, parts.into_iter().map(KeptPart::from).collect()).await
}

/// Every part of an area as a feature: a division with its outline where one is known, a polygon
/// as it was drawn, a circle as its centre with a `radius_km`. Two statements.
pub(crate) async fn features(
    db: &impl ConnectionTrait,
    parts: Vec<KeptPart>,
) -> Result<Value, Problem> {
    let codes: Vec<DivisionCode> = parts
        .iter()
        .filter_map(|part| part.division_code.as_deref())
        .map(|code| code.parse().map_err(Problem::internal))
        .collect::<Result<_, _>>()?;
    let divisions = organisations::divisions_by_code(db, &codes).await?;
    let outlines = organisations::boundaries_by_code(db, &codes).await?;
    let mut features = Vec::with_capacity(parts.len());
    for (number, part) in parts.iter().enumerate() {
        let drawn = part.geometry.as_deref().unwrap_or("null");
        let drawn: Value = serde_json::from_str(drawn).map_err(Problem::internal)?;
        let (geometry, mut properties) = match part.kind.as_str() {
            "division" => {
                let code = part.division_code.as_deref().unwrap_or_default();
                let code: DivisionCode = code.parse().map_err(Problem::internal)?;
                let known = divisions.get(&code);
                // An area may name a division twice.
                let (outline, source) = match outlines.get(&code) {
                    Some((outline, source)) => (outline.clone(), Some(source)),
                    None => (Value::Null, None),
                };
                let properties = json!({
                    "code": code,
                    "name": known.map(|division| &division.name),
                    "longitude": known.and_then(|division| division.longitude),
                    "latitude": known.and_then(|division| division.latitude),
                    "source": source,
                });
                (outline, properties)
            }
            "circle" => {
                let point = json!({
                    "type": "Point",
                    "coordinates": [drawn["longitude"], drawn["latitude"]],
                });
                (point, json!({ "radius_km": drawn["radius_km"] }))
            }
            _ => (drawn, json!({})),
        };
        properties["kind"] = json!(part.kind);
        features.push(json!({
            "type": "Feature",
            "id": number,
            "geometry": geometry,
            "properties": properties,
        }));
    }
    Ok(json!({ "type": "FeatureCollection", "features": features }))
}
