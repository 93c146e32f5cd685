//! Counts: several counters, goods without a line, and moments.

use serde_json::json;
use tests::on_both;

use super::{act, count, list, read};

on_both!(two_people_on_one_shelf_are_kept_apart, async |server| {
    let at = count(server).await;
    let lot = at.relief.lot.clone();
    let stocktake = at.open(json!({})).await;
    at.count(&at.keeper, &stocktake, &lot, 200).await;
    // The same person again: not by accident.
    let again = at
        .try_count(&at.keeper, &stocktake, &lot, json!({ "quantity": 199 }))
        .await;
    assert_eq!(
        again.faults(),
        [("/lines/0/corrects".to_owned(), "stale".to_owned())]
    );
    let more = json!({ "quantity": 199, "corrects": 1, "note": "漏数一箱" });
    let corrected = at
        .try_count(&at.keeper, &stocktake, &lot, more)
        .await
        .expect(200);
    assert_eq!(corrected["counts"][0]["revision"], 2);
    // Nobody corrects another's count.
    let other = json!({ "quantity": 200, "corrects": 2 });
    let other = at.try_count(&at.clerk, &stocktake, &lot, other).await;
    assert_eq!(
        other.faults(),
        [("/lines/0/corrects".to_owned(), "stale".to_owned())]
    );
    at.count(&at.clerk, &stocktake, &lot, 200).await;

    // One right, one wrong: that is a variance.
    let closed = act(&at.keeper, &stocktake, "close-round").await.expect(200);
    assert_eq!(closed["state"], "recounting");
    at.count(&at.keeper, &stocktake, &lot, 199).await;
    at.count(&at.clerk, &stocktake, &lot, 200).await;
    let closed = act(&at.keeper, &stocktake, "close-round").await.expect(200);
    assert_eq!(
        (&closed["state"], &closed["round"]),
        (&json!("recounting"), &json!(3))
    );
    at.count(&at.keeper, &stocktake, &lot, 200).await;
    at.count(&at.clerk, &stocktake, &lot, 200).await;
    let closed = act(&at.keeper, &stocktake, "close-round").await.expect(200);
    assert_eq!(
        (&closed["state"], &closed["lines_differing"]),
        (&json!("counted"), &json!(0))
    );
    // Not right at first, though right in the end.
    assert_eq!(closed["lines_right_first"], 0);
    let counts = read(&at.keeper, &format!("{stocktake}/counts?limit=3")).await;
    let cursor = counts["next_cursor"].as_str().unwrap();
    let rest = read(
        &at.keeper,
        &format!("{stocktake}/counts?limit=200&cursor={cursor}"),
    )
    .await;
    let all: Vec<_> = list(&counts).iter().chain(list(&rest)).collect();
    assert_eq!(all.len(), 7);
    let corrected: Vec<_> = all
        .iter()
        .filter(|count| count["corrected"] == true)
        .collect();
    assert_eq!(corrected.len(), 1);
    assert_eq!(corrected[0]["counted"], 200);
    act(&at.clerk, &stocktake, "settle").await.expect(200);
    assert_eq!(at.on_hand().await, 200);
    server.prove().await;
});

on_both!(
    goods_that_the_book_does_not_have_are_found,
    async |server| {
        let at = count(server).await;
        let lot = at.relief.lot.clone();
        let stocktake = at.open(json!({})).await;
        // Ten of them are spoiled, and a box without a card lies beside them.
        at.count(&at.keeper, &stocktake, &lot, 190).await;
        let spoiled = json!({ "quantity": 1, "unit": "箱", "condition": "condemned" });
        at.try_count(&at.keeper, &stocktake, &lot, spoiled.clone())
            .await
            .expect(200);
        let path = format!("/v1/stocktakes/{stocktake}/found-lots");
        let found = json!({ "lines": [{
            "item_id": at.relief.item, "quantity": 12, "source": "opening", "batch": "无卡",
        }] });
        let found = at.keeper.post(&path, found).await.expect(200);
        let new = found["lot_ids"][0].as_str().unwrap().to_owned();
        assert_eq!(at.on_hand().await, 200);
        // The other counter finds the new lines on the sheet.
        let sheet = read(&at.clerk, &format!("{stocktake}/lines")).await;
        let marks: Vec<_> = list(&sheet)
            .iter()
            .map(|line| line["found"] == true)
            .collect();
        assert_eq!(marks, [false, true, true]);

        act(&at.keeper, &stocktake, "close-round").await.expect(200);
        at.count(&at.clerk, &stocktake, &lot, 190).await;
        at.try_count(&at.clerk, &stocktake, &lot, spoiled)
            .await
            .expect(200);
        at.count(&at.clerk, &stocktake, &new, 12).await;
        let closed = act(&at.keeper, &stocktake, "close-round").await.expect(200);
        assert_eq!(closed["state"], "awaiting_approval");
        assert_eq!(
            (&closed["lines_found"], &closed["difference_units"]),
            (&json!(2), &json!(32))
        );
        act(&at.approver, &stocktake, "approve").await.expect(200);
        assert_eq!(at.on_hand().await, 212);
        let balances = format!(
            "/v1/balances?depot_id={}&condition=condemned",
            at.relief.depot
        );
        let balances = at.keeper.get(&balances).await.expect(200);
        assert_eq!(list(&balances)[0]["on_hand"], 10);
        server.prove().await;
    }
);

on_both!(a_count_refers_to_its_own_moment, async |server| {
    let at = count(server).await;
    let lot = at.relief.lot.clone();
    let stocktake = at.open(json!({})).await;
    server.clock.advance(std::time::Duration::from_secs(60));
    let counted_at = server.clock.now().to_rfc3339();
    server.clock.advance(std::time::Duration::from_secs(60));
    at.issue(&lot, 50).await.expect(201);
    at.receive(5).await;
    // Counted before the issue, written down after it.
    let line = json!({ "zone_id": at.zone, "lot_id": lot, "quantity": 200 });
    let body = json!({ "counted_at": counted_at, "lines": [line] });
    let path = format!("/v1/stocktakes/{stocktake}/counts");
    let counted = at.keeper.post(&path, body).await.expect(200);
    let written: chrono::DateTime<chrono::Utc> =
        serde_json::from_value(counted["counts"][0]["counted_at"].clone()).unwrap();
    assert_eq!(written.to_rfc3339(), counted_at);
    let closed = act(&at.keeper, &stocktake, "close-round").await.expect(200);
    assert_eq!(
        (&closed["state"], &closed["lines_right_first"]),
        (&json!("counted"), &json!(1))
    );
    act(&at.keeper, &stocktake, "settle").await.expect(200);
    assert_eq!(at.on_hand().await, 155);
});
