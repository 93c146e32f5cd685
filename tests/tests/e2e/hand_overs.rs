//! Goods on the road: drops, what is called back, and what is undone.

use serde_json::{Value, json};
use tests::{Client, Relief, client::id, on_both};

use crate::orders::{order, progress, show};

fn paper(lot: &str, figures: Value) -> Value {
    let mut line = json!({ "lot_id": lot, "received": 0 });
    if let (Some(line), Value::Object(figures)) = (line.as_object_mut(), figures) {
        line.extend(figures);
    }
    json!({ "given_by": "张三", "received_by": "李四", "lines": [line] })
}

fn last(lot: &str, figures: Value) -> Value {
    let mut paper = paper(lot, figures);
    paper["last"] = json!(true);
    paper
}

fn act(shipment: &str, action: &str) -> String {
    format!("/v1/shipments/{shipment}/{action}")
}

/// The figures of the only line of a shipment.
fn figures(shipment: &Value) -> [Option<i64>; 5] {
    ["received", "damaged", "short", "returned", "remaining"]
        .map(|member| shipment["lines"][0][member].as_i64())
}

/// What lies in the zones of a depot, whatever its condition.
async fn shelved(worker: &Client, depot: &str) -> i64 {
    let path = format!("/v1/balances?depot_id={depot}&limit=200");
    let page = worker.get(&path).await.expect(200);
    let rows = page["items"].as_array().expect("items");
    let shelves = rows.iter().filter(|row| !row["zone_id"].is_null());
    shelves.filter_map(|row| row["on_hand"].as_i64()).sum()
}

fn hand_over(shipment: &Value, number: usize) -> String {
    id(&shipment["hand_overs"][number])
}

fn reason() -> Value {
    json!({ "reason": "登记错误" })
}

async fn undo(worker: &Client, hand_over: &str) -> tests::client::Answer {
    let path = format!("/v1/hand-overs/{hand_over}/reverse");
    worker.post(&path, reason()).await
}

/// An order of the whole lot of 200 that is on the road.
async fn on_the_road(relief: &Relief, line: Value) -> (tests::Disaster, String, String) {
    let disaster = relief.disaster().await;
    let order = order(relief, &disaster, line).await;
    relief.pick(&order).await;
    let shipment = id(&relief.ship(&order, json!({})).await);
    (disaster, order, shipment)
}

on_both!(what_nobody_names_stays_on_the_road, async |server| {
    let relief = server.relief().await;
    let (_, order, shipment) = on_the_road(&relief, json!({ "quantity": 200 })).await;
    let (worker, lot) = (&relief.worker, &relief.lot);
    let path = act(&shipment, "hand-overs");
    let first = paper(lot, json!({ "received": 10, "damaged": 1 }));
    let first = worker.post(&path, first).await.expect(200);
    assert_eq!(figures(&first), [10, 1, 0, 0, 189].map(Some));
    let second = paper(lot, json!({ "received": 5 }));
    let second = worker.post(&path, second).await.expect(200);
    assert_eq!(figures(&second), [15, 1, 0, 0, 184].map(Some));
    assert_eq!(second["state"], "on_road");
    let nothing = worker.post(&path, paper(lot, json!({}))).await;
    assert_eq!(nothing.faults(), [("/lines".into(), "required".into())]);
    let missing = paper(lot, json!({ "short": 4 }));
    let missing = worker.post(&path, missing).await.expect(200);
    assert_eq!(figures(&missing), [15, 1, 4, 0, 180].map(Some));
    // Where every piece is accounted for, nobody needs to say that it was the last.
    let rest = paper(lot, json!({ "received": 178, "short": 2 }));
    let rest = worker.post(&path, rest).await.expect(200);
    assert_eq!(figures(&rest), [193, 1, 6, 0, 0].map(Some));
    assert_eq!(rest["state"], "arrived");
    assert_eq!(show(worker, &order).await["state"], "delivered");
    for action in ["hand-overs", "receive-back"] {
        let more = worker
            .post(&act(&shipment, action), last(lot, json!({})))
            .await;
        assert_eq!(more.refused(409, "wrong-state")["state"], "arrived");
    }
    server.prove().await;
});

on_both!(a_hand_over_is_undone_once_and_signed_anew, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    let need = relief.need(&disaster, 100).await;
    let line = json!({ "quantity": 100, "need_id": need });
    let order = order(&relief, &disaster, line).await;
    relief.pick(&order).await;
    let shipment = id(&relief.ship(&order, json!({})).await);
    let (worker, lot) = (&relief.worker, &relief.lot);
    let path = act(&shipment, "hand-overs");
    let first = paper(lot, json!({ "received": 60, "damaged": 5 }));
    worker.post(&path, first).await.expect(200);
    let wrong = last(lot, json!({ "received": 3 }));
    let wrong = worker.post(&path, wrong).await.expect(200);
    assert_eq!(figures(&wrong), [63, 5, 32, 0, 0].map(Some));
    assert_eq!(show(worker, &order).await["state"], "delivered");

    // Its movements are not undone one by one.
    let movements = worker
        .get(&format!("/v1/movements?shipment_id={shipment}"))
        .await
        .expect(200);
    let mut items = movements["items"].as_array().expect("items").iter();
    let issue = items.find(|it| it["kind"] == "issue");
    let path_of_one = format!("/v1/movements/{}/reverse", id(issue.expect("an issue")));
    let refused = worker.post(&path_of_one, json!({})).await;
    assert_eq!(refused.refused(409, "wrong-state")["state"], "shipped");

    let undone = undo(worker, &hand_over(&wrong, 1)).await;
    let undone = undone.expect(200);
    assert_eq!(undone["state"], "on_road");
    assert_eq!(undone["arrived_at"], Value::Null);
    assert_eq!(figures(&undone), [60, 5, 0, 0, 35].map(Some));
    let stays = &undone["hand_overs"][1];
    assert_eq!(stays["reversal_reason"], "登记错误");
    assert!(!stays["reversed_at"].is_null());
    let shown = show(worker, &order).await;
    assert_eq!(shown["state"], "dispatched");
    assert_eq!(shown["reason"], Value::Null);
    let step = shown["events"]
        .as_array()
        .and_then(|all| all.last())
        .expect("steps")
        .clone();
    assert_eq!(
        (&step["action"], &step["reason"]),
        (&json!("reverse_hand_over"), &json!("登记错误"))
    );
    assert_eq!(
        progress(&relief, &need).await,
        json!({ "ordered": 100, "on_the_road": 35, "received": 60, "lost": 5, "recalled": 0, "brought": 0, "called_off": 0, "substitutes": [] })
    );
    server.prove().await;
    let again = undo(worker, &hand_over(&wrong, 1)).await;
    assert_eq!(again.refused(409, "wrong-state")["state"], "reversed");

    let right = paper(lot, json!({ "received": 33, "short": 2 }));
    let right = worker.post(&path, right).await.expect(200);
    assert_eq!(right["state"], "arrived");
    assert_eq!(
        progress(&relief, &need).await,
        json!({ "ordered": 100, "on_the_road": 0, "received": 93, "lost": 7, "recalled": 0, "brought": 0, "called_off": 0, "substitutes": [] })
    );
    let history = worker
        .get(&format!("/v1/lots/{lot}/history"))
        .await
        .expect(200);
    let totals =
        ["on_hand", "on_road", "issued", "written_off"].map(|it| history["totals"][it].as_i64());
    assert_eq!(totals, [100, 0, 93, 7].map(Some));
    relief.act(&order, "close").await;
    let closed = undo(worker, &hand_over(&right, 2)).await;
    assert_eq!(closed.refused(409, "wrong-state")["state"], "closed");

    // Who does not see the shipment does not see its hand-overs, and who sees it may not do so.
    let stranger = server
        .person(&["keeper"], &relief.ground.other_county)
        .await;
    let hidden = undo(&stranger, &hand_over(&right, 2)).await;
    hidden.refused(404, "not-found");
    let onlooker = server.person(&["approver"], &relief.ground.province).await;
    let forbidden = undo(&onlooker, &hand_over(&right, 2)).await;
    forbidden.refused(403, "forbidden");
    server.prove().await;
});

on_both!(
    goods_that_went_on_are_not_taken_from_anybody,
    async |server| {
        let relief = server.relief().await;
        let (worker, lot) = (&relief.worker, &relief.lot);
        let body = json!({
            "depot_id": relief.depot, "to_depot_id": relief.city_depot,
            "lines": [{ "lot_id": lot, "quantity": 50 }],
        });
        let shipment = id(&worker.post("/v1/shipments", body).await.expect(201));
        let drop = last(lot, json!({ "received": 40, "damaged": 3 }));
        let signed = worker
            .post(&act(&shipment, "hand-overs"), drop)
            .await
            .expect(200);
        let hand_over = hand_over(&signed, 0);
        let issue = json!({
            "depot_id": relief.city_depot, "lines": [{ "lot_id": lot, "quantity": 10 }],
        });
        let issue = id(&worker.post("/v1/issues", issue).await.expect(201));
        let refused = undo(worker, &hand_over).await;
        let problem = refused.refused(409, "insufficient-stock");
        assert_eq!(
            (&problem["available"], &problem["requested"]),
            (&json!(33), &json!(43))
        );
        assert_eq!(shelved(worker, &relief.city_depot).await, 33);
        let back = format!("/v1/movements/{issue}/reverse");
        worker.post(&back, json!({})).await.expect(201);
        let undone = undo(worker, &hand_over).await.expect(200);
        assert_eq!(figures(&undone), [0, 0, 0, 0, 50].map(Some));
        assert_eq!(
            undone["hand_overs"][0]["reversed_by_id"],
            json!(relief.ground.city)
        );
        assert_eq!(shelved(worker, &relief.city_depot).await, 0);
        server.prove().await;
    }
);

on_both!(
    what_was_recalled_is_back_when_the_depot_has_it,
    async |server| {
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        let need = relief.need(&disaster, 100).await;
        let line = json!({ "quantity": 40, "need_id": need });
        let order = order(&relief, &disaster, line).await;
        relief.pick(&order).await;
        let shipment = id(&relief.ship(&order, json!({})).await);
        let (worker, lot) = (&relief.worker, &relief.lot);
        let sign = act(&shipment, "hand-overs");
        let drop = paper(lot, json!({ "received": 15 }));
        worker.post(&sign, drop).await.expect(200);
        let recall = format!("/v1/dispatch-orders/{order}/recall");
        worker
            .post(&recall, json!({ "reason": "道路中断" }))
            .await
            .expect(200);
        let path = format!("/v1/shipments/{shipment}");
        let recalled = worker.get(&path).await.expect(200);
        assert_eq!(recalled["state"], "recalled");
        assert_eq!(recalled["recall_reason"], "道路中断");
        assert_eq!(recalled["recalled_by_id"], json!(relief.ground.province));
        assert_eq!(figures(&recalled), [15, 0, 0, 0, 25].map(Some));
        // The lorry is still away: nothing of it can be promised, and nobody waits for it.
        assert_eq!(shelved(worker, &relief.depot).await, 160);
        assert_eq!(
            progress(&relief, &need).await,
            json!({ "ordered": 15, "on_the_road": 0, "received": 15, "lost": 0, "recalled": 25, "brought": 0, "called_off": 0, "substitutes": [] })
        );
        let greedy = json!({
            "depot_id": relief.depot, "site_id": disaster.site, "owner_id": relief.ground.province,
            "lines": [{ "item_id": relief.item, "quantity": 161 }],
        });
        let refused = worker.post("/v1/dispatch-orders", greedy).await;
        refused.refused(409, "insufficient-stock");
        let signed = worker
            .post(&sign, paper(lot, json!({ "received": 1 })))
            .await;
        assert_eq!(signed.refused(409, "wrong-state")["state"], "recalled");
        let close = format!("/v1/incidents/{}/close", disaster.incident);
        let refused = worker.act(&close).await;
        assert_eq!(refused.refused(409, "wrong-state")["running_orders"], 1);

        let receive = act(&shipment, "receive-back");
        let mut elsewhere = paper(lot, json!({ "received": 1 }));
        elsewhere["zone_id"] = json!("zone_00000000000000000000000000");
        let refused = worker.post(&receive, elsewhere).await;
        assert_eq!(refused.faults(), [("/zone_id".into(), "reference".into())]);
        let part = paper(lot, json!({ "received": 10, "damaged": 2 }));
        let part = worker.post(&receive, part).await.expect(200);
        assert_eq!(part["state"], "recalled");
        assert_eq!(figures(&part), [15, 0, 0, 12, 13].map(Some));
        assert_eq!(part["hand_overs"][1]["way"], "back");
        assert_eq!(shelved(worker, &relief.depot).await, 172);
        let all = last(lot, json!({ "received": 9 }));
        let all = worker.post(&receive, all).await.expect(200);
        assert_eq!(all["state"], "returned");
        assert_eq!(figures(&all), [15, 0, 4, 21, 0].map(Some));
        let line = &show(worker, &order).await["lines"][0];
        let accounts = ["received", "lost", "recalled", "returned"].map(|it| line[it].as_i64());
        assert_eq!(accounts, [15, 4, 0, 21].map(Some));
        assert_eq!(
            progress(&relief, &need).await,
            json!({ "ordered": 19, "on_the_road": 0, "received": 15, "lost": 4, "recalled": 0, "brought": 0, "called_off": 0, "substitutes": [] })
        );
        for path in [&sign, &receive] {
            let more = worker
                .post(path, paper(lot, json!({ "received": 1 })))
                .await;
            assert_eq!(more.refused(409, "wrong-state")["state"], "returned");
        }
        server.prove().await;

        worker.act(&close).await.expect(200);
        let refused = undo(worker, &hand_over(&all, 2)).await;
        assert_eq!(refused.refused(409, "wrong-state")["state"], "closed");
        let reopen = format!("/v1/incidents/{}/reopen", disaster.incident);
        worker.act(&reopen).await.expect(200);
        let undone = undo(worker, &hand_over(&all, 2)).await.expect(200);
        assert_eq!(undone["state"], "recalled");
        assert_eq!(figures(&undone), [15, 0, 0, 12, 13].map(Some));
        // A drop that was signed before the recall was wrong, too: its goods are on their way back.
        let undone = undo(worker, &hand_over(&all, 0)).await.expect(200);
        assert_eq!(figures(&undone), [0, 0, 0, 12, 28].map(Some));
        assert_eq!(progress(&relief, &need).await["recalled"], 28);
        let shown = show(worker, &order).await;
        assert_eq!(
            (&shown["state"], &shown["reason"]),
            (&json!("recalled"), &json!("道路中断"))
        );
        server.prove().await;
    }
);

on_both!(a_transfer_between_depots_is_recalled, async |server| {
    let relief = server.relief().await;
    let (worker, lot) = (&relief.worker, &relief.lot);
    let (_, order, ordered) = on_the_road(&relief, json!({ "quantity": 20 })).await;
    let refused = worker.post(&act(&ordered, "recall"), reason()).await;
    let problem = refused.refused(409, "wrong-state");
    assert_eq!(
        (&problem["state"], &problem["order_id"]),
        (&json!("ordered"), &json!(order))
    );
    let body = json!({
        "depot_id": relief.depot, "to_depot_id": relief.city_depot,
        "lines": [{ "lot_id": lot, "quantity": 50 }],
    });
    let shipment = id(&worker.post("/v1/shipments", body).await.expect(201));
    let receive = act(&shipment, "receive-back");
    let early = worker.post(&receive, last(lot, json!({}))).await;
    assert_eq!(early.refused(409, "wrong-state")["state"], "on_road");
    let city = server.person(&["keeper"], &relief.ground.city).await;
    let forbidden = city.post(&act(&shipment, "recall"), reason()).await;
    assert_eq!(forbidden.refused(403, "forbidden")["capability"], "ship");

    let recalled = worker.post(&act(&shipment, "recall"), reason()).await;
    assert_eq!(recalled.expect(200)["state"], "recalled");
    let again = worker.post(&act(&shipment, "recall"), reason()).await;
    assert_eq!(again.refused(409, "wrong-state")["state"], "recalled");
    for (state, expected) in [("recalled", &shipment), ("on_road", &ordered)] {
        let found = worker
            .get(&format!("/v1/shipments?state={state}"))
            .await
            .expect(200);
        let found: Vec<_> = found["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(id)
            .collect();
        assert_eq!(found.join(" "), **expected, "{state}");
    }
    let sign = act(&shipment, "hand-overs");
    let signed = city
        .post(&sign, paper(lot, json!({ "received": 50 })))
        .await;
    assert_eq!(signed.refused(409, "wrong-state")["state"], "recalled");
    let forbidden = city.post(&receive, last(lot, json!({}))).await;
    forbidden.refused(403, "forbidden");
    let returned = paper(lot, json!({ "received": 50 }));
    let returned = worker.post(&receive, returned).await.expect(200);
    assert_eq!(returned["state"], "returned");
    assert_eq!(shelved(worker, &relief.depot).await, 180);
    let found = worker.get("/v1/shipments?state=returned").await.expect(200);
    assert_eq!(found["items"][0]["id"], json!(shipment));
    let refused = worker.post(&act(&shipment, "recall"), reason()).await;
    assert_eq!(refused.refused(409, "wrong-state")["state"], "returned");
    server.prove().await;
});
