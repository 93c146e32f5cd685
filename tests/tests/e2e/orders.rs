//! What becomes of each piece of an order.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Client, Disaster, Relief, client::id, on_both};

const HOUR: Duration = Duration::from_secs(3_600);

pub(crate) fn signed(lot: &str, received: i64, last: bool) -> Value {
    json!({
        "given_by": "张三", "received_by": "李四", "last": last,
        "lines": [{ "lot_id": lot, "received": received }],
    })
}

/// An order of quilts from the provincial depot to the disaster's site.
pub(crate) async fn order(relief: &Relief, disaster: &Disaster, line: Value) -> String {
    let mut whole = json!({ "item_id": relief.item });
    let members = whole.as_object_mut().expect("a line");
    members.extend(line.as_object().expect("a line").clone());
    let body = json!({
        "depot_id": relief.depot, "site_id": disaster.site, "owner_id": relief.ground.province,
        "lines": [whole],
    });
    let made = relief.worker.post("/v1/dispatch-orders", body).await;
    id(&made.expect(201))
}

pub(crate) async fn show(worker: &Client, order: &str) -> Value {
    let path = format!("/v1/dispatch-orders/{order}");
    worker.get(&path).await.expect(200)
}

pub(crate) async fn progress(relief: &Relief, need: &str) -> Value {
    let path = format!("/v1/needs/{need}");
    relief.worker.get(&path).await.expect(200)["progress"].clone()
}

on_both!(
    what_has_left_in_part_is_recalled_and_not_cancelled,
    async |server| {
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        let need = relief.need(&disaster, 100).await;
        let line = json!({ "quantity": 100, "need_id": need });
        let order = order(&relief, &disaster, line).await;
        relief.pick(&order).await;
        let part = json!({ "lines": [{ "line": 0, "quantity": 40 }] });
        let shipment = relief.ship(&order, part).await;
        assert_eq!(show(&relief.worker, &order).await["state"], "dispatched");
        let reason = json!({ "reason": "道路中断" });
        let path = |action: &str| format!("/v1/dispatch-orders/{order}/{action}");
        let refused = relief.worker.post(&path("cancel"), reason.clone()).await;
        assert_eq!(refused.refused(409, "wrong-state")["state"], "dispatched");

        let sign = format!("/v1/shipments/{}/hand-overs", id(&shipment));
        let drop = signed(&relief.lot, 15, false);
        relief.worker.post(&sign, drop).await.expect(200);
        let recalled = relief
            .worker
            .post(&path("recall"), reason)
            .await
            .expect(200);
        let line = &recalled["lines"][0];
        let figures = [
            "sent", "received", "lost", "recalled", "returned", "given_up",
        ];
        let figures = figures.map(|it| line[it].as_i64());
        assert_eq!(figures, [40, 15, 0, 25, 0, 60].map(Some));
        // The sum counts the road.
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (185, 0));
        assert_eq!(
            progress(&relief, &need).await,
            json!({ "ordered": 15, "on_the_road": 0, "received": 15, "lost": 0, "recalled": 25, "brought": 0, "called_off": 0, "substitutes": [] })
        );
        let plan = relief.plan(&disaster).await;
        assert_eq!(
            plan["allocations"][0]["quantity"], 85,
            "the rest is open again"
        );
        server.prove().await;
    }
);

on_both!(the_last_load_gives_up_the_rest, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    let need = relief.need(&disaster, 100).await;
    let line = json!({ "quantity": 100, "need_id": need });
    let order = order(&relief, &disaster, line).await;
    relief.pick(&order).await;
    let load = json!({ "lines": [{ "line": 0, "quantity": 40 }], "last": true });
    let shipment = relief.ship(&order, load).await;
    // On the shelf and on the road, and nothing promised any more.
    assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 0));
    assert_eq!(progress(&relief, &need).await["ordered"], 40);
    assert_eq!(
        relief.plan(&disaster).await["allocations"][0]["quantity"],
        60
    );
    let more = format!("/v1/dispatch-orders/{order}/shipments");
    let refused = relief.worker.post(&more, json!({})).await;
    assert_eq!(refused.refused(409, "wrong-state")["state"], "nothing_left");

    let sign = format!("/v1/shipments/{}/hand-overs", id(&shipment));
    let drop = signed(&relief.lot, 40, true);
    relief.worker.post(&sign, drop).await.expect(200);
    assert_eq!(show(&relief.worker, &order).await["state"], "delivered");
    server.prove().await;
});

on_both!(
    a_hold_that_ran_out_is_taken_up_anew_while_the_goods_are_there,
    async |server| {
        let mut relief = server.relief().await;
        let disaster = relief.disaster().await;
        let body = json!({
            "depot_id": relief.depot, "site_id": disaster.site, "hold_hours": 1,
            "owner_id": relief.ground.province,
            "lines": [{ "item_id": relief.item, "quantity": 120 }],
        });
        let mut orders = Vec::new();
        orders.push(id(&relief
            .worker
            .post("/v1/dispatch-orders", body.clone())
            .await
            .expect(201)));
        relief.act(&orders[0], "submit").await;
        server.clock.advance(HOUR * 2);
        relief.log_in_again(server).await;
        // Swept up or not, it holds nothing any more.
        server.run_expiry().await;
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 0));
        orders.push(id(&relief
            .worker
            .post("/v1/dispatch-orders", body)
            .await
            .expect(201)));
        let approve = format!("/v1/dispatch-orders/{}/approve", orders[0]);
        let refused = relief.approver.act(&approve).await;
        let problem = refused.refused(409, "insufficient-stock");
        assert_eq!(
            (&problem["available"], &problem["requested"]),
            (&json!(80), &json!(120))
        );

        let cancel = format!("/v1/dispatch-orders/{}/cancel", orders[1]);
        let reason = json!({ "reason": "重复" });
        relief.worker.post(&cancel, reason).await.expect(200);
        relief.act(&orders[0], "approve").await;
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 120));
        relief.act(&orders[0], "start-picking").await;
        server.clock.advance(HOUR * 24 * 8);
        relief.log_in_again(server).await;
        relief.ship(&orders[0], json!({})).await;
        // The sum counts the road.
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 0));
        server.prove().await;
    }
);

on_both!(
    who_merely_sees_a_depot_cannot_promise_its_goods,
    async |server| {
        let relief = server.relief().await;
        let ground = &relief.ground;
        let body = json!({
            "login": "two-hats", "name": "Sees the province, plans for the city",
            "password": tests::people::GIVEN, "organisation_id": ground.city,
            "grants": [
                { "role": "approver", "organisation_id": ground.province },
                { "role": "dispatcher", "organisation_id": ground.city },
            ],
        });
        ground.admin.post("/v1/accounts", body).await.expect(201);
        let planner = server.log_in_first("two-hats").await;
        let incident = json!({
            "organisation_id": ground.city, "name": "内涝", "hazard": "flood",
            "occurred_at": "2021-07-25T00:00:00Z",
            "affected_area": [{ "kind": "division", "code": "330203" }],
        });
        let incident = id(&planner.post("/v1/incidents", incident).await.expect(201));
        let site = json!({
            "organisation_id": ground.city, "name": "洞桥镇", "kind": "distribution_point",
            "division_code": "330203",
        });
        let sites = format!("/v1/incidents/{incident}/sites");
        let site = id(&planner.post(&sites, site).await.expect(201));
        let body = json!({
            "depot_id": relief.depot, "site_id": site, "owner_id": ground.province,
            "lines": [{ "item_id": relief.item, "quantity": 1 }],
        });
        let refused = planner.post("/v1/dispatch-orders", body).await;
        assert_eq!(
            refused.refused(403, "forbidden")["capability"],
            "reserve_stock"
        );

        let need = json!({ "lines": [{
            "site_id": site, "item_id": relief.item, "quantity": 5, "priority": 1,
        }] });
        let needs = format!("/v1/incidents/{incident}/needs");
        planner.post(&needs, need).await.expect(201);
        let plans = format!("/v1/incidents/{incident}/plans");
        let plan = planner.post(&plans, json!({})).await.expect(201);
        assert_eq!(plan["allocations"], json!([]));
        assert_eq!(plan["shortfalls"][0]["missing"], 5);
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 0));
    }
);

on_both!(
    a_line_answers_a_need_of_its_own_site_and_item,
    async |server| {
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        let other = relief.disaster().await;
        let elsewhere = relief.need(&other, 10).await;
        let body = json!({
            "depot_id": relief.depot, "site_id": disaster.site,
            "owner_id": relief.ground.province,
            "lines": [
                { "item_id": relief.item, "quantity": 10 },
                { "item_id": relief.item, "quantity": 10, "need_id": elsewhere },
            ],
        });
        let refused = relief.worker.post("/v1/dispatch-orders", body).await;
        assert_eq!(
            refused.faults(),
            [("/lines/1/need_id".into(), "reference".into())]
        );
        assert_eq!(progress(&relief, &elsewhere).await["ordered"], 0);
    }
);

on_both!(a_stale_plan_says_everything_that_changed, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    let more = relief
        .worker
        .receive(&relief.depot, &relief.item, 50, json!({}))
        .await;
    relief.need(&disaster, 250).await;
    let plan = relief.plan(&disaster).await;
    assert_eq!(plan["allocations"].as_array().map(Vec::len), Some(2));
    for (lot, quantity) in [(&relief.lot, 30), (&more, 5)] {
        let issue = json!({
            "depot_id": relief.depot, "lines": [{ "lot_id": lot, "quantity": quantity }],
        });
        relief.worker.post("/v1/issues", issue).await.expect(201);
    }
    let path = format!("/v1/plans/{}/confirm", id(&plan));
    let problem = relief.worker.act(&path).await.refused(409, "plan-stale");
    let mut left: Vec<_> = problem["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .map(|change| (change["planned"].as_i64(), change["available"].as_i64()))
        .collect();
    left.sort_unstable();
    assert_eq!(left, [(Some(50), Some(45)), (Some(200), Some(170))]);
});

on_both!(drafts_end_with_their_incident, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    let draft = order(&relief, &disaster, json!({ "quantity": 10 })).await;
    let close = format!("/v1/incidents/{}/close", disaster.incident);
    let submitted = order(&relief, &disaster, json!({ "quantity": 20 })).await;
    relief.act(&submitted, "submit").await;
    let refused = relief.worker.act(&close).await;
    assert_eq!(refused.refused(409, "wrong-state")["running_orders"], 1);
    assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 30));
    let reject = format!("/v1/dispatch-orders/{submitted}/reject");
    let reason = json!({ "reason": "库存另有用途" });
    relief.worker.post(&reject, reason).await.expect(200);
    relief.worker.act(&close).await.expect(200);
    assert_eq!(show(&relief.worker, &draft).await["state"], "cancelled");
    assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 0));
    server.prove().await;
});

on_both!(papers_are_numbered_by_depot_and_day, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    let mut numbers = Vec::new();
    for _ in 0..2 {
        let order = order(&relief, &disaster, json!({ "quantity": 1 })).await;
        numbers.push(show(&relief.worker, &order).await["number"].clone());
    }
    let day = api::clock::day_at_depots(server.clock.now()).format("%Y%m%d");
    let expected = [1, 2].map(|count| json!(format!("DB-D330100-{day}-{count:03}")));
    assert_eq!(numbers, expected);
    let made_up = "shipment_01h455vb4pex5vsknk084sn02q";
    let send = |from: &str, to: &str| {
        json!({
            "id": made_up, "depot_id": from, "to_depot_id": to,
            "lines": [{ "lot_id": relief.lot, "quantity": 5 }],
        })
    };
    let body = send(&relief.depot, &relief.city_depot);
    let sent = relief.worker.post("/v1/shipments", body).await.expect(201);
    assert_eq!(sent["waybill"], json!(format!("YD-D330100-{day}-001")));
    let drop = signed(&relief.lot, 5, true);
    let sign = format!("/v1/shipments/{made_up}/hand-overs");
    relief.worker.post(&sign, drop).await.expect(200);
    // Another depot may not take the same id for another shipment.
    let body = send(&relief.city_depot, &relief.depot);
    let refused = relief.worker.post("/v1/shipments", body).await;
    refused.refused(409, "already-exists");
    server.prove().await;
});

on_both!(
    goods_given_for_a_county_go_to_the_sites_in_it,
    async |server| {
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        let elsewhere = json!({
            "organisation_id": relief.ground.city, "name": "余姚安置点",
            "kind": "distribution_point", "division_code": "330281",
        });
        let sites = format!("/v1/incidents/{}/sites", disaster.incident);
        relief.worker.post(&sites, elsewhere).await.expect(201);
        let bound = json!({ "restriction": { "kind": "division", "division_code": "330203" } });
        let bound = relief
            .worker
            .receive(&relief.depot, &relief.item, 30, bound)
            .await;
        relief.need(&disaster, 100).await;
        let plan = relief.plan(&disaster).await;
        assert_eq!(
            plan["allocations"][0]["lot_id"],
            json!(bound),
            "what is bound leaves first"
        );
        let orders = relief.confirm(&plan).await;
        relief.pick(&orders[0]).await;
        relief.ship(&orders[0], json!({})).await;
        server.prove().await;
    }
);
