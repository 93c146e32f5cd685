//! Depots, what is inside them, and who sees them.

use reqwest::Method;
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
            (json!({ "level": "village" }), "/level", "format"),
            (
                json!({ "operation": "storage-point" }),
                "/operation",
                "format",
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

on_both!(depots_are_listed_by_what_they_are, async |server| {
    let ground = server.ground().await;
    let at =
        |longitude: f64, latitude: f64| json!({ "longitude": longitude, "latitude": latitude });
    let haishu = json!({ "division_code": "330203", "place": at(121.55, 29.87) });
    depot(&ground, &ground.county, "C-1", haishu).await;
    let yuyao = json!({
        "division_code": "330281", "place": at(121.15, 30.04), "operation": "storage_point",
    });
    depot(&ground, &ground.other_county, "C-2", yuyao).await;
    let ningbo = json!({ "division_code": "330200", "level": "municipal", "name": "宁波库" });
    depot(&ground, &ground.city, "M-1", ningbo).await;
    let hangzhou = json!({
        "division_code": "330100", "level": "provincial", "place": at(120.16, 30.27),
    });
    depot(&ground, &ground.province, "P_1", hangzhou).await;

    let check = async |filter: &[(&str, &str)], expected: &[&str]| {
        let mut call = ground.steward.get("/v1/depots");
        for (name, value) in filter {
            call = call.query(name, value);
        }
        assert_eq!(codes(&call.await.expect(200)), expected, "{filter:?}");
    };
    check(&[], &["C-1", "C-2", "M-1", "P_1"]).await;
    check(&[("q", "c-")], &["C-1", "C-2"]).await;
    check(&[("q", "_")], &[]).await;
    check(&[("q", "宁波")], &["M-1"]).await;
    check(&[("organisation_id", &ground.city)], &["C-1", "C-2", "M-1"]).await;
    check(
        &[("division_code", "330000")],
        &["C-1", "C-2", "M-1", "P_1"],
    )
    .await;
    check(&[("division_code", "330200")], &["C-1", "C-2", "M-1"]).await;
    check(&[("division_code", "330281000000")], &["C-2"]).await;
    check(&[("level", "provincial")], &["P_1"]).await;
    check(&[("operation", "storage_point")], &["C-2"]).await;
    check(&[("state", "paused")], &[]).await;

    let near = [("longitude", "121.2"), ("latitude", "30.0")];
    let within = |km: &'static str| [near[0], near[1], ("radius_km", km)];
    check(&within("20"), &["C-2"]).await;
    check(&within("50"), &["C-2", "C-1"]).await;
    check(&within("200"), &["C-2", "C-1", "P_1"]).await;
    let mut nearest = within("200").to_vec();
    nearest.push(("organisation_id", &ground.city));
    check(&nearest, &["C-2", "C-1"]).await;
    for (filter, faults) in [
        (&near[..], vec!["radius_km"]),
        (
            &[("longitude", "30"), ("latitude", "121"), ("radius_km", "1")][..],
            vec!["latitude"],
        ),
        (
            &[("longitude", "NaN"), ("latitude", "1"), ("radius_km", "1")][..],
            vec!["longitude"],
        ),
        (&[("division_code", "003300")][..], vec!["division_code"]),
    ] {
        let mut call = ground.steward.get("/v1/depots");
        for (name, value) in filter {
            call = call.query(name, value);
        }
        let refused = call.await;
        refused.refused(400, "invalid-parameter");
        let found: Vec<_> = refused.faults().into_iter().map(|(at, _)| at).collect();
        assert_eq!(found, faults);
    }
});

on_both!(
    pages_of_what_is_near_neither_miss_nor_repeat,
    async |server| {
        let ground = server.ground().await;
        for number in 0..7 {
            // Two and two are equally far.
            let longitude = 121.0 + f64::from(number / 2) * 0.1;
            let place = json!({ "longitude": longitude, "latitude": 30.0 });
            let code = format!("N-{number}");
            depot(&ground, &ground.county, &code, json!({ "place": place })).await;
        }
        let mut seen = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut call = ground
                .steward
                .get("/v1/depots?longitude=121&latitude=30&radius_km=100&limit=3");
            if let Some(cursor) = &cursor {
                call = call.query("cursor", cursor);
            }
            let page = call.await.expect(200);
            for item in page["items"].as_array().unwrap() {
                seen.push((
                    item["distance_km"].as_f64().unwrap(),
                    item["code"].as_str().unwrap().to_owned(),
                ));
            }
            cursor = page["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        assert!(seen.is_sorted_by(|one, next| one.0 <= next.0), "{seen:?}");
        let mut codes: Vec<_> = seen.into_iter().map(|(_, code)| code).collect();
        codes.sort_unstable();
        assert_eq!(codes, (0..7).map(|n| format!("N-{n}")).collect::<Vec<_>>());
    }
);

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

on_both!(zones_and_bins_have_codes_of_their_own, async |server| {
    let ground = server.ground().await;
    let steward = &ground.steward;
    let made = depot(&ground, &ground.county, "Z", json!({})).await;
    let other = depot(&ground, &ground.county, "Y", json!({})).await;
    let path = format!("/v1/depots/{}", id(&made));
    let zones = format!("{path}/zones");
    let zone = json!({ "code": "A", "name": "一号库" });
    let answer = steward.post(&zones, zone.clone()).await;
    let view = answer.expect(201);
    assert_eq!(
        steward.get(answer.header("location")).await.expect(200),
        view
    );
    steward
        .post(&zones, zone.clone())
        .await
        .refused(409, "already-exists");
    let elsewhere = format!("/v1/depots/{}/zones", id(&other));
    let foreign = steward.post(&elsewhere, zone).await.expect(201);

    let zone_path = format!("{zones}/{}", id(&view));
    let renamed = steward
        .patch(&zone_path, "\"v1\"", json!({ "name": "冷库" }))
        .await;
    assert_eq!(renamed.expect(200)["name"], "冷库");
    let stale = steward
        .patch(&zone_path, "\"v1\"", json!({ "name": "x" }))
        .await;
    stale.refused(412, "precondition-failed");
    let not_here = format!("{zones}/{}", id(&foreign));
    steward.get(&not_here).await.refused(404, "not-found");

    let bins = format!("{path}/bins");
    let bin = |zone: &Value| json!({ "zone_id": id(zone), "code": "A-01", "name": "上层" });
    let answer = steward.post(&bins, bin(&view)).await;
    let made_bin = answer.expect(201);
    assert_eq!(
        steward.get(answer.header("location")).await.expect(200),
        made_bin
    );
    steward
        .post(&bins, bin(&view))
        .await
        .refused(409, "already-exists");
    let foreign = steward.post(&bins, bin(&foreign)).await;
    assert_eq!(
        foreign.faults(),
        [("/zone_id".to_owned(), "reference".to_owned())]
    );
    let main = &steward.get(&zones).await.expect(200)["items"][1].clone();
    assert_eq!(main["code"], "main");
    steward.post(&bins, bin(main)).await.expect(201);
    let list = steward.get(&bins).await.expect(200);
    assert_eq!(codes(&list), ["A-01", "A-01"]);
    let list = steward.get(&bins).query("zone_id", id(main)).await;
    assert_eq!(codes(&list.expect(200)), ["A-01"]);
});

on_both!(a_floor_is_set_upon_the_one_before, async |server| {
    let ground = server.ground().await;
    let steward = &ground.steward;
    let made = depot(&ground, &ground.county, "F", json!({})).await;
    let category = json!({ "organisation_id": ground.province, "code": "c", "name": "c" });
    let category = id(&steward.post("/v1/categories", category).await.expect(201));
    let item = json!({
        "organisation_id": ground.province, "category_id": category,
        "name": "家庭包", "base_unit": "个",
    });
    let item = id(&steward.post("/v1/items", item).await.expect(201));
    let floors = format!("/v1/depots/{}/floors", id(&made));
    let path = format!("{floors}/{item}");
    let set = |etag: &str, quantity: Value| {
        let call = steward.call(Method::PUT, &path).if_match(etag);
        call.json(json!({ "quantity": quantity }))
    };
    let unset = steward.get(&path).await;
    assert_eq!(unset.expect(200)["quantity"], 0);
    assert_eq!(unset.etag(), "\"v0\"");
    for (quantity, code) in [
        (json!(-1), "out-of-range"),
        (json!(1_000_000_000_001_i64), "out-of-range"),
        (json!(1.5), "type"),
    ] {
        let refused = set("\"v0\"", quantity).await;
        assert_eq!(
            refused.faults(),
            [("/quantity".to_owned(), code.to_owned())]
        );
    }
    assert_eq!(set("\"v0\"", json!(200.0)).await.expect(200)["version"], 1);
    set("\"v0\"", json!(300))
        .await
        .refused(412, "precondition-failed");
    assert_eq!(set("\"v1\"", json!(300)).await.expect(200)["version"], 2);
    let list = steward.get(&floors).await.expect(200);
    assert_eq!(list["items"][0]["quantity"], 300);
    let nothing = format!("{floors}/item_00000000000000000000000000");
    steward.get(&nothing).await.refused(404, "not-found");

    let second = json!({
        "organisation_id": ground.province, "category_id": category,
        "name": "帐篷", "base_unit": "顶",
    });
    let second = id(&steward.post("/v1/items", second).await.expect(201));
    let mut tasks = JoinSet::new();
    for quantity in 1..9 {
        let call = steward.call(Method::PUT, &format!("{floors}/{second}"));
        let call = call
            .if_match("\"v0\"")
            .json(json!({ "quantity": quantity }));
        tasks.spawn(async move { call.await });
    }
    let mut statuses: Vec<_> = tasks.join_all().await.iter().map(|it| it.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
});

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
        "/floors".to_owned(),
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
