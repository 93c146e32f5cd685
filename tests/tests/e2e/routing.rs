//! Ways by road, and roads that are closed.

mod engines;

use serde_json::{Value, json};
use tests::{Disaster, Relief, Server, client::id, on_both};

/// Gives the server the roads of Zhejiang, as its operator would.
pub(crate) fn lay_roads(server: &Server) -> String {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../api/data/roads");
    let done = server
        .operate("roads")
        .args(["import", &format!("{data}/zhejiang-trunk.osm.pbf")])
        .args(["--links", &format!("{data}/zhejiang-links.toml")])
        .args(["--reach-km", "30", "--date", "2026-10-01"])
        .output()
        .expect("the program runs");
    assert!(done.status.success(), "{done:?}");
    String::from_utf8(done.stdout).expect("its answer is text")
}

/// A square of so many degrees with this corner in the south-west.
pub(crate) fn square(west: f64, south: f64, side: f64) -> Value {
    let (east, north) = (west + side, south + side);
    let ring = [
        [west, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south],
    ];
    json!({ "kind": "polygon", "geometry": { "type": "Polygon", "coordinates": [ring] } })
}

pub(crate) async fn legs(relief: &Relief, disaster: &Disaster) -> Vec<Value> {
    let path = format!("/v1/incidents/{}/travel-legs", disaster.incident);
    let legs = relief.worker.get(&path).await.expect(200);
    legs["items"].as_array().expect("a page").clone()
}

pub(crate) async fn draw(relief: &Relief, area: Value) -> Value {
    let body = json!({
        "organisation_id": relief.ground.province, "name": "淹没区", "reason": "内涝",
        "area": [area],
    });
    let drawn = relief.worker.post("/v1/road-closures", body).await;
    drawn.expect(201)
}

/// The leg from the province's depot, in Hangzhou.
pub(crate) fn from_hangzhou<'a>(legs: &'a [Value], relief: &Relief) -> &'a Value {
    let found = legs
        .iter()
        .find(|leg| leg["depot_id"] == json!(relief.depot));
    found.expect("the depot is seen")
}

on_both!(ways_are_found_on_the_roads_of_the_server, async |server| {
    let told = lay_roads(server);
    assert!(told.contains("© OpenStreetMap contributors"), "{told}");
    assert!(told.contains("Open Database Licence 1.0"), "{told}");
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    let data = relief.worker.get("/v1/road-data").await.expect(200);
    assert_eq!(data["sources"], json!(["road_graph", "great_circle"]));
    let roads = &data["roads"];
    assert_eq!(roads["nodes"], 12_987);
    assert_eq!(roads["attribution"], "© OpenStreetMap contributors");
    assert_eq!(roads["date"], "2026-10-01");
    let legs = legs(&relief, &disaster).await;
    let leg = &from_hangzhou(&legs, &relief)["leg"];
    assert_eq!(leg["source"]["name"], "road_graph");
    assert_eq!(leg["source"]["road_version"], roads["version"]);
    assert_eq!(leg["source"]["road_date"], "2026-10-01");
    assert_eq!(
        (&leg["mode"], &leg["degraded"]),
        (&json!("road"), &json!(false))
    );
    // Hangzhou to Ningbo is some 150 km by motorway.
    let metres = leg["distance_m"].as_u64().unwrap();
    assert!((130_000..220_000).contains(&metres), "{leg}");

    let path = format!("/v1/sites/{}/routes", disaster.site);
    let drawn = relief
        .worker
        .get(&path)
        .query("depot_id", &relief.depot)
        .await;
    let drawn = drawn.expect(200);
    assert_eq!(&drawn["leg"], leg);
    assert_eq!(drawn["geometry"]["type"], "LineString");
    let points = drawn["geometry"]["coordinates"].as_array().unwrap();
    assert_eq!(points[0], json!([120.16, 30.25]));
    assert!(points.len() > 20, "{points:?}");
    let nowhere = "depot_00000000000000000000000000";
    let nowhere = relief.worker.get(&path).query("depot_id", nowhere).await;
    nowhere.refused(422, "invalid-query");

    relief.need(&disaster, 30).await;
    let plan = relief.plan(&disaster).await;
    assert_eq!(plan["allocations"][0]["leg_source"], "road_graph");
    assert_eq!(plan["allocations"][0]["travel_min"], leg["time_min"]);
    let sentences = plan["sentences"]["en"].to_string();
    assert!(sentences.contains("by roads of 2026-10-01"), "{sentences}");
    let sentences = plan["sentences"]["zh"].to_string();
    assert!(sentences.contains("按 2026-10-01 的路网"), "{sentences}");
});

on_both!(
    closed_roads_are_driven_round_and_opened_again,
    async |server| {
        lay_roads(server);
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        let before = legs(&relief, &disaster).await;
        let before = from_hangzhou(&before, &relief);
        let minutes = |leg: &Value| leg["leg"]["time_min"].as_u64().expect("there is a way");

        // A block on the way from Hangzhou to Ningbo, and then the depot itself.
        let block = draw(&relief, square(120.6, 29.9, 0.4)).await;
        assert_eq!(
            (&block["state"], &block["version"]),
            (&json!("in_force"), &json!(1))
        );
        let round = legs(&relief, &disaster).await;
        assert!(
            minutes(from_hangzhou(&round, &relief)) > minutes(before),
            "{round:?}"
        );
        let circle =
            json!({ "kind": "circle", "longitude": 120.16, "latitude": 30.25, "radius_km": 5 });
        let home = draw(&relief, circle).await;
        let cut_off = legs(&relief, &disaster).await;
        let cut_off = from_hangzhou(&cut_off, &relief);
        assert_eq!(
            (&cut_off["leg"], &cut_off["barrier"]),
            (&Value::Null, &json!("closed"))
        );
        relief.need(&disaster, 30).await;
        let plan = relief.plan(&disaster).await;
        assert_eq!(plan["allocations"], json!([]));

        let lift = |closure: &Value| format!("/v1/road-closures/{}/lift", id(closure));
        let reason = json!({ "reason": "水退了" });
        for closure in [&block, &home] {
            let lifted = relief
                .worker
                .post(&lift(closure), reason.clone())
                .await
                .expect(200);
            assert_eq!(
                (&lifted["state"], &lifted["version"]),
                (&json!("lifted"), &json!(2))
            );
            assert_eq!(lifted["lift_reason"], "水退了");
        }
        let again = relief.worker.post(&lift(&home), reason).await;
        assert_eq!(again.refused(409, "wrong-state")["state"], "lifted");
        let after = legs(&relief, &disaster).await;
        assert_eq!(from_hangzhou(&after, &relief), before);
        server.prove().await;
    }
);

on_both!(
    a_straight_line_over_closed_ground_is_longer,
    async |server| {
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        let before = legs(&relief, &disaster).await;
        let before = &from_hangzhou(&before, &relief)["leg"];
        assert_eq!(before["source"]["name"], "great_circle");
        assert_eq!(
            (&before["around_closure"], &before["degraded"]),
            (&json!(false), &json!(false))
        );
        draw(&relief, square(120.6, 29.7, 0.4)).await;
        let around = legs(&relief, &disaster).await;
        let around = &from_hangzhou(&around, &relief)["leg"];
        assert_eq!(around["around_closure"], true);
        let double = before["time_min"].as_u64().unwrap() * 2;
        assert_eq!(around["time_min"], double);
    }
);

on_both!(
    closures_are_listed_shown_and_judged_by_the_clock,
    async |server| {
        let relief = server.relief().await;
        let worker = &relief.worker;
        let draw = async |from: Value, until: Value| {
            let body = json!({
                "organisation_id": relief.ground.province, "name": "泄洪", "reason": "分洪",
                "closed_from": from, "closed_until": until,
                "area": [{ "kind": "division", "code": "330203" }, square(120.6, 29.7, 0.4)],
            });
            worker.post("/v1/road-closures", body).await
        };
        let planned = draw(json!("2099-01-01T00:00:00Z"), Value::Null)
            .await
            .expect(201);
        assert_eq!(planned["state"], "planned");
        assert_eq!(
            planned["area"],
            json!({ "divisions": 1, "polygons": 1, "circles": 0 })
        );
        let now = draw(Value::Null, json!("2099-01-01T00:00:00Z"))
            .await
            .expect(201);
        let listed = async |query: &str| -> Vec<Value> {
            let path = format!("/v1/road-closures?{query}");
            let page = worker.get(&path).await.expect(200);
            page["items"].as_array().unwrap().clone()
        };
        assert_eq!(listed("").await.len(), 2);
        assert_eq!(listed("in_force=true").await, std::slice::from_ref(&now));
        assert_eq!(
            listed("in_force=false").await,
            std::slice::from_ref(&planned)
        );
        let path = format!("/v1/road-closures/{}", id(&now));
        assert_eq!(worker.get(&path).await.expect(200), now);
        let area = worker.get(&format!("{path}/area")).await.expect(200);
        assert_eq!(area["features"][0]["properties"]["code"], "330203");
        assert_eq!(area["features"][1]["geometry"]["type"], "Polygon");
        // Everybody has to know, and who leads nothing may not open what others closed.
        let keeper = server.person(&["keeper"], &relief.ground.county).await;
        keeper.get(&path).await.expect(200);
        let lift = keeper
            .post(&format!("{path}/lift"), json!({ "reason": "?" }))
            .await;
        lift.refused(403, "forbidden");
        keeper
            .get("/v1/road-closures/closure_00000000000000000000000000")
            .await
            .refused(404, "not-found");

        // Bad ones: an end before the beginning, a division without an outline, and no area.
        let ended = draw(json!("2099-01-02T00:00:00Z"), json!("2099-01-01T00:00:00Z")).await;
        ended.refused(422, "invalid-request");
        assert_eq!(
            ended.faults(),
            [("/closed_until".into(), "out-of-range".into())]
        );
        let body = |area: Value| {
            json!({
                "organisation_id": relief.ground.province, "name": "x", "reason": "y", "area": area,
            })
        };
        let undrawn = body(json!([{ "kind": "division", "code": "330203001" }]));
        let undrawn = worker.post("/v1/road-closures", undrawn).await;
        undrawn.refused(422, "invalid-request");
        assert_eq!(undrawn.faults()[0].0, "/area/0/code");
        let empty = worker.post("/v1/road-closures", body(json!([]))).await;
        empty.refused(422, "invalid-request");
    }
);

on_both!(
    a_road_file_that_is_broken_is_refused_and_told,
    async |server| {
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        let broken = server
            .home()
            .config(&[])
            .data_directory
            .join("broken.osm.pbf");
        std::fs::write(&broken, b"this is no map").unwrap();
        let import = server
            .operate("roads")
            .arg("import")
            .arg(&broken)
            .output()
            .unwrap();
        assert_eq!(import.status.code(), Some(3), "{import:?}");
        let told = String::from_utf8(import.stdout).unwrap();
        assert!(
            told.contains("broken.osm.pbf") && told.contains("no OSM PBF file"),
            "{told}"
        );

        let roads = server.home().config(&[]).data_directory.join("roads.graph");
        std::fs::write(
            &roads,
            b"RDROADS\x01 and then nonsense, for more than thirty-two bytes",
        )
        .unwrap();
        let show = server.operate("roads").arg("show").output().unwrap();
        assert_eq!(show.status.code(), Some(3), "{show:?}");
        let data = relief.worker.get("/v1/road-data").await.expect(200);
        assert_eq!(data["roads"], Value::Null);
        let legs = legs(&relief, &disaster).await;
        let leg = &from_hangzhou(&legs, &relief)["leg"];
        assert_eq!(leg["source"]["name"], "great_circle");
        assert_eq!(leg["degraded"], true);
    }
);
