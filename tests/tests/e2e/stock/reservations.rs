//! Goods are held back, and the hold ends exactly once.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Relief, Server, client::id, on_both};

use super::{issue, list, zones};

/// This many hours from now by the server's clock.
pub(super) fn deadline(server: &Server, hours: i64) -> String {
    (server.clock.now() + chrono::TimeDelta::hours(hours)).to_rfc3339()
}

async fn reserve(server: &Server, relief: &Relief, quantity: i64) -> Value {
    let body = json!({
        "depot_id": relief.depot, "deadline_at": deadline(server, 2),
        "lines": [{ "item_id": relief.item, "quantity": quantity }],
    });
    relief
        .worker
        .post("/v1/reservations", body)
        .await
        .expect(201)
}

on_both!(
    a_reservation_is_posted_in_part_and_the_rest_is_free,
    async |server| {
        let relief = server.relief().await;
        let worker = &relief.worker;
        let held = reserve(server, &relief, 120).await;
        assert_eq!(held["state"], "held");
        assert_eq!(worker.on_hand(&relief.depot).await, (200, 120));
        let path = format!("/v1/reservations/{}", id(&held));
        assert_eq!(worker.get(&path).await.expect(200), held);
        let query = format!("/v1/reservations?state=held&lot_id={}", relief.lot);
        assert_eq!(
            list(&worker.get(&query).await.expect(200)),
            std::slice::from_ref(&held)
        );
        // What is promised is not there for others.
        let line = json!([{ "lot_id": relief.lot, "quantity": 81 }]);
        let short = issue(worker, &relief.depot, line, json!({})).await;
        assert_eq!(short.refused(409, "insufficient-stock")["available"], 80);

        let zone = zones(worker, &relief.depot).await.remove(0);
        let part = |quantity: i64| json!({ "lines": [{ "lot_id": relief.lot, "zone_id": zone, "quantity": quantity }] });
        let post = format!("{path}/post");
        let short = worker.post(&post, part(121)).await;
        assert_eq!(short.refused(409, "insufficient-stock")["available"], 120);
        let posted = worker.post(&post, part(50)).await.expect(200);
        assert_eq!(posted["state"], "posted");
        assert_eq!(posted["lines"][0]["posted"], 50);
        assert_eq!(worker.on_hand(&relief.depot).await, (150, 0));
        let movement = posted["movement_id"].as_str().unwrap_or_default();
        let issued = worker
            .get(&format!("/v1/movements/{movement}"))
            .await
            .expect(200);
        assert_eq!(issued["reservation_id"], id(&held).as_str());
        assert_eq!(issued["lines"][0]["quantity"], 50);

        // It has ended, whatever is asked of it.
        let again = worker
            .post(&post, json!({}))
            .await
            .refused(409, "wrong-state");
        assert_eq!(again["state"], "posted");
        let release = worker.post(&format!("{path}/release"), json!({})).await;
        assert_eq!(release.refused(409, "wrong-state")["state"], "posted");
        server.prove().await;
    }
);

on_both!(a_reservation_is_released_or_expires, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let (given_up, forgotten) = (
        reserve(server, &relief, 30).await,
        reserve(server, &relief, 40).await,
    );
    let path = format!("/v1/reservations/{}", id(&given_up));
    let released = worker
        .post(&format!("{path}/release"), json!({}))
        .await
        .expect(200);
    assert_eq!(released["state"], "released");
    assert_eq!(worker.on_hand(&relief.depot).await, (200, 40));
    server.clock.advance(Duration::from_secs(3 * 3600));
    // Nobody waits for the sweep: it has expired as soon as its time has come.
    let path = format!("/v1/reservations/{}", id(&forgotten));
    let worker = &server.log_in_again(worker).await;
    assert_eq!(worker.get(&path).await.expect(200)["state"], "expired");
    let late = worker.post(&format!("{path}/post"), json!({})).await;
    assert_eq!(late.refused(409, "wrong-state")["state"], "expired");
    server.run_expiry().await;
    assert_eq!(worker.on_hand(&relief.depot).await, (200, 0));
    let query = format!("/v1/reservations?state=expired&depot_id={}", relief.depot);
    let page = worker.get(&query).await.expect(200);
    assert_eq!(
        list(&page).iter().map(id).collect::<Vec<_>>(),
        [id(&forgotten)]
    );
    server.prove().await;
});

on_both!(
    one_that_cannot_expire_does_not_keep_the_others,
    async |server| {
        let relief = server.relief().await;
        let bad = reserve(server, &relief, 30).await;
        reserve(server, &relief, 40).await;
        // Its lines are gone, so it is no reservation any more.
        let typed: domain::kernel::Id<domain::kernel::kinds::Reservation> =
            id(&bad).parse().expect("the id is one");
        let uuid = typed.uuid();
        let of = match server.database() {
            tests::Database::Sqlite => format!("x'{}'", uuid.simple()),
            tests::Database::Postgres => format!("'{uuid}'"),
        };
        server
            .execute(&format!(
                "DELETE FROM reservation_line WHERE reservation_id = {of}"
            ))
            .await;
        server.clock.advance(Duration::from_secs(3 * 3600));
        server.run_expiry().await;
        let worker = server.log_in_again(&relief.worker).await;
        // The 30 that nobody holds any more stay reserved until somebody looks, and `verify` says so.
        assert_eq!(worker.on_hand(&relief.depot).await, (200, 30));
    }
);

on_both!(a_promise_is_possible_and_ends_in_time, async |server| {
    let relief = server.relief().await;
    let ask = async |deadline: String, quantity: i64| {
        let body = json!({
            "depot_id": relief.depot, "deadline_at": deadline,
            "lines": [{ "item_id": relief.item, "quantity": quantity }],
        });
        relief.worker.post("/v1/reservations", body).await
    };
    for hours in [-1, 24 * 91] {
        let answer = ask(deadline(server, hours), 1).await;
        let fault = ("/deadline_at".to_owned(), "out-of-range".to_owned());
        assert_eq!(answer.faults(), [fault]);
    }
    let short = ask(deadline(server, 1), 201).await;
    assert_eq!(short.refused(409, "insufficient-stock")["available"], 200);
    assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 0));
});
