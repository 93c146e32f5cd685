//! What a depot would be rated as, if: and what nobody can suppose.

use serde_json::{Value, json};
use tests::on_both;

use super::{finding, grade, judged, profile, yesterday};

on_both!(what_would_be_is_judged_and_not_written, async |server| {
    let relief = server.relief().await;
    let (worker, depot) = (&relief.worker, relief.depot.as_str());
    let path = format!("/v1/depots/{depot}/simulate-grade");
    let supposed = json!({
        "readings": [
            { "measure": "label_completeness", "value": 100 },
            { "measure": "storage_area", "value": "394" },
        ],
        "goods": [{ "item": "棉被", "change": 1300 }],
        "statements": [
            { "criterion": "dedicated", "ticked": ["store", "custodian", "ledgers", "vouchers"] },
        ],
    });
    let answer = worker.post(&path, supposed).await.expect(200);
    assert_eq!(answer["now"]["grade"], Value::Null);
    assert_eq!(answer["then"]["grade"], "c");
    assert_eq!(judged(&answer["then"], "dedicated"), "met");
    let before = finding(&answer["now"], "standing-stock");
    assert_eq!(before["levels"][0]["judged"], "not_met");
    // The quilts would be enough; the other six items are not in the catalogue.
    let after = finding(&answer["then"], "standing-stock");
    assert_eq!(after["levels"][0]["judged"], "not_assessed");
    let veto = json!({ "statements": [
        { "criterion": "let-out", "open": true, "reason": "出租两年" },
    ] });
    let answer = worker.post(&path, veto).await.expect(200);
    assert_eq!(answer["then"]["vetoes"], json!(["let-out"]));
    // Nothing of it was kept.
    assert_eq!(grade(worker, depot, "").await["vetoes"], json!([]));

    let mut wrong = json!({
        "day": "2026-02-30",
        "readings": [{ "measure": "smell", "value": 1 }],
        "goods": [{ "item": "金条", "change": 1 }],
        "statements": [
            { "criterion": "labels", "answer": true },
            { "criterion": "nobody", "answer": true },
            { "criterion": "dedicated", "answer": true, "ticked": [] },
            { "criterion": "let-out", "open": true },
        ],
    });
    let refused = worker.post(&path, wrong.clone()).await;
    refused.refused(422, "invalid-request");
    let mut pointers: Vec<_> = refused.faults().into_iter().map(|(at, _)| at).collect();
    pointers.sort();
    assert_eq!(pointers, ["/day"], "what the shape rules out comes first");
    wrong.as_object_mut().unwrap().remove("day");
    let refused = worker.post(&path, wrong).await;
    refused.refused(422, "invalid-request");
    let mut pointers: Vec<_> = refused.faults().into_iter().map(|(at, _)| at).collect();
    pointers.sort();
    assert_eq!(
        pointers,
        [
            "/goods/0",
            "/readings/0",
            "/statements/0",
            "/statements/1/criterion",
            "/statements/2",
            "/statements/3/reason",
        ]
    );
});

on_both!(what_cannot_be_is_not_supposed, async |server| {
    let relief = server.relief().await;
    let (worker, depot) = (&relief.worker, relief.depot.as_str());
    let path = format!("/v1/depots/{depot}/simulate-grade");
    let faults = async |supposed: Value| {
        let refused = worker.post(&path, supposed).await;
        refused.refused(422, "invalid-request");
        let mut faults = refused.faults();
        faults.sort();
        faults
    };
    let row = |at: &str, code: &str| (at.to_owned(), code.to_owned());
    let found = faults(json!({
        "readings": [
            { "measure": "count_accuracy", "value": 250 },
            { "measure": "count_age", "value": -5 },
            { "measure": "staff_posts", "value": "1.5" },
            { "measure": "storage_area", "value": "1028.5" },
            { "measure": "storage_area", "value": 1 },
        ],
        "goods": [
            { "item": "棉被", "change": -100_000 },
            { "item": "棉被", "change": 1 },
            { "item": "单帐篷", "change": 1 },
        ],
        "statements": [
            { "criterion": "dedicated", "ticked": [] },
            { "criterion": "dedicated", "ticked": [] },
        ],
    }))
    .await;
    let range = "out-of-range";
    assert_eq!(
        found,
        [
            row("/goods/0/change", range),
            row("/goods/1/item", "duplicate"),
            row("/goods/2", "reference"),
            row("/readings/0/value", range),
            row("/readings/1/value", range),
            row("/readings/2/value", range),
            row("/readings/4/measure", "duplicate"),
            row("/statements/1/criterion", "duplicate"),
        ]
    );
    let day = [row("/day", range)];
    assert_eq!(faults(json!({ "day": "1990-01-01" })).await, day);
    assert_eq!(faults(json!({ "day": yesterday(server) })).await, day);
    assert_eq!(faults(json!({ "day": "2999-01-01" })).await, day);
    // All of it may go.
    let all = worker.get(&format!("/v1/balances?depot_id={depot}")).await;
    let all = all.expect(200)["items"][0]["on_hand"].as_i64().unwrap();
    let none = json!({ "goods": [{ "item": "棉被", "change": -all }] });
    worker.post(&path, none).await.expect(200);
    let more = json!({ "goods": [{ "item": "棉被", "change": -all - 1 }] });
    assert_eq!(faults(more).await, [row("/goods/0/change", range)]);
});

on_both!(another_day_is_judged_as_it_would_be, async |server| {
    let relief = server.relief().await;
    let (worker, depot) = (&relief.worker, relief.depot.as_str());
    profile(
        &relief,
        depot,
        json!({ "fire_drill_on": yesterday(server) }),
    )
    .await;
    let path = format!("/v1/depots/{depot}/simulate-grade");
    let today = (server.clock.now() + chrono::TimeDelta::hours(8)).date_naive();
    let day = today + chrono::TimeDelta::days(500);
    let supposed = json!({ "day": day.to_string() });
    let answer = worker.post(&path, supposed).await.expect(200);
    let as_of = |grade: &Value| -> chrono::NaiveDate {
        let moment: chrono::DateTime<chrono::Utc> =
            grade["as_of"].as_str().unwrap().parse().unwrap();
        (moment + chrono::TimeDelta::hours(8)).date_naive()
    };
    assert_eq!(
        (as_of(&answer["now"]), as_of(&answer["then"])),
        (today, day)
    );
    // The drill of yesterday is too long ago by then.
    assert_eq!(judged(&answer["now"], "fire-drill"), "met");
    assert_eq!(judged(&answer["then"], "fire-drill"), "not_met");
    let today = json!({ "day": today.to_string() });
    worker.post(&path, today).await.expect(200);
});
