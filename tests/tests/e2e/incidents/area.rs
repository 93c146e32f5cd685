//! Affected areas: divisions, polygons and circles, as GeoJSON in and out.

use serde_json::{Value, json};
use tests::{Relief, client::Answer, on_both};

/// Declares an incident over these parts.
pub(super) async fn declare(relief: &Relief, parts: Value) -> Answer {
    let body = json!({
        "organisation_id": relief.ground.province, "name": "洪水", "hazard": "flood",
        "occurred_at": "2021-07-25T00:00:00Z", "affected_area": parts,
    });
    relief.worker.post("/v1/incidents", body).await
}

/// A square whose south-west corner is given, anticlockwise.
pub(super) fn square(west: f64, south: f64, side: f64) -> Value {
    let (east, north) = (west + side, south + side);
    json!([
        [west, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south]
    ])
}

pub(super) fn polygon(rings: Value) -> Value {
    json!({ "kind": "polygon", "geometry": { "type": "Polygon", "coordinates": rings } })
}

pub(super) fn circle(longitude: f64, latitude: f64) -> Value {
    json!({ "kind": "circle", "longitude": longitude, "latitude": latitude, "radius_km": 5 })
}

async fn features(relief: &Relief, declared: &Answer) -> Vec<Value> {
    let incident = declared.expect(201)["id"].clone();
    let path = format!(
        "/v1/incidents/{}/area",
        incident.as_str().expect("an id is text")
    );
    let area = relief.worker.get(&path).await.expect(200);
    assert_eq!(area["type"], "FeatureCollection");
    area["features"]
        .as_array()
        .expect("an area has features")
        .clone()
}

on_both!(what_was_drawn_is_shown_as_it_was_drawn, async |server| {
    let relief = server.relief().await;
    let outer = square(120.0, 30.0, 1.0);
    // A hole runs the other way round, and a height is let go.
    let hole = json!([
        [120.2, 30.2],
        [120.2, 30.4],
        [120.4, 30.4],
        [120.4, 30.2],
        [120.2, 30.2]
    ]);
    let high = json!([
        [122.0, 30.0, 4.5],
        [122.1, 30.0, 4.5],
        [122.1, 30.1, 5],
        [122.0, 30.0, 4.5]
    ]);
    let flat = json!([[122.0, 30.0], [122.1, 30.0], [122.1, 30.1], [122.0, 30.0]]);
    let several = json!({ "type": "MultiPolygon", "coordinates": [
        [square(121.5, 29.0, 0.2)], [high],
    ] });
    let declared = declare(
        &relief,
        json!([
            polygon(json!([outer, hole])),
            { "kind": "polygon", "geometry": several },
            circle(121.0, 29.5),
            { "kind": "division", "code": "330203" },
            { "kind": "division", "code": "330203000000" },
            { "kind": "division", "code": "330203004" },
            { "kind": "division", "code": "330203" },
        ]),
    )
    .await;
    let counts = declared.expect(201)["area"].clone();
    assert_eq!(
        counts,
        json!({ "divisions": 4, "polygons": 2, "circles": 1 })
    );
    let features = features(&relief, &declared).await;
    let geometries: Vec<_> = features.iter().map(|it| it["geometry"].clone()).collect();
    assert_eq!(
        geometries[0],
        json!({ "type": "Polygon", "coordinates": [outer, hole] })
    );
    assert_eq!(
        geometries[1],
        json!({ "type": "MultiPolygon", "coordinates": [[square(121.5, 29.0, 0.2)], [flat]] })
    );
    assert_eq!(
        geometries[2],
        json!({ "type": "Point", "coordinates": [121.0, 29.5] })
    );
    assert_eq!(features[2]["properties"]["radius_km"], 5.0);
    // However a division is written and however often it is named, it has its outline.
    assert!(geometries[3]["coordinates"].is_array());
    assert_eq!(geometries[3], geometries[4]);
    assert_eq!(geometries[3], geometries[6]);
    assert_eq!(geometries[5], Value::Null);
    assert_eq!(features[5]["properties"]["name"], "月湖街道");
});

on_both!(a_shape_in_another_datum_is_converted, async |server| {
    let relief = server.relief().await;
    let mut shifted = polygon(json!([square(120.0, 30.0, 1.0)]));
    shifted["crs"] = json!("gcj02");
    let declared = declare(&relief, json!([shifted])).await;
    let features = features(&relief, &declared).await;
    let corner = features[0]["geometry"]["coordinates"][0][0].clone();
    let [longitude, latitude] = [0, 1].map(|at| corner[at].as_f64().unwrap());
    // The shift is some 500 m.
    let off = (longitude - 120.0).abs() + (latitude - 30.0).abs();
    assert!((0.002..0.02).contains(&off), "{corner}");
});
