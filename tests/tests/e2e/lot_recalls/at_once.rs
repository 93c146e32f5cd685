//! Goods that leave while they are recalled.

use std::time::Duration;

use serde_json::json;
use tests::on_both;

use super::{NUMBER, batch, recall};

on_both!(whoever_is_first_is_first, async |server| {
    let at = batch(server).await;
    let worker = &at.relief.worker;
    let province = &at.relief.ground.province;
    let of_batch = at.of_batch();
    let issues = async {
        let mut done = 0;
        for _ in 0..30 {
            let answer = at.issue(&at.first, 1, json!({})).await;
            match answer.status {
                201 => done += 1,
                _ => {
                    answer.refused(409, "goods-withheld");
                }
            }
        }
        done
    };
    let recalls = async { recall(worker, province, of_batch.clone()).await.expect(201) };
    let comes_in = async {
        let mut lots = Vec::new();
        for _ in 0..10 {
            let facts = json!({ "batch": NUMBER });
            let (depot, item) = (&at.relief.depot, &at.relief.item);
            lots.push(worker.receive(depot, item, 1, facts).await);
        }
        lots
    };
    let (done, _, lots) = tokio::join!(issues, recalls, comes_in);
    // Whatever came in meanwhile is held back, whether it was there for the recall or found it.
    for lot in lots {
        at.issue(&lot, 1, json!({}))
            .await
            .refused(409, "goods-withheld");
    }
    let (on_hand, _) = worker.on_hand(&at.relief.depot).await;
    assert_eq!(on_hand, 200 + 100 - done + 10);
    server.prove().await;
});

// Another server's clock may be ahead, and two commands may meet in one millisecond.
on_both!(
    a_recall_is_dated_after_what_left_before_it,
    async |server| {
        let at = batch(server).await;
        let ahead = Duration::from_secs(5);
        server.clock.advance(ahead);
        let issued = at.issue(&at.first, 1, json!({})).await.expect(201);
        server.clock.set_back(ahead);
        let of_batch = at.of_batch();
        let recalled = at.recall(of_batch).await;
        let moment = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        assert!(
            moment(&recalled["recalled_at"]) > moment(&issued["recorded_at"]),
            "{recalled}"
        );
        at.issue(&at.first, 1, json!({}))
            .await
            .refused(409, "goods-withheld");
        server.prove().await;
    }
);
