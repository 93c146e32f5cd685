//! What is inside a depot: zones, bins and levels.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{client::id, on_both};
use tokio::task::JoinSet;

use super::{codes, depot};

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

on_both!(levels_are_set_upon_those_before, async |server| {
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
    let levels = format!("/v1/depots/{}/levels", id(&made));
    let path = format!("{levels}/{item}");
    let set = |etag: &str, quantity: Value| {
        let call = steward.call(Method::PUT, &path).if_match(etag);
        call.json(json!({ "floor": quantity }))
    };
    let unset = steward.get(&path).await;
    assert_eq!(unset.expect(200)["floor"], 0);
    assert_eq!(unset.etag(), "\"v0\"");
    for (quantity, code) in [
        (json!(-1), "out-of-range"),
        (json!(1_000_000_000_001_i64), "out-of-range"),
        (json!(1.5), "type"),
    ] {
        let refused = set("\"v0\"", quantity).await;
        assert_eq!(refused.faults(), [("/floor".to_owned(), code.to_owned())]);
    }
    assert_eq!(set("\"v0\"", json!(200.0)).await.expect(200)["version"], 1);
    set("\"v0\"", json!(300))
        .await
        .refused(412, "precondition-failed");
    assert_eq!(set("\"v1\"", json!(300)).await.expect(200)["version"], 2);
    let list = steward.get(&levels).await.expect(200);
    assert_eq!(list["items"][0]["floor"], 300);
    let nothing = format!("{levels}/item_00000000000000000000000000");
    steward.get(&nothing).await.refused(404, "not-found");

    let second = json!({
        "organisation_id": ground.province, "category_id": category,
        "name": "帐篷", "base_unit": "顶",
    });
    let second = id(&steward.post("/v1/items", second).await.expect(201));
    let mut tasks = JoinSet::new();
    for quantity in 1..9 {
        let call = steward.call(Method::PUT, &format!("{levels}/{second}"));
        let call = call.if_match("\"v0\"").json(json!({ "floor": quantity }));
        tasks.spawn(async move { call.await });
    }
    let mut statuses: Vec<_> = tasks.join_all().await.iter().map(|it| it.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412, 412, 412, 412, 412, 412, 412]);
});
