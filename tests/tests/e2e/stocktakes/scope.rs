//! What a stocktake is about.

use serde_json::{Value, json};
use tests::{client::id, on_both};

use super::{act, count, list, read};

on_both!(zones_categories_and_items, async |server| {
    let at = count(server).await;
    let worker = &at.relief.worker;
    let zones = format!("/v1/depots/{}/zones", at.relief.depot);
    let zone = json!({ "code": "B", "name": "二号库" });
    let second = id(&worker.post(&zones, zone).await.expect(201));
    let category = json!({
        "code": "tents", "name": "帐篷", "organisation_id": at.relief.ground.province,
    });
    let category = id(&worker.post("/v1/categories", category).await.expect(201));
    let tent = json!({
        "category_id": category, "organisation_id": at.relief.ground.province, "name": "帐篷",
        "base_unit": "顶",
    });
    let tent = id(&worker.post("/v1/items", tent).await.expect(201));
    let tents = worker
        .receive(&at.relief.depot, &tent, 9, json!({ "zone_id": second }))
        .await;
    let lots = async |more: Value| {
        let stocktake = at.open(more).await;
        let sheet = read(&at.keeper, &format!("{stocktake}/lines")).await;
        let lots: Vec<_> = list(&sheet)
            .iter()
            .filter_map(|line| line["lot_id"].as_str().map(str::to_owned))
            .collect();
        (stocktake, lots)
    };
    let (of_zone, found) = lots(json!({ "zone_ids": [second] })).await;
    assert_eq!(found, std::slice::from_ref(&tents));
    // The same goods are not on two sheets.
    let twice = at.try_open(json!({ "category_ids": [category] })).await;
    assert_eq!(
        twice.refused(409, "wrong-state")["stocktake_id"],
        of_zone.as_str()
    );
    at.try_open(json!({})).await.refused(409, "wrong-state");
    let (of_item, found) = lots(json!({ "item_ids": [at.relief.item] })).await;
    assert_eq!(found, std::slice::from_ref(&at.relief.lot));
    let view = read(&at.keeper, &of_item).await;
    assert_eq!(view["extent"], "items");
    assert_eq!(view["part_ids"], json!([at.relief.item]));

    // Tents are no quilts, and quilts in the second zone are another's.
    let path = format!("/v1/stocktakes/{of_item}/counts");
    let line = json!({ "zone_id": at.zone, "lot_id": tents, "quantity": 1 });
    let wrong = at.keeper.post(&path, json!({ "lines": [line] })).await;
    assert_eq!(
        wrong.faults(),
        [("/lines/0".to_owned(), "not-covered".to_owned())]
    );
    let line = json!({ "zone_id": second, "lot_id": at.relief.lot, "quantity": 1 });
    let body = json!({ "lines": [line] });
    at.keeper.post(&path, body.clone()).await.expect(200);
    let other = format!("/v1/stocktakes/{of_zone}/counts");
    let claimed = at.keeper.post(&other, body).await;
    assert_eq!(
        claimed.refused(409, "wrong-state")["stocktake_id"],
        of_item.as_str()
    );
    let found = format!("/v1/stocktakes/{of_item}/found-lots");
    let line = json!({ "item_id": tent, "quantity": 1, "source": "opening" });
    let wrong = at.keeper.post(&found, json!({ "lines": [line] })).await;
    assert_eq!(
        wrong.faults(),
        [("/lines/0".to_owned(), "not-covered".to_owned())]
    );

    // Once it has ended, others may count them.
    let line = json!({ "zone_id": second, "lot_id": tents, "quantity": 9 });
    at.keeper
        .post(&other, json!({ "lines": [line] }))
        .await
        .expect(200);
    act(&at.keeper, &of_zone, "close-round").await.expect(200);
    act(&at.keeper, &of_zone, "settle").await.expect(200);
    let (_, found) = lots(json!({ "category_ids": [category] })).await;
    assert_eq!(found, [tents]);
    server.prove().await;
});

on_both!(what_is_not_there_cannot_be_counted, async |server| {
    let at = count(server).await;
    let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    let check = async |more: Value, pointer: &str, code: &str| {
        let answer = at.try_open(more).await;
        answer.refused(422, "invalid-request");
        assert_eq!(answer.faults(), [fault(pointer, code)]);
    };
    let of = |kind: &str| json!([format!("{kind}_01h455vb4pex5vsknk084sn02q")]);
    check(
        json!({ "zone_ids": of("zone") }),
        "/zone_ids/0",
        "reference",
    )
    .await;
    check(
        json!({ "category_ids": of("category") }),
        "/category_ids/0",
        "reference",
    )
    .await;
    check(
        json!({ "item_ids": of("item") }),
        "/item_ids/0",
        "reference",
    )
    .await;
    let both = json!({ "zone_ids": of("zone"), "item_ids": of("item") });
    check(both, "/item_ids", "ambiguous").await;
    let elsewhere = server.person(&["keeper"], &at.relief.ground.county).await;
    let body = json!({ "depot_id": at.relief.depot });
    let unseen = elsewhere.post("/v1/stocktakes", body).await;
    assert_eq!(unseen.faults(), [fault("/depot_id", "reference")]);
});
