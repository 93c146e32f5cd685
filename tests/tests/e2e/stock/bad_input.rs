//! What a keeper may get wrong, and what is said about it.

use serde_json::{Value, json};
use tests::{Answer, Relief, client::id, on_both};

use super::{issue, two_zones};

const NO_SUCH: &str = "01h455vb4pex5vsknk084sn02q";

async fn receipt(relief: &Relief, facts: Value) -> Answer {
    let mut line = json!({ "item_id": relief.item, "quantity": 1, "source": "purchase" });
    if let (Some(line), Value::Object(facts)) = (line.as_object_mut(), facts) {
        line.extend(facts);
    }
    let body = json!({ "depot_id": relief.depot, "lines": [line] });
    relief.worker.post("/v1/receipts", body).await
}

// The faults are at these members of the first line.
#[track_caller]
fn wrong(answer: &Answer, expected: &[(&str, &str)]) {
    answer.refused(422, "invalid-request");
    let expected: Vec<_> = expected
        .iter()
        .map(|(member, code)| (format!("/lines/0/{member}"), (*code).to_owned()))
        .collect();
    assert_eq!(answer.faults(), expected, "{}", answer.text);
}

on_both!(every_wrong_field_of_a_receipt_is_named, async |server| {
    let relief = server.relief().await;
    let before = server.row_counts().await;
    for quantity in [json!(0), json!(-1), json!(10_000_000_000_000_i64)] {
        let answer = receipt(&relief, json!({ "quantity": quantity })).await;
        wrong(&answer, &[("quantity", "out-of-range")]);
    }
    let answer = receipt(&relief, json!({ "quantity": 1.5 })).await;
    answer.refused(422, "invalid-request");
    assert_eq!(answer.faults()[0].0, "/lines/0/quantity", "{}", answer.text);
    // Too much only when the boxes are opened.
    let boxes = json!({ "quantity": 1_000_000_000_000_i64, "unit": "箱" });
    wrong(
        &receipt(&relief, boxes).await,
        &[("quantity", "out-of-range")],
    );
    let answer = receipt(&relief, json!({ "unit": "托" })).await;
    wrong(&answer, &[("unit", "unit")]);
    let days = json!({ "produced_on": "2026-03-02", "expires_on": "2026-03-01" });
    wrong(
        &receipt(&relief, days).await,
        &[("expires_on", "out-of-order")],
    );
    let answer = receipt(&relief, json!({ "produced_on": "2999-01-01" })).await;
    wrong(&answer, &[("produced_on", "out-of-order")]);
    // All at once.
    let facts = json!({
        "item_id": format!("item_{NO_SUCH}"), "owner_id": format!("org_{NO_SUCH}"),
        "zone_id": format!("zone_{NO_SUCH}"),
        "restriction": { "kind": "division", "division_code": "999999" },
    });
    wrong(
        &receipt(&relief, facts).await,
        &[
            ("item_id", "reference"),
            ("owner_id", "reference"),
            ("restriction/division_code", "reference"),
            ("zone_id", "reference"),
        ],
    );
    let ahead = json!({
        "depot_id": relief.depot, "occurred_at": "2999-01-01T00:00:00Z",
        "lines": [{ "item_id": relief.item, "quantity": 1, "source": "purchase" }],
    });
    let answer = relief.worker.post("/v1/receipts", ahead).await;
    let fault = ("/occurred_at".to_owned(), "out-of-range".to_owned());
    assert_eq!(answer.faults(), [fault]);
    assert_eq!(server.row_counts().await, before);
});

on_both!(an_id_made_by_the_client_is_used_once, async |server| {
    let relief = server.relief().await;
    let line = json!({ "item_id": relief.item, "quantity": 4, "source": "purchase" });
    let paper = json!({
        "id": format!("movement_{NO_SUCH}"), "depot_id": relief.depot, "lines": [line],
    });
    let made = relief.worker.post("/v1/receipts", paper.clone()).await;
    assert_eq!(
        id(&made.expect(201)["movement"]),
        format!("movement_{NO_SUCH}")
    );
    let again = relief.worker.post("/v1/receipts", paper.clone()).await;
    again.refused(409, "already-exists");
    // Nor for another depot, or for another kind of paper.
    let mut elsewhere = paper;
    elsewhere["depot_id"] = json!(relief.city_depot);
    let again = relief.worker.post("/v1/receipts", elsewhere).await;
    again.refused(409, "already-exists");
    let more = json!({ "id": format!("movement_{NO_SUCH}") });
    let line = json!([{ "lot_id": relief.lot, "quantity": 1 }]);
    let again = issue(&relief.worker, &relief.depot, line, more).await;
    again.refused(409, "already-exists");
    let lot = json!({ "lot_id": relief.lot });
    receipt(&relief, lot).await.refused(409, "already-exists");
    let twice = json!({ "depot_id": relief.depot, "lines": [
        { "lot_id": format!("lot_{NO_SUCH}"), "item_id": relief.item, "quantity": 1, "source": "purchase" },
        { "lot_id": format!("lot_{NO_SUCH}"), "item_id": relief.item, "quantity": 1, "source": "purchase" },
    ] });
    let answer = relief.worker.post("/v1/receipts", twice).await;
    let fault = ("/lines/1/lot_id".to_owned(), "repeated".to_owned());
    assert_eq!(answer.faults(), [fault]);
    assert_eq!(relief.worker.on_hand(&relief.depot).await, (204, 0));
    server.prove().await;
});

on_both!(no_more_leaves_than_there_is, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let [main, second] = two_zones(&relief).await;
    for stuff in [
        json!({ "item_id": relief.item }),
        json!({ "lot_id": relief.lot }),
        json!({ "lot_id": relief.lot, "zone_id": main }),
    ] {
        let mut line = stuff;
        line["quantity"] = json!(201);
        let answer = issue(worker, &relief.depot, json!([line]), json!({})).await;
        let short = answer.refused(409, "insufficient-stock");
        assert_eq!(
            (&short["available"], &short["requested"]),
            (&json!(200), &json!(201))
        );
    }
    // Nothing lies there, and none is in that condition.
    for stuff in [
        json!({ "lot_id": relief.lot, "zone_id": second, "quantity": 1 }),
        json!({ "lot_id": relief.lot, "condition": "condemned", "quantity": 1 }),
    ] {
        let answer = issue(worker, &relief.depot, json!([stuff]), json!({})).await;
        assert_eq!(answer.refused(409, "insufficient-stock")["available"], 0);
    }
    // Two lines that are each possible and not together.
    let line = json!({ "lot_id": relief.lot, "quantity": 101 });
    let answer = issue(worker, &relief.depot, json!([line, line]), json!({})).await;
    answer.refused(409, "insufficient-stock");
    let unknown = json!([
        { "lot_id": format!("lot_{NO_SUCH}"), "quantity": 1 },
        { "item_id": format!("item_{NO_SUCH}"), "quantity": 1 },
    ]);
    let answer = issue(worker, &relief.depot, unknown, json!({})).await;
    let fault = |pointer: &str| (pointer.to_owned(), "reference".to_owned());
    assert_eq!(
        answer.faults(),
        [fault("/lines/0/lot_id"), fault("/lines/1/item_id")]
    );
    let body = json!({ "depot_id": relief.depot, "lines": [{
        "lot_id": relief.lot, "from_zone_id": main, "to_zone_id": second, "quantity": 201,
    }] });
    let answer = worker.post("/v1/zone-transfers", body).await;
    assert_eq!(answer.refused(409, "insufficient-stock")["available"], 200);
    assert_eq!(worker.on_hand(&relief.depot).await, (200, 0));
});

on_both!(
    a_paused_depot_moves_nothing_and_a_closed_one_never_again,
    async |server| {
        let relief = server.relief().await;
        let (worker, depot, lot) = (&relief.worker, &relief.depot, &relief.lot);
        let [main, second] = two_zones(&relief).await;
        let state = format!("/v1/depots/{depot}/state");
        let to = |state: &str| json!({ "state": state, "reason": "盘库" });
        worker.post(&state, to("paused")).await.expect(200);
        let line = json!([{ "lot_id": lot, "quantity": 1 }]);
        let transfer = json!({ "depot_id": depot, "lines": [{
        "lot_id": lot, "from_zone_id": main, "to_zone_id": second, "quantity": 1,
    }] });
        let hold = json!({ "depot_id": depot, "deadline_at": deadline(server), "lines": line });
        for answer in [
            issue(worker, depot, line.clone(), json!({})).await,
            receipt(&relief, json!({})).await,
            worker.post("/v1/zone-transfers", transfer).await,
            worker.post("/v1/reservations", hold.clone()).await,
        ] {
            assert_eq!(answer.refused(409, "wrong-state")["state"], "paused");
        }
        // What was found spoiled is a fact nevertheless.
        let change = json!({
            "depot_id": depot, "reason": "damaged", "found_by": "王", "lines": [{
        "lot_id": lot, "zone_id": main, "from": "usable", "to": "condemned", "quantity": 1,
    }] });
        worker
            .post("/v1/condition-changes", change.clone())
            .await
            .expect(201);
        worker.post(&state, to("operating")).await.expect(200);
        let close = format!("/v1/depots/{depot}/close");
        let reason = json!({ "reason": "搬迁" });
        worker
            .post(&close, reason.clone())
            .await
            .refused(409, "wrong-state");
        let rest = json!([
            { "lot_id": lot, "quantity": 199 },
            { "lot_id": lot, "quantity": 1, "condition": "condemned" },
        ]);
        let more = json!({ "override": { "reason": "销毁" } });
        issue(worker, depot, rest, more).await.expect(201);
        worker.post(&close, reason).await.expect(200);
        for answer in [
            receipt(&relief, json!({})).await,
            worker.post("/v1/reservations", hold).await,
            worker.post("/v1/condition-changes", change).await,
        ] {
            assert!(matches!(answer.status, 409 | 422), "{}", answer.text);
        }
        let page = worker.get("/v1/movements?kind=issue").await.expect(200);
        let path = format!("/v1/movements/{}/reverse", id(&page["items"][0]));
        let answer = worker.post(&path, json!({})).await;
        assert_eq!(answer.refused(409, "wrong-state")["state"], "closed");
    }
);

fn deadline(server: &tests::Server) -> String {
    super::reservations::deadline(server, 1)
}

on_both!(
    goods_are_bound_to_an_incident_that_their_receiver_sees,
    async |server| {
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        let bound = |incident: &str| json!({ "kind": "incident", "incident_id": incident });
        let there = json!({ "restriction": bound(&disaster.incident) });
        let worker = &relief.worker;
        worker.receive(&relief.depot, &relief.item, 5, there).await;
        let receive = async |keeper: &tests::Client, depot: &str, incident: &str| {
            let line = |item: &str| {
                json!({
                    "item_id": item, "quantity": 1, "source": "donation",
                    "restriction": bound(incident),
                })
            };
            // With what else is wrong, at once.
            let lines = [line(&relief.item), line("item_01h455vb4pex5vsknk084sn02q")];
            let body = json!({ "depot_id": depot, "lines": lines });
            let mut faults = keeper.post("/v1/receipts", body).await.faults();
            faults.sort();
            faults
        };
        let expected = [
            "/lines/0/restriction/incident_id",
            "/lines/1/item_id",
            "/lines/1/restriction/incident_id",
        ]
        .map(|pointer| (pointer.to_owned(), "reference".to_owned()));
        let nowhere = "incident_01h455vb4pex5vsknk084sn02q";
        assert_eq!(receive(worker, &relief.depot, nowhere).await, expected);
        // Nor do goods leave for one, nor are they held for one.
        for (path, held) in [("/v1/issues", false), ("/v1/reservations", true)] {
            let purposed = async |incident: &str| {
                let mut body = json!({
                    "depot_id": relief.depot, "purpose": { "incident_id": incident },
                    "lines": [{ "lot_id": relief.lot, "quantity": 1 }],
                });
                if held {
                    body["deadline_at"] = json!(deadline(server));
                }
                worker.post(path, body).await
            };
            let refused = purposed(nowhere).await;
            refused.refused(422, "invalid-request");
            assert_eq!(
                refused.faults(),
                [("/purpose/incident_id".to_owned(), "reference".to_owned())]
            );
            purposed(&disaster.incident).await.expect(201);
        }
        // What one does not see is not there.
        let county = json!({
            "code": "county", "name": "县库", "level": "county", "operation": "own",
            "organisation_id": relief.ground.county,
        });
        let county = id(&worker.post("/v1/depots", county).await.expect(201));
        let keeper = server.person(&["keeper"], &relief.ground.county).await;
        let faults = receive(&keeper, &county, &disaster.incident).await;
        assert_eq!(faults, expected);
        server.prove().await;
    }
);
