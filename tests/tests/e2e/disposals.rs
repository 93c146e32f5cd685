//! Goods that nobody can use any more leave by their owner's word, and what came of it is kept.

mod refusals;
mod scope;
mod tampering;

use serde_json::{Value, json};
use tests::{Answer, Client, Relief, Server, client::id, on_both};

/// The provincial depot with goods past use beside 200 good quilts.
struct Scrap {
    relief: Relief,
    /// Somebody else who approves for the province.
    approver: Client,
    /// 50 condemned quilts, given by 甲厂 for a programme.
    condemned: String,
    /// 20 usable quilts that have expired.
    expired: String,
}

async fn scrap(server: &Server) -> Scrap {
    let relief = server.relief().await;
    let approver = server.person(&["approver"], &relief.ground.province).await;
    let facts = json!({
        "condition": "condemned", "source": "donation", "donor": "甲厂",
        "restriction": { "kind": "programme", "programme": "博爱送万家" },
    });
    let (worker, item) = (&relief.worker, &relief.item);
    let condemned = worker.receive(&relief.depot, item, 50, facts).await;
    let facts = json!({ "expires_on": "2019-01-01" });
    let expired = worker.receive(&relief.depot, item, 20, facts).await;
    Scrap {
        relief,
        approver,
        condemned,
        expired,
    }
}

fn extend(body: &mut Value, more: Value) {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
}

fn list(page: &Value) -> &[Value] {
    page["items"].as_array().map_or(&[], Vec::as_slice)
}

impl Scrap {
    fn body(&self, way: &str, more: Value) -> Value {
        let mut body = json!({
            "depot_id": self.relief.depot, "way": way, "reason": "霉变", "assessed_by": "省质检院",
            "reference": "ZJ-2026-9", "lines": [{ "lot_id": self.condemned, "quantity": 30 }],
        });
        extend(&mut body, more);
        body
    }

    async fn ask(&self, way: &str, more: Value) -> Value {
        let body = self.body(way, more);
        self.relief
            .worker
            .post("/v1/disposals", body)
            .await
            .expect(201)
    }

    /// Asks, and has it approved.
    async fn approved(&self, way: &str, more: Value) -> String {
        let disposal = id(&self.ask(way, more).await);
        self.approve(&disposal).await.expect(200);
        disposal
    }

    async fn approve(&self, disposal: &str) -> Answer {
        self.approver
            .act(&format!("/v1/disposals/{disposal}/approve"))
            .await
    }

    async fn carry_out(&self, disposal: &str, body: Value) -> Answer {
        let path = format!("/v1/disposals/{disposal}/carry-out");
        self.relief.worker.post(&path, body).await
    }

    async fn totals(&self, lot: &str) -> Value {
        let path = format!("/v1/lots/{lot}");
        self.relief.worker.get(&path).await.expect(200)["totals"].clone()
    }
}

on_both!(from_the_shelf_to_the_fire, async |server| {
    let scrap = scrap(server).await;
    let (worker, relief) = (&scrap.relief.worker, &scrap.relief);
    // In boxes of ten, and the expired ones beside them.
    let lines = json!({ "lines": [
        { "lot_id": scrap.condemned, "quantity": 3, "unit": "箱" },
        { "lot_id": scrap.expired, "condition": "usable", "quantity": 20 },
    ] });
    let asked = scrap.ask("destroyed", lines).await;
    let disposal = id(&asked);
    assert_eq!(
        (&asked["state"], &asked["way"]),
        (&json!("asked"), &json!("destroyed"))
    );
    assert_eq!(asked["owner_id"], relief.ground.province.as_str());
    assert_eq!(asked["lines"][0]["quantity"], 30);
    assert_eq!(worker.on_hand(&relief.depot).await, (270, 50));

    // Held for the disposal and for nothing else.
    let held = asked["reservation_id"].as_str().unwrap_or_default();
    let path = format!("/v1/reservations/{held}");
    let shown = worker.get(&path).await.expect(200);
    assert_eq!(shown["disposal_id"], disposal.as_str());
    for action in ["release", "post"] {
        let refused = worker.post(&format!("{path}/{action}"), json!({})).await;
        let refused = refused.refused(409, "wrong-state");
        assert_eq!(refused["disposal_id"], disposal.as_str());
    }
    let zones = format!("/v1/depots/{}/zones", relief.depot);
    let main = id(&worker.get(&zones).await.expect(200)["items"][0]);
    let other = json!({ "code": "Q", "name": "待检区" });
    let other = id(&worker.post(&zones, other).await.expect(201));
    let shift = json!({ "depot_id": relief.depot, "lines": [{
        "lot_id": scrap.condemned, "condition": "condemned", "from_zone_id": main,
        "to_zone_id": other, "quantity": 21,
    }] });
    let refused = worker.post("/v1/zone-transfers", shift).await;
    refused.refused(409, "insufficient-stock");

    let early = scrap
        .carry_out(&disposal, json!({ "way": "destroyed" }))
        .await;
    assert_eq!(early.refused(409, "wrong-state")["state"], "asked");
    let approved = scrap.approve(&disposal).await.expect(200);
    assert_eq!(approved["state"], "approved");
    assert!(approved["approved_by"].is_string());

    // Less than was asked for is found in the oven; the rest is free again.
    let body = json!({
        "way": "destroyed", "counterparty": "环保局", "paper_number": "XH-1", "lines": [
            { "lot_id": scrap.condemned, "quantity": 25 },
            { "lot_id": scrap.expired, "condition": "usable", "quantity": 20 },
        ],
    });
    let done = scrap.carry_out(&disposal, body).await.expect(200);
    assert_eq!(done["state"], "carried_out");
    let posted: Vec<_> = done["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["posted"].clone())
        .collect();
    assert_eq!(posted, [25, 20]);
    assert_eq!(worker.on_hand(&relief.depot).await, (225, 0));
    assert_eq!(scrap.totals(&scrap.condemned).await["written_off"], 25);
    let movement = done["movement_id"].as_str().unwrap_or_default();
    let path = format!("/v1/movements/{movement}");
    assert_eq!(worker.get(&path).await.expect(200)["kind"], "disposal");
    let undo = worker.post(&format!("{path}/reverse"), json!({})).await;
    assert_eq!(
        undo.refused(409, "wrong-state")["disposal_id"],
        disposal.as_str()
    );
    let again = scrap
        .carry_out(&disposal, json!({ "way": "destroyed" }))
        .await;
    assert_eq!(again.refused(409, "wrong-state")["state"], "carried_out");

    let path = format!("/v1/disposals/{disposal}");
    let shown = worker.get(&path).await;
    assert_eq!(shown.expect(200), done);
    assert_eq!(shown.etag(), "\"v3\"");
    for (query, count) in [
        ("state=carried_out", 1),
        ("state=asked", 0),
        ("way=auctioned", 0),
        (&format!("lot_id={}", scrap.expired), 1),
        (&format!("lot_id={}", relief.lot), 0),
        (
            &format!(
                "depot_id={}&owner_id={}",
                relief.depot, relief.ground.province
            ),
            1,
        ),
        (&format!("depot_id={}", relief.city_depot), 0),
    ] {
        let page = worker
            .get(&format!("/v1/disposals?{query}"))
            .await
            .expect(200);
        assert_eq!(list(&page).len(), count, "{query}");
    }
    server.prove().await;
});

on_both!(what_an_auction_brought_is_kept_to_the_fen, async |server| {
    let scrap = scrap(server).await;
    let disposal = scrap.approved("auctioned", json!({})).await;
    let body = json!({
        "way": "auctioned", "counterparty": "某拍卖行", "proceeds": "1280.55",
    });
    let done = scrap.carry_out(&disposal, body).await.expect(200);
    assert_eq!(
        (&done["proceeds"], &done["currency"]),
        (&json!("1280.55"), &json!("CNY"))
    );
    assert_eq!(done["lines"][0]["posted"], 30);
    assert_eq!(
        scrap.relief.worker.on_hand(&scrap.relief.depot).await,
        (240, 0)
    );
    server.prove().await;
});

on_both!(parts_become_lots_that_name_the_disposal, async |server| {
    let scrap = scrap(server).await;
    let (worker, relief) = (&scrap.relief.worker, &scrap.relief);
    let disposal = scrap.approved("parts_reused", json!({})).await;
    let lot = "lot_01h455vb4pex5vsknk084sn02q";
    let body = json!({ "way": "parts_reused", "parts": [
        { "item_id": relief.item, "quantity": 1, "unit": "箱", "lot_id": lot, "remark": "被芯" },
        { "item_id": relief.item, "quantity": 4, "condition": "needs_repair" },
    ] });
    let done = scrap.carry_out(&disposal, body).await.expect(200);
    assert_eq!(done["parts"][0]["lot_id"], lot);
    assert_eq!(done["parts"][0]["quantity"], 10);
    assert_eq!(done["parts"][1]["condition"], "needs_repair");
    let part = worker.get(&format!("/v1/lots/{lot}")).await.expect(200)["lot"].clone();
    assert_eq!(part["source"], "disposal");
    assert_eq!(part["disposal_id"], disposal.as_str());
    assert_eq!(part["donor"], "甲厂");
    assert_eq!(part["restriction"]["programme"], "博爱送万家");
    assert!(part["unit_value"].is_null());
    let page = worker.get("/v1/lots?source=disposal").await.expect(200);
    assert_eq!(list(&page).len(), 2);
    assert_eq!(worker.on_hand(&relief.depot).await, (254, 0));
    // The shelf says so, and nobody makes it unsaid.
    let parts = done["parts_movement_id"].as_str().unwrap_or_default();
    let undo = worker
        .post(&format!("/v1/movements/{parts}/reverse"), json!({}))
        .await;
    assert_eq!(
        undo.refused(409, "wrong-state")["disposal_id"],
        disposal.as_str()
    );
    server.prove().await;
});

on_both!(recalled_goods_go_back_to_their_maker, async |server| {
    let scrap = scrap(server).await;
    let (worker, relief) = (&scrap.relief.worker, &scrap.relief);
    let notice = json!({
        "organisation_id": relief.ground.province, "reference": "召回〔2026〕1号", "grade": "first",
        "reason": "甲醛超标", "announced_by": "厂家", "lot_ids": [relief.lot],
    });
    worker.post("/v1/lot-recalls", notice).await.expect(201);
    let lines = json!({ "lines": [
        { "lot_id": relief.lot, "condition": "usable", "quantity": 200 },
    ] });
    let kept = worker
        .post("/v1/disposals", scrap.body("destroyed", lines.clone()))
        .await;
    assert_eq!(
        kept.faults(),
        [("/lines/0/lot_id".to_owned(), "still-good".to_owned())]
    );
    let disposal = scrap.approved("returned_to_maker", lines).await;
    let body = json!({ "way": "returned_to_maker", "counterparty": "厂家" });
    scrap.carry_out(&disposal, body).await.expect(200);
    assert_eq!(worker.on_hand(&relief.depot).await, (70, 0));
    server.prove().await;
});

on_both!(a_no_gives_the_goods_back_to_the_shelf, async |server| {
    let scrap = scrap(server).await;
    let (worker, relief) = (&scrap.relief.worker, &scrap.relief);
    let reason = || json!({ "reason": "仍可修复" });
    let refused = id(&scrap.ask("destroyed", json!({})).await);
    let path = |disposal: &str, action: &str| format!("/v1/disposals/{disposal}/{action}");
    let said = scrap
        .approver
        .post(&path(&refused, "refuse"), reason())
        .await;
    let said = said.expect(200);
    assert_eq!(
        (&said["state"], &said["end_reason"]),
        (&json!("refused"), &json!("仍可修复"))
    );
    assert_eq!(worker.on_hand(&relief.depot).await, (270, 0));
    // Asked again and approved, and then the keeper thinks better of it.
    let withdrawn = scrap.approved("auctioned", json!({})).await;
    assert_eq!(worker.on_hand(&relief.depot).await, (270, 30));
    let said = worker
        .post(&path(&withdrawn, "withdraw"), reason())
        .await
        .expect(200);
    assert_eq!(said["state"], "withdrawn");
    assert!(said["approved_by"].is_string());
    assert_eq!(worker.on_hand(&relief.depot).await, (270, 0));
    for disposal in [&refused, &withdrawn] {
        let late = scrap.approve(disposal).await;
        assert_eq!(late.refused(409, "wrong-state")["action"], "approve");
        let late = scrap
            .approver
            .post(&path(disposal, "refuse"), reason())
            .await;
        assert_eq!(late.refused(409, "wrong-state")["action"], "refuse");
        let late = worker.post(&path(disposal, "withdraw"), reason()).await;
        assert_eq!(late.refused(409, "wrong-state")["action"], "withdraw");
    }
    // Sent twice, it is asked once.
    let body = scrap.body("destroyed", json!({}));
    let key = tests::client::fresh_key();
    let ask = || worker.post("/v1/disposals", body.clone()).key(&key);
    assert_eq!(ask().await.expect(201), ask().await.expect(201));
    assert_eq!(worker.on_hand(&relief.depot).await, (270, 30));
    server.prove().await;
});

on_both!(
    a_hold_that_ran_out_ends_nothing_but_itself,
    async |server| {
        let scrap = scrap(server).await;
        let disposal = scrap.approved("destroyed", json!({})).await;
        server
            .clock
            .advance(std::time::Duration::from_secs(401 * 86_400));
        let worker = server.log_in_again(&scrap.relief.worker).await;
        let path = |action: &str| format!("/v1/disposals/{disposal}/{action}");
        let late = worker
            .post(&path("carry-out"), json!({ "way": "destroyed" }))
            .await;
        assert_eq!(late.refused(409, "wrong-state")["state"], "expired");
        let reason = json!({ "reason": "过期未办" });
        worker.post(&path("withdraw"), reason).await.expect(200);
        assert_eq!(worker.on_hand(&scrap.relief.depot).await, (270, 0));
        server.prove().await;
    }
);
