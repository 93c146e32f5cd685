//! What is short is shared, and what is guaranteed comes first.

mod again;
mod crossing;
mod kept;
mod limits;
mod substitutes;

use serde_json::{Value, json};
use tests::{Disaster, Relief, client::id, on_both};

/// Another site of the disaster, in the county.
async fn other_site(relief: &Relief, disaster: &Disaster) -> String {
    let body = json!({
        "organisation_id": relief.ground.county, "name": "古林镇", "kind": "settlement",
        "division_code": "330203",
    });
    let path = format!("/v1/incidents/{}/sites", disaster.incident);
    id(&relief.worker.post(&path, body).await.expect(201))
}

/// How much each of the needs gets by a plan.
fn given(plan: &Value, needs: &[Value]) -> Vec<i64> {
    let allocations = plan["allocations"].as_array().expect("a plan");
    let of = |need: &Value| {
        let of_need = allocations.iter().filter(|it| it["need_id"] == need["id"]);
        of_need.filter_map(|it| it["quantity"].as_i64()).sum()
    };
    needs.iter().map(of).collect()
}

fn measure<'a>(plan: &'a Value, yardstick: &str) -> &'a Value {
    let measures = plan["measures"].as_array().expect("a plan is measured");
    let found = measures.iter().find(|it| it["yardstick"] == yardstick);
    found.expect("the plan is judged by it")
}

on_both!(a_guaranteed_minimum_is_met_first, async |server| {
    let relief = server.relief().await;
    let disaster = relief.disaster().await;
    let other = other_site(&relief, &disaster).await;
    let path = format!("/v1/incidents/{}/needs", disaster.incident);
    let state = async |minimum: i64, unit: &str| {
        let body = json!({ "lines": [
            { "site_id": disaster.site, "item_id": relief.item, "quantity": 30, "unit": "箱", "priority": 1 },
            { "site_id": other, "item_id": relief.item, "quantity": 10, "unit": unit, "priority": 1,
              "minimum_quantity": minimum },
        ] });
        relief.worker.post(&path, body).await
    };
    let needs = state(9, "箱").await.expect(201)["needs"].clone();
    let needs = needs.as_array().expect("needs");
    assert_eq!(needs[0]["minimum_quantity"], Value::Null);
    // Nine boxes are ninety quilts.
    assert_eq!(needs[1]["minimum_quantity"], 90);
    let listed = relief.worker.get(&path).await.expect(200);
    let minima: Vec<_> = (listed["items"].as_array().expect("a page").iter())
        .map(|it| it["need"]["minimum_quantity"].clone())
        .collect();
    assert!(minima.contains(&json!(90)), "{minima:?}");

    // Of 400 wanted there are 200: half of each, were nothing guaranteed.
    let plan = relief.plan(&disaster).await;
    assert_eq!(given(&plan, needs), [110, 90]);
    assert_eq!(measure(&plan, "below_minimum")["value"], 0);
    let without = state(0, "箱").await.expect(201)["needs"].clone();
    assert_eq!(without[1]["minimum_quantity"], Value::Null);
    let without = without.as_array().expect("needs");
    let only: Vec<_> = without.iter().map(|need| need["id"].clone()).collect();
    let body = json!({ "need_ids": only });
    let plans = format!("/v1/incidents/{}/plans", disaster.incident);
    let plan = relief.worker.post(&plans, body).await.expect(201);
    assert_eq!(given(&plan, without), [150, 50]);

    for (minimum, pointer) in [(11, "minimum_quantity"), (-1, "minimum_quantity")] {
        let refused = state(minimum, "床").await;
        refused.refused(422, "invalid-request");
        let at = format!("/lines/1/{pointer}");
        assert_eq!(refused.faults(), [(at, "out-of-range".to_owned())]);
    }

    // What is ordered already fills the minimum first.
    let ordered = json!({
        "depot_id": relief.depot, "site_id": other, "owner_id": relief.ground.province,
        "lines": [{ "item_id": relief.item, "quantity": 50, "need_id": needs[1]["id"] }],
    });
    let ordered = relief.worker.post("/v1/dispatch-orders", ordered).await;
    ordered.expect(201);
    let of_both: Vec<_> = needs.iter().map(|need| need["id"].clone()).collect();
    let plan = relief.worker.post(&plans, json!({ "need_ids": of_both }));
    // 150 are left: 40 are guaranteed of 50 missing, and 110 of 300 go to the other.
    assert_eq!(given(&plan.await.expect(201), needs), [110, 40]);
});
