//! What is no statement.

use serde_json::json;
use tests::on_both;

use super::{Scene, scene};

on_both!(what_does_not_hold_is_refused, async |server| {
    let scene = scene(server).await;
    let Scene {
        relief, publisher, ..
    } = &scene;
    let worker = &relief.worker;
    server.seal().await;
    let draft = async |query: &str| {
        let path = format!(
            "/v1/statement-drafts?organisation_id={}&{query}",
            relief.ground.province
        );
        let answer = worker.get(&path).await;
        answer.refused(422, "invalid-query")["errors"][0]["pointer"].clone()
    };
    assert_eq!(draft("until=2999-01-01T00:00:00Z").await, "until");
    assert_eq!(draft("from=2998-01-01T00:00:00Z").await, "from");
    assert_eq!(draft("position=999999").await, "position");
    let nobody = "01h455vb4pex5vsknk084sn02q";
    assert_eq!(
        draft(&format!("incident_id=incident_{nobody}")).await,
        "incident_id"
    );
    assert_eq!(draft(&format!("donor_id=donor_{nobody}")).await, "donor_id");
    // A county does not account for its province.
    let county = server.person(&["dispatcher"], &relief.ground.county).await;
    let path = format!(
        "/v1/statement-drafts?organisation_id={}",
        relief.ground.province
    );
    county.get(&path).await.refused(422, "invalid-query");
    // Who publishes prepares nothing, and who may not publish does not.
    publisher
        .post("/v1/statements", scene.body())
        .await
        .refused(403, "forbidden");
    let statement = scene.prepare(scene.body()).await;
    let steward = server
        .person(&["data_steward"], &relief.ground.province)
        .await;
    let publish = format!("/v1/statements/{statement}/publish");
    steward.act(&publish).await.refused(403, "forbidden");
    let withdraw = format!("/v1/statements/{statement}/withdraw");
    scene.publish(&statement).await;
    let late = worker.post(&withdraw, json!({ "reason": "迟" })).await;
    assert_eq!(late.refused(409, "wrong-state")["state"], "published");

    let mut body = scene.body();
    body["corrects_id"] = json!(statement);
    worker
        .post("/v1/statements", body.clone())
        .await
        .refused(422, "invalid-request");
    body["correction_reason"] = json!("范围不同");
    body["item_id"] = json!(relief.item);
    let other = worker.post("/v1/statements", body.clone()).await;
    assert_eq!(
        other.refused(422, "invalid-request")["errors"][0]["pointer"],
        "/item_id"
    );
    body["corrects_id"] = json!(format!("statement_{nobody}"));
    let none = worker.post("/v1/statements", body).await;
    assert_eq!(
        none.refused(422, "invalid-request")["errors"][0]["pointer"],
        "/corrects_id"
    );

    let donor = json!({
        "organisation_id": relief.ground.province, "name": "王五", "class": "individual",
        "naming": "agreed",
    });
    let refused = worker.post("/v1/donors", donor).await;
    assert_eq!(
        refused.refused(422, "invalid-request")["errors"][0]["pointer"],
        "/ground"
    );
});
