//! Counting, issuing and settling side by side.

use std::sync::Arc;

use serde_json::{Value, json};
use tests::{Answer, Call, client::id, on_both};
use tokio::{sync::Barrier, task::JoinSet};

use super::{act, count, list, read};

// Sends all calls at the same moment.
async fn at_once(calls: Vec<Call>) -> Vec<Answer> {
    let barrier = Arc::new(Barrier::new(calls.len()));
    let mut racing = JoinSet::new();
    for call in calls {
        let barrier = Arc::clone(&barrier);
        racing.spawn(async move {
            barrier.wait().await;
            call.await
        });
    }
    racing.join_all().await
}

on_both!(
    a_settlement_and_issues_are_each_posted_once,
    async |server| {
        let at = count(server).await;
        let lot = at.relief.lot.clone();
        let stocktake = at.open(json!({})).await;
        // Of 200 in the book, 20 are there.
        at.find(&stocktake, &lot, 20).await;
        let issue = json!({
            "depot_id": at.relief.depot, "lines": [{ "lot_id": lot, "quantity": 1 }],
        });
        let mut calls = vec![
            at.approver
                .act(&format!("/v1/stocktakes/{stocktake}/approve")),
        ];
        calls.extend((0..30).map(|_| at.relief.worker.post("/v1/issues", issue.clone())));
        let answers = at_once(calls).await;
        let of = |action: &'static str| {
            answers
                .iter()
                .filter(move |answer| answer.request.ends_with(action))
        };
        let issued = of("/issues").filter(|answer| answer.status == 201).count();
        let issued = i64::try_from(issued).unwrap();
        for refused in of("/issues").filter(|answer| answer.status != 201) {
            refused.refused(409, "insufficient-stock");
        }
        let approved = of("/approve").next().unwrap();
        if approved.status == 200 {
            // What left before and after it is off the counted figure.
            assert!(issued <= 20, "{issued}");
            assert_eq!(at.on_hand().await, 20 - issued);
        } else {
            // More left than was there: the count is older than the book.
            let stale = approved.refused(409, "insufficient-stock");
            assert_eq!(stale["stocktake_id"], stocktake.as_str());
            assert!(issued > 20, "{issued}");
            assert_eq!(at.on_hand().await, 200 - issued);
        }
        server.prove().await;
    }
);

on_both!(the_book_is_fixed_while_goods_leave, async |server| {
    let at = count(server).await;
    let lot = at.relief.lot.clone();
    let issue = json!({
        "depot_id": at.relief.depot, "lines": [{ "lot_id": lot, "quantity": 1 }],
    });
    let open = json!({ "depot_id": at.relief.depot });
    let mut calls: Vec<_> = (0..20)
        .map(|_| at.relief.worker.post("/v1/issues", issue.clone()))
        .collect();
    calls.push(at.keeper.post("/v1/stocktakes", open.clone()));
    calls.push(at.clerk.post("/v1/stocktakes", open));
    let answers = at_once(calls).await;
    // One of the two stocktakes begins, since both would count the same goods.
    let opened: Vec<_> = answers
        .iter()
        .filter(|answer| answer.request.ends_with("/stocktakes") && answer.status == 201)
        .collect();
    assert_eq!(opened.len(), 1);
    let stocktake = id(&opened[0].json());
    // All 200 less the 20 issues are there, whatever the book had at the cut-off.
    at.count(&at.keeper, &stocktake, &lot, 180).await;
    let closed = act(&at.keeper, &stocktake, "close-round").await.expect(200);
    assert_eq!(closed["lines_right_first"], 1, "{closed}");
    server.prove().await;
});

on_both!(
    counters_and_the_end_of_the_round_do_not_meet,
    async |server| {
        let at = count(server).await;
        let lot = at.relief.lot.clone();
        let stocktake = at.open(json!({})).await;
        at.count(&at.keeper, &stocktake, &lot, 200).await;
        let line = json!({ "zone_id": at.zone, "lot_id": lot, "quantity": 150 });
        let body = json!({ "lines": [line] });
        let path = format!("/v1/stocktakes/{stocktake}/counts");
        let close = format!("/v1/stocktakes/{stocktake}/close-round");
        // The clerk sends it four times over, each under a key of its own.
        let mut calls: Vec<_> = (0..4).map(|_| at.clerk.post(&path, body.clone())).collect();
        calls.push(at.keeper.act(&close));
        let answers = at_once(calls).await;
        let taken = answers
            .iter()
            .filter(|answer| answer.request.ends_with("/counts") && answer.status == 200)
            .count();
        let view = read(&at.approver, &stocktake).await;
        let counts = read(&at.approver, &format!("{stocktake}/counts")).await;
        let of_clerk: Vec<&Value> = list(&counts)
            .iter()
            .filter(|count| count["counter"] == at.clerk.account())
            .collect();
        assert_eq!(of_clerk.len(), taken);
        // A count that was taken before the end disagrees, and the next round takes another; where
        // the end came first, none is taken.
        match view["state"].as_str() {
            Some("recounting") => assert!((1..=2).contains(&taken), "{taken}"),
            Some("counted") => assert_eq!(taken, 0),
            state => panic!("{state:?}"),
        }
        server.prove().await;
    }
);
