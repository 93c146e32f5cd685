//! Categories and items.

mod kits;

use serde_json::{Value, json};
use tests::{Ground, client::id, on_both};
use tokio::task::JoinSet;

async fn category(ground: &Ground, code: &str, parent: Option<&str>) -> String {
    let body = json!({
        "organisation_id": ground.province, "code": code, "name": format!("分类 {code}"),
        "name_en": "category", "parent_id": parent,
    });
    id(&ground
        .steward
        .post("/v1/categories", body)
        .await
        .expect(201))
}

fn item_body(ground: &Ground, category: &str, name: &str, more: Value) -> Value {
    let mut body = json!({
        "organisation_id": ground.province, "category_id": category,
        "name": name, "base_unit": "个",
    });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}

async fn item(ground: &Ground, category: &str, name: &str, more: Value) -> Value {
    let body = item_body(ground, category, name, more);
    ground.steward.post("/v1/items", body).await.expect(201)
}

fn names(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().map_or(&[][..], Vec::as_slice);
    items
        .iter()
        .filter_map(|item| item["name"].as_str())
        .collect()
}

on_both!(categories_are_a_tree_without_circles, async |server| {
    let ground = server.ground().await;
    let steward = &ground.steward;
    let top = category(&ground, "shelter", None).await;
    let middle = category(&ground, "tents", Some(&top)).await;
    let bottom = category(&ground, "family-tents", Some(&middle)).await;

    let path = format!("/v1/categories/{top}");
    let etag = steward.get(&path).await.etag();
    for parent in [&top, &middle, &bottom] {
        let body = json!({ "parent_id": parent });
        let refused = steward.patch(&path, &etag, body).await;
        refused.refused(422, "invalid-request");
        assert_eq!(
            refused.faults(),
            [("/parent_id".to_owned(), "cycle".to_owned())]
        );
    }
    let path = format!("/v1/categories/{bottom}");
    let etag = steward.get(&path).await.etag();
    let body = json!({ "parent_id": null, "name": "家庭帐篷", "name_en": null });
    let changed = steward.patch(&path, &etag, body).await;
    let view = changed.expect(200);
    assert_eq!(
        (&view["parent_id"], &view["name_en"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(view["version"], 2);

    let list = steward.get("/v1/categories").query("parent_id", &top).await;
    assert_eq!(names(&list.expect(200)), ["分类 tents"]);
    for (q, expected) in [
        ("家庭", vec!["家庭帐篷"]),
        ("TEN", vec!["分类 tents"]),
        ("%", vec![]),
        ("……", vec![]),
    ] {
        let list = steward.get("/v1/categories").query("q", q).await;
        assert_eq!(names(&list.expect(200)), expected, "{q}");
    }

    let again = json!({ "organisation_id": ground.province, "code": "tents", "name": "x" });
    let taken = steward.post("/v1/categories", again).await;
    taken.refused(409, "already-exists");
    let nowhere = "category_00000000000000000000000000";
    let orphan = json!({
        "organisation_id": ground.province, "code": "x", "name": "x", "parent_id": nowhere,
    });
    let orphan = steward.post("/v1/categories", orphan).await;
    assert_eq!(
        orphan.faults(),
        [("/parent_id".to_owned(), "reference".to_owned())]
    );
});

on_both!(two_moves_at_once_close_no_circle, async |server| {
    let ground = server.ground().await;
    for round in 0..8 {
        let one = category(&ground, &format!("one{round}"), None).await;
        let two = category(&ground, &format!("two{round}"), None).await;
        let mut moves = JoinSet::new();
        for (category, below) in [(&one, &two), (&two, &one)] {
            let path = format!("/v1/categories/{category}");
            let body = json!({ "parent_id": below });
            let call = ground.steward.patch(&path, "\"v1\"", body);
            moves.spawn(async move { call.await });
        }
        let mut statuses: Vec<_> = moves.join_all().await.iter().map(|it| it.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422]);
    }
});

on_both!(an_item_is_found_by_any_name_alias_or_code, async |server| {
    let ground = server.ground().await;
    let kits = category(&ground, "kits", None).await;
    let shelter = category(&ground, "shelter", None).await;
    let tents = category(&ground, "tents", Some(&shelter)).await;
    let pack = json!({
        "name_en": "Family Pack", "aliases": ["赈济家庭包", "应急家庭包"], "kind": "kit",
        "codes": [
            { "system": "ifrc", "value": "KRELSHEK02" },
            { "system": "local", "value": "JT-01" },
        ],
        "packs": [
            { "name": "托", "base_units": 40.0 },
            { "name": "箱", "base_units": 4 },
        ],
        "weight_g": 8000, "volume_ml": 24300, "shelf_life_days": 1825,
        "specification": "10类17件",
    });
    let made = item(&ground, &kits, "家庭包", pack).await;
    assert_eq!(
        made["packs"],
        json!([{ "name": "箱", "base_units": 4 }, { "name": "托", "base_units": 40 }])
    );
    assert_eq!(
        (&made["kind"], &made["state"]),
        (&json!("kit"), &json!("active"))
    );
    let path = format!("/v1/items/{}", id(&made));
    assert_eq!(ground.steward.get(&path).await.expect(200), made);
    item(&ground, &tents, "单帐篷 12㎡", json!({ "name_en": "tent" })).await;
    item(&ground, &shelter, "折叠床", json!({})).await;

    // Any role reads the catalogue, in any county.
    let reader = server.person(&["keeper"], &ground.county).await;
    let check = async |filter: &[(&str, &str)], expected: &[&str]| {
        let mut call = reader.get("/v1/items");
        for (name, value) in filter {
            call = call.query(name, value);
        }
        let page = call.await.expect(200);
        assert_eq!(names(&page), expected, "{filter:?}");
    };
    let all = ["单帐篷 12㎡", "家庭包", "折叠床"];
    check(&[], &all).await;
    for q in [
        "家庭包",
        "family-pack",
        "ＦＡＭＩＬＹ",
        "应急 家庭",
        "krelshek",
        "jt01",
    ] {
        check(&[("q", q)], &["家庭包"]).await;
    }
    check(&[("q", "12")], &["单帐篷 12㎡"]).await;
    check(&[("q", "_")], &[]).await;
    check(&[("category_id", &shelter)], &["单帐篷 12㎡", "折叠床"]).await;
    check(&[("category_id", &tents)], &["单帐篷 12㎡"]).await;
    check(
        &[("category_id", "category_00000000000000000000000000")],
        &[],
    )
    .await;
    check(&[("kind", "kit")], &["家庭包"]).await;
    check(&[("kind", "kit"), ("state", "retired")], &[]).await;
    check(&[("code", "JT-01")], &["家庭包"]).await;
    check(&[("code", "jt-01")], &[]).await;
    let nul = reader.get("/v1/items?code=%00").await;
    nul.refused(422, "invalid-query");
});

on_both!(a_change_of_an_item_is_found_at_once, async |server| {
    let ground = server.ground().await;
    let steward = &ground.steward;
    let water = category(&ground, "water", None).await;
    let more = json!({
        "aliases": ["饮用水"], "shelf_life_days": 365, "weight_g": 500,
        "codes": [{ "system": "gtin", "value": "4006381333931" }],
        "packs": [{ "name": "箱", "base_units": 24 }],
    });
    let made = item(&ground, &water, "瓶装水", more).await;
    let path = format!("/v1/items/{}", id(&made));
    let change = json!({
        "name": "饮用天然水", "aliases": ["瓶水"], "codes": [], "packs": [],
        "shelf_life_days": null, "state": "retired",
    });
    let changed = steward.patch(&path, "\"v1\"", change).await;
    let view = changed.expect(200);
    assert_eq!(changed.etag(), "\"v2\"");
    assert_eq!(view["shelf_life_days"], Value::Null);
    assert_eq!(view["weight_g"], 500);
    assert_eq!(
        (&view["aliases"], &view["codes"]),
        (&json!(["瓶水"]), &json!([]))
    );
    for (q, found) in [
        ("瓶装水", false),
        ("饮用水", false),
        ("400638", false),
        ("天然", true),
        ("瓶水", true),
    ] {
        let page = steward.get("/v1/items").query("q", q).await.expect(200);
        assert_eq!(!names(&page).is_empty(), found, "{q}");
    }

    let base = steward
        .patch(&path, "\"v2\"", json!({ "base_unit": "箱" }))
        .await;
    base.refused(422, "invalid-request");
    assert_eq!(
        base.faults(),
        [("/base_unit".to_owned(), "unknown".to_owned())]
    );
    let pack = json!({ "packs": [{ "name": "个", "base_units": 2 }] });
    let pack = steward.patch(&path, "\"v2\"", pack).await;
    assert_eq!(
        pack.faults(),
        [("/packs/0/name".to_owned(), "repeated".to_owned())]
    );

    let mut changes = JoinSet::new();
    for number in 0..8 {
        let call = steward.patch(&path, "\"v2\"", json!({ "weight_g": number + 1 }));
        changes.spawn(async move { call.await });
    }
    let changes = changes.join_all().await;
    let done = changes.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(done, 1);
});

on_both!(
    what_is_wrong_with_an_item_is_told_at_its_place,
    async |server| {
        let ground = server.ground().await;
        let food = category(&ground, "food", None).await;
        let code = |system: &str, value: &str| json!([{ "system": system, "value": value }]);
        item(&ground, &food, "米", json!({ "codes": code("local", "1") })).await;
        for (more, expected) in [
            (json!({ "name": "——" }), ("/name", "format")),
            (json!({ "aliases": ["a", "A"] }), ("/aliases/1", "repeated")),
            (
                json!({ "codes": code("gtin", "4006381333932") }),
                ("/codes/0", "check-digit"),
            ),
            (
                json!({ "codes": code("gbt38565", "9") }),
                ("/codes/0", "format"),
            ),
            (
                json!({ "packs": [{ "name": "箱", "base_units": 1 }] }),
                ("/packs/0/base_units", "out-of-range"),
            ),
            (
                json!({ "packs": [{ "name": "箱", "base_units": 2.5 }] }),
                ("/packs/0/base_units", "type"),
            ),
            (json!({ "weight_g": 0 }), ("/weight_g", "out-of-range")),
            (
                json!({ "shelf_life_days": 36501 }),
                ("/shelf_life_days", "out-of-range"),
            ),
            (
                json!({ "category_id": "category_00000000000000000000000000" }),
                ("/category_id", "reference"),
            ),
            (
                json!({ "organisation_id": "org_00000000000000000000000000" }),
                ("/organisation_id", "reference"),
            ),
        ] {
            let body = item_body(&ground, &food, "面", more);
            let answer = ground.steward.post("/v1/items", body).await;
            answer.refused(422, "invalid-request");
            let expected = (expected.0.to_owned(), expected.1.to_owned());
            assert_eq!(answer.faults(), [expected]);
        }
        let taken = item_body(&ground, &food, "面", json!({ "codes": code("local", "1") }));
        let taken = ground.steward.post("/v1/items", taken).await;
        taken.refused(409, "already-exists");
        // Another list may use the same number.
        item(&ground, &food, "面", json!({ "codes": code("other", "1") })).await;
    }
);

on_both!(
    the_catalogue_is_changed_by_who_keeps_the_entry,
    async |server| {
        let ground = server.ground().await;
        let food = category(&ground, "food", None).await;
        let made = item(&ground, &food, "米", json!({})).await;
        let path = format!("/v1/items/{}", id(&made));
        let keeper = server.person(&["keeper"], &ground.province).await;
        let below = server.person(&["data_steward"], &ground.county).await;
        for who in [&keeper, &below] {
            who.get(&path).await.expect(200);
            let change = who.patch(&path, "\"v1\"", json!({ "weight_g": 1 })).await;
            assert_eq!(
                change.refused(403, "forbidden")["capability"],
                "manage_catalogue"
            );
        }
        // A county may keep entries of its own in the shared tree.
        let own = json!({
            "organisation_id": ground.county, "category_id": food, "name": "年糕", "base_unit": "条",
        });
        below.post("/v1/items", own.clone()).await.expect(201);
        let elsewhere = server.person(&["data_steward"], &ground.other_county).await;
        let refused = elsewhere.post("/v1/items", own).await;
        assert_eq!(
            refused.faults(),
            [("/organisation_id".to_owned(), "reference".to_owned())]
        );
        let nothing = server.anonymous().get(&path).await;
        nothing.refused(401, "unauthenticated");
    }
);
