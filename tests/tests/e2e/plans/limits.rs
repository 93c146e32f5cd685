//! Plans for depots that hand out only so much and for vehicles that carry only so much.

use serde_json::{Value, json};
use tests::{Disaster, Relief, on_both};

use super::measure;

async fn plan(relief: &Relief, disaster: &Disaster, policy: Value) -> Value {
    let path = format!("/v1/incidents/{}/plans", disaster.incident);
    let body = json!({ "policy": policy });
    relief.worker.post(&path, body).await.expect(201)
}

/// What is missing by the plan, and why.
fn shortfall(plan: &Value) -> (i64, &str) {
    let of = &plan["shortfalls"][0];
    let missing = of["missing"].as_i64().unwrap_or(0);
    (missing, of["binding"].as_str().unwrap_or(""))
}

on_both!(
    a_depot_hands_out_and_vehicles_carry_no_more_than_they_can,
    async |server| {
        let relief = server.relief().await;
        let disaster = relief.disaster().await;
        relief.need(&disaster, 100).await;
        let item = format!("/v1/items/{}", relief.item);
        // A quilt takes a tenth of a cubic metre, and nobody has weighed it.
        let size = json!({ "volume_ml": 100_000 });
        relief.worker.patch(&item, "\"v1\"", size).await.expect(200);
        let depot = format!("/v1/depots/{}", relief.depot);
        let profile = json!({ "profile": { "handling_m3_per_h": 2.0 } });
        let shown = relief
            .worker
            .patch(&depot, "\"v1\"", profile)
            .await
            .expect(200);
        assert_eq!(shown["profile"]["handling_m3_per_h"], 2.0);

        // Without hours nobody knows how much 2 m³ an hour come to.
        let all = plan(&relief, &disaster, json!({})).await;
        assert_eq!(shortfall(&all), (0, ""));
        assert_eq!(all["policy"]["vehicles"], json!([]));

        let short = plan(&relief, &disaster, json!({ "horizon_h": 3 })).await;
        assert_eq!(shortfall(&short), (40, "handling_capacity"));
        assert_eq!(short["policy"]["horizon_h"], 3);
        let missing = measure(&short, "missing");
        assert_eq!(
            (&missing["value"], &missing["bound"]),
            (&json!(40), &json!(40))
        );
        let says = |language: &str, words: &str| {
            let sentences = short["sentences"][language].as_array().expect("sentences");
            sentences
                .iter()
                .any(|it| it.as_str().is_some_and(|it| it.contains(words)))
        };
        assert!(says("zh", "装卸能力已用尽") && says("en", "hands out all it can"));
        let by_hand = json!({ "horizon_h": 3, "method": "nearest_first" });
        let by_hand = plan(&relief, &disaster, by_hand).await;
        assert_eq!(shortfall(&by_hand), (40, "handling_capacity"));

        // Two that go twice with 1.5 m³ each; and two tonnes, of a weight that nobody knows.
        let vehicles = json!([{ "count": 2, "trips": 2, "volume_m3": 1.5 }]);
        let short = plan(&relief, &disaster, json!({ "vehicles": vehicles })).await;
        assert_eq!(shortfall(&short), (40, "vehicles"));
        assert_eq!(short["policy"]["vehicles"][0]["volume_m3"], 1.5);
        assert_eq!(short["unmeasured_item_ids"], json!([]));
        let own = json!([{ "depot_id": relief.depot, "count": 1, "payload_kg": 2000 }]);
        let weighed = plan(&relief, &disaster, json!({ "vehicles": own })).await;
        assert_eq!(shortfall(&weighed), (0, ""));
        assert_eq!(weighed["policy"]["vehicles"][0]["trips"], 1);
        assert_eq!(weighed["unmeasured_item_ids"], json!([relief.item]));
        relief.confirm(&short).await;
        assert_eq!(relief.worker.on_hand(&relief.depot).await, (200, 60));
    }
);

on_both!(vehicles_that_cannot_be_are_refused, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    relief.need(&disaster, 10).await;
    let path = format!("/v1/incidents/{}/plans", disaster.incident);
    let nowhere = "depot_01arz3ndektsv4rrffq69g5fav";
    for (policy, pointer, code) in [
        (
            json!({ "vehicles": [{ "count": 1 }] }),
            "/policy/vehicles/0",
            "required",
        ),
        (
            json!({ "vehicles": [{ "count": 0, "volume_m3": 20 }] }),
            "/policy/vehicles/0/count",
            "out-of-range",
        ),
        (
            json!({ "vehicles": [{ "count": 1, "volume_m3": 20, "depot_id": nowhere }] }),
            "/policy/vehicles/0/depot_id",
            "reference",
        ),
        (
            json!({ "horizon_h": 0 }),
            "/policy/horizon_h",
            "out-of-range",
        ),
    ] {
        let refused = relief.worker.post(&path, json!({ "policy": policy })).await;
        refused.refused(422, "invalid-request");
        assert_eq!(refused.faults(), [(pointer.to_owned(), code.to_owned())]);
    }
});
