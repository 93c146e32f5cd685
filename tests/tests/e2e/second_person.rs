//! Whoever asks for goods does not agree to it for their owner.

use serde_json::{Value, json};
use tests::{Client, Relief, client::id, on_both};

/// Ten quilts that the worker wants for the city's depot.
async fn drawn_up(relief: &Relief) -> String {
    let body = json!({
        "depot_id": relief.depot, "to_depot_id": relief.city_depot,
        "owner_id": relief.ground.province,
        "lines": [{ "item_id": relief.item, "quantity": 10 }],
    });
    let order = relief.worker.post("/v1/dispatch-orders", body).await;
    id(&order.expect(201))
}

async fn submitted(relief: &Relief) -> String {
    let order = drawn_up(relief).await;
    relief.act(&order, "submit").await;
    order
}

async fn show(who: &Client, order: &str) -> Value {
    let order = who.get(&format!("/v1/dispatch-orders/{order}")).await;
    order.expect(200)
}

async fn refused(who: &Client, order: &str, action: &str) {
    let before = show(who, order).await;
    let path = format!("/v1/dispatch-orders/{order}/{action}");
    who.act(&path).await.refused(403, "second-person-needed");
    assert_eq!(show(who, order).await, before);
}

on_both!(who_asks_does_not_agree, async |server| {
    let relief = server.relief().await;
    let order = submitted(&relief).await;
    refused(&relief.worker, &order, "approve").await;
    relief.act(&order, "approve").await;
    let approved = show(&relief.worker, &order).await;
    assert_eq!(approved["state"], "approved");
    assert_eq!(approved["approved_alone_because"], Value::Null);

    // Who submits it asks as well, whoever drew it up.
    let roles = ["dispatcher", "approver"];
    let other = server.person(&roles, &relief.ground.province).await;
    let order = drawn_up(&relief).await;
    let submit = format!("/v1/dispatch-orders/{order}/submit");
    other.act(&submit).await.expect(200);
    refused(&other, &order, "approve").await;
    refused(&relief.worker, &order, "approve").await;
    relief.act(&order, "approve").await;
    server.prove().await;
});

on_both!(who_plans_does_not_agree, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    relief.need(&disaster, 20).await;
    let roles = ["dispatcher", "approver"];
    let planner = server.person(&roles, &relief.ground.province).await;
    let path = format!("/v1/incidents/{}/plans", disaster.incident);
    let plan = planner.post(&path, json!({})).await.expect(201);
    let order = relief.confirm(&plan).await.remove(0);
    relief.act(&order, "submit").await;
    refused(&planner, &order, "approve").await;
    relief.act(&order, "approve").await;
});

on_both!(a_spoken_order_is_papered_by_another, async |server| {
    let relief = server.relief().await;
    let order = submitted(&relief).await;
    let roles = ["approver"];
    let clerk = server.person(&roles, &relief.ground.province).await;
    let path = format!("/v1/dispatch-orders/{order}/order-orally");
    let said = json!({ "given_by": "王主任" });
    clerk.post(&path, said).await.expect(200);
    // Neither who asked for it nor who wrote the call down.
    refused(&relief.worker, &order, "put-on-paper").await;
    refused(&clerk, &order, "put-on-paper").await;
    relief.act(&order, "put-on-paper").await;
});

on_both!(
    where_nobody_else_is_there_it_is_written_down,
    async |server| {
        let relief = server.relief().await;
        let (order, other) = (submitted(&relief).await, submitted(&relief).await);
        let path = format!("/v1/dispatch-orders/{order}/approve-alone");
        let blank = relief.worker.post(&path, json!({ "reason": " " })).await;
        blank.refused(422, "invalid-request");
        let why = json!({ "reason": "台风夜值班仅一人" });
        let alone = relief.worker.post(&path, why.clone()).await.expect(200);
        assert_eq!(alone["state"], "approved");
        assert_eq!(alone["approved_alone_because"], why["reason"]);
        let step = &alone["events"].as_array().unwrap().last().unwrap();
        assert_eq!(step["action"], "approve_alone");
        assert_eq!(step["reason"], why["reason"]);
        assert_eq!(step["principal"], relief.worker.account());
        relief
            .worker
            .post(&path, why)
            .await
            .refused(409, "wrong-state");

        relief.act(&other, "approve").await;
        let auditor = server.person(&["auditor"], &relief.ground.province).await;
        for (alone, expected) in [("true", &order), ("false", &other)] {
            let path = format!("/v1/dispatch-orders?approved_alone={alone}");
            let page = auditor.get(&path).await.expect(200);
            let found: Vec<_> = page["items"].as_array().unwrap().iter().map(id).collect();
            assert_eq!(found, std::slice::from_ref(expected));
        }
        relief.act(&order, "start-picking").await;
        relief.ship(&order, json!({})).await;
        server.prove().await;
    }
);

on_both!(
    verify_finds_who_agreed_to_what_they_asked_for,
    async |server| {
        let relief = server.relief().await;
        let order = submitted(&relief).await;
        relief.act(&order, "approve").await;
        server.prove().await;
        let forged = format!(
            "UPDATE order_event SET principal = '{}' WHERE action = 'approve'",
            relief.worker.account()
        );
        server.execute(&forged).await;
        let report = server.verify().await;
        let found: Vec<_> = report.findings.iter().map(|it| it.invariant).collect();
        assert_eq!(found, ["I15"], "{report:?}");
        assert!(report.findings[0].what.contains(&order), "{report:?}");
    }
);
