//! What one organisation may order of scarce goods of another.

use serde_json::{Value, json};
use tests::{Client, Relief, client::id, on_both};

/// A rule of the province about its quilts.
async fn begun(relief: &Relief, share: i64, free: i64) -> String {
    let body = json!({
        "owner_id": relief.ground.province, "item_id": relief.item, "share_percent": share,
        "free_quantity": free, "reason": "台风期间统一调配",
    });
    let rule = relief.approver.post("/v1/fair-use-rules", body).await;
    id(&rule.expect(201))
}

/// Quilts of the province that the city wants for its depot.
fn for_the_city(relief: &Relief, quantity: i64) -> Value {
    json!({
        "depot_id": relief.depot, "to_depot_id": relief.city_depot,
        "owner_id": relief.ground.province,
        "lines": [{ "item_id": relief.item, "quantity": quantity }],
    })
}

async fn ordered(relief: &Relief, quantity: i64) -> String {
    let body = for_the_city(relief, quantity);
    let order = relief.worker.post("/v1/dispatch-orders", body).await;
    id(&order.expect(201))
}

/// What the refusal of an order tells, which has promised nothing.
async fn refused(relief: &Relief, quantity: i64) -> Value {
    let before = relief.worker.on_hand(&relief.depot).await;
    let body = for_the_city(relief, quantity);
    let answer = relief.worker.post("/v1/dispatch-orders", body).await;
    let problem = answer.refused(409, "fair-use-exceeded");
    assert_eq!(relief.worker.on_hand(&relief.depot).await, before);
    let excess = problem["excess"].as_array().unwrap();
    assert_eq!(excess.len(), 1, "{problem}");
    excess[0].clone()
}

async fn permit(who: &Client, relief: &Relief, rule: &str, quantity: i64) -> String {
    let body = json!({
        "requester_id": relief.ground.city, "item_id": relief.item, "quantity": quantity,
        "reason": "海曙区安置点断电",
    });
    let path = format!("/v1/fair-use-rules/{rule}/permits");
    id(&who.post(&path, body).await.expect(201))
}

async fn draws(who: &Client, relief: &Relief, rule: &str) -> Vec<Value> {
    let path = format!("/v1/fair-use-rules/{rule}/draws?item_id={}", relief.item);
    let page = who.get(&path).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

on_both!(one_gets_a_share_and_more_by_permit, async |server| {
    let relief = server.relief().await;
    // What was ordered before the rule does not count against anybody.
    ordered(&relief, 50).await;
    // 30 % of 200.
    let rule = begun(&relief, 30, 10).await;
    let first = ordered(&relief, 40).await;
    let told = refused(&relief, 21).await;
    let expected = json!({
        "rule_id": rule, "owner_id": relief.ground.province, "requester_id": relief.ground.city,
        "item_id": relief.item, "wanted": 21, "drawn": 40, "permitted": 0, "share_limit": 60,
        "beyond": 1,
    });
    assert_eq!(told, expected);
    ordered(&relief, 20).await;
    assert_eq!(refused(&relief, 1).await["drawn"], 60);

    // Who orders is not helped by a permit of their own.
    permit(&relief.worker, &relief, &rule, 15).await;
    assert_eq!(refused(&relief, 15).await["permitted"], 0);
    permit(&relief.approver, &relief, &rule, 15).await;
    assert_eq!(refused(&relief, 16).await["permitted"], 15);
    ordered(&relief, 15).await;

    // What is given up is free again, and what comes to the city's depot stays in the pool.
    let cancel = format!("/v1/dispatch-orders/{first}/cancel");
    let why = json!({ "reason": "改由邻市支援" });
    relief.worker.post(&cancel, why).await.expect(200);
    let last = ordered(&relief, 40).await;
    relief.pick(&last).await;
    let shipment = relief.ship(&last, json!({})).await;
    let lines = json!([{ "lot_id": relief.lot, "received": 40 }]);
    let path = format!("/v1/shipments/{}/hand-overs", id(&shipment));
    let signed = json!({ "given_by": "张", "received_by": "李", "lines": lines });
    relief.worker.post(&path, signed).await.expect(200);
    let row = json!({
        "requester_id": relief.ground.city, "item_id": relief.item, "drawn": 75, "permitted": 30,
        "share_limit": 60, "pool": 200, "is_owner": false,
    });
    assert_eq!(draws(&relief.approver, &relief, &rule).await, [row]);
    server.prove().await;
});

on_both!(the_owner_is_not_measured, async |server| {
    let relief = server.relief().await;
    let rule = begun(&relief, 1, 0).await;
    assert_eq!(refused(&relief, 3).await["share_limit"], 2);
    // The province's own incident is answered by its own goods.
    let disaster = relief.disaster().await;
    relief.need(&disaster, 150).await;
    relief.confirm(&relief.plan(&disaster).await).await;
    let rows = draws(&relief.worker, &relief, &rule).await;
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["is_owner"], true);
    assert_eq!(rows[0]["drawn"], 150);
    assert_eq!(rows[0]["pool"], 200);
});

/// An incident of the city's that wants so many quilts, by the path of its plans.
async fn flooded(relief: &Relief, name: &str, quantity: i64) -> String {
    let incident = json!({
        "organisation_id": relief.ground.city, "name": name, "hazard": "flood",
        "occurred_at": "2021-07-25T00:00:00Z",
        "affected_area": [{ "kind": "division", "code": "330203" }],
    });
    let incident = relief.worker.post("/v1/incidents", incident).await;
    let incident = format!("/v1/incidents/{}", id(&incident.expect(201)));
    let site = json!({
        "organisation_id": relief.ground.city, "name": "望春街道", "kind": "settlement",
        "division_code": "330203",
    });
    let sites = format!("{incident}/sites");
    let site = id(&relief.worker.post(&sites, site).await.expect(201));
    let needs = json!({ "lines": [{
        "site_id": site, "item_id": relief.item, "quantity": quantity, "priority": 1,
    }] });
    let path = format!("{incident}/needs");
    relief.worker.post(&path, needs).await.expect(201);
    format!("{incident}/plans")
}

fn planned(plan: &Value) -> i64 {
    let allocations = plan["allocations"].as_array().expect("a list").iter();
    allocations
        .map(|it| it["quantity"].as_i64().expect("a number"))
        .sum()
}

on_both!(a_plan_keeps_to_the_share, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let rule = begun(&relief, 10, 0).await;
    let first = flooded(&relief, "城区内涝", 21).await;
    let second = flooded(&relief, "郊区内涝", 15).await;
    let plan = worker.post(&first, json!({})).await.expect(201);
    assert_eq!(planned(&plan), 20);
    let missing = &plan["shortfalls"][0];
    assert_eq!(
        (&missing["missing"], &missing["binding"]),
        (&json!(1), &json!("fair_use"))
    );
    let goods = json!([{
        "owner_id": relief.ground.province, "item_id": relief.item, "left": 20, "without_limit": 21,
    }]);
    assert_eq!(plan["limited"], goods);
    let sentence = plan["sentences"]["zh"][0].as_str().expect("a sentence");
    assert!(
        sentence.starts_with("按公平使用规则，浙江省红十字会的物资至多还可用"),
        "{sentence}"
    );
    // Each keeps to it, and both together do not.
    let other = worker.post(&second, json!({})).await.expect(201);
    assert_eq!((planned(&other), &other["limited"]), (15, &json!([])));
    let confirm = |plan: &Value| format!("/v1/plans/{}/confirm", id(plan));
    worker.act(&confirm(&plan)).await.expect(200);
    assert_eq!(worker.on_hand(&relief.depot).await, (200, 20));
    let problem = worker.act(&confirm(&other)).await;
    let problem = problem.refused(409, "fair-use-exceeded");
    assert_eq!(problem["excess"][0]["beyond"], 15);
    assert_eq!(worker.on_hand(&relief.depot).await, (200, 20));
    let again = worker.post(&second, json!({})).await.expect(201);
    assert_eq!(
        (planned(&again), &again["limited"][0]["left"]),
        (0, &json!(0))
    );
    permit(&relief.approver, &relief, &rule, 15).await;
    worker.act(&confirm(&other)).await.expect(200);
    assert_eq!(worker.on_hand(&relief.depot).await, (200, 35));
    // What orders stand for may be had again.
    let replan = json!({ "replan": true });
    let kept = worker.post(&first, replan).await.expect(201);
    assert_eq!(planned(&kept), 20);
    assert_eq!(kept["changes"][0]["effect"], "kept");
    server.prove().await;
});

on_both!(many_at_once_get_one_share, async |server| {
    let relief = server.relief().await;
    let rule = begun(&relief, 30, 0).await;
    let mut orders = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (worker, body) = (relief.worker.clone(), for_the_city(&relief, 10));
        orders.spawn(async move { worker.post("/v1/dispatch-orders", body).await.status });
    }
    let statuses = orders.join_all().await;
    let many = |status| statuses.iter().filter(|it| **it == status).count();
    assert_eq!((many(201), many(409)), (6, 6), "{statuses:?}");
    assert_eq!(draws(&relief.worker, &relief, &rule).await[0]["drawn"], 60);
    server.prove().await;
});

on_both!(it_ends_and_who_may_say_so, async |server| {
    let relief = server.relief().await;
    let rule = begun(&relief, 1, 0).await;
    let own = format!("/v1/fair-use-rules/{rule}");
    let (end, permits) = (format!("{own}/end"), format!("{own}/permits"));
    // Everybody may know of it; the city may neither end it nor permit itself more.
    let city = server.person(&["approver"], &relief.ground.city).await;
    let shown = city.get(&own).await.expect(200);
    assert_eq!(shown["share_percent"], 1);
    assert_eq!(shown["ended_at"], Value::Null);
    let why = json!({ "reason": "响应结束" });
    city.post(&end, why.clone()).await.refused(403, "forbidden");
    let more = json!({
        "requester_id": relief.ground.city, "item_id": relief.item, "quantity": 5, "reason": "急",
    });
    city.post(&permits, more.clone())
        .await
        .refused(403, "forbidden");
    let draws = format!("{own}/draws?item_id={}", relief.item);
    city.get(&draws).await.refused(404, "not-found");
    permit(&relief.approver, &relief, &rule, 5).await;
    let page = city.get(&permits).await.expect(200);
    assert_eq!(page["items"][0]["quantity"], 5);

    relief.approver.post(&end, why.clone()).await.expect(200);
    relief
        .approver
        .post(&end, why)
        .await
        .refused(409, "wrong-state");
    relief
        .approver
        .post(&permits, more)
        .await
        .refused(409, "wrong-state");
    ordered(&relief, 100).await;
    for (in_force, expected) in [("true", 0), ("false", 1)] {
        let path = format!("/v1/fair-use-rules?in_force={in_force}");
        let page = city.get(&path).await.expect(200);
        assert_eq!(page["items"].as_array().unwrap().len(), expected);
    }
});

on_both!(figures_out_of_bounds_are_told_apart, async |server| {
    let relief = server.relief().await;
    let rule = begun(&relief, 50, 0).await;
    let unknown = relief.item.replace("item_", "org_");
    let whole = json!({
        "owner_id": relief.ground.province, "share_percent": 50, "reason": "统一调配",
    });
    let table = [
        ("share_percent", json!(0), "/share_percent"),
        ("share_percent", json!(100), "/share_percent"),
        ("free_quantity", json!(-1), "/free_quantity"),
        ("free_quantity", json!(1_000_000_001), "/free_quantity"),
        ("reason", json!(" "), "/reason"),
        ("owner_id", json!(unknown), "/owner_id"),
        (
            "item_id",
            json!(unknown.replace("org_", "item_").replace('0', "1")),
            "/item_id",
        ),
    ];
    for (member, value, pointer) in table {
        let mut body = whole.clone();
        body[member] = value;
        let answer = relief.approver.post("/v1/fair-use-rules", body).await;
        let problem = answer.refused(422, "invalid-request");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
    let whole = json!({
        "requester_id": relief.ground.city, "item_id": relief.item, "quantity": 1, "reason": "急",
    });
    let table = [
        ("quantity", json!(0), "/quantity"),
        ("reason", json!(""), "/reason"),
        ("requester_id", json!(unknown), "/requester_id"),
        (
            "item_id",
            json!(unknown.replace("org_", "item_").replace('0', "1")),
            "/item_id",
        ),
    ];
    for (member, value, pointer) in table {
        let mut body = whole.clone();
        body[member] = value;
        let path = format!("/v1/fair-use-rules/{rule}/permits");
        let answer = relief.approver.post(&path, body).await;
        let problem = answer.refused(422, "invalid-request");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
});
