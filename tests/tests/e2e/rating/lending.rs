//! What other depots could lend, and how far the stock of depots behind the pool goes.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, Relief, on_both};

use super::rule_sets::document;

// A hundred quilts for three stars, five hundred for five, and nothing else.
async fn quilts_alone(relief: &Relief) {
    let mut document = document();
    document["id"] = json!("quilts");
    let criteria = document["criteria"].as_array().unwrap().clone();
    let mut stock = criteria
        .into_iter()
        .find(|criterion| criterion["id"] == "stock")
        .unwrap();
    let members = stock.as_object_mut().unwrap();
    members.remove("points");
    members.remove("weight");
    document["criteria"] = json!([stock]);
    document["aggregation"] = json!({ "gates": { "unassessed": "hold" } });
    let body = json!({ "organisation_id": relief.ground.province, "document": document });
    relief.worker.post("/v1/rule-sets", body).await.expect(201);
}

async fn lacking(client: &Client, depot: &str, query: &str) -> Value {
    let path = format!("/v1/depots/{depot}/grade?rule_set=quilts/1{query}");
    let grade = client.get(&path).await.expect(200);
    assert_eq!(grade["next_level"], "star3", "{grade}");
    grade["gaps"][0]["goods"][0].clone()
}

on_both!(others_could_lend_what_they_need_not_keep, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    quilts_alone(&relief).await;
    let missing = lacking(worker, &relief.city_depot, "").await;
    assert_eq!(
        (&missing["missing"], &missing["lenders"]),
        (&json!(100), &Value::Null)
    );
    // The province holds four stars, which asks a hundred of its two hundred.
    let missing = lacking(worker, &relief.city_depot, "&lenders=true").await;
    let lenders = missing["lenders"].as_array().unwrap();
    assert_eq!(lenders.len(), 1);
    assert_eq!(lenders[0]["depot_id"], relief.depot);
    assert_eq!(
        (&lenders[0]["spare"], &lenders[0]["quantity"]),
        (&json!(100), &json!(100))
    );
    let far = lenders[0]["distance_km"].as_f64().unwrap();
    assert!((100.0..200.0).contains(&far), "{far}");
    // By its levels it keeps more; what is promised is not free.
    let levels = format!("/v1/depots/{}/levels/{}", relief.depot, relief.item);
    let call = worker.call(Method::PUT, &levels).if_match("\"v0\"");
    let body = json!({ "floor": 120, "minimum": 130, "maximum": 500 });
    call.json(body).await.expect(200);
    let missing = lacking(worker, &relief.city_depot, "&lenders=true").await;
    assert_eq!(missing["lenders"][0]["quantity"], 70);
    let issue = json!({ "depot_id": relief.depot, "lines": [
        { "lot_id": relief.lot, "quantity": 80 },
    ] });
    worker.post("/v1/issues", issue).await.expect(201);
    let missing = lacking(worker, &relief.city_depot, "&lenders=true").await;
    assert_eq!(missing["lenders"], json!([]));
    // Who does not see the other depot learns what it could lend, and not what it has.
    let keeper = server.person(&["keeper"], &relief.ground.city).await;
    let missing = lacking(&keeper, &relief.city_depot, "&lenders=true").await;
    assert_eq!(missing["lenders"], json!([]));
    let depot = &relief.depot;
    worker.receive(depot, &relief.item, 30, json!({})).await;
    let missing = lacking(&keeper, &relief.city_depot, "&lenders=true").await;
    let lender = &missing["lenders"][0];
    assert_eq!(
        (&lender["depot_id"], &lender["quantity"]),
        (&json!(depot), &json!(20))
    );
    assert_eq!(lender["spare"], Value::Null);
    let hidden = format!("/v1/depots/{depot}");
    keeper.get(&hidden).await.refused(404, "not-found");
    // Whose depots were asked is said.
    let path = format!(
        "/v1/depots/{}/grade?rule_set=quilts/1&lenders=true",
        relief.city_depot
    );
    let grade = keeper.get(&path).await.expect(200);
    let said = grade["lenders_zh"].as_str().unwrap();
    assert!(said.contains("辖内的其他储备库，共 1 座"), "{said}");
    assert_ne!(grade["lenders_en"], Value::Null);
});

on_both!(the_pool_is_asked_by_stock_grade, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    quilts_alone(&relief).await;
    worker
        .receive(&relief.city_depot, &relief.item, 10, json!({}))
        .await;
    let graded = async |query: &str| -> Vec<(String, Value)> {
        let path = format!("/v1/virtual-warehouse/depots?{query}");
        let page = worker.get(&path).await.expect(200);
        let rows = page["items"].as_array().unwrap().iter();
        let mut rows: Vec<_> = rows
            .map(|row| {
                let code = row["depot_code"].as_str().unwrap().to_owned();
                (code, row["stock_grade"].clone())
            })
            .collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        rows
    };
    let row = |code: &str, grade: Value| (code.to_owned(), grade);
    assert_eq!(
        graded("").await,
        [row("D330100", Value::Null), row("D330200", Value::Null)]
    );
    assert_eq!(
        graded("rule_set=quilts/1").await,
        [
            row("D330100", json!("star4")),
            row("D330200", json!("below"))
        ]
    );
    // Every grade says by which rules it is one.
    let path = "/v1/virtual-warehouse/depots?rule_set=quilts/1";
    let page = worker.get(path).await.expect(200);
    for row in page["items"].as_array().unwrap() {
        assert_eq!(row["rule_set"], "quilts/1");
        assert_eq!(row["label_zh"], "虚构示例，不得用于评定");
    }
    assert_eq!(
        graded("rule_set=quilts/1&stock_grade=below").await,
        [row("D330200", json!("below"))]
    );
    assert_eq!(
        graded("rule_set=quilts/1&stock_grade=star4&longitude=120&latitude=30").await,
        [row("D330100", json!("star4"))]
    );
    let none = graded("rule_set=quilts/1&stock_grade=star1").await;
    assert!(none.is_empty(), "{none:?}");
    let refused = worker
        .get("/v1/virtual-warehouse/depots?rule_set=none/1")
        .await;
    refused.refused(422, "invalid-query");
    let refused = worker
        .get("/v1/virtual-warehouse/depots?rule_set=quilts/1&stock_grade=zzz")
        .await;
    assert_eq!(
        refused.faults(),
        [("stock_grade".to_owned(), "reference".to_owned())]
    );
});
