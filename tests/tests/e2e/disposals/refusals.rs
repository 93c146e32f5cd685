//! What is asked wrongly, and what was not approved.

use serde_json::json;
use tests::{Answer, on_both};

use super::scrap;

fn faults(answer: &Answer, expected: &[(&str, &str)]) {
    answer.refused(422, "invalid-request");
    let expected: Vec<_> = expected
        .iter()
        .map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned()))
        .collect();
    assert_eq!(answer.faults(), expected);
}

on_both!(what_is_still_good_or_of_two_owners_stays, async |server| {
    let scrap = scrap(server).await;
    let (worker, relief) = (&scrap.relief.worker, &scrap.relief);
    let ask = async |way: &str, more| worker.post("/v1/disposals", scrap.body(way, more)).await;
    let line = |lot: &str, condition: &str, quantity: i64| json!({ "lot_id": lot, "condition": condition, "quantity": quantity });
    let good = json!({ "lines": [line(&relief.lot, "usable", 1)] });
    faults(
        &ask("destroyed", good).await,
        &[("/lines/0/lot_id", "still-good")],
    );
    let facts = json!({ "condition": "condemned", "owner_id": relief.ground.city });
    let others = worker.receive(&relief.depot, &relief.item, 5, facts).await;
    let mixed = json!({ "lines": [
        line(&scrap.condemned, "condemned", 1), line(&others, "condemned", 1),
    ] });
    faults(
        &ask("destroyed", mixed).await,
        &[("/lines/1/lot_id", "owner")],
    );
    // Bound to a programme and free: nobody could say what their parts are bound to.
    let bound = json!({ "lines": [
        line(&scrap.condemned, "condemned", 1), line(&scrap.expired, "usable", 1),
    ] });
    faults(
        &ask("parts_reused", bound.clone()).await,
        &[("/lines/1/lot_id", "restriction")],
    );
    ask("destroyed", bound).await.expect(201);
    let nowhere = json!({ "lines": [{
        "lot_id": "lot_01h455vb4pex5vsknk084sn02q", "quantity": 1,
        "zone_id": "zone_01h455vb4pex5vsknk084sn02q",
    }] });
    faults(
        &ask("destroyed", nowhere).await,
        &[
            ("/lines/0/lot_id", "reference"),
            ("/lines/0/zone_id", "reference"),
        ],
    );
    let blank = json!({ "way": "burned", "assessed_by": "", "lines": [] });
    let answer = ask("burned", blank).await;
    let pointers: Vec<_> = answer
        .faults()
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect();
    assert_eq!(pointers, ["/assessed_by", "/lines", "/way"]);
    let more = json!({ "lines": [line(&scrap.condemned, "condemned", 50)] });
    ask("destroyed", more)
        .await
        .refused(409, "insufficient-stock");
    let given = json!({ "id": "disposal_01h455vb4pex5vsknk084sn02q" });
    ask("destroyed", given.clone()).await.expect(201);
    let twice = ask("destroyed", given).await;
    assert_eq!(
        twice.refused(409, "already-exists")["constraint"],
        "disposal.id"
    );
    server.prove().await;
});

on_both!(what_was_done_is_what_was_approved, async |server| {
    let scrap = scrap(server).await;
    let item = &scrap.relief.item;
    let disposal = scrap.approved("auctioned", json!({})).await;
    let done = async |body| scrap.carry_out(&disposal, body).await;
    faults(
        &done(json!({ "way": "destroyed" })).await,
        &[("/way", "mismatch")],
    );
    faults(
        &done(json!({ "way": "auctioned" })).await,
        &[("/proceeds", "required")],
    );
    faults(
        &done(json!({ "way": "parts_reused" })).await,
        &[("/parts", "required")],
    );
    let both = json!({
        "way": "destroyed", "proceeds": "1", "currency": "CNY",
        "parts": [{ "item_id": item, "quantity": 1 }],
    });
    faults(
        &done(both).await,
        &[
            ("/currency", "ambiguous"),
            ("/parts", "ambiguous"),
            ("/proceeds", "ambiguous"),
        ],
    );
    let mut body = json!({ "way": "auctioned", "proceeds": "1.5", "lines": [
        { "lot_id": scrap.condemned, "quantity": 31 },
    ] });
    let more = done(body.clone()).await;
    assert!(more.refused(409, "insufficient-stock")["reservation_id"].is_string());
    // Goods that were not asked for.
    body["lines"][0] = json!({ "lot_id": scrap.expired, "condition": "usable", "quantity": 1 });
    let other = done(body.clone()).await;
    assert!(other.refused(409, "insufficient-stock")["reservation_id"].is_string());
    body["lines"][0] = json!({ "lot_id": scrap.condemned, "quantity": 1 });
    body["occurred_at"] = json!("2020-01-01T00:00:00Z");
    faults(&done(body).await, &[("/occurred_at", "out-of-order")]);

    let disposal = scrap
        .approved(
            "parts_reused",
            json!({ "lines": [
        { "lot_id": scrap.condemned, "quantity": 5 },
    ] }),
        )
        .await;
    let nowhere = "zone_01h455vb4pex5vsknk084sn02q";
    let lot = "lot_01h455vb4pex5vsknk084sn02q";
    let parts = json!({ "way": "parts_reused", "parts": [
        { "item_id": "item_01h455vb4pex5vsknk084sn02q", "quantity": 1, "zone_id": nowhere },
        { "item_id": item, "quantity": 1, "lot_id": lot, "unit": "车" },
        { "item_id": item, "quantity": 1, "lot_id": lot },
    ] });
    faults(
        &scrap.carry_out(&disposal, parts).await,
        &[
            ("/parts/0/item_id", "reference"),
            ("/parts/0/zone_id", "reference"),
            ("/parts/1/unit", "unit"),
            ("/parts/2/lot_id", "repeated"),
        ],
    );
    server.prove().await;
});
