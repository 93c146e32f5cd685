//! Agreement stock stands beside depot stock and is never added to it.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, client::id, on_both};

use crate::agreements::agreed;

const PROMISED: &str = "/v1/virtual-warehouse/agreement-stock";

async fn list(who: &Client, query: &str) -> Vec<Value> {
    let page = who.get(&format!("{PROMISED}?{query}")).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

async fn item(who: &Client, query: &str) -> Value {
    let path = format!("/v1/virtual-warehouse/items?{query}");
    who.get(&path).await.expect(200)["items"][0].clone()
}

on_both!(promises_are_shown_apart, async |server| {
    let agreed = agreed(server).await;
    let worker = &agreed.relief.worker;
    let path = format!("/v1/agreements/{}/confirmations", agreed.agreement);
    let word = json!({
        "confirmed_by": "王", "confirmed_at": "2026-01-02T03:04:05Z",
        "lines": [{ "item_id": agreed.relief.item, "quantity": 430 }],
    });
    worker.post(&path, word).await.expect(200);
    let before = server
        .clock
        .now()
        .to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    server.clock.advance(std::time::Duration::from_secs(60));
    let call_off = agreed.call_off(100).await;
    let row = item(worker, "").await;
    assert_eq!(row["figures"]["on_hand"], 200);
    assert_eq!(row["figures"]["available"], 200);
    let promised = json!({
        "promised": 400, "agreements": 1, "first_response_h": 4, "confirmed": 430,
        "confirmed_since": "2026-01-02T03:04:05Z",
    });
    assert_eq!(row["agreements"], promised);
    let rows = list(worker, "").await;
    assert_eq!(rows.len(), 1);
    for (member, expected) in [
        ("promised", json!(400)),
        ("response_h", json!(4)),
        ("confirmed", json!(430)),
        ("agreement_id", json!(agreed.agreement)),
        ("supplier_name", json!("绍兴纺织厂")),
        ("ownership", json!("reserved")),
        ("agreement_number", json!("XY-1")),
    ] {
        assert_eq!(rows[0][member], expected, "{member}");
    }
    // As it was before the call, and while what was given up was still owed.
    server.clock.advance(std::time::Duration::from_secs(60));
    let owed = server
        .clock
        .now()
        .to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    server.clock.advance(std::time::Duration::from_secs(60));
    agreed.act(&call_off, "receive", agreed.receipt(30)).await;
    agreed
        .act(&call_off, "cancel", json!({ "reason": "x" }))
        .await;
    for (as_of, expected) in [(Some(&before), 500), (Some(&owed), 400), (None, 470)] {
        let query = as_of
            .map(|then| format!("as_of={then}"))
            .unwrap_or_default();
        assert_eq!(
            list(worker, &query).await[0]["promised"],
            expected,
            "{query}"
        );
        assert_eq!(
            item(worker, &query).await["agreements"]["promised"],
            expected,
            "{query}"
        );
    }
    assert!(list(worker, "as_of=2020-01-01T00:00:00Z").await.is_empty());
});

on_both!(every_filter_finds_what_it_means, async |server| {
    let agreed = agreed(server).await;
    let (worker, ground) = (&agreed.relief.worker, &agreed.relief.ground);
    let shown = worker
        .get(&format!("/v1/items/{}", agreed.relief.item))
        .await
        .expect(200);
    let category = shown["category_id"].as_str().unwrap().to_owned();
    let near_mill = "longitude=120.6&latitude=30.0";
    for (query, found) in [
        (format!("item_id={}", agreed.relief.item), 1),
        (format!("category_id={category}"), 1),
        (format!("organisation_id={}", ground.province), 1),
        (format!("organisation_id={}", ground.city), 0),
        (format!("owner_id={}", agreed.supplier), 1),
        (format!("owner_id={}", ground.city), 0),
        ("operation=supplier".to_owned(), 1),
        ("operation=own".to_owned(), 0),
        ("level=county".to_owned(), 0),
        ("state=operating".to_owned(), 0),
        ("condition=quarantined".to_owned(), 0),
        ("ownership=reserved".to_owned(), 1),
        ("ownership=own".to_owned(), 0),
        ("usable_until=2098-12-31".to_owned(), 1),
        ("usable_until=2099-01-01".to_owned(), 0),
        // Its place is known, its division is not.
        ("division=330600".to_owned(), 0),
        (format!("{near_mill}&radius_km=10"), 1),
        (format!("{near_mill}&radius_km=1"), 0),
        // Four hours until it stands ready, and then the way.
        (format!("{near_mill}&max_time_min=300"), 1),
        (format!("{near_mill}&max_time_min=240"), 0),
    ] {
        assert_eq!(list(worker, &query).await.len(), found, "{query}");
    }
    let near = list(worker, &format!("{near_mill}&max_time_min=300")).await;
    assert!(near[0]["distance_km"].as_f64().unwrap() < 5.0, "{near:?}");
    assert!(near[0]["time_min"].as_i64().unwrap() > 240, "{near:?}");
    // A county sees no promise made to its province.
    let county = server.person(&["auditor"], &ground.county).await;
    assert!(list(&county, "").await.is_empty());
    let refused = worker.get(&format!("{PROMISED}?max_time_min=60")).await;
    refused.refused(422, "invalid-query");
    assert_eq!(
        refused.faults(),
        [("max_time_min".to_owned(), "not-applicable".to_owned())]
    );
});

on_both!(an_item_that_only_suppliers_have_is_listed, async |server| {
    let agreed = agreed(server).await;
    let worker = &agreed.relief.worker;
    let shown = worker
        .get(&format!("/v1/items/{}", agreed.relief.item))
        .await
        .expect(200);
    let mut lines = Vec::new();
    for name in ["睡袋", "雨衣", "手电"] {
        let body = json!({
            "category_id": shown["category_id"], "organisation_id": agreed.relief.ground.province,
            "name": name, "base_unit": "个",
        });
        let item = id(&worker.post("/v1/items", body).await.expect(201));
        lines.push(json!({ "item_id": item, "quantity": 7, "response_h": 1 }));
    }
    let body = json!({
        "organisation_id": agreed.relief.ground.province, "supplier_id": agreed.supplier,
        "number": "XY-2", "first_day": "2020-01-01", "lines": lines,
    });
    worker.post("/v1/agreements", body).await.expect(201);
    // Page by page, each once and in order.
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/virtual-warehouse/items?limit=1{cursor}");
        let page = worker.get(&path).await.expect(200);
        for row in page["items"].as_array().unwrap() {
            let promised = row["agreements"]["promised"].as_i64().unwrap();
            let on_hand = row["figures"]["on_hand"].as_i64().unwrap();
            seen.push((
                row["item_id"].as_str().unwrap().to_owned(),
                on_hand,
                promised,
            ));
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let mut sorted = seen.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(seen, sorted);
    let figures: Vec<_> = seen
        .iter()
        .map(|(_, on_hand, promised)| (*on_hand, *promised))
        .collect();
    assert_eq!(figures, [(200, 500), (0, 7), (0, 7), (0, 7)]);
    // Page by page, promises too.
    let first = worker.get(&format!("{PROMISED}?limit=3")).await.expect(200);
    let next = first["next_cursor"].as_str().unwrap();
    let second = worker
        .get(&format!("{PROMISED}?limit=3&cursor={next}"))
        .await
        .expect(200);
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
});

on_both!(floors_and_owners_are_told, async |server| {
    let agreed = agreed(server).await;
    let (worker, relief) = (&agreed.relief.worker, &agreed.relief);
    // 200 of the province's own in its depot; 30 of the city's and 20 of the mill's beside them.
    let of = |owner: &str| json!({ "owner_id": owner });
    worker
        .receive(&relief.depot, &relief.item, 30, of(&relief.ground.city))
        .await;
    worker
        .receive(&relief.depot, &relief.item, 20, of(&agreed.supplier))
        .await;
    worker
        .receive(&relief.city_depot, &relief.item, 10, json!({}))
        .await;
    for (depot, floor) in [(&relief.depot, 60), (&relief.city_depot, 25)] {
        let path = format!("/v1/depots/{depot}/levels/{}", relief.item);
        let put = worker.call(Method::PUT, &path).if_match("\"v0\"");
        put.json(json!({ "floor": floor })).await.expect(200);
    }
    let row = item(worker, "").await;
    assert_eq!(row["figures"]["available"], 260);
    // Of the ten in the city's depot no more than ten are kept.
    assert_eq!(row["floors_kept"], 70);
    let now = server
        .clock
        .now()
        .to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
    assert_eq!(
        item(worker, &format!("as_of={now}")).await["floors_kept"],
        Value::Null
    );
    let depots = worker.get("/v1/virtual-warehouse/depots").await.expect(200);
    let kept = depots["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["floors_kept"].as_i64());
    let mut kept: Vec<_> = kept.map(Option::unwrap).collect();
    kept.sort_unstable();
    assert_eq!(kept, [10, 60]);
    for (ownership, expected) in [("own", 210), ("held", 30), ("consigned", 20)] {
        let query = format!("ownership={ownership}");
        assert_eq!(
            item(worker, &query).await["figures"]["on_hand"],
            expected,
            "{ownership}"
        );
        let path = format!("/v1/virtual-warehouse/lots?{query}");
        let lots = worker.get(&path).await.expect(200);
        for lot in lots["items"].as_array().unwrap() {
            assert_eq!(lot["ownership"], ownership, "{lot}");
        }
    }
    let none = worker
        .get("/v1/virtual-warehouse/depots?ownership=reserved")
        .await
        .expect(200);
    assert!(none["items"].as_array().unwrap().is_empty());
    // Half an hour round Hangzhou.
    let near = "longitude=120.2&latitude=30.2&max_time_min=30";
    let depots = worker
        .get(&format!("/v1/virtual-warehouse/depots?{near}"))
        .await
        .expect(200);
    let depots = depots["items"].as_array().unwrap();
    assert_eq!(depots.len(), 1);
    assert!(depots[0]["time_min"].as_i64().unwrap() <= 30);
});
