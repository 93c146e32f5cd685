//! Goods that may not leave, and how they leave nevertheless.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Answer, Client, on_both};

use super::{issue, reservations::deadline};

const DAY: Duration = Duration::from_secs(24 * 3600);

// The reason why the first line is withheld.
#[track_caller]
fn withheld(answer: &Answer) -> Value {
    answer.refused(409, "goods-withheld")["withheld"][0]["reason"].clone()
}

async fn issue_one(worker: &Client, depot: &str, lot: &str, more: Value) -> Answer {
    let line = json!([{ "lot_id": lot, "quantity": 1 }]);
    issue(worker, depot, line, more).await
}

on_both!(what_has_expired_leaves_by_name_only, async |server| {
    let relief = server.relief().await;
    let keeper = server.person(&["keeper"], &relief.ground.province).await;
    let today = api::clock::day_at_depots(server.clock.now());
    let last_day = json!({ "expires_on": (today + chrono::Days::new(1)).to_string() });
    let lot = relief
        .worker
        .receive(&relief.city_depot, &relief.item, 10, last_day)
        .await;
    issue_one(&relief.worker, &relief.city_depot, &lot, json!({}))
        .await
        .expect(201);
    let fresh = (server.clock.now() + chrono::TimeDelta::minutes(1)).to_rfc3339();
    server.clock.advance(DAY * 3);
    let worker = &server.log_in_again(&relief.worker).await;
    let depot = &relief.city_depot;
    assert_eq!(
        withheld(&issue_one(worker, depot, &lot, json!({})).await),
        "expired"
    );
    // A paper that is dated back does not make it fresh.
    let more = json!({ "occurred_at": fresh });
    assert_eq!(
        withheld(&issue_one(worker, depot, &lot, more).await),
        "expired"
    );
    let line = json!([{ "item_id": relief.item, "quantity": 1 }]);
    for more in [json!({}), json!({ "occurred_at": fresh })] {
        let short = issue(worker, depot, line.clone(), more).await;
        let short = short.refused(409, "insufficient-stock");
        assert_eq!(
            (&short["available"], &short["withheld"][0]["reason"]),
            (&json!(0), &json!("expired"))
        );
    }
    let shipment = json!({
        "depot_id": depot, "to_depot_id": relief.depot, "occurred_at": fresh,
        "lines": [{ "lot_id": lot, "quantity": 1 }],
    });
    assert_eq!(
        withheld(&worker.post("/v1/shipments", shipment).await),
        "expired"
    );

    let overriding = json!({ "override": { "reason": "保质期仅为包装要求" } });
    let keeper = server.log_in_again(&keeper).await;
    let refused = issue_one(&keeper, depot, &lot, overriding.clone()).await;
    assert_eq!(
        refused.refused(403, "forbidden")["capability"],
        "approve_order"
    );
    let issued = issue_one(worker, depot, &lot, overriding).await.expect(201);
    assert_eq!(issued["override"]["reason"], "保质期仅为包装要求");
    assert_eq!(issued["override"]["by"], worker.account());
    server.prove().await;
});

on_both!(
    what_is_not_usable_or_bound_elsewhere_is_withheld,
    async |server| {
        let relief = server.relief().await;
        let (worker, depot) = (&relief.worker, &relief.depot);
        let bound = json!({ "restriction": { "kind": "programme", "programme": "冬令" } });
        let bound = worker.receive(depot, &relief.item, 10, bound).await;
        assert_eq!(
            withheld(&issue_one(worker, depot, &bound, json!({})).await),
            "restricted"
        );
        let other = json!({ "purpose": { "programme": "夏令" } });
        assert_eq!(
            withheld(&issue_one(worker, depot, &bound, other).await),
            "restricted"
        );
        let fitting = json!({ "purpose": { "programme": "冬令" } });
        issue_one(worker, depot, &bound, fitting).await.expect(201);

        let spoiled = json!({ "condition": "condemned" });
        let spoiled = worker.receive(depot, &relief.item, 10, spoiled).await;
        let line = json!([{ "lot_id": spoiled, "condition": "condemned", "quantity": 1 }]);
        let answer = issue(worker, depot, line.clone(), json!({})).await;
        assert_eq!(withheld(&answer), "condemned");
        let hold = json!({
            "depot_id": depot, "deadline_at": deadline(server, 1), "lines": line,
        });
        assert_eq!(
            withheld(&worker.post("/v1/reservations", hold).await),
            "condemned"
        );
        server.prove().await;
    }
);

on_both!(nothing_leaves_before_it_came, async |server| {
    let relief = server.relief().await;
    let long_ago = json!({ "occurred_at": "2024-05-01T00:00:00Z" });
    let answer = issue_one(&relief.worker, &relief.depot, &relief.lot, long_ago.clone()).await;
    let fault = ("/occurred_at".to_owned(), "out-of-order".to_owned());
    assert_eq!(answer.faults(), [fault]);
    // What came long ago, as the paper of its receipt says, may have left long ago.
    let receipt = json!({
        "depot_id": relief.depot, "occurred_at": "2024-04-30T10:00:00Z",
        "lines": [{ "item_id": relief.item, "quantity": 5, "source": "opening" }],
    });
    let receipt = relief
        .worker
        .post("/v1/receipts", receipt)
        .await
        .expect(201);
    let lot = receipt["movement"]["lines"][0]["lot_id"]
        .as_str()
        .unwrap_or_default();
    issue_one(&relief.worker, &relief.depot, lot, long_ago)
        .await
        .expect(201);
    server.prove().await;
});
