//! A fact is exact, and what may not leave does not leave by being late.

use std::time::Duration;

use serde_json::json;
use tests::{client::id, on_both};

use super::{ago, report, zone};

on_both!(a_fact_names_what_left_and_when, async |server| {
    let relief = server.relief().await;
    let body = json!({
        "depot_id": relief.depot, "late_fact": true,
        "lines": [{ "item_id": relief.item, "quantity": 1 }, { "lot_id": relief.lot, "quantity": 1 }],
    });
    let answer = relief.worker.post("/v1/issues", body).await;
    answer.refused(422, "invalid-request");
    let required = |pointer: &str| (pointer.to_owned(), "required".to_owned());
    assert_eq!(
        answer.faults(),
        [
            required("/lines/0/zone_id"),
            required("/lines/1/zone_id"),
            required("/occurred_at")
        ]
    );
    let ahead = (server.clock.now() + chrono::TimeDelta::hours(1)).to_rfc3339();
    let ahead = report(server, &relief, 1, json!({ "occurred_at": ahead })).await;
    let fault = ("/occurred_at".to_owned(), "out-of-range".to_owned());
    assert_eq!(ahead.faults(), [fault]);
    let early = report(
        server,
        &relief,
        1,
        json!({ "occurred_at": "2026-01-01T00:00:00Z" }),
    )
    .await;
    let fault = ("/occurred_at".to_owned(), "out-of-order".to_owned());
    assert_eq!(early.faults(), [fault]);
    assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 0));
});

on_both!(what_may_not_leave_leaves_no_trace, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let bound = json!({ "restriction": { "kind": "programme", "programme": "冬令" } });
    let bound = worker.receive(&relief.depot, &relief.item, 10, bound).await;
    let soon = api::clock::day_at_depots(server.clock.now()) + chrono::Days::new(1);
    let soon = json!({ "expires_on": soon.to_string() });
    let soon = worker.receive(&relief.depot, &relief.item, 10, soon).await;
    let recall = json!({
        "organisation_id": relief.ground.province, "lot_ids": [relief.lot], "reference": "1 号",
        "reason": "起毛", "grade": "third", "announced_by": "厂家",
    });
    worker.post("/v1/lot-recalls", recall).await.expect(201);
    server.clock.advance(Duration::from_secs(3 * 24 * 3_600));
    let worker = &server.log_in_again(worker).await;
    let relief = tests::Relief {
        worker: worker.clone(),
        ..relief
    };
    let zone = zone(&relief).await;
    let before = server.row_counts().await;
    for (lot, reason) in [
        (&relief.lot, "recalled"),
        (&bound, "restricted"),
        (&soon, "expired"),
    ] {
        let lines = json!([{ "lot_id": lot, "zone_id": zone, "quantity": 500 }]);
        let refused = report(server, &relief, 1, json!({ "lines": lines })).await;
        let withheld = refused.refused(409, "goods-withheld");
        assert_eq!(withheld["withheld"][0]["reason"], reason);
    }
    assert_eq!(server.row_counts().await, before);
    server.prove().await;
});

on_both!(
    goods_of_others_leave_by_the_word_of_their_owner,
    async |server| {
        let relief = server.relief().await;
        let ground = &relief.ground;
        let keeper = server.person(&["keeper"], &ground.city).await;
        let owner = json!({ "owner_id": ground.province });
        let lot = relief
            .worker
            .receive(&relief.city_depot, &relief.item, 10, owner)
            .await;
        let page = format!("/v1/depots/{}/zones", relief.city_depot);
        let zone = id(&relief.worker.get(&page).await.expect(200)["items"][0]);
        let lines = json!([{ "lot_id": lot, "zone_id": zone, "quantity": 15 }]);
        let body = json!({
            "depot_id": relief.city_depot, "late_fact": true,
            "occurred_at": ago(server, 5), "lines": lines,
        });
        let refused = keeper.post("/v1/issues", body.clone()).await;
        assert_eq!(
            refused.refused(403, "forbidden")["owner_ids"],
            json!([ground.province])
        );
        relief.worker.post("/v1/issues", body).await.expect(201);
        assert_eq!(relief.worker.on_hand(&relief.city_depot).await, (0, 0));
        server.prove().await;
    }
);

on_both!(facts_and_promises_at_once_lose_nothing, async |server| {
    let relief = server.relief().await;
    let zone = zone(&relief).await;
    let deadline = (server.clock.now() + chrono::TimeDelta::hours(2)).to_rfc3339();
    let mut racers = tokio::task::JoinSet::new();
    for number in 0..24 {
        let (worker, occurred_at) = (relief.worker.clone(), ago(server, 1));
        let line = json!({ "lot_id": relief.lot, "zone_id": zone, "quantity": 20 });
        let body = if number % 2 == 0 {
            json!({ "depot_id": relief.depot, "late_fact": true, "occurred_at": occurred_at, "lines": [line] })
        } else {
            json!({ "depot_id": relief.depot, "deadline_at": deadline, "lines": [line] })
        };
        let path = if number % 2 == 0 {
            "/v1/issues"
        } else {
            "/v1/reservations"
        };
        racers.spawn(async move { (number % 2 == 0, worker.post(path, body).await.status) });
    }
    for (is_fact, status) in racers.join_all().await {
        // Every fact is taken; promises as long as there is anything to promise.
        assert!(
            status == 201 || (!is_fact && status == 409),
            "{is_fact} {status}"
        );
    }
    assert_eq!(relief.worker.on_hand(&relief.depot).await, (0, 0));
    server.prove().await;
});
