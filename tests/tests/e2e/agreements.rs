//! What suppliers promised is called off, comes, and is never promised twice.

mod at_once;
mod refusals;
mod tampering;
mod to_sites;

use serde_json::{Value, json};
use tests::{Relief, Server, client::id, on_both};

/// A province with a supplier and an agreement of 500 quilts.
pub(crate) struct Agreed {
    pub(crate) relief: Relief,
    pub(crate) supplier: String,
    pub(crate) agreement: String,
}

/// A textile mill near Shaoxing that promises the province 500 quilts within four hours, at 58.50.
pub(crate) async fn agreed(server: &Server) -> Agreed {
    let relief = server.relief().await;
    let supplier = json!({
        "code": "mill-1", "name": "绍兴纺织厂", "level": "partner",
        "parent_id": relief.ground.province,
    });
    let supplier = relief.worker.post("/v1/organisations", supplier).await;
    let supplier = id(&supplier.expect(201));
    let body = json!({
        "organisation_id": relief.ground.province, "supplier_id": supplier, "number": "XY-1",
        "first_day": "2020-01-01", "last_day": "2098-12-31", "longitude": 120.58,
        "latitude": 30.01, "address": "绍兴市越城区",
        "contacts": [{ "name": "王厂长", "phone": "0575-8000 0000", "duty": "值班" }],
        "lines": [{
            "item_id": relief.item, "quantity": 50, "unit": "箱", "response_h": 4, "price": "58.5",
        }],
    });
    let made = relief.worker.post("/v1/agreements", body).await.expect(201);
    let agreement = id(&made);
    Agreed {
        relief,
        supplier,
        agreement,
    }
}

impl Agreed {
    pub(crate) fn body(&self, quantity: i64) -> Value {
        json!({
            "to_depot_id": self.relief.depot,
            "lines": [{ "item_id": self.relief.item, "quantity": quantity }],
        })
    }

    /// Calls quilts off for the provincial depot.
    pub(crate) async fn call_off(&self, quantity: i64) -> String {
        let path = format!("/v1/agreements/{}/call-offs", self.agreement);
        let body = self.body(quantity);
        id(&self.relief.worker.post(&path, body).await.expect(201))
    }

    pub(crate) fn receipt(&self, quantity: i64) -> Value {
        json!({
            "depot_id": self.relief.depot, "note": "两车",
            "lines": [{ "item_id": self.relief.item, "quantity": quantity, "source": "purchase" }],
        })
    }

    pub(crate) async fn act(&self, call_off: &str, action: &str, body: Value) -> Value {
        let path = format!("/v1/call-offs/{call_off}/{action}");
        self.relief.worker.post(&path, body).await.expect(200)
    }

    /// What may still be called off.
    pub(crate) async fn promised(&self) -> i64 {
        let path = format!("/v1/agreements/{}", self.agreement);
        let shown = self.relief.worker.get(&path).await.expect(200);
        shown["lines"][0]["promised"].as_i64().unwrap()
    }
}

on_both!(from_the_promise_to_the_shelf, async |server| {
    let agreed = agreed(server).await;
    let worker = &agreed.relief.worker;
    let path = format!("/v1/agreements/{}", agreed.agreement);
    let shown = worker.get(&path).await.expect(200);
    assert_eq!(shown["standing"], "in_force");
    assert_eq!(shown["due_for_renewal"], false);
    assert_eq!(shown["supplier_name"], "绍兴纺织厂");
    let line = &shown["lines"][0];
    assert_eq!(line["quantity"], 500);
    assert_eq!(
        (&line["promised"], &line["called"]),
        (&json!(500), &json!(0))
    );
    assert_eq!(
        (&line["price"], &line["currency"]),
        (&json!("58.5"), &json!("CNY"))
    );

    // Somebody rings them up.
    let body = json!({
        "confirmed_by": "王厂长", "confirmed_at": "2026-01-02T03:04:05Z",
        "lines": [{ "item_id": agreed.relief.item, "quantity": 430 }],
    });
    let confirmations = format!("{path}/confirmations");
    let noted = worker.post(&confirmations, body).await.expect(200);
    assert_eq!(noted["lines"][0]["confirmed"], 430);
    let listed = worker.get(&confirmations).await.expect(200);
    assert_eq!(listed["items"][0]["confirmed_by"], "王厂长");
    // A later word counts, whenever it is written down.
    let body = json!({
        "confirmed_by": "李", "confirmed_at": "2025-01-02T03:04:05Z",
        "lines": [{ "item_id": agreed.relief.item, "quantity": 1 }],
    });
    let noted = worker.post(&confirmations, body).await.expect(200);
    assert_eq!(noted["lines"][0]["confirmed"], 430);

    let call_off = agreed.call_off(300).await;
    assert_eq!(agreed.promised().await, 200);
    let before = worker.on_hand(&agreed.relief.depot).await;
    // Two lorries bring it, and the second brings too much.
    let some = agreed.act(&call_off, "receive", agreed.receipt(120)).await;
    assert_eq!(some["state"], "called");
    assert_eq!(some["lines"][0]["delivered"], 120);
    let receive = format!("/v1/call-offs/{call_off}/receive");
    let much = worker.post(&receive, agreed.receipt(181)).await;
    much.refused(422, "invalid-request");
    assert_eq!(
        much.faults(),
        [("/lines/0/quantity".to_owned(), "too-many".to_owned())]
    );
    let whole = agreed.act(&call_off, "receive", agreed.receipt(180)).await;
    assert_eq!(whole["state"], "delivered");
    let after = worker.on_hand(&agreed.relief.depot).await;
    assert_eq!(after.0 - before.0, 300);
    assert_eq!(agreed.promised().await, 200);

    // The lots know where they came from, and what they cost.
    let receipt = whole["deliveries"][1]["movement_id"].as_str().unwrap();
    let moved = worker
        .get(&format!("/v1/movements/{receipt}"))
        .await
        .expect(200);
    let lot = moved["lines"][0]["lot_id"].as_str().unwrap();
    let lot = worker.get(&format!("/v1/lots/{lot}")).await.expect(200);
    assert_eq!(lot["lot"]["call_off_id"], call_off.as_str());
    assert_eq!(lot["lot"]["unit_value"], "58.5");
    server.prove().await;

    // The second lorry was another's: its receipt is undone with its delivery, and not alone.
    let alone = worker
        .post(&format!("/v1/movements/{receipt}/reverse"), json!({}))
        .await;
    let refused = alone.refused(409, "wrong-state");
    assert_eq!(refused["call_off_id"], call_off.as_str());
    let delivery = id(&whole["deliveries"][1]);
    let undo = format!("/v1/call-off-deliveries/{delivery}/reverse");
    let reason = json!({ "reason": "车号不符" });
    let undone = worker.post(&undo, reason.clone()).await.expect(200);
    assert_eq!(undone["state"], "called");
    assert_eq!(undone["lines"][0]["delivered"], 120);
    assert!(undone["deliveries"][1]["undone_at"].is_string());
    assert_eq!(worker.on_hand(&agreed.relief.depot).await.0 - before.0, 120);
    let twice = worker.post(&undo, reason).await;
    assert_eq!(twice.refused(409, "wrong-state")["state"], "undone");

    // The rest will not come, and is promised again.
    let ended = agreed
        .act(&call_off, "cancel", json!({ "reason": "停产" }))
        .await;
    assert_eq!(ended["state"], "ended");
    assert_eq!(agreed.promised().await, 380);
    let page = worker.get("/v1/call-offs?state=ended").await.expect(200);
    assert_eq!(page["items"][0]["end_reason"], "停产");
    server.prove().await;
});

on_both!(goods_are_brought_straight_to_a_site, async |server| {
    let agreed = agreed(server).await;
    let worker = &agreed.relief.worker;
    let disaster = agreed.relief.disaster().await;
    let path = format!("/v1/agreements/{}/call-offs", agreed.agreement);
    let body = json!({
        "site_id": disaster.site, "lines": [{ "item_id": agreed.relief.item, "quantity": 100 }],
    });
    let made = worker.post(&path, body).await.expect(201);
    assert_eq!(made["incident_id"], disaster.incident.as_str());
    assert_eq!(made["receiver_id"], agreed.relief.ground.city.as_str());
    let call_off = id(&made);
    let before = worker.on_hand(&agreed.relief.depot).await;
    let body = json!({
        "received_by": "陈村长", "lines": [{ "item_id": agreed.relief.item, "quantity": 10, "unit": "箱" }],
    });
    let done = agreed.act(&call_off, "deliver", body).await;
    assert_eq!(done["state"], "delivered");
    assert_eq!(done["deliveries"][0]["way"], "direct");
    // No depot's book has it.
    assert_eq!(worker.on_hand(&agreed.relief.depot).await, before);
    let undo = format!(
        "/v1/call-off-deliveries/{}/reverse",
        id(&done["deliveries"][0])
    );
    let undone = worker
        .post(&undo, json!({ "reason": "签错" }))
        .await
        .expect(200);
    assert_eq!(undone["state"], "called");
    agreed
        .act(&call_off, "cancel", json!({ "reason": "签错" }))
        .await;
    assert_eq!(agreed.promised().await, 500);
    let shown = worker
        .get(&format!("/v1/call-offs/{call_off}"))
        .await
        .expect(200);
    assert_eq!(shown["state"], "cancelled");
    server.prove().await;
});

on_both!(agreements_are_renewed_and_ended, async |server| {
    let agreed = agreed(server).await;
    let worker = &agreed.relief.worker;
    let path = format!("/v1/agreements/{}", agreed.agreement);
    let today = server.clock.now().date_naive();
    let list = async |query: &str| {
        let page = worker
            .get(&format!("/v1/agreements?{query}"))
            .await
            .expect(200);
        page["items"].as_array().unwrap().len()
    };
    assert_eq!(list("ends_within_days=365").await, 0);
    agreed.call_off(200).await;
    // It runs out half a year from now.
    let soon = (today + chrono::TimeDelta::days(180)).to_string();
    let change = json!({ "last_day": soon });
    let changed = worker.patch(&path, "\"v1\"", change).await.expect(200);
    assert_eq!(changed["due_for_renewal"], true);
    assert_eq!(list("ends_within_days=365").await, 1);
    assert_eq!(list("ends_within_days=30").await, 0);
    assert_eq!(list("standing=in_force").await, 1);
    // And ran out yesterday.
    let yesterday = (today - chrono::TimeDelta::days(2)).to_string();
    let change = json!({ "last_day": yesterday });
    let changed = worker.patch(&path, "\"v2\"", change).await.expect(200);
    assert_eq!(changed["standing"], "expired");
    assert_eq!(changed["lines"][0]["promised"], 0);
    assert_eq!(list("standing=expired").await, 1);
    assert_eq!(list("ends_within_days=365").await, 1);
    let path_of_calls = format!("{path}/call-offs");
    let refused = worker.post(&path_of_calls, agreed.body(1)).await;
    assert_eq!(refused.refused(409, "wrong-state")["state"], "expired");
    // Renewed for good, for less, and with another item.
    let other = json!({
        "category_id": worker.get(&format!("/v1/items/{}", agreed.relief.item)).await.expect(200)["category_id"],
        "organisation_id": agreed.relief.ground.province, "name": "睡袋", "base_unit": "个",
    });
    let other = id(&worker.post("/v1/items", other).await.expect(201));
    let change = json!({
        "last_day": null, "contacts": [], "note": "续签", "lines": [
            { "item_id": agreed.relief.item, "quantity": 200, "response_h": 6 },
            { "item_id": other, "quantity": 10, "response_h": 0, "price": "99", "currency": "CNY" },
        ],
    });
    let changed = worker.patch(&path, "\"v3\"", change).await.expect(200);
    assert_eq!(changed["standing"], "in_force");
    assert_eq!(changed["last_day"], Value::Null);
    assert_eq!(changed["lines"].as_array().unwrap().len(), 2);
    let of_quilts = changed["lines"].as_array().unwrap();
    let of_quilts = of_quilts
        .iter()
        .find(|line| line["item_id"] == agreed.relief.item.as_str());
    let of_quilts = of_quilts.unwrap();
    assert_eq!(
        (&of_quilts["called"], &of_quilts["promised"]),
        (&json!(200), &json!(0))
    );
    // What was never called off may go again.
    let change = json!({ "lines": [
        { "item_id": agreed.relief.item, "quantity": 300, "response_h": 6 },
    ] });
    let changed = worker.patch(&path, "\"v4\"", change).await.expect(200);
    assert_eq!(changed["lines"].as_array().unwrap().len(), 1);
    let ended = json!({ "reason": "供应商破产" });
    let ended = worker.post(&format!("{path}/end"), ended).await.expect(200);
    assert_eq!(ended["standing"], "ended");
    assert_eq!(list("standing=ended").await, 1);
    assert_eq!(list("ends_within_days=3650").await, 0);
    let refused = worker.post(&path_of_calls, agreed.body(1)).await;
    assert_eq!(refused.refused(409, "wrong-state")["state"], "ended");
    server.prove().await;
});

on_both!(an_agreement_is_its_parties_own, async |server| {
    let agreed = agreed(server).await;
    let ground = &agreed.relief.ground;
    let path = format!("/v1/agreements/{}", agreed.agreement);
    // A county does not see what the province agreed, its supplier does.
    let county = server
        .person(&["dispatcher", "keeper"], &ground.county)
        .await;
    county.get(&path).await.refused(404, "not-found");
    let seller = server.person(&["auditor"], &agreed.supplier).await;
    seller.get(&path).await.expect(200);
    let dispatcher = server.person(&["dispatcher"], &ground.province).await;
    let end = json!({ "reason": "x" });
    let refused = dispatcher.post(&format!("{path}/end"), end).await;
    let refused = refused.refused(403, "forbidden");
    assert_eq!(refused["capability"], "manage_agreements");
    let keeper = server.person(&["keeper"], &ground.province).await;
    let refused = keeper
        .post(&format!("{path}/call-offs"), agreed.body(1))
        .await;
    assert_eq!(refused.refused(403, "forbidden")["capability"], "call_off");
    // Who keeps the depot sees what is coming, and receives it.
    let body = json!({
        "to_depot_id": agreed.relief.city_depot,
        "lines": [{ "item_id": agreed.relief.item, "quantity": 5 }],
    });
    let call_off = dispatcher
        .post(&format!("{path}/call-offs"), body)
        .await
        .expect(201);
    let city = server.person(&["keeper"], &ground.city).await;
    let receipt = json!({
        "depot_id": agreed.relief.city_depot,
        "lines": [{ "item_id": agreed.relief.item, "quantity": 5, "source": "purchase" }],
    });
    let receive = format!("/v1/call-offs/{}/receive", id(&call_off));
    let done = city.post(&receive, receipt).await.expect(200);
    assert_eq!(done["state"], "delivered");
    server.prove().await;
});
