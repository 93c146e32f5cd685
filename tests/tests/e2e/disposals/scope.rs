//! Who asks, who approves, and for whom it is not there.

use serde_json::json;
use tests::{client::id, on_both};

use super::{list, scrap};

on_both!(whoever_asks_does_not_approve, async |server| {
    let scrap = scrap(server).await;
    let (worker, ground) = (&scrap.relief.worker, &scrap.relief.ground);
    let disposal = id(&scrap.ask("destroyed", json!({})).await);
    let path = |action: &str| format!("/v1/disposals/{disposal}/{action}");
    // The worker is an approver, too, but asked.
    let own = worker.act(&path("approve")).await;
    assert_eq!(own.refused(403, "forbidden")["action"], "approve");
    let keeper = server.person(&["keeper"], &ground.province).await;
    let refused = keeper.act(&path("approve")).await;
    assert_eq!(
        refused.refused(403, "forbidden")["capability"],
        "approve_order"
    );
    let reason = || json!({ "reason": "不同意" });
    keeper
        .post(&path("refuse"), reason())
        .await
        .refused(403, "forbidden");
    let withdraw = scrap.approver.post(&path("withdraw"), reason()).await;
    assert_eq!(
        withdraw.refused(403, "forbidden")["capability"],
        "post_stock"
    );
    let asked = scrap
        .approver
        .post("/v1/disposals", scrap.body("destroyed", json!({})))
        .await;
    asked.refused(403, "forbidden");
    scrap.approve(&disposal).await.expect(200);
    let body = json!({ "way": "destroyed" });
    let refused = scrap.approver.post(&path("carry-out"), body).await;
    assert_eq!(
        refused.refused(403, "forbidden")["capability"],
        "post_stock"
    );
    // Another keeper of the depot may.
    keeper
        .post(&path("carry-out"), json!({ "way": "destroyed" }))
        .await
        .expect(200);
    server.prove().await;
});

on_both!(the_owner_sees_it_and_others_do_not, async |server| {
    let scrap = scrap(server).await;
    let (worker, relief) = (&scrap.relief.worker, &scrap.relief);
    let ground = &relief.ground;
    // The province's goods in the city's depot: the city asks, the province approves.
    let facts = json!({ "condition": "condemned", "owner_id": ground.province });
    let kept = worker
        .receive(&relief.city_depot, &relief.item, 9, facts)
        .await;
    let keeper = server.person(&["keeper", "approver"], &ground.city).await;
    let body = scrap.body(
        "destroyed",
        json!({
            "depot_id": relief.city_depot, "lines": [{ "lot_id": kept, "quantity": 9 }],
        }),
    );
    let disposal = id(&keeper.post("/v1/disposals", body.clone()).await.expect(201));
    let path = |action: &str| format!("/v1/disposals/{disposal}{action}");
    let second = server.person(&["approver"], &ground.city).await;
    second.get(&path("")).await.expect(200);
    second
        .act(&path("/approve"))
        .await
        .refused(403, "forbidden");

    let stranger = server
        .person(&["keeper", "approver"], &ground.other_county)
        .await;
    stranger.get(&path("")).await.refused(404, "not-found");
    let none = stranger.get("/v1/disposals").await.expect(200);
    assert_eq!(list(&none).len(), 0);
    let reason = || json!({ "reason": "无" });
    stranger
        .act(&path("/approve"))
        .await
        .refused(404, "not-found");
    for action in ["/refuse", "/withdraw"] {
        stranger
            .post(&path(action), reason())
            .await
            .refused(404, "not-found");
    }
    let done = json!({ "way": "destroyed" });
    stranger
        .post(&path("/carry-out"), done.clone())
        .await
        .refused(404, "not-found");
    let answer = stranger.post("/v1/disposals", body).await;
    assert_eq!(
        answer.faults(),
        [("/depot_id".to_owned(), "reference".to_owned())]
    );

    scrap.approver.get(&path("")).await.expect(200);
    scrap.approve(&disposal).await.expect(200);
    keeper.post(&path("/carry-out"), done).await.expect(200);
    server.prove().await;
});
