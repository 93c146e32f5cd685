//! What is no agreement, no call-off and no delivery.

use serde_json::json;
use tests::{client::id, on_both};

use super::agreed;

fn faults(list: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut list: Vec<_> = list
        .iter()
        .map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned()))
        .collect();
    list.sort_unstable();
    list
}

on_both!(an_agreement_tells_all_its_faults, async |server| {
    let agreed = agreed(server).await;
    let (worker, ground) = (&agreed.relief.worker, &agreed.relief.ground);
    let body = json!({
        "organisation_id": ground.province, "supplier_id": ground.city, "number": "XY-2",
        "first_day": "2026-01-01", "depot_id": agreed.relief.depot, "division_code": "339999",
        "lines": [
            { "item_id": agreed.relief.item, "quantity": 1, "unit": "托", "response_h": 4 },
            { "item_id": agreed.relief.item, "quantity": 1, "response_h": 4 },
        ],
    });
    let refused = worker.post("/v1/agreements", body.clone()).await;
    refused.refused(422, "invalid-request");
    let expected = [
        ("/supplier_id", "not-a-partner"),
        ("/depot_id", "not-a-supplier"),
        ("/division_code", "reference"),
        ("/lines/0/unit", "unit"),
        ("/lines/1/item_id", "repeated"),
    ];
    assert_eq!(refused.faults(), faults(&expected));
    // A day that does not exist is told with the shape, before what rule and table rule out.
    let mut no_day = body.clone();
    no_day["first_day"] = json!("2026-02-30");
    let refused = worker.post("/v1/agreements", no_day).await;
    refused.refused(422, "invalid-request");
    assert_eq!(refused.faults(), faults(&[("/first_day", "format")]));
    let mut crossed = body.clone();
    crossed["longitude"] = json!(120);
    crossed["contacts"] = json!([{ "name": " ", "phone": "1" }]);
    let refused = worker.post("/v1/agreements", crossed).await;
    refused.refused(422, "invalid-request");
    let expected = [("/latitude", "required"), ("/contacts/0", "required")];
    assert_eq!(refused.faults(), faults(&expected));
    let mut backwards = body;
    backwards["last_day"] = json!("2025-12-31");
    let refused = worker.post("/v1/agreements", backwards).await;
    assert_eq!(refused.faults(), faults(&[("/last_day", "out-of-order")]));
    // The number is the society's own.
    let again = json!({
        "organisation_id": ground.province, "supplier_id": agreed.supplier, "number": "XY-1",
        "first_day": "2026-01-01",
        "lines": [{ "item_id": agreed.relief.item, "quantity": 1, "response_h": 4 }],
    });
    let refused = worker.post("/v1/agreements", again).await;
    refused.refused(409, "already-exists");
});

on_both!(
    a_change_goes_not_below_what_was_called_off,
    async |server| {
        let agreed = agreed(server).await;
        let worker = &agreed.relief.worker;
        let path = format!("/v1/agreements/{}", agreed.agreement);
        agreed.call_off(100).await;
        let line = json!({ "item_id": agreed.relief.item, "quantity": 99, "response_h": 4 });
        let less = worker
            .patch(&path, "\"v1\"", json!({ "lines": [line] }))
            .await;
        less.refused(422, "invalid-request");
        assert_eq!(
            less.faults(),
            faults(&[("/lines/0/quantity", "out-of-range")])
        );
        let item = worker
            .get(&format!("/v1/items/{}", agreed.relief.item))
            .await
            .expect(200);
        let other = json!({
            "category_id": item["category_id"], "organisation_id": agreed.relief.ground.province,
            "name": "睡袋", "base_unit": "个",
        });
        let other = id(&worker.post("/v1/items", other).await.expect(201));
        let line = json!({ "item_id": other, "quantity": 99, "response_h": 4 });
        let gone = worker
            .patch(&path, "\"v1\"", json!({ "lines": [line] }))
            .await;
        assert_eq!(gone.faults(), faults(&[("/lines", "in-use")]));
        let early = worker
            .patch(&path, "\"v1\"", json!({ "last_day": "2019-12-31" }))
            .await;
        assert_eq!(early.faults(), faults(&[("/last_day", "out-of-order")]));
        let stale = worker.patch(&path, "\"v7\"", json!({ "note": "x" })).await;
        stale.refused(412, "precondition-failed");
        let confirm = json!({
            "confirmed_by": "王", "lines": [{ "item_id": other, "quantity": 1 }],
            "confirmed_at": "2099-01-01T00:00:00Z",
        });
        let refused = worker.post(&format!("{path}/confirmations"), confirm).await;
        let expected = [
            ("/confirmed_at", "out-of-range"),
            ("/lines/0/item_id", "not-agreed"),
        ];
        assert_eq!(refused.faults(), faults(&expected));
    }
);

on_both!(a_call_off_asks_for_what_was_agreed, async |server| {
    let agreed = agreed(server).await;
    let worker = &agreed.relief.worker;
    let path = format!("/v1/agreements/{}/call-offs", agreed.agreement);
    let refused = worker.post(&path, agreed.body(501)).await;
    let refused = refused.refused(409, "insufficient-stock");
    assert_eq!(
        (&refused["available"], &refused["requested"]),
        (&json!(500), &json!(501))
    );
    let line = json!({ "item_id": agreed.relief.item, "quantity": 1 });
    let nowhere = worker.post(&path, json!({ "lines": [line] })).await;
    assert_eq!(nowhere.faults(), faults(&[("/to_depot_id", "required")]));
    let both = json!({
        "to_depot_id": agreed.relief.depot, "site_id": "site_01h455vb4pex5vsknk084sn02q",
        "lines": [line],
    });
    let both = worker.post(&path, both).await;
    assert_eq!(both.faults(), faults(&[("/site_id", "ambiguous")]));
    let unknown = json!({
        "site_id": "site_01h455vb4pex5vsknk084sn02q",
        "lines": [{ "item_id": "item_01h455vb4pex5vsknk084sn02q", "quantity": 1 }],
    });
    let unknown = worker.post(&path, unknown).await;
    let expected = [("/site_id", "reference"), ("/lines/0/item_id", "reference")];
    assert_eq!(unknown.faults(), faults(&expected));
    server.prove().await;
});

on_both!(what_comes_is_what_was_called_off, async |server| {
    let agreed = agreed(server).await;
    let worker = &agreed.relief.worker;
    let call_off = agreed.call_off(10).await;
    let receive = format!("/v1/call-offs/{call_off}/receive");
    let mut receipt = agreed.receipt(10);
    receipt["depot_id"] = json!(agreed.relief.city_depot);
    receipt["lines"][0]["source"] = json!("donation");
    let refused = worker.post(&receive, receipt).await;
    let expected = [("/depot_id", "mismatch"), ("/lines/0/source", "mismatch")];
    assert_eq!(refused.faults(), faults(&expected));
    let body = json!({
        "received_by": "陈", "lines": [{ "item_id": agreed.relief.item, "quantity": 10 }],
    });
    let refused = worker
        .post(&format!("/v1/call-offs/{call_off}/deliver"), body)
        .await;
    assert_eq!(refused.refused(409, "wrong-state")["action"], "deliver");
    agreed
        .act(&call_off, "cancel", json!({ "reason": "x" }))
        .await;
    let refused = worker.post(&receive, agreed.receipt(10)).await;
    let refused = refused.refused(409, "wrong-state");
    assert_eq!(
        (&refused["state"], &refused["action"]),
        (&json!("cancelled"), &json!("deliver"))
    );
    assert_eq!(worker.on_hand(&agreed.relief.depot).await, (200, 0));
    server.prove().await;
});
