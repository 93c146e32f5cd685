//! What a recall refuses, and who sees it.

use serde_json::{Value, json};
use tests::{client::id, on_both};

use super::{NUMBER, batch, lift, list, notice, recall};

on_both!(a_recall_is_of_lots_or_of_a_batch, async |server| {
    let at = batch(server).await;
    let (worker, ground) = (&at.relief.worker, &at.relief.ground);
    let (province, item) = (&ground.province, &at.relief.item);
    let nobody = "lot_01h455vb4pex5vsknk084sn02q";
    let no_item = "item_01h455vb4pex5vsknk084sn02q";
    for (more, expected) in [
        (json!({}), vec![("/lot_ids", "required")]),
        (json!({ "item_id": item }), vec![("/batch", "required")]),
        (json!({ "batch": NUMBER }), vec![("/item_id", "required")]),
        (
            json!({ "lot_ids": [at.first], "batch": NUMBER }),
            vec![("/lot_ids", "ambiguous")],
        ),
        (
            json!({ "lot_ids": [at.first], "reason": " ", "announced_by": " " }),
            vec![("/announced_by", "required"), ("/reason", "required")],
        ),
        (
            json!({ "lot_ids": [at.first], "announced_on": "2026-02-30" }),
            vec![("/announced_on", "format")],
        ),
        (
            json!({ "lot_ids": [at.first], "announced_on": "2200-01-01" }),
            vec![("/announced_on", "out-of-range")],
        ),
        (
            json!({ "lot_ids": [nobody] }),
            vec![("/lot_ids/0", "reference")],
        ),
        (
            json!({ "item_id": no_item, "batch": NUMBER }),
            vec![("/item_id", "reference")],
        ),
    ] {
        let answer = recall(worker, province, more.clone()).await;
        let pointers: Vec<_> = answer.faults();
        let expected: Vec<_> = expected
            .iter()
            .map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned()))
            .collect();
        assert_eq!(pointers, expected, "{more}");
    }
    // A batch of which nobody has any is recalled for what may come.
    let more =
        json!({ "item_id": item, "batch": "B-99", "id": "recall_01h455vb4pex5vsknk084sn02q" });
    let made = recall(worker, province, more.clone()).await.expect(201);
    assert_eq!(made["lot_ids"], json!([]));
    let again = recall(worker, province, more).await;
    assert_eq!(
        again.refused(409, "already-exists")["constraint"],
        "lot_recall.id"
    );
    let lifted = id(&made);
    lift(worker, &lifted).await.expect(200);
    let twice = lift(worker, &lifted).await;
    let twice = twice.refused(409, "wrong-state");
    assert_eq!(
        (&twice["state"], &twice["recall_id"]),
        (&json!("lifted"), &json!(lifted))
    );
});

on_both!(
    a_recall_reaches_down_the_tree_and_no_further,
    async |server| {
        let at = batch(server).await;
        let ground = &at.relief.ground;
        let keeper = server.person(&["keeper"], &ground.city).await;
        let of_batch = at.of_batch();
        // The city's own lot, and not the province's.
        let made = recall(&keeper, &ground.city, of_batch.clone())
            .await
            .expect(201);
        assert_eq!(made["lot_ids"], json!([at.second]));
        let path = format!("/v1/lot-recalls/{}", id(&made));
        at.issue(&at.first, 1, json!({})).await.expect(201);
        let upwards = recall(&keeper, &ground.province, of_batch.clone()).await;
        assert_eq!(
            upwards.faults(),
            [("/organisation_id".to_owned(), "reference".to_owned())]
        );
        let others = recall(&keeper, &ground.city, json!({ "lot_ids": [at.first] })).await;
        assert_eq!(
            others.faults(),
            [("/lot_ids/0".to_owned(), "reference".to_owned())]
        );
        // A keeper holds goods back and does not let them go.
        let lifted = lift(&keeper, &id(&made)).await;
        assert_eq!(
            lifted.refused(403, "forbidden")["capability"],
            "approve_order"
        );
        let auditor = server.person(&["auditor"], &ground.province).await;
        auditor.get(&path).await.expect(200);
        let body = notice(&ground.province, of_batch);
        auditor
            .post("/v1/lot-recalls", body)
            .await
            .refused(403, "forbidden");

        let stranger = server
            .person(&["keeper", "approver"], &ground.other_county)
            .await;
        for sub in ["", "/places", "/hands"] {
            stranger
                .get(&format!("{path}{sub}"))
                .await
                .refused(404, "not-found");
        }
        lift(&stranger, &id(&made)).await.refused(404, "not-found");
        let none = stranger.get("/v1/lot-recalls").await.expect(200);
        assert_eq!(list(&none), [] as [Value; 0]);
        server.prove().await;
    }
);
