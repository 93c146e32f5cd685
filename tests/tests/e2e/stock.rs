//! A keeper's day: goods come in, move, change, go out, and every paper can be read again.

mod bad_input;
mod owners;
mod reservations;
mod withheld;

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Answer, Client, Relief, Server, client::id, on_both};

/// The zones of a depot; the first of them is its main one.
async fn zones(worker: &Client, depot: &str) -> Vec<String> {
    let page = worker.get(&format!("/v1/depots/{depot}/zones")).await;
    let page = page.expect(200);
    list(&page).iter().map(id).collect()
}

/// A second zone of the provincial depot beside its main one.
async fn two_zones(relief: &Relief) -> [String; 2] {
    let main = zones(&relief.worker, &relief.depot).await.remove(0);
    let path = format!("/v1/depots/{}/zones", relief.depot);
    let zone = json!({ "code": "B", "name": "二号库" });
    let second = relief.worker.post(&path, zone).await.expect(201);
    [main, id(&second)]
}

/// The members `items` of a page.
fn list(page: &Value) -> &[Value] {
    page["items"].as_array().map_or(&[], Vec::as_slice)
}

/// Issues from a depot; `more` is added to the paper.
async fn issue(worker: &Client, depot: &str, lines: Value, more: Value) -> Answer {
    let mut body = json!({ "depot_id": depot, "lines": lines });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    worker.post("/v1/issues", body).await
}

/// Balances under a query, as `(zone, lot, condition, on hand, reserved)`.
async fn balances(worker: &Client, query: &str) -> Vec<(String, String, String, i64, i64)> {
    let page = worker.get(&format!("/v1/balances?limit=200&{query}")).await;
    let page = page.expect(200);
    let text = |row: &Value, member: &str| row[member].as_str().unwrap_or_default().to_owned();
    let number = |row: &Value, member: &str| row[member].as_i64().unwrap_or_default();
    let row = |row: &Value| {
        (
            text(row, "zone_id"),
            text(row, "lot_id"),
            text(row, "condition"),
            number(row, "on_hand"),
            number(row, "reserved"),
        )
    };
    list(&page).iter().map(row).collect()
}

// Moves the server's clock on, so that the next paper is recorded at another moment.
fn later(server: &Server) {
    server.clock.advance(Duration::from_secs(5));
}

on_both!(a_receipt_makes_a_lot_of_every_line, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let [main, second] = two_zones(&relief).await;
    let body = json!({
        "depot_id": relief.depot, "paper_number": "RK-2026-1", "counterparty": "某厂",
        "lines": [
            {
                "item_id": relief.item, "quantity": 3, "unit": "箱", "source": "purchase",
                "batch": "A-1", "maker": "某厂", "produced_on": "2026-01-05",
                "expires_on": "2099-01-05", "unit_value": "45.7",
            },
            {
                "item_id": relief.item, "quantity": 5, "source": "donation", "donor": "某人",
                "zone_id": second, "condition": "quarantined",
                "restriction": { "kind": "programme", "programme": "冬令" },
            },
        ],
    });
    let answer = worker.post("/v1/receipts", body).await;
    let movement = &answer.expect(201)["movement"];
    let read = worker.get(answer.header("location")).await.expect(200);
    assert_eq!(&read, movement);
    assert_eq!(read["kind"], "receipt");
    assert_eq!(read["hidden_line_count"], 0);
    let lots: Vec<_> = [0, 1]
        .map(|line| {
            read["lines"][line]["lot_id"]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        })
        .to_vec();
    assert_eq!(read["lines"][0]["quantity"], 30);
    assert_eq!(read["lines"][0]["from"]["kind"], "source");
    assert_eq!(read["lines"][1]["to"]["zone_id"], second.as_str());

    let lot = worker
        .get(&format!("/v1/lots/{}", lots[0]))
        .await
        .expect(200);
    assert_eq!(lot["lot"]["unit_value"], "45.7");
    assert_eq!(lot["lot"]["expires_on"], "2099-01-05");
    assert_eq!(lot["lot"]["owner_id"], relief.ground.province.as_str());
    assert_eq!(lot["totals"]["on_hand"], 30);

    let (whole, bound) = (lots[0].clone(), lots[1].clone());
    let query = format!("zone_id={second}");
    let kept = (
        second.clone(),
        bound.clone(),
        "quarantined".to_owned(),
        5,
        0,
    );
    assert_eq!(balances(worker, &query).await, std::slice::from_ref(&kept));
    assert_eq!(balances(worker, "condition=quarantined").await, [kept]);
    let query = format!("lot_id={whole}");
    let kept = (main, whole.clone(), "usable".to_owned(), 30, 0);
    assert_eq!(balances(worker, &query).await, [kept]);
    let page = worker
        .get("/v1/balances?condition=quarantined")
        .await
        .expect(200);
    assert_eq!(page["items"][0]["withheld"], "quarantined");
    assert_eq!(page["items"][0]["available"], 0);
    let page = worker.get("/v1/lots?batch=A-1").await.expect(200);
    assert_eq!(id(&list(&page)[0]), whole);
    server.prove().await;
});

on_both!(goods_move_change_and_are_read_back, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let [main, second] = two_zones(&relief).await;
    let (depot, lot) = (&relief.depot, &relief.lot);
    later(server);
    let body = json!({ "depot_id": depot, "lines": [{
        "lot_id": lot, "from_zone_id": main, "to_zone_id": second, "quantity": 8, "unit": "箱",
    }] });
    let moved = worker.post("/v1/zone-transfers", body).await.expect(201);
    later(server);
    let body = json!({ "depot_id": depot, "reason": "damaged", "found_by": "王", "lines": [{
        "lot_id": lot, "zone_id": second, "from": "usable", "to": "needs_repair", "quantity": 30,
    }] });
    worker.post("/v1/condition-changes", body).await.expect(201);
    later(server);
    let line = json!([{ "lot_id": lot, "zone_id": second, "quantity": 20 }]);
    let more = json!({ "counterparty": "洞桥镇", "paper_number": "CK-1" });
    let issued = issue(worker, depot, line, more).await.expect(201);
    let of = |zone: &str, condition: &str, on_hand| {
        (
            zone.to_owned(),
            lot.clone(),
            condition.to_owned(),
            on_hand,
            0,
        )
    };
    let mut expected = [
        of(&main, "usable", 120),
        of(&second, "needs_repair", 30),
        of(&second, "usable", 30),
    ];
    expected.sort();
    let mut found = balances(worker, &format!("depot_id={depot}")).await;
    found.sort();
    assert_eq!(found, expected);

    let page = worker
        .get(&format!("/v1/movements?lot_id={lot}"))
        .await
        .expect(200);
    let kinds: Vec<_> = list(&page).iter().map(|row| &row["kind"]).collect();
    assert_eq!(kinds, ["issue", "condition_change", "transfer", "receipt"]);
    let counts: Vec<_> = list(&page).iter().map(|row| &row["line_count"]).collect();
    assert_eq!(counts, [1, 2, 1, 1]);
    let page = worker.get("/v1/movements?kind=issue").await.expect(200);
    assert_eq!(id(&list(&page)[0]), id(&issued));
    for made in [&moved, &issued] {
        let read = worker.get(&format!("/v1/movements/{}", id(made))).await;
        assert_eq!(&read.expect(200), made);
    }

    // Forward to every hand that got a piece, and back to the source.
    let history = worker
        .get(&format!("/v1/lots/{lot}/history"))
        .await
        .expect(200);
    let ways: Vec<_> = list(&history)
        .iter()
        .map(|row| {
            let kind = |end: &str| row[end]["kind"].as_str().unwrap_or_default().to_owned();
            (
                kind("from"),
                kind("to"),
                row["quantity"].as_i64().unwrap_or_default(),
            )
        })
        .collect();
    let way = |from: &str, to: &str, quantity| (from.to_owned(), to.to_owned(), quantity);
    assert_eq!(
        ways,
        [
            way("source", "zone", 200),
            way("zone", "zone", 80),
            way("zone", "conversion", 30),
            way("conversion", "zone", 30),
            way("zone", "recipient", 20),
        ]
    );
    assert_eq!(history["items"][4]["counterparty"], "洞桥镇");
    let totals = &history["totals"];
    for (member, amount) in [
        ("received", 200),
        ("on_hand", 180),
        ("issued", 20),
        ("converted_in", 30),
        ("converted_out", 30),
    ] {
        assert_eq!(totals[member], amount, "{member} of {totals}");
    }
    assert_eq!(totals["complete"], true);
    server.prove().await;
});

on_both!(
    a_reversal_goes_back_the_way_the_goods_came,
    async |server| {
        let relief = server.relief().await;
        let (worker, depot, lot) = (&relief.worker, &relief.depot, &relief.lot);
        let line = json!([{ "lot_id": lot, "quantity": 150 }]);
        let issued = id(&issue(worker, depot, line, json!({})).await.expect(201));
        let path = format!("/v1/movements/{issued}/reverse");
        let reversal = worker
            .post(&path, json!({ "note": "录错" }))
            .await
            .expect(201);
        assert_eq!(reversal["kind"], "reversal");
        assert_eq!(reversal["reverses_id"], issued.as_str());
        assert_eq!(reversal["lines"][0]["from"]["kind"], "recipient");
        let read = worker
            .get(&format!("/v1/movements/{issued}"))
            .await
            .expect(200);
        assert_eq!(read["reversed_by_id"], id(&reversal).as_str());
        assert_eq!(worker.on_hand(depot).await, (200, 0));

        let twice = worker
            .post(&path, json!({}))
            .await
            .refused(409, "wrong-state");
        assert_eq!(twice["state"], "reversed");
        assert_eq!(twice["reversed_by"], id(&reversal).as_str());
        let path = format!("/v1/movements/{}/reverse", id(&reversal));
        let back = worker
            .post(&path, json!({}))
            .await
            .refused(409, "wrong-state");
        assert_eq!(back["state"], "reversal");
        assert_eq!(back["reverses"], issued.as_str());

        // What is gone cannot be taken back from whoever brought it.
        let line = json!([{ "lot_id": lot, "quantity": 1 }]);
        issue(worker, depot, line, json!({})).await.expect(201);
        let page = worker.get("/v1/movements?kind=receipt").await.expect(200);
        let path = format!("/v1/movements/{}/reverse", id(&list(&page)[0]));
        let gone = worker
            .post(&path, json!({}))
            .await
            .refused(409, "insufficient-stock");
        assert_eq!(
            (&gone["available"], &gone["requested"]),
            (&json!(199), &json!(200))
        );
        server.prove().await;
    }
);

on_both!(
    the_stock_of_then_is_what_was_answered_then,
    async |server| {
        let relief = server.relief().await;
        let (worker, depot, lot) = (&relief.worker, &relief.depot, &relief.lot);
        let [main, second] = two_zones(&relief).await;
        let query = format!("/v1/balances?limit=200&depot_id={depot}");
        let mut answers = Vec::new();
        for step in 0..5 {
            later(server);
            let moved = match step {
                0 | 3 => {
                    let line = json!([{ "lot_id": lot, "zone_id": main, "quantity": 11 + step }]);
                    issue(worker, depot, line, json!({})).await.expect(201)
                }
                1 => {
                    let body = json!({ "depot_id": depot, "lines": [{
                    "lot_id": lot, "from_zone_id": main, "to_zone_id": second, "quantity": 50,
                }] });
                    worker.post("/v1/zone-transfers", body).await.expect(201)
                }
                2 => {
                    worker.receive(depot, &relief.item, 7, json!({})).await;
                    let page = worker.get("/v1/movements?limit=1").await.expect(200);
                    list(&page)[0].clone()
                }
                _ => {
                    let page = worker.get("/v1/movements?limit=1").await.expect(200);
                    let path = format!("/v1/movements/{}/reverse", id(&list(&page)[0]));
                    worker.post(&path, json!({})).await.expect(201)
                }
            };
            let now = worker.get(&query).await.expect(200);
            answers.push((
                moved["recorded_at"].as_str().unwrap_or_default().to_owned(),
                now,
            ));
        }
        later(server);
        for (moment, then) in &answers {
            let page = worker.get(&query).query("as_of", moment).await.expect(200);
            assert_eq!(page["items"], then["items"], "{moment}");
        }
        let ahead = worker
            .get(&query)
            .query("as_of", "2999-01-01T00:00:00Z")
            .await;
        ahead.refused(422, "invalid-query");
    }
);
