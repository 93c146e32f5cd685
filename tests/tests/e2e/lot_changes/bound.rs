//! Bound goods serve what they may: every other way is tried, and none is open. Only their donor's
//! word makes one.

use serde_json::{Value, json};
use tests::{client::id, on_both};

use super::{Title, list, text, title};

// A family pack of one quilt.
async fn pack(title: &Title) -> String {
    let (worker, relief) = (&title.relief.worker, &title.relief);
    let categories = worker.get("/v1/categories").await.expect(200);
    let kit = json!({
        "category_id": id(&list(&categories)[0]), "organisation_id": relief.ground.province,
        "name": "家庭包", "base_unit": "个", "kind": "kit",
    });
    let kit = id(&worker.post("/v1/items", kit).await.expect(201));
    let contents = json!({ "contents": [{ "item_id": relief.item, "quantity": 1 }] });
    let path = format!("/v1/items/{kit}/kit-versions");
    worker.post(&path, contents).await.expect(201);
    kit
}

async fn available(title: &Title, purpose: &str) -> Value {
    let item = &title.relief.item;
    let path = format!("/v1/virtual-warehouse/items?item_id={item}{purpose}");
    let page = title.relief.worker.get(&path).await.expect(200);
    let figures = &list(&page)[0]["figures"];
    json!([figures["available"], figures["restricted"]])
}

on_both!(bound_goods_serve_nothing_else_by_any_way, async |server| {
    let title = title(server).await;
    let (worker, relief) = (&title.relief.worker, &title.relief);
    let (depot, bound) = (&relief.depot, &title.bound);
    let disaster = relief.disaster().await;
    // Nothing is there but what 甲厂 bound to its programme.
    let all = json!({ "depot_id": depot, "lines": [{ "lot_id": relief.lot, "quantity": 200 }] });
    worker.post("/v1/issues", all).await.expect(201);
    let for_incident = || json!({ "incident_id": disaster.incident });
    let by_lot = || json!([{ "lot_id": bound, "quantity": 1 }]);
    let by_item = || json!([{ "item_id": relief.item, "quantity": 1 }]);
    let deadline = (server.clock.now() + chrono::TimeDelta::hours(1)).to_rfc3339();

    // Issued or promised, named or picked, for something else or for nothing that is said.
    for purpose in [
        for_incident(),
        json!({ "programme": "博爱送万家" }),
        json!({ "division_code": "330203" }),
        json!({}),
    ] {
        for (lines, code) in [
            (by_lot(), "goods-withheld"),
            (by_item(), "insufficient-stock"),
        ] {
            let issue = json!({ "depot_id": depot, "purpose": purpose, "lines": lines });
            let issue = worker.post("/v1/issues", issue).await;
            let refused = issue.refused(409, code);
            assert_eq!(refused["withheld"][0]["reason"], "restricted", "{purpose}");
            let hold = json!({
                "depot_id": depot, "purpose": purpose, "lines": lines, "deadline_at": deadline,
            });
            worker
                .post("/v1/reservations", hold)
                .await
                .refused(409, code);
        }
    }
    // Planned and ordered for a site.
    relief.need(&disaster, 10).await;
    let plan = relief.plan(&disaster).await;
    assert_eq!(plan["allocations"], json!([]));
    assert_eq!(plan["shortfalls"][0]["missing"], 10);
    let order = json!({
        "depot_id": depot, "site_id": disaster.site, "owner_id": relief.ground.province,
        "lines": by_item(),
    });
    worker
        .post("/v1/dispatch-orders", order)
        .await
        .refused(409, "insufficient-stock");
    // Put into a pack: the pack is bound as they are.
    let kit = pack(&title).await;
    let assembly = json!({
        "depot_id": depot, "item_id": kit, "kit_version": 1, "quantity": 2,
        "lines": [{ "lot_id": bound, "quantity": 2 }],
    });
    let made = worker
        .post("/v1/kit-assemblies", assembly)
        .await
        .expect(201);
    assert_eq!(made["kit_lot"]["restriction"]["programme"], "博爱家园");
    let issue = json!({
        "depot_id": depot, "purpose": for_incident(),
        "lines": [{ "lot_id": text(&made["kit_lot"]["id"]), "quantity": 1 }],
    });
    let refused = worker.post("/v1/issues", issue).await;
    refused.refused(409, "goods-withheld");
    // Disposed of while they are good, and moved to another depot, where they are as bound.
    let disposal = json!({
        "depot_id": depot, "way": "destroyed", "reason": "发给灾民", "assessed_by": "本库",
        "lines": [{ "lot_id": bound, "quantity": 1, "condition": "usable" }],
    });
    let refused = worker.post("/v1/disposals", disposal).await.faults();
    let fault = ("/lines/0/lot_id".to_owned(), "still-good".to_owned());
    assert_eq!(refused, [fault]);
    // Given to another owner, they stay bound; and so does what another owner's people may do.
    let city = title.give(bound, 5).await;
    let issue = json!({
        "depot_id": depot, "purpose": for_incident(),
        "lines": [{ "lot_id": city, "quantity": 1 }],
    });
    let refused = worker.post("/v1/issues", issue).await;
    refused.refused(409, "goods-withheld");
    // Figures say the same.
    assert_eq!(available(&title, "").await, json!([0, 98]));

    // Until the donor says otherwise.
    let to = json!({ "kind": "incident", "incident_id": disaster.incident });
    let change = title.ask(title.to_purpose(to, 20)).await;
    let done = title.approve(&change).await.expect(200);
    let plan = relief.plan(&disaster).await;
    assert_eq!(
        (
            &plan["allocations"][0]["lot_id"],
            &plan["allocations"][0]["quantity"]
        ),
        (&done["lines"][0]["new_lot_id"], &json!(10))
    );
    server.prove().await;
});
