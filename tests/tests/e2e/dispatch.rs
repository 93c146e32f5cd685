//! From a need to a signature, and every way in which it can stop.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{client::id, on_both};

fn hand_over(lot: &str, figures: Value) -> Value {
    let mut line = json!({ "lot_id": lot });
    if let (Some(line), Value::Object(figures)) = (line.as_object_mut(), figures) {
        line.extend(figures);
    }
    json!({ "given_by": "张三", "received_by": "李四", "lines": [line] })
}

on_both!(
    goods_go_from_the_depot_to_the_hand_that_signs,
    async |server| {
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        let need = relief.need(&disaster, 150).await;
        let plan = relief.plan(&disaster).await;
        assert_eq!(plan["allocations"][0]["quantity"], 150);
        assert_eq!(plan["shortfalls"], json!([]));
        let orders = relief.confirm(&plan).await;
        assert_eq!(orders.len(), 1, "one depot, one owner, one site");
        let order = &orders[0];
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 150));
        relief.pick(order).await;

        let part = json!({ "lines": [{ "line": 0, "quantity": 100 }], "vehicle": "浙A12345" });
        let first = relief.ship(order, part).await;
        // The rest stays reserved for this order.
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 50));
        let second = relief.ship(order, json!({})).await;
        let sign = |shipment: &Value| format!("/v1/shipments/{}/hand-overs", id(shipment));

        let too_much = hand_over(&relief.lot, json!({ "received": 101 }));
        let refused = relief.worker.post(&sign(&first), too_much).await;
        refused.refused(422, "invalid-request");
        assert_eq!(
            refused.faults(),
            [("/lines/0/received".into(), "out-of-range".into())]
        );

        let drop = hand_over(&relief.lot, json!({ "received": 60 }));
        let signed = relief.worker.post(&sign(&first), drop).await.expect(200);
        assert_eq!(signed["lines"][0]["remaining"], 40);
        let mut drop = hand_over(&relief.lot, json!({ "received": 35, "damaged": 2 }));
        drop["last"] = json!(true);
        let signed = relief.worker.post(&sign(&first), drop).await.expect(200);
        assert_eq!(signed["state"], "arrived");
        assert_eq!(
            signed["lines"][0]["short"], 3,
            "what nobody signed for is short"
        );
        let again = hand_over(&relief.lot, json!({ "received": 1 }));
        let refused = relief.worker.post(&sign(&first), again).await;
        assert_eq!(refused.refused(409, "wrong-state")["state"], "arrived");
        let drop = hand_over(&relief.lot, json!({ "received": 50 }));
        relief.worker.post(&sign(&second), drop).await.expect(200);

        let path = format!("/v1/dispatch-orders/{order}");
        let delivered = relief.worker.get(&path).await.expect(200);
        assert_eq!(delivered["state"], "delivered");
        let line = &delivered["lines"][0];
        assert_eq!((&line["received"], &line["lost"]), (&json!(145), &json!(5)));
        let actions: Vec<_> = delivered["events"]
            .as_array()
            .expect("a history")
            .iter()
            .map(|e| e["action"].clone())
            .collect();
        assert_eq!(
            actions,
            [
                "draft",
                "submit",
                "approve",
                "start_picking",
                "dispatch",
                "dispatch",
                "deliver"
            ]
        );
        let open = relief
            .worker
            .act(&format!("/v1/incidents/{}/close", disaster.incident))
            .await;
        open.refused(409, "wrong-state");
        relief.act(order, "close").await;

        let progress = relief
            .worker
            .get(&format!("/v1/needs/{need}"))
            .await
            .expect(200);
        assert_eq!(
            progress["progress"],
            json!({ "ordered": 150, "on_the_road": 0, "received": 145, "lost": 5, "recalled": 0, "brought": 0, "called_off": 0, "substitutes": [] })
        );
        let history = relief
            .worker
            .get(&format!("/v1/lots/{}/history", relief.lot))
            .await
            .expect(200);
        let totals = &history["totals"];
        assert_eq!(totals["received"], 200);
        assert_eq!(
            (
                &totals["on_hand"],
                &totals["issued"],
                &totals["written_off"]
            ),
            (&json!(50), &json!(145), &json!(5)),
            "received = on hand + issued + written off"
        );
        relief
            .worker
            .act(&format!("/v1/incidents/{}/close", disaster.incident))
            .await
            .expect(200);
        server.prove().await;
    }
);

on_both!(
    a_plan_that_no_longer_fits_reserves_nothing,
    async |server| {
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        relief.need(&disaster, 150).await;
        let plan = relief.plan(&disaster).await;
        let issue = json!({ "depot_id": relief.depot, "lines": [{ "lot_id": relief.lot, "quantity": 60 }] });
        relief.worker.post("/v1/issues", issue).await.expect(201);
        let path = format!("/v1/plans/{}/confirm", id(&plan));
        let refused = relief.worker.act(&path).await;
        let problem = refused.refused(409, "plan-stale");
        assert_eq!(problem["changes"][0]["what"], "stock");
        assert_eq!(problem["changes"][0]["available"], 140);
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (140, 0));
        let orders = relief.worker.get("/v1/dispatch-orders").await.expect(200);
        assert_eq!(orders["items"], json!([]));

        // A new plan takes what is left and says what is missing.
        let plan = relief.plan(&disaster).await;
        assert_eq!(plan["allocations"][0]["quantity"], 140);
        assert_eq!(plan["shortfalls"][0]["missing"], 10);
        assert!(
            plan["sentences"]["zh"]
                .as_array()
                .is_some_and(|lines| !lines.is_empty())
        );
        relief.confirm(&plan).await;
        let path = format!("/v1/plans/{}/confirm", id(&plan));
        relief.worker.act(&path).await.refused(409, "wrong-state");
        let path = format!("/v1/plans/{}/discard", id(&plan));
        relief.worker.act(&path).await.refused(409, "wrong-state");
        server.prove().await;
    }
);

on_both!(
    two_plans_for_the_same_need_do_not_both_win,
    async |server| {
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        let need = relief.need(&disaster, 100).await;
        let one = relief.plan(&disaster).await;
        let other = relief.plan(&disaster).await;
        relief.confirm(&one).await;
        let path = format!("/v1/plans/{}/confirm", id(&other));
        let problem = relief.worker.act(&path).await.refused(409, "plan-stale");
        assert_eq!(problem["changes"][0]["need_id"], *need);
        relief
            .worker
            .act(&format!("/v1/plans/{}/discard", id(&other)))
            .await
            .expect(200);
        let plans = relief
            .worker
            .get(&format!("/v1/plans?incident_id={}", disaster.incident))
            .await
            .expect(200);
        assert_eq!(plans["items"].as_array().map(Vec::len), Some(2));
        let shown = relief
            .worker
            .get(&format!("/v1/plans/{}", id(&other)))
            .await
            .expect(200);
        assert_eq!(shown["state"], "discarded");
    }
);

on_both!(
    a_spoken_order_runs_at_once_and_owes_its_paper,
    async |server| {
        let mut relief = server.relief().await;
        let disaster = relief.disaster().await;
        let body = json!({
            "depot_id": relief.depot, "site_id": disaster.site, "owner_id": relief.ground.province,
            "lines": [{ "item_id": relief.item, "quantity": 3, "unit": "箱" }],
        });
        let order = id(&relief
            .worker
            .post("/v1/dispatch-orders", body)
            .await
            .expect(201));
        let path = format!("/v1/dispatch-orders/{order}/order-orally");
        let spoken = relief
            .worker
            .post(&path, json!({ "given_by": "王会长" }))
            .await
            .expect(200);
        assert_eq!(spoken["state"], "approved");
        relief.act(&order, "start-picking").await;
        let shipment = relief.ship(&order, json!({})).await;
        assert_eq!(shipment["lines"][0]["sent"], 30, "three boxes of ten");
        let drop = hand_over(&relief.lot, json!({ "received": 30 }));
        relief
            .worker
            .post(&format!("/v1/shipments/{}/hand-overs", id(&shipment)), drop)
            .await
            .expect(200);

        server.clock.advance(Duration::from_secs(49 * 3_600));
        relief.log_in_again(server).await;
        let worker = &relief.worker;
        let overdue = worker
            .get("/v1/dispatch-orders?paper_overdue=true")
            .await
            .expect(200);
        assert_eq!(overdue["items"][0]["id"], *order);
        assert_eq!(overdue["items"][0]["paper_overdue"], true);
        let close = format!("/v1/dispatch-orders/{order}/close");
        worker.act(&close).await.refused(409, "wrong-state");
        relief.act(&order, "put-on-paper").await;
        assert_eq!(worker.act(&close).await.expect(200)["state"], "closed");
        server.prove().await;
    }
);

on_both!(a_stopped_order_gives_its_goods_back, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    let body = json!({
        "depot_id": relief.depot, "site_id": disaster.site, "owner_id": relief.ground.province,
        "lines": [{ "item_id": relief.item, "quantity": 40 }],
    });
    let reason = json!({ "reason": "道路中断" });
    for (steps, action) in [
        (&["submit"][..], "reject"),
        (&["submit", "approve"], "cancel"),
    ] {
        let order = id(&relief
            .worker
            .post("/v1/dispatch-orders", body.clone())
            .await
            .expect(201));
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 40));
        for step in steps {
            relief.act(&order, step).await;
        }
        let path = format!("/v1/dispatch-orders/{order}/{action}");
        relief.worker.post(&path, reason.clone()).await.expect(200);
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 0));
        let path = format!("/v1/dispatch-orders/{order}/submit");
        relief.worker.act(&path).await.refused(409, "wrong-state");
    }
    let order = id(&relief
        .worker
        .post("/v1/dispatch-orders", body)
        .await
        .expect(201));
    relief.pick(&order).await;
    relief.ship(&order, json!({})).await;
    assert_eq!(relief.worker.on_hand(&relief.city_depot).await, (0, 0));
    let path = format!("/v1/dispatch-orders/{order}/recall");
    let recalled = relief.worker.post(&path, reason).await.expect(200);
    assert_eq!(recalled["state"], "recalled");
    assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 0));
    let shipments = relief
        .worker
        .get(&format!("/v1/shipments?order_id={order}"))
        .await
        .expect(200);
    assert_eq!(shipments["items"][0]["state"], "recalled");
    server.prove().await;
});

on_both!(an_order_wants_the_word_of_the_right_party, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    let body = json!({
        "depot_id": relief.depot, "site_id": disaster.site, "owner_id": relief.ground.province,
        "lines": [{ "item_id": relief.item, "quantity": 40 }],
    });
    let order = id(&relief
        .worker
        .post("/v1/dispatch-orders", body)
        .await
        .expect(201));
    relief.act(&order, "submit").await;
    let city = server
        .person(&["keeper", "approver"], &relief.ground.city)
        .await;
    // The city receives, so it sees the order; the goods are the province's.
    let seen = city
        .get(&format!("/v1/dispatch-orders/{order}"))
        .await
        .expect(200);
    assert_eq!(seen["state"], "submitted");
    let path = format!("/v1/dispatch-orders/{order}/approve");
    city.act(&path).await.refused(403, "forbidden");
    let stranger = server
        .person(&["approver"], &relief.ground.other_county)
        .await;
    stranger.act(&path).await.refused(404, "not-found");
});

on_both!(goods_between_two_depots_are_on_the_road, async |server| {
    let relief = server.relief().await;
    let body = json!({
        "depot_id": relief.depot, "to_depot_id": relief.city_depot,
        "lines": [{ "lot_id": relief.lot, "quantity": 50 }],
    });
    let sent = relief
        .worker
        .post("/v1/shipments", body.clone())
        .await
        .expect(201);
    assert_eq!(relief.worker.on_hand(&relief.city_depot).await, (0, 0));
    let drop = hand_over(
        &relief.lot,
        json!({ "received": 44, "damaged": 1, "short": 5 }),
    );
    let path = format!("/v1/shipments/{}/hand-overs", id(&sent));
    relief.worker.post(&path, drop).await.expect(200);
    assert_eq!(relief.worker.on_hand(&relief.city_depot).await, (45, 0));
    let balances = relief
        .worker
        .get(&format!("/v1/balances?depot_id={}", relief.city_depot))
        .await
        .expect(200);
    let conditions: Vec<_> = balances["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|row| (row["condition"].clone(), row["on_hand"].clone()))
        .filter(|(_, on_hand)| *on_hand != 0)
        .collect();
    assert!(
        conditions.contains(&(json!("usable"), json!(44))),
        "{conditions:?}"
    );
    assert!(
        conditions.contains(&(json!("needs_repair"), json!(1))),
        "{conditions:?}"
    );
    let shown = relief
        .worker
        .get(&format!("/v1/shipments/{}", id(&sent)))
        .await
        .expect(200);
    assert_eq!(shown["hand_overs"][0]["received_by"], "李四");
    let mut same = body;
    same["to_depot_id"] = same["depot_id"].clone();
    let refused = relief.worker.post("/v1/shipments", same).await;
    assert_eq!(refused.faults(), [("/to_depot_id".into(), "same".into())]);
    server.prove().await;
});
