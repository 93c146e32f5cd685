//! Several people act on the same plan, order or shipment at once.

use std::future::IntoFuture as _;

use serde_json::{Value, json};
use tests::{client::id, on_both};

use crate::orders::{order, show, signed};

on_both!(of_two_confirmations_at_once_one_wins, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    relief.need(&disaster, 60).await;
    let (one, other) = (relief.plan(&disaster).await, relief.plan(&disaster).await);
    let confirm = |plan: &Value| {
        let path = format!("/v1/plans/{}/confirm", id(plan));
        relief.worker.act(&path).into_future()
    };
    // Two plans for one need, and the first of them by two people.
    let (first, again, second) = tokio::join!(confirm(&one), confirm(&one), confirm(&other));
    let mut statuses = [first.status, again.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409]);
    assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 60));
    server.prove().await;
});

on_both!(
    goods_leave_or_the_order_is_cancelled_never_both,
    async |server| {
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        for _ in 0..6 {
            let order = order(&relief, &disaster, json!({ "quantity": 10 })).await;
            relief.pick(&order).await;
            let path = |action: &str| format!("/v1/dispatch-orders/{order}/{action}");
            let reason = json!({ "reason": "灾情解除" });
            let (sent, cancelled) = tokio::join!(
                relief
                    .worker
                    .post(&path("shipments"), json!({}))
                    .into_future(),
                relief.worker.post(&path("cancel"), reason).into_future(),
            );
            let state = show(&relief.worker, &order).await["state"].clone();
            match (sent.status, cancelled.status) {
                (201, 409) => assert_eq!(state, "dispatched"),
                (409, 200) => assert_eq!(state, "cancelled"),
                both => panic!("{both:?}"),
            }
        }
        server.prove().await;
    }
);

on_both!(signatures_at_once_add_up, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    let order = order(&relief, &disaster, json!({ "quantity": 100 })).await;
    relief.pick(&order).await;
    let part = json!({ "lines": [{ "line": 0, "quantity": 60 }] });
    let one = relief.ship(&order, part).await;
    let other = relief.ship(&order, json!({})).await;
    let worker = &relief.worker;
    let sign = |shipment: &Value, received, last| {
        let path = format!("/v1/shipments/{}/hand-overs", id(shipment));
        worker
            .post(&path, signed(&relief.lot, received, last))
            .into_future()
    };
    let path = format!("/v1/shipments/{}", id(&one));
    let before = worker.get(&path).await.etag();
    let (a, b) = tokio::join!(sign(&one, 20, false), sign(&one, 20, false));
    assert_eq!((a.status, b.status), (200, 200));
    let after = worker.get(&path).await;
    assert_ne!(before, after.etag(), "what a reader sees has changed");
    assert_eq!(after.expect(200)["lines"][0]["remaining"], 20);
    let (a, b) = tokio::join!(sign(&one, 20, true), sign(&other, 40, true));
    assert_eq!((a.status, b.status), (200, 200));
    let delivered = show(worker, &order).await;
    assert_eq!(delivered["state"], "delivered");
    assert_eq!(delivered["lines"][0]["received"], 100);
    server.prove().await;
});

on_both!(of_two_reversals_at_once_one_wins, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    let order = order(&relief, &disaster, json!({ "quantity": 100 })).await;
    relief.pick(&order).await;
    let shipment = relief.ship(&order, json!({})).await;
    let worker = &relief.worker;
    let sign = format!("/v1/shipments/{}/hand-overs", id(&shipment));
    for _ in 0..3 {
        let drop = signed(&relief.lot, 100, false);
        let arrived = worker.post(&sign, drop).await.expect(200);
        let hand_overs = arrived["hand_overs"].as_array().expect("signatures");
        let latest = hand_overs.iter().find(|it| it["reversed_at"].is_null());
        let path = format!(
            "/v1/hand-overs/{}/reverse",
            id(latest.expect("one that counts"))
        );
        let undo = || {
            let reason = json!({ "reason": "点错了" });
            worker.post(&path, reason).into_future()
        };
        let (a, b) = tokio::join!(undo(), undo());
        let mut answers = [a.status, b.status];
        answers.sort_unstable();
        assert_eq!(answers, [200, 409]);
        let shown = show(worker, &order).await;
        assert_eq!(shown["state"], "dispatched");
        assert_eq!(shown["lines"][0]["received"], 0);
    }
    // A reversal and a recall: the goods are on the road, and called back, whoever came first.
    let drop = signed(&relief.lot, 30, false);
    let part = worker.post(&sign, drop).await.expect(200);
    let hand_overs = part["hand_overs"].as_array().expect("signatures");
    let latest = hand_overs.iter().find(|it| it["reversed_at"].is_null());
    let undo = format!(
        "/v1/hand-overs/{}/reverse",
        id(latest.expect("one that counts"))
    );
    let recall = format!("/v1/dispatch-orders/{order}/recall");
    let reason = json!({ "reason": "道路中断" });
    let (a, b) = tokio::join!(
        worker.post(&undo, reason.clone()).into_future(),
        worker.post(&recall, reason).into_future()
    );
    assert_eq!((a.status, b.status), (200, 200));
    let shown = show(worker, &order).await;
    assert_eq!(shown["state"], "recalled");
    assert_eq!(shown["lines"][0]["recalled"], 100);
    server.prove().await;
});
