//! How much can be where after how long, from depots and from suppliers apart.

use serde_json::{Value, json};
use tests::{Client, client::id, on_both};

use crate::agreements::{Agreed, agreed};

const REACH: &str = "/v1/virtual-warehouse/reach";

async fn ask(who: &Client, body: Value) -> Value {
    who.post(REACH, body).await.expect(200)
}

// The hours, and what depots and suppliers can have brought by then.
fn hours(item: &Value) -> Vec<(i64, i64, i64)> {
    let number = |hour: &Value, member: &str| hour[member].as_i64().unwrap();
    let hours = item["hours"].as_array().unwrap().iter();
    hours
        .map(|hour| {
            (
                number(hour, "hours"),
                number(hour, "own"),
                number(hour, "agreement"),
            )
        })
        .collect()
}

async fn stocked(server: &tests::Server) -> Agreed {
    let agreed = agreed(server).await;
    let relief = &agreed.relief;
    // 80 in Ningbo, of which ten are bound to another county.
    relief
        .worker
        .receive(&relief.city_depot, &relief.item, 70, json!({}))
        .await;
    let bound = json!({ "restriction": { "kind": "division", "division_code": "330281" } });
    relief
        .worker
        .receive(&relief.city_depot, &relief.item, 10, bound)
        .await;
    agreed
}

on_both!(
    depots_come_first_and_suppliers_after_their_time,
    async |server| {
        let agreed = stocked(server).await;
        let relief = &agreed.relief;
        // In Ningbo: its own depot is a few minutes away, Hangzhou 141 km as the crow flies, which is
        // 184 km of road and 220 minutes by the default; Shaoxing 96 km and 150 minutes after 4 hours.
        let body = json!({
            "places": [{ "longitude": 121.55, "latitude": 29.88 }], "item_ids": [relief.item],
            "hours": [0, 1, 4, 6, 7, 24],
        });
        let view = ask(&relief.worker, body.clone()).await;
        assert_eq!(view["travel_sources"], json!(["great_circle"]));
        let item = &view["places"][0]["items"][0];
        let expected = [
            (0, 0, 0),
            (1, 70, 0),
            (4, 270, 0),
            (6, 270, 0),
            (7, 270, 500),
            (24, 270, 500),
        ];
        assert_eq!(hours(item), expected);
        assert_eq!(
            (&item["own_total"], &item["agreement_total"]),
            (&json!(270), &json!(500))
        );
        let steps = item["steps"].as_array().unwrap();
        let from: Vec<_> = steps
            .iter()
            .map(|step| {
                let from = &step["from"][0];
                let origin = from["depot_id"].as_str().or(from["agreement_id"].as_str());
                (
                    step["stock"].as_str().unwrap(),
                    origin.unwrap(),
                    step["total"].as_i64().unwrap(),
                )
            })
            .collect();
        let expected = [
            ("own", relief.city_depot.as_str(), 70),
            ("own", relief.depot.as_str(), 270),
            ("agreement", agreed.agreement.as_str(), 500),
        ];
        assert_eq!(from, expected);

        // What is promised or kept does not come; bound goods come for what they are bound to.
        let levels = json!({ "floor": 50 });
        let path = format!("/v1/depots/{}/levels/{}", relief.depot, relief.item);
        let put = relief.worker.call(reqwest::Method::PUT, &path);
        put.if_match("\"v0\"").json(levels).await.expect(200);
        agreed.call_off(120).await;
        let item = ask(&relief.worker, body.clone()).await["places"][0]["items"][0].clone();
        assert_eq!(hours(&item)[5], (24, 220, 380));
        let mut freer = body.clone();
        freer["from"] = json!({ "keep_floors": false, "purpose_division": "330281" });
        let item = ask(&relief.worker, freer).await["places"][0]["items"][0].clone();
        assert_eq!(hours(&item)[5], (24, 280, 380));
        // Loading takes a while, too.
        let mut slower = body.clone();
        slower["from"] = json!({ "handling_min": 120 });
        let item = ask(&relief.worker, slower).await["places"][0]["items"][0].clone();
        assert_eq!(
            hours(&item),
            [
                (0, 0, 0),
                (1, 0, 0),
                (4, 70, 0),
                (6, 220, 0),
                (7, 220, 380),
                (24, 220, 380)
            ]
        );
        // Only from the city's depots, and so from nobody's supplier but its own.
        let mut city = body.clone();
        city["from"] = json!({ "organisation_id": relief.ground.city });
        let item = ask(&relief.worker, city).await["places"][0]["items"][0].clone();
        assert_eq!(hours(&item)[5], (24, 70, 0));
        // Somebody of another county sees neither.
        let county = server
            .person(&["dispatcher"], &relief.ground.other_county)
            .await;
        let item = ask(&county, body).await["places"][0]["items"][0].clone();
        assert_eq!(hours(&item)[5], (24, 0, 0));
    }
);

on_both!(
    it_is_told_when_so_much_and_when_everything_is_there,
    async |server| {
        let agreed = stocked(server).await;
        let relief = &agreed.relief;
        let disaster = relief.disaster().await;
        let category = relief
            .worker
            .get(&format!("/v1/items/{}", relief.item))
            .await
            .expect(200);
        let tent = json!({
            "category_id": category["category_id"], "organisation_id": relief.ground.province,
            "name": "帐篷", "base_unit": "顶",
        });
        let tent = id(&relief.worker.post("/v1/items", tent).await.expect(201));
        relief
            .worker
            .receive(&relief.depot, &tent, 5, json!({}))
            .await;
        let needs = |quilts: i64, tents: i64| {
            json!([
                { "item_id": relief.item, "quantity": quilts }, { "item_id": tent, "quantity": tents },
            ])
        };
        let body = |needs: Value| {
            json!({
                "places": [
                    { "site_id": disaster.site }, { "division_code": "330203" },
                    { "incident_id": disaster.incident },
                ],
                "needs": needs, "hours": [],
            })
        };
        let view = ask(&relief.worker, body(needs(60, 5))).await;
        for place in view["places"].as_array().unwrap() {
            let quilts = &place["items"][0];
            assert_eq!(quilts["needed"], 60);
            assert!(quilts["own_min"].as_u64().unwrap() < 60, "{place}");
            let everything = place["everything"]["own_min"].as_u64().unwrap();
            assert!((180..280).contains(&everything), "{place}");
            assert_eq!(place["items"][1]["own_min"], everything);
            assert_eq!(place["everything"]["with_agreements_min"], everything);
            assert_eq!(quilts["steps"], Value::Null);
        }
        // More than depots have takes the supplier, and more than both have never comes.
        let view = ask(&relief.worker, body(needs(700, 5))).await;
        let everything = &view["places"][0]["everything"];
        assert_eq!(everything["own_min"], Value::Null);
        assert!(
            everything["with_agreements_min"].as_u64().unwrap() > 240,
            "{view}"
        );
        let view = ask(&relief.worker, body(needs(771, 5))).await;
        assert_eq!(
            view["places"][0]["everything"]["with_agreements_min"],
            Value::Null
        );
        // Many places in one call are what each is alone.
        let one = json!({
            "places": [{ "division_code": "330203" }], "needs": needs(60, 5), "hours": [],
            "with_steps": false,
        });
        let alone = ask(&relief.worker, one).await;
        let together = ask(&relief.worker, body(needs(60, 5))).await;
        assert_eq!(alone["places"][0], together["places"][1]);
    }
);

on_both!(a_question_that_makes_no_sense_is_told_so, async |server| {
    let agreed = agreed(server).await;
    let worker = &agreed.relief.worker;
    let unknown = "item_01h455vb4pex5vsknk084sn02q";
    let incident = "incident_01h455vb4pex5vsknk084sn02q";
    for (body, expected) in [
        (
            json!({ "places": [{ "longitude": 120 }, {}, { "division_code": "330203", "site_id": "site_01h455vb4pex5vsknk084sn02q" }], "from": { "level": "county" } }),
            vec![
                ("/item_ids", "required"),
                ("/places/0/latitude", "required"),
                ("/places/1", "required"),
                ("/places/2", "ambiguous"),
            ],
        ),
        (
            json!({ "places": [{ "incident_id": incident }, { "incident_id": incident }], "item_ids": [unknown] }),
            vec![("/places/1/incident_id", "too-many")],
        ),
        (
            json!({ "places": [{ "incident_id": incident }, { "site_id": "site_01h455vb4pex5vsknk084sn02q" }], "item_ids": [unknown] }),
            vec![
                ("/places/0/incident_id", "reference"),
                ("/places/1/site_id", "reference"),
            ],
        ),
        (
            json!({ "places": [{ "division_code": "330203" }], "needs": [{ "item_id": unknown, "quantity": 1 }] }),
            vec![("/needs/0/item_id", "reference")],
        ),
        (
            json!({ "places": [{ "division_code": "999999" }], "item_ids": [unknown] }),
            vec![("/places/0/division_code", "reference")],
        ),
    ] {
        let refused = worker.post(REACH, body).await;
        refused.refused(422, "invalid-request");
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(pointer, code)| (pointer.to_owned(), code.to_owned()))
            .collect();
        assert_eq!(refused.faults(), expected, "{}", refused.text);
    }
});
