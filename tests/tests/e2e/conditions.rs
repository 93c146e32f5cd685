//! Goods become something else than the book says, and the reason is kept.

mod tampering;

use serde_json::{Value, json};
use tests::{Answer, Client, Relief, Server, client::id, on_both};

/// The provincial depot with 200 quilts of one lot in its main zone.
struct Shelf {
    relief: Relief,
    main: String,
    /// Where goods are set apart.
    apart: String,
}

async fn shelf(server: &Server) -> Shelf {
    let relief = server.relief().await;
    let path = format!("/v1/depots/{}/zones", relief.depot);
    let main = id(&relief.worker.get(&path).await.expect(200)["items"][0]);
    let zone = json!({ "code": "Q", "name": "待检区" });
    let apart = id(&relief.worker.post(&path, zone).await.expect(201));
    Shelf {
        relief,
        main,
        apart,
    }
}

impl Shelf {
    fn body(&self, reason: &str, [from, to]: [&str; 2], quantity: i64, more: Value) -> Value {
        let mut body = json!({
            "depot_id": self.relief.depot, "reason": reason, "found_by": "王检", "lines": [{
                "lot_id": self.relief.lot, "zone_id": self.main, "from": from, "to": to,
                "quantity": quantity,
            }],
        });
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
            body.extend(more);
        }
        body
    }

    async fn change(&self, reason: &str, ways: [&str; 2], quantity: i64, more: Value) -> Answer {
        let body = self.body(reason, ways, quantity, more);
        self.relief.worker.post("/v1/condition-changes", body).await
    }

    /// Quantities by zone and condition.
    async fn lies(&self) -> Vec<(String, String, i64)> {
        let path = format!("/v1/balances?lot_id={}", self.relief.lot);
        let page = self.relief.worker.get(&path).await.expect(200);
        let mut found: Vec<_> = list(&page)
            .iter()
            .map(|row| {
                let zone = if row["zone_id"] == self.apart.as_str() {
                    "apart"
                } else {
                    "main"
                };
                let condition = row["condition"].as_str().unwrap_or_default().to_owned();
                (
                    zone.to_owned(),
                    condition,
                    row["on_hand"].as_i64().unwrap_or(-1),
                )
            })
            .collect();
        found.sort();
        found
    }
}

fn list(page: &Value) -> &[Value] {
    page["items"].as_array().map_or(&[], Vec::as_slice)
}

fn lie(expected: &[(&str, &str, i64)]) -> Vec<(String, String, i64)> {
    let owned = |(zone, condition, quantity): &(&str, &str, i64)| {
        ((*zone).to_owned(), (*condition).to_owned(), *quantity)
    };
    expected.iter().map(owned).collect()
}

on_both!(from_quarantine_to_the_shelf_or_the_scrap, async |server| {
    let shelf = shelf(server).await;
    let lot = shelf.relief.lot.clone();
    let apart = json!({ "lines": [{
        "lot_id": lot, "zone_id": shelf.main, "to_zone_id": shelf.apart, "from": "usable",
        "to": "quarantined", "quantity": 5, "unit": "箱",
    }] });
    let made = shelf
        .change("suspect", ["usable", "quarantined"], 0, apart)
        .await;
    let made = made.expect(201);
    assert_eq!(made["lines"][0]["quantity"], 50);
    assert_eq!(made["lines"][0]["to_zone_id"], shelf.apart.as_str());
    assert_eq!(
        shelf.lies().await,
        lie(&[("apart", "quarantined", 50), ("main", "usable", 150)])
    );
    let back = |to: &str, quantity: i64| {
        json!({ "paper_number": "JY-2026-7", "lines": [{
            "lot_id": lot, "zone_id": shelf.apart, "to_zone_id": shelf.main,
            "from": "quarantined", "to": to, "quantity": quantity,
        }] })
    };
    let ways = ["quarantined", "usable"];
    shelf
        .change("test_passed", ways, 0, back("usable", 20))
        .await
        .expect(201);
    shelf
        .change("test_failed", ways, 0, back("needs_repair", 20))
        .await
        .expect(201);
    shelf
        .change("test_failed", ways, 0, back("condemned", 10))
        .await
        .expect(201);
    let ways = ["needs_repair", "usable"];
    shelf
        .change("repaired", ways, 15, json!({}))
        .await
        .expect(201);
    let ways = ["needs_repair", "condemned"];
    let last = shelf
        .change("beyond_repair", ways, 5, json!({ "note": "撕裂" }))
        .await;
    let last = last.expect(201);
    assert_eq!(
        shelf.lies().await,
        lie(&[("main", "condemned", 15), ("main", "usable", 185)])
    );

    // Each is read back, one by one and in lists; the movement says the same goods.
    let path = last["movement_id"].as_str().unwrap_or_default();
    let movement = format!("/v1/movements/{path}");
    let path = format!("/v1/condition-changes/{path}");
    let worker = &shelf.relief.worker;
    assert_eq!(worker.get(&path).await.expect(200), last);
    assert_eq!(last["found_by"], "王检");
    assert_eq!(last["lines"][0]["from_condition"], "needs_repair");
    let kind = worker.get(&movement).await.expect(200);
    assert_eq!(kind["kind"], "condition_change");
    let count = async |query: &str| {
        let path = format!("/v1/condition-changes?{query}");
        list(&worker.get(&path).await.expect(200)).len()
    };
    assert_eq!(count("limit=200").await, 6);
    assert_eq!(count("reason=test_failed").await, 2);
    assert_eq!(count(&format!("lot_id={lot}&condition=condemned")).await, 2);
    assert_eq!(
        count(&format!("depot_id={}", shelf.relief.city_depot)).await,
        0
    );
    assert_eq!(count("since=2200-01-01T00:00:00Z").await, 0);

    // A mistake is undone by a reversal, even where no reason leads back.
    worker
        .post(&format!("{movement}/reverse"), json!({}))
        .await
        .expect(201);
    let shown = worker.get(&path).await.expect(200);
    assert!(shown["reversed_by_id"].is_string(), "{shown}");
    assert_eq!(
        shelf.lies().await,
        lie(&[
            ("main", "condemned", 10),
            ("main", "needs_repair", 5),
            ("main", "usable", 185)
        ])
    );
    server.prove().await;
});

on_both!(
    promised_goods_do_not_change_under_the_promise,
    async |server| {
        let shelf = shelf(server).await;
        let worker = &shelf.relief.worker;
        let deadline = (server.clock.now() + chrono::TimeDelta::hours(2)).to_rfc3339();
        let body = json!({
            "depot_id": shelf.relief.depot, "deadline_at": deadline,
            "lines": [{ "lot_id": shelf.relief.lot, "quantity": 150 }],
        });
        let held = id(&worker.post("/v1/reservations", body).await.expect(201));
        let ways = ["usable", "quarantined"];
        let refused = shelf.change("suspect", ways, 51, json!({})).await;
        let refused = refused.refused(409, "insufficient-stock");
        assert_eq!(refused["reservation_ids"], json!([held]));
        assert_eq!(refused["available"], 50);
        shelf
            .change("suspect", ways, 50, json!({}))
            .await
            .expect(201);
        // What is not there at all is nobody's promise.
        let none = shelf
            .change("beyond_repair", ["needs_repair", "condemned"], 1, json!({}))
            .await;
        assert!(none.refused(409, "insufficient-stock")["reservation_ids"].is_null());
        worker
            .post(&format!("/v1/reservations/{held}/release"), json!({}))
            .await
            .expect(200);
        shelf
            .change("suspect", ways, 150, json!({}))
            .await
            .expect(201);
        server.prove().await;
    }
);

on_both!(what_the_table_does_not_permit_is_refused, async |server| {
    let shelf = shelf(server).await;
    let check = async |reason: &str, ways: [&str; 2], expected: &[(&str, &str)]| {
        let answer = shelf.change(reason, ways, 1, json!({})).await;
        answer.refused(422, "invalid-request");
        let expected: Vec<_> = expected
            .iter()
            .map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned()))
            .collect();
        assert_eq!(answer.faults(), expected, "{reason} {ways:?}");
    };
    let not_permitted = ("/lines/0/to", "not-permitted");
    check("repaired", ["condemned", "usable"], &[not_permitted]).await;
    check("suspect", ["quarantined", "usable"], &[not_permitted]).await;
    check("damaged", ["usable", "usable"], &[("/lines/0/to", "same")]).await;
    check(
        "test_passed",
        ["usable", "quarantined"],
        &[not_permitted, ("/paper_number", "required")],
    )
    .await;
    check("mood", ["usable", "quarantined"], &[("/reason", "choice")]).await;
    // Places of nobody and lots of nobody, all at once.
    let nowhere = "zone_01h455vb4pex5vsknk084sn02q";
    let more = json!({ "lines": [{
        "lot_id": "lot_01h455vb4pex5vsknk084sn02q", "zone_id": nowhere, "to_zone_id": nowhere,
        "from": "usable", "to": "quarantined", "quantity": 1,
    }] });
    let answer = shelf
        .change("suspect", ["usable", "quarantined"], 1, more)
        .await;
    let pointers: Vec<_> = answer
        .faults()
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect();
    assert_eq!(
        pointers,
        ["/lines/0/lot_id", "/lines/0/to_zone_id", "/lines/0/zone_id"]
    );
    assert_eq!(shelf.lies().await, lie(&[("main", "usable", 200)]));
});

on_both!(others_neither_change_nor_see_them, async |server| {
    let shelf = shelf(server).await;
    let ground = &shelf.relief.ground;
    let made = shelf
        .change("damaged", ["usable", "needs_repair"], 3, json!({}))
        .await;
    let made = made.expect(201);
    let path = format!(
        "/v1/condition-changes/{}",
        made["movement_id"].as_str().unwrap_or_default()
    );
    let body = || shelf.body("damaged", ["usable", "needs_repair"], 3, json!({}));
    let stranger = server.person(&["keeper"], &ground.county).await;
    stranger.get(&path).await.refused(404, "not-found");
    let none = stranger.get("/v1/condition-changes").await.expect(200);
    assert_eq!(list(&none), [] as [Value; 0]);
    let answer = stranger.post("/v1/condition-changes", body()).await;
    assert_eq!(
        answer.faults(),
        [("/depot_id".to_owned(), "reference".to_owned())]
    );
    let auditor: Client = server.person(&["auditor"], &ground.province).await;
    auditor.get(&path).await.expect(200);
    let refused = auditor.post("/v1/condition-changes", body()).await;
    assert_eq!(
        refused.refused(403, "forbidden")["capability"],
        "post_stock"
    );
    // A movement of another kind is no change of condition.
    let page = auditor.get("/v1/movements?kind=receipt").await.expect(200);
    let other = format!("/v1/condition-changes/{}", id(&page["items"][0]));
    auditor.get(&other).await.refused(404, "not-found");
});
