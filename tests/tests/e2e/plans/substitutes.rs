//! Something else goes where what is needed is missing.

use serde_json::{Value, json};
use tests::{Disaster, Relief, client::id, on_both};

use super::{measure, other_site};
use crate::orders::{progress, show};

/// An item beside the quilts, with so much of it in the provincial depot; and its lot.
async fn other_item(relief: &Relief, name: &str, units: i64) -> (String, String) {
    let shown = relief.worker.get(&format!("/v1/items/{}", relief.item));
    let body = json!({
        "category_id": shown.await.expect(200)["category_id"], "name": name, "base_unit": "条",
        "organisation_id": relief.ground.province,
    });
    let item = id(&relief.worker.post("/v1/items", body).await.expect(201));
    let (worker, depot) = (&relief.worker, &relief.depot);
    let lot = worker.receive(depot, &item, units, json!({})).await;
    (item, lot)
}

fn instead(item: &str, quantity: i64, stands_for: i64) -> Value {
    json!({ "item_id": item, "rate": { "quantity": quantity, "stands_for": stands_for } })
}

/// A need of quilts, two blankets for each that is missing.
async fn need(relief: &Relief, disaster: &Disaster, quantity: i64, blanket: &str) -> String {
    let body = json!({ "lines": [{
        "site_id": disaster.site, "item_id": relief.item, "quantity": quantity, "priority": 1,
        "substitutes": [instead(blanket, 2, 1)],
    }] });
    let path = format!("/v1/incidents/{}/needs", disaster.incident);
    let made = relief.worker.post(&path, body).await.expect(201);
    assert_eq!(
        made["needs"][0]["substitutes"],
        json!([instead(blanket, 2, 1)])
    );
    id(&made["needs"][0])
}

/// `item quantity` of each allocation, the blankets marked.
fn sent(plan: &Value, blanket: &str) -> Vec<String> {
    let allocations = plan["allocations"].as_array().expect("a plan");
    let told = allocations.iter().map(|it| {
        let is_blanket = it["item_id"] == blanket;
        assert_eq!(is_blanket, it["substitute"].is_object(), "{it}");
        let name = if is_blanket { "blankets" } else { "quilts" };
        format!("{name} {}", it["quantity"])
    });
    told.collect()
}

/// The figures of a need, and what of its blankets became of how many.
fn figures(progress: &Value) -> ([i64; 4], [i64; 5]) {
    let of = |of: &Value, member: &str| of[member].as_i64().expect("a figure");
    let blankets = &progress["substitutes"][0];
    (
        ["ordered", "on_the_road", "received", "lost"].map(|it| of(progress, it)),
        ["ordered", "on_the_road", "received", "lost", "stands_for"].map(|it| of(blankets, it)),
    )
}

on_both!(
    blankets_go_for_quilts_until_the_need_is_answered,
    async |server| {
        let relief = server.relief().await;
        let (blanket, lot) = other_item(&relief, "毛毯", 105).await;
        let disaster = relief.disaster().await;
        let need = need(&relief, &disaster, 250, &blanket).await;
        let listed = relief
            .worker
            .get(&format!("/v1/needs/{need}"))
            .await
            .expect(200);
        assert_eq!(
            listed["need"]["substitutes"],
            json!([instead(&blanket, 2, 1)])
        );
        assert_eq!(listed["progress"]["substitutes"], json!([]));

        let plan = relief.plan(&disaster).await;
        assert_eq!(sent(&plan, &blanket), ["quilts 200", "blankets 100"]);
        assert_eq!(plan["shortfalls"], json!([]));
        assert_eq!(
            plan["substitutions"],
            json!([{
                "need_id": need, "item_id": blanket, "rate": { "quantity": 2, "stands_for": 1 },
                "quantity": 100, "stands_for": 50, "because": "no_stock",
            }])
        );
        for (yardstick, value) in [("missing", 0), ("substituted", 50)] {
            let measure = measure(&plan, yardstick);
            assert_eq!(
                (&measure["value"], &measure["bound"]),
                (&json!(value), &json!(value))
            );
        }
        let zh = plan["sentences"]["zh"].to_string();
        assert!(zh.contains("改发毛毯 100 条代替（每 2 抵 1）"), "{zh}");
        let shown = relief
            .worker
            .get(&format!("/v1/plans/{}", id(&plan)))
            .await
            .expect(200);
        assert_eq!(shown["substitutions"], plan["substitutions"]);

        let beside = relief.plan(&disaster).await;
        let orders = relief.confirm(&plan).await;
        assert_eq!(orders.len(), 1, "one depot, one owner, one site");
        let path = format!("/v1/plans/{}/confirm", id(&beside));
        let stale = relief.worker.act(&path).await;
        let stale = stale.refused(409, "plan-stale")["changes"][0].clone();
        assert_eq!(
            (&stale["planned"], &stale["missing"]),
            (&json!(250), &json!(0))
        );
        let now = progress(&relief, &need).await;
        assert_eq!(figures(&now), ([250, 0, 0, 0], [100, 0, 0, 0, 50]));

        relief.pick(&orders[0]).await;
        let shipment = relief.ship(&orders[0], json!({})).await;
        let now = progress(&relief, &need).await;
        assert_eq!(figures(&now), ([250, 250, 0, 0], [100, 100, 0, 0, 50]));
        let body = json!({
            "given_by": "张三", "received_by": "李四",
            "lines": [
                { "lot_id": relief.lot, "received": 200 },
                { "lot_id": lot, "received": 97, "damaged": 3 },
            ],
        });
        let path = format!("/v1/shipments/{}/hand-overs", id(&shipment));
        relief.worker.post(&path, body).await.expect(200);
        // 97 blankets stand for 48 quilts: two of fifty are lost.
        let now = progress(&relief, &need).await;
        assert_eq!(figures(&now), ([250, 0, 248, 2], [100, 0, 97, 3, 48]));

        let plan = relief.plan(&disaster).await;
        assert_eq!(sent(&plan, &blanket), ["blankets 4"]);
        relief.confirm(&plan).await;
        let plan = relief.plan(&disaster).await;
        assert_eq!(
            (&plan["allocations"], &plan["shortfalls"]),
            (&json!([]), &json!([]))
        );
        server.prove().await;
    }
);

on_both!(
    orders_for_substitutes_give_way_to_the_item_itself,
    async |server| {
        let relief = server.relief().await;
        let (blanket, _) = other_item(&relief, "毛毯", 41).await;
        let disaster = relief.disaster().await;
        let need = need(&relief, &disaster, 220, &blanket).await;
        let made = relief.confirm(&relief.plan(&disaster).await).await;
        let now = progress(&relief, &need).await;
        assert_eq!(figures(&now), ([220, 0, 0, 0], [40, 0, 0, 0, 20]));
        let replan = async || {
            let path = format!("/v1/incidents/{}/plans", disaster.incident);
            let body = json!({ "replan": true });
            relief.worker.post(&path, body).await.expect(201)
        };
        let effects = |plan: &Value| -> Vec<String> {
            let changes = plan["changes"].as_array().expect("changes");
            let told = changes.iter().map(|it| {
                assert_eq!(it["need_id"], need);
                format!("{}/{} {}", it["kept"], it["quantity"], it["reason"])
            });
            told.collect()
        };
        assert_eq!(effects(&replan().await), ["200/200 null", "40/40 null"]);

        let (worker, depot) = (&relief.worker, &relief.depot);
        worker.receive(depot, &relief.item, 7, json!({})).await;
        let plan = replan().await;
        assert_eq!(
            sent(&plan, &blanket),
            ["quilts 200", "quilts 7", "blankets 26"]
        );
        assert_eq!(effects(&plan), ["200/200 null", "26/40 \"goes_elsewhere\""]);
        assert_eq!(measure(&plan, "substituted")["keeping"], 20);
        let fresh = relief.confirm(&plan).await;
        assert_eq!(show(worker, &fresh[0]).await["lines"][0]["quantity"], 7);
        assert_eq!(show(worker, &made[0]).await["lines"][1]["given_up"], 14);
        let now = progress(&relief, &need).await;
        assert_eq!(figures(&now), ([220, 0, 0, 0], [26, 0, 0, 0, 13]));
        server.prove().await;
    }
);

on_both!(
    an_order_by_hand_answers_a_need_by_what_it_accepts,
    async |server| {
        let relief = server.relief().await;
        let (blanket, _) = other_item(&relief, "毛毯", 100).await;
        let (tent, _) = other_item(&relief, "帐篷", 100).await;
        let disaster = relief.disaster().await;
        let need = need(&relief, &disaster, 20, &blanket).await;
        let order = async |item: &str, quantity: i64| {
            let body = json!({
                "depot_id": relief.depot, "site_id": disaster.site, "owner_id": relief.ground.province,
                "lines": [{ "item_id": item, "quantity": quantity, "need_id": need }],
            });
            relief.worker.post("/v1/dispatch-orders", body).await
        };
        let refused = order(&tent, 3).await;
        assert_eq!(
            refused.faults(),
            [("/lines/0/need_id".into(), "reference".into())]
        );
        order(&blanket, 3).await.expect(201);
        let now = progress(&relief, &need).await;
        assert_eq!(figures(&now), ([1, 0, 0, 0], [3, 0, 0, 0, 1]));
        let plan = relief.plan(&disaster).await;
        assert_eq!(sent(&plan, &blanket), ["quilts 19"]);
        server.prove().await;
    }
);

on_both!(what_cannot_stand_for_a_need_is_refused, async |server| {
    let relief = server.relief().await;
    let (blanket, _) = other_item(&relief, "毛毯", 1).await;
    let (tent, _) = other_item(&relief, "帐篷", 1).await;
    let disaster = relief.disaster().await;
    let other = other_site(&relief, &disaster).await;
    let path = format!("/v1/incidents/{}/needs", disaster.incident);
    let line = |site: &str, item: &str, list: Value| {
        json!({
            "site_id": site, "item_id": item, "quantity": 1, "substitutes": list,
        })
    };
    let check = async |lines: Value, expected: &[(&str, &str)]| {
        let refused = relief.worker.post(&path, json!({ "lines": lines })).await;
        refused.refused(422, "invalid-request");
        let faults = refused.faults();
        let told: Vec<_> = (faults.iter())
            .map(|(at, code)| (at.as_str(), code.as_str()))
            .collect();
        assert_eq!(told, expected);
    };
    let (site, quilt) = (&disaster.site, &relief.item);
    let strange = "item_00000000000000000000000001";
    for (list, at, code) in [
        (
            json!([instead(&blanket, 0, 1)]),
            "/0/rate/quantity",
            "out-of-range",
        ),
        (
            json!([instead(&blanket, 1, 10_001)]),
            "/0/rate/stands_for",
            "out-of-range",
        ),
        (
            json!([instead(&blanket, 1, 1), instead(quilt, 1, 1)]),
            "/1/item_id",
            "itself",
        ),
        (
            json!([instead(&blanket, 1, 1), instead(&blanket, 2, 1)]),
            "/1/item_id",
            "duplicate",
        ),
        (json!([instead(strange, 1, 1)]), "/0/item_id", "reference"),
        (json!(vec![instead(&blanket, 1, 1); 6]), "", "length"),
    ] {
        let at = format!("/lines/0/substitutes{at}");
        check(json!([line(site, quilt, list)]), &[(&at, code)]).await;
    }
    let circle = json!([
        line(site, quilt, json!([instead(&blanket, 2, 1)])),
        line(site, &blanket, json!([instead(&tent, 9, 1)])),
        line(site, &tent, json!([instead(quilt, 1, 9)])),
    ]);
    let places = [0, 1, 2].map(|line| format!("/lines/{line}/substitutes/0/item_id"));
    check(circle, &places.each_ref().map(|at| (at.as_str(), "cyclic"))).await;

    // At different sites the same lists stand side by side.
    let lines = json!([
        line(site, quilt, json!([instead(&blanket, 2, 1)])),
        line(&other, &blanket, json!([instead(quilt, 1, 2)])),
    ]);
    let body = json!({ "lines": lines });
    relief.worker.post(&path, body).await.expect(201);
    // What was stated before counts.
    let back = json!([line(
        site,
        &blanket,
        json!([instead(&tent, 1, 1), instead(quilt, 1, 2)])
    )]);
    check(back, &[("/lines/0/substitutes/1/item_id", "cyclic")]).await;
});
