//! What is taken back wrongly, and by whom it may not be.

use serde_json::json;
use tests::on_both;

use super::{came, field, list};

on_both!(what_does_not_fit_is_told_at_once, async |server| {
    let field = field(server).await;
    let relief = &field.relief;
    let nowhere = "zone_01h455vb4pex5vsknk084sn02q";
    let nothing = "lot_01h455vb4pex5vsknk084sn02q";
    let check = async |body: serde_json::Value, expected: &[(&str, &str)]| {
        let answer = relief.worker.post("/v1/returns", body).await;
        answer.refused(422, "invalid-request");
        let expected: Vec<_> = expected
            .iter()
            .map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned()))
            .collect();
        assert_eq!(answer.faults(), expected);
    };
    let mut anonymous = field.body(&[came(json!({}), 1, 0, json!({}))]);
    anonymous["counterparty"] = json!(null);
    check(
        anonymous,
        &[
            ("/counterparty", "required"),
            ("/lines/0/lot_id", "required"),
        ],
    )
    .await;
    let both = json!({ "lot_id": relief.lot, "item_id": relief.item, "remark": "x" });
    check(
        field.body(&[came(both, 1, 0, json!({}))]),
        &[
            ("/lines/0/item_id", "ambiguous"),
            ("/lines/0/remark", "ambiguous"),
        ],
    )
    .await;
    let lines = [
        came(
            json!({ "lot_id": nothing }),
            1,
            0,
            json!({ "zone_id": nowhere }),
        ),
        came(
            json!({ "item_id": "item_01h455vb4pex5vsknk084sn02q" }),
            1,
            0,
            json!({ "zone_id": nowhere, "owner_id": "org_01h455vb4pex5vsknk084sn02q" }),
        ),
        came(field.lot(), 1, 0, json!({ "unit": "车" })),
    ];
    check(
        field.body(&lines),
        &[
            ("/lines/0/lot_id", "reference"),
            ("/lines/0/zone_id", "reference"),
            ("/lines/1/item_id", "reference"),
            ("/lines/1/owner_id", "reference"),
            ("/lines/1/zone_id", "reference"),
            ("/lines/2/unit", "unit"),
        ],
    )
    .await;
    let lines = [came(
        field.lot(),
        1,
        1_201,
        json!({ "recovery_class": "sofa" }),
    )];
    let answer = field.take_back(&lines).await;
    let pointers: Vec<_> = answer
        .faults()
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect();
    assert_eq!(
        pointers,
        ["/lines/0/recovery_class", "/lines/0/used_months"]
    );
});

on_both!(others_neither_take_back_nor_see_it, async |server| {
    let field = field(server).await;
    let ground = &field.relief.ground;
    let lines = [came(field.lot(), 1, 0, json!({}))];
    let made = field.take_back(&lines).await.expect(201);
    let path = format!(
        "/v1/returns/{}",
        made["movement_id"].as_str().unwrap_or_default()
    );
    let stranger = server.person(&["keeper"], &ground.county).await;
    stranger.get(&path).await.refused(404, "not-found");
    let none = stranger.get("/v1/returns").await.expect(200);
    assert_eq!(list(&none).len(), 0);
    let answer = stranger.post("/v1/returns", field.body(&lines)).await;
    assert_eq!(
        answer.faults(),
        [("/depot_id".to_owned(), "reference".to_owned())]
    );
    let auditor = server.person(&["auditor"], &ground.province).await;
    auditor.get(&path).await.expect(200);
    let refused = auditor.post("/v1/returns", field.body(&lines)).await;
    assert_eq!(
        refused.refused(403, "forbidden")["capability"],
        "post_stock"
    );
    // A movement of another kind is no return.
    let other = format!("/v1/returns/{}", field.issue);
    auditor.get(&other).await.refused(404, "not-found");
});
