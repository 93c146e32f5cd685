//! How many people live in a division, and what rules and coverage make of it.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, on_both};

use super::{finding, grade, judged, rule_sets::document};
use crate::agreements::agreed;

async fn say(client: &Client, division: &str, version: i64, people: i64) -> Answer {
    let path = format!("/v1/divisions/{division}/population");
    let body = json!({
        "people": people, "counted_on": "2020-11-01", "source": "made up", "confidence": "I",
    });
    let call = client.call(Method::PUT, &path);
    call.if_match(&format!("\"v{version}\"")).json(body).await
}

// Goods for a fifth of all people for a week; suppliers' goods count or do not.
fn share_of_people(id: &str, agreement: bool) -> Value {
    let mut document = document();
    let criteria = document["criteria"].as_array().unwrap().clone();
    let mut people = criteria
        .into_iter()
        .find(|criterion| criterion["id"] == "people")
        .unwrap();
    people["gate"] = json!(true);
    people["people"]["of_population"] = json!(true);
    people["people"]["levels"] = json!([{ "level": "star1", "value": 20 }]);
    people["people"]["counting"]["agreement"] = json!(agreement);
    document["id"] = json!(id);
    document["criteria"] = json!([people]);
    document["aggregation"] = json!({ "gates": { "unassessed": "hold" } });
    document
}

on_both!(
    goods_are_held_against_those_who_live_there,
    async |server| {
        let agreed = agreed(server).await;
        let relief = &agreed.relief;
        let (worker, depot) = (&relief.worker, &relief.depot);
        for (id, agreement) in [("own", false), ("promised", true)] {
            let document = share_of_people(id, agreement);
            let body = json!({ "organisation_id": relief.ground.province, "document": document });
            worker.post("/v1/rule-sets", body).await.expect(201);
        }
        let unsaid = grade(worker, depot, "rule_set=own/1").await;
        assert_eq!(judged(&unsaid, "people"), "not_assessed");
        let why = finding(&unsaid, "people")["explanation_en"].as_str();
        assert!(why.unwrap().contains("population is not known"), "{unsaid}");

        // Two hundred quilts are a fifth of a thousand, and less than one of a thousand and one.
        say(worker, "330000", 0, 1_000).await.expect(200);
        let enough = grade(worker, depot, "rule_set=own/1").await;
        assert_eq!(judged(&enough, "people"), "met", "{enough}");
        assert_eq!(enough["grade"], "star5");
        say(worker, "330000", 1, 1_001).await.expect(200);
        let short = grade(worker, depot, "rule_set=own/1").await;
        assert_eq!(judged(&short, "people"), "not_met", "{short}");
        // Five hundred more are promised, which one of the two rule sets lets count.
        say(worker, "330000", 2, 3_500).await.expect(200);
        let promised = grade(worker, depot, "rule_set=promised/1").await;
        assert_eq!(judged(&promised, "people"), "met", "{promised}");
        agreed.call_off(1).await;
        let promised = grade(worker, depot, "rule_set=promised/1").await;
        assert_eq!(judged(&promised, "people"), "not_met", "{promised}");
        // The city's society works elsewhere, and nobody said how many live there.
        let city = grade(worker, &relief.city_depot, "rule_set=own/1").await;
        assert_eq!(judged(&city, "people"), "not_assessed");
    }
);

on_both!(
    figures_of_people_are_a_steward_s_and_have_a_source,
    async |server| {
        let relief = server.relief().await;
        let steward = &relief.worker;
        let path = "/v1/divisions/330203/population";
        let unknown = steward.get(path).await;
        assert_eq!(unknown.etag(), "\"v0\"");
        let unknown = unknown.expect(200);
        assert_eq!(
            (&unknown["people"], &unknown["version"]),
            (&Value::Null, &json!(0))
        );

        let keeper = server.person(&["keeper"], &relief.ground.county).await;
        say(&keeper, "330203", 0, 1).await.refused(403, "forbidden");
        say(steward, "990000", 0, 1).await.expect(404);
        let wrong = json!({
            "people": 1, "counted_on": "2999-01-01", "source": " ", "confidence": "I",
        });
        let call = steward.call(Method::PUT, path).if_match("\"v0\"");
        let refused = call.json(wrong).await;
        refused.refused(422, "invalid-request");
        let pointers: Vec<_> = refused.faults().into_iter().map(|(at, _)| at).collect();
        assert_eq!(pointers, ["/counted_on", "/source"]);

        let none = say(steward, "330203", 0, 0).await;
        assert_eq!(
            none.faults(),
            [("/people".to_owned(), "out-of-range".to_owned())]
        );

        // The long code means the same division.
        say(steward, "330203000000", 0, 1_200_000).await.expect(200);
        say(steward, "330203", 0, 5)
            .await
            .refused(412, "precondition-failed");
        say(steward, "330200", 0, 9_000_000).await.expect(200);
        let page = keeper
            .get("/v1/population-figures?prefix=330203&limit=1")
            .await;
        let page = page.expect(200);
        let items = page["items"].as_array().unwrap();
        assert_eq!(items.len(), 1, "{page}");
        assert_eq!(
            (&items[0]["division_code"], &items[0]["people"]),
            (&json!("330203"), &json!(1_200_000))
        );

        // Coverage takes the figure where nobody says how many are meant.
        let ask = async |areas: Value| -> Answer {
            let body = json!({ "standard_id": "sphere-2018", "days": 7, "areas": areas });
            steward.post("/v1/virtual-warehouse/coverage", body).await
        };
        let known = ask(json!([{ "division_code": "330203" }]))
            .await
            .expect(200);
        assert_eq!(known["areas"][0]["covered"]["people"], 1_200_000);
        let unknown =
            ask(json!([{ "division_code": "330203" }, { "division_code": "330281" }])).await;
        unknown.refused(422, "invalid-request");
        assert_eq!(
            unknown.faults(),
            [("/areas/1/people".to_owned(), "required".to_owned())]
        );
    }
);
