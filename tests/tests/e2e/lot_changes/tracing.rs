//! Goods are followed through changes: by their history, by recalls, to every place and hand.

use serde_json::json;
use tests::{client::id, on_both};

use super::{list, path, text, title};

on_both!(goods_are_followed_through_every_change, async |server| {
    let title = title(server).await;
    let (worker, relief) = (&title.relief.worker, &title.relief);
    // The province's become the city's, and some of those the county's.
    let city = title.give(&title.bound, 60).await;
    let keeper = server.person(&["keeper"], &relief.ground.province).await;
    let mut body = title.to_city(&city, 20);
    body["to_owner_id"] = json!(relief.ground.county);
    let change = id(&keeper.post("/v1/lot-changes", body).await.expect(201));
    title.taker.act(&path(&change, "approve")).await.expect(200);
    let county = server.person(&["approver"], &relief.ground.county).await;
    let done = county.act(&path(&change, "accept")).await.expect(200);
    let county_lot = text(&done["lines"][0]["new_lot_id"]);
    let issue = async |lot: &str, quantity: i64, to: &str| {
        let body = json!({
            "depot_id": relief.depot, "counterparty": to, "purpose": { "programme": "博爱家园" },
            "lines": [{ "lot_id": lot, "quantity": quantity }],
        });
        worker.post("/v1/issues", body).await.expect(201);
    };
    issue(&title.bound, 1, "甲村").await;
    issue(&city, 2, "乙村").await;
    issue(&county_lot, 3, "丙村").await;

    let history = format!("/v1/lots/{}/history?limit=200", title.bound);
    let page = worker
        .get(&format!("{history}&through_kits=true"))
        .await
        .expect(200);
    let mut hands: Vec<_> = list(&page)
        .iter()
        .filter(|row| row["to"]["kind"] == "recipient")
        .map(|row| (text(&row["counterparty"]), row["quantity"].as_i64()))
        .collect();
    hands.sort();
    let hand = |to: &str, quantity| (to.to_owned(), Some(quantity));
    let mut expected = [hand("甲村", 1), hand("乙村", 2), hand("丙村", 3)];
    expected.sort();
    assert_eq!(hands, expected);
    let own = worker.get(&history).await.expect(200);
    let own = list(&own)
        .iter()
        .filter(|row| row["to"]["kind"] == "recipient");
    assert_eq!(own.count(), 1);
    // Back to the donor from any of them.
    assert_eq!(title.lot(&county_lot).await["lot"]["donor"], "甲厂");

    // A recall of the first lot holds back what became of it, and finds every hand.
    let notice = json!({
        "organisation_id": relief.ground.province, "reference": "召回3号", "grade": "first",
        "reason": "甲醛超标", "announced_by": "厂家", "lot_ids": [title.bound],
    });
    let recall = worker.post("/v1/lot-recalls", notice).await.expect(201);
    let mut held: Vec<_> = recall["lot_ids"]
        .as_array()
        .into_iter()
        .flatten()
        .map(text)
        .collect();
    held.sort();
    let mut lots = vec![title.bound.clone(), city.clone(), county_lot.clone()];
    lots.sort();
    assert_eq!(held, lots);
    assert_eq!(recall["kit_lot_ids"], json!([]));
    let path = format!("/v1/lot-recalls/{}/hands?limit=200", id(&recall));
    let page = worker.get(&path).await.expect(200);
    let got: i64 = list(&page)
        .iter()
        .filter(|row| row["hand"] == "recipient")
        .filter_map(|row| row["quantity"].as_i64())
        .sum();
    assert_eq!(got, 6);
    let body = json!({
        "depot_id": relief.depot, "purpose": { "programme": "博爱家园" },
        "lines": [{ "lot_id": county_lot, "quantity": 1 }],
    });
    let refused = worker.post("/v1/issues", body).await;
    let refused = refused.refused(409, "goods-withheld");
    assert_eq!(refused["withheld"][0]["reason"], "recalled");
    server.prove().await;
    let lift = format!("/v1/lot-recalls/{}/lift", id(&recall));
    let reason = json!({ "reason": "复检合格" });
    worker.post(&lift, reason).await.expect(200);
    issue(&county_lot, 1, "丁村").await;
    server.prove().await;
});
