//! Gifts for an emergency are published within five days, or it is seen that they were not.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{Client, on_both};

use super::{Scene, scene};

async fn duties(worker: &Client, more: &str) -> Vec<Value> {
    let path = format!("/v1/duties?kind=disclosure{more}");
    let page = worker.get(&path).await.expect(200);
    page["items"].as_array().unwrap().clone()
}

on_both!(a_gift_owes_a_statement, async |server| {
    let scene = scene(server).await;
    let worker = scene.relief.worker.clone();
    assert!(duties(&worker, "").await.is_empty());
    let grade = format!("/v1/depots/{}/grade", scene.relief.depot);
    let judged = async |client: &Client| {
        let grade = client.get(&grade).await.expect(200);
        let findings = grade["findings"].as_array().unwrap();
        let finding = findings
            .iter()
            .find(|finding| finding["criterion"] == "disclosure");
        let levels = finding.unwrap()["levels"].as_array().unwrap();
        levels.last().unwrap()["judged"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(judged(&worker).await, "not_assessed");
    // What is bound to no incident owes nothing by this rule.
    let facts = json!({ "source": "donation" });
    worker
        .receive(&scene.relief.depot, &scene.relief.item, 5, facts)
        .await;
    assert!(duties(&worker, "").await.is_empty());

    let receipt = scene.gift(100, "宁波纺织厂", "SL-1").await;
    let open = duties(&worker, "").await;
    assert_eq!(open.len(), 1);
    assert_eq!(open[0]["subject_id"], receipt["movement"]["id"]);
    assert_eq!(open[0]["standing"], "open");
    assert_eq!(
        (&open[0]["period_amount"], &open[0]["period_unit"]),
        (&json!(5), &json!("day"))
    );
    assert!(open[0]["source"].as_str().unwrap().contains("慈善法"));
    let day = |name: &str| {
        open[0][name]
            .as_str()
            .unwrap()
            .parse::<chrono::NaiveDate>()
            .unwrap()
    };
    assert_eq!((day("due_on") - day("since_on")).num_days(), 5);
    assert_eq!(judged(&worker).await, "met");

    server.clock.advance(Duration::from_secs(6 * 86_400));
    let worker = server.log_in_again(&worker).await;
    let scene = Scene {
        publisher: server.log_in_again(&scene.publisher).await,
        relief: tests::Relief {
            worker: worker.clone(),
            ..scene.relief
        },
        ..scene
    };
    assert_eq!(duties(&worker, "&standing=overdue").await.len(), 1);
    assert_eq!(judged(&worker).await, "not_met");
    server.seal().await;
    let statement = scene.prepare(scene.body()).await;
    // What is prepared is not published.
    assert_eq!(duties(&worker, "&standing=overdue").await.len(), 1);
    // A statement about a later time does not tell that the gift was received.
    let mut body = scene.body();
    body["from"] = json!(server.clock.now() - TimeDelta::days(1));
    let later = scene.prepare(body).await;
    scene.publish(&later).await;
    assert_eq!(duties(&worker, "&standing=overdue").await.len(), 1);
    scene.publish(&statement).await;
    assert!(duties(&worker, "").await.is_empty());
    assert_eq!(duties(&worker, "&standing=done_late").await.len(), 1);
    // One that is published the day it came was in time, and is counted with the other.
    scene.gift(7, "宁波纺织厂", "SL-2").await;
    server.seal().await;
    let statement = scene.prepare(scene.body()).await;
    scene.publish(&statement).await;
    assert_eq!(duties(&worker, "&standing=done").await.len(), 1);
    assert_eq!(judged(&worker).await, "not_met");
});
