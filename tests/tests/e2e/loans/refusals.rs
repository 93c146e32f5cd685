//! What is not lent, and who may not do what to a loan.

use serde_json::{Value, json};
use tests::{client::id, on_both};

use super::{lent, path};

on_both!(not_everything_is_lent, async |server| {
    let lent = lent(server).await;
    let (worker, relief) = (&lent.relief.worker, &lent.relief);
    let bound = json!({ "restriction": { "kind": "programme", "programme": "冬令" } });
    let bound = worker.receive(&relief.depot, &relief.item, 9, bound).await;
    let others = json!({ "owner_id": relief.ground.city });
    let others = worker.receive(&relief.depot, &relief.item, 9, others).await;
    let lot = |lot: &str| json!({ "lines": [{ "lot_id": lot, "quantity": 1 }] });
    let refused = worker.post("/v1/loans", lent.body(1, lot(&bound))).await;
    let refused = refused.refused(409, "goods-withheld");
    assert_eq!(refused["withheld"][0]["reason"], "restricted");
    let refused = worker.post("/v1/loans", lent.body(201, json!({}))).await;
    assert_eq!(refused.refused(409, "insufficient-stock")["available"], 200);
    let both = json!({ "lines": [
        { "lot_id": relief.lot, "quantity": 1 }, { "lot_id": others, "quantity": 1 },
    ] });
    let nobody = json!({ "borrower_name": null });
    let strange = json!({
        "borrower_name": null, "borrower_id": "org_01h455vb4pex5vsknk084sn02q",
    });
    let own = json!({ "borrower_name": null, "borrower_id": relief.ground.province });
    for (more, pointer, code) in [
        (both, "/lines/1/lot_id", "owner"),
        (json!({ "due_on": "2020-01-01" }), "/due_on", "out-of-range"),
        (nobody, "/borrower_id", "required"),
        (
            json!({ "borrower_id": relief.ground.city }),
            "/borrower_name",
            "ambiguous",
        ),
        (strange, "/borrower_id", "reference"),
        (own, "/borrower_id", "own"),
    ] {
        let answer = worker.post("/v1/loans", lent.body(1, more)).await;
        let expected = (pointer.to_owned(), code.to_owned());
        assert_eq!(answer.faults(), [expected], "{}", answer.text);
    }
    // Nobody lends goods of others by keeping them.
    let keeper = server.person(&["keeper"], &relief.ground.city).await;
    let facts = json!({ "owner_id": relief.ground.province });
    let kept = worker
        .receive(&relief.city_depot, &relief.item, 9, facts)
        .await;
    let mut body = lent.body(1, lot(&kept));
    body["depot_id"] = json!(relief.city_depot);
    let refused = keeper.post("/v1/loans", body).await;
    refused.refused(403, "forbidden");
    server.prove().await;
});

on_both!(a_settlement_follows_its_rate, async |server| {
    let lent = lent(server).await;
    let (worker, relief) = (&lent.relief.worker, &lent.relief);
    let loan = id(&lent.lend(60, json!({})).await);
    let settle = path(&loan, "settle");
    let theirs = json!({ "lines": [{
        "item_id": relief.item, "quantity": 2, "source": "transfer_in",
        "owner_id": relief.ground.city,
    }] });
    for (body, pointer, code) in [
        (lent.settlement(30, 21, json!({})), "/lines", "rate"),
        (lent.settlement(31, 20, json!({})), "/lines", "rate"),
        (
            lent.settlement(63, 42, json!({})),
            "/quantity",
            "more-than-owed",
        ),
        (lent.settlement(3, 2, theirs), "/lines/0/owner_id", "owner"),
        (
            lent.settlement(3, 2, json!({ "unit": "托" })),
            "/unit",
            "unit",
        ),
    ] {
        let answer = lent.owner.post(&settle, body).await;
        let expected = (pointer.to_owned(), code.to_owned());
        assert_eq!(answer.faults(), [expected], "{}", answer.text);
    }
    // A keeper alone agrees to nothing, and an approver alone has nothing on the shelf.
    for role in ["keeper", "approver"] {
        let person = server.person(&[role], &relief.ground.province).await;
        let refused = person.post(&settle, lent.settlement(3, 2, json!({}))).await;
        refused.refused(403, "forbidden");
    }
    let stranger = server
        .person(&["keeper", "approver"], &relief.ground.other_county)
        .await;
    for (action, body) in [
        ("settle", lent.settlement(3, 2, json!({}))),
        ("forgive", json!({ "reason": "x" })),
        (
            "give-back",
            json!({ "lines": [{ "lot_id": relief.lot, "quantity": 1 }] }),
        ),
    ] {
        let hidden = stranger.post(&path(&loan, action), body).await;
        hidden.refused(404, "not-found");
    }
    let early: Value = json!({
        "occurred_at": (server.clock.now() - chrono::TimeDelta::days(3)).to_rfc3339(),
        "lines": [{ "lot_id": relief.lot, "quantity": 1 }],
    });
    let refused = worker.post(&path(&loan, "give-back"), early).await;
    let fault = ("/occurred_at".to_owned(), "out-of-order".to_owned());
    assert_eq!(refused.faults(), [fault]);
    server.prove().await;
});
