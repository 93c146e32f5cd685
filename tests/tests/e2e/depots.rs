//! Depots, their states, and who sees them.

mod inside;
mod lists;

use serde_json::{Value, json};
use tests::{Ground, client::id, on_both};
use tokio::task::JoinSet;

fn depot_body(organisation: &str, code: &str, more: Value) -> Value {
    let mut body = json!({
        "organisation_id": organisation, "code": code, "name": format!("{code} 备灾救灾中心"),
        "level": "county", "operation": "own",
    });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}

async fn depot(ground: &Ground, organisation: &str, code: &str, more: Value) -> Value {
    let body = depot_body(organisation, code, more);
    ground.steward.post("/v1/depots", body).await.expect(201)
}

fn codes(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().map_or(&[][..], Vec::as_slice);
    items
        .iter()
        .filter_map(|item| item["code"].as_str())
        .collect()
}

fn warnings(view: &Value) -> Vec<&str> {
    let warnings = view["warnings"].as_array().map_or(&[][..], Vec::as_slice);
    warnings
        .iter()
        .filter_map(|warning| warning["code"].as_str())
        .collect()
}

on_both!(a_depot_is_opened_with_a_zone, async |server| {
    let ground = server.ground().await;
    let steward = &ground.steward;
    let more = json!({
        "name_en": "Haishu depot", "division_code": "330203", "address": "宁波市海曙区",
        "place": { "longitude": 121.55, "latitude": 29.87 },
        "profile": {
            "storage_area_m2": 1028.5, "storeys": 2.0, "networked": true,
            "equipment": [{ "name": "叉车", "count": 2 }],
            "contacts": [{ "name": "王", "phone": "0574-8888 0000", "duty": "库管员" }],
            "fire_check_on": "2026-01-31",
        },
    });
    let made = depot(&ground, &ground.county, "HS-1", more).await;
    assert_eq!(warnings(&made), [""; 0]);
    assert_eq!(made["state"], "operating");
    assert_eq!(made["profile"]["storage_area_m2"], 1028.5);
    assert_eq!(made["profile"]["storeys"], 2);
    assert_eq!(made["given_place"], Value::Null);
    let path = format!("/v1/depots/{}", id(&made));
    let shown = steward.get(&path).await;
    assert_eq!(shown.expect(200), made);
    assert_eq!(shown.etag(), "\"v1\"");
    let zones = steward.get(&format!("{path}/zones")).await.expect(200);
    assert_eq!(codes(&zones), ["main"]);

    // Names and numbers of people are not in the journal's clear text.
    let auditor = server.person(&["auditor"], &ground.province).await;
    let journal = auditor.get("/v1/journal").await;
    assert!(!journal.text.contains("0574-8888"), "{}", journal.text);

    let again = depot_body(&ground.county, "HS-1", json!({}));
    let taken = steward.post("/v1/depots", again).await;
    taken.refused(409, "already-exists");
});

on_both!(
    what_is_wrong_with_a_depot_is_told_at_its_place,
    async |server| {
        let ground = server.ground().await;
        let place = |longitude: f64, latitude: f64| json!({ "place": { "longitude": longitude, "latitude": latitude } });
        let profile = |profile: Value| json!({ "profile": profile });
        for (more, pointer, code) in [
            (place(121.5, 91.0), "/place/latitude", "out-of-range"),
            (place(29.9, 121.5), "/place", "swapped"),
            (place(181.0, 29.9), "/place/longitude", "out-of-range"),
            (
                json!({ "division_code": "339999" }),
                "/division_code",
                "reference",
            ),
            (
                json!({ "division_code": "330204" }),
                "/division_code",
                "abolished",
            ),
            (
                json!({ "division_code": "33020" }),
                "/division_code",
                "format",
            ),
            (json!({ "level": "village" }), "/level", "choice"),
            (
                json!({ "operation": "storage-point" }),
                "/operation",
                "choice",
            ),
            (json!({ "name": "\u{b}" }), "/name", "required"),
            (
                json!({ "organisation_id": "org_00000000000000000000000000" }),
                "/organisation_id",
                "reference",
            ),
            (
                profile(json!({ "clear_height_m": 6.125 })),
                "/profile/clear_height_m",
                "precision",
            ),
            (
                profile(json!({ "storage_area_m2": 2, "total_area_m2": 1 })),
                "/profile/storage_area_m2",
                "relation",
            ),
            (
                profile(json!({ "fire_drill_on": "2999-01-01" })),
                "/profile/fire_drill_on",
                "future",
            ),
            (
                profile(json!({ "fire_drill_on": "2026-02-30" })),
                "/profile/fire_drill_on",
                "format",
            ),
            (
                profile(json!({ "contacts": [{ "name": "王", "phone": "微信" }] })),
                "/profile/contacts/0/phone",
                "format",
            ),
            (
                profile(json!({ "staff_posts": 1.5 })),
                "/profile/staff_posts",
                "type",
            ),
            (
                profile(json!({ "colour": "red" })),
                "/profile/colour",
                "unknown",
            ),
        ] {
            let body = depot_body(&ground.county, "X", more);
            let answer = ground.steward.post("/v1/depots", body).await;
            answer.refused(422, "invalid-request");
            let expected = (pointer.to_owned(), code.to_owned());
            assert_eq!(answer.faults(), [expected]);
        }
        let nan = depot_body(&ground.county, "X", place(0.0, 0.0));
        let nan = nan
            .to_string()
            .replace("\"longitude\":0.0", "\"longitude\":NaN");
        let nan = ground
            .steward
            .post("/v1/depots", Value::Null)
            .body("application/json", nan.into_bytes())
            .await;
        nan.refused(400, "invalid-json");
    }
);

on_both!(
    another_datum_is_converted_and_the_original_kept,
    async |server| {
        let ground = server.ground().await;
        for crs in ["gcj02", "bd09"] {
            let place = json!({ "longitude": 121.55, "latitude": 29.87, "crs": crs });
            let made = depot(&ground, &ground.county, crs, json!({ "place": place })).await;
            assert_eq!(made["given_place"], place, "{crs}");
            assert_eq!(made["place"]["crs"], "wgs84");
            let moved = made["place"]["longitude"].as_f64().unwrap() - 121.55;
            assert!((-0.02..-0.001).contains(&moved), "{crs} {moved}");
            // A point that is measured anew forgets how the old one was given.
            let path = format!("/v1/depots/{}", id(&made));
            let place = json!({ "place": { "longitude": 121.55, "latitude": 29.87 } });
            let change = ground.steward.patch(&path, "\"v1\"", place).await;
            assert_eq!(change.expect(200)["given_place"], Value::Null);
        }
    }
);

on_both!(what_is_odd_is_told_and_stops_nobody, async |server| {
    let ground = server.ground().await;
    let far = json!({
        "division_code": "330203", "place": { "longitude": 116.4, "latitude": 39.9 },
        "level": "national",
    });
    let made = depot(&ground, &ground.county, "ODD", far).await;
    assert_eq!(
        warnings(&made),
        ["far-from-division", "level-above-organisation"]
    );
    let path = format!("/v1/depots/{}", id(&made));
    let shown = ground.steward.get(&path).await.expect(200);
    assert_eq!(shown["warnings"], Value::Null);
    let change = json!({ "level": "county" });
    let changed = ground
        .steward
        .patch(&path, "\"v1\"", change)
        .await
        .expect(200);
    assert_eq!(warnings(&changed), ["far-from-division"]);
    let change = json!({ "place": null });
    let changed = ground
        .steward
        .patch(&path, "\"v2\"", change)
        .await
        .expect(200);
    assert_eq!(
        (warnings(&changed).len(), &changed["place"]),
        (0, &Value::Null)
    );
});

on_both!(a_profile_is_changed_member_by_member, async |server| {
    let ground = server.ground().await;
    let profile = json!({ "storeys": 2, "networked": true, "notes": "x", "storage_area_m2": 900 });
    let made = depot(&ground, &ground.county, "P", json!({ "profile": profile })).await;
    let path = format!("/v1/depots/{}", id(&made));
    let change = json!({ "profile": { "notes": null, "staff_posts": 3.0 }, "remark": "演示" });
    let changed = ground
        .steward
        .patch(&path, "\"v1\"", change)
        .await
        .expect(200);
    let profile = &changed["profile"];
    assert_eq!(
        (&profile["storeys"], &profile["networked"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(
        (&profile["notes"], &profile["staff_posts"]),
        (&Value::Null, &json!(3))
    );
    assert_eq!(changed["remark"], "演示");
    // The whole profile is judged, not only what changes.
    let change = json!({ "profile": { "total_area_m2": 899.5 } });
    let refused = ground.steward.patch(&path, "\"v2\"", change).await;
    assert_eq!(
        refused.faults(),
        [("/profile/storage_area_m2".to_owned(), "relation".to_owned())]
    );

    let mut changes = JoinSet::new();
    for number in 0..8 {
        let call = ground
            .steward
            .patch(&path, "\"v2\"", json!({ "address": format!("{number}") }));
        changes.spawn(async move { call.await });
    }
    let changes = changes.join_all().await;
    let done = changes.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 1);
});

on_both!(a_depot_changes_its_state_with_a_reason, async |server| {
    let ground = server.ground().await;
    let made = depot(&ground, &ground.county, "S", json!({})).await;
    let path = format!("/v1/depots/{}/state", id(&made));
    let change = |state: &str| {
        let body = json!({ "state": state, "reason": "台风停运" });
        ground.steward.post(&path, body)
    };
    let same = change("operating").await.refused(409, "wrong-state");
    assert_eq!(same["state"], "operating");
    for state in ["paused", "saturated", "operating", "paused"] {
        let view = change(state).await.expect(200);
        assert_eq!(
            (&view["state"], &view["state_reason"]),
            (&json!(state), &json!("台风停运"))
        );
    }
    let closed = change("closed").await;
    closed.refused(422, "invalid-request");
    assert_eq!(
        closed.faults(),
        [("/state".to_owned(), "choice".to_owned())]
    );
    assert!(closed.text.contains("/close"), "{}", closed.text);
});

on_both!(
    a_closed_depot_stays_closed_and_gets_nothing_new,
    async |server| {
        let ground = server.ground().await;
        let steward = &ground.steward;
        let made = depot(&ground, &ground.county, "E", json!({})).await;
        let path = format!("/v1/depots/{}", id(&made));
        let close = || steward.post(&format!("{path}/close"), json!({ "reason": "拆除" }));
        let keeper = server.person(&["keeper"], &ground.county).await;
        let body = json!({ "reason": "x" });
        let refused = keeper.post(&format!("{path}/close"), body).await;
        refused.refused(403, "forbidden");
        let view = close().await.expect(200);
        assert_eq!(
            (&view["state"], &view["state_reason"]),
            (&json!("closed"), &json!("拆除"))
        );
        let zone = json!({ "code": "A", "name": "A" });
        let state = json!({ "state": "operating", "reason": "x" });
        for call in [
            close(),
            steward.post(&format!("{path}/state"), state),
            steward.post(&format!("{path}/zones"), zone),
        ] {
            assert_eq!(call.await.refused(409, "wrong-state")["state"], "closed");
        }
    }
);

on_both!(a_depot_outside_ones_reach_does_not_exist, async |server| {
    let ground = server.ground().await;
    let made = depot(&ground, &ground.county, "HS", json!({})).await;
    let path = format!("/v1/depots/{}", id(&made));
    let zones = ground
        .steward
        .get(&format!("{path}/zones"))
        .await
        .expect(200);
    let zone = id(&zones["items"][0]);
    let bin = json!({ "zone_id": zone, "code": "1" });
    let bin = ground
        .steward
        .post(&format!("{path}/bins"), bin)
        .await
        .expect(201);
    let bin = id(&bin);

    let keeper = server.person(&["keeper"], &ground.county).await;
    keeper.get(&path).await.expect(200);
    let stranger = server.person(&["data_steward"], &ground.other_county).await;
    assert_eq!(
        codes(&stranger.get("/v1/depots").await.expect(200)),
        [""; 0]
    );
    // The security administrator sees the tree and no depot.
    ground.admin.get(&path).await.refused(404, "not-found");
    for part in [
        String::new(),
        "/zones".to_owned(),
        format!("/zones/{zone}"),
        "/bins".to_owned(),
        format!("/bins/{bin}"),
        "/levels".to_owned(),
    ] {
        let part = stranger.get(&format!("{path}{part}")).await;
        part.refused(404, "not-found");
    }
    let state = json!({ "state": "paused", "reason": "x" });
    let zone_body = json!({ "code": "A", "name": "A" });
    let bin_body = json!({ "zone_id": zone, "code": "A" });
    for (who, status, code) in [(&stranger, 404, "not-found"), (&keeper, 403, "forbidden")] {
        for call in [
            who.patch(&path, "\"v1\"", json!({ "name": "x" })),
            who.patch(
                &format!("{path}/zones/{zone}"),
                "\"v1\"",
                json!({ "name": "x" }),
            ),
            who.post(&format!("{path}/state"), state.clone()),
            who.post(&format!("{path}/zones"), zone_body.clone()),
            who.post(&format!("{path}/bins"), bin_body.clone()),
        ] {
            call.await.refused(status, code);
        }
    }
    let body = depot_body(&ground.county, "N", json!({}));
    keeper
        .post("/v1/depots", body)
        .await
        .refused(403, "forbidden");
});
