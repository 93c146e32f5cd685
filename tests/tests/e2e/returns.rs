//! Goods come back from those who used them, and recovery rules say what becomes of them.

mod refusals;
mod tampering;

use serde_json::{Value, json};
use tests::{Answer, Relief, Server, client::id, on_both};

use crate::orders::{order, signed};

/// A depot that issued 100 of its 200 quilts to a site.
struct Field {
    relief: Relief,
    /// The movement by which they went.
    issue: String,
}

async fn field(server: &Server) -> Field {
    let relief = server.relief().await;
    let body = json!({
        "depot_id": relief.depot, "counterparty": "洞桥镇安置点",
        "lines": [{ "lot_id": relief.lot, "quantity": 100 }],
    });
    let issue = id(&relief.worker.post("/v1/issues", body).await.expect(201));
    Field { relief, issue }
}

fn list(page: &Value) -> &[Value] {
    page["items"].as_array().map_or(&[], Vec::as_slice)
}

fn came(goods: Value, quantity: i64, used_months: i64, more: Value) -> Value {
    let mut line = json!({
        "quantity": quantity, "condition": "usable", "used_months": used_months, "cleaned": true,
    });
    for more in [goods, more] {
        if let (Some(line), Value::Object(more)) = (line.as_object_mut(), more) {
            line.extend(more);
        }
    }
    line
}

impl Field {
    fn lot(&self) -> Value {
        json!({ "lot_id": self.relief.lot })
    }

    fn body(&self, lines: &[Value]) -> Value {
        json!({
            "depot_id": self.relief.depot, "counterparty": "洞桥镇安置点", "paper_number": "HS-7",
            "lines": lines,
        })
    }

    async fn take_back(&self, lines: &[Value]) -> Answer {
        let body = self.body(lines);
        self.relief.worker.post("/v1/returns", body).await
    }

    async fn totals(&self, lot: &str) -> (Value, Value, Value) {
        let path = format!("/v1/lots/{lot}");
        let totals = self.relief.worker.get(&path).await.expect(200)["totals"].clone();
        let of = |member: &str| totals[member].clone();
        (of("on_hand"), of("issued"), of("returned"))
    }

    async fn reverse(&self, movement: &str) -> Answer {
        let path = format!("/v1/movements/{movement}/reverse");
        self.relief.worker.post(&path, json!({})).await
    }
}

on_both!(
    what_comes_back_is_kept_mended_or_condemned,
    async |server| {
        let field = field(server).await;
        let (worker, relief) = (&field.relief.worker, &field.relief);
        let tent = |class: &str| json!({ "recovery_class": class });
        let lines = [
            came(field.lot(), 3, 5, tent("single_tent")),
            came(field.lot(), 10, 6, tent("single_tent")),
            came(
                field.lot(),
                7,
                11,
                json!({ "recovery_class": "cotton_tent", "cleaned": false }),
            ),
            came(
                field.lot(),
                2,
                0,
                json!({ "recovery_class": "bedding", "cleaned": false }),
            ),
            came(field.lot(), 1, 1, tent("bedding")),
            came(
                field.lot(),
                1,
                30,
                json!({ "condition": "quarantined", "unit": "箱" }),
            ),
        ];
        let made = field.take_back(&lines).await.expect(201);
        let told: Vec<_> = made["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| {
                let of = |member: &str| line[member].as_str().unwrap_or_default().to_owned();
                (
                    of("demand"),
                    of("rule"),
                    of("condition"),
                    line["quantity"].as_i64().unwrap_or(0),
                )
            })
            .collect();
        let expected = [
            ("keep", "gansu_within_months", "usable", 3),
            ("dispose", "gansu_past_months", "condemned", 10),
            ("repair", "gansu_within_months", "needs_repair", 7),
            ("keep", "zoucheng_unused", "usable", 2),
            ("dispose", "gansu_not_recovered", "condemned", 1),
            ("keep", "as_found", "quarantined", 10),
        ];
        let expected: Vec<_> = expected
            .iter()
            .map(|(demand, rule, condition, quantity)| {
                (
                    (*demand).to_owned(),
                    (*rule).to_owned(),
                    (*condition).to_owned(),
                    *quantity,
                )
            })
            .collect();
        assert_eq!(told, expected);
        assert_eq!(made["lines"][1]["found_condition"], "usable");
        assert_eq!(
            field.totals(&relief.lot).await,
            (json!(133), json!(100), json!(33))
        );
        // The history shows it both ways.
        let path = format!("/v1/lots/{}/history", relief.lot);
        let history = worker.get(&path).await.expect(200);
        let ways: Vec<_> = list(&history)
            .iter()
            .map(|row| (row["from"]["kind"].clone(), row["to"]["kind"].clone()))
            .collect();
        assert!(ways.contains(&(json!("zone"), json!("recipient"))));
        assert!(ways.contains(&(json!("recipient"), json!("zone"))));

        // What is condemned may be disposed of.
        let body = json!({
            "depot_id": relief.depot, "way": "destroyed", "reason": "超期", "assessed_by": "五名专家",
            "lines": [{ "lot_id": relief.lot, "quantity": 11 }],
        });
        worker.post("/v1/disposals", body).await.expect(201);

        let movement = made["movement_id"].as_str().unwrap_or_default();
        let path = format!("/v1/returns/{movement}");
        assert_eq!(worker.get(&path).await.expect(200), made);
        for (query, count) in [
            ("limit=10", 1),
            ("demand=dispose", 1),
            (&format!("lot_id={}&demand=repair", relief.lot), 1),
            ("lot_id=lot_01h455vb4pex5vsknk084sn02q", 0),
            (&format!("depot_id={}", relief.city_depot), 0),
            ("since=2200-01-01T00:00:00Z", 0),
        ] {
            let page = worker
                .get(&format!("/v1/returns?{query}"))
                .await
                .expect(200);
            assert_eq!(list(&page).len(), count, "{query}");
        }
        server.prove().await;
    }
);

on_both!(no_more_comes_back_than_went_out, async |server| {
    let field = field(server).await;
    let relief = &field.relief;
    let lines = |quantity| [came(field.lot(), quantity, 0, json!({}))];
    let first = field.take_back(&lines(60)).await.expect(201);
    let more = [lines(30), lines(11)].concat();
    let refused = field.take_back(&more).await;
    refused.refused(422, "invalid-request");
    let at = (
        "/lines/1/quantity".to_owned(),
        "more-than-issued".to_owned(),
    );
    assert_eq!(refused.faults(), [at]);
    // Elsewhere, too, only what is still out.
    let mut elsewhere = field.body(&lines(41));
    elsewhere["depot_id"] = json!(relief.city_depot);
    let answer = relief.worker.post("/v1/returns", elsewhere.clone()).await;
    assert_eq!(answer.faults()[0].1, "more-than-issued");
    elsewhere["lines"][0]["quantity"] = json!(40);
    relief
        .worker
        .post("/v1/returns", elsewhere)
        .await
        .expect(201);
    assert_eq!(
        field.totals(&relief.lot).await,
        (json!(200), json!(100), json!(100))
    );
    field
        .take_back(&lines(1))
        .await
        .refused(422, "invalid-request");

    // An issue of what came back is not undone as well, or it would come back twice.
    let refused = field.reverse(&field.issue).await;
    let refused = refused.refused(409, "wrong-state");
    assert_eq!(
        (&refused["state"], &refused["lot_id"]),
        (&json!("returned"), &json!(relief.lot))
    );
    let movement = first["movement_id"].as_str().unwrap_or_default();
    field.reverse(movement).await.expect(201);
    let shown = relief
        .worker
        .get(&format!("/v1/returns/{movement}"))
        .await
        .expect(200);
    assert!(shown["reversed_by_id"].is_string());
    field.take_back(&lines(60)).await.expect(201);
    server.prove().await;
});

on_both!(two_who_take_the_same_back_do_not_both, async |server| {
    let field = field(server).await;
    let lines = [came(field.lot(), 60, 0, json!({}))];
    let (one, other) = tokio::join!(field.take_back(&lines), field.take_back(&lines));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422]);
    let rest = [came(field.lot(), 40, 0, json!({}))];
    let (back, undone) = tokio::join!(field.take_back(&rest), field.reverse(&field.issue));
    assert!(undone.status == 409, "{}", undone.text);
    back.expect(201);
    server.prove().await;
});

on_both!(goods_of_no_known_lot_become_one, async |server| {
    let field = field(server).await;
    let (worker, relief) = (&field.relief.worker, &field.relief);
    let lot = "lot_01h455vb4pex5vsknk084sn02q";
    let goods = json!({
        "item_id": relief.item, "new_lot_id": lot, "remark": "无标签", "owner_id": relief.ground.city,
    });
    let lines = [
        came(field.lot(), 1, 0, json!({})),
        came(goods, 2, 4, json!({ "unit": "箱", "cleaned": false })),
    ];
    let made = field.take_back(&lines).await.expect(201);
    assert_eq!(made["lines"][1]["lot_id"], lot);
    assert_eq!(made["lines"][1]["source"], "recovery");
    assert_eq!(made["lines"][1]["condition"], "needs_repair");
    let shown = worker.get(&format!("/v1/lots/{lot}")).await.expect(200);
    assert_eq!(shown["lot"]["owner_id"], relief.ground.city.as_str());
    assert_eq!(shown["lot"]["remark"], "无标签");
    assert_eq!(shown["totals"]["on_hand"], 20);
    // Nobody owes it: it can go out and come back as any other.
    let none = [came(json!({ "lot_id": lot }), 1, 0, json!({}))];
    field.take_back(&none).await.refused(422, "invalid-request");
    let body = json!({
        "depot_id": relief.depot, "override": { "reason": "急用" },
        "lines": [{ "lot_id": lot, "condition": "needs_repair", "quantity": 5 }],
    });
    worker.post("/v1/issues", body).await.expect(201);
    field.take_back(&none).await.expect(201);
    server.prove().await;
});

on_both!(a_hand_over_of_what_came_back_stands, async |server| {
    let field = field(server).await;
    let (worker, relief) = (&field.relief.worker, &field.relief);
    let disaster = relief.disaster().await;
    let line = json!({ "lot_id": relief.lot, "quantity": 20 });
    let sent = order(relief, &disaster, line).await;
    relief.pick(&sent).await;
    let shipment = id(&relief.ship(&sent, json!({})).await);
    let path = format!("/v1/shipments/{shipment}/hand-overs");
    let handed = worker.post(&path, signed(&relief.lot, 20, true)).await;
    let hand_over = id(&handed.expect(200)["hand_overs"][0]);
    // The 100 that were issued and 15 of the 20 that were handed over.
    let lines = [came(field.lot(), 115, 0, json!({}))];
    let made = field.take_back(&lines).await.expect(201);
    let path = format!("/v1/hand-overs/{hand_over}/reverse");
    let reason = || json!({ "reason": "登记错误" });
    let refused = worker.post(&path, reason()).await;
    assert_eq!(refused.refused(409, "wrong-state")["state"], "returned");
    let movement = made["movement_id"].as_str().unwrap_or_default();
    field.reverse(movement).await.expect(201);
    worker.post(&path, reason()).await.expect(200);
    server.prove().await;
});
