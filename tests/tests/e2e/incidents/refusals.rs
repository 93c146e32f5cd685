//! What is wrong with incidents, sites and needs, told at its place.

use serde_json::{Value, json};
use tests::{client::Answer, on_both};

use super::{
    area::{circle, declare, polygon, square},
    incident_path,
};

#[track_caller]
fn refused(answer: &Answer, pointer: &str, code: &str) {
    answer.refused(422, "invalid-request");
    assert_eq!(
        answer.faults(),
        [(pointer.to_owned(), code.to_owned())],
        "{}",
        answer.text
    );
}

// A ring of so many points, the closing one included.
fn ring(points: u32) -> Value {
    (0..points)
        .map(|index| {
            let angle =
                std::f64::consts::TAU * f64::from(index % (points - 1)) / f64::from(points - 1);
            json!([120.0 + angle.cos(), 30.0 + angle.sin()])
        })
        .collect()
}

on_both!(a_shape_is_refused_where_it_is_wrong, async |server| {
    let relief = server.relief().await;
    let geometry = "/affected_area/0/geometry/coordinates";
    let bow_tie = json!([
        [120.0, 30.0],
        [121.0, 31.0],
        [121.0, 30.0],
        [120.0, 31.0],
        [120.0, 30.0]
    ]);
    let open = json!([[120.0, 30.0], [121.0, 30.0], [121.0, 31.0], [120.0, 31.0]]);
    let triangle = |third: Value| json!([[[120.0, 30.0], [121.0, 30.0], third, [120.0, 30.0]]]);
    for (part, below, code) in [
        (polygon(json!([bow_tie])), "/0", "self-crossing"),
        (polygon(json!([open])), "/0", "not-closed"),
        (polygon(triangle(json!([30.0, 121.0]))), "/0/2", "swapped"),
        (polygon(triangle(json!([-30.0, 91.0]))), "/0/2", "swapped"),
        (
            polygon(triangle(json!([121.0, 91.0]))),
            "/0/2",
            "out-of-range",
        ),
        (polygon(triangle(json!([121.0]))), "/0/2", "length"),
        (polygon(triangle(json!(121.0))), "/0/2", "type"),
        (polygon(json!([ring(10_001)])), "/0", "length"),
        (polygon(json!([])), "", "length"),
    ] {
        let answer = declare(&relief, json!([part])).await;
        refused(&answer, &format!("{geometry}{below}"), code);
    }
    let large = declare(&relief, json!([polygon(json!([ring(20_000)]))])).await;
    let said = large.json()["errors"][0]["message"].to_string();
    assert!(said.contains("10000") && said.len() < 100, "{said}");
    for third in [json!(["NaN", 31.0]), json!([121.0, null]), json!("x")] {
        let answer = declare(&relief, json!([polygon(triangle(third))])).await;
        answer.refused(422, "invalid-request");
        let faults = answer.faults();
        let at = format!("{geometry}/0/2");
        assert!(
            faults.iter().all(|(it, _)| it.starts_with(&at)),
            "{faults:?}"
        );
    }
    // The second polygon of a MultiPolygon, and its first ring.
    let several = json!([{ "kind": "polygon", "geometry": {
        "type": "MultiPolygon", "coordinates": [[square(118.0, 30.0, 1.0)], [bow_tie]],
    } }]);
    let answer = declare(&relief, several).await;
    refused(&answer, &format!("{geometry}/1/0"), "self-crossing");
});

on_both!(
    how_much_is_drawn_is_counted_over_all_parts,
    async |server| {
        let relief = server.relief().await;
        let half = || polygon(json!([ring(5_001)]));
        let answer = declare(&relief, json!([half(), half()])).await;
        refused(&answer, "/affected_area", "length");
        let small = || polygon(json!([square(120.0, 30.0, 0.1)]));
        let many: Vec<_> = (0..101).map(|_| small()).collect();
        let answer = declare(&relief, json!(many)).await;
        refused(&answer, "/affected_area", "length");
        let most = declare(&relief, json!([polygon(json!([ring(10_000)]))])).await;
        most.expect(201);
        // Whoever may not declare has nothing looked at.
        let keeper = server.person(&["keeper"], &relief.ground.province).await;
        let body = json!({
            "organisation_id": relief.ground.province, "name": "x", "hazard": "flood",
            "occurred_at": "2021-07-25T00:00:00Z", "affected_area": [half(), half()],
        });
        let forbidden = keeper.post("/v1/incidents", body).await;
        assert_eq!(
            forbidden.refused(403, "forbidden")["capability"],
            "declare_incident"
        );
        let million = "[120.123456,30.123456],".repeat(200_000);
        let body = format!(r#"{{"affected_area":[{million}0]}}"#);
        assert!(body.len() > 4 << 20);
        let large = relief.worker.post("/v1/incidents", Value::Null);
        let large = large.body("application/json", body.into_bytes()).await;
        assert_eq!(large.refused(413, "body-too-large")["limit_bytes"], 4 << 20);
    }
);

on_both!(
    a_circle_or_division_is_refused_where_it_is_wrong,
    async |server| {
        let relief = server.relief().await;
        let large =
            json!({ "kind": "circle", "longitude": 120, "latitude": 30, "radius_km": 2001 });
        let small =
            json!({ "kind": "circle", "longitude": 120, "latitude": 30, "radius_km": 0.001 });
        let text = json!({ "kind": "circle", "longitude": "NaN", "latitude": 30, "radius_km": 1 });
        let bare = json!({ "kind": "circle", "longitude": 120, "latitude": 30 });
        let both = json!({ "kind": "division", "code": "330203", "radius_km": 1 });
        let division = |code: &str| json!({ "kind": "division", "code": code });
        for (part, member, code) in [
            (circle(120.0, 91.0), "latitude", "out-of-range"),
            (circle(30.0, 120.0), "latitude", "swapped"),
            (circle(181.0, 30.0), "longitude", "out-of-range"),
            (text, "longitude", "type"),
            (large, "radius_km", "out-of-range"),
            (small, "radius_km", "out-of-range"),
            (bare, "radius_km", "required"),
            (both, "radius_km", "unknown"),
            (division("330204"), "code", "abolished"),
            (division("339999"), "code", "reference"),
            (division("33020"), "code", "format"),
        ] {
            let answer = declare(&relief, json!([part])).await;
            refused(&answer, &format!("/affected_area/0/{member}"), code);
        }
        // No number at all is no JSON.
        let nan = r#"{"affected_area":[{"kind":"circle","longitude":NaN}]}"#;
        let nan = relief
            .worker
            .post("/v1/incidents", Value::Null)
            .body("application/json", nan.as_bytes().to_vec())
            .await;
        nan.refused(400, "invalid-json");
        // An organisation keeps to the divisions of today as well.
        let body = json!({
            "code": "T", "name": "T", "level": "township", "parent_id": relief.ground.county,
            "division_code": "330204",
        });
        let answer = relief.worker.post("/v1/organisations", body).await;
        refused(&answer, "/division_code", "abolished");
    }
);

on_both!(a_site_is_refused_where_it_is_wrong, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    let sites = format!("{}/sites", incident_path(&disaster));
    let at =
        |longitude: Value, latitude: Value| json!({ "longitude": longitude, "latitude": latitude });
    for (more, pointer, code) in [
        (at(json!(121.5), json!(91)), "/latitude", "out-of-range"),
        (at(json!(29.9), json!(121.5)), "/latitude", "swapped"),
        (at(json!(181), json!(29.9)), "/longitude", "out-of-range"),
        (at(json!("NaN"), json!(29.9)), "/longitude", "type"),
        (json!({ "longitude": 121.5 }), "/latitude", "required"),
        (json!({ "crs": "gcj02" }), "/longitude", "required"),
        (
            json!({ "division_code": "330204" }),
            "/division_code",
            "abolished",
        ),
        (
            json!({ "division_code": "000000" }),
            "/division_code",
            "format",
        ),
        (json!({ "kind": "stadium" }), "/kind", "choice"),
        (json!({ "people": -1 }), "/people", "out-of-range"),
        (json!({ "name": " " }), "/name", "required"),
        (
            json!({ "organisation_id": "org_00000000000000000000000000" }),
            "/organisation_id",
            "reference",
        ),
    ] {
        let mut body = json!({
            "organisation_id": relief.ground.city, "name": "x", "kind": "settlement",
        });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let answer = relief.worker.post(&sites, body).await;
        answer.refused(422, "invalid-request");
        let found = answer.faults();
        assert!(
            found.contains(&(pointer.to_owned(), code.to_owned())),
            "{found:?}"
        );
    }
});

on_both!(a_need_is_refused_where_it_is_wrong, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    let path = format!("{}/needs", incident_path(&disaster));
    for (member, value, code) in [
        ("quantity", json!(0), "out-of-range"),
        ("quantity", json!(-1), "out-of-range"),
        ("quantity", json!(10_000_000_000_000_i64), "out-of-range"),
        ("quantity", json!(1.5), "type"),
        ("quantity", json!("7"), "type"),
        ("unit", json!("车"), "unit"),
        ("priority", json!(4), "out-of-range"),
        (
            "item_id",
            json!("item_00000000000000000000000000"),
            "reference",
        ),
        (
            "site_id",
            json!("site_00000000000000000000000000"),
            "reference",
        ),
        ("needed_by", json!("1066-10-14T00:00:00Z"), "out-of-range"),
        ("colour", json!("red"), "unknown"),
    ] {
        let mut line = json!({ "site_id": disaster.site, "item_id": relief.item, "quantity": 1 });
        line[member] = value;
        let answer = relief.worker.post(&path, json!({ "lines": [line] })).await;
        refused(&answer, &format!("/lines/0/{member}"), code);
    }
    // A box of ten times 10^12 is more than anything can count.
    let boxes = json!({ "lines": [{
        "site_id": disaster.site, "item_id": relief.item, "quantity": 1_000_000_000_000_i64,
        "unit": "箱",
    }] });
    let answer = relief.worker.post(&path, boxes).await;
    refused(&answer, "/lines/0/quantity", "out-of-range");
    assert_eq!(server.number("SELECT COUNT(*) FROM need").await, 0);
});
