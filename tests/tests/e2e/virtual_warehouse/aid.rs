//! How far stock reaches, what if some of it were lost, and who could help whom.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, Relief, client::id, on_both};

use crate::agreements::agreed;

const COVERAGE: &str = "/v1/virtual-warehouse/coverage";
const MUTUAL_AID: &str = "/v1/virtual-warehouse/mutual-aid";

async fn ask(who: &Client, body: Value) -> Value {
    who.post(COVERAGE, body).await.expect(200)
}

// The line of a key in a covered view.
fn line<'a>(covered: &'a Value, key: &str) -> &'a Value {
    let lines = covered["lines"].as_array().unwrap();
    lines.iter().find(|line| line["item_key"] == key).unwrap()
}

async fn named(relief: &Relief, name: &str, unit: &str) -> String {
    let shown = relief
        .worker
        .get(&format!("/v1/items/{}", relief.item))
        .await
        .expect(200);
    let body = json!({
        "category_id": shown["category_id"], "organisation_id": relief.ground.province,
        "name": name, "base_unit": unit,
    });
    id(&relief.worker.post("/v1/items", body).await.expect(201))
}

on_both!(coverage_tells_people_days_and_gaps, async |server| {
    let agreed = agreed(server).await;
    let relief = &agreed.relief;
    // Sphere: 15 litres of water a person and day, one blanket a person.
    let standards = relief.worker.get("/v1/need-standards").await.expect(200);
    let standards = standards["items"].as_array().unwrap();
    let sphere = standards
        .iter()
        .find(|it| it["id"] == "sphere-2018")
        .unwrap();
    let keys: Vec<_> = sphere["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["item_key"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        keys.contains(&"water".to_owned()) && keys.contains(&"blanket".to_owned()),
        "{keys:?}"
    );
    let water = named(relief, "water", "L").await;
    let blanket = named(relief, "blanket", "床").await;
    relief
        .worker
        .receive(&relief.depot, &water, 21_000, json!({}))
        .await;
    relief
        .worker
        .receive(&relief.city_depot, &water, 4_200, json!({}))
        .await;
    relief
        .worker
        .receive(&relief.city_depot, &blanket, 90, json!({}))
        .await;
    let body = json!({
        "standard_id": "sphere-2018", "days": 7,
        "areas": [
            { "division_code": "330200", "people": 100 }, { "division_code": "330100", "people": 100 },
        ],
    });
    let view = ask(&relief.worker, body.clone()).await;
    // Ningbo by its own depot: 4,200 of 10,500 litres, 90 of 100 blankets.
    let ningbo = &view["areas"][0]["covered"];
    let of_water = line(ningbo, "water");
    for (member, expected) in [
        ("wanted", 10_500),
        ("available", 4_200),
        ("gap", 6_300),
        ("people_covered", 40),
        ("days_covered", 2),
        ("lost", 0),
        ("agreement", 0),
    ] {
        assert_eq!(of_water[member], expected, "{member}");
    }
    assert_eq!(line(ningbo, "blanket")["people_covered"], 90);
    assert_eq!(
        (&ningbo["people"], &ningbo["people_covered"]),
        (&json!(100), &json!(40))
    );
    // Hangzhou has no blanket, which is the worst gap of all.
    assert_eq!(view["gaps"][0]["division_code"], "330100");
    assert_eq!(view["gaps"][0]["item_id"], blanket.as_str());
    assert_eq!(view["gaps"][0]["gap_permille"], 1_000);
    let permille: Vec<_> = view["gaps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|gap| gap["gap_permille"].as_i64().unwrap())
        .collect();
    assert_eq!(permille, [1_000, 600, 100]);
    // Together the water is enough for all seven days.
    let together = &view["together"];
    assert_eq!(
        (
            &together["people"],
            &line(together, "water")["days_covered"]
        ),
        (&json!(200), &json!(7))
    );
    assert_eq!(line(together, "blanket")["gap"], 110);
    let unmatched = view["unmatched"].as_array().unwrap();
    assert!(
        unmatched.iter().all(|line| line["reason"] == "no-item"),
        "{view}"
    );
    assert_eq!(unmatched.len() + 2, keys.len());

    // What if Hangzhou's depot were cut off, or Ningbo flooded?
    let mut cut = body.clone();
    cut["without_depot_ids"] = json!([relief.depot]);
    let view = ask(&relief.worker, cut).await;
    let of_water = line(&view["together"], "water");
    assert_eq!(
        (&of_water["available"], &of_water["lost"]),
        (&json!(4_200), &json!(21_000))
    );
    assert_eq!(view["lost_depot_ids"], json!([relief.depot]));
    let mut flooded = body.clone();
    flooded["without_division_codes"] = json!(["330200"]);
    let view = ask(&relief.worker, flooded).await;
    assert_eq!(view["lost_depot_ids"], json!([relief.city_depot]));
    assert_eq!(
        line(&view["areas"][0]["covered"], "blanket")["available"],
        0
    );
    assert_eq!(line(&view["together"], "blanket")["lost"], 90);
    // Nothing of it was written down.
    assert_eq!(
        ask(&relief.worker, body.clone()).await["lost_depot_ids"],
        json!([])
    );

    let mut wrong = body.clone();
    wrong["standard_id"] = json!("nothing");
    let refused = relief.worker.post(COVERAGE, wrong).await;
    refused.refused(422, "invalid-request");
    assert_eq!(
        refused.faults(),
        [("/standard_id".to_owned(), "reference".to_owned())]
    );
    let mut twice = body;
    twice["areas"][1]["division_code"] = json!("330200");
    let refused = relief.worker.post(COVERAGE, twice).await;
    assert_eq!(
        refused.faults(),
        [("/areas/1/division_code".to_owned(), "repeated".to_owned())]
    );
});

on_both!(who_has_more_than_enough_could_lend, async |server| {
    let relief = server.relief().await;
    let worker = &relief.worker;
    let county = json!({
        "code": "YY", "name": "余姚库", "level": "county", "operation": "own",
        "organisation_id": relief.ground.other_county, "division_code": "330281",
        "place": { "longitude": 121.15, "latitude": 30.04 },
    });
    let county = id(&worker.post("/v1/depots", county).await.expect(201));
    worker.receive(&county, &relief.item, 35, json!({})).await;
    let set = async |depot: &str, levels: Value| {
        let path = format!("/v1/depots/{depot}/levels/{}", relief.item);
        let put = worker.call(Method::PUT, &path).if_match("\"v0\"");
        put.json(levels).await.expect(200);
    };
    // The city lacks 80; the county can spare 15 above its minimum, the province 190 above its floor.
    set(&relief.city_depot, json!({ "floor": 0, "minimum": 80 })).await;
    set(&county, json!({ "floor": 5, "minimum": 20 })).await;
    set(&relief.depot, json!({ "floor": 10 })).await;
    let view = worker.get(MUTUAL_AID).await.expect(200);
    let loans: Vec<_> = view["loans"]
        .as_array()
        .unwrap()
        .iter()
        .map(|loan| {
            let text = |member: &str| loan[member].as_str().unwrap().to_owned();
            let number = |member: &str| loan[member].as_i64().unwrap();
            (
                text("from_depot_id"),
                text("to_depot_id"),
                number("possible"),
                number("proposed"),
            )
        })
        .collect();
    let expected = [
        (county.clone(), relief.city_depot.clone(), 15, 15),
        (relief.depot.clone(), relief.city_depot.clone(), 80, 65),
    ];
    assert_eq!(loans, expected);
    assert_eq!(view["without_help"], json!([]));
    // In an hour only the county is there; from within the city's tree, too.
    let view = worker
        .get(&format!("{MUTUAL_AID}?within_h=2"))
        .await
        .expect(200);
    assert_eq!(view["loans"].as_array().unwrap().len(), 1);
    let of_city = format!("{MUTUAL_AID}?organisation_id={}", relief.ground.city);
    let view = worker.get(&of_city).await.expect(200);
    assert_eq!(view["loans"].as_array().unwrap().len(), 1);
    assert_eq!(view["loans"][0]["from_depot_id"], county.as_str());
    // Somebody else's lack, and nobody to help.
    let none = worker
        .get(&format!("{MUTUAL_AID}?to_division=330281"))
        .await
        .expect(200);
    assert!(none["loans"].as_array().unwrap().is_empty());
    let path = format!("/v1/depots/{county}/levels/{}", relief.item);
    let put = worker.call(Method::PUT, &path).if_match("\"v1\"");
    put.json(json!({ "floor": 5, "minimum": 500 }))
        .await
        .expect(200);
    let alone = worker
        .get(&format!("{of_city}&to_division=330281"))
        .await
        .expect(200);
    assert_eq!(alone["without_help"][0]["missing"], 465);
    let refused = worker
        .get(&format!("{MUTUAL_AID}?to_division=000000"))
        .await;
    refused.refused(422, "invalid-query");
});
