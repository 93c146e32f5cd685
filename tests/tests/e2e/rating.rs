//! What depots are rated as today and why, what is missing for more, and by which rules.

mod assessments;
mod bounds;
mod days;
mod kept;
mod lending;
mod national;
mod objections;
mod people;
mod rule_sets;
mod simulation;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Client, Relief, Server, on_both};

pub(crate) use rule_sets::document;

const LABEL: &str = "暂行参考档，非总会等级评定";

async fn grade(client: &Client, depot: &str, query: &str) -> Value {
    let path = format!("/v1/depots/{depot}/grade?{query}");
    client.get(&path).await.expect(200)
}

fn finding<'a>(grade: &'a Value, criterion: &str) -> &'a Value {
    let findings = grade["findings"].as_array().unwrap();
    findings
        .iter()
        .find(|finding| finding["criterion"] == criterion)
        .unwrap_or_else(|| panic!("{criterion}: {grade}"))
}

// How a criterion stands at the lowest level.
fn judged<'a>(grade: &'a Value, criterion: &str) -> &'a str {
    let levels = finding(grade, criterion)["levels"].as_array().unwrap();
    levels.last().unwrap()["judged"].as_str().unwrap()
}

fn gaps(grade: &Value) -> Vec<&str> {
    let gaps = grade["gaps"].as_array().unwrap().iter();
    gaps.filter_map(|gap| gap["criterion"].as_str()).collect()
}

async fn profile(relief: &Relief, depot: &str, profile: Value) {
    let path = format!("/v1/depots/{depot}");
    let etag = relief.worker.get(&path).await.etag();
    let change = json!({ "profile": profile });
    relief.worker.patch(&path, &etag, change).await.expect(200);
}

fn yesterday(server: &Server) -> String {
    let day = server.clock.now().date_naive().pred_opt();
    day.unwrap().to_string()
}

on_both!(a_depot_is_rated_by_what_is_known_today, async |server| {
    let relief = server.relief().await;
    let (worker, depot) = (&relief.worker, relief.depot.as_str());
    let first = grade(worker, depot, "").await;
    assert_eq!(first["rule_set"], "provisional-yardstick/1");
    assert_eq!(
        (&first["profile"], &first["label_zh"]),
        (&json!("rc-benchmark"), &json!(LABEL))
    );
    // The lot has neither batch nor maker: that much is known, and it bars every tier.
    assert_eq!(judged(&first, "labels"), "not_met");
    assert_eq!(first["grade"], Value::Null);
    assert_eq!(
        (&first["next_level"], gaps(&first)),
        (&json!("d"), vec!["labels"])
    );
    // Nobody said how large it is, who works there, or when it was counted.
    for criterion in ["staff", "count-age", "dedicated", "disclosure"] {
        assert_eq!(judged(&first, criterion), "not_assessed", "{criterion}");
    }
    assert_eq!(judged(&first, "acceptance"), "met");
    assert_eq!(judged(&first, "expired"), "met");
    let levels = &finding(&first, "scale-rc")["levels"];
    assert_eq!(
        (&levels[0]["level"], &levels[0]["confidence"]),
        (&json!("a"), &json!("I"))
    );
    assert!(levels[1]["source"].as_str().unwrap().contains("大同"));
    assert_eq!(first["stock_grade"], "below");

    // What is put on record is judged at once.
    let known = json!({
        "storage_area_m2": 1028.5, "staff_posts": 2, "networked": true,
        "fire_check_on": yesterday(server), "fire_drill_on": "2020-01-01",
    });
    profile(&relief, depot, known).await;
    let second = grade(worker, depot, "").await;
    let scale = finding(&second, "scale-rc");
    let at: Vec<_> = scale["levels"].as_array().unwrap().iter().collect();
    let at: Vec<_> = at
        .iter()
        .map(|level| level["judged"].as_str().unwrap())
        .collect();
    assert_eq!(at, ["not_met", "met", "met", "not_asked"]);
    assert_eq!(judged(&second, "staff"), "met");
    assert_eq!(judged(&second, "fire-check"), "met");
    assert_eq!(judged(&second, "fire-drill"), "not_met");
    assert_eq!(gaps(&second), ["labels", "fire-drill"]);
    let explained = finding(&second, "fire-drill")["explanation_en"]
        .as_str()
        .unwrap();
    assert!(explained.contains("asks ≤ 12 months"), "{explained}");

    // The other profile asks for the whole floor, and for the building.
    let other = grade(worker, depot, "profile=gov-scale").await;
    assert_eq!(judged(&other, "flood"), "not_asked");
    let faults = worker
        .get(&format!("/v1/depots/{depot}/grade?profile=none"))
        .await;
    faults.refused(422, "invalid-query");
    let faults = worker
        .get(&format!("/v1/depots/{depot}/grade?rule_set=none/1"))
        .await;
    faults.refused(422, "invalid-query");
});

on_both!(what_lay_there_before_is_not_late, async |server| {
    let relief = server.relief().await;
    let (worker, depot) = (&relief.worker, relief.depot.as_str());
    let receive = async |source: &str| {
        let line = json!({ "item_id": relief.item, "quantity": 5, "source": source });
        let body = json!({
            "depot_id": depot, "occurred_at": "2026-01-05T02:00:00Z", "lines": [line],
        });
        worker.post("/v1/receipts", body).await.expect(201);
    };
    receive("opening").await;
    let now = grade(worker, depot, "").await;
    assert_eq!(judged(&now, "acceptance"), "met");
    let late = crate::duties::duties(worker, &format!("depot_id={depot}&standing=done_late")).await;
    assert_eq!(late, Vec::<Value>::new());
    // What came on that day and is put down only now is.
    receive("purchase").await;
    let now = grade(worker, depot, "").await;
    assert_eq!(judged(&now, "acceptance"), "not_met");
    // Where a figure was read stands with what to know about it.
    let labels = &finding(&now, "labels")["levels"][0];
    assert!(
        labels["note_zh"].as_str().unwrap().contains("推断"),
        "{labels}"
    );
});

on_both!(a_subtree_is_rated_in_one_call, async |server| {
    let relief = server.relief().await;
    let (worker, city_depot) = (&relief.worker, relief.city_depot.as_str());
    profile(&relief, city_depot, json!({ "storage_area_m2": 400 })).await;
    let codes = async |client: &Client, query: &str| -> Vec<String> {
        let page = client.get(&format!("/v1/grades?{query}")).await.expect(200);
        let rows = page["items"].as_array().unwrap().iter();
        rows.map(|row| row["depot_code"].as_str().unwrap().to_owned())
            .collect()
    };
    let page = worker.get("/v1/grades").await.expect(200);
    let rows = page["items"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (&rows[0]["grade"], &rows[0]["label_zh"]),
        (&Value::Null, &json!(LABEL))
    );
    assert_eq!(
        (&rows[1]["grade"], &rows[1]["next_level"]),
        (&json!("c"), &json!("b"))
    );
    assert_eq!(rows[1]["lines"][0]["criterion"], "scale-rc");
    assert_eq!(rows[1]["lines"][0]["effort"], "build");
    assert_eq!(
        (&rows[0]["verdict"], &rows[1]["verdict"]),
        (&json!("none"), &json!("reached"))
    );
    // Only the best tier has a list, so that is what the stock is below.
    assert_eq!(rows[0]["stock_lowest_judged"], "a");
    assert!(codes(worker, "grade=undecided").await.is_empty());
    // Which of them fall short of what.
    assert_eq!(codes(worker, "lacking=labels").await, ["D330100"]);
    assert_eq!(codes(worker, "lacking=scale-rc").await, ["D330200"]);
    assert_eq!(codes(worker, "grade=none").await, ["D330100"]);
    assert_eq!(codes(worker, "grade=c").await, ["D330200"]);
    assert_eq!(codes(worker, "below=c").await, ["D330100"]);
    assert_eq!(codes(worker, "below=b").await, ["D330100", "D330200"]);
    assert_eq!(codes(worker, "stock_grade=below").await.len(), 2);
    assert_eq!(codes(worker, "division=330200").await, ["D330200"]);
    assert_eq!(codes(worker, "level=provincial").await, ["D330100"]);
    let first = worker.get("/v1/grades?limit=1").await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let query = format!("limit=1&cursor={cursor}");
    assert_eq!(codes(worker, &query).await, ["D330200"]);
    for query in [
        "below=gold",
        "grade=gold",
        "stock_grade=gold",
        "lacking=gold",
        "rule_set=none/1",
        "profile=none",
    ] {
        let refused = worker.get(&format!("/v1/grades?{query}")).await;
        refused.refused(422, "invalid-query");
    }
    // A keeper of the city sees the city's alone.
    let keeper = server.person(&["keeper"], &relief.ground.city).await;
    assert_eq!(codes(&keeper, "").await, ["D330200"]);
    let hidden = format!("/v1/depots/{}/grade", relief.depot);
    keeper.get(&hidden).await.refused(404, "not-found");
    // As a file.
    let call = worker.call(Method::GET, "/v1/grades?level=municipal");
    let file = call.header("accept", "text/csv").await;
    assert_eq!(file.status, 200);
    assert!(file.text.contains(LABEL), "{}", file.text);
    // What people call the level, the next one and the criterion, with their codes.
    for title in [
        "参考 C 档",
        "参考 B 档",
        "库房面积",
        "reference tier C",
        "storage area",
    ] {
        assert!(file.text.contains(title), "{title}: {}", file.text);
    }
});

on_both!(counts_and_expired_goods_are_counted, async |server| {
    let relief = server.relief().await;
    let (worker, depot) = (&relief.worker, relief.depot.as_str());
    let facts = json!({ "expires_on": "2019-01-01", "source": "donation", "donor": "甲厂" });
    worker.receive(depot, &relief.item, 20, facts).await;
    let now = grade(worker, depot, "").await;
    assert_eq!(judged(&now, "expired"), "not_met");
    assert_eq!(judged(&now, "donated-life"), "not_met");
    let explained = finding(&now, "expired")["explanation_zh"].as_str().unwrap();
    assert!(explained.contains("20"), "{explained}");
    // What is out of date is no stock.
    let stock = finding(&now, "standing-stock")["explanation_zh"]
        .as_str()
        .unwrap();
    assert!(stock.contains('7'), "{stock}");

    // As a share of what is called usable: 20 of 220, rounded up.
    let mut document = document();
    let dimension = document["dimensions"][0]["id"].clone();
    document["id"] = json!("shares");
    document["criteria"] = json!([{
        "id": "share", "dimension": dimension, "title": { "zh": "过期占比", "en": "expired" },
        "provenance": { "source": "虚构", "confidence": "I" },
        "numeric": {
            "measure": "expired_share", "unit": "percent", "comparison": "at_most",
            "levels": [{ "level": "star1", "value": "9.1" }, { "level": "star5", "value": "9.09" }],
        },
    }]);
    document["aggregation"] = json!({ "gates": { "unassessed": "hold" } });
    let body = json!({ "organisation_id": relief.ground.province, "document": document });
    worker.post("/v1/rule-sets", body).await.expect(201);
    let now = grade(worker, depot, "rule_set=shares/1").await;
    assert_eq!(now["grade"], "star4", "{now}");
});
