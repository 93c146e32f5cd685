//! Goods that had left before the book knew: the book gives way, and somebody looks why.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Answer, Client, Relief, Server, client::id, on_both};

use crate::orders::{order, show};

mod refusals;
mod tampering;

/// So long ago by the server's clock.
pub(crate) fn ago(server: &Server, minutes: i64) -> String {
    (server.clock.now() - chrono::TimeDelta::minutes(minutes)).to_rfc3339()
}

/// The only zone of the provincial depot.
pub(crate) async fn zone(relief: &Relief) -> String {
    let path = format!("/v1/depots/{}/zones", relief.depot);
    let page = relief.worker.get(&path).await.expect(200);
    id(&page["items"][0])
}

/// Tells of an issue of some of the lot of 200 quilts an hour ago; `more` is added to the paper.
pub(crate) async fn report(server: &Server, relief: &Relief, quantity: i64, more: Value) -> Answer {
    let mut body = json!({
        "depot_id": relief.depot, "late_fact": true, "occurred_at": ago(server, 60),
        "lines": [{ "lot_id": relief.lot, "zone_id": zone(relief).await, "quantity": quantity }],
    });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    relief.worker.post("/v1/issues", body).await
}

async fn hold(server: &Server, relief: &Relief, quantity: i64) -> String {
    let deadline = (server.clock.now() + chrono::TimeDelta::hours(2)).to_rfc3339();
    let body = json!({
        "depot_id": relief.depot, "deadline_at": deadline,
        "lines": [{ "lot_id": relief.lot, "quantity": quantity }],
    });
    let made = relief.worker.post("/v1/reservations", body).await;
    id(&made.expect(201))
}

async fn reservation(worker: &Client, id: &str) -> Value {
    let path = format!("/v1/reservations/{id}");
    worker.get(&path).await.expect(200)
}

async fn listed(worker: &Client, path: &str) -> Vec<Value> {
    let page = worker.get(path).await.expect(200);
    page["items"].as_array().cloned().unwrap_or_default()
}

on_both!(
    what_the_book_covers_is_an_issue_like_any_other,
    async |server| {
        let relief = server.relief().await;
        let held = hold(server, &relief, 50).await;
        report(server, &relief, 150, json!({})).await.expect(201);
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (50, 50));
        assert_eq!(reservation(&relief.worker, &held).await["state"], "held");
        assert!(listed(&relief.worker, "/v1/late-facts").await.is_empty());
        server.prove().await;
    }
);

on_both!(
    what_the_book_misses_is_found_and_promises_are_short,
    async |server| {
        let relief = server.relief().await;
        let worker = &relief.worker;
        let (older, younger) = (
            hold(server, &relief, 50).await,
            hold(server, &relief, 60).await,
        );
        // 200 there, 110 promised, 130 gone: the younger promise loses 40.
        let before = server.clock.now().to_rfc3339();
        server.clock.advance(Duration::from_secs(60));
        report(server, &relief, 130, json!({})).await.expect(201);
        assert_eq!(worker.on_hand(&relief.depot).await, (70, 70));
        assert_eq!(reservation(worker, &older).await["state"], "held");
        let shorted = reservation(worker, &younger).await;
        assert_eq!(shorted["state"], "shorted");
        assert_eq!(shorted["lines"][0]["quantity"], 60);
        assert_eq!(shorted["lines"][0]["short"], 40);
        let query = "/v1/reservations?state=shorted";
        assert_eq!(listed(worker, query).await, std::slice::from_ref(&shorted));
        // The past stays what it was.
        let then = format!("/v1/balances?depot_id={}&as_of=", relief.depot);
        let as_of = |moment: &str| format!("{then}{}", moment.replace('+', "%2B"));
        let past = listed(worker, &as_of(&before)).await;
        assert_eq!([&past[0]["on_hand"], &past[0]["reserved"]], [200, 110]);
        server.clock.advance(Duration::from_secs(60));
        let now = listed(worker, &as_of(&server.clock.now().to_rfc3339())).await;
        assert_eq!([&now[0]["on_hand"], &now[0]["reserved"]], [70, 70]);

        // 70 there, 80 gone: ten are found, and nothing is promised any more.
        let issue = report(server, &relief, 80, json!({})).await.expect(201);
        assert_eq!(worker.on_hand(&relief.depot).await, (0, 0));
        let fact = worker
            .get(&format!("/v1/late-facts/{}", id(&issue)))
            .await
            .expect(200);
        assert_eq!(fact["state"], "needs_review");
        assert_eq!(fact["found"][0]["quantity"], 10);
        let lost: Vec<_> = fact["shortages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|short| (&short["reservation_id"], short["quantity"].as_i64()))
            .collect();
        let mut wanted = [(json!(older), Some(50)), (json!(younger), Some(20))];
        wanted.sort_by_key(|(id, _)| id.to_string());
        let wanted: Vec<_> = wanted.iter().map(|(id, lost)| (id, *lost)).collect();
        assert_eq!(lost, wanted);
        let found = fact["found_movement_id"].as_str().unwrap();
        let found = worker.get(&format!("/v1/movements/{found}")).await;
        let found = found.expect(200);
        assert_eq!(found["kind"], "count_difference");
        assert!(found["note"].as_str().unwrap().contains(&id(&issue)));
        let newest = listed(worker, "/v1/late-facts?state=needs_review").await;
        assert_eq!(newest.len(), 2);
        assert_eq!(newest[0], fact);

        // A promise of nothing is not posted; it is given up, or runs out.
        let path = format!("/v1/reservations/{older}");
        let nothing = worker.post(&format!("{path}/post"), json!({})).await;
        assert_eq!(nothing.refused(409, "wrong-state")["state"], "shorted");
        let released = worker.post(&format!("{path}/release"), json!({})).await;
        assert_eq!(released.expect(200)["state"], "released");
        server.prove().await;
        server.clock.advance(Duration::from_secs(3 * 3_600));
        server.run_expiry().await;
        let worker = &server.log_in_again(worker).await;
        assert_eq!(reservation(worker, &younger).await["state"], "expired");
        server.prove().await;
    }
);

on_both!(what_is_left_of_a_promise_is_kept, async |server| {
    let relief = server.relief().await;
    let held = hold(server, &relief, 60).await;
    report(server, &relief, 180, json!({})).await.expect(201);
    let path = format!("/v1/reservations/{held}/post");
    let zone = zone(&relief).await;
    let more = json!({ "lines": [{ "lot_id": relief.lot, "zone_id": zone, "quantity": 21 }] });
    let refused = relief.worker.post(&path, more).await;
    assert_eq!(refused.refused(409, "insufficient-stock")["available"], 20);
    let posted = relief.worker.post(&path, json!({})).await.expect(200);
    assert_eq!(posted["state"], "posted");
    assert_eq!(posted["lines"][0]["posted"], 20);
    assert_eq!(relief.worker.on_hand(&relief.depot).await, (0, 0));
    server.prove().await;
});

on_both!(
    an_order_that_is_short_is_not_picked_until_it_is_reserved_anew,
    async |server| {
        let relief = server.relief().await;
        let worker = &relief.worker;
        let disaster = relief.disaster().await;
        let order = order(&relief, &disaster, json!({ "quantity": 100 })).await;
        report(server, &relief, 150, json!({})).await.expect(201);
        let shown = show(worker, &order).await;
        assert_eq!(shown["reservation_short"], true);
        let short = "/v1/dispatch-orders?reservation_short=true";
        let found: Vec<_> = listed(worker, short).await.iter().map(id).collect();
        assert_eq!(found, std::slice::from_ref(&order));
        let path = |action: &str| format!("/v1/dispatch-orders/{order}/{action}");
        worker.act(&path("submit")).await.expect(200);
        for (person, action) in [(&relief.approver, "approve"), (worker, "start-picking")] {
            let refused = person.act(&path(action)).await;
            if action == "approve" {
                assert_eq!(refused.refused(409, "insufficient-stock")["available"], 50);
            }
        }
        // What was refused has changed nothing: the fifty that are left are still promised.
        assert_eq!(worker.on_hand(&relief.depot).await, (50, 50));
        assert_eq!(show(worker, &order).await["reservation_short"], true);
        server.prove().await;

        // There is more: of another lot it is not, of the same it is.
        let undone = listed(worker, "/v1/late-facts").await.remove(0);
        let issue = undone["movement_id"].as_str().unwrap();
        let reverse = format!("/v1/movements/{issue}/reverse");
        worker.post(&reverse, json!({})).await.expect(201);
        relief.act(&order, "approve").await;
        assert_eq!(show(worker, &order).await["reservation_short"], false);
        assert!(listed(worker, short).await.is_empty());
        let whole = "/v1/dispatch-orders?reservation_short=false";
        assert_eq!(listed(worker, whole).await.len(), 1);
        assert_eq!(worker.on_hand(&relief.depot).await, (200, 100));
        worker.act(&path("start-picking")).await.expect(200);

        // Gone again while it is picked: what is left may leave as the last load.
        report(server, &relief, 170, json!({})).await.expect(201);
        let dispatch = path("shipments");
        let part = json!({ "lines": [{ "line": 0, "quantity": 20 }] });
        let refused = worker.post(&dispatch, part.clone()).await;
        assert_eq!(refused.refused(409, "insufficient-stock")["available"], 30);
        let mut last = part;
        last["last"] = json!(true);
        worker.post(&dispatch, last).await.expect(201);
        let line = &show(worker, &order).await["lines"][0];
        assert_eq!([&line["sent"], &line["given_up"]], [20, 80]);
        assert_eq!(worker.on_hand(&relief.depot).await.1, 0);
        server.prove().await;
    }
);

on_both!(an_issue_that_is_undone_was_never_missing, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let issue = id(&report(server, &relief, 250, json!({})).await.expect(201));
    assert_eq!(worker.on_hand(&relief.depot).await, (0, 0));
    let reverse = format!("/v1/movements/{issue}/reverse");
    worker.post(&reverse, json!({})).await.expect(201);
    assert_eq!(worker.on_hand(&relief.depot).await, (200, 0));
    let fact = worker.get(&format!("/v1/late-facts/{issue}")).await;
    let found = fact.expect(200)["found_movement_id"].clone();
    let found = format!("/v1/movements/{}", found.as_str().unwrap());
    let found = worker.get(&found).await.expect(200);
    assert!(found["reversed_by_id"].is_string(), "{found}");
    server.prove().await;
});

on_both!(somebody_else_looks_why, async |server| {
    let relief = server.relief().await;
    let issue = id(&report(server, &relief, 250, json!({})).await.expect(201));
    let path = format!("/v1/late-facts/{issue}/review");
    let note = json!({ "note": "到货未登记\n已补单" });
    // The worker approves counts, too, and reported it.
    let own = relief.worker.post(&path, note.clone()).await;
    assert_eq!(own.refused(403, "forbidden")["action"], "review");
    let ground = &relief.ground;
    let keeper = server.person(&["keeper"], &ground.province).await;
    let refused = keeper.post(&path, note.clone()).await;
    assert_eq!(
        refused.refused(403, "forbidden")["capability"],
        "approve_count"
    );
    let county = server.person(&["approver"], &ground.county).await;
    county
        .post(&path, note.clone())
        .await
        .refused(404, "not-found");
    assert!(listed(&county, "/v1/late-facts").await.is_empty());
    let approver = server.person(&["approver"], &ground.province).await;
    let reviewed = approver.post(&path, note.clone()).await;
    assert_eq!(reviewed.etag(), "\"v2\"");
    let reviewed = reviewed.expect(200);
    assert_eq!(reviewed["state"], "reviewed");
    assert_eq!(reviewed["review_note"], note["note"]);
    let again = approver.post(&path, note).await;
    assert_eq!(again.refused(409, "wrong-state")["state"], "reviewed");
    let depot = format!("/v1/late-facts?state=reviewed&depot_id={}", relief.depot);
    assert_eq!(listed(&approver, &depot).await, [reviewed]);
    let open = "/v1/late-facts?state=needs_review";
    assert!(listed(&approver, open).await.is_empty());
    server.prove().await;
});
